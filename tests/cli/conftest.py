"""Fixtures of the command line's tests."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from fbench.cli import main
from tests.cli.cli_user import SMALL, Fbench, Said, outside


@pytest.fixture
def fbench(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Fbench:
    """Calls the command line in this process, in an empty folder, without any key."""
    monkeypatch.chdir(tmp_path)
    for name in ("OPENAI_API_KEY", "GOOGLE_CLOUD_PROJECT", "NEBIUS_API_KEY", "AZURE_OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)

    def call(*args: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["fbench", *map(str, args)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return Said(int(ended.value.code or 0), out, err)

    return call


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small run, done once by a process of its own; not to be changed."""
    folder = tmp_path_factory.mktemp("finished")
    said = outside(folder, "run", *SMALL, "--jobs", 1, "--out", "run")
    assert said.code == 0, said
    (folder / "said.txt").write_text(said.out, encoding="utf-8")
    return folder / "run"


@pytest.fixture
def own(finished: Path, tmp_path: Path) -> Path:
    """A copy of the small run, to be changed."""
    return shutil.copytree(finished, tmp_path / "own")


class _Refuses(BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        self.send_response(401)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def silent_server() -> Iterator[str]:
    """The address of a service on this machine that wants a key."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Refuses)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()
