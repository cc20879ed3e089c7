"""Learners by name: the built-in ones, and those of installed plug-ins.

A plug-in is a distribution with an entry point in the group `fakes.learners`, whose value is the learner's
class, or a function that makes one:

    [project.entry-points."fakes.learners"]
    parrot = "parrot_learner:ParrotLearner"
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from hashlib import blake2b
from importlib import import_module
from inspect import Parameter, signature
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from fakes.learners.protocol import Learner

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["GROUP", "find_learner", "known_learners", "load", "plugin_of"]

GROUP = "fakes.learners"
_BUILT_IN = {
    "hf": "fakes.learners.local.learner:LocalLearner",
    "replay": "fakes.learners.replay:ReplayLearner",
    "scripted": "fakes.learners.scripted:ScriptedLearner",
    "softmax": "fakes.learners.softmax:SoftmaxLearner",
    "tiny": "fakes.learners.tiny.learner:TinyLearner",
}
_TRAINED = ("softmax", "tiny")
"""The built-in learners whose base models know something: they are made with a prior and a seed."""


_NAMED = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)


def load(name: str, **options: Any) -> Learner:
    """The learner of that name, made with these options: `load("scripted", answers={"Hello?": "Hello."})`.

    A built-in name is always the built-in learner.

    Raises:
        ValueError: there is no learner of that name, or two plug-ins have one; or it cannot be imported or
            made, does not accept the options, or is no learner. The message names the known ones, or the
            plug-in at fault.
    """
    what, make = _maker(name)
    return _made(what, make, options)


def find_learner(
    told: str, *files: Path, prior: Iterable[tuple[str, str]] = (), seed: int = 0
) -> tuple[Learner, str]:
    """The learner that a user tells by its name and files, and what tells it from others, for records.

    `told` is a name, as of `load`, or `NAME:FILE`, which puts this file before the `files`: `softmax`,
    `scripted:answers.jsonl`, `replay:model_responses`. What is returned second is the name, a plug-in's
    distribution and version, and a digest of the files, or the learner's `identity` if it has one.

    A class that has a class method `from_files` is made by it, of paths, at least one; any other by a call
    without arguments, softmax and tiny with `prior` and `seed`.

    Raises:
        ValueError: as `load`; or a file is wrong, missing, or of no use; or there is a prior and the learner
            has no use for it.
    """
    name, _, first = told.partition(":")
    here = first.startswith(("./", ".\\"))  # a path loses it, and may then be taken for an id of the hub
    paths = [*([Path(first).absolute() if here else Path(first)] if first else []), *files]
    known = list(prior)
    what, make = _maker(name)
    if known and name not in _TRAINED:
        trained = " and ".join(_TRAINED)
        raise ValueError(f"{what} takes no prior: only {trained} are told what base models already know.")
    from_files: Callable[..., object] | None = getattr(make, "from_files", None)
    if from_files is None:
        if paths:
            raise ValueError(f"{what} takes no file; {paths[0]} was given.")
        options = {"prior": known, "seed": seed} if name in _TRAINED else {}
        learner = _made(what, make, options)
    elif not paths:
        needs: str = getattr(make, "needs", f"answers from a file. Name it: {name}:FILE")
        raise ValueError(f"{what} {needs}.")
    else:
        learner = _checked(what, from_files(*paths))
    parts = [name] if name in _BUILT_IN else [name, known_learners()[name]]
    identity: str | None = getattr(learner, "identity", None)
    if identity is not None:
        parts.append(identity)
    elif paths:
        parts.append(_digest(paths))
    return learner, " ".join(parts)


def _maker(name: str) -> tuple[str, Callable[..., object]]:
    """The learner in words, and what makes it. ValueError: see `load`."""
    plugin = plugin_of(name)
    what = f"The learner {name!r} of {_origin(plugin) if plugin else 'fakes'}"
    try:
        return what, plugin.load() if plugin else _imported(_BUILT_IN[name])
    except (ImportError, AttributeError) as error:
        raise ValueError(f"{what} cannot be imported: {error}. Install it anew.") from error
    except (Exception, SystemExit) as error:
        raise ValueError(f"{what} cannot be imported: {_told(error)}. Mend it.") from error


def _lacking(make: Callable[..., object], options: Mapping[str, Any]) -> list[str]:
    """The options without which a learner cannot be made, and which are not given."""
    try:
        known = signature(make).parameters.values()
    except (TypeError, ValueError):  # not every callable tells
        return []
    wanted = (each for each in known if each.default is each.empty and each.kind in _NAMED)
    return [each.name for each in wanted if each.name not in options]


def _made(what: str, make: Callable[..., object], options: dict[str, Any]) -> Learner:
    if lacking := _lacking(make, options):
        raise ValueError(
            f"{what} needs {', '.join(lacking)}, which a name alone does not give. Give them in Python "
            "(`fakes.learners.load(name, **options)`), or name a file if it answers from one."
        )
    try:
        learner = make(**options)
    except TypeError as error:
        raise ValueError(f"{what} cannot be made with the options {options}: {error}.") from error
    except (Exception, SystemExit) as error:
        raise ValueError(f"{what} failed when it was made: {_told(error)}. Mend it.") from error
    return _checked(what, learner)


def _checked(what: str, learner: object) -> Learner:
    missing = [each for each in ("base", "train") if not callable(getattr(learner, each, None))]
    if missing:
        raise ValueError(f"{what} is no learner: it has no method {' and no method '.join(missing)}.")
    return cast("Learner", learner)


def plugin_of(name: str) -> EntryPoint | None:
    """The entry point of the plug-in whose learner has that name; None for a built-in learner.

    Raises:
        ValueError: there is no learner of that name, or two plug-ins have one.
    """
    if name in _BUILT_IN:
        return None
    found = [each for each in _installed() if each.name == name]
    if len(found) > 1:
        origins = " and ".join(map(_origin, found))
        raise ValueError(f"Two plug-ins have a learner {name!r}: {origins}. Uninstall one of them.")
    if not found:
        learners = known_learners()
        close = get_close_matches(name.casefold(), learners, n=1)
        meant = f" Did you mean {close[0]!r}?" if close else ""
        known = ", ".join(f"{each} ({origin})" for each, origin in learners.items())
        raise ValueError(f"There is no learner {name!r}.{meant} Known learners: {known}.")
    return found[0]


def _digest(paths: Iterable[Path]) -> str:
    """A digest of the content of files, and of all files in folders."""
    found = blake2b(digest_size=8)
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                found.update(blake2b(file.read_bytes()).digest())
    return found.hexdigest()


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


def _told(error: BaseException) -> str:
    """An error of a plug-in's code in one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}".rstrip(".: ")
