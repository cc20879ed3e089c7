"""A terminal of a given size that a command writes to, and what stands on it while the command goes on."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from codecs import getincrementaldecoder
from pathlib import Path

from tests.cli.cli_user import environment

__all__ = ["Screen", "screens_of"]

_PIECE = re.compile(r"\x1b\[([?\d;]*)([A-Za-z])|([\r\n])|([^\x1b\r\n]+)")
_CUT = re.compile(r"\x1b(?:\[[?\d;]*)?$")


class Screen:
    """Acts on what rich writes: the lines, where the cursor moves, and how far it ever scrolled."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.lines = [""]
        self.row = self.column = 0
        self._rest = ""

    @property
    def shown(self) -> list[str]:
        """The lines that are on the screen, without those that scrolled away."""
        return [line.rstrip() for line in self.lines[-self.height :]]

    def write(self, text: str) -> None:
        """Act on a text, which may end in the midst of a code."""
        text = self._rest + text
        self._rest = found[0] if (found := _CUT.search(text)) else ""
        for code, kind, end, said in _PIECE.findall(text.removesuffix(self._rest)):
            if said:
                self._put(said)
            elif end == "\r":
                self.column = 0
            elif end:
                self._down()
            elif kind == "A":
                self.row = max(0, self.row - int(code or 1))
            elif kind == "K":
                self.lines[self.row] = ""

    def _put(self, said: str) -> None:
        for sign in said:
            if self.column == self.width:
                self._down()
                self.column = 0
            line = self.lines[self.row].ljust(self.column)
            self.lines[self.row] = line[: self.column] + sign + line[self.column + 1 :]
            self.column += 1

    def _down(self) -> None:
        self.row += 1
        if self.row == len(self.lines):
            self.lines.append("")


def screens_of(
    folder: Path, *args: object, width: int = 80, height: int = 24, **more: str
) -> tuple[list[list[str]], Screen]:
    """Each screen that a command showed on its stderr, and the last one; its stdout is left aside.

    If the first argument has several lines, it is a program in Python.
    """
    first = ("-c",) if "\n" in str(args[0]) else ("-m", "fbench")
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
    kept = environment(**{"TERM": "xterm", **more})
    for name in ("COLUMNS", "LINES"):
        kept.pop(name, None)
    found: list[list[str]] = []
    screen = Screen(width, height)
    with subprocess.Popen(
        [sys.executable, *first, *map(str, args)],
        cwd=folder,
        env=kept,
        stdin=theirs,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        decoder = getincrementaldecoder("utf-8")()
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # Linux tells so that the other side has closed
                break
            if not piece:
                break
            screen.write(decoder.decode(piece))
            found.append(screen.shown)
        process.wait()
    os.close(ours)
    return found, screen
