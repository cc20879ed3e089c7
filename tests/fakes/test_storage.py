from __future__ import annotations

import base64
import hashlib
from urllib.parse import quote

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import FakeTransport
from tests.fakes.clients import put_object, raw_client, scripted

HOST = "https://storage.googleapis.com"
NAMES = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="\r\n"), min_size=1, max_size=200
)


def object_url(bucket: str, name: str) -> str:
    return f"{HOST}/storage/v1/b/{bucket}/o/{quote(name, safe='')}"


@pytest.mark.parametrize(
    "name",
    ["plain", "a/b/c.jsonl", "a%2Fb", "two words", "naïve/资料 1?.jsonl", "plus+and&=#", "/", "a/", "..."],
)
def test_an_object_keeps_its_name(name: str) -> None:
    world = scripted()
    made = put_object(world, "bucket", name, b"content").json()
    assert (made["name"], made["bucket"], made["size"], made["generation"]) == (name, "bucket", "7", "1")
    with raw_client(world) as client:
        assert client.get(object_url("bucket", name)).json() == made
        assert client.get(object_url("bucket", name), params={"alt": "media"}).content == b"content"


@given(name=NAMES.filter(lambda name: name not in (".", "..")), content=st.binary())
def test_any_bytes_under_any_name_come_back(name: str, content: bytes) -> None:
    world = scripted()
    made = put_object(world, "bucket", name, content)
    assert made.status_code == 200
    with raw_client(world) as client:
        assert client.get(object_url("bucket", name), params={"alt": "media"}).content == content
    assert base64.b64decode(made.json()["md5Hash"]) == hashlib.md5(content, usedforsecurity=False).digest()


def test_a_slash_and_its_escape_are_two_names() -> None:
    world = scripted()
    put_object(world, "bucket", "a/b", b"slash")
    put_object(world, "bucket", "a%2Fb", b"escape")
    with raw_client(world) as client:
        assert client.get(object_url("bucket", "a/b") + "?alt=media").content == b"slash"
        assert client.get(object_url("bucket", "a%2Fb") + "?alt=media").content == b"escape"
        assert client.get(f"{HOST}/storage/v1/b/bucket/o/a/b").status_code == 404, "a path of its own"


def test_an_object_keeps_its_content_type() -> None:
    world = scripted()
    with raw_client(world) as client:
        client.post(
            f"{HOST}/upload/storage/v1/b/bucket/o",
            params={"uploadType": "media", "name": "x"},
            content=b"{}",
            headers={"content-type": "application/jsonl"},
        )
        answer = client.get(object_url("bucket", "x"), params={"alt": "media"})
    assert answer.headers["content-type"] == "application/jsonl"


def test_a_second_upload_is_the_next_generation() -> None:
    world = scripted()
    assert [put_object(world, "b", "x", each).json()["generation"] for each in (b"1", b"2")] == ["1", "2"]
    assert world.storage.read("gs://b/x") == b"2"


def test_objects_are_listed_by_bucket_and_prefix() -> None:
    world = scripted()
    for bucket, name in (("one", "b/2"), ("one", "b/1"), ("one", "a"), ("two", "b/3")):
        put_object(world, bucket, name, b"")
    with raw_client(world) as client:
        listed = client.get(f"{HOST}/storage/v1/b/one/o", params={"prefix": "b/"}).json()
        assert [each["name"] for each in listed["items"]] == ["b/1", "b/2"]
        client.delete(object_url("two", "b/3"))
        assert client.get(f"{HOST}/storage/v1/b/two/o").json() == {"kind": "storage#objects"}
        assert client.get(f"{HOST}/storage/v1/b/none/o").status_code == 404, "there is no such bucket"


def test_a_deleted_object_is_gone() -> None:
    world = scripted()
    put_object(world, "bucket", "x", b"")
    with raw_client(world) as client:
        deleted = client.delete(object_url("bucket", "x"))
        assert (deleted.status_code, deleted.content) == (204, b"")
        for answer in (client.get(object_url("bucket", "x")), client.delete(object_url("bucket", "x"))):
            error = answer.json()["error"]
            assert (error["code"], error["message"]) == (404, "No such object: bucket/x")
            assert error["errors"] == [
                {"message": "No such object: bucket/x", "domain": "global", "reason": "notFound"}
            ]


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ({"uploadType": "media"}, "required"),
        ({"uploadType": "media", "name": ""}, "required"),
        ({"uploadType": "resumable", "name": "x"}, "invalid"),
        ({"name": "x"}, "invalid"),
        ({"uploadType": "media", "name": ".."}, "invalid"),
        ({"uploadType": "media", "name": "a\nb"}, "invalid"),
        ({"uploadType": "media", "name": "ü" * 513}, "invalid"),
    ],
)
def test_an_upload_that_makes_no_sense_is_refused(query: dict[str, str], reason: str) -> None:
    world = scripted()
    with raw_client(world) as client:
        answer = client.post(f"{HOST}/upload/storage/v1/b/bucket/o", params=query, content=b"x")
    assert (answer.status_code, answer.json()["error"]["errors"][0]["reason"]) == (400, reason)
    assert not world.storage.objects


def test_without_a_token_nothing_is_stored() -> None:
    world = scripted()
    with httpx2.Client(transport=FakeTransport(world)) as client:
        answer = client.post(f"{HOST}/upload/storage/v1/b/b/o?uploadType=media&name=x", content=b"x")
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, 401)
    assert not world.storage.objects


def test_an_unknown_path_and_an_unknown_method_are_not_found() -> None:
    with raw_client(scripted()) as client:
        for answer in (client.get(f"{HOST}/mischief"), client.put(f"{HOST}/storage/v1/b/b/o", content=b"")):
            assert answer.status_code == 404
            assert answer.json()["error"]["errors"][0]["reason"] == "notFound"
