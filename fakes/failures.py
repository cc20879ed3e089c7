"""Deliberate failures: faults of calls, and failures of jobs, batches and files.

A `Fault` applies to a call: to a given call of a given endpoint, or to a seeded share of its calls. In this
process the caller gets the error that its client raises; on a port the fault affects the connection. A
`JobFailure` applies to what a call has created (a job, a batch or a file): it is decided at creation, and
changes the phases of the job, batch or file. A world is given both in one list.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Literal, get_args

from fakes.checked_fields import check, check_common, check_counted, is_text, is_whole
from fakes.ids import Ids
from fakes.service_names import SERVICES, TUNING
from fakes.timeline import Phase

__all__ = [
    "BrokenConnection",
    "Ending",
    "FailurePhases",
    "FailureTarget",
    "Fault",
    "FaultKind",
    "Faults",
    "JobFailure",
    "JobFailures",
    "apply_failure",
    "batch_cancelled",
    "batch_expires",
    "batch_partly_fails",
    "deployment_expires",
    "file_never_ready",
    "job_cancelled",
    "job_fails",
    "job_hangs",
    "quota_exhausted",
    "rate_limited",
    "revoked_key",
]


class FaultKind(StrEnum):
    """The effect on a call."""

    STATUS = "status"  # the service answers with an error, and does nothing
    REFUSED = "refused"  # the connection is refused
    RESET = "reset"  # the connection breaks before the request is handled
    LOST = "lost"  # the request is handled, and the connection breaks before the answer
    TIMEOUT = "timeout"  # the request is handled, and no answer ever comes
    TRUNCATED = "truncated"  # the answer ends in the middle, and so does the connection
    GARBLED = "garbled"  # the answer is complete, but some of its bytes are wrong
    SLOW = "slow"  # the answer is delayed


class BrokenConnection(Exception):
    """The connection breaks, in the way that `kind` says.

    `error` is the name of the exact error that the client raises, such as `ConnectTimeout`, if given.
    """

    def __init__(self, kind: FaultKind, error: str | None = None) -> None:
        super().__init__(f"a fault on purpose: {kind}")
        self.kind, self.error = kind, error


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault, and the calls to which it applies.

    Attributes:
        kind: the effect.
        service: openai, vertex, nebius, azure, gemini or storage; None for any.
        method: such as POST; None for any.
        path: a regular expression that is searched in the path, such as `/chat/completions$`.
        calls: which of the matching calls, counted from 1; None for all of them.
        share: the share of these calls that fails, drawn by the world's seed.
        status: of the response to a `status` fault.
        headers: of the same response.
        body: its JSON; None for an error in the service's own format.
        seconds: how long a `slow` response takes.
        after: how many events of a streamed response arrive unchanged before it is `truncated` (1 by
            default) or `garbled` (0 by default). A response in one piece is cut in its middle.
    """

    kind: FaultKind = FaultKind.STATUS
    service: str | None = None
    method: str | None = None
    path: str = ""
    calls: tuple[int, ...] | None = None
    share: float = 1.0
    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: object = None
    seconds: float = 0.0
    after: int | None = None

    def __post_init__(self) -> None:
        check_common(self.service, SERVICES, self.share)
        check("kind", self.kind, self.kind in set(FaultKind), f"one of {', '.join(FaultKind)}")
        check("method", self.method, self.method is None or self.method.isupper(), "one such as POST")
        re.compile(self.path)
        check_counted("calls", self.calls)
        check("status", self.status, is_whole(self.status, 200) and self.status < 600, "from 200 to 599")
        sent = all(_HEADER.fullmatch(f"{name}:{value}") for name, value in dict(self.headers).items())
        check("headers", self.headers, sent, "names and values that HTTP can carry")
        check("seconds", self.seconds, 0 <= self.seconds < math.inf, "0 or more")
        check("after", self.after, self.after is None or is_whole(self.after, 0), "0 or more events")

    def at(self, *calls: int) -> Fault:
        """A copy of the fault for these calls only, counted from 1."""
        return replace(self, calls=calls)

    def on(self, path: str, *, service: str | None = None, method: str | None = None) -> Fault:
        """A copy of the fault for calls of this path only, and of this service and method if given."""
        return replace(self, path=path, service=service, method=method)

    def matches(self, service: str, method: str, path: str) -> bool:
        """Whether the fault can apply to such a call."""
        return (
            self.service in (None, service)
            and self.method in (None, method)
            and re.search(self.path, path) is not None
        )


def rate_limited(wait: float | None = None, *, milliseconds: bool = False) -> Fault:
    """A 429 with the seconds to wait in `retry-after` or `retry-after-ms`; or without either."""
    headers: dict[str, str] = {}
    if wait is not None:
        headers = {"retry-after-ms": f"{wait * 1000:g}"} if milliseconds else {"retry-after": f"{wait:g}"}
    return Fault(status=429, headers=headers)


