"""Request validation of jobs and batches: what a client sent, checked as the service checks it, and read into
records. Limits are those of the specification (CreateFineTuningJobRequest).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from fakes.json_text import is_mapping, mapping, parse, sequence
from fakes.openai.catalogue import Catalogue
from fakes.openai.errors import invalid, no_model, refuse
from fakes.openai.records import BatchError, BatchRequest, File, JobSpec, Method
from fakes.openai.values import metadata_of

__all__ = ["batch_requests", "job_spec"]

_LONGEST_SUFFIX = 64
_LARGEST_SEED = 2**31 - 1
_NOT_TUNABLE = "Model {} is not available for fine-tuning or does not exist."
_BOUNDS: dict[str, tuple[float, float]] = {
    "n_epochs": (1, 50),
    "batch_size": (1, 256),
    "learning_rate_multiplier": (1e-9, 1e9),
}
_BETA = (1e-9, 2)
_MOST_ERRORS = 100
_MOST_REQUESTS = 50_000
"""https://developers.openai.com/api/docs/guides/batch"""


def job_spec(
    payload: dict[str, Any],
    files: Mapping[str, File],
    tuned: Collection[str],
    day: date,
    catalogue: Catalogue,
) -> JobSpec:
    """The job that a client's JSON object requests; from these files, and the tuned models with these ids.

    Raises:
        Refusal: 404 for a model that does not exist, or takes no new jobs on that day; 400 for anything else
            that the service would not accept.
    """
    model = payload.get("model")
    if not isinstance(model, str):
        raise invalid("you must provide a model parameter", "model")
    base = _tunable(model, day, tuned, catalogue)
    training = _file(files, payload, "training_file")
    if training is None:
        raise invalid("you must provide a training_file parameter", "training_file")
    method, hyperparameters = _method(payload, {**_BOUNDS, **catalogue.more})
    return JobSpec(
        model=base,
        training=training,
        validation=_file(files, payload, "validation_file"),
        hyperparameters=hyperparameters,
        seed=_seed(payload.get("seed")),
        suffix=_suffix(payload.get("suffix")),
        metadata=metadata_of(payload),
        method=method,
        integrations=_integrations(payload.get("integrations")),
    )


def _tunable(model: str, day: date, tuned: Collection[str], catalogue: Catalogue) -> str:
    if (model not in tuned and model not in catalogue.models) or not catalogue.is_open(model, day):
        raise no_model(model, ended=catalogue.has_ended(model, day))
    base = catalogue.models.get(model)
    if model in tuned or (base is not None and base.alias_of is None):
        if catalogue.takes_jobs(model, day):
            return model
        if catalogue.takes_jobs(model, date.min):  # it once did
            raise refuse(404, _NOT_TUNABLE.format(model), param="model", code="model_not_found")
    raise refuse(400, _NOT_TUNABLE.format(model), param="model", code="model_not_available")


def _file(files: Mapping[str, File], payload: dict[str, Any], param: str) -> File | None:
    file_id = payload.get(param)
    if file_id is None:
        return None
    file = files.get(file_id) if isinstance(file_id, str) else None
    if file is None:
        raise invalid(f"invalid {param}: {file_id}", param)
    if file.purpose != "fine-tune":
        raise invalid(f"invalid {param}: {file_id} has purpose {file.purpose!r}, not 'fine-tune'", param)
    return file


def _method(
    payload: dict[str, Any], supervised: dict[str, tuple[float, float]]
) -> tuple[Method, dict[str, float]]:
    """The method, and its hyperparameters or the older top-level ones; "auto" is left out.

    Reinforcement is for reasoning models, and the catalogue has none.
    """
    described = mapping(payload.get("method"))
    if not described:
        return "supervised", _hyperparameters(mapping(payload.get("hyperparameters")), supervised)
    kind = described.get("type")
    if kind == "supervised" or kind == "dpo":  # noqa: PLR1714 - pyright narrows the type by equality alone
        bounds = supervised if kind == "supervised" else {**_BOUNDS, "beta": _BETA}
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
        kinds = int if name in ("n_epochs", "batch_size", "lora_rank") else (int, float)
        if not isinstance(value, kinds) or isinstance(value, bool) or not low <= value <= high:
            param = f"hyperparameters.{name}"
            raise invalid(f"{value!r} is not a valid value - '{param}'", param)
    return chosen


