"""README.md and the pages of the site do what they say: their commands, their Python, their links."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from fbench.cli import cli
from tests.docs.offline import loaded_in
from tests.docs.pages import KINDS, ROOT, Block, all_pages, read_page, write_project
from tests.docs.site import Site, missing_lines

PAGES = all_pages()
SHORT = ("docs/tutorial.md", "docs/how-to/fakes.md")
"""Pages that are followed in every run of the tests; the others take long together."""
ELSEWHERE = {  # pages with tests of their own, of what comes of them: test_plugin_pages, test_from_vcrpy
    f"docs/how-to/{name}.md"
    for name in (
        *("own-provider", "own-wire-format", "dataset-plugin", "own-grader", "own-reporter", "own-learner"),
        "from-vcrpy",
    )
}
FOLLOWED = [name for name, page in PAGES.items() if page.commands and name not in {*ELSEWHERE, "README.md"}]


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in SHORT else pytest.mark.long) for name in FOLLOWED]
)
def test_the_commands_of_a_page_succeed_and_print_what_it_shows(name: str, site: Site) -> None:
    assert site.follow(PAGES[name])


def test_pages_that_are_followed_elsewhere_and_always_exist() -> None:
    assert {*ELSEWHERE, *SHORT} <= {name for name, page in PAGES.items() if page.commands}


def test_the_python_of_all_pages_runs_where_it_stands_alone(tmp_path: Path) -> None:
    count = write_project(tmp_path, list(PAGES.values()))
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    plugin = ("-p", "fbench.testing.plugin", "-p", "no:cacheprovider", "-q")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *plugin],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": path, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert f"{count} passed" in done.stdout


# --- commands, also those that are not run ---


def commands_in(text: str) -> Iterator[list[str]]:
    """The words of every call of fbench in a block of commands, without what a shell makes of them."""
    for line in text.replace("\\\n", " ").splitlines():
        called = re.search(r"(?:^|[\s(;&])fbench (.*)", line)
        if called:
            words = shlex.split(re.split(r" [&|>] |\)| & ", called[1])[0], comments=True)
            yield [word for word in words if "=" not in word or word.startswith("-")]


def unknown_in(words: list[str]) -> list[str]:
    """The options of a call that its command does not have; the call itself if there is no such command."""
    command: click.Command = cli
    context = click.Context(cli)
    left = list(words)
    while isinstance(command, click.Group) and left and not left[0].startswith("-"):
        found = command.get_command(context, left.pop(0))
        if found is None:
            return [" ".join(words)]
        command = found
    known = {name for each in command.get_params(context) for name in (*each.opts, *each.secondary_opts)}
    return [
        word for word in left if word.startswith("-") and len(word) > 1 and word.split("=")[0] not in known
    ]


def test_every_command_in_a_block_has_the_options_that_it_is_given() -> None:
    blocks = [block for page in PAGES.values() for block in page.blocks if block.language == "sh"]
    calls = [(block.where, words) for block in blocks for words in commands_in(block.text)]
    assert len(calls) > 60
    assert [(where, words) for where, words in calls if unknown_in(words)] == []


@pytest.mark.parametrize("name", PAGES)
def test_every_command_in_a_sentence_has_the_options_that_it_is_given(name: str) -> None:
    text = re.sub(
        r"^```.*?^```", "", (ROOT / name).read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE
    )
    calls = [shlex.split(call.replace("\n", " ")) for call in re.findall(r"`fbench ([a-z][^`]*)`", text)]
    assert [words for words in calls if unknown_in(words)] == []


def test_an_option_that_is_gone_is_noticed() -> None:
    assert unknown_in(["run", "--limit", "2", "--no-such"]) == ["--no-such"]
    assert unknown_in(["cassette", "check", "x", "--max-age-days", "9"]) == []
    assert unknown_in(["walk"]) == ["walk"]
    assert list(commands_in('eval "$(fbench serve --port 0 & echo x)"\nfbench run a \\\n  --yes  # now')) == [
        ["serve", "--port", "0"],
        ["run", "a", "--yes"],
    ]


# --- links ---


def anchors_of(path: Path) -> set[str]:
    """The anchors of a document's headings."""
    heads = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("name", [*PAGES, "CONTRIBUTING.md", "ARCHITECTURE.md"])
