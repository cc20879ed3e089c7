"""The tables of the fake OpenAI's endpoints, against the specification."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from fakes import World
from fakes.openai.routes import endpoints_of
from fakes.parameters import Honoured, Kinds, Parameter, Table

__all__ = ["EXTRA", "Schema", "class_of", "counts", "differences", "tables", "target"]

Schema = dict[str, Any]
Place = tuple[str, str]
"""A method and a template."""

EXTRA = {
    "messages[assistant].annotations": "a client sends an answer back as it got it, with its annotations",
    "input[message].content[output_text].logprobs": "likewise",
    "messages[tool].name": "clients such as instructor send it, which are in use against the service",
}
"""Parameters that are taken though the specification does not have them, and why."""


def tables() -> Mapping[Place, tuple[Table, Table]]:
    """The tables of all mounted endpoints: of the query, and of the body."""
    return endpoints_of(World().openai).tables


def class_of(parameter: Parameter) -> str:
    """The name of a parameter's class, as it is counted."""
    return {"Honoured": "honoured", "Refused": "refused"}.get(type(parameter).__name__, "without effect")


def counts() -> dict[Place, Counter[str]]:
    """For each endpoint, how many parameters there are of each class."""
    return {
        place: Counter(class_of(parameter) for table in both for _, parameter in table.walk())
        for place, both in tables().items()
    }


def differences(folder: Path) -> Iterator[str]:
    """What the tables have that the specification does not, or lack of it."""
    document = json.loads((folder / "openai" / "openapi.json").read_text("utf-8"))
    reader = _Reader(document)
    operations = {
        (method.upper(), _shape(path)): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if "?" not in path and "operationId" in operation
    }
    for (method, template), (query, body) in tables().items():
        where = f"{method} {template}"
        operation = operations.get((method, _shape(template)))
        if operation is None:
            yield f"{where}: the specification has no such operation"
            continue
        asked = [reader.target(each) for each in operation.get("parameters", ())]
        known = {
            each["name"].removesuffix("[]"): each.get("schema", {}) for each in asked if each["in"] == "query"
        }
        yield from (f"{where}: query {each}" for each in reader.against(query, [{"properties": known}], ""))
        contents = operation.get("requestBody", {}).get("content", {})
        schemas = [content["schema"] for content in contents.values()] or [{"properties": {}}]
        views = [view for schema in schemas for view in reader.views(schema)]
        yield from (f"{where}: body {each}" for each in reader.against(body, views, ""))


def _shape(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path)


def target(document: Schema, node: Schema) -> Schema:
    """What a reference leads to; anything else itself."""
    while "$ref" in node:
        found = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        node = found
    return node


class _Reader:
    def __init__(self, document: Schema) -> None:
        self._document = document

    def target(self, node: Schema) -> Schema:
        """What a reference leads to; anything else itself."""
        return target(self._document, node)

    def views(self, node: Schema) -> list[Schema]:
        """The objects that a schema may be, or that its items may be; its alternatives each on its own."""
        node = self.target(node)
        found: list[Schema] = []
        if "allOf" in node:
            parts = [view for part in node["allOf"] for view in self.views(part)]
            together = {name: each for view in parts for name, each in view["properties"].items()}
            found.append({"properties": {**together, **node.get("properties", {})}})
        elif "properties" in node:
            found.append(node)
        for name in ("anyOf", "oneOf"):
            found += [view for part in node.get(name, ()) for view in self.views(part)]
        if isinstance(node.get("items"), dict):
            found += self.views(node["items"])
        return [view for view in found if view["properties"]]

    def against(self, fields: Table | Kinds, views: list[Schema], at: str) -> Iterator[str]:
        """What a table, or tables by kind, have against the objects of the specification at a place."""
        if isinstance(fields, Table):
            yield from self._of_table(fields, views, at)
            return
        by_kind: dict[str, list[Schema]] = {}
        for view in views:
            for kind in self._kinds(view["properties"].get(fields.field, {})) or [fields.default]:
                by_kind.setdefault(kind, []).append(view)
        for kind in sorted(by_kind.keys() ^ fields.kinds.keys()):
            yield f"{at}[{kind}] is {'missing' if kind in by_kind else 'not specified'}"
        for kind, table in fields.kinds.items():
            if isinstance(table, Table) and kind in by_kind:
                yield from self._of_table(table, by_kind[kind], f"{at}[{kind}]")

    def _of_table(self, table: Table, views: list[Schema], at: str) -> Iterator[str]:
        known: dict[str, list[Schema]] = {}
        for view in views:
            for name, schema in view["properties"].items():
                known.setdefault(name, []).append(schema)
        for name in sorted(known.keys() ^ table.parameters.keys()):
            path = f"{at}.{name}" if at else name
            if path not in EXTRA:
                yield f"{path} is {'missing' if name in known else 'not specified'}"
        for name, parameter in table.parameters.items():
            if isinstance(parameter, Honoured) and name in known:
                path = f"{at}.{name}" if at else name
                inside = [view for schema in known[name] for view in self.views(schema)]
                if parameter.fields is not None:
                    yield from self.against(parameter.fields, inside, path)
                elif inside:
                    yield f"{path}: what is in it is missing"

    def _kinds(self, schema: Schema) -> list[str]:
        """The values that a field has which tells kinds apart."""
        node = self.target(schema)
        found = [each for each in node.get("enum", ()) if isinstance(each, str)]
        for name in ("anyOf", "oneOf"):
            found += [kind for part in node.get(name, ()) for kind in self._kinds(cast("Schema", part))]
        return found
