"""Fixtures of the judge's tests."""

from __future__ import annotations

import sys

import pytest

from fbench.cli import main
from tests.judge.judge_bench import Bench, Fbench, Said


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A service on which every model, asked as a judge, judges: in place of the live one."""
    return Bench().stand_in(monkeypatch)


@pytest.fixture
def fbench(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Fbench:
    """Calls the command line in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path_factory.mktemp("here"))

    def call(*args: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["fbench", *map(str, args)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return Said(int(ended.value.code or 0), out, err)

    return call
