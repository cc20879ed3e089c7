"""The control endpoint of a server, `/_fbench`: for tests in any language.

GET    /_fbench          state: jobs, models, files, the clock; all requests by endpoint and status; tokens
                         billed: `tokens` has those of answers by service, model and kind of call
                         (`fakes.answer_counts`), and `billed_tokens` those of OpenAI's training
GET    /_fbench/requests  the last 1,000 requests, without credentials (`fakes.request_log`), by service,
                         method, path, status, model, fault and route, such as ?path=/v1/chat/*&status=429;
                         at most `limit` (100): the newest, or with `since=N` the first after number N
GET    /_fbench/routes   users' own routes: name, pattern, and how often each was called
GET    /_fbench/faults   what faults may hold, with examples that can be posted
POST   /_fbench/faults   a JSON list of faults, which replaces the earlier one; [] for none. An object
                         with `end` is a failure of jobs, batches or files; a journal saves these
POST   /_fbench/behaviours  {"models": {PATTERN: {BEHAVIOUR: SHARE}}, "services": {NAME: {FIELD: VALUE}}},
                         which replaces the earlier behaviours (`fakes.behaviours`); {} for none
POST   /_fbench/date     {"date": "2027-01-07"}: the date at which the world stands from now on; models that
                         have ended by then answer 404 (`fakes.model_table`)
POST   /_fbench/advance  moves every job to its next phase
POST   /_fbench/reset    creates the empty world again, with the same seed, prior and pace
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, fields
from typing import Any, TypeVar, cast
from urllib.parse import parse_qsl

from fakes.checked_fields import check
from fakes.doors.services import Services
from fakes.failures import (
    Ending,
    Fault,
    FaultKind,
    JobFailure,
    job_cancelled,
    job_fails,
    job_hangs,
    quota_exhausted,
    rate_limited,
    revoked_key,
)
from fakes.json_text import compact, is_mapping, mapping, parse, sequence
from fakes.world import World

__all__ = ["date_in", "fault_of", "faults_of", "job_failure_of", "job_failures_in", "shown_of", "state_of"]


Made = TypeVar("Made", Fault, JobFailure)


def state_of(world: World, services: Services, seconds: float) -> dict[str, object]:
    """The world as JSON; `seconds` is the time of the clock."""
    openai, vertex = world.openai, world.vertex
    return {
        "seed": world.seed,
        "any_id": world.any_id,
        "fresh": world.fresh,
        "clock": round(seconds, 3),
        "date": world.date.day.isoformat(),
        "openai": {
            "files": sorted(openai.files),
            "jobs": {job.id: job.timeline.state for job in openai.jobs.values()},
            "models": sorted(openai.tuned),
            "billed_tokens": sum(job.trained_tokens or 0 for job in openai.jobs.values()),
        },
        **{
            account.service: {
                "files": sorted(account.files),
                "jobs": {job.id: job.timeline.state for job in account.jobs.values()},
                "deployments": {each.name: each.state for each in account.deployments.values()},
            }
            for account in (world.nebius, world.azure)
        },
        "vertex": {
            "jobs": {job.name: job.timeline.state for job in vertex.jobs.values()},
            "endpoints": sorted(vertex.registry.endpoints),
        },
        "storage": {"objects": sorted(f"gs://{bucket}/{name}" for bucket, name in world.storage.objects)},
        "requests": services.requests(),
        "tokens": world.tally.shown(),
        "behaviours": {
            "models": world.behaviours.shown(),
            "services": {name: asdict(behaviour) for name, behaviour in sorted(world.services.items())},
        },
    }


def shown_of(world: World, what: str, query: bytes) -> object:
    """The world's `requests` that fit a query, its `routes`, or the forms of `faults`; else None.

    Raises:
        ValueError: the query has an unknown filter, or an invalid value.
    """
    if what not in ("requests", "routes", "faults"):
        return None
    asked = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    if what == "requests":
        return world.requests.answer(asked)
    if asked:
        raise ValueError(f"{what} have no filter {asked[0][0]!r}; they are shown without any.")
    if what == "faults":
        return _forms()
    return {"routes": world.user_routes.shown() if world.user_routes is not None else []}


def faults_of(body: bytes) -> list[Fault | JobFailure]:
    """The faults and job failures in a JSON list: an object with an `end` is a job failure.

    Raises:
        ValueError: the list is invalid; the message says why, and which fields exist.
    """
    value = _read(body)
    listed = sequence(value)
    if not isinstance(value, list) or not all(is_mapping(each) for each in listed):
        raise ValueError("faults are a JSON list of objects")
    return [job_failure_of(each) if "end" in each else fault_of(each) for each in listed]


def _read(body: bytes) -> object:
    try:
        return parse(body)
    except ValueError as error:
        raise ValueError(f"the body is not JSON: {error}") from error


def date_in(body: bytes) -> str:
    """The date in a JSON object.

    Raises:
        ValueError: it has none, or more than that.
    """
    given = mapping(_read(body))
    if list(given) != ["date"] or not isinstance(day := given["date"], str):
        raise ValueError('the date of the world is set by an object such as {"date": "2026-11-28"}.')
    return day


def job_failures_in(body: bytes) -> bytes:
    """The same JSON list with only the job failures."""
    return compact([each for each in sequence(parse(body)) if "end" in mapping(each)])


def fault_of(given: object) -> Fault:
    """The fault that a JSON object describes: the fields of `fakes.failures.Fault`.

    Raises:
        ValueError: no object, an unknown field, or an invalid value.
    """
    if not is_mapping(given):
        raise ValueError("a fault is a JSON object")
    return _made(Fault, given, {"kind": _of(FaultKind, "kind"), "calls": _numbers})


def job_failure_of(given: dict[str, Any]) -> JobFailure:
    """The job failure that a JSON object describes: the fields of `fakes.failures.JobFailure`.

    Raises:
        ValueError: an unknown field, or an invalid value.
    """
    return _made(JobFailure, given, {"end": _of(Ending, "end"), "created": _numbers})


def _made(kind: type[Made], given: dict[str, Any], read: Mapping[str, Callable[[Any], object]]) -> Made:
    """The fault or job failure with those fields; the functions in `read` convert some of them."""
    called = {Fault: "fault", JobFailure: "job failure"}[kind]
    known = sorted(field.name for field in fields(kind))
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise ValueError(f"a {called} has no field {', '.join(unknown)}; its fields are {', '.join(known)}")
    try:
        values: dict[str, Any] = {name: read[name](value) for name, value in given.items() if name in read}
        return kind(**given | values)
    except (AttributeError, TypeError, ValueError, re.error) as error:
        raise ValueError(f"a {called} cannot be made of {given}: {error}") from error


def _of(kind: type[FaultKind] | type[Ending], name: str) -> Callable[[Any], object]:
    """Reads a field that is one of a few words."""

    def read(value: Any) -> object:
        check(name, value, value in list(kind), f"one of {', '.join(kind)}")
        return kind(value)

    return read


def _forms() -> dict[str, object]:
    """What faults may hold, and those that have a function of their own, as they are posted."""
    made = (rate_limited(2.0), quota_exhausted(), revoked_key(), job_fails(), job_hangs(), job_cancelled())
    names = ("rate_limited", "quota_exhausted", "revoked_key", "job_fails", "job_hangs", "job_cancelled")
    return {
        "kind": list(FaultKind),
        "fields": [field.name for field in fields(Fault)],
        "end": list(Ending),
        "fields_with_end": [field.name for field in fields(JobFailure)],
        "examples": {
            name: {
                field.name: value
                for field in fields(each)
                if (value := getattr(each, field.name)) not in (field.default, {}, None)
            }
            for name, each in zip(names, made, strict=True)
        },
    }


def _numbers(value: object) -> object:
    return tuple(cast("list[object]", value)) if isinstance(value, list) else value


def requested_fault(headers: Iterable[tuple[bytes, bytes]]) -> Fault | None:
    """The fault that a request asks for, as JSON in the header `x-fakes-fault`. ValueError: it is none."""
    for name, value in headers:
        if name == b"x-fakes-fault":
            return fault_of(parse(value))
    return None
