"""Cloud Storage as its clients expect it: buckets, preconditions, ranges, checksums, copies and batches."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import FakeTransport, World
from fakes.multipart import pieces
from fakes.storage.checksums import crc32c
from fakes.storage.parameters import PARAMETERS, WHY, Effect
from tests.fakes.clients import put_object, raw_client, scripted

HOST = "https://storage.googleapis.com"
API = f"{HOST}/storage/v1/b"
UPLOAD = f"{HOST}/upload/storage/v1/b"
EMULATOR = "http://127.0.0.1:9/storage"


def at(name: str, bucket: str = "bucket") -> str:
    return f"{API}/{bucket}/o/{quote(name, safe='')}"


def upload(client: httpx2.Client, name: str, content: bytes = b"x", /, **query: str) -> httpx2.Response:
    return client.post(
        f"{UPLOAD}/bucket/o", params={"uploadType": "media", "name": name, **query}, content=content
    )


def reason(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["errors"][0]["reason"]


# ---- who is let in


def test_an_emulator_asks_for_no_token_and_the_vendor_does() -> None:
    world = scripted()
    with httpx2.Client(transport=FakeTransport(world, {EMULATOR: "storage"})) as client:
        made = client.post(f"{EMULATOR}/upload/storage/v1/b/b/o?uploadType=media&name=x", content=b"1")
        assert made.status_code == 200
        assert made.json()["mediaLink"].startswith(f"{EMULATOR}/download/storage/v1/b/b/o/x?")
        assert client.get(made.json()["mediaLink"]).content == b"1"
        begun = client.post(f"{EMULATOR}/upload/storage/v1/b/b/o?uploadType=resumable&name=y")
        assert begun.headers["location"].startswith(f"{EMULATOR}/upload/")
        assert client.put(begun.headers["location"], content=b"2").status_code == 200
        assert client.get(f"{API}/b/o/x").status_code == 401


# ---- preconditions

Write = Callable[[httpx2.Client, dict[str, str]], httpx2.Response]
WRITES: dict[str, Write] = {
    "upload": lambda client, query: upload(client, "x", b"new", **query),
    "delete": lambda client, query: client.delete(at("x"), params=query),
    "patch": lambda client, query: client.patch(at("x"), params=query, json={"cacheControl": "no-store"}),
    "update": lambda client, query: client.put(at("x"), params=query, json={"cacheControl": "no-store"}),
    "copy": lambda client, query: client.post(f"{at('y')}/copyTo/b/bucket/o/x", params=query),
    "rewrite": lambda client, query: client.post(f"{at('y')}/rewriteTo/b/bucket/o/x", params=query),
    "move": lambda client, query: client.post(f"{at('y')}/moveTo/o/x", params=query),
    "resumable": lambda client, query: client.post(
        f"{UPLOAD}/bucket/o", params={"uploadType": "resumable", "name": "x", **query}
    ),
}
COMPOSED: dict[str, Write] = {
    "compose": lambda client, query: client.post(
        f"{at('x')}/compose", params=query, json={"sourceObjects": [{"name": "y"}]}
    )
}
UNMET: list[dict[str, str]] = [
    {"ifGenerationMatch": "0"},
    {"ifGenerationMatch": "1"},
    {"ifMetagenerationMatch": "1"},
    {"ifGenerationNotMatch": "2"},
    {"ifMetagenerationNotMatch": "2"},
    {"ifGenerationMatch": "2", "ifMetagenerationMatch": "3"},
]
MET: list[dict[str, str]] = [
    {"ifGenerationMatch": "2", "ifMetagenerationMatch": "2"},
    {"ifGenerationNotMatch": "1"},
]


def changed_once(client: httpx2.Client) -> dict[str, Any]:
    """An object at generation 2 and metageneration 2, with another beside it."""
    for name in ("x", "x", "y"):
        upload(client, name, b"old")
    return client.patch(at("x"), json={"metadata": {"k": "v"}}).json()


@pytest.mark.parametrize(
    ("write", "query"),
    [(write, query) for write in WRITES for query in UNMET] + [("compose", query) for query in UNMET[:3]],
    ids=str,
)
def test_nothing_is_written_where_an_object_is_not_as_expected(write: str, query: dict[str, str]) -> None:
    with raw_client(scripted()) as client:
        before = changed_once(client)
        assert reason({**WRITES, **COMPOSED}[write](client, query)) == (412, "conditionNotMet")
        assert client.get(at("x")).json() == before


@pytest.mark.parametrize("query", MET, ids=str)
@pytest.mark.parametrize("write", WRITES)
def test_it_is_written_where_an_object_is_as_expected(write: str, query: dict[str, str]) -> None:
    with raw_client(scripted()) as client:
        changed_once(client)
        assert WRITES[write](client, query).status_code in (200, 204)


def test_a_read_tells_whether_an_object_is_as_expected() -> None:
    with raw_client(scripted()) as client:
        changed_once(client)
        for alt in ("json", "media"):
            read = {"alt": alt}
            assert client.get(at("x"), params={**read, "ifGenerationMatch": "1"}).status_code == 412
            assert client.get(at("x"), params={**read, "ifGenerationNotMatch": "2"}).status_code == 304
            assert client.get(at("x"), params={**read, "ifMetagenerationMatch": "2"}).status_code == 200
        assert reason(client.get(at("x"), params={"ifGenerationMatch": "one"})) == (400, "invalid")


def test_a_generation_is_never_given_twice() -> None:
    """Else a client that holds an old one would overwrite what it does not know."""
    with raw_client(scripted()) as client:
        upload(client, "x")
        client.delete(at("x"))
        assert upload(client, "x").json()["generation"] == "2"
        assert reason(upload(client, "x", ifGenerationMatch="1")) == (412, "conditionNotMet")
        assert upload(client, "y", ifGenerationMatch="0").status_code == 200


def test_a_resumable_upload_is_held_to_its_precondition_at_its_end_too() -> None:
    with raw_client(scripted()) as client:
        query = {"uploadType": "resumable", "name": "x", "ifGenerationMatch": "0"}
        begun = client.post(f"{UPLOAD}/bucket/o", params=query).headers["location"]
        upload(client, "x", b"faster")
        assert client.put(begun, content=b"slower").status_code == 412
        assert client.get(at("x"), params={"alt": "media"}).content == b"faster"


# ---- ranges


@given(content=st.binary(min_size=1, max_size=40), first=st.integers(0, 60), length=st.integers(1, 60))
def test_a_range_is_that_part_of_the_content(content: bytes, first: int, length: int) -> None:
    world = scripted()
    put_object(world, "bucket", "x", content)
    with raw_client(world) as client:
        for span, wanted in (
            (f"{first}-{first + length - 1}", content[first : first + length]),
            (f"{first}-", content[first:]),
            (f"-{length}", content[-length:]),
        ):
            answer = client.get(at("x"), params={"alt": "media"}, headers={"range": f"bytes={span}"})
            if wanted:
                start = len(content) - len(wanted) if span[0] == "-" else first
                told = f"bytes {start}-{start + len(wanted) - 1}/{len(content)}"
                assert (answer.status_code, answer.content) == (206, wanted)
                assert answer.headers["content-range"] == told
            else:
                assert answer.status_code == 416


@pytest.mark.parametrize("span", ["bytes=5-2", "lines=1-2", "bytes=a-b", "bytes=1-2,4-5", "1-2"])
def test_a_range_that_cannot_be_read_counts_as_none(span: str) -> None:
    world = scripted()
    put_object(world, "bucket", "x", b"0123456789")
    with raw_client(world) as client:
        answer = client.get(at("x"), params={"alt": "media"}, headers={"range": span})
    assert (answer.status_code, answer.content) == (200, b"0123456789")


def test_zipped_content_is_unpacked_for_a_client_that_cannot() -> None:
    with raw_client(scripted()) as client:
        upload(client, "x", gzip.compress(b"plain"), contentEncoding="gzip")
        plain = client.get(at("x"), params={"alt": "media"}, headers={"accept-encoding": "identity"})
        packed = client.get(at("x"), params={"alt": "media"}, headers={"accept-encoding": "gzip"})
    assert (plain.content, "content-encoding" in plain.headers) == (b"plain", False)
    assert packed.headers["content-encoding"] == "gzip"


# ---- checksums

KNOWN = {b"": "AAAAAA==", b"123456789": "4waSgw==", b"hello": "mnG7TA=="}


@pytest.mark.parametrize("content", KNOWN)
def test_a_checksum_is_the_one_that_others_come_to(content: bytes) -> None:
    assert crc32c(content) == KNOWN[content]


@pytest.mark.parametrize("size", [16383, 16384, 16385, 100_001, 2**21 + 8191, 3 * 2**21])
def test_a_long_content_is_summed_as_a_short_one_is(size: int) -> None:
    content = bytes(range(251)) * (size // 251 + 1)
    content = content[:size]
    table = [0] * 256
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table[byte] = value
    remainder = 0xFFFFFFFF
    for byte in content:
        remainder = remainder >> 8 ^ table[(remainder ^ byte) & 255]
    assert crc32c(content) == base64.b64encode((remainder ^ 0xFFFFFFFF).to_bytes(4, "big")).decode()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"md5Hash": "AAAAAAAAAAAAAAAAAAAAAA=="}, "MD5"),
        ({"crc32c": "AAAAAA=="}, "CRC32C"),
        ({"md5Hash": ""}, "MD5"),
    ],
)
def test_content_that_is_not_what_the_client_summed_is_refused(wrong: dict[str, str], told: str) -> None:
    body = related(json.dumps({"name": "x", **wrong}).encode(), b"content")
    header = ",".join(f"{ {'md5Hash': 'md5'}.get(name, name) }={value}" for name, value in wrong.items())
    with raw_client(scripted()) as client:
        answers = [client.post(**body)]
        begun = client.post(
            f"{UPLOAD}/bucket/o", params={"uploadType": "resumable", "name": "x"}, json=wrong
        ).headers["location"]
        answers.append(client.put(begun, content=b"content"))
        if all(wrong.values()):
            begun = client.post(f"{UPLOAD}/bucket/o", params={"uploadType": "resumable", "name": "x"})
            answers.append(
                client.put(begun.headers["location"], content=b"content", headers={"x-goog-hash": header})
            )
        for answer in answers:
            assert reason(answer) == (400, "invalid")
            assert told in answer.json()["error"]["message"]
        assert client.get(at("x")).status_code == 404


def test_the_checksums_are_told_everywhere_and_taken_where_they_are_right() -> None:
    with raw_client(scripted()) as client:
        upload(client, "x", b"hello")
        told = client.get(at("x")).json()
        assert told["crc32c"] == KNOWN[b"hello"]
        sums = {name: told[name] for name in ("crc32c", "md5Hash")}
        assert client.post(**related(json.dumps({"name": "y", **sums}).encode(), b"hello")).status_code == 200
        media = client.get(at("y"), params={"alt": "media"})
        assert media.headers["x-goog-hash"] == f"crc32c={told['crc32c']},md5={told['md5Hash']}"
        assert client.patch(at("y"), json={"crc32c": "AAAAAA=="}).status_code == 400


def related(metadata: bytes, content: bytes, end: bytes = b"\r\n") -> dict[str, Any]:
    lines = [b"--=cut=", b"content-type: application/json", b"", metadata]
    lines += [b"--=cut=", b"content-type: text/plain", b"", content, b"--=cut=--", b""]
    return {
        "url": f"{UPLOAD}/bucket/o?uploadType=multipart",
        "content": end.join(lines),
        "headers": {"content-type": 'multipart/related; boundary="=cut="'},
    }


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@given(content=st.text("ab\r\n-=cut", max_size=30).map(str.encode))
def test_a_multipart_upload_comes_through_with_either_kind_of_lines(end: bytes, content: bytes) -> None:
    if b"--=cut=" in content:
        return
    world = scripted()
    with raw_client(world) as client:
        assert client.post(**related(b'{"name": "x"}', content, end)).status_code == 200
    assert world.storage.read("gs://bucket/x") == content


def test_a_line_that_only_begins_as_the_boundary_does_is_content() -> None:
    world = scripted()
    content = b"one\r\n--=cut=ter\r\ntwo"
    with raw_client(world) as client:
        assert client.post(**related(b'{"name": "x"}', content)).status_code == 200
    assert world.storage.read("gs://bucket/x") == content


# ---- buckets and metadata


def test_a_bucket_is_made_read_changed_and_deleted() -> None:
    with raw_client(scripted()) as client:
        made = client.post(API, params={"project": "p"}, json={"name": "my-bucket", "location": "eu"})
        assert (made.json()["location"], made.json()["metageneration"]) == ("EU", "1")
        assert client.post(API, params={"project": "p"}, json={"name": "my-bucket"}).status_code == 409
        patched = client.patch(
            f"{API}/my-bucket", json={"labels": {"a": "1"}, "versioning": {"enabled": True}}
        )
        assert (patched.json()["labels"], patched.json()["metageneration"]) == ({"a": "1"}, "2")
        assert client.get(f"{API}/my-bucket", params={"ifMetagenerationMatch": "1"}).status_code == 412
        listed = client.get(API, params={"project": "p"}).json()["items"]
        assert [each["name"] for each in listed] == ["my-bucket"]
        assert "items" not in client.get(API, params={"project": "q"}).json()
        client.post(f"{UPLOAD}/my-bucket/o", params={"uploadType": "media", "name": "x"}, content=b"")
        assert reason(client.delete(f"{API}/my-bucket")) == (409, "conflict")
        client.delete(at("x", "my-bucket"), params={"generation": "1"})
        assert client.delete(f"{API}/my-bucket").status_code == 204
        for gone in (
            client.get(f"{API}/my-bucket"),
            client.get(f"{API}/my-bucket/o"),
            client.post(f"{UPLOAD}/my-bucket/o", params={"uploadType": "media", "name": "x"}, content=b""),
        ):
            assert reason(gone) == (404, "notFound")


def test_versions_are_kept_where_a_bucket_keeps_them() -> None:
    with raw_client(scripted()) as client:
        upload(client, "x", b"1")
        client.patch(f"{API}/bucket", json={"versioning": {"enabled": True}})
        upload(client, "x", b"2")
        client.delete(at("x"))
        listed = client.get(f"{API}/bucket/o", params={"versions": "true"}).json()["items"]
        assert [each["generation"] for each in listed] == ["1", "2"]
        assert "items" not in client.get(f"{API}/bucket/o").json()
        assert client.get(at("x"), params={"alt": "media", "generation": "1"}).content == b"1"
        pages = client.get(f"{API}/bucket/o", params={"versions": "true", "maxResults": "1"}).json()
        rest = {"versions": "true", "pageToken": pages["nextPageToken"]}
        assert [i["generation"] for i in client.get(f"{API}/bucket/o", params=rest).json()["items"]] == ["2"]


def test_metadata_is_patched_field_by_field_and_updated_whole() -> None:
    with raw_client(scripted()) as client:
        upload(client, "x")
        client.patch(at("x"), json={"metadata": {"a": "1", "b": "2"}, "cacheControl": "no-store"})
        patched = client.patch(at("x"), json={"metadata": {"a": None}, "cacheControl": None}).json()
        assert (patched["metadata"], "cacheControl" in patched) == ({"b": "2"}, False)
        assert patched["metageneration"] == "3"
        updated = client.put(at("x"), json={"contentType": "text/x"}).json()
        assert ("metadata" in updated, updated["contentType"]) == (False, "text/x")


def test_an_object_under_a_hold_stays() -> None:
    with raw_client(scripted()) as client:
        upload(client, "x")
        client.patch(at("x"), json={"temporaryHold": True})
        for answer in (client.delete(at("x")), upload(client, "x"), client.post(f"{at('x')}/moveTo/o/z")):
            assert reason(answer) == (403, "forbidden")
        client.patch(at("x"), json={"temporaryHold": False})
        assert client.delete(at("x")).status_code == 204


@pytest.mark.parametrize(
    "fields",
    [
        {"contentTyp": "x"},
        {"contentType": "a\r\nb: c"},
        {"contentType": 7},
        {"metadata": {"k": 1}},
        {"metadata": []},
        {"storageClass": "HOT"},
        {"acl": [{"entity": "allUsers", "role": "READER"}]},
        {"kmsKeyName": "k"},
        {"temporaryHold": "yes"},
        {"customTime": "today"},
        {"retention": {"mode": "Locked"}},
    ],
)
def test_metadata_that_is_not_acted_on_is_refused(fields: dict[str, Any]) -> None:
    with raw_client(scripted()) as client:
        upload(client, "x")
        for answer in (
            client.patch(at("x"), json=fields),
            client.put(at("x"), json=fields),
            client.post(**related(json.dumps({"name": "y", **fields}).encode(), b"")),
        ):
            assert answer.status_code == 400


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "B"},
        {"name": ""},
        {"name": "ok-name", "lifecycle": {"rule": [{"action": {"type": "Delete"}}]}},
        {"name": "ok-name", "x": 1},
        {"name": "ok-name", "iamConfiguration": {"uniformBucketLevelAccess": {"enabled": False}}},
    ],
)
def test_a_bucket_that_is_not_offered_is_refused(fields: dict[str, Any]) -> None:
    with raw_client(scripted()) as client:
        assert client.post(API, params={"project": "p"}, json=fields).status_code == 400


# ---- copies


def test_copies_carry_content_and_metadata() -> None:
    with raw_client(scripted()) as client:
        upload(client, "x", b"old")
        client.patch(at("x"), json={"metadata": {"k": "v"}})
        copied = client.post(f"{at('x')}/copyTo/b/other/o/a%2Fb").json()
        assert (copied["bucket"], copied["name"], copied["metadata"]) == ("other", "a/b", {"k": "v"})
        other = client.post(f"{at('x')}/rewriteTo/b/bucket/o/z", json={"storageClass": "NEARLINE"}).json()
        assert (other["done"], other["resource"]["storageClass"]) == (True, "NEARLINE")
        upload(client, "x", b"new")
        assert client.post(f"{at('x')}/copyTo/b/bucket/o/q?sourceGeneration=1").status_code == 404
        moved = client.post(f"{at('x')}/moveTo/o/moved").json()
        assert (moved["name"], client.get(at("x")).status_code) == ("moved", 404)
        assert client.get(at("moved"), params={"alt": "media"}).content == b"new"


def test_a_long_rewrite_goes_on_with_its_token() -> None:
    world = scripted()
    put_object(world, "bucket", "x", b"x" * (2**21 + 5))
    step = {"maxBytesRewrittenPerCall": str(2**20)}
    with raw_client(world) as client:
        told: list[str] = []
        answer: dict[str, Any] = {}
        url = f"{at('x')}/rewriteTo/b/bucket/o/y"
        while not answer.get("done"):
            query = {**step, **({"rewriteToken": answer["rewriteToken"]} if answer else {})}
            answer = client.post(url, params=query, json={"storageClass": "COLDLINE"}).json()
            told.append(answer["totalBytesRewritten"])
        assert told == [str(2**20), str(2**21), str(2**21 + 5)]
        assert client.post(url, params={"rewriteToken": "none"}).status_code == 400
        assert client.post(url, params={"maxBytesRewrittenPerCall": "5"}).status_code == 400


def test_objects_are_composed() -> None:
    with raw_client(scripted()) as client:
        for name in ("a", "b"):
            upload(client, name, name.encode())
        sources = [{"name": "a"}, {"name": "b", "generation": "1"}, {"name": "a"}]
        made = client.post(f"{at('c')}/compose", json={"sourceObjects": sources}).json()
        assert (made["componentCount"], "md5Hash" in made) == (3, False)
        assert client.get(at("c"), params={"alt": "media"}).content == b"aba"
        for wrong in ([], [{"name": "none"}], [{"name": "a"}] * 33):
            assert client.post(f"{at('d')}/compose", json={"sourceObjects": wrong}).status_code in (400, 404)
        expected = [{"name": "a", "objectPreconditions": {"ifGenerationMatch": "9"}}]
        assert client.post(f"{at('d')}/compose", json={"sourceObjects": expected}).status_code == 412


# ---- batches


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("base", ["", HOST])
def test_a_batch_answers_each_of_its_requests(end: str, base: str) -> None:
    with raw_client(scripted()) as client:
        for name in ("a", "b"):
            upload(client, name)
        requests = [
            [f"DELETE {base}/storage/v1/b/bucket/o/a HTTP/1.1", "", ""],
            [
                *(f"PATCH {base}/storage/v1/b/bucket/o/b HTTP/1.1", "content-type: application/json"),
                *("", '{"metadata": {"k": "v"}}'),
            ],
            [f"GET {base}/storage/v1/b/bucket/o/none", "", ""],
        ]
        lines: list[str] = []
        for number, request in enumerate(requests, 1):
            lines += ["--cut", "Content-Type: application/http", f"Content-ID: <id+{number}>", "", *request]
        answer = client.post(
            f"{HOST}/batch/storage/v1",
            content=end.join([*lines, "--cut--", ""]).encode(),
            headers={"content-type": "multipart/mixed; boundary=cut"},
        )
        parts = pieces("multipart/mixed", answer.headers["content-type"], answer.content)
        assert [part.content.split(b" ")[1] for part in parts] == [b"204", b"200", b"404"]
        assert b"Content-ID: <response-id+2>" in parts[1].head
        assert client.get(at("b")).json()["metadata"] == {"k": "v"}
        for wrong in (b"", b"--cut\n\nnothing\n--cut--", end.join([*lines * 34, "--cut--"]).encode()):
            answer = client.post(
                f"{HOST}/batch/storage/v1",
                content=wrong,
                headers={"content-type": "multipart/mixed; boundary=cut"},
            )
            assert answer.status_code == 400


# ---- lists and parts of answers


def test_lists_are_narrowed() -> None:
    world = scripted()
    for name in ("a", "a/", "a/b", "a/c/d", "b.txt", "c.txt"):
        put_object(world, "bucket", name, b"")

    def names(**query: str) -> list[str]:
        with raw_client(world) as client:
            body = client.get(f"{API}/bucket/o", params=query).json()
        return body.get("prefixes", []) + [each["name"] for each in body.get("items", [])]

    assert names(startOffset="a/b", endOffset="b.txt") == ["a/b", "a/c/d"]
    assert names(matchGlob="*.txt") == ["b.txt", "c.txt"]
    assert names(matchGlob="a/**") == ["a/", "a/b", "a/c/d"]
    assert names(matchGlob="{b,c}.t?t") == ["b.txt", "c.txt"]
    assert names(matchGlob="[!b].txt") == ["c.txt"]
    assert names(delimiter="/", includeTrailingDelimiter="true") == ["a/", "a", "a/", "b.txt", "c.txt"]
    assert names(softDeleted="true") == []


def test_an_answer_has_the_parts_that_were_asked_for() -> None:
    with raw_client(scripted()) as client:
        upload(client, "x")
        client.patch(at("x"), json={"metadata": {"a": "1", "b": "2"}})
        assert client.get(at("x"), params={"fields": "name,metadata/a"}).json() == {
            "name": "x",
            "metadata": {"a": "1"},
        }
        listed = client.get(f"{API}/bucket/o", params={"fields": "items(name,metadata(b)),nextPageToken"})
        assert listed.json() == {"items": [{"name": "x", "metadata": {"b": "2"}}]}
        assert client.get(at("x"), params={"fields": "*"}).json()["bucket"] == "bucket"
        for wrong in ("", "(", "a,,b", "a(", "a)b", "a/", "9"):
            status = client.get(at("x"), params={"fields": wrong}).status_code
            assert status == (200 if not wrong else 400)


# ---- parameters


def test_every_parameter_of_the_specification_is_in_the_table(shared: Any) -> None:
    document = json.loads((shared / "specs" / "google" / "storage.v1.json").read_text(encoding="utf-8"))
    methods = {
        f"{kind}.{name}": method
        for kind, resource in document["resources"].items()
        for name, method in resource["methods"].items()
    }
    specified = {
        (name, parameter)
        for name, method in methods.items()
        if name in PARAMETERS
        for parameter, given in method["parameters"].items()
        if given["location"] == "query"
    }
    assert len(specified) > 100
    assert {(name, parameter) for name, parameter in specified if parameter not in PARAMETERS[name]} == set()


def test_each_parameter_without_effect_has_a_reason() -> None:
    without = {
        name for known in PARAMETERS.values() for name, effect in known.items() if effect is Effect.NONE
    }
    assert without == set(WHY)


@pytest.mark.parametrize(
    "query",
    [
        *({"generatio": "1"}, {"kmsKeyName": "k"}, {"filter": "contexts"}, {"predefinedAcl": "publicRead"}),
        *({"projection": "some"}, {"versions": "maybe"}, {"alt": "xml"}),
    ],
)
def test_a_parameter_that_is_not_acted_on_is_refused(query: dict[str, str]) -> None:
    with raw_client(scripted()) as client:
        upload(client, "x")
        for answer in (
            client.get(f"{API}/bucket/o", params=query),
            client.post(f"{UPLOAD}/bucket/o", params={"uploadType": "media", "name": "y", **query}),
        ):
            assert reason(answer) == (400, "invalid")
        assert client.get(at("y")).status_code == 404


def test_equal_worlds_answer_alike() -> None:
    def told(world: World) -> list[bytes]:
        with raw_client(world) as client:
            changed_once(client)
            return [client.get(at("x")).content, client.get(f"{API}/bucket/o").content]

    assert told(scripted()) == told(scripted())
