"""The service of live runs, and their folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.live_runs import CONFIG
from tests.cluster.nodes import ENVIRONMENT
from tests.pipeline.test_recovery import Server, started


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    yield from started()


@pytest.fixture
def live(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder with the configuration of a live run, whose service is a server on this machine."""
    for name, value in (server.environ | ENVIRONMENT).items():
        monkeypatch.setenv(name, value)
    server.control("reset")
    (tmp_path / "config.toml").write_text(f'{CONFIG}run_id = "0000abcd"\n', encoding="utf-8")
    return tmp_path
