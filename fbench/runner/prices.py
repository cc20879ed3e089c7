"""The known prices of a million tokens, from the table of models.

A model that is not in the table has no known price; a live run of it needs `[prices]` in its configuration.
"""

from __future__ import annotations

from dataclasses import asdict

from fbench.errors import UsageError
from fbench.known_models import PRICES_AS_OF as AS_OF
from fbench.known_models import model_names, rates_of
from fbench.runner.experiment import Experiment, Prices
from fbench.value_errors import meant

__all__ = ["AS_OF", "PRICE_FIELDS", "price_in", "price_of", "require_prices", "unpriced_in"]


PRICE_FIELDS = f"{', '.join(Prices.model_fields)}, in dollars per million tokens"
"""What `[prices]` holds of a model."""


_FREE = Prices(train=0.0, base_input=0.0, base_output=0.0, tuned_input=0.0, tuned_output=0.0)
"""Of models of open weights on this machine."""


def price_in(experiment: Experiment, model: str) -> Prices | None:
    """The prices of a model in an experiment: its own, else those of the table; None if unknown."""
    if experiment.uses_weights:
        return _FREE
    return experiment.prices.get(model) or price_of(model)


def price_of(model: str) -> Prices | None:
    """The prices of a model, written `provider:name`; None if unknown."""
    service, _, name = model.partition(":")
    made_from = name.split(":")[1] if name.startswith("ft:") else name  # ft:MODEL:ORGANISATION:SUFFIX:ID
    rates = rates_of(f"{service}:{made_from}")
    return rates and Prices(**asdict(rates))


def unpriced_in(experiment: Experiment) -> list[str]:
    """The models of an experiment, and its judge, whose price is not known."""
    asked = dict.fromkeys((*experiment.models, *filter(None, [experiment.judge])))
    return [model for model in asked if price_in(experiment, model) is None]


def require_prices(experiment: Experiment) -> None:
    """Check that each model and the judge have a price, without which no budget can be kept.

    Raises:
        UsageError: one has none.
    """
    if unknown := unpriced_in(experiment):
        named = ", ".join(f"{model}{meant(model, model_names(), close=0.85)}" for model in unknown)
        tables = " and ".join(f'[prices."{model}"]' for model in unknown)
        raise UsageError(
            f"no price is known of {named}, so a budget cannot be kept: give it in the "
            f"configuration, under {tables}: {PRICE_FIELDS}."
        )
