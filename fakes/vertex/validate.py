"""Validation of tuning jobs: what a client asked for, checked as the service checks it, read into records."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from fakes.json_text import is_mapping, mapping
from fakes.learners import Checkpoint
from fakes.vertex.catalogue import takes_jobs
from fakes.vertex.errors import invalid, invalid_value, not_found
from fakes.vertex.reading import int64_of
from fakes.vertex.records import JobSpec, Registry, Version

__all__ = ["check_labels", "job_spec"]

_ECHOED = (
    "baseModel",
    "preTunedModel",
    "supervisedTuningSpec",
    "tunedModelDisplayName",
    "description",
    "labels",
)
_DEFAULT_EPOCHS = 3
_ADAPTERS = {
    f"ADAPTER_SIZE_{word}": size
    for word, size in (("ONE", 1), ("TWO", 2), ("FOUR", 4), ("EIGHT", 8), ("SIXTEEN", 16), ("THIRTY_TWO", 32))
}
"""The ranks of adapters that the service knows; 4 is what it takes where none is named."""
_MOST_EPOCHS = 100
_LABEL_KEY = re.compile(r"[a-z][\w-]{0,62}")
_LABEL = re.compile(r"[\w-]{0,63}")
_MOST_LABELS = 64


def job_spec(payload: Mapping[str, Any], parent: str, registry: Registry, day: date) -> JobSpec:
    """The job under `parent` that the JSON object of a client asks for.

    Raises:
        Refusal: 404 for a model that does not exist or takes no jobs on that day, 400 for anything else
            that the service would not accept.
    """
    spec, source = payload.get("supervisedTuningSpec"), _source(payload, registry)
    model = source[0].base_model if source else payload.get("baseModel")
    if not isinstance(model, str) or not takes_jobs(model, day):
        raise not_found(f"Base model {model} is not found.")
    if not is_mapping(spec):
        raise invalid("Exactly one tuning spec must be set; supervisedTuningSpec is the one that is served.")
    check_labels(payload.get("labels"))
    for name in ("description", "tunedModelDisplayName"):
        if not isinstance(payload.get(name, ""), str):
            raise invalid_value(f"tuning_job.{name}", payload[name], "TYPE_STRING")
    if not isinstance(last_only := spec.get("exportLastCheckpointOnly", False), bool):
        where = "tuning_job.supervised_tuning_spec.export_last_checkpoint_only"
        raise invalid_value(where, last_only, "TYPE_BOOL")
    hyper = mapping(spec.get("hyperParameters"))
    training = _uri(spec, "trainingDatasetUri")
    if training is None:
        raise invalid("trainingDatasetUri must be set.")
    echo = {name: payload[name] for name in _ECHOED if name in payload}
    if source:
        echo["preTunedModel"] = {**payload["preTunedModel"], "baseModel": model}
    return JobSpec(
        parent=parent,
        echo=echo,
        base_model=model,
        training_uri=training,
        validation_uri=_uri(spec, "validationDatasetUri"),
        epochs=_epochs(hyper.get("epochCount")),
        rate=_rate(hyper.get("learningRateMultiplier")),
        rank=_rank(hyper.get("adapterSize")),
        last_only=last_only,
        source=source,
    )


def _source(payload: Mapping[str, Any], registry: Registry) -> tuple[Version, Checkpoint] | None:
    """The checkpoint of a tuned model from which training is to go on; None where it starts anew."""
    if "preTunedModel" not in payload:
        return None
    if "baseModel" in payload:
        raise invalid("Exactly one of baseModel and preTunedModel must be set.")
    wanted = mapping(payload["preTunedModel"])
    name, checkpoint_id = wanted.get("tunedModelName"), wanted.get("checkpointId")
    version = registry.find(name) if isinstance(name, str) else None
    if version is None:
        raise not_found(f"Tuned model {name} is not found.")
    checkpoint = version.checkpoint(None if checkpoint_id is None else str(checkpoint_id))
    if checkpoint is None:
        raise not_found(f"Checkpoint {checkpoint_id} of tuned model {name} is not found.")
    return version, checkpoint


def _uri(spec: dict[str, Any], name: str) -> str | None:
    uri = spec.get(name)
    if uri is not None and (not isinstance(uri, str) or not uri.startswith("gs://")):
        raise invalid(f"{name} must be a Cloud Storage URI such as gs://bucket/train.jsonl; it is {uri!r}.")
    return uri


def _epochs(value: object) -> int:
    refusal = invalid(f"epochCount must be a whole number from 1 to {_MOST_EPOCHS}; it is {value!r}.")
    epochs = _DEFAULT_EPOCHS if value is None else int64_of(value, refusal)
    if not 1 <= epochs <= _MOST_EPOCHS:
        raise refusal
    return epochs


def _rate(value: object) -> float:
    if value is None:
        return 1.0
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value <= 1e9:
        raise invalid(f"learningRateMultiplier must be a number above 0; it is {value!r}.")
    return float(value)


def _rank(value: object) -> int:
    """The rank of the adapter."""
    if value is None or value == "ADAPTER_SIZE_UNSPECIFIED":
        return _ADAPTERS["ADAPTER_SIZE_FOUR"]
    if not isinstance(value, str) or value not in _ADAPTERS:
        where = "tuning_job.supervised_tuning_spec.hyper_parameters.adapter_size"
        raise invalid_value(where, value, "type.googleapis.com/google.cloud.aiplatform.v1.AdapterSize")
    return _ADAPTERS[value]


def check_labels(labels: object) -> None:
    """Labels as https://docs.cloud.google.com/resource-manager/docs/labels-overview wants them."""
    if labels is None:
        return
    fits = is_mapping(labels) and len(labels) <= _MOST_LABELS
    for key, value in mapping(labels).items():
        text = f"{key}{value}"
        fits = fits and isinstance(value, str) and text == text.lower()
        fits = fits and bool(_LABEL_KEY.fullmatch(key) and _LABEL.fullmatch(str(value)))
    if not fits:
        raise invalid(
            f"labels must be at most {_MOST_LABELS} pairs of lowercase letters, digits, underscores and "
            "dashes, 63 at most; a key begins with a letter."
        )
