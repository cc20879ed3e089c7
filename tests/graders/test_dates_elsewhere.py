"""Dates in other languages."""

from __future__ import annotations

import pytest

from fbench.datasets.model import AnswerKind
from fbench.graders import Item, Verdict, grade


def verdict(gold: str, response: str, question: str, kind: str = "") -> Verdict:
    return grade(Item(question, (gold,), AnswerKind(kind) if kind else None), response).verdict


@pytest.mark.parametrize(
    ("gold", "response", "question", "kind"),
    [
        ("July 4, 1976", "4. Juli 1976", "Wann wurde sie erkl\xe4rt?", ""),
        ("4. Juli 1976", "July 4, 1976", "When was it?", ""),
        ("4. Juli 1976", "4. Juli 1976", "x", ""),
        ("July 1976", "4. Juli 1976", "When?", ""),
        ("July 4, 1976", "4 juillet 1976", "Wann wurde sie erkl\xe4rt?", ""),
        ("4 juillet 1976", "July 4, 1976", "When was it?", ""),
        ("4 juillet 1976", "4 juillet 1976", "x", ""),
        ("July 1976", "4 juillet 1976", "When?", ""),
        ("July 4, 1976", "1976\u5e747\u67084\u65e5", "Wann wurde sie erkl\xe4rt?", ""),
        ("1976\u5e747\u67084\u65e5", "July 4, 1976", "When was it?", ""),
        ("1976\u5e747\u67084\u65e5", "1976\u5e747\u67084\u65e5", "x", ""),
        ("July 1976", "1976\u5e747\u67084\u65e5", "When?", ""),
        ("July 4, 1976", "4 de julio de 1976", "Wann wurde sie erkl\xe4rt?", ""),
        ("4 de julio de 1976", "July 4, 1976", "When was it?", ""),
        ("4 de julio de 1976", "4 de julio de 1976", "x", ""),
        ("July 1976", "4 de julio de 1976", "When?", ""),
        ("July 4, 1976", "4 luglio 1976", "Wann wurde sie erkl\xe4rt?", ""),
        ("4 luglio 1976", "July 4, 1976", "When was it?", ""),
        ("4 luglio 1976", "4 luglio 1976", "x", ""),
        ("July 1976", "4 luglio 1976", "When?", ""),
        ("July 4, 1976", "4 de julho de 1976", "Wann wurde sie erkl\xe4rt?", ""),
        ("4 de julho de 1976", "July 4, 1976", "When was it?", ""),
        ("4 de julho de 1976", "4 de julho de 1976", "x", ""),
        ("July 1976", "4 de julho de 1976", "When?", ""),
        ("July 4, 1976", "4 juli 1976", "Wann wurde sie erkl\xe4rt?", ""),
        ("4 juli 1976", "July 4, 1976", "When was it?", ""),
        ("4 juli 1976", "4 juli 1976", "x", ""),
        ("July 1976", "4 juli 1976", "When?", ""),
        ("July 4, 1976", "4 lipca 1976", "Wann wurde sie erkl\xe4rt?", ""),
        ("4 lipca 1976", "July 4, 1976", "When was it?", ""),
        ("4 lipca 1976", "4 lipca 1976", "x", ""),
        ("July 1976", "4 lipca 1976", "When?", ""),
        (
            "July 4, 1976",
            "4 \u0438\u044e\u043b\u044f 1976 \u0433\u043e\u0434\u0430",
            "Wann wurde sie erkl\xe4rt?",
            "",
        ),
        ("4 \u0438\u044e\u043b\u044f 1976 \u0433\u043e\u0434\u0430", "July 4, 1976", "When was it?", ""),
        (
            "4 \u0438\u044e\u043b\u044f 1976 \u0433\u043e\u0434\u0430",
            "4 \u0438\u044e\u043b\u044f 1976 \u0433\u043e\u0434\u0430",
            "x",
            "",
        ),
        ("July 1976", "4 \u0438\u044e\u043b\u044f 1976 \u0433\u043e\u0434\u0430", "When?", ""),
        ("July 4, 1976", "4 Temmuz 1976", "Wann wurde sie erkl\xe4rt?", ""),
        ("4 Temmuz 1976", "July 4, 1976", "When was it?", ""),
        ("4 Temmuz 1976", "4 Temmuz 1976", "x", ""),
        ("July 1976", "4 Temmuz 1976", "When?", ""),
        ("July 4, 1976", "1976\ub144 7\uc6d4 4\uc77c", "Wann wurde sie erkl\xe4rt?", ""),
        ("1976\ub144 7\uc6d4 4\uc77c", "July 4, 1976", "When was it?", ""),
        ("1976\ub144 7\uc6d4 4\uc77c", "1976\ub144 7\uc6d4 4\uc77c", "x", ""),
        ("July 1976", "1976\ub144 7\uc6d4 4\uc77c", "When?", ""),
        ("July 4, 1976", "Sie wurde am 4. Juli 1976 erkl\xe4rt.", "Wann wurde sie erkl\xe4rt?", ""),
        ("Sie wurde am 4. Juli 1976 erkl\xe4rt.", "July 4, 1976", "When was it?", ""),
        ("Sie wurde am 4. Juli 1976 erkl\xe4rt.", "Sie wurde am 4. Juli 1976 erkl\xe4rt.", "x", ""),
        ("July 1976", "Sie wurde am 4. Juli 1976 erkl\xe4rt.", "When?", ""),
        (
            "July 4, 1976",
            "\u5b83\u4e8e1976\u5e747\u67084\u65e5\u5ba3\u5e03\u3002",
            "Wann wurde sie erkl\xe4rt?",
            "",
        ),
        ("\u5b83\u4e8e1976\u5e747\u67084\u65e5\u5ba3\u5e03\u3002", "July 4, 1976", "When was it?", ""),
        (
            "\u5b83\u4e8e1976\u5e747\u67084\u65e5\u5ba3\u5e03\u3002",
            "\u5b83\u4e8e1976\u5e747\u67084\u65e5\u5ba3\u5e03\u3002",
            "x",
            "",
        ),
        ("July 1976", "\u5b83\u4e8e1976\u5e747\u67084\u65e5\u5ba3\u5e03\u3002", "When?", ""),
        ("July 4, 1976", "4 \u064a\u0648\u0644\u064a\u0648 1976", "Wann wurde sie erkl\xe4rt?", ""),
        ("4 \u064a\u0648\u0644\u064a\u0648 1976", "July 4, 1976", "When was it?", ""),
        ("4 \u064a\u0648\u0644\u064a\u0648 1976", "4 \u064a\u0648\u0644\u064a\u0648 1976", "x", ""),
        ("July 1976", "4 \u064a\u0648\u0644\u064a\u0648 1976", "When?", ""),
        ("July 4, 1976", "Le 4 juillet 1976.", "Wann wurde sie erkl\xe4rt?", ""),
        ("Le 4 juillet 1976.", "July 4, 1976", "When was it?", ""),
        ("Le 4 juillet 1976.", "Le 4 juillet 1976.", "x", ""),
        ("July 1976", "Le 4 juillet 1976.", "When?", ""),
        (
            "July 4, 1976",
            "\u096a \u091c\u0941\u0932\u093e\u0908 \u0967\u096f\u096d\u096c",
            "Wann wurde sie erkl\xe4rt?",
            "",
        ),
        (
            "\u096a \u091c\u0941\u0932\u093e\u0908 \u0967\u096f\u096d\u096c",
            "July 4, 1976",
            "When was it?",
            "",
        ),
        (
            "\u096a \u091c\u0941\u0932\u093e\u0908 \u0967\u096f\u096d\u096c",
            "\u096a \u091c\u0941\u0932\u093e\u0908 \u0967\u096f\u096d\u096c",
            "x",
            "",
        ),
        ("July 1976", "\u096a \u091c\u0941\u0932\u093e\u0908 \u0967\u096f\u096d\u096c", "When?", ""),
        ("July 4, 1976", "1976-07-04", "Wann wurde sie erkl\xe4rt?", ""),
        ("1976-07-04", "July 4, 1976", "When was it?", ""),
        ("1976-07-04", "1976-07-04", "x", ""),
        ("July 1976", "1976-07-04", "When?", ""),
        (
            "July 4, 1976",
            "4 \u0399\u03bf\u03c5\u03bb\u03af\u03bf\u03c5 1976",
            "Wann wurde sie erkl\xe4rt?",
            "",
        ),
        ("4 \u0399\u03bf\u03c5\u03bb\u03af\u03bf\u03c5 1976", "July 4, 1976", "When was it?", ""),
        (
            "4 \u0399\u03bf\u03c5\u03bb\u03af\u03bf\u03c5 1976",
            "4 \u0399\u03bf\u03c5\u03bb\u03af\u03bf\u03c5 1976",
            "x",
            "",
        ),
        ("July 1976", "4 \u0399\u03bf\u03c5\u03bb\u03af\u03bf\u03c5 1976", "When?", ""),
        ("July 4, 1976", "\uff14 July 1976", "Wann wurde sie erkl\xe4rt?", ""),
        ("\uff14 July 1976", "July 4, 1976", "When was it?", ""),
        ("\uff14 July 1976", "\uff14 July 1976", "x", ""),
        ("July 1976", "\uff14 July 1976", "When?", ""),
        ("July 1, 1976", "1er juillet 1976", "Quand ?", ""),
        ("M\xe4rz 1976", "March 1976", "Wann?", ""),
        ("March 4, 1976", "4 mars 1976", "?", ""),
        ("Mars 2020", "Mars 2020", "Which mission?", ""),
        ("7\u67084\u65e5", "7\u67084\u65e5", "?", ""),
    ],
)
def test_a_date_is_the_same_in_every_language(gold: str, response: str, question: str, kind: str) -> None:
    assert verdict(gold, response, question, kind) is Verdict.CORRECT


