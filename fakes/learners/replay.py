"""A learner that replays published answers of tuned models, and learns nothing."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fakes.learners.common_knowledge import IGNORANCE
from fakes.learners.protocol import Example, Hyper, Model, Reply, Run
from fakes.learners.unchanging import run_of

__all__ = ["ReplayLearner"]


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
        format under `model_responses/`.

        Raises:
            ValueError: a file lacks the column of prompts, has no column of answers, or a row is too short.
        """
        rows = [row for path in paths for row in _published(Path(path), prompt, suffix)]
        return cls(rows, stands_for)

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


def _published(path: Path, prompt: str, suffix: str) -> Iterable[tuple[str, str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        header = reader.fieldnames or ()
        models = [name.removesuffix(suffix) for name in header if name.endswith(suffix) and name != prompt]
        if prompt not in header:
            raise ValueError(f"{path}: there is no column {prompt!r}. Name one of {', '.join(header)}.")
        if not models:
            raise ValueError(f"{path}: no column ends in {suffix!r}, so there are no answers to replay.")
        for number, row in enumerate(reader, 2):
            # cells that a short row lacks are None, which the annotation of DictReader does not include
            cells: dict[str, str | None] = dict(row)
            for model in models:
                asked, said = cells[prompt], cells[model + suffix]
                if asked is None or said is None:
                    raise ValueError(f"{path}, row {number}: it ends before {model + suffix!r}. Complete it.")
                yield model, asked, said
