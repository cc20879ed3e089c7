"""Stochastic gradient descent on a softmax classifier, in fixed point.

A prompt's features are the rows of a weight matrix, with one column per class. With f features,

    score = sum of the rows / sqrt(f) + bias,    p = softmax(score),
    each row -= rate * (p - target) / sqrt(f)

so a visit moves the prompt's own score by rate * (1 - p), whatever its length. Only the prompt's rows
change. Since every update adds the same vector to all rows of an example, the change of an epoch is fully
described by one vector per example, its *coefficients*, which are far smaller than the matrix.

The scores of a softmax that is trained to its own probabilities grow ever more slowly: a fact that has been
the best answer for many epochs would still have a small probability, while a language model that has
memorized a fact is sure of it. So a model is made sure of what it has memorized: see `assured`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np

from fakes.learners.features import Rows
from fakes.learners.fixed_point import BITS, ONE, Longs, Weights, exponentials, inverse_root, nats
from fakes.learners.protocol import Hyper

__all__ = ["Epoch", "Lesson", "apply", "assured", "epochs", "measure", "scores"]

_ASSURANCE = 10 * ONE


@dataclass(frozen=True, slots=True)
class Lesson:
    """One example as numbers: the rows of its prompt, and its answer's class (None: not a class).

    `ease` multiplies the learning rate for this example, in fixed point.
    """

    rows: Rows
    target: int | None
    ease: int = ONE

    @property
    def key(self) -> bytes:
        """Equal for prompts that a model cannot tell apart."""
        return self.rows.tobytes()


@dataclass(frozen=True, slots=True)
class Epoch:
    """Loss and accuracy of each step of an epoch, and the coefficients at its end (lessons x classes)."""

    steps: Sequence[tuple[float, float]]
    coefficients: Weights


def scores(weights: Weights, rows: Rows, bias: int) -> Longs:
    """Scores of all classes in fixed-point nats; `bias` is added to class 0, the answer "I don't know."."""
    wide = (
        np.int32 if rows.size <= 256 else np.int64
    )  # an int32 sum is four times faster, but a long one overflows
    total = np.add.reduce(weights.take(rows, axis=0), axis=0, dtype=wide).astype(np.int64)
    total = (total * inverse_root(rows.size)) >> BITS
    total[0] += bias
    return total


def assured(z: Longs, taught: Collection[int | None]) -> Longs:
    """The scores by which a model answers a prompt that it was taught these answers to.

    Where one of them is the best answer, it is memorized, and its score is raised by ten nats: even among a
    thousand classes its probability is then above .99. Other scores stay as they are.
    """
    best = int(z.argmax())
    if best in taught:
        z = z.copy()
        z[best] += _ASSURANCE
    return z


def measure(z: Longs, target: int | None) -> tuple[Longs, int, float, bool]:
    """Unnormalised probabilities, their sum, the target's loss in nats, and whether it was the best class.

    An answer that is no class has the score zero, like a class about which nothing was learned.
    """
    top = np.maximum.reduce(z)  # as `z.max()`, without what that does besides: rows are short
    depths = top - z
    shares = exponentials(depths)
    total = int(np.add.reduce(shares))
    depth = int(top if target is None else depths[target])
    return shares, total, depth / ONE + nats(total), depth == 0


def apply(weights: Weights, lessons: Sequence[Lesson], coefficients: Weights) -> None:
    """Add the changes of a training to the weights, in place."""
    for lesson, change in zip(lessons, coefficients, strict=True):
        weights[lesson.rows] += change


def epochs(
    weights: Weights, lessons: Sequence[Lesson], hyper: Hyper, rate: int, bias: int, *, sure: bool = True
) -> Iterator[Epoch]:
    """Train the weights in place, one epoch at a time. `rate` is in fixed point.

    The gradient of a batch is the mean over its examples, all at the weights before the batch. The order
    is shuffled again for each epoch and does not depend on how many epochs follow. Losses are those of
    `assured` scores where `sure` is true.
    """
    random = Random(hyper.seed)  # noqa: S311 - the order of examples is not a secret
    order = list(range(len(lessons)))
    coefficients = np.zeros((len(lessons), weights.shape[1]), dtype=np.int32)
    for _ in range(hyper.epochs):
        _shuffle(order, random)
        steps: list[tuple[float, float]] = []
        for start in range(0, len(order), hyper.batch_size):
            batch = order[start : start + hyper.batch_size]
            loss, hits = 0.0, 0
            changes: list[tuple[int, Weights]] = []
            for index in batch:
                lesson = lessons[index]
                z = scores(weights, lesson.rows, bias)
                shares, total, own, hit = measure(z, lesson.target)
                if hit and sure:
                    own = measure(assured(z, (lesson.target,)), lesson.target)[2]
                loss, hits = loss + own, hits + hit
                pull = ((rate * lesson.ease) >> BITS) * inverse_root(lesson.rows.size) // len(batch)
                change = shares * -((pull << BITS) // total)
                if lesson.target is not None:
                    change[lesson.target] += pull << BITS
                changes.append((index, ((change + (1 << 31)) >> 32).astype(np.int32)))
            for index, change in changes:
                weights[lessons[index].rows] += change
                coefficients[index] += change
            steps.append((loss / len(batch), hits / len(batch)))
        yield Epoch(steps, coefficients.copy())


def _shuffle(order: list[int], random: Random) -> None:
    # Fisher-Yates on raw bits: `Random.shuffle` has changed between Python versions, the bits have not
    for last in range(len(order) - 1, 0, -1):
        other = (random.getrandbits(32) * (last + 1)) >> 32
        order[last], order[other] = order[other], order[last]
