"""Values that no run can use are refused where they are given, and not taken for others."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest

import fbench
from fbench.providers import Sampling
from fbench.runner.experiment import Prices, WrongField
from fbench.upstream import FakeSettings

MODEL = "openai:gpt-4o-mini-2024-07-18"
PRO, FLASH, NEWEST = "vertex:gemini-2.5-pro", "vertex:gemini-2.5-flash", "vertex:gemini-3.5-flash"
SMALL: dict[str, Any] = {"models": (MODEL,), "tasks": ("news",), "limit": 1, "epochs": (1,)}
PRICES: dict[str, Any] = {
    "train": 1,
    "base_input": 0,
    "base_output": 0.5,
    "tuned_input": 2,
    "tuned_output": 3,
}
ROW: dict[str, object] = {"question": "Who?", "gold": "Ona", "response": "Ona"}

WRONG_SAMPLING: list[tuple[str, object]] = [
    *(("temperature", value) for value in (math.nan, math.inf, -1, 9, 2.001, True, "1", None)),
    *(("max_tokens", value) for value in (0, -3, 2.0, True, "100", 2**31)),
    *(("seed", value) for value in (-1, 2**31, 1.5, False, "42")),
]


@pytest.mark.parametrize(("name", "value"), WRONG_SAMPLING, ids=str)
def test_sampling_that_no_service_takes_is_refused_with_its_field(name: str, value: Any) -> None:
    with pytest.raises(
        fbench.UsageError, match=rf"^fbench\.Experiment, field 'sampling\.{name}': must be .*, got"
    ):
        fbench.Experiment(sampling={name: value})  # pyright: ignore[reportArgumentType] - as in TOML
    with pytest.raises(fbench.UsageError, match=f"^{name} must be a"):
        Sampling(**{name: value})


def test_sampling_at_its_bounds_is_taken_and_its_numbers_are_pythons_own() -> None:
    assert Sampling(2, 1, 0) == Sampling(2.0, 1, 0)
    numbers: Any = {"temperature": numpy.float32(0.5), "max_tokens": numpy.int64(7), "seed": 2**31 - 1}
    sampling = Sampling(**numbers)
    assert [type(value) for value in (sampling.temperature, sampling.max_tokens)] == [float, int]


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("[sampling]\ntemperature = nan", "field 'sampling.temperature': must be a number from 0 to 2"),
        ("[sampling]\nmax_tokens = 0", "field 'sampling.max_tokens': must be a whole number from 1 to "),
        ("limit = true", "field 'limit'"),
        ('limit = "3"', "field 'limit'"),
        ('name = ""', "field 'name': is empty"),
        ('data = ""', "field 'data': is empty"),
        ('cassettes = ""', "field 'cassettes': is empty"),
        ('data = "a\\u0000b"', "field 'data': 'a\\x00b' has a NUL character, its character 2"),
        ('models = ["openai:a\\u0000"]', "field 'models': 'openai:a\\x00' has a NUL character"),
        ('[prices."openai:m"]\ntrain = inf', "field 'prices.openai:m.train'"),
    ],
)
@pytest.mark.parametrize("call", [fbench.plan, fbench.run])
def test_a_configuration_is_held_to_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: Any, toml: str, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.toml").write_text(toml, encoding="utf-8")
    with pytest.raises(fbench.UsageError) as refused:
        call("mine.toml")
    assert str(refused.value).startswith("mine.toml, ")
    assert words in str(refused.value)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.toml"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("limit", True),
        ("limit", "3"),
        ("limit", 2.0),
        ("data_seed", "3"),
        ("all_news", 1),
        ("epochs", {1, 10}),
        ("seeds", frozenset({1})),
        ("models", {MODEL: 1}.keys()),
        ("epochs", (True,)),
        ("name", ""),
        ("name", b"a"),
        ("judge", ""),
        ("learner", ""),
        ("tasks", ("news", "")),
        *(
            (field, f"x{end}")
            for end in ("\0", "\ud800")
            for field in ("name", "data", "cassettes", "grader", "judge", "learner")
        ),
        ("data", Path("a\0")),
        ("models", ("openai:\udcff",)),
        ("prices", {"openai:a\0": dict.fromkeys(("train", "base_input"), 1)}),
    ],
)
def test_a_field_is_not_converted_from_what_it_is_not(field: str, value: Any) -> None:
    with pytest.raises(fbench.UsageError, match=rf"^fbench\.Experiment, field '{field}"):
        fbench.Experiment(**{field: value})


def test_a_field_takes_what_has_an_order_and_numbers_of_numpy() -> None:
    ranged: Any = {"epochs": range(1, 4), "seeds": numpy.arange(2), "limit": numpy.int64(2), "data": "here"}
    made = fbench.Experiment(**ranged)
    assert (made.epochs, made.seeds, made.limit, made.data) == ((1, 2, 3), (0, 1), 2, Path("here"))
    assert fbench.Experiment(epochs=[3, 1]).epochs == (3, 1)  # pyright: ignore[reportArgumentType] - as in TOML


def test_one_value_is_taken_where_several_may_be() -> None:
    one: Any = {"epochs": 10, "seeds": numpy.int64(3), "models": MODEL, "tasks": "news"}
    made = fbench.Experiment(**one)
    assert (made.epochs, made.seeds, made.models, made.tasks) == ((10,), (3,), (MODEL,), ("news",))


def test_a_tilde_is_the_users_own_folder_in_files_and_in_arguments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "e.toml").write_text('data = "~/facts.jsonl"\n', encoding="utf-8")
    (tmp_path / "facts.jsonl").write_text(
        '{"fact": "f", "split": "memorization", "prompt": "Who?", "answer": "Ona"}\n', encoding="utf-8"
    )
    assert fbench.Experiment(data=Path("~/facts.jsonl")).data == tmp_path / "facts.jsonl"
    assert fbench.plan("~/e.toml").tasks == {"custom": 1}
    assert fbench.load_dataset("~/facts.jsonl").tasks == ("custom",)


KNOWN = "Known fields are"
WRONG_FIELDS: list[tuple[dict[str, Any], tuple[object, ...], str]] = [
    ({"seeds": (0, 1, 0)}, ("seeds",), "seeds lists 0 twice: give each value once"),
    ({"tasks": ("news", "news")}, ("tasks",), "tasks lists news twice: give each value once"),
    ({"models": ("gpt",), "thinking": {"gpt": 3}}, ("models",), "unknown model 'gpt': write it as PROVIDER"),
    (
        {"modells": (MODEL,)},
        ("modells",),
        f"there is no such field (did you mean 'models'?). {KNOWN} name, data, data_seed",
    ),
    (
        {"sampling": {"temperatur": 1}},
        ("sampling", "temperatur"),
        f"there is no field 'temperatur' in the table [sampling] (did you mean 'temperature'?). {KNOWN} temp",
    ),
    ({"prices": 3}, ("prices",), "must be a table of names and values, got 3"),
    (
        {"prices": {"limit": 1}},
        ("prices", "limit"),
        f"there is no field 'limit' in the table [prices]. {KNOWN} a table for each model, written [prices.",
    ),
    (
        {"prices": {MODEL: {"cost": 1}}},  # that others are missing says less
        ("prices", MODEL, "cost"),
        f"there is no field 'cost' in the table [prices.\"{MODEL}\"]. {KNOWN} train, base_input, base_output",
    ),
    ({"prices": {MODEL: PRICES | {"train": "1"}}}, ("prices", MODEL, "train"), "must be a number, got '1'"),
    ({"prices": {MODEL: PRICES | {"train": -1}}}, ("prices", MODEL, "train"), "must be at least 0.0, got -1"),
    (
        {"prices": {MODEL: PRICES | {"train": math.inf}}},
        ("prices", MODEL, "train"),
        "must be a finite number",
    ),
    ({"prices": {"openai:a\0": PRICES}}, ("prices",), "'openai:a\\x00' has a NUL character"),
    ({"sampling": {"seed": -1}}, ("sampling", "seed"), "must be a whole number from 0 to 2147483647, got -1"),
    ({"world_date": "28.11.2026"}, ("world_date",), "must be a date such as 2026-11-28, got '28.11.2026'"),
    ({"record": "all"}, ("record",), "there is no folder to record to: name one with --cassettes"),
]


@pytest.mark.parametrize(("fields", "place", "problem"), WRONG_FIELDS, ids=lambda given: str(given)[:30])
def test_a_wrong_field_is_told_with_its_place_and_what_is_known_there(
    fields: dict[str, Any], place: tuple[object, ...], problem: str
) -> None:
    with pytest.raises(WrongField) as refused:
        fbench.Experiment(**fields)
    assert (refused.value.place, refused.value.problem[: len(problem)]) == (place, problem)
    named = ".".join(map(str, place))
    assert str(refused.value).startswith(f"fbench.Experiment, field {named!r}: ")
    assert refused.value.at("here") == f"here: {refused.value.problem}."


def test_fields_take_the_forms_that_toml_and_programs_have() -> None:
    made = fbench.Experiment(
        world_date=datetime.date(2026, 11, 28),  # pyright: ignore[reportArgumentType] - as TOML writes it
        seeds=(2**31 - 1, 0),
        prices={MODEL: PRICES},  # pyright: ignore[reportArgumentType] - as in TOML
        sampling={},  # pyright: ignore[reportArgumentType] - as in TOML
        learner="softmax",
    )
    assert (made.world_date, made.seeds, made.learner) == ("2026-11-28", (2**31 - 1, 0), "softmax")
    assert (made.prices, made.sampling) == ({MODEL: Prices(**PRICES)}, Sampling())
    assert made.model_copy(update={}) == made.model_copy() == made


@pytest.mark.parametrize(
    ("upstream", "folder", "record", "answers"),
    [
        ("fake", None, "none", "fakes"),
        ("live", None, "none", "a service"),
        ("fake", "c", "none", "recordings"),
        ("live", "c", "none", "recordings"),
        ("fake", "c", "new", "fakes"),
        ("live", "c", "all", "a service"),
    ],
)
def test_who_answers_is_told_by_the_upstream_and_the_recordings(
    upstream: Any, folder: Any, record: Any, answers: str
) -> None:
    fields = {"upstream": upstream, "cassettes": folder, "record": record}
    made = fbench.Experiment(**fields)
    who = {"fakes": made.uses_fakes, "a service": made.is_live, "recordings": made.is_replay}
    assert who == {each: each == answers for each in who}
    if answers == "a service":
        with pytest.raises(fbench.UsageError, match="a learner makes the models of fakes"):
            fbench.Experiment(**fields, learner="softmax")
    else:
        assert fbench.Experiment(**fields, learner="softmax").learner == "softmax"


def test_an_experiment_names_what_may_be_of_a_plug_in(tmp_path: Path) -> None:
    made = fbench.Experiment(models=(MODEL,), data=Path("hub:towns"), learner="steady", grader="own")
    named = [("fbench.providers", "openai"), ("fbench.datasets", "hub"), ("fakes.learners", "steady")]
    assert made.names == [*named, ("fbench.graders", "own")]
    judged = fbench.Experiment(models=(MODEL,), judge=FLASH, data=tmp_path)
    named = [("fbench.providers", "openai"), ("fbench.providers", "vertex"), ("fbench.graders", "auto")]
    assert judged.names == named
    replay = fbench.Experiment(models=(MODEL,), learner="steady", cassettes=Path("c"))
    assert replay.names == [("fbench.providers", "openai"), ("fbench.graders", "auto")], "it needs no learner"


@pytest.mark.parametrize(
    ("thinking", "words"),
    [
        ({PRO: "off"}, "gemini-2.5-pro cannot switch its thinking off: give it at least 128 tokens"),
        ({PRO: 0}, "cannot switch its thinking off"),
        ({PRO: 127}, "takes 128 to 32768 tokens of thoughts, and cannot switch them off; got 127"),
        ({PRO: 32_769}, "got 32769"),
        ({FLASH: 24_577}, 'takes 1 to 24576 tokens of thoughts, or "off"; got 24577'),
        ({FLASH: -1}, "a number of tokens up to 2147483647, got -1"),
        ({"openai:gpt-5": 2**31}, "a number of tokens up to 2147483647, got 2147483648"),
        ({FLASH: "low"}, "must be \"off\" or a number of tokens, got 'low'"),
        ({FLASH: True}, "or a number of tokens, got True"),
        ({FLASH: 1.5}, "or a number of tokens, got 1.5"),
        ({MODEL: "off"}, "does not think before it answers: leave it out"),
        ({"openai:gpt-5": "off"}, "gpt-5 cannot switch its thinking off: give it some tokens"),
        ({"gemini-2.5-pro": 500}, "'gemini-2.5-pro' is neither a model of this experiment nor its judge"),
        ({NEWEST: 500}, "is neither a model of this experiment nor its judge"),
        ({3: 500}, "3 is neither a model of this experiment nor its judge"),
        ("off", "must be a table of names and values, got 'off'"),
    ],
)
def test_a_setting_that_a_model_cannot_take_is_refused(thinking: object, words: str) -> None:
    with pytest.raises(fbench.UsageError, match=r"^fbench\.Experiment, field 'thinking'") as refused:
        fbench.Experiment(models=(PRO, FLASH, MODEL), judge="openai:gpt-5", thinking=thinking)  # pyright: ignore[reportArgumentType] - the fault
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("model", "said", "thoughts"),
    [
        *((PRO, tokens, tokens) for tokens in (128, 32_768)),
        *((FLASH, tokens, tokens) for tokens in (1, 24_576)),
        *((FLASH, off, 0) for off in ("off", 0)),
        *(("openai:gpt-5", tokens, tokens) for tokens in (1, 4_000, 2**31 - 1)),
        *(("openai:gpt-99", tokens, tokens) for tokens in (7, 2**31 - 1)),  # nobody looked at it
        *(("openai:gpt-99", off, 0) for off in ("off", 0)),
        (FLASH, numpy.int64(300), 300),
    ],
)
def test_a_setting_that_a_model_may_take_is_its_most_tokens(model: str, said: Any, thoughts: int) -> None:
    made = fbench.Experiment(models=(model, MODEL), thinking={model: said})
    assert (made.thoughts_of(model), made.thoughts_of(MODEL)) == (thoughts, None)
    assert made.thinking == {model: thoughts or "off"}
    assert type(made.thinking[model]) is not numpy.int64


def test_a_setting_in_a_file_is_refused_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "e.toml"
    path.write_text(f'models = ["{PRO}"]\n[thinking]\n"{PRO}" = "off"\n', "utf-8")
    with pytest.raises(fbench.UsageError, match=rf"^{path}, field 'thinking': .*at least 128"):
        fbench.plan(path)


WRONG_TEXTS = ("", "a\0b", "\ud800")
CALLS: dict[str, Callable[[str], object]] = {
    "source": fbench.load_dataset,
    "experiment": fbench.plan,
    "out": lambda text: fbench.run(fbench.Experiment(**SMALL), text),
    "folder": fbench.resume,
    "judge": lambda text: fbench.resume("r", judge=text),
    "grader": lambda text: fbench.grade([ROW], grader=text),
    "run": fbench.report,
    "reporter": lambda text: fbench.report("r", reporter=text),
    "a": lambda text: fbench.compare(text, "r"),
    "layers": lambda text: fbench.disagreements("r", text),
    "tasks": lambda text: fbench.load_dataset(tasks=[text]),
}


@pytest.mark.parametrize("text", WRONG_TEXTS, ids=ascii)
@pytest.mark.parametrize("name", CALLS)
def test_a_text_that_names_nothing_is_refused_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(fbench.UsageError) as refused:
        CALLS[name](text)
    assert str(refused.value).startswith(f"{name} {'is empty' if not text else ascii(text)}")
    assert not list(tmp_path.iterdir())


def test_a_path_of_bytes_is_refused() -> None:
    class InBytes:
        def __fspath__(self) -> bytes:
            return b"x"

    with pytest.raises(fbench.UsageError, match="source b'x' is no text"):
        fbench.load_dataset(InBytes())  # pyright: ignore[reportArgumentType] - on purpose


def test_a_separator_may_be_empty() -> None:
    (graded,) = fbench.grade([{**ROW, "gold": "['Ona']", "response": "['Ona']"}], gold_separator="")
    assert graded.gold == ("['Ona']",)


def test_what_cannot_be_changed_says_how_another_is_made() -> None:
    experiment = fbench.Experiment(**SMALL)
    fact = fbench.load_dataset(limit=1).facts[0]
    for frozen, field in ((experiment, "limit"), (experiment, "limt"), (fact, "answer")):
        for change in (lambda: setattr(frozen, field, 3), lambda: delattr(frozen, field)):  # noqa: B023 - at once
            with pytest.raises(AttributeError, match="cannot be changed: make another one with `model_copy"):
                change()
    assert experiment.limit == 1


def test_a_copy_is_checked_as_a_new_experiment_is() -> None:
    experiment = fbench.Experiment(**SMALL)
    copy = experiment.model_copy(update={"limit": 3, "data": "here"})
    assert (copy.limit, copy.data, copy.models) == (3, Path("here"), (MODEL,))
    older = experiment.with_fakes(FakeSettings(learner_version=1))
    assert older.model_copy(update={"limit": 2}).fakes == older.fakes != copy.fakes == experiment.fakes
    recorded = experiment.model_copy(update={"cassettes": Path("c")})
    assert recorded.model_copy(update={"record": "new"}).record == "new"  # with the folder of the first
    for update in ({"limit": 0}, {"limt": 3}, {"sampling": {"temperature": 9}}):
        with pytest.raises(fbench.UsageError, match=r"^fbench\.Experiment, field "):
            experiment.model_copy(update=update)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("openai:gpt-99", "is no model that the fakes can tune: name one of openai:gpt-4o-2024-08-06, "),
        ("openai:gpt-4o", "is no model that the fakes can tune"),
        ("openai:gpt-3.5-turbo-0125", "was shut down: name one of openai:"),
        ("vertex:nothing", "name one of vertex:gemini-3.5-flash, "),
        ("nebius:some", "name one of nebius:meta-llama/Meta-Llama-3.1-8B-Instruct, "),
    ],
)
def test_a_model_that_the_fakes_lack_is_refused_before_a_folder_is_made(
    tmp_path: Path, model: str, words: str
) -> None:
    experiment = fbench.Experiment(**SMALL).model_copy(update={"models": (MODEL, model)})
    new, there = tmp_path / "new", tmp_path / "there"
    there.mkdir()
    recorded = [{"cassettes": new, "record": "new"}, {"cassettes": there, "record": "all"}]
    for more in ({}, *recorded):
        with pytest.raises(fbench.UsageError) as refused:
            fbench.run(experiment.model_copy(update=more), tmp_path / "r")
        assert f"model {model!r} " in str(refused.value)
        assert words in str(refused.value)
    assert list(tmp_path.iterdir()) == [there]


def test_a_model_that_only_its_service_knows_is_refused_by_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    changed = {"models": ("openai:gpt-99",), "upstream": "live"}
    live = fbench.Experiment(**SMALL).model_copy(update=changed)
    assert fbench.plan(live).models["openai:gpt-99"].trainings == 1
    with pytest.raises(fbench.UsageError, match="a live run needs OPENAI_API_KEY"):
        fbench.run(live, tmp_path / "r", budget_usd=1)
    replayed = live.model_copy(update={"cassettes": tmp_path, "upstream": "fake"})
    with pytest.raises(fbench.CassetteError):
        fbench.run(replayed, tmp_path / "r")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"labels": "published"}, r"labels='published' is for the FineTuneBench release, .* generated data"),
        ({"all_news": True}, "all_news is for the FineTuneBench release"),
        ({"labels": "published", "data": "facts.jsonl"}, "changes nothing about facts.jsonl"),
        ({"data_seed": 3, "data": "facts.jsonl"}, "the seed of generated data is 3"),
    ],
)
def test_a_choice_that_changes_nothing_about_the_data_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fields: dict[str, Any], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    line = '{"fact": "f", "split": "memorization", "prompt": "Who?", "answer": "Ona"}\n'
    (tmp_path / "facts.jsonl").write_text(line, encoding="utf-8")
    experiment = fbench.Experiment(models=(MODEL,), epochs=(1,), **fields)
    names = {"data": "source", "data_seed": "seed"}
    arguments = {names.get(name, name): value for name, value in fields.items()}
    for call in (
        lambda: fbench.plan(experiment),
        lambda: fbench.run(experiment, "r"),
        lambda: fbench.load_dataset(**arguments),
    ):
        with pytest.raises(fbench.UsageError, match=words):
            call()
    assert [path.name for path in tmp_path.iterdir()] == ["facts.jsonl"]


NO_ANSWERS: list[object] = [
    *(b"Ona", {"Ona"}, frozenset({"Ona"}), True, numpy.bool_(1), math.nan, math.inf, 1j, object()),
    *([b"Ona"], [{"Ona"}], [False], [math.nan], {"Ona": 1}, datetime.date(2024, 1, 2)),
]


@pytest.mark.parametrize("field", ["gold", "response"])
@pytest.mark.parametrize("value", NO_ANSWERS, ids=lambda value: type(value).__name__)
def test_a_value_that_is_no_answer_is_not_graded_as_python_shows_it(field: str, value: object) -> None:
    calls: list[Callable[[Any], object]] = [fbench.grade, lambda rows: fbench.agreement(rows, "ok")]
    for call in calls:
        with pytest.raises(fbench.DataError, match=f"^rows, row 2, field '{field}': "):
            call([{**ROW, "ok": True}, {**ROW, "ok": True, field: value}])


def test_named_columns_are_held_to_the_same_and_other_columns_are_kept() -> None:
    row: dict[str, object] = {"q": "Who?", "right": "Ona", "said": "Ona", "seen": datetime.date(2024, 1, 2)}
    columns = {"question": "q", "gold": "right", "response": "said"}
    (graded,) = fbench.grade([row], columns=columns)
    assert graded.fields["seen"] == row["seen"]
    with pytest.raises(fbench.DataError, match="field 'said': this is a value of type bytes"):
        fbench.grade([{**row, "said": b"Ona"}], columns=columns)


@pytest.mark.parametrize("finish", [True, b"stop", ["stop"], {}])
def test_a_reason_for_the_end_of_an_answer_is_a_text(finish: object) -> None:
    with pytest.raises(fbench.DataError, match=r"^rows, row 1, field 'finish': this is "):
        fbench.grade([{**ROW, "finish": finish}])
    assert fbench.grade([{**ROW, "finish": each} for each in (None, math.nan, "odd", 1)])


@pytest.mark.parametrize("rows", [{}, ROW, {"question": ["Who?"]}])
def test_one_mapping_is_no_list_of_rows(rows: Any) -> None:
    calls: list[Callable[[Any], object]] = [fbench.grade, lambda rows: fbench.agreement(rows, "ok")]
    for call in calls:
        with pytest.raises(fbench.DataError, match=r"^rows: this is one mapping, and no list of rows"):
            call(rows)


def test_a_dataset_is_no_value_of_an_experiment_and_is_shown_in_a_line() -> None:
    data = fbench.load_dataset(tasks=["news"], limit=1)
    assert repr(data).startswith("Dataset 'generated' of news: 1 fact, ")
    assert "\n" not in repr(data)
    with pytest.raises(fbench.UsageError, match="field 'data': a Dataset is for reading: give the path"):
        fbench.Experiment(data=data)  # pyright: ignore[reportArgumentType] - the fault under test
