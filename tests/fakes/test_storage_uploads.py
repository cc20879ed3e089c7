from __future__ import annotations

import json

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes import FakeTransport
from tests.fakes.clients import raw_client, scripted

UPLOAD = "https://storage.googleapis.com/upload/storage/v1/b/bucket/o"
CHUNK = 256 * 1024


def begin(client: httpx2.Client, name: str = "x", **headers: str) -> str:
    answer = client.post(UPLOAD, params={"uploadType": "resumable", "name": name}, headers=headers)
    assert answer.status_code == 200
    return answer.headers["location"]


def put(client: httpx2.Client, url: str, span: str, content: bytes = b"") -> httpx2.Response:
    return client.put(url, content=content, headers={"content-range": f"bytes {span}"})


def test_an_upload_in_chunks_is_the_object_when_the_last_has_come() -> None:
    world = scripted()
    content = bytes(range(256)) * 2048 + b"end"
    with raw_client(world) as client:
        url = begin(client, "a b/ü.jsonl", **{"x-upload-content-type": "application/jsonl"})
        first = put(client, url, f"0-{CHUNK - 1}/*", content[:CHUNK])
        assert (first.status_code, first.headers["range"]) == (308, f"bytes=0-{CHUNK - 1}")
        assert not world.storage.objects, "half an upload is no object"
        put(client, url, f"{CHUNK}-{2 * CHUNK - 1}/*", content[CHUNK : 2 * CHUNK])
        done = put(client, url, f"{2 * CHUNK}-{len(content) - 1}/{len(content)}", content[2 * CHUNK :])
    assert (done.status_code, done.json()["contentType"]) == (200, "application/jsonl")
    assert world.storage.read("gs://bucket/a b/ü.jsonl") == content


def test_an_upload_tells_how_far_it_is_and_goes_on_from_there() -> None:
    world = scripted()
    content = b"x" * CHUNK + b"rest"
    with raw_client(world) as client:
        url = begin(client)
        asked = put(client, url, f"*/{len(content)}")
        assert (asked.status_code, "range" in asked.headers) == (308, False), "nothing has come yet"
        put(client, url, f"0-{CHUNK - 1}/{len(content)}", content[:CHUNK])
        assert put(client, url, f"*/{len(content)}").headers["range"] == f"bytes=0-{CHUNK - 1}"
        done = put(client, url, f"{CHUNK}-{len(content) - 1}/{len(content)}", b"rest")
        assert put(client, url, f"*/{len(content)}").json() == done.json(), "and again when all is there"
    assert world.storage.read("gs://bucket/x") == content


def test_bytes_that_are_there_already_may_be_sent_again() -> None:
    world = scripted()
    with raw_client(world) as client:
        url = begin(client)
        put(client, url, f"0-{CHUNK - 1}/*", b"x" * CHUNK)
        assert put(client, url, f"0-{CHUNK}/{CHUNK + 1}", b"x" * CHUNK + b"y").status_code == 200
    assert world.storage.read("gs://bucket/x") == b"x" * CHUNK + b"y"


@settings(max_examples=20)
@given(content=st.binary(max_size=3), whole=st.integers(0, 2), per_chunk=st.integers(1, 2))
def test_any_content_comes_through_in_chunks_of_any_size(content: bytes, whole: int, per_chunk: int) -> None:
    world, content = scripted(), b"#" * CHUNK * whole + content
    with raw_client(world) as client:
        url, answer = begin(client), None
        for at in range(0, len(content), CHUNK * per_chunk):
            piece = content[at : at + CHUNK * per_chunk]
            answer = put(client, url, f"{at}-{at + len(piece) - 1}/{len(content)}", piece)
        if answer is None:
            answer = put(client, url, "*/0")
    assert answer.status_code == 200
    assert world.storage.read("gs://bucket/x") == content