def test_every_link_to_a_file_leads_to_one(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:|mailto:)([^)\s]+)\)", text):
        file, _, anchor = target.partition("#")
        path = (ROOT / name).parent / file if file else ROOT / name
        assert path.is_file(), target
        assert not anchor or anchor in anchors_of(path), target


def test_every_page_of_the_site_is_in_a_table_of_contents() -> None:
    listed = {
        ((ROOT / name).parent / f"{entry}.md").resolve()
        for name in PAGES
        for tree in re.findall(
            r"^```\{toctree\}\n(.*?)^```", (ROOT / name).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
        )
        for entry in re.findall(r"^(?:\w+ <)?([\w/-]+)>?$", tree, re.MULTILINE)
    }
    assert {(ROOT / name).resolve() for name in PAGES if name.startswith("docs/")} - listed == {
        (ROOT / "docs" / "index.md").resolve()
    }


# --- the form of pages ---


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("```toml\na = 1\n```\n", "nothing says what this block is: a = 1"),
        ("<!-- printz -->\n```text\nx\n```\n", "nobody knows the comment above this block, printz"),
        ("<!-- not run: lazy: no time -->\n```sh\nx\n```\n", "lazy is no reason not to run a block"),
        ("<!-- not run: live: money -->\n```sh\nls\n```\n", "it holds nothing that is live, and can be run"),
    ],
)
def test_a_block_that_nothing_explains_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=re.escape(problem)):
        read_page("page.md", text)


def test_a_page_is_read_in_its_order() -> None:
    text = (
        "# A\n\n`a.toml`:\n\n```toml\nb = 1\n```\n\n```sh\nls\n```\n\n"
        "<!-- prints -->\n```text\na.toml\n```\n\n"
        "<!-- not run: node: elsewhere -->\n```sh\nnode a.mjs\n```\n"
    )
    page = read_page("page.md", text)
    assert page.blocks == (
        Block("page.md, line 5", "toml", "b = 1\n", "a.toml"),
        Block("page.md, line 9", "sh", "ls\n"),
        Block("page.md, line 14", "text", "a.toml\n", "", "prints"),
        Block("page.md, line 19", "sh", "node a.mjs\n", "", "", ("node", "elsewhere")),
    )
    assert (page.files, page.commands) == ({"a.toml": "b = 1\n"}, page.blocks[1:2])


def test_a_page_that_is_wrong_about_what_is_printed_fails(site: Site) -> None:
    assert missing_lines("a\n...\nc\n", "a\nb\nc\n") == []
    assert missing_lines("c\na\n", "a\nb\nc\n") == ["a"]
    wrong = read_page("page.md", "```sh\necho a\n```\n\n<!-- prints -->\n```text\nb\n```\n")
    with pytest.raises(AssertionError, match=r"page\.md, line 6"):
        site.follow(wrong)
    with pytest.raises(AssertionError, match=r"page\.md, line 1"):
        site.follow(read_page("page.md", "```sh\nfalse\necho a\n```\n"))


def test_every_reason_not_to_run_a_block_is_used() -> None:
    given = {block.reason[0] for page in PAGES.values() for block in page.not_run if block.reason}
    assert given == KINDS.keys()


@pytest.mark.parametrize(
    ("page", "loaded"),
    [
        ('<script src="https://cdn.test/a.js"></script>', ["https://cdn.test/a.js"]),
        ('<link rel="stylesheet" href="//cdn.test/a.css">', ["//cdn.test/a.css"]),
        ("<style>@font-face { src: url(https://cdn.test/f.woff) }</style>", ["https://cdn.test/f.woff"]),
        ('<a href="https://arxiv.test/1">1</a><script src="a.js"></script><img src="data:x">', []),
    ],
)
def test_what_the_site_would_load_from_elsewhere_is_found(
    page: str, loaded: list[str], tmp_path: Path
) -> None:
    (tmp_path / "index.html").write_text(page, encoding="utf-8")
    assert [address for _, address in loaded_in(tmp_path)] == loaded
