"""How the choice of a grader changes the verdicts on the same answers."""

from __future__ import annotations

from dataclasses import dataclass

from fbench.datasets import Labels, Split
from fbench.paper.measure import answers_to
from fbench.paper.profiles import CHOICES
from fbench.paper.published import MODELS
from fbench.paper.released import Release, ReleasedFile

__all__ = ["Choice", "choices", "disagreements"]


@dataclass(frozen=True, slots=True)
class Choice:
    """The answers of one model to one split: `correct` and `disagree` (with `auto`) by grader, of `n`."""

    task: str
    split: Split
    model: str
    n: int
    correct: dict[str, int]
    disagree: dict[str, int]


def choices(release: Release, labels: Labels = "published") -> list[Choice]:
    """Every released answer under every choice; files that hold only verdicts are left out."""
    return [
        _choice(file, model, labels)
        for file in release.files
        for model in MODELS
        if model not in file.recorded
    ]


def disagreements(found: list[Choice]) -> dict[str, int]:
    """By grader, the number of answers on which it disagrees with `auto`."""
    return {name: sum(choice.disagree[name] for choice in found) for name in CHOICES}


def _choice(file: ReleasedFile, model: str, labels: Labels) -> Choice:
    answers = list(answers_to(file, model, labels))
    said = {name: [profile(*answer) for answer in answers] for name, profile in CHOICES.items()}
    return Choice(
        task=file.task,
        split=file.split,
        model=model,
        n=len(answers),
        correct={name: sum(verdicts) for name, verdicts in said.items()},
        disagree={
            name: sum(one != other for one, other in zip(verdicts, said["auto"], strict=True))
            for name, verdicts in said.items()
        },
    )
