"""Units: what each spelling means, with pint as the oracle of what converts into what."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from fractions import Fraction
from typing import Any, cast

import pint
import pytest

from fbench.grading.graders.units import UnitOfMeasure, find_unit, unit_named

REGISTRY = cast("Any", pint).UnitRegistry()

SPELLINGS = {
    "length": {
        "meter": "m meter metre meters metres",
        "kilometer": "km kilometers kilometres",
        "centimeter": "cm centimeters",
        "millimeter": "mm millimetres",
        "inch": "inch inches",
        "foot": "foot feet ft",
        "yard": "yd yds yard yards",
        "mile": "mi mile miles",
        "nautical_mile": "nautical_miles nmi",
        "micrometer": "micrometers microns \u03bcm",
        "nanometer": "nanometers nm",
        "light_year": "light_years light-year",
    },
    "area": {
        "meter**2": "square_meters sq_m m2 m^2",
        "foot**2": "square_feet square_foot sq_ft ft2 ft^2",
        "mile**2": "square_miles sq_mi",
        "kilometer**2": "square_kilometers sq_km km2 km^2",
        "hectare": "hectares ha",
        "4840 * yard**2": "acres",  # an acre of pint is in survey feet
    },
    "volume": {
        "liter": "l liter litres",
        "milliliter": "milliliters ml",
        "gallon": "gallons gal",
        "quart": "quarts qt",
        "pint": "pints",
        "fluid_ounce": "fluid_ounces fl_oz",
        "oil_barrel": "barrels bbl",
        "meter**3": "cubic_meters m3 m^3",
        "foot**3": "cubic_feet cubic_foot ft3 ft^3",
        "centimeter**3": "cubic_centimeters cm3 cm^3",
    },
    "mass": {
        "kilogram": "kg kilos kilograms",
        "gram": "g grams grammes",
        "milligram": "mg milligrams",
        "microgram": "mcg micrograms \u03bcg",
        "ounce": "oz ounces",
        "pound": "lb lbs pound pounds",
        "metric_ton": "tonnes metric_tons",
        "short_ton": "short_tons us_tons ton tons t",
    },
    "time": {
        "second": "sec seconds",
        "millisecond": "ms milliseconds",
        "minute": "min minutes",
        "hour": "h hr hrs hours",
        "day": "days",
        "week": "wk weeks",
    },
    "calendar": {
        "month": "month months",
        "year": "yr years",
        "10 * year": "decades",
        "century": "century centuries",
    },
    "speed": {
        "mile_per_hour": "mph miles_per_hour miles_an_hour",
        "kilometer_per_hour": "km/h kph kmh kilometers_per_hour",
        "meter/second": "m/s meters_per_second",
        "kilometer/second": "km/s kilometers_per_second",
        "foot/second": "ft/s feet_per_second foot_per_second",
        "knot": "kt knots",
    },
    "frequency": {
        "hertz": "hz hertz",
        "kilohertz": "khz",
        "megahertz": "mhz",
        "gigahertz": "ghz",
    },
    "power": {
        "watt": "watts w",
        "kilowatt": "kw kilowatts",
        "megawatt": "mw megawatts",
        "gigawatt": "gw gigawatts",
    },
    "energy": {
        "joule": "joules j",
        "kilojoule": "kj kilojoules",
        "calorie": "calories",
        "kilocalorie": "kcal kilocalories",
        "watt_hour": "wh watt_hours watt-hours",
        "kilowatt_hour": "kwh kilowatt_hours",
        "megawatt_hour": "mwh megawatt_hours",
    },
    "voltage": {"volt": "volts v", "kilovolt": "kv kilovolts", "millivolt": "mv millivolts"},
    "information": {
        "byte": "bytes",
        "kilobyte": "kb kilobytes",
        "megabyte": "mb megabytes",
        "gigabyte": "gb gigabytes",
        "terabyte": "tb terabytes",
    },
    "pressure": {
        "pascal": "pascals",
        "hectopascal": "hpa",
        "kilopascal": "kpa kilopascals",
        "bar": "bar bars",
        "atmosphere": "atm atmospheres",
        "mmHg": "mmhg mm_hg",
        "psi": "psi pounds_per_square_inch",
    },
}
"""Dimension, pint's name and our spellings; an underscore stands for a space."""

MONEY = {
    "dollar": "dollar dollars $",
    "Australian dollar": "a$ aud australian_dollars",
    "Canadian dollar": "c$ ca$ cad canadian_dollars",
    "euro": "euro euros eur \u20ac",
    "pound sterling": "gbp \u00a3 pounds_sterling",
    "yen": "yen jpy \u00a5",
    "yuan": "yuan renminbi rmb cny",
    "won": "won krw \u20a9",
    "rupee": "rupees inr \u20b9",
    "real": "reais brl",
    "rouble": "rubles roubles rub",
    "peso": "pesos",
    "franc": "francs chf",
}


def unit(spelling: str) -> UnitOfMeasure:
    found = unit_named(spelling.replace("_", " "))
    assert found is not None, spelling
    return found


