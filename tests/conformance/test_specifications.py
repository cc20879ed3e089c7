"""Every response of a fake is as its vendor's specification says, but for departures that are told."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conformance.calls import Caller
from tests.conformance.departures import DEPARTURES, Departure
from tests.conformance.findings import Finding, findings
from tests.conformance.recorded import fields_of, recording
from tests.conformance.scenarios import SCENARIOS, everything, run
from tests.conformance.specifications import Specification

Specifications = Mapping[str, Specification]


@pytest.fixture(scope="module")
def found(specifications: Specifications) -> set[Finding]:
    """All findings in all scenarios."""
    return {
        finding
        for exchange in everything()
        for finding in findings(specifications[exchange.service], exchange)
    }


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_response_is_as_specified(name: str, specifications: Specifications):
    against = {
        finding
        for exchange in run(name).exchanges
        for finding in findings(specifications[exchange.service], exchange)
        if not any(departure.excuses(finding) for departure in DEPARTURES)
    }

    assert sorted(against) == []


def test_the_scenarios_see_answers_and_errors_of_every_service(specifications: Specifications):
    seen = {(exchange.service, exchange.status // 100) for exchange in everything()}
    served = {route.service for route in Caller().mounted}

    assert {(service, kind) for service in served for kind in (2, 4)} <= seen
    assert served == set(specifications)


@pytest.mark.parametrize("departure", DEPARTURES, ids=str)
def test_every_departure_is_needed(departure: Departure, found: set[Finding]):
    for field in departure.fields:
        alone = replace(departure, fields=(field,))
        assert any(alone.excuses(finding) for finding in found), field


@pytest.mark.parametrize("departure", DEPARTURES, ids=str)
def test_every_departure_was_seen_at_the_vendor(
    departure: Departure, specs: Path, specifications: Specifications
):
    kind, _, name = departure.evidence.partition(":")
    if kind == "parameter":
        method, path, parameter = name.split()
        document = json.loads((specs / "openai" / "openapi.json").read_text("utf-8"))
        known = {each.get("name") for each in document["paths"][path][method.lower()]["parameters"]}
        seen = {"content-type"} if parameter in known else set[str]()
    elif kind == "alike":
        line, pointer = name.split()
        known = fields_of(recording(specs, line).exchange)[pointer]
        seen = set(departure.fields) if "null" in known else set[str]()
    elif kind == "example":
        schemas = specifications["openai"].schemas
        against = schemas.violations(schemas.named[name], schemas.named[name]["example"])
        seen = {violation.pointer for violation in against}
    else:
        recorded = recording(specs, departure.evidence).exchange
        specification = specifications[recorded.service]
        seen = {finding.pointer for finding in findings(specification, recorded)}

    assert set(departure.fields) <= seen


def test_every_stream_is_made_of_whole_events():
    streams = [exchange for exchange in everything() if exchange.streamed]
    assert {exchange.service for exchange in streams} >= {"openai", "vertex"}

    for exchange in streams:
        text = exchange.content.decode().replace("\r\n", "\n")
        assert text.endswith("\n\n")
        *events, last = text.removesuffix("\n\n").split("\n\n")
        closed = exchange.path == "/chat/completions"
        assert (last == "data: [DONE]") == closed
        for event in events if closed else (*events, last):
            found = re.fullmatch(r"(?:event: (\S+)\n)?data: (\{.*\})", event)
            assert found is not None
            name, data = found.groups()
            assert name == (json.loads(data)["type"] if exchange.path.startswith("/responses") else None)


def test_a_failed_job_says_all_about_its_error():
    jobs = [
        exchange.json
        for exchange in everything()
        if exchange.status == 200
        and exchange.route
        and exchange.route.template == "/fine_tuning/jobs/{job_id}"
    ]
    failed = [job for job in jobs if job["status"] == "failed"]

    assert failed
    assert all(set(job["error"]) == {"code", "message", "param"} for job in failed)
