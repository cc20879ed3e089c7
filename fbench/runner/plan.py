"""What a run will do: its trainings, the cells that follow from them, and their cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from fbench.datasets.model import Dataset, Question, Role
from fbench.messages import text_in
from fbench.providers.model import Example
from fbench.providers.profiles import Profile
from fbench.runner.cells import Cell, Condition, Training, Unit
from fbench.runner.experiment import Experiment, Prices
from fbench.runner.grid import Grid, facts_of
from fbench.runner.prices import price_in
from fbench.runner.prompts import Prompts

__all__ = [
    "Cost",
    "Plan",
    "answer_usd",
    "bounds_of",
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
class Cost:
    """Tokens and dollars by role; dollars are None if the price is unknown."""

    train_tokens: int
    prompt_tokens: int
    answer_tokens: int
    train_usd: float | None
    answer_usd: float | None


@dataclass(frozen=True, slots=True)
class Plan:
    """All units of an experiment in a fixed order, each with its estimated cost.

    `questions` are all of a task, and `asked_in` those that a cell asks, by its id.
    """

    units: tuple[Unit, ...]
    costs: tuple[Cost, ...]
    questions: dict[str, tuple[Question, ...]]
    asked_in: dict[str, tuple[Question, ...]]

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
        return sum(len(self.asked_in[cell.id]) for cell in self.cells)


def make_plan(experiment: Experiment, dataset: Dataset) -> Plan:
    """Plan an experiment: by model and task, first the models that are not trained, then each training.

    Raises:
        UsageError: the facts have fewer wordings, or the data fewer general examples, than a training takes.
    """
    questions = {task: tuple(q for q in dataset.questions if q.task == task) for task in dataset.tasks}
    grid = Grid(experiment, dataset)
    units = [
        unit for model in experiment.models for task in dataset.tasks for unit in grid.units(model, task)
    ]
    asked = _Asked(experiment, dataset, questions)
    asked_in = {cell.id: asked.of(cell) for unit in units for cell in unit.cells}

    @cache
    def lesson_tokens(examples: tuple[Example, ...]) -> int:
        return sum(tokens(text_in(each.said)) + tokens(each.answer) for each in examples)

    costs: list[Cost] = []
    for unit in units:
        train = 0
        if unit.training:
            train = unit.training.epochs * lesson_tokens(grid.examples(unit.training))
        sums = [asked.tokens(cell) for cell in unit.cells]
        prompts, answers = (sum(each) for each in zip(*sums, strict=True))
        costs.append(_priced(experiment, unit.cells[0], train, prompts, answers))
    return Plan(tuple(units), tuple(costs), questions, asked_in)


class _Asked:
    """The questions that cells ask, and the tokens of their prompts and answers."""

    def __init__(
        self, experiment: Experiment, dataset: Dataset, questions: dict[str, tuple[Question, ...]]
    ) -> None:
        self._longest, self._prompts = experiment.sampling.max_tokens, Prompts(experiment, dataset)
        self._questions, self._dataset = questions, dataset
        self._kept: dict[tuple[object, ...], tuple[Question, ...]] = {}
        self._tokens: dict[tuple[object, ...], tuple[int, int]] = {}

    def of(self, cell: Cell) -> tuple[Question, ...]:
        """The questions of a cell.

        Where a job teaches a part of the facts, those that need no others; where a model reads a question's
        own facts, those that have one; and several answers are drawn to what asks for a fact itself.
        """
        key = (cell.task, cell.design.facts, cell.condition.reads, cell.sample > 0)
        if key not in self._kept:
            taught = {fact.id for fact in facts_of(self._dataset, cell.task, cell.design)}
            self._kept[key] = tuple(
                q
                for q in self._questions[cell.task]
                if taught.issuperset(q.needs)
                and (q.needs or not cell.condition.reads)
                and (not cell.sample or q.role in (Role.TAUGHT, Role.SAME))
            )
        return self._kept[key]

    def tokens(self, cell: Cell) -> tuple[int, int]:
        """The estimated tokens of all prompts of a cell, and of its answers."""
        condition = None if cell.condition in (Condition.BASE, Condition.TUNED) else cell.condition
        key = (cell.task, cell.design.facts, condition, cell.template, cell.sample > 0)
        if key not in self._tokens:
            asked = self.of(cell)
            prompts = sum(tokens(text_in(self._prompts.of(cell, q))) for q in asked)
            answers = sum(min(self._longest, 2 * tokens(q.gold[0]) + 8) for q in asked)
            self._tokens[key] = prompts, answers
        return self._tokens[key]


def _priced(experiment: Experiment, cell: Cell, train: int, prompts: int, answers: int) -> Cost:
    price = price_in(experiment, cell.model)
    if price is None:
        return Cost(train, prompts, answers, None, None)
    usd = answer_usd(price, prompts, answers, tuned=cell.costs_as_tuned)
    return Cost(train, prompts, answers, train * price.train / 1e6, usd)


def bounds_of(unit: Unit, experiment: Experiment, dataset: Dataset, plan: Plan) -> tuple[Cost, Cost]:
    """The least and the most that a unit costs, if each request is answered once.

    The least has the fewest tokens of each text and answers of one token. The most has the most tokens of
    each text, and answers as long as they may be: the `max_tokens` of the sampling and the cap on thoughts of
    the model. Without a cap a service counts thoughts among the `max_tokens`.
    """
    asked = {cell.id: plan.asked_in[cell.id] for cell in unit.cells}
    return rest_bounds(unit, asked, experiment, dataset, trains=unit.training is not None)


def rest_bounds(
    unit: Unit,
    asked: Mapping[str, Sequence[Question]],
    experiment: Experiment,
    dataset: Dataset,
    *,
    trains: bool,
) -> tuple[Cost, Cost]:
    """As `bounds_of`, for the rest of a unit: these questions by cell, and its training if it `trains`."""
    first, prompts_of = unit.cells[0], Prompts(experiment, dataset)
    thoughts = experiment.thoughts_of(first.model)
    uncapped = uncapped_thoughts(experiment.profile_of(first.model)[0], thoughts)
    longest = experiment.sampling.thinking(thoughts).most_tokens + uncapped
    said = [
        text_in(prompts_of.of(cell, question)) for cell in unit.cells for question in asked.get(cell.id, ())
    ]
    examples: tuple[Example, ...] = ()
    if trains and unit.training:
        examples = Grid(experiment, dataset).examples(unit.training)
    found: list[Cost] = []
    for counted, answer in ((fewest_tokens, 1), (most_tokens, longest)):
        epochs = unit.training.epochs if unit.training else 0
        train = epochs * sum(counted(text_in(each.said) + each.answer) for each in examples)
        found.append(_priced(experiment, first, train, sum(map(counted, said)), answer * len(said)))
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
