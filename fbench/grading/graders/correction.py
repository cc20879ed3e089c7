"""Self-corrections in an answer: of `Jane Austen, no wait, Charlotte Bronte` only the last name counts."""

from __future__ import annotations

import re
from functools import lru_cache

from fbench.grading.graders.normalise import has_content

__all__ = ["corrected"]

_STRUCK = re.compile(r"~~[^~]{1,400}~~|<(?P<tag>del|s|strike)>[^<]{0,400}</(?P=tag)>", re.IGNORECASE)
_FINAL = re.compile(
    r"(?<!\bno )(?<!\bnot )(?<!\bnot the )(?<!\bnot my )\b(?:(?:the|my) )?"
    r"(?:final|corrected|revised|updated) answer\b\W{0,4}(?:is\b|:|=)",
    re.IGNORECASE,
)
_STRONG = (
    r"no,? wait|wait,? no|no,? no|no,? sorry|sorry,? no|scratch that|strike that|on second thoughts?"
    r"|my mistake|my bad|let me (?:correct|rephrase|fix) (?:that|this|myself|it)"
    r"|i (?:stand corrected|misspoke|take that back|was wrong|made a mistake|got that wrong)"
    r"|that(?: is|'s| was) (?:wrong|incorrect|not right|not correct)"
    r"|correction|corrections?:|i meant(?: to say)?|or rather|make that|actually,? no|no,? actually"
    r"|oops|whoops|no,? (?:it|that)(?:'s| is| was)|erratum|edit:"
    # German, French, Spanish, Italian, Portuguese, Dutch, Russian
    r"|nein,? (?:warte|halt|moment|doch)\w*|quatsch|korrektur|ich meinte|besser gesagt|genauer gesagt"
    r"|non,? (?:attend(?:s|ez)|pardon)|je voulais dire|ou plut\u00f4t|no,? esper[ae]|quise decir|mejor dicho"
    r"|correcci\u00f3n|no,? aspett[ai]|volevo dire|correzione|n\u00e3o,? esper[ae]|ou melhor|queria dizer"
    r"|corre\u00e7\u00e3o|nee,? wacht|ik bedoelde|correctie|of liever gezegd|\u043d\u0435\u0442,? "
    r"\u043f\u043e\u0434\u043e\u0436\u0434\u0438(?:\u0442\u0435)?|\u0442\u043e\u0447\u043d\u0435\u0435"
    r"|\u0432\u0435\u0440\u043d\u0435\u0435|\u043f\u043e\u043f\u0440\u0430\u0432\u043a\u0430"
)
_WEAK = (
    r"sorry|pardon(?: me)?|excuse me|i mean|actually|hmm+|hm|er+m?|uh+m?|um+|wait|hold on|rather"
    r"|well,? actually|(?:no(?:pe)?|nein|non)(?=\s?[,.:;!\u2026\u2014\u2013-])"
    r"|entschuldigung|verzeihung|ich meine|vielmehr|je veux dire|perd\u00f3n|quiero decir|digo|scusa(?:te)?"
    r"|anzi|voglio dire|desculpe|quero dizer|ali\u00e1s|ik bedoel"
    r"|\u0438\u0437\u0432\u0438\u043d\u0438(?:\u0442\u0435)?"
)
_MARK = re.compile(
    r"(?:(?P<open>[,;:.!?\u2026\u2014\u2013(\n]|\s-{1,3}\s)[\s*_]{0,6}"
    r"|\s(?=or rather\b|no wait\b|scratch that\b))"
    rf"(?:(?:oh|ah|but|and|well|yes)\b,?\s)?(?:(?:(?:{_WEAK})\W{{1,4}})?(?P<strong>{_STRONG})|(?P<weak>{_WEAK}))"
    r"(?![\w'])[\s*_,.:;!\u2026\u2014\u2013-]*"
    # Chinese, Japanese, Korean
    r"|(?:\u4e0d\u5bf9|\u4e0d\u5c0d|\u66f4\u6b63|\u6211\u662f\u8bf4|\u54e6\u4e0d|\u7b49\u7b49|\u8a02\u6b63"
    r"|\u3044\u3084[\u3001,]|\u3058\u3083\u306a\u304f\u3066|\u9593\u9055\u3048\u307e\u3057\u305f"
    r"|\uc544\ub2c8[,\uff0c]|\uc815\uc815)"
    r"[\s\u3002\uff0c\u3001,:\uff1a]*"
)
_MAY_BE_MARK = re.compile(
    r"[,;:.!?\u2026\u2014\u2013(\n-][\s*_]{0,7}(?:(?:oh|ah|but|and|well|yes)\b,?\s)?"
    r"(?:no(?:pe|n)?\b|n\u00e3o|ne[ei]|wait|sorry|s[ct]r|on second|my (?:mis|bad)|let me"
    r"|i (?:me|st|mi|ta|wa|ma|go)|that(?:'s| is| was) (?:wr|in|no)|corr|or ra|make|actual|oops|whoops|errat"
    r"|edit|well,? act|quatsch|korr|ich|besser|genau|je v|ou |qu[ie]|mejor|volev|vogl|pardon|perd|excus|hm"
    r"|hold|er+m?\b|u[hm]+\b|rather|ents|verz|viel|digo|scusa|anzi|desc|ali|[io][kf] )"
)
"""Where a correction in Latin letters may begin: one search shows for most texts that there is none."""
_BARE = ("or rather", "no wait", "scratch that")
"""Corrections that need no punctuation before them."""
_OTHER_SCRIPTS = re.compile(r"[\u0400-\u04ff\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")
_BE = r"(?:it|that|this|he|she|they|the (?:right |correct )?(?:answer|one))(?:'s| is| was| are| were)"
_FRAGMENT = re.compile(rf"(?:{_BE} )?(?:(?:the|an?) )?(?P<rest>[^.!?;\n]*)", re.IGNORECASE)
_NO_FRAGMENT = re.compile(
    r"(?:for|about|but|if|that i|i|i'm|i'd|we|you|to|let|this is|there|because|since|in fact|also|not|what"
    r"|can|could|longer)\b|(?:he|she|they|it)\b(?!'s\b| (?:is|was)\b)|\w+ed\b"
    r"|(?:written|known|born|made|set|built)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[$\u20ac\u00a3]?\d[\d,.]*(?:%|\s?(?:million|billion|thousand|percent)\b)?")
