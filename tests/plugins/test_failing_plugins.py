"""What the code of a plug-in raises, or returns by mistake, is told as an error of the plug-in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.docs.site import Ended, Site, failing
from tests.plugins.test_plugins import GRADER, MODEL, PROVIDER

RUN = (
    "run",
    "--limit",
    "2",
    "--task",
    "news",
    "--epochs",
    "1",
    "--jobs",
    "1",
    "--concurrency",
    "1",
    "--quiet",
)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """An empty folder of distributions."""
    return Site(tmp_path)


def resumable(ended: Ended) -> str:
    """The one paragraph of an error after which a run can be resumed."""
    assert ended.code == 3, ended
    assert "Traceback" not in ended.err
    assert "Internal error" not in ended.err
    line, hint = ended.err.splitlines()
    assert hint == "To go on: fbench resume r"
    assert line.startswith("Error: ")
    assert "the provider plug-in 'echo' failed " in line
    assert line.endswith("What was answered is saved: mend the plug-in, then go on with `fbench resume`.")
    return line


def provider(method: str, code: str) -> str:
    """The code of a provider that works, until the file `broken` is there: then a method begins with this."""
    head = next(line for line in PROVIDER.splitlines() if f"def {method}(" in line)
    indent = " " * 8
    broken = f"{indent}if __import__('os').path.exists('broken'):\n" + "".join(
        f"{indent}    {line}\n" for line in code.splitlines()
    )
    return PROVIDER.replace(f"{head}\n", f"{head}\n{broken}")


@pytest.mark.parametrize(
    ("method", "code", "words"),
    [
        ("ask", "raise ValueError('no such\\nmodel')", "in ask for the model echo:loud"),
        ("create", "return None", "in create for the model echo:loud: it returned a NoneType, not a "),
    ],
)
def test_a_provider_whose_code_fails_is_named_and_the_run_goes_on_once_it_is_mended(
    site: Site, method: str, code: str, words: str
) -> None:
    site.install("fbench-echo", "fbench.providers", {"echo": "PROFILE"}, provider(method, code), "1.2")
    (site.work / "broken").touch()
    assert words in resumable(site.fbench(*RUN, "--model", "echo:loud", "--out", "r"))
    (site.work / "broken").unlink()

    assert site.fbench("resume", "r", "--quiet", "--jobs", "1").code == 0
    assert {row["epochs"] for row in json.loads((site.work / "r/results.json").read_text())["rows"]} == {0, 1}


ONCE = """if model != "loud":
    import pathlib
    with pathlib.Path("asked").open("a") as asked:
        asked.write("x")
    if len(pathlib.Path("asked").read_text()) == 4:
        raise ValueError("the fourth")"""


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.long
def test_what_was_answered_before_is_kept_and_not_asked_again(site: Site, jobs: int) -> None:
    site.install("fbench-echo", "fbench.providers", {"echo": "PROFILE"}, provider("ask", ONCE), "1.2")
    (site.work / "broken").touch()
    run = [*RUN]
    run[run.index("--jobs") + 1] = str(jobs)
    assert "ValueError: the fourth" in resumable(
        site.fbench(*run, "--model", "echo:loud", "--seed", 1, "--seed", 2, "--out", "r")
    )
    asked = len((site.work / "asked").read_text())
    assert site.fbench("resume", "r", "--quiet", "--jobs", "1").code == 0
    everything = sum(1 for _ in answers(site, "r", "e1"))
    assert len((site.work / "asked").read_text()) == everything + 1, "only the question that failed, again"
    assert asked >= 4


def answers(site: Site, run: str, part: str) -> list[str]:
    """The answers of a run whose cells have this in their name."""
    rows = [json.loads(line) for line in site.fbench("grade", run).out.splitlines()]
    return [row["response"] for row in rows if part in row["cell"]]


def test_a_judge_of_a_plugin_that_fails_is_named(site: Site) -> None:
    site.install("fbench-echo", "fbench.providers", {"echo": "PROFILE"}, provider("ask", "1 / 0"), "1.2")
    (site.work / "a.jsonl").write_text('{"question": "Q?", "gold": "x", "response": "yes!"}\n')
    (site.work / "broken").touch()
    judge = ("--grader", "judge", "--judge", "echo:wise", "--upstream", "live", "--budget-usd", "9")
    ended = site.fbench("grade", "a.jsonl", *judge)

    assert "Internal error" not in ended.err, ended
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    "grade", ['Grade("correct", "lengthy", "x")', 'Grade(Verdict.CORRECT, "lengthy", None)']
)
def test_a_grade_of_wrong_values_is_an_error_of_the_grader(site: Site, grade: str) -> None:
    code = f"{GRADER}\n\ndef wrong(item, response):\n    return {grade}\n"
    site.install("fbench-lengthy", "fbench.graders", {"wrong": "wrong"}, code, "2.5")
    (site.work / "a.jsonl").write_text('{"question": "Q?", "gold": "x", "response": "yes!"}\n')
    ended = site.fbench("grade", "a.jsonl", "--grader", "wrong")
    assert "the grader plug-in 'wrong' must return a Grade of a Verdict and two texts" in ended.err


EXITS = "def plugin(*_):\n    raise SystemExit(0)\n"


@pytest.mark.parametrize(
    ("group", "command"),
    [
        ("fbench.datasets", ("plan", "--data", "plugin:x")),
        ("fbench.graders", ("grade", "a.jsonl", "--grader", "plugin")),
        ("fbench.reporters", ("report", "r", "--reporter", "plugin")),
    ],
)
def test_a_plugin_that_exits_is_told_like_one_that_raises(
    site: Site, group: str, command: tuple[str, ...]
) -> None:
    site.install("fbench-out", group, {"plugin": "plugin"}, EXITS, "1")
    (site.work / "a.jsonl").write_text('{"question": "Q?", "gold": "x", "response": "yes!"}\n')
    if group == "fbench.reporters":
        assert site.fbench(*RUN, "--model", MODEL, "--out", "r").code == 0
    ended = site.fbench(*command)

    assert ended.code in (1, 2), ended
    assert "plug-in 'plugin' failed" in ended.err
    assert "SystemExit" in ended.err


LEARNERS = """
from fakes.learners import Reply
from fakes.learners.scripted import ScriptedLearner


