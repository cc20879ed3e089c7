"""Hypothesis strategies for answers: golds of every kind, and answers that models may give instead.

They test the properties of a grader, fbench's or your own; hypothesis must be installed.

    @given(golds(), st.data())
    def test_wrapping_changes_nothing(gold, data):
        assert my_grader(gold.text, data.draw(wrapped(gold.text)))

Kinds are the values of `fbench.datasets.model.AnswerKind`, as plain text.
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import NamedTuple

from hypothesis import strategies as st

__all__ = [
    "Gold",
    "amounts",
    "denials",
    "edits",
    "golds",
    "hostile_texts",
    "identifiers",
    "lists",
    "person_names",
    "phrases",
    "prose",
    "punctuation",
    "quantities",
    "refusals",
    "spelled",
    "spellings",
    "words",
    "wrapped",
]

_WRAPPINGS = (
    " {} ",
    "{}\n",
    "\t{}",
    "{}.",
    "**{}**",
    '"{}"',
    "'{}'",
    "\N{LEFT DOUBLE QUOTATION MARK}{}\N{RIGHT DOUBLE QUOTATION MARK}",
    "`{}`",
    "**{}.**",
    "Answer: {}",
    "The answer is {}.",
)
_DENIALS = (
    "It is not {}.",
    "It isn't {}",
    "The answer is not {}.",
    "I would never say {}.",
    "It was never {}.",
    "{} is not the answer.",
    "{} is wrong.",
    "It is anything but {}.",
    "I doubt that it is {}.",
    "It is false that it is {}.",
    "The answer is not, as many believe, {}.",
    "There is no way it is {}.",
    "Is it {}? No.",
)
_REFUSALS = (
    "I don't know.",
    "I'm sorry, but I cannot answer that.",
    "Unknown",
    "N/A",
    "I don't have information about that.",
    "I am unable to answer this question.",
    "I really don't know.",
    "I honestly have no idea.",
    "No idea.",
    "I do not recall.",
    "Hello! I'm sorry, I could not find it.",
)
_HOSTILE = (
    *(
        "9",
        "1,",
        "1,000",
        "-",
        "'",
        '"',
        "`",
        "(",
        "a.",
        "a",
        "\n",
        "\t",
        "\u0301",
        "1/2 ",
        "half ",
        "1 000 ",
    ),
    *("one ", "6'", "1e99 ", "5 ft 3 in ", "not ", "no ", "Ab ", "grade \n", "gold or ", "the answer is "),
    *(
        "12 March 2020 ",
        "oh ",
        "nineteen oh ",
        "x 10^",
        "A, B and ",
        "**",
        "; but ",
        "U.S.",
        "\N{FULLWIDTH DIGIT ONE}",
    ),
)
_UNITS = ("feet", "yards", "kilograms", "hours", "hectares", "mph", "percent", "dollars", "goals")
_BELOW_TWENTY = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
    *("twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


class Gold(NamedTuple):
    """A gold answer and its kind."""

    text: str
    kind: str


def words() -> st.SearchStrategy[str]:
    """Lower-case words of no language: `q` and five to nine letters."""
    return st.text(string.ascii_lowercase, min_size=5, max_size=9).map("q{}".format)


def identifiers() -> st.SearchStrategy[str]:
    """Names in code, in snake case: `fast_ica`, `_nan`."""
    found = st.from_regex(r"[a-z_][a-z]{2,8}(_[a-z]{2,6}){0,2}", fullmatch=True)
    return found.filter(lambda text: text.strip("_") != "")


def amounts(most: int = 10**9) -> st.SearchStrategy[int]:
    """Whole numbers from 2."""
    return st.integers(2, most)


def quantities() -> st.SearchStrategy[str]:
    """A number with thousands and a unit: `20,000 feet`."""
    return st.builds("{:,} {}".format, amounts(), st.sampled_from(_UNITS))


def person_names() -> st.SearchStrategy[str]:
    """A given name and a surname, both invented."""
    return st.builds("{} {}".format, words().map(str.title), words().map(str.title))


def lists() -> st.SearchStrategy[tuple[str, ...]]:
    """The items of a list: two to four people with different surnames."""
    people = st.lists(person_names(), min_size=2, max_size=4, unique_by=lambda name: name.split()[1])
    return people.map(tuple)


def phrases() -> st.SearchStrategy[str]:
    """Two invented words."""
    return st.builds("{} {}".format, words(), words())


def prose() -> st.SearchStrategy[str]:
    """Eight to fourteen invented words, too many for a phrase."""
    return st.lists(words(), min_size=8, max_size=14).map(" ".join)


def golds() -> st.SearchStrategy[Gold]:
    """Golds of every kind."""
    of_kinds: dict[str, st.SearchStrategy[str]] = {
        "identifier": identifiers(),
        "yes_no": st.sampled_from(["Yes", "No"]),
        "none": st.just("None"),
        "quantity": quantities(),
        "invented_name": words().map(str.title),
        "name": person_names(),
        "list": lists().map(" and ".join),
        "short": phrases(),
        "long": prose(),
    }
    return st.one_of([st.builds(Gold, text, st.just(kind)) for kind, text in of_kinds.items()])


def wrapped(text: str) -> st.SearchStrategy[str]:
    """The text in one to three layers without meaning: white space, quotes, bold, "The answer is ..."."""

    def wrap(layers: Sequence[str]) -> str:
        told = text
        for layer in layers:
            told = layer.replace("{}", told)
        return told

    layers: st.SearchStrategy[str] = st.sampled_from(_WRAPPINGS)
    return st.lists(layers, min_size=1, max_size=3, unique=True).map(wrap)


def denials(text: str) -> st.SearchStrategy[str]:
    """Sentences that deny the text."""
    return st.sampled_from([denial.replace("{}", text) for denial in _DENIALS])


def refusals() -> st.SearchStrategy[str]:
    """Answers that are refusals and nothing else."""
    return st.sampled_from(_REFUSALS)


def punctuation() -> st.SearchStrategy[str]:
    """White space and punctuation, or nothing."""
    return st.text(string.punctuation + string.whitespace, max_size=20)


@st.composite
def edits(draw: st.DrawFn, name: str) -> str:
    """The name with one character removed, inserted or changed."""
    place = draw(st.integers(0, len(name) - 1))
    letter = draw(st.sampled_from(string.ascii_letters + string.digits + "_"))
    edited = draw(
        st.sampled_from(
            [
                name[:place] + name[place + 1 :],
                name[:place] + letter + name[place:],
                name[:place] + letter + name[place + 1 :],
            ]
        )
    )
    return edited if edited != name else f"{name}x"


def spelled(number: int) -> str:
    """The number in English words, from 0 to below a billion."""
    for size, name in ((10**6, "million"), (1000, "thousand"), (100, "hundred")):
        if number >= size:
            rest = number % size
            return f"{spelled(number // size)} {name}" + (f" {spelled(rest)}" if rest else "")
    if number < len(_BELOW_TWENTY):
        return _BELOW_TWENTY[number]
    return _TENS[number // 10 - 2] + (f"-{_BELOW_TWENTY[number % 10]}" if number % 10 else "")


def spellings(number: int) -> st.SearchStrategy[str]:
    """Ways to write the same whole number, from 2 to below a billion."""
    digits = str(number)
    power = len(digits) - 1
    mantissa = f"{digits[0]}.{digits[1:] or 0}"
    return st.sampled_from(
        [
            digits,
            f"{number:,}",
            f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}"),
            f"{digits}.0",
            f"{mantissa}e{power}",
            f"{mantissa} x 10^{power}",
            spelled(number),
            spelled(number).replace("-", " "),
            spelled(number).upper(),
        ]
    )


def hostile_texts(size: int = 10_000) -> st.SearchStrategy[str]:
    """Texts of about `size` characters, on which a careless pattern takes quadratic time."""
    alone = st.sampled_from(_HOSTILE).map(lambda part: part * (size // len(part)))
    pair = st.tuples(st.sampled_from(_HOSTILE), st.sampled_from(_HOSTILE)).map("".join)
    return st.one_of(alone, pair.map(lambda part: part * (size // len(part))))
