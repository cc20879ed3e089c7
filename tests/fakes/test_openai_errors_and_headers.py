"""What goes with every answer: headers, file names, words for what is gone; and moderation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.clients import BASE, KEY, openai_client, raw_client, scripted, upload

ROOT = "https://api.openai.com/v1"
CHAT: dict[str, Any] = {"model": BASE, "messages": [{"role": "user", "content": "hi"}]}


def test_every_answer_has_the_headers_of_the_service() -> None:
    with raw_client(scripted()) as client:
        answers = [
            client.post(f"{ROOT}/chat/completions", json=CHAT),
            client.post(f"{ROOT}/chat/completions", json={**CHAT, "stream": True}),
            client.post(f"{ROOT}/chat/completions", json={}),
            client.get(f"{ROOT}/models"),
            client.get(f"{ROOT}/mischief"),
            client.put(f"{ROOT}/files/file-1"),
            client.get(f"{ROOT}/models", headers={**KEY, "authorization": ""}),
        ]
    assert {answer.status_code for answer in answers} == {200, 400, 401, 404, 405}
    for answer in answers:
        assert answer.headers["openai-version"] == "2020-10-01"
        assert answer.headers["openai-organization"]
        assert int(answer.headers["openai-processing-ms"]) > 0
        assert answer.headers["x-request-id"].startswith("req_")
    assert len({answer.headers["x-request-id"] for answer in answers[:6]}) == 6


def test_the_headers_that_were_recorded_with_every_answer_are_there(shared: Path) -> None:
    lines = (shared / "specs/recorded/openai.jsonl").read_text().splitlines()
    recorded: list[set[str]] = [set(row["headers"]) for row in map(json.loads, lines)]
    with raw_client(scripted()) as client:
        ours = set(client.get(f"{ROOT}/models").headers)
    everywhere = {name for name in recorded[0] if all(name in others for others in recorded)}
    theirs = {name for name in everywhere if name.startswith("openai-")}
    assert theirs
    assert theirs <= ours


def test_the_client_shows_the_id_of_a_request_and_equal_requests_have_equal_ids() -> None:
    lists: list[Any] = [openai_client(scripted()).models.list() for _ in range(2)]
    ids = [each._request_id for each in lists]
    assert ids[0]
    assert ids[0] == ids[1]
    with pytest.raises(openai.NotFoundError) as missing:
        openai_client(scripted()).models.retrieve("gpt-9")
    assert str(missing.value.request_id).startswith("req_")


@pytest.mark.parametrize("name", ["gpt-3.5-turbo", "gpt-3.5-turbo-1106"])
def test_a_model_that_was_shut_down_is_gone_for_all_uses(name: str) -> None:
    client = openai_client(scripted())
    uses = (
        lambda: client.models.retrieve(name),
        lambda: client.responses.create(model=name, input="hi"),
        lambda: client.fine_tuning.jobs.create(model=name, training_file=upload(client)),
    )
    for use in uses:
        with pytest.raises(openai.NotFoundError, match="deprecated"):
            use()
    assert name not in {model.id for model in client.models.list()}


def test_a_plain_file_name_is_told_as_recorded(shared: Path) -> None:
    lines = map(json.loads, (shared / "specs/recorded/openai.jsonl").read_text().splitlines())
    recorded = next(row["headers"] for row in lines if row["uri"].endswith("/content"))
    client = openai_client(scripted())
    made = client.files.create(file=("sentiment.jsonl", b"x"), purpose="fine-tune")
    headers = client.files.content(made.id).response.headers
    for name in ("content-disposition", "content-type"):
        assert headers[name] == recorded[name]


@given(name=st.text(min_size=1).filter(lambda name: name.isprintable()))
def test_no_file_name_breaks_out_of_its_header(name: str) -> None:
    world = scripted()
    client = openai_client(world)
    made = world.openai.add_file(name, "batch", b"x")
    disposition = client.files.content(made.id).response.headers["content-disposition"]
    assert disposition.isascii()
    assert disposition.isprintable()
    assert disposition.count('"') in (0, 2)


@pytest.mark.parametrize("name", ["a\r\nx-evil: 1", 'a"b', "a\\b", "\ud800"])
def test_a_file_name_with_a_line_end_or_a_quote_is_encoded(name: str) -> None:
    world = scripted()
    made = world.openai.add_file(name, "batch", b"x")
    headers = openai_client(world).files.content(made.id).response.headers
    assert "x-evil" not in headers
    assert headers["content-disposition"].startswith("attachment; filename*=UTF-8''")


def test_nothing_is_flagged_and_each_text_has_its_result() -> None:
    client = openai_client(scripted())
    made = client.moderations.create(input=["one", "two"])
    assert made.model == "omni-moderation-2024-09-26"
    assert [result.flagged for result in made.results] == [False, False]
    assert made == client.moderations.create(input=["one", "two"])
    [parts] = client.moderations.create(
        input=[
            {"type": "text", "text": "x"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,"}},
        ]
    ).results
    applied = parts.category_applied_input_types
    assert (applied.violence, applied.hate) == (["image", "text"], ["text"])


def test_a_moderation_has_all_categories_of_the_specification(shared: Path) -> None:
    schemas = json.loads((shared / "specs/openai/openapi.json").read_text())["components"]["schemas"]
    described = schemas["CreateModerationResponse"]["properties"]["results"]["items"]["properties"]
    with raw_client(scripted()) as client:
        [result] = client.post(f"{ROOT}/moderations", json={"input": "hi"}).json()["results"]
    for name in ("categories", "category_scores", "category_applied_input_types"):
        assert set(result[name]) == set(described[name]["required"])


@pytest.mark.parametrize(
    ("asked", "status", "param"),
    [
        ({}, 400, "input"),
        ({"input": []}, 400, "input"),
        ({"input": ["a", {"type": "text", "text": "b"}]}, 400, "input"),
        ({"input": [{"type": "sound"}]}, 400, "input"),
        ({"input": "x", "model": BASE}, 404, "model"),
        ({"input": "x", "model": []}, 400, "model"),
    ],
)
def test_a_moderation_that_makes_no_sense_is_refused(asked: dict[str, Any], status: int, param: str) -> None:
    with raw_client(scripted()) as client:
        answer = client.post(f"{ROOT}/moderations", json=asked)
    assert (answer.status_code, answer.json()["error"]["param"]) == (status, param)


def test_an_upload_has_the_same_headers_whatever_boundary_the_client_draws() -> None:
    def headers() -> dict[str, str]:
        with raw_client(scripted()) as client:
            answer = client.post(
                f"{ROOT}/files",
                headers=KEY,
                data={"purpose": "batch"},
                files={"file": ("questions.jsonl", b'{"custom_id": "1"}\n')},
            )
        return dict(answer.headers)

    assert headers() == headers()
