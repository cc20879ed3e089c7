"""Trainings that are paused, and trainings whose server was killed: they go on, and end as all others do."""

from __future__ import annotations

import hashlib
import json
import shutil
import signal
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import openai
import pytest

from fakes.learners import Example, Hyper, Run
from fakes.learners.capabilities import NotAnswered, TrainingPaused, TrainingStopped, Watch
from fakes.learners.local.learner import LocalLearner
from fakes.learners.local.loading import libraries
from tests.fakes.servers import Served, server
from tests.local.clients import begin, client_of, finish, steps_told, until
from tests.local.conftest import FACTS

EXAMPLES = [Example(asked, answer) for asked, answer in FACTS.items()]
HYPER = Hyper(epochs=6, batch_size=3)
STEPS = 6 * 4
MANY = 2  # how often a file of a server has each fact, so that a test can come between its steps
LONG = 4 * 10 * MANY  # the steps of such a job


class _PausedAt(Watch):
    """Asks for a pause after so many steps."""

    def __init__(self, step: int) -> None:
        super().__init__()
        self._step = step

    def check(self) -> None:
        if len(self.steps) == self._step:
            self.pause()
        super().check()


class _Killed(BaseException):
    """The end of a process, as far as a training can tell."""


class _KilledAt(Watch):
    """The process ends after so many steps."""

    def __init__(self, step: int) -> None:
        super().__init__()
        self._step = step

    def check(self) -> None:
        if len(self.steps) == self._step:
            raise _Killed


class _Counting(Watch):
    """Counts the steps that are made."""

    def __init__(self) -> None:
        super().__init__()
        self._before: list[int] = []

    def check(self) -> None:
        self._before.append(len(self.steps))

    @property
    def made(self) -> int:
        _, begun, *_ = self._before  # the first look comes before what was kept is read
        return len(self.steps) - begun


