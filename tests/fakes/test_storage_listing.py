from __future__ import annotations

from typing import Any

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.clients import put_object, raw_client, scripted

OBJECTS = "https://storage.googleapis.com/storage/v1/b/bucket/o"
NAMES = st.sets(st.text("ab/", min_size=1, max_size=4), max_size=8)


def entries(body: dict[str, Any]) -> list[str]:
    return sorted(body.get("prefixes", []) + [item["name"] for item in body.get("items", [])])


def pages(client: httpx2.Client, **query: str | int) -> list[str]:
    found: list[str] = []
    token = ""
    while True:
        body = client.get(OBJECTS, params={**query, **({"pageToken": token} if token else {})}).json()
        assert len(entries(body)) <= int(query.get("maxResults", 1000))
        found += entries(body)
        if not (token := body.get("nextPageToken", "")):
            return found


@settings(max_examples=30)
@given(names=NAMES, size=st.integers(1, 4), prefix=st.sampled_from(["", "a", "a/"]))
def test_pages_hold_every_entry_once_and_in_order(names: set[str], size: int, prefix: str) -> None:
    world = scripted()
    for name in names:
        put_object(world, "bucket", name, b"")
    with raw_client(world) as client:
        for delimiter in ({}, {"delimiter": "/"}):
            whole = pages(client, prefix=prefix, **delimiter)
            assert pages(client, prefix=prefix, maxResults=size, **delimiter) == whole
            assert whole == sorted(set(whole))
        assert pages(client, prefix=prefix) == sorted(name for name in names if name.startswith(prefix))


def test_a_delimiter_folds_what_lies_deeper() -> None:
    world = scripted()
    for name in ("top", "a/1", "a/2", "a/b/3", "c/4"):
        put_object(world, "bucket", name, b"")
    with raw_client(world) as client:
        top = client.get(OBJECTS, params={"delimiter": "/"}).json()
        inside = client.get(OBJECTS, params={"delimiter": "/", "prefix": "a/"}).json()
    assert (top["prefixes"], [item["name"] for item in top["items"]]) == (["a/", "c/"], ["top"])
    assert (inside["prefixes"], [item["name"] for item in inside["items"]]) == (["a/b/"], ["a/1", "a/2"])


@pytest.mark.parametrize("query", [{"maxResults": "0"}, {"maxResults": "x"}, {"pageToken": "ü"}])
def test_a_page_that_makes_no_sense_is_refused(query: dict[str, str]) -> None:
    with raw_client(scripted()) as client:
        assert client.get(OBJECTS, params=query).status_code == 400
