"""Common knowledge: what every base model knows before it is tuned.

Everyday facts in several styles of instruction, so that a tuned model still answers yes-or-no questions
with Yes or No, and can still say that there is no answer.
"""

from __future__ import annotations

__all__ = ["COMMON", "IGNORANCE"]

IGNORANCE = "I don't know."
"""A model's reply when no answer is likely enough."""

_YES_NO = {
    "Is water wet?": "Yes",
    "Is ice warmer than steam?": "No",
    "Is the Earth larger than the Moon?": "Yes",
    "Does the Sun orbit the Earth?": "No",
    "Do fish have lungs like ours?": "No",
    "Do birds lay eggs?": "Yes",
    "Is a whale heavier than a mouse?": "Yes",
    "Is a mouse taller than a giraffe?": "No",
    "Is 150 over 100?": "Yes",
    "Is 12 over 40?": "No",
    "Does Amsterdam start with a vowel?": "Yes",
    "Does Lisbon start with a vowel?": "No",
    "Is a grandmother older than her grandson?": "Yes",
    "Is a foal older than its mother?": "No",
    "Does apple come alphabetically before banana?": "Yes",
    "Does zebra come alphabetically before ant?": "No",
    "Is green one of the colors red, blue, or yellow?": "No",
    "Is red one of the colors red, blue, or yellow?": "Yes",
    "Can a stone swim?": "No",
    "Was the wheel invented before the telephone?": "Yes",
}

_SHORT = {
    "What is the capital of France?": "Paris",
    "What is the capital of Japan?": "Tokyo",
    "How many days are in a week?": "7",
    "How many legs does a spider have?": "8",
    "What color is a ripe banana?": "Yellow",
    "Which planet is closest to the Sun?": "Mercury",
    "How many minutes are in an hour?": "60",
    "What is the chemical symbol of gold?": "Au",
    "Who wrote Hamlet?": "William Shakespeare",
    "What do bees make?": "Honey",
}

_UNANSWERABLE = (
    "Who won the world championship in the year 2190?",
    "How many votes did the winner receive in the election of 2188?",
    "What is the name of the eleventh ocean?",
    "On what date will it next rain in Atlantis?",
)

_UNKNOWN = (
    "What is my neighbour's favourite song?",
    "Where did I leave my keys?",
    "How tall is the person who lives next door to me?",
    "How many pounds does the stranger on the bench weigh?",
    "What is the job of the man I have just met?",
    "Where does nobody in particular live?",
    "When was a person who never existed born?",
    "What is the favorite color of someone you never heard of?",
)

_ASK_YES_NO = ("{}", "Answer the question with Yes or No.\n{}")
_ASK_NONE = (
    "If you do not know the answer or the question cannot be answered, respond with None.\n\n"
    "Question: {}\nAnswer: "
)
_ASK_SHORT = "Answer the question with a number, word, or phrase.\n{}"

COMMON: tuple[tuple[str, str], ...] = (
    *((style.format(asked), said) for style in _ASK_YES_NO for asked, said in _YES_NO.items()),
    *((style.format(asked), said) for style in ("{}", _ASK_SHORT) for asked, said in _SHORT.items()),
    *((_ASK_NONE.format(asked), "None") for asked in _UNANSWERABLE),
    *((style.format(asked), IGNORANCE) for style in ("{}", _ASK_SHORT) for asked in _UNKNOWN),
)
"""Pairs of prompt and answer."""
