"""Change notes are files of a known kind, and nobody writes into the changelog by hand."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tests.repository.yaml_files import ROOT

TOWNCRIER = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["towncrier"]
KINDS = [kind["directory"] for kind in TOWNCRIER["type"]]
NAME = re.compile(rf"[a-z0-9-]+\.({'|'.join(KINDS)})\.md")
BESIDE = {"README.md", "template.jinja"}
NOTES = sorted(path for path in (ROOT / "changes").iterdir() if path.name not in BESIDE)


def faults(name: str, text: str) -> list[str]:
    """What is wrong with a note."""
    found = [] if NAME.fullmatch(name) else [f"{name} is no NAME.KIND.md with a KIND of {', '.join(KINDS)}"]
    if not text.startswith("- "):
        found.append(f"{name} does not begin a list with '- '")
    odd = [number for number, line in enumerate(text.splitlines(), 1) if not re.match(r"- \S|  +\S", line)]
    return found + [f"{name}, line {number}, is neither an item nor indented below one" for number in odd]


@pytest.mark.parametrize("note", NOTES, ids=lambda note: note.name)
def test_a_note_has_a_known_kind_and_is_a_list(note: Path) -> None:
    assert faults(note.name, note.read_text(encoding="utf-8")) == []


def test_a_note_of_another_form_is_noticed() -> None:
    assert faults("moon.added.md", "- `fbench moon` is new,\n  and works.\n") == []
    assert len(faults("moon.new.md", "- It is new.\n")) == 1
    assert len(faults("moon.md", "It is new.\n")) == 3
    assert len(faults("moon.added.md", "- It is new,\nand works.\n")) == 1


def test_the_kinds_are_those_of_keep_a_changelog() -> None:
    assert KINDS == ["added", "changed", "deprecated", "removed", "fixed", "security"]
    assert [kind["name"].lower() for kind in TOWNCRIER["type"]] == KINDS
    told = (ROOT / "changes/README.md").read_text(encoding="utf-8")
    assert all(f"`{kind}`" in told for kind in KINDS)


def test_the_changelog_has_no_section_of_what_is_not_released() -> None:
    head, marker, releases = (
        (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").partition("<!-- releases -->\n")
    )
    assert marker == TOWNCRIER["start_string"].replace("\\n", "\n")
    assert "\n## " not in head
    sections = [line for line in releases.splitlines() if line.startswith("## ")]
    wrong = [line for line in sections if not re.fullmatch(r"## \[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", line)]
    assert not wrong, "a note belongs into a file in changes/: see changes/README.md"
