"""A batch: requests from a file, answered in their own time, without HTTP.

validating -> in_progress -> finalizing -> completed; failed where the file is bad; cancelling -> cancelled
where the client says so. The specification's statuses; expired is not among them here, as a batch is always
in time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fakes.fates import Bends, End, Fate
from fakes.ids import base62
from fakes.openai.batch_file import BadLine, Request, requests_of
from fakes.openai.state import File, OpenAI
from fakes.shape import compact, mapping
from fakes.timeline import Phase, Timeline

__all__ = ["BENDS", "PHASES", "Batch", "Run"]

Run = Callable[[str, dict[str, Any], bytes], tuple[int, Any]]
"""Answers a request: from endpoint, body and what its id comes from, to the HTTP status and the JSON body."""

PHASES = (
    Phase("validating", 60),
    Phase("in_progress", 600),
    Phase("finalizing", 60),
    Phase("completed", 0),
)
BENDS: Bends = {
    End.FAILS: ("validating", (Phase("failed", 0),)),
    End.HANGS: ("in_progress", ()),
    End.CANCELLED: ("in_progress", (Phase("cancelling", 60), Phase("cancelled", 0))),
    End.NEVER_READY: ("validating", ()),
}
"""`failed` is the specification's word for a file that was found bad, so it follows on `validating`."""


@dataclass(slots=True)
class Batch:
    """A batch: what was asked for, where it is, and what came of it.

    Attributes:
        times: when each state was entered, in Unix seconds.
        counts: total, completed and failed requests.
        errors: what is wrong with the file, if it is.
        fate: what becomes of it on purpose, if anything does.
    """

    account: OpenAI
    run: Run
    id: str
    endpoint: str
    source: File
    metadata: dict[str, str] | None
    timeline: Timeline
    fate: Fate | None = None
    times: dict[str, int] = field(default_factory=dict[str, int])
    counts: dict[str, int] = field(default_factory=lambda: {"total": 0, "completed": 0, "failed": 0})
    errors: list[BadLine] = field(default_factory=list[BadLine])
    model: str | None = None
    usage: dict[str, Any] | None = None
    output: File | None = None
    failures: File | None = None
    requests: list[Request] = field(default_factory=list[Request])

    def observe(self, *, glance: bool = False) -> None:
        """Is looked at, and moves on as far as the world's pace says; a glance sees it in a list."""
        for _ in range(self.account.pace.steps(self.timeline, glance=glance)):
            self.step()

    def step(self) -> None:
        """Moves on by one phase, and does what that phase is for."""
        before = self.timeline.state
        if not self.timeline.step() or self.timeline.state == before:
            return
        match self.timeline.state:
            case "in_progress":
                self._validate()
            case "failed" if self.fate:
                message = self.fate.message or "The batch failed due to an internal error."
                self.errors = [BadLine(self.fate.code or "server_error", message, None, None)]
            case "cancelling":
                self.requests = []
            case "completed":
                self._answer()
            case _:
                pass
        self.times[self.timeline.state] = self.timeline.now

    def cancel(self) -> bool:
        """Begins to end; False where there is nothing left to cancel. What was not answered by then never
        is.
        """
        if self.timeline.state not in ("validating", "in_progress"):
            return False
        phases = (Phase("cancelling", 60), Phase("cancelled", 0))
        self.timeline = Timeline(self.timeline.now + 1, phases, self.account.pace.mark())
        self.times["cancelling"] = self.timeline.now
        self.requests = []
        return True

    def _validate(self) -> None:
        if self.source.id not in self.account.files:
            self.errors = [
                BadLine("invalid_file", f"The input file {self.source.id} was deleted.", None, None)
            ]
        else:
            self.requests, self.errors = requests_of(self.source.content, self.endpoint)
        if self.errors:
            self.requests = []
            self.timeline.stop("failed")
            return
        self.counts["total"] = len(self.requests)
        self.model = self.requests[0].body["model"]

    def _answer(self) -> None:
        """Answers all requests, and writes the files: what was answered, and what failed."""
        lines: dict[bool, list[bytes]] = {True: [], False: []}
        tokens = [0, 0]
        for request in self.requests:
            status, body = self.run(self.endpoint, request.body, compact(request.body))
            lines[status == 200].append(self._line(request, status, body))
            used = mapping(mapping(body).get("usage"))
            tokens[0] += used.get("prompt_tokens", used.get("input_tokens", 0))
            tokens[1] += used.get("completion_tokens", used.get("output_tokens", 0))
        self.counts |= {"completed": len(lines[True]), "failed": len(lines[False])}
        self.output, self.failures = self._file("output", lines[True]), self._file("error", lines[False])
        self.requests = []
        self.usage = {
            "input_tokens": tokens[0],
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": tokens[1],
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": sum(tokens),
        }

    def _line(self, request: Request, status: int, body: object) -> bytes:
        number = self.account.ids.of("batch_request", self.id, request.custom_id)
        answer = {"status_code": status, "request_id": f"{number:064x}"[:32], "body": body}
        line = {
            "id": f"batch_req_{base62(number, 24)}",
            "custom_id": request.custom_id,
            "response": answer,
            "error": None,
        }
        return compact(line) + b"\n"

    def _file(self, kind: str, lines: list[bytes]) -> File | None:
        if not lines:
            return None
        number = self.account.ids.of(f"batch_{kind}", self.id)
        name = f"{self.id}_{kind}.jsonl"
        return self.account.store(number, name, "batch_output", b"".join(lines), self.timeline.now)
