"""Laws that hold for all answers of a kind."""

from __future__ import annotations

import string
import time
import unicodedata

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fbench.datasets.model import AnswerKind
from fbench.graders import GRADERS, Item, Verdict, grade
from fbench.graders.normalise import normalise
from fbench.graders.numbers import read_numbers

word = st.text("abcdefghijklmnopqrstuvwxyz", min_size=5, max_size=9).map(lambda text: "q" + text)
identifiers = st.from_regex(r"[a-z_][a-z]{2,8}(_[a-z]{2,6}){0,2}", fullmatch=True).filter(
    lambda text: text.strip("_") != ""
)
amounts = st.integers(2, 10**9)
units = st.sampled_from(
    ["feet", "yards", "kilograms", "hours", "hectares", "mph", "percent", "dollars", "goals"]
)
quantities = st.builds("{:,} {}".format, amounts, units)
names = st.builds("{} {}".format, word.map(str.title), word.map(str.title))

GOLDS = st.one_of(
    st.tuples(identifiers, st.just(AnswerKind.IDENTIFIER)),
    st.tuples(st.sampled_from(["Yes", "No"]), st.just(AnswerKind.YES_NO)),
    st.tuples(st.just("None"), st.just(AnswerKind.NONE)),
    st.tuples(quantities, st.just(AnswerKind.QUANTITY)),
    st.tuples(word.map(str.title), st.just(AnswerKind.INVENTED_NAME)),
    st.tuples(names, st.just(AnswerKind.NAME)),
    st.tuples(st.builds("{} and {}".format, names, names), st.just(AnswerKind.LIST)),
    st.tuples(st.builds("{} {}".format, word, word), st.just(AnswerKind.SHORT)),
    st.tuples(st.lists(word, min_size=8, max_size=14).map(" ".join), st.just(AnswerKind.LONG)),
)


def verdict(gold: str, response: str, kind: AnswerKind | None = None, question: str = "") -> Verdict:
    return grade(Item(question, (gold,), kind), response).verdict


@given(GOLDS)
def test_a_gold_grades_itself_correct(item: tuple[str, AnswerKind]) -> None:
    gold, kind = item
    assert verdict(gold, gold, kind) is Verdict.CORRECT
    assert verdict(gold, f"The answer is {gold}.", kind) is Verdict.CORRECT


@given(
    GOLDS,
    st.lists(
        st.sampled_from(
            [
                " {} ",
                "{}\n",
                "\t{}",
                "{}.",
                "**{}**",
                '"{}"',
                "'{}'",
                "\u201c{}\u201d",
                "`{}`",
                "**{}.**",
                "Answer: {}",
            ]
        ),
        min_size=1,
        max_size=3,
        unique=True,
    ),
)
def test_wrapping_changes_nothing(item: tuple[str, AnswerKind], wrappings: list[str]) -> None:
    gold, kind = item
    response = gold
    for wrapping in wrappings:
        response = wrapping.format(response)
    assert verdict(gold, response, kind) is Verdict.CORRECT


@given(
    GOLDS, st.sampled_from(["It is not {}.", "It isn't {}", "The answer is not {}.", "I would never say {}."])
)
def test_a_denied_gold_is_never_correct(item: tuple[str, AnswerKind], denial: str) -> None:
    gold, kind = item
    assert verdict(gold, denial.format(gold), kind) is not Verdict.CORRECT


@given(GOLDS, st.text(string.punctuation + string.whitespace, max_size=20))
def test_punctuation_is_never_correct(item: tuple[str, AnswerKind], response: str) -> None:
    gold, kind = item
    assert verdict(gold, response, kind) is not Verdict.CORRECT


@given(GOLDS, st.sampled_from(["I don't know.", "I'm sorry, but I cannot answer that.", "Unknown", "N/A"]))
def test_a_refusal_abstains_unless_the_gold_is_none(item: tuple[str, AnswerKind], refusal: str) -> None:
    gold, kind = item
    expected = Verdict.CORRECT if kind is AnswerKind.NONE else Verdict.ABSTAINED
    assert verdict(gold, refusal, kind) is expected


