"""Builds fbench as a release would, looks at what was built, and tries it: `nox -s release [-- VERSION]`.

With a version it is that release: what is not committed, another version in some file, or a change note that
the changelog lacks ends it. Without one all the rest is tried with the version that is there. Nothing is
uploaded, tagged or pushed: what a maintainer types to do so is printed at the end.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.release.contents import faults, names_in_sdist, names_in_wheel
from tests.release.versions import latest_in_changelog, notes, shortcomings, versions

ROOT = Path(__file__).resolve().parents[2]
SMALL = ("run", "--limit", "2", "--quiet", "--out", "small")


def main(arguments: Sequence[str]) -> None:
    """Does all of it, or ends with what is wrong."""
    found = versions(ROOT)
    version = arguments[0] if arguments else found["fbench/version.py"]
    wrong = list(shortcomings(found, latest_in_changelog(ROOT), notes(ROOT), version))
    if changed := _said("git", "status", "--porcelain", "--untracked-files=no"):
        wrong.append(f"there are changes that are not committed: {', '.join(changed.splitlines())}.")
    if arguments:
        _end_if(wrong)
    for fault in wrong:
        _tell(f"a release of {version} would stop here: {fault}")
    dist = ROOT / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    with TemporaryDirectory(prefix="fbench-release-") as place:
        built = _built_twice(Path(place), dist)
        _run(sys.executable, "-m", "twine", "check", "--strict", *map(str, built))
        results = {path.name: _tried(path, Path(place)) for path in built}
    if len(set(results.values())) > 1:
        _end_if([f"the same run has other results from {' than from '.join(results)}."])
    _tell(f"{' and '.join(results)} in dist/ are the same bytes when built again, and work.")
    _tell("Nothing was released." if wrong else "Nothing is released yet. What does it:")
    if wrong:
        return
    _tell(f"  git tag --annotate v{version} --message 'fbench {version}' && git push origin v{version}")
    _tell(f"  python -m twine upload {' '.join(f'dist/{path.name}' for path in built)}")


def _built_twice(place: Path, dist: Path) -> list[Path]:
    """The wheel and the source distribution, built here and in a copy of the tracked files elsewhere."""
    copy, again = place / "copy", place / "again"
    for name in _tracked():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, copy / name)
    when = {"SOURCE_DATE_EPOCH": _said("git", "log", "-1", "--format=%ct")}
    for source, out in ((ROOT, dist), (copy, again)):
        build = (sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(source))
        _run(*build, env=when, quiet=True)
    built = sorted(dist.iterdir())
    _look_inside(built)
    names = sorted({path.name for path in (*built, *again.iterdir())})
    _end_if(
        [
            f"{name} has other bytes when it is built again from the tracked files alone."
            for name in names
            if _digest(dist / name) != _digest(again / name)
        ]
    )
    for path in built:
        _tell(f"{path.name}: {path.stat().st_size:,} bytes, SHA-256 {_digest(path)}")
    return built


def _look_inside(built: Sequence[Path]) -> None:
    tracked = _tracked()
    wrong: list[str] = []
    for path in built:
        if path.suffix == ".whl":
            wrong += faults("wheel", names_in_wheel(path), tracked)
        else:
            wrong += faults("sdist", names_in_sdist(path), tracked)
    _end_if(wrong)


def _tried(distribution: Path, place: Path) -> bytes:
    """The results of a small run by what a fresh environment installed, in a folder outside the checkout."""
    own = place / distribution.suffix.removeprefix(".")
    venv.create(own / "venv", with_pip=True)
    scripts = own / "venv" / ("Scripts" if os.name == "nt" else "bin")
    pip = (str(scripts / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    _run(*pip, "-r", str(ROOT / "requirements/run.txt"))
    _run(*pip, "--no-deps", str(distribution))
    outside = own / "outside"
    outside.mkdir()
    fbench = str(scripts / "fbench")
    _run(fbench, *SMALL, cwd=outside, quiet=True)
    _run(fbench, "doctor", cwd=outside, quiet=True)
    _tell(
        f"{distribution.name}: installed in a fresh environment; `fbench {' '.join(SMALL)}` and doctor work"
    )
    return (outside / "small/results.json").read_bytes()


def _tracked() -> list[str]:
    return _said("git", "ls-files", "-z").strip("\0").split("\0")


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest() if path.is_file() else "none"


def _said(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


def _run(*command: str, env: dict[str, str] | None = None, cwd: Path = ROOT, quiet: bool = False) -> None:
    """A command without the settings of this session; it ends all if it fails."""
    own = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(
        command,
        cwd=cwd,
        env=own | (env or {}),
        check=False,
        stdout=subprocess.PIPE if quiet else None,
        stderr=subprocess.STDOUT if quiet else None,
        text=True,
    )
    if done.returncode:
        _end_if([f"{' '.join(command)} ended with {done.returncode}. {done.stdout or ''}"])


def _end_if(wrong: Sequence[str]) -> None:
    if wrong:
        sys.exit("\n".join(["This is no release:", *(f"- {fault}" for fault in wrong)]))


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
