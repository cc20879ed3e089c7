"""Numbers in the formats of many places: the same number is the same, and another is another."""

from __future__ import annotations

import pytest

from fbench.datasets.model import AnswerKind
from fbench.graders import Item, Verdict, grade


def verdict(gold: str, response: str, question: str, kind: str = "") -> Verdict:
    return grade(Item(question, (gold,), AnswerKind(kind) if kind else None), response).verdict


@pytest.mark.parametrize(
    ("gold", "response", "question", "kind"),
    [
        ("1/3", "\\frac{1}{3}", "What share?", ""),
        ("1/3", "one third", "What share?", ""),
        ("1/3", "\u2153", "What share?", ""),
        ("1/3", "$\\dfrac{1}{3}$", "What share?", ""),
        ("\\frac{1}{3}", "1/3", "What share?", ""),
        ("$\\frac{1}{3}$", "a third", "What share?", ""),
        ("1,500,000", "1.5M", "How many people live there?", ""),
        ("1,500,000", "1.5m", "How many people live there?", ""),
        ("1,500,000", "1.5 M", "How many people live there?", ""),
        ("1,500,000", "15 lakh", "How many people live there?", ""),
        ("15,000,000", "1.5 crore", "How many people live there?", ""),
        ("1,500,000", "1.5 mn", "How many people live there?", ""),
        ("1.5 million", "1 500 000", "How many people live there?", ""),
        ("1,500,000", "1\u2019500\u2019000", "How many people live there?", ""),
        ("1,500,000", "1.500.000", "How many people live there?", ""),
        ("1,500,000", "1500k", "How many people live there?", ""),
        ("1,200,000,000", "1.2bn", "How many people live there?", ""),
        ("1,200,000,000", "1.2B", "How many people live there?", ""),
        ("1,200,000,000", "1.2 billion", "How many people live there?", ""),
        ("1.500", "1500", "Wie viele Menschen leben dort?", ""),
        ("1.500.000", "1,5 Mio.", "Wie viele Menschen leben dort?", ""),
        ("3 Milliarden", "3 Mrd.", "Wie viele Menschen leben dort?", ""),
        ("12", "zw\xf6lf", "Wie viele Kinder hat sie?", ""),
        ("300", "dreihundert", "Wie viele sind es?", ""),
        ("21", "einundzwanzig", "Wie viele sind es?", ""),
        ("300", "trois cents", "Combien de personnes y vivent ?", ""),
        ("21", "veintiuno", "\xbfCu\xe1ntas personas viven all\xed?", ""),
        ("80", "quatre-vingts", "Combien de personnes y vivent ?", ""),
        ("95", "quatre-vingt-quinze", "Combien de personnes y vivent ?", ""),
        (
            "12",
            "\u0434\u0432\u0435\u043d\u0430\u0434\u0446\u0430\u0442\u044c",
            "\u0421\u043a\u043e\u043b\u044c\u043a\u043e \u043b\u044e\u0434\u0435\u0439 \u0442\u0430\u043c \u0436\u0438\u0432\u0451\u0442?",
            "",
        ),
        ("12", "douze", "Combien y en a-t-il dans la ville ?", ""),
        ("300", "\u4e09\u767e", "\u6709\u591a\u5c11\u4eba?", ""),
        ("300", "\u6709\u4e09\u767e\u4eba\u3002", "\u6709\u591a\u5c11\u4eba?", ""),
        ("1\u4ebf", "\u4e00\u4ebf", "\u6709\u591a\u5c11\u4eba?", ""),
        ("1,500,000", "150\u4e07", "\u6709\u591a\u5c11\u4eba?", ""),
        ("300", "\uff13\uff10\uff10", "?", ""),
        ("300", "\u0663\u0660\u0660", "\u0643\u0645\u061f", ""),
        ("1500", "\u0967\u096b\u0966\u0966", "\u0915\u093f\u0924\u0928\u0947?", ""),
        ("12", "12th", "Which seed was she?", ""),
        ("12", "twelfth", "Which seed was she?", ""),
        ("12th", "12", "Which seed was she?", ""),
        ("twelfth", "12th", "Which seed was she?", ""),
        ("21", "twenty-first", "In which century?", ""),
        ("12e", "12", "Quelle place a-t-elle prise dans la course ?", "quantity"),
        ("2", "2e", "Quelle place a-t-elle prise dans la course ?", "quantity"),
        ("0.77c", "0.77 c", "How fast does it move?", ""),
        ("0.77c", "0.77 times the speed of light", "How fast does it move?", ""),
        ("0.77 c", "0.77c", "How fast does it move?", ""),
        ("28%", "28 percentage points", "By how many percentage points did turnout rise?", ""),
        ("28 percentage points", "28%", "By how many percentage points did turnout rise?", ""),
        ("28", "28 percentage points", "By how many percentage points did turnout rise?", ""),
        ("28 percentage points", "28 points", "By how many percentage points did turnout rise?", ""),
        ("28%", "28 pp", "By how many percentage points did turnout rise?", ""),
        ("12,5 %", "12.5%", "Wie hoch ist der Anteil?", ""),
        ("12,5 %", "12,5 Prozent", "Wie hoch ist der Anteil?", ""),
        ("12.5%", "12,5%", "What share?", ""),
        ("12.5%", "12.5\\%", "What share?", ""),
        ("3 060 000 km", "3.06 \xd7 10\u2076 km", "How far away is it?", ""),
        ("3 060 000 km", "3.06e6 km", "How far away is it?", ""),
        ("3 060 000 km", "3.06*10^6 km", "How far away is it?", ""),
        ("3 060 000 km", "$3.06 \\times 10^{6}$ km", "How far away is it?", ""),
        ("3 060 000 km", "3.06 million km", "How far away is it?", ""),
        ("3060000 km", "3 060 000 km", "How far away is it?", ""),
        ("3060000 km", "3 060 000 km", "How far away is it?", ""),
        ("3,060,000", "3.06\xb710\u2076", "How many?", ""),
        ("0.000001", "10\u207b\u2076", "How much?", ""),
        ("1000000", "10^6", "How many?", ""),
        ("1,500", "1{,}500", "How many?", ""),
        ("1500", "\\boxed{1500}", "How many?", ""),
        ("5", "The sum is 2+3, so \\boxed{5}.", "How many?", ""),
        ("2 1/2", "2\\frac{1}{2}", "How many?", ""),
        ("2.5", "2\xbd", "How many?", ""),
        ("1,500 km", "1.500 km", "Wie weit ist es bis zur Stadt?", ""),
        ("45\xb0", "45^\\circ", "What angle?", ""),
        ("1.5", "1,5", "Wie viel ist es?", ""),
        ("$5 million", "\\$5 million", "How much?", ""),
        ("1500", "1.5k", "How many?", ""),
        ("2000", "2k", "How many?", ""),
        ("1.500,75 \u20ac", "\u20ac1,500.75", "Wie viel kostet das?", ""),
        ("15,00,000", "1.5 million", "How many people live there?", ""),
        ("1.234.567", "1234567", "How many people live there?", ""),
    ],
)
def test_one_number_in_two_formats_is_one(gold: str, response: str, question: str, kind: str) -> None:
    assert verdict(gold, response, question, kind) is Verdict.CORRECT