def quota_exhausted() -> Fault:
    """OpenAI's 429 for an account without money: its code says that waiting does not help."""
    message = "You exceeded your current quota, please check your plan and billing details."
    error = {"message": message, "type": "insufficient_quota", "param": None, "code": "insufficient_quota"}
    return Fault(status=429, headers={"x-should-retry": "false"}, body={"error": error}, service="openai")


def revoked_key() -> Fault:
    """A key that is no longer valid."""
    return Fault(status=401)


class Faults:
    """The faults of a world, with the number of calls that each has seen; `job_failures` are those of jobs,
    batches and files.
    """

    def __init__(self, ids: Ids, faults: Iterable[Fault | JobFailure] = ()) -> None:
        self._ids, self.job_failures = ids, JobFailures(ids)
        self._seen: list[tuple[Fault, int]] = []
        self.set(faults)

    def __bool__(self) -> bool:
        return bool(self._seen)

    def set(self, faults: Iterable[Fault | JobFailure]) -> None:
        """Replace all faults and job failures by these, and count their calls from 1."""
        given = list(faults)
        self._seen = [(fault, 0) for fault in given if isinstance(fault, Fault)]
        self.job_failures.set(failure for failure in given if isinstance(failure, JobFailure))

    def find(self, service: str, method: str, path: str) -> Fault | None:
        """The first fault that applies to this call; every fault that matches counts the call."""
        found: Fault | None = None
        for index, (fault, seen) in enumerate(self._seen):
            if not fault.matches(service, method, path):
                continue
            self._seen[index] = (fault, seen + 1)
            if found is None and self._happens(index, fault, seen + 1):
                found = fault
        return found

    def _happens(self, index: int, fault: Fault, call: int) -> bool:
        if fault.calls is not None and call not in fault.calls:
            return False
        return self._ids.of("fault", index, call) % 10**9 < fault.share * 10**9


FailureTarget = Literal["job", "batch", "file", "deployment"]


class Ending(StrEnum):
    """The way in which a job, a batch, a file or a deployment ends."""

    FAILS = "fails"  # the service gives up, with a reason
    HANGS = "hangs"  # it stays in its working state, for a while or forever
    CANCELLED = "cancelled"  # the service cancels it without a request
    NEVER_READY = "never_ready"  # a file: it is uploaded, and never processed
    EXPIRES = "expires"  # a batch: its time is over before all requests are answered; or a deployment
    PARTIAL = "partial"  # a batch: it ends as others do, and some requests have an error of the service


FailurePhases = Mapping[Ending, tuple[str, tuple[Phase, ...]]]
"""For each ending: the state in which it occurs, and the phases that follow; none if that state stays."""


_ENDS_OF: Mapping[FailureTarget, tuple[Ending, ...]] = {
    "job": (Ending.FAILS, Ending.HANGS, Ending.CANCELLED),
    "file": (Ending.NEVER_READY,),
    "deployment": (Ending.FAILS, Ending.HANGS, Ending.EXPIRES),
    "batch": (Ending.FAILS, Ending.HANGS, Ending.CANCELLED, Ending.EXPIRES, Ending.PARTIAL),
}


@dataclass(frozen=True, slots=True)
class JobFailure:
    """How jobs, batches or files end, and which ones.

    Attributes:
        end: the way in which they end.
        of: what ends so: a fine-tuning or tuning job, a batch, a file of OpenAI's, or the deployment of a
            tuned model.
        service: openai, vertex, nebius or azure; None for any.
        model: a regular expression that is searched in the name of the trained model.
        name: a regular expression that is searched in a job's suffix (OpenAI) or display name (Vertex AI), in
            a batch's display name (Vertex AI), and in the name of a file or a deployment.
        created: which of the matching ones, counted from 1 in order of creation; None for all of them.
        share: the share of these that fails, drawn by the world's seed from their ids.
        message: the reason for the failure; None for the service's own words.
        code: OpenAI's error code, or the name of a google.rpc.Code.
        times: for how many more times a job that hangs stays in its state; None forever.
        answered: how many requests of a batch are answered, from the first, before it expires, is cancelled
            or fails in part; None for none. A cancelled batch without it tells of no request at all. Or how
            many questions a deployment answers before it expires; None for one.
    """

    end: Ending
    of: FailureTarget = "job"
    service: str | None = None
    model: str = ""
    name: str = ""
    created: tuple[int, ...] | None = None
    share: float = 1.0
    message: str | None = None
    code: str | None = None
    times: int | None = None
    answered: int | None = None

    def __post_init__(self) -> None:
        re.compile(self.model)
        re.compile(self.name)
        check_common(self.service, TUNING, self.share)
        check_counted("created", self.created)
        targets: tuple[str, ...] = get_args(FailureTarget)
        check("of", self.of, self.of in targets, f"one of {', '.join(targets)}")
        for name, text in (("message", self.message), ("code", self.code)):
            check(name, text, is_text(text), "a text")
        if (self.of == "file") != (self.end is Ending.NEVER_READY):
            raise ValueError(f"A {self.of} cannot end so: files, and only they, are {Ending.NEVER_READY}.")
        if self.end not in _ENDS_OF.get(self.of, tuple(Ending)):
            raise ValueError(f"A {self.of} cannot end so: its end is one of {', '.join(_ENDS_OF[self.of])}.")
        if self.of not in ("batch", "deployment") and self.answered is not None:
            raise ValueError(f"A {self.of} is not answered in part: batches and deployments alone are.")
        check("answered", self.answered, self.answered is None or is_whole(self.answered, 0), "0 or more")
        forever = self.times is None
        check("times", self.times, forever or is_whole(self.times, 1), "1 or more, or None for ever")

    def at(self, *created: int) -> JobFailure:
        """A copy of the failure for these only, counted from 1 in order of creation."""
        return replace(self, created=created)

    def on(
        self,
        *,
        of: FailureTarget | None = None,
        service: str | None = None,
        model: str = "",
        name: str = "",
        share: float = 1.0,
    ) -> JobFailure:
        """A copy of the failure for what the arguments describe; without `of`, for the same kind."""
        return replace(self, of=of or self.of, service=service, model=model, name=name, share=share)

    def matches(self, of: FailureTarget, service: str, model: str, name: str) -> bool:
        """Whether the failure can apply to such a job, batch or file."""
        return (
            self.of == of
            and self.service in (None, service)
            and re.search(self.model, model) is not None
            and re.search(self.name, name) is not None
        )


