"""`fbench view` serves the report of a run to this machine alone, anew when the run has changed."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import NamedTuple

import click
import pytest

from fbench.errors import UsageError
from fbench.runner.experiment import Experiment
from fbench.view import pages, server
from fbench.view.pages import Pages, ViewState
from tests.cli.cli_user import MODEL, Fbench, begin, environment
from tests.pipeline.held import HeldRun

STOPPED = Path(__file__).parents[1] / "data" / "fossils" / "stopped"
SECONDS = 60


class Answer(NamedTuple):
    """What the server said."""

    status: int
    text: str
    headers: dict[str, str]


class Served:
    """A command that serves a run, and the port that it told."""

    def __init__(self, folder: Path) -> None:
        self.process = begin(folder.parent, "view", folder.name)
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline()
        self.port = int(self.address.rstrip("/\n").rpartition(":")[2])

    def ask(self, method: str = "GET", path: str = "/", **headers: str) -> Answer:
        """The answer to a request; `Host` and others are taken from `headers`, with _ for -."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)) as client:
            client.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})
            return said(client.getresponse())

    def send(self, text: str) -> str:
        """What comes back for the bytes of a request."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS) as client:
            client.sendall(text.encode())
            client.shutdown(socket.SHUT_WR)
            found = b""
            while piece := client.recv(65536):
                found += piece
        return found.decode()

    def end(self, how: signal.Signals) -> tuple[str, str]:
        """What else it said on stdout and stderr."""
        self.process.send_signal(how)
        return self.process.communicate(timeout=SECONDS)


def said(response: HTTPResponse) -> Answer:
    return Answer(response.status, response.read().decode(), dict(response.getheaders()))


@pytest.fixture(scope="module")
def served(finished: Path) -> Iterator[Served]:
    """A finished run, served by a process of its own."""
    found = Served(finished)
    yield found
    found.end(signal.SIGTERM)
    assert found.process.returncode == 0


def test_it_says_the_address_alone_and_serves_the_report_of_a_finished_run(served: Served) -> None:
    assert served.address == f"http://127.0.0.1:{served.port}/\n"
    found = served.ask()
    assert found.status == 200
    assert found.text.startswith("<!doctype html>")
    assert "Run: run</h2>" in found.text
    assert "This run is finished." in found.text
    assert json.loads(served.ask(path="/state").text)["over"] is True


def test_what_did_not_change_is_not_sent_again(served: Served) -> None:
    for path in ("/", "/state"):
        first = served.ask(path=path)
        again = served.ask(path=path, If_None_Match=first.headers["ETag"])
        assert (again.status, again.text) == (304, "")
        assert served.ask(path=path, If_None_Match='"another"').status == 200


def test_a_head_request_gets_the_headers_alone(served: Served) -> None:
    whole, head = served.ask(), served.ask("HEAD")
    assert head.text == ""
    assert head.headers["Content-Length"] == whole.headers["Content-Length"] == str(len(whole.text.encode()))


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
def test_it_can_only_be_read(served: Served, method: str) -> None:
    found = served.ask(method)
    assert found.status == 405
    assert found.headers["Allow"] == "GET, HEAD"
    assert method not in found.text


@pytest.mark.parametrize(
    "host", ["evil.test:{port}", "127.0.0.1.evil.test:{port}", "127.0.0.1:1", "127.0.0.1", "localhost", ""]
)
def test_a_name_that_is_not_this_machines_is_refused(served: Served, host: str) -> None:
    found = served.ask(Host=host.format(port=served.port))
    assert found.status == 403
    assert "Host header" in found.text
    assert "doctype" not in found.text


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}", "LOCALHOST:{port}", "[::1]:{port}"])
def test_names_of_this_machine_are_let_in(served: Served, host: str) -> None:
    assert served.ask(Host=host.format(port=served.port)).status == 200


@pytest.mark.parametrize(
    "path",
    ["/run.sqlite", "/../run.sqlite", "/%2e%2e/run.sqlite", "//run.sqlite", "/state/", "/config.toml", "*",
     "http://evil.test/", "/state/../run.json"],
)  # fmt: skip
def test_no_file_is_served(served: Served, path: str) -> None:
    found = served.ask(path=path)
    assert found.status == (403 if "evil" in path else 404)
    assert "evil" not in found.text


def test_what_is_no_request_is_refused_without_being_repeated(served: Served) -> None:
    own = f"127.0.0.1:{served.port}"
    two = served.send(f"GET / HTTP/1.1\r\nHost: {own}\r\nHost: evil.test\r\n\r\n")
    none = served.send("GET / HTTP/1.0\r\n\r\n")
    body = served.send(
        f"GET / HTTP/1.1\r\nHost: {own}\r\nContent-Length: 30\r\n\r\nGET /state HTTP/1.1\r\n\r\n"
    )
    junk = served.send("<script>alert(1)</script>\r\n\r\n")
    for answer, status in ((two, 403), (none, 403), (body, 400), (junk, 400)):
        assert answer.startswith(f"HTTP/1.1 {status} ")
        assert answer.count("HTTP/1.1 ") == 1, "what follows is not taken for a request"
        assert "doctype" not in answer
        assert "alert" not in answer


def test_the_page_may_run_its_own_scripts_alone_and_stand_in_no_frame(served: Served) -> None:
    headers = served.ask().headers
    policy = headers["Content-Security-Policy"]
    for part in ("default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
        assert part in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert served.ask(path="/nowhere").headers["Content-Security-Policy"] == policy


def test_it_shows_a_run_that_was_stopped_ends_well_on_ctrl_c_and_says_nothing_more(tmp_path: Path) -> None:
    run = shutil.copytree(STOPPED, tmp_path / "stopped")
    before = sorted(path.name for path in run.iterdir())
    served = Served(run)
    found = served.ask()
    out, err = served.end(signal.SIGINT)
    assert served.process.returncode == 0
    assert out == ""
    assert err == "Serving the report of stopped to this machine alone. Ctrl-C ends it.\n"
    assert "Unfinished: 22 of 60 questions are answered. 8 of 12 cells are not done" in found.text
    assert "fbench resume stopped" in found.text
    assert "This run was stopped, and may go on." in found.text
    assert sorted(path.name for path in run.iterdir()) == before, "nothing is written beside the run"


def test_what_holds_no_run_is_refused(fbench: Fbench, tmp_path: Path) -> None:
    assert "holds no run" in fbench("view", tmp_path).paragraph
    (tmp_path / "sweep").mkdir()
    (tmp_path / "sweep" / "sweep.json").write_text("{}", encoding="utf-8")
    assert (
        "is the folder of a sweep, which has no page: name one of its runs."
        in fbench("view", "sweep").paragraph
    )


def test_a_port_that_is_taken_is_refused(fbench: Fbench, finished: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"port {port}: cannot be used" in fbench("view", finished, "--port", port).paragraph


def test_open_opens_the_address(fbench: Fbench, finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def serve(_pages: Pages, port: int, ready: Callable[[int], None]) -> None:
        ready(port)

    monkeypatch.setattr(click, "launch", opened.append)
    monkeypatch.setattr(server, "serve", serve)
    found = fbench("view", finished, "--port", 8123, "--open")
    assert (found.code, found.out) == (0, "http://127.0.0.1:8123/\n")
    assert opened == ["http://127.0.0.1:8123/"]


# --- when the page is made again ---


class Clock:
    """The time, as a test sets it."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def going(tmp_path: Path) -> Iterator[HeldRun]:
    """A run that has answered some of its questions, and goes on as it is let."""
    run = HeldRun(tmp_path / "run", Experiment(models=(MODEL,), epochs=(1,), tasks=("news",), limit=2))
    run.until(1)
    yield run
    run.end()


