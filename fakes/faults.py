"""The former name of what is in `fakes.failures`; to be removed in the release after the next."""

from __future__ import annotations

import warnings

from fakes.failures import BrokenConnection as Broken
from fakes.failures import Fault, quota_exhausted, rate_limited, revoked_key
from fakes.failures import FaultKind as Kind

__all__ = ["Broken", "Fault", "Kind", "quota_exhausted", "rate_limited", "revoked_key"]

warnings.warn("fakes.faults is now fakes.failures", DeprecationWarning, stacklevel=2)
