"""The base models that a service with OpenAI's wire serves, while they are open at the date of the world.

Until when each can be tuned and answers is in `fakes.model_table`. An alias answers as its snapshot, and
cannot be tuned: only a snapshot can. Limits in tokens are from https://developers.openai.com/api/docs/models.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from fakes.model_table import TableRow, row_of

__all__ = ["AZURE", "OPENAI", "BaseModel", "Catalogue"]

_NO_MORE: Mapping[str, tuple[float, float]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class BaseModel:
    """A model of the vendor's own: its id, and when it was created (Unix seconds).

    `context` is the most tokens of a question, `output` the most of an answer. `reasoning` is 0 for a model
    that does not think before it answers. Those that do take other parameters; from 2 on their messages have
    a phase, from 3 on they tell more of themselves.
    """

    id: str
    created: int
    alias_of: str | None = None
    context: int = 128_000
    output: int = 16_384
    reasoning: int = 0


class Catalogue:
    """The base models of a service.

    Args:
        service: its name in `fakes.model_table`, which says until when they are open.
        models: all of them, aliases too.
        more: the bounds of hyperparameters that its jobs take besides OpenAI's, by name.
    """

    def __init__(
        self,
        service: str,
        models: Iterable[BaseModel],
        more: Mapping[str, tuple[float, float]] = _NO_MORE,
    ) -> None:
        self.service, self.more = service, more
        self.models = {model.id: model for model in models}

    def find(self, name: str) -> BaseModel | None:
        """The base model with that name, aliases resolved; None if there is none."""
        model = self.models.get(name)
        return self.models[model.alias_of] if model and model.alias_of else model

    def is_open(self, name: str, day: date) -> bool:
        """Whether a model of the catalogue, an alias, or what was tuned from one answers on that day.

        Of models that the table does not have, no end is known.
        """
        row = self._row(name)
        return row is None or row.answers_on(day)

    def answers(self, name: str, day: date) -> bool:
        """Whether the name is a model of the catalogue, or an alias, that answers on that day."""
        return self.find(name) is not None and self.is_open(name, day)

    def has_ended(self, name: str, day: date) -> bool:
        """Whether a name is that of a model that was shut down by that day, or was never served here."""
        row = self._row(name)
        if row is None or row.shutdown is None:
            return False
        return row.name not in self.models or day >= row.shutdown

    def takes_jobs(self, name: str, day: date) -> bool:
        """Whether a job can be created for a model, or for what was tuned from it, on that day."""
        row = self._row(name)
        return row is not None and row.takes_jobs_on(day)

    def tunable_on(self, day: date) -> tuple[str, ...]:
        """The models that can be tuned on that day."""
        return tuple(
            each.id for each in self.models.values() if not each.alias_of and self.takes_jobs(each.id, day)
        )

    def _row(self, name: str) -> TableRow | None:
        return row_of(self.service, name)


def _snapshot(name: str, created: int, context: int = 128_000, output: int = 16_384) -> BaseModel:
    return BaseModel(name, created, context=context, output=output)


def _reasoning(name: str, created: int, kind: int = 1, context: int = 400_000) -> BaseModel:
    return BaseModel(name, created, context=context, output=min(context // 2, 128_000), reasoning=kind)


def _alias(name: str, created: int, snapshot: str) -> BaseModel:
    return BaseModel(name, created, alias_of=snapshot)


_MILLION = 1_047_576
OPENAI = Catalogue(
    "openai",
    (
        _snapshot("gpt-4o-2024-08-06", 1_722_814_719),
        _snapshot("gpt-4o-mini-2024-07-18", 1_721_172_717),
        _snapshot("gpt-4.1-2025-04-14", 1_744_315_746, _MILLION, 32_768),
        _snapshot("gpt-4.1-mini-2025-04-14", 1_744_317_547, _MILLION, 32_768),
        _snapshot("gpt-4.1-nano-2025-04-14", 1_744_321_025, _MILLION, 32_768),
        _alias("gpt-4o", 1_715_367_049, "gpt-4o-2024-08-06"),
        _alias("gpt-4o-mini", 1_721_172_741, "gpt-4o-mini-2024-07-18"),
        _alias("gpt-4.1", 1_744_316_542, "gpt-4.1-2025-04-14"),
        _alias("gpt-4.1-mini", 1_744_318_173, "gpt-4.1-mini-2025-04-14"),
        _alias("gpt-4.1-nano", 1_744_321_707, "gpt-4.1-nano-2025-04-14"),
        # no recording tells the time of those that follow: it is the day in the name, or of the first seen
        _reasoning("o3-mini-2025-01-31", 1_738_281_600, 1, 200_000),
        _alias("o3-mini", 1_738_281_600, "o3-mini-2025-01-31"),
        _reasoning("gpt-5-2025-08-07", 1_754_524_800),
        _alias("gpt-5", 1_754_524_800, "gpt-5-2025-08-07"),
        _reasoning("gpt-5-mini-2025-08-07", 1_754_524_800),
        _alias("gpt-5-mini", 1_754_524_800, "gpt-5-mini-2025-08-07"),
        _reasoning("gpt-5.4-2026-03-05", 1_772_668_800),
        _alias("gpt-5.4", 1_772_668_800, "gpt-5.4-2026-03-05"),
        _reasoning("gpt-5.5-2026-04-23", 1_776_902_400, 2),
        _alias("gpt-5.5", 1_776_902_400, "gpt-5.5-2026-04-23"),
        _reasoning("gpt-5.6-sol", 1_782_864_000, 3),
    ),
)
AZURE = Catalogue("azure", (model for model in OPENAI.models.values() if row_of("azure", model.id)))
"""Those of OpenAI's that Azure trains, too."""
