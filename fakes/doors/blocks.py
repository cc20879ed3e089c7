"""The open blocks of `intercept`, and which of them a call belongs to."""

from __future__ import annotations

import socket
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from ipaddress import ip_address
from threading import Lock, Thread, current_thread, local
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary, ref

from fakes.doors.lifting import carried_lifted, is_lifted

if TYPE_CHECKING:
    from fakes.doors.answers import Answers

__all__ = ["Block", "carried", "meant", "opened", "resolving", "thread_starts"]


class Block:
    """One `with intercept(...)`: what answers in it, and the hosts that may be reached.

    Args:
        answers: what answers.
        allow: hosts, with a port or without: "localhost", "10.0.0.7:5432", "[::1]:80".

    Raises:
        ValueError: a host in `allow` cannot be found.
    """

    def __init__(self, answers: Answers, allow: Iterable[str] = ()) -> None:
        self.answers = answers
        self.is_open = False
        self.outer: Block | None = None
        self.thread = current_thread()
        self._allowed = frozenset(place for entry in allow for place in _places(entry))
        self.allows_any = bool(self._allowed)

    def allows(self, host: object, port: object = None) -> bool:
        """Whether the network may be used for this host (a name or an address) and port."""
        if not self.allows_any or host is None:
            return False
        name = host.decode("ascii", "replace") if isinstance(host, bytes | bytearray) else str(host)
        name = name.strip("[]").lower()
        return (name, None) in self._allowed or (name, port) in self._allowed

    def allows_url(self, url: str) -> bool:
        """Whether the network may be used for the place of a URL, which need not tell a usual port."""
        if not self.allows_any:
            return False
        try:
            parts = urlsplit(url)
            return self.allows(parts.hostname, parts.port or _PORTS.get(parts.scheme))
        except ValueError:  # of a port that is none
            return False

    def knows(self, host: object) -> bool:
        """Whether the name of this host may be resolved."""
        return any(self.allows(host, port) for port in {port for _, port in self._allowed})


_PORTS = {"http": 80, "https": 443}
_innermost: ContextVar[Block | None] = ContextVar("fakes.intercept", default=None)
_open: tuple[Block, ...] = ()
"""The open blocks, oldest first; replaced as a whole, so that it can be read without the lock."""
_changing = Lock()
_starts: WeakKeyDictionary[Thread, tuple[Block | None, ref[Thread]]] = WeakKeyDictionary()
"""Of a thread: the block in which it was started, and the thread that started it."""
_resolving = local()


def meant() -> Block | None:
    """The block that a call belongs to, if any is open.

    It is the innermost open block of the calling context, else that in which this thread was started, else
    that of the thread that started it, and so on; else the block that was opened last.
    """
    blocks = _open
    if not blocks or is_lifted():
        return None
    return _first_open(_innermost.get()) or _of_starter(current_thread(), blocks) or blocks[-1]


@contextmanager
def opened(block: Block) -> Generator[None]:
    """Opens a block for the calling context, and closes it.

    It may be closed from another context, and blocks need not be closed in the reverse order.
    """
    global _open  # noqa: PLW0603 - the blocks of a process
    block.outer = _first_open(_innermost.get())
    with _changing:
        block.is_open = True
        _open = (*_open, block)
    _innermost.set(block)
    try:
        yield
    finally:
        with _changing:
            block.is_open = False
            _open = tuple(other for other in _open if other is not block)
            for other in _open:  # so that no chain of closed blocks grows
                other.outer = _first_open(other.outer)
        if _innermost.get() is block:
            _innermost.set(_first_open(block.outer))


def thread_starts(thread: Thread) -> None:
    """Notes where a thread was started; called by the thread that starts it."""
    starter = current_thread()
    block = _first_open(_innermost.get())
    if block is None and (blocks := _open):
        block = _of_starter(starter, blocks)
    _starts[thread] = (block, ref(starter))


def carried(block: Block | None, function: Any) -> Any:
    """The function for a pool of threads, made to run in that block, or where blocks are lifted."""
    if block is not None:
        return partial(_run_in, block, function)
    return carried_lifted(function) if is_lifted() else function


def resolving() -> bool:
    """Whether this thread resolves a host that a block is about to allow."""
    return getattr(_resolving, "now", False)


def _run_in(block: Block, function: Any, /, *args: Any, **kwargs: Any) -> Any:
    before = _innermost.set(block)
    try:
        return function(*args, **kwargs)
    finally:
        _innermost.reset(before)


def _first_open(block: Block | None) -> Block | None:
    while block is not None and not block.is_open:
        block = block.outer
    return block


def _of_starter(thread: Thread, blocks: tuple[Block, ...]) -> Block | None:
    """The block that a thread has from the threads that it descends from."""
    while (start := _starts.get(thread)) is not None:
        began_in, starter = start[0], start[1]()
        if (block := _first_open(began_in)) is not None:
            return block
        if starter is None:
            return None
        for block in reversed(blocks):
            if block.thread is starter:
                return block
        thread = starter
    return None


def _places(entry: str) -> list[tuple[str, int | None]]:
    """The host of an entry of `allow`, and its addresses; each with the port, if one is given."""
    host: str | None = None
    port: int | None = None
    try:
        parts = urlsplit(f"//{entry}")
        host, port = parts.hostname, parts.port
    except ValueError:
        pass
    if not host or entry.count("/"):
        raise ValueError(
            f"allow has no host in {entry!r}. Name hosts, such as 'localhost' or '10.0.0.7:5432'."
        )
    try:
        return [(str(ip_address(host)), port)]
    except ValueError:
        pass
    _resolving.now = True
    try:
        found = socket.getaddrinfo(host, port)
    except OSError as error:
        raise ValueError(f"allow names {entry!r}, which cannot be found: {error}.") from error
    finally:
        _resolving.now = False
    return [(host, port), *((str(each[4][0]), port) for each in found)]
