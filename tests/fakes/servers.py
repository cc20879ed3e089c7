"""A server of a test: `fbench serve` in a process of its own, and what is said to it over a plain socket."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import uvicorn

from fakes import World
from fakes.doors.application import Application, Forward
from fakes.doors.clock import Clock
from fakes.doors.connections import Connection
from fakes.doors.journal import Journal

KEY = {"authorization": "Bearer sk-fake"}


@dataclass
class Served:
    """A running server: its address without a path."""

    process: subprocess.Popen[str]
    address: str

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    @property
    def openai(self) -> str:
        return f"{self.address}/openai/v1"

    def client(self) -> httpx2.Client:
        return httpx2.Client(headers=KEY, timeout=60)

    def send(self, data: bytes, seconds: float = 10) -> bytes:
        """What comes back for these bytes until the server closes, or says nothing for so long."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as one:
            one.sendall(data)
            return read_all(one)


def read_all(one: socket.socket) -> bytes:
    """What comes until the other side closes, resets, or says nothing for the socket's timeout."""
    found = b""
    try:
        while piece := one.recv(65536):
            found += piece
    except (TimeoutError, ConnectionResetError):
        pass
    return found


@contextmanager
def server(*options: str, cwd: Path | None = None, code: int = 0) -> Generator[Served]:
    """`fbench serve` with these options, ended at the end; it has to end well, or with another code."""
    command = [sys.executable, "-m", "fbench", "serve", *options]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=dict(os.environ), cwd=cwd
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first, "the server did not start"
        try:
            yield Served(process, first.strip().partition("=")[2].removesuffix("/openai/v1"))
        finally:
            process.terminate()
            assert process.wait(20) == code


def refused(*options: str) -> str:
    """What `fbench serve` says on stderr where it does not start."""
    command = [sys.executable, "-m", "fbench", "serve", *options]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=60, env=dict(os.environ)
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


@contextmanager
def served(
    world: World,
    journal: Journal | None = None,
    forward: Forward | None = None,
    clock: Clock | None = None,
) -> Generator[str]:
    """A world of this process on a port: its address. The clock is that of its pace, where it has one."""
    config = uvicorn.Config(
        Application(lambda: world, clock or Clock(), journal, forward=forward),
        http=Connection,
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
    )
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)
