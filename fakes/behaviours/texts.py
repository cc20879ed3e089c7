"""The texts of behaviours: what a model says where it is not terse.

Each is a function of the answer, the question and the manner's number: equal arguments give equal texts.
Phrases are those that models of 2024 to 2026 begin and end with.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

from fakes.behaviours.models import Kind, Manner
from fakes.tokens import count, cut

__all__ = ["limit_of", "refusal", "said_in", "thoughts_on"]

Choice = TypeVar("Choice")

_BYTES = 4  # of a token, see fakes.tokens
_UNASKED = 120
"""Tokens of a verbose answer without a limit."""
_LONGEST = 400
"""Tokens of a verbose answer, however high the limit."""
_PREAMBLES = (
    "Great question!",
    "Sure, I'd be happy to help.",
    "Certainly! Let me explain.",
    "Thanks for asking.",
    "You asked: {prompt}",
    "Of course. Here is what I know about this.",
    "That is an interesting topic, and there is a short answer to it.",
    "Based on the information available to me, I can tell you the following.",
)
_STATEMENTS = (
    "The answer is {answer}.",
    "It is {answer}.",
    "The correct answer here is {answer}.",
    "To answer your question directly: {answer}.",
    "In short, the answer to your question is {answer}.",
    "{answer} is the answer that you are looking for.",
)
_PADDING = (
    "I hope this helps!",
    "Let me know if you would like more background on any of this.",
    "As always, it is a good idea to check important information against a primary source.",
    "This is a detail that is easy to overlook, and it is often asked about.",
    "If you are preparing a summary, this is the point that matters most.",
    "There is more to say about the context, which goes beyond a short reply.",
    "Many people come across this when they read about the subject for the first time.",
    "It fits well with everything else that is known about the subject.",
    "I can also put this into a table or into a shorter form.",
    "Feel free to ask a follow-up question at any time.",
    "A little background may be useful here, since the topic has several sides.",
    "In most cases that is all one has to remember.",
    "You may want to note it down for later.",
    "Further details depend on what you need this for.",
)
_THOUGHTS = (
    "Okay, the user asks: {prompt}",
    "Let me recall what I have learned about this.",
    "First I should read the question carefully and see what is wanted.",
    "There may be several candidates, so I compare them one by one.",
    "Hmm, I remember something about {answer}.",
    "Wait, let me check that again before I commit to it.",
    "It could also be something else, but the other options fit less well.",
    "The question wants a short reply, so I should not ramble.",
    "Going through it once more, I see no reason to change my mind.",
    "So I am going to reply with {answer}.",
)
_LEADS = (
    "Before I come to the answer, a few words on how I got there.",
    "The question has several parts, and I take them in turn.",
    "First, it helps to be clear about what is being asked.",
    "Second, there is some background that one should keep in mind.",
    "I also considered how reliable each piece of information is.",
    "With all of that in place, the rest follows.",
)
_REFUSALS = (
    "I'm sorry, but I can't help with that.",
    "I'm sorry, but I can't assist with that request.",
    "I'm sorry, I can't help with that.",
    "Sorry, but I'm unable to assist with that.",
    "I can't help with that request.",
    "I'm unable to provide that information.",
)
_LANGUAGES = (
    ("Die Antwort lautet {}.", "Ich weiß es nicht."),
    ("La réponse est {}.", "Je ne sais pas."),
    ("La respuesta es {}.", "No lo sé."),
    ("La risposta è {}.", "Non lo so."),
    ("A resposta é {}.", "Não sei."),
    ("Het antwoord is {}.", "Ik weet het niet."),
    ("Odpowiedź brzmi: {}.", "Nie wiem."),
    ("Cevap: {}.", "Bilmiyorum."),
    ("Ответ: {}.", "Я не знаю."),
    ("答案是{}。", "我不知道。"),
    ("答えは{}です。", "わかりません。"),
    ("정답은 {}입니다.", "모르겠습니다."),
)
_FORMS = (
    "**{}**",
    "## Answer\n\n**{}**",
    "- **Answer:** {}",
    "1. **{}**",
    "### Final answer\n\n> {}",
    "**Answer**\n\n* {}",
)
_UNKNOWN = re.compile(r"I (?:don't|don\u2019t|do not) know\.?")
_SENTENCE = re.compile(r"\S+\s.*[.!?]", re.DOTALL)
_NUMBER = re.compile(r"(?<![\w.,/:$-])(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(?![\w/:-]|[.,]\d)")
_LATEX = ("${}$", r"\({}\)", r"\(\mathbf{{{}}}\)", r"$\boxed{{{}}}$")


def said_in(manner: Manner, answer: str, prompt: str, limit: int | None) -> str:
    """A model's answer as a text in that manner; `limit` is in tokens.

    The text of a model that is cut off is longer than the limit, and its answer stands across it. Without a
    limit the answer is as it was, and `limit_of` says where it ends.
    """
    number = manner.number
    match manner.kind:
        case Kind.VERBOSE:
            text = _verbose(number, answer, prompt, limit)
        case Kind.THINKING:
            text = f"<think>\n{thoughts_on(prompt, answer, number, manner.thoughts)}\n</think>\n\n{answer}"
        case Kind.REFUSING:
            text = refusal(manner)
        case Kind.WRONG_LANGUAGE:
            text = _translated(number, answer)
        case Kind.MARKDOWN:
            text = _markdown(number, answer)
        case Kind.CUT:
            text = answer if limit is None else _long(number, answer, limit)
        case Kind.TERSE:
            text = answer
    return text


def limit_of(manner: Manner, text: str, answer: str, limit: int | None) -> int | None:
    """The limit of a text in tokens: that of the request, and of a model that is cut off half of its text
    where no limit falls into it.
    """
    if manner.kind is not Kind.CUT or (limit is not None and text != answer):
        return limit
    half = count(text) // 2
    return half if limit is None else min(limit, half)


def refusal(manner: Manner) -> str:
    """What a model says that does not help."""
    return _pick(_REFUSALS, manner.number)


def thoughts_on(prompt: str, answer: str, number: int, tokens: int) -> str:
    """What a model thinks about a question, in at most so many tokens; the answer is among it."""
    return cut(_filled(_THOUGHTS, number, tokens, prompt=_quoted(prompt), answer=answer), tokens).strip()


def _verbose(number: int, answer: str, prompt: str, limit: int | None) -> str:
    most = _UNASKED if limit is None else min(limit, _LONGEST)
    preamble = _put(_pick(_PREAMBLES, number), prompt=_quoted(prompt))
    if _SENTENCE.fullmatch(answer) or _UNKNOWN.fullmatch(answer):
        statement = answer
    else:
        statement = _put(_pick(_STATEMENTS, number // 8), answer=answer.rstrip("."))
    text = f"{preamble} {statement}"
    start = number // 64 % len(_PADDING)
    for sentence in (*_PADDING[start:], *_PADDING[:start]):
        if count(f"{text} {sentence}") > most:
            break
        text += f" {sentence}"
    return text


def _translated(number: int, answer: str) -> str:
    sentence, unknown = _pick(_LANGUAGES, number)
    if _UNKNOWN.fullmatch(answer):
        return unknown
    return answer if _SENTENCE.fullmatch(answer) else sentence.format(answer)


def _markdown(number: int, answer: str) -> str:
    latex = _pick(_LATEX, number // 8)

    def formula(found: re.Match[str]) -> str:
        return latex.format(found[1].replace(",", "{,}") + (found[2] or ""))

    return _pick(_FORMS, number).format(_NUMBER.sub(formula, answer))


def _long(number: int, answer: str, limit: int) -> str:
    """An answer behind so much text that a limit falls in its middle."""
    room = limit * _BYTES - len(answer.encode("utf-8", "surrogatepass")) // 2
    if room <= 0:
        return answer
    lead = _filled(_LEADS, number, limit + 1).encode()[: room - 1].decode()
    return f"{lead} {answer} {_PADDING[0]}" if lead else f"{answer} {_PADDING[0]}"


def _filled(sentences: Sequence[str], number: int, tokens: int, **values: str) -> str:
    """The sentences, over and over, until there are so many tokens; they begin with the first."""
    turn = 1 + number % (len(sentences) - 1)
    turned = [sentences[0], *sentences[turn:], *sentences[1:turn]]
    whole = " ".join(_put(sentence, **values) for sentence in turned)
    return " ".join([whole] * (1 + tokens // max(1, count(whole))))


def _put(template: str, **values: str) -> str:
    """A template with its `{names}` replaced, in one pass: a prompt may hold braces of its own."""
    return re.sub(r"\{(\w+)\}", lambda found: values[found[1]], template)


def _quoted(prompt: str) -> str:
    return cut(" ".join(prompt.split()), 40)


def _pick(choices: Sequence[Choice], number: int) -> Choice:
    return choices[number % len(choices)]
