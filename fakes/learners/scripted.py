"""A learner that answers from a table, and learns nothing: the smallest example of a plugin."""

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

    A prompt that a mapping lacks is answered with an empty text.
    """

    def __init__(self, answers: Mapping[str, str] | Callable[[str], str]) -> None:
        table = answers
        self._model = _ScriptedModel(table if callable(table) else lambda prompt: table.get(prompt, ""))

    def base(self, name: str) -> Model:
        """The one model there is."""
        del name
        return self._model

    def train(
        self, base: Model, examples: Sequence[Example], hyper: Hyper, validation: Sequence[Example] = ()
    ) -> Run:
        """The same model after every epoch of one step; accuracies are what the table gets right."""
        return run_of(base, examples, hyper, validation)
