"""The cassettes of one test: its own, and others that it names."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from fakes import intercept
from fbench.cassette import write_attributes
from fbench.cassette.tools.endpoints import SUFFIXES
from fbench.errors import CassetteError
from fbench.testing.cassette_settings import CassetteSettings, settings_of
from fbench.testing.cassettes import Recorded

__all__ = ["CassetteOfTest", "cassette_of_test", "path_of"]

_LONGEST = 100
"""Letters of a name: file systems take 255 bytes, for two names and an ending."""

_ODD = re.compile(r"[^A-Za-z0-9_.,=+\[\]-]+")


_REPLACED = re.compile(r"[<>?%*:|\"'/\\]")
"""What pytest-recording replaces in the names of its files."""


class CassetteOfTest(Recorded):
    """A test's cassette, which can open further ones.

    Attributes:
        all: the cassettes of the test.
    """

    def __init__(self, node: pytest.Item, name: str | None, settings: CassetteSettings) -> None:
        """Open the cassette.

        Raises:
            CassetteError: there is none, and the mode forbids recording; or it is damaged.
        """
        self._node, self._test_settings = node, settings
        self._home = node.path.parent / (settings.folder or "cassettes")
        super().__init__(path_of(node, settings.folder, name), settings, {"test": node.nodeid})
        self.all: list[Recorded] = [self]

    def another(self, name: str, **settings: Any) -> Recorded:
        """A second cassette of this test, for clients that are given its `transport()`.

        Its file is `TEST.NAME.yaml` beside the test's; it has the test's settings, and those given here.

        Raises:
            ValueError: a setting is wrong.
            CassetteError: there is no recording, and the mode forbids making one.
        """
        base = self._test_settings
        given = {each: getattr(base, each) for each in base.__slots__} | settings
        path = self.path.with_name(f"{self.path.stem}.{_file_name(name)}{self.path.suffix}")
        made = Recorded(path, settings_of(given, f"another({name!r})"), {"test": self._node.nodeid})
        self.all.append(made)
        return made

    def end(self, *, passed: bool) -> None:
        """Close all cassettes of the test; what they recorded is kept only if the test passed.

        Raises:
            CassetteError: one cannot be written, or a service does not answer as it did.
        """
        with ExitStack() as ending:  # all are ended, whatever one of them says
            for made in self.all:
                ending.callback(made.keep if passed else made.discard)
        if passed and self._home.is_dir() and any(made.mode in ("new", "all") for made in self.all):
            write_attributes(self._home)


@contextmanager
def cassette_of_test(node: pytest.Item, marker: str, config: Mapping[str, Any]) -> Generator[CassetteOfTest]:
    """The cassette of a test, which serves all clients in the block.

    Raises:
        pytest.UsageError: a setting is wrong, or there is no recording and the mode forbids making one.
    """
    try:
        name, settings = _asked(node, marker, config)
        made = CassetteOfTest(node, name, settings)
    except (ValueError, CassetteError) as error:
        pytest.fail(str(error), pytrace=False)
    with intercept(made.transport(), allow=settings.allow):
        yield made


def path_of(node: pytest.Item, folder: str | Path | None = None, name: str | None = None) -> Path:
    """The path of a test's cassette: `cassettes/MODULE/TEST.yaml` beside its module.

    Characters unsuitable for file names are replaced, long names are cut, and names with capitals may be the
    same as others where the file system does not tell capitals from small letters: a hash then distinguishes
    them. A recording that was made without that hash, or by pytest-recording, is found all the same.
    """
    place = node.path.parent / (folder or Path("cassettes") / node.path.stem)
    if name is not None:
        return place / (name if name.endswith(SUFFIXES) else f"{name}.yaml")
    name = ".".join([*(each.name for each in node.listchain() if isinstance(each, pytest.Class)), node.name])
    there = {each.name for each in place.iterdir()} if place.is_dir() else set[str]()
    earlier = (f"{_file_name(name, earlier=True)}.yaml", f"{_REPLACED.sub('-', name)}.yaml")
    return place / next((each for each in earlier if each in there), f"{_file_name(name)}.yaml")


def _file_name(name: str, *, earlier: bool = False) -> str:
    plain = _ODD.sub("-", name)
    is_new = not earlier and (len(plain) > _LONGEST or plain != plain.lower())
    if plain == name and not is_new:
        return plain
    digits = hashlib.sha256(name.encode()).hexdigest()[:6]
    return f"{plain if earlier else plain[:_LONGEST]}-{digits}"


def _asked(node: pytest.Item, marker: str, config: Mapping[str, Any]) -> tuple[str | None, CassetteSettings]:
    """The name and the settings of a test's cassette: of several markers, the nearest has the last word."""
    given, name = dict(config), None
    for each in reversed(list(node.iter_markers(marker))):
        if len(each.args) > 1 or not all(isinstance(arg, str) for arg in each.args):
            raise ValueError(
                f"{node.nodeid}: the marker {marker} takes one name, and settings by their names."
            )
        given |= each.kwargs
        name = each.args[0] if each.args else name
    return name, settings_of(given, f"{node.nodeid}, settings of the cassette")
