"""`python tests/clients/run.py FOLDER [NAME...]`: tries clients of others, and prints what each does.

`clients.toml` lists them. A client has a program in `programs`: tests that do what its users do, and look at
what comes back. Each runs in process and against a server of its own, as far as `doors` says, for at most
five minutes. A client with an environment of its own has it in FOLDER/NAME, the Node clients in FOLDER/node;
all others run in this one. A guard keeps them on this machine; a client that tries to reach another fails.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import tomllib
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from prepare import FACTS, prepare

HERE = Path(__file__).resolve().parent
PROGRAMS = HERE / "programs"
SECONDS = 300
WIDTH = 110

_SHUT_OUT = ("_PROXY", "_API_KEY", "_BASE_URL", "_API_BASE", "PYTHONPATH", "PYTEST_")
"""Ends of names in the environment that would lead a client elsewhere than it is told."""


@dataclass(frozen=True)
class Client:
    """A line of `clients.toml`."""

    name: str
    requires: tuple[str, ...]
    doors: tuple[str, ...]
    does: str
    own: str = ""
    npm: bool = False
    quiet: Mapping[str, str] | None = None

    @property
    def where(self) -> str:
        """Its environment, in a word."""
        return "Node" if self.npm else "its own" if self.own else "ours"


@dataclass(frozen=True)
class Tried:
    """What came of a client's program at one door: the tests that passed, and why the others did not."""

    client: Client
    door: str
    passed: tuple[str, ...]
    failed: Mapping[str, str]


def main(folder: Path, names: Iterable[str]) -> int:
    """Tries the clients of these names, or all; returns how many lines of the table are not whole."""
    clients = read_clients()
    chosen = list(names) or list(clients)
    if unknown := [name for name in chosen if name not in clients]:
        sys.stderr.write(f"There is no client {', '.join(unknown)}. Name one of {', '.join(clients)}.\n")
        return 2
    lines: list[Tried] = []
    for name in chosen:
        for door in clients[name].doors:
            lines.append(attempt(clients[name], door, folder))
            sys.stderr.write(f"{summary(lines[-1])}\n")
    sys.stdout.write("\n".join([*table(lines), *failures(lines), ""]))
    return sum(bool(line.failed) for line in lines)


def read_clients() -> dict[str, Client]:
    """The clients that are listed, by name."""
    listed = tomllib.loads((HERE / "clients.toml").read_text(encoding="utf-8"))
    fields = ("does", "own", "npm", "quiet")
    return {
        name: Client(
            name,
            tuple(entry["requires"]),
            tuple(entry["doors"]),
            **{field: entry[field] for field in fields if field in entry},
        )
        for name, entry in listed.items()
    }


def attempt(client: Client, door: str, folder: Path) -> Tried:
    """Runs a client's program at a door, in an empty home."""
    with ExitStack() as stack:
        scratch = stack.enter_context(tempfile.TemporaryDirectory())
        reached, report = Path(scratch, "reached"), Path(scratch, "report.xml")
        where = stack.enter_context(services(door, Path(scratch)))
        gate = stack.enter_context(dead_end(reached))
        kept = {name: value for name, value in os.environ.items() if not shut_out(name)}
        environ = kept | {
            "CLIENTS_DOOR": door,
            "CLIENTS_REACHED": str(reached),
            "HOME": scratch,
            "grpc_proxy": gate,  # gRPC's sockets are out of sight of the guard of Python
            "OPENAI_API_KEY": "sk-fake",
            **where,
            **(client.quiet or {}),
        }
        command, more = in_node(client, folder, report) if client.npm else in_python(client, folder, report)
        try:
            done = subprocess.run(
                command,
                cwd=scratch,
                env=environ | more,
                capture_output=True,
                text=True,
                check=False,
                timeout=SECONDS,
            )
            said = f"ended with {done.returncode}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
        except subprocess.TimeoutExpired:
            said = f"took more than {SECONDS} seconds"
        passed, failed = read_report(report)
        if not passed and not failed:
            failed = {"the program": said}
        if reached.exists():
            attempts = sorted(set(reached.read_text(encoding="utf-8").splitlines()))
            failed["no other machine is reached"] = "\n".join(attempts)
    return Tried(client, door, tuple(passed), failed)


def shut_out(name: str) -> bool:
    """Whether a variable of this environment is kept from the clients."""
    return any(part in name.upper() for part in _SHUT_OUT)


