"""The interface of a fine-tuning service, and the services that implement it."""

from __future__ import annotations

from fbench.providers.connect import connect
from fbench.providers.connection import Connection
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
from fbench.providers.retry import FailedCall, Retries, create_once

__all__ = [
    "PROFILES",
    "Connection",
    "Example",
    "FailedCall",
    "Job",
    "JobState",
    "Profile",
    "Provider",
    "Rejected",
    "Reply",
    "Retries",
    "Sampling",
    "TuningSpec",
    "connect",
    "create_once",
    "profile_of",
]
