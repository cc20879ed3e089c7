"""What is settled before a rule is asked, and what of its verdict stands."""

from __future__ import annotations

import pytest

from fbench.datasets.model import AnswerKind
from fbench.grading.graders import grade
from fbench.grading.graders.guards import guarded
from fbench.grading.graders.model import Grade, Item, Rule, Verdict
from fbench.grading.graders.vocabulary import FUNCTION_WORDS

CORRECT, INCORRECT, ABSTAINED = Verdict.CORRECT, Verdict.INCORRECT, Verdict.ABSTAINED
SHORT = AnswerKind.SHORT


def ruling(verdict: Verdict) -> Rule:
    """A rule that has one verdict for all answers, and tells the answer that it was given."""
    return lambda _gold, answer, _question: Grade(verdict, "rule", f"given: {answer}")


YES, NO = ruling(CORRECT), ruling(INCORRECT)


def asked(
    rule: Rule, response: str, gold: str = "Paris", question: str = "", before: str | None = None
) -> Grade:
    return guarded(rule, SHORT, gold, Item(question, (gold,), SHORT, before), response)


@pytest.mark.parametrize("rule", [YES, NO])
@pytest.mark.parametrize(
    ("response", "verdict", "reason"),
    [
        ("", INCORRECT, "the answer is empty"),
        (" *?* ", INCORRECT, "the answer is empty"),
        ("**Paris.**", CORRECT, "the answer is the gold"),
        ("It is not Paris", INCORRECT, "the answer denies the gold"),
        ("It is not Lyon", INCORRECT, "the answer takes all of it back"),
        ("I don't know.", ABSTAINED, "the answer is a refusal"),
        ("Which city is it?", INCORRECT, "the answer is empty"),
        ("Which city, it is", INCORRECT, "the answer repeats the question"),
    ],
)
def test_the_guards_settle_it_whatever_the_rule_would_say(
    rule: Rule, response: str, verdict: Verdict, reason: str
) -> None:
    told = asked(rule, response, question="Which city is it?")
    assert told == Grade(verdict, "short", reason)


@pytest.mark.parametrize("verdict", [CORRECT, INCORRECT, Verdict.UNGRADED])
@pytest.mark.parametrize(
    ("response", "given"),
    [
        ("Lyon", "Lyon"),
        ("  Lyon,\t it\n\n is. ", "Lyon, it\nis"),
        ("which city is it? Lyon", "Lyon"),
        ("It is Lyon, not Rome", "It is Lyon, not Rome"),
        ("It is not Rome, it is Lyon", ", it is Lyon"),
        ("It is inLyon", "It is in Lyon"),
    ],
)
def test_the_rule_decides_on_the_tidy_answer_without_the_question(
    verdict: Verdict, response: str, given: str
) -> None:
    told = asked(ruling(verdict), response, question="Which city is it?")
    assert told == Grade(verdict, "rule", f"given: {given}")


@pytest.mark.parametrize(
    ("rule", "response", "verdict", "reason"),
    [
        (YES, "I don't know. It may be Lyon", CORRECT, "given: It may be Lyon"),
        (NO, "I don't know. It may be Lyon", ABSTAINED, "the answer opens with a refusal"),
        (YES, "It may be Lyon. I don't know.", CORRECT, "given: It may be Lyon."),
        (NO, "It may be Lyon. I don't know.", INCORRECT, "given: It may be Lyon."),
        (NO, "It may be Lyon", INCORRECT, "given: It may be Lyon"),
    ],
)
def test_a_refusal_with_more_beside_it_abstains_where_it_opens_an_answer_that_is_not_right(
    rule: Rule, response: str, verdict: Verdict, reason: str
) -> None:
    assert asked(rule, response) == Grade(verdict, "rule", reason)


@pytest.mark.parametrize("response", ["I don't know", "It is not so", "Who is it?"])
def test_where_the_gold_is_that_there_is_none_the_rule_reads_refusals_and_denials(response: str) -> None:
    item = Item("Who is it that they say it is?", ("None",))
    told = guarded(YES, AnswerKind.NONE, "None", item, response)
    assert told == Grade(CORRECT, "rule", f"given: {response}")


