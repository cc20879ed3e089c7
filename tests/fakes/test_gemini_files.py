"""Files of the Developer API, through Google's own client."""

from __future__ import annotations

import io

import httpx2
import pytest
from google import genai
from google.genai import errors, types
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes import FakeTransport, World
from fakes.learners.scripted import ScriptedLearner


def client() -> genai.Client:
    http = httpx2.Client(transport=FakeTransport(World(learner=ScriptedLearner({}))))
    return genai.Client(api_key="k", http_options=types.HttpOptions(httpx_client=http))


def test_a_file_is_uploaded_read_listed_and_deleted() -> None:
    files = client().files
    config = types.UploadFileConfig(mime_type="text/plain", display_name="notes")
    made = files.upload(file=io.BytesIO(b"some text"), config=config)
    assert made.name is not None
    assert made.size_bytes == 9
    assert made.display_name == "notes"
    assert files.get(name=made.name).sha256_hash == made.sha256_hash
    assert [file.name for file in files.list()] == [made.name]
    files.delete(name=made.name)
    with pytest.raises(errors.ClientError, match="does not exist"):
        files.get(name=made.name)


@given(content=st.binary(max_size=2000))
@settings(max_examples=20)
def test_any_bytes_arrive_as_they_were(content: bytes) -> None:
    config = types.UploadFileConfig(mime_type="application/octet-stream")
    made = client().files.upload(file=io.BytesIO(content), config=config)
    assert (made.size_bytes or 0) == len(content)


def test_an_upload_that_was_never_begun_is_not_found() -> None:
    http = httpx2.Client(transport=FakeTransport(World(learner=ScriptedLearner({}))))
    url = "https://generativelanguage.googleapis.com/upload/v1beta/files?upload_id=x"
    assert http.post(url, headers={"x-goog-api-key": "k"}).status_code == 404
