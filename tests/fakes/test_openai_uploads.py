"""A file in parts."""

from __future__ import annotations

from hashlib import md5
from itertools import pairwise
from typing import Any

import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types import Upload

from tests.fakes.clients import chat_file, finish, openai_client, raw_client, scripted

UPLOADS = "https://api.openai.com/v1/uploads"


def _begin(client: openai.OpenAI, size: int) -> Upload:
    return client.uploads.create(bytes=size, filename="t.jsonl", mime_type="text/jsonl", purpose="fine-tune")


@given(
    content=st.binary(min_size=1, max_size=200),
    cuts=st.lists(st.integers(0, 200), max_size=4),
    data=st.data(),
)
def test_parts_are_put_together_in_the_order_that_is_named(
    content: bytes, cuts: list[int], data: st.DataObject
) -> None:
    client = openai_client(scripted())
    ends = sorted({0, len(content), *(min(cut, len(content)) for cut in cuts)})
    pieces = [content[start:end] for start, end in pairwise(ends)]
    upload = _begin(client, len(content))
    sent = data.draw(st.permutations(range(len(pieces))))
    ids = {n: client.uploads.parts.create(upload.id, data=pieces[n]).id for n in sent}
    checksum = md5(content, usedforsecurity=False).hexdigest()
    done = client.uploads.complete(upload.id, part_ids=[ids[n] for n in range(len(pieces))], md5=checksum)
    assert done.status == "completed"
    assert done.file is not None
    assert client.files.content(done.file.id).content == content


def test_the_clients_own_way_to_upload_in_chunks_makes_a_file_to_train_on() -> None:
    client = openai_client(scripted())
    content = chat_file()
    done = client.uploads.upload_file_chunked(
        file=content,
        filename="t.jsonl",
        bytes=len(content),
        mime_type="text/jsonl",
        purpose="fine-tune",
        part_size=100,
    )
    assert done.file is not None
    job = client.fine_tuning.jobs.create(model="gpt-4o-mini-2024-07-18", training_file=done.file.id)
    assert finish(client, job.id).status == "succeeded"


def test_parts_that_are_not_what_was_announced_are_refused() -> None:
    client = openai_client(scripted())
    upload = _begin(client, 4)
    short, rest = (client.uploads.parts.create(upload.id, data=data).id for data in (b"abc", b"d"))
    for wrong in ([short], [short, short], [], ["part_none"]):
        with pytest.raises(openai.BadRequestError):
            client.uploads.complete(upload.id, part_ids=wrong)
    with pytest.raises(openai.BadRequestError, match="MD5"):
        client.uploads.complete(upload.id, part_ids=[short, rest], md5="0" * 32)
    assert list(client.files.list()) == []
    assert client.uploads.complete(upload.id, part_ids=[short, rest]).status == "completed"


def test_the_parts_of_another_upload_are_not_found() -> None:
    client = openai_client(scripted())
    first, second = _begin(client, 1), _begin(client, 1)
    assert first.id != second.id, "the same upload again is another one"
    part = client.uploads.parts.create(first.id, data=b"x")
    with pytest.raises(openai.BadRequestError, match="no part"):
        client.uploads.complete(second.id, part_ids=[part.id])


@pytest.mark.parametrize("end", ["complete", "cancel"])
def test_an_upload_that_is_over_takes_nothing_more(end: str) -> None:
    client = openai_client(scripted())
    upload = _begin(client, 1)
    part = client.uploads.parts.create(upload.id, data=b"x")
    if end == "complete":
        client.uploads.complete(upload.id, part_ids=[part.id])
    else:
        assert client.uploads.cancel(upload.id).status == "cancelled"
    with pytest.raises(openai.BadRequestError, match="already"):
        client.uploads.parts.create(upload.id, data=b"y")
    with pytest.raises(openai.BadRequestError, match="already"):
        client.uploads.complete(upload.id, part_ids=[part.id])
    with pytest.raises(openai.BadRequestError, match="already"):
        client.uploads.cancel(upload.id)


def test_an_upload_that_is_not_there_is_not_found() -> None:
    client = openai_client(scripted())
    with pytest.raises(openai.NotFoundError, match="No such Upload"):
        client.uploads.cancel("upload_none")


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"filename": None}, "filename"),
        ({"mime_type": ""}, "mime_type"),
        ({"purpose": "mischief"}, "purpose"),
        ({"bytes": None}, "bytes"),
        ({"bytes": 0}, "bytes"),
        ({"bytes": 2**33 + 1}, "bytes"),
        ({"bytes": "many"}, "bytes"),
    ],
)
def test_an_upload_that_makes_no_sense_is_refused(change: dict[str, Any], param: str) -> None:
    asked = {"filename": "a", "purpose": "batch", "mime_type": "text/plain", "bytes": 1, **change}
    with raw_client(scripted()) as client:
        answer = client.post(UPLOADS, json=asked)
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


def test_a_part_without_data_is_refused() -> None:
    world = scripted()
    upload = _begin(openai_client(world), 1)
    with raw_client(world) as client:
        answer = client.post(f"{UPLOADS}/{upload.id}/parts", data={"x": "y"})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "data")
