"""What becomes of jobs, batches and files that go wrong on purpose, and which of them do.

A fault (see `fakes.faults`) meets a call; a fate meets a thing that a call has made, when it is made. It
bends the phases that the thing would go through otherwise, and each service says in a table of its own how.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal, get_args

from fakes.ids import Ids
from fakes.timeline import Phase

__all__ = [
    "Bends",
    "End",
    "Fate",
    "Fates",
    "Thing",
    "bend",
    "file_never_ready",
    "job_cancelled",
    "job_fails",
    "job_hangs",
]

Thing = Literal["job", "batch", "file"]


class End(StrEnum):
    """How it ends."""

    FAILS = "fails"  # the service gives up, and says why
    HANGS = "hangs"  # it stays where it works, for a while or for ever
    CANCELLED = "cancelled"  # the service cancels it, which nobody asked for
    NEVER_READY = "never_ready"  # a file: it is taken, and never processed


Bends = Mapping[End, tuple[str, tuple[Phase, ...]]]
"""For each end: the state in which it shows, and the phases that follow; none where that state stays."""


@dataclass(frozen=True, slots=True)
class Fate:
    """How something ends, and what does.

    Attributes:
        end: how.
        of: what: a fine-tuning or tuning job, a batch, or a file of OpenAI's.
        service: openai or vertex; None for either.
        model: an expression that is searched in the name of the model that is trained.
        name: an expression that is searched in a job's suffix (OpenAI) or display name (Vertex AI), in
            a batch's display name (Vertex AI), and in a file's name.
        created: which of those that fit, counted from 1 as they are created; None for all of them.
        share: of those that are left, the share that is met, drawn by the world's seed from their ids.
        message: why it failed; None for the service's own words.
        code: the same for machines: OpenAI's code, or the name of a google.rpc.Code.
        times: how often a thing that hangs stays in its state beyond the first time; None for ever.
    """

    end: End
    of: Thing = "job"
    service: str | None = None
    model: str = ""
    name: str = ""
    created: tuple[int, ...] | None = None
    share: float = 1.0
    message: str | None = None
    code: str | None = None
    times: int | None = None

    def __post_init__(self) -> None:
        re.compile(self.model)
        re.compile(self.name)
        if not 0 <= self.share <= 1:
            raise ValueError(f"A share of {self.share} is none. Give a number from 0 to 1.")
        if self.of not in get_args(Thing):
            raise ValueError(f"Nothing becomes of a {self.of!r}. Name one of {', '.join(get_args(Thing))}.")
        if (self.of == "file") != (self.end is End.NEVER_READY):
            raise ValueError(f"A {self.of} cannot end so: files, and only they, are {End.NEVER_READY}.")
        if self.times is not None and self.times < 1:
            raise ValueError(f"Nothing hangs {self.times} times. Give a number from 1; None is for ever.")

    def at(self, *created: int) -> Fate:
        """The same fate, of these only, counted from 1 as they are created."""
        return replace(self, created=created)

    def on(
        self,
        *,
        of: Thing | None = None,
        service: str | None = None,
        model: str = "",
        name: str = "",
        share: float = 1.0,
    ) -> Fate:
        """The same fate, of what these words describe only; `of` is left as it is where it is not given."""
        return replace(self, of=of or self.of, service=service, model=model, name=name, share=share)

    def fits(self, of: Thing, service: str, model: str, name: str) -> bool:
        """Whether it is about such a thing at all."""
        return (
            self.of == of
            and self.service in (None, service)
            and re.search(self.model, model) is not None
            and re.search(self.name, name) is not None
        )


def job_fails(message: str | None = None, code: str | None = None) -> Fate:
    """A job that ends in failure once it has run; by itself with the service's word for its own mistake."""
    return Fate(End.FAILS, message=message, code=code)


def job_hangs(times: int | None = None) -> Fate:
    """A job that runs for ever; or so many times longer, in looks or in time as the pace has it."""
    return Fate(End.HANGS, times=times)


def job_cancelled() -> Fate:
    """A job that the service cancels while it runs."""
    return Fate(End.CANCELLED)


def file_never_ready() -> Fate:
    """A file of OpenAI's that stays `uploaded`; a job or a batch that needs it waits for ever."""
    return Fate(End.NEVER_READY, of="file")


class Fates:
    """The fates of a world, and how many things each has seen."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._seen: list[tuple[Fate, int]] = []

    def set(self, fates: Iterable[Fate]) -> None:
        """Puts these in place of all others, and counts from 1. What has been created keeps its fate."""
        self._seen = [(fate, 0) for fate in fates]

    def of(
        self, thing: Thing, service: str, thing_id: str, *, model: str = "", name: str = ""
    ) -> Fate | None:
        """The fate of what is created now, the first that meets it; every fate that fits counts it."""
        found: Fate | None = None
        for index, (fate, seen) in enumerate(self._seen):
            if not fate.fits(thing, service, model, name):
                continue
            self._seen[index] = (fate, seen + 1)
            if found is None and self._falls(index, fate, seen + 1, thing_id):
                found = fate
        return found

    def _falls(self, index: int, fate: Fate, number: int, thing_id: str) -> bool:
        if fate.created is not None and number not in fate.created:
            return False
        # by the id, not by the number: which things are met does not depend on which comes first
        return self._ids.of("fate", index, thing_id) % 10**9 < fate.share * 10**9


def bend(phases: Sequence[Phase], fate: Fate | None, bends: Bends) -> tuple[Phase, ...]:
    """The phases of a thing with that fate; as they are where it has none."""
    if fate is None:
        return tuple(phases)
    state, follows = bends[fate.end]
    at = [phase.state for phase in phases].index(state)
    if follows:
        return (*phases[: at + 1], *follows)
    stay = (Phase(state, None),) if fate.times is None else (phases[at],) * fate.times
    return (*phases[:at], *stay, *phases[at:])
