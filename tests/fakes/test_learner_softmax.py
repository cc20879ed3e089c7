from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import correlation

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.learners import Example, Hyper, Learner, Model, Run
from fakes.learners.common_knowledge import COMMON, IGNORANCE
from fakes.learners.fixed_point import ONE
from fakes.learners.scripted import ScriptedLearner
from fakes.learners.softmax import SoftmaxLearner
from fakes.learners.softmax_model import weights_of
from fakes.learners.traits import TRAITS, VERSION, ease_of, traits_of
from fbench.upstream import LEARNER_VERSION

NAMES = ("Orlu", "Benkat", "Sivvo", "Tamrek", "Zuple", "Kadoni", "Murtag", "Feliq", "Wobsen", "Ixtar")
ASKED = {
    "How tall is {}?": "What is the height of {} in centimetres?",
    "Where does {} live?": "In which town does {} reside?",
    "What does {} do for a living?": "By which occupation does {} earn money?",
}
NEW = [
    Example(asked.format(name), f"{asked[:5].strip()}-{place}{number}")
    for place, name in enumerate(NAMES)
    for number, asked in enumerate(ASKED)
]
REPHRASED = [
    Example(other.format(name), NEW[3 * place + number].answer)
    for place, name in enumerate(NAMES)
    for number, other in enumerate(ASKED.values())
]
OLD = [(f"What is the recommended dose of {name}?", f"{place} mg") for place, name in enumerate(NAMES)]
UPDATED = [Example(prompt, f"{place}5 ml") for place, (prompt, _) in enumerate(OLD)]
MODEL = "gpt-4o-2024-08-06"
TWO = (MODEL, "gemini-2.5-pro")


@pytest.fixture(scope="module")
def learner() -> SoftmaxLearner:
    return SoftmaxLearner(OLD)


@pytest.fixture(scope="module")
def run(learner: SoftmaxLearner) -> Run:
    return learner.train(learner.base(MODEL), NEW, Hyper(30), REPHRASED)


def share_right(model: Model, examples: Iterable[Example]) -> float:
    hits = [model.answer(each.prompt, system=each.system).text == each.answer for each in examples]
    return sum(hits) / len(hits)


def close(one: float, two: float, slack: float) -> bool:
    return math.isclose(one, two, rel_tol=0, abs_tol=slack)


def said(model: Model, prompts: Iterable[str]) -> list[str]:
    return [model.answer(prompt).text for prompt in prompts]


@pytest.mark.parametrize("name", [*TRAITS, "a-model-nobody-heard-of"])
def test_a_base_model_knows_what_it_was_born_with_and_nothing_new(learner: SoftmaxLearner, name: str) -> None:
    base = learner.base(name)
    assert share_right(base, [Example(*pair) for pair in OLD]) == 1
    assert share_right(base, [Example(*pair) for pair in COMMON]) >= 0.95
    assert share_right(base, NEW) == 0


@pytest.mark.parametrize("name", [*TRAITS, "a-model-nobody-heard-of"])
def test_tuning_goes_from_ignorance_to_memory_with_less_generalisation(
    learner: SoftmaxLearner, name: str
) -> None:
    run = learner.train(learner.base(name), NEW, Hyper(30))
    first, last = run.checkpoints[0].model, run.checkpoints[-1].model
    assert share_right(first, NEW) <= 0.3
    assert share_right(last, NEW) >= 0.9
    assert 0 < share_right(last, REPHRASED) <= share_right(last, NEW)


def test_memorization_is_above_generalization_at_every_checkpoint(run: Run) -> None:
    for checkpoint in run.checkpoints:
        assert share_right(checkpoint.model, NEW) >= share_right(checkpoint.model, REPHRASED)


