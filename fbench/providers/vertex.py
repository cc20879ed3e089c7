"""Gemini on Vertex AI, through the official google-genai client and Cloud Storage."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import httpx2
from google import genai
from google.auth.exceptions import RefreshError, TransportError
from google.genai import errors, types

from fbench.errors import told
from fbench.messages import Prompt
from fbench.providers.failures import CallFailure, FailureKind, count_of, response_failure, text_of
from fbench.providers.leftovers import Leftover
from fbench.providers.model import Example, Hyperparameters, Job, JobState, Reply, Sampling, TuningSpec
from fbench.providers.profiles import BUCKET_VARIABLE
from fbench.providers.rate_headers import retry_delay
from fbench.providers.retry import Retries, create_once, tokens_of
from fbench.providers.storage import HOST, Buckets
from fbench.providers.vertex_batches import VertexBatches
from fbench.providers.vertex_contents import ADAPTER_RANKS, turns_in
from fbench.providers.vertex_leftovers import VertexResources
from fbench.providers.vertex_names import VertexNames, address_of, without_project

if TYPE_CHECKING:
    from fbench.providers.connection import Connection
    from fbench.providers.profiles import Profile

__all__ = ["VertexProvider", "training_file"]

_ENDED = {
    types.JobState.JOB_STATE_SUCCEEDED: JobState.SUCCEEDED,
    types.JobState.JOB_STATE_PARTIALLY_SUCCEEDED: JobState.SUCCEEDED,
    types.JobState.JOB_STATE_FAILED: JobState.FAILED,
    types.JobState.JOB_STATE_EXPIRED: JobState.FAILED,
    types.JobState.JOB_STATE_CANCELLED: JobState.CANCELLED,
}
_MARK = "fbench"
_UNKNOWN = "the service knows no such job in this project: it was deleted, or is another project's"
_MISSING = 404


class VertexProvider:
    """Tunes and asks models through Cloud Storage, tuning jobs and generateContent."""

    def __init__(self, connection: Connection, profile: Profile) -> None:
        environ = connection.environ
        project = environ[profile.key]
        credentials = connection.google_credentials()
        location = environ.get("GOOGLE_CLOUD_LOCATION") or "us-central1"
        base_url = environ.get(profile.base_url_variable) or profile.base_url
        self._client = genai.Client(
            vertexai=True,
            project=project,
            location=location,
            credentials=credentials,
            http_options=types.HttpOptions(
                # both are named, since the client takes from the process's environment what is not
                base_url=base_url or address_of(location),
                api_version="v1beta1",
                httpx_async_client=httpx2.AsyncClient(transport=connection.transport),
            ),
        )
        self._buckets = Buckets(
            connection.transport, credentials, environ.get("STORAGE_EMULATOR_HOST") or HOST
        )
        self._names = VertexNames(project, hide=connection.kind == "live")
        self._bucket = environ.get(BUCKET_VARIABLE) or f"{project}-fbench"
        self._clean = connection.clean
        self._retry = Retries(connection.clock, _explain, connection.clean, look=connection.look_seconds)
        self._plain = httpx2.AsyncClient(transport=connection.transport, timeout=None)
        self._resources = VertexResources(self._plain, credentials, base_url, self._retry, without_project)
        self.batches = VertexBatches(
            self._resources,
            self._buckets,
            self._retry,
            self._names,
            parent=f"projects/{project}/locations/{location}",
            bucket=self._bucket,
            reply=_reply,
            keep=connection.keep,
        )

    async def create(self, spec: TuningSpec) -> Job:
        """Upload the examples to the bucket and create the job, see `create_once`."""
        uri = await self._retry(
            f"uploading the training file of {spec.model}",
            lambda: self._buckets.put(self._bucket, _object(spec.key), training_file(spec.examples)),
        )
        tunings = self._client.aio.tunings
        # The SDK's wrapper around `tune` warns that tuning is experimental, and users of fbench cannot change
        # that. Warning filters affect the whole process, so the wrapper is bypassed instead.
        tune = inspect.unwrap(type(tunings).tune)

        async def create() -> Job:
            made = await tune(
                tunings,
                base_model=spec.model,
                training_dataset=types.TuningDataset(gcs_uri=uri),
                config=types.CreateTuningJobConfig(
                    epoch_count=spec.epochs,
                    tuned_model_display_name=f"{_MARK}-{spec.key[:12]}",
                    labels={_MARK: spec.key},
                    **_tuned_as(spec.hyperparameters),
                ),
            )
            return self._job(made)

        return await create_once(
            self._retry,
            f"creating a tuning job for {spec.model}",
            create,
            lambda: self._newest(spec.key),
        )

    async def find(self, spec: TuningSpec) -> Job | None:
        """The newest job with this key that has not failed, found by its label."""
        return await self._retry(f"looking for a job of {spec.model}", lambda: self._newest(spec.key))

    async def read(self, job_id: str) -> Job:
        """The current state of the job."""

        async def read() -> Job:
            job = self._job(await self._client.aio.tunings.get(name=self._names.full(job_id)))
            return replace(job, error=self._clean(job.error))

        return await self._retry(f"reading job {job_id}", read)

    async def ask(self, model: str, prompt: Prompt, sampling: Sampling) -> Reply:
        """One user turn, one answer; the model's thoughts are billed with it, but are not a part of it.

        A blocked prompt has no candidates: the reason is in the feedback on the prompt.
        """
        thoughts = sampling.thoughts
        system, turns = turns_in(prompt)
        contents = prompt if isinstance(prompt, str) else turns
        config = types.GenerateContentConfig(
            temperature=sampling.temperature,
            max_output_tokens=sampling.most_tokens,
            seed=sampling.seed,
            thinking_config=None if thoughts is None else types.ThinkingConfig(thinking_budget=thoughts),
            system_instruction=system or None,
        )

        async def ask() -> Reply:
            answered = await self._client.aio.models.generate_content(  # pyright: ignore[reportUnknownMemberType] - images of Pillow, which is not installed
                model=self._names.full(model), contents=cast("Any", contents), config=config
            )
            return _reply(answered)

        return await self._retry(f"asking {model}", ask, tokens_of(prompt, sampling))

    async def leftovers(self, key: str, job_id: str | None, *, models: bool) -> list[Leftover]:
        """The object with the examples and, with `models`, the endpoints and the model that the job made.

        The object is named after the key, so it is known without a job too. It stays while any job with that
        key is running.
        """
        job = await self._read_if_there(job_id) if job_id else None
        if job and (job.labels or {}).get(_MARK) != key:
            return [Leftover("job", job_id or "", why="it is not labelled with the key of this training")]
        left = await self._object_left(key, job)
        if job is None and job_id:
            left.append(Leftover("job", job_id, why=_UNKNOWN))
        tuned = job.tuned_model if job else None
        if models and job and tuned and _state(job) is not JobState.RUNNING:
            endpoints = [each.endpoint for each in tuned.checkpoints or []] + [tuned.endpoint]
            named = dict.fromkeys(each for each in endpoints if each)
            left += await self._resources.left(tuned.model or "", named)
        return left

    async def close(self) -> None:
        """Close all clients."""
        await self._client.aio.aclose()
        await self._plain.aclose()
        await self._buckets.close()

    async def _newest(self, key: str) -> Job | None:
        config = types.ListTuningJobsConfig(filter=f'labels.{_MARK}="{key}"')
        async for job in await self._client.aio.tunings.list(config=config):
            found = self._job(job)
            if (job.labels or {}).get(_MARK) == key and found.state in (JobState.RUNNING, JobState.SUCCEEDED):
                return found
        return None

    async def _read_if_there(self, job_id: str) -> types.TuningJob | None:
        async def read() -> types.TuningJob | None:
            try:
                return await self._client.aio.tunings.get(name=self._names.full(job_id))
            except errors.ClientError as error:
                if error.code == _MISSING:
                    return None
                raise

        return await self._retry(f"reading job {job_id}", read)

    async def _object_left(self, key: str, job: types.TuningJob | None) -> list[Leftover]:
        name, bucket = _object(key), self._bucket
        spec = job.supervised_tuning_spec if job else None
        if spec and spec.training_dataset_uri:
            found = re.fullmatch(r"gs://([^/]+)/(.*)", spec.training_dataset_uri)
            if found is None or found[2] != name:
                return [Leftover("training file", "the job's dataset", why=f"it is not called {name!r}")]
            bucket = found[1]
        if not await self._retry(f"looking for {name}", lambda: self._buckets.has(bucket, name)):
            return []
        if await self._retry("looking for running jobs", lambda: self._is_read(key)):
            return [Leftover("training file", name, why="a job that reads it is still running")]

        async def delete() -> bool:
            return await self._retry(f"deleting {name}", lambda: self._buckets.delete(bucket, name))

        return [Leftover("training file", name, delete)]

    async def _is_read(self, key: str) -> bool:
        """Whether a job with this key is running, whoever created it."""
        config = types.ListTuningJobsConfig(filter=f'labels.{_MARK}="{key}"')
        async for job in await self._client.aio.tunings.list(config=config):
            if (job.labels or {}).get(_MARK) == key and _state(job) is JobState.RUNNING:
                return True
        return False

    def _job(self, job: types.TuningJob) -> Job:
        found = _job(job)
        models = {epoch: self._names.kept(name) for epoch, name in found.models.items()}
        return replace(found, id=self._names.kept(found.id), models=models)


def _tuned_as(hyper: Hyperparameters) -> dict[str, Any]:
    rank = hyper.lora_rank
    asked = {
        "learning_rate_multiplier": hyper.learning_rate_multiplier,
        "adapter_size": None if rank is None else f"ADAPTER_SIZE_{ADAPTER_RANKS[rank]}",
    }
    return {name: value for name, value in asked.items() if value is not None}


def _object(key: str) -> str:
    return f"{_MARK}/{key}.jsonl"


def _state(job: types.TuningJob) -> JobState:
    return _ENDED.get(job.state, JobState.RUNNING) if job.state else JobState.RUNNING


def _reply(answered: types.GenerateContentResponse) -> Reply:
    """The answer in a response.

    Raises:
        ValueError: it has neither a candidate nor the reason why there is none.
    """
    candidates, usage = answered.candidates or [], answered.usage_metadata
    feedback = answered.prompt_feedback
    if not candidates and feedback is None:
        raise ValueError("a response without candidates")
    reason = candidates[0].finish_reason if candidates else feedback and feedback.block_reason
    return Reply(
        text=text_of(answered.text),
        finish=reason.value.lower() if reason else "" if candidates else "blocked",
        prompt_tokens=count_of(usage.prompt_token_count) if usage else 0,
        answer_tokens=count_of(usage.candidates_token_count) + count_of(usage.thoughts_token_count)
        if usage
        else 0,
    )


def training_file(examples: tuple[Example, ...]) -> bytes:
    """The examples in Vertex AI's format: one JSON object per line, in training order."""
    lines = (
        {
            **({"systemInstruction": {"role": "system", "parts": [{"text": system}]}} if system else {}),
            "contents": [*contents, {"role": "model", "parts": [{"text": e.answer}]}],
        }
        for e in examples
        for system, contents in [turns_in(e.said)]
    )
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()


