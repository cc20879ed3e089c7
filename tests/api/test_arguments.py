"""How the public functions take wrong arguments, and what their errors name."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy
import pytest

import fbench
from fbench.runner.config import read_experiment, run_config_text
from fbench.runner.experiment_options import in_python

MODEL = "openai:gpt-4o-mini-2024-07-18"
ROWS: list[dict[str, object]] = [
    {"question": "How many?", "gold": "7", "response": "seven", "note": 1.5},
    {"question": "Who?", "gold": ["Ona Tell", "Tell"], "response": "I do not know."},
]
EXPERIMENT = fbench.Experiment(models=(MODEL,), tasks=("news",), limit=2, epochs=(1,))
Arguments = tuple[tuple[object, ...], dict[str, object]]


WRONG_ARGUMENTS: list[tuple[str, tuple[object, ...], dict[str, object], str]] = [
    ("load_dataset", (), {"labels": "x"}, r"labels must be '\w+' or '\w+', got 'x'"),
    ("load_dataset", (), {"seed": "a"}, "seed must be a whole number"),
    (
        "load_dataset",
        (),
        {"tasks": "news"},
        "tasks must be a list, got 'news'",
    ),
    (
        "load_dataset",
        (3,),
        {},
        "source must be a text or a path",
    ),
    ("load_dataset", (), {"limit": 0}, "limit must be at least 1"),
    (
        "plan",
        ({"limit": 2},),
        {},
        "experiment must be an object of the type Experiment or a text or a path",
    ),
    ("run", (EXPERIMENT, "r"), {"jobs": "2"}, "jobs must be a whole number"),
    (
        "run",
        (EXPERIMENT, "r"),
        {"jobs": True},
        "jobs must be a whole number",
    ),
    (
        "run",
        (EXPERIMENT, "r"),
        {"concurrency": 0},
        "concurrency must be at least 1",
    ),
    ("run", (EXPERIMENT, "r"), {"rpm": 0}, "rpm must be at least 1"),
    ("resume", ("r",), {"tpm": -5}, "tpm must be at least 1"),
    (
        "run",
        (EXPERIMENT, "r"),
        {"budget_usd": float("nan")},
        "budget_usd must be a finite number, got nan",
    ),
    (
        "run",
        (EXPERIMENT, "r"),
        {"progress": print},
        "progress must be an object of the type Progress, got <built-in function print>",
    ),
    ("resume", ("r",), {"judge": 3}, "judge must be a text"),
    (
        "grade",
        (5,),
        {},
        "source must be a text or a path or a list of rows",
    ),
    ("grade", (ROWS,), {"upstream": "zzz"}, "upstream must be 'fake' or 'live'"),
    ("grade", (ROWS,), {"columns": {"gold": 1}}, "columns must be a text, got {'gold': 1}"),
    ("grade", ([5],), {}, "rows, row 1: this is int, and no mapping "),
    ("agreement", (ROWS, None), {}, "human must be a text"),
    ("disagreements", ("r", "auto@5", 3), {}, "layers must be a text"),
    ("compare", (1, "r"), {}, "a must be a text"),
    (
        "report",
        (7,),
        {},
        "run must be an object of the type Results or",
    ),
    ("report", ("r",), {"full": "yes"}, "full must be true or false"),
]


@pytest.mark.parametrize("wrong", WRONG_ARGUMENTS, ids=lambda wrong: f"{wrong[0]} {wrong[3][:20]}")
def test_a_wrong_argument_is_named_before_anything_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: tuple[str, Any, Any, str]
) -> None:
    function, given, named, message = wrong
    monkeypatch.chdir(tmp_path)
    with pytest.raises(fbench.UsageError, match=message):
        getattr(fbench, function)(*given, **named)
    assert not list(tmp_path.iterdir())


def test_numbers_of_numpy_and_paths_are_taken(tmp_path: Path) -> None:
    two: Any = numpy.int64(2)
    assert fbench.load_dataset(limit=two) == fbench.load_dataset(limit=2)
    fbench.run(EXPERIMENT, tmp_path / "r", budget_usd=numpy.float64(1), concurrency=two)
    assert fbench.report(tmp_path / "r") == fbench.report(f"{tmp_path}/r")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"epochs": (0,)}, "fbench.Experiment, field 'epochs.0': must be at least 1, got 0"),
        ({"model": MODEL}, "fbench.Experiment, field 'model': .* Known fields are name, data, "),
        ({"models": ("gpt",)}, "fbench.Experiment, field 'models': unknown model 'gpt'"),
        (
            {"record": "new"},
            "fbench.Experiment, field 'record': there is no folder to record to: name one with cassettes",
        ),
        ({"prices": {"a": {"train": -1}}}, "fbench.Experiment, field 'prices.a.train': "),
        ({"prices": {MODEL: None}}, "field 'prices.openai.*': must be a table, written .*, got None"),
        ({"evaluate": [["x"]]}, r"field 'evaluate.0': must be a text, got \['x'\]"),
        ({"evaluate": {MODEL}}, "field 'evaluate': a set has no order, and results depend on it"),
        ({"evaluate": MODEL, "base": {}}, "field 'base': must be a text, got {}"),
        ({"evaluate": ""}, "field 'evaluate': is empty: give it a value, or leave it out"),
        ({"templates": {1: "{question}"}}, "field 'templates': has the name 1: names are texts"),
        (
            {"templates": {"a": {"prompt": "{question}\0"}}},
            "field 'templates.a.prompt': .* has a NUL character",
        ),
        ({"providers": {"lab": {1: 2}}}, "field 'providers.lab': has the name 1: names are texts"),
        (
            {"providers": {"lab": {"hyperparameters": {b"a": 2}}}},
            "field 'providers.lab.hyperparameters': has the name b'a': names are texts",
        ),
        ({"providers": {"lab": {"hyperparameters": {"a": float("nan")}}}}, "a finite number .*, got nan"),
        ({"thinking": {10**5000: 2}, "models": MODEL}, "field 'thinking': a value of the type int is"),
        ({"limit": 10**5000}, "field 'limit': must have whole numbers of at most 63 bits"),
        ({"sampling": {"temperature": 10**400}}, "field 'sampling': must have whole numbers of at most 63"),
        ({"tasks": numpy.array(3)}, r"field 'tasks': must be a list, got array\(3\)"),
    ],
)
def test_a_wrong_field_of_an_experiment_is_named(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(fbench.UsageError, match=message):
        fbench.Experiment(**fields)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("epochs", 1),
        ("seeds", 1),
        ("share_checkpoints", False),
        ("learning_rate_multipliers", 2.0),
        ("batch_sizes", 8),
        ("lora_ranks", 8),
        ("wordings", 1),
        ("facts", 3),
        ("general", 0),
    ],
)
def test_what_is_of_trainings_is_refused_beside_finished_models(field: str, value: Any) -> None:
    problem = f"field '{field}': says how models are trained, and evaluate asks finished ones"
    evaluating = fbench.Experiment(evaluate=(MODEL,))
    with pytest.raises(fbench.UsageError, match=problem):
        fbench.Experiment(evaluate=(MODEL,), **{field: value})
    with pytest.raises(fbench.UsageError, match=problem):
        evaluating.model_copy(update={field: value})


def test_an_experiment_with_every_field_written_is_read_as_it_was(tmp_path: Path) -> None:
    evaluating = fbench.Experiment(evaluate=(MODEL,), base="openai:gpt-4.1-2025-04-14", samples=2)
    written = tmp_path / "written.toml"
    written.write_text(run_config_text(evaluating), encoding="utf-8")
    assert read_experiment(written, {}) == evaluating
    assert fbench.Experiment(**dict(evaluating)) == evaluating


def test_a_copy_that_evaluates_other_models_has_these() -> None:
    other = "openai:gpt-4.1-2025-04-14"
    copied = fbench.Experiment(evaluate=(MODEL,)).model_copy(update={"evaluate": (other,)})
    assert copied == fbench.Experiment(evaluate=(other,))
    assert copied.model_copy(update={"base": MODEL}).models == (other, MODEL)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"grader": "exakt"}, r"field 'grader': unknown grader 'exakt' \(did you mean 'exact'\?\)"),
        ({"learner": "sofmax"}, r"field 'learner': There is no learner 'sofmax'\. Did you mean 'softmax'\?"),
    ],
)
@pytest.mark.parametrize("call", [fbench.plan, fbench.run])
def test_a_name_that_there_is_not_is_named_with_its_field(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: Any, fields: dict[str, Any], problem: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(fbench.UsageError, match=f"fbench.Experiment, {problem}"):
        call(fbench.Experiment(**fields))
    (tmp_path / "sweep.toml").write_text(
        f"[[experiments]]\nname = 'one'\n{next(iter(fields))} = {next(iter(fields.values()))!r}\n"
    )
    with pytest.raises(fbench.UsageError, match="experiment 'one': " + problem.partition(": ")[2]):
        fbench.sweep("sweep.toml", "out")
    assert [path.name for path in tmp_path.iterdir()] == ["sweep.toml"]


def test_an_experiment_can_be_pickled_and_copied() -> None:
    copied = pickle.loads(pickle.dumps(EXPERIMENT))  # noqa: S301 - made here
    assert copied == EXPERIMENT == EXPERIMENT.model_copy()


@pytest.mark.parametrize(
    ("command", "python_says"),
    [
        ("say which it is with --gold COLUMN", 'say which it is with columns={"gold": "COLUMN"}'),
        ("it is named as --gold and as --human", 'it is named as columns={"gold": ...} and as human'),
        ("give --gold-separator '|' if", "give gold_separator='|' if"),
        ("name it with --judge PROVIDER:NAME.", 'name it with judge="PROVIDER:NAME".'),
        ("what is missing with --record new.", 'what is missing with record="new".'),
        ("raise --budget-usd and", "raise budget_usd and"),
        ("with --task, --seed or --limit", "with tasks, seeds or limit"),
        ("choose another --out, not `fbench run --out x`", "choose another out, not `fbench run --out x`"),
        ("two dashes -- and a - b", "two dashes -- and a - b"),
    ],
)
def test_errors_name_arguments_and_not_options(command: str, python_says: str) -> None:
    assert in_python(command) == python_says


def test_no_function_speaks_of_options(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full/x").touch()
    with pytest.raises(fbench.UsageError, match=r"choose another out\.$"):
        fbench.run(EXPERIMENT, tmp_path / "full")
    with pytest.raises(fbench.UsageError, match=r'leave out judge, or choose grader="auto"'):
        fbench.grade(ROWS, grader="exact", judge=MODEL)
    with pytest.raises(fbench.DataError, match=r'with columns=\{"response": "COLUMN"\}'):
        fbench.grade([{"question": "Who?", "gold": "Ona"}])


def test_a_column_of_verdicts_that_is_always_empty_leaves_nothing_to_compare() -> None:
    found = fbench.agreement([{**row, "ok": None} for row in ROWS], human="ok")
    assert (found.n, found.left_out, found.kappa) == (0, {"not judged": 2, "ungraded": 0}, None)


def test_rows_and_graded_rows_are_not_mixed() -> None:
    with pytest.raises(fbench.UsageError, match="some of these rows are graded and some are not"):
        fbench.agreement([*fbench.grade(ROWS[:1]), ROWS[1]], human="ok")


def test_what_agreement_returns_says_what_it_is_and_can_be_compared() -> None:
    rows = [{**row, "ok": "yes"} for row in ROWS]
    found = fbench.agreement(rows, human="ok")
    assert repr(found) == f"HumanAgreement('ok': {str(found).splitlines()[0].split(': ', 1)[1]}, 1 differ)"
    assert found == fbench.agreement(rows, human="ok")
    assert found != fbench.agreement(rows[:1], human="ok")


def test_a_judge_that_has_nothing_to_judge_needs_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    row = {"question": "Q?", "gold": "a", "response": "a"}
    (graded,) = fbench.grade([row], judge="openai:gpt-4o", upstream="live", budget_usd=1)
    assert graded.verdict == "correct"


@pytest.mark.parametrize("call", [fbench.plan, fbench.run])
def test_a_behaviour_that_there_is_not_is_named_before_a_folder_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FAKES_BEHAVIOUR", "nosuch")
    with pytest.raises(fbench.UsageError, match="FAKES_BEHAVIOUR is 'nosuch': it is neither a behaviour"):
        call(EXPERIMENT)
    assert not list(tmp_path.iterdir())
