"""Fixtures that every test may use, and the guard that holds them all to this machine."""

from __future__ import annotations

import os
import sys
from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

# The same examples on every run: a failure here is the change's, not the day's.
settings.register_profile("fbench", deadline=None, derandomize=True)
# Many more, from the seed that `nox -s props` puts on the command line.
settings.register_profile(
    "props",
    deadline=None,
    max_examples=2000,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
# A few, for a run of the tests on each of hundreds of mutants.
settings.register_profile("mutate", deadline=None, derandomize=True, max_examples=25, phases=[Phase.generate])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or "fbench")

GUARD = str(Path(__file__).parent / "tests" / "guard")

if not os.environ.get("FBENCH_LIVE"):  # `nox -s live` asks the real services, and nothing else may
    sys.path.insert(0, GUARD)
    sys.modules.pop("sitecustomize", None)
    import_module("sitecustomize")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [GUARD, os.environ.get("PYTHONPATH")]))
for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
    os.environ.pop(name, None)
    os.environ.pop(name.lower(), None)


BEHAVIOUR = "FAKES_BEHAVIOUR"
"""The variable that sets how fakes behave by default (`fakes.behaviours.settings`): `nox -s behaviours`."""


def pytest_configure(config: pytest.Config) -> None:
    """Registers the markers of tests that only terse answers pass, and of those that take long."""
    config.addinivalue_line(
        "markers",
        "terse(reason, under): what it expects is of terse answers; left out under another behaviour, or "
        "under those named",
    )
    config.addinivalue_line("markers", "long: left to `nox -s chaos`: a variant that takes long")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what is of terse answers alone where the fakes behave otherwise, and says why.

    Where workers share the tests, modules of few tests come first: those tests are whole runs, and a worker
    that began one last would keep all others waiting.
    """
    if hasattr(config, "workerinput"):
        size = Counter(item.path for item in items)
        items.sort(key=lambda item: size[item.path])
    for item in items:
        if item.get_closest_marker("long") and not os.environ.get("FBENCH_CHAOS"):
            item.add_marker(pytest.mark.skip(reason="a variant that takes long: `nox -s chaos` makes it"))
    named = os.environ.get(BEHAVIOUR, "terse")
    if named == "terse":
        return
    for item in items:
        marker = item.get_closest_marker("terse")
        if marker is not None and named in marker.kwargs.get("under", (named,)):
            item.add_marker(pytest.mark.skip(reason=f"of terse answers alone: {marker.kwargs['reason']}"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with material that is not ours to distribute: released data, specifications, verdicts.

    It is looked for in `FBENCH_SHARED`, then in `shared/` beside the checkout. Where it is absent, the
    tests that need it are skipped.
    """
    folder = Path(os.environ.get("FBENCH_SHARED") or Path(__file__).resolve().parent.parent / "shared")
    if not folder.is_dir():
        pytest.skip(f"needs material that is not distributed with fbench, and {folder.name}/ is absent")
    return folder


@pytest.fixture(scope="session")
def released(shared: Path) -> Path:
    """A checkout of the released FineTuneBench data."""
    folder = shared / "finetunebench"
    if not (folder / "datasets").is_dir():
        pytest.skip("needs the released FineTuneBench data, which is absent")
    return folder
