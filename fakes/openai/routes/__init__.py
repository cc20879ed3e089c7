"""The routes of the fake OpenAI: one module per resource."""

from __future__ import annotations

from fakes.openai.account import OpenAI
from fakes.openai.errors import admit, unknown
from fakes.openai.routes import (
    batches,
    chat,
    files,
    jobs,
    models,
    moderations,
    permissions,
    responses,
    uploads,
)
from fakes.openai.routes.any_id import AnyIdRoutes, MissingThings
from fakes.openai.serialize import stamp
from fakes.routes import Routes

__all__ = ["routes_of"]

_RESOURCES = (chat, jobs, responses, files, models, batches, uploads, permissions, moderations)


def routes_of(account: OpenAI) -> Routes:
    """All routes of an account, without the `/v1` prefix."""
    made, answers = account.made_up, (unknown, admit, stamp(account))
    routes = Routes(*answers) if made is None else AnyIdRoutes(MissingThings(account, made), *answers)
    for module in _RESOURCES:
        module.mount(routes, account)
    return routes
