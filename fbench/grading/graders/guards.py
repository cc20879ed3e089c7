"""Checks for every kind of answer: blanks, denials, stale answers and refusals never reach a kind's rule."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from fbench.datasets.model import AnswerKind
from fbench.grading.graders.abstain import refusal
from fbench.grading.graders.contrast import is_stale, says_enough
from fbench.grading.graders.correction import corrected
from fbench.grading.graders.judge import without_verdicts
from fbench.grading.graders.mending import mended
from fbench.grading.graders.model import Grade, Item, Rule, Verdict
from fbench.grading.graders.negation import denies, negations
from fbench.grading.graders.normalise import has_content, plain, tidy, unwrap, without_question
from fbench.grading.graders.order import in_order, is_turned
from fbench.grading.graders.places import same_place
from fbench.grading.graders.retraction import upheld
from fbench.grading.graders.terms import content, terms
from fbench.grading.graders.unspaced import unspaced
from fbench.grading.graders.vocabulary import FUNCTION_WORDS

__all__ = ["guarded"]

_AS_WRITTEN = {AnswerKind.IDENTIFIER, AnswerKind.INVENTED_NAME}
_OF_WORDS = {AnswerKind.SHORT, AnswerKind.NAME, AnswerKind.LIST, AnswerKind.QUANTITY, AnswerKind.LONG}
_NAMING = {AnswerKind.NAME, AnswerKind.SHORT, AnswerKind.LONG, AnswerKind.INVENTED_NAME}
_FIRST = 8
_SAYING_NOTHING = FUNCTION_WORDS | {"also", "about"}


def guarded(rule: Rule, kind: AnswerKind, gold: str, item: Item, response: str) -> Grade:
    """The grade of a response against one gold: from the guards, or else from the rule."""
    answer, whole = _answer(response, item.question)
    if answer is not whole and (kind in _AS_WRITTEN or mended(gold, item.question) != gold):
        answer = whole  # what looks broken in the gold is correct in the answer too: toString, Route66
    settled = _settled(answer, gold, item.answer_before)
    if settled is not None:
        verdict, reason = settled
        return Grade(verdict, kind.value, reason)
    if kind is AnswerKind.NONE:
        return rule(gold, answer, item.question)
    refused = refusal(answer)
    if refused is None:
        return _asserted(rule, kind, gold, item, answer)
    if refused.complete:
        return Grade(Verdict.ABSTAINED, kind.value, "the answer is a refusal")
    grade = _asserted(rule, kind, gold, item, refused.rest)
    if refused.opens and grade.verdict is not Verdict.CORRECT:
        return replace(grade, verdict=Verdict.ABSTAINED, reason="the answer opens with a refusal")
    return grade


@lru_cache(maxsize=1024)
def _answer(response: str, question: str) -> tuple[str, str]:
    """The repaired answer and the answer as written, both without wrapping such as quotes or fences."""
    answer = unwrap(corrected(tidy(without_question(response, question))))
    return mended(answer, question), answer


def _settled(answer: str, gold: str, before: str | None) -> tuple[Verdict, str] | None:
    """The verdict that needs no kind of answer, with its reason; None if the kind decides."""
    told = plain(answer)
    if told and told == plain(gold):
        return Verdict.CORRECT, "the answer is the gold"
    if not has_content(told):
        return Verdict.INCORRECT, "the answer is empty"
    if before is not None and (told == plain(before) or is_stale(without_verdicts(answer), gold, before)):
        return Verdict.INCORRECT, "the answer is the one before the update, or closer to it"
    return None


def _elsewhere(kind: AnswerKind, gold: str, told: str) -> Grade | None:
    """The grade for a gold in a script without spaces, or for an ordinal; None if the gold is neither."""
    if kind not in _NAMING:
        return None
    name = kind.value
    place = same_place(name, gold, told) if kind is AnswerKind.SHORT else None
    return place or unspaced(name, gold, told)


def _asserted(rule: Rule, kind: AnswerKind, gold: str, item: Item, answer: str) -> Grade:
    if denies(answer, gold, item.question):
        return Grade(Verdict.INCORRECT, kind.value, "the answer denies the gold")
    if _echoes(answer, item.question, gold):
        return Grade(Verdict.INCORRECT, kind.value, "the answer repeats the question")
    told = _left(answer, gold, item.question)
    if told is not answer and not has_content(told):
        if kind is not AnswerKind.YES_NO or not set(terms(gold)).isdisjoint(terms(answer)):
            return Grade(Verdict.INCORRECT, kind.value, "the answer takes all of it back")
        told = answer  # `It is not` says no
    ordered = in_order(gold, told, item.question) if kind in _OF_WORDS else None
    grade = ordered or _elsewhere(kind, gold, told) or rule(gold, told, item.question)
    if grade.verdict is Verdict.CORRECT and ordered is None and kind in _OF_WORDS and is_turned(gold, told):
        return Grade(Verdict.INCORRECT, kind.value, "the answer has the relation the other way round")
    partly = kind is AnswerKind.SHORT and item.answer_before is not None
    if partly and grade.verdict is Verdict.CORRECT and not says_enough(answer, gold):
        return replace(grade, verdict=Verdict.INCORRECT, reason="it has too little of the update")
    return grade


def _left(answer: str, gold: str, question: str) -> str:
    """The part of the answer that it does not retract; all of it if a negation may be the wanted answer."""
    rest = upheld(answer, question)
    return answer if rest is answer or negations(question) or negations(gold) else rest


def _echoes(answer: str, question: str, gold: str) -> bool:
    """Whether the answer has exactly the question's words, and does not end with the gold."""
    if _has_other_words(answer, question):
        return False
    told = set(content(answer))
    return (
        told == set(content(question))
        and not told <= set(content(gold))
        and (_ends_with(question, gold) or not _ends_with(answer, gold))
    )


@lru_cache(maxsize=1024)
def _has_other_words(answer: str, question: str) -> bool:
    """Whether the answer has a plain word that the question lacks: this quick test settles most answers."""
    asked, told = question.casefold(), answer.casefold()
    # the first words usually decide
    return _is_new(told.split(None, _FIRST)[:_FIRST], asked) or _is_new(told.split(), asked)


def _is_new(words: list[str], asked: str) -> bool:
    return any(
        len(word) > 2
        and word.isascii()
        and word.isalpha()
        and word not in asked
        and word not in _SAYING_NOTHING
        for word in words
    )


def _ends_with(text: str, end: str) -> bool:
    last = terms(end)
    return bool(last) and terms(text)[-len(last) :] == last