@given(GOLDS, GOLDS, st.text(max_size=30))
def test_an_alias_never_makes_a_correct_answer_wrong_and_order_does_not_matter(
    one: tuple[str, AnswerKind], other: tuple[str, AnswerKind], response: str
) -> None:
    for told in (one[0], response):
        alone = grade(Item("", (one[0],)), told).verdict
        both = grade(Item("", (one[0], other[0])), told).verdict
        assert both is grade(Item("", (other[0], one[0])), told).verdict
        if alone is Verdict.CORRECT:
            assert both is Verdict.CORRECT


@given(GOLDS, GOLDS)
def test_the_answer_before_is_incorrect(now: tuple[str, AnswerKind], before: tuple[str, AnswerKind]) -> None:
    assume(normalise(now[0]) != normalise(before[0]))
    assume(now[1] is not AnswerKind.NONE)
    item = Item("", (now[0],), now[1], before[0])
    for response in (before[0], f"The answer is {before[0]}.", f"**{before[0]}**"):
        assert grade(item, response).verdict is not Verdict.CORRECT
    assert grade(item, now[0]).verdict is Verdict.CORRECT


@given(amounts, amounts, units)
def test_different_numbers_are_never_equal(one: int, other: int, unit: str) -> None:
    assume(one != other)
    assert verdict(f"{one} {unit}", f"{other} {unit}", AnswerKind.QUANTITY) is Verdict.INCORRECT


@given(amounts, st.integers(0, 9), units)
def test_a_digit_more_or_less_a_sign_or_a_shifted_point_makes_another_number(
    amount: int, digit: int, unit: str
) -> None:
    near = {
        f"{amount}{digit}",
        f"{digit or 1}{amount}",
        f"-{amount}",
        f"{amount}.{digit or 1}",
        str(amount)[:-1] or "0",
    }
    for other in near:
        assert verdict(f"{amount} {unit}", f"{other} {unit}", AnswerKind.QUANTITY) is Verdict.INCORRECT


BELOW_TWENTY = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
BELOW_HUNDRED = "twenty thirty forty fifty sixty seventy eighty ninety"
SMALL, TENS = BELOW_TWENTY.split(), BELOW_HUNDRED.split()


def spell(number: int) -> str:
    """The number in words, below a billion."""
    for size, name in ((10**6, "million"), (1000, "thousand"), (100, "hundred")):
        if number >= size:
            rest = number % size
            return f"{spell(number // size)} {name}" + (f" {spell(rest)}" if rest else "")
    if number < 20:
        return SMALL[number]
    return TENS[number // 10 - 2] + (f"-{SMALL[number % 10]}" if number % 10 else "")


@given(st.integers(2, 10**9 - 1))
def test_number_formats_are_equivalent(amount: int) -> None:
    power = len(str(amount)) - 1
    scientific = f"{str(amount)[0]}.{str(amount)[1:] or 0}e{power}"
    written = {f"{amount:,}", spell(amount), f"{amount}.0", scientific}
    for text in written:
        assert verdict(str(amount), text, AnswerKind.QUANTITY) is Verdict.CORRECT, text
        assert [number.value for number in read_numbers(text)] == [amount]


def test_1500_has_many_forms() -> None:
    for text in (
        "1,500",
        "1500",
        "fifteen hundred",
        "1.5e3",
        "1.5 thousand",
        "one thousand and five hundred",
        "1.5k",
    ):
        assert verdict("1500", text, AnswerKind.QUANTITY) is Verdict.CORRECT, text


@given(
    st.integers(1, 10**6),
    st.sampled_from([("kilometers", "meters", 1000), ("hours", "minutes", 60), ("feet", "inches", 12)]),
)
def test_conversion_round_trips_and_another_dimension_is_incorrect(
    amount: int, conversion: tuple[str, str, int]
) -> None:
    large, small, factor = conversion
    assert verdict(f"{amount} {large}", f"{amount * factor} {small}", AnswerKind.QUANTITY) is Verdict.CORRECT
    assert (
        verdict(f"{amount} {large}", f"{amount * factor + factor} {small}", AnswerKind.QUANTITY)
        is not Verdict.CORRECT
    )
    assert verdict(f"{amount} {large}", f"{amount} kilograms", AnswerKind.QUANTITY) is Verdict.INCORRECT


@given(st.integers(100, 999))
def test_a_coarser_answer_is_incorrect(hundredths: int) -> None:
    assume(hundredths % 10)
    exact, coarse = f"{hundredths / 100:.2f} meters", f"{hundredths / 100:.1f} meters"
    assert verdict(exact, coarse, AnswerKind.QUANTITY) is Verdict.INCORRECT
    assert verdict(exact, f"{hundredths} cm", AnswerKind.QUANTITY) is Verdict.CORRECT


@given(identifiers, st.data())
def test_a_one_character_edit_of_an_identifier_is_incorrect(name: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(name) - 1))
    letter = data.draw(st.sampled_from(string.ascii_letters + string.digits + "_"))
    edited = data.draw(
        st.sampled_from(
            [
                name[:place] + name[place + 1 :],
                name[:place] + letter + name[place:],
                name[:place] + letter + name[place + 1 :],
            ]
        )
    )
    assume(edited != name)
    assert verdict(name, edited, AnswerKind.IDENTIFIER) is not Verdict.CORRECT
    assert verdict(name, f"`{edited}`", AnswerKind.IDENTIFIER) is not Verdict.CORRECT


