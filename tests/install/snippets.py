"""Makes a pytest project of the Python that the documents show: `python snippets.py FOLDER DOCUMENT...`.

A snippet that holds a test becomes a module of its own; any other is run as a script that finds `world`, as
the documents call it. Run it where fbench is installed and its checkout is not to be found.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

__all__ = ["write_project"]

_PYTHON = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)

_SCRIPT = """\
import runpy
from pathlib import Path


def test_the_snippet_runs(world, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(Path(__file__).with_name("{snippet}")), init_globals={{"world": world}})
"""

_ROW = json.dumps(
    {"messages": [{"role": "user", "content": "Who chairs it?"}, {"role": "assistant", "content": "Ann"}]}
)


def write_project(folder: Path, documents: list[Path]) -> int:
    """Writes a module for each snippet of the documents to `folder`, and returns how many there are."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.joinpath("train.jsonl").write_text(f"{_ROW}\n" * 10, encoding="utf-8")
    count = 0
    for document in documents:
        for code in _PYTHON.findall(document.read_text(encoding="utf-8")):
            count += 1
            name = f"{document.stem.lower()}_{count}"
            if "def test_" in code:
                folder.joinpath(f"test_{name}.py").write_text(code, encoding="utf-8")
                continue
            folder.joinpath(f"{name}.py").write_text(code, encoding="utf-8")
            runner = _SCRIPT.format(snippet=f"{name}.py")
            folder.joinpath(f"test_{name}.py").write_text(runner, encoding="utf-8")
    return count


if __name__ == "__main__":
    found = write_project(Path(sys.argv[1]), [Path(each) for each in sys.argv[2:]])
    if not found:
        sys.exit(f"{' '.join(sys.argv[2:])}: there is no Python in it to try.")
    sys.stdout.write(f"{found} snippets\n")
