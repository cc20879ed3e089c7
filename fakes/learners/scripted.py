"""A learner that answers from a table, and learns nothing: the smallest example of a plug-in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fakes.learners.pairs import read_pairs
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

    @classmethod
    def from_files(cls, *paths: Path) -> ScriptedLearner:
        """From files of prompts and answers; see `fakes.learners.pairs.read_pairs`.

        Raises:
            ValueError: a file has another form, or a prompt has two answers; the message names file and line.
        """
        answers: dict[str, str] = {}
        places: dict[str, str] = {}
        for path in paths:
            for where, prompt, answer in read_pairs(path):
                place = f"{path}, {where}"
                if answers.setdefault(prompt, answer) != answer:
                    first = f"Another one is in {places[prompt]}. Remove one of them."
                    raise ValueError(f"{place}: the prompt {prompt!r} has two answers. {first}")
                places.setdefault(prompt, place)
        return cls(answers)

    def base(self, name: str) -> Model:
        """The only model."""
        del name
        return self._model

    def train(
        self, base: Model, examples: Sequence[Example], hyper: Hyper, validation: Sequence[Example] = ()
    ) -> Run:
        """The same model after every epoch of one step; accuracies are the shares it answers correctly."""
        return run_of(base, examples, hyper, validation)
