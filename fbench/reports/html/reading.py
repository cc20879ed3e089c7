"""What a page is made of: the results of a run, its answers, and the files that tell where it came from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from fbench.analysis.answers import AnsweredQuestion, answers_of
from fbench.analysis.results import Results
from fbench.analysis.standing import RunStanding
from fbench.errors import UsageError
from fbench.grading.layers import before_layer
from fbench.reports.reporters import RunResults
from fbench.runner.config import CONFIG
from fbench.runner.folder import RUN, STORE
from fbench.runner.going_on import going_on
from fbench.runner.owner import at_work
from fbench.runner.store import EpochLoss, Store

__all__ = ["ReportedRun", "is_before", "read_reported"]

Judged = Mapping[tuple[str, str, str], str]


@dataclass(frozen=True)
class ReportedRun:
    """A run as a page shows it.

    Attributes:
        name: the name of its folder.
        results: its results, or those so far.
        ended: whether it reached its end.
        unchecked: why it is unknown whether the results were changed; empty if they were not.
        answers: all answers; empty where they could not be read, and `unread` says why.
        judged: the judges' own words by layer, question and SHA-256 of the answer.
        config: the text of its configuration.
        about: the content of its run.json; empty before it ends.
        losses: of trainings by their id, where services told them.
        standing: how far a run is that did not reach its end.
        budget_usd: what such a run needs to go on, if it is live.
        at_work: whether a process works on it.
    """

    name: str
    results: Results
    ended: bool = True
    unchecked: str = ""
    answers: Sequence[AnsweredQuestion] = ()
    unread: str = ""
    judged: Judged = field(default_factory=dict[tuple[str, str, str], str])
    config: str = ""
    about: Mapping[str, Any] = field(default_factory=dict[str, Any])
    losses: Mapping[str, Sequence[EpochLoss]] = field(default_factory=dict[str, Sequence[EpochLoss]])
    standing: RunStanding | None = None
    budget_usd: float | None = None
    at_work: bool = False

    def words_of(self, answer: AnsweredQuestion, layer: str) -> str:
        """What the judge of a layer said about an answer; empty if no judge did."""
        if not self.judged:
            return ""
        response = hashlib.sha256(answer.answer.text.encode(errors="surrogatepass")).hexdigest()
        judges = (layer, layer.rpartition("+")[2])
        found = (self.judged.get((judge, answer.question.id, response)) for judge in judges)
        return next((words for words in found if words), "")


def is_before(layer: str) -> bool:
    """Whether a layer grades against the answer from before the update, so that it is no second opinion."""
    return layer.endswith(before_layer(""))


def read_reported(folder: Path, found: RunResults) -> ReportedRun:
    """The run in a folder. What cannot be read is left out, and said."""
    answers: Sequence[AnsweredQuestion] = ()
    judged: Judged = {}
    unread = ""
    try:
        answers = answers_of(folder)
        judged = _judged(folder)
    except UsageError as error:
        unread = str(error)
    return ReportedRun(
        name=folder.resolve().name,
        results=found.written.results,
        ended=found.ended,
        unchecked=found.written.unchecked,
        answers=answers,
        unread=unread,
        judged=judged,
        config=_text(folder / CONFIG),
        about=_parsed(_text(folder / RUN)),
        losses=_losses(folder),
        standing=found.standing,
        budget_usd=going_on(folder).budget_usd,
        at_work=bool(at_work(folder)),
    )


def _losses(folder: Path) -> dict[str, Sequence[EpochLoss]]:
    try:
        with Store(folder / STORE, read_only=True, checked=False) as store:
            return {name: row.losses for name, row in store.trainings().items() if row.losses}
    except UsageError:  # there is no store, or what is wrong with it is said of the answers
        return {}


def _judged(folder: Path) -> Judged:
    with Store(folder / STORE, read_only=True, checked=False) as store:
        layers = {name for layer in store.layers() for name in (layer, layer.rpartition("+")[2])}
        return {
            (row.judge, row.question, row.response): row.text
            for layer in sorted(layers)
            for row in store.rulings(layer)
        }


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _parsed(text: str) -> Mapping[str, Any]:
    try:
        found: object = json.loads(text)
    except ValueError:
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}
