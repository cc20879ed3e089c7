"""What people get wrong, and the words in which they are told: what was found, where, and what to write."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic_core._pydantic_core import list_all_errors

import fbench as library
from fbench.errors import UsageError
from fbench.value_errors import value_problem
from tests.cli.cli_user import Fbench

MODEL = "openai:gpt-4o-mini-2024-07-18"
PYDANTICS = re.compile(r"Input should|pydantic|validation error|Value error|type=|constrained-|\[str\]")

CONFIGURATIONS: list[tuple[str, str]] = [
    ("modles = []", "'modles': there is no such field (did you mean 'models'?). Known fields are name"),
    ("Epochs = [1]", "'Epochs': there is no such field (did you mean 'epochs'?)"),
    ('epochs = "ten"', "'epochs': must be a whole number, got 'ten'"),
    ("epochs = 0", "'epochs': must be at least 1, got 0"),
    ("epochs = 1.5", "'epochs': must be a whole number, got 1.5"),
    ("models = 5", "'models': must be a text, got 5"),
    ("tasks = [3]", "'tasks.0': must be a text, got 3"),
    ('tasks = "nesw"', "has no task 'nesw' (did you mean 'news'?). Its tasks are news, people"),
    ("seeds = [-1]", "'seeds.0': must be at least 0, got -1"),
    ('limit = "3"', "'limit': must be a whole number, got '3'"),
    ('all_news = "yes"', "'all_news': must be true or false, got 'yes'"),
    ('labels = "correct"', "'labels': must be 'corrected' or 'published', got 'correct'"),
    ('world_date = "soon"', "'world_date': must be a date such as 2026-11-28, got 'soon'"),
    ('run_id = "x"', "'run_id': must be a text that fits ^[0-9a-f]{8}$, got 'x'"),
    ('models = "opnai:gpt-4o"', "unknown model 'opnai:gpt-4o' (did you mean 'openai:gpt-4o'?): write it as"),
    ('models = "gpt-4o-mini-2024-07-18"', f"(did you mean '{MODEL}'?): write it as PROVIDER:NAME"),
    ('grader = "exct"', "unknown grader 'exct' (did you mean 'exact'?): it is one of"),
    (f'grader = "judge"\njudge = "opnai:{MODEL[7:]}"', f"(did you mean '{MODEL}'?)"),
    (
        "[sampling]\ntemprature = 1",
        "table [sampling] (did you mean 'temperature'?). Known fields are temperature",
    ),
    (
        "[sampling]\nmax_tokens = 0",
        "'sampling.max_tokens': must be a whole number from 1 to 2147483647, got 0",
    ),
    ("sampling = 1", "'sampling': must be a table of names and values, got 1"),
    (f'models = "{MODEL}"\n[thinking]\n"openai:gpt-4o-mini" = 5', f"nor its judge (did you mean '{MODEL}'?)"),
    (f'models = "{MODEL}"\n[thinking]\n"{MODEL}" = "of"', "must be \"off\" or a number of tokens, got 'of'"),
    (f'[prices."{MODEL}"]\ntrian = 1', f"table [prices.\"{MODEL}\"] (did you mean 'train'?)"),
    (f'[prices."{MODEL}"]\ntrain = 1', f"'prices.{MODEL}.base_input': is missing"),
    (
        "[prices]\ntrain = 1",
        "no field 'train' in the table [prices]. Known fields are a table for each model",
    ),
    (
        "[providers.lab]\nbase_ulr = 1",
        "table [providers.lab] (did you mean 'base_url'?). Known fields are wire",
    ),
    ("[providers]\nbase_url = 'x'", "no field 'base_url' in the table [providers]. Known fields are a table"),
    ("[providers.openai]", "'providers': 'openai' is built in, and cannot be defined again: take another"),
    ("[providers.Lab]", "'providers': 'Lab' cannot name a provider: take small letters"),
    ("[providers.lab]\nwire = 'openia'", "'providers.lab.wire': must be 'openai' or 'vertex', got 'openia'"),
    ("[providers.lab]\nbase_url = 'lab.org'", "'providers.lab.base_url': must be a URL such as"),
    (
        "[providers.lab]\nbase_url = 'https://a:planted@b'",
        "must be a URL without a name, a password or a query",
    ),
    ("[providers.lab]\nlacks = 'meta'", "'providers.lab.lacks.0': must be 'method', 'suffix', 'metadata'"),
    ("[providers.lab]\nkeeps = 0", "'providers.lab.keeps': must be at least 1 or 'all', got 0"),
    ("[providers.lab.hyperparameters]\nn_epochs = 3", "must be without n_epochs: the experiment has epochs"),
    (
        "[providers.lab.hyperparameters]\nrate = []",
        "rate': must be true or false or a whole number or a number",
    ),
    ("[providers.lab]\nrun_live = 'never'", "'providers.lab.run_live': must be a date such as 2026-11-28"),
    ("[providers.lab]\nwire = 'vertex'", "has Vertex AI's format and no base_url: give one, or use"),
    (f'evaluate = "{MODEL}"\nbase = ["x"]', "'base': must be a text, got ['x']"),
    ('evaluate = [["x"]]', "'evaluate.0': must be a text, got ['x']"),
    ("evaluate = [{}]", "'evaluate.0': must be a text, got {}"),
    ("evaluate = 3", "'evaluate': must be a text, got 3"),
    ('evaluate = "nope:x"', "'evaluate': unknown model 'nope:x'"),
    (f'evaluate = "{MODEL}"\nbase = "nope:x"', "'base': unknown model 'nope:x'"),
    (f'base = "{MODEL}"', "'base': is what finished models are compared with, and evaluate names none"),
    ('judge = "nope:x"', "'judge': unknown model 'nope:x'"),
    ('grader = "exakt"', "mine.toml, field 'grader': unknown grader 'exakt' (did you mean 'exact'?)"),
    ('learner = "sofmax"', "field 'learner': There is no learner 'sofmax'. Did you mean 'softmax'?"),
    (
        f'evaluate = "{MODEL}"\nepochs = 1',
        "'epochs': says how models are trained, and evaluate asks finished",
    ),
    (f'evaluate = "{MODEL}"\ngeneral = 0', "'general': says how models are trained, and evaluate asks"),
    (f'evaluate = "{MODEL}"\nsamples = 2', "'samples': draws more answers of the base model, and none is"),
    ('conditions = "tuned"\nsamples = 2', "is asked: add base to the conditions, or leave the samples out"),
    (
        '[templates.a]\npromt = "{question}"',
        "table [templates.a] (did you mean 'prompt'?). Known fields are prompt, system.",
    ),
    ("[templates.str]\npromt = 1", "table [templates.str] (did you mean 'prompt'?)"),
    ("[templates]\na = 3", "'templates.a': must be a text with \"{question}\" in it, or a table, written"),
    ("[providers]\nlab = 'planted'", "'providers.lab': must be a table, written [providers.lab]."),
    (f'[prices]\n"{MODEL}" = 3', f'must be a table, written [prices."{MODEL}"], got 3'),
    ("[providers.lab.hyperparameters]\na = nan", "a whole number or a finite number or a text, got nan"),
    ("[providers.lab.hyperparameters]\na = -inf", "a whole number or a finite number or a text, got -inf"),
    ("[providers.lab.hyperparameters]\na = 2026-01-01", "a number or a text, got datetime.date(2026, 1, 1)"),
    (
        "[providers.lab]\nrun_live = 2026-01-01T00:00:00",
        "must be a date such as 2026-11-28, got '2026-01-01T",
    ),
    (
        f'models = "{MODEL}"\nlora_ranks = 8',
        f"mine.toml, field 'lora_ranks': openai takes no lora_ranks for {MODEL}, only learning_rate",
    ),
    (
        'models = "lab:x"\nlora_ranks = 8\n[providers.lab]\nbase_url = "https://lab.example"',
        "and no learning_rate_multipliers or batch_sizes either: leave the field out, or run the models of",
    ),
    (f"limit = {'9' * 5000}", "mine.toml: has a number that is too large. Correct it, or leave it out."),
    (f"data_seed = {'9' * 30}", "'data_seed': must have whole numbers of at most 63 bits"),
    (f"limit = {'[' * 5000}", "mine.toml: has lists or tables too deep in one another."),
    ("limit 3", "is not valid TOML in row 1, column 7 ('limit 3'). A row is NAME = VALUE"),
]
ROWS: list[tuple[str, str]] = [
    ('"answer": 5', "row 1, field 'answer': this is not a text, but a number. Put it in quotes: \"5\""),
    ('"answer": true', "field 'answer': this is not a text, but true or false. Put it in quotes: \"true\""),
    (
        '"answer": "a", "promt": "x"',
        "field 'promt': the field is unknown (did you mean 'prompt'?). Known are",
    ),
    ('"answer": "a", "kind": "nmae"', "field 'kind': 'nmae' is unknown (did you mean 'name'?). Known are"),
    (
        '"answer": " "',
        "field 'answer': the text is blank. Give a text, or for the answer a list of one or more",
    ),
    ('"answer": []', "field 'answer': the list is empty. Give a text, or for the answer a list of one"),
    ('"answer": ["a", 1]', "'answer': in entry 2, this is not a text, but a number. Put it in quotes: \"1\""),
    ('"answer": {"a": 1}', "field 'answer': this is not a text, but an object. Give a text, or for the"),
    (
        '"answer": "a", "texts": [{"prompt": "x"}]',
        "field 'texts': in entry 1, the field 'answer' is missing.",
    ),
    ('"answer": "a", "texts": ["b", 3]', "field 'texts': in entry 2, this is not a text, but a number. Put"),
    (
        '"answer": "a", "texts": [null]',
        "but null. Give a list of texts, or of objects with prompt and answer",
    ),
    (
        '"answer": "a", "messages": [{"rolle": "user", "content": "x"}]',
        "field 'messages': in entry 1, the field 'rolle' is unknown (did you mean 'role'?). Known are role",
    ),
    (
        '"answer": "a", "messages": [{"role": "usr", "content": "x"}]',
        "field 'messages': in entry 1, field 'role', 'usr' is unknown (did you mean 'user'?). Known are",
    ),
]
OPTIONS: list[tuple[tuple[object, ...], str]] = [
    (("run", "--modle", MODEL), "No such option '--modle'. (Did you mean one of: '--model'"),
    (("rnu",), "No such command 'rnu' (did you mean 'run'?)"),
    (("plan", "--epochs", "ten"), "'ten' is not a whole number"),
    (("plan", "--model", "vertx:gemini-2.5-pro"), "(did you mean 'vertex:gemini-2.5-pro'?)"),
    (("run", "--model", "openai:gpt-4o-mini-2024-07-81"), f"fakes can tune (did you mean '{MODEL}'?): name"),
    (("run", "--evaluate", "nope:x"), "option --evaluate: unknown model 'nope:x'"),
    (("run", "--evaluate", MODEL, "--base", "nope:x"), "option --base: unknown model 'nope:x'"),
    (("run", "--base", MODEL), "option --base: is what finished models are compared with"),
    (("run", "--evaluate", MODEL, "--share-checkpoints"), "option --share-checkpoints: says how models are"),
    (("plan", "--grader", "exakt"), "option --grader: unknown grader 'exakt' (did you mean 'exact'?)"),
    (
        ("run", "--evaluate", f"openai:ft:{MODEL[7:]}:me::abc"),
        f"Error: openai:ft:{MODEL[7:]}:... cannot be asked offline, since the fakes know no finished model",
    ),
    (("run", "--evaluate", "openai:gpt-4o-mini-2024-07-81"), f"the fakes have (did you mean '{MODEL}'?)"),
    (("plan", "absent.toml"), "absent.toml: cannot be read: No such file or directory. Name a configuration"),
    (("plan", "."), ".: cannot be read: Is a directory. Name a configuration, a file in TOML."),
    (("grade", "a.xlsx"), "does not end with .tsv, .json, .parquet, .csv or .jsonl"),
    (
        ("serve", "--behaviour", "b.toml"),
        "b.toml: behaviours have no field 'modles'; their fields are models",
    ),
    (
        ("serve", "--routes", "r.toml"),
        "r.toml: there is no field 'routes'; a file of routes has a list called",
    ),
]
ARGUMENTS: list[tuple[str, tuple[Any, ...], dict[str, Any], str]] = [
    ("load_dataset", (), {"limit": 0}, "limit must be at least 1, got 0."),
    ("load_dataset", (), {"tasks": "news"}, "tasks must be a list, got 'news'."),
    ("load_dataset", (), {"tasks": ["medcial"]}, "has no task 'medcial' (did you mean 'medical'?)"),
    (
        "grade",
        ([],),
        {"columns": {"qestion": "q"}},
        "unknown 'qestion' (did you mean 'question'?): it is one",
    ),
    ("grade", ([{"question": 5, "gold": "a", "response": "a"}],), {}, 'Put it in quotes: "5"'),
    ("grade", ([],), {"budget_usd": float("nan")}, "budget_usd must be"),
    ("run", ("e.toml",), {"jobs": "two"}, "jobs must be a whole number, got 'two'."),
    ("run", (5,), {}, "experiment must be an object of the type Experiment or a text or a path, got 5."),
]


def is_plain(said: str) -> bool:
    return "\n" not in said and "planted" not in said and not PYDANTICS.search(said)


@pytest.mark.parametrize(("toml", "words"), CONFIGURATIONS)
def test_a_mistake_in_a_configuration(fbench: Fbench, toml: str, words: str) -> None:
    Path("mine.toml").write_text(toml, encoding="utf-8")
    said = fbench("run", "mine.toml", "--out", "out").paragraph
    assert words in said
    assert is_plain(said)
    assert not Path("out").exists()


@pytest.mark.parametrize(("fields", "words"), ROWS)
def test_a_mistake_in_a_row_of_facts(fbench: Fbench, fields: str, words: str) -> None:
    row = '{"fact": "f", "split": "memorization", "prompt": "Who?", %s}\n'
    Path("facts.jsonl").write_text(row % fields, encoding="utf-8")
    said = fbench("run", "--data", "facts.jsonl", "--out", "out").paragraph
    assert said.startswith("Error: facts.jsonl, ")
    assert words in said
    assert is_plain(said)


@pytest.mark.parametrize(("args", "words"), OPTIONS)
def test_a_mistake_in_a_command(fbench: Fbench, args: tuple[object, ...], words: str) -> None:
    Path("b.toml").write_text("[modles]\n", encoding="utf-8")
    Path("r.toml").write_text("[[routes]]\npath = '/v1/files'\n", encoding="utf-8")
    Path("a.xlsx").touch()
    said = fbench(*args).paragraph
    assert words in said
    assert is_plain(said)


@pytest.mark.parametrize(("name", "given", "named", "words"), ARGUMENTS)
def test_a_mistake_in_an_argument(
    name: str, given: tuple[Any, ...], named: dict[str, Any], words: str
) -> None:
    with pytest.raises(UsageError) as caught:
        getattr(library, name)(*given, **named)
    assert words in str(caught.value)
    assert is_plain(str(caught.value))


@pytest.mark.parametrize("kind", list_all_errors(), ids=lambda each: each["type"])
def test_no_error_is_told_in_the_words_of_pydantic(kind: Any) -> None:
    context: dict[str, Any] = kind.get("example_context") or {}
    said = value_problem(
        {"type": kind["type"], "loc": (), "msg": "Input should be", "input": 5, "ctx": context}
    )
    assert said
    assert is_plain(said)
