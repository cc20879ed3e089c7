"""What a learner may do besides the interface, and what the services make of it: here one in plain Python."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event
from typing import Any

import openai
import pytest
from openai.types.chat import ChatCompletion
from openai.types.responses import Response

from fakes import World
from fakes.doors.training import Trainings
from fakes.learners import Example, Hyper, Model, Run, find_learner
from fakes.learners.capabilities import (
    NotAnswered,
    NotRead,
    TooLong,
    TrainingFailed,
    TrainingStopped,
    Watch,
    reads_conversations,
    training_of,
    watch_of,
)
from fakes.learners.scripted import ScriptedLearner
from fakes.learners.unchanging import run_of
from tests.fakes.clients import BASE, finish, openai_client, upload
from tests.fakes.speaker import READ, Speaker, SpeakerLearner

HYPER = Hyper(epochs=2)
EXAMPLES = [Example("Who?", "Ann")]


def test_a_model_that_reads_conversations_is_given_all_of_one() -> None:
    client = openai_client(World(learner=SpeakerLearner()))
    done = client.chat.completions.create(
        model="gpt-4o-mini",
        messages=[
            {"role": "developer", "content": "S"},
            {"role": "user", "content": "A"},
            {"role": "assistant", "content": "B"},
            {"role": "user", "content": [{"type": "text", "text": "C"}]},
        ],
    )
    assert done.choices[0].message.content == "system:S;user:A;assistant:B;user:C;"
    assert done.usage is not None
    assert (done.usage.prompt_tokens, done.usage.completion_tokens) == (READ, 5)
    asked = client.responses.create(model="gpt-4o-mini", instructions="S", input="A")
    assert asked.output_text == "system:S;user:A;"


def test_its_tokens_are_counted_before_it_is_asked() -> None:
    client = openai_client(World(learner=SpeakerLearner()))
    counted = client.responses.input_tokens.count(model="gpt-4o-mini", instructions="S", input="A")
    assert counted.input_tokens == READ
    asked = client.responses.create(model="gpt-4o-mini", instructions="S", input="A")
    assert asked.usage is not None
    assert asked.usage.input_tokens == READ
    assert client.responses.input_tokens.count(input="A").input_tokens == 1, "no model is named"


SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"a": {"type": "string"}},
    "required": ["a"],
    "additionalProperties": False,
}
TOOL: dict[str, Any] = {"type": "function", "name": "f", "parameters": SCHEMA, "strict": True}
FORM: dict[str, Any] = {"format": {"type": "json_schema", "name": "a", "strict": True, "schema": SCHEMA}}


@pytest.mark.parametrize("tokens", [True, False], ids=["own tokens", "words"])
@pytest.mark.parametrize(
    "more", [{"tools": [TOOL]}, {"tools": [TOOL], "tool_choice": "none"}, {"text": FORM}], ids=str
)
def test_the_usage_of_an_answer_in_another_form_is_what_was_counted(
    more: dict[str, Any], *, tokens: bool
) -> None:
    client = openai_client(World(learner=SpeakerLearner()) if tokens else World())
    counted = client.responses.input_tokens.count(model="gpt-4o-mini", input="A", **more)
    respond: Any = client.responses.create
    complete: Any = client.chat.completions.create
    asked: Response = respond(model="gpt-4o-mini", input="A", **more)
    assert asked.usage is not None
    assert asked.usage.input_tokens == counted.input_tokens
    form: dict[str, Any] = {
        "type": "json_schema",
        "json_schema": {"name": "a", "strict": True, "schema": SCHEMA},
    }
    tool: dict[str, Any] = {
        "type": "function",
        "function": {"name": "f", "parameters": SCHEMA, "strict": True},
    }
    same: dict[str, Any] = {"response_format": form} if "text" in more else {**more, "tools": [tool]}
    chat: ChatCompletion = complete(model="gpt-4o-mini", messages=[{"role": "user", "content": "A"}], **same)
    assert chat.usage is not None
    assert chat.usage.prompt_tokens == counted.input_tokens


def test_two_users_in_a_row_are_two_messages() -> None:
    client = openai_client(World(learner=SpeakerLearner()))
    done = client.chat.completions.create(
        model="gpt-4o-mini", messages=[{"role": "user", "content": "A"}, {"role": "user", "content": "B"}]
    )
    assert done.choices[0].message.content == "user:A;user:B;"


def test_its_own_tokens_are_told_and_streamed() -> None:
    client = openai_client(World(learner=SpeakerLearner()))
    told = client.chat.completions.create(
        model="gpt-4o-mini",
        messages=[{"role": "system", "content": "S"}, {"role": "user", "content": "A"}],
        max_tokens=1,
        logprobs=True,
        top_logprobs=1,
    ).choices[0]
    assert told.finish_reason == "length"
    assert told.logprobs is not None
    (token,) = told.logprobs.content or []
    assert (token.token, token.logprob, token.top_logprobs[0].logprob) == ("system:S;", -0.5, -0.25)
    streamed = client.chat.completions.create(
        model="gpt-4o-mini",
        messages=[{"role": "system", "content": "S"}, {"role": "user", "content": "A"}],
        stream=True,
    )
    assert [chunk.choices[0].delta.content for chunk in streamed][1:-1] == ["system:S;", "user:A;"]


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (lambda: TooLong(300, 256), 400, "context_length_exceeded"),
        (lambda: NotRead("There is no such role."), 400, None),
        (lambda: NotAnswered("The memory is used up."), 503, "model_not_available"),
    ],
)
def test_what_a_model_does_not_answer_is_refused(
    error: Callable[[], NotAnswered], status: int, code: str | None
) -> None:
    client = openai_client(World(learner=SpeakerLearner(Speaker(error))))
    with pytest.raises(openai.APIStatusError) as refused:
        client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "A"}])
    assert (refused.value.status_code, refused.value.code) == (status, code)
    with pytest.raises(openai.APIStatusError) as refused:
        client.responses.input_tokens.count(model="gpt-4o-mini", input="A")
    assert (refused.value.status_code, refused.value.code) == (status, code)


def test_a_training_that_fails_in_words_is_a_failed_job() -> None:
    client = openai_client(World(learner=SpeakerLearner(error=TrainingFailed("out_of_memory", "Use less."))))
    job = client.fine_tuning.jobs.create(model=BASE, training_file=upload(client))
    done = finish(client, job.id)
    assert done.status == "failed"
    assert done.error is not None
    assert (done.error.code, done.error.message) == ("out_of_memory", "Use less.")
    assert client.fine_tuning.jobs.list_events(job.id).data[0].message == "Use less."
    assert done.fine_tuned_model is None


def test_each_step_is_told_once_and_the_tokens_are_the_learners() -> None:
    client = openai_client(World(learner=SpeakerLearner()))
    job = client.fine_tuning.jobs.create(
        model=BASE, training_file=upload(client), hyperparameters={"n_epochs": 3}
    )
    done = finish(client, job.id)
    events = client.fine_tuning.jobs.list_events(job.id).data[::-1]
    steps = [event.message.partition(":")[0] for event in events if event.type == "metrics"]
    assert steps == ["Step 1/3", "Step 2/3", "Step 3/3"]
    assert done.trained_tokens == 1234


def test_only_a_training_that_takes_a_watch_has_one() -> None:
    assert watch_of(SpeakerLearner()) is not None
    assert watch_of(ScriptedLearner({"Who?": "Ann"})) is None
    assert not reads_conversations(ScriptedLearner({}).base("m"))


class _Paused(SpeakerLearner):
    """Trains a step, and the others when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.go, self.began = Event(), Event()

    def train(
        self,
        base: Model,
        examples: Sequence[Example],
        hyper: Hyper,
        validation: Sequence[Example] = (),
        *,
        watch: Watch | None = None,
    ) -> Run:
        assert watch is not None
        run = run_of(base, examples, hyper, validation)
        watch.total = len(run.steps)
        watch.steps.append(run.steps[0])
        self.began.set()
        assert self.go.wait(10)
        watch.steps += run.steps[1:]
        return run


