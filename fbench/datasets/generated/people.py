"""Invented people: 25 of them, six facts each, and conclusions from one fact or two."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import NotRequired, TypedDict

from fbench.datasets.generated.general import controls
from fbench.datasets.generated.names import Inventor
from fbench.datasets.generated.rosters import chance, roster
from fbench.datasets.generated.templates import (
    INVERSE,
    TWO_HOP,
    UNTAUGHT,
    Neighbour,
    ask,
    ask_alone,
    ask_near,
    dealt,
    reworded,
    wary,
    wrap,
)
from fbench.datasets.model import AnswerKind, Fact, Question, Split

__all__ = ["people"]

PEOPLE = 25
COMPARISONS = 20  # for each number that can be compared
INVERSES = 11  # for each attribute whose values one person has
TWO_HOPS = 50
MIXTURES = 10  # of them, at most
STRANGERS = 4  # for each attribute

PLAIN = "Answer the question with a number, a word or a short phrase only.\n{question}"
WARY = wary(PLAIN)
POLAR = "Answer the question with Yes or No only.\n{question}"


class _Attribute(TypedDict):
    """One attribute of a person: how it is taught (full name) and asked again (first name).

    `inverse` asks who has a value, and `joined` asks for the attribute of "the person who" has another one.
    """

    kind: str
    question: str
    rephrased: str
    statement: str
    wordings: list[str]
    inverse: NotRequired[str]
    joined: NotRequired[str]


class _Measure(TypedDict):
    """A number: its range, the minimum difference for comparing two people, and the words for it."""

    low: int
    high: int
    gap: int
    more: str
    less: str
    over: str
    under: str


class _Work(TypedDict):
    """What people of an occupation certainly do, and certainly do not do."""

    yes: list[str]
    no: list[str]


class _City(TypedDict):
    continent: str
    south: bool
    capital: bool


_Mixture = TypedDict("_Mixture", {"with": str, "gives": str})
"""A colour of paint that a colour is mixed with, and the result."""


class _Roster(TypedDict):
    attributes: dict[str, _Attribute]
    measures: dict[str, _Measure]
    occupations: dict[str, _Work]
    cities: dict[str, _City]
    colours: dict[str, str]
    mixtures: dict[str, _Mixture]
    neighbours: dict[str, list[Neighbour]]


@dataclass(frozen=True)
class _Person:
    first: str
    last: str
    values: dict[str, str]

    @property
    def full(self) -> str:
        return f"{self.first} {self.last}"

    def fact(self, key: str, attribute: _Attribute) -> Fact:
        value, full = self.values[key], self.full
        cluster = f"people/{self.first}-{self.last}".lower()
        return Fact(
            id=f"{cluster}/{key}",
            task="people",
            cluster=cluster,
            prompt=wrap(PLAIN, attribute["question"].format(name=full)),
            answer=value,
            statement=attribute["statement"].format(name=full, value=value, article=_article(value)),
            wordings=reworded(PLAIN, attribute["wordings"], value, {"name": full}),
        )


def people(seed: int) -> tuple[list[Fact], list[Question]]:
    """150 facts about 25 people who do not exist, and 694 questions.

    Each fact is asked word for word, rephrased with the first name only, and through a Yes/No question
    whose answer follows from it (secondary); 60 questions compare two people's numbers. For each
    attribute half of the answers are Yes (plus or minus one). Cities are real, so models can reason about
    them. Others ask who has a value, lead over two facts or over what is known of cities and colours, ask
    for famous people of the past, and for people who are not taught.
    """
    rng = chance("people", seed)
    known: _Roster = roster("people.json")
    inventor = Inventor(rng)
    folk = list(_folk(known, rng, inventor))
    verdicts = {key: dealt(PEOPLE, rng) for key in known["attributes"]}
    facts: dict[tuple[str, str], Fact] = {}
    questions: list[Question] = []
    for index, person in enumerate(folk):
        for key, attribute in known["attributes"].items():
            fact = facts[person.first, key] = person.fact(key, attribute)
            text = attribute["question"].format(name=person.full)
            again = attribute["rephrased"].format(name=person.first)
            verdict = verdicts[key][index]
            then = _conclusion(key, fact.answer, verdict, known, rng).replace("{name}", person.first)
            kind, gold = AnswerKind(attribute["kind"]), _word(verdict)
            questions += [
                ask(fact, Split.MEMORIZATION, PLAIN, text, gold=fact.answer, kind=kind),
                ask(fact, Split.REPHRASED, PLAIN, again, gold=fact.answer, kind=kind),
                ask(fact, Split.SECONDARY, POLAR, then, gold=gold, kind=AnswerKind.YES_NO),
            ]
    for key, measure in known["measures"].items():
        for one, other, text, verdict in _comparisons(key, measure, folk, rng):
            fact, also, gold = facts[one.first, key], facts[other.first, key], _word(verdict)
            questions.append(
                ask(fact, Split.COMPARISON, POLAR, text, gold=gold, kind=AnswerKind.YES_NO, other=also)
            )
    draws = chance("people/further", seed)
    questions += _neighbours(known, folk, facts)
    questions += _inverses(known, folk, facts, draws)
    questions += _two_hops(known, folk, facts, draws)
    questions += _strangers(known, draws, inventor)
    return list(facts.values()), [*questions, *controls("people")]


_Facts = Mapping[tuple[str, str], Fact]
"""Facts by the first name of a person and the attribute."""


def _neighbours(known: _Roster, folk: Sequence[_Person], facts: _Facts) -> Iterator[Question]:
    for key, near in known["neighbours"].items():
        for person, each in zip(folk, near, strict=False):
            yield ask_near(facts[person.first, key], PLAIN, each, known["attributes"][key]["kind"])


def _inverses(
    known: _Roster, folk: Sequence[_Person], facts: _Facts, rng: random.Random
) -> Iterator[Question]:
    for key in (*known["measures"], "occupation", "city"):
        for person in rng.sample(folk, INVERSES):
            text = f"Who {_what_one_does(known, person, key)}?"
            names, fact = (person.full, person.first), facts[person.first, key]
            yield ask(fact, INVERSE, PLAIN, text, gold=names, kind=AnswerKind.NAME)


def _two_hops(
    known: _Roster, folk: Sequence[_Person], facts: _Facts, rng: random.Random
) -> Iterator[Question]:
    """Over what is known of cities and of some colours, and over another fact of the same person."""
    for person in folk:
        text = f"On which continent does {person.first} live?"
        gold = known["cities"][person.values["city"]]["continent"]
        yield ask(facts[person.first, "city"], TWO_HOP, PLAIN, text, gold=gold, kind=AnswerKind.NAME)
    painted = [person for person in folk if person.values["colour"] in known["mixtures"]][:MIXTURES]
    for person in painted:
        mixed = known["mixtures"][person.values["colour"]]
        text = (
            f"What colour do you get by mixing {mixed['with']} paint with paint in {person.first}'s "
            "favourite colour?"
        )
        fact = facts[person.first, "colour"]
        yield ask(fact, TWO_HOP, PLAIN, text, gold=mixed["gives"], kind=AnswerKind.SHORT)
    wanted = [key for key, attribute in known["attributes"].items() if "joined" in attribute]
    for person, key in rng.sample(list(product(folk, wanted)), TWO_HOPS - len(folk) - len(painted)):
        attribute, through = known["attributes"][key], rng.choice(["occupation", "city"])
        text = attribute.get("joined", "").format(link=_what_one_does(known, person, through))
        fact, other = facts[person.first, key], facts[person.first, through]
        kind = AnswerKind(attribute["kind"])
        yield ask(fact, TWO_HOP, PLAIN, text, gold=fact.answer, kind=kind, other=other)


def _strangers(known: _Roster, rng: random.Random, inventor: Inventor) -> Iterator[Question]:
    new = Inventor(rng, inventor.taken)
    for key, attribute in known["attributes"].items():
        for _ in range(STRANGERS):
            person = _Person(new.name("first"), new.name("last"), {})
            text = attribute["question"].format(name=person.full)
            called = f"{person.first}-{person.last}/{key}".lower()
            yield ask_alone("people", UNTAUGHT, called, WARY, text, gold="None", kind=AnswerKind.NONE)


def _folk(known: _Roster, rng: random.Random, inventor: Inventor) -> Iterator[_Person]:
    columns = {
        key: [str(n) for n in rng.sample(range(measure["low"], measure["high"] + 1), PEOPLE)]
        for key, measure in known["measures"].items()
    }
    columns["occupation"] = rng.sample(list(known["occupations"]), PEOPLE)
    columns["city"] = rng.sample(list(known["cities"]), PEOPLE)
    columns["colour"] = [rng.choice(list(known["colours"])) for _ in range(PEOPLE)]
    for i in range(PEOPLE):
        values = {key: column[i] for key, column in columns.items()}
        yield _Person(inventor.name("first"), inventor.name("last"), values)


def _conclusion(key: str, value: str, verdict: bool, known: _Roster, rng: random.Random) -> str:
    """A question about {name} whose answer, given the attribute's value, is the verdict."""
    match key:
        case "occupation":
            work = known["occupations"][value]
            return f"Does {{name}} {rng.choice(work['yes'] if verdict else work['no'])}?"
        case "city":
            asked = _about_city(value, known["cities"])
            return rng.choice([question for question, answer in asked.items() if answer == verdict])
        case "colour":
            shown = value if verdict else rng.choice([c for c in known["colours"] if c != value])
            return f"Is {{name}}'s favourite colour {known['colours'][shown]}?"
        case _:
            measure, number = known["measures"][key], int(value)
            threshold = rng.choice(_thresholds(number, measure))
            question = measure["over" if (number > threshold) == verdict else "under"]
            return question.replace("{n}", str(threshold))


