"""Pausing, resuming and cancelling a job, and what it may be trained by."""

from __future__ import annotations

from typing import Any

import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import World
from fakes.learners.scripted import ScriptedLearner
from fakes.openai.examples import read
from fakes.timeline import ByClock
from tests.fakes.clients import BASE, finish, jsonl, openai_client, raw_client, scripted, trained, upload

JOBS = "https://api.openai.com/v1/fine_tuning/jobs"
RIGHT = {
    "validating_files": {"cancel"},
    "queued": {"cancel", "pause"},
    "running": {"cancel", "pause"},
    "succeeded": set[str](),
}
"""What may be done to a job that nobody paused, by its status."""


def _started(client: openai.OpenAI) -> str:
    return client.fine_tuning.jobs.create(model=BASE, training_file=upload(client)).id


def _preference(prompt: str, good: str, bad: str = "no") -> dict[str, Any]:
    return {
        "input": {
            "messages": [{"role": "system", "content": "be kind"}, {"role": "user", "content": prompt}]
        },
        "preferred_output": [{"role": "assistant", "content": good}],
        "non_preferred_output": [{"role": "assistant", "content": bad}],
    }


def test_a_paused_job_stays_where_it_is_until_it_is_resumed() -> None:
    client = openai_client(scripted())
    job = _started(client)
    client.fine_tuning.jobs.retrieve(job)
    paused = client.fine_tuning.jobs.pause(job)
    assert (
        [client.fine_tuning.jobs.retrieve(job).status for _ in range(3)]
        == [paused.status] * 3
        == ["queued"] * 3
    )
    client.fine_tuning.jobs.resume(job)
    assert [client.fine_tuning.jobs.retrieve(job).status for _ in range(2)] == ["running", "succeeded"]
    said = [event.message for event in client.fine_tuning.jobs.list_events(job)]
    assert said.index("Fine-tuning job resumed") < said.index("Fine-tuning job paused")


def test_a_pause_changes_nothing_that_is_learned() -> None:
    straight, paused = openai_client(scripted()), openai_client(scripted())
    job = _started(paused)
    paused.fine_tuning.jobs.retrieve(job)
    paused.fine_tuning.jobs.pause(job)
    paused.fine_tuning.jobs.resume(job)
    assert finish(paused, job) == finish(straight, _started(straight))


def test_a_paused_job_can_be_cancelled() -> None:
    client = openai_client(scripted())
    job = _started(client)
    client.fine_tuning.jobs.retrieve(job)
    client.fine_tuning.jobs.pause(job)
    assert client.fine_tuning.jobs.cancel(job).status == "cancelled"
    with pytest.raises(openai.BadRequestError, match="already completed"):
        client.fine_tuning.jobs.resume(job)


@given(st.lists(st.sampled_from(["look", "cancel", "pause", "resume"]), max_size=12))
def test_an_action_is_taken_where_it_makes_sense_and_refused_elsewhere(actions: list[str]) -> None:
    client = openai_client(scripted())
    job = _started(client)
    status, paused = "validating_files", False
    for action in actions:
        if action == "look":
            status = client.fine_tuning.jobs.retrieve(job).status
            continue
        right = {"cancel", "resume"} if paused else RIGHT.get(status, set())
        act = getattr(client.fine_tuning.jobs, action)
        if action not in right:
            with pytest.raises(openai.BadRequestError) as refused:
                act(job)
            assert refused.value.type == "invalid_request_error"
            assert refused.value.code
            continue
        status, paused = act(job).status, action == "pause"
        assert (status == "cancelled") == (action == "cancel")


def test_by_the_clock_the_time_of_a_pause_does_not_count() -> None:
    now = [0.0]
    client = openai_client(World(learner=ScriptedLearner({}), pace=ByClock(1, lambda: now[0])))
    job = _started(client)
    now[0] = 100.0
    assert client.fine_tuning.jobs.pause(job).status == "running"
    now[0] = 99_999.0
    assert client.fine_tuning.jobs.resume(job).status == "running"
    now[0] += 1799
    assert client.fine_tuning.jobs.retrieve(job).status == "running"
    now[0] += 1
    assert client.fine_tuning.jobs.retrieve(job).status == "succeeded"


def test_by_the_clock_a_job_that_ended_unwatched_cannot_be_cancelled() -> None:
    now = [0.0]
    client = openai_client(World(learner=ScriptedLearner({}), pace=ByClock(1, lambda: now[0])))
    job = _started(client)
    now[0] = 99_999.0
    with pytest.raises(openai.BadRequestError, match="already completed"):
        client.fine_tuning.jobs.cancel(job)
    assert client.fine_tuning.jobs.retrieve(job).status == "succeeded"


