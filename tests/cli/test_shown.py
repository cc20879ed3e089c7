"""What the command line shows: no secret in a traceback, no command to the terminal in a text of others."""

from __future__ import annotations

import io
import logging
import os
import pty
import re
import subprocess
import sys
import warnings
from pathlib import Path

import httpx2
import pytest
from rich.table import Table
from rich.text import Text

from fbench.cli.bar import ProgressBar
from fbench.cli.safe_console import SafeConsole
from fbench.clock import NoWait
from fbench.errors import ProviderFailed
from fbench.providers import Connection
from fbench.runner.plan import Plan
from tests.cli.cli_user import MODEL, SMALL, Fbench, environment

KEY, BUCKET = "sk-planted0123456789abcdef", "planted-bucket-77"
HOSTILE = "\x1b[2J\x1b]8;;http://e.invalid\x07x\x1b]8;;\x07\x9b31m\u202e"
_OURS = re.compile(rb"\x1b\[(?:[0-9;]*m|\?25[lh]|2K|[0-9]*A|[0-9]*D)|\r")
"""What rich and click write of their own: colours, and the bar that is drawn anew."""


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch, fbench: Fbench) -> None:
    del fbench  # it takes keys away
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("FBENCH_BUCKET", BUCKET)


@pytest.mark.usefixtures("keys")
def test_tracebacks_hold_no_secret_of_any_error_in_the_chain(
    fbench: Fbench, monkeypatch: pytest.MonkeyPatch, finished: Path
) -> None:
    def inner() -> None:
        raise ValueError(f"headers={{'authorization': 'Bearer {KEY}'}} for gs://{BUCKET}/x")

    def middle() -> None:
        try:
            inner()
        except ValueError as error:
            said = "-----BEGIN PRIVATE KEY-----\nMIIEplanted\n-----END PRIVATE KEY-----"
            raise KeyError(said) from error

    def broken(*_: object, **__: object) -> None:
        try:
            middle()
        except KeyError as error:
            error.add_note(f"{HOSTILE} and {KEY}")
            logging.getLogger("openai").exception("request with %s", KEY)
            sys.stderr.write(warnings.formatwarning(f"api_key={KEY}", UserWarning, "x.py", 1))
            raise ProviderFailed(f"refused for {KEY}") from error

    monkeypatch.setattr("fbench.reports.reporters.written_results", broken)
    for arguments in (("--verbose", "report", finished), ("report", finished)):
        said = fbench(*arguments)
        assert said.code == 5
        for secret in (KEY, BUCKET, "MIIEplanted", "\x1b", "\x9b", "\u202e"):
            assert secret not in said.err
        assert "scrubbed" in said.err
    assert fbench("--verbose", "report", finished).err.count("Traceback") == 3


@pytest.mark.usefixtures("keys")
def test_what_a_worker_process_writes_holds_none_either() -> None:
    code = (
        "import sys\n"
        "from fbench.runner import processes\n"
        f"processes._work = lambda *_: sys.stderr.write({f'{KEY} {HOSTILE}'!r})\n"
        "processes._child(None, None, None, None)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(OPENAI_API_KEY=KEY),
        capture_output=True,
        text=True,
        check=True,
    )
    assert KEY not in done.stderr
    assert done.stderr.startswith("scrubbed-")
    assert "\x1b" not in done.stderr


def test_a_connection_shows_no_variable_of_the_environment() -> None:
    shown = repr(
        Connection("live", httpx2.MockTransport(lambda _: httpx2.Response(200)), NoWait(), {"K": KEY})
    )
    assert KEY not in shown


class Terminal(io.StringIO):
    """A terminal that keeps what is written to it."""

    def isatty(self) -> bool:
        return True


def test_tables_on_a_terminal_show_markup_and_commands_as_text() -> None:
    under = Terminal()
    table = Table("a", f"[red]{HOSTILE}[/red]")
    table.add_row(f"{HOSTILE}[link=http://e.invalid]x[/link] [/] :smile:", Text(HOSTILE, style="bold"))
    SafeConsole(file=under, width=200, color_system="standard").print(table)
    said = under.getvalue()
    assert "\x1b[1m" in said, "our own styles remain"
    for hidden in ("\x1b[2J", "\x1b]", "\x07", "\x9b", "\u202e"):
        assert hidden not in said
    assert "[link=http://e.invalid]x[/link] [/] :smile:" in said


