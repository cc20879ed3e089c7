"""The hooks of pre-commit check what the gate checks, with the same ruff, and fetch no repository."""

from __future__ import annotations

import re
from typing import Any

from tests.repository.yaml_files import ROOT, read_yaml

HOOKS: list[dict[str, Any]] = [
    hook for repository in read_yaml(".pre-commit-config.yaml")["repos"] for hook in repository["hooks"]
]


def test_all_hooks_are_local() -> None:
    text = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    assert {each["repo"] for each in read_yaml(".pre-commit-config.yaml")["repos"]} == {"local"}
    assert "://" not in text


def test_ruff_has_the_version_that_the_gate_has() -> None:
    pin = re.search(r"^ruff==\S+", (ROOT / "requirements/dev.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert pin
    ruffs = [hook for hook in HOOKS if hook["entry"].startswith("ruff ")]
    assert {hook["entry"].split()[1] for hook in ruffs} == {"check", "format"}
    assert [hook["additional_dependencies"] for hook in ruffs] == [[pin[0]]] * len(ruffs)


def test_files_of_one_machine_are_refused_and_no_others() -> None:
    (pattern,) = [hook["files"] for hook in HOOKS if hook["language"] == "fail"]
    for name in (".venv", ".venv/bin/python", "uv.lock", "tests/node/package-lock.json"):
        assert re.search(pattern, name), name
    for name in ("fbench/runner/owner.py", "requirements/run.txt", "tests/clients/uv.lock.md"):
        assert not re.search(pattern, name), name
