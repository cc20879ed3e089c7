"""All findings of a reproduction, assembled once for terminal, Markdown and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from fbench.datasets import Labels, Split
from fbench.datasets.finetunebench import corrections
from fbench.grading.graders import GRADER_VERSION
from fbench.paper.choices import Choice, choices, disagreements
from fbench.paper.comparison import RecomputedNumber, recomputed_numbers
from fbench.paper.measure import LABELS, Score, changed_golds, scores
from fbench.paper.profiles import paper_profile
from fbench.paper.released import Release, ReleasedFile, read_release
from fbench.paper.tables import PaperTable, choices_table, detail_table, overview_table, recomputed_table
from fbench.plurals import counted

__all__ = ["Reproduction", "reproduce"]


@dataclass(frozen=True, slots=True)
class Reproduction:
    """The scores of the released answers, the paper's numbers recomputed, and the effect of each grader."""

    release: Release
    label_sets: tuple[Labels, ...]
    scores: tuple[Score, ...]
    numbers: tuple[RecomputedNumber, ...]
    choices: tuple[Choice, ...]
    notes: tuple[str, ...]
    closing: str

    def tables(self) -> list[PaperTable]:
        """The tables, in reading order."""
        labels = self.label_sets[0]
        return [
            overview_table(self.release, self.scores, self.label_sets),
            recomputed_table(self.numbers, labels),
            detail_table(self.scores),
            choices_table(self.choices, labels),
        ]

    def to_dict(self) -> dict[str, object]:
        """The data for JSON: shares are rounded to six decimals, so that they are equal on every machine."""
        return {
            "schema": 1,
            "grader_version": GRADER_VERSION,
            "labels": list(self.label_sets),
            "scores": [_score(each) for each in self.scores],
            "published": [_number(each) for each in self.numbers],
            "choices": [asdict(each) for each in self.choices],
            "disagree_with_auto": disagreements(list(self.choices)),
            "missing": list(self.release.missing),
            "notes": list(self.notes),
            "closing": self.closing,
        }


def reproduce(folder: Path, label_sets: Sequence[Labels] = LABELS) -> Reproduction:
    """Score the released answers in `folder` and compare them with the paper's numbers.

    The published numbers and the choice of graders use the first of `label_sets`. Raises what `read_release`
    raises.
    """
    release = read_release(folder)
    found, numbers = scores(release, paper_profile, label_sets), recomputed_numbers(release, label_sets[0])
    notes = [
        *release.notes,
        *(f"{name} is missing, so nothing that needs it is recomputed." for name in release.missing),
        *(note for file in release.files for note in _about(file)),
    ]
    return Reproduction(
        release=release,
        label_sets=tuple(label_sets),
        scores=tuple(found),
        numbers=tuple(numbers),
        choices=tuple(choices(release, label_sets[0])),
        notes=tuple(notes),
        closing=_closing(release, numbers),
    )


def _score(found: Score) -> dict[str, object]:
    return {
        **asdict(found),
        "interval": [round(end, 6) for end in found.interval],
        "accuracy": round(found.accuracy, 6),
        "chance": round(found.chance, 6),
        "balanced": None if found.balanced is None else round(found.balanced, 6),
    }


def _number(number: RecomputedNumber) -> dict[str, object]:
    value = number.recomputed
    return {
        **asdict(number),
        "parts": dict(number.parts),
        "recomputed": None if value is None else round(value, 6),
    }


def _about(file: ReleasedFile) -> list[str]:
    name, n = f"{file.task} {file.split}", len(file.asked)
    notes: list[str] = []
    if file.recorded:
        models = " and ".join(sorted(file.recorded))
        notes.append(f"{name}: of {models} the release holds verdicts, not answers; no grader was asked.")
    changed, dropped = changed_golds(file), sum(asked.dropped for asked in file.asked)
    if changed:
        wrong = f"{name}: the corrected labels change the golds of {changed} of the {counted(n, 'question')}"
        notes.append(f"{wrong}{_whole(file)}.")
    if dropped:
        notes.append(
            f"{name}: the corrected labels leave out {dropped} of the {counted(n, 'question')}, which "
            f"compare "
            f"a person "
            "with themselves; here they keep their published gold, so that n is what was asked."
        )
    return notes


def _whole(file: ReleasedFile) -> str:
    """Why comparisons have wrong golds, and how many in the full dataset, of which these were a sample."""
    if file.split != Split.COMPARISON:
        return ""
    comparisons = [each for each in corrections() if each.file == "fictional_people_comparison"]
    count = sum(each.action == "set_gold" for each in comparisons)
    return f" ({count} in the whole dataset): the published ones follow weight, whatever is asked"


def _closing(release: Release, numbers: Sequence[RecomputedNumber]) -> str:
    there = [number for number in numbers if number.recomputed is not None and not number.from_cells]
    splits = ", ".join(f"{file.task} {file.split}" for file in release.files)
    follow = ", ".join(
        f"{each.quantity} ({100 * each.published:.4g} %)" for each in numbers if each.from_cells
    )
    can = ", ".join(f"{number.quantity} ({100 * number.published:.4g} %)" for number in there) or "none"
    copy = (
        f" Files of released answers that are missing from this copy: {len(release.missing)}; "
        "`fbench data fetch` brings them."
        if release.missing
        else ""
    )
    return (
        f"What can and cannot be reproduced: the answers here are those to {splits}. Of the paper's "
        f"{len(numbers)} numbers they give {len(there)} in full: {can}; what the "
        f"others leave for {follow} is shown beside it. Each leaderboard cell also rests on "
        "medical and coding, whose answers were never released; of it only the part of the tasks that are "
        "there can be checked. Nor were answers released of any model before its training, and which judge "
        f"graded by meaning is not published.{copy}"
    )
