"""Plug-ins: what other distributions add to fbench, found by their entry points.

A distribution names what it adds under one of the groups in `GROUPS`. Nothing is looked for when fbench is
imported: the installed distributions are read when a name is not built in, or when somebody asks for a list.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fbench.errors import UsageError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = [
    "DATASETS_GROUP",
    "GRADERS_GROUP",
    "GROUPS",
    "PROVIDERS_GROUP",
    "REPORTERS_GROUP",
    "Plugin",
    "dataset_argument",
    "find_plugin",
    "hold_to_plugins",
    "installed_plugins",
    "names_with_plugins",
    "used_plugins",
]

PROVIDERS_GROUP, DATASETS_GROUP, GRADERS_GROUP, REPORTERS_GROUP = (
    "fbench.providers",
    "fbench.datasets",
    "fbench.graders",
    "fbench.reporters",
)
GROUPS = (PROVIDERS_GROUP, DATASETS_GROUP, GRADERS_GROUP, REPORTERS_GROUP)
"""The groups of entry points that fbench reads. Those of `fakes.learners` are read by the fakes."""

_DATASET = re.compile(r"(?P<name>[A-Za-z][\w.-]+):(?P<argument>.*)", re.DOTALL)

_loaded: dict[tuple[str, str], tuple[Plugin, Any]] = {}
"""What was loaded in this process, by group and name: each is imported once."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """An entry point of an installed distribution.

    Attributes:
        group: what it adds, one of `GROUPS`.
        name: what users call it by.
        distribution: the name of the distribution that brings it, as `pip install` takes it.
        version: that distribution's.
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
        """As `run.json` has it."""
        return {
            "group": self.group,
            "name": self.name,
            "distribution": self.distribution,
            "version": self.version,
        }


def find_plugin(group: str, name: str, builtin: Collection[str], kind: type | None = None) -> Any:
    """The object that the plug-in `name` of a group offers; None where no installed distribution has it.

    Args:
        group: one of `GROUPS`.
        name: not one of `builtin`.
        builtin: the names that fbench has itself, which no plug-in may take.
        kind: what the object must be an instance of; None for anything that can be called.

    Raises:
        UsageError: the plug-in cannot be imported, is of another type, or its name is not its own.
    """
    known = _loaded.get((group, name))
    if known is None:
        entry = _entries(group, builtin).get(name)
        if entry is None:
            return None
        known = _loaded[group, name] = (_described(entry), _load(entry, kind))
    return known[1]


def installed_plugins(group: str, builtin: Collection[str]) -> list[Plugin]:
    """The plug-ins of a group, by name. None of them is imported.

    Raises:
        UsageError: the name of one is built in, or that of another distribution's as well.
    """
    return [_described(entry) for _, entry in sorted(_entries(group, builtin).items())]


def names_with_plugins(group: str, builtin: Iterable[str]) -> list[str]:
    """The names that may be given: the built-in ones in their order, then those of plug-ins.

    Raises:
        UsageError: as `installed_plugins`.
    """
    builtin = list(builtin)
    return [*builtin, *(plugin.name for plugin in installed_plugins(group, builtin))]


def used_plugins(names: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """Those of some (group, name) that are plug-ins, as `run.json` has them: each once, sorted."""
    return [_loaded[key][0].to_dict() for key in sorted(set(names)) if key in _loaded]


def dataset_argument(source: Path) -> tuple[str, str] | None:
    """The name of a dataset plug-in and its argument, where `source` is written NAME:ARGUMENT.

    None for a path: one that exists, or whose colon stands behind a single letter, as drives have it.
    """
    found = _DATASET.fullmatch(str(source))
    if found is None or source.exists():
        return None
    return found["name"], found["argument"]


def hold_to_plugins(where: object, kept: Iterable[dict[str, str]]) -> None:
    """Makes sure that the plug-ins which a run was begun with are installed, in whatever version.

    Args:
        where: the run, for the message.
        kept: what `used_plugins` returned when the run began.

    Raises:
        UsageError: one is missing.
    """
    for plugin in kept:
        group, name, distribution = plugin["group"], plugin["name"], plugin["distribution"]
        if (group, name) in _loaded or name in _entries(group, ()):
            continue
        raise UsageError(
            f"{where}: the run was begun with the plug-in {name!r} ({group}) of {distribution} "
            f"{plugin['version']}, which is not installed: install {distribution} and try again."
        )


def _entries(group: str, builtin: Collection[str]) -> dict[str, EntryPoint]:
    from importlib.metadata import entry_points  # noqa: PLC0415 - slow, and most commands need no plug-in

    entries: dict[str, EntryPoint] = {}
    for entry in entry_points(group=group):
        if entry.name in builtin:
            raise UsageError(
                f"the {_described(entry).label} cannot be used: fbench itself has {entry.name!r}, and a "
                "plug-in never takes its place. Uninstall it, or have it take another name."
            )
        if (other := entries.get(entry.name)) is not None:
            raise UsageError(
                f"the {_described(entry).label} cannot be used: {_described(other).distribution} has a "
                "plug-in of this name too. Uninstall one of them."
            )
        entries[entry.name] = entry
    return entries


def _described(entry: EntryPoint) -> Plugin:
    distribution = entry.dist
    if distribution is None:  # an entry point that was made by hand
        return Plugin(entry.group, entry.name, "an unknown distribution", "")
    return Plugin(entry.group, entry.name, distribution.name, distribution.version)


def _load(entry: EntryPoint, kind: type | None) -> Any:
    plugin = _described(entry)
    try:
        loaded: Any = entry.load()
    except Exception as error:
        raise UsageError(
            f"the {plugin.label} cannot be imported from {entry.value}: {type(error).__name__}: {error}. "
            f"Mend or uninstall {plugin.distribution}."
        ) from error
    if not (callable(loaded) if kind is None else isinstance(loaded, kind)):
        needed = "a function" if kind is None else f"a {kind.__module__}.{kind.__qualname__}"
        raise UsageError(
            f"the {plugin.label} cannot be used: {entry.value} is of the type {type(loaded).__name__}, and "
            f"must be {needed}. Mend or uninstall {plugin.distribution}."
        )
    return loaded
