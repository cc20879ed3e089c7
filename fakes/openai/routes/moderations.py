"""`/moderations`: nothing is ever flagged."""

from __future__ import annotations

from typing import Any

from fakes.ids import base62
from fakes.openai.account import OpenAI
from fakes.openai.checks import Endpoints
from fakes.openai.moderation import MODELS, inputs_of, named_in, result_of
from fakes.openai.tables.others import MODERATION
from fakes.parameters import NOTHING
from fakes.routes import Call, Result

__all__ = ["mount"]


def mount(endpoints: Endpoints, account: OpenAI) -> None:
    """Adds the route of moderations."""

    def moderate(call: Call, payload: dict[str, Any]) -> Result:
        name = named_in(payload)
        results = [result_of(kinds) for kinds in inputs_of(payload.get("input"))]
        number = account.ids.of("moderation", call.body)
        return Result({"id": f"modr-{base62(number, 29)}", "model": MODELS[name], "results": results})

    endpoints.add_json("POST", "/moderations", moderate, query=NOTHING, body=MODERATION)
