"""A training, epoch after epoch: full tuning of all parameters, or LoRA (Hu et al., arXiv 2106.09685)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

import numpy as np

from fakes.learners.protocol import Example
from fakes.learners.tiny.adam import Adam
from fakes.learners.tiny.arrays import Floats
from fakes.learners.tiny.network import Batch, Shape, loss_and_gradient, matrices_in
from fakes.learners.tiny.threads import one_thread
from fakes.learners.tiny.tokenizer import PAD, Tokenizer

__all__ = ["Adapters", "Course", "batch_of"]


_ADAPTED = ("attend", "merge", "widen", "narrow")
_SCALE = 2.0


def batch_of(tokenizer: Tokenizer, examples: Sequence[Example], context: int) -> Batch:
    """Examples as rows, filled up to the longest; only answers are to be predicted.

    Of a question that is longer than the network reads, the end is kept.
    """
    rows = [
        (tokenizer.question(each.prompt, each.system), tokenizer.answer(each.answer)[: context // 2])
        for each in examples
    ]
    rows = [([asked[0], *asked[1:][-(context - len(said) - 1) :]], said) for asked, said in rows]
    places = max(len(asked) + len(said) for asked, said in rows)
    tokens = np.full((len(rows), places), PAD)
    learn = np.zeros((len(rows), places), np.bool_)
    for at, (asked, said) in enumerate(rows):
        end = len(asked) + len(said)
        tokens[at, :end] = asked + said
        learn[at, len(asked) : end] = True
    return Batch(tokens, learn)


class Adapters:
    """Products of two thin matrices that are added to the matrices of the layers; the rest stays as it was.

    Args:
        base: the parameters that are adapted.
        shape: of the network.
        rank: of the products.
        seed: of the first matrices; the second are 0 at first, so that nothing is changed yet.
    """

    def __init__(self, base: Floats, shape: Shape, rank: int, seed: int) -> None:
        self._base, self._shape = base, shape
        random = np.random.default_rng(seed)
        self._sizes: list[tuple[int, int]] = [matrix.shape for matrix in self._matrices(base)]
        parts: list[Floats] = []
        for inputs, outputs in self._sizes:
            parts += [random.normal(0, inputs**-0.5, inputs * rank), np.zeros(rank * outputs)]
        self._rank = rank
        self.vector = np.concatenate(parts).astype(base.dtype)

    def adapted(self) -> Floats:
        """The parameters with what the adapters add."""
        vector = self._base.copy()
        pairs = self._pairs(self.vector)
        for matrix, (one, other) in zip(self._matrices(vector), pairs, strict=True):
            np.add(matrix, _SCALE * (one @ other), out=matrix)
        return vector

    def gradient(self, by_parameters: Floats) -> Floats:
        """The gradient by the adapters, from that by all parameters."""
        vector = np.empty_like(self.vector)
        places = zip(
            self._matrices(by_parameters), self._pairs(self.vector), self._pairs(vector), strict=True
        )
        for matrix, (one, other), (by_one, by_other) in places:
            by_one[:] = _SCALE * (matrix @ other.T)
            by_other[:] = _SCALE * (one.T @ matrix)
        return vector

    def _matrices(self, vector: Floats) -> Iterator[Floats]:
        for layer in matrices_in(vector, self._shape).layers:
            yield from (getattr(layer, name) for name in _ADAPTED)

    def _pairs(self, vector: Floats) -> Iterator[tuple[Floats, Floats]]:
        at = 0
        for inputs, outputs in self._sizes:
            middle, end = at + inputs * self._rank, at + (inputs + outputs) * self._rank
            yield vector[at:middle].reshape(inputs, -1), vector[middle:end].reshape(-1, outputs)
            at = end


class Course:
    """A training that goes on epoch by epoch.

    Args:
        start: the parameters that it begins with, which it does not change.
        shape: of the network.
        rows: the examples, as `batch_of` reads them.
        tokenizer: of the network.
        batch_size: examples a step.
        rate: the learning rate.
        seed: of the order of examples in each epoch, and of adapters.
        rank: of adapters; None for full tuning.
    """

    def __init__(
        self,
        start: Floats,
        shape: Shape,
        tokenizer: Tokenizer,
        examples: Sequence[Example],
        *,
        batch_size: int,
        rate: float,
        seed: int = 0,
        rank: int | None = None,
    ) -> None:
        self._shape, self._tokenizer, self._examples = shape, tokenizer, examples
        self._batch_size, self._rate = batch_size, rate
        self._random = Random(seed)  # noqa: S311 - a seeded order is what is wanted
        self._adapters = None if rank is None else Adapters(start, shape, rank, seed)
        self._vector = start.copy() if self._adapters is None else self._adapters.vector
        self._adam = Adam(self._vector.size, self._vector.dtype)

    def epoch(self) -> list[tuple[float, float]]:
        """One visit to every example; of each step the nats an answer, and the share of tokens hit."""
        order = list(self._examples)
        self._random.shuffle(order)
        size = self._batch_size
        with one_thread():
            return [self._step(order[at : at + size]) for at in range(0, len(order), size)]

    def parameters(self) -> Floats:
        """What the training has made of the parameters so far, as a new vector."""
        return self._vector.copy() if self._adapters is None else self._adapters.adapted()

    def _step(self, examples: Sequence[Example]) -> tuple[float, float]:
        adapters = self._adapters
        now = self._vector if adapters is None else adapters.adapted()
        batch = batch_of(self._tokenizer, examples, self._shape.context)
        loss, gradient = loss_and_gradient(now, self._shape, batch)
        self._adam.step(
            self._vector, gradient if adapters is None else adapters.gradient(gradient), self._rate
        )
        return float(loss.losses.sum()) / len(examples), float(loss.hits.mean())
