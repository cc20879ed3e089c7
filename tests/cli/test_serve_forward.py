"""Calls that no fake serves go to another base URL, and are recorded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx2
import openai
import pytest

from tests.fakes.servers import refused, server

SECRET = "sk-proj-Zq81kfnpWm38shTrNv02"
VECTOR = {"object": "embedding", "index": 0, "embedding": [0.5, 0.25]}
EMBEDDINGS = {
    "object": "list",
    "model": "text-embedding-3-small",
    "data": [VECTOR],
    "usage": {"prompt_tokens": 1, "total_tokens": 1},
}


@pytest.fixture
def routes(tmp_path: Path) -> str:
    """A file of routes for the service behind: what the fakes do not have."""
    file = tmp_path / "routes.json"
    answer = {"json": EMBEDDINGS, "headers": {"x-request-id": "r1"}}
    embed = {"path": "/v1/embeddings", "headers": {"authorization": f"Bearer {SECRET}"}, "respond": answer}
    stream = {"path": "/v1/streamed", "respond": {"events": [{"n": 1}, {"n": 2}]}}
    file.write_text(json.dumps({"route": [embed, stream]}))
    return str(file)


def embed(address: str, text: str = "hi") -> list[float]:
    with openai.OpenAI(api_key=SECRET, base_url=address, max_retries=0) as client:
        made = client.embeddings.create(model="text-embedding-3-small", input=text, encoding_format="float")
    return made.data[0].embedding


def test_what_no_fake_serves_is_forwarded_recorded_without_secrets_and_replayed(
    tmp_path: Path, routes: str
) -> None:
    folder = tmp_path / "recording"
    with (
        server("--routes", routes) as real,
        server("--forward", real.openai, "--record", str(folder)) as served,
        served.client() as raw,
    ):
        assert embed(served.openai) == [0.5, 0.25]
        assert raw.get(f"{served.openai}/models").status_code == 200
        chat = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}]}
        assert raw.post(f"{served.openai}/chat/completions", json=chat).status_code == 200
        events = raw.get(f"{served.openai}/streamed?a=1")
        assert events.text == 'data: {"n":1}\n\ndata: {"n":2}\n\n'
        unknown = raw.get(f"{served.openai}/nothing")
        assert (unknown.status_code, "error" in unknown.json()) == (404, True)
        log = raw.get(f"{served.address}/_fbench/requests", params={"route": "forwarded"}).json()
        assert [(each["path"], each["status"]) for each in log["requests"]] == [
            ("/v1/embeddings", 200),
            ("/v1/streamed", 200),
            ("/v1/nothing", 404),
        ]
        counts = raw.get(f"{served.address}/_fbench").json()["requests"]["openai"]
        assert counts["POST forwarded 200"] == 1
        assert not [each for each in counts if "unknown" in each]
        seen = raw.get(f"{real.address}/_fbench/requests").json()["requests"]
        assert [each["path"] for each in seen] == ["/v1/embeddings", "/v1/streamed", "/v1/nothing"]
        assert seen[1]["query"] == {"a": "1"}
    text = "".join(path.read_text() for path in folder.rglob("*") if path.is_file())
    assert SECRET not in text
    assert real.address not in text
    assert "https://api.openai.com/v1/embeddings" in text
    check = [sys.executable, "-m", "fbench", "cassette", "check", str(folder)]
    done = subprocess.run(check, capture_output=True, text=True, check=False, env=dict(os.environ))
    assert done.returncode == 0, done.stdout + done.stderr
    with server("--forward", real.openai, "--record", str(folder)) as served, served.client() as raw:
        assert embed(served.openai) == [0.5, 0.25], "nobody is there any more: it is replayed"
        assert raw.get(f"{served.openai}/streamed?a=1").text == 'data: {"n":1}\n\ndata: {"n":2}\n\n'
        gone = raw.post(f"{served.openai}/embeddings", json={"input": "other"})
        assert gone.status_code == 502
        assert f"POST {real.openai}/embeddings cannot be forwarded" in gone.json()["error"]["message"]
    assert len(json.loads((folder / "index.json").read_text())["shards"]) == 1


def test_routes_of_the_server_come_before_and_other_services_are_not_forwarded(
    tmp_path: Path, routes: str
) -> None:
    folder = tmp_path / "recording"
    with (
        server() as real,
        server("--routes", routes, "--forward", real.openai, "--record", str(folder)) as served,
        served.client() as raw,
    ):
        assert embed(served.openai) == [0.5, 0.25]
        assert raw.get(f"{served.address}/google/v1/nothing").status_code == 404
        assert raw.get(f"{served.address}/elsewhere").status_code == 404
        assert raw.get(f"{real.address}/_fbench/requests").json()["total"] == 0
    assert not folder.exists(), "nothing was recorded"


def test_a_call_without_forwarding_gets_the_404_that_it_got(routes: str) -> None:
    del routes
    with server() as served:
        answered = httpx2.post(f"{served.openai}/embeddings", headers={"authorization": "Bearer k"}, json={})
        assert answered.status_code == 404


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--forward", "https://api.openai.com/v1"), "--forward URL and --record FOLDER go together"),
        (("--record", "there"), "--forward URL and --record FOLDER go together"),
        (("--forward", "api.openai.com", "--record", "there"), "'api.openai.com' is no base URL"),
        (("--forward", "ftp://x.org/", "--record", "there"), "'ftp://x.org/' is no base URL"),
        (("--forward", "https://x.org:port/", "--record", "there"), "is no base URL"),
        (("--forward", "https://x.org/v1?key=1", "--record", "there"), "is no base URL"),
    ],
)
def test_wrong_options_are_refused(options: tuple[str, ...], message: str) -> None:
    assert message in refused(*options)


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("a: 1\n")
    told = refused("--forward", "https://x.org/v1", "--record", str(tmp_path))
    assert f"--record: {tmp_path} is not empty and no recording" in told
    assert [path.name for path in tmp_path.iterdir()] == ["mine.yaml"]


def test_a_call_that_is_broken_on_purpose_is_not_forwarded(tmp_path: Path) -> None:
    fault = {"x-fakes-fault": json.dumps({"kind": "truncated"})}
    with (
        server() as real,
        server("--forward", real.openai, "--record", str(tmp_path / "recording")) as served,
        served.client() as raw,
    ):
        with pytest.raises(httpx2.TransportError):
            raw.get(f"{served.openai}/nothing", headers=fault)
        assert raw.get(f"{real.address}/_fbench/requests").json()["total"] == 0
