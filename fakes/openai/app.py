"""The fake OpenAI service: its routes, mounted."""

from __future__ import annotations

from fakes.openai import (
    batches,
    chat,
    files,
    jobs,
    models,
    moderations,
    permissions,
    responses,
    stored,
    uploads,
)
from fakes.openai.any_id import AnyIdRoutes
from fakes.openai.errors import admit, unknown
from fakes.openai.headers import stamp
from fakes.openai.on_demand import OnDemand
from fakes.openai.state import OpenAI
from fakes.routes import Routes

__all__ = ["routes_of"]

_RESOURCES = (chat, jobs, responses, files, models, batches, uploads, permissions, moderations, stored)


def routes_of(account: OpenAI) -> Routes:
    """All routes of an account, without the `/v1` in front; chat first, it is called most."""
    made, manners = account.made_up, (unknown, admit, stamp(account))
    routes = Routes(*manners) if made is None else AnyIdRoutes(OnDemand(account, made), *manners)
    for module in _RESOURCES:
        module.mount(routes, account)
    return routes
