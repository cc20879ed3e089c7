"""`python tests/generated/run.py FOLDER`: openai-python's own API tests against `fbench serve --any-id`.

The tests are generated from the vendor's specification, and come with the source distribution in FOLDER
(`openai-*.tar.gz`). Each calls a method with made-up ids, and holds the answer to the types of the client.
Those that fail are listed in `expected.toml`, with a reason; a failure that is not listed there is a
surprise, and so is a test that is listed and passes.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

EXPECTED = Path(__file__).with_name("expected.toml")
ROOT = "tests/api_resources"
WHAT = (
    "fine_tuning",
    "test_files.py",
    "test_models.py",
    "test_batches.py",
    "test_uploads.py",
    "uploads",
    "chat",
    "test_moderations.py",
)


class Test(NamedTuple):
    """A test, whatever its client and parameters: the file below `ROOT`, and the function without `test_`."""

    file: str
    name: str


def main(folder: Path) -> int:
    """Runs the tests, says how many pass, and returns the number of surprises."""
    outcomes, expected = run(unpack(folder), folder / "report.xml"), read_expected()
    surprises = surprises_in(outcomes, expected)
    sys.stdout.write("\n".join([*figures(outcomes, expected), *surprises, ""]))
    return len(surprises)


def figures(outcomes: dict[Test, Counter[str]], expected: dict[Test, str]) -> Iterator[str]:
    """How many tests pass and fail, by file and in all, and how many fail for each reason that is known."""
    files = {test.file for test in outcomes}
    for file in (*sorted(files), ""):
        counted = sum(
            (counts for test, counts in outcomes.items() if file in ("", test.file)), Counter[str]()
        )
        passed, failed, skipped = (counted[outcome] for outcome in ("passed", "failed", "skipped"))
        yield f"{file or 'all':44}{passed:4} pass {failed:4} fail {skipped:4} skipped"
    for reason in dict.fromkeys(expected.values()):
        failed = sum(counts["failed"] for test, counts in outcomes.items() if expected.get(test) == reason)
        yield f"{failed:4} fail as expected: {reason}"


def surprises_in(outcomes: dict[Test, Counter[str]], expected: dict[Test, str]) -> list[str]:
    """What is not as listed, in words; it is a surprise too that a listed test is not there."""
    told: list[str] = []
    for test, counts in outcomes.items():
        if test not in expected and counts["failed"]:
            told.append(f"{test.file}: {test.name} fails {counts['failed']} times, and is not listed")
        if test in expected and counts["passed"]:
            told.append(f"{test.file}: {test.name} passes {counts['passed']} times, though it is listed")
    told += [
        f"{test.file}: {test.name} is listed, and there is none" for test in expected.keys() - outcomes.keys()
    ]
    return sorted(told)


def unpack(folder: Path) -> Path:
    """The one source distribution in the folder, unpacked there."""
    (archive,) = folder.glob("openai-*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    return folder / archive.name.removesuffix(".tar.gz")


def run(source: Path, report: Path) -> dict[Test, Counter[str]]:
    """How often each test passed, failed or was skipped, against a server of its own."""
    serve = [sys.executable, "-m", "fbench", "serve", "--any-id", "--speed", "6000"]
    pytest = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--tb=no", "-p", "no:cacheprovider"]
    pytest += ["-o", "addopts=", f"--junitxml={report}", *(f"{ROOT}/{each}" for each in WHAT)]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        base = server.stdout.readline().strip().removeprefix("export OPENAI_BASE_URL=")
        environment = os.environ | {"TEST_API_BASE_URL": base}
        done = subprocess.run(
            pytest, cwd=source, env=environment, stdout=subprocess.DEVNULL, check=False, timeout=600
        )
        server.terminate()
    # 1 is that some fail; above that, they were not run at all
    assert done.returncode < 2, f"pytest ended with {done.returncode}"
    return read_report(report)


def read_report(report: Path) -> dict[Test, Counter[str]]:
    """The outcomes in a JUnit report, by test."""
    outcomes: dict[Test, Counter[str]] = {}
    for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314 - pytest has just written it
        module, _, _ = case.attrib["classname"].rpartition(".")
        file = module.removeprefix(ROOT.replace("/", ".") + ".").replace(".", "/") + ".py"
        test = Test(file, case.attrib["name"].partition("[")[0].removeprefix("test_"))
        kinds = {child.tag for child in case}
        outcome = "failed" if kinds & {"failure", "error"} else "skipped" if "skipped" in kinds else "passed"
        outcomes.setdefault(test, Counter())[outcome] += 1
    return outcomes


def read_expected() -> dict[Test, str]:
    """The tests that are known to fail, and why."""
    listed = tomllib.loads(EXPECTED.read_text(encoding="utf-8"))["failing"]
    return {Test(entry["file"], name): entry["reason"] for entry in listed for name in entry["tests"]}


if __name__ == "__main__":
    sys.exit(min(main(Path(sys.argv[1]).resolve()), 1))
