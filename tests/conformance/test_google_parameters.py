"""Every parameter of Google's specifications is in a table, and each honoured one makes a difference."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from fakes.json_text import is_mapping
from fakes.parameters import Honoured, Refused, Table
from fakes.vertex.reading import Takes
from tests.conformance.calls import SERVICES, Caller, Route
from tests.conformance.google_pairs import BODIES, PROMPT, QUERIES, Asker, nested
from tests.conformance.google_parameters import (
    UNDOCUMENTED,
    count_lines,
    differences,
    leaves,
    mounted,
    schema_differences,
    specified,
)

MODEL = "gemini-3.5-flash"
BUCKET = f"{SERVICES['storage']}/upload/storage/v1/b/b/o?uploadType=media&name="
PLACE = "projects/p/locations/us-central1"
ROUTES = mounted()


def identity(route: Route) -> str:
    return f"{route.service} {route.method} {route.template.rpartition('/')[2]} {route.template.count('/')}"


@pytest.mark.parametrize("route", [r for r in ROUTES if r.service == "vertex"], ids=identity)
def test_a_table_has_what_is_specified_and_nothing_else(route: Route, specs: Path) -> None:
    takes, wanted = ROUTES[route], specified(specs, route)
    if wanted is None:
        assert route.template in UNDOCUMENTED
        return
    assert list(differences(takes.query, dict.fromkeys(wanted.query))) == []
    assert (takes.body is None) == (wanted.body is None)
    if takes.body is not None and wanted.body is not None:
        assert list(differences(takes.body, wanted.body)) == []


def test_the_keywords_of_a_schema_are_those_specified(specs: Path) -> None:
    assert schema_differences(specs) == []


def test_every_route_says_what_it_takes() -> None:
    assert set(ROUTES) == {route for route in Caller().mounted if route.service in ("vertex", "gemini")}


@pytest.fixture(scope="module")
def ask() -> Asker:
    return Asker()


def tuned(ask: Asker, **asked: object) -> dict[str, Any]:
    """A finished tuning job of a small file."""
    line = {
        "contents": [
            {"role": "user", "parts": [{"text": PROMPT}]},
            {"role": "model", "parts": [{"text": "g"}]},
        ]
    }
    ask("POST", BUCKET + "train.jsonl", content=json.dumps(line).encode())
    spec = {"trainingDatasetUri": "gs://b/train.jsonl", "hyperParameters": {"epochCount": 2}}
    body = {"baseModel": MODEL, "supervisedTuningSpec": spec}
    return ended(ask, merged(body, asked))


def ended(ask: Asker, body: object) -> dict[str, Any]:
    status, made = ask("POST", f"{SERVICES['vertex']}/v1beta1/{PLACE}/tuningJobs", json=body)
    if status != 200:
        return {"status": status, "error": made}
    name = made["name"]
    for _ in range(4):
        _, made = ask("GET", f"{SERVICES['vertex']}/v1beta1/{name}")
    return made


def merged(one: object, other: object) -> Any:
    if not is_mapping(one) or not is_mapping(other):
        return other
    return {**one, **{name: merged(one.get(name), value) for name, value in other.items()}}


def url_of(ask: Asker, route: Route) -> str:
    """The address of a route: of a model, an endpoint or a job that is there."""
    values = {"version": "v1beta1", "project": "p", "location": "us-central1", "model": MODEL, "file": "none"}
    if route.service == "gemini":
        values["version"] = "v1beta"
    if "/endpoints" in route.template or "/models/{model}" in route.template or "{job}" in route.template:
        job = tuned(ask)
        values["endpoint"] = job["tunedModel"]["endpoint"].rpartition("/")[2]
        values["job"] = job["name"].rpartition("/")[2]
        if "publishers" not in route.template and route.service == "vertex":
            values["model"] = job["tunedModel"]["model"].rpartition("/")[2]
    values["batch"] = "none"
    return SERVICES[route.service] + route.template.format(**values)


GENERATING = [
    route for route in ROUTES if route.template.endswith(("enerateContent", "countTokens", "computeTokens"))
]


def pairs_of(route: Route) -> Mapping[str, tuple[dict[str, Any], dict[str, Any]]]:
    verb = route.template.rpartition(":")[2].replace("streamGenerate", "generate")
    return BODIES[f"{route.service} {verb}"]


@pytest.mark.parametrize("route", GENERATING, ids=identity)
def test_each_honoured_parameter_of_content_makes_a_difference(route: Route, ask: Asker) -> None:
    table = ROUTES[route].body
    assert table is not None
    pairs, url = pairs_of(route), url_of(ask, route)
    assert set(leaves(table)) == set(pairs)
    same = [
        path for path, (one, other) in pairs.items() if answered(ask, url, one) == answered(ask, url, other)
    ]
    assert same == []


def answered(ask: Asker, url: str, body: object) -> object:
    return ask("POST", url, json=body)


def filled(ask: Asker, route: Route) -> str:
    """The address of a route whose list, where it is one, has two pages of a single thing."""
    url = url_of(ask, route)
    for name in ("one", "another"):
        if "tuningJobs" in route.template or "endpoints" in route.template:
            tuned(ask, description=name)
        elif route.template.endswith("/models"):
            tuned(ask, tunedModelDisplayName=name)
        elif "batchPredictionJobs" in route.template:
            batch(ask, displayName=name)
        elif route.template.endswith("/files"):
            upload(ask, name)
        elif route.template.endswith(":listVersions"):
            source = url.partition("v1beta1/")[2].removesuffix(":listVersions")
            tuned(ask, baseModel=None, preTunedModel={"tunedModelName": source})
    return url


@pytest.mark.parametrize("route", ROUTES, ids=identity)
def test_each_honoured_query_parameter_makes_a_difference(route: Route, ask: Asker) -> None:
    url = filled(ask, route)
    body: dict[str, Any] = {}
    if route.method != "GET":
        body["json"] = {"contents": [{"parts": [{"text": "Which letter?"}]}]}
    same: list[str] = []
    for name in leaves(ROUTES[route].query):
        left, right = QUERIES[name]
        signed = name not in ("key", "access_token", "oauth_token")
        one, other = (ask(route.method, f"{url}?{query}", signed=signed, **body) for query in (left, right))
        same += [name] if one == other else []
    assert same == []


def refused(table: Table, at: str = "") -> list[tuple[str, Refused]]:
    return [(path, each) for path, each in table.walk(at) if isinstance(each, Refused)]


@pytest.mark.parametrize("route", [r for r in ROUTES if ROUTES[r].body is not None], ids=identity)
def test_each_refused_parameter_is_refused(route: Route, ask: Asker) -> None:
    table = ROUTES[route].body
    assert table is not None
    url = url_of(ask, route)
    for path, _ in refused(table):
        status, body = ask(route.method, url, json=nested(path, {"a": 1}))
        assert status == 400, path
        assert "is not supported" in str(body), path
    for path in ("mischief", *(f"{path}.mischief" for path, each in table.walk() if holds(each))):
        status, body = ask(route.method, url, json=nested(path, 1))
        assert (status, "Unknown name" in str(body)) == (400, True), path


def holds(parameter: object) -> bool:
    return isinstance(parameter, Honoured) and parameter.fields is not None


@pytest.mark.parametrize("route", ROUTES, ids=identity)
def test_an_unknown_or_refused_query_parameter_is_refused(route: Route, ask: Asker) -> None:
    url = url_of(ask, route)
    takes: Takes = ROUTES[route]
    for name in ("mischief", *(name for name, _ in refused(takes.query))):
        status, body = ask(route.method, f"{url}?{name}=x")
        assert status == 400, name
        assert ("Cannot bind query parameter" in str(body)) == (name == "mischief"), name


SPEC = "supervisedTuningSpec"
TRAINING: dict[str, tuple[object, object]] = {
    "baseModel": (MODEL, "gemini-2.5-pro"),
    "description": ("", "of a test"),
    "labels": ({}, {"k": "v"}),
    "tunedModelDisplayName": ("", "mine"),
    f"{SPEC}.exportLastCheckpointOnly": (False, True),
    f"{SPEC}.hyperParameters.adapterSize": ("ADAPTER_SIZE_FOUR", "ADAPTER_SIZE_ONE"),
    f"{SPEC}.hyperParameters.epochCount": (2, 3),
    f"{SPEC}.hyperParameters.learningRateMultiplier": (1, 0.01),
    f"{SPEC}.trainingDatasetUri": ("gs://b/train.jsonl", "gs://b/none"),
    f"{SPEC}.validationDatasetUri": ("gs://b/train.jsonl", "gs://b/none"),
    "preTunedModel.checkpointId": ("1", "2"),
    "preTunedModel.tunedModelName": ("", "/none"),
}
"""Parameter of a tuning job -> two values; those of a tuned model follow what is there."""
OWN = ("name", "createTime", "startTime", "endTime", "updateTime", "supervisedTuningSpec", "preTunedModel")


def test_each_honoured_parameter_of_a_tuning_job_makes_a_difference(ask: Asker) -> None:
    [route] = [each for each in ROUTES if identity(each) == "vertex POST tuningJobs 6"]
    table = ROUTES[route].body
    assert table is not None
    assert set(leaves(table)) == set(TRAINING)
    name = tuned(ask)["tunedModel"]["model"]
    for path, values in TRAINING.items():
        seen: list[object] = []
        for value in values:
            asked = nested(path, value)
            if path.startswith("preTunedModel"):
                given = {"tunedModelName": name, "checkpointId": "1"}
                key = path.rpartition(".")[2]
                given[key] = name + str(value) if key == "tunedModelName" else str(value)
                asked = {"baseModel": None, "preTunedModel": given}
            seen.append(told(ask, tuned(ask, **asked)))
        assert seen[0] != seen[1], path


def told(ask: Asker, job: dict[str, Any]) -> object:
    """What a job and its model show but for what it was asked for and what is its own anyway."""
    made = job.pop("tunedModel", {})
    shown = {name: value for name, value in job.items() if name not in OWN}
    if "endpoint" not in made:
        return shown
    url = f"{SERVICES['vertex']}/v1beta1/{made['endpoint']}"
    body = {"contents": [{"parts": [{"text": PROMPT}]}], "generationConfig": {"temperature": 0, "seed": 1}}
    _, answer = ask("POST", f"{url}:generateContent", json=body)
    said = answer["candidates"][0]
    _, model = ask("GET", f"{SERVICES['vertex']}/v1beta1/{made['model']}")
    shown_as = model["displayName"]
    return {**shown, "said": said, "name": shown_as, "checkpoints": len(made.get("checkpoints", []))}


BATCHES: dict[str, tuple[object, object]] = {
    "displayName": ("one", "another"),
    "labels": ({}, {"k": "v"}),
    "model": (f"publishers/google/models/{MODEL}", "publishers/google/models/none"),
    "inputConfig.gcsSource.uris": (["gs://b/asked.jsonl"], ["gs://b/none"]),
    "inputConfig.instancesFormat": ("jsonl", "csv"),
    "outputConfig.gcsDestination.outputUriPrefix": ("gs://b/out", "gs://b/elsewhere"),
    "outputConfig.predictionsFormat": ("jsonl", "csv"),
}
"""Parameter of a batch -> two values."""


def batch(ask: Asker, **asked: object) -> dict[str, Any]:
    """A batch that has ended, or the error."""
    ask("POST", BUCKET + "asked.jsonl", content=b'{"request": {"contents": [{"parts": [{"text": "Who?"}]}]}}')
    body: dict[str, Any] = {}
    for path, (value, _) in BATCHES.items():
        body = merged(body, nested(path, value))
    url = f"{SERVICES['vertex']}/v1beta1"
    status, made = ask("POST", f"{url}/{PLACE}/batchPredictionJobs", json=merged(body, asked))
    for _ in range(4 if status == 200 else 0):
        _, made = ask("GET", f"{url}/{made['name']}")
    return made


def test_each_honoured_parameter_of_a_batch_makes_a_difference(ask: Asker) -> None:
    [table] = [
        t.body for route, t in ROUTES.items() if identity(route) == "vertex POST batchPredictionJobs 6"
    ]
    assert table is not None
    assert set(leaves(table)) == set(BATCHES)
    for path, values in BATCHES.items():
        one, other = (batch(ask, **nested(path, value)) for value in values)
        for made in (one, other):
            for name in (*OWN, "inputConfig", "outputConfig"):
                made.pop(name, None)
        assert one != other, path


def test_the_model_to_undeploy_is_named(ask: Asker) -> None:
    [route] = [each for each in ROUTES if each.template.endswith(":undeployModel")]
    table = ROUTES[route].body
    assert table is not None
    assert set(leaves(table)) == {"deployedModelId"}
    url = url_of(ask, route)
    _, endpoint = ask("GET", url.removesuffix(":undeployModel"))
    [deployed] = endpoint["deployedModels"]
    assert ask("POST", url, json={"deployedModelId": "none"})[0] == 400
    assert ask("POST", url, json={"deployedModelId": deployed["id"]})[0] == 200


def upload(ask: Asker, name: str) -> None:
    """A file of the Developer API."""
    url = f"{SERVICES['gemini']}/upload/v1beta/files"
    begin = {"x-goog-upload-command": "start", "x-goog-upload-header-content-type": "text/plain"}
    ask("POST", url, json={"file": {"name": f"files/{name}"}}, headers=begin)
    [session] = ask.world.gemini.uploads
    end = {"x-goog-upload-command": "upload, finalize"}
    ask("POST", f"{url}?upload_id={session}", content=b"x", headers=end)


def test_the_counts_of_each_class_are_told(specs: Path) -> None:
    lines = list(count_lines(specs))
    assert len(lines) == len(ROUTES) + 2
    assert lines[-2].startswith("vertex, all methods: ")


def test_counting_without_the_specifications_says_what_is_missing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.conformance.google_parameters", str(tmp_path)]
    root = Path(__file__).parents[2]
    said = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)

    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr == (
        f"{tmp_path}: has no folder google with the vendor's specifications; name another as an argument.\n"
    )
