"""Output that cannot be written ends a command in one line; progress that cannot ends nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.cli_user import SMALL, environment

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/dev/full and the numbers of streams")

FBENCH = f"{sys.executable} -m fbench"
RUN = f"{FBENCH} run {' '.join(SMALL)} --jobs 1 --out r"


def shell(folder: Path, command: str, **more: str) -> subprocess.CompletedProcess[str]:
    """A command line of a shell; its exit code is that of `fbench`, also in a pipe."""
    return subprocess.run(
        ["/bin/bash", "-o", "pipefail", "-c", command],
        cwd=folder,
        env=environment(**more),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize(
    "command",
    [
        *("report {run} --reporter json", "report {run}", "report {run} --full", "grade {run}"),
        *("data list", "--help"),
    ],
)
def test_a_full_disk_on_stdout_is_one_line(finished: Path, tmp_path: Path, command: str) -> None:
    done = shell(tmp_path, f"{FBENCH} {command.format(run=finished)} >/dev/full")

    assert done.returncode == 2
    lines = [line for line in done.stderr.splitlines() if line.startswith(("Error", "Internal", "Exception"))]
    assert lines == [
        "Error: the output cannot be written: No space left on device. Make room there, or write elsewhere."
    ]
    assert "Traceback" not in done.stderr


def test_unbuffered_output_fails_in_the_same_way(finished: Path, tmp_path: Path) -> None:
    done = shell(tmp_path, f"{FBENCH} report {finished} >/dev/full", PYTHONUNBUFFERED="1")

    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "No space left" in done.stderr


@pytest.mark.parametrize(
    "redirected", ["2>&1 >/dev/null | true", "2>&-", "2>/dev/full", ">&-", "<&- >&- 2>&-"]
)
def test_a_run_goes_on_when_nobody_reads_its_progress(tmp_path: Path, redirected: str) -> None:
    done = shell(tmp_path, f"{RUN} {redirected}")

    assert (done.returncode, done.stderr.count("Traceback")) == (0, 0)
    assert (tmp_path / "r" / "results.json").is_file()
    with (tmp_path / "r" / "run.sqlite").open("rb") as store:
        assert store.read(15) == b"SQLite format 3"


@pytest.mark.parametrize("redirected", ["2>&-", "2>/dev/full"])
def test_an_error_that_nobody_reads_keeps_its_exit_code(tmp_path: Path, redirected: str) -> None:
    assert shell(tmp_path, f"{FBENCH} report absent {redirected}").returncode == 2
    assert shell(tmp_path, f"{FBENCH} run --limit x {redirected}").returncode == 2
