"""The streams of a command: what is shown is made safe, and progress may be lost where results may not."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

from fbench.terminal import SafeStream, raw_of, safe_stderr

__all__ = ["drop_stdout", "with_streams"]


@contextmanager
def with_streams() -> Generator[None]:
    """Keep a command going while nobody reads its stderr, whether that is closed, a broken pipe or full.

    What goes to stderr, or to a terminal, is shown as `fbench.terminal` says; a file or a pipe on stdout gets
    all as it is.
    """
    _open_closed()
    stdout, stderr = sys.stdout, sys.stderr
    sys.stderr = _Optional(stderr)  # pyright: ignore[reportAttributeAccessIssue] - it has what a stream has
    shown = SafeStream(stdout) if stdout.isatty() else None
    if shown is not None:
        sys.stdout = shown  # pyright: ignore[reportAttributeAccessIssue] - as above
    try:
        with safe_stderr():
            yield
    finally:
        sys.stdout, sys.stderr = stdout, stderr
        if shown is not None:
            with suppress(OSError, ValueError):
                shown.flush()


def drop_stdout() -> None:
    """Let go of what stdout did not take: the interpreter would try again, and report that, at its exit."""
    with suppress(OSError, ValueError):  # not a file, as in a test
        _to_nowhere(raw_of(sys.stdout))


class _Optional:
    """A text stream that is given up, without an error, once it cannot be written."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write, or lose, a text."""
        with self._given_up():
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Write, or lose, what is buffered."""
        with self._given_up():
            self._stream.flush()

    @contextmanager
    def _given_up(self) -> Generator[None]:
        try:
            yield
        except OSError:
            with suppress(OSError, ValueError):
                _to_nowhere(self._stream)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _open_closed() -> None:
    """Open the standard streams that are closed on the null device.

    Else the next file that is opened would get the number of a stream, and what is written to the stream.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            if os.open(os.devnull, os.O_RDWR) != number:
                continue
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))


def _to_nowhere(stream: TextIO) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
