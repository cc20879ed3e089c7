"""The parameters of Google's methods: those of the discovery documents beside those of the fakes' tables."""

from __future__ import annotations

import json
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fakes import FakeTransport, World
from fakes.parameters import Honoured, Parameter, Refused, Table, WithoutEffect
from fakes.vertex.content_tables import SCHEMA
from fakes.vertex.reading import Takes
from tests.conformance.calls import Route

__all__ = [
    "CLASSES",
    "UNDOCUMENTED",
    "Specified",
    "count_lines",
    "counts",
    "differences",
    "leaves",
    "mounted",
    "schema_differences",
    "specified",
]

CLASSES = ("honoured", "refused", "without effect")
STANDARD = frozenset(
    (
        *("$.xgafv", "$alt", "access_token", "alt", "callback", "fields", "key", "oauth_token"),
        *("prettyPrint", "quotaUser", "uploadType", "upload_protocol"),
    )
)
"""The parameters of every method; the documents here were cut before them."""
_VERSIONS = ("v1", "v1beta1")
UNDOCUMENTED = tuple(f"/{{version}}/publishers/google/models{name}" for name in ("", "/{model}"))
"""The routes that the documents were cut before."""
Tree = dict[str, "Tree | None"]
"""Name -> the parameters within, None for a value; an empty tree is a message without fields."""


@dataclass(frozen=True, slots=True)
class Specified:
    """What the documents say a method takes: the names in its query, and the tree of its body."""

    query: frozenset[str]
    body: Tree | None


def mounted() -> dict[Route, Takes]:
    """What each route of Vertex AI and the Developer API takes."""
    services = FakeTransport(World()).services
    return {
        Route(name, method, template): takes
        for name, routes in (("vertex", services.vertex), ("gemini", services.gemini))
        for (method, template), takes in routes.takes.items()
    }


def specified(specs: Path, route: Route) -> Specified | None:
    """What a route of Vertex AI takes in either version of the API; None where no document has it."""
    query: set[str] = set()
    body: Tree | None = None
    found = False
    for version in _VERSIONS:
        document = json.loads((specs / "google" / f"aiplatform.{version}.json").read_text("utf-8"))
        for method in _methods(document):
            if method["httpMethod"] != route.method or not _is_path(route.template, method["flatPath"]):
                continue
            found = True
            parameters = method.get("parameters", {}).items()
            query |= {name for name, each in parameters if each.get("location") == "query"}
            if "request" in method:
                made = _tree(document["schemas"], method["request"]["$ref"], ())
                body = _joined(body or {}, made)
    return Specified(STANDARD | query, body) if found else None


def differences(table: Table, tree: Mapping[str, Any], at: str = "") -> Iterator[str]:
    """The names that a table and a specification do not have in common, with their paths."""
    names = set(table.parameters)
    yield from (f"{at}{name} is not in the table" for name in sorted(tree.keys() - names))
    yield from (f"{at}{name} is not specified" for name in sorted(names - tree.keys()))
    for name, inner in tree.items():
        parameter = table.parameters.get(name)
        fields = parameter.fields if isinstance(parameter, Honoured) else None
        if isinstance(fields, Table) and inner is None:
            yield f"{at}{name} has no fields"
        elif isinstance(fields, Table):
            yield from differences(fields, inner, f"{at}{name}.")
        elif isinstance(parameter, Honoured) and inner:
            yield f"{at}{name} has fields that the table does not name"


def leaves(table: Table, at: str = "") -> Iterator[str]:
    """The paths of the honoured parameters that hold no others."""
    for path, parameter in table.walk(at):
        if isinstance(parameter, Honoured) and parameter.fields is None:
            yield path


def counts(table: Table, tree: Mapping[str, Any] | None) -> Counter[str]:
    """How many parameters a table has in each class.

    With a specification, what is within a refused parameter, or within one without effect, counts with it.
    """
    found: Counter[str] = Counter()
    for name, parameter in table.parameters.items():
        inner = tree.get(name) if tree else None
        kind = _class(parameter)
        found[kind] += 1
        if isinstance(parameter, Honoured) and isinstance(parameter.fields, Table):
            found += counts(parameter.fields, inner)
        elif inner:
            found[kind] += _size(inner)
    return found


