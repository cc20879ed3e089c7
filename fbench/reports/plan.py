"""What a run would do and cost: as data, and as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from pydantic import BaseModel, ConfigDict
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from fbench import known_models
from fbench.analysis.costs import total
from fbench.analysis.judge_results import with_judge_cost
from fbench.analysis.notes import doubts_of
from fbench.analysis.plan_power import SplitPlan, split_plans
from fbench.analysis.results import CostRow
from fbench.errors import UsageError
from fbench.grading.experiment_graders import judging_of
from fbench.grading.judge.run_cases import judging_cost, most_judging_cost
from fbench.known_models import endings, may_think
from fbench.plurals import counted
from fbench.reports.names import without_provider
from fbench.reports.numbers import dollars, share, unpriced
from fbench.runner.plan import bounds_of
from fbench.runner.prepared import PreparedRun, asked_of_vendors, check_known_models, never_run_live
from fbench.runner.prices import AS_OF, PRICE_FIELDS, unpriced_in
from fbench.values import Unchangeable

__all__ = ["ModelPlan", "PlanReport", "plan_report", "plan_table"]


_WHERE = {"fake": "FAKE models", "weights": "local open weights"}


class ModelPlan(Unchangeable, BaseModel):
    """A model's share of a plan, or the whole: counts, and estimated tokens and dollars by role.

    `low` and `high` are the bracket in which the true costs lie if each request is answered once: see
    `fbench.runner.plan.bounds_of`. A judge may be asked nothing, or of each answer.
    """

    model_config = ConfigDict(frozen=True)

    trainings: int
    cells: int
    questions: int
    costs: CostRow
    low: CostRow
    high: CostRow


class PlanReport(Unchangeable, BaseModel):
    """A plan as data. `prices_as_of` is the month of the built-in price table (YYYY-MM).

    `warnings` are of a live run alone: models that have ended, or may before the run does, as of today, and
    models without a price.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    upstream: str
    dataset: str
    digest: str
    tasks: dict[str, int]
    models: dict[str, ModelPlan]
    total: ModelPlan
    splits: tuple[SplitPlan, ...]
    prices_as_of: str
    judge: str | None = None
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        """A line about it; `fbench.report(plan)` is the text that shows it."""
        return (
            f"Plan of {self.name!r} ({self.upstream}): {counted(len(self.models), 'model')}, "
            f"{counted(len(self.tasks), 'task')}. `print(fbench.report(plan))` shows it."
        )

    __repr__ = __str__


def plan_report(ready: PreparedRun) -> PlanReport:
    """What an experiment would do, by model and in total; `tasks` counts the questions of each task."""
    experiment, dataset, judging = ready.experiment, ready.dataset, judging_of(ready)
    return PlanReport(
        name=experiment.name,
        upstream="weights" if experiment.uses_weights else experiment.upstream,
        dataset=dataset.name,
        digest=dataset.digest,
        tasks={task: len(questions) for task, questions in ready.plan.questions.items()},
        models={model: _part(ready, (model,)) for model in experiment.models},
        total=_part(ready, experiment.models),
        splits=split_plans(ready.plan),
        prices_as_of=AS_OF,
        judge=judging.model or judging.by if judging else None,
        warnings=_warnings(ready),
    )


def _warnings(ready: PreparedRun) -> tuple[str, ...]:
    """What is to be known of the data, and by a live run of its models on this day."""
    doubts = doubts_of(ready.dataset)
    try:
        check_known_models(ready.experiment)
    except UsageError as error:
        doubts.append(f"`fbench run` refuses this: {error}")
    if not ready.experiment.is_live:
        return (*doubts,)
    experiment = ready.experiment
    models, judge = asked_of_vendors(experiment)
    untried = never_run_live(experiment, [*models, *filter(None, [judge])])
    jobs = Counter(training.model for training in ready.plan.trainings)
    counts = {model: jobs[model] for model in models}
    ends = endings(counts, judge, known_models.today(), tuned=not experiment.evaluate)
    unknown = unpriced_in(experiment)
    refused = (
        f"a live run is refused while no price is known of {', '.join(unknown)}: give {PRICE_FIELDS}, in "
    )
    tables = " and ".join(f'[prices."{model}"]' for model in unknown)
    unlisted = [f"{refused}{tables} of the configuration."] if unknown else []
    return (*doubts, *ends, *unlisted, *filter(None, [untried]))


