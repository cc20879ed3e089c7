"""What an answer corrects itself to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fbench.grading.graders.correction import corrected


@pytest.mark.parametrize(
    ("answer", "rest"),
    [
        ("Austen, no wait, Bronte", "Bronte"),
        ("Austen. No, wait: Bronte", "Bronte"),
        ("It was Jane Austen, no wait, Charlotte Bronte.", "It was Charlotte Bronte."),
        ("Jane Austen of Steventon, I mean Bronte", "Bronte"),
        ("Ann Lee won it in Paris, sorry, Lyon", "Ann Lee won it in Lyon"),
        ("Ann won it in 1811, no wait, 1815.", "Ann won it in 1815."),
        ("Ann won $5 million, make that $6 million", "Ann won $6 million"),
        ("a dog. Wait, it's a cat", "it's a cat"),
        ("red, no, blue", "blue"),
        ("red, no, blue, no, green", "green"),
        ("~~Austen~~ Bronte", "  Bronte"),
        ("<s>Austen</s> Bronte", "  Bronte"),
        ("Austen or rather Bronte", "Bronte"),
        ("Austen, sorry, I meant Bronte", "Bronte"),
        ("It is Austen.\nFinal answer: Bronte", "Final answer: Bronte"),
        ("Jane Austen. Final answer: Bronte", "Final answer: Bronte"),
        ("Austen. My final answer is Bronte", "My final answer is Bronte"),
        ("Ann Lee won it in Paris. Sorry, Lyon", "Lyon"),
        ("Anne Boleyn. Sorry, the second wife of King Henry Tudor", "the second wife of King Henry Tudor"),
        ("Austen, nein warte, Bronte", "Bronte"),
        ("Austen, ou plut\u00f4t Bronte", "Bronte"),
        ("Austen, mejor dicho, Bronte", "Bronte"),
        ("Austen, anzi, Bronte", "Bronte"),
        ("Austen, ou melhor, Bronte", "Bronte"),
        ("\u0410, \u0442\u043e\u0447\u043d\u0435\u0435, \u0411", "\u0411"),
        ("\u9c81\u8fc5\uff0c\u4e0d\u5bf9\uff0c\u8001\u820d", "\u8001\u820d"),
    ],
)
def test_the_last_stands(answer: str, rest: str) -> None:
    assert corrected(answer).split() == rest.split()


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "Jane Austen",
        "Sorry, Wrong Number",
        "It is Sorry, Wrong Number",
        "Sorry, I misread. Jane Austen.",
        "Jane Austen. Sorry for the delay!",
        "Jane Austen. Actually, she published it in 1815.",
        "Jane Austen. Actually, it was published in 1815.",
        "It is 40, no longer 50.",
        "Jane Austen, no wait",
        "Jane Austen, wait for it",
        "a waiter, an error and a hummer",
        "The final answer is Jane Austen",
        "No final answer is known",
        "Jane Austen, though there is no final answer: it is disputed",
        "Jane Austen. This is not the final answer: it is disputed",
        "Jane Austen, but not my final answer: it is disputed",
        "I mean it",
        "Jane Austen. Sorry, took me a while to find it",
        "It is Austen. Pardon? It is Austen!",
        "(Sorry, no wait, Jane Austen)",
        "\u0130stanbul, no wait, Ankara",
    ],
)
def test_what_is_no_correction_stands(answer: str) -> None:
    assert corrected(answer) == answer


def test_no_more_than_twelve_corrections_are_read() -> None:
    names = [f"{letter}nn" for letter in "ABCDEFGHIJKLMN"]
    assert corrected(", no wait, ".join(names[:13])) == "Mnn"
    assert corrected(", no wait, ".join(names)) == "Mnn, no wait, Nnn"


@given(st.text("ab,. no wait sorry I mean~12\n", max_size=200))
def test_what_stands_comes_from_the_answer(answer: str) -> None:
    letters = iter(answer)
    assert all(letter in letters for letter in corrected(answer).replace(" ", ""))
