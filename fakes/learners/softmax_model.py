"""A softmax model, told by what its training changed of its parent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

import numpy as np

from fakes.learners.features import Rows, gist_of, rows_of
from fakes.learners.fixed_point import ONE, Weights, fixed
from fakes.learners.protocol import Hyper, Reply
from fakes.learners.sgd import CONFIDENCE, Lesson, apply, epochs, measure, scores
from fakes.learners.traits import Traits

__all__ = ["SoftmaxModel", "Training", "weights_of"]


@dataclass(frozen=True, eq=False, slots=True)
class Training:
    """What was done to a parent model: lessons, for so many epochs, at a rate in fixed point.

    `coefficients` is what came of it (see `fakes.learners.sgd`); without them it is trained again when
    needed, which gives the same.
    """

    parent: SoftmaxModel
    lessons: Sequence[Lesson]
    hyper: Hyper
    rate: int
    coefficients: Weights | None


@dataclass(frozen=True, eq=False, slots=True)
class SoftmaxModel:
    """A base model or a checkpoint: its classes are the answers it has met, the first of them ignorance.

    Its weights are not part of it. They are worked out when it is asked; the two dozen models asked last
    keep theirs.
    """

    traits: Traits
    classes: tuple[str, ...]
    training: Training | None = None

    def answer(self, prompt: str, *, system: str = "", temperature: float = 0.0, seed: int = 0) -> Reply:
        """Reply to a prompt; `logprob` is the one at temperature 1, to six decimals.

        At a temperature above 0 the reply is drawn by a hash of seed and prompt. Raises ValueError for
        a negative temperature.
        """
        if not temperature >= 0:
            raise ValueError(f"temperature is {temperature}, which is no way to draw. Give 0 or more.")
        z = scores(weights_of(self), self.rows(prompt, system), self.bias) * CONFIDENCE
        best = int(z.argmax())
        chosen = best
        if temperature > 0:
            shares, total, *_ = measure((z - z[best]) * ONE // max(1, fixed(temperature)), best)
            text = f"{seed}\0{system}\0{prompt}".encode("utf-8", "surrogatepass")
            point = (int.from_bytes(blake2b(text, digest_size=8).digest()) * total) >> 64
            chosen = int(np.searchsorted(np.cumsum(shares), point, side="right"))
        loss = measure(z, chosen)[2]
        return Reply(self.classes[chosen], 0.0 - round(loss, 6))

    def rows(self, prompt: str, system: str = "") -> Rows:
        """The features that this model sees of a prompt under a system message."""
        text = f"{system}\n\n{prompt}" if system else prompt
        return rows_of(text, width=self.traits.width, order=self.traits.order, stem=self.traits.stem)

    def gist(self, prompt: str) -> Rows:
        """The features of what a prompt is about, without its wording."""
        return gist_of(prompt, width=self.traits.width, stem=self.traits.stem)

    @property
    def bias(self) -> int:
        """The score of ignorance, in fixed point."""
        return fixed(self.traits.caution)


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
