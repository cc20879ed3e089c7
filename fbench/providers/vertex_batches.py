"""Vertex AI's batchPredictionJobs: a file of requests in Cloud Storage in, files with the answers out.

google-genai creates batches without labels, by which fbench finds its own; so this is fbench's own client
over the same transport as all other calls, see
https://cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.batchPredictionJobs.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

import httpx2
from google.genai import errors, types

from fbench.messages import Message, Prompt
from fbench.providers.batches import AnswerLines, Batch, BatchAnswers, BatchSpec, BatchState, fitting
from fbench.providers.failures import text_of
from fbench.providers.leftovers import Leftover
from fbench.providers.model import Reply, Sampling
from fbench.providers.retry import create_once
from fbench.providers.vertex_contents import key_of, turns_in

if TYPE_CHECKING:
    from fbench.providers.retry import Retries
    from fbench.providers.storage import Buckets
    from fbench.providers.vertex_leftovers import VertexResources
    from fbench.providers.vertex_names import VertexNames

__all__ = ["VertexBatches", "question"]

MOST = 200_000
MOST_BYTES = 1_000_000_000
_MARK = "fbench"
_ENDED = frozenset(
    {
        *("JOB_STATE_SUCCEEDED", "JOB_STATE_PARTIALLY_SUCCEEDED"),
        *("JOB_STATE_CANCELLED", "JOB_STATE_EXPIRED"),
    }
)
_FAILED = "JOB_STATE_FAILED"
_PASSING = frozenset({4, 8, 10, 13, 14})
"""Codes of google.rpc.Status for what may succeed later: DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED,
INTERNAL, UNAVAILABLE."""
_ERROR = re.compile(r"\{.*\}", re.DOTALL)
_REJECTING = re.compile(r"bad request|invalid_argument", re.IGNORECASE)
_READINGS = 3
_INTERNAL = 500


class VertexBatches:
    """Batches in a project and location.

    Args:
        resources: makes calls to resources by their names in full.
        buckets: of Cloud Storage.
        retry: how calls are tried again.
        names: the names of resources as they are kept.
        parent: `projects/P/locations/L`, where batches are created.
        bucket: where their files are stored.
        reply: reads a response.
        keep: gives a text as a recording stores it, see `Connection.keep`.
    """

    def __init__(
        self,
        resources: VertexResources,
        buckets: Buckets,
        retry: Retries,
        names: VertexNames,
        *,
        parent: str,
        bucket: str,
        reply: Callable[[types.GenerateContentResponse], Reply],
        keep: Callable[[str], tuple[str, str]],
    ) -> None:
        self._resources, self._buckets, self._retry, self._names = resources, buckets, retry, names
        self._parent, self._bucket, self._reply, self._keep = parent, bucket, reply, keep
        self._models: dict[str, str] = {}

    async def why_not(self, model: str) -> str:
        """As `BatchProvider.why_not`.

        A batch is asked of a model, and answered by its default checkpoint: the endpoint of another
        checkpoint cannot be asked, and no tuned model in the location `global`.
        """
        if "/" not in model:
            self._models[model] = f"publishers/google/models/{model}"
            return ""
        name = self._names.full(model)
        if "/locations/global/" in name:
            return "the location global answers no batches of tuned models"
        endpoint = await self._resources.get(name)
        deployed: list[dict[str, Any]] = (endpoint or {}).get("deployedModels") or []
        if len(deployed) != 1 or not deployed[0].get("model"):
            return "its endpoint does not have one model"
        [served] = deployed
        version = served.get("modelVersionId")
        full = str(served["model"]).partition("@")[0] + (f"@{version}" if version else "")
        asked = await self._resources.get(full)
        default, checkpoint = (asked or {}).get("defaultCheckpointId"), served.get("checkpointId")
        if asked is None or (checkpoint is not None and checkpoint != default):
            return "a batch is answered by the last checkpoint of a model, and this is another"
        self._models[model] = full
        return ""

    def fitting(self, spec: BatchSpec) -> int:
        """As `BatchProvider.fitting`."""
        return fitting(map(len, _lines(spec)), MOST, MOST_BYTES)

    async def create(self, spec: BatchSpec) -> Batch:
        """As `BatchProvider.create`."""
        place = _folder(spec.key)
        uri = await self._retry(
            f"uploading a batch for {spec.model}",
            lambda: self._buckets.put(self._bucket, f"{place}input.jsonl", b"".join(_lines(spec))),
        )
        body: dict[str, object] = {
            "displayName": f"{_MARK}-{spec.key}",
            "model": self._models[spec.model],
            "labels": {_MARK: spec.key},
            "inputConfig": {"instancesFormat": "jsonl", "gcsSource": {"uris": [uri]}},
            "outputConfig": {
                "predictionsFormat": "jsonl",
                "gcsDestination": {"outputUriPrefix": f"gs://{self._bucket}/{place}output"},
            },
        }

        async def create() -> Batch:
            made = await self._resources.once("POST", f"{self._parent}/batchPredictionJobs", body)
            if made is None:
                raise _no_such_place(self._parent)
            return self._batch(made)

        return await create_once(
            self._retry, f"creating a batch for {spec.model}", create, lambda: self._found(spec.key)
        )

    async def find(self, key: str) -> Batch | None:
        """As `BatchProvider.find`, by its label."""
        return await self._retry(f"looking for batch {key}", lambda: self._found(key))

    async def read(self, batch_id: str) -> Batch:
        """As `BatchProvider.read`."""
        return await self._retry(f"reading batch {batch_id}", lambda: self._read(batch_id))

    async def answers(self, batch_id: str, spec: BatchSpec) -> BatchAnswers:
        """As `BatchProvider.answers`.

        A line has no id of its own. It repeats its request, by whose text its question is known; questions
        with one text are the same request, and any of their answers is one to each.
        """
        job = await self._retry(f"reading batch {batch_id}", lambda: self._job(batch_id))
        lines = AnswerLines(self._retry, spec.model)
        places: defaultdict[str, list[int]] = defaultdict(list)
        for place, prompt in enumerate(spec.prompts):
            key = key_of(prompt)
            for text in dict.fromkeys((key, self._keep(key)[0])):
                places[text].append(place)
        failed: list[tuple[list[int], Exception]] = []
        for line in await self._output(job):
            if line is None:
                lines.unreadable()
            elif (asked := places.get(_asked_in(line))) is None:
                continue  # another's
            elif status := line.get("status"):
                failed.append((asked, _error_of(str(status))))
            else:
                free = next((each for each in asked if each not in lines.found.replies), asked[0])
                try:
                    lines.reply(free, self._reply(_response_of(line)))
                except Exception as error:  # noqa: BLE001 - only what a body is blamed for goes on
                    failed.append((asked, error))
        for asked, error in failed:  # an answer counts more than an error, wherever it stands
            taken = lines.found.replies.keys() | lines.found.rejected.keys()
            if (free := next((each for each in asked if each not in taken), None)) is not None:
                lines.failed(free, error)
        return lines.ended(_successes(job))

    async def leftovers(self, key: str, batch_id: str | None) -> list[Leftover]:
        """As `BatchProvider.leftovers`: all objects in the folder of the batch."""
        job = None
        if batch_id:
            job = await self._resources.get(self._names.full(batch_id))
        job = job or await self._retry(f"looking for batch {key}", lambda: self._listed(key))
        running = job is not None and job.get("state") not in (*_ENDED, _FAILED)
        bucket = _place_of(job)[0] if job else self._bucket
        names = await self._retry(
            f"looking for the files of batch {key}", lambda: self._buckets.names(bucket, _folder(key))
        )
        if running:
            why = "the batch is still being answered"
            return [Leftover("batch file", name, why=why) for name in names]
        return [Leftover("batch file", name, self._deletes(bucket, name)) for name in names]

    def _deletes(self, bucket: str, name: str) -> Callable[[], Any]:
        async def delete() -> bool:
            return await self._retry(f"deleting {name}", lambda: self._buckets.delete(bucket, name))

        return delete

    async def _found(self, key: str) -> Batch | None:
        job = await self._listed(key)
        return None if job is None else self._batch(job)

    async def _listed(self, key: str) -> dict[str, Any] | None:
        asked = {"filter": f'labels.{_MARK}="{key}"', "pageSize": "100"}
        while True:
            page = await self._resources.once("GET", f"{self._parent}/batchPredictionJobs", query=asked) or {}
            for job in cast("list[dict[str, Any]]", page.get("batchPredictionJobs") or []):
                labels: dict[str, str] = job.get("labels") or {}
                if labels.get(_MARK) == key:
                    return job
            if not page.get("nextPageToken"):
                return None
            asked["pageToken"] = str(page["nextPageToken"])

    async def _job(self, batch_id: str) -> dict[str, Any]:
        name = self._names.full(batch_id)
        job = await self._resources.once("GET", name)
        if job is None:
            raise _no_such_place(batch_id)
        return job

    async def _read(self, batch_id: str) -> Batch:
        return self._batch(await self._job(batch_id))

    def _batch(self, job: Mapping[str, Any]) -> Batch:
        name, state = text_of(job.get("name")), text_of(job.get("state"))
        if not name or not state:
            raise ValueError("a batch without a name or a state")
        kept = self._names.kept(name)
        if state in _ENDED or (state == _FAILED and _successes(job)):
            return Batch(kept, BatchState.ENDED)
        if state != _FAILED:
            return Batch(kept, BatchState.RUNNING)
        error = cast("dict[str, Any]", job.get("error") or {})
        said = self._retry.clean(text_of(error.get("message")) or "it gives no reason")
        return Batch(kept, BatchState.FAILED, said, error.get("code") in _PASSING)

    async def _output(self, job: Mapping[str, Any]) -> list[dict[str, Any] | None]:
        """The lines of all files of answers; None for one that cannot be read after several readings."""
        bucket, folder = _place_of(job)
        found: list[dict[str, Any] | None] = []
        names = await self._retry("looking for answers", lambda: self._buckets.names(bucket, folder))
        for name in names:
            if name.endswith(".jsonl"):
                found += await self._lines_in(bucket, name)
        return found

    async def _lines_in(self, bucket: str, name: str) -> list[dict[str, Any] | None]:
        readings = 0

        async def read() -> list[dict[str, Any] | None]:
            nonlocal readings
            readings += 1
            content = await self._buckets.get(bucket, name)
            found = [_object(line) for line in content.split(b"\n") if line.strip()]
            if None in found and readings < _READINGS:
                raise ValueError("a line of it cannot be read")
            return found

        return await self._retry(f"reading {name}", read)


def question(prompt: Prompt, sampling: Sampling) -> dict[str, object]:
    """The body that asks a model, as google-genai makes it for a request alone."""
    config: dict[str, object] = {
        "temperature": sampling.temperature,
        "maxOutputTokens": sampling.most_tokens,
        "seed": sampling.seed,
    }
    if sampling.thoughts is not None:
        config["thinkingConfig"] = {"thinkingBudget": sampling.thoughts}
    system, contents = turns_in(prompt)
    told = {"systemInstruction": {"parts": [{"text": system}]}} if system else {}
    turns = [{"parts": turn["parts"], "role": turn["role"]} for turn in contents]
    return {**told, "contents": turns, "generationConfig": config}


def _lines(spec: BatchSpec) -> Iterator[bytes]:
    for prompt in spec.prompts:
        line = {"request": question(prompt, spec.sampling)}
        yield json.dumps(line, ensure_ascii=False).encode() + b"\n"


def _folder(key: str) -> str:
    return f"{_MARK}/{key}/"


def _place_of(job: Mapping[str, Any]) -> tuple[str, str]:
    """The bucket of a batch, and where its answers are in it."""
    prefix = text_of(job["outputConfig"]["gcsDestination"]["outputUriPrefix"])
    bucket, _, folder = prefix.removeprefix("gs://").partition("/")
    return bucket, folder


def _successes(job: Mapping[str, Any]) -> int | None:
    """How many answers a batch says that it has; None if it does not say."""
    stats = cast("dict[str, Any] | None", job.get("completionStats"))
    return None if stats is None else int(stats.get("successfulCount", 0))


def _asked_in(line: Mapping[str, Any]) -> str:
    """The key of the request that a line repeats, see `key_of`; empty where there is none."""
    try:
        request: dict[str, Any] = line["request"]
        instruction: dict[str, Any] = request.get("systemInstruction") or {}
        system = "".join(part["text"] for part in instruction.get("parts", ()))
        said = [Message("system", system)] if system else []
        for turn in request["contents"]:
            role = "assistant" if turn.get("role") == "model" else "user"
            said.append(Message(role, "".join(str(part["text"]) for part in turn["parts"])))
        return key_of(tuple(said))
    except (LookupError, TypeError, AttributeError):
        return ""


def _response_of(line: Mapping[str, Any]) -> types.GenerateContentResponse:
    response: object = line.get("response")
    if not isinstance(response, dict):
        raise ValueError("a line without a response")  # noqa: TRY004 - the service sent it
    said = cast("dict[str, object]", response)
    return types.GenerateContentResponse._from_response(response=said, kwargs={})  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - as the client reads one


def _error_of(status: str) -> errors.APIError:
    """The error that the client raises for a response to a request of its own, from the words of a status.

    It holds the error as JSON. Without it, words say whether the request was wrong.
    """
    found = _ERROR.search(status)
    body = _object(found[0].encode()) if found else None
    error: object = (body or {}).get("error")
    code: object = cast("dict[str, Any]", error).get("code") if isinstance(error, dict) else None
    if not isinstance(code, int):
        code = 400 if _REJECTING.search(status) else _INTERNAL
        body = {"error": {"code": code, "message": status}}
    response = httpx2.Response(code, json=body, request=httpx2.Request("POST", "https://vertex.invalid"))
    return errors.APIError(code, body, response)  # pyright: ignore[reportUnknownMemberType] - of several clients


def _no_such_place(name: str) -> errors.APIError:
    body = {"error": {"code": 404, "message": f"{name} was not found.", "status": "NOT_FOUND"}}
    response = httpx2.Response(404, json=body, request=httpx2.Request("GET", "https://vertex.invalid"))
    return errors.APIError(404, body, response)  # pyright: ignore[reportUnknownMemberType] - as above


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        found: object = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else None
