"""The base models that the fake OpenAI serves.

The names, and which models can be tuned, are from https://developers.openai.com/api/docs/deprecations as of
2026-11: it lists the last day for new jobs, and the shutdown of gpt-3.5-turbo. An alias answers as its
snapshot, and cannot be tuned: only a snapshot can.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CATALOGUE", "SHUT_DOWN", "BaseModel", "find"]


@dataclass(frozen=True, slots=True)
class BaseModel:
    """One of the vendor's models: its id, when it was created (Unix seconds), whether it can be tuned."""

    id: str
    created: int
    tunable: bool = True
    alias_of: str | None = None


CATALOGUE = {
    model.id: model
    for model in (
        BaseModel("gpt-4o-2024-08-06", 1_722_814_719),
        BaseModel("gpt-4o-mini-2024-07-18", 1_721_172_717),
        BaseModel("gpt-4.1-2025-04-14", 1_744_315_746),
        BaseModel("gpt-4.1-mini-2025-04-14", 1_744_317_547),
        BaseModel("gpt-4.1-nano-2025-04-14", 1_744_321_025),
        BaseModel("gpt-4o", 1_715_367_049, tunable=False, alias_of="gpt-4o-2024-08-06"),
        BaseModel("gpt-4o-mini", 1_721_172_741, tunable=False, alias_of="gpt-4o-mini-2024-07-18"),
    )
}

SHUT_DOWN = frozenset(("gpt-3.5-turbo", "gpt-3.5-turbo-0613", "gpt-3.5-turbo-1106", "gpt-3.5-turbo-0125"))
"""Models that could once be tuned, and no longer answer."""


def find(name: str) -> BaseModel | None:
    """The base model with that name, aliases resolved; None if there is none."""
    model = CATALOGUE.get(name)
    return CATALOGUE[model.alias_of] if model and model.alias_of else model
