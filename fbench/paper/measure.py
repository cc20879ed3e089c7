"""The scores of models on the released answers to one split."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fbench.analysis.stats import Interval, balanced_accuracy, chance_level, clustered_wilson
from fbench.datasets import AnswerKind, Labels, Question, Split
from fbench.paper.profiles import GradingProfile
from fbench.paper.published import MODELS
from fbench.paper.released import Release, ReleasedFile, ReleasedQuestion

__all__ = ["LABELS", "Score", "answers_to", "changed_golds", "score", "scores"]

LABELS: tuple[Labels, ...] = ("published", "corrected")


@dataclass(frozen=True, slots=True)
class Score:
    """Counts and shares of one model, split and label set.

    `interval` is a 95 % interval, with the questions about one person as a cluster. `chance` is the score of
    always giving the most frequent gold. `balanced` is None except for yes/no questions. `recorded` means
    that the release has verdicts instead of answers: they are used unchanged, and no label set affects them.
    """

    task: str
    split: Split
    model: str
    labels: Labels
    n: int
    correct: int
    interval: Interval
    chance: float
    balanced: float | None
    recorded: bool

    @property
    def accuracy(self) -> float:
        """The share correct, in [0, 1]; 0 without answers."""
        return self.correct / self.n if self.n else 0.0


def answers_to(file: ReleasedFile, model: str, labels: Labels) -> Iterator[tuple[Question, str]]:
    """Each question with the golds of a label set, and the model's answer; without blank answers.

    A question that the corrected labels drop (a person compared with themselves) keeps its published gold,
    because it was asked.
    """
    for asked in file.asked:
        if asked.responses[model].strip():
            yield _golds(asked, labels), asked.responses[model]


def score(file: ReleasedFile, model: str, labels: Labels, profile: GradingProfile) -> Score:
    """A model's score under a grading profile; recorded verdicts are used unchanged."""
    recorded = model in file.recorded
    graded = [
        (question, said.strip() == "Correct" if recorded else profile(question, said))
        for question, said in answers_to(file, model, labels)
    ]
    clusters: dict[str, list[bool]] = {}
    for question, right in graded:
        clusters.setdefault(question.cluster, []).append(right)
    yes_no = bool(graded) and all(question.kind is AnswerKind.YES_NO for question, _ in graded)
    return Score(
        task=file.task,
        split=file.split,
        model=model,
        labels=labels,
        n=len(graded),
        correct=sum(right for _, right in graded),
        interval=clustered_wilson(list(clusters.values())),
        chance=chance_level(question.gold[0].strip().casefold() for question, _ in graded),
        balanced=balanced_accuracy((q.gold[0].strip().casefold(), right) for q, right in graded)
        if yes_no
        else None,
        recorded=recorded,
    )


def scores(release: Release, profile: GradingProfile, label_sets: Sequence[Labels] = LABELS) -> list[Score]:
    """A score for each file, label set and model.

    A file that the corrected labels do not change is not scored with them again, unless they are the only
    label set.
    """
    return [
        score(file, model, labels, profile)
        for file in release.files
        for labels in label_sets
        if labels == "published" or len(label_sets) == 1 or changed_golds(file)
        for model in MODELS
    ]


def changed_golds(file: ReleasedFile) -> int:
    """The number of questions with other golds in the corrected labels."""
    return sum(asked.corrected.gold != asked.published.gold for asked in file.asked)


def _golds(asked: ReleasedQuestion, labels: Labels) -> Question:
    return asked.corrected if labels == "corrected" else asked.published
