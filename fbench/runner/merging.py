"""Puts the shards of a run together in one store, as if one machine had done it all."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple, cast

from fbench.errors import UsageError
from fbench.plurals import be, counted, listed
from fbench.runner.config import CONFIG, read_experiment
from fbench.runner.deploy import standing_deployments
from fbench.runner.experiment import Experiment
from fbench.runner.folder import STORE, make_folder, read_config
from fbench.runner.going_on import going_on
from fbench.runner.owner import owned
from fbench.runner.pending import pending_units
from fbench.runner.plan import Plan
from fbench.runner.prepared import read_input_offline
from fbench.runner.recording import recording_of, unite_recordings
from fbench.runner.shard import RunShard, shard_of
from fbench.runner.store import Answer, BatchRow, Store, TrainingRow

__all__ = ["merge_shards", "missing_notice"]

_MERGED = "merged_shards"
_SAME = ("experiment", "dataset", "origin", "learner_version", "behaviours", "weights")
_FACTS = frozenset([*_SAME, "plugins"])
"""Facts of the whole run in a shard's store; but for earlier jobs, all others are of the shard alone."""
_EARLIER = "earlier_jobs/"
"""Before the id of a training, in a store: the jobs that it had before its last one."""
_PLACES = {"data", "cassettes", "record"}
"""Fields of the experiment that each machine may have of its own."""


class _Part(NamedTuple):
    """A shard's folder, opened."""

    folder: Path
    experiment: Experiment
    shard: RunShard
    store: Store


def merge_shards(out: Path, folders: Sequence[Path], *, cassettes: Path | None = None) -> list[RunShard]:
    """Copy what shards hold to the run in `out`, which is made if there is none; return those still missing.

    What is there already stays: the same shards may be merged again, and others later. What the shards
    recorded is put together in the folder `cassettes`, if one is given, and the judge is then recorded there.

    Raises:
        UsageError: a folder holds no shard, or one of another experiment; two folders hold the same one; a
            store or a recording is damaged; or `out` or `cassettes` holds something else. The store of
            `out` is as before then.
    """
    if len({folder.resolve() for folder in folders}) < len(folders):
        raise UsageError(f"{folders[0]}: a folder is named twice. Name each shard once.")
    with ExitStack() as opened:
        parts = sorted((_part(folder, opened) for folder in folders), key=lambda part: part.shard)
        first = parts[0]
        for each in parts[1:]:
            _hold_to(first, each)
        plan = read_input_offline(first.experiment).plan
        for each in parts:
            if left := _left_in(each, plan):
                raise UsageError(
                    f"{each.folder}: shard {each.shard} has not ended, {counted(left, 'question')} "
                    f"{be(left)} left: go on with `{going_on(each.folder).command}`, then merge."
                )
            if standing_deployments(each.store):
                raise UsageError(
                    f"{each.folder}: shard {each.shard} has not ended, what it deployed may still "
                    f"stand: go on with `{going_on(each.folder).command}`, then merge."
                )
        numbers = Counter(part.shard.number for part in parts)
        if twice := [part for part in parts if numbers[part.shard.number] > 1]:
            raise UsageError(
                f"{twice[0].folder} and {twice[1].folder}: are both shard {twice[0].shard}. Name one of them."
            )
        recordings = [recording_of(each.experiment, each.folder, cassettes) for each in parts]
        if not (out / CONFIG).is_file():  # or one that was ended while it was made
            make_folder(out, _as_merged(first.experiment, cassettes))
        opened.enter_context(owned(out))
        merged = opened.enter_context(Store(out / STORE))
        there = _merged_in(out, merged, first)
        if cassettes is not None:
            unite_recordings(cassettes, recordings)
        if not there:  # first, so that a merge that is ended can be repeated
            merged.set_meta(_MERGED, [sorted(there), first.shard.of])
        merged.absorb((row for part in parts for row in _told_by(part.store)), _went_on)
        there |= numbers.keys()
        merged.set_meta(_MERGED, [sorted(there), first.shard.of])
    shards = (RunShard(number, first.shard.of) for number in range(1, first.shard.of + 1))
    return [shard for shard in shards if shard.number not in there]


def missing_notice(out: Path, missing: Sequence[RunShard]) -> str:
    """What is said of shards that are missing yet."""
    names = listed([str(shard) for shard in missing], 8)
    return (
        f"{out}: {counted(len(missing), 'shard')} {be(len(missing))} missing yet: {names}. Merge them too "
        "for results."
    )


