"""Keeps a Python process from reaching beyond this machine.

Loaded by `conftest.py` for the tests themselves, and by every Python process that they start, through
PYTHONPATH. It listens to the interpreter's audit events, which no library can go around.
"""

from __future__ import annotations

import sys
from ipaddress import ip_address
from typing import Any

ALLOWED_NAMES = ("localhost", "", None)
LOOK_UPS = ("socket.getaddrinfo", "socket.gethostbyname")


class NetworkReached(BaseException):
    """A test tried to reach another machine. No `except Exception` on the way may hide it."""


def _is_here(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name in ALLOWED_NAMES:
        return True
    try:
        return ip_address(str(name)).is_loopback
    except ValueError:
        return False


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        # a Unix socket has a path, and one that is connected already needs no address
        host = None if isinstance(address, str | bytes | None) else address[0]
        if not _is_here(host):
            raise NetworkReached(f"{event} to {host}: tests stay on this machine")
    elif event in LOOK_UPS and not _is_here(arguments[0]):
        raise NetworkReached(f"{event} of {arguments[0]}: tests stay on this machine")


sys.addaudithook(_watch)
