"""What `import fbench` offers: as a notebook uses it, where an event loop is running, and at what cost."""

from __future__ import annotations

import doctest
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import fbench
from fbench import errors
from fbench.analysis.stats import cohen_kappa

ROOT = Path(__file__).resolve().parents[2]
MODEL = "openai:gpt-4o-mini-2024-07-18"
ROWS: list[dict[str, object]] = [
    {"question": "How many?", "gold": "7", "response": "seven", "note": 1.5},
    {"question": "Who?", "gold": ["Ona Tell", "Tell"], "response": "I do not know."},
]

NOTEBOOK = """
import fbench

data = fbench.load_dataset(tasks=["news"], limit=2)
model = "openai:gpt-4o-mini-2024-07-18"
experiment = fbench.Experiment(models=(model,), tasks=("news",), limit=2, epochs=(1,))
planned = fbench.plan(experiment)
assert planned.total.questions == 2 * len(data.questions), planned.total
results = fbench.run(experiment, "r", concurrency=4)
assert [row.n for row in results.rows if row.split == "memorization"] == [2, 2]
rows = fbench.grade("r")
assert len(rows) == planned.total.questions
assert all(isinstance(row.verdict, fbench.Verdict) for row in rows)
judged = fbench.grade("r", grader="judge")
assert {row.grader for row in judged} - {"cut_off"} == {"fake_judge"}
told = fbench.disagreements("r")
assert len(told.rows) == sum(told.counts.values()) and told.answers == len(rows)
right = [{**row.fields, "ok": row.verdict == "correct"} for row in rows]
agreed = fbench.agreement(right, human="ok")
graded = sum(row.verdict != "ungraded" for row in rows)
assert agreed.rows == [] and agreed.n == graded > 0 and "differ on 0" in str(agreed)
compared = fbench.compare("r:gpt-4o-mini-2024-07-18@0", "r:gpt-4o-mini-2024-07-18@1")
assert compared.rows[0].n == 2
screen = fbench.report("r")
assert "FAKE" in screen and screen.count("\\n") <= 40
assert "FAKE" in fbench.report(results) and "Threat to validity" in fbench.report("r", full=True)
assert "only B" in fbench.report(compared) and "detects" in fbench.report(planned)
assert "| task | model (FAKE) |" in fbench.report("r", reporter="markdown")
assert fbench.resume("r") == results
assert fbench.load_dataset(tasks=["news"], limit=2) == data and fbench.plan(experiment) == planned
assert fbench.run(experiment, "again") == results and fbench.grade("r") == rows
assert fbench.compare("r", "again") == fbench.compare("r", "again")
assert fbench.report("r") == screen and fbench.resume("r") == results
print("done")
"""
EVERY_MODULE = """
import pkgutil, importlib
import fbench
for module in pkgutil.walk_packages(fbench.__path__, "fbench."):
    if module.name not in ("fbench.__main__", "fbench.testing.plugin"):
        importlib.import_module(module.name)
"""
IN_A_LOOP = """
import asyncio

async def cell():
    exec(SOURCE, {})

asyncio.run(cell())
"""