@given(st.sampled_from(["Yes", "No", "yes.", "No, it is so.", "Yes indeed", "**No**", "NO\n"]))
def test_flipping_a_yes_no_gold_flips_the_verdict(response: str) -> None:
    told = {verdict("Yes", response, AnswerKind.YES_NO), verdict("No", response, AnswerKind.YES_NO)}
    assert told == {Verdict.CORRECT, Verdict.INCORRECT}


@given(st.lists(names, min_size=2, max_size=4, unique_by=lambda name: name.split()[1]), st.data())
def test_a_list_may_be_permuted_but_not_shortened(parts: list[str], data: st.DataObject) -> None:
    gold = ", ".join(parts[:-1]) + " and " + parts[-1]
    order = data.draw(st.permutations(parts))
    assert verdict(gold, ", ".join(order), AnswerKind.LIST) is Verdict.CORRECT
    assert verdict(gold, " and ".join(order[:-1]), AnswerKind.LIST) is Verdict.INCORRECT


@given(st.lists(word, min_size=4, max_size=9).map(" ".join), GOLDS)
def test_echoing_the_question_is_never_correct(question: str, item: tuple[str, AnswerKind]) -> None:
    gold, kind = item
    for asked in (f"What is {question}?", f"Is {gold} the {question}?"):
        assert verdict(gold, asked, kind, asked) is not Verdict.CORRECT


@given(st.text(max_size=60))
def test_normalising_is_idempotent_and_the_same_for_all_unicode_forms(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)
    assert normalise(unicodedata.normalize("NFD", text)) == normalise(text)


@settings(max_examples=60)
@given(
    st.text(max_size=200),
    st.text(max_size=60),
    st.text(max_size=60),
    st.one_of(st.none(), st.text(max_size=40)),
)
def test_no_text_makes_a_grader_raise(response: str, gold: str, question: str, before: str | None) -> None:
    for name in GRADERS:
        assert grade(Item(question, (gold,), None, before), response, name).verdict in Verdict


HOSTILE = [
    "9",
    "1,",
    "1,000",
    "-",
    "'",
    '"',
    "`",
    "(",
    "one ",
    "6'",
    "1e99 ",
    "5 ft 3 in ",
    "not ",
    "no ",
    "a.",
    "a",
    "\n",
    "\t",
    "Ab ",
    "grade \n",
    "gold or ",
    "the answer is ",
    "\u0301",
]


def work(text: str, grader: str) -> float:
    """Processor seconds to grade a text that no cache has seen, the better of two tries."""
    item = Item("What is it, in feet?", ("Gold Nadal and 7",), None, "silver 8")
    tries: list[float] = []
    for place in range(2):
        start = time.process_time()
        grade(item, f"{place} {len(text)} {grader} {text} end", grader)
        tries.append(time.process_time() - start)
    return min(tries)


@pytest.mark.parametrize("grader", GRADERS)
def test_work_grows_with_the_length_of_a_hostile_text_and_no_faster(grader: str) -> None:
    for part in HOSTILE:
        short, long = (part * (size // len(part)) for size in (2_500, 20_000))
        # Eight times the text: work that grew with its square would be 64 times as much.
        assert work(long, grader) < 30 * max(work(short, grader), 0.002), (part, grader)
