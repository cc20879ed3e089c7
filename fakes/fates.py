"""The former name of `fakes.failures`; it will be removed in the release after the next one."""

from __future__ import annotations

from fakes.failures import Ending as End
from fakes.failures import JobFailure as Fate
from fakes.failures import file_never_ready, job_cancelled, job_fails, job_hangs

__all__ = ["End", "Fate", "file_never_ready", "job_cancelled", "job_fails", "job_hangs"]