def test_what_is_written_while_the_bar_is_drawn_is_safe_too(monkeypatch: pytest.MonkeyPatch) -> None:
    under = Terminal()
    monkeypatch.setattr(sys, "stderr", under)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with ProgressBar():
        sys.stderr.write(f"{HOSTILE} \x1b[31mred {KEY}\n")
    assert sys.stderr is under
    said = under.getvalue()
    assert "red" in said
    for hidden in ("\x1b[2J", "\x1b]", "\x1b[31mred", "\x07", "\x9b", "\u202e", KEY):
        assert hidden not in said


def test_the_bar_shows_what_a_run_waits_for_and_once_why_trainings_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    under = Terminal()
    monkeypatch.setattr(sys, "stderr", under)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    with ProgressBar() as bar:
        bar.begin(Plan((), (), {}, {}), 0)
        bar.paced(lambda: {"openai:slow": 120.0, "openai:quick": 1.0})
        for state in ("intended", "created"):
            bar.trained("one", state)
        for training in ("two", "three"):
            bar.trained(training, "failed", "It is too hot.")
    said = under.getvalue()
    assert "1 job is training, 2 of 0 done" in said
    assert "openai:slow: asked to wait 120 s (rate limit)" in said
    assert "openai:quick" not in said
    assert said.count("It is too hot.") == said.count("training two failed: It is too hot.") == 1


def on_a_terminal(folder: Path, *args: object, **more: str) -> bytes:
    """All that a command writes to a terminal that is both its stdout and its stderr."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "fbench", *map(str, args)],
        cwd=folder,
        env=environment(TERM="xterm", COLUMNS="120", **more),
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        said = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # Linux tells so that the other side has closed
                break
            if not piece:
                break
            said += piece
        process.wait()
    os.close(ours)
    return said


@pytest.mark.skipif(sys.platform != "linux", reason="terminals of POSIX")
def test_a_run_on_a_terminal_writes_only_colours_of_its_own(tmp_path: Path) -> None:
    data = tmp_path / f"d{HOSTILE.replace('/', '')}.jsonl"
    line = '{"id": "%s", "task": "%s", "prompt": "p%s", "answer": "a%s"}\n'
    hostile = HOSTILE.encode("unicode_escape").decode().replace("\\x", "\\u00")
    data.write_text(line % (f"i{hostile}", f"t{hostile}", hostile, hostile), encoding="utf-8")
    run = ("run", "--data", data, "--model", MODEL, "--epochs", 1, "--jobs", 1, "--out", "r")
    for command in (run, ("report", "r"), ("report", "r", "--full"), ("grade", "r"), ("plan", *run[1:7]),
                    ("report", f"absent{HOSTILE.replace('/', '')}"), ("data", "check", data)):  # fmt: skip
        said = on_a_terminal(tmp_path, *command)
        rest = _OURS.sub(b"", said)
        for hidden in (b"\x1b", b"\x07", b"\xc2\x9b", "\u202e".encode()):
            assert hidden not in rest, (command, said)
        assert b"\x1b[2J" not in said
        assert b"\x1b]" not in said


@pytest.mark.skipif(sys.platform != "linux", reason="terminals of POSIX")
def test_our_own_colours_and_bar_remain(tmp_path: Path, finished: Path) -> None:
    assert b"\x1b[1m" in on_a_terminal(tmp_path, "report", finished)
    assert b"\x1b[" in on_a_terminal(tmp_path, "report", finished, "--full")
    assert b"\x1b[?25l" in on_a_terminal(tmp_path, "run", *SMALL, "--jobs", 1, "--out", "r")


def test_a_file_keeps_what_a_terminal_would_act_on(fbench: Fbench, tmp_path: Path) -> None:
    source = tmp_path / "a.jsonl"
    hostile = HOSTILE.encode("unicode_escape").decode().replace("\\x", "\\u00")
    source.write_text(f'{{"question": "q", "gold": "a", "response": "a{hostile}"}}\n', encoding="utf-8")
    assert fbench("grade", source, "--out", "o.csv").code == 0
    assert HOSTILE in Path("o.csv").read_text(encoding="utf-8")
