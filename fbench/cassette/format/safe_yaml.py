"""Read YAML as recorders write it: safely, and with no more implicit types than JSON has."""

from __future__ import annotations

import re
from typing import Any, cast

import yaml

__all__ = ["Chunks", "YamlError", "read_yaml"]

YamlError = yaml.YAMLError

_PYTHON = "tag:yaml.org,2002:python/"
_PLAIN: dict[str, tuple[str, re.Pattern[str]]] = {
    "null": ("~nN\0", re.compile(r"(?:~|null|Null|NULL|)\Z")),
    "bool": ("tTfF", re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z")),
    "int": ("-0123456789", re.compile(r"-?(?:0|[1-9][0-9]*)\Z")),
    "float": (
        "-.0123456789",
        re.compile(r"-?(?:[0-9]+\.[0-9]*(?:[eE][-+]?[0-9]+)?|\.(?:inf|Inf|INF))\Z|\.(?:nan|NaN|NAN)\Z"),
    ),
}
"""What a scalar without quotes may be besides a text, and how it may begin.

YAML 1.1 has more: `12:30:45`, `2026-01-01`, `yes` and `0o17`. PyYAML puts quotes around texts like these and
writes no values so, and cassetter, by YAML 1.2, writes some of them without quotes and means texts.
"""


class Chunks(list[Any]):
    """The pieces of a body that was sent piece by piece."""


def _resolvers() -> dict[str, list[tuple[str, re.Pattern[str]]]]:
    """The implicit types as PyYAML wants them: by the first letter of a scalar."""
    found: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
    for name, (letters, pattern) in _PLAIN.items():
        for letter in letters:
            found.setdefault(letter.strip("\0"), []).append((f"tag:yaml.org,2002:{name}", pattern))
    return found


_SAFE = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Loader: Any = type("_Loader", (_SAFE,), {"yaml_implicit_resolvers": _resolvers()})
"""PyYAML's safe loader; of the tags that name Python's own types it takes the few that vcrpy writes."""


def read_yaml(content: bytes | str) -> object:
    """The value in a YAML document.

    Raises:
        YamlError: it is no YAML, or holds other objects than texts, bytes, numbers, lists and mappings.
    """
    return cast("object", yaml.load(content, _Loader))  # noqa: S506 - one of the safe loaders, see above


def _text(loader: Any, node: Any) -> object:
    return loader.construct_scalar(node)


def _items(loader: Any, node: Any) -> object:
    return loader.construct_sequence(node, deep=True)


def _file(loader: Any, node: Any) -> object:
    state = loader.construct_mapping(node, deep=True).get("state") or [b""]
    return state[0]


def _pieces(loader: Any, node: Any) -> object:
    given: list[list[Any]] = loader.construct_mapping(node, deep=True).get("args") or [[]]
    return Chunks(given[0])


_Loader.add_constructor(f"{_PYTHON}str", _text)
_Loader.add_constructor(f"{_PYTHON}unicode", _text)
_Loader.add_constructor(f"{_PYTHON}tuple", _items)
_Loader.add_constructor(f"{_PYTHON}object/new:_io.BytesIO", _file)
_Loader.add_constructor(f"{_PYTHON}object/apply:builtins.iter", _pieces)
