"""The rules for secrets: by their form, by their name, or by their place.

A new kind of secret is a new rule in one of the three tables.
"""

from __future__ import annotations

from fbench.cassette.scrub.names import NAMES
from fbench.cassette.scrub.places import PLACES
from fbench.cassette.scrub.rule import ScrubRule
from fbench.cassette.scrub.tokens import TOKENS

__all__ = ["RULES"]

RULES: tuple[ScrubRule, ...] = (*TOKENS, *NAMES, *PLACES)
"""All rules, in the order in which they are applied."""
