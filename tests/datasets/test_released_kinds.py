"""Which kind of answer a gold is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fbench.datasets.kinds import infer_kind
from fbench.datasets.model import AnswerKind


@pytest.mark.parametrize(
    ("gold", "kind"),
    [
        ("None", "none"),
        ("Nonetheless", "name"),
        ("Yes", "yes_no"),
        ("No.", "yes_no"),
        ("predict_proba", "identifier"),
        ("TreeGrower.grow()", "identifier"),
        ("7", "quantity"),
        ("7-0", "quantity"),
        ("six years", "quantity"),
        ("Eleven", "quantity"),
        ("$8.075 million", "quantity"),
        ("more than 7 million pounds", "quantity"),
        ("≥75 years", "quantity"),
        ("3-4 days before surgery", "quantity"),
        ("31 degrees Celsius", "quantity"),
        ("50%", "quantity"),
        ("US$1 million", "quantity"),
        ("CA$5", "quantity"),
        ("\u20b9500", "quantity"),
        ("1.5e3", "quantity"),
        ("1e-05", "quantity"),
        ("643,801 km\u00b2", "quantity"),
        ("200 mi^2", "quantity"),
        ("5 km2", "quantity"),
        ("120 mV", "quantity"),
        ("5 KB", "quantity"),
        ("5 km22", "short"),
        ("1.0-1.5 g/kg/day", "quantity"),
        ("One Nation", "name"),
        ("Tenet Media", "name"),
        ("18th", "short"),
        ("23andMe", "short"),
        ("Philadelphia Eagles and Green Bay Packers", "list"),
        ("ammunition, a rifle, fireworks and 10 flares", "list"),
        ("Between ages 40 and 45", "short"),
        ("Ralph de la Torre", "name"),
        ("Shawn 'Mickey' Stines", "name"),
        ("assault-style rifle", "short"),
        ("a long account of what happened on that day", "long"),
    ],
)
def test_the_form_of_a_gold_tells_its_kind(gold: str, kind: str) -> None:
    assert infer_kind(gold).value == kind


def test_prose_that_opens_with_a_capital_is_no_name() -> None:
    assert infer_kind("Durvalumab", names=False) is AnswerKind.SHORT


@given(st.text())
def test_every_text_has_a_kind_that_surrounding_space_does_not_change(text: str) -> None:
    assert infer_kind(f" {text}\n") is infer_kind(text)


@pytest.mark.parametrize(
    "text", ["1" + "a" * 20_000 + "!", "_" * 20_000 + "!", " " * 20_000, "a " * 20_000 + "and"]
)
def test_long_texts_are_long_or_short_but_soon(text: str) -> None:
    # A pattern that backtracks would not end within the life of the test run.
    assert infer_kind(text) in {AnswerKind.SHORT, AnswerKind.LONG}


@given(st.integers(min_value=0), st.sampled_from(["", " goals", " million yen", " kg", "%"]))
def test_a_number_with_a_unit_is_a_quantity(number: int, unit: str) -> None:
    assert infer_kind(f"{number:,}{unit}") is AnswerKind.QUANTITY
