"""A request for content from its body to the candidates that answer it, counted in the world's tally."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fakes.tokens import count
from fakes.vertex.account import Vertex
from fakes.vertex.answers import Answer, answers_of, count_of, drawn, prompt_tokens
from fakes.vertex.content import ContentRequest, content_request
from fakes.vertex.records import Served

__all__ = ["answered"]


def answered(
    project: Vertex,
    served: Served,
    payload: Mapping[str, Any],
    kind: str,
    place: tuple[str, bytes | str, bytes],
    *,
    service: str = "vertex",
    blank: bool = False,
) -> tuple[ContentRequest, list[Answer], int]:
    """The request in a body that was read by its table, its answers as the model behaves, and a number that
    their id is made of.

    `kind` is the kind of call for the tally (`fakes.answer_counts`), `place` what came where (see `drawn`);
    `blank` takes a turn whose text is empty.

    Raises:
        Refusal: 400 where the request makes no sense.
    """
    request, number = drawn(content_request(payload, served.base, blank=blank), project.draws, *place)
    if project.behaviours:
        turns, names = request.turns, (served.version,)
        manner = project.behaviours.of(served.base, names, turns.system, turns.prompt, request.seed)
        budget = min(manner.thoughts, request.may_think) if manner.thoughts else request.budget
        request = replace(request, manner=manner, budget=budget)
    tokens = count_of(served.model, request.turns, request.tools.functions)
    if tokens != request.turns.tokens:
        request = replace(request, turns=replace(request.turns, tokens=tokens))
    answers = answers_of(served.model, request)
    said, thought = sum(each.tokens for each in answers), sum(count(each.thoughts) for each in answers)
    read = prompt_tokens(answers, request)
    project.tally.add(service, served.version, kind, read=read, said=said, thought=thought)
    return request, answers, number
