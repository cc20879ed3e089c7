"""Runs the tests of what was changed since a commit: `python -m tests.changed [COMMIT] [PYTEST OPTIONS]`.

Without a commit, that is since the branch left `main`. The tests are those of the packages that changed, and
those of the architecture, so that a minute or two tells most; `nox` tells the rest.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

__all__ = ["TESTS", "changed_since", "chosen_for"]

ROOT = Path(__file__).resolve().parents[1]
ALWAYS = ("tests/architecture",)
SPREAD = ("-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder")

TESTS: Mapping[str, tuple[str, ...]] = {
    "fbench/": ("tests/api",),
    "fbench/analysis/": ("tests/analysis",),
    "fbench/analysis/stats/": ("tests/stats",),
    "fbench/cassette/": ("tests/cassette",),
    "fbench/cli/": ("tests/cli",),
    "fbench/datasets/": ("tests/datasets",),
    "fbench/grading/": ("tests/graders", "tests/judge", "tests/cli/test_grade.py"),
    "fbench/grading/graders/": ("tests/graders",),
    "fbench/grading/judge/": ("tests/judge",),
    "fbench/paper/": ("tests/paper",),
    "fbench/providers/": ("tests/providers",),
    "fbench/reports/": ("tests/reports", "tests/exports"),
    "fbench/runner/": ("tests/pipeline",),
    "fbench/tables/": ("tests/cli/test_table.py", "tests/cli/test_grade_forms.py"),
    "fbench/testing/": ("tests/testing",),
    "fbench/view/": ("tests/cli/test_view.py",),
    "fbench/weights/": (
        "tests/pipeline/test_open_weights.py",
        "tests/cli/test_open_weights.py",
        "tests/local",
    ),
    "fakes/": ("tests/fakes",),
    "fakes/learners/local/": ("tests/local",),
    "fakes/learners/tiny/": ("tests/tiny",),
    "cassettes/": ("tests/cassette",),
    "requirements/": ("tests/test_requirements.py",),
    "pyproject.toml": ("tests/test_requirements.py", "tests/release", "tests/repository"),
    "changes/": ("tests/repository",),
    ".github/": ("tests/repository",),
    "": ("tests/repository", "tests/release"),
}
"""The tests of each part of the repository; the longest name that a path begins with counts."""


def chosen_for(paths: Iterable[str]) -> list[str]:
    """The files and folders of tests that changed paths call for, in order, each once."""
    found = {each for path in paths for each in _of(path)}
    return sorted(each for each in found if not any(_is_inside(each, other) for other in found))


def _of(path: str) -> Iterator[str]:
    if not path.startswith("tests/"):
        yield from TESTS[max((part for part in TESTS if path.startswith(part)), key=len)]
    elif Path(path).name.startswith("test_"):
        yield path
    elif path.count("/") > 1 and any((ROOT / path).parent.glob("test_*.py")):
        yield str(Path(path).parent)


def _is_inside(path: str, folder: str) -> bool:
    return path.startswith(f"{folder}/")


def changed_since(commit: str | None) -> list[str]:
    """The paths that differ from a commit, or from where the branch left `main`, and new ones."""
    if commit is None:
        began = (_git("merge-base", "HEAD", main, check=False).strip() for main in ("main", "origin/main"))
        commit = next(filter(None, began), "HEAD")
    tracked = _git("diff", "--name-only", "--diff-filter=d", commit)
    return [*tracked.splitlines(), *_git("ls-files", "--others", "--exclude-standard").splitlines()]


def _git(*words: str, check: bool = True) -> str:
    command = ["git", *words]
    asked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if asked.returncode and check:
        sys.exit(f"git {' '.join(words)}: {asked.stderr.strip()}")
    return "" if asked.returncode else asked.stdout


def main(arguments: Sequence[str]) -> int:
    """Runs them; returns what pytest returns."""
    named = [] if not arguments or arguments[0].startswith("-") else [arguments[0]]
    chosen = chosen_for(changed_since(named[0] if named else None))
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        *SPREAD,
        *ALWAYS,
        *(c for c in chosen if c not in ALWAYS),
    ]
    sys.stdout.write(f"{' '.join(command[2:])}\n")
    sys.stdout.flush()
    return subprocess.run([*command, *arguments[len(named) :]], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
