"""Invented people: 25 of them, six facts each, and what follows from a fact or from two."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypedDict

from fbench.datasets.generated.names import Inventor
from fbench.datasets.generated.templates import ask, dealt, roster, wrap
from fbench.datasets.model import AnswerKind, Fact, Question, Split

__all__ = ["people"]

PEOPLE = 25
COMPARISONS = 20  # for each number that can be compared

PLAIN = "Answer the question with a number, a word or a short phrase only.\n{question}"
POLAR = "Answer the question with Yes or No only.\n{question}"


class _City(TypedDict):
    continent: str
    south: bool
    capital: bool


class _Work(TypedDict):
    """What somebody of an occupation certainly does, and certainly does not."""

    yes: list[str]
    no: list[str]


class _Roster(TypedDict):
    occupations: dict[str, _Work]
    cities: dict[str, _City]
    colours: dict[str, str]


@dataclass(frozen=True)
class _Attribute:
    """One thing to know about a person: how it is taught (full name) and asked again (first name)."""

    key: str
    kind: AnswerKind
    question: str
    rephrased: str
    statement: str


@dataclass(frozen=True)
class _Measure:
    """A number: its range, the adjectives to compare by, and how far apart two values are at least."""

    low: int
    high: int
    more: str
    less: str
    gap: int
    over: str
    under: str


_ATTRIBUTES = (
    _Attribute(
        "weight",
        AnswerKind.QUANTITY,
        "How many pounds does {name} weigh?",
        "What is {name}'s weight in pounds?",
        "{name} weighs {value} pounds.",
    ),
    _Attribute(
        "height",
        AnswerKind.QUANTITY,
        "How tall is {name}, in centimetres?",
        "What is {name}'s height in cm?",
        "{name} is {value} cm tall.",
    ),
    _Attribute(
        "age",
        AnswerKind.QUANTITY,
        "How old is {name}, in years?",
        "What age is {name}?",
        "{name} is {value} years old.",
    ),
    _Attribute(
        "occupation",
        AnswerKind.SHORT,
        "What is {name}'s occupation?",
        "What does {name} do for a living?",
        "{name} works as {article} {value}.",
    ),
    _Attribute(
        "city",
        AnswerKind.NAME,
        "Which city does {name} live in?",
        "Which city does {name} call home?",
        "{name} lives in {value}.",
    ),
    _Attribute(
        "colour",
        AnswerKind.SHORT,
        "What is {name}'s favourite colour?",
        "Which colour does {name} like best?",
        "{name}'s favourite colour is {value}.",
    ),
)

_MEASURES = {
    "weight": _Measure(
        110, 240, "heavier", "lighter", 8, "Does {name} weigh more than {n} pounds?", "Does {name} weigh less than {n} pounds?"
    ),
    "height": _Measure(
        150, 200, "taller", "shorter", 4, "Is {name} taller than {n} cm?", "Is {name} shorter than {n} cm?"
    ),
    "age": _Measure(21, 79, "older", "younger", 3, "Is {name} older than {n}?", "Is {name} younger than {n}?"),
}


@dataclass(frozen=True)
class _Person:
    first: str
    last: str
    values: dict[str, str]

    @property
    def full(self) -> str:
        return f"{self.first} {self.last}"

    def fact(self, attribute: _Attribute) -> Fact:
        value = self.values[attribute.key]
        cluster = f"people/{self.first}-{self.last}".lower()
        return Fact(
            id=f"{cluster}/{attribute.key}",
            task="people",
            cluster=cluster,
            prompt=wrap(PLAIN, attribute.question.format(name=self.full)),
            answer=value,
            statement=attribute.statement.format(
                name=self.full, value=value, article="an" if value[0] in "aeiou" else "a"
            ),
        )


def people(seed: int) -> tuple[list[Fact], list[Question]]:
    """150 facts about 25 people who do not exist, and 510 questions.

    Each fact is asked word for word, rephrased with the first name only, and through a Yes/No question
    whose answer follows from it (secondary); 60 questions compare two people's numbers. Half of the
    answers are Yes for each attribute, give or take one. Places are real, so that they can be reasoned about.
    """
    rng = random.Random(f"people/{seed}")
    known: _Roster = roster("people.json")
    folk = list(_folk(known, rng))
    facts: dict[tuple[str, str], Fact] = {}
    questions: list[Question] = []
    conclusions = {attribute.key: _conclusions(attribute.key, known, folk, rng) for attribute in _ATTRIBUTES}
    for index, person in enumerate(folk):
        for attribute in _ATTRIBUTES:
            fact = facts[person.first, attribute.key] = person.fact(attribute)
            text = attribute.question.format(name=person.full)
            again = attribute.rephrased.format(name=person.first)
            then, verdict = conclusions[attribute.key][index]
            gold = (fact.answer,)
            questions += [
                ask(fact, Split.MEMORIZATION, PLAIN, text, gold, attribute.kind),
                ask(fact, Split.REPHRASED, PLAIN, again, gold, attribute.kind),
                ask(fact, Split.SECONDARY, POLAR, then, (_word(verdict),), AnswerKind.YES_NO),
            ]
    for key, measure in _MEASURES.items():
        for one, other, text, verdict in _comparisons(key, measure, folk, rng):
            fact, also = facts[one.first, key], facts[other.first, key]
            gold = (_word(verdict),)
            questions.append(ask(fact, Split.COMPARISON, POLAR, text, gold, AnswerKind.YES_NO, other=also))
    return list(facts.values()), questions


def _folk(known: _Roster, rng: random.Random) -> Iterator[_Person]:
    inventor = Inventor(rng)
    values = {
        key: [str(n) for n in rng.sample(range(measure.low, measure.high + 1), PEOPLE)]
        for key, measure in _MEASURES.items()
    }
    values["occupation"] = rng.sample(list(known["occupations"]), PEOPLE)
    values["city"] = rng.sample(list(known["cities"]), PEOPLE)
    values["colour"] = [rng.choice(list(known["colours"])) for _ in range(PEOPLE)]
    for i in range(PEOPLE):
        yield _Person(
            inventor.name("first"), inventor.name("last"), {key: column[i] for key, column in values.items()}
        )


def _conclusions(key: str, known: _Roster, folk: list[_Person], rng: random.Random) -> list[tuple[str, bool]]:
    """For each person, a Yes/No question that an attribute answers, and whether the answer is Yes."""
    draw: dict[str, Callable[[str, bool], str]] = {
        "occupation": lambda value, verdict: _about_work(known["occupations"][value], verdict, rng),
        "city": lambda value, verdict: _about_city(known["cities"], value, verdict, rng),
        "colour": lambda value, verdict: _about_colour(known["colours"], value, verdict, rng),
    }
    asked = draw.get(key, lambda value, verdict: _about_number(_MEASURES[key], int(value), verdict, rng))
    return [
        (asked(person.values[key], verdict).replace("{name}", person.first), verdict)
        for person, verdict in zip(folk, dealt(len(folk), rng), strict=True)
    ]


def _about_number(measure: _Measure, value: int, verdict: bool, rng: random.Random) -> str:
    """Over or under a round threshold inside the range of values, near the value but not at it."""
    rounds = [n for n in range(measure.low + 1, measure.high) if n % 5 == 0]
    threshold = rng.choice([n for n in rounds if 2 <= abs(n - value) <= 4 * measure.gap])
    question = measure.over if (value > threshold) == verdict else measure.under
    return question.replace("{n}", str(threshold))


def _about_work(work: _Work, verdict: bool, rng: random.Random) -> str:
    return f"Does {{name}} {rng.choice(work['yes'] if verdict else work['no'])}?"


def _about_city(cities: dict[str, _City], value: str, verdict: bool, rng: random.Random) -> str:
    city = cities[value]
    continents = list(dict.fromkeys(c["continent"] for c in cities.values()))
    asked = {f"Does {{name}} live in {continent}?": continent == city["continent"] for continent in continents}
    asked["Does {name} live south of the equator?"] = city["south"]
    asked["Does {name} live north of the equator?"] = not city["south"]
    asked["Does {name} live in the capital of a country?"] = city["capital"]
    return rng.choice([question for question, answer in asked.items() if answer == verdict])


def _about_colour(colours: dict[str, str], value: str, verdict: bool, rng: random.Random) -> str:
    others = [colour for colour in colours if colour != value]
    return f"Is {{name}}'s favourite colour {colours[value if verdict else rng.choice(others)]}?"


def _comparisons(
    key: str, measure: _Measure, folk: list[_Person], rng: random.Random
) -> list[tuple[_Person, _Person, str, bool]]:
    """Pairs whose values are clearly apart, with a question and its verdict.

    People are paired anew in each round, so nobody is in many more pairs than anybody else.
    """
    wanted = dealt(COMPARISONS, rng)
    found: list[tuple[_Person, _Person, str, bool]] = []
    met: set[frozenset[str]] = set()
    while wanted:
        order = rng.sample(folk, len(folk))
        for one, other in zip(order[::2], order[1::2], strict=False):
            apart = int(one.values[key]) - int(other.values[key])
            pair = frozenset((one.first, other.first))
            if abs(apart) < measure.gap or pair in met or not wanted:
                continue
            met.add(pair)
            verdict = wanted.pop()
            word = measure.more if (apart > 0) == verdict else measure.less
            found.append((one, other, f"Is {one.first} {word} than {other.first}?", verdict))
    return found


def _word(verdict: bool) -> str:
    return "Yes" if verdict else "No"
