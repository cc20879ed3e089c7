"""What a run will do: its trainings, the cells that follow from them, and their cost."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import cycle, islice
from typing import NamedTuple

from fbench.datasets.model import Dataset, Question
from fbench.providers.model import Example
from fbench.providers.profiles import Profile
from fbench.runner.experiment import Experiment, Prices
from fbench.runner.prices import price_in

__all__ = [
    "Cell",
    "Cost",
    "Plan",
    "Training",
    "Unit",
    "answer_usd",
    "base_of",
    "bounds_of",
    "examples_for",
    "examples_of",
    "fewest_tokens",
    "make_plan",
    "most_tokens",
    "rest_bounds",
    "tokens",
    "uncapped_thoughts",
]

BYTES_A_TOKEN = 4
"""For estimates: OpenAI's rule of thumb for English text, https://help.openai.com/en/articles/4936856."""

MOST_BYTES_A_TOKEN = 8
"""For the low end of a bracket: English has 4 to 5 bytes a token, and scripts of three bytes a letter, of
which newer tokenizers join two or three letters, up to 8.
"""

MOST_THOUGHTS = 32_768
"""The most that a Gemini model thinks: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/thinking."""

FORM_TOKENS = 16
"""For the high end: what the form of a chat adds to a message and its answer at most. OpenAI's adds 3 tokens
to each message and 3 to the answer: https://developers.openai.com/cookbook, "How to count tokens".
"""


@dataclass(frozen=True, slots=True)
class Training:
    """One fine-tuning job. `key` depends on all its inputs and on the run: equal jobs of a run have one."""

    id: str
    model: str
    task: str
    epochs: int
    seed: int
    key: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A checkpoint (or the base model, as epoch 0) with the questions of one task."""

    id: str
    model: str
    task: str
    epochs: int
    seed: int | None


def base_of(cell: Cell) -> str | None:
    """The id of the base model's cell with which a tuned cell is compared; None for a base cell itself."""
    return f"{cell.model}/{cell.task}/base" if cell.epochs else None


@dataclass(frozen=True, slots=True)
class Unit:
    """Work that is done together: a training and the cells of its checkpoints, or only a base cell."""

    training: Training | None
    cells: tuple[Cell, ...]

    @property
    def id(self) -> str:
        """Its name: that of the training, or of the base cell."""
        return self.training.id if self.training else self.cells[0].id


@dataclass(frozen=True, slots=True)
class Cost:
    """Tokens and dollars by role; dollars are None if the price is unknown."""

    train_tokens: int
    prompt_tokens: int
    answer_tokens: int
    train_usd: float | None
    answer_usd: float | None


@dataclass(frozen=True, slots=True)
class Plan:
    """All units of an experiment in a fixed order, each with its estimated cost."""

    units: tuple[Unit, ...]
    costs: tuple[Cost, ...]
    questions: dict[str, tuple[Question, ...]]

    @property
    def trainings(self) -> list[Training]:
        """The trainings in order."""
        return [unit.training for unit in self.units if unit.training]

    @property
    def cells(self) -> list[Cell]:
        """The cells in order."""
        return [cell for unit in self.units for cell in unit.cells]

    @property
    def asked(self) -> int:
        """The total number of questions that will be asked."""
        return sum(len(self.questions[cell.task]) for cell in self.cells)


def make_plan(experiment: Experiment, dataset: Dataset) -> Plan:
    """Plan an experiment: by model and task, first the base model, then each seed and epoch count."""
    questions = {task: tuple(q for q in dataset.questions if q.task == task) for task in dataset.tasks}
    lesson = cache(partial(_lesson_of, experiment, dataset))
    units: list[Unit] = []
    for model in experiment.models:
        for task in dataset.tasks:
            units.append(Unit(None, (Cell(f"{model}/{task}/base", model, task, 0, None),)))
            for seed in experiment.seeds:
                units += _sweep(experiment, lesson(model, task).examples, model, task, seed)
    asked = {task: _asked_tokens(experiment, group) for task, group in questions.items()}
    costs: list[Cost] = []
    for unit in units:
        cell = unit.cells[0]
        train = unit.training.epochs * lesson(cell.model, cell.task).tokens if unit.training else 0
        prompts, answers = (count * len(unit.cells) for count in asked[cell.task])
        costs.append(_priced(experiment, cell, train, prompts, answers))
    return Plan(tuple(units), tuple(costs), questions)


class _Lesson(NamedTuple):
    """The examples of a model's training on a task, and their tokens."""

    examples: tuple[Example, ...]
    tokens: int


def _lesson_of(experiment: Experiment, dataset: Dataset, model: str, task: str) -> _Lesson:
    examples = examples_for(experiment, dataset, model, task)
    return _Lesson(examples, sum(tokens(each.prompt) + tokens(each.answer) for each in examples))


def examples_of(dataset: Dataset, task: str, minimum: int) -> tuple[Example, ...]:
    """The examples of a training on a task: its facts in order, repeated to at least `minimum` of them."""
    facts = [Example(fact.prompt, fact.answer) for fact in dataset.facts if fact.task == task]
    return tuple(islice(cycle(facts), max(minimum, len(facts))))


