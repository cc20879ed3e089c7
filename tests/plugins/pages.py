"""The pages of CONTRIBUTING.md on plug-ins: their files and their commands."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from tests.plugins.site import ROOT

__all__ = ["Page", "pages", "read_pages"]

_SECTION = re.compile(r"^## Plug-ins\n(.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE)
_PAGE = re.compile(r"^### (.+?)\n(.*?)(?=^### |\Z)", re.DOTALL | re.MULTILINE)
_BLOCK = re.compile(r"(?:^`([^`\n]+)`:\n\n)?^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Page:
    """What a page tells to write and to run.

    Attributes:
        files: the text of each file, by the name that stands above its block.
        commands: the words of each line of its `sh` blocks.
    """

    files: dict[str, str]
    commands: list[list[str]]


def pages() -> dict[str, Page]:
    """The pages on plug-ins, by title."""
    return read_pages((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))


def read_pages(text: str) -> dict[str, Page]:
    """The pages in the section on plug-ins of a Markdown text.

    Raises:
        ValueError: there is a block that is no command and has no file's name above it.
    """
    section = _SECTION.search(text)
    return {title: _page(title, content) for title, content in _PAGE.findall(section[1] if section else "")}


def _page(title: str, content: str) -> Page:
    page = Page({}, [])
    for name, language, block in _BLOCK.findall(content):
        if name:
            page.files[name] = block
        elif language == "sh":
            page.commands.extend(shlex.split(line) for line in block.replace("\\\n", " ").splitlines())
        else:
            raise ValueError(f"{title}: nothing says what this block is: {block}")
    return page
