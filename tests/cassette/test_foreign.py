"""What another recorder kept of a client's calls is replayed to that client as it was answered live."""

# pyright: reportMissingTypeStubs=false
# vcrpy has no types

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

import aiohttp
import httpx
import httpx2
import pytest
import requests
import urllib3
import vcr

from fbench.cassette import Cassette, CassetteTransport, Matchers, Scrubber
from fbench.cassette.format.reader import CassetteReader
from fbench.cassette.matchers import EVERYTHING
from fbench.cassette.tools.check import check_recordings
from fbench.cassette.tools.clean import clean_recordings
from fbench.errors import CassetteError, CassetteMiss
from fbench.testing import use_cassette
from tests.cassette.foreign import FORMS, rewritten
from tests.cassette.recordings import asked as asked_for
from tests.cassette.recordings import save

stock: Any = vcr.VCR
ANSWER: dict[str, Any] = {
    "list": [1, 1.0, -0.5, 1e22, 1e-7, True, None, [], {}],
    "texts": ["2026-01-01", "12:30:45", "yes", "0o17", "1e5", "~", "=", "", "Où?\n  là\n", "\u2028"],
    "1": {"no": "off"},
}


PACKERS: dict[str, Callable[[bytes], bytes]] = {}
"""The encodings for which every client has a decoder only where these packages are installed."""
if find_spec("brotli"):
    PACKERS["br"] = import_module("brotli").compress
if find_spec("zstandard") and find_spec("backports") and find_spec("backports.zstd"):
    PACKERS["zstd"] = import_module("backports.zstd").compress


