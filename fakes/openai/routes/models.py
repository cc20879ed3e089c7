"""`/models`: the vendor's own models, and those that jobs have made."""

from __future__ import annotations

from urllib.parse import unquote

from fakes.model_table import row_of
from fakes.openai.account import OpenAI
from fakes.openai.checks import Endpoints
from fakes.openai.errors import refuse
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
        catalogue = self._account.catalogue
        named = (*catalogue.models, *sorted(self._account.tuned))
        names = [name for name in named if catalogue.is_open(name, self._account.date.day)]
        return Result({"object": "list", "data": [self._body(name) for name in names]})

    def retrieve(self, call: Call) -> Result:
        return Result(self._body(unquote(call.params["model"])))

    def delete(self, call: Call) -> Result:
        name = unquote(call.params["model"])
        if name in self._account.catalogue.models:
            raise refuse(403, f"You are not allowed to delete the model {name}.")
        if self._account.tuned.pop(name, None) is None:
            raise self._account.no_model(name)
        return Result({"id": name, "object": "model", "deleted": True})

    def _body(self, name: str) -> dict[str, object]:
        catalogue = self._account.catalogue
        if not catalogue.is_open(name, self._account.date.day):
            raise self._account.no_model(name)
        if tuned := self._account.tuned.get(name):
            created, owner = tuned[1].timeline.now, self._account.organization
        elif base := catalogue.models.get(name):
            created, owner = base.created, "system"
        else:
            raise self._account.no_model(name)
        body = {"id": name, "object": "model", "created": created, "owned_by": owner}
        row = row_of(catalogue.service, name)
        return {**body, "shutdown_date": row.shutdown.isoformat() if row and row.shutdown else None}
