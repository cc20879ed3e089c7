"""The routes of the fake Vertex AI: one module per resource."""

from __future__ import annotations

from fakes.routes import Routes
from fakes.vertex.account import Vertex
from fakes.vertex.errors import admit, unknown
from fakes.vertex.reading import read_call
from fakes.vertex.routes import batches, generate, models, tuning

__all__ = ["routes_of"]


def routes_of(project: Vertex) -> Routes:
    """All routes of a project, from the API version on."""
    routes = Routes(unknown, admit, check=read_call)
    for module in (generate, tuning, batches, models):
        module.mount(routes, project)
    return routes
