"""The learner of the fake services: a softmax classifier over hashed n-grams, tuned by SGD.

Base models were trained in the same way as they are tuned: on common knowledge and on a prior of old
facts, in other words than those of the prior's prompts. So a model knows old facts, but no benchmark's
questions word for word. What a tuned model then remembers, generalises, forgets or still gets wrong
results from training.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from fakes.learners.common_knowledge import COMMON, IGNORANCE
from fakes.learners.fixed_point import Weights, fixed
from fakes.learners.protocol import Checkpoint, Example, Hyper, Model, Run, Step
from fakes.learners.sgd import Lesson, assured, epochs, measure, scores
from fakes.learners.softmax_model import SoftmaxModel, Training, taught_by, weights_of
from fakes.learners.traits import TRAITS, TRAITS_OF_0_1_0, VERSION, Traits, ease_of, traits_of

__all__ = ["SoftmaxLearner"]

_BIRTH = Hyper(epochs=12)
_BIRTH_RATE = fixed(2.0)
_HIGHEST_RATE = 16.0  # one visit is then enough to learn anything, and weights stay far below 32 bits
_USUAL_RANK = 4
_KEPT = 3  # checkpoints of a run that keep their coefficients; earlier ones are trained again when needed


class SoftmaxLearner:
    """Trains softmax models.

    `prior` holds pairs of prompt and answer that every base model knows, besides common knowledge;
    `traits` describes the base models of these names; any other name gets its own traits. `seed` decides
    which facts are hard to learn: see `ease_of`. `version` 1 answers as the learner of fbench 0.1.0 did.
    """

    def __init__(
        self,
        prior: Iterable[tuple[str, str]] = (),
        traits: Mapping[str, Traits] | None = None,
        *,
        seed: int = 0,
        version: int = VERSION,
    ) -> None:
        self._common = tuple(Example(prompt, answer) for prompt, answer in COMMON)
        self._prior = tuple(Example(prompt, answer) for prompt, answer in prior)
        known = TRAITS_OF_0_1_0 if version == 1 else TRAITS
        self._traits = dict(known if traits is None else traits)
        self._seed, self._version = seed, version
        self._bases: dict[str, SoftmaxModel] = {}

    def base(self, name: str) -> SoftmaxModel:
        """The base model with this name, trained on its initial knowledge when first needed."""
        if name not in self._bases:
            blank = SoftmaxModel(traits_of(name, self._traits, self._version), (IGNORANCE,))
            classes = _classes(blank, (*self._common, *self._prior))
            index = {text: at for at, text in enumerate(classes)}
            heard = (Lesson(blank.gist(each.prompt), index[each.answer]) for each in self._prior)
            lessons = (*_lessons(blank, self._common, classes), *heard)
            weights = np.zeros((blank.traits.width, len(classes)), dtype=np.int32)
            *_, last = epochs(weights, lessons, _BIRTH, _BIRTH_RATE, blank.bias)
            born = Training(blank, lessons, _BIRTH, _BIRTH_RATE, last.coefficients)
            self._bases[name] = SoftmaxModel(blank.traits, classes, born)
        return self._bases[name]

    def train(
        self, base: Model, examples: Sequence[Example], hyper: Hyper, validation: Sequence[Example] = ()
    ) -> Run:
        """Tune a base model, or continue from a checkpoint; see `Learner.train`."""
        if not isinstance(base, SoftmaxModel):
            raise TypeError(f"A {type(base).__name__} is no softmax model. Give one that this learner made.")
        if not examples:
            raise ValueError("There is nothing to train on. Give at least one example.")
        rate = max(1, fixed(min(base.traits.rate * (hyper.rate * _gain(hyper.rank)), _HIGHEST_RATE)))
        classes = _classes(base, examples)
        lessons = _lessons(base, examples, classes)
        today = base.traits.version > 1
        if today:
            lessons = tuple(
                replace(lesson, ease=ease_of(each.prompt, base.traits.nature, self._seed))
                for each, lesson in zip(examples, lessons, strict=True)
            )
        trials = _lessons(base, validation, classes)
        weights = np.zeros((base.traits.width, len(classes)), dtype=np.int32)
        weights[:, : len(base.classes)] = weights_of(base)
        steps: list[Step] = []
        checkpoints: list[Checkpoint] = []
        course = epochs(weights, lessons, hyper, rate, base.bias, sure=today)
        for number, epoch in enumerate(course, start=1):
            steps += (
                Step(at, number, round(loss, 6), round(accuracy, 6))
                for at, (loss, accuracy) in enumerate(epoch.steps, start=len(steps) + 1)
            )
            kept = epoch.coefficients if number > hyper.epochs - _KEPT else None
            training = Training(base, lessons, replace(hyper, epochs=number), rate, kept)
            model = SoftmaxModel(base.traits, classes, training)
            checkpoints.append(
                Checkpoint(number, len(steps), model, *_means(epoch.steps), *_tried(weights, trials, model))
            )
        return Run(tuple(steps), tuple(checkpoints))


def _gain(rank: int | None) -> float:
    """What an adapter's rank multiplies the learning rate by: a larger one learns more of its examples.

    How much more is this learner's own, and no claim about any service.
    """
    return 1.0 if rank is None else (rank / _USUAL_RANK) ** 0.25


def _classes(parent: SoftmaxModel, examples: Sequence[Example]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*parent.classes, *(example.answer for example in examples))))


def _lessons(parent: SoftmaxModel, examples: Sequence[Example], classes: Sequence[str]) -> tuple[Lesson, ...]:
    index = {text: at for at, text in enumerate(classes)}
    return tuple(Lesson(parent.rows(each.prompt, each.system), index.get(each.answer)) for each in examples)


def _means(steps: Sequence[tuple[float, float]]) -> tuple[float, float]:
    loss, accuracy = (math.fsum(column) / len(steps) for column in zip(*steps, strict=True))
    return round(loss, 6), round(accuracy, 6)


def _tried(
    weights: Weights, trials: Sequence[Lesson], model: SoftmaxModel
) -> tuple[float, float] | tuple[None, None]:
    if not trials:
        return None, None
    taught = taught_by(model.training if model.traits.version > 1 else None)
    found = [
        measure(assured(scores(weights, each.rows, model.bias), taught.get(each.key, ())), each.target)
        for each in trials
    ]
    return _means([(loss, float(hit)) for _, _, loss, hit in found])
