"""The tables of a reproduction as text, independent of the output format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fbench.datasets import AnswerKind, Labels
from fbench.paper.choices import Choice
from fbench.paper.comparison import RecomputedNumber
from fbench.paper.measure import Score, score
from fbench.paper.profiles import CHOICES
from fbench.paper.published import MODELS
from fbench.paper.released import Release, ReleasedFile

__all__ = ["PaperTable", "choices_table", "detail_table", "overview_table", "recomputed_table"]

_SHORT = {model: model.removeprefix("gemini-").removeprefix("gpt-").rsplit("-", 1)[0] for model in MODELS} | {
    "gpt-4o-mini-2024-07-18": "4o-mini",
    "gpt-4o-2024-08-06": "4o",
}


@dataclass(frozen=True, slots=True)
class PaperTable:
    """A table: its title, the text below it, column names, and rows with as many cells.

    The first `names` columns hold words and are left-aligned; the others hold numbers. `wide` means that the
    last column holds sentences.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    under: str
    names: int
    wide: bool = False


def overview_table(release: Release, found: Sequence[Score], label_sets: Sequence[Labels]) -> PaperTable:
    """The released answers: percent correct, with a row per split and label set and a column per model."""
    rows: list[tuple[str, ...]] = []
    for file in release.files:
        for labels in label_sets:
            group = [s for s in found if (s.task, s.split, s.labels) == (file.task, file.split, labels)]
            if group:
                rows.append(_overview_row(file, labels, group))
        rows += _without_stops(file, label_sets[0])
    under = (
        "Percent correct under the paper's grading; v marks recorded verdicts, taken as they stand. Chance "
        "is what always giving the commonest gold scores. Labels that change no gold of a split are not "
        "repeated."
    )
    header = ("split", "labels", "n", "chance", *(_SHORT[model] for model in MODELS))
    return PaperTable("What the released answers say", header, tuple(rows), under, names=2)


def _overview_row(file: ReleasedFile, labels: str, group: Sequence[Score]) -> tuple[str, ...]:
    cells = (_percent(s.correct, s.n) + (" v" if s.recorded else "") for s in group)
    sizes = sorted({s.n for s in group})
    n = str(sizes[0]) if len(sizes) == 1 else f"{sizes[0]}-{sizes[-1]}"
    return (f"{file.task} {file.split}", labels, n, f"{100 * group[-1].chance:.1f}", *cells)


def _without_stops(file: ReleasedFile, labels: Labels) -> list[tuple[str, ...]]:
    """An extra row, if a final stop changes the verdicts on yes/no answers."""
    if any(asked.published.kind is not AnswerKind.YES_NO for asked in file.asked):
        return []
    with_stop, without = (
        [score(file, model, labels, CHOICES[name]) for model in MODELS] for name in ("exact", "no stop")
    )
    if [s.correct for s in with_stop] == [s.correct for s in without]:
        return []
    return [("  final stop removed", labels, "", "", *(_percent(s.correct, s.n) for s in without))]


def detail_table(found: Sequence[Score]) -> PaperTable:
    """Every score with its interval, chance and balanced accuracy, which are needed to interpret it."""
    rows = tuple(
        (
            f"{s.task} {s.split}",
            s.labels,
            s.model + (" v" if s.recorded else ""),
            str(s.n),
            _percent(s.correct, s.n),
            f"{100 * s.interval.low:.1f} to {100 * s.interval.high:.1f}",
            f"{100 * s.chance:.1f}",
            "-" if s.balanced is None else f"{100 * s.balanced:.1f}",
        )
        for s in found
    )
    under = (
        "Wilson intervals of 95 %, with the effective n of the clusters: a person's questions stand or fall "
        "together. Balanced accuracy, of yes/no questions, is 50 for a model that always says the same."
    )
    header = ("split", "labels", "model", "n", "right", "95 % interval", "chance", "balanced")
    return PaperTable("The same with intervals, in percent", header, rows, under, names=3)


def recomputed_table(numbers: Sequence[RecomputedNumber], labels: str) -> PaperTable:
    """Published numbers with the recomputed ones, and a sentence for each."""
    rows = tuple(
        (
            number.quantity,
            _SHORT.get(number.model, number.model),
            f"{100 * number.published:.4g}",
            _again(number),
            number.why,
        )
        for number in numbers
    )
    under = (
        "In percent; c marks what follows from the paper's other numbers, not from answers. A cell of the "
        "leaderboard is the mean of four whole percents, one a task. Its "
        "generalization column can rest on rephrased questions only, the other splits of news and people "
        f"left out, and counts rephrased news by meaning. Golds: {labels}."
    )
    header = ("published number", "model", "paper", "again", "why")
    return PaperTable("The paper's numbers, recomputed", header, rows, under, names=2, wide=True)


def _again(number: RecomputedNumber) -> str:
    if number.recomputed is None:
        return "-"
    return f"{100 * number.recomputed:.1f}" + (" c" if number.from_cells else "")


def choices_table(found: Sequence[Choice], labels: str) -> PaperTable:
    """Percent correct under each choice of a grader, and how often each disagrees with `auto`."""
    rows = [
        (
            f"{choice.task} {choice.split}",
            _SHORT[choice.model],
            str(choice.n),
            *(_percent(choice.correct[name], choice.n) for name in CHOICES),
        )
        for choice in found
    ]
    total = sum(choice.n for choice in found)
    differ = (str(sum(choice.disagree[name] for choice in found)) for name in CHOICES)
    rows.append(("answers unlike auto", "", str(total), *differ))
    under = (
        "In percent; the last row counts answers. notebook: the authors' lower() equality; exact: strip "
        "and casefold; no stop: and a final stop removed; SQuAD: its exact match; contains: the gold between "
        "word boundaries; paper: exact, but rephrased news by meaning; auto: a rule for each kind of answer, "
        f"which stands in for the truth here. Golds: {labels}. Recorded verdicts have no answers to grade."
    )
    return PaperTable(
        "What each choice of a grader does", ("split", "model", "n", *CHOICES), tuple(rows), under, 2
    )


def _percent(correct: int, n: int) -> str:
    return f"{100 * correct / n:.1f}" if n else "-"
