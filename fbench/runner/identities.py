"""What a run's files keep of whose account it ran in: nothing that is not needed to go on with it."""

from __future__ import annotations

from collections.abc import Sequence

from fbench.providers.vertex_names import without_project
from fbench.runner.store import Store
from fbench.terminal import without_secrets

__all__ = ["clean_command", "hide_projects"]


def hide_projects(store: Store) -> None:
    """Keep the names of jobs and models of Vertex AI without their project, as new runs do.

    Stores of older versions have them in full. The project is the environment's when they are asked for.
    """
    for row in store.trainings().values():
        models = {epoch: without_project(name) for epoch, name in row.models.items()} if row.models else None
        short = row._replace(job=without_project(row.job) if row.job else row.job, models=models)
        if short != row:
            store.save_training(short)


def clean_command(words: Sequence[str]) -> list[str]:
    """The words of a command without keys, projects, buckets and organisations, for `run.json`."""
    return [without_secrets(word) for word in words]
