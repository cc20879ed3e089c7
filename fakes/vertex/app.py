"""The fake Vertex AI service: its routes, mounted."""

from __future__ import annotations

from fakes.routes import Routes
from fakes.vertex import batches, deployed, generate, tuning
from fakes.vertex.errors import admit, unknown
from fakes.vertex.state import Vertex

__all__ = ["routes_of"]


def routes_of(project: Vertex) -> Routes:
    """All routes of a project, from the API version on; generation first, it is called most."""
    routes = Routes(unknown, admit)
    for module in (generate, tuning, batches, deployed):
        module.mount(routes, project)
    return routes
