"""The fake OpenAI service: its routes, mounted."""

from __future__ import annotations

from fakes.openai import chat, files, jobs, models
from fakes.openai.errors import admit, unknown
from fakes.openai.state import OpenAI
from fakes.routes import Routes

__all__ = ["routes_of"]


def routes_of(account: OpenAI) -> Routes:
    """All routes of an account, without the `/v1` in front; chat first, it is called most."""
    routes = Routes(unknown, admit)
    for module in (chat, jobs, files, models):
        module.mount(routes, account)
    return routes