@pytest.mark.parametrize("dimension", SPELLINGS)
def test_units_of_a_dimension_convert_as_pint_has_it(dimension: str) -> None:
    first = next(iter(SPELLINGS[dimension]))
    for oracle, spellings in SPELLINGS[dimension].items():
        expected = float(REGISTRY(oracle).to(first).magnitude)
        for spelling in spellings.split():
            assert unit(spelling).dimension == dimension
            factor = unit(spelling).factor / unit(SPELLINGS[dimension][first].split()[0]).factor
            assert float(factor) == pytest.approx(expected, rel=1e-9), spelling


@pytest.mark.parametrize(("currency", "spellings"), MONEY.items())
def test_a_currency_is_a_dimension_of_its_own(currency: str, spellings: str) -> None:
    assert {(unit(each).name, unit(each).dimension, unit(each).factor) for each in spellings.split()} == {
        (currency, currency, 1)
    }


@pytest.mark.parametrize(
    "spelling", ["us$", "usd", "us_dollar", "us_dollars", "u.s._dollar", "u.s._dollars", "american_dollars"]
)
def test_a_dollar_alone_may_be_one_of_the_united_states(spelling: str) -> None:
    assert unit(spelling).loosely(unit("$"))
    assert unit(spelling).dimension == "dollar"
    assert unit(spelling).factor == 1
    assert not unit(spelling).loosely(unit("a$"))


@pytest.mark.parametrize(
    ("letter", "name"),
    [("c", "degree Celsius"), ("f", "degree Fahrenheit"), ("k", "kelvin"), ("s", "second")],
)
def test_a_letter_after_a_space_is_a_unit(letter: str, name: str) -> None:
    found = find_unit(f"5 {letter}.", 1)
    assert found is not None
    assert (found[0].name, found[1]) == (name, 3)
    assert find_unit(f"5{letter}", 1) is None
    assert find_unit(f"5 {letter}x", 1) is None


def test_a_hundred_cents_are_a_dollar() -> None:
    assert 100 * unit("cents").factor == unit("dollar").factor
    assert unit("cents").dimension == unit("dollar").dimension


def test_percentage_points_are_no_percent() -> None:
    assert {unit(spelling).name for spelling in ("%", "percent", "per_cent", "pct")} == {"percent"}
    assert unit("percentage_points").dimension != unit("percent").dimension


@pytest.mark.parametrize(
    ("spelling", "oracle"),
    [
        ("degrees celsius", "degC"),
        ("\u00b0c", "degC"),
        ("fahrenheit", "degF"),
        ("\u00b0 f", "degF"),
        ("kelvin", "kelvin"),
    ],
)
@pytest.mark.parametrize("value", [-40, 0, 100])
def test_a_temperature_is_told_from_absolute_zero(spelling: str, oracle: str, value: int) -> None:
    kelvins = REGISTRY.Quantity(value, oracle).to("kelvin").magnitude
    assert float(unit(spelling).to_base(Fraction(value))) == pytest.approx(float(kelvins))


@pytest.mark.parametrize("spelling", ["meters", "cents", "hours", "degrees"])
def test_other_units_begin_at_nothing(spelling: str) -> None:
    assert unit(spelling).to_base(Fraction(0)) == 0
    assert unit(spelling).to_base(Fraction(3)) == 3 * unit(spelling).factor


def test_a_degree_without_a_scale_has_no_size_to_convert_by() -> None:
    assert (unit("degrees").dimension, unit("\u00b0").factor) == ("angle", 1)


@pytest.mark.parametrize(
    ("one", "other", "loosely"),
    [
        ("pounds", "gbp", True),
        ("tons", "tonnes", True),
        ("tons", "short tons", True),
        ("degrees", "\u00b0f", True),
        ("degrees", "celsius", True),
        ("feet", "foot", True),
        ("pounds", "euros", False),
        ("tonnes", "short tons", False),
        ("celsius", "fahrenheit", False),
        ("feet", "yards", False),
    ],
)
def test_a_word_for_two_units_may_mean_either(one: str, other: str, loosely: bool) -> None:
    assert unit(one).loosely(unit(other)) is loosely
    assert unit(other).loosely(unit(one)) is loosely


@pytest.mark.parametrize("word", ["mss", "ls", "m2s", "km2s", "%s", "inchess", "feets", "in", "goals", ""])
def test_what_is_no_spelling_names_no_unit(word: str) -> None:
    assert unit_named(word) is None


@pytest.mark.parametrize(
    ("text", "name", "length"),
    [
        ("60 miles per hour", "mile per hour", 15),
        ("60 mph", "mile per hour", 4),
        ("60-mile", "mile", 5),
        ("60kg of it", "kilogram", 2),
        ("60 square feet", "square foot", 12),
        ("60% of it", "percent", 1),
        ("60\u00b0", "degree", 1),
        ("60 in", "inch", 3),
        ("60 in.", "inch", 3),
        ("60 in, or so", "inch", 3),
        ("60 in. tall", "inch", 4),
    ],
)
def test_a_unit_is_found_after_its_number_in_its_longest_form(text: str, name: str, length: int) -> None:
    found = find_unit(text, 2)
    assert found is not None
    assert (found[0].name, found[1]) == (name, 2 + length)


@pytest.mark.parametrize("text", ["60 in all", "60 metersful", "60  feet", "60", "60 of feet"])
def test_what_does_not_follow_at_once_is_not_its_unit(text: str) -> None:
    assert find_unit(text, 2) is None


def test_a_unit_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        unit("meter").factor = Fraction(2)  # pyright: ignore[reportAttributeAccessIssue] - which is what is tried
