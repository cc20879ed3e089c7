"""The pinned requirements are whole: any pip can install them, without asking for what is not pinned.

pip before 24.0 takes a pin for what is asked for only where the pin has the same extras, and with hashes it
refuses what is not pinned. uv does not mind, so that only such a pip, or this test, shows what is missing.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import distribution, version
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
FILES = ("run.txt", "dev.txt", "nox.txt")


def text_of(file: str) -> str:
    return (ROOT / "requirements" / file).read_text(encoding="utf-8")


def pins_in(text: str) -> dict[str, Requirement]:
    """The pins of a requirements file that hold on this machine, by their normalised names."""
    lines = re.sub(r"\\\n", "", text).splitlines()
    found = (Requirement(line.partition(" --hash")[0]) for line in lines if line and not line.startswith("#"))
    return {canonicalize_name(pin.name): pin for pin in found if pin.marker is None or pin.marker.evaluate()}


def asked_directly(file: str) -> Iterator[Requirement]:
    groups: dict[str, list[Any]] = PROJECT["dependency-groups"]

    def members(group: str) -> Iterator[str]:
        for each in groups[group]:
            if isinstance(each, str):
                yield each
            else:
                yield from members(each["include-group"])

    if file != "nox.txt":
        yield from map(Requirement, PROJECT["project"]["dependencies"])
    if file != "run.txt":
        yield from map(Requirement, members(Path(file).stem))


def asked_by(pin: Requirement) -> Iterator[Requirement]:
    """What an installed distribution asks for, with the extras of its pin."""
    for line in distribution(pin.name).requires or ():
        asked = Requirement(line)
        extras = ("", *sorted(pin.extras))
        if asked.marker is None or any(asked.marker.evaluate({"extra": extra}) for extra in extras):
            yield asked


def shortcomings(file: str, text: str) -> list[str]:
    """What a requirement asks for that no pin gives."""
    pins = pins_in(text)
    asking = [("pyproject.toml", asked) for asked in asked_directly(file)]
    asking += [(pin.name, asked) for pin in pins.values() for asked in asked_by(pin)]
    found: list[str] = []
    for who, asked in asking:
        pin = pins.get(canonicalize_name(asked.name))
        if pin is None:
            found.append(f"{who} asks for {asked}, and nothing pins it")
        elif missing := asked.extras - pin.extras:
            found.append(f"{who} asks for {asked}, and its pin lacks [{','.join(sorted(missing))}]")
        elif not asked.specifier.contains(str(pin.specifier).removeprefix("=="), prereleases=True):
            found.append(f"{who} asks for {asked}, and {pin} is pinned")
    return found


@pytest.mark.parametrize("file", FILES)
def test_every_requirement_and_extra_stands_on_a_pin(file: str) -> None:
    assert shortcomings(file, text_of(file)) == []


def test_a_pin_that_lost_its_extra_is_noticed() -> None:
    bare = text_of("run.txt").replace("google-auth[requests]==", "google-auth==")
    assert [line for line in shortcomings("run.txt", bare) if "lacks [requests]" in line]


def test_a_pin_that_is_gone_is_noticed() -> None:
    text = re.sub(r"(?m)^anyio==.*\n(    .*\n)*", "", text_of("run.txt"))
    assert [line for line in shortcomings("run.txt", text) if "nothing pins it" in line]


@pytest.mark.parametrize("file", [*FILES, "cluster.txt", "docs.txt"])
def test_every_pin_has_a_hash_and_no_file_says_where_to_download_from(file: str) -> None:
    text = text_of(file)
    whole = re.sub(r"\\\n", "", text)
    assert all("--hash=sha256:" in line for line in whole.splitlines() if line and not line.startswith("#"))
    assert not re.search(r"://|^--|^-[if]\b", text, re.MULTILINE)


@pytest.mark.parametrize("file", ["run.txt", "nox.txt"])
def test_what_runs_the_tests_runs_the_same_versions_as_a_user(file: str) -> None:
    pins, dev = pins_in(text_of(file)), pins_in(text_of("dev.txt"))
    assert {name: str(pin) for name, pin in pins.items()} == {name: str(dev.get(name)) for name in pins}


def test_a_cluster_runs_the_same_versions_as_the_tests() -> None:
    pins, dev = pins_in(text_of("cluster.txt")), pins_in(text_of("dev.txt"))
    assert {"ray", "submitit"} <= pins.keys()
    shared = pins.keys() & dev.keys()
    assert {name: str(pins[name].specifier) for name in shared} == {
        name: str(dev[name].specifier) for name in shared
    }


def test_these_tests_run_on_the_pinned_versions() -> None:
    pins = pins_in(text_of("dev.txt"))
    other = {
        name: version(name)
        for name, pin in pins.items()
        if not pin.specifier.contains(version(name), prereleases=True)
    }
    assert not other, "install requirements/dev.txt again: these are other versions than it pins"
