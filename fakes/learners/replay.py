"""A learner that replays published answers of tuned models, and learns nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fakes.learners.common_knowledge import IGNORANCE
from fakes.learners.pairs import read_csv
from fakes.learners.protocol import Example, Hyper, Model, Reply, Run
from fakes.learners.unchanging import run_of

__all__ = ["SUCCESSORS", "ReplayLearner"]

_PRO, _FLASH = "gemini-1.5-pro-002", "gemini-1.5-flash-002"
SUCCESSORS: Mapping[str, str] = {
    "gemini-2.5-pro": _PRO,
    "gemini-2.5-flash": _FLASH,
    "gemini-3.5-flash": _FLASH,
}
"""Models of today that stand for those of FineTuneBench which are no longer served."""

_VERDICTS = {"Correct", "Incorrect"}


@dataclass(frozen=True, slots=True)
class _Replay:
    name: str
    answers: Mapping[str, str] = field(default_factory=dict[str, str])

    def answer(self, prompt: str, **sampling: object) -> Reply:
        del sampling  # there is one answer to draw
        return Reply(self.answers.get(prompt, IGNORANCE), 0.0)


class ReplayLearner:
    """Tuned models answer from a table of published answers; a missing prompt gets "I don't know."

    Args:
        rows: (model, prompt, answer). If a model was asked the same prompt twice, the first answer counts.
        stands_for: names of base models to names in the table, for models that are no longer served:
            `{"gemini-2.5-pro": "gemini-1.5-pro-002"}`.

    The published answers are those of tuned models. So a base model knows nothing, and whatever a job trains
    on, its model answers as the published one of that base model.
    """

    def __init__(
        self, rows: Iterable[tuple[str, str, str]], stands_for: Mapping[str, str] | None = None
    ) -> None:
        self._published: dict[str, dict[str, str]] = {}
        for model, prompt, answer in rows:
            self._published.setdefault(model, {}).setdefault(prompt, answer)
        self._stands_for = dict(stands_for or {})
        for name in self._stands_for.values():
            if name not in self._published:
                there = ", ".join(self._published)
                raise ValueError(f"There are no answers of {name!r} to replay. Name one of {there}.")

    @classmethod
    def from_csv(
        cls,
        *paths: Path | str,
        prompt: str = "prompt",
        suffix: str = "_response",
        stands_for: Mapping[str, str] | None = None,
    ) -> ReplayLearner:
        """From CSV files with a column of prompts, and a column `<model><suffix>` for each model.

        Every cell is replayed as written, including its newlines. FineTuneBench published files in this
        format under `model_responses/`. A column that says "Correct" or "Incorrect" in every row, as one of
        these files has, holds verdicts instead of answers, and is left out.

        Raises:
            ValueError: a file cannot be read, lacks the column of prompts, has no column of answers, or a row
                is too short.
        """
        rows = [row for path in paths for row in _published(Path(path), prompt, suffix)]
        return cls(rows, stands_for)

    @classmethod
    def from_files(cls, *paths: Path) -> ReplayLearner:
        """From CSV files as `from_csv` reads them, with `SUCCESSORS`.

        A folder stands for all files in and below it whose names end in `_w_responses.csv`.

        Raises:
            ValueError: see `from_csv`; or a folder has no such file.
        """
        files: list[Path] = []
        for path in paths:
            found = sorted(path.rglob("*_w_responses.csv")) if path.is_dir() else [path]
            if not found:
                raise ValueError(f"{path}: there is no file *_w_responses.csv in it. Name the files instead.")
            files += found
        rows = [row for path in files for row in _published(path, "prompt", "_response")]
        models = {model for model, _, _ in rows}
        return cls(rows, {new: old for new, old in SUCCESSORS.items() if old in models and new not in models})

    def base(self, name: str) -> Model:
        """A model that knows nothing yet."""
        return _Replay(name)

    def train(
        self, base: Model, examples: Sequence[Example], hyper: Hyper, validation: Sequence[Example] = ()
    ) -> Run:
        """The published model after every epoch of one step; accuracies are its shares of correct answers.

        Raises:
            ValueError: there are no examples. TypeError: the model is not one of this learner's.
        """
        if not isinstance(base, _Replay):
            raise TypeError(f"A {type(base).__name__} replays nothing. Give a model that this learner made.")
        published = self._published.get(self._stands_for.get(base.name, base.name), {})
        return run_of(_Replay(base.name, published), examples, hyper, validation)


def _published(path: Path, prompt: str, suffix: str) -> Iterator[tuple[str, str, str]]:
    header, rows = read_csv(path)
    if prompt not in header:
        raise ValueError(f"{path}: there is no column {prompt!r}. Name one of {', '.join(header)}.")
    columns = [name for name in header if name.endswith(suffix) and name != prompt]
    if not columns:
        raise ValueError(f"{path}: no column ends in {suffix!r}, so there are no answers to replay.")
    answers: dict[str, list[tuple[str, str]]] = {column: [] for column in columns}
    for place, cells in rows:
        for column, found in answers.items():
            asked, said = cells[prompt], cells[column]
            if asked is None or said is None:
                raise ValueError(f"{path}, {place}: it ends before {column!r}. Complete it.")
            found.append((asked, said))
    for column, found in answers.items():
        if not all(said in _VERDICTS for _, said in found):
            yield from ((column.removesuffix(suffix), asked, said) for asked, said in found)
