"""The former name of what is in `fakes.failures`; to be removed in the release after the next."""

from __future__ import annotations

import warnings

from fakes.failures import Ending as End
from fakes.failures import JobFailure as Fate
from fakes.failures import file_never_ready, job_cancelled, job_fails, job_hangs

__all__ = ["End", "Fate", "file_never_ready", "job_cancelled", "job_fails", "job_hangs"]

warnings.warn("fakes.fates is now fakes.failures", DeprecationWarning, stacklevel=2)
