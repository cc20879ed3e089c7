"""The options of an experiment are made from its fields."""

from __future__ import annotations

import click
import pytest

from fbench.cli.options import chosen, experiment_options
from fbench.cli.plan import plan
from fbench.cli.resume import resume
from fbench.cli.run import run
from fbench.runner.experiment import Experiment
from fbench.runner.experiment_options import OPTIONS, help_of
from fbench.runner.experiment_parts import TrainingFields
from tests.cli.cli_user import Fbench

ONLY_IN_A_FILE = {
    "name",
    "data_seed",
    "data_edition",
    "sampling",
    "thinking",
    "providers",
    "prices",
    "local",
    "weights",
    "run_id",
    "system",
    "templates",
    "context_characters",
    "samples",
    "sample_temperature",
    *TrainingFields.model_fields,
}


def options_of(command: click.Command) -> dict[str, click.Option]:
    return {option.name or "": option for option in command.params if isinstance(option, click.Option)}


def test_every_field_has_an_option_unless_only_a_file_can_set_it() -> None:
    fields = [name for name in Experiment.model_fields if name not in ONLY_IN_A_FILE]

    assert [name for name in options_of(plan) if name in Experiment.model_fields] == fields
    assert [name for name in options_of(run) if name in Experiment.model_fields] == fields
    assert [name for name in options_of(resume) if name in Experiment.model_fields] == ["judge"]


def test_the_help_of_an_option_is_the_description_of_its_field() -> None:
    for name, option in options_of(plan).items():
        if name in Experiment.model_fields:
            assert option.help
            assert help_of(name) == Experiment.model_fields[name].description is not None
    for name, field in Experiment.model_fields.items():
        assert f"{name}: {field.description}" in (Experiment.__doc__ or "")


def test_an_experiment_that_names_nothing_is_what_the_help_says() -> None:
    made = Experiment()
    told = {each.field: each.help.rpartition("Default: ")[2].removesuffix(".") for each in OPTIONS}

    for name in ("labels", "upstream", "record", "world_date"):
        assert told[name] == getattr(made, name)
    assert told["models"] == "five models"
    assert len(made.models) == 5
    assert (told["epochs"], made.epochs) == ("1, 10 and 30", (1, 10, 30))
    assert (told["seeds"], made.seeds) == ("0", (0,))
    assert (told["share_checkpoints"], made.share_checkpoints) == ("a job each", False)
    assert told["grader"].startswith(f"{made.grader}, ")
    assert (made.all_news, made.data_seed, made.judge) == (False, 0, None)


def test_an_option_takes_what_its_field_takes() -> None:
    schema = Experiment.model_json_schema()
    fields = schema["properties"]
    for option in OPTIONS:
        field = fields[option.field]
        one = next((each for each in field.get("anyOf", ()) if each["type"] != "null"), field)
        assert option.repeated == (one["type"] == "array")
        value = one.get("items", one)
        if "$ref" in value:
            value = schema["$defs"][value["$ref"].rpartition("/")[2]]
        if option.field != "roles":  # which takes several in one, with commas
            assert option.choices == tuple(value.get("enum", ()))
        assert (option.least, option.most) == (value.get("minimum"), value.get("maximum"))
        kinds = {"string": "text", "integer": "number", "boolean": "flag"}
        assert option.kind == ("path" if value.get("format") == "path" else kinds[value["type"]])


def test_an_option_that_is_not_given_has_no_value() -> None:
    @click.command()
    @experiment_options
    def command(**_: object) -> None:
        pass

    with command.make_context("command", []) as context:
        assert len(context.params) > 10
        assert {value for value in context.params.values() if value != ()} == {None}
        assert chosen(context.params) == {}


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--epochs", 0, "1<=x<=50"),
        ("--epochs", 51, "1<=x<=50"),
        ("--seed", -1, "0<=x<=2147483647"),
        ("--seed", 2**31, "0<=x<=2147483647"),
        ("--limit", 0, "x>=1"),
        ("--limit", "two", "is not a whole number"),
        ("--labels", "mine", "'corrected', 'published'"),
        ("--upstream", "near", "'fake', 'live'"),
        ("--record", "some", "'none', 'new', 'all'"),
    ],
)
def test_a_value_that_its_field_does_not_take_is_refused(
    fbench: Fbench, option: str, value: object, words: str
) -> None:
    said = fbench("plan", option, value)

    assert said.code == 2
    assert option in said.paragraph
    assert words in said.paragraph


def test_options_of_several_values_are_repeated_in_the_singular(fbench: Fbench) -> None:
    given = ("--task", "news", "--task", "people", "--model", "openai:a", "--model", "vertex:b")
    said = fbench(
        "plan", *given, "--epochs", 2, "--epochs", 4, "--seed", 1, "--seed", 2, "--limit", 2, "--json"
    )

    assert said.code == 0
    for name in ("news", "people", "openai:a", "vertex:b"):
        assert f'"{name}"' in said.out
