"""`/models`: the vendor's own models, and those that jobs have made."""

from __future__ import annotations

from urllib.parse import unquote

from fakes.model_table import row_of
from fakes.openai.account import OpenAI
from fakes.openai.catalogue import CATALOGUE, has_ended, is_open
from fakes.openai.checks import Endpoints
from fakes.openai.errors import no_model, refuse
from fakes.parameters import NOTHING
from fakes.routes import Call, Result

__all__ = ["mount"]


def mount(endpoints: Endpoints, account: OpenAI) -> None:
    """Adds the model routes."""
    models = _Models(account)
    endpoints.add("GET", "/models", models.list, query=NOTHING)
    endpoints.add("GET", "/models/{model}", models.retrieve, query=NOTHING)
    endpoints.add("DELETE", "/models/{model}", models.delete, query=NOTHING)


class _Models:
    def __init__(self, account: OpenAI) -> None:
        self._account = account

    def list(self, _: Call) -> Result:
        named = (*CATALOGUE, *sorted(self._account.tuned))
        names = [name for name in named if is_open(name, self._account.date.day)]
        return Result({"object": "list", "data": [self._body(name) for name in names]})

    def retrieve(self, call: Call) -> Result:
        return Result(self._body(unquote(call.params["model"])))

    def delete(self, call: Call) -> Result:
        name = unquote(call.params["model"])
        if name in CATALOGUE:
            raise refuse(403, f"You are not allowed to delete the model {name}.")
        if self._account.tuned.pop(name, None) is None:
            raise no_model(name)
        return Result({"id": name, "object": "model", "deleted": True})

    def _body(self, name: str) -> dict[str, object]:
        day = self._account.date.day
        if not is_open(name, day):
            raise no_model(name, ended=has_ended(name, day))
        if tuned := self._account.tuned.get(name):
            created, owner = tuned[1].timeline.now, self._account.organization
        elif base := CATALOGUE.get(name):
            created, owner = base.created, "system"
        else:
            raise no_model(name, ended=has_ended(name, day))
        body = {"id": name, "object": "model", "created": created, "owned_by": owner}
        row = row_of("openai", name)
        return {**body, "shutdown_date": row.shutdown.isoformat() if row and row.shutdown else None}
