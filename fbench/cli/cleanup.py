"""`fbench cleanup`: delete what a live run left at the services."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click

from fbench.errors import ProviderFailed, UsageError
from fbench.plurals import counted

__all__ = ["cleanup"]


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--models", is_flag=True, help="Delete the models that the run made too.")
@click.option("--dry-run", is_flag=True, help="Only show what would be deleted.")
@click.option("--yes", is_flag=True, help="Do not ask before deleting.")
def cleanup(run: Path, *, models: bool, dry_run: bool, yes: bool) -> None:
    """Delete files of trainings and batches that the live run in the folder RUN left, and its deployments.

    With --models also the models that it made, and the endpoints that serve them. Nothing else is deleted:
    each thing is named by the run's store or by a job or a batch that it knows, or has the key of one in its
    name.
    What is to be deleted is shown first.
    """
    # imported here, so that the help does not need it
    from fbench.runner.leftovers import open_leftovers  # noqa: PLC0415 - imported only when it is needed
    from fbench.runner.owner import owned  # noqa: PLC0415 - as above

    left = open_leftovers(run)
    found = asyncio.run(left.clean(models=models, dry_run=True))
    if dry_run or not found.of("found"):
        click.echo(str(found))
        if there := len(found.of("found")):
            click.echo(f"{counted(there, 'thing')} would be deleted.", err=True)
        return
    click.echo(str(found), err=True)
    if models and left.unanswered:
        click.echo(
            f"{counted(left.unanswered, 'question')} of this run will have no answer without its models.",
            err=True,
        )
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError(
                "nobody is there to be asked whether to delete this: say so with --yes, or look at it with "
                "--dry-run."
            )
        click.confirm(f"Delete {counted(len(found.of('found')), 'thing')}?", abort=True, err=True)
    with owned(run):  # what goes on with a run needs what it uploaded
        done = asyncio.run(left.clean(models=models, only=found))
    click.echo(str(done))
    if refused := done.of("refused"):
        raise ProviderFailed(
            f"{counted(len(refused), 'thing')} could not be deleted. The first, {refused[0].kind} "
            f"{refused[0].name}: {refused[0].why}"
        )
