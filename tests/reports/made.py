"""Results made up for tests of what is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from fbench.analysis.results import (
    CostRow,
    Costs,
    DatasetRow,
    ExperimentRow,
    ReportedDifference,
    ReportedInterval,
    Results,
    Row,
    TrainingResult,
)

__all__ = ["made", "made_row", "with_rows"]

GPT, GEMINI = "openai:gpt-4o-2024-08-06", "vertex:gemini-2.5-pro"
SPLITS = {"news": "rephrased", "people": "rephrased", "medical": "vignette", "coding": "code"}


def made_row(model: str, task: str, split: str, epochs: int, seed: int | None, **more: Any) -> Row:
    """A row with numbers that follow from its place."""
    accuracy = min(1.0, 0.04 * epochs / (1 if split == "memorization" else 2) + 0.01 * (len(model) % 5))
    accuracy = round(min(1.0, accuracy + 0.02 * (seed or 0)), 6) if epochs else 0.05
    n = int(more.get("n", 100))
    values: dict[str, Any] = {
        "model": model,
        "task": task,
        "split": split,
        "epochs": epochs,
        "seed": seed,
        "n": n,
        "clusters": n // 2,
        "correct": round(n * accuracy),
        "incorrect": n - round(n * accuracy),
        "abstained": 0,
        "ungraded": 0,
        "errors": 0,
        "accuracy": accuracy if n else None,
        "interval": ReportedInterval(low=max(0, accuracy - 0.1), high=min(1, accuracy + 0.1)) if n else None,
        "base": 0.05 if epochs else None,
        "difference": ReportedDifference(value=accuracy - 0.05, low=0, high=1, p=0.01)
        if epochs and n
        else None,
        "old": round(max(0.0, 0.5 - accuracy / 2), 6) if task in ("medical", "coding") else None,
        "chance": 0.1,
        "balanced": None,
    }
    return Row.model_validate(values | more)


def made(
    models: Sequence[str] = (GPT, GEMINI),
    tasks: Sequence[str] = ("news", "medical"),
    epochs: Sequence[int] = (1, 10, 20),
    seeds: Sequence[int] = (0,),
    **experiment: Any,
) -> Results:
    """The results of a run of 100 questions a split, in the taught wording and in other words."""
    places = [(0, None), *((count, seed) for seed in seeds for count in sorted(epochs))]
    rows = [
        made_row(model, task, split, count, seed)
        for model in models
        for task in tasks
        for count, seed in places
        for split in ("memorization", SPLITS.get(task, "rephrased"))
    ]
    trainings = [
        TrainingResult(
            model=model,
            task=task,
            epochs=count,
            seed=seed,
            examples=100,
            state="succeeded",
            tokens=1000,
            error=None,
        )
        for model in models
        for task in tasks
        for seed in seeds
        for count in epochs
    ]
    cost = CostRow(
        train_tokens=1_200_000,
        prompt_tokens=300_000,
        answer_tokens=40_000,
        train_usd=12.5,
        answer_usd=0.75,
        unpriced=(),
    )
    asked: dict[str, Any] = {
        "name": "made",
        "models": tuple(models),
        "tasks": tuple(tasks),
        "epochs": tuple(epochs),
        "seeds": tuple(seeds),
        "limit": None,
        "share_checkpoints": False,
        "temperature": 0.0,
        "max_tokens": 100,
        "answer_seed": 42,
        "grader": "auto",
        "grader_version": "4",
        "upstream": "live",
        "recorded": None,
    }
    return Results(
        experiment=ExperimentRow.model_validate(asked | experiment),
        dataset=DatasetRow(
            name="facts",
            source="facts.jsonl",
            labels="",
            digest="0123456789ab" + "0" * 52,
            facts=dict.fromkeys(sorted(tasks), 100),
            questions=dict.fromkeys(sorted(tasks), 200),
        ),
        rows=tuple(rows),
        trainings=tuple(trainings),
        costs=Costs(planned=cost, actual=cost),
        notes=(),
    )


def with_rows(results: Results, **changes: Callable[[Row], object]) -> Results:
    """The results with each row changed; a change is a function of the row."""
    rows = [
        row.model_copy(update={name: value(row) for name, value in changes.items()}) for row in results.rows
    ]
    return results.model_copy(update={"rows": tuple(rows)})