@pytest.fixture(scope="module", params=["lora", "full"])
def settings(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("settings") / "settings.toml"
    path.write_text(
        f'method = "{request.param}"\nrate = 0.003\nthreads = 1\nlongest_answer = 8\ndropout = 0.1\n'
    )
    return path


@dataclass(frozen=True)
class Setup:
    """A model, settings, and a file of state."""

    model: Path
    settings: Path
    state: Path

    @property
    def folder(self) -> Path:
        """Where learners and servers keep what they train."""
        return self.state.with_name(f"{self.state.name}.models")

    @property
    def options(self) -> tuple[str, ...]:
        """Those of a server."""
        named = "--learner", f"hf:{self.model}", str(self.settings)
        return (*named, "--speed", "100000", "--state", str(self.state))

    def learner(self) -> LocalLearner:
        learner = LocalLearner.from_files(self.model, self.settings)
        learner.keep_in(self.folder)
        return learner

    def unbroken(self, epochs: int) -> tuple[Run, dict[str, bytes]]:
        """The training of the long file that nothing comes between, and its weights."""
        other = replace(self, state=self.state.with_name("unbroken"))
        learner = other.learner()
        run = learner.train(learner.base("m"), EXAMPLES * MANY, Hyper(epochs, batch_size=1, seed=1))
        return run, weights_in(other.folder)


@pytest.fixture
def setup(model: Path, settings: Path, tmp_path: Path) -> Setup:
    return Setup(model, settings, tmp_path / "state")


@pytest.fixture
def adapters(model: Path, quick: Path, tmp_path: Path) -> Setup:
    return Setup(model, quick, tmp_path / "state")


def trained(learner: LocalLearner, watch: Watch | None = None) -> Run:
    return learner.train(learner.base("m"), EXAMPLES, HYPER, EXAMPLES[:2], watch=watch)


def figures_of(run: Run) -> object:
    return run.steps, [replace(each, model=None) for each in run.checkpoints], run.tokens  # type: ignore[arg-type] # only compared


def weights_in(root: Path) -> dict[str, bytes]:
    """The weights of the one training in a folder, by the names of their checkpoints."""
    return {each.parent.name: each.read_bytes() for each in sorted(root.glob("*/*/*.safetensors"))}


def progress_in(root: Path) -> list[Path]:
    return [each for each in root.rglob("*") if each.name.startswith("progress")]


@pytest.fixture(scope="module")
def whole(model: Path, settings: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Path]:
    """A training that nothing came between, and the folder that it is kept in."""
    setup = Setup(model, settings, tmp_path_factory.mktemp("whole") / "state")
    return trained(setup.learner()), setup.folder


@pytest.mark.parametrize("step", [0, 3, 4, 10, STEPS])
def test_a_paused_training_goes_on_at_its_step(whole: tuple[Run, Path], setup: Setup, step: int) -> None:
    learner, watch = setup.learner(), _PausedAt(step)
    with pytest.raises(TrainingPaused):
        trained(learner, watch)
    assert len(watch.steps) == step
    told = _Counting()
    run = trained(learner, told)
    assert told.made == STEPS - step, "no step is made twice"
    assert tuple(told.steps) == tuple(run.steps)
    assert figures_of(run) == figures_of(whole[0])
    assert weights_in(setup.folder) == weights_in(whole[1])
    assert progress_in(setup.folder) == []


def test_a_killed_training_goes_on_from_its_last_whole_epoch(whole: tuple[Run, Path], setup: Setup) -> None:
    with pytest.raises(_Killed):
        trained(setup.learner(), _KilledAt(14))
    assert len(progress_in(setup.folder)) == 1
    told = _Counting()
    run = trained(setup.learner(), told)
    assert told.made == STEPS - 12
    assert figures_of(run) == figures_of(whole[0])
    assert weights_in(setup.folder) == weights_in(whole[1])
    assert progress_in(setup.folder) == []


def test_a_damaged_progress_is_not_gone_on_with(
    whole: tuple[Run, Path],
    setup: Setup,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with pytest.raises(_Killed):
        trained(setup.learner(), _KilledAt(14))
    (kept,) = progress_in(setup.folder)
    content = bytearray(kept.read_bytes())
    content[len(content) // 2] ^= 1
    kept.write_bytes(content)
    (kept.parent / "progress.part").write_bytes(b"half")
    told = _Counting()
    run = trained(setup.learner(), told)
    assert told.made == STEPS
    assert "is damaged, so it is begun anew" in caplog.text
    assert figures_of(run) == figures_of(whole[0])
    assert weights_in(setup.folder) == weights_in(whole[1])
    assert progress_in(setup.folder) == []


def test_a_progress_without_one_of_its_checkpoints_is_not_gone_on_with(
    whole: tuple[Run, Path], setup: Setup
) -> None:
    with pytest.raises(_Killed):
        trained(setup.learner(), _KilledAt(14))
    shutil.rmtree(next(setup.folder.glob("*/epoch-0002")))
    told = _Counting()
    trained(setup.learner(), told)
    assert told.made == STEPS
    assert weights_in(setup.folder) == weights_in(whole[1])


def test_what_was_kept_before_digests_were_is_not_trained_again(
    whole: tuple[Run, Path], setup: Setup
) -> None:
    with pytest.raises(_Killed):
        trained(setup.learner(), _KilledAt(14))
    (kept,) = progress_in(setup.folder)
    torch = libraries().torch
    told = torch.load(str(kept), weights_only=True)
    del told["files"]
    torch.save(told, str(kept))
    digest = hashlib.blake2b(kept.read_bytes(), digest_size=16).hexdigest()
    kept.rename(kept.with_name(f"{kept.stem.rpartition('-')[0]}-{digest}.pt"))
    goes_on = _Counting()
    trained(setup.learner(), goes_on)
    assert goes_on.made == STEPS - 12
    (figures,) = setup.folder.glob("*/training.json")
    figures.write_text(json.dumps({**json.loads(figures.read_text()), "files": None}))
    assert figures_of(trained(setup.learner(), _KilledAt(0))) == figures_of(whole[0]), "no step is made"
    shutil.rmtree(next(setup.folder.glob("*/epoch-0002")))
    again = _Counting()
    trained(setup.learner(), again)
    assert again.made == STEPS


@pytest.mark.parametrize("left", [None, 100], ids=["removed", "cut off"])
@pytest.mark.parametrize("ended", [True, False], ids=["whole", "killed"])
def test_a_training_with_a_damaged_checkpoint_is_done_again(
    whole: tuple[Run, Path], setup: Setup, left: int | None, *, ended: bool
) -> None:
    if ended:
        trained(setup.learner())
    else:
        with pytest.raises(_Killed):
            trained(setup.learner(), _KilledAt(14))
    damaged = next(setup.folder.glob("*/epoch-0001/*.safetensors"))
    if left is None:
        damaged.unlink()
    else:
        damaged.write_bytes(damaged.read_bytes()[:left])
    told = _Counting()
    trained(setup.learner(), told)
    assert told.made == STEPS
    assert weights_in(setup.folder) == weights_in(whole[1])


@pytest.mark.parametrize("file", ["config", "safetensors"])
def test_a_model_whose_weights_are_lost_meanwhile_says_so_and_leaves_nothing(setup: Setup, file: str) -> None:
    learner = setup.learner()
    model = trained(learner).checkpoints[-1].model
    for path in setup.folder.glob(f"*/*/*{file}*"):
        path.write_bytes(path.read_bytes()[:5])
    loaded = vars(learner.weights).copy()
    known = str(getattr(loaded.get("_network"), "peft_config", None))
    for _ in range(2):
        with pytest.raises(
            NotAnswered, match=r"cannot be read again \(\w+\): epoch-0006 in the folder \w+ is"
        ):
            model.answer("Who?")
    assert str(getattr(loaded.get("_network"), "peft_config", None)) == known
    assert learner.base("m").answer("Who?")


def test_a_disk_that_takes_no_progress_hinders_no_training(
    whole: tuple[Run, Path],
    setup: Setup,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(libraries().torch, "save", full)
        run = trained(setup.learner())
    assert "could not be written: [Errno 28] No space left" in caplog.text
    assert figures_of(run) == figures_of(whole[0])


def test_what_is_stopped_while_it_is_paused_leaves_nothing_on_disk(setup: Setup) -> None:
    learner, watch = setup.learner(), _PausedAt(5)
    with pytest.raises(TrainingPaused):
        trained(learner, watch)
    assert progress_in(setup.folder)
    watch.stop()
    with pytest.raises(TrainingStopped):
        trained(learner, watch)
    assert list(setup.folder.iterdir()) == []


def test_where_nothing_outlasts_the_process_only_a_pause_is_written(
    model: Path, settings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    seen: set[int] = set()

    class Looking(Watch):
        def check(self) -> None:
            seen.add(len(progress_in(tmp_path)))

    learner = LocalLearner.from_files(model, settings)
    trained(learner, Looking())
    assert seen == {0}
    with pytest.raises(TrainingPaused):
        learner.train(learner.base("m"), EXAMPLES[:3], HYPER, watch=_PausedAt(2))
    assert len(progress_in(tmp_path)) == 1


@pytest.fixture(scope="module")
def long_file(training_file: bytes) -> bytes:
    return b"\n".join([training_file] * MANY)


def steps_in(client: openai.OpenAI, job: Any) -> list[str]:
    """The steps in the result file of a job."""
    _, *lines = client.files.content(job.result_files[0]).text.strip().split("\n")
    return [",".join(line.split(",")[:3]) for line in lines]


def steps_of(run: Run) -> list[str]:
    return [f"{step.number},{step.loss},{step.accuracy}" for step in run.steps]


def test_a_server_killed_in_an_epoch_goes_on_from_the_one_before(setup: Setup, long_file: bytes) -> None:
    epoch = 10 * MANY
    with server(*setup.options, code=-signal.SIGKILL) as running, client_of(running) as client:
        job = begin(client, long_file, epochs=10, batch_size=1)
        until(client, job.id, lambda job: len(steps_told(client, job.id)) > 6 * epoch)
        running.process.kill()
        running.process.wait(20)
    *_, kept = sorted(setup.folder.rglob("progress-*.pt"))
    done = int(kept.name.split("-")[1])
    assert done >= 6 * epoch
    assert done % epoch == 0, "it was written after an epoch"
    made = {each: each.stat().st_mtime_ns for each in setup.folder.glob("*/epoch-000[1-6]/*.safetensors")}
    assert len(made) == 6
    with server(*setup.options) as running, client_of(running) as client:
        ended = finish(client, job.id)
        assert ended.status == "succeeded"
        assert steps_told(client, job.id) == list(range(1, 10 * epoch + 1))
        told = steps_in(client, ended)
    whole, weights = setup.unbroken(10)
    assert told == steps_of(whole)
    assert weights_in(setup.folder) == weights
    assert {each: each.stat().st_mtime_ns for each in made} == made, "six epochs were not trained again"
    assert progress_in(setup.folder) == []


def control(running: Served, action: str) -> None:
    with running.client() as client:
        assert client.post(f"{running.address}/_fbench/{action}").status_code == 200


def paused(setup: Setup, client: openai.OpenAI, content: bytes) -> tuple[str, int]:
    """A job that is paused after some steps: its id, and how many it has told."""
    job = begin(client, content, epochs=4, batch_size=1)
    until(client, job.id, lambda job: len(steps_told(client, job.id)) > 3)
    client.fine_tuning.jobs.pause(job.id)

    def rests() -> bool:
        told = len(steps_told(client, job.id))
        return any(setup.folder.rglob(f"progress-{told:08d}-*.pt"))

    until(client, job.id, lambda _: rests())
    return job.id, len(steps_told(client, job.id))


def test_a_job_that_is_paused_lets_others_train_and_goes_on(
    adapters: Setup, long_file: bytes, training_file: bytes
) -> None:
    with server(*adapters.options) as running, client_of(running) as client:
        job_id, told = paused(adapters, client, long_file)
        assert told < LONG, "it was paused while it trained"
        other = finish(client, begin(client, training_file, epochs=1).id)
        assert other.status == "succeeded"
        control(running, "advance")
        assert client.fine_tuning.jobs.retrieve(job_id).status == "running"
        assert len(steps_told(client, job_id)) == told, "it makes no steps meanwhile"
        client.fine_tuning.jobs.resume(job_id)
        ended = finish(client, job_id)
        assert ended.status == "succeeded"
        assert steps_told(client, job_id) == list(range(1, LONG + 1))
        told_of = steps_in(client, ended)
    assert told_of == steps_of(adapters.unbroken(4)[0])


def test_a_server_that_ends_while_a_job_is_paused_goes_on_with_it_later(
    adapters: Setup, long_file: bytes
) -> None:
    with server(*adapters.options) as running, client_of(running) as client:
        job_id, told = paused(adapters, client, long_file)
        ends = time.monotonic()
    assert time.monotonic() - ends < 5
    (kept,) = progress_in(adapters.folder)
    assert int(kept.name.split("-")[1]) == told
    with server(*adapters.options) as running, client_of(running) as client:
        assert client.fine_tuning.jobs.retrieve(job_id).status == "running"
        client.fine_tuning.jobs.resume(job_id)
        until(client, job_id, lambda job: len(steps_told(client, job.id)) > told + 5)
    (kept,) = progress_in(adapters.folder)
    assert int(kept.name.split("-")[1]) > told, "nor does an end while it trains cost it a step"
    with server(*adapters.options) as running, client_of(running) as client:
        told_of = steps_in(client, finish(client, job_id))
    whole, weights = adapters.unbroken(4)
    assert told_of == steps_of(whole)
    assert weights_in(adapters.folder) == weights


def test_what_a_paused_job_keeps_goes_with_it(
    adapters: Setup, long_file: bytes, training_file: bytes
) -> None:
    with server(*adapters.options) as running, client_of(running) as client:
        job_id, told = paused(adapters, client, long_file)
        assert len(progress_in(adapters.folder)) == 1
        assert client.fine_tuning.jobs.cancel(job_id).status == "cancelled"
        assert finish(client, begin(client, training_file, epochs=1).id).status == "succeeded"
        assert len(steps_told(client, job_id)) == told
        assert progress_in(adapters.folder) == []
        paused(adapters, client, long_file)
        assert len(progress_in(adapters.folder)) == 1
        control(running, "reset")
        assert finish(client, begin(client, training_file, epochs=2).id).status == "succeeded"
        assert progress_in(adapters.folder) == []
