"""The documents: README.md and the pages in `docs/`, as the files to write and the blocks to run.

The form of a page:
    `NAME`:                  above a block: the block is a file of that name, which later commands use
    ```sh                    commands, which are run in the page's folder, one block after the other
    ```python                without a name: a test or a script that stands alone
    ```text                  output: marked `prints`, the lines that the commands before it printed
    <!-- not run: KIND: WHY -->   above a block: it needs more than this machine has

`python tests/docs/pages.py` lists the blocks that are not run; with FOLDER DOCUMENT... it makes a pytest
project of the Python in documents, to be run where fbench is installed: it imports nothing of fbench.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["KINDS", "ROOT", "Block", "Page", "all_pages", "page_at", "read_page", "write_project"]

ROOT = Path(__file__).resolve().parents[2]
KINDS = {
    "live": r"--upstream live|--budget-usd|_API_KEY|fbench cleanup|--network",
    "install": r"\b(pip|npm|apt-get|nox)\b",
    "weights": r"\blocal:|\bweights\.toml\b|cassettes/own-machine|\bvllm\b",
    "node": r"\bnode\b|import .* from '",
    "cluster": r"--executor ray|SLURM|map_array",
    "network": r"data fetch",
}
"""Why a block is not run, and what such a block holds: another block has no reason to be left out."""
_LABELS = ("faults", "fixtures", "routes", "screen", "tests", "prints", "toctree")
_COMMENT = r"(?:^<!-- (?P<comment>[^\n]*?) -->\n\n?)?"
_NAME = r"(?:^`(?P<name>[^`\n]+)`:\n\n)?"
_BLOCK = re.compile(
    rf"{_COMMENT}{_NAME}^```(?P<language>[^\n`]*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE
)
_FILES = ("toml", "json", "jsonl", "csv", "yaml", "ini")
_PASSED_BY = ("", "{")  # what Sphinx reads, and blocks without a language
_ROW = json.dumps(
    {"messages": [{"role": "user", "content": "Who chairs it?"}, {"role": "assistant", "content": "Ann"}]}
)
_SCRIPT = """\
import runpy
from pathlib import Path


def test_the_snippet_runs(world, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(Path(__file__).with_name("{snippet}")), init_globals={{"world": world}})
"""


@dataclass(frozen=True)
class Block:
    """A block of a page.

    Attributes:
        where: the page and line.
        language: what it is written in.
        text: what stands in it.
        name: the file that it is, or "".
        label: the comment above it, or "".
        reason: why it is not run, as a kind and words; empty if it is run.
    """

    where: str
    language: str
    text: str
    name: str = ""
    label: str = ""
    reason: tuple[str, str] | tuple[()] = ()


@dataclass(frozen=True)
class Page:
    """A document, and its blocks in their order."""

    name: str
    blocks: tuple[Block, ...]

    @property
    def files(self) -> dict[str, str]:
        """The files that it tells to write."""
        return {block.name: block.text for block in self.blocks if block.name}

    @property
    def commands(self) -> tuple[Block, ...]:
        """The blocks of commands that are run."""
        return tuple(block for block in self.blocks if block.language == "sh" and not block.reason)

    @property
    def not_run(self) -> tuple[Block, ...]:
        """The blocks that are not run."""
        return tuple(block for block in self.blocks if block.reason)

    def labelled(self, label: str) -> str:
        """The text of the one block with this label."""
        (text,) = (block.text for block in self.blocks if block.label == label)
        return text


def all_pages() -> dict[str, Page]:
    """README.md and the pages of the site, by their paths."""
    paths = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return {path.relative_to(ROOT).as_posix(): page_at(path) for path in paths if "_build" not in path.parts}


def page_at(path: Path) -> Page:
    """The page in a file; a path that is relative is one from the root of the checkout."""
    path = ROOT / path
    name = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name
    return read_page(name, path.read_text(encoding="utf-8"))


def read_page(name: str, text: str) -> Page:
    """The page with this text.

    Raises:
        ValueError: nothing says what a block is, or why it is not run.
    """
    blocks: list[Block] = []
    for found in _BLOCK.finditer(text):
        where = f"{name}, line {text.count(chr(10), 0, found.start('language')) + 1}"
        block = _block(where, found)
        if block.language.startswith(_PASSED_BY[1]) or (not block.language and not block.label):
            continue
        if problem := _problem(block):
            raise ValueError(f"{where}: {problem}: {block.text.splitlines()[0]}")
        blocks.append(block)
    return Page(name, tuple(blocks))


def _block(where: str, found: re.Match[str]) -> Block:
    comment = found["comment"] or ""
    language, text, name = found["language"], found["text"], found["name"] or ""
    left_out = re.fullmatch(r"not run: ([^:]+): (.+)", comment)
    if left_out:
        return Block(where, language, text, name, "", (left_out[1], left_out[2]))
    return Block(where, language, text, name, comment)


def _problem(block: Block) -> str:
    """What is wrong with a block, or ""."""
    if block.reason:
        kind, _ = block.reason
        if kind not in KINDS:
            return f"{kind} is no reason not to run a block ({', '.join(KINDS)})"
        return (
            "" if re.search(KINDS[kind], block.text) else f"it holds nothing that is {kind}, and can be run"
        )
    if block.label and block.label not in _LABELS:
        return f"nobody knows the comment above this block, {block.label}"
    if block.language in ("sh", "python") or block.name or block.label:
        return ""
    return "nothing says what this block is"


def write_project(folder: Path, pages: list[Page]) -> int:
    """Writes a module for each piece of Python that stands alone to `folder`; returns how many there are.

    What holds a test is a module of its own; any other is run as a script that finds `world`. Modules of
    plug-ins are imported.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.joinpath("train.jsonl").write_text(f"{_ROW}\n" * 10, encoding="utf-8")
    pieces = list(_standing_alone(pages))
    for number, (page, code) in enumerate(pieces, start=1):
        name = f"{re.sub(r'[^a-z0-9]+', '_', page.lower().removesuffix('.md'))}_{number}"
        if "def test_" in code:
            folder.joinpath(f"test_{name}.py").write_text(code, encoding="utf-8")
            continue
        folder.joinpath(f"{name}.py").write_text(code, encoding="utf-8")
        runner = _SCRIPT.format(snippet=f"{name}.py")
        folder.joinpath(f"test_{name}.py").write_text(runner, encoding="utf-8")
    return len(pieces)


def _standing_alone(pages: list[Page]) -> Iterator[tuple[str, str]]:
    for page in pages:
        is_plugin = "pyproject.toml" in page.files
        for block in page.blocks:
            if block.language == "python" and not block.reason and (not block.name or is_plugin):
                yield page.name, block.text


def main(arguments: list[str]) -> None:
    """Lists what is not run, or makes a project."""
    if not arguments:
        for page in all_pages().values():
            for block in page.not_run:
                sys.stdout.write(f"{block.where}: {': '.join(block.reason)}\n")
        return
    folder, *documents = arguments
    found = write_project(Path(folder), [page_at(Path(each)) for each in documents])
    if not found:
        sys.exit(f"{' '.join(documents)}: there is no Python in it to try.")
    sys.stdout.write(f"{found} snippets\n")


if __name__ == "__main__":
    main(sys.argv[1:])
