"""What a request for a fine-tuning job asks for, checked as the service checks it before it takes the job."""

from __future__ import annotations

from typing import Any

from fakes.openai.catalogue import CATALOGUE
from fakes.openai.errors import invalid, no_model, refuse
from fakes.openai.examples import Method
from fakes.openai.job import Order
from fakes.openai.state import File, OpenAI
from fakes.shape import is_mapping, mapping, sequence

__all__ = ["metadata_of", "order_of"]

_LONGEST_SUFFIX = 64
_MOST_METADATA = (16, 64, 512)  # pairs, characters of a key, characters of a value
_BOUNDS: dict[str, tuple[float, float]] = {
    "n_epochs": (1, 50),
    "batch_size": (1, 256),
    "learning_rate_multiplier": (1e-9, 1e9),
}
_BETA = (1e-9, 2)


def order_of(asked: dict[str, Any], account: OpenAI) -> Order:
    """The order for a job in the JSON object that a client sent.

    Raises:
        Refusal: 404 for a model that is not there, 400 for all else that the service would not take.
    """
    model = asked.get("model")
    if not isinstance(model, str):
        raise invalid("you must provide a model parameter", "model")
    base = model if model in account.tuned else _tunable(model)
    training = _file(account, asked, "training_file")
    if training is None:
        raise invalid("you must provide a training_file parameter", "training_file")
    method, hyperparameters = _method(asked)
    return Order(
        model=base,
        training=training,
        validation=_file(account, asked, "validation_file"),
        hyperparameters=hyperparameters,
        seed=_seed(asked.get("seed")),
        suffix=_suffix(asked.get("suffix")),
        metadata=metadata_of(asked),
        method=method,
        integrations=_integrations(asked.get("integrations")),
    )


def _tunable(model: str) -> str:
    base = CATALOGUE.get(model)
    if base is None:
        raise no_model(model)
    if not base.tunable:
        message = f"Model {model} is not available for fine-tuning or does not exist."
        raise refuse(400, message, param="model", code="model_not_available")
    return base.id


def _file(account: OpenAI, asked: dict[str, Any], param: str) -> File | None:
    file_id = asked.get(param)
    if file_id is None:
        return None
    file = account.files.get(file_id) if isinstance(file_id, str) else None
    if file is None:
        raise invalid(f"invalid {param}: {file_id}", param)
    if file.purpose != "fine-tune":
        raise invalid(f"invalid {param}: {file_id} has purpose {file.purpose!r}, not 'fine-tune'", param)
    return file


def _method(asked: dict[str, Any]) -> tuple[Method, dict[str, float]]:
    """The method, and its hyperparameters or the older top-level ones; "auto" is left out.

    Reinforcement is for reasoning models, of which the catalogue has none.
    """
    described = mapping(asked.get("method"))
    if not described:
        return "supervised", _hyperparameters(mapping(asked.get("hyperparameters")), _BOUNDS)
    kind = described.get("type")
    if kind == "supervised" or kind == "dpo":  # noqa: PLR1714 - pyright narrows the type by equality alone
        bounds = _BOUNDS if kind == "supervised" else {**_BOUNDS, "beta": _BETA}
        return kind, _hyperparameters(mapping(mapping(described.get(kind)).get("hyperparameters")), bounds)
    raise invalid(f"Fine-tuning method {kind!r} is not available for this model.", "method")


def _hyperparameters(hyper: dict[str, Any], bounds: dict[str, tuple[float, float]]) -> dict[str, float]:
    chosen = {name: value for name, value in hyper.items() if value != "auto"}
    for name, value in chosen.items():
        if name not in bounds:
            raise invalid(
                f"Additional properties are not allowed ({name!r} was unexpected)", "hyperparameters"
            )
        low, high = bounds[name]
        kinds = int if name in ("n_epochs", "batch_size") else (int, float)
        if not isinstance(value, kinds) or isinstance(value, bool) or not low <= value <= high:
            param = f"hyperparameters.{name}"
            raise invalid(f"{value!r} is not a valid value - '{param}'", param)
    return chosen


def _seed(seed: object) -> int | None:
    if seed is not None and (not isinstance(seed, int) or isinstance(seed, bool)):
        raise invalid(f"{seed!r} is not of type 'integer' - 'seed'", "seed")
    return seed


def _suffix(suffix: object) -> str | None:
    if suffix is not None and not (isinstance(suffix, str) and 1 <= len(suffix) <= _LONGEST_SUFFIX):
        raise invalid(f"'suffix' must be a string of 1 to {_LONGEST_SUFFIX} characters", "suffix")
    return suffix


def _integrations(asked: object) -> tuple[dict[str, Any], ...]:
    """What was asked for, as it is: a fake tells nobody. Weights & Biases is the one kind there is."""
    listed = sequence(asked)
    for index, integration in enumerate(map(mapping, listed)):
        project = mapping(integration.get("wandb")).get("project")
        if integration.get("type") != "wandb" or not isinstance(project, str):
            raise invalid(
                "an integration must be of type 'wandb' and name a project", f"integrations[{index}]"
            )
    return tuple(listed)


def metadata_of(asked: dict[str, Any]) -> dict[str, str] | None:
    """The metadata that goes with a request, or None. Refusal: 400, it is too much or no pairs of strings."""
    metadata = asked.get("metadata")
    if metadata is None:
        return None
    pairs, key_length, value_length = _MOST_METADATA
    fits = (
        is_mapping(metadata)
        and len(metadata) <= pairs
        and all(
            len(k) <= key_length and isinstance(v, str) and len(v) <= value_length
            for k, v in metadata.items()
        )
    )
    if not fits:
        raise invalid(
            f"'metadata' must be at most {pairs} pairs of strings, of at most {key_length} characters and "
            f"{value_length} characters",
            "metadata",
        )
    return dict(mapping(metadata))
