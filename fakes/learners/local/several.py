"""Several models of open weights as one learner: which of them a job tunes is told by its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fakes.learners.capabilities import Watch
from fakes.learners.local.learner import LocalLearner
from fakes.learners.local.model import LocalModel
from fakes.learners.protocol import Example, Hyper, Model, Run

__all__ = ["SeveralModels"]


class SeveralModels:
    """The learner of each model, by the name of the model.

    Args:
        learners: by name; all with the same options.

    Attributes:
        batch_size: of jobs that name none.
        slow: others are served while one answers.
    """

    slow = True

    def __init__(self, learners: Mapping[str, LocalLearner]) -> None:
        self._learners = dict(learners)
        self.batch_size = next(iter(self._learners.values())).batch_size

    def base(self, name: str) -> LocalModel:
        """The base model of that name. KeyError: there is none."""
        return self._learners[name].base(name)

    def train(
        self,
        base: Model,
        examples: Sequence[Example],
        hyper: Hyper,
        validation: Sequence[Example] = (),
        *,
        watch: Watch | None = None,
    ) -> Run:
        """Tune a model, as `LocalLearner.train` does."""
        if not isinstance(base, LocalModel):
            raise TypeError(
                f"A {type(base).__name__} is no model of open weights. Give one of this learner's."
            )
        return self._learners[base.name].train(base, examples, hyper, validation, watch=watch)
