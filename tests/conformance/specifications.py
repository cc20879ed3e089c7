"""The vendors' specifications as JSON Schema: which operation a request is, and what it may answer.

OpenAI's is OpenAPI 3.1 with relics of 3.0 (`nullable`, a boolean `exclusiveMinimum`, `$recursiveRef`).
Google's are discovery documents: `$ref` is a bare name, `format` tells how an int64 travels, nothing is
required, `{+name}` takes slashes (https://developers.google.com/discovery/v1/reference/apis).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from tests.conformance.schemas import Schema, Schemas

__all__ = ["Operation", "Specification", "aiplatform", "developer", "openai", "storage"]

_TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"
_TRAVELS = {
    "int64": r"^-?\d+$",
    "uint64": r"^\d+$",
    "google-datetime": _TIME,
    "date-time": _TIME,
    "google-duration": r"^-?\d+(\.\d+)?s$",
    "byte": r"^[A-Za-z0-9+/_-]*={0,2}$",
}
"""What a string of a format looks like."""

_STATUS: Schema = {"type": "integer", "format": "the HTTP status"}
"""The schema of a field that repeats the response's status."""

_RPC_CODES = {
    400: ("INVALID_ARGUMENT", "FAILED_PRECONDITION", "OUT_OF_RANGE"),
    401: ("UNAUTHENTICATED",),
    403: ("PERMISSION_DENIED",),
    404: ("NOT_FOUND",),
    409: ("ALREADY_EXISTS", "ABORTED"),
    429: ("RESOURCE_EXHAUSTED",),
    499: ("CANCELLED",),
    500: ("INTERNAL", "UNKNOWN", "DATA_LOSS"),
    501: ("UNIMPLEMENTED",),
    503: ("UNAVAILABLE",),
    504: ("DEADLINE_EXCEEDED",),
}
"""HTTP status -> names: https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto."""


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation: its name, and for each status the schemas by content type.

    Statuses from 400 on are there only where they are no errors. `media` is True where it may also answer
    with the content of a file, of any type.
    """

    name: str
    answers: Mapping[int, Mapping[str, Schema]]
    media: bool = False


class Specification:
    """The operations of a service, and the form of its errors."""

    def __init__(
        self, schemas: Schemas, operations: list[tuple[str, re.Pattern[str], Operation]], *, error: Schema
    ) -> None:
        self.schemas = schemas
        self._operations, self.form_of_errors = operations, error

    def find(self, method: str, path: str) -> Operation | None:
        """The operation of a request, by its method and raw path; None where there is none."""
        for known, template, operation in self._operations:
            if known == method and template.fullmatch(path):
                return operation
        return None

    def error(self, status: int) -> Schema:
        """The schema of an error with that status."""
        fields = dict(self.form_of_errors["properties"])
        if fields["code"] == _STATUS:
            fields["code"] = {"const": status}
        if "status" in fields:
            fields["status"] = {"enum": list(_RPC_CODES.get(status, ()))}
        inside = {**self.form_of_errors, "properties": fields}
        return {"type": "object", "required": ["error"], "properties": {"error": inside}}


def openai(folder: Path) -> Specification:
    """OpenAI's, of the paths behind `/v1`."""
    document = json.loads((folder / "openai" / "openapi.json").read_text("utf-8"))
    named = {name: _plain(schema, name) for name, schema in document["components"]["schemas"].items()}
    operations = [
        (method.upper(), _template(path), Operation(asked["operationId"], _contents(asked["responses"])))
        for path, methods in document["paths"].items()
        for method, asked in methods.items()
        if "?" not in path and "operationId" in asked
    ]
    return Specification(Schemas(named), operations, error=named["Error"])


