"""The world of a client's program: in this process, or on the port that variables name."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from prepare import FACTS, prepare

SECONDS = 60
ON_A_PORT = os.environ["CLIENTS_DOOR"] == "port"


@pytest.fixture(scope="session", autouse=True)
def services() -> Iterator[Any]:
    """The services, for as long as the program runs: in process their world, on a port None."""
    if ON_A_PORT:
        yield None
        return
    # an environment that is used on a port alone need not have what the fakes need
    from fakes import World, intercept  # noqa: PLC0415 - slow to import

    prior = [(fact["question"], fact["before"]) for fact in FACTS]
    with intercept(World(prior=prior)) as world:
        yield world


@pytest.fixture
def jobs_hang(services: Any) -> Iterator[None]:
    """Jobs that are created meanwhile run until they are cancelled: others end before one can look."""
    if ON_A_PORT:
        control = os.environ["OPENAI_BASE_URL"].replace("/openai/v1", "/_fbench/faults")
        httpx2.post(control, json=[{"end": "hangs"}]).raise_for_status()
        yield
        httpx2.post(control, json=[]).raise_for_status()
        return
    from fakes.failures import job_hangs  # noqa: PLC0415 - as above

    services.faults.set([job_hangs()])
    yield
    services.faults.set([])


class Late(BaseException):
    """A test waits for too long. No `except Exception` on the way may hide it, such as that of retries."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Generator[None]:
    with _in_time():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None]:
    with _in_time():
        return (yield)


@contextmanager
def _in_time() -> Generator[None]:
    """Ends what waits for ever, so that the other tests are run too."""

    def late(_signal: int, _frame: object) -> None:
        raise Late(f"it took more than {SECONDS} seconds")

    signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)


@pytest.fixture(scope="session")
def tuned(services: Any) -> dict[str, str]:  # noqa: ARG001 - they are to be there
    """The tuned models' names: `openai`, and `vertex`, which is an endpoint."""
    names = os.environ if ON_A_PORT else prepare({})
    return {vendor: names[f"CLIENTS_{vendor.upper()}_TUNED"] for vendor in ("openai", "vertex")}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, and the program in it."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def run() -> Iterator[Callable[[Coroutine[Any, Any, Any]], Any]]:
    """Runs a coroutine; all in one event loop, since clients keep connections from one call to the next."""
    with asyncio.Runner() as runner:
        yield runner.run
