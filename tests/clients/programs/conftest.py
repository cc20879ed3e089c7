# pyright: basic, reportMissingImports=false
"""The world of a client's program: in this process (`CLIENTS_DOOR=process`), or on the port that the variables name."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from prepare import FACTS, prepare

ON_A_PORT = os.environ["CLIENTS_DOOR"] == "port"


@pytest.fixture(scope="session", autouse=True)
def services() -> Iterator[None]:
    """The services, for as long as the program runs."""
    if ON_A_PORT:
        yield
        return
    from fakes import World, intercept

    with intercept(World(prior=[(fact["question"], fact["before"]) for fact in FACTS])):
        yield


@pytest.fixture(scope="session")
def tuned(services: None) -> dict[str, str]:
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