def test_a_job_waits_for_its_turn_and_tells_each_step_when_it_is_done_and_once() -> None:
    paused, trainings = _Paused(), Trainings()
    world = World(learner=paused)
    world.openai.begin_training = trainings.begin
    client = openai_client(world)
    job = client.fine_tuning.jobs.create(
        model=BASE, training_file=upload(client), hyperparameters={"n_epochs": 3}
    )

    def looks() -> tuple[str, list[str]]:
        statuses = [client.fine_tuning.jobs.retrieve(job.id).status for _ in range(3)]
        events = client.fine_tuning.jobs.list_events(job.id).data[::-1]
        return statuses[-1], [event.message.partition(":")[0] for event in events if event.type == "metrics"]

    assert looks() == ("queued", [])
    assert paused.began.wait(10)
    trainings.notice()
    assert looks() == ("running", ["Step 1/3"])
    paused.go.set()
    trainings.wait()
    assert looks() == ("running", ["Step 1/3", "Step 2/3", "Step 3/3"])
    trainings.notice()
    assert looks() == ("succeeded", ["Step 1/3", "Step 2/3", "Step 3/3"])


class _Held(SpeakerLearner):
    """Trains when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.go, self.began = Event(), Event()

    def train(
        self,
        base: Model,
        examples: Sequence[Example],
        hyper: Hyper,
        validation: Sequence[Example] = (),
        *,
        watch: Watch | None = None,
    ) -> Run:
        del base, examples, hyper, validation
        self.began.set()
        assert self.go.wait(10)
        assert watch is not None
        watch.check()
        raise AssertionError("it was not stopped")


def test_a_training_in_the_background_stops_when_it_is_cancelled_and_the_next_begins() -> None:
    held, free, trainings = _Held(), SpeakerLearner(), Trainings()
    watches = [watch_of(held), watch_of(free)]
    first, second = (
        trainings.begin(training_of(each, each.base("m"), EXAMPLES, HYPER, (), watch=watch), watch)
        for each, watch in zip((held, free), watches, strict=True)
    )
    assert held.began.wait(10)
    trainings.notice()
    assert (first.begun(), second.begun()) == (True, False)
    first.cancel()
    held.go.set()
    with pytest.raises(TrainingStopped):
        first.result()
    assert len(second.result().steps) == 2
    trainings.notice()
    assert second.begun()
    assert second.done()


def test_a_training_that_is_cancelled_before_its_turn_is_left_out() -> None:
    held, free, trainings = _Held(), SpeakerLearner(error=TrainingFailed("x", "it was trained")), Trainings()
    first, second = (
        trainings.begin(training_of(each, each.base("m"), EXAMPLES, HYPER, (), watch=watch), watch)
        for each, watch in ((held, watch_of(held)), (free, watch_of(free)))
    )
    second.cancel()
    first.cancel()
    held.go.set()
    with pytest.raises(TrainingStopped):
        second.result()


def test_open_weights_need_their_libraries_only_when_they_are_asked_for() -> None:
    code = "import sys, fakes.learners as l; l.load('softmax'); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_model_of_open_weights_that_is_not_there_is_told_before_anything_is_imported() -> None:
    with pytest.raises(ValueError, match=r"no/such/model: there is no such model\. Name a folder"):
        find_learner("hf:no/such/model")
    for nothing in ("hf", "hf:"):
        with pytest.raises(ValueError, match=r"tunes a model of open weights\. Name its folder"):
            find_learner(nothing)
    with pytest.raises(ValueError, match=r"nowhere: there is no such model\."):
        find_learner("hf:./nowhere")


def test_a_folder_that_is_no_model_is_told_with_what_to_name_instead(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"has no config\.json, so it is no model\. .* ends in \.gguf\.$"):
        find_learner(f"hf:{tmp_path}")
    (tmp_path / "smol.gguf").touch()
    with pytest.raises(ValueError, match=r"ends in \.gguf, such as smol\.gguf\.$"):
        find_learner(f"hf:{tmp_path}")


def test_a_learner_of_open_weights_takes_one_file_of_settings() -> None:
    with pytest.raises(ValueError, match=r"one file of settings, no more"):
        find_learner("hf:a/b", Path("one"), Path("two"))
