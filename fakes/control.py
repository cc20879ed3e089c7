"""The control endpoint of a server, `/_fbench`: for tests in any language.

GET    /_fbench          state: jobs, models, files, requests by endpoint and status, tokens billed, the clock
POST   /_fbench/faults   a JSON list of faults, in place of those before; [] for none
POST   /_fbench/advance  moves every job one phase on
POST   /_fbench/reset    an empty world again, with the same seed, prior and pace
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any, cast

from fakes.faults import Fault, Kind
from fakes.services import Services
from fakes.shape import mapping, parse, sequence
from fakes.world import World

__all__ = ["fault_of", "faults_of", "state_of"]

_FIELDS = {field.name for field in fields(Fault)}


def state_of(world: World, services: Services, seconds: float) -> dict[str, object]:
    """The world as JSON; `seconds` is the clock."""
    openai, vertex = world.openai, world.vertex
    return {
        "seed": world.seed,
        "clock": round(seconds, 3),
        "openai": {
            "files": sorted(openai.files),
            "jobs": {job.id: job.timeline.state for job in openai.jobs.values()},
            "models": sorted(openai.tuned),
            "billed_tokens": sum(job.trained_tokens or 0 for job in openai.jobs.values()),
        },
        "vertex": {
            "jobs": {job.name: job.timeline.state for job in vertex.jobs.values()},
            "endpoints": sorted(vertex.registry.endpoints),
        },
        "storage": {"objects": sorted(f"gs://{bucket}/{name}" for bucket, name in world.storage.objects)},
        "requests": services.requests(),
    }


def faults_of(body: bytes) -> list[Fault]:
    """The faults in a JSON list.

    Raises:
        ValueError: says what is wrong, and which fields there are.
    """
    value = parse(body)
    if isinstance(value, list):
        return [fault_of(mapping(each)) for each in sequence(cast("object", value))]
    raise ValueError("faults are a JSON list of objects")


def fault_of(given: dict[str, Any]) -> Fault:
    """The fault that a JSON object describes: the fields of `fakes.faults.Fault`.

    Raises:
        ValueError: a field that there is not, or a value that it cannot have.
    """
    unknown = sorted(set(given) - _FIELDS)
    if unknown:
        raise ValueError(
            f"a fault has no field {', '.join(unknown)}; its fields are {', '.join(sorted(_FIELDS))}"
        )
    values = dict(given)
    try:
        if "kind" in values:
            values["kind"] = Kind(values["kind"])
        if values.get("calls") is not None:
            values["calls"] = tuple(int(call) for call in values["calls"])
        return Fault(**values)
    except (TypeError, ValueError) as error:
        raise ValueError(f"a fault cannot be made of {given}: {error}") from error
