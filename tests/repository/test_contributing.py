"""CONTRIBUTING.md names only what there is, and all sessions; the tests of a change are found."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.architecture.graph import ROOT
from tests.changed import TESTS, chosen_for
from tests.repository.yaml_files import sessions

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
OURS = TEXT.partition("\n## Plug-ins\n")[0]
"""All but the pages on plug-ins, which are tried by themselves."""
CODE = re.compile(r"`([^`\n]+)`|^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)
FOLDER = re.compile(r"(?:fbench|fakes|tests|docs|requirements|changes|cassettes)/[\w./*-]*")
STANDS_FOR_OTHERS = re.compile(r"NAME|KIND")


def codes(text: str) -> Iterator[str]:
    for short, block in CODE.findall(text):
        yield from [short] if short else block.splitlines()


def missing_in(text: str) -> list[str]:
    """The sessions, modules, paths and headings that a text names and that are not there."""
    found = list(codes(text))
    named = [name for code in found for name in re.findall(r"\bnox -s (\S+)", code)]
    missing = [f"nox -s {name}" for name in named if name not in sessions()]
    modules = [name for code in found for name in re.findall(r"\bpython -m (tests[\w.]*)", code)]
    missing += [name for name in modules if not _is_module(name)]
    paths = [path.rstrip(".") for code in found for path in FOLDER.findall(code)]
    paths += re.findall(r"\]\(([\w./]+)\)", text)
    missing += [path for path in paths if not STANDS_FOR_OTHERS.search(path) and not _is_there(path)]
    return missing + [name for name in re.findall(r"\]\(#([\w-]+)\)", text) if name not in _headings()]


def _is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__main__.py").is_file()


def _is_there(path: str) -> bool:
    return any(ROOT.glob(path.rstrip("/"))) if "*" in path else (ROOT / path).exists()


def _headings() -> set[str]:
    titles = re.findall(r"^#+ (.+)$", TEXT, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_session_module_path_and_heading_that_it_names_is_there() -> None:
    assert missing_in(OURS) == []


@pytest.mark.parametrize(
    "text",
    [
        "`nox -s offlines`",
        "`python -m tests.gone`",
        "`tests/gone`",
        "a line\n```sh\npython -m tests.gone\n```\n",
        "`FBENCH_WRITE_SCREENS=1 pytest tests/gone`",
        "[there](#nowhere)",
        "[there](docs/gone.md)",
        "`requirements/*.toml`",
    ],
)
def test_what_is_not_there_would_be_noticed(text: str) -> None:
    assert len(missing_in(text)) == 1


def test_the_table_of_sessions_has_each_of_them_once() -> None:
    table = OURS.partition("| session | what |")[2].partition("\n\n")[0]
    first = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert sorted(re.findall(r"`([\w-]+)`", "".join(first))) == sorted(sessions())


def test_the_page_is_one_that_is_read() -> None:
    assert len(OURS.splitlines()) <= 170


def test_every_package_has_tests_that_a_change_of_it_runs() -> None:
    packages = {
        f"fbench/{path.name}/" for path in (ROOT / "fbench").iterdir() if (path / "__init__.py").is_file()
    }
    assert packages | {"fakes/"} <= TESTS.keys()
    assert [part for part in TESTS if not (ROOT / part).exists()] == []
    assert [test for tests in TESTS.values() for test in tests if not (ROOT / test).exists()] == []


def test_the_tests_of_a_change_are_those_of_its_packages_each_once() -> None:
    assert chosen_for(["fbench/analysis/stats/paired.py"]) == ["tests/stats"]
    assert chosen_for(["fbench/cli/grade.py", "tests/cli/test_grade.py"]) == ["tests/cli"]
    assert chosen_for(["fbench/api.py", "README.md"]) == ["tests/api", "tests/release", "tests/repository"]
    assert chosen_for(["tests/exports/forms.py", "tests/stopping.py", "tests/data/x.jsonl"]) == [
        "tests/exports"
    ]
    assert chosen_for([]) == []
