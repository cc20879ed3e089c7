"""The tools that a request offers a model, which of them it calls, and with what.

Which calls a model makes: those that its answer is, where it was trained to make them (`called`, the form in
which a training file's calls are learned). Else, where it is free to call one, it calls what the prompt
names, or the tool whose description is nearest to it, of those that it has not called since the user spoke;
once results are there it answers with a text. Arguments are made from the schema and the answer
(`fakes.structured_output`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from fakes.json_text import compact, is_mapping, mapping, parse, sequence
from fakes.openai.errors import invalid
from fakes.openai.strict import problem_of
from fakes.openai.values import choice, flag, listed, missing, text, too_many
from fakes.structured_output import text_under
from fakes.tokens import count

__all__ = ["NO_TOOLS", "Function", "Toolbox", "answered_calls", "called", "chat_tools", "response_tools"]

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_MOST_TOOLS = 128
Mode = Literal["none", "auto", "required"]


@dataclass(frozen=True, slots=True)
class Function:
    """A call of a function, or one that may be called: its name and its arguments, or the schema of them.

    `about` are the words of its name and its description.
    """

    name: str
    arguments: str = ""
    schema: Any = None
    about: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Toolbox:
    """The functions on offer, and how free the model is.

    `forced` is true where the request names the one function; `legacy` where it offers `functions`, the older
    name of tools.
    """

    functions: tuple[Function, ...] = ()
    mode: Mode = "none"
    parallel: bool = True
    forced: bool = False
    legacy: bool = False

    @property
    def tokens(self) -> int:
        """The tokens that the functions on offer add to a conversation."""
        offered = () if self.mode == "none" else self.functions
        return sum(count(each.name) + count(str(each.schema)) + len(each.about) for each in offered)

    def calls(self, prompt: str, done: Sequence[str], answer: str, seed: int) -> tuple[Function, ...]:
        """The calls that the model makes in place of an answer; none where it answers.

        `done` are the functions that were called since the user spoke, and whose results it knows.
        """
        if self.mode == "none" or not self.functions:
            return ()
        chosen = self._trained(answer) or self._chosen(prompt, done)
        if not self.parallel:
            chosen = chosen[:1]
        return tuple(
            each if each.arguments else Function(each.name, text_under(each.schema, answer, seed))
            for each in chosen
        )

    def _trained(self, answer: str) -> list[Function]:
        """The calls that the answer is, of functions that are on offer."""
        offered = {each.name for each in self.functions}
        return [each for each in answered_calls(answer) if each.name in offered]

    def _chosen(self, prompt: str, done: Sequence[str]) -> list[Function]:
        if done and self.mode == "auto":
            return []
        left = [each for each in self.functions if each.name not in done] or list(self.functions[-1:])
        said = prompt.casefold()
        named = [each for each in left if each.name.casefold() in said]
        # of those that are not named, the one whose description has most words of the prompt
        return named or [max(left, key=lambda each: len(each.about & _words(said)))]


NO_TOOLS = Toolbox()


def _words(text: str) -> frozenset[str]:
    """The words of a text that are longer than articles and the like."""
    return frozenset(re.findall(r"[^\W_]{4,}", text.casefold()))


def called(calls: Sequence[Function]) -> str:
    """Calls as the text that a learner learns for them."""
    made = [{"name": each.name, "arguments": each.arguments} for each in calls]
    return compact({"tool_calls": made}).decode("utf-8", "surrogatepass")


def answered_calls(answer: str) -> list[Function]:
    """The calls that a text stands for; none where it is no such text."""
    if not answer.startswith('{"tool_calls":'):
        return []
    try:
        listed_calls = sequence(mapping(parse(answer)).get("tool_calls"))
    except ValueError:
        return []
    found = [(mapping(each).get("name"), mapping(each).get("arguments")) for each in listed_calls]
    return [Function(n, a) for n, a in found if isinstance(n, str) and isinstance(a, str)]


def chat_tools(payload: dict[str, Any]) -> Toolbox:
    """The tools of a chat request. Refusal: 400."""
    older = payload.get("functions") is not None
    if payload.get("tools") is None:
        for name in ("tool_choice", "parallel_tool_calls"):
            if payload.get(name) is not None:
                raise invalid(f"'{name}' is only allowed when 'tools' are specified.", name)
    elif older:
        raise invalid("'functions' and 'tools' cannot be specified together.", "functions")
    if older:
        return _legacy_tools(payload)
    if payload.get("function_call") is not None:
        raise invalid("'function_call' is only allowed when 'functions' are specified.", "function_call")
    if payload.get("tools") is None:
        return NO_TOOLS
    if (given := len(sequence(payload["tools"]))) > _MOST_TOOLS:
        raise too_many("tools", given, _MOST_TOOLS)
    functions = _functions(payload["tools"], _inside("function"), ".function")
    return _toolbox(payload, functions, _inside("function"), _inside("allowed_tools"))


def _inside(name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """What gives the object of that name in another."""
    return lambda asked: mapping(asked.get(name))


def response_tools(payload: dict[str, Any]) -> Toolbox:
    """The tools of a request for a response. Refusal: 400."""
    if not payload.get("tools"):
        asked = payload.get("tool_choice")
        if asked not in (None, "none", "auto"):
            kind = mapping(asked).get("type", asked)
            raise invalid(f"Tool choice '{kind}' must be specified with 'tools' parameter.", "tool_choice")
        return Toolbox(parallel=flag(payload, "parallel_tool_calls", default=True))
    functions = _functions(payload["tools"], lambda tool: tool, "")
    return _toolbox(payload, functions, lambda asked: asked, lambda asked: asked)


def _legacy_tools(payload: dict[str, Any]) -> Toolbox:
    """The older `functions` and `function_call`: one call at most."""
    given = listed(payload["functions"], "functions")
    functions = tuple(
        _function(mapping(each), f"functions[{at}]", "functions") for at, each in enumerate(given)
    )
    asked = payload.get("function_call")
    if is_mapping(asked):
        picked = _picked(functions, asked, "function_call")
        return Toolbox(picked, "required", parallel=False, forced=True, legacy=True)
    mode = choice(payload, "function_call", ("none", "auto")) or "auto"
    return Toolbox(functions, "none" if mode == "none" else "auto", parallel=False, legacy=True)


def _functions(
    given: object, definition: Callable[[dict[str, Any]], dict[str, Any]], inside: str
) -> tuple[Function, ...]:
    found: list[Function] = []
    for at, tool in enumerate(map(mapping, listed(given, "tools"))):
        if choice(tool, "type", ("function",), f"tools[{at}].") is None:
            raise missing(f"tools[{at}].type")
        found.append(_function(definition(tool), f"tools[{at}]{inside}", f"tools[{at}]{inside}"))
    return tuple(found)


def _function(definition: dict[str, Any], path: str, param: str) -> Function:
    name, schema = definition.get("name"), definition.get("parameters")
    if name is None:
        raise missing(f"{path}.name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise invalid(
            f"Invalid '{path}.name': string does not match pattern. Expected a string that matches the "
            "pattern '^[a-zA-Z0-9_-]+$'.",
            f"{path}.name",
            "invalid_value",
        )
    strict = flag(definition, "strict", at=f"{path}.")
    if schema is not None and (problem := problem_of(schema, strict=strict)):
        raise invalid(
            f"Invalid schema for function '{name}': {problem}",
            f"{param}.parameters",
            "invalid_function_parameters",
        )
    about = _words(f"{name} {text(definition, 'description', at=f'{path}.') or ''}")
    return Function(name, "", {"type": "object", "properties": {}} if schema is None else schema, about)


def _picked(functions: Sequence[Function], asked: dict[str, Any], param: str) -> tuple[Function, ...]:
    name = asked.get("name")
    found = tuple(each for each in functions if each.name == name)
    if not found:
        raise invalid(f"Tool choice '{name}' not found in 'tools' parameter.", param)
    return found[:1]


def _toolbox(
    payload: dict[str, Any],
    functions: tuple[Function, ...],
    named: Callable[[dict[str, Any]], dict[str, Any]],
    allowed: Callable[[dict[str, Any]], dict[str, Any]],
) -> Toolbox:
    """The tools under the request's `tool_choice` and `parallel_tool_calls`."""
    parallel, asked = flag(payload, "parallel_tool_calls", default=True), payload.get("tool_choice")
    if is_mapping(asked):
        if choice(asked, "type", ("function", "allowed_tools"), "tool_choice.") is None:
            raise missing("tool_choice.type")
        if asked.get("type") == "function":
            return Toolbox(_picked(functions, named(asked), "tool_choice"), "required", parallel, forced=True)
        inside = allowed(asked)
        mode = choice(inside, "mode", ("auto", "required"), "tool_choice.") or "auto"
        chosen = [
            each
            for wanted in map(mapping, sequence(inside.get("tools")))
            for each in _picked(functions, named(wanted), "tool_choice")
        ]
        return Toolbox(tuple(chosen), "required" if mode == "required" else "auto", parallel)
    mode = choice(payload, "tool_choice", ("none", "auto", "required")) or "auto"
    free: Mode = "none" if mode == "none" else "required" if mode == "required" else "auto"
    return Toolbox(functions, free, parallel)