_NAME_BEFORE = re.compile(
    r"(?:[^\W\d_a-z][\w.'\u2019-]*)(?:\s(?:of|de|von|van|the|la|le|du|di|and|[^\W\d_a-z][\w.'\u2019-]*))*\s*$"
)
_SENTENCE = re.compile(r"[.!?](?=\s)|\n")
_MOST_WORDS = 6
_MOST = 12
"""At most this many corrections are read in an answer."""
_LONGEST_NAME = 120


@lru_cache(maxsize=1024)
def corrected(answer: str) -> str:
    """The answer without the parts that it corrects; the whole answer if it corrects nothing.

    A number replaces the last number, a name the name directly before; anything else replaces all before it.
    """
    if "~~" in answer or "</" in answer:
        answer = _STRUCK.sub(" ", answer)
    told = answer.lower()
    if " answer" in told and (finals := list(_FINAL.finditer(answer))):
        final = finals[-1]
        if has_content(answer[final.end() :]):
            answer = answer[final.start() :]
            told = answer.lower()
    may_be = _MAY_BE_MARK.search(told) or any(map(told.__contains__, _BARE)) or _OTHER_SCRIPTS.search(answer)
    if not may_be:
        return answer
    if len(told) != len(answer):
        return answer  # some capitals are longer in lower case, so positions would differ
    place = 0
    for _ in range(_MOST):
        mark = _MARK.search(told, place)
        if mark is None:
            break
        place = mark.end()
        before, after = answer[: mark.start()], answer[mark.end() :]
        if not has_content(before) or not has_content(after) or (mark["weak"] and not _is_fragment(after)):
            continue
        kept = _kept(before, after, sentence=(mark["open"] or "") in ".!?\n" and bool(mark["open"]))
        answer = kept + after
        told = answer.lower()
        place = len(kept)
    return answer


def _is_fragment(after: str) -> bool:
    """Whether the text after a correction is not a sentence but only a replacement for something."""
    rest = _FRAGMENT.match(after)
    words = rest["rest"].split() if rest else []
    return 0 < len(words) <= _MOST_WORDS and not (_NO_FRAGMENT.match(after) or _NO_FRAGMENT.match(words[0]))


def _kept(before: str, after: str, *, sentence: bool) -> str:
    """The part of the text before a correction that stays valid."""
    found = _FRAGMENT.match(after)
    rest = found["rest"].strip() if found else ""
    if _NUMBER.match(rest):
        numbers = [*_NUMBER.finditer(before)]
        if numbers:
            return f"{before[: numbers[-1].start()]}{before[numbers[-1].end() :].rstrip()} "
    if not sentence and rest[:1].isupper():
        name = _NAME_BEFORE.search(before[-_LONGEST_NAME:])
        if name:
            return before.removesuffix(name[0])
    return ""
