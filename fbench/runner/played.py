"""What a replay asked for, of all that was recorded, in all its processes and sessions: kept in its store."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from typing import TypedDict, cast

from fbench.plurals import counted
from fbench.providers.connection import Connection, Played
from fbench.runner.experiment import Experiment
from fbench.runner.store import Store

__all__ = ["add_played", "counting_played", "telling_played", "unplayed"]

_PLAYED = "played"


class _Kept(TypedDict):
    """What the store has: whether it is all that was played, and by cassette what `Played` says."""

    whole: bool
    cassettes: dict[str, tuple[int, str]]


def telling_played(connection: Connection, tell: Callable[[Played], None]) -> Connection:
    """A connection that tells what was played before it releases the recordings."""

    def release() -> None:
        if played := connection.played():
            tell(played)
        connection.release()

    return replace(connection, release=release)


@contextmanager
def counting_played(store: Store, experiment: Experiment) -> Generator[None]:
    """Within the block, a replay plays recordings, and tells by `add_played` which.

    If the block ends in an error, or with this process, something was played that nobody knows of. Nor does
    anybody know what was played by an fbench that did not count.
    """
    kept = _kept(store)
    if kept is None and experiment.is_replay and _is_new(store):
        kept = _Kept(whole=True, cassettes={})
    if kept is None or not kept["whole"]:
        yield
        return
    store.set_meta(_PLAYED, {**kept, "whole": False})
    yield
    if (kept := _kept(store)) is not None:
        store.set_meta(_PLAYED, {**kept, "whole": True})


def add_played(store: Store, played: Played) -> None:
    """Add what one process played, if it is counted."""
    if (kept := _kept(store)) is None:
        return
    cassettes = dict(kept["cassettes"])
    for file, (count, mine) in played.items():
        _, others = cassettes.get(file, (count, "0"))
        cassettes[file] = (count, f"{mine | int(others, 16):x}")
    store.set_meta(_PLAYED, {**kept, "cassettes": cassettes})


def unplayed(store: Store, experiment: Experiment) -> str:
    """What of its recording the run did not ask for, in a sentence; empty if that is nothing or unknown."""
    kept = _kept(store)
    if kept is None or not kept["whole"] or experiment.cassettes is None:
        return ""
    left = {
        file: count - int(mask, 16).bit_count()
        for file, (count, mask) in kept["cassettes"].items()
        if int(mask, 16).bit_count() < count
    }
    if not left:
        return ""
    recorded = counted(sum(count for count, _ in kept["cassettes"].values()), "interaction")
    idle = [file for file in left if not int(kept["cassettes"][file][1], 16)]
    whole = f", {len(idle)} of {counted(len(kept['cassettes']), 'cassette')} not at all" if idle else ""
    return f"Of the recording, {sum(left.values()):,} of {recorded} were not asked for{whole}."


def _kept(store: Store) -> _Kept | None:
    return cast("_Kept | None", store.meta(_PLAYED))


def _is_new(store: Store) -> bool:
    return not store.trainings() and next(store.answers(), None) is None
