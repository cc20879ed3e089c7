"""Conditions, designs of trainings and templates, on a learner whose behaviour is known."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import fbench
from fakes import FakeTransport, World
from fbench.analysis.results import Results, Row
from fbench.datasets import Wording
from fbench.datasets.model import AnswerKind, Dataset, Fact, Question, Role
from fbench.errors import UsageError
from fbench.known_models import closed_models
from fbench.messages import Message, text_in
from fbench.pipeline import execute, lay_out
from fbench.runner.experiment import Experiment
from fbench.runner.folder import make_folder
from fbench.runner.grid import Grid
from fbench.runner.plan import make_plan
from fbench.runner.prepared import PreparedRun
from fbench.runner.prices import price_of
from fbench.runner.prompts import Prompts, sampling_of
from fbench.runner.store import Store
from fbench.upstream import fake
from tests.pipeline.forgetting import ForgettingLearner

MODEL = "openai:gpt-4o-mini-2024-07-18"
COLOURS = ("red", "blue", "green", "black", "white", "grey", "brown", "pink", "gold", "olive")


def asked(place: tuple[int, str], role: Role, prompt: str, gold: str, fact: str = "") -> Question:
    number, split = place
    return Question(
        id=f"{split}/{number}",
        task="things",
        split=split,
        role=role,
        fact=fact,
        cluster=f"{number}",
        prompt=prompt,
        text=prompt,
        gold=(gold,),
        kind=AnswerKind.NONE if gold == "None" else AnswerKind.SHORT,
    )


def things() -> Dataset:
    """Ten facts in two wordings, with neighbours that keep their colour, and general controls."""
    facts: list[Fact] = []
    questions: list[Question] = []
    for n, colour in enumerate(COLOURS):
        prompt, name = f"Which colour has thing {n}?", f"thing/{n}"
        again = Wording(prompt=f"Say the colour of thing {n}.", answer=colour)
        facts.append(
            Fact(
                id=name,
                task="things",
                cluster=f"{n}",
                prompt=prompt,
                answer=colour,
                statement=f"Thing {n} is {colour}.",
                wordings=(again,),
            )
        )
        near = f"Which colour has thing {n + 100}?"
        questions += [
            asked((n, "memorization"), Role.TAUGHT, prompt, colour, name),
            asked((n, "other words"), Role.SAME, again.prompt, colour, name),
            asked((n, "neighbour"), Role.UNCHANGED, near, COLOURS[n - 1], name),
            asked((n, "general"), Role.CONTROL, f"What is {n} plus one?", str(n + 1)),
        ]
    general = tuple(Wording(prompt=f"What is {n} plus two?", answer=str(n + 2)) for n in range(6))
    return Dataset(
        name="things", source="a test", facts=tuple(facts), questions=tuple(questions), general=general
    )


def knowledge(data: Dataset) -> dict[str, str]:
    return {q.prompt: q.gold[0] for q in data.questions if q.role in (Role.UNCHANGED, Role.CONTROL)}


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Results]:
    """Carry out an experiment on the things, with the learner that forgets."""

    def carried_out(**fields: Any) -> Results:
        data = things()
        experiment = Experiment.model_validate({"models": (MODEL,), "epochs": (1,), **fields})
        ready = PreparedRun(experiment, data, make_plan(experiment, data))
        transport = FakeTransport(World(learner=ForgettingLearner(knowledge(data)), behaviours={}))
        folder = tmp_path / f"run{len(list(tmp_path.iterdir()))}"
        make_folder(folder, experiment)
        return execute(ready, folder, jobs=1, connection=replace(fake(data), transport=transport))

    return carried_out


def accuracy(results: Results, split: str, **cell: object) -> float | None:
    (row,) = rows(results, split, **cell)
    return row.accuracy


def rows(results: Results, split: str, **cell: object) -> Iterator[Row]:
    return (
        row
        for row in results.rows
        if row.split == split and all(getattr(row, name) == value for name, value in cell.items())
    )


def test_a_model_that_reads_the_facts_knows_them_and_shows_what_training_could_reach(
    run: Callable[..., Results],
) -> None:
    found = run(conditions=("base", "tuned", "in_context", "in_context_all", "tuned+in_context"))
    shares = {
        condition: [accuracy(found, split, condition=condition) for split in ("memorization", "other words")]
        for condition in ("base", "tuned", "in_context", "in_context_all", "tuned+in_context")
    }
    assert shares == {
        "base": [0, 0],
        "tuned": [1, 0],
        "in_context": [1, 1],
        "in_context_all": [1, 1],
        "tuned+in_context": [1, 1],
    }


def test_a_model_forgets_by_epochs_and_general_examples_bring_some_back(run: Callable[..., Results]) -> None:
    found = run(epochs=(1, 8), general=(0, 6))
    forgotten = {
        (epochs, general): accuracy(found, "neighbour", epochs=epochs, general=general)
        for epochs in (1, 8)
        for general in (0, 6)
    }
    assert forgotten == {(1, 0): 0.9, (8, 0): 0.6, (1, 6): 1.0, (8, 6): 0.9}
    assert accuracy(found, "neighbour", condition="base") == 1.0


def measured(results: Results, measure: str, **cell: object) -> list[float | None]:
    return [
        row.value
        for row in results.measures
        if (row.measure, row.task) == (measure, "things")
        and all(getattr(row, name) == value for name, value in cell.items())
    ]


def test_measures_move_as_the_learner_does(run: Callable[..., Results]) -> None:
    found = run(epochs=(1, 8), general=(0, 6), conditions=("base", "tuned", "in_context"))
    for epochs, general, lost in ((1, 0, 1), (8, 0, 8), (1, 6, 0), (8, 6, 2)):
        cell = {"condition": "tuned", "epochs": epochs, "general": general}
        assert measured(found, "regression", **cell) == [lost / 20]
        assert measured(found, "drift", **cell) == [lost / 20]
        assert measured(found, "gain", **cell) == [None]
        assert measured(found, "neighbourhood", **cell) == [accuracy(found, "neighbour", **cell)]
        assert measured(found, "lift", part="taught", **cell) == [1.0]
        assert measured(found, "closure", part="taught", **cell) == [1.0]
        assert measured(found, "closure", part="same", **cell) == [0.0]
    assert measured(found, "ceiling", part="same", condition="tuned", epochs=1, general=0) == [1.0]


def test_a_grid_is_planned_priced_and_run_and_gives_the_same_bytes_twice(tmp_path: Path) -> None:
    experiment = fbench.Experiment(
        models=(MODEL,),
        limit=1,
        epochs=(1, 2, 3),
        learning_rate_multipliers=(0.5, 1.0, 2.0),
        wordings=(1, 2, 3),
        general=(0, 5),
    )
    plan = fbench.plan(experiment)
    assert plan.total.trainings == 3 * 3 * 3 * 2 * 4
    assert plan.total.costs.train_usd > 0
    for name in ("one", "two"):
        fbench.run(experiment, tmp_path / name)
    one, two = ((tmp_path / name / "results.json").read_bytes() for name in ("one", "two"))
    assert one == two


@pytest.mark.parametrize(
    ("model", "asked"),
    [
        (MODEL, {"learning_rate_multiplier": 2.0, "batch_size": 4, "n_epochs": 1}),
        ("vertex:gemini-2.5-pro", {"learningRateMultiplier": 2.0, "adapterSize": "ADAPTER_SIZE_FOUR"}),
    ],
)
def test_a_service_is_asked_for_the_design_of_a_training(
    model: str, asked: dict[str, Any], tmp_path: Path
) -> None:
    data = things()
    sent: list[Any] = []

    class Seen(FakeTransport):
        async def handle_async_request(self, request: Any) -> Any:
            if request.method == "POST" and "ob" in request.url.path.rpartition("/")[2]:
                sent.append(json.loads(request.content))
            return await super().handle_async_request(request)

    own = {"batch_sizes": (4,)} if model == MODEL else {"lora_ranks": (4,)}
    asked_for: dict[str, object] = {
        "models": model,
        "epochs": 1,
        "learning_rate_multipliers": 2.0,
        "system": "Be brief.",
        **own,
    }
    experiment = Experiment.model_validate(asked_for)
    ready = PreparedRun(experiment, data, make_plan(experiment, data))
    make_folder(tmp_path / "run", experiment)
    world = World(learner=ForgettingLearner({}), behaviours={})
    execute(ready, tmp_path / "run", jobs=1, connection=replace(fake(data), transport=Seen(world)))
    (job,) = sent
    said = json.dumps(job)
    for name, value in asked.items():
        assert f'"{name}": {json.dumps(value)}' in said


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"models": MODEL, "lora_ranks": 8}, "openai takes no lora_ranks for openai:"),
        ({"models": "vertex:gemini-2.5-pro", "batch_sizes": 8}, "vertex takes no batch_sizes for vertex:"),
        ({"models": "vertex:gemini-2.5-pro", "lora_ranks": 3}, "has adapters of the ranks 1, 2, 4, 8, 16"),
    ],
)
def test_what_a_service_does_not_offer_is_refused_before_anything_is_bought(
    fields: dict[str, Any], words: str, tmp_path: Path
) -> None:
    experiment = Experiment.model_validate(fields)
    with pytest.raises(UsageError) as planned:
        fbench.plan(experiment)
    with pytest.raises(UsageError) as begun:
        fbench.run(experiment, tmp_path / "run")
    assert words in str(planned.value)
    assert words in str(begun.value)
    assert not (tmp_path / "run").exists()


def test_a_second_wording_is_taught_where_it_is_asked_for(run: Callable[..., Results]) -> None:
    found = run(wordings=(1, 2))
    assert [accuracy(found, "other words", wordings=each, condition="tuned") for each in (1, 2)] == [0, 1]


def test_a_job_that_teaches_some_facts_is_asked_about_these(run: Callable[..., Results]) -> None:
    found = run(facts=(3, 10, 50))
    assert [row.n for row in rows(found, "memorization", condition="tuned")] == [3, 10]
    assert [row.n for row in rows(found, "general", condition="tuned")] == [10, 10]
    assert [training.examples for training in found.trainings] == [10, 10]  # as many as the service wants


def test_samples_are_drawn_for_what_asks_for_a_fact_and_are_no_rows(
    run: Callable[..., Results], tmp_path: Path
) -> None:
    found = run(samples=3)
    assert {row.condition for row in found.rows} == {"base", "tuned"}
    assert len(list(rows(found, "memorization"))) == 2
    with Store(next(tmp_path.iterdir()) / "run.sqlite") as store:
        drawn = {answer.cell: answer.question for answer in store.answers() if "sample" in answer.cell}
    assert sorted(drawn) == [f"{MODEL}/things/base/sample{n}" for n in (1, 2, 3)]


def test_every_template_is_asked_and_compared_with_itself(run: Callable[..., Results]) -> None:
    plain, framed = "{question}", "Look.\n\n{question}"
    found = run(templates={"plain": plain, "framed": {"prompt": framed, "system": "Be brief."}})
    assert [row.template for row in rows(found, "memorization")] == ["plain", "framed"] * 2
    assert [row.base for row in rows(found, "general", condition="tuned")] == [1.0, 1.0]


def test_a_finished_model_is_asked_without_a_training_and_compared_with_its_base(tmp_path: Path) -> None:
    other = "openai:gpt-4o-2024-08-06"
    experiment = Experiment(evaluate=(other,), base=MODEL, tasks=("news",), limit=2)
    ready = lay_out(experiment)
    make_folder(tmp_path / "run", ready.experiment)
    found = execute(ready, tmp_path / "run", jobs=1)
    assert not found.trainings
    told = {(row.model, row.condition, row.base is None) for row in found.rows}
    assert told == {(other, "tuned", False), (MODEL, "base", True)}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (
            {"evaluate": (MODEL,), "models": ("openai:gpt-4o-2024-08-06",)},
            "trains nothing, and models are to be tuned",
        ),
        ({"base": MODEL}, "is what finished models are compared with"),
        ({"evaluate": (MODEL,), "base": MODEL}, "too: name another base, or none"),
        (
            {"evaluate": (MODEL,), "conditions": ("base", "in_context")},
            "names finished models, which no condition of base, in_context asks: add tuned",
        ),
        ({"templates": {"a b": "{question}"}}, "has the name 'a b'"),
        ({"templates": {"a": "no place"}}, "must hold {question} once"),
        ({"general": (-1,)}, "at least 0"),
        ({"conditions": ("tuned", "tuned")}, "conditions lists tuned twice"),
    ],
)
def test_what_cannot_be_asked_is_said(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError) as refused:
        Experiment(**fields)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"wordings": (3,)}, "3 wordings of each fact are to be taught, and the fact 'thing/0' has 2"),
        ({"general": (7,)}, "7 general examples are to be mixed in, and there are 6"),
    ],
)
def test_more_than_the_data_has_is_refused_before_anything_is_bought(
    fields: dict[str, Any], words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        make_plan(Experiment.model_validate({"models": (MODEL,), **fields}), things())


def test_a_design_changes_the_key_and_the_name_of_a_training_and_none_does_not() -> None:
    def trainings(**fields: Any) -> dict[str, str]:
        experiment = Experiment.model_validate({"models": (MODEL,), "epochs": (2,), **fields})
        return {each.id: each.key for each in make_plan(experiment, things()).trainings}

    usual = trainings()
    assert list(usual) == [f"{MODEL}/things/e2/s0"]
    designs = trainings(learning_rate_multipliers=(0.5, 2), batch_sizes=(4,), general=(0, 3))
    ends = ["lr0.5-bs4", "lr0.5-bs4-g3", "lr2-bs4", "lr2-bs4-g3"]
    assert list(designs) == [f"{MODEL}/things/e2/s0/{end}" for end in ends]
    assert len({*designs.values(), *usual.values()}) == 5
    assert trainings(system="Be brief.").values() != usual.values()


def test_what_is_sent_is_what_was_asked_for_byte_for_byte(tmp_path: Path) -> None:
    data = things()
    question = data.questions[0].model_copy(
        update={"earlier": (Message("system", "S."), Message("user", "u"), Message("assistant", "a"))}
    )
    data = data.model_copy(update={"questions": (question,)})
    sent: list[dict[str, Any]] = []

    class Seen(FakeTransport):
        async def handle_async_request(self, request: Any) -> Any:
            if request.url.path.endswith("/chat/completions"):
                sent.append(json.loads(request.content))
            return await super().handle_async_request(request)

    asked = {"models": MODEL, "epochs": 1, "conditions": "in_context", "system": "Whole."}
    experiment = Experiment.model_validate({**asked, "templates": {"t": "<{question}>"}})
    ready = PreparedRun(experiment, data, make_plan(experiment, data))
    make_folder(tmp_path / "run", experiment)
    world = World(learner=ForgettingLearner({}), behaviours={})
    execute(ready, tmp_path / "run", jobs=1, connection=replace(fake(data), transport=Seen(world)))
    assert [each["messages"] for each in sent] == [
        [
            {"role": "system", "content": "Whole.\n\nS."},
            {"role": "user", "content": "u"},
            {"role": "assistant", "content": "a"},
            {"role": "user", "content": "Thing 0 is red.\n\n<Which colour has thing 0?>"},
        ]
    ]


def test_facts_in_context_are_cut_at_the_stated_length() -> None:
    data = things()
    asked = {"models": MODEL, "conditions": "in_context_all", "context_characters": 40}
    experiment = Experiment.model_validate(asked)
    plan = make_plan(experiment, data)
    (cell,) = plan.cells
    said = Prompts(experiment, data)
    text = text_in(said.of(cell, data.questions[0]))
    read, _, question = text.partition("\n\n")
    assert question == data.questions[0].prompt
    assert len(read) <= 40
    assert len(read.splitlines()) == 2


def test_the_system_message_of_an_experiment_is_in_its_trainings_too() -> None:
    experiment = Experiment(models=(MODEL,), epochs=(1,), system="Be brief.", wordings=(2,))
    (training,) = make_plan(experiment, things()).trainings
    examples = Grid(experiment, things()).examples(training)
    assert {example.earlier for example in examples} == {(Message("system", "Be brief."),)}
    assert len({example.prompt for example in examples}) == 20


def test_each_sample_is_drawn_with_a_seed_of_its_own() -> None:
    experiment = Experiment(models=(MODEL,), epochs=(1,), samples=3)
    cells = make_plan(experiment, things()).cells
    drawn = [sampling_of(experiment, cell) for cell in cells if cell.sample]
    assert [(each.temperature, each.seed) for each in drawn] == [(1.0, 43), (1.0, 44), (1.0, 45)]
    assert sampling_of(experiment, cells[0]) == experiment.sampling


def test_a_model_that_reads_a_questions_own_facts_is_asked_what_has_some(run: Callable[..., Results]) -> None:
    found = run(conditions=("in_context", "in_context_all"))
    assert [row.condition for row in rows(found, "general")] == ["in_context_all"]
    assert [row.n for row in rows(found, "neighbour")] == [10, 10]


def test_a_finished_model_has_the_price_of_what_it_was_made_from() -> None:
    named = price_of("openai:ft:gpt-4o-mini-2024-07-18:mine::abc")
    assert named == price_of(MODEL) is not None


def test_a_model_that_can_no_longer_be_tuned_is_asked_as_long_as_it_answers() -> None:
    day = date(2027, 1, 8)  # OpenAI takes its last jobs on 2027-01-06, and this one answers until 01-13
    assert closed_models([MODEL], None, day)
    assert closed_models([MODEL], None, day, tuned=False) == []
    assert closed_models([MODEL], None, date(2027, 1, 14), tuned=False)