def _class(parameter: Parameter) -> str:
    match parameter:
        case Honoured():
            return CLASSES[0]
        case Refused():
            return CLASSES[1]
        case WithoutEffect():
            return CLASSES[2]


def _size(tree: Mapping[str, Any]) -> int:
    return sum(1 + (_size(inner) if inner else 0) for inner in tree.values())


def _methods(resource: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from resource.get("methods", {}).values()
    for inner in resource.get("resources", {}).values():
        yield from _methods(inner)


def _is_path(template: str, flat: str) -> bool:
    """Whether a route's template is a path of the documents, which were cut to those with a project."""
    path = template.removeprefix("/{version}/")
    if path.startswith("publishers/"):
        path = f"projects/p/locations/l/{path}"
    concrete = re.sub(r"\{\w+\}", "x", path)
    wanted = re.sub(r"\{\w+\}", "[^/:]+", re.sub(r"^v1(beta1)?/", "", flat).replace(".", r"\."))
    return re.fullmatch(wanted, concrete) is not None


def _tree(schemas: dict[str, Any], name: str, above: tuple[str, ...]) -> Tree:
    """The fields of a message. What is open (maps, any value) and what is in itself again has no fields."""
    made: Tree = {}
    for field, given in schemas[name].get("properties", {}).items():
        schema = given["items"] if given.get("type") == "array" else given
        inner = schema.get("$ref")
        if inner is None or inner in above or inner.endswith("1Schema"):
            made[field] = None
        else:
            made[field] = _tree(schemas, inner, (*above, inner))
    return made


def _joined(one: Tree, other: Tree) -> Tree:
    """All fields of two versions of a message."""
    made: Tree = {}
    for name in dict.fromkeys((*one, *other)):
        left, right = one.get(name), other.get(name)
        made[name] = _joined(left or {}, right or {}) if left is not None or right is not None else None
    return made


def schema_differences(specs: Path) -> list[str]:
    """What the table of a Schema's keywords and the documents do not have in common."""
    tree: Tree = {}
    for version in _VERSIONS:
        schemas = json.loads((specs / "google" / f"aiplatform.{version}.json").read_text("utf-8"))["schemas"]
        name = f"GoogleCloudAiplatformV{version.removeprefix('v')}Schema"
        tree |= dict.fromkeys(schemas[name]["properties"])
    return list(differences(SCHEMA, tree))


def count_lines(specs: Path) -> Iterator[str]:
    """How many parameters of each method are in each class, and the sums by service, each in a line."""
    sums: dict[str, Counter[str]] = {}
    for route, takes in mounted().items():
        known = specified(specs, route) if route.service == "vertex" else None
        found = counts(takes.query, None)
        if takes.body is not None:
            found += counts(takes.body, known.body if known else None)
        sums[route.service] = sums.get(route.service, Counter[str]()) + found
        yield f"{route}: {_told(found)}"
    for service, found in sums.items():
        yield f"{service}, all methods: {_told(found)}"


def _told(found: Counter[str]) -> str:
    return ", ".join(f"{found[kind]} {kind}" for kind in CLASSES)


def _folder() -> Path:
    """The folder of specifications: the argument, or where `conftest.py` looks for it."""
    shared = os.environ.get("FBENCH_SHARED") or Path(__file__).resolve().parents[3] / "shared"
    return Path(sys.argv[1]) if len(sys.argv) > 1 else Path(shared) / "specs"


if __name__ == "__main__":
    folder = _folder()
    if not (folder / "google").is_dir():
        sys.exit(
            f"{folder}: has no folder google with the vendor's specifications; name another as an argument."
        )
    sys.stdout.writelines(f"{line}\n" for line in count_lines(folder))
