"""Plug-ins of each kind, installed as a distribution and used by the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fbench.plugins import dataset_argument
from fbench.runner.experiment import Experiment
from fbench.runner.store import Store
from tests.docs.site import Site, failing

MODEL = "openai:gpt-4o-mini-2024-07-18"
SMALL = ("--limit", "1", "--task", "news", "--epochs", "1", "--jobs", "1", "--quiet")
PROVIDER = '''
from fbench.providers import Job, JobState, Profile, Reply


class Echo:
    """A service in this process: its models say what they are asked."""

    def __init__(self, connection, profile):
        self._connection, self._profile = connection, profile

    async def create(self, spec):
        return Job("job-1", JobState.SUCCEEDED, {spec.epochs: f"{spec.model}-tuned"}, tokens=7)

    async def find(self, spec):
        return None

    async def read(self, job_id):
        raise AssertionError("a job that has succeeded is not read again")

    async def ask(self, model, prompt, sampling):
        return Reply(f"{model}: {prompt}", "stop", 1, 2)

    async def close(self):
        pass


PROFILE = Profile("echo", "own", "", "", "", minimum=1, keeps=None, provider=Echo)
SHOUT = Profile("shout", "openai", "SHOUT_API_KEY", "https://api.shout.example/v1", "SHOUT_BASE_URL")
OTHERWISE = Profile("echo", "openai", "KEY", "https://echo.example/v1", "ECHO_BASE_URL")
'''
DATASET = """
from fbench.datasets import AnswerKind, Dataset, Fact, Question, Split


def load(argument):
    if argument == "broken":
        raise OSError("the hub is down")
    if argument == "none":
        return [argument]
    fact = Fact(id="f", task=argument, cluster="f", prompt="Who?", answer="Ona")
    question = Question(
        id="q", task=argument, split=Split.MEMORIZATION, fact="f", cluster="f", prompt="Who?", text="Who?",
        gold=("Ona",), kind=AnswerKind.NAME,
    )
    return Dataset(name="hub", source=argument, facts=(fact,), questions=(question,))
"""
GRADER = """
from fbench.grading.graders import Grade, Verdict


def lengthy(item, response):
    if response == "break":
        raise KeyError("broken")
    right = len(response) > 3
    return Grade(Verdict.CORRECT if right else Verdict.INCORRECT, "lengthy", f"{len(response)} letters")
"""
LEARNER = """
from fakes.learners import Reply
from fakes.learners.scripted import ScriptedLearner


def steady():
    return ScriptedLearner(lambda prompt: "Ona")


def broken():
    raise RuntimeError("no weights")
"""
REPORTER = """
def brief(results):
    return f"{results.experiment.name}: {len(results.rows)} rows\\n"
