"""Gemini on Vertex AI, through the official google-genai client and Cloud Storage."""

from __future__ import annotations

import inspect
import json
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import httpx2
from google import genai
from google.auth.exceptions import TransportError
from google.genai import errors, types

from fbench.errors import told
from fbench.providers.model import Example, Job, JobState, Reply, Sampling, TuningSpec
from fbench.providers.profiles import BUCKET_VARIABLE
from fbench.providers.retry import FailedCall, Retries, create_once
from fbench.providers.storage import HOST, Buckets

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


class VertexProvider:
    """Tunes and asks models through Cloud Storage, tuning jobs and generateContent."""

    def __init__(self, connection: Connection, profile: Profile) -> None:
        environ = connection.environ
        project = environ[profile.key]
        credentials = connection.google_credentials()
        base_url = environ.get(profile.base_url_variable)
        self._client = genai.Client(
            vertexai=True,
            project=project,
            location=environ.get("GOOGLE_CLOUD_LOCATION") or "us-central1",
            credentials=credentials,
            http_options=types.HttpOptions(
                base_url=base_url,
                httpx_async_client=httpx2.AsyncClient(transport=connection.transport),
            ),
        )
        self._buckets = Buckets(
            connection.transport, credentials, environ.get("STORAGE_EMULATOR_HOST") or HOST
        )
        self._bucket = environ.get(BUCKET_VARIABLE) or f"{project}-fbench"
        self._clean = connection.clean
        self._retry = Retries(connection.clock, _explain, connection.clean, look=connection.look_seconds)

    async def create(self, spec: TuningSpec) -> Job:
        """Upload the examples to the bucket and create the job, see `create_once`."""
        uri = await self._retry(
            f"uploading the training file of {spec.model}",
            lambda: self._buckets.put(self._bucket, f"fbench/{spec.key}.jsonl", training_file(spec.examples)),
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
                ),
            )
            return _job(made)

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
            job = _job(await self._client.aio.tunings.get(name=job_id))
            return replace(job, error=self._clean(job.error))

        return await self._retry(f"reading job {job_id}", read)

    async def ask(self, model: str, prompt: str, sampling: Sampling) -> Reply:
        """One user turn, one answer; the model's thoughts are billed with it, but are not a part of it.

        A blocked prompt has no candidates: the reason is in the feedback on the prompt.
        """
        config = types.GenerateContentConfig(
            temperature=sampling.temperature, max_output_tokens=sampling.max_tokens, seed=sampling.seed
        )
        answered = await self._retry(
            f"asking {model}",
            lambda: self._client.aio.models.generate_content(  # pyright: ignore[reportUnknownMemberType] - images of Pillow, which is not installed
                model=model, contents=prompt, config=config
            ),
        )
        candidates, usage = answered.candidates or [], answered.usage_metadata
        feedback = answered.prompt_feedback
        reason = candidates[0].finish_reason if candidates else feedback and feedback.block_reason
        thoughts = (usage.thoughts_token_count or 0) if usage else 0
        return Reply(
            text=answered.text or "",
            finish=reason.value.lower() if reason else "" if candidates else "blocked",
            prompt_tokens=(usage.prompt_token_count or 0) if usage else 0,
            answer_tokens=(usage.candidates_token_count or 0) + thoughts if usage else 0,
        )

    async def close(self) -> None:
        """Close both clients."""
        await self._client.aio.aclose()
        await self._buckets.close()

    async def _newest(self, key: str) -> Job | None:
        config = types.ListTuningJobsConfig(filter=f'labels.{_MARK}="{key}"')
        async for job in await self._client.aio.tunings.list(config=config):
            found = _job(job)
            if (job.labels or {}).get(_MARK) == key and found.state in (JobState.RUNNING, JobState.SUCCEEDED):
                return found
        return None


def training_file(examples: tuple[Example, ...]) -> bytes:
    """The examples in Vertex AI's format: one JSON object per line, in training order."""
    lines = (
        {
            "contents": [
                {"role": "user", "parts": [{"text": e.prompt}]},
                {"role": "model", "parts": [{"text": e.answer}]},
            ]
        }
        for e in examples
    )
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()


def _job(job: types.TuningJob) -> Job:
    state = _ENDED.get(job.state, JobState.RUNNING) if job.state else JobState.RUNNING
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
    error = job.error.message if job.error and job.error.message else ""
    return Job(job.name or "", state, models, int(tokens) if tokens is not None else None, error)


def _explain(error: Exception) -> FailedCall | None:
    if isinstance(error, errors.APIError):
        response = cast("httpx2.Response", error.response)  # pyright: ignore[reportUnknownMemberType] - the client is ours
        return FailedCall(error.code, f"{error.status}: {error.message}", response.headers)
    if isinstance(error, httpx2.HTTPStatusError):
        status = error.response.status_code
        return FailedCall(status, f"HTTP {status} from {error.request.url.host}", error.response.headers)
    if isinstance(error, TransportError):  # no token came, so nothing was sent
        return FailedCall(None, told(error), {}, sent=False)
    if isinstance(error, httpx2.TransportError):
        sent = not isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout)
        return FailedCall(None, told(error), {}, sent)
    return None
