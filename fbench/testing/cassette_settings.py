"""The settings of a test's cassette: from a fixture, from markers, or as arguments of `use_cassette`."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any, cast

from fbench.cassette import Matchers

__all__ = ["CassetteSettings", "settings_of"]

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, kw_only=True, slots=True)
class CassetteSettings:
    """How a cassette records and replays.

    Attributes:
        mode: `none`, `new` or `all`, or vcrpy's name of one; `verify` asks the service, compares its answers
            with the recording and changes nothing. None: what `pytest --fbench-record` says, else `none`.
        folder: where recordings are, relative to the folder of the test's module; None: `cassettes/MODULE`.
        match_on: the parts of requests that must be equal (`fbench.cassette.Matchers`).
        ignore_fields: places in JSON bodies that do not matter, such as `metadata.run`.
        keep_headers: headers that are stored besides those that clients read.
        secrets: values that must not be stored, each with the name that stands in its place, or without.
        allow: hosts that may be reached beside the cassette, such as `localhost:5432`.
        partly_used: whether a recording need not be asked for all that it holds.
        expires: the day after which a recording is to be made anew, as `2027-01-14`.
    """

    mode: str | None = None
    folder: str | Path | None = None
    match_on: Sequence[str] = Matchers().parts
    ignore_fields: Sequence[str] = ()
    keep_headers: Sequence[str] = ()
    secrets: Mapping[str, str] | Sequence[str] = ()
    allow: Sequence[str] = ()
    partly_used: bool = False
    expires: str | None = None

    @property
    def matchers(self) -> Matchers:
        """Which differences between requests matter."""
        return Matchers(tuple(self.match_on), tuple(self.ignore_fields))

    @property
    def named_secrets(self) -> dict[str, str]:
        """The secrets of one's own, each with a name."""
        if isinstance(self.secrets, Mapping):
            return dict(self.secrets)
        return {value: f"secret-{number}" for number, value in enumerate(self.secrets, start=1)}


def settings_of(given: Mapping[str, Any], where: str) -> CassetteSettings:
    """The settings with these values.

    Raises:
        ValueError: one is not known, or has a value that it cannot have. The message begins with `where`.
    """
    known = [field.name for field in fields(CassetteSettings)]
    if wrong := [name for name in given if name not in known]:
        raise ValueError(
            f"{where}: {wrong[0]!r} is no setting of a cassette: name any of {', '.join(known)}."
        )
    made = CassetteSettings(**given)
    try:
        _check_lists(made)
        _check(made)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None
    return made


def _check_lists(made: CassetteSettings) -> None:
    for name in ("match_on", "ignore_fields", "keep_headers", "allow", "secrets"):
        value = cast("object", getattr(made, name))
        texts = cast("Collection[object]", value) if isinstance(value, Collection) else [value]
        if isinstance(value, str):
            raise ValueError(  # noqa: TRY004 - as for all other settings
                f"{name} is one text: give a list, such as {[value]!r}."
            )
        if not all(isinstance(each, str) for each in texts):
            raise ValueError(f"{name}: {value!r} is no list of texts.")


def _check(made: CassetteSettings) -> None:
    _ = made.matchers
    for value, name in made.named_secrets.items():
        if not _NAME.fullmatch(name):
            raise ValueError(
                f"secrets: {name!r} cannot stand in for a secret: write its name as billing-key."
            )
        if len(value) < 4:
            raise ValueError(f"secrets: the value of {name!r} has less than 4 characters.")
    if made.expires is not None:
        try:
            date.fromisoformat(made.expires)
        except (TypeError, ValueError):
            raise ValueError(f"expires: {made.expires!r} is no date: write it as 2027-01-14.") from None
