"""Names of Vertex AI's resources without their project, as a run's store keeps them."""

from __future__ import annotations

import re

__all__ = ["VertexNames", "address_of", "without_project"]

_IN_PROJECT = re.compile(r"projects/(?P<project>[^/]+)/(?P<rest>locations/.+)")


_MULTI_REGIONS = frozenset({"us", "eu"})


def address_of(location: str) -> str:
    """The vendor's URL for a location: a region, several of them (`us`), or `global`."""
    if location == "global":
        return "https://aiplatform.googleapis.com"
    if location in _MULTI_REGIONS:
        return f"https://aiplatform.{location}.rep.googleapis.com"
    return f"https://{location}-aiplatform.googleapis.com"


def without_project(name: str) -> str:
    """`locations/L/endpoints/E` of `projects/P/locations/L/endpoints/E`; any other name unchanged."""
    found = _IN_PROJECT.fullmatch(name)
    return found["rest"] if found else name


class VertexNames:
    """Names that are kept without the project, and asked for with it.

    The service names a project by its number, the environment by its id; both are right in a request. The
    number is used where it was seen before, so that a recording is asked what was recorded.

    Args:
        project: the project of the environment.
        hide: whether the project must not be kept: that of fakes, or a recording's placeholder, may be.
    """

    def __init__(self, project: str, *, hide: bool) -> None:
        self._project, self._hide = project, hide
        self._seen: dict[str, str] = {}

    def kept(self, name: str) -> str:
        """The name as it is kept."""
        if not self._hide:
            return name
        short = without_project(name)
        self._seen[short] = name
        return short

    def full(self, name: str) -> str:
        """The name for a request; stores of older versions have full names, which stay so."""
        if not name.startswith("locations/"):
            return name
        return self._seen.get(name, f"projects/{self._project}/{name}")
