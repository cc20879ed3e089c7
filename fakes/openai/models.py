"""`/models`: the vendor's own, and those that jobs have made."""

from __future__ import annotations

from fakes.openai.catalogue import CATALOGUE
from fakes.openai.errors import no_model, refuse
from fakes.openai.state import OpenAI
from fakes.routes import Call, Reply, Routes

__all__ = ["mount"]


def mount(routes: Routes, account: OpenAI) -> None:
    """Adds the model routes."""

    def body(name: str) -> dict[str, object] | None:
        if name in account.tuned:
            job = account.tuned[name][1]
            return {
                "id": name,
                "object": "model",
                "created": job.timeline.now,
                "owned_by": account.organization,
            }
        if name in CATALOGUE:
            return {"id": name, "object": "model", "created": CATALOGUE[name].created, "owned_by": "system"}
        return None

    def list_models(_: Call) -> Reply:
        return Reply(
            {"object": "list", "data": [body(name) for name in (*CATALOGUE, *sorted(account.tuned))]}
        )

    def retrieve(call: Call) -> Reply:
        name = call.params["model"].replace("%3A", ":")
        if (found := body(name)) is None:
            raise no_model(name)
        return Reply(found)

    def delete(call: Call) -> Reply:
        name = call.params["model"].replace("%3A", ":")
        if name in CATALOGUE:
            raise refuse(403, f"You are not allowed to delete the model {name}.")
        if name not in account.tuned:
            raise no_model(name)
        del account.tuned[name]
        return Reply({"id": name, "object": "model", "deleted": True})

    routes.add("GET", "/models", list_models)
    routes.add("GET", "/models/{model}", retrieve)
    routes.add("DELETE", "/models/{model}", delete)