def _as_merged(experiment: Experiment, cassettes: Path | None) -> Experiment:
    """A shard's experiment as that of the whole run, which replays what it did, or adds to `cassettes`."""
    if experiment.is_replay:
        return experiment
    where = {"cassettes": cassettes, "record": "none" if cassettes is None else "new"}
    return experiment.model_copy(update=where)


def _told_by(store: Store) -> Iterator[tuple[str, tuple[object, ...]]]:
    """What a shard's store tells of the whole run; grades are made anew."""
    for table, row in store.rows(
        ("meta", "training", "answer", "altered", "attempt", "batch", "loss", "ruling")
    ):
        if table != "meta" or row[0] in _FACTS or str(row[0]).startswith(_EARLIER):
            yield table, row


def _went_on(table: str, ours: Sequence[Any], theirs: Sequence[Any]) -> bool:
    """Whether a shard went on since it was merged: it repeated what had failed or was rejected."""
    if table == "training":
        return ours[TrainingRow._fields.index("state")] == "failed"
    if table == "loss":
        return True  # those of a training, of which the shard tells that it succeeded
    if table == "batch":
        return ours[BatchRow._fields.index("state")] != "ended"
    if table == "answer":
        return bool(ours[Answer._fields.index("error")])
    if table == "meta" and str(ours[0]).startswith(_EARLIER):
        before, now = cast("list[list[str]]", [json.loads(row[1]) for row in (ours, theirs)])
        return now[: len(before)] == before
    return False


def _part(folder: Path, opened: ExitStack) -> _Part:
    experiment = read_experiment(read_config(folder), {})
    opened.enter_context(owned(folder))
    store = opened.enter_context(Store(folder / STORE, read_only=True))
    shard = shard_of(store)
    if shard is None:
        raise UsageError(f"{folder}: is a whole run, and no shard. Name folders of `fbench run --shard`.")
    if store.meta(_SAME[0]) is None:
        raise UsageError(f"{folder}: nothing was asked yet. Go on with `fbench resume {folder}`.")
    return _Part(folder, experiment, shard, store)


def _left_in(part: _Part, plan: Plan) -> int:
    """How many questions a shard has not asked, but for those whose training failed."""
    failed = {name for name, row in part.store.trainings().items() if row.state == "failed"}
    works = pending_units(part.shard.part(plan), part.store, lasting=True)
    return sum(
        len(asked) for work in works if work.unit.id not in failed for asked in work.questions.values()
    )


def _hold_to(first: _Part, other: _Part) -> None:
    """Check that two shards are of one run."""
    if other.shard.of != first.shard.of:
        raise UsageError(
            f"{other.folder}: is shard {other.shard}, and {first.folder} is {first.shard}: name the shards "
            "of one run."
        )
    facts = [(name, first.store.meta(name), other.store.meta(name)) for name in _SAME]
    for name, ours, theirs in [*facts, ("experiment", _asked(first.experiment), _asked(other.experiment))]:
        if ours != theirs:
            raise UsageError(
                f"{other.folder}: is a shard of another run than {first.folder}: "
                f"{_difference(name, ours, theirs)}. Name the shards of one run."
            )


def _asked(experiment: Experiment) -> dict[str, object]:
    """What decides on the results of a run, how it is graded and judged too."""
    return experiment.model_dump(mode="json", exclude=_PLACES)


def _difference(name: str, ours: object, theirs: object) -> str:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        one, other = cast("dict[str, object]", ours), cast("dict[str, object]", theirs)
        for field in sorted({*one, *other}):
            if one.get(field) != other.get(field):
                return _difference(f"{name}, field {field!r}", one.get(field), other.get(field))
    return f"its {name} is {json.dumps(theirs)}, and there {json.dumps(ours)}"


def _merged_in(out: Path, merged: Store, first: _Part) -> set[int]:
    """The numbers of the shards that a run was merged from."""
    kept = cast("tuple[list[int], int] | None", merged.meta(_MERGED))
    is_begun = merged.meta(_SAME[0]) is not None
    if is_begun and kept is None:
        raise UsageError(f"{out}: is a run of its own. Choose another folder to merge in.")
    others = _asked(read_experiment(read_config(out), {})) != _asked(first.experiment)
    if is_begun and kept is not None:
        others = others or kept[1] != first.shard.of
        others = others or any(merged.meta(name) != first.store.meta(name) for name in _SAME)
    if others:
        raise UsageError(
            f"{out}: was merged from the shards of another run than {first.folder}. Choose another folder."
        )
    return set(kept[0]) if kept else set()
