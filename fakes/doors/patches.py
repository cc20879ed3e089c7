"""Functions of other packages that are replaced for good, wherever and whenever these are imported.

A replaced function asks first whether a block of `intercept` is open (see `fakes.doors.blocks`). Where none
is, it does what it always did. So blocks may overlap, and none has anything to put back in the end.
"""

from __future__ import annotations

import inspect
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import WRAPPER_ASSIGNMENTS, wraps
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, cast
from weakref import WeakSet

from fakes.doors.blocks import meant

__all__ = ["Patch", "is_patched", "patch"]


@dataclass(frozen=True, slots=True)
class Patch:
    """A function of a module, and what is called in its place while a block is open.

    Attributes:
        module: where the function is found, such as `httpcore`.
        name: within it, such as `ConnectionPool.handle_request`.
        stand_in: is called with the block, the replaced function and its arguments.
        awaited: both are coroutine functions.
        always: it is called where no block is open too, with None for the block.
    """

    module: str
    name: str
    stand_in: Callable[..., Any]
    awaited: bool = False
    always: bool = False


def patch(patches: Iterable[Patch]) -> None:
    """Replaces the functions: at once where their modules are loaded, else when they will be.

    May be called again, at no cost. A replacement that somebody else (a mock) has put over ours since then
    is replaced in its turn, so that the block which is opened last has the first word.
    """
    for each in patches:
        if each not in _wanted[each.module]:
            _wanted[each.module].append(each)
        if (module := sys.modules.get(each.module)) is not None:
            _apply(each, module)
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)


def is_patched(function: object) -> bool:
    """Whether a function is a replacement of ours."""
    return inspect.isfunction(function) and function in _made


_wanted: defaultdict[str, list[Patch]] = defaultdict(list)
_made: WeakSet[Any] = WeakSet()


def _apply(each: Patch, module: ModuleType) -> None:
    *path, name = each.name.split(".")
    owner: Any = module
    for part in path:
        owner = getattr(owner, part, None)
    found = inspect.getattr_static(owner, name, None)
    # in another version of the package it may have another name; a class of another package is a mock's
    ours_to_patch = (
        owner is module or getattr(owner, "__module__", "").split(".")[0] == each.module.split(".")[0]
    )
    if found is not None and ours_to_patch and not is_patched(found):
        made = _replacement(each, found if owner is module else _as_method(found))
        with suppress(TypeError, ValueError):  # of a function in C, or a mock
            made.__signature__ = inspect.signature(found)  # pyright: ignore[reportFunctionMemberAccess] - PEP 362
        _made.add(made)
        setattr(owner, name, made)


def _replacement(each: Patch, original: Callable[..., Any]) -> Callable[..., Any]:
    stand_in, always = each.stand_in, each.always
    if each.awaited:

        @wraps(original, WRAPPER_ASSIGNMENTS, ())
        async def awaited(*args: Any, **kwargs: Any) -> Any:
            block = meant()
            if block is None:
                return await original(*args, **kwargs)
            return await stand_in(block, original, *args, **kwargs)

        return awaited

    @wraps(original, WRAPPER_ASSIGNMENTS, ())
    def called(*args: Any, **kwargs: Any) -> Any:
        block = meant()
        if block is None and not always:
            return original(*args, **kwargs)
        return stand_in(block, original, *args, **kwargs)

    return called


def _as_method(found: Any) -> Callable[..., Any]:
    """What a class has under a name, to be called with an instance; a mock does not take one."""
    if hasattr(cast("Any", type(found)), "__get__"):
        return found

    def without_instance(_instance: object, *args: Any, **kwargs: Any) -> Any:
        return found(*args, **kwargs)

    return without_instance


class _Finder(MetaPathFinder):
    """Finds what the other finders find, and patches it when it is loaded."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in _wanted:
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(fullname, path, target)
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _Loader(spec.loader)
                return spec
        return None


class _Loader(Loader):
    """Another loader, whose module is patched as soon as it is loaded; the module does not see this one."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._inner.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._inner
        if module.__spec__ is not None:
            module.__spec__.loader = self._inner
        self._inner.exec_module(module)
        for each in _wanted[module.__name__]:
            _apply(each, module)


_finder = _Finder()
