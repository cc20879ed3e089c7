"""Keeps a client on this machine, and writes down what it tried to reach.

The guard of the tests, and two things more: in process (`CLIENTS_DOOR`) no socket is opened at all, not even
to this machine; and each attempt is appended to the file `CLIENTS_REACHED`, since telemetry is sent by
threads that nobody watches.
"""

from __future__ import annotations

import os
import sys
import traceback
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

_GUARD = Path(__file__).resolve().parents[2] / "guard" / "sitecustomize.py"
_REACHES = ("socket.connect", "socket.sendto", "socket.sendmsg")

_spec = spec_from_file_location("guard_of_the_tests", _GUARD)
assert _spec is not None
assert _spec.loader is not None
_guard: Any = module_from_spec(_spec)


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watching:
        return
    if event in _REACHES:
        address = arguments[1]
        if isinstance(address, str | bytes) or address is None:
            return  # a Unix socket, or one that is connected already
        if os.environ.get("CLIENTS_DOOR") == "process" or not _guard._is_here(address[0]):
            _write_down(event, address[0])
        if os.environ.get("CLIENTS_DOOR") == "process":
            raise _guard.NetworkReached(f"{event} to {address[0]}: in process no socket is needed")
    elif event in _guard.LOOK_UPS and not _guard._is_here(arguments[0]):
        _write_down(event, arguments[0])


def _write_down(event: str, host: object) -> None:
    # the packages on the way, the caller first
    files = (frame.filename.partition("site-packages/")[2] for frame in traceback.extract_stack())
    who = " > ".join(dict.fromkeys(file.partition("/")[0] for file in files if file))
    name = host.decode() if isinstance(host, bytes) else host
    if reached := os.environ.get("CLIENTS_REACHED"):
        with Path(reached).open("a", encoding="utf-8") as file:
            file.write(f"{event} {name} ({who})\n")


# hooks are asked in this order: ours writes down what that of the tests then refuses
_watching = False
sys.addaudithook(_note)
_spec.loader.exec_module(_guard)
_watching = True
