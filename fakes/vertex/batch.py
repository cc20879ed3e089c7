"""A batch of questions: JSONL in Cloud Storage, answered into JSONL in Cloud Storage.

Lines are those of https://docs.cloud.google.com/vertex-ai/generative-ai/docs/multimodal/batch-prediction-gemini:
`{"request": GenerateContentRequest}` in; the same with `response`, `status` and `processed_time` out. A
line that cannot be answered has its error in `status`, and no other line suffers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from fakes.fates import Fates
from fakes.google import timestamp
from fakes.ids import Ids, decimal
from fakes.learners import Model
from fakes.pace import Pace
from fakes.routes import Refusal
from fakes.shape import compact, mapping, parse
from fakes.storage.state import Storage
from fakes.timeline import EPOCH, Phase
from fakes.vertex.lifecycle import Work

__all__ = ["Batch", "BatchOrder", "Respond"]

Respond = Callable[[str, Model, dict[str, Any], int], dict[str, object]]
"""Answers a GenerateContentRequest as a version of a model, under a number; raises Refusal."""

_PHASES = (
    Phase("JOB_STATE_PENDING", 60),
    Phase("JOB_STATE_RUNNING", 600),
    Phase("JOB_STATE_SUCCEEDED", 0),
)


@dataclass(frozen=True, slots=True)
class BatchOrder:
    """What was asked for: `echo` as it came, the model as it was then, where to read and where to write."""

    parent: str
    echo: dict[str, Any]
    version: str
    model: Model
    uris: tuple[str, ...]
    prefix: str


class Batch(Work):
    """A batch prediction job. `counts` is how many lines were answered, and how many were not."""

    def __init__(
        self,
        order: BatchOrder,
        number: int,
        *,
        ids: Ids,
        storage: Storage,
        pace: Pace,
        fates: Fates,
        respond: Respond,
    ) -> None:
        duties = {"JOB_STATE_RUNNING": self._read, "JOB_STATE_SUCCEEDED": self._answer}
        self.order, self.id = order, decimal(number, 19)
        fate = fates.of("batch", "vertex", self.id, model=order.version, name=str(order.echo["displayName"]))
        super().__init__(EPOCH + number % 3600, _PHASES, pace, duties, fate)
        self.counts: tuple[int, int] | None = None
        # the microseconds tell batches of the same second apart
        moment = timestamp(self.timeline.begin).replace(".000000Z", f".{number % 10**6:06}Z")
        self.directory = f"{order.prefix.rstrip('/')}/prediction-model-{moment}"
        self._ids, self._storage, self._respond = ids, storage, respond
        self._lines: list[bytes] = []

    @property
    def name(self) -> str:
        """The resource name."""
        return f"{self.order.parent}/batchPredictionJobs/{self.id}"

    def _read(self) -> None:
        # errors without details: google-genai reads a batch job whose error has any as invalid
        for wanted in self.order.uris:
            uris = sorted(f"gs://{bucket}/{name}" for bucket, name in self._storage.objects)
            found = [uri for uri in uris if uri == wanted or ("*" in wanted and fnmatchcase(uri, wanted))]
            if not found:
                self.fail(f"The input {wanted} was not found.")
                return
            contents = (self._storage.read(uri) or b"" for uri in found)
            self._lines += [line for each in contents for line in each.split(b"\n") if line.strip()]
        if not self._lines:
            self.fail("The input has no requests.")

    def _answer(self) -> None:
        answered = [self._answer_line(line) for line in self._lines]
        failed = sum(1 for each in answered if each["status"])
        self.counts, self._lines = (len(answered) - failed, failed), []
        bucket, _, path = self.directory.removeprefix("gs://").partition("/")
        content = b"".join(compact(each) + b"\n" for each in answered)
        self._storage.put(bucket, f"{path}/predictions.jsonl", content, "application/jsonl")

    def _answer_line(self, line: bytes) -> dict[str, Any]:
        made: dict[str, Any] = {"status": "", "processed_time": timestamp(self.timeline.now)}
        try:
            fields = mapping(parse(line))
        except ValueError:
            text = line.decode("utf-8", "replace")
            return {**made, "status": "Bad Request: the line is not JSON.", "request": text, "response": {}}
        number = self._ids.of("batch", self.order.version, line)
        try:
            response = self._respond(
                self.order.version, self.order.model, mapping(fields.get("request")), number
            )
        except Refusal as refusal:
            error = compact(refusal.reply.body).decode()
            return {**fields, **made, "status": f"Bad Request: {error}", "response": {}}
        return {**fields, **made, "response": response}
