"""Notes that every reader of a run's numbers must know."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from typing import Any, cast

from fbench.analysis.open_weights import of_open_weights
from fbench.analysis.results import Row
from fbench.analysis.verdicts import Verdicts
from fbench.datasets import check
from fbench.datasets.model import AnswerKind, Dataset, in_order_of_splits
from fbench.grading.experiment_graders import counted_layer, judging_of
from fbench.grading.graders import CUT_OFF
from fbench.plurals import be, counted
from fbench.runner.cells import Cell, Condition
from fbench.runner.grid import Grid
from fbench.runner.prepared import PreparedRun, never_run_live
from fbench.runner.prompts import Prompts
from fbench.runner.store import Store

__all__ = ["doubts_of", "notes_of"]

_STAND_INS = {
    "softmax": "small classifiers trained in this process stand",
    "tiny": "a small transformer, really trained in this process, stands",
}

_NAMED = 3
"""Maximum number of rows that a note names."""
_NAMED_PLACES = 5


def notes_of(ready: PreparedRun, store: Store, graded: Verdicts, rows: Sequence[Row]) -> tuple[str, ...]:
    """Sentences about a run: its upstream, its data, and answers that were cut off or changed."""
    return (
        *_of_experiment(ready, store),
        *_cut_off(store, counted_layer(ready), rows),
        *_altered(ready.plan.cells, graded),
    )


def _of_experiment(ready: PreparedRun, store: Store) -> tuple[str, ...]:
    experiment, dataset = ready.experiment, ready.dataset
    notes: list[str] = []
    if ready.origin == "fake":
        other = f"the learner {experiment.learner!r} stands"
        models = _STAND_INS.get(experiment.learner or "softmax", other)
        notes.append(
            f"These numbers come from fakes: {models} in for the models. They say nothing about the services "
            "or models whose names they go by."
        )
    notes += of_open_weights(ready, store)
    asked = [*experiment.models, *filter(None, [experiment.judge])]
    if ready.origin == "live" and (untried := never_run_live(experiment, asked)):
        notes.append(untried)
    if behaviours := _behaviours(ready, store):
        notes.append(f"The fakes were told to behave otherwise than by default: {behaviours}.")
    notes += dataset.notes
    notes += doubts_of(dataset)
    facts = Counter(fact.task for fact in dataset.facts)
    grid = Grid(experiment, dataset)
    repeated = {each.task for each in ready.plan.trainings if grid.repeats(each)}
    for task, count in facts.items():
        if task in repeated:
            notes.append(
                f"{task}: {counted(count, 'fact')} {be(count)} fewer examples than OpenAI-wire services "
                f"take, so they are "
                "repeated; an epoch there teaches each fact more than once."
            )
    if not judging_of(ready) and any(q.kind is AnswerKind.LONG for q in dataset.questions):
        notes.append(
            "Long answers that no rule settles are graded by fake_judge, a rule by shared words that stands "
            "in for a language model: --judge names one."
        )
    if experiment.thinking:
        told = (
            f"{model} {'off' if value == 'off' else f'at most {value} tokens'}"
            for model, value in sorted(experiment.thinking.items())
        )
        notes.append(f"Thinking before an answer was set: {', '.join(told)}.")
    if experiment.share_checkpoints:
        notes.append(
            "Epoch counts share jobs where a job keeps the checkpoint. Epoch k of a longer job need not "
            "equal a job of k epochs."
        )
    notes += _of_reading(ready)
    notes += _of_weights(dataset)
    if len(experiment.seeds) == 1 and ready.plan.trainings:
        notes.append("There is one training seed, so nothing is known of the spread between trainings.")
    return tuple(notes)


def _of_reading(ready: PreparedRun) -> list[str]:
    """What stands before questions: facts that did not fit, and that the fakes' usual models do not read."""
    experiment = ready.experiment
    notes: list[str] = []
    if Condition.IN_CONTEXT_ALL in experiment.conditions:
        prompts = Prompts(experiment, ready.dataset)
        for task in ready.dataset.tasks:
            if left := prompts.unread(task):
                told = f"{task}: {counted(left, 'fact')} {be(left)} not among those in context, since "
                most = f"{experiment.context_characters:,} characters"
                notes.append(f"{told}all of them are longer than {most} (context_characters).")
    read = [each.value for each in experiment.conditions if each not in (Condition.BASE, Condition.TUNED)]
    if ready.origin != "fake" or experiment.learner not in (None, "softmax") or not read:
        return notes
    told = "The small classifiers do not read: facts in context help them by chance alone"
    return [*notes, f"{told}, so {', '.join(read)} and the closure show nothing here."]