@pytest.mark.parametrize(
    ("span", "content"),
    [
        (f"{2 * CHUNK}-{2 * CHUNK}/{2 * CHUNK + 1}", b"y"),
        (f"{CHUNK}-{CHUNK + 1}/{CHUNK + 2}", b"y"),
        (f"{CHUNK}-{CHUNK}/*", b"y"),
        (f"{CHUNK}-{CHUNK}/{CHUNK}", b"y"),
        ("*/9", b"y"),
        (f"{CHUNK}-{CHUNK}/x", b"y"),
        ("*/1", b""),
    ],
)
def test_a_range_that_does_not_continue_the_upload_is_refused(span: str, content: bytes) -> None:
    world = scripted()
    with raw_client(world) as client:
        url = begin(client)
        put(client, url, f"0-{CHUNK - 1}/*", b"x" * CHUNK)
        assert put(client, url, span, content).status_code == 400
        assert put(client, url, f"{CHUNK}-{CHUNK}/{CHUNK + 1}", b"y").status_code == 200, "and costs nothing"
    assert world.storage.read("gs://bucket/x") == b"x" * CHUNK + b"y"


def test_an_upload_keeps_to_the_length_it_was_begun_with() -> None:
    with raw_client(scripted()) as client:
        url = begin(client, **{"x-upload-content-length": "5"})
        assert put(client, url, "0-3/4", b"four").status_code == 400
        assert client.put(url, content=b"five!").status_code == 200
        answer = client.post(
            UPLOAD,
            params={"uploadType": "resumable", "name": "x"},
            headers={"x-upload-content-length": "many"},
        )
        assert answer.status_code == 400


def test_metadata_may_name_the_object() -> None:
    world = scripted()
    with raw_client(world) as client:
        made = client.post(
            UPLOAD, params={"uploadType": "resumable"}, json={"name": "n", "contentType": "text/x"}
        )
        done = client.put(made.headers["location"], content=b"abc").json()
    assert (done["name"], done["contentType"], done["size"]) == ("n", "text/x", "3")


def test_the_url_of_an_upload_is_its_own_authority() -> None:
    world = scripted()
    with raw_client(world) as client:
        url = begin(client)
    with httpx2.Client(transport=FakeTransport(world)) as stranger:
        assert stranger.put(url, content=b"abc").status_code == 200
        assert stranger.put(UPLOAD, params={"upload_id": "guess"}, content=b"abc").status_code == 404


def test_a_cancelled_upload_is_gone() -> None:
    with raw_client(scripted()) as client:
        url = begin(client)
        assert client.delete(url).status_code == 499
        assert client.put(url, content=b"abc").status_code == 404
        assert client.delete(url).status_code == 404


def test_uploads_that_were_never_finished_are_forgotten_at_last() -> None:
    world = scripted()
    with raw_client(world) as client:
        urls = [begin(client, f"x{number}") for number in range(200)]
        assert len(world.storage.sessions) < 200
        assert client.put(urls[0], content=b"abc").status_code == 404
        assert client.put(urls[-1], content=b"abc").status_code == 200


def related(metadata: bytes, content: bytes, kind: str = "text/plain", end: str = "--") -> bytes:
    head = b"--=cut=\r\ncontent-type: application/json\r\n\r\n" + metadata
    body = f"\r\n--=cut=\r\nContent-Type: {kind}\r\n\r\n".encode() + content
    return head + body + f"\r\n--=cut={end}\r\n".encode()


@given(content=st.binary().filter(lambda content: b"--=cut=" not in content))
def test_metadata_and_content_come_together(content: bytes) -> None:
    world = scripted()
    with raw_client(world) as client:
        made = client.post(
            UPLOAD,
            params={"uploadType": "multipart"},
            content=related(json.dumps({"name": "dir/x"}).encode(), content),
            headers={"content-type": 'multipart/related; boundary="=cut="'},
        ).json()
    assert (made["name"], made["contentType"], made["size"]) == ("dir/x", "text/plain", str(len(content)))
    assert world.storage.read("gs://bucket/dir/x") == content


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (related(b"{}", b"x"), "multipart/related; boundary==cut="),
        (related(b"[]", b"x"), "multipart/related; boundary==cut="),
        (related(b'{"name": "x"}', b"x", end=""), "multipart/related; boundary==cut="),
        (related(b'{"name": "x"}', b"x"), "multipart/related; boundary=other"),
        (related(b'{"name": "x"}', b"x"), "application/json"),
    ],
)
def test_a_multipart_upload_that_makes_no_sense_is_refused(body: bytes, kind: str) -> None:
    world = scripted()
    with raw_client(world) as client:
        answer = client.post(
            UPLOAD, params={"uploadType": "multipart"}, content=body, headers={"content-type": kind}
        )
    assert answer.status_code == 400
    assert not world.storage.objects
