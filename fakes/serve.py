"""The former name of what is in `fakes.doors.server`; to be removed in the release after the next."""

from __future__ import annotations

import warnings

from fakes.doors.server import Application, Clock, read_prior, serve

__all__ = ["Application", "Clock", "read_prior", "serve"]

warnings.warn("fakes.serve is now fakes.doors.server", DeprecationWarning, stacklevel=2)