def job_fails(message: str | None = None, code: str | None = None) -> JobFailure:
    """A job that fails after it has run; by default with the service's words for an internal error."""
    return JobFailure(Ending.FAILS, message=message, code=code)


def job_hangs(times: int | None = None) -> JobFailure:
    """A job that runs forever; or `times` times longer, in observations or in time, depending on the pace."""
    return JobFailure(Ending.HANGS, times=times)


def job_cancelled() -> JobFailure:
    """A job that the service cancels while it runs."""
    return JobFailure(Ending.CANCELLED)


def deployment_expires(questions: int = 1) -> JobFailure:
    """A deployment that the service removes after it has answered so many questions."""
    return JobFailure(Ending.EXPIRES, of="deployment", answered=questions)


def file_never_ready() -> JobFailure:
    """A file of OpenAI's that stays `uploaded`; a job or a batch that needs it waits forever."""
    return JobFailure(Ending.NEVER_READY, of="file")


def batch_expires(answered: int = 0) -> JobFailure:
    """A batch whose time is over when so many of its requests are answered; those are kept, and billed."""
    return JobFailure(Ending.EXPIRES, of="batch", answered=answered)


def batch_cancelled(answered: int = 0) -> JobFailure:
    """A batch that somebody cancels when so many of its requests are answered; those are kept, and billed."""
    return JobFailure(Ending.CANCELLED, of="batch", answered=answered)


def batch_partly_fails(answered: int = 0) -> JobFailure:
    """A batch of which so many requests are answered, and the others have an error of the service's own."""
    return JobFailure(Ending.PARTIAL, of="batch", answered=answered)


class JobFailures:
    """The failures of jobs, batches and files in a world, with the number of matches each has seen."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._seen: list[tuple[JobFailure, int]] = []

    def set(self, failures: Iterable[JobFailure]) -> None:
        """Replace all failures by these, and count from 1. Existing jobs, batches and files do not change."""
        self._seen = [(failure, 0) for failure in failures]

    def find(
        self, target: FailureTarget, service: str, target_id: str, *, model: str = "", name: str = ""
    ) -> JobFailure | None:
        """The first failure that applies to the thing being created; every failure that matches counts it."""
        found: JobFailure | None = None
        for index, (failure, seen) in enumerate(self._seen):
            if not failure.matches(target, service, model, name):
                continue
            self._seen[index] = (failure, seen + 1)
            if found is None and self._happens(index, failure, seen + 1, target_id):
                found = failure
        return found

    def _happens(self, index: int, failure: JobFailure, number: int, target_id: str) -> bool:
        if failure.created is not None and number not in failure.created:
            return False
        # by the id, not by the number: which ones fail does not depend on the order of creation
        return self._ids.of("fate", index, target_id) % 10**9 < failure.share * 10**9


def apply_failure(
    phases: Sequence[Phase], failure: JobFailure | None, failure_phases: FailurePhases
) -> tuple[Phase, ...]:
    """The phases after that failure; unchanged if there is none."""
    if failure is None:
        return tuple(phases)
    state, following = failure_phases[failure.end]
    at = [phase.state for phase in phases].index(state)
    if following:
        return (*phases[: at + 1], *following)
    stay = (Phase(state, None),) if failure.times is None else (phases[at],) * failure.times
    return (*phases[:at], *stay, *phases[at:])


_HEADER = re.compile(r"[\w!#$%&'*+.^`|~-]+:(?:[!-~](?:[ -~]*[!-~])?)?", re.ASCII)
