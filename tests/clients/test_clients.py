"""The session that tries clients of others: what it lists, what it notices, and what it says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Generator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
REQUIREMENTS = HERE.parents[1] / "requirements" / "clients"
LISTED: dict[str, dict[str, Any]] = tomllib.loads((HERE / "clients.toml").read_text(encoding="utf-8"))
ELSEWHERE = "192.0.2.1"  # TEST-NET-1 of RFC 5737: no machine has it


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Generator[Any]:
    """The runner, as a module."""
    monkeypatch.setattr(sys, "path", [str(HERE), *sys.path])
    spec = spec_from_file_location("clients_run", HERE / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "clients_run", module)
    spec.loader.exec_module(module)
    yield module
    sys.modules.pop("prepare", None)


def normal(pin: str) -> str:
    """A pin without extras."""
    return re.sub(r"\[.*\]", "", pin)


def pins_in(file: Path) -> set[str]:
    return set(map(normal, re.findall(r"^(\S.*==\S+)", file.read_text(encoding="utf-8"), re.MULTILINE)))


def pins_of(name: str) -> set[str]:
    return pins_in(REQUIREMENTS / (f"{name}.txt" if "own" in LISTED[name] else "shared.txt"))


@pytest.mark.parametrize("name", LISTED)
def test_a_client_has_a_program_and_exact_pins(name: str) -> None:
    client = LISTED[name]
    if client.get("npm"):
        assert HERE.joinpath("programs", f"{name}.test.mjs").is_file()
        assert all(re.fullmatch(r"@?[^@]+@\d+\.\d+\.\d+", each) for each in client["requires"])
        return
    assert HERE.joinpath("programs", f"with_{name.replace('-', '_')}.py").is_file()
    assert {normal(each) for each in client["requires"]} <= pins_of(name)


def test_no_program_and_no_file_of_pins_is_left_over() -> None:
    programs = {path.name for path in HERE.joinpath("programs").glob("with_*.py")}
    assert programs == {
        f"with_{name.replace('-', '_')}.py" for name, client in LISTED.items() if not client.get("npm")
    }
    own = {f"{name}.txt" for name, client in LISTED.items() if "own" in client}
    assert {path.name for path in REQUIREMENTS.iterdir()} == own | {"shared.txt"}


@pytest.mark.parametrize("file", sorted(REQUIREMENTS.iterdir()), ids=lambda file: file.name)
def test_every_pin_has_a_hash_and_no_file_says_where_to_download_from(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    whole = re.sub(r"\\\n", "", text)
    assert all("--hash=sha256:" in line for line in whole.splitlines() if line and not line.startswith("#"))
    assert not re.search(r"://|^--|^-[if]\b", text, re.MULTILINE)


def test_clients_that_share_our_environment_get_the_versions_that_a_user_has() -> None:
    assert pins_in(REQUIREMENTS.parent / "run.txt") <= pins_in(REQUIREMENTS / "shared.txt")


def guarded(code: str, reached: Path, door: str) -> subprocess.CompletedProcess[str]:
    environ = os.environ | {
        "PYTHONPATH": str(HERE / "guard"),
        "CLIENTS_DOOR": door,
        "CLIENTS_REACHED": str(reached),
    }
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("door", ["process", "port"])
def test_what_a_thread_tries_to_reach_is_refused_and_written_down(door: str, tmp_path: Path) -> None:
    code = f"""
import socket, threading
def report():
    try:
        socket.create_connection(({ELSEWHERE!r}, 80), timeout=1)
    except BaseException:
        pass
thread = threading.Thread(target=report)
thread.start(), thread.join()
"""
    assert guarded(code, tmp_path / "reached", door).returncode == 0
    assert ELSEWHERE in tmp_path.joinpath("reached").read_text(encoding="utf-8")


def test_this_machine_is_in_reach_on_a_port_alone(tmp_path: Path) -> None:
    code = """
import socket
with socket.create_server(("127.0.0.1", 0)) as server:
    socket.create_connection(server.getsockname()).close()
"""
    assert guarded(code, tmp_path / "port", "port").returncode == 0
    assert not tmp_path.joinpath("port").exists()
    done = guarded(code, tmp_path / "process", "process")
    assert "NetworkReached" in done.stderr
    assert "socket.connect 127.0.0.1" in tmp_path.joinpath("process").read_text(encoding="utf-8")


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed here")
@pytest.mark.parametrize("call", [f"fetch('http://{ELSEWHERE}/')", "fetch('http://example.com/')"])
def test_node_is_kept_on_this_machine_too(call: str, tmp_path: Path) -> None:
    guard = (HERE / "guard" / "guard.mjs").as_uri()
    command = [str(shutil.which("node")), "--import", guard, "--input-type=module", "-e", f"await {call}"]
    environ = os.environ | {"CLIENTS_REACHED": str(tmp_path / "reached")}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert tmp_path.joinpath("reached").read_text(encoding="utf-8").split()[1] in (ELSEWHERE, "example.com")


REPORT = """<testsuites><testsuite>
<testcase name="test_one_that_passes"/>
<testcase name="test_one_that_fails"><failure message="m">def test():
E   AssertionError: assert 1 == 2
x.py:1: AssertionError</failure></testcase>
<testcase name="test_a_broken_fixture"><error message="on setup">E   OSError: no</error></testcase>
<testcase name="test_elsewhere"><skipped message="not here"/></testcase>
</testsuite></testsuites>"""


def test_a_report_is_read(run: Any, tmp_path: Path) -> None:
    tmp_path.joinpath("report.xml").write_text(REPORT, encoding="utf-8")
    passed, failed = run.read_report(tmp_path / "report.xml")
    assert passed == ["one that passes"]
    assert failed == {"one that fails": "AssertionError: assert 1 == 2", "a broken fixture": "OSError: no"}
    assert run.read_report(tmp_path / "none.xml") == ([], {})


def test_a_table_says_what_each_does_and_why_it_fails(run: Any) -> None:
    client = run.Client("acme", ("acme==1.0",), ("process", "port"), "chat, files", own="it wants an old x")
    lines = [run.Tried(client, "process", ("a", "b"), {}), run.Tried(client, "port", ("a",), {"b": "1 != 2"})]
    shown = "\n".join([*run.table(lines), *run.failures(lines)])
    assert "acme==1.0" in shown
    assert "its own" in shown
    assert "2 of 2" in shown
    assert "1 of 2" in shown
    assert "chat, files" in shown
    assert "acme (port): b\n    1 != 2" in shown


def attempts(run: Any, monkeypatch: pytest.MonkeyPatch, failed: dict[str, str]) -> int:
    def attempt(client: Any, door: str, _folder: Path) -> Any:
        return run.Tried(client, door, ("a",), failed)

    monkeypatch.setattr(run, "attempt", attempt)
    return run.main(Path(), ["openai-cli", "lm-eval"])


def test_one_that_fails_fails_the_session(
    run: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert attempts(run, monkeypatch, {}) == 0
    assert attempts(run, monkeypatch, {"b": "why"}) == 3
    assert "lm-eval (port): b" in capsys.readouterr().out


def test_a_name_that_is_not_listed_is_an_error(run: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(Path(), ["opneai"]) == 2
    assert "Name one of instructor, litellm" in capsys.readouterr().err


def test_a_client_gets_no_key_and_no_address_of_its_users(run: Any) -> None:
    names = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "https_proxy", "OPENAI_API_BASE", "PYTHONPATH", "PATH")
    assert [name for name in names if not run.shut_out(name)] == ["PATH"]
