"""The former name of `fakes.doors.server`; it will be removed in the release after the next one."""

from __future__ import annotations

from fakes.doors.server import Application, Clock, read_prior, serve

__all__ = ["Application", "Clock", "read_prior", "serve"]
