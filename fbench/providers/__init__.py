"""The interface of a fine-tuning service, and the services that implement it."""

from __future__ import annotations

from fbench.providers.connect import connect
from fbench.providers.connection import Connection
from fbench.providers.leftovers import Leftover
from fbench.providers.model import (
    Example,
    Job,
    JobState,
    Provider,
    Rejected,
    Reply,
    Sampling,
    TuningSpec,
)
from fbench.providers.profiles import PROFILES, Profile, profile_of

__all__ = [
    "PROFILES",
    "Connection",
    "Example",
    "Job",
    "JobState",
    "Leftover",
    "Profile",
    "Provider",
    "Rejected",
    "Reply",
    "Sampling",
    "TuningSpec",
    "connect",
    "profile_of",
]