def _seed(seed: object) -> int | None:
    if seed is not None and (not isinstance(seed, int) or isinstance(seed, bool)):
        raise invalid(f"{seed!r} is not of type 'integer' - 'seed'", "seed")
    if seed is not None and not 0 <= seed <= _LARGEST_SEED:
        bound = "less than the minimum of 0" if seed < 0 else f"greater than the maximum of {_LARGEST_SEED}"
        raise invalid(f"{seed} is {bound} - 'seed'", "seed")
    return seed


def _suffix(suffix: object) -> str | None:
    if suffix is not None and not (isinstance(suffix, str) and 1 <= len(suffix) <= _LONGEST_SUFFIX):
        raise invalid(f"'suffix' must be a string of 1 to {_LONGEST_SUFFIX} characters", "suffix")
    return suffix


def _integrations(payload: object) -> tuple[dict[str, Any], ...]:
    """The integrations, unchanged: a fake does not report to them. Weights & Biases is the only kind."""
    listed = sequence(payload)
    for index, integration in enumerate(map(mapping, listed)):
        project = mapping(integration.get("wandb")).get("project")
        if integration.get("type") != "wandb" or not isinstance(project, str):
            raise invalid(
                "an integration must be of type 'wandb' and name a project", f"integrations[{index}]"
            )
    return tuple(listed)


def batch_requests(content: bytes, endpoint: str) -> tuple[list[BatchRequest], list[BatchError]]:
    """The requests in a batch's input file, one per line: all to `endpoint`, to one model, with unique ids;
    and for each bad line an error that names it.
    """
    requests: list[BatchRequest] = []
    errors: list[BatchError] = []
    names: set[str] = set()
    for number, line in enumerate(content.split(b"\n"), 1):
        if not line.strip():
            continue
        found = _batch_request(line, number, endpoint)
        if isinstance(found, BatchRequest):
            found = _consistent(found, number, names, requests)
        if isinstance(found, BatchError):
            errors.append(found)
        else:
            names.add(found.custom_id)
            requests.append(found)
    if not requests and not errors:
        errors.append(BatchError("empty_file", "The batch input file is empty.", None, None))
    if len(requests) > _MOST_REQUESTS:
        message = f"A batch has at most {_MOST_REQUESTS} requests; this one has {len(requests)}."
        errors.append(BatchError("too_many_requests", message, None, None))
    return requests, errors[:_MOST_ERRORS]


def _batch_request(line: bytes, number: int, endpoint: str) -> BatchRequest | BatchError:
    try:
        row = parse(line)
    except ValueError:
        row = None
    if not is_mapping(row):
        return BatchError("invalid_json_line", "This line is not parseable as valid JSON.", None, number)
    body = mapping(row.get("body"))
    needed = {"custom_id": row.get("custom_id"), "method": row.get("method"), "url": row.get("url")}
    for name, value in {**needed, "model": body.get("model")}.items():
        if not isinstance(value, str):
            message = f"Missing required parameter: '{name}'."
            return BatchError("missing_required_parameter", message, name, number)
    wrong = {
        "method": ("invalid_method", "The method must be POST.") if row["method"] != "POST" else None,
        "url": ("invalid_url", f"The URL does not match the batch endpoint, {endpoint}.")
        if row["url"] != endpoint
        else None,
        "stream": ("invalid_request", "A request of a batch cannot be streamed.")
        if body.get("stream")
        else None,
    }
    for name, problem in wrong.items():
        if problem:
            return BatchError(*problem, name, number)
    return BatchRequest(row["custom_id"], body)


def _consistent(
    request: BatchRequest, number: int, names: set[str], requests: list[BatchRequest]
) -> BatchRequest | BatchError:
    """The request, if it is consistent with the earlier ones; else an error."""
    if request.custom_id in names:
        message = f"The custom_id {request.custom_id!r} is a duplicate of another request's."
        return BatchError("duplicate_custom_id", message, "custom_id", number)
    first = requests[0].body["model"] if requests else request.body["model"]
    if request.body["model"] != first:
        message = f"The model {request.body['model']!r} does not match the first line's, {first!r}."
        return BatchError("mismatched_model", message, "model", number)
    return request
