"""What a service does around its answers: it lists late, keeps no metadata, or loses an answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, cast

import httpx

from fakes.ids import Ids
from fakes.multipart import without_boundary
from fakes.service_names import SERVICES, TUNING
from fakes.timeline import Pace

__all__ = ["Listings", "LostAnswers", "ServiceBehaviour", "services_of"]


@dataclass(frozen=True, slots=True)
class ServiceBehaviour:
    """The behaviour of a service.

    Attributes:
        lists_late: for how many calls of a list a new job, batch, file or deployment is missing from it. It
            can be read by its id at once. Pages after the first are no calls of their own. So many questions
            to a new deployment of Azure are refused, too, as if it were not there.
        lists_late_seconds: for how many seconds of the pace it is missing; this needs a pace with a clock, as
            a server has (`fakes.timeline.ByClock`).
        lacks_metadata: jobs and batches of OpenAI's wire come without metadata: what is sent is accepted and
            forgotten, and a list cannot be filtered by it.
        loses: the share of the calls that change or cost something (POST, PUT) whose answer is lost: the work
            is done and billed, and then the connection ends. The same call is lost once: made again, it is
            answered.
    """

    lists_late: int = 0
    lists_late_seconds: float = 0.0
    lacks_metadata: bool = False
    loses: float = 0.0

    def __post_init__(self) -> None:
        if type(self.lists_late) is not int or self.lists_late < 0:
            raise ValueError(f"lists_late must be 0 or more calls, got {self.lists_late!r}.")
        for name, most in (("lists_late_seconds", float("inf")), ("loses", 1)):
            value = getattr(self, name)
            if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= most:
                ends = "between 0 and 1" if most == 1 else "0 or more seconds"
                raise ValueError(f"{name} must be {ends}, got {value!r}.")
        if not isinstance(self.lacks_metadata, bool):  # pyright: ignore[reportUnnecessaryIsInstance] - from JSON
            told = f"lacks_metadata must be true or false, got {self.lacks_metadata!r}."
            raise ValueError(told)  # noqa: TRY004 - as for a value of another field


def services_of(given: Mapping[str, ServiceBehaviour | Mapping[str, object]]) -> dict[str, ServiceBehaviour]:
    """Behaviours by service, each as one or as its fields.

    Raises:
        ValueError: a service or a field is unknown, or a value is invalid; the message names them.
    """
    found: dict[str, ServiceBehaviour] = {}
    for name, value in given.items():
        if name not in SERVICES:
            known = ", ".join(SERVICES)
            raise ValueError(f"behaviours of services: there is no service {name!r}; it is one of {known}.")
        try:
            found[name] = behaviour = value if isinstance(value, ServiceBehaviour) else _made(value)
        except ValueError as error:
            raise ValueError(f"behaviour of {name}: {error}") from error
        if name not in TUNING and (behaviour.lists_late or behaviour.lists_late_seconds):
            raise ValueError(f"behaviour of {name}: lists_late is of {', '.join(TUNING)} alone.")
        if name != "openai" and behaviour.lacks_metadata:
            raise ValueError(f"behaviour of {name}: lacks_metadata is of openai alone.")
    return found


def _made(given: object) -> ServiceBehaviour:
    known = [field.name for field in fields(ServiceBehaviour)]
    if not isinstance(given, Mapping):
        told = f"must be an object with the fields {', '.join(known)}, got {given!r}."
        raise ValueError(told)  # noqa: TRY004 - as for the value of a field
    values = dict(cast("Mapping[str, Any]", given))
    if unknown := [each for each in values if each not in known]:
        raise ValueError(f"there is no field {unknown[0]!r}; the fields are {', '.join(known)}.")
    return ServiceBehaviour(**values)


class Listings:
    """What the lists of a service do not show yet.

    Args:
        pace: tells the time.

    Attributes:
        behaviour: of the service; what was created under another one is shown as that said.
    """

    def __init__(self, pace: Pace) -> None:
        self.behaviour = ServiceBehaviour()
        self._pace = pace
        self._calls: Counter[str] = Counter()
        self._hidden: dict[str, tuple[int, float]] = {}

    def made(self, kind: str, thing: str) -> None:
        """Something of that kind was created, with an id that is unique."""
        late, seconds = self.behaviour.lists_late, self.behaviour.lists_late_seconds
        if late or seconds:
            self._hidden[thing] = self._calls[kind] + late, self._pace.mark() + seconds

    def begin(self, kind: str, *, first: bool) -> None:
        """A list of that kind is called for; `first` is whether it is its first page."""
        self._calls[kind] += first

    def shows(self, kind: str, thing: str) -> bool:
        """Whether the list that is called for shows it."""
        if thing not in self._hidden:
            return True
        calls, time = self._hidden[thing]
        if self._calls[kind] <= calls or self._pace.mark() < time:
            return False
        del self._hidden[thing]
        return True


class LostAnswers:
    """Which calls lose their answer: drawn by what is sent, so the order of calls does not matter."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._lost: set[int] = set()
        self.shares: dict[str, float] = {}

    def loses(self, service: str, request: httpx.Request) -> bool:
        """Whether the answer to this call is lost; never twice for the same call."""
        share = self.shares.get(service, 0.0)
        if not share or request.method not in ("POST", "PUT"):
            return False
        pieces = without_boundary(request.headers.get("content-type", ""), request.content)
        number = self._ids.of("lost", service, request.method, request.url.raw_path, b"".join(pieces))
        if number in self._lost or number % 10**9 >= share * 10**9:
            return False
        self._lost.add(number)
        return True
