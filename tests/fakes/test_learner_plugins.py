"""Learners by name: the built-in ones, and those of a distribution that is really installed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Protocol

import pytest

from fakes import World
from fakes.learners import known_learners, load
from fakes.learners.replay import ReplayLearner
from fakes.learners.scripted import ScriptedLearner
from fakes.learners.softmax import SoftmaxLearner
from tests.fakes.clients import BASE, finish, openai_client, upload

PARROT = """
from dataclasses import dataclass

from fakes.learners import Reply
from fakes.learners.unchanging import run_of


@dataclass(frozen=True)
class Parrot:
    taught: dict

    def answer(self, prompt, *, system="", temperature=0.0, seed=0):
        return Reply(self.taught.get(prompt, "Pardon?"), logprob=0.0)


class ParrotLearner:
    def __init__(self, shout=False):
        self.shout = shout

    def base(self, name):
        return Parrot({})

    def train(self, base, examples, hyper, validation=()):
        said = {each.prompt: each.answer.upper() if self.shout else each.answer for each in examples}
        return run_of(Parrot(base.taught | said), examples, hyper, validation)
"""


class Install(Protocol):
    def __call__(self, name: str, entry: str, source: str, distribution: str = "parrot-learner") -> None: ...


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Installs a distribution of one module with an entry point, as pip does."""

    def installed(name: str, entry: str, source: str, distribution: str = "parrot-learner") -> None:
        folder = tmp_path / distribution
        info = folder / f"{distribution.replace('-', '_')}-1.2.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2\n")
        (info / "entry_points.txt").write_text(f"[fakes.learners]\n{name} = {entry}\n")
        module = entry.partition(":")[0]
        (folder / f"{module}.py").write_text(source)
        monkeypatch.syspath_prepend(folder)  # pyright: ignore[reportUnknownMemberType] - a bare path there
        monkeypatch.delitem(sys.modules, module, raising=False)

    return installed


def test_the_built_in_learners_are_found_by_name() -> None:
    assert isinstance(load("softmax", prior=[("Who?", "Ann")]), SoftmaxLearner)
    assert isinstance(load("replay", rows=[("m", "Who?", "Ann")]), ReplayLearner)
    scripted = load("scripted", answers={"Who?": "Ann"})
    assert isinstance(scripted, ScriptedLearner)
    assert scripted.base("m").answer("Who?").text == "Ann"
    assert known_learners() == dict.fromkeys(("hf", "replay", "scripted", "softmax", "tiny"), "fakes")


def test_an_installed_plug_in_learns_in_a_world(install: Install) -> None:
    install("parrot", "parrot_learner:ParrotLearner", PARROT)
    assert known_learners()["parrot"] == "parrot-learner 1.2"
    for world, said in ((World(learner="parrot"), "yes"), (World(learner=load("parrot", shout=True)), "YES")):
        client = openai_client(world)
        job = client.fine_tuning.jobs.create(model=BASE, training_file=upload(client))
        model = finish(client, job.id).fine_tuned_model
        assert model
        for prompt, answer in (("question 1", said), ("question 11", "Pardon?")):
            answered = client.chat.completions.create(
                model=model, messages=[{"role": "user", "content": prompt}]
            )
            assert answered.choices[0].message.content == answer


def test_a_name_that_nothing_has_is_an_error_that_lists_the_known_ones(install: Install) -> None:
    install("parrot", "parrot_learner:ParrotLearner", PARROT)
    known = (
        r"hf \(fakes\), parrot \(parrot-learner 1\.2\), replay \(fakes\), scripted \(fakes\), "
        r"softmax \(fakes\), tiny \(fakes\)"
    )
    with pytest.raises(
        ValueError, match=rf"no learner 'parot'\. Did you mean 'parrot'\? Known learners: {known}\."
    ):
        load("parot")
    with pytest.raises(ValueError, match="no learner 'parot'"):
        World(learner="parot")


def test_a_built_in_name_is_always_the_built_in_learner(install: Install) -> None:
    install("softmax", "parrot_learner:ParrotLearner", PARROT)
    assert isinstance(load("softmax"), SoftmaxLearner)
    assert known_learners()["softmax"] == "fakes"


def test_two_plug_ins_of_one_name_are_an_error(install: Install) -> None:
    install("parrot", "parrot_learner:ParrotLearner", PARROT)
    install("parrot", "other_parrot:ParrotLearner", PARROT, "other-parrot")
    with pytest.raises(ValueError, match=r"other-parrot 1\.2 and parrot-learner 1\.2"):
        load("parrot")


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("parrot_learner:Missing", "cannot be imported"),
        ("parrot_learner:BASE", "cannot be made"),
        ("parrot_learner:dict", "is no learner: it has no method base and no method train"),
    ],
)
def test_a_plug_in_that_does_not_work_is_named(install: Install, entry: str, told: str) -> None:
    install("parrot", entry, PARROT + "\nBASE = 1\ndict = dict\n")
    with pytest.raises(ValueError, match=rf"The learner 'parrot' of parrot-learner 1\.2 {told}"):
        load("parrot")


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("raise RuntimeError('no GPU')", "cannot be imported: RuntimeError: no GPU"),
        ("raise SystemExit(2)", "cannot be imported: SystemExit: 2"),
        ("def ParrotLearner(): raise KeyError('seed')", "failed when it was made: KeyError: 'seed'"),
    ],
)
def test_a_plug_in_whose_code_fails_is_named(install: Install, code: str, told: str) -> None:
    install("parrot", "parrot_learner:ParrotLearner", code)
    with pytest.raises(ValueError, match=rf"The learner 'parrot' of parrot-learner 1\.2 {told}"):
        load("parrot")


def test_options_that_a_learner_does_not_take_are_told() -> None:
    with pytest.raises(ValueError, match="'scripted' of fakes needs answers, which a name alone"):
        load("scripted")
    with pytest.raises(ValueError, match=r"cannot be made with the options .*'mood': 3"):
        load("scripted", answers={}, mood=3)
