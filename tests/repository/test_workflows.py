"""Workflows run what the noxfile has, on the Pythons that fbench is for, with no right but to read."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.repository.yaml_files import ROOT, noxfile_value, read_yaml, sessions

WORKFLOWS = sorted(str(path.relative_to(ROOT)) for path in (ROOT / ".github/workflows").glob("*.yml"))
ACTION = re.compile(r"actions/[\w-]+@v\d+|[\w-]+/[\w./-]+@[0-9a-f]{40}")
"""GitHub's own actions by their major version; any other by a commit."""


def jobs(workflow: str) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from read_yaml(workflow)["jobs"].items()


def steps(workflow: str) -> Iterator[dict[str, Any]]:
    for _, job in jobs(workflow):
        yield from job["steps"]


def sessions_run(workflow: str) -> list[str]:
    return [name for step in steps(workflow) for name in re.findall(r"nox -s (\S+)", step.get("run", ""))]


def test_there_is_a_workflow_and_it_runs_the_gate() -> None:
    assert WORKFLOWS
    assert "offline" in sessions_run(".github/workflows/tests.yml")


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_every_session_that_a_workflow_runs_is_in_the_noxfile(workflow: str) -> None:
    assert set(sessions_run(workflow)) <= sessions()


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_every_path_that_a_workflow_names_is_there(workflow: str) -> None:
    named = [
        word
        for step in steps(workflow)
        for word in re.findall(r"(?:tests|requirements)/[\w./]+", step.get("run", ""))
    ]
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_gate_runs_on_every_python_that_fbench_is_for() -> None:
    pythons = read_yaml(".github/workflows/tests.yml")["jobs"]["offline"]["strategy"]["matrix"]["python"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    told = [each.rpartition(" ")[2] for each in project["classifiers"] if re.search(r":: 3\.\d+$", each)]
    assert pythons == list(noxfile_value("PYTHONS")) == told


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_a_workflow_reads_the_code_and_has_no_other_right_and_no_secret(workflow: str) -> None:
    assert read_yaml(workflow)["permissions"] == {"contents": "read"}
    assert not any("permissions" in job for _, job in jobs(workflow))
    text = (ROOT / workflow).read_text(encoding="utf-8")
    assert "secrets." not in text
    assert "pull_request_target" not in text
    checkouts = [step for step in steps(workflow) if step.get("uses", "").startswith("actions/checkout@")]
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_every_action_has_a_version(workflow: str) -> None:
    used = [step["uses"] for step in steps(workflow) if "uses" in step]
    assert used
    assert [action for action in used if not ACTION.fullmatch(action)] == []


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_every_job_ends_some_time_and_says_where_it_was_never_seen_to_pass(workflow: str) -> None:
    for name, job in jobs(workflow):
        assert job["timeout-minutes"] <= 60, name
        assert bool(job.get("continue-on-error")) == ("not yet run" in job["name"]), name
