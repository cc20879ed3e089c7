"""The paper's numbers, each beside what the released answers make of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fbench.datasets import TASKS, Labels, Split
from fbench.reproduce.measure import score
from fbench.reproduce.profiles import CHOICES, paper_profile
from fbench.reproduce.published import MODELS, Published, leaderboard_value, published, whole_percent
from fbench.reproduce.released import File, Release

__all__ = ["Beside", "beside"]

_SPLIT = {"memorization": Split.MEMORIZATION, "generalization": Split.REPHRASED}
"""The split of news and of people that each column of the leaderboard rests on."""


@dataclass(frozen=True, slots=True)
class Beside:
    """A published number and what is known of it.

    `recomputed` is a share, None where answers that it needs are missing. `parts` are the whole percents
    of the tasks whose answers are there. `why` is one sentence on the difference, or on what is missing.
    """

    quantity: str
    model: str
    published: float
    recomputed: float | None
    parts: tuple[tuple[str, int], ...]
    why: str
    source: str


def beside(release: Release, labels: Labels = "published") -> list[Beside]:
    """Every published number in order, under the paper's own grading and the golds of `labels`."""
    rules: dict[str, Callable[[Release, Published, Labels], Beside]] = {
        "memorization": _leaderboard,
        "generalization": _leaderboard,
        "new knowledge": _new_knowledge,
        "secondary after": _secondary,
    }
    return [rules.get(number.quantity, _never)(release, number, labels) for number in published()]


def _leaderboard(release: Release, number: Published, labels: Labels) -> Beside:
    split = _SPLIT[number.quantity]
    files = [file for task in TASKS if (file := release.file(task, split))]
    parts = [(file.task, _percent(file, number.model, labels)) for file in files]
    if not parts:
        return _beside(number, None, [], f"No answers to the {split} questions are in this copy.")
    unknown = [task for task in TASKS if task not in dict(parts)]
    rest = round(len(TASKS) * 100 * number.value) - sum(percent for _, percent in parts)
    each = rest / len(unknown)
    held = "" if 0 <= each <= 100 else ", which no answers can: the paper graded otherwise"
    known = " and ".join(f"{task} {percent} %" for task, percent in parts)
    absent = "never released" if "news" not in unknown else "never released or not in this copy"
    why = f"{known}; {_listed(unknown)} ({absent}) would have to average {each:.1f} %{held}."
    return _beside(number, None, parts, why[0].upper() + why[1:])


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _new_knowledge(release: Release, number: Published, labels: Labels) -> Beside:
    people, news = (release.file(task, Split.REPHRASED) for task in ("people", "news"))
    parts = [
        (file.task, round(sum(_percent(file, model, labels) for model in MODELS) / len(MODELS)))
        for file in (news, people)
        if file is not None
    ]
    if people is None or news is None:
        absent = " and ".join(task for task, file in (("news", news), ("people", people)) if file is None)
        return _beside(
            number,
            None,
            parts,
            f"The mean of rephrased news and rephrased people over five models; the answers to rephrased {absent} "
            "are not in this copy.",
        )
    both = [(_percent(people, model, labels), _percent(news, model, labels)) for model in MODELS]
    value = leaderboard_value([percent for pair in both for percent in pair])
    strings = [
        whole_percent(by_string.correct, by_string.n)
        for model in MODELS
        if (by_string := score(news, model, labels, CHOICES["exact"])).n
    ]
    flat = leaderboard_value([*(pair[0] for pair in both), *strings])
    why = (
        f"The mean of rephrased news and rephrased people over five models: {100 * value:.1f} % with news graded by "
        f"meaning, {100 * flat:.1f} % by string."
    )
    return _beside(number, value, parts, why)


def _secondary(release: Release, number: Published, labels: Labels) -> Beside:
    file = release.file("people", Split.SECONDARY)
    if file is None:
        return _beside(number, None, [], "The answers to the secondary questions are not in this copy.")
    found = score(file, number.model, labels, paper_profile)
    same = whole_percent(found.correct, found.n) == round(100 * number.value)
    how = "which rounds to the published number" if same else "which is another number"
    why = (
        f"{found.correct} of {found.n} answers are right, {how}; always giving the commonest gold scores "
        f"{100 * found.chance:.1f} %."
    )
    return _beside(number, found.accuracy, [("people", whole_percent(found.correct, found.n))], why)


def _never(_release: Release, number: Published, _labels: Labels) -> Beside:
    whose = {
        "updated knowledge": "The answers on medical and coding, which it is the mean of,",
        "secondary before": "The answers of the model before its training",
    }[number.quantity]
    return _beside(number, None, [], f"{whose} were never released.")


def _beside(number: Published, value: float | None, parts: list[tuple[str, int]], why: str) -> Beside:
    return Beside(number.quantity, number.model, number.value, value, tuple(parts), why, number.source)


def _percent(file: File, model: str, labels: Labels) -> int:
    found = score(file, model, labels, paper_profile)
    return whole_percent(found.correct, found.n) if found.n else 0