class Wrong(ScriptedLearner):
    def __init__(self):
        super().__init__(lambda prompt: Wrong.said(prompt))

    @staticmethod
    def said(prompt):
        raise RuntimeError("no\\nweights")


class Silent:
    def answer(self, prompt, **how):
        return "a text"


class NoReply(Wrong):
    def base(self, name):
        return Silent()


class Ends(Wrong):
    def base(self, name):
        raise SystemExit(3)
"""


@pytest.mark.parametrize(
    ("learner", "words", "jobs"),
    [
        ("Wrong", "RuntimeError: no weights", 2),
        ("NoReply", "AttributeError: ", 1),
        ("Ends", "SystemExit: 3", 1),
    ],
)
@pytest.mark.long
def test_a_learner_that_fails_is_named(site: Site, learner: str, words: str, jobs: int) -> None:
    site.install("wrong-learner", "fakes.learners", {"wrong": learner}, LEARNERS, "1")
    run = [*RUN, "--model", MODEL, "--learner", "wrong", "--out", "r"]
    run[run.index("--jobs") + 1] = str(jobs)
    ended = site.fbench(*run)

    assert ended.code == 1, ended
    assert "Traceback" not in ended.err
    assert "Internal error" not in ended.err
    error = next(line for line in ended.err.splitlines() if line.startswith("Error: "))
    assert "the learner 'wrong' failed at " in error
    assert words in error


DATASETS = """
from fbench.datasets import AnswerKind, Dataset, Fact, Question, Split

FACT = Fact(id="f", task="news", cluster="f", prompt="Who?", answer="Ona")


def asked(**more):
    whole = dict(
        id="q", task="news", split=Split.MEMORIZATION, fact="f", cluster="f", prompt="Who?", text="Who?",
        gold=("Ona",), kind=AnswerKind.NAME,
    )
    return Question(**{**whole, **more})


def load(what):
    facts, questions = {
        "twice": ((FACT, FACT), (asked(),)),
        "questions": ((FACT,), (asked(), asked())),
        "missing": ((FACT,), (asked(fact="g"),)),
        "also": ((FACT,), (asked(also=("h",)),)),
        "none": ((FACT,), ()),
        "name": ((FACT,), (asked(),)),
    }[what]
    return Dataset(name=None if what == "name" else "hub", source=what, facts=facts, questions=questions)
"""


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("twice", "hub:twice: two facts have the id 'f'"),
        ("questions", "hub:questions: two questions have the id 'q'"),
        ("missing", "hub:missing: the question 'q' needs the fact 'g', which is not there"),
        ("also", "hub:also: the question 'q' needs the fact 'h', which is not there"),
        ("none", "hub:none: there is no question"),
        ("name", "hub:name, field 'name': must be a text, got None"),
    ],
)
def test_a_dataset_that_cannot_be_asked_is_refused_before_a_run(site: Site, what: str, words: str) -> None:
    site.install("fbench-hub", "fbench.datasets", {"hub": "load"}, DATASETS, "0.1")
    said = failing(site.fbench(*RUN, "--data", f"hub:{what}", "--model", MODEL, "--out", "r"))

    assert words in said
    assert said.endswith("; the dataset plug-in 'hub' must be mended.")
    assert not (site.work / "r").exists()


def test_what_a_plugin_prints_does_not_come_among_the_results(site: Site) -> None:
    printing = "print('hello from its module')\n"
    head = "def lengthy(item, response):"
    aloud = GRADER.replace(head, f"{head}\n    print('graded')")
    site.install("fbench-lengthy", "fbench.graders", {"lengthy": "lengthy"}, printing + aloud, "2.5")
    (site.work / "a.jsonl").write_text('{"question": "Q?", "gold": "x", "response": "yes!"}\n')
    graded, doctor = site.fbench("grade", "a.jsonl", "--grader", "lengthy"), site.fbench("doctor", "--json")

    assert json.loads(graded.out)["grader"] == "lengthy"
    assert "hello from its module" in graded.err
    assert "graded" in graded.err
    assert json.loads(doctor.out)["plugins"] == ["fbench.graders: lengthy, of fbench-lengthy 2.5"]
