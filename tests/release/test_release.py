"""What a release must be: one version everywhere, the right files, and no change note left."""

from __future__ import annotations

import io
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

import fbench
from tests.release.contents import faults, in_sdist, in_wheel, names_in_sdist, names_in_wheel
from tests.release.versions import latest_in_changelog, notes, shortcomings, versions

ROOT = Path(__file__).resolve().parents[2]
METADATA = ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")


@pytest.fixture(scope="module")
def tracked() -> list[str]:
    """The files that git tracks."""
    command = ["git", "ls-files"]
    asked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if asked.returncode:
        pytest.skip("this is no checkout, so nobody can tell which files are tracked")
    return asked.stdout.splitlines()


def test_every_place_tells_the_same_version() -> None:
    assert set(versions(ROOT).values()) == {fbench.__version__}


def test_a_release_is_held_to_its_version_in_every_place_and_to_its_change_notes() -> None:
    found = {"fbench/version.py": "1.1.0", "CITATION.cff": "1.0.0"}
    assert list(shortcomings(found, "1.0.0", ["moon.added.md"], "1.1.0")) == [
        "CITATION.cff says 1.0.0, and the release is 1.1.0: change it there.",
        "CHANGELOG.md begins with 1.0.0: run `nox -s changes -- 1.1.0 DATE`.",
    ]
    assert list(shortcomings({}, "1.1.0", ["moon.added.md"], "1.1.0")) == [
        "changes/ still has moon.added.md: `nox -s changes` takes them up."
    ]
    assert list(shortcomings({"CITATION.cff": "1.1.0"}, "1.1.0", [], "1.1.0")) == []


def test_the_newest_release_and_the_notes_since_are_found(tmp_path: Path) -> None:
    (tmp_path / "changes").mkdir()
    for name in ("README.md", "moon.added.md", "template.jinja"):
        (tmp_path / "changes" / name).touch()
    changelog = tmp_path / "CHANGELOG.md"
    changelog.write_text("# Changelog\n\n## [1.1.0] - then\n\n## [1.0.0] - before\n", encoding="utf-8")
    assert (latest_in_changelog(tmp_path), notes(tmp_path)) == ("1.1.0", ["moon.added.md"])
    changelog.write_text("# Changelog\n", encoding="utf-8")
    assert latest_in_changelog(tmp_path) == ""


def test_a_wheel_has_both_packages_with_their_data_and_no_tests(tracked: list[str]) -> None:
    wanted = in_wheel(tracked)
    assert {"fbench/py.typed", "fakes/py.typed"} <= wanted
    assert {Path(name).suffix for name in wanted} >= {".py", ".json", ".csv", ".css", ".js", ".txt"}
    assert {name.partition("/")[0] for name in wanted} == {"fbench", "fakes"}
    assert list(faults("wheel", wanted | {f"*.dist-info/{name}" for name in METADATA}, tracked)) == []


def test_a_source_distribution_has_what_the_readme_uses_and_no_tests(tracked: list[str]) -> None:
    wanted = in_sdist(tracked)
    assert wanted > in_wheel(tracked)
    assert {"LICENSE", "README.md", "requirements/run.txt", "cassettes/demo/index.json"} <= wanted
    assert not {name for name in wanted if name.startswith(("tests/", ".venv", ".nox/", ".github/"))}


def test_what_a_distribution_lacks_or_has_besides_is_told(tracked: list[str]) -> None:
    found = (in_sdist(tracked) | {"PKG-INFO", ".venv/pyvenv.cfg"}) - {"fakes/py.typed"}
    assert list(faults("sdist", found, tracked)) == [
        "the sdist lacks fakes/py.typed (1 in all).",
        "the sdist has besides .venv/pyvenv.cfg (1 in all).",
    ]


def test_the_names_in_archives_are_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.whl", "w") as wheel:
        wheel.writestr("fbench/a.py", "")
        wheel.writestr("fbench-1.0.dist-info/licenses/LICENSE", "")
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as sdist:
        sdist.addfile(tarfile.TarInfo("fbench-1.0/fbench/a.py"), io.BytesIO())
    assert names_in_wheel(tmp_path / "a.whl") == {"fbench/a.py", "*.dist-info/licenses/LICENSE"}
    assert names_in_sdist(tmp_path / "a.tar.gz") == {"fbench/a.py"}
