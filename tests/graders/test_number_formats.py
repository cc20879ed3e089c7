"""Numbers in the formats of many places: the same number is the same, and another is another."""

from __future__ import annotations

import pytest

from fbench.datasets.model import AnswerKind
from fbench.grading.graders import Item, Verdict, grade

FRENCH_999 = "neuf cent quatre-vingt-dix-neuf"


def verdict(gold: str, response: str, question: str, kind: str = "") -> Verdict:
    return grade(Item(question, (gold,), AnswerKind(kind) if kind else None), response).verdict


@pytest.mark.parametrize(
    ("gold", "response", "question", "kind"),
    [
        ("1/3", "\\frac{1}{3}", "What share?", ""),
        ("1/3", "one third", "What share?", ""),
        ("1/3", "⅓", "What share?", ""),
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
        ("1,500,000", "1’500’000", "How many people live there?", ""),
        ("1,500,000", "1.500.000", "How many people live there?", ""),
        ("1,500,000", "1500k", "How many people live there?", ""),
        ("1,200,000,000", "1.2bn", "How many people live there?", ""),
        ("1,200,000,000", "1.2B", "How many people live there?", ""),
        ("1,200,000,000", "1.2 billion", "How many people live there?", ""),
        ("1.500", "1500", "Wie viele Menschen leben dort?", ""),
        ("1.500.000", "1,5 Mio.", "Wie viele Menschen leben dort?", ""),
        ("3 Milliarden", "3 Mrd.", "Wie viele Menschen leben dort?", ""),
        ("12", "zwölf", "Wie viele Kinder hat sie?", ""),
        ("300", "dreihundert", "Wie viele sind es?", ""),
        ("21", "einundzwanzig", "Wie viele sind es?", ""),
        ("300", "trois cents", "Combien de personnes y vivent ?", ""),
        ("21", "veintiuno", "¿Cuántas personas viven allí?", ""),
        ("80", "quatre-vingts", "Combien de personnes y vivent ?", ""),
        ("95", "quatre-vingt-quinze", "Combien de personnes y vivent ?", ""),
        (
            "12",
            "двенадцать",
            "Сколько людей там живёт?",
            "",
        ),
        ("12", "douze", "Combien y en a-t-il dans la ville ?", ""),
        ("300", "三百", "有多少人?", ""),
        ("300", "有三百人。", "有多少人?", ""),
        ("1亿", "一亿", "有多少人?", ""),
        ("1,500,000", "150万", "有多少人?", ""),
        ("300", "３００", "?", ""),
        ("300", "٣٠٠", "كم؟", ""),
        ("1500", "१५००", "कितने?", ""),
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
        ("3 060 000 km", "3.06 × 10⁶ km", "How far away is it?", ""),
        ("3 060 000 km", "3.06e6 km", "How far away is it?", ""),
        ("3 060 000 km", "3.06*10^6 km", "How far away is it?", ""),
        ("3 060 000 km", "$3.06 \\times 10^{6}$ km", "How far away is it?", ""),
        ("3 060 000 km", "3.06 million km", "How far away is it?", ""),
        ("3060000 km", "3 060 000 km", "How far away is it?", ""),
        ("3,060,000", "3.06·10⁶", "How many?", ""),
        ("0.000001", "10⁻⁶", "How much?", ""),
        ("1000000", "10^6", "How many?", ""),
        ("1,500", "1{,}500", "How many?", ""),
        ("1500", "\\boxed{1500}", "How many?", ""),
        ("5", "The sum is 2+3, so \\boxed{5}.", "How many?", ""),
        ("2 1/2", "2\\frac{1}{2}", "How many?", ""),
        ("2.5", "2½", "How many?", ""),
        ("1,500 km", "1.500 km", "Wie weit ist es bis zur Stadt?", ""),
        ("45°", "45^\\circ", "What angle?", ""),
        ("1.5", "1,5", "Wie viel ist es?", ""),
        ("$5 million", "\\$5 million", "How much?", ""),
        ("1500", "1.5k", "How many?", ""),
        ("2000", "2k", "How many?", ""),
        ("1.500,75 €", "€1,500.75", "Wie viel kostet das?", ""),
        ("15,00,000", "1.5 million", "How many people live there?", ""),
        ("1.234.567", "1234567", "How many people live there?", ""),
        ("500,000", "5 lakh", "How many people live there?", ""),
        ("20 million", "two crore", "How many people live there?", ""),
        ("7", "There are seven.", "How many are there?", ""),
        ("1024", "2^10", "How many bytes are in a kibibyte?", ""),
        ("12 km", "12\u00b3 km", "How far is it?", ""),
        ("100", "hundert", "Wie viele Einwohner hat der Ort?", ""),
        ("1000", "tausend", "Wie viele Einwohner hat der Ort?", ""),
        ("2345", "zweitausenddreihundertfünfundvierzig", "Wie viele Einwohner hat der Ort?", ""),
        ("3000000", "drei Millionen", "Wie viele Einwohner hat der Ort?", ""),
        ("3000", "Der Ort hat dreitausend Einwohner und eine Kirche.", "Wie viele Einwohner hat er?", ""),
        ("1", "Eine.", "Wie viele Kirchen hat der Ort?", ""),
        ("2", "Ein Ort mit zwei Kirchen", "Wie viele Kirchen hat der Ort?", ""),
        ("6", "5 plus noch eine sind 6", "Wie viele Kirchen hat der Ort?", ""),
        ("1100", "mille cent", "Combien de pages a le livre ?", ""),
        (
            "77777777",
            "soixante-dix-sept millions sept cent soixante-dix-sept mille sept cent soixante-dix-sept",
            "Combien de pages a le livre ?",
            "",
        ),
        (
            "999999999",
            f"{FRENCH_999} millions {FRENCH_999} mille {FRENCH_999}",
            "Combien de pages a le livre ?",
            "",
        ),
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
        ("300", "三千", "有多少人?", ""),
        ("300", "三百五十", "有多少人?", ""),
        ("28%", "29 percentage points", "By how many percentage points did turnout rise?", ""),
        ("12,5 %", "125%", "Wie hoch ist der Anteil?", ""),
        ("1.500.000", "15 Millionen", "Wie viele Menschen leben dort?", ""),
        ("1/3", "\\frac{2}{3}", "?", ""),
        ("3 060 000 km", "3.06 × 10⁷ km", "How far?", ""),
        ("21", "zwanzig", "Wie viele sind es?", ""),
        ("28 percentage points", "28%", "How much?", ""),
        ("15,00,000", "150,000", "How many people live there?", ""),
        ("12", "112", "How many?", ""),
        ("1e6", "10", "How many?", ""),
        ("1500", "1,5", "Wie viel ist es?", ""),
        ("12 miles", "12\u00b3 km", "How far is it?", ""),
        ("200", "hundert", "Wie viele Einwohner hat der Ort?", ""),
        ("1", "Ein Ort mit zwei Kirchen", "Wie viele Kirchen hat der Ort?", ""),
    ],
)
def test_another_number_is_another_in_every_format(
    gold: str, response: str, question: str, kind: str
) -> None:
    assert verdict(gold, response, question, kind) is Verdict.INCORRECT


@pytest.mark.parametrize(
    ("question", "verdict"),
    [
        ("Average rating, La Paz hotels?", Verdict.CORRECT),
        ("Price of Die Welt des Wissens in euros?", Verdict.CORRECT),
        ("Wie hoch ist der Preis?", Verdict.INCORRECT),
    ],
)
def test_words_of_another_language_in_an_english_question_are_too_few(
    question: str, verdict: Verdict
) -> None:
    assert grade(Item(question, ("2.5",)), "2.500").verdict is verdict
