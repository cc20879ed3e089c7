"""Lists with words around them, and their plurals."""

from __future__ import annotations

import pytest

from fbench.datasets.model import AnswerKind
from fbench.grading.graders import Item, Verdict, grade


def verdict(gold: str, response: str, question: str, kind: str = "") -> Verdict:
    return grade(Item(question, (gold,), AnswerKind(kind) if kind else None), response).verdict


@pytest.mark.parametrize(
    ("gold", "response", "question", "kind"),
    [
        (
            "red and blue",
            "Red, blue\n\nNote: green was added to the state flag later.",
            "Which two colours does the flag have?",
            "",
        ),
        (
            "red and blue",
            "1. Red\n2. Blue\n\nThese are the colours of the flag.",
            "Which two colours does the flag have?",
            "",
        ),
        ("red and blue", "- Red\n- Blue", "Which two colours does the flag have?", ""),
        ("red and blue", "* **Red**\n* **Blue**", "Which two colours does the flag have?", ""),
        (
            "red and blue",
            "The flag has two colours:\n\n- Red\n- Blue\n\nI hope this helps!",
            "Which two colours does the flag have?",
            "",
        ),
        (
            "red and blue",
            "Red and blue. These are the colours of the flag.",
            "Which two colours does the flag have?",
            "",
        ),
        (
            "red and blue",
            "Red, blue. These colours, which stand for courage, were adopted in 1950.",
            "Which two colours does the flag have?",
            "",
        ),
        ("red and blue", "1. Red 2. Blue", "Which two colours does the flag have?", ""),
        (
            "red and blue",
            "1. Red: the colour of courage\n2. Blue: the colour of the sky",
            "Which two colours does the flag have?",
            "",
        ),
        ("red and blue", "Red (courage, valour), blue (sky)", "Which two colours does the flag have?", ""),
        ("red and blue", "Blue; red", "Which two colours does the flag have?", ""),
        ("red and blue", "red & blue", "Which two colours does the flag have?", ""),
        (
            "red and blue",
            "The two colours are red and blue. (Note: white was once there.)",
            "Which two colours does the flag have?",
            "",
        ),
        (
            "red and blue",
            "Blue and red.\nSource: Wikipedia, 2020, green book",
            "Which two colours does the flag have?",
            "",
        ),
        ("red and blue", "Red\nBlue", "Which two colours does the flag have?", ""),
        ("red and blue", "Red, and blue", "Which two colours does the flag have?", ""),
        (
            "red and blue",
            "• Red\n• Blue\nLet me know if you want more, such as history, design, and proportions.",
            "Which two colours does the flag have?",
            "",
        ),
        (
            "red and blue",
            "The colours are red and blue.\n\nPlease note that green and black appear on the state flag.",
            "Which two colours does the flag have?",
            "",
        ),
        ("red and blue", "a) Red\nb) Blue", "Which two colours does the flag have?", ""),
        ("red and blue", "Red und blue", "Which two colours does the flag have?", ""),
        ("red and blue", "**Red** and **blue**", "Which two colours does the flag have?", ""),
        ("box and bus", "boxes and buses", "Which two?", "list"),
        ("boxes and buses", "box and bus", "Which two?", "list"),
        ("grass and sedges", "grasses and sedges", "Which two?", "list"),
        ("sedge and grass", "sedges, grasses", "Which two?", "list"),
        ("wolves and mice", "wolf and mouse", "Which two?", "list"),
        ("houses and horses", "a house and a horse", "Which two?", "list"),
        ("potatoes and tomatoes", "potato and tomato", "Which two?", "list"),
        ("berries and leaves", "berry and leaf", "Which two?", "list"),
        ("church and bush", "churches and bushes", "Which two?", "list"),
        ("glass and lens", "glasses and lenses", "Which two?", "list"),
        ("axes and knives", "axe and knife", "Which two?", "list"),
        ("foxes and geese", "fox, goose", "Which two?", "list"),
        ("crisis and oasis", "crises and oases", "Which two?", "list"),
        ("men and women", "man and woman", "Which two?", "list"),
        ("shoes and dresses", "shoe and dress", "Which two?", "list"),
        ("bridges and judges", "bridge and judge", "Which two?", "list"),
        ("buzz and quiz", "buzzes and quizzes", "Which two?", "list"),
        ("children and teeth", "child, tooth", "Which two?", "list"),
        ("rot und blau", "blau und rot", "Which two?", "list"),
        ("rouge et bleu", "bleu, rouge", "Which two?", "list"),
        ("rojo y azul", "azul y rojo", "Which two?", "list"),
    ],
)
def test_a_list_may_be_introduced_explained_and_put_in_the_plural(
    gold: str, response: str, question: str, kind: str
) -> None:
    assert verdict(gold, response, question, kind) is Verdict.CORRECT


@pytest.mark.parametrize(
    ("gold", "response", "question", "kind"),
    [
        ("red and blue", "Red, blue, green", "Which two colours does the flag have?", ""),
        ("red and blue", "Red, white and blue", "Which two colours does the flag have?", ""),
        ("red and blue", "1. Red\n2. Blue\n3. Green", "Which two colours does the flag have?", ""),
        ("red and blue", "Red", "Which two colours does the flag have?", ""),
        (
            "red and blue",
            "Red\n\nNote: blue was dropped in 1950.",
            "Which two colours does the flag have?",
            "",
        ),
        ("red and blue", "Red and green", "Which two colours does the flag have?", ""),
        ("red and blue", "Red, blue\nGreen", "Which two colours does the flag have?", ""),
        ("red and blue", "Red and blue. Green.", "Which two colours does the flag have?", ""),
        ("red and blue", "Red and blue. Also green.", "Which two colours does the flag have?", ""),
        ("red and blue", "Red and blue, plus green", "Which two colours does the flag have?", ""),
        ("red and blue", "- Red\n- Green\n- Blue: sky", "Which two colours does the flag have?", ""),
        ("red and blue", "1. Red 2. Blue 3. Green", "Which two colours does the flag have?", ""),
        ("red and blue", "Note: red", "Which two colours does the flag have?", ""),
        (
            "red and blue",
            "1. Red\n2. Green\n\nNote: blue is not there.",
            "Which two colours does the flag have?",
            "",
        ),
        ("cars and buses", "cares and buses", "Which two?", "list"),
        ("plan and bus", "plane and bus", "Which two?", "list"),
        ("rot und blau", "rot", "Which two?", "list"),
        ("rot und blau", "rot, blau und grün", "Which two?", "list"),
        ("boxes and buses", "boxers and buses", "Which two?", "list"),
    ],
)
def test_an_item_more_or_less_counts_against_it(gold: str, response: str, question: str, kind: str) -> None:
    assert verdict(gold, response, question, kind) is Verdict.INCORRECT
