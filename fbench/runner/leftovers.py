"""What a live run left at its services, and how it is deleted (`fbench cleanup`)."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from fbench.errors import Incomplete, ProviderFailed, UsageError
from fbench.providers.addresses import missing_keys
from fbench.providers.batches import batches_of
from fbench.providers.connect import connect
from fbench.providers.deployments import deployments_of
from fbench.providers.leftovers import Leftover
from fbench.providers.model import Provider, Rejected
from fbench.runner.cells import Cell, Training
from fbench.runner.config import read_experiment
from fbench.runner.deploy import standing_deployments
from fbench.runner.experiment import Experiment
from fbench.runner.folder import STORE, check_identity, read_config
from fbench.runner.prepared import PreparedRun, read_input_offline
from fbench.runner.store import BatchRow, Store, TrainingRow
from fbench.upstream import live

__all__ = ["Cleanup", "CleanupRow", "Leftovers", "open_leftovers"]


@dataclass(frozen=True, slots=True)
class CleanupRow:
    """A thing that a training or a batch left at its service.

    Attributes:
        training: the id of the training; of a deployment or a batch, that of the cell.
        kind: `deployment`, `training file`, `batch file`, `model` or `endpoint`; `job` or `upload` for what
            cannot be told apart.
        name: its name at the service, without the project or bucket that it is in.
        state: `found`, `deleted`, `gone` (it was not there any more), `kept` (it must stay), or `refused` by
            the service.
        why: why it is still there.
    """

    training: str
    kind: str
    name: str
    state: str = "found"
    why: str = ""


@dataclass(frozen=True, slots=True)
class Cleanup:
    """What was done with all that a run left. Printed, it is what `fbench cleanup` shows."""

    rows: tuple[CleanupRow, ...]

    def of(self, *states: str) -> list[CleanupRow]:
        """The rows in one of these states."""
        return [row for row in self.rows if row.state in states]

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        for row in self.rows:
            yield f"{row.state:8}{row.kind} {row.name} of {row.training}" + (
                f": {row.why}" if row.why else ""
            )
        if not self.of("found", "deleted", "gone", "refused"):
            yield "Nothing is left that can be deleted." if self.rows else "Nothing is left."


class _Past(NamedTuple):
    """A training that was begun, with its row in the store, and the jobs that it had before that one's."""

    training: Training
    row: TrainingRow
    earlier: tuple[str, ...] = ()


class _PastBatch(NamedTuple):
    """A batch that was begun, the model whose service it is at, and whether its answers are unread."""

    model: str
    row: BatchRow
    is_unread: bool


_UNREAD = "the answers of its batch may be there, and are not read yet: `fbench resume` reads them"

_Delete = Callable[[], Awaitable[bool]]
"""Deletes a thing at a service; gives False if it was gone already."""


class Leftovers:
    """What a live run left at its services."""

    def __init__(
        self,
        experiment: Experiment,
        trainings: Sequence[_Past],
        unanswered: int,
        batches: Sequence[_PastBatch] = (),
        deployed: Sequence[tuple[Cell, str]] = (),
    ) -> None:
        self._experiment = experiment
        self._trainings, self._batches, self._deployed = trainings, batches, deployed
        self.unanswered = unanswered
        """The number of questions that are still to be asked, for which the run needs its models."""

    async def clean(self, *, models: bool, dry_run: bool = False, only: Cleanup | None = None) -> Cleanup:
        """Find what is left and, unless `dry_run`, delete it; with `only`, no more than what it found.

        Raises:
            ProviderFailed: a service refuses to be asked (a wrong key).
            Incomplete: a service did not answer; what was deleted until then is gone.
        """
        allowed = None if only is None else {(row.training, row.kind, row.name) for row in only.of("found")}
        rows: list[CleanupRow] = []
        async with _providers(self._experiment) as provider_of:
            found = [
                *(_standing(cell, name, provider_of) for cell, name in self._deployed),  # models are in use
                *(self._found(past, provider_of, models=models) for past in self._trainings),
                *(self._found_of(past, provider_of) for past in self._batches),
            ]
            for finding in found:
                for row, delete in await finding:
                    known = allowed is None or (row.training, row.kind, row.name) in allowed
                    rows.append(await _deleted(row, delete) if delete and known and not dry_run else row)
        return Cleanup(tuple(rows))

    async def _found(
        self, past: _Past, provider_of: _ProviderOf, *, models: bool
    ) -> Sequence[tuple[CleanupRow, _Delete | None]]:
        training, row = past.training, past.row
        try:
            provider = provider_of(training.model)
            left = [
                each
                for job in (*past.earlier, row.job)
                for each in await provider.leftovers(training.key, job, models=models)
            ]
        except UsageError as error:  # a plug-in that cannot tell
            return [(CleanupRow(training.id, "upload", "unknown", "kept", str(error)), None)]
        except Incomplete as error:
            raise _later(error) from error
        left = list({(each.kind, each.name): each for each in left}.values())
        rows = _rows_of(training.id, left)
        if row.job is None and not any(each.kind == "training file" for each in left):
            why = (
                f"no job of it is known, by which what it uploaded could be told. If there is an upload, its "
                f"name has the key {training.key}"
            )
            return [*rows, (CleanupRow(training.id, "upload", "unknown", "kept", why), None)]
        return rows

    async def _found_of(
        self, past: _PastBatch, provider_of: _ProviderOf
    ) -> Sequence[tuple[CleanupRow, _Delete | None]]:
        batches = batches_of(provider_of(past.model))
        if batches is None:
            return []
        try:
            left = await batches.leftovers(past.row.key, past.row.batch)
        except Incomplete as error:
            raise _later(error) from error
        if past.is_unread:
            left = [replace(each, delete=None, why=each.why or _UNREAD) for each in left]
        return _rows_of(past.row.cell, left)


