"""The rows of a run store."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fbench.providers.model import EpochLoss

if TYPE_CHECKING:
    from fbench.cassette.scrub.placeholders import Alteration

__all__ = ["Answer", "AttemptRow", "BatchRow", "GradeRow", "RulingRow", "TrainingRow"]


class Answer(NamedTuple):
    """A cell's answer to a question. `error` is the service's reason if it rejected the question.

    `altered` is empty unless the scrubber of a recording changed the text: then `restored` if the replaced
    text was put back, or `replaced` if the original text is lost.
    """

    cell: str
    question: str
    text: str
    finish: str
    error: str
    prompt_tokens: int
    answer_tokens: int
    altered: Alteration = ""


class GradeRow(NamedTuple):
    """The grade of an answer in a layer."""

    layer: str
    cell: str
    question: str
    verdict: str
    grader: str
    reason: str


class RulingRow(NamedTuple):
    """A judge's reply about a response, unchanged. `response` is the SHA-256 (hex) of the response.

    Equal responses to a question share a ruling, in all cells.
    """

    judge: str
    question: str
    response: str
    text: str
    finish: str
    error: str
    prompt_tokens: int
    answer_tokens: int


class TrainingRow(NamedTuple):
    """The state of a training: intended (nothing may exist yet), created (the job is known), or ended.

    Attributes:
        losses: of the epochs whose checkpoints the service kept, where it tells them.
    """

    id: str
    state: str
    job: str | None = None
    models: dict[int, str] | None = None
    tokens: int | None = None
    error: str | None = None
    losses: tuple[EpochLoss, ...] = ()


class BatchRow(NamedTuple):
    """The state of a batch: intended (nothing may exist yet), created (its id is known), or ended.

    Attributes:
        cell: whose questions it asks.
        number: counts the batches of the cell, from 1.
        key: by which its service knows it too.
        batch: its id at the service, once it is known.
        questions: their ids, in the order in which they are asked.
        error: why it ended without answers; empty otherwise.
    """

    cell: str
    number: int
    key: str
    state: str
    batch: str | None
    questions: tuple[str, ...]
    error: str = ""


class AttemptRow(NamedTuple):
    """An attempt at something that may cost money, in US dollars.

    Attributes:
        what: a training, a question of a cell, or a case of a judge.
        number: counts the attempts at it, from 1.
        state: reserved (it may have been sent), settled, rejected (the service refused, see `error`), unclear
            (it may have been paid for, and counts as such), or unsent.
        reserved: the most that it can cost.
        settled: what it counts as; None until it has ended.
    """

    what: str
    number: int
    state: str
    reserved: float
    settled: float | None = None
    error: str = ""
