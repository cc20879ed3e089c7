"""The known prices of a million tokens.

OpenAI: https://developers.openai.com/api/docs/pricing; Vertex AI:
https://cloud.google.com/vertex-ai/generative-ai/pricing. A model that is not in the table has no known price;
a live run of it needs `[prices]` in its configuration.
"""

from __future__ import annotations

import re

from fbench.runner.experiment import Experiment, Prices

__all__ = ["AS_OF", "price_in", "price_of"]

AS_OF = "2026-11"
"""The month in which the table was last compared with the vendors' pages."""


def _prices(train: float, base: tuple[float, float], tuned: tuple[float, float]) -> Prices:
    return Prices(
        train=train, base_input=base[0], base_output=base[1], tuned_input=tuned[0], tuned_output=tuned[1]
    )


_TABLE = {
    "openai:gpt-4o-2024-08-06": _prices(25.00, (2.50, 10.00), (3.75, 15.00)),
    "openai:gpt-4o-mini-2024-07-18": _prices(3.00, (0.15, 0.60), (0.30, 1.20)),
    "openai:gpt-4.1-2025-04-14": _prices(25.00, (2.00, 8.00), (3.00, 12.00)),
    "openai:gpt-4.1-mini-2025-04-14": _prices(5.00, (0.40, 1.60), (0.80, 3.20)),
    "openai:gpt-4.1-nano-2025-04-14": _prices(1.50, (0.10, 0.40), (0.20, 0.80)),
    "vertex:gemini-2.5-pro": _prices(25.00, (1.25, 10.00), (1.25, 10.00)),
    "vertex:gemini-2.5-flash": _prices(5.00, (0.30, 2.50), (0.30, 2.50)),
}


_ALIASES = {re.sub(r"-\d{4}-\d\d-\d\d$", "", model): prices for model, prices in _TABLE.items()}
"""OpenAI's alias of a snapshot is the snapshot's name without its date."""


def price_in(experiment: Experiment, model: str) -> Prices | None:
    """The prices of a model in an experiment: its own, else those of the table; None if unknown."""
    return experiment.prices.get(model) or price_of(model)


def price_of(model: str) -> Prices | None:
    """The prices of a model, written `provider:name`; None if unknown."""
    return _TABLE.get(model) or _ALIASES.get(model)
