"""Where services are reached: their base URLs and the variables of the environment."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from fbench.providers.connection import MANAGEMENT_URL, MANAGEMENT_VARIABLE
from fbench.providers.profiles import NONE_DEFINED, Profile, known_profiles
from fbench.providers.vertex_names import address_of

__all__ = ["bases_of", "is_here", "missing_keys", "origin_of"]

_BESIDE = frozenset(profile.steady_url for profile in known_profiles() if profile.deploys == "nebius")
"""Base URLs of services that have more beside OpenAI's wire, which ends in /v1: custom models."""

_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


def is_here(profile: Profile, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether a profile's base URL leads to a server on this machine, so not to the vendor."""
    return _is_here(environ.get(profile.base_url_variable) or profile.base_url)


def origin_of(kind: str, environ: Mapping[str, str], defined: Mapping[str, Profile] = NONE_DEFINED) -> str:
    """What answers: `fake`, `live`, or `local` if a base URL leads to this machine, so not to a vendor."""
    if kind != "live":
        return kind
    here = any(is_here(profile, environ) for profile in defined.values())
    return "local" if here or any(map(_is_here, bases_of(environ, defined))) else kind


def _is_here(url: str) -> bool:
    return urlsplit(url).hostname in _THIS_MACHINE


def bases_of(environ: Mapping[str, str], defined: Mapping[str, Profile]) -> dict[str, str]:
    """The base URLs from the environment, each with the vendor's own URL."""
    location = environ.get("GOOGLE_CLOUD_LOCATION") or "us-central1"
    own = {profile.base_url_variable: profile.steady_url for profile in known_profiles(defined)} | {
        "GOOGLE_VERTEX_BASE_URL": address_of(location),
        "STORAGE_EMULATOR_HOST": "https://storage.googleapis.com",
        MANAGEMENT_VARIABLE: MANAGEMENT_URL,
    }
    reached: dict[str, str] = {}
    for name, base in own.items():
        found, beside = environ.get(name), base in _BESIDE
        if found and base:
            found = found.rstrip("/").removesuffix("/v1") if beside else found
            reached[found] = base.removesuffix("/v1") if beside else base
    return reached


def missing_keys(profiles: Iterable[Profile], environ: Mapping[str, str] = os.environ) -> list[str]:
    """The variables that a live run with these profiles needs and that are not set, in a fixed order."""
    return sorted({name for profile in profiles for name in profile.needs if not environ.get(name)})
