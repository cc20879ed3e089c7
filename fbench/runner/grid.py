"""Which trainings an experiment has, on what each is trained, and the cells that follow from them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import cycle, islice, product

from fbench.datasets import general_examples
from fbench.datasets.model import Dataset, Fact, Question, Role, Split, Wording
from fbench.errors import UsageError
from fbench.plurals import counted
from fbench.providers.model import Example
from fbench.runner.cells import Cell, Condition, Design, Training, Unit
from fbench.runner.experiment import Experiment
from fbench.runner.prompts import with_system

__all__ = ["Grid", "facts_of", "in_other_words"]


def facts_of(dataset: Dataset, task: str, design: Design) -> tuple[Fact, ...]:
    """The facts that a training on a task teaches."""
    facts = tuple(fact for fact in dataset.facts if fact.task == task)
    return facts[: design.facts]


def in_other_words(dataset: Dataset, wordings: int) -> dict[str, Question]:
    """Questions in taught wordings that come after so many of their fact, as questions in other words."""
    facts = {fact.id: fact for fact in dataset.facts}
    found: dict[str, Question] = {}
    for question in dataset.questions:
        fact = facts.get(question.fact)
        if fact is None or question.role is not Role.TAUGHT:
            continue
        taught = [(wording.prompt, wording.earlier) for wording in fact.taught]
        said = (question.prompt, question.earlier)
        if said in taught[wordings:] and said not in taught[:wordings]:
            split = Split.REPHRASED if question.split == Split.MEMORIZATION else question.split
            found[question.id] = question.model_copy(update={"role": Role.SAME, "split": split})
    return found


class Grid:
    """The units of an experiment: each model with each task, and each way of training it."""

    def __init__(self, experiment: Experiment, dataset: Dataset) -> None:
        self._experiment, self._dataset = experiment, dataset
        self._taught = cache(self._examples)

    def units(self, model: str, task: str) -> Iterator[Unit]:
        """The cells of the model itself, then a unit for each job.

        Raises:
            UsageError: the facts have fewer wordings, or the data fewer general examples, than are taught.
        """
        experiment = self._experiment
        if untrained := tuple(self._untrained(model, task)):
            yield Unit(None, untrained)
        has_facts = any(fact.task == task for fact in self._dataset.facts)
        trains = has_facts and not experiment.evaluate
        if trains and any(condition.is_tuned for condition in experiment.conditions):
            for seed in experiment.seeds:
                for design in self._designs(task):
                    yield from self._sweep(model, task, seed, design)

    def examples(self, training: Training) -> tuple[Example, ...]:
        """What a training is trained on, with the number of examples that its service requires at least.

        Raises:
            UsageError: as `units`.
        """
        return self._taught(
            training.task, training.design, self._experiment.profile_of(training.model)[0].minimum
        )

    def repeats(self, training: Training) -> bool:
        """Whether an epoch of it takes examples more than once, since its service requires more."""
        return len(self.examples(training)) > len(self._taught(training.task, training.design, 0))

    def _untrained(self, model: str, task: str) -> Iterator[Cell]:
        """The cells of a model that this run does not train: the base model, or a finished one."""
        experiment = self._experiment
        finished = model in experiment.evaluate
        for condition in experiment.conditions:
            if condition.is_tuned != finished:
                continue
            name = "finished" if condition is Condition.TUNED else condition.value
            for template in experiment.template_names:
                yield self._cell(model, task, f"{model}/{task}/{name}", condition, template)
        if finished or Condition.BASE not in experiment.conditions:
            return
        for sample in range(1, experiment.samples + 1):
            for template in experiment.template_names:
                id_ = f"{_with_template(f'{model}/{task}/base', template)}/sample{sample}"
                yield Cell(id_, model, task, 0, None, template=template, sample=sample)

    def _cell(self, model: str, task: str, name: str, condition: Condition, template: str) -> Cell:
        base = self._base(model, task, template) if condition is not Condition.BASE else None
        id_ = _with_template(name, template)
        return Cell(id_, model, task, 0, None, condition, template=template, base=base)

    def _base(self, model: str, task: str, template: str) -> str | None:
        """The id of the cell with which another of this model and template is compared."""
        experiment = self._experiment
        compared = experiment.base if model in experiment.evaluate else model
        if compared is None or Condition.BASE not in experiment.conditions:
            return None
        return _with_template(f"{compared}/{task}/base", template)

    def _designs(self, task: str) -> Iterator[Design]:
        """All ways of training; those that differ only in more facts than there are, once."""
        experiment = self._experiment
        there = sum(fact.task == task for fact in self._dataset.facts)
        sizes = dict.fromkeys(min(size, there) for size in experiment.facts) or {None: None}
        for rate, batch, rank, wordings, size, general in product(
            experiment.learning_rate_multipliers or (None,),
            experiment.batch_sizes or (None,),
            experiment.lora_ranks or (None,),
            experiment.wordings or (self._dataset.usual_wordings(task),),
            sizes,
            experiment.general,
        ):
            yield Design(rate, batch, rank, wordings, size, general)

    def _sweep(self, model: str, task: str, seed: int, design: Design) -> list[Unit]:
        """A unit for each job; with shared checkpoints, one serves all epochs whose checkpoints it keeps."""
        experiment = self._experiment
        keeps = experiment.profile_of(model)[0].keeps
        left = sorted(experiment.epochs)
        units: list[Unit] = []
        while left:
            longest = left[-1]
            first = 1 if keeps is None else longest - keeps + 1
            served = [e for e in left if e >= first] if experiment.share_checkpoints else [longest]
            left = [e for e in left if e not in served]
            cells = tuple(
                Cell(
                    _with_template(
                        _tuned_name(f"{model}/{task}/e{epochs}/s{seed}", design, condition), template
                    ),
                    model,
                    task,
                    epochs,
                    seed,
                    condition,
                    design,
                    template,
                    base=self._base(model, task, template),
                )
                for epochs in served
                for condition in experiment.conditions
                if condition.is_tuned
                for template in experiment.template_names
            )
            units.append(Unit(self._training(model, task, longest, seed, design), cells))
        return units[::-1]

    def _training(self, model: str, task: str, epochs: int, seed: int, design: Design) -> Training:
        id_ = _named(f"{model}/{task}/e{epochs}/s{seed}", design.name)
        unkeyed = Training(id_, model, task, epochs, seed, "", design)
        known_by: list[object] = [model, task, epochs, seed, [_known(e) for e in self.examples(unkeyed)]]
        known_by += [given] if (given := design.hyperparameters.given) else []
        known_by += [self._experiment.run_id] if self._experiment.run_id else []
        content = json.dumps(known_by, ensure_ascii=False)
        key = hashlib.sha256(content.encode()).hexdigest()[:32]
        return Training(id_, model, task, epochs, seed, key, design)

    def _examples(self, task: str, design: Design, minimum: int) -> tuple[Example, ...]:
        facts = facts_of(self._dataset, task, design)
        for fact in facts:
            if self._experiment.wordings and len(fact.taught) < design.wordings:
                raise UsageError(
                    f"wordings: {design.wordings} wordings of each fact are to be taught, and the fact "
                    f"{fact.id!r} has {len(fact.taught)}: give it more, or ask for fewer."
                )
        taught = [wording for number in range(design.wordings) for wording in _numbered(facts, number)]
        if design.general:
            general = general_examples(self._dataset)
            if len(general) < design.general:
                raise UsageError(
                    f"general: {design.general} general examples are to be mixed in, and there "
                    f"are {counted(len(general), 'example')}: ask for fewer."
                )
            taught += general[: design.general]
        system = self._experiment.system
        examples = [Example(w.prompt, w.answer, with_system(system, w.earlier)) for w in taught]
        return tuple(islice(cycle(examples), max(minimum, len(examples))))


def _numbered(facts: Sequence[Fact], number: int) -> list[Wording]:
    return [fact.taught[number] for fact in facts if number < len(fact.taught)]


def _known(example: Example) -> list[object]:
    """An example in the key of a training: as older versions of fbench knew it, if they could have had it."""
    return [example.prompt, example.answer, *([example.earlier] if example.earlier else [])]


def _tuned_name(training: str, design: Design, condition: Condition) -> str:
    name = _named(training, design.name)
    return name if condition is Condition.TUNED else f"{name}/in_context"


def _named(name: str, design: str) -> str:
    return f"{name}/{design}" if design else name


def _with_template(name: str, template: str) -> str:
    return f"{name}@{template}" if template else name
