"""Writing an answer token by token: greedy or drawn by a seed, up to a stop, an end or a limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from inspect import signature
from typing import Any

from fakes.learners.capabilities import Decoding, Said, Token
from fakes.learners.local.chat import Chat

__all__ = ["Writer"]

_BROKEN = "\ufffd"  # what stands for a character of which not all bytes are there


@dataclass
class _Draft:
    """An answer that is being written."""

    written: list[int] = field(default_factory=list[int])
    tokens: list[Token] = field(default_factory=list[Token])
    text: str = ""
    begun: int = 0  # where the tokens begin that are not yet told: those of a character of several
    settled: int = 0  # and where the text of tokens before them ends that is decoded again with them


class Writer:
    """Writes answers with a network.

    Args:
        torch: the library.
        chat: the tokenizer, and the tokens that end an answer.
        network: one of those that will write.
    """

    def __init__(self, torch: Any, chat: Chat, network: Any) -> None:
        self._torch, self._chat = torch, chat
        # what was read is handed on under a name that Transformers changed
        self._cache = "cache" if "cache" in signature(network.forward).parameters else "past_key_values"

    def write(self, network: Any, asked: Sequence[int], decoding: Decoding, *, most: int, seed: int) -> Said:
        """An answer of at most so many tokens to what was asked; `seed` decides what is drawn."""
        torch, draft = self._torch, _Draft()
        random = torch.Generator().manual_seed(seed)
        reason, past = "length", None
        given = torch.tensor([list(asked)], device=network.device)
        with torch.no_grad():
            while len(draft.written) < most:
                out = network(
                    input_ids=given, use_cache=True, **({} if past is None else {self._cache: past})
                )
                past = out[self._cache]
                scores = out.logits[0, -1].float().cpu()
                token = self._drawn(scores, decoding, random)
                draft.written.append(token)
                if token in self._chat.ends:
                    reason = "stop"
                    break
                self._tell(draft, token, scores, decoding.top)
                if self._stopped(draft, decoding.stops):
                    reason = "stop"
                    break
                given = torch.tensor([[token]], device=network.device)
        return Said(draft.text, reason, tuple(draft.tokens), len(asked), len(draft.written))

    def _drawn(self, scores: Any, decoding: Decoding, random: Any) -> int:
        torch = self._torch
        if decoding.temperature == 0 or decoding.top_p == 0 or decoding.top_k == 1:
            return int(scores.argmax())
        shares = torch.softmax(scores.double() / decoding.temperature, -1)
        order = shares.sort(descending=True, stable=True)
        kept = order.values[: decoding.top_k]
        kept = torch.where((kept.cumsum(-1) - kept) < decoding.top_p * kept.sum(), kept, 0.0)
        return int(order.indices[int(torch.multinomial(kept, 1, generator=random))])

    def _tell(self, draft: _Draft, token: int, scores: Any, top: int) -> None:
        """Note a token with its text, which comes with the last token of a character."""
        window = draft.written[draft.settled :]
        before = self._chat.text(draft.written[draft.settled : draft.begun])
        text = self._chat.text(window)
        added = "" if text.endswith(_BROKEN) else text[len(before) :]
        if added:
            draft.settled, draft.begun = draft.begun, len(draft.written)
        draft.text += added
        shares = self._torch.log_softmax(scores, -1)
        best = shares.topk(min(top, len(shares))) if top else None
        likeliest = (
            ()
            if best is None
            else tuple(
                (self._chat.text([int(each)]), _rounded(float(share)))
                for each, share in zip(best.indices, best.values, strict=True)
            )
        )
        draft.tokens.append(Token(added, _rounded(float(shares[token])), likeliest))

    @staticmethod
    def _stopped(draft: _Draft, stops: Sequence[str]) -> bool:
        """Whether a stop was written; the text and its tokens then end before it."""
        ends = [at for stop in stops if (at := draft.text.find(stop)) >= 0]
        if not ends:
            return False
        end, kept, length = min(ends), list[Token](), 0
        for token in draft.tokens:
            if length >= end:
                break
            kept.append(token._replace(text=token.text[: end - length]))
            length += len(token.text)
        draft.text, draft.tokens = draft.text[:end], kept
        return True


def _rounded(logprob: float) -> float:
    return round(logprob, 6) + 0.0