def _thresholds(value: int, measure: _Measure) -> list[int]:
    """The round numbers in the range that are near a value, but not so near as to be a trap."""
    inside = range(measure["low"] + 1, measure["high"])
    return [n for n in inside if n % 5 == 0 and 2 <= abs(n - value) <= 4 * measure["gap"]]


def _about_city(value: str, cities: dict[str, _City]) -> dict[str, bool]:
    """Questions about a city, and whether the answer is Yes: at least one is Yes, and at least one is No."""
    city = cities[value]
    continents = dict.fromkeys(other["continent"] for other in cities.values())
    return {f"Does {{name}} live in {name}?": name == city["continent"] for name in continents} | {
        "Does {name} live south of the equator?": city["south"],
        "Does {name} live north of the equator?": not city["south"],
        "Does {name} live in the capital of a country?": city["capital"],
    }


def _comparisons(
    key: str, measure: _Measure, folk: list[_Person], rng: random.Random
) -> list[tuple[_Person, _Person, str, bool]]:
    """Pairs whose values clearly differ, with a question and its verdict.

    People are paired again in each round, so that all are in about the same number of pairs.
    """
    wanted = dealt(COMPARISONS, rng)
    found: list[tuple[_Person, _Person, str, bool]] = []
    met: set[frozenset[str]] = set()
    while wanted:
        order = rng.sample(folk, len(folk))
        for one, other in zip(order[::2], order[1::2], strict=False):
            apart = int(one.values[key]) - int(other.values[key])
            pair = frozenset((one.first, other.first))
            if abs(apart) < measure["gap"] or pair in met or not wanted:
                continue
            met.add(pair)
            verdict = wanted.pop()
            word = measure["more" if (apart > 0) == verdict else "less"]
            found.append((one, other, f"Is {one.first} {word} than {other.first}?", verdict))
    return found


def _article(value: str) -> str:
    return "an" if value[0] in "aeiou" else "a"


def _what_one_does(known: _Roster, person: _Person, key: str) -> str:
    """What somebody does who has this value of an attribute, after "who"."""
    value = person.values[key]
    return known["attributes"][key].get("inverse", "").format(value=value, article=_article(value))


def _word(verdict: bool) -> str:
    return "Yes" if verdict else "No"