def in_python(client: Client, folder: Path, report: Path) -> tuple[list[str], dict[str, str]]:
    """The command that runs a Python client's program, and what it needs in the environment."""
    python = str(folder / client.name / "bin" / "python") if client.own else sys.executable
    program = PROGRAMS / f"with_{client.name.replace('-', '_')}.py"
    options = ["-q", "--no-header", "-p", "door", "-p", "no:cacheprovider", "--import-mode=importlib"]
    options += ["-c", os.devnull, f"--rootdir={HERE}", "--noconftest", f"--junitxml={report}"]
    paths = os.pathsep.join([str(HERE / "guard"), str(HERE)])
    # plug-ins of pytest that clients bring along have no part in this
    more = {"PYTHONPATH": paths, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    binaries = os.pathsep.join([str(Path(python).parent), os.environ.get("PATH", "")])
    return [python, "-m", "pytest", *options, str(program)], more | {"PATH": binaries}


def in_node(client: Client, folder: Path, report: Path) -> tuple[list[str], dict[str, str]]:
    """The same for a Node client."""
    node = shutil.which("node")
    assert node is not None
    # Node looks for packages beside the script
    copied = str(shutil.copy(PROGRAMS / f"{client.name}.test.mjs", folder / "node"))
    command = [node, "--test", "--test-reporter=junit", f"--test-reporter-destination={report}", copied]
    guarded = f"--import={(HERE / 'guard' / 'guard.mjs').as_uri()}"
    return command, {"NODE_OPTIONS": guarded}


@contextmanager
def services(door: str, scratch: Path) -> Generator[dict[str, str]]:
    """Variables that point a client at a server with tuned models; none for a door in its own process."""
    if door == "process":
        yield {}
        return
    prior = scratch / "prior.jsonl"
    rows = ({"prompt": fact["question"], "answer": fact["before"]} for fact in FACTS)
    prior.write_text("".join(f"{json_of(row)}\n" for row in rows), encoding="utf-8")
    command = [sys.executable, "-m", "fbench", "serve", "--speed", "6000", "--prior", str(prior)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        where: dict[str, str] = {}
        try:
            while "STORAGE_EMULATOR_HOST" not in where:  # the last of its lines
                line = server.stdout.readline()
                assert line, "the server ended before it said where it is"
                name, _, value = line.removeprefix("export ").strip().partition("=")
                where[name] = value
            yield where | prepare(where)
        finally:
            server.terminate()


@contextmanager
def dead_end(reached: Path) -> Generator[str]:
    """The address of a proxy that lets nothing through, and writes down who was asked for."""

    class DeadEnd(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            with reached.open("a", encoding="utf-8") as file:
                file.write(f"gRPC to {self.path}\n")
            self.send_error(403)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), DeadEnd) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def json_of(row: Mapping[str, str]) -> str:
    """A row of JSONL."""
    return json.dumps(row)


def read_report(report: Path) -> tuple[list[str], dict[str, str]]:
    """The tests of a JUnit report that passed, and why others failed; skipped ones are neither."""
    passed: list[str] = []
    failed: dict[str, str] = {}
    if not report.exists():
        return passed, failed
    for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314 - a test runner has just written it
        name = case.attrib["name"].removeprefix("test_").replace("_", " ")
        wrong = [child for child in case if child.tag in ("failure", "error")]
        if wrong:
            failed[name] = "\n".join(wrong_of(child) for child in wrong)
        elif not any(child.tag == "skipped" for child in case):
            passed.append(name)
    return passed, failed


def wrong_of(child: Any) -> str:
    """What a report says of a failure: the first of pytest's lines that begin with E, or of Node's."""
    text: str = child.text or child.attrib.get("message", "")
    lines = [line for line in text.splitlines() if line.strip()]
    marked = [line[1:].strip() for line in lines if line.startswith("E ")]
    return "\n".join(line[:400] for line in (marked or lines)[:4])


def summary(line: Tried) -> str:
    """A line of the table as one of progress."""
    return f"{line.client.name} ({line.door}): {len(line.passed)} of {len(line.passed) + len(line.failed)}"


def table(lines: list[Tried]) -> Iterator[str]:
    """The table: name, versions, environment, door, how many tests pass, and what the client does."""
    rows = [("client", "environment", "door", "passes", "does")]
    seen: set[str] = set()
    for line in lines:
        whole = len(line.passed) + len(line.failed)
        first = line.client.name not in seen
        seen.add(line.client.name)
        name = ", ".join(line.client.requires) if first else ""
        rows.append((name, line.client.where, line.door, f"{len(line.passed)} of {whole}", line.client.does))
    yield from ("  ".join(each) for each in rows)


def failures(lines: list[Tried]) -> Iterator[str]:
    """What failed, and why."""
    for line in lines:
        for name, reason in line.failed.items():
            yield f"\n{line.client.name} ({line.door}): {name}"
            yield from (f"    {each}" for each in reason.splitlines())


if __name__ == "__main__":
    sys.exit(min(main(Path(sys.argv[1]).resolve(), sys.argv[2:]), 2))
