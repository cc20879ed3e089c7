"""A learner that answers from a table, and learns nothing: the smallest example of a plug-in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from fakes.learners.protocol import Example, Hyper, Model, Reply, Run
from fakes.learners.unchanging import run_of

__all__ = ["ScriptedLearner"]


@dataclass(frozen=True)
class _ScriptedModel:
    say: Callable[[str], str]

    def answer(self, prompt: str, **sampling: object) -> Reply:
        del sampling  # there is one answer to draw
        return Reply(self.say(prompt), 0.0)


class ScriptedLearner:
    """Every model, tuned or not, answers from a mapping or a function of the prompt.

    A prompt that is not in the mapping gets an empty answer.
    """

    def __init__(self, answers: Mapping[str, str] | Callable[[str], str]) -> None:
        table = answers
        self._model = _ScriptedModel(table if callable(table) else lambda prompt: table.get(prompt, ""))

    def base(self, name: str) -> Model:
        """The only model."""
        del name
        return self._model

    def train(
        self, base: Model, examples: Sequence[Example], hyper: Hyper, validation: Sequence[Example] = ()
    ) -> Run:
        """The same model after every epoch of one step; accuracies are the shares it answers correctly."""
        return run_of(base, examples, hyper, validation)
