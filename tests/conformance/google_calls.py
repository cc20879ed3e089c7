"""What is called on the fake Vertex AI and Cloud Storage: every route, rightly and wrongly, in each state."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from tests.conformance.calls import Caller, Exchange
from tests.conformance.openai_calls import Scenario

__all__ = ["MODEL", "PLACE", "SCENARIOS", "tuned"]

PLACE = "/v1beta1/projects/p/locations/us-central1"
MODEL = "gemini-2.5-flash"
_HELLO = {"contents": [{"role": "user", "parts": [{"text": "hello, you two"}]}]}
_BUCKET = "/upload/storage/v1/b/my-bucket/o"


def _put(call: Caller, name: str, content: bytes, **headers: str) -> Exchange:
    signed = {"authorization": "Bearer ya29", **headers}
    path = f"{_BUCKET}?uploadType=media&name={quote(name, safe='')}"
    return call("storage", "POST", path, content=content, headers=signed)


def _dataset(call: Caller, name: str = "train.jsonl") -> str:
    turns = [{"role": "user", "parts": [{"text": "who?"}]}, {"role": "model", "parts": [{"text": "nobody"}]}]
    _put(call, name, b"".join(json.dumps({"contents": turns}).encode() + b"\n" for _ in range(3)))
    return f"gs://my-bucket/{name}"


def _job(call: Caller, spec: dict[str, Any], place: str = PLACE, /, **asked: object) -> Exchange:
    return call(
        "vertex", "POST", f"{place}/tuningJobs", {"baseModel": MODEL, "supervisedTuningSpec": spec, **asked}
    )


def tuned(call: Caller, place: str = PLACE, **asked: object) -> dict[str, Any]:
    """A tuning job that has ended, looked at in each of its states."""
    uri = _dataset(call)
    spec = {"trainingDatasetUri": uri, "validationDatasetUri": uri, "hyperParameters": {"epochCount": "2"}}
    version = place.split("/")[1]
    name = _job(call, spec, place, **asked).json["name"]
    seen: dict[str, Any] = {}
    while "endTime" not in seen:
        seen = call("vertex", "GET", f"/{version}/{name}").json
        call("vertex", "GET", f"{place}/tuningJobs")
    return seen


def _objects(call: Caller) -> None:
    for name in ("a.jsonl", "a.jsonl", "deep/name with space"):
        _put(call, name, b"{}\n", **{"content-type": "text/jsonl"})
    for query in ("", "?prefix=deep/", "?prefix=none", "?maxResults=1", "?delimiter=/"):
        call("storage", "GET", f"/storage/v1/b/my-bucket/o{query}")
    place = "/storage/v1/b/my-bucket/o/deep%2Fname%20with%20space"
    for method, query in (("GET", ""), ("GET", "?alt=media"), ("DELETE", ""), ("DELETE", ""), ("GET", "")):
        call("storage", method, place + query)
    _put(call, ".", b"")
    for query in ("", "?uploadType=media", "?uploadType=fun&name=x"):
        call("storage", "POST", _BUCKET + query)
    call("storage", "GET", "/storage/v1/b/my-bucket/o", headers={})
    call("storage", "GET", "/storage/v1/nothing")


def _downloads(call: Caller) -> None:
    _put(call, "a", b"{}\n")
    for name in ("a", "none"):
        call("storage", "GET", f"/download/storage/v1/b/my-bucket/o/{name}?alt=media")


def _buckets(call: Caller) -> None:
    signed = {"authorization": "Bearer ya29"}
    place = "/storage/v1/b"
    for name in ("first-bucket", "first-bucket", "Wrong"):
        call("storage", "POST", f"{place}?project=p", {"name": name, "location": "eu"})
    for query in ("", "?project=p", "?project=p&maxResults=1", "?project=p&pageToken=!"):
        call("storage", "GET", place + query)
    for query in ("", "?ifMetagenerationMatch=9", "?ifMetagenerationNotMatch=1"):
        call("storage", "GET", f"{place}/first-bucket{query}")
    call("storage", "PATCH", f"{place}/first-bucket", {"labels": {"a": "b"}, "versioning": {"enabled": True}})
    call("storage", "PUT", f"{place}/first-bucket", {"versioning": {"enabled": True}})
    call(
        "storage",
        "POST",
        "/upload/storage/v1/b/first-bucket/o?uploadType=media&name=x",
        content=b"1",
        headers=signed,
    )
    for _ in range(2):
        call("storage", "DELETE", f"{place}/first-bucket")
        call("storage", "DELETE", f"{place}/first-bucket/o/x?generation=1")


def _copies(call: Caller) -> None:
    for name in ("a", "b"):
        _put(call, name, b"{}\n")
    place = "/storage/v1/b/my-bucket/o"
    for asked in ({"sourceObjects": [{"name": "a"}, {"name": "b"}]}, {}):
        call("storage", "POST", f"{place}/c/compose", asked)
    for verb in ("copyTo/b/my-bucket/o/d", "rewriteTo/b/my-bucket/o/e", "moveTo/o/f"):
        for query in ("?ifGenerationMatch=9", "?ifSourceGenerationMatch=1", "?unknown=1"):
            call("storage", "POST", f"{place}/a/{verb}{query}")
    call("storage", "PATCH", f"{place}/f", {"metadata": {"k": "v"}, "temporaryHold": True})
    call("storage", "DELETE", f"{place}/f")
    call("storage", "PUT", f"{place}/f", {"contentType": "text/x"})
    call("storage", "GET", f"{place}/f?ifGenerationNotMatch=1")
    for span in ("bytes=0-0", "bytes=9-"):
        call("storage", "GET", f"{place}/f?alt=media", headers={"authorization": "Bearer y", "range": span})
    call("storage", "GET", f"{place}?versions=true")
    body = b"--cut\nContent-Type: application/http\n\nDELETE /storage/v1/b/my-bucket/o/f\n\n\n--cut--\n"
    for content in (body, b""):
        kind = {"authorization": "Bearer ya29", "content-type": "multipart/mixed; boundary=cut"}
        call("storage", "POST", "/batch/storage/v1", content=content, headers=kind)


def _resumable(call: Caller) -> None:
    signed = {"authorization": "Bearer ya29"}

    def begin(name: str) -> str:
        path = f"{_BUCKET}?uploadType=resumable&name={name}"
        return call("storage", "POST", path, {"contentType": "text/jsonl"}).headers["location"]

    session = begin("chunked")
    chunk = 256 * 1024
    for span, content in (
        (f"bytes 0-{chunk - 1}/{chunk + 2}", b"a" * chunk),
        (f"bytes */{chunk + 2}", b""),
        ("bytes 5-6/9", b"ab"),
        (f"bytes {chunk}-{chunk + 1}/{chunk + 2}", b"bb"),
        (f"bytes */{chunk + 2}", b""),
    ):
        call("storage", "PUT", session, content=content, headers={**signed, "content-range": span})
    session = begin("given-up")
    for _ in range(2):
        call("storage", "DELETE", session)
    call("storage", "PUT", session, content=b"x")
    body = (
        b'--cut\r\ncontent-type: application/json\r\n\r\n{"name": "related"}\r\n'
        b"--cut\r\ncontent-type: text/jsonl\r\n\r\n{}\r\n--cut--\r\n"
    )
    kind = {**signed, "content-type": "multipart/related; boundary=cut"}
    for content in (body, b"no parts"):
        call("storage", "POST", f"{_BUCKET}?uploadType=multipart", content=content, headers=kind)
    call("storage", "POST", f"{_BUCKET}?uploadType=resumable&name=x", content=b"[")


def _jobs(call: Caller) -> None:
    tuned(call, labels={"k": "v"}, tunedModelDisplayName="mine", description="of a test")
    tuned(call, PLACE.replace("v1beta1", "v1"))
    uri = _dataset(call)
    last = _job(call, {"trainingDatasetUri": uri, "exportLastCheckpointOnly": True}).json["name"]
    for _ in range(6):
        call("vertex", "GET", f"/v1beta1/{last}")
    for query in (
        "",
        "?pageSize=1",
        '?filter=labels.k="v"',
        '?filter=state="X"',
        "?filter=fun",
        "?pageSize=x",
    ):
        call("vertex", "GET", f"{PLACE}/tuningJobs{query}")
    call("vertex", "GET", f"{PLACE}/tuningJobs?pageToken=none!")
    call("vertex", "POST", f"/v1beta1/{last}:cancel")


def _ended_early(call: Caller) -> None:
    uri = _dataset(call)
    name = _job(call, {"trainingDatasetUri": uri}).json["name"]
    for method, verb in (("GET", ""), ("POST", ":cancel"), ("GET", ""), ("GET", ""), ("POST", ":cancel")):
        call("vertex", method, f"/v1beta1/{name}{verb}")
    _put(call, "bad.jsonl", b"not json\n")
    for bad in ("gs://my-bucket/bad.jsonl", "gs://my-bucket/none.jsonl"):
        failing = _job(call, {"trainingDatasetUri": bad}).json["name"]
        for _ in range(4):
            call("vertex", "GET", f"/v1beta1/{failing}")
    call("vertex", "GET", f"{PLACE}/tuningJobs")
    refused: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
        ({}, {}),
        ({"trainingDatasetUri": "http://x"}, {}),
        ({"trainingDatasetUri": uri, "hyperParameters": {"epochCount": 0}}, {}),
        ({"trainingDatasetUri": uri}, {"baseModel": "gemini-1.5-flash-002"}),
        ({"trainingDatasetUri": uri}, {"labels": {"K": "v"}}),
    )
    for spec, asked in refused:
        _job(call, spec, PLACE, **asked)
    call("vertex", "POST", f"{PLACE}/tuningJobs", content=b"{")
    for method, verb in (("GET", ""), ("POST", ":cancel")):
        call("vertex", method, f"{PLACE}/tuningJobs/123{verb}")
    call("vertex", "GET", f"{PLACE}/tuningJobs", headers={})
    call("vertex", "GET", f"{PLACE}/nothing")


def _answers(call: Caller) -> None:
    endpoint = tuned(call)["tunedModel"]["endpoint"]
    places = (
        *(f"/v1beta1/{endpoint}", f"/v1/{endpoint}", f"/v1beta1/{endpoint}0"),
        *(f"{PLACE}/publishers/google/models/{name}" for name in (MODEL, "gemini-none")),
        *(f"/{version}/publishers/google/models/{MODEL}" for version in ("v1", "v1beta1")),
    )
    for place in places:
        for verb in (":generateContent", ":streamGenerateContent?alt=sse", ":streamGenerateContent"):
            call("vertex", "POST", place + verb, _HELLO)
    for config in (
        {"maxOutputTokens": 1, "temperature": 0, "seed": 3},
        {"candidateCount": 2, "stopSequences": ["YOU"], "responseLogprobs": True, "logprobs": 2},
        {"temperature": 3},
        {"seed": "x"},
    ):
        for verb in (":generateContent", ":streamGenerateContent?alt=sse"):
            call("vertex", "POST", places[3] + verb, {**_HELLO, "generationConfig": config})
    wrongs: tuple[dict[str, Any], ...] = (
        {},
        {"contents": [{"role": "robot", "parts": [{"text": "x"}]}]},
        {"contents": [{}]},
    )
    for wrong in wrongs:
        call("vertex", "POST", places[3] + ":generateContent", wrong)
    call("vertex", "POST", places[3] + ":streamGenerateContent?alt=fun", _HELLO)
    call("vertex", "POST", places[3] + ":generateContent", _HELLO, headers={})


def _tokens(call: Caller) -> None:
    endpoint = tuned(call)["tunedModel"]["endpoint"]
    for place in (
        *(f"/v1beta1/{endpoint}", f"/v1/{endpoint}0"),
        *(f"{PLACE}/publishers/google/models/{MODEL}", f"/v1/publishers/google/models/{MODEL}"),
    ):
        for verb in (":countTokens", ":computeTokens"):
            call("vertex", "POST", place + verb, _HELLO)
            call("vertex", "POST", place + verb, {})


def _deployed(call: Caller) -> None:
    made = tuned(call, labels={"k": "v"})["tunedModel"]
    model, endpoint = (f"/v1beta1/{made[kind]}" for kind in ("model", "endpoint"))
    model = model.partition("@")[0]
    for kind in ("models", "endpoints"):
        for query in ("", "?pageSize=1", "?filter=labels.k:*", "?filter=fun", "?pageToken=!"):
            call("vertex", "GET", f"{PLACE}/{kind}{query}")
        call("vertex", "GET", f"{PLACE}/{kind}/123")
        call("vertex", "DELETE", f"{PLACE}/{kind}/123")
    for path in (model, model + "@1", model + ":listVersions", endpoint):
        call("vertex", "GET", path)
    for path in (model, endpoint):
        call("vertex", "DELETE", path)
    deployments = call("vertex", "GET", model).json["deployedModels"]
    for each in deployments:
        place = f"/v1beta1/{each['endpoint']}"
        for _ in range(2):
            call("vertex", "POST", f"{place}:undeployModel", {"deployedModelId": each["deployedModelId"]})
        call("vertex", "GET", place)
        call("vertex", "DELETE", place)
    call("vertex", "DELETE", model)
    for name in ("", f"/{MODEL}", "/gemini-none"):
        call("vertex", "GET", f"/v1beta1/publishers/google/models{name}")


def _batches(call: Caller) -> None:
    lines: list[dict[str, object]] = [{"request": _HELLO}, {"request": {}}]
    _put(call, "batch.jsonl", b"".join(json.dumps(line).encode() + b"\n" for line in lines))

    def create(uri: str = "gs://my-bucket/batch.jsonl", **asked: object) -> Exchange:
        body: dict[str, object] = {
            "displayName": "mine",
            "model": f"publishers/google/models/{MODEL}",
            "inputConfig": {"instancesFormat": "jsonl", "gcsSource": {"uris": [uri]}},
            "outputConfig": {
                "predictionsFormat": "jsonl",
                "gcsDestination": {"outputUriPrefix": "gs://my-bucket/out"},
            },
            "labels": {"k": "v"},
        }
        return call("vertex", "POST", f"{PLACE}/batchPredictionJobs", {**body, **asked})

    for uri in ("gs://my-bucket/batch.jsonl", "gs://my-bucket/none"):
        place = f"/v1beta1/{create(uri).json['name']}"
        call("vertex", "DELETE", place)
        for _ in range(4):
            call("vertex", "GET", place)
        call("vertex", "POST", place + ":cancel")
        for query in ("", "?pageSize=1", "?filter=fun"):
            call("vertex", "GET", f"{PLACE}/batchPredictionJobs{query}")
        call("vertex", "DELETE", place)
    place = f"/v1beta1/{create().json['name']}"
    for method, verb in (("POST", ":cancel"), ("GET", ""), ("GET", "")):
        call("vertex", method, place + verb)
    create(displayName="")
    create(model="publishers/google/models/none")
    create(inputConfig={})
    for method, verb in (("GET", ""), ("POST", ":cancel"), ("DELETE", "")):
        call("vertex", method, f"{PLACE}/batchPredictionJobs/123{verb}")


def _developer(call: Caller) -> None:
    signed = {"x-goog-api-key": "AIza-fake"}
    for verb in (":generateContent", ":streamGenerateContent?alt=sse", ":countTokens"):
        for model, body in ((MODEL, _HELLO), (MODEL, {}), ("gemini-none", _HELLO)):
            call("gemini", "POST", f"/v1beta/models/{model}{verb}", body, headers=signed)
    for path in ("models", f"models/{MODEL}", "models/gemini-none", "tunedModels", "nothing"):
        call("gemini", "GET", f"/v1beta/{path}", headers=signed)
    call("gemini", "POST", "/v1beta/tunedModels", {"baseModel": f"models/{MODEL}"}, headers=signed)
    call("gemini", "GET", "/v1beta/models", headers={})
    _files(call, signed)


def _files(call: Caller, signed: dict[str, str]) -> None:
    start = signed | {
        "x-goog-upload-protocol": "resumable",
        "x-goog-upload-command": "start",
        "x-goog-upload-header-content-type": "text/plain",
    }
    begun = call("gemini", "POST", "/upload/v1beta/files", {"file": {}}, headers=start)
    _, _, query = begun.headers["x-goog-upload-url"].partition("?")
    last = {"x-goog-upload-command": "upload, finalize", "x-goog-upload-offset": "0"}
    call("gemini", "POST", f"/upload/v1beta/files?{query}", headers=last, content=b"text")
    call("gemini", "POST", "/upload/v1beta/files?upload_id=none", headers=last, content=b"text")
    listed = call("gemini", "GET", "/v1beta/files", headers=signed).json["files"]
    for name in (listed[0]["name"], "files/none"):
        for method in ("GET", "DELETE"):
            call("gemini", method, f"/v1beta/{name}", headers=signed)


def _forms(call: Caller) -> None:
    tools = [{"functionDeclarations": [{"name": "say_hello"}, {"name": "wave"}]}]
    asked = {**_HELLO, "tools": tools}
    made: dict[str, Any] = {"role": "model", "parts": [{"functionCall": {"name": "wave", "args": {}}}]}
    reply: dict[str, Any] = {
        "role": "user",
        "parts": [{"functionResponse": {"name": "wave", "response": {}}}],
    }
    schema = {"type": "OBJECT", "properties": {"a": {"type": "STRING"}}}
    harassment = {"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}
    bodies: tuple[dict[str, Any], ...] = (
        asked,
        {**asked, "toolConfig": {"functionCallingConfig": {"mode": "ANY"}}},
        {**asked, "contents": [*_HELLO["contents"], made, reply]},
        {**_HELLO, "generationConfig": {"responseMimeType": "application/json", "responseSchema": schema}},
        {**_HELLO, "generationConfig": {"thinkingConfig": {"includeThoughts": True}}},
        {**_HELLO, "generationConfig": {"maxOutputTokens": 1}, "safetySettings": [harassment]},
        {**_HELLO, "tools": [{"googleSearch": {}}]},
        {"contents": [reply]},
    )
    for model in (MODEL, "gemini-3.5-flash"):
        for verb in (":generateContent", ":streamGenerateContent?alt=sse"):
            for body in bodies:
                call("vertex", "POST", f"{PLACE}/publishers/google/models/{model}{verb}", body)
                signed = {"x-goog-api-key": "AIza-fake"}
                call("gemini", "POST", f"/v1beta/models/{model}{verb}", body, headers=signed)


SCENARIOS: dict[str, Scenario] = {
    "objects": _objects,
    "downloads": _downloads,
    "resumable uploads": _resumable,
    "buckets": _buckets,
    "copies": _copies,
    "tuning jobs": _jobs,
    "tuning jobs that end early": _ended_early,
    "answers": _answers,
    "forms of answers": _forms,
    "tokens": _tokens,
    "models and endpoints": _deployed,
    "batch predictions": _batches,
    "developer API": _developer,
}