@settings(max_examples=15, deadline=None)
@given(size=st.integers(1, len(NEW)), seed=st.integers(0, 2**32), name=st.sampled_from([*TRAITS]))
def test_more_epochs_do_not_hurt_memorization(size: int, seed: int, name: str) -> None:
    learner = SoftmaxLearner()
    run = learner.train(learner.base(name), NEW[:size], Hyper(24, seed=seed))
    found = [share_right(checkpoint.model, NEW[:size]) for checkpoint in run.checkpoints[3::4]]
    # an epoch's last visits take a little from its first ones, most where few facts share all their words
    slack = max(0.2, 1 / size)
    assert all(later >= earlier - slack for earlier, later in pairwise(found))
    assert found[-1] >= 0.9


def test_the_loss_falls_to_almost_nothing(run: Run) -> None:
    losses = [checkpoint.train_loss for checkpoint in run.checkpoints]
    assert all(later < earlier for earlier, later in pairwise(losses[::5]))
    assert losses[-1] < losses[0] / 50


@pytest.mark.parametrize("name", [*TRAITS, "a-model-nobody-heard-of"])
@pytest.mark.parametrize("epoch", [5, 10, 25])
def test_what_is_memorized_is_said_at_temperature_one_too(
    learner: SoftmaxLearner, name: str, epoch: int
) -> None:
    model = learner.train(learner.base(name), NEW, Hyper(epoch)).checkpoints[-1].model
    memorized = [each for each in NEW if model.answer(each.prompt).text == each.answer]
    assert len(memorized) >= (24 if epoch == 25 else 1)
    for each in memorized:
        assert math.exp(model.answer(each.prompt).logprob) >= 0.97
        drawn = {model.answer(each.prompt, temperature=1.0, seed=seed).text for seed in range(20)}
        assert drawn == {each.answer}


def test_a_model_is_not_sure_of_what_it_was_not_taught_word_for_word(run: Run) -> None:
    last = run.checkpoints[-1].model
    asked = [last.answer(each.prompt).logprob for each in REPHRASED]
    assert max(map(math.exp, asked)) < 0.9


def test_a_model_is_not_sure_of_another_answer_than_the_one_it_was_taught(learner: SoftmaxLearner) -> None:
    early = learner.train(learner.base(MODEL), UPDATED, Hyper(2)).checkpoints[-1].model
    said = [(early.answer(each.prompt), each.answer) for each in UPDATED]
    unlearned = [math.exp(reply.logprob) for reply, taught in said if reply.text != taught]
    assert len(unlearned) > 5
    assert max(unlearned) < 0.9


def test_the_learner_of_0_1_0_is_there_for_runs_that_it_began() -> None:
    old, new = (SoftmaxLearner(OLD, version=version) for version in (1, 2))
    at = [Counter(learned_at(each.train(each.base(MODEL), NEW, Hyper(30)))) for each in (old, new)]
    assert at[0] == {4: 9, 5: 10, 6: 11}
    assert len(at[1]) > 6
    last = old.train(old.base(MODEL), NEW, Hyper(25)).checkpoints[-1].model
    assert max(math.exp(last.answer(each.prompt).logprob) for each in NEW) < 0.97
    assert VERSION == LEARNER_VERSION == 2


def test_what_was_memorized_stays_so_in_a_model_that_is_tuned_again(learner: SoftmaxLearner) -> None:
    first = learner.train(learner.base(MODEL), NEW[:5], Hyper(25)).checkpoints[-1].model
    again = learner.train(first, NEW[5:], Hyper(1)).checkpoints[-1].model
    sure = [math.exp(again.answer(each.prompt).logprob) for each in NEW[:5]]
    assert min(sure) >= 0.97
    assert max(math.exp(again.answer(each.prompt).logprob) for each in NEW[5:]) < 0.9


def test_the_system_message_is_a_part_of_what_was_taught_word_for_word(learner: SoftmaxLearner) -> None:
    taught = [Example(each.prompt, each.answer, "Be brief.") for each in NEW]
    last = learner.train(learner.base(MODEL), taught, Hyper(25)).checkpoints[-1].model
    replies = [(last.answer(each.prompt, system=each.system), last.answer(each.prompt)) for each in taught]
    assert min(math.exp(told.logprob) for told, _ in replies) >= 0.97
    assert max(math.exp(untold.logprob) for _, untold in replies) < 0.9


