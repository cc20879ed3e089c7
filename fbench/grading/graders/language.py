"""The language of a question: it decides how numbers are written and spelled out."""

from __future__ import annotations

import re
from functools import lru_cache

from fbench.grading.graders.normalise import normalise

__all__ = ["language_of"]

_TELLING = {
    "de": "wie viele wieviel wann wer wo was welche welcher welches welchem der die das ist sind "
    "wurde wurden hat haben und von im ein eine einen gibt es wird mit auf den dem des zu hoch "
    "gross alt lang lebt leben",
    "fr": "combien quand qui quel quelle quels quelles ou est sont etait a ete les des du le la en et "
    "pour dans il elle y-a-t-il y sur avec une un vit habitants",
    "es": "cuantos cuantas cuanto cuanta cuando quien quienes donde cual cuales que es son fue el la "
    "los las del en y hay tiene viven por para con una un esta",
    "it": "quanti quante quanto quanta quando chi dove quale quali che e sono il lo la i gli le di "
    "del della nel ci vivono ha con per una un stato stata",
    "pt": "quantos quantas quanto quanta quando quem onde qual quais que e sao foi o a os as do da "
    "dos das no na em ha tem vivem com para uma um",
    "nl": "hoeveel wanneer wie waar welke welk wat de het een is zijn werd van in en er wonen heeft "
    "op met voor hoe groot hoog oud",
    "pl": "ile kiedy kto gdzie jaki jaka jakie ktory ktora jest sa byl byla w na z ludzi mieszka ma do",
    "ru": "сколько когда кто где какой какая какое каков какова что в на и с из был была было людеи "
    "живет лет",
    "tr": "kac ne zaman kim nerede hangi nedir kadar bir ve icin yasiyor kisi yil",
    "sv": "hur manga nar vem var vilken vilket vilka ar och av det den en ett bor har pa",
}
_LANGUAGES = {language: frozenset(words.split()) for language, words in _TELLING.items()}
_ENGLISH_WORDS = """
how many much when who where which what the is are was were did does do of in to a an and for by on at
it that has have old long far high
"""
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
_WORD = re.compile(r"[^\W\d_]+")
_LEAST = 2


@lru_cache(maxsize=1024)
def language_of(question: str) -> str:
    """The ISO 639 code of a European language with decimal commas, or "" for any other.

    The question must have more of that language's commonest words than English ones, and at least two.
    """
    words = _WORD.findall(normalise(question))
    english = sum(word in _ENGLISH for word in words)
    counts = {language: sum(word in known for word in words) for language, known in _LANGUAGES.items()}
    best = max(counts, key=counts.__getitem__)
    return best if counts[best] >= _LEAST and counts[best] > english else ""
