"""The rule for names of code: the one that an answer names is the gold, or it is not."""

from __future__ import annotations

import pytest

from fbench.grading.graders.identifier import identifier, looks_like_code
from fbench.grading.graders.model import Verdict

CORRECT = "the identifier is the gold"
OTHER = "the answer does not name the gold identifier"
SEVERAL = "the answer names several identifiers"


def told(gold: str, answer: str, question: str = "") -> str:
    found = identifier(gold, answer, question)
    assert (found.verdict is Verdict.CORRECT) == (found.reason == CORRECT)
    return found.reason


@pytest.mark.parametrize(
    "answer",
    [
        "fit",
        "fit()",
        "`.fit(x, y)`",
        ".fit(x)",
        "`fit`",
        "```fit```",
        "fit() is the one",
        "fit is the function",
        "**fit** was what you want",
        '"fit" would be its name',
        "```python\nfit\n```",
        "Use this:\n```python\nfit\n```",
        "Use this:\n```\nfit(x)\n```",
        "The function is called fit",
        "You should use: 'fit()'.",
        "train.fit",
        "Trainer.fit",
        "In the end, `fit` and again `fit`",
    ],
)
def test_these_name_the_gold(answer: str) -> None:
    assert told("fit", answer) == CORRECT


@pytest.mark.parametrize(
    "answer",
    [
        "Fit",
        "fitter",
        "refit",
        "fit.train",
        "The function is called fit, which is good",
        "fit it is",
        "fit is a function",
        "so fit is the function",
        "camelCase is the same as fit",
        "use some_fit or other_fit",
        "`predict`, that is fit",
        "not fit",
        "",
    ],
)
def test_these_do_not(answer: str) -> None:
    assert told("fit", answer) == OTHER


@pytest.mark.parametrize(
    "answer",
    ["`fit` or `predict`", "`predict` or `fit`", "fit() or fit_all()", "`fit`, `predict` or `score`"],
)
def test_one_of_several_is_not_named(answer: str) -> None:
    assert told("fit", answer) == SEVERAL


@pytest.mark.parametrize(
    ("gold", "answer", "expected"),
    [
        ("train.fit", "fit", CORRECT),
        ("a.b.fit", "b.fit", CORRECT),
        ("a.b.fit", "fit", CORRECT),
        ("a.b.fit", "c.fit", OTHER),
        ("fit", "a.B.fit", CORRECT),
        ("Trainer.fit", "fit", OTHER),
        ("a.Trainer.fit", "fit", OTHER),
        ("Trainer.fit", "a.Trainer.fit", CORRECT),
        ("Trainer.fit", "Other.fit", OTHER),
    ],
)
def test_a_module_may_be_left_out_and_a_class_may_not(gold: str, answer: str, expected: str) -> None:
    assert told(gold, answer) == expected


@pytest.mark.parametrize(
    ("gold", "answer", "expected"),
    [
        ("a.fit", "In `a`, use `fit`", CORRECT),
        ("a.b.fit", "In `a` and `b`, use `fit`", CORRECT),
        ("a.b.fit", "In `a` and `c`, use `fit`", SEVERAL),
        ("a.fit", "`a`", OTHER),
    ],
)
def test_the_modules_of_the_gold_may_be_named_first(gold: str, answer: str, expected: str) -> None:
    assert told(gold, answer) == expected


def test_what_the_question_names_is_not_the_answer() -> None:
    answer = "fit_all takes the place of fit_some"
    assert told("fit_all", answer, "What replaces fit_some?") == CORRECT
    assert told("fit_all", answer, "What is new, some or all?") == SEVERAL
    assert told("fit_some", "fit_some", "What replaces fit_some?") == OTHER


@pytest.mark.parametrize("word", ["fit_all", "_fit", "a.fit", "fitAll", "F1Score"])
def test_these_look_like_code(word: str) -> None:
    assert looks_like_code(word) is True


@pytest.mark.parametrize("word", ["fit", "Fit", "FIT", "fit_all()", "1.5", "a. b", "fit all", "_-_", ""])
def test_these_may_be_words(word: str) -> None:
    assert looks_like_code(word) is False