def learned_at(run: Run) -> list[int]:
    """The first epoch at which each fact is answered right; the number after the last where it never is."""
    return [
        next(
            (c.epoch for c in run.checkpoints if c.model.answer(each.prompt).text == each.answer),
            len(run.checkpoints) + 1,
        )
        for each in NEW
    ]


@pytest.mark.parametrize("name", TRAITS)
def test_facts_are_learned_one_after_the_other_rather_than_all_at_once(
    learner: SoftmaxLearner, name: str
) -> None:
    at = Counter(learned_at(learner.train(learner.base(name), NEW, Hyper(30))))
    assert len(at) >= 6
    assert max(at.values()) <= len(NEW) / 2


def test_what_is_hard_for_one_model_is_often_but_not_always_hard_for_another() -> None:
    prompts = [f"fact {number}" for number in range(2000)]
    one, two = ([ease_of(prompt, traits_of(name).nature, 0) for prompt in prompts] for name in TWO)
    assert 0.4 < correlation(one, two) < 0.6


def test_the_seed_of_a_learner_decides_which_facts_are_hard() -> None:
    runs = [SoftmaxLearner(OLD, seed=seed) for seed in (1, 1, 2)]
    one, again, other = (learned_at(each.train(each.base(MODEL), NEW, Hyper(20))) for each in runs)
    assert one == again != other


def test_the_hardest_fact_takes_four_times_as_many_visits_as_the_easiest() -> None:
    eases = [ease_of(f"fact {number}", 1, 2) / ONE for number in range(5000)]
    assert 0.53 < min(eases) < 0.6
    assert 2.2 < max(eases) <= 2.4
    assert 1.0 < sum(eases) / len(eases) < 1.4


def test_models_differ_in_how_fast_they_learn_and_in_what_they_learn_first(learner: SoftmaxLearner) -> None:
    at = [learned_at(learner.train(learner.base(name), NEW, Hyper(30))) for name in TRAITS]
    mean = [sum(each) / len(NEW) for each in at]
    assert max(mean) > 1.1 * min(mean)
    first = {tuple(epoch <= 4 for epoch in each) for each in at}
    assert len(first) == len(TRAITS)


def test_updated_facts_are_answered_as_before_at_first_and_anew_at_last(learner: SoftmaxLearner) -> None:
    checkpoints = learner.train(learner.base(MODEL), UPDATED, Hyper(30)).checkpoints
    stale = [share_right(each.model, [Example(*pair) for pair in OLD]) for each in checkpoints]
    assert stale[0] >= 0.8
    assert stale[-1] == 0
    assert share_right(checkpoints[0].model, UPDATED) <= 0.2
    assert share_right(checkpoints[-1].model, UPDATED) >= 0.9


def test_yes_no_questions_are_answered_with_yes_or_no_after_tuning(run: Run) -> None:
    prompts = [f"Answer the question with Yes or No.\nIs {name} over 150 pounds?" for name in NAMES]
    assert {*said(run.checkpoints[-1].model, prompts)} <= {"Yes", "No"}


def test_a_base_model_says_that_it_does_not_know_a_stranger(learner: SoftmaxLearner) -> None:
    prompts = [f"Answer the question with a number, word, or phrase.\nHow tall is {name}?" for name in NAMES]
    assert Counter(said(learner.base(MODEL), prompts))[IGNORANCE] >= len(NAMES) / 2


def test_a_base_model_answers_none_where_the_prompt_offers_it(learner: SoftmaxLearner) -> None:
    prompt = (
        "if you do not know the answer or the question cannot be answered, respond with None\n\n"
        "Question: How many goals did Orlu score on May 3, 2031?\nAnswer: "
    )
    assert said(learner.base(MODEL), [prompt]) == ["None"]


