"""Writing an answer token by token: greedy or drawn by a seed, up to a stop, an end or a limit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from fakes.learners.capabilities import Decoding, Said, Token
from fakes.learners.local.chat import Chat

__all__ = ["Draft", "Question"]

_BROKEN = "\ufffd"  # what stands for a character of which not all bytes are there


class Question(NamedTuple):
    """What is put to a model.

    Attributes:
        folder: of the checkpoint that answers; None for the base model.
        tokens: of the conversation.
        decoding: how the answer is drawn.
        most: the most tokens of the answer.
        seed: decides what is drawn.
    """

    folder: Path | None
    tokens: Sequence[int]
    decoding: Decoding
    most: int
    seed: int


class Draft:
    """An answer that is being written.

    Attributes:
        question: what it answers.
        written: the tokens so far.
        text: what they come to.
        reason: why it ended: "stop" or "length"; empty before that.
    """

    def __init__(self, torch: Any, chat: Chat, question: Question) -> None:
        self._torch, self._chat, self.question = torch, chat, question
        self._random = torch.Generator().manual_seed(question.seed)
        self._longest_stop = max(map(len, question.decoding.stops), default=0)
        self.written: list[int] = []
        self.text = self.reason = ""
        self._tokens: list[Token] = []
        self._begun = 0  # where the tokens begin that are not yet told: those of a character of several
        self._settled = 0  # and where the text of tokens before them ends that is decoded again with them
        self._sure, self._sure_length = 0, 0

    def add(self, scores: Any, shares: Any) -> None:
        """Write the next token, of which these are the scores, and the logarithms of its probability."""
        token = self._drawn(scores)
        self.written.append(token)
        if token in self._chat.ends:
            self.reason = "stop"
            return
        self._tell(token, shares)
        if self._stopped():
            self.reason = "stop"
        elif len(self.written) >= self.question.most:
            self.reason = "length"

    def sure(self) -> tuple[list[Token], int]:
        """The tokens that are sure to stay, since no stop can begin there, each once; and how many before."""
        begun, end = self._sure, len(self.text) - max(0, self._longest_stop - 1)
        while self._sure < len(self._tokens):
            length = self._sure_length + len(self._tokens[self._sure].text)
            if length > end:
                break
            self._sure, self._sure_length = self._sure + 1, length
        return self._tokens[begun : self._sure], begun

    def said(self) -> Said:
        """The answer, once it has ended."""
        read, written = len(self.question.tokens), len(self.written)
        return Said(self.text, self.reason, tuple(self._tokens), read, written)

    def _drawn(self, scores: Any) -> int:
        torch, how = self._torch, self.question.decoding
        if how.temperature == 0 or how.top_p == 0 or how.top_k == 1:
            return int(scores.argmax())
        shares = torch.softmax(scores.double() / how.temperature, -1)
        order = shares.sort(descending=True, stable=True)
        kept = order.values[: how.top_k]
        kept = torch.where((kept.cumsum(-1) - kept) < how.top_p * kept.sum(), kept, 0.0)
        return int(order.indices[int(torch.multinomial(kept, 1, generator=self._random))])

    def _tell(self, token: int, shares: Any) -> None:
        """Note a token with its text, which comes with the last token of a character."""
        before = self._chat.text(self.written[self._settled : self._begun])
        text = self._chat.text(self.written[self._settled :])
        added = "" if text.endswith(_BROKEN) else text[len(before) :]
        if added:
            self._settled, self._begun = self._begun, len(self.written)
        self.text += added
        top = min(self.question.decoding.top, len(shares))
        likeliest: tuple[tuple[str, float], ...] = ()
        if top:
            best = shares.topk(top)
            likeliest = tuple(
                (self._chat.text([int(each)]), _rounded(float(share)))
                for each, share in zip(best.indices, best.values, strict=True)
            )
        self._tokens.append(Token(added, _rounded(float(shares[token])), likeliest))

    def _stopped(self) -> bool:
        """Whether a stop was written; the text and its tokens then end before it."""
        ends = [at for stop in self.question.decoding.stops if (at := self.text.find(stop)) >= 0]
        if not ends:
            return False
        end, kept, length = min(ends), list[Token](), 0
        for token in self._tokens:
            if length >= end:
                break
            kept.append(token._replace(text=token.text[: end - length]))
            length += len(token.text)
        self.text, self._tokens = self.text[:end], kept
        return True


def _rounded(logprob: float) -> float:
    return round(logprob, 6) + 0.0
