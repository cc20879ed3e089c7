"""The order in which a run goes: read, plan, do, grade, sum up, write."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fbench.analysis.judge_results import with_judge
from fbench.analysis.learning import beyond, spreads
from fbench.analysis.results import Costs, DatasetRow, ExperimentRow, Results, Row, TrainingResult
from fbench.analysis.summary import summarize
from fbench.analysis.verdicts import verdicts
from fbench.datasets import AnswerKind, Dataset, open_dataset
from fbench.errors import Incomplete, ProviderFailed, UsageError
from fbench.grading.graders import CUT_OFF, GRADER_VERSION
from fbench.grading.judge.choice import JUDGE, Judging, choose_judge
from fbench.grading.judge.pending import judge_answers, spent_usd
from fbench.grading.layers import grade_answers, layer_of
from fbench.plurals import be, counted
from fbench.providers.profiles import profile_of
from fbench.runner.budget import Budget
from fbench.runner.experiment import Experiment
from fbench.runner.folder import STORE, keep_beginning, write_results
from fbench.runner.plan import Cost, Plan, Unit, answer_usd, examples_of, make_plan, total
from fbench.runner.prices import price_of
from fbench.runner.processes import run_units
from fbench.runner.recording import altered_notes, close_recording, hold_to_recording
from fbench.runner.stop import Stop
from fbench.runner.store import Answer, Store, TrainingRow
from fbench.runner.worker import Work
from fbench.upstream import LASTING, Upstream, missing_keys, origin_of

__all__ = [
    "Progress",
    "Ready",
    "counted_layer",
    "execute",
    "judging_of",
    "lay_out",
    "prepare",
    "results_of",
    "rules_of",
]


_NAMED = 3
"""Rows that a note names."""


class Progress:
    """Told what has been done; does nothing by itself."""

    def begin(self, plan: Plan, answered: int) -> None:
        """The run begins; `answered` questions are answered already."""

    def answered(self, count: int) -> None:
        """So many more questions are answered."""

    def finished(self, unit: Unit) -> None:
        """A unit is done."""

    def grading(self) -> None:
        """All answers are in, and are being graded."""


@dataclass(frozen=True)
class Ready:
    """An experiment that can be run: its input was read and checked, and nothing was written.

    `recorded` is the provenance of the recordings that it replays; None where it replays none.
    """

    experiment: Experiment
    dataset: Dataset
    plan: Plan
    recorded: Mapping[str, object] | None = None
    judging: Judging | None = None

    @property
    def origin(self) -> str:
        """What answers, or did when it was recorded: `fake`, `live`, or `local`."""
        return _origin(self.experiment, self.recorded)


def prepare(experiment: Experiment) -> Ready:
    """Reads the data and lays out the plan.

    Raises:
        UsageError: the data cannot be used, there is no such grader or judge, or keys are missing for a live
            run.
    """
    profiles = [profile_of(model)[0] for model in (*experiment.models, *filter(None, [experiment.judge]))]
    if experiment.is_live and (missing := missing_keys(profiles)):
        raise UsageError(
            f"a live run needs {', '.join(missing)}: set what is missing in the environment, "
            "or run against the fakes with --upstream fake."
        )
    dataset = open_dataset(
        experiment.data,
        seed=experiment.data_seed,
        labels=experiment.labels,
        all_news=experiment.all_news,
        tasks=experiment.tasks,
        limit=experiment.limit,
    )
    recorded = hold_to_recording(experiment, dataset) if experiment.is_replay else None
    judging = judging_of(experiment, recorded)
    return Ready(experiment, dataset, make_plan(experiment, dataset), recorded, judging)


def lay_out(experiment: Experiment) -> Ready:
    """The experiment with its data read and its plan made, whether or not there are keys to do it.

    Raises:
        UsageError: the data cannot be used, or the grader is unknown.
    """
    offline = prepare(experiment.model_copy(update={"upstream": "fake"}))
    return replace(offline, experiment=experiment, judging=judging_of(experiment, offline.recorded))


def judging_of(experiment: Experiment, recorded: Mapping[str, object] | None) -> Judging | None:
    """The judge of an experiment, if it has one; where it is replayed, `recorded` says what answered.

    Raises:
        UsageError: as `choose_judge` does.
    """
    return choose_judge(
        experiment.grader,
        experiment.judge,
        _origin(experiment, recorded),
        data=experiment.data,
        prices=experiment.prices,
    )


def _origin(experiment: Experiment, recorded: Mapping[str, object] | None) -> str:
    if recorded is not None:
        return str(recorded.get("upstream", "unknown"))
    return origin_of(experiment.upstream, os.environ)


class _StoreSink:
    """Writes to the store, and tells of it."""

    def __init__(self, store: Store, progress: Progress) -> None:
        self._store, self._progress = store, progress

    def training(self, row: TrainingRow) -> None:
        self._store.save_training(row)

    def answers(self, answers: Sequence[Answer]) -> None:
        self._store.save_answers(answers)
        self._progress.answered(len(answers))


def execute(
    ready: Ready,
    folder: Path,
    *,
    concurrency: int = 50,
    jobs: int | None = None,
    budget_usd: float | None = None,
    progress: Progress | None = None,
    stop: Stop | None = None,
    upstream: Upstream | None = None,
) -> Results:
    """Does what is left of the run in `folder`, whose store exists, and writes `results.json` there.

    Requests go to `upstream`, where one is given, in place of what the experiment names.

    Raises:
        Incomplete: it was stopped, or a service did not answer; all that was answered is kept.
        BudgetReached: the next step would pass the budget.
        ProviderFailed: a training or the judge failed for good; the results hold everything else.
    """
    progress = progress or Progress()
    stop = stop or Stop()
    experiment, dataset, plan = ready.experiment, ready.dataset, ready.plan
    with Store(folder / STORE) as store:
        keep_beginning(store, folder, experiment, dataset, ready.origin)
        works, spent = _left(plan, store, lasting=experiment.upstream in LASTING and not experiment.is_replay)
        budget = Budget(budget_usd, spent + (spent_usd(store, ready.judging) if ready.judging else 0.0))
        progress.begin(plan, plan.asked - sum(len(q) for w in works for q in w.questions.values()))
        failures = run_units(
            experiment,
            dataset,
            works,
            _StoreSink(store, progress),
            progress.finished,
            jobs=jobs or os.cpu_count() or 1,
            concurrency=concurrency,
            budget=budget,
            stop=stop,
            upstream=upstream,
        )
        if stop.requested:
            raise Incomplete("stopped; everything that was answered is saved.")
        progress.grading()
        grade_answers(store, {q.id: q for q in dataset.questions}, rules_of(experiment))
        if ready.judging:
            failure = judge_answers(
                store,
                dataset,
                ready.judging,
                experiment,
                concurrency=concurrency,
                budget=budget,
                stop=stop,
            )
            failures += [failure] if failure else []
        close_recording(experiment, dataset)
        results = results_of(ready, store)
        write_results(folder, store, results.to_json())
    if failures:
        raise ProviderFailed(
            f"{len(failures)} of {counted(len(plan.units) + bool(ready.judging), 'part')} of the run "
            f"failed for good, "
            f"and the results leave them out. The first: {failures[0]}"
        )
    return results


def results_of(ready: Ready, store: Store) -> Results:
    """The results of a run, from its store."""
    experiment, dataset, plan = ready.experiment, ready.dataset, ready.plan
    trainings = store.trainings()
    graded = verdicts(store, dataset.questions, counted_layer(ready))
    rows = summarize(plan.cells, graded)
    results = Results(
        experiment=ExperimentRow(
            name=experiment.name,
            models=experiment.models,
            tasks=dataset.tasks,
            epochs=experiment.epochs,
            seeds=experiment.seeds,
            limit=experiment.limit,
            share_checkpoints=experiment.share_checkpoints,
            temperature=experiment.sampling.temperature,
            max_tokens=experiment.sampling.max_tokens,
            answer_seed=experiment.sampling.seed,
            grader=experiment.grader,
            grader_version=GRADER_VERSION,
            upstream=ready.origin,
            recorded=str(ready.recorded["recorded"]) if ready.recorded else None,
        ),
        dataset=DatasetRow(
            name=dataset.name,
            source=dataset.source,
            labels=dataset.labels,
            digest=dataset.digest,
            facts=dict(sorted(Counter(fact.task for fact in dataset.facts).items())),
            questions=dict(sorted(Counter(q.task for q in dataset.questions).items())),
        ),
        rows=tuple(rows),
        beyond=tuple(beyond(plan.cells, graded, store.answers(), dataset.facts)),
        spreads=tuple(spreads(rows)),
        trainings=tuple(
            TrainingResult(
                model=training.model,
                task=training.task,
                epochs=training.epochs,
                seed=training.seed,
                examples=len(_examples(dataset, training.model, training.task)),
                state=row.state if row else "none",
                tokens=row.tokens if row else None,
                error=row.error if row else None,
            )
            for training in plan.trainings
            for row in [trainings.get(training.id)]
        ),
        costs=_costs(ready, store, trainings),
        notes=(
            *_notes(ready),
            *_cut_off(store, counted_layer(ready), rows),
            *altered_notes(plan.cells, graded),
        ),
    )
    return results if ready.judging is None else with_judge(results, store, dataset, plan, ready.judging)


def rules_of(experiment: Experiment) -> str:
    """The grader of what needs no judge."""
    return "auto" if experiment.grader == JUDGE else experiment.grader


def counted_layer(ready: Ready) -> str:
    """The layer that the results count."""
    return ready.judging.run_layer if ready.judging else layer_of(rules_of(ready.experiment))


def _left(plan: Plan, store: Store, *, lasting: bool) -> tuple[list[Work], float]:
    """What is not done yet, and the estimated price in dollars of what is."""
    trainings = store.trainings() if lasting else {}
    works: list[Work] = []
    spent = 0.0
    for unit, cost in zip(plan.units, plan.costs, strict=True):
        before = trainings.get(unit.training.id) if unit.training else None
        left = {
            cell.id: [q for q in plan.questions[cell.task] if q.id not in store.answered(cell.id)]
            for cell in unit.cells
        }
        if any(left.values()):
            works.append(Work(unit, cost, left, before))
        else:
            spent += (cost.train_usd or 0.0) + (cost.answer_usd or 0.0)
    return works, spent


def _costs(ready: Ready, store: Store, trainings: dict[str, TrainingRow]) -> Costs:
    plan, chosen = ready.plan, ready.experiment.prices
    planned = total((unit.cells[0].model, cost) for unit, cost in zip(plan.units, plan.costs, strict=True))
    asked: Counter[str] = Counter()
    said: Counter[str] = Counter()
    for answer in store.answers():
        asked[answer.cell] += answer.prompt_tokens
        said[answer.cell] += answer.answer_tokens
    prices = {model: chosen.get(model) or price_of(model) for model in ready.experiment.models}
    actual: list[tuple[str, Cost]] = []
    for training in plan.trainings:
        row, price = trainings.get(training.id), prices[training.model]
        counted = (row and row.tokens) or 0
        usd = price and price.train * counted / 1e6
        actual.append((training.model, Cost(counted, 0, 0, usd, 0.0)))
    for cell in plan.cells:
        price, prompts, answers = prices[cell.model], asked[cell.id], said[cell.id]
        usd = price and answer_usd(price, prompts, answers, tuned=cell.epochs > 0)
        actual.append((cell.model, Cost(0, prompts, answers, 0.0, usd)))
    return Costs(planned=planned, actual=total(actual))


def _examples(dataset: Dataset, model: str, task: str) -> Sequence[object]:
    return examples_of(dataset, task, profile_of(model)[0].minimum)


def _cut_off(store: Store, layer: str, rows: Sequence[Row]) -> list[str]:
    """What is to be said of answers of which nothing is left: how many, why, and what they spoil."""
    reasons = Counter(grade.reason for grade in store.grades(layer) if grade.grader == CUT_OFF)
    if not reasons:
        return []
    why = ", ".join(f"{count} with {reason!r}" for reason, count in sorted(reasons.items()))
    note = (
        f"{sum(reasons.values())} answers were cut off or blocked before anything was answered, and are "
        f"ungraded: {why}. A model that thinks first may need a higher max_tokens."
    )
    invalid = [row for row in rows if row.invalid]
    if not invalid:
        return [note]
    named = ", ".join(
        f"{row.model} {row.task} {row.split} at {row.epochs} epochs" for row in invalid[:_NAMED]
    )
    more = f" and {len(invalid) - _NAMED} more" if len(invalid) > _NAMED else ""
    spoilt = f"{len(invalid)} of {len(rows)} rows, which are invalid: {named}{more}."
    return [note, f"More than 5 % of the answers are such in {spoilt}"]


def _notes(ready: Ready) -> tuple[str, ...]:
    """What every reader of the numbers must know."""
    experiment, dataset = ready.experiment, ready.dataset
    notes: list[str] = []
    if ready.origin == "fake":
        notes.append(
            "These numbers come from fakes: small classifiers trained in this process stand in for the "
            "models. They say nothing about the services or models whose names they go by."
        )
    notes += dataset.notes
    facts = Counter(fact.task for fact in dataset.facts)
    for task, count in facts.items():
        if any(len(_examples(dataset, model, task)) > count for model in experiment.models):
            notes.append(
                f"{task}: {counted(count, 'fact')} {be(count)} fewer examples than OpenAI-wire services "
                f"take, so they are "
                "repeated; an epoch there teaches each fact more than once."
            )
    if not ready.judging and any(q.kind is AnswerKind.LONG for q in dataset.questions):
        notes.append(
            "Long answers that no rule settles are graded by fake_judge, a rule by shared words that stands "
            "in for a language model: --judge names one."
        )
    if experiment.share_checkpoints:
        notes.append(
            "Epoch counts share jobs where a job keeps the checkpoint. Epoch k of a longer job need not "
            "equal a job of k epochs."
        )
    if len(experiment.seeds) == 1:
        notes.append("There is one training seed, so nothing is known of the spread between trainings.")
    return tuple(notes)
