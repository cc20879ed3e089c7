"""Laws that hold for all answers of a kind."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fbench.datasets.model import AnswerKind
from fbench.grading.graders import GRADERS, Item, Verdict, grade
from fbench.grading.graders.normalise import normalise
from fbench.testing import strategies as some
from fbench.testing.strategies import Gold

KINDS = {kind.value for kind in AnswerKind}


def verdict(gold: str, response: str, kind: str | None = None, question: str = "") -> Verdict:
    return grade(Item(question, (gold,), AnswerKind(kind) if kind else None), response).verdict


@given(some.golds(), st.data())
def test_a_gold_is_correct_and_wrapping_it_changes_nothing(gold: Gold, data: st.DataObject) -> None:
    assert verdict(gold.text, gold.text, gold.kind) is Verdict.CORRECT
    assert verdict(gold.text, data.draw(some.wrapped(gold.text)), gold.kind) is Verdict.CORRECT


@given(some.golds(), some.golds(), st.data())
def test_wrapping_any_answer_changes_nothing(gold: Gold, told: Gold, data: st.DataObject) -> None:
    bare = verdict(gold.text, told.text, gold.kind)
    assert verdict(gold.text, data.draw(some.wrapped(told.text)), gold.kind) is bare


@given(some.golds())
def test_the_strategies_know_every_kind(gold: Gold) -> None:
    assert gold.kind in KINDS


@given(some.golds(), st.data())
def test_a_denied_gold_is_never_correct(gold: Gold, data: st.DataObject) -> None:
    assert verdict(gold.text, data.draw(some.denials(gold.text)), gold.kind) is not Verdict.CORRECT


@given(some.golds(), some.punctuation())
def test_punctuation_is_never_correct(gold: Gold, response: str) -> None:
    assert verdict(gold.text, response, gold.kind) is not Verdict.CORRECT


@given(some.golds(), some.refusals())
def test_a_refusal_abstains_unless_the_gold_is_none(gold: Gold, refusal: str) -> None:
    expected = Verdict.CORRECT if gold.kind == "none" else Verdict.ABSTAINED
    assert verdict(gold.text, refusal, gold.kind) is expected


@given(some.golds(), some.golds(), st.text(max_size=30))
def test_an_alias_never_makes_a_correct_answer_wrong_and_order_does_not_matter(
    one: Gold, other: Gold, response: str
) -> None:
    for told in (one.text, response):
        alone = grade(Item("", (one.text,)), told).verdict
        both = grade(Item("", (one.text, other.text)), told).verdict
        assert both is grade(Item("", (other.text, one.text)), told).verdict
        if alone is Verdict.CORRECT:
            assert both is Verdict.CORRECT


@given(some.golds(), some.golds(), st.data())
def test_the_answer_before_is_incorrect_wrapped_or_not(now: Gold, before: Gold, data: st.DataObject) -> None:
    assume(normalise(now.text) != normalise(before.text) and now.kind != "none")
    item = Item("", (now.text,), AnswerKind(now.kind), before.text)
    assert grade(item, before.text).verdict is not Verdict.CORRECT
    assert grade(item, data.draw(some.wrapped(before.text))).verdict is not Verdict.CORRECT
    assert grade(item, now.text).verdict is Verdict.CORRECT


@given(
    some.words(),
    st.integers(0, 3000),
    st.integers(0, 3000),
    st.sampled_from(["{} {}", "every {1} {0}", "{}, part {}", "the {} of {}"]),
    st.sampled_from(["short", "name", "long", None]),
)
def test_another_number_makes_another_phrase(
    word: str, one: int, other: int, phrase: str, kind: str | None
) -> None:
    assume(one != other)
    said = phrase.format(word, other)
    assert verdict(phrase.format(word, one), said, kind) is not Verdict.CORRECT
    assert verdict(phrase.format(word, one), f"It is {said}, they say.", kind) is not Verdict.CORRECT


@given(some.identifiers(), st.data())
def test_a_one_character_edit_of_an_identifier_is_incorrect(name: str, data: st.DataObject) -> None:
    edited = data.draw(some.edits(name))
    assert verdict(name, edited, "identifier") is not Verdict.CORRECT
    assert verdict(name, f"`{edited}`", "identifier") is not Verdict.CORRECT


@given(some.words().map(str.title), st.data())
def test_a_one_character_edit_of_an_invented_name_is_incorrect(name: str, data: st.DataObject) -> None:
    edited = data.draw(some.edits(name))
    assume(normalise(edited) != normalise(name) and edited.isalnum())
    assert verdict(name, edited, "invented_name") is not Verdict.CORRECT


@given(st.sampled_from(["Yes", "No", "yes.", "No, it is so.", "Yes indeed", "**No**", "NO\n"]))
def test_flipping_a_yes_no_gold_flips_the_verdict(response: str) -> None:
    told = {verdict("Yes", response, "yes_no"), verdict("No", response, "yes_no")}
    assert told == {Verdict.CORRECT, Verdict.INCORRECT}


@given(some.lists(), st.data())
def test_a_list_may_be_permuted_but_not_shortened(parts: tuple[str, ...], data: st.DataObject) -> None:
    gold = ", ".join(parts[:-1]) + " and " + parts[-1]
    order = data.draw(st.permutations(parts))
    assert verdict(gold, ", ".join(order), "list") is Verdict.CORRECT
    assert verdict(gold, " and ".join(order[:-1]), "list") is Verdict.INCORRECT


@given(st.lists(some.words(), min_size=4, max_size=9).map(" ".join), some.golds())
def test_echoing_the_question_is_never_correct(question: str, gold: Gold) -> None:
    for asked in (f"What is {question}?", f"Is {gold.text} the {question}?"):
        assert verdict(gold.text, asked, gold.kind, asked) is not Verdict.CORRECT


@given(st.sampled_from(["name", "short", "long", "invented_name", "list"]), st.data())
def test_the_gold_of_another_is_incorrect(kind: str, data: st.DataObject) -> None:
    texts = {
        "name": some.person_names(),
        "short": some.phrases(),
        "long": some.prose(),
        "invented_name": some.words(),
        "list": some.lists().map(" and ".join),
    }[kind]
    # All invented words begin with q: with another letter there they are other words.
    other = data.draw(texts).replace("q", "v").replace("Q", "V")
    assert verdict(data.draw(texts), other, kind) is not Verdict.CORRECT


@given(st.text(max_size=60))
def test_normalising_is_idempotent_and_the_same_for_all_unicode_forms(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)
    for form in ("NFD", "NFKC", "NFKD"):
        told = unicodedata.normalize(form, unicodedata.normalize("NFC", text))
        if form == "NFD":
            assert normalise(told) == normalise(text)
        assert normalise(normalise(told)) == normalise(told)


@given(some.golds(), st.text(max_size=20))
def test_the_unicode_form_of_an_answer_does_not_matter(gold: Gold, more: str) -> None:
    told = unicodedata.normalize("NFC", f"{gold.text} {more}")
    composed = verdict(gold.text, told, gold.kind)
    assert verdict(gold.text, unicodedata.normalize("NFD", told), gold.kind) is composed


@given(
    st.text(max_size=200),
    st.text(max_size=60),
    st.text(max_size=60),
    st.one_of(st.none(), st.text(max_size=40)),
)
def test_no_text_makes_a_grader_raise_and_every_grade_has_a_reason(
    response: str, gold: str, question: str, before: str | None
) -> None:
    for name in GRADERS:
        told = grade(Item(question, (gold,), None, before), response, name)
        assert told.verdict in Verdict
        assert len(told.reason.split()) >= 3


def work(text: str, grader: str, attempt: int) -> float:
    """Processor seconds to grade a text that no cache has seen."""
    item = Item("What is it, in feet?", ("Gold Nadal and 7",), None, "silver 8")
    start = time.process_time()
    grade(item, f"{attempt} {len(text)} {grader} {text}", grader)
    return time.process_time() - start


SLACK = 0.003
"""Seconds below which a reading of the clock says nothing about growth."""
GROWTH = 30
"""Eight times the text: work that grew with its square would be 64 times as much."""


@pytest.mark.parametrize("grader", GRADERS)
@given(parts=st.data())
def test_work_grows_with_the_length_of_a_hostile_text_and_no_faster(
    grader: str, parts: st.DataObject
) -> None:
    text, end = parts.draw(some.hostile_texts(20_000)), parts.draw(st.sampled_from([" end", "", "x"]))
    # No measure of an eighth could make a quick one too slow.
    quick = work(text + end, grader, attempt=0) < GROWTH * SLACK
    if not quick:
        whole, eighth = (
            min(work(part + end, grader, each) for each in (1, 2)) for part in (text, text[: len(text) // 8])
        )
        assert whole < GROWTH * max(eighth, SLACK)
