"""Plug-ins: additions to fbench by other distributions, found by their entry points.

A distribution registers its additions in one of the groups in `GROUPS`. Importing fbench searches nothing:
the installed distributions are read when a name is not built in, or when a list is needed.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Generator, Iterable
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fbench.errors import UsageError, told

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = [
    "DATASETS_GROUP",
    "GRADERS_GROUP",
    "GROUPS",
    "LEARNERS_GROUP",
    "PROVIDERS_GROUP",
    "REPORTERS_GROUP",
    "Plugin",
    "aside",
    "dataset_argument",
    "find_plugin",
    "hold_to_plugins",
    "installed_plugins",
    "names_with_plugins",
    "note_use",
    "used_plugins",
]

PROVIDERS_GROUP, DATASETS_GROUP, GRADERS_GROUP, REPORTERS_GROUP, LEARNERS_GROUP = (
    "fbench.providers",
    "fbench.datasets",
    "fbench.graders",
    "fbench.reporters",
    "fakes.learners",
)
GROUPS = (PROVIDERS_GROUP, DATASETS_GROUP, GRADERS_GROUP, REPORTERS_GROUP, LEARNERS_GROUP)
"""The groups of entry points. Those of learners are loaded by the fakes, which know nothing of fbench."""

_DATASET = re.compile(r"(?P<name>[A-Za-z][\w.-]+):(?P<argument>.*)", re.DOTALL)

_loaded: dict[tuple[str, str], tuple[Plugin, Any]] = {}
"""The plug-ins loaded in this process, by group and name: each is imported once."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """An entry point of an installed distribution.

    Attributes:
        group: the kind of addition, one of `GROUPS`.
        name: the name that users give.
        distribution: the name of its distribution, as for `pip install`.
        version: the version of the distribution.
    """

    group: str
    name: str
    distribution: str
    version: str

    @property
    def label(self) -> str:
        """The plug-in, for messages."""
        return f"plug-in {self.name!r} ({self.group}) of {self.distribution} {self.version}"

    def to_dict(self) -> dict[str, str]:
        """The plug-in as in `run.json`."""
        return {
            "group": self.group,
            "name": self.name,
            "distribution": self.distribution,
            "version": self.version,
        }


def find_plugin(group: str, name: str, builtin: Collection[str], kind: type | None = None) -> Any:
    """The object that the plug-in `name` of a group offers; None if no installed distribution has it.

    Args:
        group: one of `GROUPS`.
        name: not one of `builtin`.
        builtin: fbench's own names, which no plug-in may take.
        kind: the required type of the object; None for any callable.

    Raises:
        UsageError: the plug-in cannot be imported, has another type, or shares its name. Others of its group
            are not looked at.
    """
    known = _loaded.get((group, name))
    if known is None:
        entry = _usable(group, name, builtin)
        if entry is None:
            return None
        known = _loaded[group, name] = (_described(entry), _load(entry, kind))
    return known[1]


def installed_plugins(group: str) -> list[Plugin]:
    """The plug-ins of a group, by name, also those whose name is taken. None of them is imported."""
    return [_described(entry) for _, entries in sorted(_entries(group).items()) for entry in entries]


def names_with_plugins(group: str, builtin: Iterable[str]) -> list[str]:
    """The valid names: the built-in ones in their order, then those of plug-ins that have theirs alone."""
    builtin = list(builtin)
    found = sorted(_entries(group).items())
    return [*builtin, *(name for name, entries in found if len(entries) == 1 and name not in builtin)]


@contextmanager
def aside() -> Generator[None]:
    """What the code of a plug-in prints goes to stderr meanwhile: stdout has results alone."""
    with redirect_stdout(sys.stderr):
        yield


def note_use(entry: EntryPoint) -> None:
    """Count a plug-in that the fakes load themselves among those that this process uses."""
    _loaded[entry.group, entry.name] = (_described(entry), None)


def used_plugins(names: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """The plug-ins among some (group, name) pairs, as in `run.json`: each once, sorted."""
    return [_loaded[key][0].to_dict() for key in sorted(set(names)) if key in _loaded]


def dataset_argument(source: Path) -> tuple[str, str] | None:
    """The name of a dataset plug-in and its argument, if `source` is written NAME:ARGUMENT.

    None for a path: one that exists, or one with a drive letter.
    """
    found = _DATASET.fullmatch(str(source))
    if found is None or source.exists():
        return None
    return found["name"], found["argument"]


def hold_to_plugins(where: object, kept: Iterable[dict[str, str]]) -> None:
    """Check that the plug-ins with which a run was begun are installed, in any version.

    Args:
        where: the run, for the message.
        kept: what `used_plugins` returned when the run began.

    Raises:
        UsageError: one is missing.
    """
    for plugin in kept:
        group, name, distribution = plugin["group"], plugin["name"], plugin["distribution"]
        if (group, name) in _loaded or name in _entries(group):
            continue
        raise UsageError(
            f"{where}: the run was begun with the plug-in {name!r} ({group}) of {distribution} "
            f"{plugin['version']}, which is not installed: install {distribution} and try again."
        )


def _entries(group: str) -> dict[str, list[EntryPoint]]:
    from importlib.metadata import entry_points  # noqa: PLC0415 - slow, and most commands need no plug-in

    entries: dict[str, list[EntryPoint]] = {}
    for entry in entry_points(group=group):
        entries.setdefault(entry.name, []).append(entry)
    return entries


def _usable(group: str, name: str, builtin: Collection[str]) -> EntryPoint | None:
    """The one entry point of that name, None if there is none.

    Raises:
        UsageError: fbench itself or another distribution has the name too.
    """
    entries = _entries(group).get(name)
    if not entries:
        return None
    if name in builtin:
        raise UsageError(
            f"the {_described(entries[0]).label} cannot be used: fbench itself has {name!r}, and a "
            "plug-in never takes its place. Uninstall it, or have it take another name."
        )
    if len(entries) > 1:
        raise UsageError(
            f"the {_described(entries[0]).label} cannot be used: {_described(entries[1]).distribution} has a "
            "plug-in of this name too. Uninstall one of them."
        )
    return entries[0]


def _described(entry: EntryPoint) -> Plugin:
    distribution = entry.dist
    if distribution is None:  # an entry point created by hand
        return Plugin(entry.group, entry.name, "an unknown distribution", "")
    return Plugin(entry.group, entry.name, distribution.name, distribution.version)


def _load(entry: EntryPoint, kind: type | None) -> Any:
    plugin = _described(entry)
    try:
        with aside():
            loaded: Any = entry.load()
    except (Exception, SystemExit) as error:
        raise UsageError(
            f"the {plugin.label} cannot be imported from {entry.value}: {told(error)}. "
            f"Mend or uninstall {plugin.distribution}."
        ) from error
    if not (callable(loaded) if kind is None else isinstance(loaded, kind)):
        needed = "a function" if kind is None else f"a {kind.__module__}.{kind.__qualname__}"
        raise UsageError(
            f"the {plugin.label} cannot be used: {entry.value} is of the type {type(loaded).__name__}, and "
            f"must be {needed}. Mend or uninstall {plugin.distribution}."
        )
    return loaded
