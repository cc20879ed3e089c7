"""A decoder-only transformer in NumPy: forward and backward, and one token after another when it answers.

Layers normalise their inputs (RMSNorm), attention marks places by rotation (RoPE), the feed-forward part
squares what is above zero, and the embedding is the output matrix too. All parameters stand in one vector,
of which `matrices_in` gives the matrices, so that an optimiser need not know them.

Sources: Vaswani et al. (arXiv 1706.03762), Zhang and Sennrich (arXiv 1910.07467, RMSNorm), Su et al.
(arXiv 2104.09864, RoPE), So et al. (arXiv 2109.08668, squared ReLU).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fakes.learners.tiny.arrays import Floats

__all__ = [
    "Batch",
    "Layer",
    "Loss",
    "Matrices",
    "Shape",
    "initial",
    "later",
    "loss_and_gradient",
    "loss_of",
    "matrices_in",
    "normalised",
    "rotated",
    "turns",
]

Tokens = NDArray[np.int64]

_EPSILON = 1e-6


@dataclass(frozen=True)
class Shape:
    """The sizes of a network; `context` is the most tokens that it reads."""

    vocabulary: int = 1024
    width: int = 128
    layers: int = 4
    heads: int = 4
    context: int = 512

    @property
    def size(self) -> int:
        """The number of parameters."""
        per_layer = 12 * self.width**2 + 2 * self.width
        return self.vocabulary * self.width + self.layers * per_layer + self.width


class Layer(NamedTuple):
    """The parameters of a layer: gains of both norms, and its matrices (inputs x outputs)."""

    before: Floats
    attend: Floats
    merge: Floats
    between: Floats
    widen: Floats
    narrow: Floats


class Matrices(NamedTuple):
    """The parameters of a network, as views of one vector."""

    embed: Floats
    layers: tuple[Layer, ...]
    last: Floats


class Batch(NamedTuple):
    """Texts of one length in tokens, rows x places; `learn` is 1 for tokens to be predicted, else 0."""

    tokens: Tokens
    learn: NDArray[np.bool_]


class Loss(NamedTuple):
    """Of each token that is to be predicted: its row, its loss in nats, and whether it is the likeliest."""

    rows: Tokens
    losses: Floats
    hits: NDArray[np.bool_]


def matrices_in(vector: Floats, shape: Shape) -> Matrices:
    """The matrices whose values stand in a vector."""
    at = 0

    def take(*sizes: int) -> Floats:
        nonlocal at
        count = int(np.prod(sizes))
        found = vector[at : at + count].reshape(sizes)
        at += count
        return found

    d = shape.width
    embed = take(shape.vocabulary, d)
    layers = tuple(
        Layer(take(d), take(d, 3 * d), take(d, d), take(d), take(d, 4 * d), take(4 * d, d))
        for _ in range(shape.layers)
    )
    return Matrices(embed, layers, take(d))


def initial(shape: Shape, seed: int) -> Floats:
    """Random parameters, in single precision."""
    random = np.random.default_rng(seed)
    vector = random.normal(0, 0.02, shape.size).astype(np.float32)
    weights = matrices_in(vector, shape)
    for layer in weights.layers:
        layer.before[:] = layer.between[:] = 1
        for matrix in (layer.merge, layer.narrow):
            np.divide(matrix, np.sqrt(2 * shape.layers), out=matrix)
    weights.last[:] = 1
    return vector


def loss_of(vector: Floats, shape: Shape, batch: Batch) -> Loss:
    """The loss of every token that is to be predicted."""
    return _Pass(vector, shape, batch).loss


def loss_and_gradient(vector: Floats, shape: Shape, batch: Batch) -> tuple[Loss, Floats]:
    """The losses, and the gradient of their mean over the rows by all parameters."""
    done = _Pass(vector, shape, batch)
    return done.loss, done.gradient()


class _Attended(NamedTuple):
    """What the attention of a layer keeps for its gradient."""

    normal: Floats
    scale: Floats
    q: Floats
    k: Floats
    v: Floats
    shares: Floats
    mixed: Floats


class _Widened(NamedTuple):
    """What the feed-forward part of a layer keeps for its gradient."""

    normal: Floats
    scale: Floats
    above: Floats


class _Pass:
    """One batch through the network, and back.

    Only places before a token that is to be predicted matter in the end: `_seen`. So the feed-forward part
    of the last layer is computed for those alone, which saves a sixth.
    """

    def __init__(self, vector: Floats, shape: Shape, batch: Batch) -> None:
        self._shape, self._tokens = shape, batch.tokens
        self._vector = vector
        self._matrices = matrices_in(vector, shape)
        self._rows, self._places = batch.tokens.shape
        self._turn = turns(shape, self._places, vector.dtype)
        rows, places = np.nonzero(batch.learn[:, 1:])
        self._seen = rows * self._places + places
        self._targets = batch.tokens[:, 1:][rows, places]
        self._normal, self._scale = normalised(self._forward())
        self._last = self._normal * self._matrices.last
        scores = self._last @ self._matrices.embed.T
        scores -= scores.max(axis=1, keepdims=True)
        chosen = scores[np.arange(len(rows)), self._targets]
        hits = scores.argmax(axis=1) == self._targets  # of equal ones the first, as an answer takes it
        np.exp(scores, out=scores)
        total = scores.sum(axis=1, keepdims=True)
        self.loss = Loss(rows, np.log(total[:, 0]) - chosen, hits)
        scores /= total
        self._shares = scores

    def _forward(self) -> Floats:
        """What comes out at the seen places."""
        x = self._matrices.embed[self._tokens.reshape(-1)]
        self._kept: list[tuple[_Attended, _Widened]] = []
        for layer in self._matrices.layers:
            attended = self._attend(x, layer)
            x = x + attended.mixed @ layer.merge
            if layer is self._matrices.layers[-1]:
                x = x[self._seen]
            normal, scale = normalised(x)
            above = (normal * layer.between) @ layer.widen
            np.maximum(above, 0, out=above)
            x = x + np.square(above) @ layer.narrow
            self._kept.append((attended, _Widened(normal, scale, above)))
        return x

    def _attend(self, x: Floats, layer: Layer) -> _Attended:
        normal, scale = normalised(x)
        q, k, v = self._split((normal * layer.before) @ layer.attend)
        q, k = rotated(q, self._turn), rotated(k, self._turn)
        q *= self._by
        shares = q @ k.transpose(0, 1, 3, 2)
        shares += later(self._places, x.dtype)
        shares -= shares.max(axis=-1, keepdims=True)
        np.exp(shares, out=shares)
        shares /= shares.sum(axis=-1, keepdims=True)
        return _Attended(normal, scale, q, k, v, shares, self._joined(shares @ v))

    @property
    def _by(self) -> float:
        return float((self._shape.width / self._shape.heads) ** -0.5)

    def _split(self, qkv: Floats) -> tuple[Floats, Floats, Floats]:
        """Queries, keys and values as rows x heads x places x parts."""
        shape = (self._rows, self._places, 3, self._shape.heads, -1)
        parts = qkv.reshape(shape).transpose(2, 0, 3, 1, 4)
        return parts[0], parts[1], parts[2]

    def _joined(self, heads: Floats) -> Floats:
        return heads.transpose(0, 2, 1, 3).reshape(self._rows * self._places, -1)

    def gradient(self) -> Floats:
        """The gradient of the mean loss of a row, as a vector like the parameters."""
        vector = np.zeros_like(self._vector)
        grads = matrices_in(vector, self._shape)
        d_scores = self._shares.copy()
        d_scores[np.arange(len(self._targets)), self._targets] -= 1
        d_scores /= self._rows
        grads.embed[:] = d_scores.T @ self._last
        d_last = d_scores @ self._matrices.embed
        grads.last[:] = (d_last * self._normal).sum(axis=0)
        dx = _d_normalised(d_last * self._matrices.last, self._normal, self._scale)
        layers = zip(self._matrices.layers, self._kept, grads.layers, strict=True)
        for layer, (attended, widened), grad in reversed(list(layers)):
            dx = self._through_widened(dx, layer, widened, grad)
            if layer is self._matrices.layers[-1]:
                seen, dx = dx, np.zeros((self._rows * self._places, self._shape.width), vector.dtype)
                dx[self._seen] = seen
            dx = self._through_attended(dx, layer, attended, grad)
        np.add.at(grads.embed, self._tokens.reshape(-1), dx)
        return vector

    def _through_widened(self, dx: Floats, layer: Layer, kept: _Widened, grad: Layer) -> Floats:
        grad.narrow[:] = np.square(kept.above).T @ dx
        d_wide = dx @ layer.narrow.T
        d_wide *= kept.above
        d_wide *= 2
        grad.widen[:] = (kept.normal * layer.between).T @ d_wide
        return dx + _before(d_wide @ layer.widen.T, layer.between, kept, grad.between)

    def _through_attended(self, dx: Floats, layer: Layer, kept: _Attended, grad: Layer) -> Floats:
        grad.merge[:] = kept.mixed.T @ dx
        d_mixed = (dx @ layer.merge.T).reshape(self._rows, self._places, self._shape.heads, -1)
        d_mixed = d_mixed.transpose(0, 2, 1, 3)
        d_v = kept.shares.transpose(0, 1, 3, 2) @ d_mixed
        d_shares = d_mixed @ kept.v.transpose(0, 1, 3, 2)
        d_shares -= (d_shares * kept.shares).sum(axis=-1, keepdims=True)
        d_shares *= kept.shares
        cosine, sine = self._turn
        d_q = rotated(d_shares @ kept.k, (cosine, -sine))
        d_q *= self._by
        d_k = rotated(d_shares.transpose(0, 1, 3, 2) @ kept.q, (cosine, -sine))
        d_qkv = np.concatenate([self._joined(each) for each in (d_q, d_k, d_v)], axis=1)
        grad.attend[:] = (kept.normal * layer.before).T @ d_qkv
        return dx + _before(d_qkv @ layer.attend.T, layer.before, kept, grad.before)


def _before(d: Floats, gain: Floats, kept: _Attended | _Widened, grad: Floats) -> Floats:
    """The gradient by what was normalised and multiplied by a gain, whose own gradient is set."""
    grad[:] = (d * kept.normal).sum(axis=0)
    return _d_normalised(d * gain, kept.normal, kept.scale)


def normalised(x: Floats) -> tuple[Floats, Floats]:
    """Rows of root mean square 1, and what they were multiplied by."""
    squares = np.einsum("...i,...i->...", x, x)[..., None]
    scale = 1 / np.sqrt(squares / x.shape[-1] + _EPSILON)
    return x * scale, scale


def _d_normalised(d: Floats, normal: Floats, scale: Floats) -> Floats:
    """The gradient by what was normalised, from that by the result."""
    return scale * (d - normal * (d * normal).mean(axis=-1, keepdims=True))


def rotated(x: Floats, turn: tuple[Floats, Floats]) -> Floats:
    """Pairs of parts turned by the angle of their place."""
    cosine, sine = turn
    half = x.shape[-1] // 2
    one, other = x[..., :half], x[..., half:]
    turned = np.empty(x.shape, x.dtype)
    np.multiply(one, cosine, out=turned[..., :half])
    turned[..., :half] -= other * sine
    np.multiply(one, sine, out=turned[..., half:])
    turned[..., half:] += other * cosine
    return turned


@lru_cache(maxsize=256)
def turns(shape: Shape, places: int, kind: np.dtype[Any]) -> tuple[Floats, Floats]:
    """Cosine and sine of the angles by place and pair of parts."""
    half = shape.width // shape.heads // 2
    angles = np.arange(places)[:, None] * 10_000.0 ** (-np.arange(half) / half)
    return np.cos(angles).astype(kind), np.sin(angles).astype(kind)


@lru_cache(maxsize=256)
def later(places: int, kind: np.dtype[Any]) -> Floats:
    """What is added to scores so that no place sees a later one."""
    return np.triu(np.full((places, places), -1e9), 1).astype(kind)