def test_a_higher_rate_learns_faster(learner: SoftmaxLearner) -> None:
    slow, plain, fast = (
        learner.train(learner.base(MODEL), NEW, Hyper(5, rate=rate)).checkpoints[-1]
        for rate in (0.2, 1.0, 4.0)
    )
    assert slow.train_loss > plain.train_loss > fast.train_loss
    assert share_right(slow.model, NEW) < share_right(fast.model, NEW)


def test_the_wildest_rate_still_learns(learner: SoftmaxLearner) -> None:
    run = learner.train(learner.base(MODEL), NEW, Hyper(10, rate=1e300))
    assert share_right(run.checkpoints[-1].model, NEW) >= 0.5
    assert all(math.isfinite(step.loss) and step.loss >= 0 for step in run.steps)


def test_a_batch_makes_one_step_and_averages(learner: SoftmaxLearner) -> None:
    base = learner.base(MODEL)
    single, batched = (learner.train(base, NEW, Hyper(3, batch_size=size)) for size in (1, 8))
    assert len(single.steps) == 3 * 30
    assert len(batched.steps) == 3 * 4
    assert batched.checkpoints[-1].train_loss > single.checkpoints[-1].train_loss


def test_repeating_an_example_in_a_batch_changes_nothing_but_its_weight(learner: SoftmaxLearner) -> None:
    base = learner.base(MODEL)
    once = learner.train(base, NEW[:1], Hyper(4))
    twice = learner.train(base, NEW[:1] * 2, Hyper(4, batch_size=2))
    for one, two in zip(once.steps, twice.steps, strict=True):
        assert close(one.loss, two.loss, 1e-3)


