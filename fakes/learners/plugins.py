"""Learners by name: the built-in ones, and those of installed plug-ins.

A plug-in is a distribution with an entry point in the group `fakes.learners`, whose value is the learner's
class, or a function that makes one:

    [project.entry-points."fakes.learners"]
    parrot = "parrot_learner:ParrotLearner"
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from fakes.learners.protocol import Learner

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["GROUP", "known_learners", "load"]

GROUP = "fakes.learners"
_BUILT_IN = {
    "replay": "fakes.learners.replay:ReplayLearner",
    "scripted": "fakes.learners.scripted:ScriptedLearner",
    "softmax": "fakes.learners.softmax:SoftmaxLearner",
}


def load(name: str, **options: Any) -> Learner:
    """The learner of that name, made with these options: `load("scripted", answers={"Hello?": "Hello."})`.

    A built-in name is always the built-in learner.

    Raises:
        ValueError: there is no learner of that name, or two plug-ins have one; or it cannot be imported, does
            not accept the options, or is no learner. The message names the known ones, or the plug-in at
            fault.
    """
    found = [] if name in _BUILT_IN else [each for each in _installed() if each.name == name]
    if len(found) > 1:
        origins = " and ".join(map(_origin, found))
        raise ValueError(f"Two plug-ins have a learner {name!r}: {origins}. Uninstall one of them.")
    if not found and name not in _BUILT_IN:
        known = ", ".join(f"{each} ({origin})" for each, origin in known_learners().items())
        raise ValueError(f"There is no learner {name!r}. Known learners: {known}.")
    what = f"The learner {name!r} of {_origin(found[0]) if found else 'fakes'}"
    try:
        make = found[0].load() if found else _imported(_BUILT_IN[name])
    except (ImportError, AttributeError) as error:
        raise ValueError(f"{what} cannot be imported: {error}. Install it anew.") from error
    try:
        learner = make(**options)
    except TypeError as error:
        raise ValueError(f"{what} cannot be made with the options {options}: {error}.") from error
    missing = [each for each in ("base", "train") if not callable(getattr(learner, each, None))]
    if missing:
        raise ValueError(f"{what} is no learner: it has no method {' and no method '.join(missing)}.")
    return cast("Learner", learner)


def known_learners() -> dict[str, str]:
    """The names of all learners, and the origin of each: `fakes`, or a plug-in with its version."""
    found = {each.name: _origin(each) for each in _installed()}
    return dict(sorted((found | dict.fromkeys(_BUILT_IN, "fakes")).items()))


def _installed() -> list[EntryPoint]:
    from importlib.metadata import entry_points  # noqa: PLC0415 - only a learner by its name needs it

    return sorted(entry_points(group=GROUP), key=lambda each: (each.name, _origin(each)))


def _origin(entry: EntryPoint) -> str:
    """The distribution of a plug-in, with its version."""
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.value


def _imported(path: str) -> Any:
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)