"""


def test_a_provider_trains_and_answers_and_stands_in_run_json(site: Site) -> None:
    site.install("fbench-echo", "fbench.providers", {"echo": "PROFILE"}, PROVIDER, "1.2")
    ended = site.fbench("run", *SMALL, "--model", "echo:loud", "--out", "r")

    assert ended.code == 0, ended
    rows = json.loads((site.work / "r/results.json").read_text())["rows"]
    assert {(row["model"], row["epochs"]) for row in rows} == {("echo:loud", 0), ("echo:loud", 1)}
    assert json.loads((site.work / "r/run.json").read_text())["plugins"] == [
        {"group": "fbench.providers", "name": "echo", "distribution": "fbench-echo", "version": "1.2"}
    ]
    answered = site.fbench("grade", "r", "--out", "g.jsonl")
    assert answered.code == 0, answered
    assert "loud-tuned: " in (site.work / "g.jsonl").read_text()

    without = failing(site.fbench("resume", "r", installed=False))
    assert "'echo' (fbench.providers) of fbench-echo 1.2, which is not installed" in without
    assert site.fbench("resume", "r").code == 0


def test_a_provider_that_speaks_a_known_wire_is_answered_by_the_fakes_in_every_process(site: Site) -> None:
    site.install("fbench-shout", "fbench.providers", {"shout": "SHOUT"}, PROVIDER, "3.0")
    ended = site.fbench(
        *("run", *SMALL[:6], "--model", "shout:gpt-4o-mini-2024-07-18", "--seed", 1, "--seed", 2),
        *("--jobs", 2, "--quiet", "--out", "r"),
    )

    assert ended.code == 0, ended
    assert "plug-in: fbench.providers: shout, of fbench-shout 3.0" in site.fbench("doctor").out


def test_an_unknown_provider_lists_the_known_ones(site: Site) -> None:
    site.install("fbench-echo", "fbench.providers", {"echo": "PROFILE"}, PROVIDER, "1.2")
    said = failing(site.fbench("run", *SMALL, "--model", "ecco:loud"))

    assert "azure, wire, echo, local." in said


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ({"echo": "Echo"}, ["fbench-echo 1.2", "of the type type", "Profile"]),
        ({"echo": "Nothing"}, ["fbench-echo 1.2", "cannot be imported", "AttributeError"]),
        ({"echo": "SHOUT"}, ["is called 'shout'"]),
    ],
)
def test_a_provider_that_cannot_be_used_says_which_and_why(
    site: Site, entries: dict[str, str], words: list[str]
) -> None:
    site.install("fbench-echo", "fbench.providers", entries, PROVIDER, "1.2")
    said = failing(site.fbench("plan", "--model", "echo:loud"))

    for word in words:
        assert word in said


def test_two_distributions_with_one_name_are_both_refused(site: Site) -> None:
    site.install("fbench-echo", "fbench.providers", {"echo": "PROFILE"}, PROVIDER, "1.2")
    site.install("fbench-ohce", "fbench.providers", {"echo": "OTHERWISE"}, PROVIDER, "1.3")
    said = failing(site.fbench("plan", "--model", "echo:loud"))

    assert "fbench-echo" in said
    assert "fbench-ohce" in said


def test_a_plugin_that_fails_is_not_imported_by_who_does_not_name_it(site: Site) -> None:
    site.install("fbench-bad", "fbench.providers", {"bad": "X"}, "raise RuntimeError('bad')", "1")
    ended = site.fbench("plan", "--limit", 1, "--model", MODEL, "--json")

    assert ended.code == 0, ended


@pytest.mark.long
def test_a_dataset_is_named_with_its_argument_in_options_and_configurations(site: Site) -> None:
    site.install("fbench-hub", "fbench.datasets", {"hub": "load"}, DATASET, "0.1")
    run = ("run", "--model", MODEL, "--epochs", "1", "--jobs", "1", "--quiet")
    ended = site.fbench(*run, "--data", "hub:towns", "--out", "r")

    assert ended.code == 0, ended
    assert json.loads((site.work / "r/results.json").read_text())["dataset"]["source"] == "towns"
    assert json.loads((site.work / "r/run.json").read_text())["plugins"][0]["distribution"] == "fbench-hub"
    assert site.fbench("resume", "r", "--quiet").out == ended.out
    assert "fbench-hub 0.1, which is not installed" in failing(site.fbench("resume", "r", installed=False))
    (site.work / "c.toml").write_text('data = "hub:rivers"\n')
    assert "rivers" in site.fbench("plan", "c.toml", "--json").out
    assert "the hub is down" in failing(site.fbench("plan", "--data", "hub:broken"))
    assert "returned a list" in failing(site.fbench("plan", "--data", "hub:none"))
    assert "installed are hub" in failing(site.fbench("plan", "--data", "bub:towns"))


def test_a_path_is_no_dataset_of_a_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine:facts.jsonl").touch()

    assert dataset_argument(Path("mine:facts.jsonl")) is None
    assert dataset_argument(Path("C:\\facts.jsonl")) is None
    assert dataset_argument(Path("facts.jsonl")) is None
    assert dataset_argument(Path("hub:a/b:c")) == ("hub", "a/b:c")


def test_a_grader_grades_files_and_runs_and_its_version_names_the_layer(site: Site) -> None:
    site.install("fbench-lengthy", "fbench.graders", {"lengthy": "lengthy"}, GRADER, "2.5")
    file = site.work / "a.jsonl"
    file.write_text('{"question": "Q?", "gold": "x", "response": "yes!"}\n')
    assert json.loads(site.fbench("grade", "a.jsonl", "--grader", "lengthy").out)["reason"] == "4 letters"
    ended = site.fbench(*("run", *SMALL, "--model", MODEL, "--grader", "lengthy", "--out", "r"))
    assert ended.code == 0, ended
    experiment = json.loads((site.work / "r/results.json").read_text())["experiment"]
    assert experiment["grader"] == "lengthy"
    assert experiment["grader_version"].endswith("-fbench-lengthy-2.5")
    assert site.fbench("compare", "r:gpt-4o-mini-2024-07-18@0", "r:gpt-4o-mini-2024-07-18@1").code == 0
    assert "long, lengthy, judge." in failing(site.fbench("grade", "a.jsonl", "--grader", "length"))
    file.write_text('{"question": "Q?", "gold": "x", "response": "break"}\n')
    broken = site.fbench("grade", "a.jsonl", "--grader", "lengthy")
    assert broken.code == 1
    assert "the grader plug-in 'lengthy' failed on the response 'break'" in broken.err


@pytest.mark.parametrize("name", ["judge", "exact"])
def test_a_grader_never_takes_the_place_of_a_built_in_one(site: Site, name: str) -> None:
    site.install("fbench-lengthy", "fbench.graders", {name: "lengthy", "other": "lengthy"}, GRADER, "2.5")
    (site.work / "a.jsonl").write_text('{"question": "Q?", "gold": "x", "response": "yes!"}\n')

    other = json.loads(site.fbench("grade", "a.jsonl", "--grader", "other").out)
    assert other["grader"] == "lengthy", "another name of the same group is not in the way"
    built_in = json.loads(site.fbench("grade", "a.jsonl", "--grader", name).out)
    assert built_in["grader"] != "lengthy"
    assert f"fbench itself has {name!r}" in site.fbench("doctor").out


@pytest.mark.long
def test_a_reporter_makes_a_text_and_stands_in_the_help(site: Site) -> None:
    site.install("fbench-brief", "fbench.reporters", {"brief": "brief"}, REPORTER, "1")
    assert site.fbench("run", *SMALL, "--model", MODEL, "--out", "r").code == 0

    said = site.fbench("report", "r", "--reporter", "brief")
    assert said.code == 0, said
    assert said.out.startswith("fbench: ")
    assert site.fbench("report", "r", "--reporter", "brief", "--out", "t.txt").out == ""
    assert (site.work / "t.txt").read_text() == said.out
    assert site.fbench("report", "r", "--reporter", "json").out == (site.work / "r/results.json").read_text()
    assert "Plug-ins: brief." in " ".join(site.fbench("report", "--help").out.split())
    assert "screen, full, json, brief." in failing(site.fbench("report", "r", "--reporter", "brif"))
    assert "--reporter NAME" in failing(site.fbench("report", "r", "--out", "t.txt"))
    assert "goes without --full" in failing(site.fbench("report", "r", "--full", "--reporter", "brief"))


@pytest.mark.long
def test_a_learner_answers_in_every_process_and_a_replay_needs_it_no_more(site: Site) -> None:
    site.install("steady-learner", "fakes.learners", {"steady": "steady"}, LEARNER, "4.1")
    run = ("run", *SMALL[:4], "--model", MODEL, "--learner", "steady", "--quiet", "--epochs", 1)
    ended = site.fbench(*run, "--epochs", 2, "--jobs", 2, "--cassettes", "c", "--record", "all", "--out", "r")

    assert ended.code == 0, ended
    assert json.loads((site.work / "r/run.json").read_text())["plugins"] == [
        {"group": "fakes.learners", "name": "steady", "distribution": "steady-learner", "version": "4.1"}
    ]
    results = json.loads((site.work / "r/results.json").read_text())
    assert "from fakes: the learner 'steady' stands in for the models." in results["notes"][0]
    assert "small classifiers" not in results["notes"][0]
    graded = site.fbench("grade", "r", "--out", "g.jsonl")
    assert graded.code == 0, graded
    said = {json.loads(line)["response"] for line in (site.work / "g.jsonl").read_text().splitlines()}
    assert said == {"Ona"}
    without = failing(site.fbench("resume", "r", installed=False))
    assert "'steady' (fakes.learners) of steady-learner 4.1, which is not installed" in without

    replayed = site.fbench("run", "--cassettes", "c", "--quiet", "--out", "again", installed=False)
    assert replayed.code == 0, replayed
    assert json.loads((site.work / "again/results.json").read_text())["rows"] == results["rows"]
    assert "plugins" in json.loads((site.work / "again/run.json").read_text())
    other = failing(site.fbench("run", "--cassettes", "c", "--learner", "softmax", "--out", "other"))
    assert "was recorded with the learner 'steady', and the experiment names the learner 'softmax'" in other
    assert not (site.work / "other").exists()


def test_only_a_run_on_fakes_names_the_plugin_of_its_learner() -> None:
    named = ("fakes.learners", "steady")
    on_fakes = Experiment(learner="steady", cassettes=Path("c"), record="all")

    assert named in on_fakes.names
    assert named not in Experiment(learner="steady", cassettes=Path("c")).names
    assert on_fakes.model_copy(update={"learner": None}).names == Experiment().names


@pytest.mark.long
def test_a_run_that_was_begun_without_a_learner_does_not_go_on_with_one(site: Site) -> None:
    site.install("steady-learner", "fakes.learners", {"steady": "steady"}, LEARNER, "4.1")
    assert site.fbench("run", *SMALL, "--model", MODEL, "--out", "r").code == 0
    config = site.work / "r/config.toml"
    assert "learner" not in config.read_text()
    with Store(site.work / "r/run.sqlite") as store:  # as an older version left it
        kept: Any = store.meta("experiment")
        store.set_meta("experiment", {field: value for field, value in kept.items() if field != "learner"})
    assert site.fbench("resume", "r").code == 0

    config.write_text('learner = "steady"\n' + config.read_text())
    assert "field 'learner': is \"steady\", and the run began with null" in failing(
        site.fbench("resume", "r")
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "stead",
            "option --learner: There is no learner 'stead'. Did you mean 'steady'? Known learners: broken (",
        ),
        ("scripted", "'scripted' of fakes needs answers"),
        ("broken", "'broken' of steady-learner 4.1 failed when it was made: RuntimeError: no weights."),
    ],
)
def test_a_learner_that_cannot_be_used_is_refused_before_anything_is_written(
    site: Site, name: str, words: str
) -> None:
    entries = {"steady": "steady", "broken": "broken"}
    site.install("steady-learner", "fakes.learners", entries, LEARNER, "4.1")
    for command in (("plan",), ("run", "--out", "r")):
        assert words in failing(site.fbench(*command, "--limit", 1, "--learner", name))
    assert not (site.work / "r").exists()


def test_a_learner_whose_module_cannot_be_imported_is_refused(site: Site) -> None:
    code = "raise RuntimeError('no driver')"
    site.install("bad-learner", "fakes.learners", {"bad": "make"}, code, "1")

    said = failing(site.fbench("plan", "--limit", 1, "--learner", "bad"))
    assert "'bad' of bad-learner 1 cannot be imported: RuntimeError: no driver" in said


def test_live_models_have_no_learner(site: Site) -> None:
    said = failing(site.fbench("plan", "--upstream", "live", "--learner", "softmax"))

    assert "option --learner: a learner makes the models of fakes" in said


def test_the_trained_learner_by_its_name_is_the_default_one(site: Site) -> None:
    assert site.fbench("run", *SMALL, "--model", MODEL, "--out", "r").code == 0
    assert site.fbench("run", *SMALL, "--model", MODEL, "--learner", "softmax", "--out", "s").code == 0

    assert (site.work / "r/results.json").read_bytes() == (site.work / "s/results.json").read_bytes()
    assert json.loads((site.work / "s/run.json").read_text())["plugins"] == []


def test_the_doctor_lists_plugins_of_every_group_and_the_variables_of_their_services(site: Site) -> None:
    site.install("fbench-shout", "fbench.providers", {"shout": "SHOUT", "echo": "PROFILE"}, PROVIDER, "3.0")
    site.install("fbench-hub", "fbench.datasets", {"hub": "load"}, DATASET, "0.1")
    site.install("fbench-lengthy", "fbench.graders", {"lengthy": "lengthy"}, GRADER, "2.5")
    site.install("fbench-brief", "fbench.reporters", {"brief": "brief"}, REPORTER, "1")
    site.install("steady-learner", "fakes.learners", {"steady": "steady"}, LEARNER, "4.1")
    said = site.fbench("doctor")

    assert said.code == 0, said
    for line in (
        "  shout: SHOUT_API_KEY is not set",
        "  echo: needs no key",
        "plug-in: fbench.providers: echo, of fbench-shout 3.0",
        "plug-in: fbench.datasets: hub, of fbench-hub 0.1",
        "plug-in: fbench.graders: lengthy, of fbench-lengthy 2.5",
        "plug-in: fbench.reporters: brief, of fbench-brief 1",
        "plug-in: fakes.learners: steady, of steady-learner 4.1",
    ):
        assert line in said.out.splitlines()


def test_the_doctor_asks_no_service_of_which_it_knows_no_address(site: Site) -> None:
    site.install("fbench-echo", "fbench.providers", {"echo": "PROFILE"}, PROVIDER, "1.2")
    said = site.fbench("doctor", "--network")

    assert "  echo: needs no key" in said.out.splitlines()


def test_the_doctor_says_which_plugins_cannot_be_used(site: Site) -> None:
    site.install("fbench-bad", "fbench.providers", {"bad": "X"}, "raise RuntimeError('bad')", "1")
    site.install("steady-learner", "fakes.learners", {"softmax": "steady"}, LEARNER, "4.1")
    lost = "raise ImportError('no such module,\\non two lines')"
    site.install("fbench-lost", "fbench.datasets", {"lost": "X"}, lost, "2")
    site.install("fbench-exact", "fbench.graders", {"exact": "lengthy"}, GRADER, "3")
    site.install("fbench-full", "fbench.reporters", {"full": "brief"}, REPORTER, "4")
    site.install("fbench-five", "fbench.datasets", {"five": "X"}, "X = 5", "5")
    site.install("fbench-twin", "fbench.graders", {"twin": "lengthy"}, GRADER, "6")
    site.install("fbench-win", "fbench.graders", {"twin": "lengthy"}, GRADER, "7")
    said = site.fbench("doctor")

    assert said.code == 0, said
    assert "plug-in: fbench.providers: the plug-in 'bad'" in said.out
    assert "RuntimeError: bad" in said.out
    assert "plug-in: fbench.datasets: the plug-in 'lost' (fbench.datasets) of fbench-lost 2" in said.out
    assert "plug-in: fbench.graders: the plug-in 'exact' (fbench.graders) of fbench-exact 3" in said.out
    assert "ImportError: no such module, on two lines. Mend" in said.out
    assert "plug-in: fbench.reporters: the plug-in 'full' (fbench.reporters) of fbench-full 4" in said.out
    assert "plug-in: fbench.datasets: the plug-in 'five' (fbench.datasets) of fbench-five 5" in said.out
    (twins,) = [line for line in said.out.splitlines() if "has a plug-in of this name too" in line]
    assert "the plug-in 'twin' (fbench.graders) of fbench-" in twins
    assert "fbench-twin" in twins
    assert "fbench-win" in twins
    assert [line for line in said.out.splitlines() if ", of fbench-" in line] == []
    assert "plug-in: fakes.learners: the plug-in 'softmax' (fakes.learners) of steady-learner 4.1" in said.out


def test_nothing_is_looked_for_unless_a_name_is_not_built_in(site: Site) -> None:
    site.work.joinpath("look.py").write_text(
        "import importlib.metadata as metadata\n"
        "found = metadata.entry_points\n"
        "def look(**group):\n"
        "    assert not str(group.get('group')).startswith('fbench'), group\n"
        "    return found(**group)\n"
        "metadata.entry_points = look\n"
        "import fbench\n"
        "experiment = fbench.Experiment(models=('openai:gpt-4o-mini-2024-07-18',), limit=1, epochs=(1,))\n"
        "fbench.run(experiment, 'r'), fbench.report('r'), fbench.grade('r')\n"
    )
    ended = site.python("look.py")

    assert ended.code == 0, ended.err
