"""What is sent for a question in a cell: the question, in a template, after what the model is to read."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace

from fbench.datasets.model import Dataset, Fact, Question
from fbench.messages import Message, Prompt, conversation
from fbench.providers.model import Sampling
from fbench.runner.cells import Cell, Condition
from fbench.runner.experiment import Experiment, Template

__all__ = ["Prompts", "sampling_of", "with_system"]


class Prompts:
    """The prompts of an experiment's cells."""

    def __init__(self, experiment: Experiment, dataset: Dataset) -> None:
        self._experiment = experiment
        self._facts = {fact.id: fact for fact in dataset.facts}
        self._all: dict[str, str] = {}
        self._unread: dict[str, int] = {}

    def of(self, cell: Cell, question: Question) -> Prompt:
        """What is said to the model of a cell, byte for byte."""
        template = self._experiment.templates.get(cell.template, Template())
        text = template.around(question.prompt)
        match cell.condition:
            case Condition.IN_CONTEXT | Condition.TUNED_IN_CONTEXT:
                text = _after(map(_stated, self._facts_of(question)), text)
            case Condition.IN_CONTEXT_ALL:
                text = _after([self._whole(cell.task)], text)
            case _:
                pass
        system = template.system or self._experiment.system
        return conversation(with_system(system, question.earlier), text)

    def _facts_of(self, question: Question) -> list[Fact]:
        return [self._facts[name] for name in question.needs]

    def _whole(self, task: str) -> str:
        """All facts of a task, in an order that the seed of the answers decides, as far as they fit."""
        if task not in self._all:
            facts = [fact for fact in self._facts.values() if fact.task == task]
            random.Random(f"{task}/{self._experiment.sampling.seed}").shuffle(facts)  # noqa: S311 - to be repeated, not secret
            left = self._experiment.context_characters
            kept: list[str] = []
            for fact in facts:
                stated = _stated(fact)
                if len(stated) + 1 > left:
                    continue
                kept.append(stated)
                left -= len(stated) + 1
            self._all[task] = "\n".join(kept)
            self._unread[task] = len(facts) - len(kept)
        return self._all[task]

    def unread(self, task: str) -> int:
        """How many facts of a task do not fit where all of them are to be read."""
        self._whole(task)
        return self._unread[task]


def _stated(fact: Fact) -> str:
    """A fact as a model reads it: its statement, or else its first wording with the answer."""
    return fact.statement or f"{fact.prompt}\n{fact.answer}"


def _after(stated: Iterable[str], text: str) -> str:
    read = "\n".join(dict.fromkeys(stated))
    return f"{read}\n\n{text}" if read else text


def with_system(system: str, earlier: tuple[Message, ...]) -> tuple[Message, ...]:
    """Earlier messages with a system message, which stands before their own if they have one."""
    if not system:
        return earlier
    if earlier and earlier[0].role == "system":
        return (Message("system", f"{system}\n\n{earlier[0].content}"), *earlier[1:])
    return (Message("system", system), *earlier)


def sampling_of(experiment: Experiment, cell: Cell) -> Sampling:
    """How the answers of a cell are drawn; each sample has a seed of its own."""
    sampling = experiment.sampling
    if cell.sample:
        sampling = replace(
            sampling, temperature=experiment.sample_temperature, seed=sampling.seed + cell.sample
        )
    return sampling.thinking(experiment.thoughts_of(cell.model))
