"""Several experiments in one folder: each is run, or gone on with, and at the end they are compared."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from fbench.analysis.results_file import written_results
from fbench.analysis.sweep import Sweep, sweep_of
from fbench.errors import ProviderFailed, UsageError
from fbench.files import write_file
from fbench.grading.rest_costs import RestCosts, rest_costs, spent_in
from fbench.grading.run_answers import is_complete
from fbench.pipeline import lay_out, lay_out_new, prepare_again, prepare_new
from fbench.runner.budget import check_budget
from fbench.runner.config import read_experiment
from fbench.runner.folder import STORE, holds_experiment, make_folder, read_config
from fbench.runner.market import check_market
from fbench.runner.prepared import PreparedRun, check_known_models
from fbench.runner.store import Store
from fbench.runner.sweep_file import SWEEP, SweptExperiment, read_sweep

__all__ = ["NextRun", "do_sweep", "laid_out", "next_runs", "sweep_costs"]


class NextRun(NamedTuple):
    """A run of a sweep that is to be carried out, and the budget that is left for it."""

    name: str
    prepared: PreparedRun
    folder: Path
    budget_usd: float | None


def laid_out(file: Path) -> dict[str, PreparedRun]:
    """The runs of a sweep by name, planned, so that what is wrong with one is said before any begins.

    Raises:
        UsageError: the file, or an experiment in it, cannot be used; says which.
    """
    found: dict[str, PreparedRun] = {}
    for each in read_sweep(file):
        with _named(file, each):
            found[each.name] = lay_out_new(each.experiment)
    return found


def sweep_costs(runs: dict[str, PreparedRun], folder: Path) -> RestCosts:
    """What a sweep has spent, and what the rest of it costs."""
    costs = [_rest(run, folder / name) for name, run in runs.items()]
    return RestCosts(*(sum(each) for each in zip(*costs, strict=True)))


def _rest(run: PreparedRun, folder: Path) -> RestCosts:
    if not (folder / STORE).is_file():
        return rest_costs(run)
    with Store(folder / STORE, read_only=True, checked=False) as on_disk, on_disk.in_memory() as store:
        return rest_costs(run, store)


def next_runs(
    file: Path, folder: Path, *, budget_usd: float | None, batch: bool = False
) -> Iterator[NextRun]:
    """The runs of a sweep that have not ended, one after another; each is prepared once the last was done.

    The budget is that of all: each gets what the others have left.

    Raises:
        UsageError: an experiment changed since its run began, or cannot be run.
    """
    check_budget(budget_usd)
    experiments = read_sweep(file)
    for each in experiments:
        mine = folder / each.name
        spent = sum(_spent(folder / other.name) for other in experiments if other.name != each.name)
        left = None if budget_usd is None else max(0.0, budget_usd - spent)
        with _named(file, each):
            prepared = _prepared(each, mine, left, batch=batch)
        if prepared is not None:
            yield NextRun(each.name, prepared, mine, left)


def do_sweep(
    file: Path,
    folder: Path,
    carry_out: Callable[[NextRun], None],
    *,
    budget_usd: float | None,
    batch: bool = False,
) -> Sweep:
    """Do the rest of a sweep, and write what it found to `sweep.json` in its folder.

    A run in which a job failed for good has results nevertheless, and the others go on.

    Raises:
        UsageError: as `laid_out` and `next_runs`.
        ProviderFailed: a run failed for good; all are compared nevertheless.
        FbenchError: what `carry_out` raises; the same sweep goes on later.
    """
    runs = laid_out(file)
    for each in read_sweep(file):
        with _named(file, each):
            check_known_models(each.experiment)
    names = list(runs)
    failed: dict[str, ProviderFailed] = {}
    for run in next_runs(file, folder, budget_usd=budget_usd, batch=batch):
        try:
            carry_out(run)
        except ProviderFailed as error:
            failed[run.name] = error
    ended = [name for name in names if _has_results(folder / name)]
    found = sweep_of(folder, ended)
    write_file(folder / SWEEP, found.to_json())
    if failed:
        name, first = next(iter(failed.items()))
        raise ProviderFailed(f"{len(failed)} of {len(names)} experiments failed. {name}: {first}") from first
    return found


@contextmanager
def _named(file: Path, each: SweptExperiment) -> Generator[None]:
    """What is wrong with an experiment is said with its name."""
    try:
        yield
    except UsageError as error:
        raise UsageError(f"{file}, experiment {each.name!r}: {error}") from error


def _has_results(folder: Path) -> bool:
    with suppress(UsageError):
        written_results(folder)
        return True
    return False


def _spent(folder: Path) -> float:
    if not (folder / STORE).is_file():
        return 0.0
    ready = lay_out(read_experiment(read_config(folder), {}))
    with Store(folder / STORE, read_only=True, checked=False) as store:
        return spent_in(ready, store)


def _prepared(
    each: SweptExperiment, folder: Path, budget_usd: float | None, *, batch: bool
) -> PreparedRun | None:
    """A run as it begins or goes on; None if it has ended."""
    if not (folder / STORE).is_file():
        prepared = prepare_new(each.experiment, budget_usd=budget_usd, batch=batch)
        check_market(prepared, budget_usd=budget_usd)
        make_folder(folder, prepared.experiment)
        return prepared
    if not holds_experiment(folder, each.experiment):
        raise UsageError(
            f"{folder}: its run began with other fields than the file now has: put them back, or give the "
            "experiment another name."
        )
    prepared = prepare_again(folder, judge=None, budget_usd=budget_usd, batch=batch)
    with Store(folder / STORE, read_only=True) as on_disk, on_disk.in_memory() as store:
        if _has_results(folder) and is_complete(prepared, store):
            return None
    return prepared
