"""A run in shards on a Ray cluster: each shard is a task, and Ray gives the tasks of a lost node to another.

The folders of the shards lie on a file system that all nodes share. A task goes on with what its folder
holds, whoever began it: so nothing is bought twice. Ray does all else. It is imported only here, when asked
for.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from importlib import import_module
from pathlib import Path
from socket import create_connection
from typing import Any, NamedTuple, cast

from fbench.errors import BudgetReached, FbenchError, Incomplete, ProviderFailed, UsageError, told
from fbench.pipeline import carry_out, prepare_again
from fbench.providers.pacing import Rates
from fbench.runner.experiment import Experiment
from fbench.runner.folder import holds_shard, make_folder
from fbench.runner.owner import wait_until_free
from fbench.runner.shard import RunShard
from fbench.runner.stop import Stop, on_interrupt

__all__ = ["Ended", "Working", "raise_first", "run_on_ray"]

_RETRIES = 10
"""How often Ray gives the task of a shard to another node, or to another process, when it lost one."""
_PATIENCE = 300.0
"""For how many seconds a shard waits for the lock of a node that was lost: a file server keeps it a while."""
_CONNECTS = 10.0
"""For how many seconds a cluster is waited for."""
_CANCELLED = 60.0
"""For how many seconds shards that are to stop may finish their requests in flight."""
_KINDS: Mapping[int, type[FbenchError]] = {
    kind.exit_code: kind for kind in (UsageError, Incomplete, BudgetReached, ProviderFailed)
}


class Working(NamedTuple):
    """How the shards work, each with its share of budget and rates, which are those of the whole run."""

    command: list[str]
    concurrency: int
    budget_usd: float | None
    rates: Rates
    batch: bool


class Ended(NamedTuple):
    """How a shard ended: 0, or the exit code of an error with its text."""

    folder: Path
    code: int
    said: str


def run_on_ray(
    experiment: Experiment,
    out: Path,
    count: int,
    working: Working,
    *,
    address: str | None,
    tell: Callable[[str], None],
) -> tuple[list[Path], list[Ended]]:
    """Do the rest of all shards as tasks on a cluster; return their folders, and those that did not end.

    Without an address, it is that of RAY_ADDRESS, or of this machine. A shard is one process, and takes a
    CPU. The folders are beside `out`; one that is there already is gone on with. `tell` is told of each shard
    that ends.

    Raises:
        UsageError: Ray is not installed here, or no cluster answers; or a folder holds something else.
        KeyboardInterrupt: it was interrupted; the shards have finished their requests in flight.
    """
    if experiment.cassettes is not None and experiment.record != "none":
        raise UsageError(
            "--executor does not go with --record: do the shards by --shard, each with its own --cassettes."
        )
    with _connected(_imported(), address) as ray:
        folders = _made(experiment, out, count)
        task = ray.remote(max_retries=_RETRIES, num_cpus=1, scheduling_strategy="SPREAD")(_do_shard)
        running = {task.remote(str(folder), working): folder for folder in folders}
        failed: list[Ended] = []
        try:
            while running:
                for ref in ray.wait(list(running), num_returns=1)[0]:
                    ended = _outcome(ray, ref, running.pop(ref))
                    tell(f"{ended.folder}: {ended.said or 'has ended'}")
                    failed += [ended] if ended.code else []
        except KeyboardInterrupt:
            for ref in running:
                ray.cancel(ref)
            ray.wait(list(running), num_returns=len(running), timeout=_CANCELLED)
            raise
    return folders, sorted(failed)


def _made(experiment: Experiment, out: Path, count: int) -> list[Path]:
    """The folders of all shards, of which those are made that are not there yet."""
    place = out.resolve().with_name(f"{out.name}.shards")
    shards = {place / str(number): RunShard(number, count) for number in range(1, count + 1)}
    for folder, shard in shards.items():
        if not holds_shard(folder, experiment, shard):
            make_folder(folder, experiment, shard)
    return list(shards)


def raise_first(failed: Sequence[Ended]) -> None:
    """Raise the error of the first shard that did not reach its end, if there is one."""
    for folder, code, said in failed:
        error = _KINDS.get(code, FbenchError)(f"{folder}: {said}")
        error.add_note("To go on: give the same command again.")
        raise error


def _imported() -> Any:
    try:
        return cast("Any", import_module("ray"))
    except ImportError as error:
        raise UsageError(
            "--executor ray needs Ray, which is not installed here: install it with "
            "`pip install 'fbench[ray]'`, on all nodes of the cluster too."
        ) from error


@contextmanager
def _connected(ray: Any, address: str | None) -> Generator[Any]:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    with redirect_stdout(sys.stderr):  # Ray tells there of nodes that it lost; stdout is for results
        where = address or os.environ.get("RAY_ADDRESS") or "auto"
        try:
            _hold_to_port(where)
            ray.init(where, log_to_driver=False, logging_level="WARNING")
        except (OSError, RuntimeError, ValueError) as error:
            raise UsageError(
                f"no Ray cluster answers at {where!r} ({told(error)}): start one with `ray start`, or name "
                "its --address."
            ) from error
        try:
            yield ray
        finally:
            ray.shutdown()


def _hold_to_port(address: str) -> None:
    """Check that something listens at an address of host and port: Ray itself tries for many minutes.

    Raises:
        OSError: nothing does.
    """
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdigit():
        create_connection((host.strip("[]"), int(port)), _CONNECTS).close()


def _outcome(ray: Any, ref: object, folder: Path) -> Ended:
    try:
        return Ended(folder, *ray.get(ref))
    except ray.exceptions.RayTaskError as error:
        return Ended(folder, FbenchError.exit_code, told(error.cause))
    except ray.exceptions.RayError as error:  # it was lost more often than it is given to others
        return Ended(folder, Incomplete.exit_code, told(error))


def _do_shard(place: str, working: Working) -> tuple[int, str]:
    """In a process of the cluster: do the rest of a shard; an error as its exit code and text."""
    folder, stop = Path(place), Stop()
    try:
        wait_until_free(folder, _PATIENCE)
        prepared = prepare_again(folder, judge=None, budget_usd=working.budget_usd)
        with on_interrupt(stop):
            carry_out(prepared, folder, jobs=1, stop=stop, **working._asdict())
    except FbenchError as error:
        return error.exit_code, str(error)
    return 0, ""
