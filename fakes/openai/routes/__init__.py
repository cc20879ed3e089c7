"""The routes of the fake OpenAI: one module per resource."""

from __future__ import annotations

from fakes.openai.account import OpenAI
from fakes.openai.checks import Endpoints
from fakes.openai.errors import admit, unknown_path
from fakes.openai.routes import (
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
from fakes.openai.routes.any_id import AnyIdRoutes, MissingThings
from fakes.openai.serialize import stamp
from fakes.routes import Routes

__all__ = ["endpoints_of", "routes_of"]

_RESOURCES = (chat, stored, jobs, responses, files, models, batches, uploads, permissions, moderations)


def routes_of(account: OpenAI) -> Routes:
    """All routes of an account, without the `/v1` in front."""
    return endpoints_of(account).routes


def endpoints_of(account: OpenAI) -> Endpoints:
    """All endpoints of an account, with their routes and the tables of their parameters."""
    made, answers = account.made_up, (unknown_path, admit, stamp(account))
    routes = Routes(*answers) if made is None else AnyIdRoutes(MissingThings(account, made), *answers)
    endpoints = Endpoints(routes)
    for module in _RESOURCES:
        module.mount(endpoints, account)
    return endpoints
