"""Cassettes in tests: the one of a test, used by the fixture, and those of `use_cassette`."""

from __future__ import annotations

import inspect
import os
import warnings
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from contextlib import ExitStack
from copy import copy
from datetime import UTC, date, datetime
from functools import wraps
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from fakes import intercept
from fakes.doors.lifting import lifted
from fbench.cassette import (
    Cassette,
    CassetteTransport,
    CassetteWarning,
    scrubber_from_environ,
    write_attributes,
)
from fbench.cassette.modes import CALLED, mode_of
from fbench.cassette.tools.diff import compare_recordings
from fbench.errors import CassetteError
from fbench.plurals import counted
from fbench.testing.cassette_settings import CassetteSettings, settings_of
from fbench.testing.default_mode import default_mode
from fbench.testing.network import Network
from fbench.testing.played import note_played

__all__ = ["VERIFY", "Recorded", "use_cassette"]

VERIFY = "verify"
_SHOWN = 5
_ADVICE = (
    "Record it again with --fbench-record=all (mode='all'), or with new if it only asks for more than before."
)
_Function = TypeVar("_Function", bound=Callable[..., Any])


class Recorded:
    """A cassette that serves the clients of this process while it is open, and nothing beside it is reached.

    Attributes:
        path: its file.
        mode: `none`, `new`, `all` or `verify`.
        cassette: what replays and records.
    """

    def __init__(self, path: Path, settings: CassetteSettings, origin: Mapping[str, object]) -> None:
        """Open a cassette.

        Raises:
            CassetteError: there is none and the mode needs one, or it is damaged.
            ValueError: there is no such mode.
        """
        named = settings.mode or default_mode()
        if named != VERIFY and named not in CALLED:
            raise ValueError(
                f"{path}: {named!r} is no mode of recording: name one of {', '.join(CALLED)}, {VERIFY}."
            )
        exists = path.exists() and path.stat().st_size > 0
        self.path, self._settings, self._network = path, settings, Network()
        self.mode = VERIFY if named == VERIFY else mode_of(named, exists=exists)
        if not exists and self.mode in ("none", VERIFY):
            raise CassetteError(
                f"{path}: no recording of this test is there. Make one with `pytest --fbench-record=new`, "
                "or mode='new', which sends its requests to the services."
            )
        today = datetime.now(UTC).date()
        provenance = {"recorded": today.isoformat(), **origin}
        if settings.expires is not None:
            provenance["expires"] = settings.expires
        self.cassette = Cassette(
            self._place,
            "all" if self.mode == VERIFY else self.mode,
            scrub=scrubber_from_environ(os.environ, keep=settings.keep_headers, more=settings.named_secrets),
            matchers=settings.matchers,
            provenance=provenance,
            resume=False,
            advice=_ADVICE,
        )
        _warn_of_age(path, self.cassette, self.mode, today)
        if self.mode != VERIFY:
            note_played(path)

    @property
    def _place(self) -> Path:
        return self.path.with_name(f"{self.path.name}.verify") if self.mode == VERIFY else self.path

    def transport(self, inner: object = None) -> CassetteTransport:
        """A transport for a client of httpx2 or httpx, sync or async, which replays and records by the mode.

        Requests to the service go through `inner`, or, without it, over the network.
        """
        sends = self._network if inner is None and self.mode != "none" else inner
        return CassetteTransport(self.cassette, sends, around=lifted)

    def unused(self) -> str:
        """The unused part of a recording, in words; empty if all was used, or all was recorded again."""
        left = [] if self.mode in ("all", VERIFY) else self.cassette.unused()
        if not left or self._settings.partly_used:
            return ""
        shown = ", ".join(f"{each.method} {each.url}" for each in left[:_SHOWN])
        more = f" and {len(left) - _SHOWN} more" if len(left) > _SHOWN else ""
        return (
            f"{self.path}: {len(left)} of {counted(len(self.cassette), 'recorded interaction')} "
            f"{'was' if len(left) == 1 else 'were'} not asked "
            f"for: {shown}{more}. Record the test again with --fbench-record=all, or mark it with "
            "@pytest.mark.fbench_cassette(partly_used=True)."
        )

    def keep(self) -> None:
        """Close the cassette, with what was recorded.

        Raises:
            CassetteError: it cannot be written; or, in mode `verify`, the service answers otherwise.
        """
        self._network.close()
        if self.mode == "none":
            self.cassette.close()
            return
        self.cassette.close(empty=True)
        if self.mode == VERIFY:
            try:
                if told := _differences(self.path, self._place, partly_used=self._settings.partly_used):
                    raise CassetteError(
                        f"{self.path}: the service does not answer as it did: {told}. Look at what changed, "
                        "and record the test again with --fbench-record=all."
                    )
            finally:
                self._place.unlink(missing_ok=True)

    def discard(self) -> None:
        """Close the cassette, and leave its file as it was."""
        self._network.close()
        self.cassette.discard()


