"""The page on moving from other recorders, followed to the letter."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from fbench.testing import CassetteSettings

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "moving-from-other-recorders.md").read_text(encoding="utf-8")
TESTS = dict(re.findall(r"^```python (\S+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
COMMANDS = [line for block in re.findall(r"^```console\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
            for line in block.splitlines()]  # fmt: skip
SERVICE = """
import httpx2, pytest
from fbench.testing import network

def answered(request):
    return httpx2.Response(200, json={"up": True}, headers={"x-own": "1"})

def pytest_configure():
    network.Network.handle_request = lambda _, request: answered(request)
"""
"""In the place of the network: https://status.test is nowhere."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, content in TESTS.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    (tmp_path / "conftest.py").write_text(SERVICE, encoding="utf-8")
    return tmp_path


def run(project: Path, command: str) -> str:
    words = shlex.split(command)
    if words[0] in ("pytest", "fbench"):
        words = [sys.executable, "-m", *words]
    if "pytest" in words:
        words += ["-q", "-p", "no:cacheprovider"]
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    environ = os.environ | {"PYTHONPATH": path}
    done = subprocess.run(words, cwd=project, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_its_tests_record_and_then_pass_without_the_service(project: Path) -> None:
    record, replay = (command for command in COMMANDS if command.startswith("pytest"))
    run(project, record)
    (project / "conftest.py").unlink()
    assert "3 passed" in run(project, replay)
    (marked,) = (project / "cassettes" / "test_marked").glob("*.yaml")
    assert "s3same" not in marked.read_text(encoding="utf-8")


def test_its_commands_convert_and_check_a_recording_of_vcrpy(project: Path) -> None:
    request: dict[str, Any] = {"method": "GET", "uri": "https://status.test/", "body": None, "headers": {}}
    response: dict[str, Any] = {
        "status": {"code": 200, "message": "OK"},
        "headers": {},
        "body": {"string": "up"},
    }
    old = project / "cassettes" / "old"
    old.mkdir(parents=True)
    recorded: dict[str, Any] = {"version": 1, "interactions": [{"request": request, "response": response}]}
    (old / "a.yaml").write_text(yaml.safe_dump(recorded), encoding="utf-8")
    convert, check = (command for command in COMMANDS if command.startswith("fbench cassette"))
    run(project, convert)
    run(project, check)


def test_its_merge_driver_can_be_set(project: Path) -> None:
    run(project, "git init -q")
    for command in (command for command in COMMANDS if command.startswith("git")):
        run(project, command)
    told = run(project, "git config merge.fbench-cassette.driver")
    assert told.strip() == "fbench cassette merge %O %A %B %P"


def test_it_names_only_settings_and_options_that_there_are() -> None:
    assert set(re.findall(r"`(\w+)=", PAGE)) - {"match_on", "ignore_json_paths"} <= set(
        CassetteSettings.__slots__
    )
    known = subprocess.run(
        [sys.executable, "-m", "pytest", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert all(option in known for option in set(re.findall(r"--fbench-\w+", PAGE)))
    assert json.dumps(sorted(TESTS)) == '["test_blocks.py", "test_marked.py"]'
