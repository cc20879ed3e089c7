# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false
"""google-cloud-storage: buckets and objects, as its users keep training files in them."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.api_core.exceptions import Conflict, NotFound, PreconditionFailed
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

TEXT = b"one\ntwo\nthree\n"


@pytest.fixture(scope="module")
def client(services: None) -> Iterator[Any]:
    """A client without a token where the variable of an emulator is set, as with Google's own emulators."""
    before = threading.enumerate()
    if os.environ.get("STORAGE_EMULATOR_HOST"):
        yield storage.Client(project="p", credentials=AnonymousCredentials())
    else:
        yield storage.Client(project="p")
    for thread in threading.enumerate():  # it asks about its buckets in threads, also after the last call
        if thread not in before:
            thread.join(10)


@pytest.fixture
def bucket(client: Any, request: pytest.FixtureRequest) -> Any:
    """A new bucket for each test."""
    name = request.node.name.removeprefix("test_").replace("_", "-").partition("[")[0][:40].strip("-")
    return client.create_bucket(f"{name}-{hashlib.sha256(request.node.name.encode()).hexdigest()[:8]}")


def put(bucket: Any, name: str, content: bytes = TEXT) -> Any:
    blob = bucket.blob(name)
    blob.upload_from_string(content, content_type="text/plain")
    return blob


def test_a_bucket_is_made_found_listed_and_deleted(client: Any) -> None:
    made = client.create_bucket("of-mine", location="EUROPE-WEST4")
    assert (made.location, client.get_bucket("of-mine").name) == ("EUROPE-WEST4", "of-mine")
    assert client.lookup_bucket("of-nobody") is None
    assert "of-mine" in [each.name for each in client.list_buckets()]
    with pytest.raises(Conflict):
        client.create_bucket("of-mine")
    made.delete()
    with pytest.raises(NotFound):
        client.get_bucket("of-mine")


def test_a_full_bucket_is_not_deleted(bucket: Any) -> None:
    put(bucket, "a")
    with pytest.raises(Conflict):
        bucket.delete()
    bucket.delete(force=True)
    assert not bucket.exists()


def test_what_was_uploaded_is_downloaded(bucket: Any) -> None:
    blob = put(bucket, "folder/a file.txt")
    assert blob.download_as_bytes() == TEXT
    again = bucket.get_blob("folder/a file.txt")
    assert (again.size, again.content_type) == (len(TEXT), "text/plain")
    assert again.md5_hash == base64.b64encode(hashlib.md5(TEXT).digest()).decode()  # noqa: S324 - that is the service's
    assert again.crc32c
    assert again.generation > 0
    assert again.metageneration == 1
    assert again.time_created is not None


def test_a_file_goes_up_and_down_with_its_checksum(bucket: Any, here: Path) -> None:
    here.joinpath("up.txt").write_bytes(TEXT)
    blob = bucket.blob("up.txt")
    blob.upload_from_filename("up.txt", checksum="md5")
    blob.download_to_filename("down.txt", checksum="crc32c")
    assert here.joinpath("down.txt").read_bytes() == TEXT


def test_a_large_file_goes_up_in_pieces(bucket: Any) -> None:
    content = bytes(range(256)) * 4096
    blob = bucket.blob("large.bin", chunk_size=256 * 1024)
    blob.upload_from_file(io.BytesIO(content), size=len(content))
    assert blob.size == len(content)
    assert bucket.blob("large.bin", chunk_size=256 * 1024).download_as_bytes() == content


def test_a_file_of_unknown_size_is_written(bucket: Any) -> None:
    with bucket.blob("lines.txt").open("w") as file:
        file.writelines(f"line {number}\n" for number in range(1000))
    with bucket.blob("lines.txt").open("r") as file:
        assert len(file.readlines()) == 1000


def test_a_range_is_read(bucket: Any) -> None:
    blob = put(bucket, "a")
    assert blob.download_as_bytes(start=4, end=6) == b"two"
    assert blob.download_as_bytes(start=8) == b"three\n"


def test_objects_are_listed_by_prefix_and_folder(client: Any, bucket: Any) -> None:
    for name in ("a/1", "a/2", "a/b/3", "c"):
        put(bucket, name)
    assert [each.name for each in client.list_blobs(bucket, prefix="a/")] == ["a/1", "a/2", "a/b/3"]
    top = client.list_blobs(bucket, delimiter="/")
    assert ([each.name for each in top], sorted(top.prefixes)) == (["c"], ["a/"])
    pages = list(client.list_blobs(bucket, page_size=3).pages)
    assert [len(list(page)) for page in pages] == [3, 1]


def test_an_object_is_copied_renamed_and_rewritten(bucket: Any) -> None:
    blob = put(bucket, "a")
    assert bucket.copy_blob(blob, bucket, "b").download_as_bytes() == TEXT
    renamed = bucket.rename_blob(blob, "c")
    assert (renamed.name, bucket.blob("a").exists()) == ("c", False)
    other = bucket.blob("d")
    token, done, total = other.rewrite(renamed)
    assert (token, done, total) == (None, len(TEXT), len(TEXT))
    assert other.download_as_bytes() == TEXT


def test_objects_are_composed(bucket: Any) -> None:
    whole = bucket.blob("whole")
    whole.content_type = "text/plain"
    whole.compose([put(bucket, "x", b"1"), put(bucket, "y", b"2")])
    assert whole.download_as_bytes() == b"12"
    assert bucket.get_blob("whole").component_count == 2


def test_metadata_is_patched(bucket: Any) -> None:
    blob = put(bucket, "a")
    blob.metadata = {"of": "mine"}
    blob.cache_control = "no-store"
    blob.patch()
    again = bucket.get_blob("a")
    assert (again.metadata, again.cache_control, again.content_type) == (
        {"of": "mine"},
        "no-store",
        "text/plain",
    )
    assert again.metageneration == 2
    bucket.labels = {"team": "x"}
    bucket.patch()
    assert bucket.client.get_bucket(bucket.name).labels == {"team": "x"}


def test_a_precondition_that_does_not_hold_changes_nothing(bucket: Any) -> None:
    blob = put(bucket, "a")
    with pytest.raises(PreconditionFailed):
        bucket.blob("a").upload_from_string("other", if_generation_match=0)
    assert blob.download_as_bytes() == TEXT
    bucket.blob("a").upload_from_string("other", if_generation_match=blob.generation)
    assert bucket.blob("a").download_as_bytes() == b"other"
    with pytest.raises(PreconditionFailed):
        bucket.blob("a").delete(if_generation_match=blob.generation)
    with pytest.raises(PreconditionFailed):
        bucket.blob("a").download_as_bytes(if_generation_match=blob.generation)


def test_many_calls_are_made_in_one(client: Any, bucket: Any) -> None:
    for name in ("a", "b", "c"):
        put(bucket, name)
    with client.batch():
        bucket.delete_blob("a")
        bucket.delete_blob("b")
    assert [each.name for each in client.list_blobs(bucket)] == ["c"]
    with pytest.raises(NotFound), client.batch():
        bucket.delete_blob("a")


def test_what_is_gone_is_not_found(bucket: Any) -> None:
    put(bucket, "a").delete()
    assert not bucket.blob("a").exists()
    with pytest.raises(NotFound):
        bucket.blob("a").download_as_bytes()
    with pytest.raises(NotFound):
        bucket.blob("a").delete()
