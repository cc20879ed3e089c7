"""Answers, one token after another: the likeliest each time, or drawn by chance.

What a layer has read is kept (keys and values by place), so that each new token is read once.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fakes.learners.tiny.arrays import Floats
from fakes.learners.tiny.network import Shape, later, matrices_in, normalised, rotated, turns

__all__ = ["Reader", "drawn"]


class Reader:
    """Reads tokens, and says after each which token comes next.

    Args:
        vector: the parameters.
        shape: of the network.
    """

    def __init__(self, vector: Floats, shape: Shape) -> None:
        self._weights, self._shape = matrices_in(vector, shape), shape
        self._turns = turns(shape, shape.context, vector.dtype)
        room = (shape.layers, shape.heads, shape.context, shape.width // shape.heads)
        self._keys, self._values = np.empty(room, vector.dtype), np.empty(room, vector.dtype)
        self._read = 0

    @property
    def room(self) -> int:
        """How many tokens more can be read."""
        return self._shape.context - self._read

    def read(self, tokens: Sequence[int]) -> Floats:
        """The scores of all tokens as the next one, in nats up to a constant."""
        shape, begin = self._shape, self._read
        self._read = end = begin + len(tokens)
        turn = (self._turns[0][begin:end], self._turns[1][begin:end])
        unseen = later(end, self._keys.dtype)[begin:end] if len(tokens) > 1 else None
        x = self._weights.embed[list(tokens)]
        for at, layer in enumerate(self._weights.layers):
            qkv = (normalised(x)[0] * layer.before) @ layer.attend
            parts = qkv.reshape(len(tokens), 3, shape.heads, -1).transpose(1, 2, 0, 3)
            q, self._keys[at, :, begin:end] = rotated(parts[:2], turn)
            self._values[at, :, begin:end] = parts[2]
            q *= float((shape.width / shape.heads) ** -0.5)
            shares = q @ self._keys[at, :, :end].transpose(0, 2, 1)
            if unseen is not None:
                shares += unseen
            shares -= shares.max(axis=-1, keepdims=True)
            np.exp(shares, out=shares)
            shares /= shares.sum(axis=-1, keepdims=True)
            mixed = (shares @ self._values[at, :, :end]).transpose(1, 0, 2).reshape(len(tokens), -1)
            x = x + mixed @ layer.merge
            wide = (normalised(x)[0] * layer.between) @ layer.widen
            np.maximum(wide, 0, out=wide)
            x = x + np.square(wide, out=wide) @ layer.narrow
        return self._weights.embed @ (normalised(x[-1])[0] * self._weights.last)


def drawn(
    scores: Floats, random: np.random.Generator, temperature: float, top_p: float, top_k: int | None
) -> int:
    """A token by chance: among the `top_k` likeliest, and of these those that make up a share `top_p`."""
    shares = np.exp((scores - scores.max()) / temperature, dtype=np.float64)
    order = np.argsort(-shares, kind="stable")[:top_k]
    shares = shares[order] / shares[order].sum()
    before = np.cumsum(shares) - shares
    kept = shares * (before < top_p) if top_p > 0 else np.concatenate([[1.0], np.zeros(len(order) - 1)])
    return int(order[random.choice(len(order), p=kept / kept.sum())])
