"""The answers of the five fine-tuned models, as released with FineTuneBench in `model_responses/`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fbench.datasets import Question, Split, finetunebench
from fbench.datasets.fetch import MANIFEST
from fbench.datasets.finetunebench.rows import ReleasedRow, read_rows
from fbench.errors import DataError
from fbench.paper.published import MODELS

__all__ = ["Release", "ReleasedFile", "ReleasedQuestion", "read_release"]

_FILES = {
    ("people", Split.MEMORIZATION): "fictional_people/fictional_people_original_w_responses.csv",
    ("people", Split.REPHRASED): "fictional_people/fictional_people_rephrased_w_responses.csv",
    ("people", Split.SECONDARY): "fictional_people/fictional_people_secondary_w_responses.csv",
    ("people", Split.COMPARISON): "fictional_people/fictional_people_comparison_w_responses.csv",
    ("news", Split.MEMORIZATION): "latest_news/latest_news_original_w_responses.csv",
    ("news", Split.REPHRASED): "latest_news/latest_news_rephrased_w_responses.csv",
    ("news", Split.DATE_CHANGED): "latest_news/latest_news_date_changed_w_responses.csv",
}
_RECORDED = frozenset({"Correct", "Incorrect"})
_DO = "Fetch the release with `fbench data fetch`, and name the folder it was put in"


@dataclass(frozen=True, slots=True)
class ReleasedQuestion:
    """A question that the models were asked, and each model's response; a blank response was not released.

    `published` and `corrected` are the question with the golds of each label set. `dropped` means that the
    corrected labels leave the question out; its gold is then the published one in both.
    """

    published: Question
    corrected: Question
    dropped: bool
    responses: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ReleasedFile:
    """The answers to one split. For models in `recorded`, it has verdicts instead of answers."""

    task: str
    split: Split
    asked: tuple[ReleasedQuestion, ...]
    recorded: frozenset[str]


@dataclass(frozen=True, slots=True)
class Release:
    """The available files in a fixed order, the names of missing files, and notes."""

    files: tuple[ReleasedFile, ...]
    missing: tuple[str, ...]
    notes: tuple[str, ...]

    def file(self, task: str, split: Split) -> ReleasedFile | None:
        """The answers to a split; None if they are missing."""
        return next((file for file in self.files if (file.task, file.split) == (task, split)), None)


def read_release(folder: Path) -> Release:
    """The released answers in `folder`, a checkout of the release with `datasets/` and `model_responses/`.

    Missing files are listed in `missing`; a file that differs from the release is read, with a note. Raises
    `DataError` if there are no answers at all, a file lacks a column or is empty, or a row answers a
    question that is not in the dataset.
    """
    home = folder / "model_responses"
    if not home.is_dir():
        raise DataError("the folder of the released answers is missing", file=home, do=_DO)
    present = {key: name for key, name in _FILES.items() if (home / name).is_file()}
    if not present:
        raise DataError("no file of released answers is in it", file=home, do=_DO)
    rows = {key: _rows(home / name) for key, name in present.items()}
    tasks = list(dict.fromkeys(task for task, _ in present))
    published = _index(finetunebench.load(folder, "published", tasks, all_news=True).questions)
    corrected = _index(finetunebench.load(folder, "corrected", tasks, all_news=True).questions)
    files: list[ReleasedFile] = []
    notes: list[str] = []
    for (task, split), name in present.items():
        asked = tuple(_asked(row, task, split, published, corrected) for row in rows[task, split])
        recorded = frozenset(model for model in MODELS if _is_recorded(asked, model))
        files.append(ReleasedFile(task, split, asked, recorded))
        notes += _notes(home / name, f"model_responses/{name}", asked)
    missing = tuple(f"model_responses/{name}" for key, name in _FILES.items() if key not in present)
    return Release(tuple(files), missing, tuple(notes))


def _rows(file: Path) -> list[ReleasedRow]:
    columns = ("answer", *(f"{model}_response" for model in MODELS))
    rows = read_rows(file, fields=("id", "prompt"), unique=("id", "prompt"))
    there = rows[0].cells
    for column in columns:
        if column not in there:
            names = ", ".join(name for name in there if name)
            problem = f"the column is missing (there are: {names})"
            raise DataError(problem, file=file, field=column, do=_DO)
    return rows


_Index = dict[tuple[str, ...], Question]


def _index(questions: tuple[Question, ...]) -> _Index:
    """Questions by the keys that a row of answers gives.

    For news and comparisons the key is the row's id; otherwise it is the person's id and the prompt, because
    six rows share a person's id.
    """
    index: _Index = {}
    for question in questions:
        index[(question.id,)] = question
        index[question.task, question.split, question.cluster, question.prompt] = question
    return index


def _asked(
    row: ReleasedRow, task: str, split: Split, published: _Index, corrected: _Index
) -> ReleasedQuestion:
    by_id = (f"{task}/{split}/{row['id'].replace(' ', '-')}",)
    by_prompt = (task, split, f"{task}/{row['id']}", row["prompt"])
    key = by_id if by_id in published else by_prompt
    if key not in published:
        raise row.error(f"the dataset's {split} file of {task} has no such question", "id")
    question = published[key]
    if row["answer"].strip():
        question = question.model_copy(update={"gold": (row["answer"],)})
    responses = {model: row[f"{model}_response"] for model in MODELS}
    return ReleasedQuestion(question, corrected.get(key, question), key not in corrected, responses)


def _is_recorded(asked: tuple[ReleasedQuestion, ...], model: str) -> bool:
    said = {each.responses[model].strip() for each in asked} - {""}
    return bool(said) and said <= _RECORDED


def _notes(file: Path, name: str, asked: tuple[ReleasedQuestion, ...]) -> list[str]:
    notes: list[str] = []
    if hashlib.sha256(file.read_bytes()).hexdigest() != MANIFEST[name]:
        notes.append(f"{name} is not as released: its SHA-256 differs from the one on record.")
    blank = sum(not said.strip() for each in asked for said in each.responses.values())
    if blank:
        notes.append(f"{name}: blank answers, which are left out of n: {blank}.")
    return notes