def _of_weights(dataset: Dataset) -> list[str]:
    if all(question.weight == 1 for question in dataset.questions):
        return []
    return ["Questions have weights: measures count them so; accuracies by split count each question once."]


def doubts_of(dataset: Dataset) -> list[str]:
    """What makes numbers wrong in data of one's own, as `fbench data check` finds it."""
    errors = [finding for finding in check(dataset) if finding.severity == "error"] if dataset.is_own else []
    if not errors:
        return []
    first = errors[0]
    place = first.where or first.subject
    found = f"`fbench data check` finds {counted(len(errors), 'error')} in the data, which make numbers wrong"
    return [f"{found}. {place}: {first.message}."]


def _behaviours(ready: PreparedRun, store: Store) -> str:
    """What the fakes that answered were told of models and services; empty for all others."""
    told: dict[str, dict[str, Any]]
    if ready.recorded is not None:
        told = cast("dict[str, Any]", ready.recorded.get("behaviours", {}))
    else:
        told = json.loads(cast("str", store.meta("behaviours") or "{}"))
    named = [
        f"{name} {how}" if isinstance(how, str) else f"{name} {', '.join(f'{k} {v}' for k, v in how.items())}"
        for part in ("models", "services")
        for name, how in told.get(part, {}).items()
    ]
    return "; ".join(named)


def _cut_off(store: Store, layer: str, rows: Sequence[Row]) -> list[str]:
    """Notes about answers that were cut off before they began: how many, why, and which rows are invalid."""
    reasons = Counter(grade.reason for grade in store.grades(layer) if grade.grader == CUT_OFF)
    if not reasons:
        return []
    why = ", ".join(f"{count} with {reason!r}" for reason, count in sorted(reasons.items()))
    note = (
        f"{sum(reasons.values())} answers were cut off or blocked before anything was answered, and are "
        f"ungraded: {why}. A model that thinks first may need a higher max_tokens."
    )
    invalid = [row for row in rows if row.is_cut_off]
    if not invalid:
        return [note]
    named = ", ".join(
        f"{row.model} {row.task} {row.split} at {row.epochs} epochs" for row in invalid[:_NAMED]
    )
    more = f" and {len(invalid) - _NAMED} more" if len(invalid) > _NAMED else ""
    spoilt = f"{len(invalid)} of {len(rows)} rows, which are invalid: {named}{more}."
    return [note, f"More than 5 % of the answers are such in {spoilt}"]


def _altered(cells: Sequence[Cell], graded: Verdicts) -> tuple[str, ...]:
    """Notes about answers that the scrubber of a recording changed."""
    what = {
        "replaced": "hold what the recording's scrubber took for a secret and replaced. Nobody can tell any "
        "more what they said, so they are ungraded",
        "restored": "were changed by the scrubber of an older recording, which replaced addresses and other "
        "names by placeholders. All of theirs are of values of the dataset, which were put back",
    }
    notes: list[str] = []
    for how, said in what.items():
        places = {
            f"{cell.model} / {cell.task} / {split} / {cell.epochs} epochs": count
            for cell in cells
            for split in in_order_of_splits(split for _, split in graded)
            if (count := sum(a.altered == how for a in graded.get((cell.id, split), {}).values()))
        }
        if places:
            named = [f"{place} ({count})" for place, count in islice(places.items(), _NAMED_PLACES)]
            more = [f"{len(places) - _NAMED_PLACES} more"] if len(places) > _NAMED_PLACES else []
            notes.append(f"{sum(places.values())} answers {said}: {', '.join([*named, *more])}.")
    return tuple(notes)
