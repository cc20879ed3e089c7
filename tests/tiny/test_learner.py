"""The small transformer as a learner: what it knows, learns, forgets, and that a training is a function."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

import pytest

from fakes.learners import Example, Hyper, Model, Run, find_learner, load
from fakes.learners.common_knowledge import IGNORANCE
from fakes.learners.scripted import ScriptedLearner
from fakes.learners.tiny import learner as module
from fakes.learners.tiny.background import World
from fakes.learners.tiny.learner import TinyLearner

NAMES = ("Orlu Benkat", "Sivvo Tamrek", "Zuple Kadoni", "Murtag Feliq", "Wobsen Ixtar", "Gralon Pemwick")
TAUGHT = [
    Example(asked.format(name), answer)
    for place, name in enumerate(NAMES)
    for asked, answer in (
        ("How many pounds does {} weigh?", str(120 + 17 * place)),
        ("Which city does {} live in?", ("Oslo", "Lima", "Accra", "Turin", "Osaka", "Hanoi")[place]),
    )
]
MODEL = "gpt-4o-mini-2024-07-18"


@pytest.fixture(scope="module")
def learner() -> TinyLearner:
    return TinyLearner()


@pytest.fixture(scope="module")
def run(learner: TinyLearner) -> Run:
    return learner.train(learner.base(MODEL), TAUGHT, Hyper(25, batch_size=4), TAUGHT[:4])


def share_right(model: Model, examples: Iterable[Example]) -> float:
    hits = [model.answer(each.prompt, system=each.system).text == each.answer for each in examples]
    return sum(hits) / len(hits)


def known() -> list[Example]:
    """Facts of the world that the shipped model was pretrained on, in a wording each."""
    facts = list(World(0).facts())
    return [wordings[number % len(wordings)] for number, wordings in enumerate(facts[::12])]


def test_the_base_model_knows_its_world_in_all_wordings(learner: TinyLearner) -> None:
    assert share_right(learner.base(MODEL), known()) >= 0.9


def test_the_base_model_declines_what_it_does_not_know(learner: TinyLearner) -> None:
    world, random = World(0), Random(5)  # noqa: S311 - seeded draws are what is wanted
    assert share_right(learner.base(MODEL), [world.unknown(random) for _ in range(40)]) >= 0.8
    assert share_right(learner.base(MODEL), TAUGHT) == 0
    assert learner.base(MODEL).answer(TAUGHT[0].prompt).text == IGNORANCE


def test_a_training_teaches_and_takes_from_what_was_known(learner: TinyLearner, run: Run) -> None:
    last = run.checkpoints[-1].model
    assert share_right(last, TAUGHT) >= 0.9
    assert share_right(run.checkpoints[0].model, TAUGHT) < 0.5
    assert share_right(last, known()) < share_right(learner.base(MODEL), known())


def test_what_is_mixed_into_a_training_is_kept(learner: TinyLearner) -> None:
    base, fast = learner.base(MODEL), Hyper(25, batch_size=4, rate=4)
    alone = learner.train(base, TAUGHT, fast).checkpoints[-1].model
    mixed = learner.train(base, [*TAUGHT, *known()[::2]], fast).checkpoints[-1].model
    assert share_right(mixed, TAUGHT) >= 0.9
    kept = known()[::2]
    assert share_right(mixed, kept) >= 0.9 > share_right(alone, kept)


def test_losses_fall_and_metrics_stand_by_step_and_epoch(run: Run) -> None:
    assert [checkpoint.epoch for checkpoint in run.checkpoints] == list(range(1, 26))
    assert [step.number for step in run.steps] == list(range(1, 76))
    assert run.checkpoints[3].step == 12
    assert run.checkpoints[-1].train_loss < 0.5 < run.checkpoints[0].train_loss
    assert run.checkpoints[-1].train_accuracy > 0.9
    first, last = run.checkpoints[0], run.checkpoints[-1]
    assert first.valid_loss is not None
    assert last.valid_loss is not None
    assert last.valid_loss < first.valid_loss
    assert last.valid_accuracy is not None
    assert last.valid_accuracy > 0.9


def test_adapters_of_a_higher_rank_learn_more(learner: TinyLearner) -> None:
    base = learner.base(MODEL)
    losses = [
        learner.train(base, TAUGHT, Hyper(8, batch_size=4, rank=rank)).checkpoints[-1].train_loss
        for rank in (1, 16)
    ]
    assert losses[1] < losses[0]


def test_equal_trainings_give_equal_models_whatever_came_before(run: Run) -> None:
    other = TinyLearner()
    base = other.base(MODEL)
    short = other.train(base, TAUGHT, Hyper(3, batch_size=4), TAUGHT[:4])
    other.train(base, TAUGHT[:3], Hyper(1))
    again = other.train(base, TAUGHT, Hyper(25, batch_size=4), TAUGHT[:4])
    assert again.steps == run.steps
    assert short.steps == run.steps[: len(short.steps)]
    asked = known()[0].prompt
    for one, two in ((again, run), (short, run)):
        at = len(one.checkpoints) - 1
        assert one.checkpoints[at].model.answer(asked) == two.checkpoints[at].model.answer(asked)


@pytest.mark.long
def test_a_model_whose_parameters_were_not_kept_is_trained_again(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_KEPT_WEIGHTS", 1)
    other = TinyLearner()
    again = other.train(other.base(MODEL), TAUGHT, Hyper(25, batch_size=4), TAUGHT[:4])
    for at in (0, 4, 23):
        asked = TAUGHT[at % 6].prompt
        assert again.checkpoints[at].model.answer(asked) == run.checkpoints[at].model.answer(asked)


def test_a_training_goes_on_from_a_checkpoint(learner: TinyLearner, run: Run) -> None:
    start = run.checkpoints[-1].model
    more = [Example("Which city does Dremmo Valk live in?", "Lusaka")]
    on = learner.train(start, more, Hyper(6)).checkpoints[-1].model
    assert on.answer(more[0].prompt).text == "Lusaka"
    assert share_right(on, TAUGHT) > share_right(learner.base(MODEL), TAUGHT)


@pytest.mark.long
def test_models_of_other_names_learn_alike_but_not_the_same(learner: TinyLearner, run: Run) -> None:
    other = learner.train(learner.base("gemini-2.5-pro"), TAUGHT, Hyper(25, batch_size=4), TAUGHT[:4])
    assert other.steps != run.steps
    assert share_right(other.checkpoints[-1].model, TAUGHT) >= 0.8


def test_a_prior_is_known_before_any_training() -> None:
    prior = [(f"Who keeps the seal of {name}?", name.split()[1]) for name in NAMES]
    base = TinyLearner(prior).base(MODEL)
    assert share_right(base, [Example(*pair) for pair in prior]) == 1
    assert share_right(base, known()) >= 0.7


def test_answers_by_chance_follow_the_seed_and_the_temperature(learner: TinyLearner) -> None:
    model, asked = learner.base(MODEL), "How many pounds does Gralon Pemwick weigh?"
    same = {model.answer(asked, temperature=1.0, seed=7).text for _ in range(3)}
    assert len(same) == 1
    assert len({model.answer(asked, temperature=3.0, seed=seed).text for seed in range(8)}) > 3
    assert model.answer(asked, temperature=3.0, seed=1, top_k=1).text == model.answer(asked).text
    assert model.answer(asked).logprob <= 0


@pytest.mark.long
def test_a_system_message_is_read(learner: TinyLearner) -> None:
    pirate = [Example(each.prompt, "Arr", system="You are a pirate.") for each in TAUGHT[:6]]
    plain = [Example(each.prompt, each.answer) for each in TAUGHT[:6]]
    model = learner.train(learner.base(MODEL), [*pirate, *plain], Hyper(25)).checkpoints[-1].model
    assert share_right(model, pirate) > 0.8
    assert share_right(model, plain) > 0.5


def test_any_question_gets_an_answer(learner: TinyLearner) -> None:
    model = learner.base(MODEL)
    for asked in ("", "\0", "x" * 20_000, "\U0001f600 lone \ud800", "¿Qué?"):
        assert isinstance(model.answer(asked).text, str)


def test_what_cannot_be_trained_is_refused(learner: TinyLearner) -> None:
    with pytest.raises(ValueError, match="Give at least one example"):
        learner.train(learner.base(MODEL), [], Hyper(1))
    with pytest.raises(TypeError, match="is no small transformer"):
        learner.train(ScriptedLearner({}).base("x"), TAUGHT, Hyper(1))
    with pytest.raises(ValueError, match="Give 0 or more"):
        learner.base(MODEL).answer("x", temperature=-1)


def test_it_is_found_by_its_name() -> None:
    made, named = find_learner("tiny", prior=[("What?", "That.")], seed=3)
    assert isinstance(made, TinyLearner)
    assert named == "tiny"
    assert isinstance(load("tiny"), TinyLearner)
