"""OpenAI, and every service with its wire format, through the official async client."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, cast

import httpx2
import openai
from openai import AsyncOpenAI, DefaultAsyncHttpxClient
from openai.types.chat import ChatCompletion, ChatCompletionMessageParam

from fbench.errors import ProviderFailed
from fbench.messages import Prompt, messages_in
from fbench.providers.azure import AzureDeployments
from fbench.providers.deployments import NotDeployed
from fbench.providers.failures import CallFailure, FailureKind, count_of, id_of, response_failure, text_of
from fbench.providers.leftovers import Leftover
from fbench.providers.model import (
    CannotTell,
    EpochLoss,
    Example,
    Job,
    JobState,
    Rejected,
    Reply,
    Sampling,
    TuningSpec,
)
from fbench.providers.nebius import NebiusDeployments
from fbench.providers.openai_batches import OpenAIBatches
from fbench.providers.openai_leftovers import ENDED, file_left, files_left, job_left, models_left
from fbench.providers.openai_losses import loss_of
from fbench.providers.openai_names import OpenAINames
from fbench.providers.retry import Retries, create_once, tokens_of

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletionMessage
    from openai.types.chat.completion_create_params import CompletionCreateParamsNonStreaming
    from openai.types.completion_usage import CompletionUsage
    from openai.types.fine_tuning import FineTuningJob

    from fbench.providers.connection import Connection
    from fbench.providers.profiles import Profile

__all__ = ["OpenAIProvider", "training_file"]

_ENDED = {"succeeded": JobState.SUCCEEDED, "failed": JobState.FAILED, "cancelled": JobState.CANCELLED}
_MARK = "fbench"
_NO_KEY = "none"
"""What the client, which wants a key, sends to a service that needs none."""
_UNKNOWN = "the service knows no such job under this key: it was deleted, or is another account's"
_LOOKED_AT = 100
"""How many jobs without metadata are looked at for one of ours: a page of the list."""
_FILTERED = frozenset({"content_filter", "content_policy_violation", "invalid_prompt"})


class OpenAIProvider:
    """Tunes and asks models through files, fine-tuning jobs and chat completions."""

    def __init__(self, connection: Connection, profile: Profile) -> None:
        environ = connection.environ
        self._profile = profile
        self._clean = connection.clean
        self._client = AsyncOpenAI(
            api_key=environ[profile.key] if profile.key else _NO_KEY,
            base_url=environ.get(profile.base_url_variable) or profile.base_url,
            max_retries=0,
            http_client=DefaultAsyncHttpxClient(transport=connection.transport),
        )
        self._names = OpenAINames(hide=connection.kind == "live")
        self._retry = Retries(connection.clock, _explain, connection.clean, look=connection.look_seconds)
        self.batches = OpenAIBatches(
            self._client,
            self._retry,
            full=lambda name: self._names.full(name, self.read),
            question=_question,
            reply=_reply,
            is_filtered=_is_filtered,
        )
        self.deployments = self._deployments(connection)
        """How its tuned models are deployed; None where they answer by themselves."""

    async def create(self, spec: TuningSpec) -> Job:
        """Upload the examples and create the job, see `create_once`."""
        if isinstance(self.deployments, AzureDeployments):
            await self.deployments.sign_in()

        async def upload() -> str:
            content = _filename(spec.key), training_file(spec.examples)
            return id_of(await self._client.files.create(file=content, purpose="fine-tune"))

        file_id = await self._retry(f"uploading the training file of {spec.model}", upload)

        async def create() -> Job:
            return await self._job(await self._client.fine_tuning.jobs.create(**self._asked(spec, file_id)))

        return await create_once(
            self._retry,
            f"creating a fine-tuning job for {spec.model}",
            create,
            lambda: self._newest(spec),
        )

    async def find(self, spec: TuningSpec) -> Job | None:
        """The newest job with this key that has not failed: by its metadata, its suffix, or its file."""
        return await self._retry(f"looking for a job of {spec.model}", lambda: self._newest(spec))

    async def read(self, job_id: str) -> Job:
        """The current state of the job, with its checkpoints once it has succeeded."""

        async def read() -> Job:
            return await self._job(await self._client.fine_tuning.jobs.retrieve(job_id))

        return await self._retry(f"reading job {job_id}", read)

    async def ask(self, model: str, prompt: Prompt, sampling: Sampling) -> Reply:
        """One user message, one answer. A prompt that a filter blocks gets an empty answer."""
        full = await self._names.full(model, self.read)

        asked = _question(full, prompt, sampling)

        async def ask() -> Reply:
            return _reply(await self._client.post("/chat/completions", cast_to=ChatCompletion, body=asked))

        try:
            return await self._retry(f"asking {model}", ask, tokens_of(prompt, sampling))
        except Rejected as rejected:
            if _is_filtered(rejected.__cause__):
                return Reply("", "content_filter", 0, 0)
            raise
        except ProviderFailed as error:
            if self.deployments is not None and isinstance(error.__cause__, openai.NotFoundError):
                raise NotDeployed(str(error)) from error
            raise

    async def leftovers(self, key: str, job_id: str | None, *, models: bool) -> list[Leftover]:
        """The file that the job was trained on and, with `models`, the models that it made.

        Files are named after the key, so all of them are known, with a job or without one, where the service
        tells which jobs with that key are running. Elsewhere a file is known by its job alone.
        """
        job = await job_left(self._client, self._retry, job_id) if job_id else None
        has_marks = "metadata" not in self._profile.lacks
        left = await files_left(self._client, self._retry, _filename(key), {_MARK: key}) if has_marks else []
        if job is None:
            return [*left, Leftover("job", job_id, why=_UNKNOWN)] if job_id else left
        if (job.metadata or {}).get(_MARK, key) != key:
            return [Leftover("job", job.id, why="its metadata do not have the key of this training")]
        running = job.status not in ENDED
        if not has_marks or job.training_file not in {each.name for each in left}:
            left += await file_left(self._client, self._retry, job, _filename(key), running=running)
        if models and not running and not self._lacks_model:  # checkpoints stay with their job
            made = await self._retry(f"reading job {job.id}", lambda: self._job(job))
            kept = [made.models[epoch] for epoch in sorted(made.models)]
            full = {name: await self._names.full(name, self.read) for name in kept}
            left += await models_left(self._client, self._retry, job, full)
        return left

    async def close(self) -> None:
        """Close the clients."""
        await self._client.close()
        if isinstance(self.deployments, AzureDeployments):
            await self.deployments.close()

    def _deployments(self, connection: Connection) -> NebiusDeployments | AzureDeployments | None:
        match self._profile.deploys:
            case "nebius":
                return NebiusDeployments(self._client, self._retry)
            case "azure":
                return AzureDeployments(connection)
            case "":
                return None

    def _asked(self, spec: TuningSpec, file_id: str) -> dict[str, Any]:
        hyper = {"n_epochs": spec.epochs, **self._profile.hyperparameters, **spec.hyperparameters.given}
        asked: dict[str, Any] = {"model": spec.model, "training_file": file_id, "seed": spec.seed}
        if "method" in self._profile.lacks:
            asked["hyperparameters"] = hyper
        else:
            asked["method"] = {"type": "supervised", "supervised": {"hyperparameters": hyper}}
        if "suffix" not in self._profile.lacks:
            asked["suffix"] = self._suffix(spec)
        if "metadata" not in self._profile.lacks:
            asked["metadata"] = {_MARK: spec.key}
        return asked

    def _suffix(self, spec: TuningSpec) -> str:
        return f"{_MARK}-{spec.key[:12]}"[: self._profile.longest_suffix]

    @property
    def _lacks_model(self) -> bool:
        """Whether a job has checkpoints alone, and no model of a name of its own."""
        return "fine_tuned_model" in self._profile.lacks

    async def _newest(self, spec: TuningSpec) -> Job | None:
        """The newest job of that spec, from the service's list, which is sorted from newest to oldest.

        A service that keeps no metadata lists the jobs of everybody: of these the newest hundred
        are looked at.
        """
        lacks = "metadata" in self._profile.lacks
        listed = self._client.fine_tuning.jobs.list(
            limit=_LOOKED_AT, metadata=openai.omit if lacks else {_MARK: spec.key}
        )
        unmarked = 0
        undecided = ""
        async for job in listed:
            if job.status in ("failed", "cancelled"):
                continue
            if job.metadata:
                ours = job.metadata.get(_MARK) == spec.key
            else:
                unmarked += 1
                ours = await self._is_of(job, spec)
            if ours:
                return await self._job(job)
            if ours is None:
                undecided = undecided or job.id
            if unmarked == _LOOKED_AT:
                break
        if undecided:
            raise CannotTell(
                f"{self._profile.name} does not say of job {undecided} whether it is the one that was asked "
                f"for {spec.model}: look at it there. `fbench resume` looks again, and with --retry-errors "
                "creates another one."
            )
        return None

    async def _is_of(self, job: FineTuningJob, spec: TuningSpec) -> bool | None:
        """Whether a job without metadata is that of a spec: by its model, seed and suffix, or by the name of
        its file; None where nothing tells.
        """
        model, seed = text_of(job.model), cast("object", job.seed)
        is_other_model = not (
            model.startswith(spec.model) or spec.model.startswith(model)
        )  # or an alias of it
        if is_other_model or seed not in (None, spec.seed):
            return False
        extra = job.model_extra or {}
        suffix = extra.get("user_provided_suffix") or extra.get("suffix")
        if suffix is not None:
            return suffix == self._suffix(spec)
        try:
            file = await self._client.files.retrieve(job.training_file)
        except openai.NotFoundError:  # it was deleted
            return None
        name: object = file.filename
        return name == _filename(spec.key) if name else None

    async def _job(self, job: FineTuningJob) -> Job:
        name, status = id_of(job), text_of(job.status)
        state = _ENDED.get(status, JobState.RUNNING)
        models: dict[int, str] = {}
        losses: tuple[EpochLoss, ...] = ()
        if state is JobState.SUCCEEDED and (job.fine_tuned_model or self._lacks_model):
            found, losses = await self._checkpoints(job)
            models = {epoch: self._names.kept(name, each) for epoch, each in found.items()}
        error = self._clean(text_of(job.error.message)) if job.error and job.error.message else ""
        tokens = None if job.trained_tokens is None else count_of(job.trained_tokens)
        return Job(name, state, models, tokens, error, losses)

    async def _checkpoints(self, job: FineTuningJob) -> tuple[dict[int, str], tuple[EpochLoss, ...]]:
        """The checkpoints that the service kept, epoch -> model: those of the last epochs, and losses."""
        epochs = job.hyperparameters.n_epochs if job.hyperparameters else None
        last = epochs if isinstance(epochs, int) else 1
        models = {} if self._lacks_model else {last: job.fine_tuned_model or ""}
        if "checkpoints" in self._profile.lacks:
            return models, ()
        steps = {
            checkpoint.step_number: checkpoint
            async for checkpoint in self._client.fine_tuning.jobs.checkpoints.list(job.id)
        }
        losses: list[EpochLoss] = []
        for back, step in enumerate(sorted(steps, reverse=True)):
            made, epoch = steps[step], last - back
            models[epoch] = (
                f"{job.id}:{id_of(made)}" if self._lacks_model else made.fine_tuned_model_checkpoint
            )
            losses += loss_of(made, epoch)
        return models, tuple(reversed(losses))


def _question(model: str, prompt: Prompt, sampling: Sampling) -> CompletionCreateParamsNonStreaming:
    """The body that asks a model, which is sent as it is.

    `chat.completions.create` would look through all of its forty parameters for each question, which takes a
    third of the time that the client needs (0.4 of 1.4 ms).

    A model that reasons, one whose `thoughts` are given, takes other parameters: a limit of thoughts and
    answer together, an effort, and a temperature only where it is not to think
    (https://developers.openai.com/api/docs/guides/reasoning).
    """
    thoughts = sampling.thoughts
    asked: CompletionCreateParamsNonStreaming = {
        "model": model,
        "messages": _messages(prompt),
    }
    if thoughts is None:
        asked["max_tokens"] = sampling.max_tokens
    else:
        asked["max_completion_tokens"] = sampling.most_tokens
        asked["reasoning_effort"] = _effort(thoughts)
    asked["seed"] = sampling.seed
    if not thoughts:
        asked["temperature"] = sampling.temperature
    return asked


def _messages(prompt: Prompt) -> list[ChatCompletionMessageParam]:
    said = [{"role": message.role, "content": message.content} for message in messages_in(prompt)]
    return cast("list[ChatCompletionMessageParam]", said)


def _reply(answered: ChatCompletion) -> Reply:
    """The answer in a completion. A prompt that was blocked has no choice.

    The client checks no types, so whatever a body lacks or has instead is found here.

    Raises:
        ValueError: it is no completion.
    """
    choices: object = getattr(answered, "choices", None)
    if not isinstance(choices, list):
        raise ValueError("a completion without choices")  # noqa: TRY004 - the service sent it
    prompt_tokens, answer_tokens = _used(answered.usage)
    if not choices:
        return Reply("", "blocked", prompt_tokens, answer_tokens)
    choice = answered.choices[0]
    return Reply(_text(choice.message), text_of(choice.finish_reason), prompt_tokens, answer_tokens)


def _used(usage: CompletionUsage | None) -> tuple[int, int]:
    """The tokens of prompt and answer; 0 where a service does not count them."""
    if usage is None:
        return 0, 0
    return count_of(usage.prompt_tokens), count_of(usage.completion_tokens)


def _effort(thoughts: int) -> Literal["none", "low", "medium", "high"]:
    """The effort to ask for where a model may think in so many tokens: that is a wish, and the cap holds."""
    if thoughts == 0:
        return "none"
    return "low" if thoughts <= 1024 else "medium" if thoughts <= 8192 else "high"


def _text(message: ChatCompletionMessage) -> str:
    """The text of a message: a refusal is in a separate field, and some services send text in parts."""
    content: object = message.content
    if isinstance(content, list):
        parts = cast("list[object]", content)
        said = [cast("dict[str, object]", part) for part in parts if isinstance(part, dict)]
        return "".join(text_of(part.get("text")) for part in said if part.get("type") == "text")
    return text_of(content) or text_of(message.refusal)


def _is_filtered(error: BaseException | None) -> bool:
    """Whether a service refused a prompt for its content, which Azure and OpenAI do with a 400."""
    return isinstance(error, openai.APIStatusError) and error.code in _FILTERED


def _filename(key: str) -> str:
    return f"{key}.jsonl"


def training_file(examples: tuple[Example, ...]) -> bytes:
    """The examples in OpenAI's format: one JSON object per line, in training order."""
    lines = ({"messages": [*_messages(e.said), {"role": "assistant", "content": e.answer}]} for e in examples)
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()


def _explain(error: Exception) -> CallFailure | None:
    if isinstance(error, openai.APIStatusError):
        message = error.message
        if isinstance(error, openai.NotFoundError) and not isinstance(error.body, Mapping):
            message += (
                ", and not in the words of the service: see the base URL in the environment, or in the "
            )
            message += "configuration"
        return response_failure(error.status_code, message, error.response.headers, (error.code, error.type))
    if isinstance(error, openai.APIConnectionError):
        cause = error.__cause__
        not_sent = isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout)
        kind = FailureKind.TRANSIENT if not_sent else FailureKind.UNCLEAR
        return CallFailure(kind, f"{error.message} ({cause})" if cause else error.message)
    if isinstance(error, openai.APIError):  # a success that the client cannot read
        return CallFailure(FailureKind.MALFORMED, error.message)
    return None
