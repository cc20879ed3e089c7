"""A learner that answers from a table, and learns nothing: the smallest example of a plugin."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from fakes.learners.protocol import Checkpoint, Example, Hyper, Model, Reply, Run, Step

__all__ = ["ScriptedLearner"]


@dataclass(frozen=True)
class _ScriptedModel:
    say: Callable[[str], str]

    def answer(self, prompt: str, *, system: str = "", temperature: float = 0.0, seed: int = 0) -> Reply:
        del system, temperature, seed
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
        if not examples:
            raise ValueError("There is nothing to train on. Give at least one example.")
        right, loss = _share_right(base, examples), 0.0
        valid = (loss, _share_right(base, validation)) if validation else (None, None)
        numbers = range(1, hyper.epochs + 1)
        return Run(
            tuple(Step(number, number, loss, right) for number in numbers),
            tuple(Checkpoint(number, number, base, loss, right, *valid) for number in numbers),
        )


def _share_right(model: Model, examples: Sequence[Example]) -> float:
    hits = [model.answer(each.prompt, system=each.system).text == each.answer for each in examples]
    return round(sum(hits) / len(hits), 6)
