"""A world stands at a date: models are tuned and answer until their days at the services, and not after."""

# pyright: reportUnknownMemberType=false
# google-genai's contents may be images of PIL, which need not be installed
from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import openai
import pytest
from google.genai import errors, types

from fakes import World
from fakes.learners.scripted import ScriptedLearner
from fakes.model_table import DEFAULT_MODELS, TABLE, row_of
from fakes.world_date import DEFAULT_DATE
from tests.fakes.clients import (
    finish_tuning,
    gemini_client,
    gemini_file,
    openai_client,
    put_object,
    raw_client,
    trained,
    tune,
    upload,
)
from tests.fakes.servers import refused, server

NANO, PRO, NEWEST = "gpt-4.1-nano-2025-04-14", "gemini-2.5-pro", "gemini-3.5-flash"
DATA = "gs://bucket/train.jsonl"


def world_at(day: str) -> World:
    made = World(learner=ScriptedLearner(str.upper), day=day)
    put_object(made, "bucket", "train.jsonl", gemini_file())
    return made


def asked(client: openai.OpenAI, model: str) -> str | None:
    said = client.chat.completions.create(model=model, messages=[{"role": "user", "content": "hi"}])
    return said.choices[0].message.content


@pytest.mark.parametrize(
    ("model", "last", "first"),
    [
        ("gpt-4.1-nano-2025-04-14", "2026-10-22", "2026-10-23"),
        ("gpt-4.1-nano", "2026-10-22", "2026-10-23"),
        ("gpt-4o", "2027-01-13", "2027-01-14"),
        ("o3-mini", "2026-10-22", "2026-10-23"),
        ("gpt-5-mini-2025-08-07", "2026-12-10", "2026-12-11"),
    ],
)
def test_a_model_of_openai_answers_until_the_day_before_its_shutdown(
    model: str, last: str, first: str
) -> None:
    assert asked(openai_client(world_at(last)), model) == "HI"
    client = openai_client(world_at(first))
    uses = (
        lambda: asked(client, model),
        lambda: client.responses.create(model=model, input="hi"),
        lambda: client.models.retrieve(model),
        lambda: client.fine_tuning.jobs.create(model=model, training_file=upload(client)),
    )
    for use in uses:
        with pytest.raises(openai.NotFoundError, match="deprecated") as gone:
            use()
        assert gone.value.code == "model_not_found"
    assert model not in {each.id for each in client.models.list()}


def test_what_was_tuned_from_a_model_ends_with_it_and_a_job_that_began_is_trained() -> None:
    world = world_at("2027-01-06")
    client = openai_client(world)
    name = trained(client).fine_tuned_model or ""
    begun = client.fine_tuning.jobs.create(model="gpt-4o-mini-2024-07-18", training_file=upload(client))
    assert asked(client, name) == "HI"

    world.date.set("2027-01-14")
    with pytest.raises(openai.NotFoundError, match="deprecated"):
        asked(client, name)
    assert name not in {each.id for each in client.models.list()}
    for _ in range(4):
        world.advance()
    assert client.fine_tuning.jobs.retrieve(begun.id).status == "succeeded"


def test_no_job_is_created_after_the_last_day_for_new_ones_though_the_model_still_answers() -> None:
    world = world_at("2027-01-06")
    client = openai_client(world)
    file = upload(client)
    tuned = trained(client).fine_tuned_model or ""
    world.date.set(date(2027, 1, 7))
    for model in ("gpt-4o-mini-2024-07-18", tuned):
        with pytest.raises(openai.NotFoundError, match="not available for fine-tuning") as refused:
            client.fine_tuning.jobs.create(model=model, training_file=file)
        assert refused.value.code == "model_not_found"
        assert asked(client, model) == "HI"


def test_a_model_tells_its_shutdown() -> None:
    client = openai_client(world_at("2026-11-28"))
    found = {each.id: each.to_dict(mode="json")["shutdown_date"] for each in client.models.list()}
    assert (found["gpt-4o"], found["gpt-4o-2024-08-06"]) == ("2027-01-14", "2027-01-14")
    assert found["gpt-5.4"] is None, "no end of it is known"