def _rows_of(name: str, left: Sequence[Leftover]) -> list[tuple[CleanupRow, _Delete | None]]:
    return [
        (CleanupRow(name, each.kind, each.name, "found" if each.delete else "kept", each.why), each.delete)
        for each in left
    ]


async def _standing(
    cell: Cell, name: str, provider_of: _ProviderOf
) -> Sequence[tuple[CleanupRow, _Delete | None]]:
    """The deployment of a cell, if it still stands."""
    deployments = deployments_of(provider_of(cell.model))
    try:
        found = None if deployments is None else await deployments.find(name)
    except Incomplete as error:
        raise _later(error) from error
    if deployments is None or found is None:
        return []
    return [(CleanupRow(cell.id, "deployment", name), partial(deployments.remove, name))]


class _ProviderOf:
    """The provider of a model, made once over one connection."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.connection = live(defined=experiment.defined)
        self.made: dict[str, Provider] = {}

    def __call__(self, model: str) -> Provider:
        profile, _ = self.experiment.profile_of(model)
        if profile.name not in self.made:
            self.made[profile.name] = connect(self.connection, profile)
        return self.made[profile.name]


@asynccontextmanager
async def _providers(experiment: Experiment) -> AsyncGenerator[_ProviderOf]:
    providers = _ProviderOf(experiment)
    try:
        yield providers
    finally:
        for provider in providers.made.values():
            await provider.close()
        providers.connection.release()


async def _deleted(row: CleanupRow, delete: _Delete) -> CleanupRow:
    try:
        done = await delete()
    except (ProviderFailed, Rejected) as error:
        return replace(row, state="refused", why=str(error))
    except Incomplete as error:
        raise _later(error) from error
    return replace(row, state="deleted" if done else "gone")


def _later(error: Incomplete) -> Incomplete:
    said = str(error).partition(" What was answered is saved")[0].rstrip(".")
    return Incomplete(f"{said}. What was deleted is gone; for the rest call `fbench cleanup` again.")


def open_leftovers(folder: Path) -> Leftovers:
    """What the run in a folder may have left, by its store; asks no service, and changes nothing.

    Raises:
        UsageError: there is no run; it has left nothing, as its answers came from recordings or from fakes in
            a process; its data are missing; or keys are missing.
    """
    experiment = read_experiment(read_config(folder), {})
    if experiment.is_replay:
        raise UsageError(
            f"{folder}: replays recordings, and so has left nothing at a service. Name the run that recorded "
            "them."
        )
    if not experiment.is_live:
        who = "open weights" if experiment.uses_weights else "fakes"
        raise UsageError(
            f"{folder}: was answered by {who} in its own process, which ended with it, so nothing is left."
        )
    prepared = read_input_offline(experiment)
    with Store(folder / STORE, read_only=True) as store, store.in_memory() as copy:
        check_identity(copy, folder, experiment, prepared.dataset, prepared.origin)  # it may write
        rows = store.trainings()
        earlier = {name: tuple(store.earlier_jobs(name)) for name in rows}
        unanswered = _unanswered(prepared, store)
        standing, batches = standing_deployments(store), store.batches()
        opened = [row for row in batches if row.state != "ended"]
        unread = {
            row.key
            for row in opened
            if not store.answered(row.cell, with_errors=False).issuperset(row.questions)
        }
    begun = [
        _Past(each, rows[each.id], earlier[each.id]) for each in prepared.plan.trainings if each.id in rows
    ]
    cells = {cell.id: cell for cell in prepared.plan.cells}
    asked = [
        _PastBatch(cells[row.cell].model, row, row.key in unread) for row in batches if row.cell in cells
    ]
    deployed = [(cell, standing[name]) for name, cell in cells.items() if name in standing]
    named = [past.training.model for past in begun]
    named += [*(past.model for past in asked), *(cell.model for cell, _ in deployed)]
    profiles = [experiment.profile_of(model)[0] for model in dict.fromkeys(named)]
    if missing := missing_keys(profiles, os.environ):
        raise UsageError(
            f"{folder}: what it left can be deleted with {', '.join(missing)} alone: set what is missing in "
            "the environment."
        )
    return Leftovers(experiment, begun, unanswered, asked, deployed)


def _unanswered(prepared: PreparedRun, store: Store) -> int:
    plan = prepared.plan
    asked = {cell.id: {q.id for q in plan.asked_in[cell.id]} for cell in plan.cells if cell.epochs}
    return sum(len(questions - store.answered(cell)) for cell, questions in asked.items())
