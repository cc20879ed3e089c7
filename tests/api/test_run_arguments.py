"""Arguments of `run` and `resume` are checked before anything is made, by the names they have in Python."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import fbench
from fbench.errors import UsageError

MODEL = "openai:gpt-4o-mini-2024-07-18"
EXPERIMENT = fbench.Experiment(models=(MODEL,), tasks=("news",), limit=1, epochs=(1,))
WRONG: list[dict[str, Any]] = [
    *({"jobs": value} for value in ("2", 0, -1, 65, 1.0, True, None)),
    *({"concurrency": value} for value in ("50", 0, 1001, 2.5, False, None)),
    *({"budget_usd": value} for value in (-1, float("nan"), float("inf"), "5", True)),
    {"progress": print},
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_an_argument_that_cannot_be_used_is_named_and_nothing_is_made(
    tmp_path: Path, wrong: dict[str, Any]
) -> None:
    ((name, value),) = wrong.items()
    for call in (
        lambda: fbench.run(EXPERIMENT, tmp_path / "r", **wrong),
        lambda: fbench.resume(tmp_path / "r", **wrong),
    ):
        with pytest.raises(UsageError) as refused:
            call()
        said = str(refused.value)
        assert said.startswith(f"{name} must be ")
        assert "--" not in said
        assert said.endswith(f", got {value!r}.")
    assert not any(tmp_path.iterdir())


SCRIPT = """
import fbench

{guard}fbench.{call}(jobs=2, **{more})
"""


@pytest.mark.parametrize("call", ["run", "resume"])
def test_a_script_that_begins_a_run_when_it_is_imported_is_told_so_before_a_folder_is_made(
    tmp_path: Path, call: str
) -> None:
    experiment = f"experiment=fbench.Experiment(models=({MODEL!r},), tasks=('news',), limit=1, epochs=(1,))"
    more = f"dict({experiment}, out='r')" if call == "run" else "dict(folder='r')"
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(guard="", call=call, more=more), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert done.stderr.count("Traceback") == 1
    assert f"{script}: begins a run when it is imported" in done.stderr
    assert 'under `if __name__ == "__main__":`, or leave out jobs.' in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["script.py"]

    script.write_text(
        SCRIPT.format(
            guard='if __name__ == "__main__":\n    ', call="run", more=f"dict({experiment}, out='r')"
        ),
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "r" / "results.json").is_file()
