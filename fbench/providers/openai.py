"""OpenAI, and every service with its wire format, through the official async client."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import httpx2
import openai
from openai import AsyncOpenAI, DefaultAsyncHttpxClient

from fbench.providers.leftovers import Leftover
from fbench.providers.model import Example, Job, JobState, Rejected, Reply, Sampling, TuningSpec
from fbench.providers.openai_leftovers import file_left, job_left, models_left
from fbench.providers.openai_names import OpenAINames
from fbench.providers.retry import FailedCall, Retries, create_once

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletionMessage
    from openai.types.fine_tuning import FineTuningJob

    from fbench.providers.connection import Connection
    from fbench.providers.profiles import Profile

__all__ = ["OpenAIProvider", "training_file"]

_ENDED = {"succeeded": JobState.SUCCEEDED, "failed": JobState.FAILED, "cancelled": JobState.CANCELLED}
_MARK = "fbench"
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
            api_key=environ[profile.key],
            base_url=environ.get(profile.base_url_variable) or profile.base_url,
            max_retries=0,
            http_client=DefaultAsyncHttpxClient(transport=connection.transport),
        )
        self._names = OpenAINames(hide=connection.kind == "live")
        self._retry = Retries(connection.clock, _explain, connection.clean, look=connection.look_seconds)

    async def create(self, spec: TuningSpec) -> Job:
        """Upload the examples and create the job, see `create_once`."""
        file = await self._retry(
            f"uploading the training file of {spec.model}",
            lambda: self._client.files.create(
                file=(_filename(spec.key), training_file(spec.examples)), purpose="fine-tune"
            ),
        )

        async def create() -> Job:
            return await self._job(await self._client.fine_tuning.jobs.create(**self._asked(spec, file.id)))

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

    async def ask(self, model: str, prompt: str, sampling: Sampling) -> Reply:
        """One user message, one answer. A prompt that a filter blocks gets an empty answer."""
        full = await self._names.full(model, self.read)
        try:
            answered = await self._retry(
                f"asking {model}",
                lambda: self._client.chat.completions.create(
                    model=full,
                    messages=[{"role": "user", "content": prompt}],
                    temperature=sampling.temperature,
                    max_tokens=sampling.max_tokens,
                    seed=sampling.seed,
                ),
            )
        except Rejected as rejected:
            if _is_filtered(rejected.__cause__):
                return Reply("", "content_filter", 0, 0)
            raise
        choice, usage = next(iter(answered.choices), None), answered.usage
        return Reply(
            text=_text(choice.message) if choice else "",
            finish=(choice.finish_reason or "") if choice else "blocked",
            prompt_tokens=usage.prompt_tokens if usage else 0,
            answer_tokens=usage.completion_tokens if usage else 0,
        )

    async def leftovers(self, key: str, job_id: str | None, *, models: bool) -> list[Leftover]:
        """The file that the job was trained on and, with `models`, the models that it made.

        Without a job nothing can be proved: a file's id is known by its job alone.
        """
        job = await job_left(self._client, self._retry, job_id) if job_id else None
        if job is None:
            return []
        if (job.metadata or {}).get(_MARK, key) != key:
            return [Leftover("job", job.id, why="its metadata do not have the key of this training")]
        running = job.status not in _ENDED
        left = await file_left(self._client, self._retry, job, _filename(key), running=running)
        if models and not running:
            made = await self._retry(f"reading job {job.id}", lambda: self._job(job))
            kept = [made.models[epoch] for epoch in sorted(made.models)]
            full = {name: await self._names.full(name, self.read) for name in kept}
            left += await models_left(self._client, self._retry, job, full)
        return left

    async def close(self) -> None:
        """Close the client."""
        await self._client.close()

    def _asked(self, spec: TuningSpec, file_id: str) -> dict[str, Any]:
        hyper = {"n_epochs": spec.epochs}
        asked: dict[str, Any] = {"model": spec.model, "training_file": file_id, "seed": spec.seed}
        if "method" in self._profile.lacks:
            asked["hyperparameters"] = hyper
        else:
            asked["method"] = {"type": "supervised", "supervised": {"hyperparameters": hyper}}
        if "suffix" not in self._profile.lacks:
            asked["suffix"] = _suffix(spec)
        if "metadata" not in self._profile.lacks:
            asked["metadata"] = {_MARK: spec.key}
        return asked

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
            if unmarked == _LOOKED_AT:
                return None
        return None

    async def _is_of(self, job: FineTuningJob, spec: TuningSpec) -> bool:
        """Whether a job without metadata is that of a spec: by its suffix, or by the name of its file."""
        extra = job.model_extra or {}
        suffix = extra.get("user_provided_suffix") or extra.get("suffix")
        if suffix is not None:
            return suffix == _suffix(spec)
        try:
            file = await self._client.files.retrieve(job.training_file)
        except openai.NotFoundError:  # it was deleted
            return False
        return file.filename == _filename(spec.key)

    async def _job(self, job: FineTuningJob) -> Job:
        state = _ENDED.get(job.status, JobState.RUNNING)
        models: dict[int, str] = {}
        if state is JobState.SUCCEEDED and job.fine_tuned_model:
            found = await self._checkpoints(job)
            models = {epoch: self._names.kept(job.id, name) for epoch, name in found.items()}
        error = self._clean(job.error.message) if job.error and job.error.message else ""
        return Job(job.id, state, models, job.trained_tokens, error)

    async def _checkpoints(self, job: FineTuningJob) -> dict[int, str]:
        """The checkpoints that the service kept, epoch -> model: those of the last epochs."""
        epochs = job.hyperparameters.n_epochs if job.hyperparameters else None
        last = epochs if isinstance(epochs, int) else 1
        models = {last: job.fine_tuned_model or ""}
        if "checkpoints" in self._profile.lacks:
            return models
        steps = {
            checkpoint.step_number: checkpoint.fine_tuned_model_checkpoint
            async for checkpoint in self._client.fine_tuning.jobs.checkpoints.list(job.id)
        }
        for back, step in enumerate(sorted(steps, reverse=True)):
            models[last - back] = steps[step]
        return models


def _text(message: ChatCompletionMessage) -> str:
    """The text of a message: a refusal is in a separate field, and some services send text in parts."""
    content: object = message.content
    if isinstance(content, list):
        parts = cast("list[object]", content)
        said = [cast("dict[str, object]", part) for part in parts if isinstance(part, dict)]
        return "".join(str(part.get("text") or "") for part in said if part.get("type") == "text")
    return message.content or message.refusal or ""


def _is_filtered(error: BaseException | None) -> bool:
    """Whether a service refused a prompt for its content, which Azure and OpenAI do with a 400."""
    return isinstance(error, openai.APIStatusError) and error.code in _FILTERED


def _suffix(spec: TuningSpec) -> str:
    return f"{_MARK}-{spec.key[:12]}"


def _filename(key: str) -> str:
    return f"{key}.jsonl"


def training_file(examples: tuple[Example, ...]) -> bytes:
    """The examples in OpenAI's format: one JSON object per line, in training order."""
    lines = (
        {"messages": [{"role": "user", "content": e.prompt}, {"role": "assistant", "content": e.answer}]}
        for e in examples
    )
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()


def _explain(error: Exception) -> FailedCall | None:
    if isinstance(error, openai.APIStatusError):
        return FailedCall(error.status_code, error.message, error.response.headers)
    if isinstance(error, openai.APIConnectionError):
        cause = error.__cause__
        sent = not isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout)
        return FailedCall(None, f"{error.message} ({cause})" if cause else error.message, {}, sent)
    return None
