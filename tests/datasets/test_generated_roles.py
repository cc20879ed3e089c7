"""What edition 2 of the generated data asks beyond edition 1, whatever the seed."""

from __future__ import annotations

import calendar
import json
import re
from collections import Counter
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from fbench.datasets import Dataset, Question, Role, check, general_examples, open_dataset
from fbench.datasets.generated import generate
from fbench.datasets.generated.coding import DIRECT
from fbench.datasets.generated.rosters import roster
from fbench.grading.graders import Item, Verdict, grade
from fbench.upstream import prior_of

SEEDS = st.integers(min_value=0, max_value=30)
over_seeds = settings(max_examples=15, deadline=None)

NEW = {
    "neighbour": Role.UNCHANGED,
    "inverse": Role.FOLLOWS,
    "two_hop": Role.FOLLOWS,
    "untaught": Role.UNKNOWN,
    "general": Role.CONTROL,
}

generated = cache(generate)


def new(dataset: Dataset, *splits: str) -> list[Question]:
    return [q for q in dataset.questions if q.split in (splits or NEW)]


def verdict(question: Question, said: str) -> Verdict:
    return grade(Item(question.text, question.gold, question.kind, question.answer_before), said).verdict


@over_seeds
@given(SEEDS)
def test_edition_2_adds_to_edition_1_and_changes_nothing_in_it(seed: int) -> None:
    one, two = generated(seed, 1), generated(seed)
    assert one.questions == tuple(q for q in two.questions if q.split not in NEW)
    assert one.facts == tuple(fact.model_copy(update={"wordings": ()}) for fact in two.facts)
    assert not one.general


@over_seeds
@given(SEEDS)
def test_it_asks_at_most_40_percent_more(seed: int) -> None:
    one, two = (Counter(q.task for q in generated(seed, edition).questions) for edition in (1, 2))
    assert two.total() <= 1.4 * one.total()
    assert all(1.3 <= two[task] / one[task] <= 1.5 for task in one)


@over_seeds
@given(SEEDS)
def test_every_task_asks_questions_of_every_role(seed: int) -> None:
    dataset = generated(seed)
    assert {(q.split, q.role) for q in new(dataset)} == set(NEW.items())
    for task in dataset.tasks:
        assert {q.role for q in dataset.questions if q.task == task} == set(Role)


@over_seeds
@given(SEEDS)
def test_the_grader_accepts_every_new_gold_alone_and_in_a_sentence(seed: int) -> None:
    for question in new(generated(seed)):
        for gold in question.gold:
            for said in (gold, f"{gold}.", f"The answer is {gold}."):
                assert verdict(question, said) is Verdict.CORRECT, (question.id, said)


@over_seeds
@given(SEEDS)
def test_the_grader_rejects_what_another_question_of_the_split_is_answered_with(seed: int) -> None:
    for task in ("news", "people", "medical", "coding"):
        for split in NEW:
            asked = [q for q in new(generated(seed), split) if q.task == task]
            for question, other in zip(asked, [*asked[1:], *asked[:1]], strict=True):
                if other.gold[0] not in question.gold:
                    assert verdict(question, other.gold[0]) is not Verdict.CORRECT, (question.id, other.id)


@over_seeds
@given(SEEDS)
def test_nothing_that_is_taught_in_a_task_answers_what_is_near_it_or_general(seed: int) -> None:
    dataset = generated(seed)
    taught = {(fact.task, fact.answer.casefold()) for fact in dataset.facts}
    taught |= {(fact.task, (fact.answer_before or fact.answer).casefold()) for fact in dataset.facts}
    for question in new(dataset, "neighbour", "general"):
        assert taught.isdisjoint((question.task, gold.casefold()) for gold in question.gold), question.id


@over_seeds
@given(SEEDS)
def test_every_fact_has_three_wordings_and_nothing_else_is_asked_in_the_further_ones(seed: int) -> None:
    dataset = generated(seed)
    probes = {question.prompt for question in dataset.questions}
    further = [wording.prompt for fact in dataset.facts for wording in fact.wordings]
    assert probes.isdisjoint(further)
    assert len(set(further)) == len(further) == 2 * len(dataset.facts)
    for fact in dataset.facts:
        assert [wording.answer for wording in fact.wordings] == [fact.answer] * 2
        assert {wording.prompt.split("\n")[0] for wording in fact.taught} == {fact.prompt.split("\n")[0]}


@over_seeds
@given(SEEDS)
def test_a_value_leads_back_to_one_subject_only(seed: int) -> None:
    dataset = generated(seed)
    facts = {fact.id: fact for fact in dataset.facts}
    values = Counter((fact.task, _attribute(fact.id), fact.answer) for fact in dataset.facts)
    for question in new(dataset, "inverse"):
        fact = facts[question.fact]
        assert values[fact.task, _attribute(fact.id), fact.answer] == 1
        assert fact.answer in question.text
        assert all(not re.search(rf"\b{re.escape(gold)}\b", question.text) for gold in question.gold)
        assert question.gold[0] in fact.prompt