@pytest.mark.parametrize(
    ("question", "gold"), [("Which city is it not?", "Lyon"), ("Which city is it?", "not Rome")]
)
def test_a_denial_stands_where_one_is_asked_for(question: str, gold: str) -> None:
    assert asked(YES, "It is not a Rome", gold, question).reason == "given: It is not a Rome"


@pytest.mark.parametrize("gold", ["inLyon", "inRome"])
def test_what_looks_broken_in_the_gold_is_none_in_the_answer(gold: str) -> None:
    assert asked(YES, "It is inLyon", gold).reason == "given: It is inLyon"


@pytest.mark.parametrize("kind", [AnswerKind.IDENTIFIER, AnswerKind.INVENTED_NAME])
def test_where_each_letter_counts_nothing_is_mended(kind: AnswerKind) -> None:
    told = guarded(YES, kind, "fit", Item("", ("fit",)), "It is inLyon")
    assert told.reason == "given: It is inLyon"


STALE = "the answer is the one before the update, or closer to it"


@pytest.mark.parametrize(
    ("response", "gold", "before", "reason"),
    [
        ("Lyon", "Paris", "Lyon", STALE),
        ("`Lyon`", "Paris", "Lyon.", STALE),
        ("It was Lyon then", "Paris", "Lyon", STALE),
        ("no", "yes", "no", STALE),
        ("not so", "so", "not so", STALE),
        ("Paris then", "Paris", "Lyon", "given: Paris then"),
        ("Paris now, not Lyon", "Paris", "Lyon", "given: Paris now, not Lyon"),
        ("Paris now\nVerdict: Lyon", "Paris", "Lyon", "given: Paris now\nVerdict: Lyon"),
        ("Paris", "Paris", "Paris", "the answer is the gold"),
        ("It was Lyon", "Paris", None, "given: It was Lyon"),
    ],
)
def test_what_was_right_before_is_stale(response: str, gold: str, before: str | None, reason: str) -> None:
    told = asked(YES, response, gold, before=before)
    assert told.reason == reason
    assert told.verdict is (INCORRECT if reason == STALE else CORRECT)


GOLD, BEFORE = "red amber green blue", "red amber white black"


@pytest.mark.parametrize(
    ("rule", "response", "kind", "before", "expected"),
    [
        (YES, "amber green", SHORT, BEFORE, (INCORRECT, "it has too little of the update")),
        (YES, "amber green blue", SHORT, BEFORE, (CORRECT, "given: amber green blue")),
        (YES, "amber green", SHORT, None, (CORRECT, "given: amber green")),
        (YES, "amber green", AnswerKind.LONG, BEFORE, (CORRECT, "given: amber green")),
        (NO, "amber green", SHORT, BEFORE, (INCORRECT, "given: amber green")),
        (NO, "amber green blue", SHORT, BEFORE, (INCORRECT, "given: amber green blue")),
        (NO, "amber green", SHORT, None, (INCORRECT, "given: amber green")),
        (YES, "purple", SHORT, None, (CORRECT, "given: purple")),
    ],
)
def test_a_short_update_must_be_had_for_the_most_part(
    rule: Rule, response: str, kind: AnswerKind, before: str | None, expected: tuple[Verdict, str]
) -> None:
    item = Item("", (GOLD,), kind, before)
    told = guarded(rule, kind, GOLD, item, response)
    assert (told.verdict, told.reason) == expected


QUESTION = "Which of the two teams, Bears or Lions, won the final?"
ECHO = "the answer repeats the question"


@pytest.mark.parametrize(
    ("response", "gold", "question", "echo"),
    [
        ("Of two teams, Bears or Lions, which won the final", "Lions", QUESTION, True),
        ("Two teams, Bears or Lions, also won about the final", "Lions", QUESTION, True),
        ("Two of the teams, Bears or Lions, won", "Lions", QUESTION, False),
        ("The final was won by the two teams, Bears or Lions: Lions", "Lions", QUESTION, False),
        ("Two teams, Bears or Lions, won the final game", "Lions", QUESTION, False),
        ("Lions", "Lions!", QUESTION, False),
        ("Bears", "Lions", QUESTION, False),
        ("Yes, is it", "it?", "Is it it?", False),
        ("Is Lyon the capital", "Lyon the capital", "Is the capital Lyon?", False),
        ("The capital is it", "is it the capital", "Is it the capital?", False),
        ("The capital: is it Lyon", "Lyon", "Is it the capital Lyon?", True),
        ("The capital: is it Lyon", "Lyon", "Is it Lyon, the capital?", False),
        ("The capital: is it Lyon", "...", "Is it Lyon, the capital?", True),
    ],
)
def test_an_echo_has_the_words_of_the_question_and_no_others_and_does_not_close_with_the_gold(
    response: str, gold: str, question: str, echo: bool
) -> None:
    told = asked(YES, response, gold, question)
    assert (told.reason == ECHO) is echo
    assert told.verdict is (INCORRECT if echo else CORRECT)