def test_a_run_that_goes_on_is_shown_as_far_as_it_is_and_is_not_kept_waiting(
    going: HeldRun, clock: Clock
) -> None:
    told: list[str] = []
    shown = Pages(going.folder, told.append, clock)
    first = shown.page()
    assert b"Unfinished: " in first.text
    assert b"A process works on it." in first.text
    assert shown.state() == ViewState(first.generation, running=True, over=False, pause=2.0)
    assert shown.page() is first, "it has not changed"
    going.until(15)
    state = shown.state()
    assert state.generation != first.generation
    second = shown.page()
    assert (second.generation, shown.page()) == (state.generation, second)
    assert second.text != first.text
    going.end()
    state, last = shown.state(), shown.page()
    assert not state.running
    assert shown.state().over
    assert b"Unfinished" not in last.text
    assert told == []


def test_a_page_that_takes_long_is_not_made_again_at_once(
    going: HeldRun, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[float] = []
    read = pages.read_run

    def slow(folder: Path) -> object:
        made.append(clock.now)
        clock.now += 10
        return read(folder)

    monkeypatch.setattr(pages, "read_run", slow)
    shown = Pages(going.folder, print, clock)
    first = shown.page()
    going.until(15)
    assert shown.page() is first
    assert shown.state().generation == first.generation, "a browser is not told of what it would not get"
    clock.now += 41
    assert shown.state().generation != first.generation
    assert shown.page() is not first
    assert made == [0.0, 51.0]
    going.end()
    assert shown.page().generation == shown.state().generation, "the end is shown at once"


def test_a_run_that_cannot_be_read_keeps_its_last_page_and_is_told_once(
    going: HeldRun, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    shown = Pages(going.folder, told.append, clock)
    first = shown.page()

    def broken(folder: Path) -> object:
        raise UsageError(f"{folder}: is damaged.")

    with monkeypatch.context() as patched:
        patched.setattr(pages, "read_run", broken)
        going.until(15)
        for _ in range(3):
            assert shown.page() is first
            clock.now += 60
        assert told == [f"{going.folder}: is damaged."]
        fresh = Pages(going.folder, told.append, clock).page()
        assert b"Nothing to show yet" in fresh.text
        assert b"is damaged." in fresh.text
    assert shown.page() is not first


def test_a_folder_that_is_gone_is_not_said_to_be_a_finished_run(tmp_path: Path, clock: Clock) -> None:
    told: list[str] = []
    run = tmp_path / "run"
    shown = Pages(run, told.append, clock)
    first = shown.page()
    assert b"Nothing to show yet" in first.text
    assert b"This run is finished." not in first.text
    assert not shown.state().over, "a browser goes on looking"
    shutil.copytree(STOPPED, run)
    clock.now += 60
    assert b"Unfinished: 22 of 60" in shown.page().text
    assert len(told) == 1


def test_a_reader_that_is_slow_does_not_keep_the_run_from_writing(going: HeldRun) -> None:
    with closing(sqlite3.connect(f"{(going.folder / 'run.sqlite').as_uri()}?mode=ro", uri=True)) as reader:
        reader.execute("begin")
        assert reader.execute("select count(*) from answer").fetchone()
        going.end()
        assert (going.folder / "results.json").is_file()


def test_the_help_imports_no_server_and_nothing_slow(tmp_path: Path) -> None:
    code = """
import sys
from click.testing import CliRunner
from fbench.cli.view import view
CliRunner().invoke(view, ["--help"])
slow = ("numpy", "rich", "pydantic", "http.server", "fbench.view")
print([name for name in slow if name in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"
