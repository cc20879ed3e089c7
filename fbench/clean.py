"""The command `fbench cleanup` as a function."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from pathlib import Path

from fbench.arguments import StrPath, public
from fbench.runner.event_loop import in_own_loop
from fbench.runner.leftovers import Cleanup, open_leftovers
from fbench.runner.owner import owned

__all__ = ["cleanup"]


@public
def cleanup(folder: StrPath, *, models: bool = False, dry_run: bool = False) -> Cleanup:
    """Delete what a live run left at its services: the files of its trainings and batches.

    Only what the run's store and the service agree on is deleted, nothing else. A run may be cleaned up
    again: what is gone is not looked for elsewhere.

    Args:
        folder: the folder of the run.
        models: delete the models that the run made too, and the endpoints that serve them. What is not yet
            asked of them cannot be asked any more.
        dry_run: only say what would be deleted.

    Returns:
        `rows` has each thing with its `state`: found (by a dry run), deleted, gone, kept or refused, and why.

    Raises:
        UsageError: there is no run, fakes in a process or recordings answered it, its data are missing, or
            keys are missing, or another process works on the run.
        ProviderFailed: a service refuses to be asked.
        Incomplete: a service did not answer; call it again later.
    """
    run = Path(folder)
    left = open_leftovers(run)
    with nullcontext() if dry_run else owned(run):  # what goes on with a run needs what it uploaded
        return in_own_loop(lambda: asyncio.run(left.clean(models=models, dry_run=dry_run)))
