"""The functions that a model may call: their declarations, and which of them it calls.

Which it calls depends on the prompt alone: those whose names or descriptions say what it is about. See
https://ai.google.dev/gemini-api/docs/function-calling.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fakes.json_text import is_mapping, mapping, sequence
from fakes.vertex.errors import invalid, invalid_value
from fakes.vertex.schema import json_schema
from fakes.vertex.turns import Turns

__all__ = ["Function", "Tools", "functions_of", "read_tools"]

_NAME = re.compile(r"[A-Za-z_][\w.:-]{0,127}")
_MODES = ("MODE_UNSPECIFIED", "AUTO", "ANY", "NONE", "VALIDATED")
_COMMON = frozenset(
    [
        *("a", "an", "and", "call", "fetch", "find", "for", "from", "function", "get", "in", "is", "it"),
        *("look", "lookup", "my", "of", "on", "run", "set", "show", "the", "to", "tool", "up", "use", "user"),
        *("with", "you", "your"),
    ]
)
"""Words in the names of functions that say nothing of what a function is about."""
_ENOUGH = 0.5


@dataclass(frozen=True, slots=True)
class Function:
    """A function that is declared: what it is said to do, and the JSON schema of its arguments."""

    name: str
    description: str
    schema: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Tools:
    """The functions that may be called; `must` is whether one has to be."""

    functions: tuple[Function, ...] = ()
    must: bool = False

    def named(self, name: object) -> Function | None:
        """The function of that name; None where it may not be called."""
        return next((each for each in self.functions if each.name == name), None)

    def chosen(self, turns: Turns) -> tuple[Function, ...]:
        """The functions that a model calls: those that the prompt is most about.

        Where it need not call one, it does once for a prompt, and only where half of the words in a name or a
        description are there; what failed is tried once more. Where it must, it calls those first that it has
        not called yet.
        """
        if not self.functions:
            return ()
        if turns.answered and not self.must:
            return tuple(each for each in self.functions if each.name in turns.failed)
        left = self.functions
        if self.must:
            left = tuple(each for each in left if each.name not in turns.called) or left
        words = _words(turns.prompt)
        scores = [_score(each, turns.prompt, words) for each in left]
        best = max(scores)
        if best >= _ENOUGH:
            return tuple(each for each, score in zip(left, scores, strict=True) if score == best)
        return (left[scores.index(best)],) if self.must else ()


def read_tools(payload: Mapping[str, Any]) -> Tools:
    """The tools of a request that was read by its table, as its ToolConfig allows them.

    Raises:
        Refusal: 400 for a declaration that is none, and for a configuration that does not fit.
    """
    functions = functions_of(payload.get("tools"))
    config: dict[str, Any] = mapping(payload.get("toolConfig")).get("functionCallingConfig", {})
    if config and not functions:
        raise invalid("Function calling config is set without function_declarations.")
    mode = config.get("mode", _MODES[0])
    if mode not in _MODES:
        kind = "type.googleapis.com/google.cloud.aiplatform.v1beta1.FunctionCallingConfig.Mode"
        raise invalid_value("toolConfig.functionCallingConfig.mode", mode, kind)
    allowed = config.get("allowedFunctionNames", [])
    allowed = [allowed] if isinstance(allowed, str) else sequence(allowed)
    if allowed and mode not in ("ANY", "VALIDATED"):
        raise invalid(
            "Please set allowed_function_names only when function calling mode is ANY or VALIDATED."
        )
    known = {each.name: each for each in functions}
    for name in allowed:
        if not isinstance(name, str) or name not in known:
            raise invalid(f"allowed_function_names has {name!r}, which is not in function_declarations.")
    if mode == "NONE":
        return Tools()
    return Tools(tuple(known[name] for name in dict.fromkeys(allowed)) or functions, mode == "ANY")


def functions_of(tools: object) -> tuple[Function, ...]:
    """The functions that tools declare, which were read by their table.

    Raises:
        Refusal: 400 for a declaration that is none.
    """
    made: dict[str, Function] = {}
    for place, tool in enumerate(sequence(tools)):
        for index, declared in enumerate(sequence(mapping(tool).get("functionDeclarations"))):
            found = _function(declared, f"tools[{place}].functionDeclarations[{index}]")
            if found.name in made:
                raise invalid(f"Duplicate function declaration found: {found.name}")
            made[found.name] = found
    return tuple(made.values())


def _function(declared: dict[str, Any], at: str) -> Function:
    name = declared.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise invalid(
            f"{at}.name: Invalid function name. Must start with a letter or an underscore. Must be "
            "alphanumeric (a-z, A-Z, 0-9), underscores (_), dots (.), colons (:), or dashes (-), with a "
            "maximum length of 128."
        )
    if not isinstance(declared.get("description", ""), str):
        raise invalid_value(f"{at}.description", declared["description"], "TYPE_STRING")
    _schema_of(declared, at, "response", "responseJsonSchema")
    schema = _schema_of(declared, at, "parameters", "parametersJsonSchema")
    if schema.get("type", "object") != "object":
        raise invalid(f"{at}.parameters: schema should be of type OBJECT.")
    return Function(name, declared.get("description", ""), {"type": "object", **schema})


def _schema_of(declared: dict[str, Any], at: str, plain: str, as_json: str) -> dict[str, Any]:
    """The schema under one of two names; an empty one where there is none."""
    if plain in declared and as_json in declared:
        raise invalid(f"{at}: {plain} and {as_json} are mutually exclusive.")
    if plain in declared:
        return json_schema(declared[plain], f"{at}.{plain}")
    if not is_mapping(schema := declared.get(as_json, {})):
        raise invalid_value(f"{at}.{as_json}", schema)
    return schema


def _score(function: Function, prompt: str, words: set[str]) -> float:
    """How much of a function's name, or of its description, is in a prompt, from 0 to 1."""
    if function.name in prompt:
        return 1.0
    about = (_words(text) - _COMMON for text in (function.name, function.description))
    return max(len(telling & words) / len(telling) if telling else 0.0 for telling in about)


def _words(text: str) -> set[str]:
    """The words of a text or of an identifier, in small letters and without a plural's ending."""
    found = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", text)
    return {word.lower().removesuffix("s") for word in found}
