"""A softmax model, stored as the changes of its training to its parent model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from hashlib import blake2b

import numpy as np

from fakes.learners.features import Rows, gist_of, rows_of
from fakes.learners.fixed_point import ONE, Longs, Weights, fixed
from fakes.learners.protocol import Hyper, Reply
from fakes.learners.sgd import Lesson, apply, assured, epochs, measure, scores
from fakes.learners.traits import Traits

__all__ = ["SoftmaxModel", "Training", "taught_by", "weights_of"]


@dataclass(frozen=True, eq=False, slots=True)
class Training:
    """A training of a parent model: lessons, epochs, and a rate in fixed point.

    `coefficients` is the result (see `fakes.learners.sgd`); without them the model is trained again when
    needed, which gives the same result.
    """

    parent: SoftmaxModel
    lessons: Sequence[Lesson]
    hyper: Hyper
    rate: int
    coefficients: Weights | None


@dataclass(frozen=True, eq=False, slots=True)
class SoftmaxModel:
    """A base model or a checkpoint: its classes are the answers it has met; the first is "I don't know."

    Its weights are not a part of it. They are computed when it answers; the two dozen models used last
    keep theirs.
    """

    traits: Traits
    classes: tuple[str, ...]
    training: Training | None = None

    def answer(
        self,
        prompt: str,
        *,
        system: str = "",
        temperature: float = 0.0,
        seed: int = 0,
        top_p: float = 1.0,
        top_k: int | None = None,
    ) -> Reply:
        """Reply to a prompt; `logprob` is the one at temperature 1, to six decimals.

        At a temperature above 0 the reply is drawn by a hash of seed and prompt, among the `top_k` likeliest
        answers, and of these among the likeliest that make up a share of `top_p`. Raises ValueError for a
        negative temperature.
        """
        if not temperature >= 0:
            raise ValueError(f"temperature is {temperature}, which is no way to draw. Give 0 or more.")
        rows = self.rows(prompt, system)
        z = scores(weights_of(self), rows, self.bias)
        if self.traits.version > 1:
            z = assured(z, taught_by(self.training).get(rows.tobytes(), ()))
        best = int(z.argmax())
        shares, total, loss, _ = measure(z, best)
        if temperature > 0:
            if temperature != 1:
                shares, total, *_ = measure((z - z[best]) * ONE // max(1, fixed(temperature)), best)
            if top_p < 1 or top_k is not None:
                shares = _likeliest(shares, top_p, top_k)
                total = int(shares.sum())
            text = f"{seed}\0{system}\0{prompt}".encode("utf-8", "surrogatepass")
            point = (int.from_bytes(blake2b(text, digest_size=8).digest()) * total) >> 64
            chosen = int(np.searchsorted(np.cumsum(shares), point, side="right"))
            loss += int(z[best] - z[chosen]) / ONE
        else:
            chosen = best
        return Reply(self.classes[chosen], 0.0 - round(loss, 6))

    def rows(self, prompt: str, system: str = "") -> Rows:
        """The features of a prompt under a system message, as this model sees them."""
        text = f"{system}\n\n{prompt}" if system else prompt
        return rows_of(text, width=self.traits.width, order=self.traits.order, stem=self.traits.stem)

    def gist(self, prompt: str) -> Rows:
        """The features of a prompt's subject, without its wording."""
        return gist_of(prompt, width=self.traits.width, stem=self.traits.stem)

    @property
    def bias(self) -> int:
        """The score of "I don't know.", in fixed point."""
        return fixed(self.traits.caution)


def _likeliest(shares: Longs, top_p: float, top_k: int | None) -> Longs:
    """The shares, with 0 for all but the likeliest; of equal ones the first is the likeliest."""
    order = np.argsort(-shares, kind="stable")[:top_k]
    before = np.cumsum(shares[order]) - shares[order]
    kept = order[before < int(Fraction(top_p) * int(shares[order].sum()))]
    if not len(kept):
        kept = order[:1]
    nucleus = np.zeros_like(shares)
    nucleus[kept] = shares[kept]
    return nucleus


@lru_cache(maxsize=24)
def taught_by(training: Training | None) -> Mapping[bytes, Sequence[int]]:
    """The answers, as classes, that a training and those before it taught to each prompt (`Lesson.key`)."""
    taught: dict[bytes, list[int]] = {}
    while training is not None:
        for lesson in training.lessons:
            if lesson.target is not None:
                taught.setdefault(lesson.key, []).append(lesson.target)
        training = training.parent.training
    return taught


@lru_cache(maxsize=24)
def weights_of(model: SoftmaxModel) -> Weights:
    """The weights of a model, features x classes. They are shared: copy before changing."""
    weights = np.zeros((model.traits.width, len(model.classes)), dtype=np.int32)
    if (done := model.training) is not None:
        weights[:, : len(done.parent.classes)] = weights_of(done.parent)
        if done.coefficients is not None:
            apply(weights, done.lessons, done.coefficients)
        else:
            for _ in epochs(weights, done.lessons, done.hyper, done.rate, model.bias):
                pass
    return weights