class use_cassette:  # noqa: N801 - it is called as a function is, as in other recorders
    """A cassette for a block, or for a function that this decorates: every client of the process is served.

        with use_cassette("chat.yaml"):
            my_application.answer("How long is the course?")

    Served are httpx2, httpx, requests, urllib3 and aiohttp, sync and async, wherever the application makes
    its clients (see `fakes.intercept`); all else that uses the network is refused. If the block ends in an
    error, the recording stays as it was.

    Args:
        path: the file, relative to the current folder.
        mode: and the other settings: see `fbench.testing.CassetteSettings`.

    Raises:
        ValueError: a setting is wrong.
        CassetteError: there is no recording, and the mode forbids making one; or it is damaged.
    """

    def __init__(self, path: str | Path, mode: str | None = None, **settings: Any) -> None:
        given = {"mode": mode, "partly_used": True, **settings}
        self._path, self._settings = Path(path), settings_of(given, f"use_cassette({str(path)!r})")
        self._open: list[ExitStack] = []

    def __enter__(self) -> Recorded:
        made = Recorded(self._path, self._settings, {})
        stack = ExitStack()
        stack.push(_Ending(made))
        stack.enter_context(intercept(made.transport(), allow=self._settings.allow))
        self._open.append(stack)
        return made

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._open.pop().__exit__(kind, error, traceback)

    async def __aenter__(self) -> Recorded:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, traceback)

    def __call__(self, function: _Function) -> _Function:
        """The function, which runs within the cassette; if it yields, from its first step to its last.

        Raises:
            TypeError: it is a class.
        """
        if inspect.isclass(function):
            raise TypeError(
                f"use_cassette({str(self._path)!r}): {function.__name__} is a class: decorate its methods."
            )

        @wraps(function)
        def called(*args: Any, **kwargs: Any) -> Any:
            with self._again():
                return function(*args, **kwargs)

        @wraps(function)
        async def awaited(*args: Any, **kwargs: Any) -> Any:
            with self._again():
                return await function(*args, **kwargs)

        @wraps(function)
        def yielding(*args: Any, **kwargs: Any) -> Generator[Any]:
            with self._again():
                yield from function(*args, **kwargs)

        @wraps(function)
        async def async_yielding(*args: Any, **kwargs: Any) -> AsyncGenerator[Any]:
            with self._again():
                async for each in function(*args, **kwargs):
                    yield each

        made: Callable[..., Any] = called
        if inspect.iscoroutinefunction(function):
            made = awaited
        elif inspect.isgeneratorfunction(function):
            made = yielding
        elif inspect.isasyncgenfunction(function):
            made = async_yielding
        return cast("_Function", made)

    def _again(self) -> Self:
        """The same for one call of a function, which may run many times at once."""
        made = copy(self)
        made._open = []  # noqa: SLF001 - its own
        return made


class _Ending:
    """Keeps what was recorded where its block ended well."""

    def __init__(self, made: Recorded) -> None:
        self._made = made

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._made.discard()
        elif told := self._made.unused():
            self._made.discard()
            raise AssertionError(told)
        else:
            self._made.keep()
            if self._made.mode in ("new", "all"):
                write_attributes(self._made.path.parent)


def _warn_of_age(path: Path, cassette: Cassette, mode: str, today: date) -> None:
    expires = cassette.provenance.get("expires")
    if mode == "none" and isinstance(expires, str) and expires < today.isoformat():
        warnings.warn(
            f"{path}: expired on {expires}: record it again with --fbench-record=all.",
            CassetteWarning,
            stacklevel=4,
        )


def _differences(old: Path, new: Path, *, partly_used: bool) -> str:
    """How a service answers otherwise than it did, in words; what a model says does not count."""
    drift = compare_recordings(old, new)
    told = [f"{each.endpoint}: {each.field} {each.kind}" for each in drift.fields]
    told += [
        f"{each.endpoint}: {each.field} was {each.old} and is {each.new}"
        for each in drift.changes
        if not each.said
    ]
    if not partly_used:
        told += [f"{place}: {counted(n, 'call')} less" for place, n in drift.only_old.items()]
    told += [f"{place}: {counted(n, 'call')} more" for place, n in drift.only_new.items()]
    more = f" and {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
    return "; ".join(told[:_SHOWN]) + more
