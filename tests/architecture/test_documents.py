"""The documents name only what there is."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.architecture.graph import ROOT

_TABLE = re.compile(r"^## Where do I change .*?(?=^## )", re.DOTALL | re.MULTILINE)
_MODULE = re.compile(r"\w+(?:/\w+)+(?:/|\.\w+)?")
_CODE = re.compile(r"`([^`\n]+)`")


def rows_of(text: str) -> Iterator[tuple[str, str]]:
    """What and where, of each row of the table that says where to change what."""
    table = _TABLE.search(text)
    for line in table[0].splitlines() if table else ():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 2 and set(cells[0]) != {"-"} and cells[0] != "what":
            yield cells[0], cells[1]


def missing_in(where: str) -> list[str]:
    """The files that a cell names and that are not there, and the names that none of its files defines."""
    texts: list[str] = []
    missing: list[str] = []
    for name in _CODE.findall(where):
        path = ROOT / name
        if "/" in name or name.endswith(".py"):
            if not path.exists():
                missing.append(name)
            elif path.is_file():
                texts.append(path.read_text(encoding="utf-8"))
        elif not any(_defines(text, name) for text in texts):
            missing.append(name)
    return missing


def _defines(text: str, name: str) -> bool:
    """Whether a module has a class, a function or a value of this name."""
    return re.search(rf"^\s*(?:class |def )?{re.escape(name)}\b\s*[:=(]", text, re.MULTILINE) is not None


ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
ROWS = [row for row in rows_of(ARCHITECTURE) if row[1]]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_the_table_of_changes_names_files_and_names_that_exist(row: tuple[str, str]) -> None:
    _, where = row
    assert _CODE.search(where)
    assert missing_in(where) == []


def test_the_table_of_changes_was_found() -> None:
    assert len(ROWS) > 40


@pytest.mark.parametrize(
    ("where", "missing"),
    [
        ("`fbench/errors.py` (`UsageError`)", []),
        ("`fbench/gone.py`", ["fbench/gone.py"]),
        ("`errors.py`", ["errors.py"]),
        ("`fbench/errors.py` (`Gone`)", ["Gone"]),
        ("`fbench/errors.py` (`exit`)", ["exit"]),
        ("`fakes/model_table.py` (`_OPENAI`, `TABLE`)", []),
    ],
)
def test_what_is_not_there_would_be_found(where: str, missing: list[str]) -> None:
    assert missing_in(where) == missing


@pytest.mark.parametrize("document", ["ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_documents_name_no_module_or_folder_that_is_gone(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    prose = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    named = [each for each in _CODE.findall(prose) if _MODULE.fullmatch(each) and "NAME" not in each]
    assert [each for each in named if not _exists(each)] == []


def _exists(name: str) -> bool:
    """Whether a file, folder or module has this name, which may leave out the package or `.py`."""
    return any(
        (ROOT / place / f"{name}{end}").exists() for place in ("", "fbench", "fakes") for end in ("", ".py")
    )
