"""Read the released FineTuneBench files (kevinwu23/StanfordFineTuneBench), with all their irregularities."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from fbench.datasets.finetunebench import coding, medical, news, people
from fbench.datasets.finetunebench.corrections import Correction, apply_corrections, corrections
from fbench.datasets.model import TASKS, Dataset
from fbench.errors import DataError, UsageError

__all__ = ["Correction", "Labels", "corrections", "load"]

Labels = Literal["published", "corrected"]

_READERS = {
    "news": ("latest_news", news.read),
    "people": ("fictional_people", people.read),
    "medical": ("medical", medical.read),
    "coding": ("coding", coding.read),
}
_DO = "Fetch the release with `fbench data fetch`, and name the folder it was put in"


def load(
    folder: Path,
    labels: Labels = "corrected",
    tasks: Sequence[str] | None = None,
    *,
    all_news: bool = False,
) -> Dataset:
    """The release in `folder`: a checkout of it, or the content of its `datasets/`.

    `labels` are the golds as published, or corrected (see `corrections`). News is restricted to the 50
    articles that the paper analysed, unless `all_news` asks for all 590. A task named in `tasks` must exist;
    without `tasks`, a task whose folder is missing is left out, and a note says so.

    Raises `DataError` if there is no task, a named task is missing or a file is wrong, `UsageError` for a
    task that FineTuneBench does not have.
    """
    for task in tasks or ():
        if task not in TASKS:
            raise UsageError(f"FineTuneBench has no task {task!r}. Its tasks are {', '.join(TASKS)}.")
    root = folder / "datasets" if (folder / "datasets").is_dir() else folder
    present = [task for task in TASKS if (root / _READERS[task][0]).is_dir()]
    for task in tasks or ():
        if task not in present:
            raise DataError(
                f"the folder of the task {task!r} is missing", file=root / _READERS[task][0], do=_DO
            )
    if not present:
        expected = ", ".join(name for name, _ in _READERS.values())
        raise DataError(f"no task of FineTuneBench is in it (looked for {expected})", file=root, do=_DO)
    wanted = present if tasks is None else [task for task in TASKS if task in tasks]
    parts = [_READERS[task][1](root / _READERS[task][0]) for task in wanted]
    if not all_news:
        parts = [part.only_analysed() for part in parts]
    if labels == "corrected":
        parts = [apply_corrections(part) for part in parts]
    absent = [task for task in TASKS if tasks is None and task not in present]
    return Dataset(
        name="finetunebench",
        source="FineTuneBench (arXiv 2411.05059), the released files",
        labels=labels,
        facts=tuple(fact for part in parts for fact in part.facts.values()),
        questions=tuple(question for part in parts for question in part.questions.values()),
        places={id_: place for part in parts for id_, place in part.places.items()},
        notes=(
            *(f"{task}: not in this copy of the release, so left out." for task in absent),
            *(note for part in parts for note in part.notes),
        ),
    )
