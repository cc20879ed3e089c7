"""The routes of a Nebius account: below `/v1` OpenAI's wire, below `/v0` the custom models.

Jobs take and show the fields that are documented: there is no metadata, no name of a fine-tuned model, and a
learning rate instead of a multiplier. All from https://docs.tokenfactory.nebius.com/api-reference. Its words
for wrong requests are not documented but for their form, so OpenAI's stand in for those of OpenAI's wire.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from fakes.ids import Ids
from fakes.json_text import mapping
from fakes.learners import Checkpoint
from fakes.nebius.account import CustomModel, Nebius, NebiusJobSpec
from fakes.openai.account import OpenAI
from fakes.openai.checks import Endpoints, object_of
from fakes.openai.errors import admit, unknown_path
from fakes.openai.records import Job
from fakes.openai.routes import chat, files, jobs, models
from fakes.openai.routes.jobs import JobForm, requested
from fakes.openai.serialize import checkpoint_body, job_body, stamp
from fakes.openai.tables.others import JOB, PAGE
from fakes.parameters import HONOURED, Honoured, Table, WithoutEffect
from fakes.routes import Call, Refusal, Result, Routes

__all__ = ["routes_of"]

_DEFAULTS: dict[str, Any] = {
    "batch_size": 8,
    "learning_rate": 0.00001,
    "n_epochs": 3,
    "warmup_ratio": 0,
    "weight_decay": 0,
    "packing": True,
    "max_grad_norm": 1,
    "context_length": 8192,
    "lora": False,
    "lora_r": 8,
    "lora_alpha": 8,
    "lora_dropout": 0,
}
_ACTED_ON = ("batch_size", "learning_rate", "n_epochs", "lora")
_HYPER = Honoured(
    Table(
        {
            name: HONOURED if name in _ACTED_ON else WithoutEffect("it is shown; stand-ins have no such part")
            for name in _DEFAULTS
        }
    ),
    "object",
)
_METHOD = Table({"type": HONOURED, "supervised": Honoured(Table({"hyperparameters": _HYPER}), "object")})
_JOB = Table(
    {
        **{name: JOB.parameters[name] for name in ("model", "training_file", "validation_file")},
        **{name: JOB.parameters[name] for name in ("seed", "suffix", "integrations")},
        "hyperparameters": _HYPER,
        "method": Honoured(_METHOD, "object"),
        "tags": Honoured(kind="string"),
    }
)
_LATER = ("created_at", "finished_at", "model", "object", "organization_id", "result_files", "status")
_SHOWN = ("id", *_LATER, "validation_file", "training_file", "trained_tokens", "seed", "integrations")


def routes_of(account: Nebius) -> Routes:
    """All routes of an account, from `/v1` and `/v0` on."""
    routes = Routes(unknown_path, admit, stamp(account))
    endpoints = Endpoints(routes, "/v1")
    for module in (chat, files, models):
        module.mount(endpoints, account)
    jobs.mount(endpoints, account, JobForm(_JOB, PAGE, ("cancel",), _read, _shown, _id, _checkpoint))
    custom = _CustomModels(account)
    routes.add("POST", "/v0/models", custom.create)
    routes.add("GET", "/v0/models", custom.list)
    routes.add("GET", "/v0/models/{vendor}/{name}", custom.retrieve)
    routes.add("DELETE", "/v0/models/{vendor}/{name}", custom.delete)
    return routes


def _read(account: OpenAI, payload: dict[str, Any]) -> NebiusJobSpec:
    older = mapping(payload.get("hyperparameters"))
    given = mapping(mapping(mapping(payload.get("method")).get("supervised")).get("hyperparameters")) or older
    asked: dict[str, Any] = {name: given[name] for name in ("n_epochs", "batch_size") if name in given}
    asked.setdefault("n_epochs", _DEFAULTS["n_epochs"])
    asked.setdefault("batch_size", _DEFAULTS["batch_size"])
    if "learning_rate" in given:
        asked["learning_rate_multiplier"] = given["learning_rate"] / _DEFAULTS["learning_rate"]
    rest = {name: value for name, value in payload.items() if name not in ("method", "tags")}
    spec = requested(account, {**rest, "hyperparameters": asked})
    return NebiusJobSpec(
        spec.model,
        spec.training,
        spec.validation,
        spec.hyperparameters,
        spec.seed,
        spec.suffix,
        None,
        integrations=spec.integrations,
        given={**_DEFAULTS, **given},
        tags=payload.get("tags"),
    )


def _shown(account: OpenAI, job: Job) -> dict[str, object]:
    whole, spec = job_body(account, job), job.spec
    given = spec.given if isinstance(spec, NebiusJobSpec) else _DEFAULTS
    done = len(job.checkpoints)
    return {
        **{name: whole[name] for name in _SHOWN},
        "error": job.error,
        "suffix": spec.suffix,
        "hyperparameters": given,
        "method": {"type": "supervised", "supervised": {"hyperparameters": given}},
        "tags": spec.tags if isinstance(spec, NebiusJobSpec) else None,
        "estimated_finish": None,
        "trained_steps": max((each.step for each in job.checkpoints.values()), default=0) if done else None,
        "total_steps": max((each.step for each in job.checkpoints.values()), default=0) if done else None,
    }


def _id(ids: Ids, checkpoint_id: str) -> str:
    del ids
    return checkpoint_id


def _checkpoint(job: Job, model_id: str, checkpoint: Checkpoint, checkpoint_id: str) -> dict[str, object]:
    return {**checkpoint_body(job, model_id, checkpoint, checkpoint_id), "result_files": []}


def _unprocessable(field: str, message: str, kind: str) -> Refusal:
    """The documented form of a 422 (HTTPValidationError)."""
    return Refusal(422, {"detail": [{"loc": ["body", field], "msg": message, "type": kind}]})


class _CustomModels:
    def __init__(self, account: Nebius) -> None:
        self._account = account

    def create(self, call: Call) -> Result:
        sent = object_of(call)
        for name in ("name", "base_model", "source"):
            if name not in sent:
                raise _unprocessable(name, "Field required", "missing")
            if not isinstance(sent[name], str) or not sent[name]:
                raise _unprocessable(name, "Input should be a valid string", "string_type")
        described = sent.get("description")
        made = self._account.deploy(sent["name"], sent["base_model"], sent["source"], described or "")
        if made is None:
            raise Refusal(404, {"detail": f"Checkpoint {sent['source']} is not found."})
        return Result(_created(made))

    def list(self, call: Call) -> Result:
        del call
        listings = self._account.listings
        listings.begin("models", first=True)
        shown = [each for each in self._account.deployments.values() if listings.shows("models", each.name)]
        for each in shown:
            each.observe(glance=True)
        return Result([_described(each) for each in _custom(shown)])

    def retrieve(self, call: Call) -> Result:
        model = self._get(call)
        model.observe()
        return Result(_described(model))

    def delete(self, call: Call) -> Result:
        model = self._get(call)
        if model.state == "deleted":
            raise self._none(model.name)
        self._account.remove(model)
        return Result(_created(model))

    def _get(self, call: Call) -> CustomModel:
        name = unquote(f"{call.params['vendor']}/{call.params['name']}")
        found = self._account.deployments.get(name)
        if not isinstance(found, CustomModel):
            raise self._none(name)
        return found

    @staticmethod
    def _none(name: str) -> Refusal:
        return Refusal(404, {"detail": f"Model {name} is not found."})


def _custom(found: list[Any]) -> list[CustomModel]:
    return [each for each in found if isinstance(each, CustomModel)]


def _created(model: CustomModel) -> dict[str, object]:
    """What creation and deletion answer."""
    base, _, _ = model.name.rpartition("-LoRa:")
    return {
        "name": model.name,
        "base_model": base,
        "source": model.source,
        "created_at": model.timeline.begin,
        "status": model.state,
        "description": model.description or None,
    }


def _described(model: CustomModel) -> dict[str, object]:
    """What reading answers: it names the job and the checkpoint apart, and no base model."""
    job, _, checkpoint = model.source.partition(":")
    return {
        "type": "text2text",
        "name": model.name,
        "status": model.state,
        "status_reason": model.reason or None,
        "created_at": model.timeline.begin,
        "description": model.description or None,
        "vendor": model.name.partition("/")[0],
        "flavors": [],
        "tags": [],
        "use_cases": [],
        "checkpoint_id": checkpoint,
        "job_id": job,
        "file_id": None,
        "url": None,
    }