class Service(BaseHTTPRequestHandler):
    """Answers in the form that the path names."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        got = self.rfile.read(int(self.headers.get("content-length") or 0))
        said = {"path": self.path.partition("?")[0], "got": len(got), **ANSWER}
        body = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {"content-type": "application/json"}
        place = self.path.strip("/").partition("?")[0]
        if place == "gzip":
            body, headers["content-encoding"] = gzip.compress(body), "gzip"
        elif place == "deflate":
            body, headers["content-encoding"] = zlib.compress(body), "deflate"
        elif place in PACKERS:
            body, headers["content-encoding"] = PACKERS[place](body), place
        elif place == "bytes":
            body, headers["content-type"] = bytes(range(256)), "application/octet-stream"
        elif place == "events":
            body, headers["content-type"] = b'data: {"n": 1}\n\ndata: [DONE]\n\n', "text/event-stream"
        elif place == "moved":
            body, headers["location"] = b"", "/plain"
        self.send_response(302 if place == "moved" else 404 if place == "none" else 200)
        for name, value in (*headers.items(), ("x-two", "1"), ("x-two", "2")):
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_POST = do_HEAD = do_GET  # noqa: N815 - http.server calls them so

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


class Call(NamedTuple):
    """One call of a client."""

    place: str
    method: str = "GET"
    body: bytes | None = None
    headers: dict[str, str] = {}  # noqa: RUF012 - it is never changed


JSON = {"content-type": "application/json"}
CALLS = [
    *map(Call, ("plain", "gzip", "deflate", "bytes", "events", "moved", "none", "plain?b=2&a=1", *PACKERS)),
    Call("plain", "HEAD"),
    Call("asked", "POST", b'{"a": [1.0, "12:30:45"], "b": null}', JSON),
    Call("asked", "POST", b"\xff\x00", {"content-type": "application/octet-stream"}),
    Call("asked", "POST", gzip.compress(b'{"a": 1}'), {**JSON, "content-encoding": "gzip"}),
]


class Seen(NamedTuple):
    """What a client saw of an answer."""

    status: int
    body: bytes
    kind: str
    twice: str


def by_requests(base: str) -> list[Seen]:
    seen: list[Seen] = []
    with requests.Session() as session:
        for place, method, body, headers in CALLS:
            got = session.request(method, f"{base}/{place}", data=body, headers=headers, timeout=9)
            seen.append(Seen(got.status_code, got.content, got.headers["content-type"], got.headers["x-two"]))
        files = {"file": ("train.jsonl", b'{"a": 1}\n\r\n')}
        got = session.post(f"{base}/upload", files=files, data={"purpose": "x"}, timeout=9)
        seen.append(Seen(got.status_code, got.content, "", ""))
    return seen


def by_urllib3(base: str) -> list[Seen]:
    seen: list[Seen] = []
    with urllib3.PoolManager() as pool:
        for place, method, body, headers in CALLS:
            got = pool.request(method, f"{base}/{place}", body=body, headers=headers)
            seen.append(Seen(got.status, got.data, got.headers["content-type"], got.headers["x-two"]))
        got = pool.request("POST", f"{base}/upload", fields={"file": ("a.txt", b"1\r\n2"), "purpose": "x"})
        seen.append(Seen(got.status, got.data, "", ""))
    return seen


def by_either(package: Any, base: str) -> list[Seen]:
    seen: list[Seen] = []
    with package.Client(follow_redirects=True) as client:
        for place, method, body, headers in CALLS:
            got = client.request(method, f"{base}/{place}", content=body, headers=headers)
            seen.append(Seen(got.status_code, got.content, got.headers["content-type"], got.headers["x-two"]))
        got = client.post(f"{base}/upload", files={"file": ("a.txt", b"1\r\n2")}, data={"purpose": "x"})
        seen.append(Seen(got.status_code, got.content, "", ""))
    return seen


def by_httpx(base: str) -> list[Seen]:
    return by_either(httpx, base)


def by_httpx2(base: str) -> list[Seen]:
    return by_either(httpx2, base)


def by_aiohttp(base: str) -> list[Seen]:
    async def calls() -> list[Seen]:
        seen: list[Seen] = []
        async with aiohttp.ClientSession() as session:
            for place, method, body, headers in CALLS:
                async with session.request(method, f"{base}/{place}", data=body, headers=headers) as got:
                    kind, twice = got.headers["content-type"], ", ".join(got.headers.getall("x-two"))
                    seen.append(Seen(got.status, await got.read(), kind, twice))
            for value in ({"a": [1, {"b": None}]}, [1, "x"]):
                async with session.post(f"{base}/asked", json=value) as got:
                    seen.append(Seen(got.status, await got.read(), "", ""))
        return seen

    return asyncio.run(calls())


Client = Callable[[str], list[Seen]]
CLIENTS: list[Client] = [by_requests, by_urllib3, by_httpx, by_httpx2, by_aiohttp]


def played(path: Path, client: Client, base: str) -> list[Seen]:
    with use_cassette(path, partly_used=False):
        return client(base)


@pytest.mark.parametrize("decoded", [False, True])
@pytest.mark.parametrize("client", CLIENTS)
def test_what_vcrpy_recorded_of_a_client_is_replayed_to_it_in_every_form(
    tmp_path: Path, service: str, client: Client, decoded: bool
) -> None:
    path = tmp_path / "theirs.yaml"
    with stock(decode_compressed_response=decoded).use_cassette(str(path)):
        live = client(service)
    assert played(path, client, service) == live
    for form in FORMS:
        assert played(rewritten(path, form, tmp_path / "other.yaml"), client, service) == live, form
    own = tmp_path / "own.yaml"
    clean_recordings(path, own, Scrubber(keep=["x-two"]))
    assert played(own, client, service) == live


def test_vcrpys_json_is_read_as_its_yaml(tmp_path: Path, service: str) -> None:
    for serializer in ("json", "yaml"):
        recorder = stock(serializer=serializer, decode_compressed_response=True)
        with recorder.use_cassette(str(tmp_path / f"theirs.{serializer}")), httpx2.Client() as client:
            client.post(f"{service}/gzip", json={"a": 1})
            client.get(f"{service}/plain?b=2&a=1")
    read = [
        [(each.method, each.url, each.body, each.response.body) for each in CassetteReader(path)]
        for path in sorted(tmp_path.iterdir())
    ]
    assert read[0] == read[1]


def file_of(path: Path, *, url: str = "https://api.example.com/v1", **fields: str) -> Path:
    """A cassette as vcrpy writes it, of one call; `fields` are YAML."""
    told = {"asked": "null", "sent": "{}", "answered": "{string: x}", "headers": "{}", **fields}
    path.write_text(
        f"""\
interactions:
- request: {{method: POST, uri: "{url}", headers: {told["sent"]}, body: {told["asked"]}}}
  response:
    status: {{code: 200, message: OK}}
    headers: {told["headers"]}
    body: {told["answered"]}
