"""The learner `tiny`: a small transformer that is really trained, by full tuning or by LoRA.

All base models are the one that is shipped (`fakes.learners.tiny.shipped`), which first learns what a prior
says and it does not know yet. They differ in their learning rates and in the order of examples; these
differences are arbitrary, and say nothing about the models whose names they have.

Floats differ between processors, so equal trainings give equal models on one machine, and nearly equal ones
elsewhere.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from threading import Lock

from fakes.learners.common_knowledge import COMMON
from fakes.learners.protocol import Checkpoint, Example, Hyper, Model, Run, Step
from fakes.learners.tiny.arrays import Floats
from fakes.learners.tiny.model import TinyModel
from fakes.learners.tiny.network import loss_of
from fakes.learners.tiny.shipped import shipped
from fakes.learners.tiny.threads import one_thread
from fakes.learners.tiny.training import Course, batch_of

__all__ = ["TinyLearner"]


_RATE, _ADAPTER_RATE = 3e-4, 3e-3
_BIRTH_RATE, _MOST_BIRTHS = 3e-4, 40
_KEPT_WEIGHTS, _KEPT_COURSES = 48, 6
_READ_AT_ONCE = 32


@dataclass
class _Trained:
    """A training as far as it has gone.

    Attributes:
        start: the model that it began with.
        examples: what it learns.
        hyper: how; whatever its epochs.
        validation: what each epoch is measured on.
        steps: loss and accuracy of each step, by epoch.
        valid: loss and accuracy on the validation examples, by epoch.
    """

    key: bytes
    start: TinyModel
    examples: tuple[Example, ...]
    hyper: Hyper
    validation: tuple[Example, ...]
    steps: list[list[tuple[float, float]]] = field(default_factory=list[list[tuple[float, float]]])
    valid: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])


class TinyLearner:
    """Trains small transformers.

    Args:
        prior: pairs of prompt and answer that every base model knows.
        seed: of the order of examples.
    """

    batch_size = 16
    """Examples a step in jobs that name no batch size."""

    def __init__(self, prior: Iterable[tuple[str, str]] = (), *, seed: int = 0) -> None:
        self._prior = tuple(Example(prompt, answer) for prompt, answer in prior)
        self._seed = seed
        self._shipped = shipped()
        self._born: Floats | None = None
        self._trained: dict[bytes, _Trained] = {}
        self._courses: OrderedDict[bytes, tuple[int, Course]] = OrderedDict()
        self._weights: OrderedDict[tuple[bytes, int], Floats] = OrderedDict()
        self._lock = Lock()

    def base(self, name: str) -> TinyModel:
        """The base model with this name."""
        return TinyModel(name, self._shipped.shape, self._shipped.tokenizer, self._birth)

    def train(
        self, base: Model, examples: Sequence[Example], hyper: Hyper, validation: Sequence[Example] = ()
    ) -> Run:
        """Tune a base model, or continue from a checkpoint; see `Learner.train`."""
        if not isinstance(base, TinyModel):
            raise TypeError(f"A {type(base).__name__} is no small transformer. Give one of this learner's.")
        if not examples:
            raise ValueError("There is nothing to train on. Give at least one example.")
        made = _Trained(b"", base, tuple(examples), hyper, tuple(validation))
        key = _key(made)
        made.key = key
        trained = self._trained.setdefault(key, made)
        self._reach(trained, hyper.epochs)
        steps: list[Step] = []
        checkpoints: list[Checkpoint] = []
        for epoch in range(1, hyper.epochs + 1):
            measured = trained.steps[epoch - 1]
            steps += [
                Step(number, epoch, round(loss, 6), round(hits, 6))
                for number, (loss, hits) in enumerate(measured, len(steps) + 1)
            ]
            model = TinyModel(
                base.name,
                base.shape,
                base.tokenizer,
                partial(self._parameters, trained, epoch),
                key + epoch.to_bytes(4),
            )
            valid = trained.valid[epoch - 1] if validation else (None, None)
            checkpoints.append(Checkpoint(epoch, len(steps), model, *_means(measured), *valid))
        return Run(tuple(steps), tuple(checkpoints))

    def _birth(self) -> Floats:
        """The shipped parameters, after a training on what of the prior they do not know."""
        if self._born is None:
            self._born = self._born_of(self._shipped.parameters)
        return self._born

    def _born_of(self, vector: Floats) -> Floats:
        known = [Example(prompt, answer) for prompt, answer in COMMON]
        wanted = self._unknown(vector, self._prior)
        if not wanted:
            return vector
        more = [*self._prior, *known]
        course = Course(
            vector,
            self._shipped.shape,
            self._shipped.tokenizer,
            more,
            batch_size=self.batch_size,
            rate=_BIRTH_RATE,
        )
        for _ in range(_MOST_BIRTHS):
            course.epoch()
            if not self._unknown(course.parameters(), self._prior):
                break
        return course.parameters()

    def _unknown(self, vector: Floats, examples: Sequence[Example]) -> list[Example]:
        """The examples whose answer is not what the parameters say."""
        shape, tokenizer = self._shipped.shape, self._shipped.tokenizer
        found: list[Example] = []
        for at in range(0, len(examples), _READ_AT_ONCE):
            part = examples[at : at + _READ_AT_ONCE]
            with one_thread():
                loss = loss_of(vector, shape, batch_of(tokenizer, part, shape.context))
            missed = set(loss.rows[~loss.hits].tolist())
            found += [each for row, each in enumerate(part) if row in missed]
        return found

    def _reach(self, trained: _Trained, epochs: int) -> None:
        """Train until so many epochs are measured."""
        if len(trained.steps) < epochs:
            begun, course = self._course(trained)
            for number in range(begun + 1, epochs + 1):
                measured = course.epoch()
                if number > len(trained.steps):
                    trained.steps.append(measured)
                    if trained.validation:
                        trained.valid.append(self._measured(course.parameters(), trained.validation))
                if number > epochs - 3:
                    self._keep(trained, number, course.parameters())
            self._put(trained.key, epochs, course)

    def _parameters(self, trained: _Trained, epoch: int) -> Floats:
        """The parameters after an epoch; they are trained again if they were not kept."""
        with self._lock:
            found = self._weights.get((trained.key, epoch))
            if found is not None:
                self._weights.move_to_end((trained.key, epoch))
                return found
        course = self._begin(trained)
        for _ in range(epoch):
            course.epoch()
        return self._keep(trained, epoch, course.parameters())

    def _keep(self, trained: _Trained, epoch: int, vector: Floats) -> Floats:
        with self._lock:
            self._weights[trained.key, epoch] = vector
            while len(self._weights) > _KEPT_WEIGHTS:
                self._weights.popitem(last=False)
        return vector

    def _course(self, trained: _Trained) -> tuple[int, Course]:
        """The course of a training where it stopped, or from its beginning."""
        with self._lock:
            found = self._courses.pop(trained.key, None)
        return found or (0, self._begin(trained))

    def _put(self, key: bytes, epochs: int, course: Course) -> None:
        with self._lock:
            self._courses[key] = (epochs, course)
            while len(self._courses) > _KEPT_COURSES:
                self._courses.popitem(last=False)

    def _begin(self, trained: _Trained) -> Course:
        start, hyper = trained.start, trained.hyper
        draw = blake2b(start.name.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        own = 0.75 + draw[0] / 512  # of the base learning rate, from 0.75 to 1.25
        return Course(
            start.parameters(),
            start.shape,
            start.tokenizer,
            trained.examples,
            batch_size=hyper.batch_size,
            rate=own * hyper.rate * (_RATE if hyper.rank is None else _ADAPTER_RATE),
            seed=int.from_bytes(draw) ^ hyper.seed ^ self._seed,
            rank=hyper.rank,
        )

    def _measured(self, vector: Floats, examples: Sequence[Example]) -> tuple[float, float]:
        shape, tokenizer = self._shipped.shape, self._shipped.tokenizer
        losses, hits, tokens = 0.0, 0, 0
        for at in range(0, len(examples), _READ_AT_ONCE):
            part = examples[at : at + _READ_AT_ONCE]
            with one_thread():
                loss = loss_of(vector, shape, batch_of(tokenizer, part, shape.context))
            losses += float(loss.losses.sum())
            hits += int(loss.hits.sum())
            tokens += len(loss.hits)
        return round(losses / len(examples), 6), round(hits / tokens, 6)


def _key(trained: _Trained) -> bytes:
    hyper = trained.hyper
    told = (
        trained.start.name,
        trained.start.trained,
        trained.examples,
        trained.validation,
        (hyper.batch_size, hyper.rate, hyper.seed, hyper.rank),
    )
    return blake2b(repr(told).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _means(steps: Sequence[tuple[float, float]]) -> tuple[float, float]:
    loss, hits = (math.fsum(column) / len(steps) for column in zip(*steps, strict=True))
    return round(loss, 6), round(hits, 6)
