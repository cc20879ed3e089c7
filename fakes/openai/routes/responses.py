"""`/responses`: made, whole or streamed, read again, cancelled, deleted; their items listed and counted.

The order of events is that of the specification.
"""

from __future__ import annotations

from typing import Any

from fakes.json_text import mapping
from fakes.openai.account import OpenAI
from fakes.openai.checks import Endpoints
from fakes.openai.errors import invalid, refuse
from fakes.openai.events import events
from fakes.openai.model_answer import count_of
from fakes.openai.model_limits import model_of
from fakes.openai.records import StoredResponse
from fakes.openai.response_object import asked_of, respond
from fakes.openai.serialize import page
from fakes.openai.tables.responses import COUNTED, ITEMS, RESPONSE, RETRIEVED
from fakes.openai.tools import response_tools
from fakes.openai.values import choice, flag, integer
from fakes.parameters import NOTHING
from fakes.routes import Call, Result

__all__ = ["mount"]

_EVENTS = ((b"content-type", b"text/event-stream; charset=utf-8"),)


def mount(endpoints: Endpoints, account: OpenAI) -> None:
    """Adds the routes of responses."""
    responses, path = _Responses(account), "/responses/{response_id}"
    # before the templates that would take their last part for an id
    endpoints.add_json("POST", "/responses/input_tokens", responses.count, query=NOTHING, body=COUNTED)
    endpoints.add_json("POST", "/responses", responses.create, query=NOTHING, body=RESPONSE)
    endpoints.add("GET", path, responses.retrieve, query=RETRIEVED)
    endpoints.add("DELETE", path, responses.delete, query=NOTHING)
    endpoints.add("POST", path + "/cancel", responses.cancel, query=NOTHING)
    endpoints.add("GET", path + "/input_items", responses.items, query=ITEMS)


class _Responses:
    def __init__(self, account: OpenAI) -> None:
        self._account = account

    def create(self, call: Call, payload: dict[str, Any]) -> Result:
        stream = flag(payload, "stream")
        if payload.get("stream_options") is not None and not stream:
            message = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
            raise invalid(message, "stream_options")
        stored = respond(self._account, payload, call.body)
        self._account.answered("responses", stored.response["model"], stored.response["usage"])
        if stream:
            options = mapping(payload.get("stream_options"))
            obscured = flag(options, "include_obfuscation", default=True, at="stream_options.")
            return Result(self._events(stored, obscured=obscured), headers=_EVENTS)
        return Result(_waiting(stored.response) if stored.state == "queued" else stored.response)

    def retrieve(self, call: Call) -> Result:
        """Reading a response that is made in the background is an observation: it is finished by then."""
        stored = self._kept(call)
        if stored.state == "queued":
            stored.state = "done"
        if call.query.get("stream") == "true":
            if not stored.response["background"]:
                raise invalid("Only responses created in background mode can be streamed again.", "stream")
            after = (
                integer({"after": _whole(call, "starting_after")}, "after")
                if "starting_after" in call.query
                else -1
            )
            obscured = call.query.get("include_obfuscation", "true") != "false"
            return Result(self._events(stored, obscured=obscured, after=after or 0), headers=_EVENTS)
        return Result(stored.response)

    def delete(self, call: Call) -> Result:
        name = self._kept(call).response["id"]
        del self._account.responses[name]
        return Result({"id": name, "object": "response.deleted", "deleted": True})

    def cancel(self, call: Call) -> Result:
        """Ends what is made in the background and was not looked at yet; what has ended stays as it is."""
        stored = self._kept(call)
        if not stored.response["background"]:
            raise invalid("Cannot cancel a synchronous response.")
        if stored.state == "queued":
            stored.state = "done"
            ended: dict[str, Any] = {"status": "cancelled", "completed_at": None, "output": [], "usage": None}
            stored.response |= ended
        return Result(stored.response)

    def items(self, call: Call) -> Result:
        """The items that the response answers, the newest first where no order is asked for."""
        stored = self._kept(call)
        order = choice(dict(call.query), "order", ("asc", "desc")) or "desc"
        shown = stored.items if order == "asc" else stored.items[::-1]
        found = page(call, shown, lambda item: item["id"], dict)
        first, last = (shown[at]["id"] if shown else None for at in (0, -1))
        return Result({"first_id": first, "last_id": last, **mapping(found)})

    def count(self, call: Call, payload: dict[str, Any]) -> Result:
        """The tokens that a request would be billed for."""
        named = payload.get("model")
        model = None if named is None else model_of(self._account, str(named)).model
        _, turns = asked_of(self._account, payload, call.body)
        read = count_of(model, turns, response_tools(payload))
        return Result({"object": "response.input_tokens", "input_tokens": read})

    def _events(self, stored: StoredResponse, *, obscured: bool, after: int = -1) -> Any:
        return events(stored.response, self._account.ids if obscured else None, after)

    def _kept(self, call: Call) -> StoredResponse:
        name = call.params["response_id"]
        if (stored := self._account.responses.get(name)) is None:
            raise refuse(404, f"Response with id '{name}' not found.")
        return stored


def _whole(call: Call, name: str) -> object:
    digits = call.query[name]
    return int(digits) if digits.isdigit() else digits


def _waiting(response: dict[str, Any]) -> dict[str, Any]:
    """A response that is made in the background, before it is."""
    later: dict[str, Any] = {
        "status": "queued",
        "completed_at": None,
        "output": [],
        "usage": None,
        "incomplete_details": None,
    }
    return {**response, **later, "service_tier": "auto"}
