"""How models and services behave besides what was learned: models that ramble, think, refuse or are cut off,
and services that list late, forget metadata or lose answers.

A learner says what a model knows. A behaviour is applied to it afterwards, in all services alike:
`models` decides which one, `writing` writes it, `services` is for what a service does around the answers,
and `settings` reads both from a file.
"""

from __future__ import annotations

from fakes.behaviours.models import TERSE, Behaviours, Kind, Manner
from fakes.behaviours.services import ServiceBehaviour
from fakes.behaviours.settings import Settings, read_settings

__all__ = ["TERSE", "Behaviours", "Kind", "Manner", "ServiceBehaviour", "Settings", "read_settings"]
