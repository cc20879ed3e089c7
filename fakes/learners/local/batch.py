"""Answers that one network writes together: a step is a token of each.

Conversations of unequal length are padded at their beginnings, which no token looks at. What was read is
kept (the cache of keys and values), so a step reads one token of each answer only.
"""

from __future__ import annotations

from collections.abc import Sequence
from inspect import signature
from typing import Any

from fakes.learners.local.writing import Draft

__all__ = ["Batch", "Forward"]


class Forward:
    """How a network is called: what it takes has other names, or is not there, in some.

    Args:
        torch: the library.
        network: one of those that will be called.
        padding: a token that stands where there is none.
    """

    def __init__(self, torch: Any, network: Any, padding: int) -> None:
        self.torch, self.padding = torch, padding
        taken = signature(network.forward).parameters
        # what was read is handed on under a name that Transformers changed
        self._cache = "cache" if "cache" in taken else "past_key_values"
        self._positions = "position_ids" in taken
        self._last: dict[str, object] = {"logits_to_keep": 1} if "logits_to_keep" in taken else {}

    def __call__(self, network: Any, tokens: Any, seen: Any, cache: Any) -> tuple[Any, Any]:
        """The scores of what follows each row of tokens, and the cache with these.

        Shapes: tokens (rows, new), seen (rows, all), scores (rows, vocabulary) in single precision.
        """
        more = dict(self._last)
        if self._positions:
            places = seen.cumsum(-1)[:, -tokens.shape[1] :] - 1
            more["position_ids"] = places.clamp(min=0)
        if cache is not None:
            more[self._cache] = cache
        out = network(input_ids=tokens, attention_mask=seen, use_cache=True, **more)
        return out.logits[:, -1].float().cpu(), out[self._cache]


class Batch:
    """Answers that are written together.

    Args:
        forward: calls the network.
        drafts: the answers, of which none has begun.

    Attributes:
        drafts: those that have not ended.
    """

    def __init__(self, forward: Forward, drafts: Sequence[Draft]) -> None:
        self._forward, self.drafts = forward, list(drafts)
        self._cache: Any = None
        self._seen: Any = None

    def step(self, network: Any) -> list[Draft]:
        """Write a token of each answer. Returns those that have ended by it."""
        torch, drafts = self._forward.torch, self.drafts
        with torch.no_grad():
            if self._seen is None:
                tokens = self._begin(network.device)
            else:
                tokens = torch.tensor([each.written[-1:] for each in drafts], device=network.device)
                self._seen = torch.nn.functional.pad(self._seen, (0, 1), value=1)
            scores, self._cache = self._forward(network, tokens, self._seen, self._cache)
            shares = torch.log_softmax(scores, -1)
        for draft, row, share in zip(drafts, scores, shares, strict=True):
            draft.add(row, share)
        ended = [each for each in drafts if each.reason]
        self.keep([at for at, each in enumerate(drafts) if not each.reason])
        return ended

    def keep(self, rows: Sequence[int]) -> None:
        """Go on with these rows alone."""
        if len(rows) == len(self.drafts):
            return
        self.drafts = [self.drafts[at] for at in rows]
        if not rows or self._cache is None:
            self._cache = self._seen = None
            return
        kept = self._forward.torch.tensor(list(rows), device=self._seen.device)
        self._seen = self._seen[kept]
        self._cache.batch_select_indices(kept)
        padded = int(self._seen.argmax(-1).min())  # columns at the beginning that nobody looks at any more
        if padded and _is_plain(self._cache):
            self._seen = self._seen[:, padded:]
            for layer in self._cache.layers:
                layer.keys, layer.values = layer.keys[:, :, padded:], layer.values[:, :, padded:]

    def join(self, other: Batch) -> bool:
        """Go on with the rows of another batch too, which has begun; False where its cache forbids it."""
        if not (self._cache and other._cache and _is_plain(self._cache) and _is_plain(other._cache)):
            return False
        torch = self._forward.torch
        length = max(self._seen.shape[1], other._seen.shape[1])

        def joined(one: Any, two: Any, *, after: int) -> Any:
            """Rows of both, padded at the beginning of a dimension that has so many after it."""
            dimension = one.dim() - 1 - after
            padded = [
                torch.nn.functional.pad(each, (*(0, 0) * after, length - each.shape[dimension], 0))
                for each in (one, two)
            ]
            return torch.cat(padded)

        self._seen = joined(self._seen, other._seen, after=0)
        for mine, theirs in zip(self._cache.layers, other._cache.layers, strict=True):
            mine.keys = joined(mine.keys, theirs.keys, after=1)
            mine.values = joined(mine.values, theirs.values, after=1)
        self.drafts += other.drafts
        return True

    def _begin(self, device: Any) -> Any:
        """All tokens of the conversations, padded at the beginning to one length."""
        torch = self._forward.torch
        asked = [list(each.question.tokens) for each in self.drafts]
        length = max(map(len, asked))
        tokens = [[self._forward.padding] * (length - len(each)) + each for each in asked]
        seen = [[0] * (length - len(each)) + [1] * len(each) for each in asked]
        self._seen = torch.tensor(seen, device=device)
        return torch.tensor(tokens, device=device)


def _is_plain(cache: Any) -> bool:
    """Whether a cache is keys and values of all tokens, layer by layer, and nothing else.

    Others, of sliding windows or recurrent layers, know where they are by more than their shapes.
    """
    return all(type(layer).__name__ == "DynamicLayer" for layer in getattr(cache, "layers", [None]))