def aiplatform(folder: Path) -> Specification:
    """Vertex AI's, v1 and v1beta1.

    The documents were cut to paths with a project; those without (`publishers/...`, as they are called with
    an API key) answer the same.
    """
    named: dict[str, Schema] = {}
    operations: list[tuple[str, re.Pattern[str], Operation]] = []
    for version in ("v1", "v1beta1"):
        document = json.loads((folder / "google" / f"aiplatform.{version}.json").read_text("utf-8"))
        named |= _definitions(document)
        for method in _methods(document):
            path = "/" + method["flatPath"]
            short = path.replace("/projects/{projectsId}/locations/{locationsId}/publishers/", "/publishers/")
            operations += [
                (method["httpMethod"], _template(each, custom=True), _operation(method))
                for each in dict.fromkeys((path, short))
            ]
    error: Schema = {
        **named["GoogleRpcStatus"],
        "required": ["code", "message", "status"],
        "properties": {**named["GoogleRpcStatus"]["properties"], "status": {"type": "string"}},
    }
    error["properties"]["code"] = _STATUS
    # the documents were cut before these: publishers.models.list and .get of v1beta1
    published = "/v1beta1/publishers/google/models"
    operations += [
        ("GET", _template(path), _anything("publishers.models"))
        for path in (published, published + "/{model}")
    ]
    return Specification(Schemas(named), operations, error=error)


def developer(vertex: Specification) -> Specification:
    """The Gemini Developer API's, of which there is no document here.

    Generation and errors have the form of Vertex AI's, as https://ai.google.dev/api tells and a recorded 404
    shows; nothing is known of other bodies.
    """
    place = "/v1/projects/p/locations/l/publishers/google/models/m"
    operations = [
        ("POST", _template("/{version}/models/{model}" + verb, custom=True), found)
        for verb in (":generateContent", ":streamGenerateContent", ":countTokens")
        if (found := vertex.find("POST", place + verb))
    ]
    operations += [
        (method, _template(path, custom=True), _anything(f"{method} {path}"))
        for method, path in (
            *(("GET", "/{version}/models"), ("GET", "/{version}/models/{model}")),
            *(("GET", "/{version}/tunedModels"), ("POST", "/{version}/tunedModels")),
            *(("POST", "/upload/{version}/files"), ("GET", "/{version}/files")),
            *(("GET", "/{version}/files/{file}"), ("DELETE", "/{version}/files/{file}")),
        )
    ]
    return Specification(vertex.schemas, operations, error=vertex.form_of_errors)


def storage(folder: Path) -> Specification:
    """Cloud Storage's.

    The document says nothing of errors, of parts of objects, and of how a resumable upload goes on; these are
    of https://docs.cloud.google.com/storage/docs/json_api/v1/status-codes and
    https://docs.cloud.google.com/storage/docs/performing-resumable-uploads. It was cut: what changes buckets,
    and the answer to a rewrite, are as https://docs.cloud.google.com/storage/docs/json_api/v1 has them.
    """
    document = json.loads((folder / "google" / "storage.v1.json").read_text("utf-8"))
    operations: list[tuple[str, re.Pattern[str], Operation]] = []
    for method in _methods(document):
        path = "/" + document["servicePath"] + method["path"]
        uploads = method.get("mediaUpload", {}).get("protocols", {})
        paths = [path, *(protocol["path"] for protocol in uploads.values())]
        if method.get("supportsMediaDownload"):
            paths.append("/download" + path)
        found = _operation(method)
        if method["httpMethod"] == "GET":
            found = replace(found, answers={**found.answers, 206: {}, 304: {}})
        operations += [(method["httpMethod"], _template(each), found) for each in paths]
    bucket = {200: {"application/json": {"$ref": "#/$defs/Bucket"}}}
    operations += [
        ("POST", _template("/storage/v1/b"), Operation("storage.buckets.insert", bucket)),
        ("PATCH", _template("/storage/v1/b/{bucket}"), Operation("storage.buckets.patch", bucket)),
        ("PUT", _template("/storage/v1/b/{bucket}"), Operation("storage.buckets.update", bucket)),
        ("DELETE", _template("/storage/v1/b/{bucket}"), Operation("storage.buckets.delete", {204: {}})),
        ("POST", _template("/batch/storage/v1"), Operation("a batch", {200: {}}, media=True)),
    ]
    upload = _template("/upload/storage/v1/b/{bucket}/o")
    made = {"application/json": {"$ref": "#/$defs/Object"}}
    operations.append(("PUT", upload, Operation("a chunk of an upload", {200: made, 308: {}})))
    operations.append(("DELETE", upload, Operation("the end of an upload", {499: {}})))
    text = {"type": "string"}
    detail = {
        "type": "object",
        "required": ["message", "domain", "reason"],
        "properties": dict.fromkeys(("message", "domain", "reason", "location", "locationType"), text),
    }
    error: Schema = {
        "type": "object",
        "required": ["code", "message", "errors"],
        "properties": {
            "code": _STATUS,
            "message": text,
            "errors": {"type": "array", "items": detail},
        },
    }
    definitions = _definitions(document)
    definitions.setdefault(
        "Buckets",
        {
            "type": "object",
            "properties": {
                **dict.fromkeys(("kind", "nextPageToken"), text),
                "items": {"type": "array", "items": {"$ref": "#/$defs/Bucket"}},
            },
        },
    )
    definitions.setdefault(
        "RewriteResponse",
        {
            "type": "object",
            "properties": {
                **dict.fromkeys(("kind", "totalBytesRewritten", "objectSize", "rewriteToken"), text),
                "done": {"type": "boolean"},
                "resource": {"$ref": "#/$defs/Object"},
            },
        },
    )
    return Specification(Schemas(definitions), operations, error=error)


