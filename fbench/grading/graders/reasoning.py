"""Remove a model's reasoning from a response before any rule or judge reads it: it is not part of the answer.

Models mark their reasoning in many ways: XML tags (DeepSeek, Qwen, Claude), `[THINK]` (Mistral), `◁think▷`
(Kimi), `<|begin_of_thought|>` (Sky-T1), `<|START_THINKING|>` (Cohere), `<unused94>` (MedGemma), the channels
of OpenAI's harmony format, and blocks of code or HTML that a front end makes of them.
If a template opens the reasoning itself, the response has only the closing mark; a response that was cut off
has only the opening mark.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import chain

__all__ = ["without_reasoning"]

_NAMES = (
    "think|thinks|thinking|thinking_process|think_aloud|thought|thoughts|thought_process|antthinking"
    "|reason|reasoning|reasons|reasoning_process|reasoning_content|rationale|reflection|reflections|reflect"
    "|self_reflection|scratchpad|scratch_pad|analysis|analyzing|cot|chain_of_thought|inner_monologue"
    "|internal_monologue|internal_thoughts|inner_thoughts|internal_reasoning|monologue|deliberation"
    "|contemplation|contemplator|planning|brainstorming|cot_budget_reflect"
)
_NAME = rf"(?:[a-z]{{1,12}}:)?(?:{_NAMES.replace('_', '[-_ ]?')})"
_ANSWER = r"(?:final[-_ ]?)?(?:answer|response|solution|output)|final|result"
_OPEN_BRACKET = r"(?:<|&lt;|\\u003c|\uff1c|\u25c1|\u27e8)"
_CLOSE_BRACKET = r"(?:>|&gt;|\\u003e|\uff1e|\u25b7|\u27e9)"
_MARK = re.compile(
    # <think>, </think>, <|end_of_thought|>, <think_start>, &lt;seed:think&gt;, <details type="reasoning">
    rf"{_OPEN_BRACKET}\s{{0,3}}\\?(?P<slash>/)?[|\uff5c]?\s{{0,3}}\\?(?P<slash2>/)?"
    rf"(?P<side>(?:begin|start|end)[-_ ](?:of[-_ ])?)?(?:(?P<name>{_NAME})|(?P<answer>{_ANSWER}))"
    rf"(?P<side2>[-_ ](?:begin|start|end))?(?:\s[^<>\n]{{0,200}}?)?(?P<empty>/)?\s{{0,3}}"
    rf"[|\uff5c]?{_CLOSE_BRACKET}"
    # [THINK], [/THINK]
    r"|\[(?P<slash3>/)?(?P<name3>think|thinking|thought|thoughts|reasoning|reflection|scratchpad)\]"
    r"|\[(?P<side4>begin|end)[ _](?:of[ _])?final[ _](?P<answer4>response|answer)\]"
    # harmony and similar formats: channels other than the final one, and marks that end a message
    r"|<\|?channel\|?>\s{0,3}(?P<channel>analysis|commentary|thought|thinking|final)[^<\n]{0,80}"
    r"(?:<\|message\|>|(?=\n))"
    r"|(?P<turn><\|(?:end|return|eot_id|im_end|eom_id)\|>|<channel\|>)(?:\s{0,3}<\|start\|>\s{0,3}assistant)?"
    r"|<unused(?P<unused>94|95)>(?:thought\b)?"
    # blocks made by front ends
    r"|<details\b[^<>]{0,200}\btype=['\"]reasoning['\"][^<>]{0,200}>(?P<details>)"
    r"|<details\b[^<>]{0,200}>\s{0,9}<summary>\s{0,9}(?:thought|thinking|reasoning)[^<]{0,80}</summary>"
    r"(?P<details2>)|</details>(?P<details_end>)"
    r"|(?:^|\n)(?P<fence>```+|~~~+)[ \t]{0,3}(?:think(?:ing)?|thoughts?|reasoning|scratchpad)[ \t]{0,3}"
    r"(?=\n)",
    re.IGNORECASE,
)
_MAY_HAVE = re.compile(r"[<\uff1c\u25c1\u27e8]|&lt;|\[/?[trsbe]|\\u003c|```|~~~", re.IGNORECASE)
_OPENED = "*_#>`\"' \t\n"
"""What may stand before the start of the reasoning: Markdown, quotation marks, white space."""
_BEFORE = f"[{_OPENED}]{{0,9}}"
_ANY = re.IGNORECASE | re.DOTALL
_HEAD = r"thought(?:s| process)?|thinking|reasoning|chain of thought|analysis|scratchpad"
_LEADS = tuple(
    (re.compile(rf"{_BEFORE}(?:{start})", flags), re.compile(rf".*(?:{end})[*_#\s]*", flags), unended)
    for start, end, flags, unended in (
        # Ollama's terminal, IBM's Granite, ServiceNow's Apriel, harmony without its special tokens, headings
        (r"thinking\s?\.\.\.", r"\.\.\.\s?done thinking\.?", _ANY, True),
        (r"here(?:'s| is) my thought process:", r"here(?:'s| is) my (?:response|answer):", _ANY, True),
        (r"here are my reasoning steps:", r"\[begin final response\]", _ANY, True),
        (r"analysis(?=[A-Z])", r"assistant\s?final(?=\S)", re.DOTALL, False),
        (rf"(?:{_HEAD})[\W_]{{0,2}}:", r"\n[*_#\s]*(?:final answer|answer|response)[*_]*:", _ANY, False),
    )
)
"""How unmarked reasoning begins and ends, and whether the text is all reasoning if the end is missing."""
_LEAD = re.compile(rf"{_BEFORE}(?:here(?:'s| is| are) my |{_HEAD})", re.IGNORECASE)
_EMPTY_FENCE = re.compile(r"(?:```|~~~)[\w+-]*\s*(?:```|~~~)|\A\s*(?:```|~~~)[\w+-]*\s*\Z")
_TYPE = re.compile(r"<[A-Z][a-z]+>")
_SIGNS = ("<", "[", "`", "~", "&", "\\", "\uff1c", "\u25c1", "\u27e8")


def without_reasoning(response: str, question: str = "", golds: tuple[str, ...] = ()) -> str:
    """The response without the model's reasoning; the same string if there is no reasoning.

    Reasoning is everything up to a closing mark, and everything after an opening mark that is not closed.
    The text in an `<answer>` after it is the answer. If the question or an accepted answer contains such
    marks, only a block at the start of the response is removed.
    """
    if _LEAD.match(response):
        response = _without_lead(response)
    if not (any(map(response.__contains__, _SIGNS)) and _MAY_HAVE.search(response)):
        return response
    marks = [_Mark(found) for found in _MARK.finditer(response)]
    if not marks:
        return response
    if _about_marks(question, golds):
        return _without_first_block(response, marks)
    return _Reader(response, marks).answer()


def _without_lead(response: str) -> str:
    for start, end, unended in _LEADS:
        if start.match(response):
            found = end.match(response)
            if found is not None:
                return response[found.end() :].strip()
            if unended:
                return ""
    return response


@lru_cache(maxsize=1024)
def _about_marks(question: str, golds: tuple[str, ...]) -> bool:
    return any(_MARK.search(text) for text in chain((question,), golds) if _MAY_HAVE.search(text))


class _Mark:
    """A mark in a response, its kind, and its name, which distinguishes an inner block from an outer one.

    Kinds: `open` and `close` for reasoning, `answer` and `/answer` around an answer, `turn` at the end of a
    message, `none` for an empty block.
    """

    def __init__(self, found: re.Match[str]) -> None:
        self.start, self.end = found.span()
        self.text = found[0]
        self.fence = found["fence"] or ""
        self.bracketed = bool(found["name3"])
        self.kind, self.name = _read(found)


def _read(found: re.Match[str]) -> tuple[str, str]:
    told = {name: text for name, text in found.groupdict().items() if text is not None}
    kind, name = _special(told)
    if kind:
        return kind, name
    sides = f"{told.get('side')} {told.get('side2')} {told.get('side4')}".casefold()
    closes = "end" in sides or any(slash in told for slash in ("slash", "slash2", "slash3"))
    if "answer" in told or "answer4" in told:
        return ("/answer" if closes else "answer"), "answer"
    kind = "none" if "empty" in told else "close" if closes else "open"
    return kind, (told.get("name") or told.get("name3", "")).casefold()


def _special(told: Mapping[str, str]) -> tuple[str, str]:
    """Kind and name of a mark that is not a tag; "" for both if it is a tag."""
    if "channel" in told:
        return ("close" if told["channel"].casefold() == "final" else "open"), "channel"
    if "unused" in told:
        return ("open" if told["unused"] == "94" else "close"), "channel"
    if "turn" in told:
        return "turn", "channel"
    if "fence" in told:
        return "open", "fence"
    if "details" in told or "details2" in told:
        return "open", "details"
    return ("close", "details") if "details_end" in told else ("", "")


def _without_first_block(response: str, marks: list[_Mark]) -> str:
    """The response after the block at its start; the whole response if there is none, or nothing after it."""
    opening, *others = marks
    end = next((mark.end for mark in others if mark.kind == "close"), None)
    if opening.kind != "open" or end is None or response[: opening.start].strip(_OPENED):
        return response
    return response[end:].strip() or response


class _Reader:
    """Reads a response's marks in one pass, and keeps the text outside the reasoning."""

    def __init__(self, response: str, marks: list[_Mark]) -> None:
        self._response = response
        self._marks = marks
        self._closed = {mark.name for mark in marks if mark.kind in ("close", "/answer")}
        self._kept: list[str] = []
        self._answers: list[str] = []
        self._open: list[str] = []  # names of the open blocks, outermost first
        self._from = 0  # start of the text that is not reasoning, while no block is open
        self._answer_from: int | None = None
        self._has_blocks = False  # whether a block has been closed
        self._changed = False

    def answer(self) -> str:
        """The text that remains; the response itself if no mark applies."""
        for mark in self._marks:
            if mark.start >= self._from and not self._is_text(mark):
                self._take(mark)
        self._end_answer(len(self._response))
        answers = [text for text in self._answers if text]
        if answers:
            return answers[-1]
        if not self._changed:
            return self._response
        if not self._open:
            self._kept.append(self._response[self._from :])
        return _EMPTY_FENCE.sub("", "".join(self._kept)).strip()

    def _is_text(self, mark: _Mark) -> bool:
        """Whether it is text: a remark (`[thinking] It is Canberra`) or a type in code (`List<Thought>`)."""
        unclosed = mark.kind in ("open", "answer") and mark.name not in self._closed
        glued = self._response[max(0, mark.start - 1) : mark.start].isalnum() and _TYPE.fullmatch(mark.text)
        return unclosed and (bool(glued) or (mark.bracketed and not mark.text.isupper()))

    def _take(self, mark: _Mark) -> None:
        if mark.kind == "open":
            self._open_block(mark)
        elif mark.kind == "close" or (mark.kind == "turn" and "channel" in self._open):
            self._close_block(mark)
        elif mark.kind == "answer":
            self._answer_from = mark.end
        elif mark.kind == "/answer":
            self._end_answer(mark.start, last=not self._response[mark.end :].strip())
        elif not self._open:  # only the mark itself is removed
            self._changed = True
            self._kept.append(self._response[self._from : mark.start])
            self._from = mark.end

    def _open_block(self, mark: _Mark) -> None:
        self._changed = True
        if not self._open:
            self._kept.append(self._response[self._from : mark.start])
        closing = self._response.find(f"\n{mark.fence}", mark.end) + 1 if mark.fence else 0
        if closing:
            self._from, self._has_blocks = closing + len(mark.fence), True
        elif mark.name not in self._open:
            self._open.append(mark.name)

    def _close_block(self, mark: _Mark) -> None:
        """Treat the text before a closing mark as reasoning, even if no mark opened it."""
        if mark.name == "details" and "details" not in self._open:
            return
        self._changed = True
        if not self._open:
            self._answers.clear()
            if not self._has_blocks:
                self._kept.clear()
        elif mark.name in self._open:
            del self._open[self._open.index(mark.name) :]
        else:
            self._open.clear()
        if not self._open:
            self._from, self._has_blocks, self._answer_from = mark.end, True, None

    def _end_answer(self, end: int, *, last: bool = False) -> None:
        """Keep the text between answer marks; inside reasoning, only if the response ends with it."""
        if self._answer_from is not None and (last or not self._open):
            self._answers.append(self._response[self._answer_from : end].strip())
            self._answer_from = None