@pytest.mark.parametrize("word", sorted({*FUNCTION_WORDS, "also", "about", "or"}))
def test_a_word_that_says_nothing_makes_an_echo_no_answer(word: str) -> None:
    assert asked(YES, f"{word} capital wins", "Lyon", "Capital wins?").reason == ECHO


@pytest.mark.parametrize(("word", "digit"), [("six", "6"), ("seven", "7")])
def test_a_number_of_the_question_put_in_words_is_no_echo(word: str, digit: str) -> None:
    assert asked(YES, f"It wins {word} times", "yes", f"It wins {digit} times?").verdict is CORRECT


@pytest.mark.parametrize("wrapped", ["** None \n**", '"None"', "The answer is **None**.", "Answer: `None`"])
def test_marks_around_the_whole_answer_hide_no_refusal(wrapped: str) -> None:
    assert grade(Item("Is it?", ("Yes",)), wrapped).verdict is Verdict.ABSTAINED


@pytest.mark.parametrize("wrapped", ["Toni", "Answer: Toni", "**Toni.**", "The answer is: Toni"])
def test_marks_and_a_lead_add_no_words_to_a_given_name(wrapped: str) -> None:
    assert grade(Item("Who was it?", ("Toni Nadal",)), wrapped).verdict is Verdict.INCORRECT


NAME, LIST, LONG, IDENTIFIER = AnswerKind.NAME, AnswerKind.LIST, AnswerKind.LONG, AnswerKind.IDENTIFIER
TURNED = "the answer has the relation the other way round"
STANDS = "the gold stands in the answer"


@pytest.mark.parametrize(
    ("rule", "kind", "gold", "response", "expected"),
    [
        (NO, SHORT, "21st", "the twenty-first", (CORRECT, "the answer names the place")),
        (NO, SHORT, "21st", "the twentieth", (INCORRECT, "given: the twentieth")),
        (NO, LONG, "21st", "the twenty-first", (INCORRECT, "given: the twenty-first")),
        (NO, SHORT, "\u5317\u4eac", "\u9996\u90fd\u662f\u5317\u4eac", (CORRECT, STANDS)),
        (NO, NAME, "\u9c81\u8fc5", "\u662f\u9c81\u8fc5", (CORRECT, STANDS)),
        (NO, LIST, "\u9c81\u8fc5", "\u662f\u9c81\u8fc5", (INCORRECT, "given: \u662f\u9c81\u8fc5")),
        (NO, SHORT, "Ann < Bob < Cy", "Ann, Bob, Cy", (CORRECT, "the answer has the same order")),
        (NO, IDENTIFIER, "ann->bob->cy", "ann, bob, cy", (INCORRECT, "given: ann, bob, cy")),
        (YES, SHORT, "Ann beat Bob", "Bob beat Ann", (INCORRECT, TURNED)),
        (NO, SHORT, "Ann beat Bob", "Bob beat Ann", (INCORRECT, "given: Bob beat Ann")),
        (YES, SHORT, "Ann beat Bob", "Ann had beaten Bob", (CORRECT, "given: Ann had beaten Bob")),
        (YES, IDENTIFIER, "Ann beat Bob", "Bob beat Ann", (CORRECT, "given: Bob beat Ann")),
        (YES, AnswerKind.YES_NO, "Yes", "Yes is wrong", (INCORRECT, "the answer takes all of it back")),
        (YES, AnswerKind.YES_NO, "No", "It is not", (CORRECT, "given: It is not")),
    ],
)
def test_each_guard_is_for_some_kinds_of_answer(
    rule: Rule, kind: AnswerKind, gold: str, response: str, expected: tuple[Verdict, str]
) -> None:
    told = guarded(rule, kind, gold, Item("", (gold,), kind), response)
    assert (told.verdict, told.reason) == expected
