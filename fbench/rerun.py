"""Run a recorded experiment again: to find unused recordings, to call fakes, or to grade changes."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from fbench.cassette import read_index
from fbench.cassette.library import Library
from fbench.cassette.tools.check import CassetteProblem, problem_of
from fbench.cassette.tools.diff import Change
from fbench.cassette.tools.endpoints import endpoint_of
from fbench.datasets.model import Question
from fbench.errors import CassetteError, ProviderFailed
from fbench.grading.graders import Item, find_grader, grade
from fbench.grading.layers import LOST
from fbench.pipeline import execute, prepare
from fbench.plurals import be
from fbench.providers.connection import Connection
from fbench.runner.config import read_recorded_experiment
from fbench.runner.experiment import Experiment
from fbench.runner.folder import make_folder
from fbench.runner.recording import hold_to_recording, was_in_batches
from fbench.upstream import keeper_of, replay

if TYPE_CHECKING:
    from fbench.cassette.scrub.placeholders import Alteration

__all__ = ["ChangeGrader", "GradedChange", "change_grader_of", "on_fakes", "unused_in"]

_REMOVE = "record it again with --record all, which leaves out what is not asked for"


@dataclass(frozen=True, slots=True)
class GradedChange:
    """A question whose answer changed, with the verdicts on the old answer and the new one."""

    question: str
    gold: tuple[str, ...]
    old: str
    new: str


def unused_in(recording: Path, data: Path | None = None) -> list[CassetteProblem]:
    """The parts of a recording that a replay of its experiment does not use, as one problem per cassette; or
    the reason why it cannot be replayed.

    Raises:
        UsageError: it names no experiment, or belongs to other data.
    """
    experiment = read_recorded_experiment(recording, data).model_copy(update={"cassettes": recording})
    try:
        library = Library(recording, "none")
    except CassetteError as error:
        return [problem_of(recording, error)]
    try:
        ready = prepare(experiment)
        connection = replace(
            replay(recording, ready.dataset, library, defined=experiment.defined), release=lambda: None
        )
        with _thrown_away() as folder:
            _run(experiment, folder, connection)
        unused = library.unused()
    except CassetteError as error:
        return [problem_of(recording, error)]
    finally:
        library.release()
    found: list[CassetteProblem] = []
    for file, left in unused.items():
        if left is None:
            what = "no unit of the recorded experiment asks for it"
        elif left:
            first = endpoint_of(left[0].method, left[0].url) + (f" for {left[0].tag}" if left[0].tag else "")
            count = f"{len(left)} of its interactions {be(len(left))}"
            what = f"{count} not asked for in a replay, the first: {first}"
        else:
            continue
        found.append(CassetteProblem("warning", str(recording / file), None, what, _REMOVE))
    return found


@contextmanager
def on_fakes(recording: Path, data: Path | None = None) -> Generator[Path]:
    """A recording of the same experiment against fakes, in a folder that is removed afterwards.

    Raises:
        UsageError: the recording names no experiment.
    """
    experiment = read_recorded_experiment(recording, data)
    with TemporaryDirectory() as folder, _thrown_away() as run:
        cassettes = Path(folder)
        asked = experiment.model_copy(update={"cassettes": cassettes, "record": "all"})
        _run(asked, run, None, batch=was_in_batches(read_index(recording).provenance))
        yield cassettes


class ChangeGrader:
    """Grades the old and the new answer of a change, with the grader and the questions of a recording."""

    def __init__(
        self, questions: Mapping[str, Question], grader: str, keep: Callable[[str], tuple[str, Alteration]]
    ) -> None:
        self._questions, self._grader, self._keep = questions, grader, keep

    def __call__(self, change: Change) -> GradedChange | None:
        """The verdicts on a change; None if its tag names no question of the dataset."""
        question = self._questions.get(change.tag.partition(" ")[2])
        if question is None or not change.said:
            return None
        item = Item(question.text, question.gold, question.kind, question.answer_before)
        return GradedChange(
            question.text, question.gold, self._verdict(item, change.old), self._verdict(item, change.new)
        )

    def _verdict(self, item: Item, said: str) -> str:
        text, altered = self._keep(said)
        made = LOST if altered == "replaced" else grade(item, text, self._grader)
        return made.verdict.value


def change_grader_of(recording: Path, data: Path | None = None) -> ChangeGrader:
    """The grader of the changes of a recording.

    Raises:
        UsageError: it names no experiment, or belongs to data other than the given ones.
    """
    experiment = read_recorded_experiment(recording, data).model_copy(
        update={"cassettes": recording, "record": "none"}
    )
    ready = prepare(experiment)
    hold_to_recording(experiment, ready.dataset)
    grader = experiment.grader if find_grader(experiment.grader) else "auto"
    questions = {question.id: question for question in ready.dataset.questions}
    return ChangeGrader(questions, grader, keeper_of(recording, ready.dataset))


@contextmanager
def _thrown_away() -> Generator[Path]:
    with TemporaryDirectory() as folder:
        yield Path(folder) / "run"


def _run(experiment: Experiment, folder: Path, connection: Connection | None, *, batch: bool = False) -> None:
    ready = prepare(experiment)
    make_folder(folder, ready.experiment)
    try:
        execute(ready, folder, concurrency=20, jobs=1, connection=connection, batch=batch)
    except ProviderFailed:  # it failed in the recording as well, and the rest was done
        if not (folder / "results.json").is_file():
            raise
