"""The publisher models that the fake Google services have: `fakes.model_table` says until when, and how each
thinks. A model that was retired before, such as every Gemini 1.5, is not there and answers 404.
"""

from __future__ import annotations

from datetime import date

from fakes.model_table import Thinking, row_of, rows_of

__all__ = ["MODELS", "Thinking", "is_open", "open_on", "takes_jobs", "thinking_of", "tunable_on"]

MODELS = tuple(row.name for row in rows_of("vertex"))
"""All models that are served while they are open. The Developer API has the same, and ends each by itself."""


def is_open(name: str, day: date, service: str = "vertex") -> bool:
    """Whether a model answers on that day at a service: `vertex`, or `gemini`, the Developer API."""
    row = row_of(service, name)
    return row is not None and row.answers_on(day)


def open_on(day: date, service: str = "vertex") -> list[str]:
    """The models that answer on that day at a service."""
    return [name for name in MODELS if is_open(name, day, service)]


def takes_jobs(name: str, day: date) -> bool:
    """Whether a job can be created for a model on that day."""
    row = row_of("vertex", name)
    return row is not None and row.takes_jobs_on(day)


def tunable_on(day: date) -> tuple[str, ...]:
    """The models that can be tuned on that day."""
    return tuple(name for name in MODELS if takes_jobs(name, day))


def thinking_of(model: str) -> Thinking | None:
    """How the model of that id thinks; None where it does not."""
    row = row_of("vertex", model)
    return row and row.thinking
