"""Stock vcrpy replays what fbench records, and fbench replays what stock vcrpy recorded."""

# pyright: reportMissingTypeStubs=false
# vcrpy has no types

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Any

import httpx2
import openai
import pytest
import vcr
from google import genai
from google.genai import types
from google.oauth2.credentials import Credentials
from vcr.record_mode import RecordMode

from fakes import FakeTransport, World
from fakes.learners.scripted import ScriptedLearner
from fbench.cassette import CassetteTransport
from tests.cassette import recordings
from tests.cassette.clients import BASE, URL, asked, chat, echo, opened

stock: Any = vcr.VCR
serialize: Any = import_module("vcr.serialize")
yaml_of_vcrpy: Any = import_module("vcr.serializers.yamlserializer")
EXAMPLES = b'{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}\n' * 10


def replaying(path: Path) -> Any:
    """Stock vcrpy, matching the body, and never on the network."""
    matching = ["method", "uri", "body"]
    return stock(match_on=matching, record_mode=RecordMode.NONE).use_cassette(str(path))


def test_vcrpy_replays_chat_streams_and_downloads_to_the_sync_client(tmp_path: Path) -> None:
    def story(client: openai.OpenAI) -> list[object]:
        said: list[object] = [chat(client, "one"), chat(client, "Où?")]
        messages: Any = [{"role": "user", "content": "a b c"}]
        pieces = client.chat.completions.create(model=BASE, messages=messages, stream=True)
        said.append([piece.to_dict() for piece in pieces])
        said.append([model.id for model in client.models.list()])
        return said

    path = tmp_path / "story.yaml"
    cassette = opened(path, "new")
    first = story(asked(cassette, echo()))
    cassette.close()
    with replaying(path) as theirs:
        assert story(openai.OpenAI(api_key="sk-other", max_retries=0)) == first
        assert theirs.all_played


def test_vcrpy_replays_to_the_async_client_and_to_googles(tmp_path: Path) -> None:
    fake = FakeTransport(World(learner=ScriptedLearner(lambda prompt: prompt)))

    async def story(transport: httpx2.AsyncBaseTransport) -> list[str | None]:
        http = openai.DefaultAsyncHttpxClient(transport=transport)
        one = openai.AsyncOpenAI(api_key="sk-fake", max_retries=0, http_client=http)
        options = types.HttpOptions(httpx_async_client=httpx2.AsyncClient(transport=transport))
        other = genai.Client(
            vertexai=True,
            project="p",
            location="us-central1",
            credentials=Credentials("fake"),  # pyright: ignore[reportNoUntypedCall] - google-auth has no types
            http_options=options,
        )
        said = await one.chat.completions.create(model=BASE, messages=[{"role": "user", "content": "one"}])
        model = other.aio.models
        told = await model.generate_content(model="gemini-2.5-pro", contents="two")  # pyright: ignore[reportUnknownMemberType] - images of Pillow, which is not installed
        return [said.choices[0].message.content, told.text]

    path = tmp_path / "story.yaml"
    cassette = opened(path, "new")
    first = asyncio.run(story(CassetteTransport(cassette, fake)))
    cassette.close()
    with replaying(path):  # it plays to transports of httpx2's own
        assert asyncio.run(story(httpx2.AsyncHTTPTransport())) == first == ["one", "two"]


@pytest.fixture
def server() -> Iterator[str]:
    """A server on this machine that says back what it got, packed."""

    class Echo(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got = self.rfile.read(int(self.headers["content-length"]))
            packed = gzip.compress(json.dumps({"got": got.decode()}).encode())
            self.send_response(200)
            for name, value in (
                ("content-type", "application/json"),
                ("content-encoding", "gzip"),
                ("content-length", str(len(packed))),
            ):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(packed)

        def log_message(self, format: str, *args: object) -> None:
            del format, args

    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as running:
        Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}/ask"
        running.shutdown()


@pytest.mark.parametrize("serializer", ["yaml", "json"])
@pytest.mark.parametrize("decoded", [True, False])
def test_fbench_replays_what_vcrpy_recorded(
    tmp_path: Path, server: str, serializer: str, decoded: bool
) -> None:
    path = tmp_path / f"theirs.{serializer}"
    if serializer == "json" and not decoded:
        pytest.skip("JSON holds no packed bytes, so vcrpy itself cannot write this one")
    recorder = stock(serializer=serializer, decode_compressed_response=decoded)
    with recorder.use_cassette(str(path)), httpx2.Client() as client:
        first = [client.post(server, json={"n": n}).json() for n in (1, 2)]
    with httpx2.Client(transport=CassetteTransport(opened(path))) as client:
        assert [client.post(server, json={"n": n}).json() for n in (2, 1)] == first[::-1]


def test_fbench_replays_the_flat_form_of_vcrpys_older_httpx_stub(tmp_path: Path) -> None:
    path = tmp_path / "older.yaml"
    path.write_text(
        f"""\
interactions:
- request:
    body: '{{"a": 1}}'
    headers:
      content-type:
      - application/json
    method: POST
    uri: {URL}/older
  response:
    content: '{{"said": "older"}}'
    headers:
      content-type:
      - application/json
    http_version: HTTP/1.1
    status_code: 201
version: 1
""",
        encoding="utf-8",
    )
    client = httpx2.Client(transport=CassetteTransport(opened(path)))
    answered = client.post(f"{URL}/older", json={"a": 1})
    assert (answered.status_code, answered.json()) == (201, {"said": "older"})


def test_an_upload_that_vcrpy_recorded_is_found_whatever_its_boundary(tmp_path: Path, server: str) -> None:
    path = tmp_path / "upload.yaml"
    files = {"file": ("train.jsonl", EXAMPLES)}
    with stock(decode_compressed_response=True).use_cassette(str(path)), httpx2.Client() as client:
        client.post(server, files=files)
    with httpx2.Client(transport=CassetteTransport(opened(path))) as client:
        assert "train.jsonl" in client.post(server, files=files).json()["got"]


def test_pytest_recording_reads_what_fbench_writes(tmp_path: Path) -> None:
    """It takes two things of vcrpy, which gives a third one where a file has `metadata`."""
    path = recordings.save(tmp_path / "a.yaml", [recordings.chat("Who?", "Ann")])
    assert len(serialize.deserialize(path.read_text(encoding="utf-8"), yaml_of_vcrpy)) == 2
