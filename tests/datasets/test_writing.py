"""Numbers and LaTeX, read as what they say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fbench.datasets import AnswerKind
from fbench.datasets.kinds import infer_kind
from fbench.datasets.notations import boxed, plain_numbers, without_latex


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (r"\frac{1}{3}", "1/3"),
        (r"$\dfrac{1}{3}$", "1/3"),
        (r"2\frac12", "2 1/2"),
        (r"\frac{a+b}{2}", "(a+b)/2"),
        (r"3.06 \times 10^{6}\text{ km}", "3.06 \u00d7 10^6 km"),
        (r"12.5\%", "12.5%"),
        (r"3\,060\,000", "3 060 000"),
        (r"1{,}500", "1,500"),
        (r"\$5", "$5"),
        (r"45^\circ", "45\u00b0"),
        (r"45^{\circ}\text{C}", "45\u00b0C"),
        (r"\textbf{Paris}", "Paris"),
        (r"\(x\)", "x"),
        ("$5$", "5"),
        ("$$7$$", "7"),
        ("$0.77c$", "0.77c"),
        ("H$_2$O", "H2O"),
        (r"\mathrm{H_{2}O}", "H2O"),
        (r"\sqrt{2}", "\u221a2"),
        (r"\text{\textbf{deep}}", "deep"),
        (r"\left(5\right)", "(5)"),
    ],
)
def test_latex_is_read_as_what_it_prints(text: str, read: str) -> None:
    assert without_latex(text) == read


@pytest.mark.parametrize(
    "text",
    [
        "$5 and $6",
        "$3 million",
        "US$5",
        "costs $5-$6",
        r"\d+",
        r"\n",
        r"C:\Users",
        "H_2O",
        "a{2}",
        r"[^\]]",
        "",
    ],
)
def test_prices_and_code_are_no_latex(text: str) -> None:
    assert without_latex(text) == text


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (r"2 + 3, so \boxed{5}.", "5"),
        (r"\boxed{5}, again \boxed{5}", "5"),
        (r"\boxed{\text{a}}", r"\text{a}"),
        (r"\boxed{5} or \boxed{6}", r"\boxed{5} or \boxed{6}"),
        (r"\boxed{}", r"\boxed{}"),
        (r"\boxed{5", r"\boxed{5"),
        ("5", "5"),
    ],
)
def test_the_one_answer_in_a_box_is_the_answer(text: str, read: str) -> None:
    assert boxed(text) == read


@pytest.mark.parametrize(
    ("text", "read", "with_comma"),
    [
        ("1.500.000", "1500000", "1500000"),
        ("15,00,000", "1500000", "1500000"),
        ("1'500'000", "1500000", "1500000"),
        ("1_500_000", "1500000", "1500000"),
        ("3 060 000 km", "3060000 km", "3060000 km"),
        ("12,5 %", "12.5 %", "12.5 %"),
        ("1.500,75", "1500.75", "1500.75"),
        ("1 500,75", "1500.75", "1500.75"),
        ("0,125", "0.125", "0.125"),
        ("1,500,000", "1,500,000", "1,500,000"),
        ("1,500", "1,500", "1,500"),
        ("3.142", "3.142", "3142"),
        ("0.142", "0.142", "0.142"),
        ("5, 10 and 15", "5, 10 and 15", "5, 10 and 15"),
        ("1,2,3", "1,2,3", "1,2,3"),
        ("2.5 \u00d7 10^-3", "2.5e-3", "2.5e-3"),
        ("2.5 x 10\u207b\u00b3 kg", "2.5e-3 kg", "2.5e-3 kg"),
        ("3.06\u00b710**6", "3.06e6", "3.06e6"),
        ("10\u2076", "10^6", "10^6"),
        ("5 m\u00b2", "5 m\u00b2", "5 m\u00b2"),
        ("7-0", "7-0", "7-0"),
        ("1,5 Mio.", "1.5 million.", "1.5 million."),
        ("3 Milliarden", "3 billion", "3 billion"),
        ("5 mil millones", "5 billion", "5 billion"),
        ("2\u00ba", "2th", "2th"),
        ("\u4e09\u767e\u4eba", "300 \u4eba", "300 \u4eba"),
        ("1.5\u4ebf", "150000000", "150000000"),
        ("3\u4e075\u5343", "35000", "35000"),
        ("\u5341\u4e8c\u70b9\u4e94", "12.5", "12.5"),
        ("\u767e\u5206\u4e4b\u5341\u4e8c", "12%", "12%"),
        ("\u7edf\u4e00", "\u7edf\u4e00", "\u7edf\u4e00"),
        ("150\ub9cc \uba85", "1500000 \uba85", "1500000 \uba85"),
        ("\u0663\u066b\u0665", "3.5", "3.5"),
        ("\uff13\uff10\uff10", "300", "300"),
    ],
)
def test_numbers_of_other_places_are_read_in_one_format(text: str, read: str, with_comma: str) -> None:
    assert plain_numbers(text) == read
    assert plain_numbers(text, comma=True) == with_comma


@given(st.text())
def test_no_text_makes_them_raise(text: str) -> None:
    assert plain_numbers(plain_numbers(text)) is not None
    assert without_latex(boxed(text)) is not None


@pytest.mark.parametrize(
    "gold",
    ["1.500.000", "12,5 %", "3 060 000 km", "15,00,000", r"\frac{1}{3}", "3 Milliarden", "1.500,75 \u20ac"],
)
def test_a_number_is_a_quantity_in_every_format(gold: str) -> None:
    assert infer_kind(gold, "How many?") is AnswerKind.QUANTITY
