"""What a run's files keep of whose account it ran in: nothing that is not needed to go on with it."""

from __future__ import annotations

from collections.abc import Sequence

from fbench.providers.openai_names import without_organization
from fbench.providers.vertex_names import without_project
from fbench.runner.store import Store
from fbench.terminal import without_secrets

__all__ = ["clean_command", "hide_identities"]


def hide_identities(store: Store) -> None:
    """Keep the names of jobs and models without their project or organisation, as new runs do.

    Stores of older versions have them in full. The provider completes them where it asks for them.
    """
    for row in store.trainings().values():
        if not row.job:
            continue
        job = without_project(row.job)
        named = (row.models or {}).items()
        models = {epoch: without_project(without_organization(job, name)) for epoch, name in named}
        short = row._replace(job=job, models=models or row.models)
        if short != row:
            store.save_training(short)


def clean_command(words: Sequence[str]) -> list[str]:
    """The words of a command without keys, projects, buckets and organisations, for `run.json`."""
    return [without_secrets(word) for word in words]