def python(
    folder: Path, code: str, *options: str, arguments: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return subprocess.run(
        [sys.executable, *options, "-c", code, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


@pytest.mark.parametrize("loop", [False, True], ids=["a script", "a running event loop"])
def test_a_notebook_works_with_public_names_alone_after_every_module_was_imported(
    tmp_path: Path, loop: bool
) -> None:
    source = EVERY_MODULE + NOTEBOOK
    ended = python(tmp_path, f"SOURCE = {source!r}\n{IN_A_LOOP}" if loop else source)

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "done\n"


def test_the_example_of_the_help_does_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = doctest.testmod(fbench)

    assert found.attempted > 10
    assert found.failed == 0


CLASSES = {
    "Comparison",
    "Dataset",
    "Disagreements",
    "Experiment",
    "Fact",
    "GradedRow",
    "HumanAgreement",
    "PlanReport",
    "Progress",
    "Question",
    "Results",
    "Verdict",
    *(name for name in errors.__all__ if name not in ("told", "OfField")),
}


def test_every_public_name_is_there_listed_and_explained() -> None:
    assert fbench.__all__ == sorted(fbench.__all__)
    page = fbench.__doc__ or ""
    for name in (*fbench.__all__, *CLASSES):
        assert name in dir(fbench), name
        assert (getattr(fbench, name).__doc__ or "").strip(), name
        assert name in page, name
    for name in fbench.__all__:
        doc = getattr(fbench, name).__doc__
        assert "Raises:" in doc, name
        assert "Args:" in doc, name


def test_the_help_is_short_and_shows_each_function_and_nothing_inherited(tmp_path: Path) -> None:
    page = python(tmp_path, "import fbench; help(fbench)").stdout

    # pydoc of Python 3.13 sets each parameter on a line of its own
    assert page.count("\n") < (400 if sys.version_info < (3, 13) else 500)
    assert not re.search(r"BaseModel|Method resolution|^CLASSES", page, re.MULTILINE)
    for name in fbench.__all__:
        assert re.search(rf"^    {name}\(", page, re.MULTILINE), name


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nosuch"):
        getattr(fbench, "nosuch")  # noqa: B009 - pyright would refuse it


def test_importing_fbench_imports_next_to_nothing(tmp_path: Path) -> None:
    code = "import sys; before = set(sys.modules); import fbench; print(sorted(set(sys.modules) - before))"
    assert python(tmp_path, code).stdout.strip() == "['fbench', 'fbench.version']"


@pytest.mark.parametrize("command", ["run", "plan", "resume", "compare", "report"])
def test_the_help_of_a_command_imports_little(tmp_path: Path, command: str) -> None:
    heavy = (
        "pydantic",
        "numpy",
        "httpx2",
        "openai",
        "rich",
        "asyncio",
        "importlib.metadata",
        "fbench.datasets",
    )
    code = (
        "import sys\nfrom fbench.cli import cli\n"
        f"cli.main([{command!r}, '--help'], standalone_mode=False)\n"
        f"print('HEAVY', [name for name in {heavy!r} if name in sys.modules])\n"
    )
    allowed = ["importlib.metadata"] if command == "report" else []  # its help lists plug-ins
    assert python(tmp_path, code).stdout.splitlines()[-1] == f"HEAVY {allowed}"


def test_the_doctor_imports_no_model_of_data(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom fbench.cli import cli\ncli.main(['doctor'], standalone_mode=False)\n"
        "print('HEAVY', [name for name in ('pydantic', 'numpy', 'asyncio') if name in sys.modules])\n"
    )
    assert python(tmp_path, code).stdout.splitlines()[-1] == "HEAVY []"


def test_rows_are_graded_and_keep_what_stood_in_them() -> None:
    first, second = fbench.grade(ROWS)

    assert (first.verdict, second.verdict) == ("correct", "abstained")
    assert first.fields == ROWS[0]
    assert second.gold == ("Ona Tell", "Tell")
    assert first.to_dict() == {
        **ROWS[0],
        "verdict": "correct",
        "grader": first.grader,
        "reason": first.reason,
    }
    assert fbench.grade(iter(ROWS)) == [first, second]
    assert fbench.grade([]) == []


def test_rows_are_graded_as_those_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text("".join(f"{json.dumps(row)}\n" for row in ROWS), encoding="utf-8")

    assert fbench.grade(file) == fbench.grade(ROWS)
    assert fbench.grade(str(file), grader="exact")[0].verdict == "incorrect"


def test_columns_can_be_named_and_what_is_not_there_is_left_out() -> None:
    rows = [{"q": "Who?", "right": "Tell|Ona", "said": "Ona", "answer_before": float("nan"), "kind": None}]
    (made,) = fbench.grade(
        rows, columns={"question": "q", "gold": "right", "response": "said"}, gold_separator="|"
    )

    assert made.verdict == "correct"
    with pytest.raises(fbench.UsageError, match="unknown 'answer'"):
        fbench.grade(rows, columns={"answer": "said"})


def test_a_wrong_row_is_named_by_its_place() -> None:
    with pytest.raises(fbench.DataError, match=r"^rows, row 2, field 'gold': the field is missing") as wrong:
        fbench.grade([*ROWS[:1], {"question": "Who?", "response": "Ona"}])

    assert (wrong.value.file, wrong.value.row, wrong.value.field) == ("rows", 2, "gold")


def test_errors_say_what_to_do_in_the_words_of_this_interface(tmp_path: Path) -> None:
    with pytest.raises(fbench.UsageError, match="with budget_usd"):
        fbench.run(fbench.Experiment(upstream="live"), tmp_path / "r")
    with pytest.raises(fbench.UsageError, match="holds no run"):
        fbench.resume(tmp_path)
    with pytest.raises(fbench.UsageError, match=r"grader 'x': it is one of"):
        fbench.grade(ROWS, grader="x")
    with pytest.raises(fbench.UsageError, match="unknown reporter 'x'"):
        fbench.report(tmp_path, reporter="x")
    with pytest.raises(fbench.UsageError, match="cannot be read"):
        fbench.plan(tmp_path / "none.toml")
    assert not (tmp_path / "r").exists()


def test_a_run_that_was_stopped_says_how_to_go_on_and_does(tmp_path: Path) -> None:
    class Interrupts(fbench.Progress):
        def answered(self, count: int) -> None:  # noqa: ARG002 - the base class's parameter
            os.kill(os.getpid(), 2)

    experiment = fbench.Experiment(models=(MODEL,), tasks=("news",), limit=2, epochs=(1,))
    with pytest.raises(fbench.Incomplete) as stopped:
        fbench.run(experiment, tmp_path / "r", concurrency=1, progress=Interrupts())
    assert stopped.value.__notes__ == [f"To go on: fbench.resume({str(tmp_path / 'r')!r})"]
    assert "fbench resume" in fbench.report(tmp_path / "r")

    resumed = fbench.resume(tmp_path / "r")
    assert resumed == fbench.run(experiment, tmp_path / "whole")
    about = json.loads((tmp_path / "r/run.json").read_text())
    assert (about["command"], about["last_command"]) == (["fbench.run"], ["fbench.resume"])
    assert about["plugins"] == []


def test_without_a_folder_a_run_takes_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "e.toml").write_text(
        f'models = ["{MODEL}"]\ntasks = ["news"]\nlimit = 1\nepochs = [1]\n', encoding="utf-8"
    )
    assert fbench.run("e.toml") == fbench.run(Path("e.toml"))
    assert sorted(each.name for each in (tmp_path / "runs").iterdir()) == ["1", "2"]


JUDGED: list[dict[str, object]] = [
    {
        "question": f"Q{n % 20}?",
        "gold": "x",
        "response": "x" if n % 3 else "y",
        "ok": n % 4 > 0,
        "n": n,
        "all": 1,
    }
    for n in range(60)
]


def test_a_persons_verdicts_are_compared_as_the_command_line_compares_them(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text("".join(f"{json.dumps(row)}\n" for row in JUDGED), encoding="utf-8")
    found = fbench.agreement(file, human="ok")
    code = "import sys; from fbench.cli import main; main()"
    said = python(tmp_path, code, arguments=("grade", "a.jsonl", "--human", "ok", "--disagreements"))

    for line in said.stderr.splitlines()[1:22]:
        assert line in str(found), line
    assert str(found).endswith("the attribute rows has them all")
    differing = [json.loads(line) for line in said.stdout.splitlines()]
    assert [row.to_dict() for row in found.rows] == differing
    assert (
        found.differing
        == len(differing)
        == sum(n for (one, other), n in found.counts.items() if one != other)
    )
    assert found.kappa is not None
    pairs = [(row["response"] == "x", row["ok"]) for row in JUDGED]
    words = [("cn"[not one], "cn"[not other]) for one, other in pairs]
    assert found.kappa == cohen_kappa(words, clusters=[row["question"] for row in JUDGED])
    assert fbench.agreement(JUDGED, "ok").kappa == found.kappa
    assert [row.fields for row in fbench.agreement(iter(JUDGED), "ok").rows] == [
        row.fields for row in found.rows
    ]


def test_who_depends_on_whom_and_what_is_not_compared_can_be_said() -> None:
    rows = [*JUDGED, {**JUDGED[0], "ok": None}, {**JUDGED[0], "ok": ""}]
    alone, together = (fbench.agreement(rows, "ok", cluster=name).kappa for name in ("n", "all"))

    assert fbench.agreement(rows, "ok").left_out == {"not judged": 2, "ungraded": 0}
    assert alone is not None
    assert together is not None
    assert alone.value == together.value
    assert (together.low, together.high) == (-1, 1)
    assert fbench.agreement(rows[-1:], "ok").kappa is None


def test_a_word_that_is_no_verdict_and_a_column_that_is_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(fbench.DataError, match=r"^rows, row 2, field 'ok': 'perhaps' is no verdict"):
        fbench.agreement([JUDGED[0], {**JUDGED[1], "ok": "perhaps"}], "ok")
    with pytest.raises(fbench.DataError, match=r"^rows, field 'absent': no row has this field"):
        fbench.agreement(JUDGED, "absent")
    with pytest.raises(fbench.UsageError, match="is a run"):
        fbench.agreement(tmp_path, "ok")
    with pytest.raises(fbench.UsageError, match="only a run has layers"):
        fbench.disagreements(tmp_path / "a.jsonl")


def test_two_layers_of_a_run_can_be_named(tmp_path: Path) -> None:
    fbench.run(fbench.Experiment(models=(MODEL,), tasks=("news",), limit=1, epochs=(1,)), tmp_path / "r")
    with pytest.raises(fbench.UsageError, match="two layers of grades are needed"):
        fbench.disagreements(tmp_path / "r")
    fbench.grade(tmp_path / "r", grader="exact")
    found = fbench.disagreements(tmp_path / "r")
    turned = fbench.disagreements(tmp_path / "r", *reversed(found.layers))

    assert turned.layers == (found.layers[1], found.layers[0])
    assert len(turned.rows) == len(found.rows)
    with pytest.raises(fbench.UsageError, match="name two different layers to compare, not 1: this run has"):
        fbench.disagreements(tmp_path / "r", found.layers[0])


@pytest.mark.terse(
    reason="of two models that refuse or are cut off, neither alone is right", under=["refusing", "cut"]
)
def test_what_compare_and_plan_return_is_shown_as_the_command_line_shows_it(tmp_path: Path) -> None:
    experiment = fbench.Experiment(models=(MODEL,), tasks=("news",), limit=2, epochs=(1,))
    fbench.run(experiment, tmp_path / "r")
    sides = [f"r:gpt-4o-mini-2024-07-18@{epochs}" for epochs in (0, 1)]
    code = "from fbench.cli import main; main()"
    told = python(tmp_path, code, arguments=("compare", *sides)).stdout
    items = python(tmp_path, code, arguments=("compare", *sides, "--items")).stdout
    planned = ("plan", "--model", MODEL, "--task", "news", "--limit", "2", "--epochs", "1")
    compared = fbench.compare(*(f"{tmp_path}/{side}" for side in sides))
    compared = compared.model_copy(update=dict(zip("ab", sides, strict=True)))

    assert fbench.report(compared) == told
    assert fbench.report(compared, full=True) == items != told
    assert fbench.report(fbench.plan(experiment)) == python(tmp_path, code, arguments=planned).stdout
    with pytest.raises(fbench.UsageError, match="leave it out"):
        fbench.report(compared, reporter="markdown")
