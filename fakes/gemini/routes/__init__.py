"""The routes of the fake Gemini Developer API: models, generation, files.

Paths are those of https://ai.google.dev/api.
"""

from __future__ import annotations

from fakes.gemini.account import Gemini
from fakes.gemini.errors import admit
from fakes.gemini.routes import files, models
from fakes.routes import Routes
from fakes.vertex.errors import unknown
from fakes.vertex.reading import read_call

__all__ = ["routes_of"]


def routes_of(account: Gemini) -> Routes:
    """All routes of the Developer API, from the API version on."""
    routes = Routes(unknown, admit, check=read_call)
    for module in (models, files):
        module.mount(routes, account)
    return routes