version: 1
""",
        encoding="utf-8",
    )
    return path


@pytest.mark.parametrize(
    ("written", "sent", "read"),
    [
        ("!!python/object/new:_io.BytesIO {state: !!python/tuple [!!binary aGk=, 0, null]}", "{}", b"hi"),
        ("!!python/object/apply:builtins.iter {args: [[!!binary aGk=, !!binary IQ==]]}", "{}", b"hi!"),
        ("!!python/unicode 'hi'", "{}", b"hi"),
        ("[!!binary aGk=, !!binary IQ==]", "{}", b"hi!"),
        ("{a: 1}", "{}", b'{"a": 1}'),
        ("{a: b c}", "{content-type: application/x-www-form-urlencoded}", b"a=b+c"),
        ("{string: hi}", "{}", b"hi"),
        ("{base64_string: aGk=, encoding: utf-8}", "{}", b"hi"),
    ],
)
def test_the_forms_of_a_requests_body_are_read(tmp_path: Path, written: str, sent: str, read: bytes) -> None:
    path = file_of(tmp_path / "theirs.yaml", asked=written, sent=sent)
    assert [each.body for each in CassetteReader(path)] == [read]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("version: 1\ninteractions:\n- request_sample: {}\n  response_sample: {}\n", "gRPC"),
        ("version: 1\ngrpc_interactions:\n- method: /a/b\n", "gRPC"),
        ("version: 1\ninteractions: []\nws_interactions:\n- uri: wss://a\n", "WebSockets"),
    ],
)
def test_a_recording_of_another_protocol_is_said_to_be_one(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "theirs.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(CassetteError, match=f"theirs.yaml: is a recording of {said}"):
        CassetteReader(path)


@pytest.mark.parametrize(
    ("encoding", "body", "said"),
    [
        ("gzip", b"\x1f\x8bdamaged", "not encoded as its headers say: gzip"),
        ("lzma", b"\xfd7zXZ\x00", "lzma, for which no decoder is installed"),
    ],
)
def test_a_body_that_cannot_be_decoded_is_named_with_its_row(
    tmp_path: Path, encoding: str, body: bytes, said: str
) -> None:
    answered = f"{{base64_string: {base64.b64encode(body).decode()}}}"
    headers = f"{{content-encoding: {encoding}}}"
    path = file_of(tmp_path / "theirs.yaml", answered=answered, headers=headers)
    with pytest.raises(CassetteError, match=rf"theirs\.yaml, row 1: .*{said}"):
        CassetteReader(path)


def test_headers_of_an_answer_may_be_pairs_in_a_list_as_vcrpy_wrote_them_first(tmp_path: Path) -> None:
    path = file_of(tmp_path / "theirs.yaml", headers="[!!python/tuple [Vary, [a, b]], [Age, ['1']]]")
    read = [each.response.headers for each in CassetteReader(path)]
    assert read == [(("vary", "a"), ("vary", "b"), ("age", "1"))]


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "identity", "unheard-of"])
def test_a_body_that_a_recorder_decoded_is_plain_whatever_its_header_says(
    tmp_path: Path, encoding: str
) -> None:
    headers = f"{{Content-Encoding: {encoding}, content-length: '99'}}"
    path = file_of(tmp_path / "theirs.yaml", answered="{string: plain}", headers=headers)
    with httpx2.Client(transport=CassetteTransport(Cassette(path))) as client:
        got = client.post("https://api.example.com/v1")
    assert (got.text, dict(got.headers)) == ("plain", {})


@pytest.mark.parametrize(
    ("recorded", "asked"),
    [
        ("https://api.example.com:443/v1", "https://api.example.com/v1"),
        ("http://API.example.com:80/v1#part", "http://api.example.com/v1"),
        ("https://api.example.com/v1?b=2&a=1&a=0", "https://api.example.com/v1?a=1&b=2&a=0"),
        ("https://api.example.com/v1?a=1", "https://api.example.com/v1?a=1#part"),
        (
            "https://api.example.com/<USER>/é?a=b c%20d",
            "https://api.example.com/%3CUSER%3E/%C3%A9?a=b%20c%20d",
        ),
    ],
)
@pytest.mark.parametrize("own", [False, True])
def test_a_request_is_found_however_its_url_is_written(
    tmp_path: Path, recorded: str, asked: str, own: bool
) -> None:
    path = file_of(tmp_path / "calls.yaml", url=recorded)
    if own:
        clean_recordings(path, path, Scrubber())
    for mode in ("none", "new"):
        for matchers in (EVERYTHING, Matchers(ignored=("user",)), Matchers(("uri",))):
            cassette = Cassette(path, mode, matchers=matchers)
            with httpx2.Client(transport=CassetteTransport(cassette)) as client:
                assert client.post(asked).text == "x"


@pytest.mark.parametrize(
    "asked", ["https://api.example.com/v1?a=0&a=1", "https://api.example.com:444/v1?a=1&a=0"]
)
def test_a_request_for_something_else_is_not_found(tmp_path: Path, asked: str) -> None:
    path = file_of(tmp_path / "calls.yaml", url="https://api.example.com/v1?a=1&a=0")
    with (
        httpx2.Client(transport=CassetteTransport(Cassette(path))) as client,
        pytest.raises(CassetteMiss, match="the URL was"),
    ):
        client.post(asked)


def test_requests_that_differ_in_the_order_of_their_parameters_get_each_answer_once(tmp_path: Path) -> None:
    url = "https://api.example.com/v1"
    made = [
        asked_for(f"{url}?{query}", {}, {"n": n})
        for n, query in enumerate(["a=1&b=2", "b=2&a=1", "b=2&a=1"], start=1)
    ]
    path = save(tmp_path / "calls.yaml", made)
    with httpx2.Client(transport=CassetteTransport(Cassette(path))) as client:
        said = [client.post(f"{url}?b=2&a=1", json={}).json()["n"] for _ in range(3)]
    assert said == [2, 3, 1]


def test_a_body_that_is_sent_packed_is_recorded_plain_and_found_again_however_it_is_packed(
    tmp_path: Path,
) -> None:
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    key = "sk-proj-" + "a1B2" * 10
    body = json.dumps({"key": key, "n": 1}).encode()
    path = tmp_path / "calls.yaml"

    def asked(cassette: Cassette, level: int) -> str:
        inner = httpx2.MockTransport(lambda request: httpx2.Response(200, content=request.read()[:2].hex()))
        with httpx2.Client(transport=CassetteTransport(cassette, inner)) as client:
            content = gzip.compress(body, level)
            return client.post("https://api.example.com/v1", content=content, headers=headers).text

    cassette = Cassette(path, "new")
    assert asked(cassette, 9) == "1f8b"  # the service gets it as it was sent
    cassette.close()
    assert b'"n": 1' in path.read_bytes()
    assert b"a1B2" not in path.read_bytes()
    assert asked(Cassette(path), 1) == "1f8b"


def test_a_secret_in_a_packed_body_is_found_and_scrubbed_in_recordings_of_every_age(tmp_path: Path) -> None:
    packed = gzip.compress(b'{"api_key": "sk-proj-' + b"a1B2" * 10 + b'"}', mtime=0)
    sent = (("content-encoding", "gzip"), ("content-type", "application/json"))
    older = replace(asked_for("https://api.example.com/v1", {}, {}), headers=sent, body=packed)
    own = save(tmp_path / "own.yaml", [older])
    headers = "{content-encoding: gzip, content-type: application/json}"
    asked = f"!!binary {base64.b64encode(packed).decode()}"
    theirs = file_of(tmp_path / "theirs.yaml", asked=asked, sent=headers)
    for path in (own, theirs):
        assert "request's body" in "".join(map(str, check_recordings(path)))
        with httpx2.Client(transport=CassetteTransport(Cassette(path))) as client:
            assert client.post(older.url, content=gzip.compress(gzip.decompress(packed)), headers=dict(sent))
        clean_recordings(path, path, Scrubber())
        assert check_recordings(path) == []
        assert all(b"a1B2" not in each.body for each in CassetteReader(path))


def test_what_cannot_be_decoded_is_recorded_as_it_came_and_check_says_so(tmp_path: Path) -> None:
    path = tmp_path / "calls.yaml"
    answer = httpx2.Response(200, headers={"content-encoding": "lzma"}, content=b"\xfd7zXZ")
    cassette = Cassette(path, "new")
    inner = httpx2.MockTransport(lambda _: answer)
    with httpx2.Client(transport=CassetteTransport(cassette, inner)) as client:
        assert client.get("https://api.example.com/v1").content == b"\xfd7zXZ"
    cassette.close()
    with httpx2.Client(transport=CassetteTransport(Cassette(path))) as client:
        again = client.get("https://api.example.com/v1")
    assert (again.content, again.headers["content-encoding"]) == (b"\xfd7zXZ", "lzma")
    assert "has the encoding lzma, and cannot be looked into" in "".join(map(str, check_recordings(path)))
