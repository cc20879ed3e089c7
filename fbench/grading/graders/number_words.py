"""Convert number words of other European languages to digits: `dreihundert`, `trois cents`, `veintiuno`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from fbench.grading.graders.normalise import normalise

__all__ = ["in_digits"]

_WORDS: Mapping[str, str] = {
    "de": "null ein|eins|eine|einen|einer|einem zwei|zwo drei vier funf sechs|sech sieben|sieb acht "
    "neun zehn elf zwolf 20=zwanzig 30=dreissig 40=vierzig 50=funfzig 60=sechzig 70=siebzig "
    "80=achtzig 90=neunzig 100=hundert 1000=tausend 1000000=million|millionen",
    "fr": "zero un|une deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze "
    "quinze seize 20=vingt|vingts 30=trente 40=quarante 50=cinquante 60=soixante 70=septante "
    "80=quatre-vingts|quatre-vingt|quatre_vingts|quatre_vingt|huitante 90=nonante "
    "100=cent|cents 1000=mille 1000000=million|millions",
    "es": "cero uno|un|una dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce "
    "quince 20=veinte|veinti 30=treinta 40=cuarenta 50=cincuenta 60=sesenta 70=setenta "
    "80=ochenta 90=noventa 16=dieciseis 17=diecisiete 18=dieciocho 19=diecinueve "
    "100=cien|ciento|cientos|cientas 500=quinientos 700=setecientos 900=novecientos 1000=mil "
    "1000000=millon|millones",
    "it": "zero uno|un|una|un' due tre|tre quattro cinque sei sette otto nove dieci undici dodici "
    "tredici quattordici quindici sedici diciassette diciotto diciannove 20=venti|vent "
    "30=trenta|trent 40=quaranta|quarant 50=cinquanta|cinquant 60=sessanta|sessant "
    "70=settanta|settant 80=ottanta|ottant 90=novanta|novant 100=cento|cent 1000=mille|mila "
    "1000000=milione|milioni",
    "pt": "zero um|uma dois|duas tres quatro cinco seis sete oito nove dez onze doze treze "
    "catorze|quatorze quinze dezesseis|dezasseis dezessete|dezassete dezoito "
    "dezenove|dezanove 20=vinte 30=trinta 40=quarenta 50=cinquenta 60=sessenta 70=setenta "
    "80=oitenta 90=noventa 100=cem|cento 200=duzentos 300=trezentos 400=quatrocentos "
    "500=quinhentos 600=seiscentos 700=setecentos 800=oitocentos 900=novecentos 1000=mil "
    "1000000=milhao|milhoes",
    "nl": "nul een|een twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien "
    "vijftien zestien zeventien achttien negentien 20=twintig 30=dertig 40=veertig 50=vijftig "
    "60=zestig 70=zeventig 80=tachtig 90=negentig 100=honderd 1000=duizend 1000000=miljoen",
    "pl": "zero jeden|jedna|jedno dwa|dwie|dwoch trzy cztery piec szesc siedem osiem dziewiec "
    "dziesiec jedenascie dwanascie trzynascie czternascie pietnascie szesnascie siedemnascie "
    "osiemnascie dziewietnascie 20=dwadziescia 30=trzydziesci 40=czterdziesci 50=piecdziesiat "
    "60=szescdziesiat 70=siedemdziesiat 80=osiemdziesiat 90=dziewiecdziesiat 100=sto "
    "200=dwiescie 300=trzysta 400=czterysta 500=piecset 600=szescset 700=siedemset "
    "800=osiemset 900=dziewiecset 1000=tysiac|tysiace|tysiecy",
    "ru": "ноль один|одна|одно два|две три четыре пять шесть семь восемь девять десять одиннадцать "
    "двенадцать тринадцать четырнадцать пятнадцать шестнадцать семнадцать восемнадцать "
    "девятнадцать 20=двадцать 30=тридцать 40=сорок 50=пятьдесят 60=шестьдесят 70=семьдесят "
    "80=восемьдесят 90=девяносто 100=сто 200=двести 300=триста 400=четыреста 500=пятьсот "
    "600=шестьсот 700=семьсот 800=восемьсот 900=девятьсот 1000=тысяча|тысячи|тысяч",
    "tr": "sifir bir iki uc dort bes alti yedi sekiz dokuz on 20=yirmi 30=otuz 40=kirk 50=elli "
    "60=altmis 70=yetmis 80=seksen 90=doksan 100=yuz 1000=bin 1000000=milyon",
    "sv": "noll ett|en tva tre fyra fem sex sju atta nio tio elva tolv tretton fjorton femton "
    "sexton sjutton arton nitton 20=tjugo 30=trettio 40=fyrtio 50=femtio 60=sextio 70=sjuttio "
    "80=attio 90=nittio 100=hundra 1000=tusen 1000000=miljon|miljoner",
}
"""By language, normalised: `zero`, `one` ... in order, then words with a value. `|` separates spellings."""
_JOINS = {"de": "und", "nl": "en", "fr": "et", "es": "y", "pt": "e", "it": "e", "sv": "och"}
_ORDINALS = {"fr": r"(\d+)(?:ers?|eres?|res?|nde?s?|e|emes?|iemes?)\b", "nl": r"(\d+)(?:e|de|ste)\b"}
_BOUND = 16
"""Maximum number of word parts after the first in one number: 999,999,999 in French has this many."""
_ARTICLES = "ein eine einen einer einem un une una uno um uma een en ett bir on"
_ONE_AS_ARTICLE = frozenset(_ARTICLES.split())


@lru_cache(maxsize=64)
def _pieces(language: str) -> Mapping[str, int]:
    found: dict[str, int] = {}
    value = 0
    for entry in _WORDS[language].split():
        told, _, words = entry.rpartition("=")
        for word in words.split("|"):
            found[normalise(word.replace("_", " "))] = int(told or value)
        value += not told
    return found


@lru_cache(maxsize=64)
def _pattern(language: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    piece = "|".join(re.escape(word) for word in sorted(_pieces(language), key=len, reverse=True))
    join = _JOINS.get(language, "")
    between = rf"(?:[\s-]?{join}[\s-]?|[\s-])?" if join else r"[\s-]?"
    return re.compile(
        rf"(?<![\w-])(?<!\d )(?:{piece})(?:{between}(?:{piece})){{0,{_BOUND}}}(?![\w])"
    ), re.compile(piece)


@lru_cache(maxsize=1024)
def in_digits(text: str, language: str) -> str:
    """The normalised text with its number words in digits, except a word for one that may be an article."""
    told = normalise(text)
    if language in _ORDINALS:
        told = re.sub(_ORDINALS[language], r"\1th", told)
    run, piece = _pattern(language)
    values = _pieces(language)

    def written(found: re.Match[str]) -> str:
        if found[0] in _ONE_AS_ARTICLE and found[0] != told.rstrip("."):
            return found[0]
        return str(_value([values[word] for word in piece.findall(found[0])]))

    return run.sub(written, told)


def _value(parts: list[int]) -> int:
    total = current = 0
    for part in parts:
        if part == 100:
            current = (current or 1) * 100
        elif part >= 1000:
            total, current = total + (current or 1) * part, 0
        else:
            current += part
    return total + current
