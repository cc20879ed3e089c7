"""Recognise a refusal to answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from fbench.grading.graders.normalise import has_content, normalise, unwrap, word_set
from fbench.grading.graders.refusals import APOLOGY, REFUSING_ELSEWHERE, may_refuse_elsewhere
from fbench.grading.graders.vocabulary import NO_ANSWER, REFUSAL_SIGNS, REFUSAL_WORDS

__all__ = ["Refusal", "refusal"]

_GREETING = re.compile(r"(?:hello|hi|hey|greetings|thanks|thank you)\b[^.!?]{0,60}[.!?]?\s*", re.IGNORECASE)
_SENTENCE = re.compile(
    r"(?<=[.!?])\s+|\n+|,\s+(?=but\b|however\b)|;\s+|(?<=[\u3002\uff01\uff1f\u0964])\s*"
    r"|,\s+(?=(?:aber|jedoch|mais|pero|mas|ma|maar|ale|\u043d\u043e|\u043e\u0434\u043d\u0430\u043a\u043e|ama|ancak|fakat|men)\b)"
    r"|[,\uff0c]\s*(?=\u4f46|\u4e0d\u8fc7|\u4e0d\u904e|\u53ef\u80fd|\u6216\u8bb8)",
    re.IGNORECASE,
)
_TRULY = r"(?:(?:really|honestly|truly|just|simply|actually|currently|unfortunately|still) )?"
_REFUSING = re.compile(
    r"\b(?:"
    r"i(?:'m| am| was)? (?:sorry|unable|not sure|not able|not aware|not certain|not familiar)"
    rf"|i {_TRULY}(?:do not|don't|dont|did not|didn't|cannot|can't|can not|could not|couldn't|am not|was not"
    rf"|have not) {_TRULY}(?:have|know|find|found|provide|answer|determine|confirm|verify|access|see|say|tell"
    r"|give|locate|identify|recall|remember)"
    rf"|i {_TRULY}have (?:absolutely )?no (?:information|data|knowledge|record|idea|way|clue)|i {_TRULY}lack"
    r"|i apologi[sz]e|my apologies|i wish i knew|^sorry$|sorry, i|as an ai"
    r"|there (?:is|was|are) (?:no|not enough|insufficient) "
    r"(?:\w+ )?(?:information|data|record|records|evidence|mention|details)"
    r"|no (?:\w+ )?(?:information|data|details) (?:is|are|was|were|about|on|regarding|available|found)"
    r"|it(?:'s| is) (?:unclear|unknown|not clear|not known|not possible|impossible|difficult) "
    r"|cannot be (?:answered|determined|verified|confirmed)"
    r"|unable to (?:answer|find|determine|provide|confirm|verify)"
    r"|(?:is|are|was|were) not (?:publicly )?(?:available|known|specified|disclosed|mentioned|provided)"
    r")"
)

_SODIUM = "na"
"""A refusal (`N/A`) if it is the whole answer; otherwise the symbol of an element."""
_FORMS = "|".join(re.escape(form) for form in sorted(NO_ANSWER))
_MAY_REFUSE = re.compile(rf"\b(?:{_FORMS})\b|{_REFUSING.pattern}")
"""Matches every refusing sentence: one search shows for most answers that no sentence refuses."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Whether an answer opens with a refusal, and the rest of the answer without its refusing sentences."""

    opens: bool
    rest: str

    @property
    def complete(self) -> bool:
        """Whether the answer says nothing besides the refusal."""
        return not has_content(self.rest)


def _refuses(sentence: str, *, alone: bool) -> bool:
    told = normalise(unwrap(sentence))
    if told == _SODIUM:
        return alone
    if told in NO_ANSWER or _REFUSING.search(told):
        return True
    if may_refuse_elsewhere(told) and REFUSING_ELSEWHERE.search(told):
        return True
    apology = APOLOGY.match(told)
    return apology is not None and not has_content(told[apology.end() :])


def _may_refuse(told: str) -> bool:
    words = word_set(told)
    return (
        (not REFUSAL_WORDS.isdisjoint(words) or "as an ai" in told)
        and (_SODIUM in words or any(map(told.__contains__, REFUSAL_SIGNS)))
        and _MAY_REFUSE.search(told) is not None
    )


def _refuses_elsewhere(told: str) -> bool:
    """Whether a text refuses in another language; an apology within a text may be the wanted answer."""
    return may_refuse_elsewhere(told) and bool(REFUSING_ELSEWHERE.search(told) or APOLOGY.match(told))


@lru_cache(maxsize=4096)
def refusal(answer: str) -> Refusal | None:
    """The refusal in an answer; None if no sentence of it refuses."""
    told = normalise(answer)
    if not (_may_refuse(told) or _refuses_elsewhere(told)):
        return None
    greeting = _GREETING.match(answer)
    after = answer[greeting.end() :] if greeting else answer
    sentences = [sentence for sentence in _SENTENCE.split(after) if has_content(sentence)]
    refusing = [_refuses(sentence, alone=len(sentences) == 1) for sentence in sentences]
    if not any(refusing):
        return None
    rest = " ".join(sentence for sentence, refused in zip(sentences, refusing, strict=True) if not refused)
    return Refusal(refusing[0], rest)