@pytest.mark.parametrize("action", ["cancel", "pause", "resume"])
def test_a_job_that_is_not_there_can_have_nothing_done_to_it(action: str) -> None:
    with raw_client(scripted()) as client:
        answer = client.post(f"{JOBS}/ftjob-none/{action}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "fine_tune_not_found")


def test_a_job_learns_the_preferred_output() -> None:
    client = openai_client(World())
    file = upload(client, jsonl(_preference(f"who is number {n}?", f"agent {n}") for n in range(10)))
    made = client.fine_tuning.jobs.create(
        model=BASE,
        training_file=file,
        method={"type": "dpo", "dpo": {"hyperparameters": {"n_epochs": 20, "beta": 0.2}}},
    )
    job = finish(client, made.id)
    assert job.method is not None
    assert job.method.type == "dpo"
    assert job.method.dpo is not None
    assert job.method.dpo.hyperparameters is not None
    assert (job.method.dpo.hyperparameters.beta, job.hyperparameters.n_epochs) == (0.2, 20)
    said = client.chat.completions.create(
        model=job.fine_tuned_model or "",
        messages=[{"role": "system", "content": "be kind"}, {"role": "user", "content": "who is number 7?"}],
        temperature=0,
    )
    assert said.choices[0].message.content == "agent 7"


def test_a_preference_teaches_what_an_example_of_the_preferred_output_does() -> None:
    line = _preference("q", "good")
    messages = [*line["input"]["messages"], *line["preferred_output"]]
    preferences = read(jsonl([line] * 10), "training_file", "dpo")
    assert preferences == read(jsonl([{"messages": messages}] * 10), "training_file")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"input": None}, 'key "input.messages"'),
        ({"input": {"messages": [{"role": "system", "content": "x"}]}}, "no message from the user"),
        ({"preferred_output": []}, 'key "preferred_output"'),
        ({"preferred_output": [{"role": "user", "content": "x"}]}, "one message from the assistant"),
        ({"non_preferred_output": None}, 'key "non_preferred_output"'),
        ({"non_preferred_output": [{"role": "assistant", "content": ""}]}, 'message 1, key "content"'),
        ({"preferred_output": [{"role": "assistant", "content": "x"}] * 2}, "one message from the assistant"),
    ],
)
def test_a_bad_preference_fails_the_job_and_names_its_line(change: dict[str, object], says: str) -> None:
    client = openai_client(scripted())
    lines = [_preference(f"q{n}", "a") for n in range(10)]
    lines[6] |= change
    made = client.fine_tuning.jobs.create(
        model=BASE, training_file=upload(client, jsonl(lines)), method={"type": "dpo"}
    )
    job = finish(client, made.id)
    assert job.error is not None
    assert job.status == "failed"
    assert "Line 7" in str(job.error.message)
    assert says in str(job.error.message)


@pytest.mark.parametrize(
    "method",
    [
        {"type": "reinforcement", "reinforcement": {"grader": {"type": "string_check"}}},
        {"type": "dpo", "dpo": {"hyperparameters": {"beta": 3}}},
        {"type": "dpo", "dpo": {"hyperparameters": {"beta": 0}}},
        {"type": "supervised", "supervised": {"hyperparameters": {"beta": 1}}},
        {"type": ["dpo"]},
        {"dpo": {}},
    ],
)
def test_a_method_that_is_not_available_is_refused(method: Any) -> None:
    client = openai_client(scripted())
    with pytest.raises(openai.BadRequestError):
        client.fine_tuning.jobs.create(model=BASE, training_file=upload(client), method=method)


def test_integrations_come_back_as_they_were_asked_for() -> None:
    client = openai_client(scripted())
    file = upload(client)
    made = client.fine_tuning.jobs.create(
        model=BASE,
        training_file=file,
        integrations=[{"type": "wandb", "wandb": {"project": "p", "tags": ["t"]}}],
    )
    [integration] = client.fine_tuning.jobs.retrieve(made.id).integrations or []
    assert (integration.wandb.project, integration.wandb.tags) == ("p", ["t"])
    wrong: Any = [{"type": "mischief"}]
    with pytest.raises(openai.BadRequestError, match="wandb"):
        client.fine_tuning.jobs.create(model=BASE, training_file=file, integrations=wrong)


def test_projects_are_permitted_to_use_a_checkpoint_until_they_are_not() -> None:
    client = openai_client(scripted())
    model = trained(client).fine_tuned_model or ""
    permissions = client.fine_tuning.checkpoints.permissions
    made = permissions.create(model, project_ids=["proj_b", "proj_a", "proj_b"])
    assert [each.project_id for each in made.data] == ["proj_b", "proj_a"]
    again = permissions.create(model, project_ids=["proj_a"])
    assert again.data[0] == made.data[1], "a permission is given once"
    found = list(permissions.list(model, order="ascending", limit=1))
    assert sorted(found, key=lambda each: each.created_at) == found
    assert {each.id for each in found} == {each.id for each in made.data}
    assert [each.project_id for each in permissions.list(model, project_id="proj_a")] == ["proj_a"]
    assert permissions.delete(made.data[0].id, fine_tuned_model_checkpoint=model).deleted
    assert [each.project_id for each in permissions.list(model)] == ["proj_a"]
    with pytest.raises(openai.NotFoundError, match="No such checkpoint permission"):
        permissions.delete(made.data[0].id, fine_tuned_model_checkpoint=model)


def test_permissions_are_for_checkpoints_that_there_are_and_projects_that_are_named() -> None:
    client = openai_client(scripted())
    permissions = client.fine_tuning.checkpoints.permissions
    with pytest.raises(openai.NotFoundError):
        permissions.create(BASE, project_ids=["proj_a"])
    with pytest.raises(openai.BadRequestError):
        permissions.create(trained(client).fine_tuned_model or "", project_ids=[])
