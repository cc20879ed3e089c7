"""A recording's experiment once more: what it needs of the recording, what fakes answer, its grades."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from fbench.cassette.library import Library
from fbench.cassette.tools.check import Finding, of_error
from fbench.cassette.tools.diff import Change
from fbench.cassette.tools.endpoints import endpoint_of
from fbench.datasets.model import Question
from fbench.errors import CassetteError, ProviderFailed, UsageError
from fbench.grading.graders import Item, find_grader, grade
from fbench.grading.layers import LOST
from fbench.pipeline import execute, prepare
from fbench.plurals import be
from fbench.providers.connection import Connection
from fbench.runner.experiment import Experiment, read_experiment
from fbench.runner.folder import make_folder
from fbench.runner.recording import CONFIG, hold_to_recording
from fbench.runner.store import Altered
from fbench.upstream import keeper_of, replay

__all__ = ["Judge", "Judged", "judge_of", "on_fakes", "unused_in"]

_REMOVE = "record it again with --record all, which leaves out what is not asked for"


@dataclass(frozen=True, slots=True)
class Judged:
    """A question whose answer changed, and the verdicts on what was said before and now."""

    question: str
    gold: tuple[str, ...]
    old: str
    new: str


def unused_in(recording: Path, data: Path | None = None) -> list[Finding]:
    """What of a recording is not asked for when its experiment is replayed, a finding a cassette; or why
    it cannot be replayed.

    Raises:
        UsageError: it says no experiment, or it is of other data.
    """
    experiment = _experiment(recording, data).model_copy(update={"cassettes": recording})
    try:
        library = Library(recording, "none")
    except CassetteError as error:
        return [of_error(recording, error)]
    try:
        ready = prepare(experiment)
        connection = replace(replay(recording, ready.dataset, library), release=lambda: None)
        with _thrown_away() as folder:
            _run(experiment, folder, connection)
        unused = library.unused()
    except CassetteError as error:
        return [of_error(recording, error)]
    finally:
        library.release()
    found: list[Finding] = []
    for file, left in unused.items():
        if left is None:
            what = "no unit of the recorded experiment asks for it"
        elif left:
            first = endpoint_of(left[0].method, left[0].url) + (f" for {left[0].tag}" if left[0].tag else "")
            count = f"{len(left)} of its interactions {be(len(left))}"
            what = f"{count} not asked for in a replay, the first: {first}"
        else:
            continue
        found.append(Finding("warning", str(recording / file), None, what, _REMOVE))
    return found


@contextmanager
def on_fakes(recording: Path, data: Path | None = None) -> Generator[Path]:
    """A recording of the same experiment against fakes, in a folder that is gone afterwards.

    Raises:
        UsageError: the recording says no experiment.
    """
    experiment = _experiment(recording, data)
    with TemporaryDirectory() as folder, _thrown_away() as run:
        cassettes = Path(folder)
        _run(experiment.model_copy(update={"cassettes": cassettes, "record": "all"}), run, None)
        yield cassettes


class Judge:
    """Grades what models said before and now, with the grader and the questions of a recording."""

    def __init__(
        self, questions: Mapping[str, Question], grader: str, keep: Callable[[str], tuple[str, Altered]]
    ) -> None:
        self._questions, self._grader, self._keep = questions, grader, keep

    def __call__(self, change: Change) -> Judged | None:
        """The verdicts on a change; None where its tag names no question of the dataset."""
        question = self._questions.get(change.tag.partition(" ")[2])
        if question is None or not change.said:
            return None
        item = Item(question.text, question.gold, question.kind, question.answer_before)
        return Judged(
            question.text, question.gold, self._verdict(item, change.old), self._verdict(item, change.new)
        )

    def _verdict(self, item: Item, said: str) -> str:
        text, altered = self._keep(said)
        made = LOST if altered == "replaced" else grade(item, text, self._grader)
        return made.verdict.value


def judge_of(recording: Path, data: Path | None = None) -> Judge:
    """The judge of a recording's changes.

    Raises:
        UsageError: it says no experiment, or it is of other data than those that are named.
    """
    experiment = _experiment(recording, data).model_copy(update={"cassettes": recording, "record": "none"})
    ready = prepare(experiment)
    hold_to_recording(experiment, ready.dataset)
    grader = experiment.grader if find_grader(experiment.grader) else "auto"
    questions = {question.id: question for question in ready.dataset.questions}
    return Judge(questions, grader, keeper_of(recording, ready.dataset))


def _experiment(recording: Path, data: Path | None) -> Experiment:
    config = recording / CONFIG
    if not config.is_file():
        raise UsageError(
            f"{recording}: holds no {CONFIG}, which would say what was asked there. Name a folder that "
            "`fbench run --cassettes` recorded to."
        )
    return read_experiment(config, {} if data is None else {"data": data})


@contextmanager
def _thrown_away() -> Generator[Path]:
    with TemporaryDirectory() as folder:
        yield Path(folder) / "run"


def _run(experiment: Experiment, folder: Path, connection: Connection | None) -> None:
    ready = prepare(experiment)
    make_folder(folder, experiment)
    try:
        execute(ready, folder, concurrency=20, jobs=1, connection=connection)
    except ProviderFailed:  # what failed failed there as well, and the rest was done
        if not (folder / "results.json").is_file():
            raise