def plan_table(report: PlanReport) -> RenderableType:
    """The plan for people, at most 100 columns wide unless a model's name is very long."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("model", overflow="fold")
    for name in ("jobs", "asked", "trained", "prompts", "answers", "train", "answer"):
        table.add_column(name, justify="right", no_wrap=True)
    names = without_provider(list(report.models))
    for model, part in report.models.items():
        table.add_row(names[model], *_cells(part, priced=model not in report.total.costs.unpriced))
    if len(report.models) > 1:
        table.add_section()
        table.add_row("all", *_cells(report.total, priced=True), style="bold")
    whole = report.total
    where = _WHERE.get(report.upstream, f"{report.upstream} models")
    tasks = ", ".join(f"{task} {count}" for task, count in report.tasks.items())
    spends = "Against fakes a run costs nothing; these are" if report.upstream == "fake" else "These are"
    priced = f"{spends} list prices as of {report.prices_as_of}, or those of the configuration."
    if report.upstream == "weights":
        priced = "The run is on this machine, and nothing is paid."
    return Group(
        Text(f"{report.name}: {where}", style="bold"),
        Text(f"Dataset {report.dataset} ({report.digest[:12]}). Questions by task: {tasks}."),
        Text(
            f"{counted(whole.trainings, 'training')}, {counted(whole.cells, 'cell')}, "
            f"{counted(whole.questions, 'question')} to ask.\n"
        ),
        table,
        *_judge(report),
        Text(f"\nTokens (trained, prompts, answers) are estimates. {priced}"),
        Text(_bracket(report)),
        *(Text(sentence) for sentence in [unpriced([whole.costs])] if sentence),
        *(Text(f"Warning: {warning}", style="bold") for warning in report.warnings),
        Text(),
        _splits(report.splits),
        Text(
            "\nDetects: the least difference of two accuracies on the same questions that a test would find "
            "(alpha 0.05, power 0.8, half of the questions answered rightly by one of both alone), if "
            "answers are independent, and if a cluster answers as one."
        ),
    )


def _bracket(report: PlanReport) -> str:
    """Between which sums the costs lie, and under which conditions; empty where no price is known."""
    whole, judged = report.total, report.judge is not None
    if report.upstream == "weights" or set(report.models) <= set(whole.costs.unpriced):
        return ""
    low, high = (row.train_usd + row.answer_usd + row.judge_usd for row in (whole.low, whole.high))
    thinks = any(may_think(model) for model in (*report.models, *filter(None, [report.judge])))
    return (
        f"The true sum lies between {dollars(low)} (8 bytes a token, answers of one token"
        f"{', no judging' if judged else ''}) and {dollars(high)} (a token a byte, each answer"
        f"{' and each reply of the judge' if judged else ''} as long as it may be"
        f"{', with the thoughts that are allowed' if thinks else ''}), if no request is answered twice."
    )


def _judge(report: PlanReport) -> list[Text]:
    costs = report.total.costs
    if report.judge is None:
        return []
    price = "at an unknown price" if report.judge in costs.unpriced else f"for {dollars(costs.judge_usd)}"
    most = f"at most {counted(costs.judge_tokens, 'token')}"
    return [Text(f"\nThe judge {report.judge} reads and writes {most}, {price}.")]


def _splits(splits: Iterable[SplitPlan]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), pad_edge=False)
    for name in ("task", "split"):
        table.add_column(name, overflow="fold")
    for name in ("n", "clusters", "detects", "if clusters answer as one"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in splits:
        found = (share(row.detects), share(row.detects_clustered))
        table.add_row(row.task, row.split, str(row.n), str(row.clusters), *found)
    return table


def _part(ready: PreparedRun, models: tuple[str, ...]) -> ModelPlan:
    plan = ready.plan
    mine = [
        (unit, cost)
        for unit, cost in zip(plan.units, plan.costs, strict=True)
        if unit.cells[0].model in models
    ]
    cells = [cell for unit, _ in mine for cell in unit.cells]
    costs = total((unit.cells[0].model, cost) for unit, cost in mine)
    experiment = ready.experiment
    bounds = [(unit.cells[0].model, bounds_of(unit, experiment, ready.dataset, plan)) for unit, _ in mine]
    low, high = (total((model, each[end]) for model, each in bounds) for end in (0, 1))
    if judging := judging_of(ready):
        judged = judging_cost(judging, ready.dataset, cells, plan.asked_in)
        costs = with_judge_cost(costs, judging, judged)

        def longest(model: str) -> int:
            return experiment.sampling.thinking(experiment.thoughts_of(model)).most_tokens

        most = most_judging_cost(judging, ready.dataset, cells, plan.asked_in, longest)
        none = replace(most, prompt_tokens=0, answer_tokens=0, answer_usd=most.answer_usd and 0.0)
        low = with_judge_cost(low, judging, none)
        high = with_judge_cost(high, judging, most)
    return ModelPlan(
        trainings=sum(unit.training is not None for unit, _ in mine),
        cells=len(cells),
        questions=sum(len(plan.asked_in[cell.id]) for cell in cells),
        costs=costs,
        low=low,
        high=high,
    )


def _cells(part: ModelPlan, *, priced: bool) -> list[str]:
    costs = part.costs
    return [
        f"{part.trainings:,}",
        f"{part.questions:,}",
        f"{costs.train_tokens:,}",
        f"{costs.prompt_tokens:,}",
        f"{costs.answer_tokens:,}",
        dollars(costs.train_usd) if priced else "unknown",
        dollars(costs.answer_usd) if priced else "unknown",
    ]