def test_gemini_ends_on_vertex_with_what_was_tuned_from_it() -> None:
    world = world_at("2026-10-15")
    client = gemini_client(world)
    job = finish_tuning(client, tune(client, DATA, model=PRO))
    assert job.tuned_model is not None
    names = (PRO, job.tuned_model.endpoint or "")
    assert [client.models.generate_content(model=name, contents="hi").text for name in names] == ["HI", "HI"]

    world.date.set("2026-10-16")
    for name in names:
        with pytest.raises(errors.ClientError, match=rf"404 NOT_FOUND.*{PRO}` was not found") as gone:
            client.models.generate_content(model=name, contents="hi")
        assert gone.value.code == 404
    with pytest.raises(errors.ClientError, match=f"404 NOT_FOUND.*Base model {PRO} is not found"):
        tune(client, DATA, model=PRO)
    again = types.PreTunedModel(tuned_model_name=job.tuned_model.model)
    with pytest.raises(errors.ClientError, match="404 NOT_FOUND"):
        tune(client, DATA, model=str(again.tuned_model_name))
    assert finish_tuning(client, tune(client, DATA, model=NEWEST)).tuned_model


def test_the_developer_api_ends_a_model_on_a_day_of_its_own() -> None:
    url = f"https://generativelanguage.googleapis.com/v1beta/models/{PRO}"
    body = {"contents": [{"parts": [{"text": "hi"}]}]}
    for day, status in (("2026-10-16", 200), ("2026-12-01", 404)):
        with raw_client(world_at(day)) as client:
            client.headers["x-goog-api-key"] = "k"
            assert client.post(f"{url}:generateContent", json=body).status_code == status
            assert client.get(url).status_code == status
            listed = [each["name"] for each in client.get(url.rpartition("/")[0]).json()["models"]]
            assert (f"models/{PRO}" in listed) == (status == 200)


def test_what_is_made_has_a_time_of_the_date() -> None:
    world = world_at("2026-11-28")
    client, vertex = openai_client(world), gemini_client(world)
    said = client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "hi"}])
    job = tune(vertex, DATA, model=NEWEST)
    with raw_client(world) as raw:
        kept = raw.get("https://storage.googleapis.com/storage/v1/b/bucket/o/train.jsonl").json()
    assert datetime.fromtimestamp(said.created, UTC).date() == date(2026, 11, 28)
    assert datetime.fromtimestamp(trained(client).created_at, UTC).date() == date(2026, 11, 28)
    assert job.create_time is not None
    assert job.create_time.date() == date(2026, 11, 28)
    assert kept["timeCreated"].startswith("2026-11-28")


@pytest.mark.parametrize("day", ["2026-13-01", "tomorrow", "", "28.11.2026"])
def test_a_date_that_is_none_is_refused(day: str) -> None:
    with pytest.raises(ValueError, match="the date of a world must be such as 2026-11-28"):
        World(day=day)


def test_all_default_models_are_open_at_the_default_date() -> None:
    rows = [row_of(*each) for each in DEFAULT_MODELS]
    assert all(row is not None and row.takes_jobs_on(DEFAULT_DATE) for row in rows)


def test_each_row_of_the_table_stands_once_and_says_where_it_is_from() -> None:
    assert len({(row.service, row.name) for row in TABLE}) == len(TABLE)
    for row in TABLE:
        assert row.source.startswith("https://")
        assert row.as_of >= date(2026, 11, 1)
        assert (row.rates is None) == (row.priced == "")
        if row.tunable_until and row.shutdown:
            assert row.tunable_until < row.shutdown


def test_a_server_stands_at_its_date_until_it_is_told_another(tmp_path: Path) -> None:
    state = str(tmp_path / "state")
    options = ("--date", "2026-10-22", "--state", state)
    body = {"model": NANO, "messages": [{"role": "user", "content": "hi"}]}
    with server(*options) as served, served.client() as client:
        control, chat = f"{served.address}/_fbench", f"{served.openai}/chat/completions"
        assert client.get(control).json()["date"] == "2026-10-22"
        assert client.post(chat, json=body).status_code == 200
        wrongs: list[dict[str, object]] = [{"date": "soon"}, {"day": "2026-10-23"}, {"date": 3}, {}]
        for wrong in wrongs:
            assert client.post(f"{control}/date", json=wrong).status_code == 400
        client.post(f"{control}/date", json={"date": "2026-10-23"}).raise_for_status()
        assert client.post(chat, json=body).json()["error"]["code"] == "model_not_found"
    with server(*options) as served, served.client() as client:
        control, chat = f"{served.address}/_fbench", f"{served.openai}/chat/completions"
        assert client.post(chat, json=body).status_code == 404, "the journal keeps what it was told"
        client.post(f"{control}/reset").raise_for_status()
        assert client.get(control).json()["date"] == "2026-10-22"
    assert "the journal was begun with date 2026-10-22" in refused("--state", state)
    assert "the date of a world must be such as" in refused("--date", "soon")
