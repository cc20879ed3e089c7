"""The form that a request wants its answer in: a text, JSON, or JSON under a schema."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from fakes.json_text import compact, is_mapping, mapping
from fakes.openai.errors import invalid
from fakes.openai.strict import problem_of
from fakes.openai.values import choice, flag, missing, wrong_type
from fakes.schema_in_prompt import text_as_prompted, without_form
from fakes.structured_output import object_for, text_under

__all__ = ["TEXT", "Form", "form_of"]

_KINDS = ("text", "json_object", "json_schema")
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class Form:
    """How an answer is written: as a text, a JSON object, or JSON that is valid for a schema."""

    kind: str = "text"
    schema: Any = None

    def question(self, system: str, prompt: str) -> tuple[str, str]:
        """What is asked, apart from a form that the prompt shows."""
        return (system, prompt) if self.kind == "json_schema" else without_form(system, prompt)

    def write(self, answer: str, seed: int, *prompt: str) -> str:
        """The answer in this form; without a schema of its own, under one that stands in the prompt."""
        if self.kind == "json_schema":
            return text_under(self.schema, answer, seed)
        as_object = self.kind == "json_object"
        prompted = text_as_prompted(answer, seed, *prompt, fenced=not as_object)
        if prompted is not None:
            return prompted
        return compact(object_for(answer)).decode("utf-8", "surrogatepass") if as_object else answer


TEXT = Form()


def form_of(wanted: object, param: str, said: object) -> Form:
    """The form that `response_format`, or `text.format`, asks for; `said` is what the messages are.

    Raises:
        Refusal: 400 for a form that is not known, a schema that strict mode does not take, or a JSON object
            where no message speaks of JSON.
    """
    if wanted is None:
        return TEXT
    if not is_mapping(wanted):
        raise wrong_type(param, "an object", wanted)
    if wanted.get("type") is None:
        raise missing(f"{param}.type")
    kind = choice(wanted, "type", _KINDS, f"{param}.") or "text"
    newer = param.startswith("text")
    if kind == "json_object" and b"json" not in compact(said).lower():
        message = (
            "Response input messages must contain the word 'json' in some form to use 'text.format' of type "
            "'json_object'."
            if newer
            else "'messages' must contain the word 'json' in some form, to use 'response_format' of type "
            "'json_object'."
        )
        raise invalid(message, "input" if newer else "messages")
    if kind != "json_schema":
        return Form(kind)
    return _under_schema(wanted if newer else mapping(wanted.get("json_schema")), param, newer=newer)


def _under_schema(asked: dict[str, Any], param: str, *, newer: bool) -> Form:
    at = param if newer else f"{param}.json_schema"
    name, schema = asked.get("name"), asked.get("schema")
    if name is None or (newer and schema is None):
        raise missing(f"{at}.{'name' if name is None else 'schema'}")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise invalid(
            f"Invalid '{at}.name': string does not match pattern. Expected a string that matches the pattern "
            "'^[a-zA-Z0-9_-]+$'.",
            f"{at}.name",
            "invalid_value",
        )
    strict = flag(asked, "strict", at=f"{at}.")
    if (strict or schema is not None) and (problem := problem_of(schema, strict=strict)):
        message = f"Invalid schema for response_format '{name}': {problem}"
        if newer:
            raise invalid(message, f"{param}.schema", "invalid_json_schema")
        raise invalid(message, param)
    return Form("json_schema", {"type": "object"} if schema is None else schema)