def _template(path: str, *, custom: bool = False) -> re.Pattern[str]:
    """A path template as an expression; with custom methods a value ends before the colon of its verb."""
    value = "[^/:]+" if custom else "[^/]+"
    return re.compile("".join(value if part[:1] == "{" else re.escape(part) for part in _parts(path)))


def _parts(path: str) -> list[str]:
    return re.split(r"(\{[^}]*\})", path)


def _contents(responses: dict[str, Any]) -> dict[int, dict[str, Schema]]:
    return {
        int(status): {
            kind: _plain(content["schema"], "") for kind, content in answer.get("content", {}).items()
        }
        for status, answer in responses.items()
        if status.isdigit() and int(status) < 400
    }


def _plain(node: object, name: str) -> Any:
    """A schema of OpenAPI as plain JSON Schema; `name` is the one that `$recursiveRef` goes back to."""
    if isinstance(node, list):
        return [_plain(each, name) for each in cast("list[object]", node)]
    if not isinstance(node, dict):
        return node
    given = cast("Schema", node)
    made: Schema = {key: _plain(value, name) for key, value in given.items() if key != "$recursiveAnchor"}
    if isinstance(ref := made.get("$ref"), str):
        made["$ref"] = ref.replace("#/components/schemas/", "#/$defs/")
    if "$recursiveRef" in made:
        made = {"$ref": f"#/$defs/{name}"}
    if made.get("exclusiveMinimum") is True:
        made["exclusiveMinimum"] = made.pop("minimum")
    # a part of allOf cannot take null alone: it speaks for the whole
    parts = cast("list[Schema]", given["allOf"]) if isinstance(given.get("allOf"), list) else []
    if made.pop("nullable", None) is True or any(part.get("nullable") is True for part in parts):
        return {"anyOf": [made, {"type": "null"}]}
    return made


def _definitions(document: dict[str, Any]) -> dict[str, Schema]:
    return {name: _converted(schema) for name, schema in document["schemas"].items()}


def _converted(given: Schema) -> Schema:
    """A schema of a discovery document as JSON Schema. An object without fields takes none."""
    if "$ref" in given:
        return {"$ref": f"#/$defs/{given['$ref']}"}
    if given.get("type") == "any":
        return {}
    made: Schema = {"type": given["type"]}
    if "enum" in given:
        made["enum"] = given["enum"]
    if given["type"] == "string" and given.get("format") in _TRAVELS:
        made["pattern"] = _TRAVELS[given["format"]]
    if "items" in given:
        made["items"] = _converted(given["items"])
    if "additionalProperties" in given:
        made["additionalProperties"] = _converted(given["additionalProperties"])
    if "properties" in given or (given["type"] == "object" and "additionalProperties" not in given):
        made["properties"] = {key: _converted(value) for key, value in given.get("properties", {}).items()}
    return made


def _methods(resource: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from resource.get("methods", {}).values()
    for inner in resource.get("resources", {}).values():
        yield from _methods(inner)


def _operation(method: dict[str, Any]) -> Operation:
    kinds: tuple[str, ...] = ("application/json", "text/event-stream")
    if "response" not in method:
        return Operation(method["id"], {204: {}})
    answers: dict[int, dict[str, Schema]] = {200: dict.fromkeys(kinds, _converted(method["response"]))}
    return Operation(method["id"], answers, media=method.get("supportsMediaDownload", False))


def _anything(name: str) -> Operation:
    return Operation(name, {200: {"application/json": {}}})
