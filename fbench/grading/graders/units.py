"""Units of measure and money, and conversions. Factors convert to the SI unit of a dimension, or to bits.

Sources: the SI Brochure (BIPM, 9th edition) and NIST Handbook 44, appendix C, for the customary units.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from fractions import Fraction

__all__ = ["UnitOfMeasure", "find_unit", "unit_named"]


@dataclass(frozen=True, slots=True)
class UnitOfMeasure:
    """A unit: its values convert to the base unit of the dimension by adding `offset`, then times `factor`.

    `stands_for` names units that the word may also mean; between those, only the number is compared.
    """

    name: str
    dimension: str
    factor: Fraction
    offset: Fraction = Fraction(0)
    stands_for: frozenset[str] = field(default=frozenset())

    def to_base(self, value: Fraction) -> Fraction:
        """A value in this unit, converted to the base unit of its dimension."""
        return (value + self.offset) * self.factor

    def loosely(self, other: UnitOfMeasure) -> bool:
        """Whether the name of one unit may also mean the other."""
        return self.name == other.name or self.name in other.stands_for or other.name in self.stands_for


# name: dimension, factor, spellings after normalisation (a plural s is added to words)
_TABLE: tuple[tuple[str, str, str, str], ...] = (
    ("metre", "length", "1", "meter|metre|m"),
    ("kilometre", "length", "1000", "kilometer|kilometre|km"),
    ("centimetre", "length", "0.01", "centimeter|centimetre|cm"),
    ("millimetre", "length", "0.001", "millimeter|millimetre|mm"),
    ("inch", "length", "0.0254", "inch|inches"),
    ("foot", "length", "0.3048", "foot|feet|ft"),
    ("yard", "length", "0.9144", "yard|yd"),
    ("mile", "length", "1609.344", "mile|mi"),
    ("nautical mile", "length", "1852", "nautical mile|nmi"),
    ("micrometre", "length", "0.000001", "micrometer|micrometre|micron|μm"),
    ("nanometre", "length", "0.000000001", "nanometer|nanometre|nm"),
    ("light year", "length", "9460730472580800", "light year|light-year"),
    ("square metre", "area", "1", "square meter|square metre|sq m|m2|m^2"),
    ("square foot", "area", "0.09290304", "square foot|square feet|sq ft|ft2|ft^2"),
    ("square mile", "area", "2589988.110336", "square mile|sq mi"),
    ("square kilometre", "area", "1000000", "square kilometer|square kilometre|sq km|km2|km^2"),
    ("hectare", "area", "10000", "hectare|ha"),
    ("acre", "area", "4046.8564224", "acre"),
    ("litre", "volume", "0.001", "liter|litre|l"),
    ("millilitre", "volume", "0.000001", "milliliter|millilitre|ml"),
    ("gallon", "volume", "0.003785411784", "gallon|gal"),
    ("quart", "volume", "0.000946352946", "quart|qt"),
    ("pint", "volume", "0.000473176473", "pint"),
    ("fluid ounce", "volume", "0.0000295735295625", "fluid ounce|fl oz"),
    ("barrel", "volume", "0.158987294928", "barrel|bbl"),
    ("cubic metre", "volume", "1", "cubic meter|cubic metre|m3|m^3"),
    ("cubic foot", "volume", "0.028316846592", "cubic foot|cubic feet|ft3|ft^3"),
    ("cubic centimetre", "volume", "0.000001", "cubic centimeter|cubic centimetre|cm3|cm^3"),
    ("kilogram", "mass", "1", "kilogram|kilo|kg"),
    ("gram", "mass", "0.001", "gram|gramme|g"),
    ("milligram", "mass", "0.000001", "milligram|mg"),
    ("microgram", "mass", "0.000000001", "microgram|mcg|μg"),
    ("ounce", "mass", "0.028349523125", "ounce|oz"),
    ("tonne", "mass", "1000", "tonne|metric ton|metric tonne"),
    ("short ton", "mass", "907.18474", "short ton|us ton"),
    ("second", "time", "1", "second|sec"),
    ("millisecond", "time", "0.001", "millisecond|ms"),
    ("minute", "time", "60", "minute|min"),
    ("hour", "time", "3600", "hour|hr|h"),
    ("day", "time", "86400", "day"),
    ("week", "time", "604800", "week|wk"),
    ("decade", "calendar", "120", "decade"),
    ("century", "calendar", "1200", "century|centuries"),
    ("month", "calendar", "1", "month"),
    ("year", "calendar", "12", "year|yr"),
    ("mile per hour", "speed", "0.44704", "mile per hour|miles per hour|miles an hour|mph"),
    ("kilometre per hour", "speed", "5/18", "kilometers per hour|kilometres per hour|kph|km/h|kmh|kmph"),
    (
        "metre per second",
        "speed",
        "1",
        "meter per second|metre per second|meters per second|metres per second|m/s",
    ),
    ("kilometre per second", "speed", "1000", "kilometers per second|kilometres per second|km/s"),
    ("foot per second", "speed", "0.3048", "foot per second|feet per second|ft/s"),
    ("knot", "speed", "463/900", "knot|kt"),
    (
        "speed of light",
        "speed",
        "299792458",
        "times the speed of light|x the speed of light|of the speed of light|speed of light",
    ),
    ("hertz", "frequency", "1", "hertz|hz"),
    ("kilohertz", "frequency", "1000", "kilohertz|khz"),
    ("megahertz", "frequency", "1000000", "megahertz|mhz"),
    ("gigahertz", "frequency", "1000000000", "gigahertz|ghz"),
    ("watt", "power", "1", "watt|w"),
    ("kilowatt", "power", "1000", "kilowatt|kw"),
    ("megawatt", "power", "1000000", "megawatt|mw"),
    ("gigawatt", "power", "1000000000", "gigawatt|gw"),
    ("joule", "energy", "1", "joule|j"),
    ("kilojoule", "energy", "1000", "kilojoule|kj"),
    ("calorie", "energy", "4.184", "calorie"),
    ("kilocalorie", "energy", "4184", "kilocalorie|kcal"),
    ("watt hour", "energy", "3600", "watt hour|watt-hour|wh"),
    ("kilowatt hour", "energy", "3600000", "kilowatt hour|kilowatt-hour|kwh"),
    ("megawatt hour", "energy", "3600000000", "megawatt hour|megawatt-hour|mwh"),
    ("volt", "voltage", "1", "volt|v"),
    ("millivolt", "voltage", "0.001", "millivolt|mv"),
    ("kilovolt", "voltage", "1000", "kilovolt|kv"),
    ("byte", "information", "8", "byte"),
    ("kilobyte", "information", "8000", "kilobyte|kb"),
    ("megabyte", "information", "8000000", "megabyte|mb"),
    ("gigabyte", "information", "8000000000", "gigabyte|gb"),
    ("terabyte", "information", "8000000000000", "terabyte|tb"),
    ("kelvin", "temperature", "1", "kelvin"),
    (
        "percent",
        "share",
        "1",
        "percent|per cent|%|pct|prozent|pour cent|por ciento|por cento|per cento|procent",
    ),
    (
        "percentage point",
        "points of share",
        "1",
        "percentage point|percent point|percentage-point|%-point|pp|ppt|prozentpunkt|prozentpunkte",
    ),
    ("pascal", "pressure", "1", "pascal"),
    ("hectopascal", "pressure", "100", "hectopascal|hpa"),
    ("kilopascal", "pressure", "1000", "kilopascal|kpa"),
    ("bar", "pressure", "100000", "bar"),
    ("atmosphere", "pressure", "101325", "atmosphere|atm"),
    ("millimetre of mercury", "pressure", "133.322387415", "mmhg|mm hg"),
    ("pound per square inch", "pressure", "6894.757293168", "psi|pounds per square inch"),
    ("dollar", "dollar", "1", "dollar|$"),
    ("Australian dollar", "Australian dollar", "1", "australian dollar|aud|a$"),
    ("Canadian dollar", "Canadian dollar", "1", "canadian dollar|cad|c$|ca$"),
    ("cent", "dollar", "0.01", "cent"),
    ("euro", "euro", "1", "euro|eur|€"),
    ("pound sterling", "pound sterling", "1", "pounds sterling|gbp|£"),
    ("yen", "yen", "1", "yen|jpy|¥"),
    ("yuan", "yuan", "1", "yuan|renminbi|rmb|cny"),
    ("won", "won", "1", "won|krw|₩"),
    ("rupee", "rupee", "1", "rupee|inr|₹"),
    ("real", "real", "1", "reais|brl"),
    ("rouble", "rouble", "1", "ruble|rouble|rub"),
    ("peso", "peso", "1", "peso"),
    ("franc", "franc", "1", "franc|chf"),
)
_DEGREES = frozenset({"degree Celsius", "degree Fahrenheit"})
_SPECIAL: tuple[tuple[UnitOfMeasure, str], ...] = (
    (
        UnitOfMeasure("degree Celsius", "temperature", Fraction(1), Fraction("273.15")),
        "degrees celsius|degree celsius|degrees centigrade|degrees c|deg c|celsius|centigrade|°c|° c",
    ),
    (
        UnitOfMeasure("degree Fahrenheit", "temperature", Fraction(5, 9), Fraction("459.67")),
        "degrees fahrenheit|degree fahrenheit|degrees f|deg f|fahrenheit|°f|° f",
    ),
    (UnitOfMeasure("degree", "angle", Fraction(1), stands_for=_DEGREES), "degree|degrees|°"),
    (
        UnitOfMeasure("US dollar", "dollar", Fraction(1), stands_for=frozenset({"dollar"})),
        "us dollar|us dollars|u.s. dollar|u.s. dollars|american dollar|american dollars|usd|us$",
    ),
    # Without a currency sign a pound may be either.
    (
        UnitOfMeasure("pound", "mass", Fraction("0.45359237"), stands_for=frozenset({"pound sterling"})),
        "pound|pounds|lb|lbs",
    ),
    (
        UnitOfMeasure("ton", "mass", Fraction("907.18474"), stands_for=frozenset({"tonne", "short ton"})),
        "ton|tons|t",
    ),
)


def _spellings() -> dict[str, UnitOfMeasure]:
    named: dict[str, UnitOfMeasure] = {}
    for name, dimension, factor, spelled in _TABLE:
        unit = UnitOfMeasure(name, dimension, Fraction(factor))
        for word in spelled.split("|"):
            named[word] = unit
            if word[-1].isalpha() and len(word) > 1 and not word.endswith(("s", "feet")):
                named.setdefault(word + "s", unit)
    for unit, spelled in _SPECIAL:
        named.update(dict.fromkeys(spelled.split("|"), unit))
    return named


_UNITS = _spellings()
_SPELLING = re.compile(
    r"[\s-]?("
    + "|".join(re.escape(word) for word in sorted(_UNITS, key=len, reverse=True))
    + r")(?!(?<=[$€£¥₩₹])\d)(?:\b|(?<=[%°$€£¥₩₹]))"
    r"|[\s-]?(in)\b(?=\.?(?:[,;)]|\s*$))|[\s-]?(in)\.(?=\s)"
    r"|\s([cfks])\b"  # 37 C; without a space it is a code (2c), or a thousand (5k)
    r"|(?<=\.\d)c\b|(?<=\.\d\d)c\b|(?<=\.\d{3})c\b"  # 0.77c
)
_LETTERS = {"c": "celsius", "f": "fahrenheit", "k": "kelvin", "s": "second"}


_LIGHT = replace(_UNITS["speed of light"], stands_for=frozenset({"degree Celsius"}))
"""0.77c is also written 0.77 c, with a space, as degrees are."""


def unit_named(word: str) -> UnitOfMeasure | None:
    """The unit with that normalised spelling or currency sign; None if there is none."""
    return _UNITS.get(word)


def find_unit(text: str, position: int) -> tuple[UnitOfMeasure, int] | None:
    """The unit at a position of a normalised text, after at most a space or hyphen, and where it ends."""
    match = _SPELLING.match(text, position)
    if match is None:
        return None
    if match[0] == "c":
        return _LIGHT, match.end()
    return _UNITS[match[1] or _LETTERS.get(match[4], "inch")], match.end()
