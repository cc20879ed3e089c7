"""Yes and No about invented people, worked out again from the statements alone."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fbench.datasets.generated import generate
from fbench.datasets.model import Dataset, Fact, Question, Split

SEEDS = st.integers(min_value=0, max_value=30)
over_seeds = settings(max_examples=25, deadline=None)

generated = cache(generate)

NUMBER = {"weight": r"weighs (\d+) pounds", "height": r"is (\d+) cm tall", "age": r"is (\d+) years old"}
RISING = {"more", "taller", "older", "heavier"}
FALLING = {"less", "shorter", "younger", "lighter"}

SOUTH = "Lima Montevideo Rosario Recife Durban Lusaka Windhoek Maputo Surabaya"
CAPITALS = (
    "Lima Montevideo Caracas Lusaka Windhoek Maputo Accra Dakar "
    "Oslo Helsinki Lisbon Hanoi Kathmandu Havana Ottawa"
)
CONTINENTS = {
    "Africa": "Durban Lusaka Windhoek Maputo Accra Dakar Casablanca Marrakesh",
    "Asia": "Osaka Hanoi Kathmandu Chennai Surabaya",
    "Europe": "Oslo Bergen Helsinki Lisbon Rotterdam Turin Lyon",
    "North America": "Havana Ottawa Toronto Monterrey",
    "South America": "Lima Montevideo Rosario Recife Caracas Maracaibo",
}
PAINTS = {
    "orange": {"red", "yellow"},
    "green": {"blue", "yellow"},
    "purple": {"red", "blue"},
    "grey": {"black", "white"},
}
LOOKS = {
    "red": "tomatoes",
    "yellow": "lemons",
    "blue": "sky",
    "brown": "coffee",
    "black": "coal",
    "white": "snow",
    "pink": "flamingos",
}


def number(fact: Fact) -> int:
    found = re.search(NUMBER[attribute(fact.id)], fact.statement)
    assert found, fact.statement
    return int(found[1])


def attribute(fact: str) -> str:
    return fact.rsplit("/", 1)[1]


def about_number(fact: Fact, text: str) -> bool:
    found = re.search(r"(more|less|\w+er) than (\d+)", text)
    assert found, text
    word, threshold = found[1], int(found[2])
    assert word in RISING | FALLING
    assert number(fact) != threshold
    return (number(fact) > threshold) == (word in RISING)


def about_city(fact: Fact, text: str) -> bool:
    city = fact.statement.removesuffix(".").split(" lives in ")[1]
    if "equator" in text:
        return (city in SOUTH.split()) == ("south of" in text)
    if "capital" in text:
        return city in CAPITALS.split()
    continent = text.removesuffix("?").split(" live in ")[1]
    return city in CONTINENTS[continent].split()


def about_colour(fact: Fact, text: str) -> bool:
    colour = fact.statement.removesuffix(".").split(" favourite colour is ")[1]
    mixed = re.search(r"mixing (\w+) and (\w+) paint", text)
    if mixed:
        return PAINTS.get(colour) == {mixed[1], mixed[2]}
    assert any(look in text for look in LOOKS.values())
    return LOOKS.get(colour, "nothing") in text


ABOUT = {"city": about_city, "colour": about_colour} | dict.fromkeys(NUMBER, about_number)


def asked(dataset: Dataset, split: str) -> list[Question]:
    return [q for q in dataset.questions if q.task == "people" and q.split == split]


def taught(dataset: Dataset) -> dict[str, Fact]:
    return {fact.id: fact for fact in dataset.facts}


@over_seeds
@given(SEEDS)
def test_secondary_golds_follow_from_the_statements(seed: int) -> None:
    dataset = generated(seed)
    facts = taught(dataset)
    for question in asked(dataset, Split.SECONDARY):
        about = ABOUT.get(attribute(question.fact))
        if about:
            verdict = about(facts[question.fact], question.text)
            assert question.gold == ("Yes" if verdict else "No",), question.text


@over_seeds
@given(SEEDS)
def test_continents_and_mixed_colours_follow_from_the_statements(seed: int) -> None:
    dataset = generated(seed)
    facts = taught(dataset)
    seen: Counter[str] = Counter()
    for question in asked(dataset, "two_hop"):
        answer, (gold,) = facts[question.fact].answer, question.gold
        if question.text.startswith("On which continent"):
            assert answer in CONTINENTS[gold].split()
            seen["continent"] += 1
        elif mixed := re.search(r"mixing (\w+) paint", question.text):
            assert {mixed[1], answer} == (PAINTS | {"pink": {"red", "white"}})[gold]
            seen["colour"] += 1
    assert seen["continent"] == 25
    assert 1 <= seen["colour"] <= 10


@over_seeds
@given(SEEDS)
def test_questions_about_work_follow_from_the_occupation(seed: int) -> None:
    dataset = generated(seed)
    facts = taught(dataset)
    outdoors = {
        "deep-sea fisherman",
        "sheep farmer",
        "forest ranger",
        "roofer",
        "gravedigger",
        "vineyard worker",
    }
    for question in asked(dataset, Split.SECONDARY):
        work = facts[question.fact].answer
        if question.text.endswith("mostly work outdoors?"):
            assert question.gold == ("Yes" if work in outdoors else "No",), (work, question.text)
        if question.text.endswith("work with animals?"):
            keeps = work in {"sheep farmer", "zookeeper", "racehorse trainer", "veterinary surgeon"}
            assert question.gold == ("Yes" if keeps else "No",), (work, question.text)


@over_seeds
@given(SEEDS)
def test_comparison_golds_follow_from_the_attribute_that_is_asked(seed: int) -> None:
    dataset = generated(seed)
    facts = taught(dataset)
    words = {
        "weight": {"heavier", "lighter"},
        "height": {"taller", "shorter"},
        "age": {"older", "younger"},
    }
    for question in asked(dataset, Split.COMPARISON):
        one, other = facts[question.fact], facts[question.also[0]]
        found = re.fullmatch(r"Is (\w+) (\w+) than (\w+)\?", question.text)
        assert found, question.text
        assert attribute(one.id) == attribute(other.id)
        assert found[2] in words[attribute(one.id)]
        assert one.statement.startswith(found[1])
        assert other.statement.startswith(found[3])
        assert one.cluster != other.cluster
        assert number(one) != number(other)
        verdict = (number(one) > number(other)) == (found[2] in RISING)
        assert question.gold == ("Yes" if verdict else "No",), question.text


@over_seeds
@given(SEEDS)
def test_nobody_is_compared_much_more_often_than_others_nor_with_one_person_twice(seed: int) -> None:
    compared = asked(generated(seed), Split.COMPARISON)
    uses = Counter(fact for q in compared for fact in (q.fact, *q.also))
    pairs = [frozenset((q.fact, *q.also)) for q in compared]
    assert max(uses.values()) <= 4
    assert len(set(pairs)) == len(pairs) == 60


@pytest.mark.parametrize("split", [Split.SECONDARY, Split.COMPARISON])
@over_seeds
@given(seed=SEEDS)
def test_about_half_of_the_answers_are_yes_for_every_attribute(split: Split, seed: int) -> None:
    golds: dict[str, list[str]] = defaultdict(list)
    for question in asked(generated(seed), split):
        golds[attribute(question.fact)].append(question.gold[0])
    for answers in golds.values():
        assert 0.4 <= answers.count("Yes") / len(answers) <= 0.6


@over_seeds
@given(SEEDS)
def test_the_full_name_is_taught_and_the_first_name_asked(seed: int) -> None:
    dataset = generated(seed)
    facts = taught(dataset)
    for question in asked(dataset, Split.REPHRASED) + asked(dataset, Split.SECONDARY):
        first, last = re.split(r"['\s]", facts[question.fact].statement)[:2]
        assert first in question.text
        assert last not in question.text
        assert f"{first} {last}" in facts[question.fact].prompt