def examples_for(experiment: Experiment, dataset: Dataset, model: str, task: str) -> tuple[Example, ...]:
    """As `examples_of`, with the minimum number of examples that the model's service requires."""
    return examples_of(dataset, task, experiment.profile_of(model)[0].minimum)


def _sweep(
    experiment: Experiment, examples: Sequence[Example], model: str, task: str, seed: int
) -> list[Unit]:
    """A unit for each job; with shared checkpoints, one job serves all epochs whose checkpoints it keeps."""
    keeps = experiment.profile_of(model)[0].keeps
    left = sorted(experiment.epochs)
    units: list[Unit] = []
    while left:
        longest = left[-1]
        first = 1 if keeps is None else longest - keeps + 1
        served = [e for e in left if e >= first] if experiment.share_checkpoints else [longest]
        left = [e for e in left if e not in served]
        training = _training(examples, model, task, longest, seed, run_id=experiment.run_id)
        cells = tuple(Cell(f"{model}/{task}/e{e}/s{seed}", model, task, e, seed) for e in served)
        units.append(Unit(training, cells))
    return units[::-1]


def _training(
    examples: Sequence[Example], model: str, task: str, epochs: int, seed: int, *, run_id: str | None
) -> Training:
    known_by = [model, task, epochs, seed, examples, *([run_id] if run_id else [])]
    content = json.dumps(known_by, ensure_ascii=False)
    key = hashlib.sha256(content.encode()).hexdigest()[:32]
    return Training(f"{model}/{task}/e{epochs}/s{seed}", model, task, epochs, seed, key)


def _asked_tokens(experiment: Experiment, asked: Sequence[Question]) -> tuple[int, int]:
    """The tokens of the prompts of a cell, and of its answers."""
    answers = sum(min(experiment.sampling.max_tokens, 2 * tokens(q.gold[0]) + 8) for q in asked)
    return sum(tokens(question.prompt) for question in asked), answers


def _priced(experiment: Experiment, cell: Cell, train: int, prompts: int, answers: int) -> Cost:
    price = price_in(experiment, cell.model)
    if price is None:
        return Cost(train, prompts, answers, None, None)
    usd = answer_usd(price, prompts, answers, tuned=bool(cell.epochs))
    return Cost(train, prompts, answers, train * price.train / 1e6, usd)


def bounds_of(unit: Unit, experiment: Experiment, dataset: Dataset, plan: Plan) -> tuple[Cost, Cost]:
    """The least and the most that a unit costs, if each request is answered once.

    The least has the fewest tokens of each text and answers of one token. The most has the most tokens of
    each text, and answers as long as they may be: the `max_tokens` of the sampling and the cap on thoughts of
    the model. Without a cap a service counts thoughts among the `max_tokens`.
    """
    asked = plan.questions[unit.cells[0].task] * len(unit.cells)
    return rest_bounds(unit, asked, experiment, dataset, trains=unit.training is not None)


def rest_bounds(
    unit: Unit, asked: Sequence[Question], experiment: Experiment, dataset: Dataset, *, trains: bool
) -> tuple[Cost, Cost]:
    """As `bounds_of`, for what is left of a unit: these questions, and its training if it `trains`."""
    cell = unit.cells[0]
    thoughts = experiment.thoughts_of(cell.model)
    uncapped = uncapped_thoughts(experiment.profile_of(cell.model)[0], thoughts)
    longest = experiment.sampling.thinking(thoughts).most_tokens + uncapped
    found: list[Cost] = []
    for counted, answer in ((fewest_tokens, 1), (most_tokens, longest)):
        train = 0
        if trains and unit.training:
            examples = examples_for(experiment, dataset, cell.model, cell.task)
            train = unit.training.epochs * sum(counted(each.prompt + each.answer) for each in examples)
        prompts = sum(counted(question.prompt) for question in asked)
        found.append(_priced(experiment, cell, train, prompts, answer * len(asked)))
    return found[0], found[1]


def uncapped_thoughts(profile: Profile, thoughts: int | None) -> int:
    """The most tokens that a model of a service thinks beside its answer where no cap on them is given.

    OpenAI counts thoughts among the tokens that a request allows. Google documents that its service does not;
    users measured that it does (googleapis/python-genai, issue 2062, 2026-02, with gemini-3-flash-preview).
    Nobody measured it here, so the most that a model of it can think is added.
    """
    return MOST_THOUGHTS if thoughts is None and profile.wire == "vertex" else 0


def answer_usd(price: Prices, prompts: int, answers: int, *, tuned: bool) -> float:
    """The price of requests in dollars."""
    if tuned:
        return (prompts * price.tuned_input + answers * price.tuned_output) / 1e6
    return (prompts * price.base_input + answers * price.base_output) / 1e6


def tokens(text: str) -> int:
    """An estimate of the number of tokens in a text."""
    return -(-len(text.encode()) // BYTES_A_TOKEN)


def fewest_tokens(text: str) -> int:
    """The fewest tokens that a text has with any service, see `MOST_BYTES_A_TOKEN`; at least 1."""
    return max(1, -(-len(text.encode()) // MOST_BYTES_A_TOKEN))


def most_tokens(text: str) -> int:
    """The most tokens that a text has with any service: none makes more tokens than a text has bytes."""
    return len(text.encode()) + FORM_TOKENS
