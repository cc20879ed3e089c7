from __future__ import annotations

import asyncio
import json
from pathlib import Path

import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.multipart import parts
from tests.fakes.clients import async_openai_client, openai_client, raw_client, scripted

FILES = "https://api.openai.com/v1/files"


def test_an_uploaded_file_can_be_read_listed_downloaded_and_deleted() -> None:
    client = openai_client(scripted())
    made = client.files.create(file=("train.jsonl", b"{}\n"), purpose="fine-tune")
    assert (made.filename, made.bytes, made.purpose, made.status) == (
        "train.jsonl",
        3,
        "fine-tune",
        "processed",
    )
    assert client.files.retrieve(made.id) == made
    assert [file.id for file in client.files.list()] == [made.id]
    assert client.files.content(made.id).content == b"{}\n"
    assert client.files.delete(made.id).deleted
    assert list(client.files.list()) == []
    with pytest.raises(openai.NotFoundError, match="No such File object"):
        client.files.content(made.id)


def test_the_async_client_uploads_too() -> None:
    async def both_ways() -> bytes:
        async with async_openai_client(scripted()) as client:
            made = await client.files.create(file=("a", b"\x00\r\n"), purpose="fine-tune")
            return (await client.files.content(made.id)).content

    assert asyncio.run(both_ways()) == b"\x00\r\n"


@given(content=st.binary())
def test_any_bytes_come_back_as_they_were_uploaded(content: bytes) -> None:
    client = openai_client(scripted())
    made = client.files.create(file=("data.bin", content), purpose="user_data")
    assert client.files.content(made.id).content == content
    assert made.bytes == len(content)


@pytest.mark.parametrize(
    "content",
    [b"\r\n", b"--", b"\r\n--", b"\r\n--\r\n\r\n", b"a\r\n\r\nb", b"\n\n", b"Content-Disposition: x"],
)
def test_content_that_looks_like_a_form_comes_back_too(content: bytes) -> None:
    client = openai_client(scripted())
    made = client.files.create(file=("data.bin", content), purpose="user_data")
    assert client.files.content(made.id).content == content


@pytest.mark.parametrize("name", ["naïve.jsonl", "资料.jsonl", "two words; one.jsonl", 'said "so".jsonl'])
def test_a_file_keeps_its_name(name: str) -> None:
    client = openai_client(scripted())
    made = client.files.create(file=(name, b"x"), purpose="fine-tune")
    assert client.files.retrieve(made.id).filename == name


def test_a_form_with_a_quoted_boundary_is_read() -> None:
    body = b'--a b\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n--a b--\r\n'
    assert parts('multipart/form-data; boundary="a b"', body)["x"].content == b"1"


def test_a_file_name_may_escape_its_quotes_by_a_backslash() -> None:
    body = b'--b\r\ncontent-disposition: form-data; name="f"; filename="a\\"b"\r\n\r\n1\r\n--b--\r\n'
    assert parts("multipart/form-data; boundary=b", body)["f"].filename == 'a"b'


@given(st.text(), st.binary())
def test_no_body_breaks_the_reading_of_forms(content_type: str, body: bytes) -> None:
    assert isinstance(parts("multipart/form-data; boundary=" + content_type, body), dict)
    assert parts("application/json", body) == {}


@pytest.mark.parametrize(
    ("data", "files", "param"),
    [
        ({}, {"purpose": (None, b"fine-tune")}, "file"),
        ({}, {"purpose": (None, b"fine-tune"), "file": (None, b"text, not a file")}, "file"),
        ({}, {"file": ("a", b"x")}, "purpose"),
        ({"purpose": "mischief"}, {"file": ("a", b"x")}, "purpose"),
    ],
)
def test_a_form_with_something_missing_is_refused(
    data: dict[str, str], files: dict[str, tuple[str | None, bytes]], param: str
) -> None:
    with raw_client(scripted()) as client:
        answer = client.post(FILES, data=data, files=files)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == param


def test_files_are_listed_by_purpose_and_page() -> None:
    client = openai_client(scripted())
    for number in range(5):
        client.files.create(file=("a", b"%d" % number), purpose="fine-tune")
    other = client.files.create(file=("a", b"x"), purpose="batch")
    assert [file.id for file in client.files.list(purpose="batch")] == [other.id]
    whole = [file.id for file in client.files.list()]
    assert len(whole) == len(set(whole)) == 6
    assert [file.id for file in client.files.list(limit=2)] == whole, "the SDK turns the pages"
    assert [file.id for file in client.files.list(order="asc")] == whole[::-1]


@pytest.mark.parametrize(
    "query", [{"after": "file-none"}, {"limit": "0"}, {"limit": "10001"}, {"limit": "²"}, {"limit": "many"}]
)
def test_a_page_that_makes_no_sense_is_refused(query: dict[str, str]) -> None:
    with raw_client(scripted()) as client:
        answer = client.get(FILES, params=query)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] in query


def test_the_same_upload_twice_makes_two_files() -> None:
    client = openai_client(scripted())
    ids = {client.files.create(file=("a", b"x"), purpose="fine-tune").id for _ in range(3)}
    assert len(ids) == 3


def test_a_file_looks_like_one_recorded_from_the_service(shared: Path) -> None:
    recorded = _recorded(shared, "POST", "/v1/files")
    with raw_client(scripted()) as client:
        made = client.post(FILES, data={"purpose": "fine-tune"}, files={"file": ("a", b"x")}).json()
    assert {key: type(made.get(key)) for key in recorded} == {k: type(v) for k, v in recorded.items()}
    assert len(made["id"]) == len(str(recorded["id"]))


def _recorded(shared: Path, method: str, path: str) -> dict[str, object]:
    lines = (shared / "specs/recorded/openai.jsonl").read_text().splitlines()
    return next(
        row["body"] for row in map(json.loads, lines) if row["method"] == method and row["uri"].endswith(path)
    )
