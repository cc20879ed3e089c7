"""The former name of `fakes.failures`; it will be removed in the release after the next one."""

from __future__ import annotations

from fakes.failures import BrokenConnection as Broken
from fakes.failures import Fault, quota_exhausted, rate_limited, revoked_key
from fakes.failures import FaultKind as Kind

__all__ = ["Broken", "Fault", "Kind", "quota_exhausted", "rate_limited", "revoked_key"]
