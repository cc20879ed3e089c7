"""Create the provider for a service, by the service's wire format."""

from __future__ import annotations

from importlib import import_module

from fbench.providers.connection import Connection
from fbench.providers.model import Provider
from fbench.providers.profiles import Profile

__all__ = ["connect"]


def connect(connection: Connection, profile: Profile) -> Provider:
    """A provider for that service over a connection. Its SDK is imported here, not earlier."""
    if profile.provider is not None:
        return profile.provider(connection, profile)
    module, name = {
        "openai": ("fbench.providers.openai", "OpenAIProvider"),
        "vertex": ("fbench.providers.vertex", "VertexProvider"),
    }[profile.wire]
    return getattr(import_module(module), name)(connection, profile)