@pytest.mark.parametrize(
    ("gold", "response", "question", "kind"),
    [
        ("1.5", "15", "How many?", ""),
        ("1500", "1.5", "How many?", ""),
        ("1.500", "1500", "How many people live there?", ""),
        ("10", "10^6", "How many?", ""),
        ("1,500,000", "15M", "How many people live there?", ""),
        ("1,500,000", "1.5B", "How many people live there?", ""),
        ("100 m", "100 million", "How long is it?", ""),
        ("5", "6", "x", ""),
        ("12", "13th", "Which seed was she?", ""),
        ("5", "fifth", "How many are there?", ""),
        ("0.77c", "0.78c", "How fast?", ""),
        ("300", "\u4e09\u5343", "\u6709\u591a\u5c11\u4eba?", ""),
        ("300", "\u4e09\u767e\u4e94\u5341", "\u6709\u591a\u5c11\u4eba?", ""),
        ("28%", "29 percentage points", "By how many percentage points did turnout rise?", ""),
        ("12,5 %", "125%", "Wie hoch ist der Anteil?", ""),
        ("1.500.000", "15 Millionen", "Wie viele Menschen leben dort?", ""),
        ("1/3", "\\frac{2}{3}", "?", ""),
        ("3 060 000 km", "3.06 \xd7 10\u2077 km", "How far?", ""),
        ("21", "zwanzig", "Wie viele sind es?", ""),
        ("28 percentage points", "28%", "How much?", ""),
        ("15,00,000", "150,000", "How many people live there?", ""),
        ("12", "112", "How many?", ""),
        ("1e6", "10", "How many?", ""),
        ("1500", "1,5", "Wie viel ist es?", ""),
    ],
)
def test_another_number_is_another_in_every_format(
    gold: str, response: str, question: str, kind: str
) -> None:
    assert verdict(gold, response, question, kind) is Verdict.INCORRECT
