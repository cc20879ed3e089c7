"""Compare the paper's numbers with those recomputed from the released answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from fbench.datasets import TASKS, Labels, Split
from fbench.paper.measure import score
from fbench.paper.profiles import CHOICES, GradingProfile, paper_profile
from fbench.paper.published import (
    MODELS,
    Half,
    Published,
    halves,
    leaderboard_value,
    published,
    whole_percent,
)
from fbench.paper.released import Release, ReleasedFile
from fbench.plurals import be, counted

__all__ = ["RecomputedNumber", "recomputed_numbers"]

_SPLIT = {"memorization": Split.MEMORIZATION, "generalization": Split.REPHRASED}
"""The split of news and of people behind each column of the leaderboard."""


@dataclass(frozen=True, slots=True)
class RecomputedNumber:
    """A published number and its recomputed value.

    `recomputed` is a share, or None if answers for it are missing; `from_cells` means that it follows
    from other published numbers, not from answers. `parts` are the whole percents of the tasks with
    available answers. `why` is a sentence or two about the difference, or about what is missing.
    """

    quantity: str
    model: str
    published: float
    recomputed: float | None
    parts: tuple[tuple[str, int], ...]
    why: str
    source: str
    from_cells: bool = False


def recomputed_numbers(release: Release, labels: Labels = "published") -> list[RecomputedNumber]:
    """Every published number in order, under the paper's own grading and the golds of `labels`."""
    rules: dict[str, Callable[[Release, Published, Labels], RecomputedNumber]] = {
        "memorization": _leaderboard,
        "generalization": _leaderboard,
        "new knowledge": _new_knowledge,
        "updated knowledge": _updated_knowledge,
        "secondary after": _secondary,
    }
    return [rules.get(number.quantity, _never)(release, number, labels) for number in published()]


def _leaderboard(release: Release, number: Published, labels: Labels) -> RecomputedNumber:
    split = _SPLIT[number.quantity]
    parts = [
        (task, percent)
        for task in TASKS
        if (percent := _percent(release.file(task, split), number.model, labels)) is not None
    ]
    if not parts:
        return _recomputed(number, None, [], f"No answers to the {split} questions are in this copy.")
    unknown = [task for task in TASKS if task not in dict(parts)]
    rest = round(len(TASKS) * 100 * number.value) - sum(percent for _, percent in parts)
    each = rest / len(unknown)
    held = "" if 0 <= each <= 100 else ", which no answers can: the paper graded otherwise"
    known = " and ".join(f"{task} {percent} %" for task, percent in parts)
    absent = "never released" if "news" not in unknown else "never released or not in this copy"
    why = f"{known}; {_listed(unknown)} ({absent}) would have to average {each:.1f} %{held}."
    return _recomputed(number, None, parts, why[0].upper() + why[1:])


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _new_knowledge(release: Release, number: Published, labels: Labels) -> RecomputedNumber:
    mean = "The mean of rephrased news and rephrased people over five models"
    by_task = {task: _percents(release.file(task, Split.REPHRASED), labels) for task in ("news", "people")}
    absent = [task for task, percents in by_task.items() if not percents]
    parts = [(task, round(sum(found) / len(found))) for task, found in by_task.items() if found]
    new, _ = halves(published())
    if absent:
        why = f"{mean}; the answers to rephrased {_listed(absent)} are not in this copy. {_left(new)}"
        return replace(_recomputed(number, float(new.middle), parts, why), from_cells=True)
    value = leaderboard_value(by_task["news"] + by_task["people"])
    by_string = _percents(release.file("news", Split.REPHRASED), labels, CHOICES["exact"])
    flat = leaderboard_value(by_string + by_task["people"])
    why = (
        f"{mean}: {100 * value:.1f} % with news graded by meaning, {100 * flat:.1f} % by string. {_left(new)}"
    )
    return _recomputed(number, value, parts, why)


def _updated_knowledge(release: Release, number: Published, labels: Labels) -> RecomputedNumber:
    """The share that the published cells leave after the recomputed new knowledge, if the two agree."""
    never = "The answers on medical and coding, which it is the mean of, were never released."
    new, updated = halves(published())
    percents = [
        percent
        for task in ("news", "people")
        for percent in _percents(release.file(task, Split.REPHRASED), labels)
    ]
    known = Fraction(sum(percents), 100 * len(percents)) if len(percents) == 2 * len(MODELS) else None
    if known is None or not new.low <= known <= new.high:
        value, why = updated.middle, f"{never} {_left(updated)}"
    else:
        value = new.low + updated.high - known
        why = (
            f"{never} The published generalization cells average {_said((new.low + updated.high) / 2)} %; "
            f"new knowledge at {_said(known)} % leaves {_said(value)} % for the other half."
        )
    return replace(_recomputed(number, float(value), [], why), from_cells=True)


def _left(half: Half) -> str:
    return (
        f"The published cells, and the two averages as they are rounded, leave {_said(half.low)} to "
        f"{_said(half.high)} %, whose middle is {_said(half.middle)}."
    )


def _said(share: Fraction) -> str:
    return f"{float(100 * share):.1f}"


def _secondary(release: Release, number: Published, labels: Labels) -> RecomputedNumber:
    file = release.file("people", Split.SECONDARY)
    if file is None:
        return _recomputed(number, None, [], "The answers to the secondary questions are not in this copy.")
    found = score(file, number.model, labels, paper_profile)
    if not found.n:
        return _recomputed(number, None, [], "There are no answers to the secondary questions.")
    same = whole_percent(found.correct, found.n) == round(100 * number.value)
    how = "which rounds to the published number" if same else "which is another number"
    why = (
        f"{found.correct} of {counted(found.n, 'answer')} {be(found.correct)} right, {how}; always giving "
        f"the commonest gold scores "
        f"{100 * found.chance:.1f} %."
    )
    return _recomputed(number, found.accuracy, [("people", whole_percent(found.correct, found.n))], why)


def _never(_release: Release, number: Published, _labels: Labels) -> RecomputedNumber:
    whose = {"secondary before": "The answers of the model before its training"}[number.quantity]
    return _recomputed(number, None, [], f"{whose} were never released.")


def _recomputed(
    number: Published, value: float | None, parts: list[tuple[str, int]], why: str
) -> RecomputedNumber:
    return RecomputedNumber(
        number.quantity, number.model, number.value, value, tuple(parts), why, number.source
    )


def _percent(
    file: ReleasedFile | None, model: str, labels: Labels, profile: GradingProfile = paper_profile
) -> int | None:
    """A model's whole percent; None if it has no answers."""
    found = score(file, model, labels, profile) if file else None
    return whole_percent(found.correct, found.n) if found and found.n else None


def _percents(
    file: ReleasedFile | None, labels: Labels, profile: GradingProfile = paper_profile
) -> list[int]:
    """The whole percents of all five models; empty if answers of one are missing."""
    found = [_percent(file, model, labels, profile) for model in MODELS]
    known = [percent for percent in found if percent is not None]
    return known if len(known) == len(MODELS) else []
