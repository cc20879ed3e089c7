"""The list of rooms names modules and tests that there are, and a mutant that is only slow is not killed."""

from __future__ import annotations

import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
ROOMS: dict[str, Any] = tomllib.loads((ROOT / "tests/mutate/rooms.toml").read_text(encoding="utf-8"))
SCORE: dict[str, Any] = tomllib.loads((ROOT / "tests/mutate/score.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("room", ROOMS)
def test_every_module_and_test_that_a_room_names_is_there(room: str) -> None:
    settings = ROOMS[room]
    modules = {path.stem for path in (ROOT / settings["path"]).glob("*.py")} - {"__init__"}
    assert modules
    assert set(settings["tests"]) <= modules
    named = [*settings["default"], *(test for tests in settings["tests"].values() for test in tests)]
    assert [test for test in named if not (ROOT / test).exists()] == []


@pytest.mark.parametrize("room", ROOMS)
def test_the_modules_of_ours_that_a_room_imports_first_are_there(room: str) -> None:
    for name in ROOMS[room]["oracles"]:
        if name.startswith("fbench."):
            assert find_spec(name) is not None, name


@pytest.mark.parametrize("room", ROOMS)
def test_the_score_is_of_modules_that_there_are_and_adds_up(room: str) -> None:
    modules = {path.stem for path in (ROOT / ROOMS[room]["path"]).glob("*.py")} - {"__init__"}
    for module, part in SCORE[room].items():
        assert module in modules
        assert part["mutants"] - part["killed"] == len(part["survivors"])


@pytest.mark.parametrize("baseline", [0.0, 1.0, 4.9, 5.1, 6.6, 6.7, 100.0])
def test_a_mutant_has_more_than_three_times_as_long_as_its_tests_take_without_it(
    baseline: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [str(ROOT), *sys.path])
    from tests.mutate.__main__ import limit_of  # noqa: PLC0415 - it is found from the root alone

    assert baseline < limit_of(baseline) / 3
