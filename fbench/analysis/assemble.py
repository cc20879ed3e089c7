"""Assemble the results of a run from its store."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict

from fbench.analysis.costs import costs_of
from fbench.analysis.judge_results import with_judge
from fbench.analysis.learning import learning_metrics, spreads
from fbench.analysis.measures import contrasts_of, curves_of, drift_of, measures_of, views_of
from fbench.analysis.notes import notes_of
from fbench.analysis.of_cell import of_training
from fbench.analysis.results import DatasetRow, ExperimentRow, Results, TrainingResult, WeightsRow
from fbench.analysis.summary import summarize
from fbench.analysis.verdicts import verdicts
from fbench.grading.experiment_graders import counted_layer, judging_of, rules_of
from fbench.grading.graders import grader_version
from fbench.runner.grid import Grid
from fbench.runner.own_weights import weights_in
from fbench.runner.played import unplayed
from fbench.runner.prepared import PreparedRun
from fbench.runner.store import Store

__all__ = ["results_of"]


def results_of(ready: PreparedRun, store: Store) -> Results:
    """The results of a run, from its store."""
    experiment, dataset, plan = ready.experiment, ready.dataset, ready.plan
    trainings, grid = store.trainings(), Grid(experiment, dataset)
    graded = verdicts(ready, store, counted_layer(ready))
    rows = summarize(plan.cells, graded)
    drift = drift_of(plan.cells, graded, store.answers(), rules_of(experiment))
    results = Results(
        experiment=ExperimentRow(
            name=experiment.name,
            models=experiment.models,
            tasks=dataset.tasks,
            epochs=experiment.epochs if plan.trainings else (),
            seeds=experiment.seeds if plan.trainings else (),
            limit=experiment.limit,
            share_checkpoints=experiment.share_checkpoints,
            temperature=experiment.sampling.temperature,
            max_tokens=experiment.sampling.max_tokens,
            answer_seed=experiment.sampling.seed,
            grader=experiment.grader,
            grader_version=grader_version(experiment.grader),
            upstream=ready.origin,
            recorded=str(ready.recorded["recorded"]) if ready.recorded else None,
            roles=tuple(role.value for role in experiment.roles),
            conditions=tuple(condition.value for condition in experiment.conditions),
            evaluate=experiment.evaluate,
            base=experiment.base,
            system=experiment.system,
            templates=tuple(experiment.templates),
            learner=None if experiment.learner == "softmax" else experiment.learner,
            local=asdict(experiment.local) if experiment.uses_weights else {},
            weights=tuple(WeightsRow(**each._asdict()) for each in weights_in(store, ready.recorded)),
        ),
        dataset=DatasetRow(
            name=dataset.name,
            source=dataset.source,
            labels=dataset.labels,
            digest=dataset.digest,
            facts=dict(sorted(Counter(fact.task for fact in dataset.facts).items())),
            questions=dict(sorted(Counter(q.task for q in dataset.questions).items())),
        ),
        asked=sum(len(plan.asked_in[cell.id]) for cell in plan.cells if not cell.sample),
        rows=tuple(rows),
        beyond=tuple(learning_metrics(plan.cells, graded, store.answers(), dataset.facts)),
        spreads=tuple(spreads(rows)),
        measures=tuple(measures_of(plan.cells, views_of(plan.cells, graded, drift))),
        curves=tuple(curves_of(plan.cells, graded)),
        contrasts=tuple(contrasts_of(plan.cells, graded)),
        trainings=tuple(
            TrainingResult(
                **of_training(training),
                examples=len(grid.examples(training)),
                state=row.state if row else "none",
                tokens=row.tokens if row else None,
                error=row.error if row else None,
            )
            for training in plan.trainings
            for row in [trainings.get(training.id)]
        ),
        costs=costs_of(ready, store, trainings),
        notes=notes_of(ready, store, graded, rows),
        unplayed=unplayed(store, experiment),
    )
    judging = judging_of(ready)
    return results if judging is None else with_judge(results, store, dataset, plan, judging)
