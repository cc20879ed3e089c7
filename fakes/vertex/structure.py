"""The form in which an answer is asked for: JSON, under a schema or not, or one of an enumeration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fakes.json_text import compact, is_mapping, sequence
from fakes.schema_in_prompt import text_as_prompted
from fakes.structured_output import object_for, text_under, value_for
from fakes.vertex.errors import invalid, invalid_value
from fakes.vertex.schema import json_schema

__all__ = ["Structure", "read_structure"]

_AT = "generationConfig.responseSchema"
_TEXT, _JSON, _ENUM = "text/plain", "application/json", "text/x.enum"


@dataclass(frozen=True, slots=True)
class Structure:
    """A JSON schema, None where any object will do; `bare` is whether a text comes without quotes."""

    schema: dict[str, Any] | None
    bare: bool

    def text(self, said: str, seed: int, *prompt: str) -> str:
        """What a model says in this form where it would have said so; any object: as the prompt shows it."""
        if self.schema is None:
            prompted = text_as_prompted(said, seed, *prompt, fenced=False)
            return prompted or compact(object_for(said)).decode("utf-8", "surrogatepass")
        if self.bare:
            return str(value_for(self.schema, said, seed))
        return text_under(self.schema, said, seed)


def read_structure(config: dict[str, Any], base: str, *, tools: bool) -> Structure | None:
    """The form that a GenerationConfig asks for, None for plain text; `tools`: whether there are functions.

    Raises:
        Refusal: 400 for a type or a schema that there is not, or where they do not fit.
    """
    kind = config.get("responseMimeType", _TEXT)
    if kind not in (_TEXT, _JSON, _ENUM):
        raise invalid(
            "* GenerateContentRequest.generation_config.response_mime_type: allowed mimetypes are "
            f"`{_TEXT}`, `{_JSON}` and `{_ENUM}`."
        )
    both = "responseSchema" in config, "responseJsonSchema" in config
    if all(both):
        raise invalid(
            "* GenerateContentRequest.generation_config: only one of response_schema and "
            "response_json_schema can be set."
        )
    if kind == _TEXT:
        if any(both):
            raise invalid(
                "* GenerateContentRequest.generation_config.response_schema: only allowed when response "
                f"mime type is `{_JSON}` or `{_ENUM}`."
            )
        return None
    if tools and base.startswith("gemini-2"):
        raise invalid(f"Function calling with a response mime type: '{kind}' is unsupported")
    schema = _schema(config) if any(both) else None
    if kind == _ENUM and (schema is None or not sequence(schema.get("enum"))):
        raise invalid(
            "* GenerateContentRequest.generation_config.response_schema: must be a STRING with an enum when "
            f"response mime type is `{_ENUM}`."
        )
    return Structure(schema, kind == _ENUM)


def _schema(config: dict[str, Any]) -> dict[str, Any]:
    if "responseSchema" in config:
        return json_schema(config["responseSchema"], _AT)
    if not is_mapping(schema := config["responseJsonSchema"]):
        raise invalid_value("generationConfig.responseJsonSchema", schema)
    return schema