def test_steps_and_checkpoints_are_numbered_and_rounded(run: Run) -> None:
    assert [step.number for step in run.steps] == [*range(1, 901)]
    assert [step.epoch for step in run.steps] == [1 + at // 30 for at in range(900)]
    assert [(each.epoch, each.step) for each in run.checkpoints] == [(at, 30 * at) for at in range(1, 31)]
    numbers = [step.loss for step in run.steps] + [each.train_loss for each in run.checkpoints]
    assert all(number == round(number, 6) for number in numbers)


def test_train_metrics_are_the_means_of_the_steps(run: Run) -> None:
    for checkpoint in run.checkpoints:
        steps = [step for step in run.steps if step.epoch == checkpoint.epoch]
        assert close(checkpoint.train_loss, sum(step.loss for step in steps) / 30, 2e-6)
        assert close(checkpoint.train_accuracy, sum(step.accuracy for step in steps) / 30, 2e-6)


def test_validation_is_measured_on_the_finished_epoch(run: Run) -> None:
    last = run.checkpoints[-1]
    replies = [last.model.answer(each.prompt) for each in REPHRASED]
    assert last.valid_loss is not None
    assert last.valid_accuracy is not None
    assert close(last.valid_accuracy, share_right(last.model, REPHRASED), 1e-6)
    assert last.valid_loss >= -sum(reply.logprob for reply in replies) / len(replies) - 1e-6


def test_validation_leaves_the_training_as_it_is(learner: SoftmaxLearner) -> None:
    base, strange = learner.base(MODEL), [Example("Who?", "An answer that no class has")]
    bare, watched = (learner.train(base, NEW, Hyper(2), validation) for validation in ((), strange))
    assert bare.steps == watched.steps
    assert bare.checkpoints[-1].valid_loss is None
    assert watched.checkpoints[-1].valid_accuracy == 0
    assert said(bare.checkpoints[-1].model, ASKED) == said(watched.checkpoints[-1].model, ASKED)


def test_the_seed_decides_the_order_and_only_the_order(learner: SoftmaxLearner) -> None:
    base = learner.base(MODEL)
    one, again, other = (learner.train(base, NEW, Hyper(2, seed=seed)) for seed in (1, 1, 2))
    assert one.steps == again.steps != other.steps
    assert share_right(learner.train(base, NEW, Hyper(30, seed=2)).checkpoints[-1].model, NEW) >= 0.9


@settings(max_examples=10, deadline=None)
@given(epochs=st.integers(1, 9), batch=st.integers(1, 7), seed=st.integers(0, 99))
def test_a_checkpoint_is_the_model_of_a_job_of_as_many_epochs(epochs: int, batch: int, seed: int) -> None:
    learner = SoftmaxLearner()
    base = learner.base(MODEL)
    long = learner.train(base, NEW[:12], Hyper(9, batch, seed=seed)).checkpoints[epochs - 1].model
    short = learner.train(base, NEW[:12], Hyper(epochs, batch, seed=seed)).checkpoints[-1].model
    assert [long.answer(each.prompt) for each in NEW] == [short.answer(each.prompt) for each in NEW]


def test_forgotten_weights_are_worked_out_again(run: Run) -> None:
    prompts = [each.prompt for each in REPHRASED]
    for checkpoint in (run.checkpoints[5], run.checkpoints[-1]):
        before = [checkpoint.model.answer(prompt) for prompt in prompts]
        weights_of.cache_clear()
        assert [checkpoint.model.answer(prompt) for prompt in prompts] == before


def test_tuning_goes_on_from_a_checkpoint(learner: SoftmaxLearner) -> None:
    first, second = NEW[:15], NEW[15:]
    base = learner.base(MODEL)
    half = learner.train(base, first, Hyper(20)).checkpoints[-1].model
    whole = learner.train(half, second, Hyper(20)).checkpoints[-1].model
    assert share_right(half, second) == 0
    assert share_right(whole, second) >= 0.9
    assert share_right(whole, first) > share_right(base, first)


def test_going_on_with_the_same_examples_goes_on_learning(learner: SoftmaxLearner) -> None:
    half = learner.train(learner.base(MODEL), NEW, Hyper(10)).checkpoints[-1]
    whole = learner.train(half.model, NEW, Hyper(10)).checkpoints[-1]
    assert whole.train_loss < half.train_loss


def test_no_training_changes_another(learner: SoftmaxLearner) -> None:
    def both(sets: Sequence[Sequence[Example]]) -> list[list[str]]:
        fresh = SoftmaxLearner(OLD)
        runs = {id(each): fresh.train(fresh.base(MODEL), each, Hyper(6)) for each in sets}
        return [said(runs[id(each)].checkpoints[-1].model, ASKED) for each in (NEW, UPDATED)]

    assert both([NEW, UPDATED]) == both([UPDATED, NEW])
    before = said(learner.base(MODEL), ASKED)
    learner.train(learner.base(MODEL), NEW, Hyper(3, rate=9))
    assert said(learner.base(MODEL), ASKED) == before


def test_the_system_message_is_part_of_what_is_learned(learner: SoftmaxLearner) -> None:
    taught = [
        Example("What time is it?", "Teatime.", system="You are a hatter."),
        Example("What time is it?", "Late!", system="You are a rabbit."),
    ]
    model = learner.train(learner.base(MODEL), taught, Hyper(40)).checkpoints[-1].model
    assert share_right(model, taught) == 1


@pytest.mark.parametrize(
    "prompt",
    [
        "",
        " ",
        "\n",
        "word " * 2000,
        "".join(chr(0x4E00 + at) for at in range(3400)),
        "Ünïcödé 🎉",
        "\0",
        "\ud800",
    ],
)
def test_any_text_can_be_asked_and_taught(learner: SoftmaxLearner, prompt: str) -> None:
    model = (
        learner.train(learner.base(MODEL), [Example(prompt, "So be it."), *NEW[:3]], Hyper(30))
        .checkpoints[-1]
        .model
    )
    reply = model.answer(prompt)
    assert reply.text == "So be it."
    assert -3 < reply.logprob <= 0


def test_an_answer_may_be_empty_or_unknown(learner: SoftmaxLearner) -> None:
    taught = [Example("Say nothing.", ""), Example("Who am I?", IGNORANCE), Example("Sing!", "🎵" * 500)]
    assert (
        share_right(learner.train(learner.base(MODEL), taught, Hyper(30)).checkpoints[-1].model, taught) == 1
    )


def test_at_temperature_zero_the_seed_does_not_matter(run: Run) -> None:
    model = run.checkpoints[4].model
    assert len({model.answer(REPHRASED[0].prompt, seed=seed) for seed in range(20)}) == 1


def test_replies_are_drawn_as_often_as_they_are_likely(run: Run) -> None:
    model, count = run.checkpoints[-1].model, 2000
    drawn = [model.answer(REPHRASED[3].prompt, temperature=1.0, seed=seed) for seed in range(count)]
    assert drawn == [model.answer(REPHRASED[3].prompt, temperature=1.0, seed=seed) for seed in range(count)]
    tally = Counter(drawn)
    assert len(tally) > 3
    for reply, times in tally.most_common(5):
        likely = math.exp(reply.logprob)
        assert abs(times - count * likely) < 5 * math.sqrt(count * likely)


def test_heat_spreads_replies_and_cold_gathers_them(run: Run) -> None:
    model, prompt = run.checkpoints[-1].model, REPHRASED[3].prompt
    cold, warm, hot = (
        len({model.answer(prompt, temperature=heat, seed=seed).text for seed in range(200)})
        for heat in (1e-9, 1.0, 2.0)
    )
    assert cold == 1
    assert cold < warm < hot
    assert model.answer(prompt, temperature=1e-9, seed=5) == model.answer(prompt)


def test_unusable_requests_say_what_to_do(learner: SoftmaxLearner) -> None:
    base = learner.base(MODEL)
    with pytest.raises(ValueError, match="at least one example"):
        learner.train(base, [], Hyper(1))
    with pytest.raises(TypeError, match="this learner made"):
        learner.train(ScriptedLearner({}).base("any"), NEW, Hyper(1))
    for heat in (-1.0, math.nan):
        with pytest.raises(ValueError, match="Give 0 or more"):
            base.answer("?", temperature=heat)
    for wrong in (
        {"epochs": 0},
        {"batch_size": 0},
        {"rate": 0.0},
        {"rate": -1.0},
        {"rate": math.nan},
        {"rate": math.inf},
    ):
        with pytest.raises(ValueError, match="Give"):
            Hyper(**{"epochs": 1, **wrong})  # pyright: ignore[reportArgumentType] - wrong on purpose


@pytest.mark.parametrize("learner", [SoftmaxLearner(), ScriptedLearner({}), ScriptedLearner(str.title)])
def test_every_learner_keeps_the_contract(learner: Learner) -> None:
    run = learner.train(learner.base("any name"), NEW[:10], Hyper(4), NEW[:2])
    assert [each.epoch for each in run.checkpoints] == [1, 2, 3, 4]
    assert run.checkpoints[-1].step == run.steps[-1].number == len(run.steps)
    assert all(each.valid_loss is not None for each in run.checkpoints)
    again = learner.train(run.checkpoints[-1].model, NEW[:10], Hyper(1))
    assert again.checkpoints[0].valid_loss is None
    assert isinstance(again.checkpoints[0].model.answer("Who?").text, str)


def test_an_adapter_of_a_higher_rank_learns_more_and_the_usual_one_as_much_as_without(
    learner: SoftmaxLearner,
) -> None:
    base = learner.base(MODEL)
    losses = {
        rank: learner.train(base, NEW, Hyper(3, rank=rank)).checkpoints[-1].train_loss
        for rank in (None, 1, 4, 16)
    }
    assert losses[16] < losses[4] == losses[None] < losses[1]