@pytest.mark.parametrize(
    ("gold", "response", "question", "kind"),
    [
        ("July 5, 1976", "4. Juli 1976", "Wann?", ""),
        ("July 5, 1976", "4 juillet 1976", "Wann?", ""),
        ("July 5, 1976", "1976\u5e747\u67084\u65e5", "Wann?", ""),
        ("July 5, 1976", "4 de julio de 1976", "Wann?", ""),
        ("July 5, 1976", "4 luglio 1976", "Wann?", ""),
        ("July 5, 1976", "4 de julho de 1976", "Wann?", ""),
        ("July 5, 1976", "4 juli 1976", "Wann?", ""),
        ("July 5, 1976", "4 lipca 1976", "Wann?", ""),
        ("July 5, 1976", "4 \u0438\u044e\u043b\u044f 1976 \u0433\u043e\u0434\u0430", "Wann?", ""),
        ("July 5, 1976", "4 Temmuz 1976", "Wann?", ""),
        ("July 5, 1976", "1976\ub144 7\uc6d4 4\uc77c", "Wann?", ""),
        ("July 5, 1976", "Sie wurde am 4. Juli 1976 erkl\xe4rt.", "Wann?", ""),
        ("July 5, 1976", "\u5b83\u4e8e1976\u5e747\u67084\u65e5\u5ba3\u5e03\u3002", "Wann?", ""),
        ("July 5, 1976", "4 \u064a\u0648\u0644\u064a\u0648 1976", "Wann?", ""),
        ("July 5, 1976", "Le 4 juillet 1976.", "Wann?", ""),
        ("July 5, 1976", "\u096a \u091c\u0941\u0932\u093e\u0908 \u0967\u096f\u096d\u096c", "Wann?", ""),
        ("July 5, 1976", "1976-07-04", "Wann?", ""),
        ("July 5, 1976", "4 \u0399\u03bf\u03c5\u03bb\u03af\u03bf\u03c5 1976", "Wann?", ""),
        ("July 5, 1976", "\uff14 July 1976", "Wann?", ""),
        ("March 2020", "Mars 2020", "When?", ""),
    ],
)
def test_another_date_is_another(gold: str, response: str, question: str, kind: str) -> None:
    assert verdict(gold, response, question, kind) is Verdict.INCORRECT