def _job(job: types.TuningJob) -> Job:
    state = _state(job)
    models: dict[int, str] = {}
    tuned = job.tuned_model
    if state is JobState.SUCCEEDED and tuned:
        for checkpoint in tuned.checkpoints or []:
            if checkpoint.epoch and checkpoint.endpoint:
                models[int(checkpoint.epoch)] = checkpoint.endpoint
        spec = job.supervised_tuning_spec
        epochs = spec.hyper_parameters.epoch_count if spec and spec.hyper_parameters else None
        if tuned.endpoint:
            models[int(epochs or max(models, default=1))] = tuned.endpoint
    stats = job.tuning_data_stats.supervised_tuning_data_stats if job.tuning_data_stats else None
    tokens = stats.total_billable_token_count if stats else None
    error = text_of(job.error.message) if job.error else ""
    if not job.name or job.state is None:
        raise ValueError("a tuning job without a name or a state")
    return Job(job.name, state, models, int(tokens) if tokens is not None else None, error)


def _explain(error: Exception) -> CallFailure | None:
    if isinstance(error, errors.APIError):
        response = cast("httpx2.Response", error.response)  # pyright: ignore[reportUnknownMemberType] - the client is ours
        said = cast("object", error.details)  # pyright: ignore[reportUnknownMemberType] - it may be anything
        words = [str(each) for each in (error.status, error.message) if each]
        message, delay = ": ".join(words) or f"HTTP {error.code}", retry_delay(said)
        asked = {} if delay is None else {"retry-after": f"{delay}s"}  # Google says it in the body
        headers = asked | dict(response.headers)
        return response_failure(error.code, message, headers, _reasons_in(said))
    if isinstance(error, httpx2.HTTPStatusError):
        response = error.response
        message = f"HTTP {response.status_code} from {error.request.url.host}"
        return response_failure(response.status_code, message, response.headers)
    if isinstance(error, RefreshError | TransportError):
        passes = isinstance(error, TransportError) or getattr(error, "retryable", False)
        return CallFailure(FailureKind.TRANSIENT if passes else FailureKind.STOPPED, told(error))
    if isinstance(error, httpx2.TransportError):
        not_sent = isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout)
        return CallFailure(FailureKind.TRANSIENT if not_sent else FailureKind.UNCLEAR, told(error))
    if isinstance(error, httpx2.RequestError):  # such as a body that cannot be unpacked
        return CallFailure(FailureKind.MALFORMED, told(error))
    return None


def _reasons_in(said: object) -> Iterator[str]:
    """Every `reason` in an error's details (google.rpc.ErrorInfo), wherever it stands."""
    if isinstance(said, Mapping):
        for name, value in cast("Mapping[object, object]", said).items():
            if name == "reason" and isinstance(value, str):
                yield value
            yield from _reasons_in(value)
    elif isinstance(said, list):
        for each in cast("list[object]", said):
            yield from _reasons_in(each)