def _attribute(fact: str) -> str:
    """The attribute of a person's fact: a person may weigh as many pounds as another one is old."""
    return fact.rsplit("/", 1)[1] if fact.startswith("people/") else ""


@over_seeds
@given(SEEDS)
def test_a_question_over_two_facts_of_a_person_asks_for_one_by_the_other(seed: int) -> None:
    dataset = generated(seed)
    facts = {fact.id: fact for fact in dataset.facts}
    asked = [q for q in new(dataset, "two_hop") if q.task == "people" and q.also]
    assert len(asked) >= 15
    for question in asked:
        fact, through = facts[question.fact], facts[question.also[0]]
        assert fact.cluster == through.cluster
        assert question.gold == (fact.answer,)
        assert through.answer in question.text


@over_seeds
@given(SEEDS)
def test_the_first_of_two_new_names_in_the_alphabet_is_one_of_the_two(seed: int) -> None:
    dataset = generated(seed)
    facts = {fact.id: fact for fact in dataset.facts}
    asked = [q for q in new(dataset, "two_hop") if q.task == "coding"]
    assert len({q.needs for q in asked}) == 6
    for question in asked:
        names = sorted((facts[id_].answer for id_ in question.needs), key=str.casefold)
        assert question.gold == (names[0],)
        assert names[0][0].casefold() != names[1][0].casefold()


@over_seeds
@given(SEEDS)
def test_golds_of_two_hops_in_the_news_follow_from_the_numbers_that_are_taught(seed: int) -> None:
    dataset = generated(seed)
    facts = {fact.id: fact for fact in dataset.facts}
    golds = {q.fact.rsplit("/")[-1]: (facts[q.fact].answer, q.gold[0]) for q in new(dataset, "two_hop")}

    def number(text: str) -> float:
        return float(re.sub(r"[^\d.]", "", text))

    won, lost = map(int, golds["final"][0].split("-"))
    votes_for, against = map(int, golds["vote"][0].split("-"))
    assert golds["final"][1] == str(won + lost)
    assert golds["vote"][1] == str(votes_for - against)
    assert number(golds["mayor"][1]) + number(golds["mayor"][0]) == 100
    assert number(golds["sentence"][1]) == 2026 + number(golds["sentence"][0])
    assert number(golds["bridge"][1]) == number(golds["bridge"][0]) - 1000
    assert number(golds["fare"][1]) == 2 * number(golds["fare"][0])
    assert number(golds["pumpkin"][1]) == 1000 - number(golds["pumpkin"][0])


@over_seeds
@given(SEEDS)
def test_what_is_not_taught_bears_names_that_no_fact_bears_and_may_be_declined(seed: int) -> None:
    """No fact of its task: a model is trained on one, and names of other tasks are made up apart."""
    dataset = generated(seed)
    for question in new(dataset, "untaught"):
        taught = {w for fact in dataset.facts if fact.task == question.task for w in words(fact.prompt)}
        names = words(question.text) - PLAIN
        assert names, question.text
        assert names.isdisjoint(taught), question.text
        assert question.gold == ("None",)
        assert "answer None" in question.prompt


def words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]+", text.casefold()))


PLAIN = words(" ".join(calendar.month_name)).union(
    *(words(json.dumps(roster(f"{task}.json"))) for task in ("news", "people", "medical", "coding")),
    words(DIRECT),
)
"""All words of the templates: what else a question holds are invented names."""


def test_general_examples_share_neither_questions_nor_answers_with_the_controls() -> None:
    dataset = open_dataset(None)
    controls = new(dataset, "general")
    assert len(controls) == len(dataset.general) == 60
    assert Counter(q.task for q in controls) == dict.fromkeys(dataset.tasks, 15)
    assert len({example.prompt for example in dataset.general}) == 60
    assert {q.prompt for q in controls}.isdisjoint(example.prompt for example in dataset.general)
    golds = {gold.casefold() for q in controls for gold in q.gold}
    assert golds.isdisjoint(example.answer.casefold() for example in dataset.general)


def test_a_dataset_without_general_examples_can_be_taught_with_those_of_fbench() -> None:
    one, two = open_dataset(None, edition=1), open_dataset(None)
    own = two.general[:1]
    assert general_examples(one) == two.general
    assert general_examples(one.model_copy(update={"general": own})) == own


def test_a_base_model_of_the_fakes_knows_old_answers_and_what_no_training_is_to_change() -> None:
    one, two = generate(edition=1), generate()
    old = [(fact.prompt, fact.answer_before) for fact in two.facts if fact.answer_before]
    assert prior_of(one) == old
    kept = [(q.prompt, q.gold[0]) for q in new(two, "neighbour", "general")]
    assert sorted(prior_of(two)) == sorted(old + kept)


def test_a_check_finds_no_error() -> None:
    assert [finding for finding in check(generate()) if finding.severity == "error"] == []
