"""Small runs whose answers and grades are put into the store by hand, so that no service is asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from fbench.analysis.assemble import results_of
from fbench.analysis.results import Results
from fbench.analysis.results_file import write_results
from fbench.datasets.model import Question
from fbench.grading.experiment_graders import counted_layer
from fbench.grading.graders import CUT_OFF, Verdict
from fbench.grading.layers import before_layer
from fbench.runner.experiment import Experiment
from fbench.runner.folder import STORE, check_identity, make_folder
from fbench.runner.prepared import PreparedRun, read_input_offline
from fbench.runner.store import Answer, GradeRow, Store

OPENAI = "openai:gpt-4o-mini-2024-07-18"
VERDICTS = {
    "R": Verdict.CORRECT,
    "W": Verdict.INCORRECT,
    "A": Verdict.ABSTAINED,
    "U": Verdict.UNGRADED,
    "C": Verdict.UNGRADED,
    "E": Verdict.ERROR,
}
"""A letter an answer; C is one that was cut off."""


class MadeRun:
    """A run in a folder: its plan, its open store, and what its cells are made to have answered."""

    def __init__(self, folder: Path, lines: Sequence[Mapping[str, object]], **experiment: object) -> None:
        folder.mkdir()
        data = folder / "facts.jsonl"
        data.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        asked: dict[str, object] = {"data": data, "models": (OPENAI,), "epochs": (1,), **experiment}
        self.folder = folder / "run"
        self.ready: PreparedRun = read_input_offline(Experiment.model_validate(asked))
        make_folder(self.folder, self.ready.experiment)
        self.store = Store(self.folder / STORE)
        check_identity(self.store, self.folder, self.ready.experiment, self.ready.dataset, self.ready.origin)

    def questions(self, split: str, task: str = "news") -> list[Question]:
        """The questions of a split, in the dataset's order."""
        return [q for q in self.ready.dataset.questions if (q.split, q.task) == (split, task)]

    def say(self, cell: str, split: str, letters: str, *, old: str = "", **more: Any) -> None:
        """What a cell's answers in a split were found to be, a letter each, in the dataset's order.

        `old` says of each with a cross whether it was right before the update. `texts` are what was said,
        `tokens` the prompt's and the answer's of each, `altered` what a scrubber did to all of them.
        """
        _, task, _ = cell.split("/", 2)
        layer = counted_layer(self.ready)
        texts: list[str] = more.get("texts", [])
        tokens: tuple[int, int] = more.get("tokens", (0, 0))
        answers: list[Answer] = []
        grades: list[GradeRow] = []
        for n, (letter, question) in enumerate(zip(letters, self.questions(split, task), strict=False)):
            error = "it was rejected" if letter == "E" else ""
            text = "" if letter in "CE" else texts[n] if texts else f"{letter} {n}"
            answers.append(
                Answer(cell, question.id, text, "stop", error, *tokens, altered=more.get("altered", ""))
            )
            grader, reason = (CUT_OFF, "no answer (finish: length)") if letter == "C" else ("short", "seen")
            grades.append(GradeRow(layer, cell, question.id, VERDICTS[letter].value, grader, reason))
            if old:
                verdict = Verdict.CORRECT if old[n] == "x" else Verdict.INCORRECT
                before = before_layer(layer)
                grades.append(GradeRow(before, cell, question.id, verdict.value, "short", "seen"))
        self.store.save_answers(answers)
        self.store.save_grades(grades)

    def results(self) -> Results:
        """The results of what is in the store."""
        return results_of(self.ready, self.store)

    def write(self) -> Results:
        """The results, written as a run does at its end."""
        results = self.results()
        write_results(self.folder, self.store, results.to_json())
        return results


MakeRun = Callable[..., MadeRun]


@pytest.fixture
def make_run(tmp_path: Path) -> Iterator[MakeRun]:
    """Makes runs: `make_run(lines, name="made", **experiment)`."""
    made: list[MadeRun] = []

    def make(lines: Sequence[Mapping[str, object]], name: str = "made", **experiment: object) -> MadeRun:
        made.append(MadeRun(tmp_path / name, lines, **experiment))
        return made[-1]

    yield make
    for run in made:
        run.store.close()


Lines = Callable[..., list[dict[str, object]]]


@pytest.fixture
def facts() -> Lines:
    """Lines of a data file: so many facts of a task, each asked in the given splits besides memorization."""

    def lines(count: int, *splits: str, task: str = "news", **more: object) -> list[dict[str, object]]:
        return [
            {
                "fact": f"{task}{n}",
                "task": task,
                "split": split,
                "prompt": f"{split} {n}?",
                "answer": f"Answer {n}",
                "kind": "short",
                **more,
            }
            for n in range(count)
            for split in ("memorization", *splits)
        ]

    return lines
