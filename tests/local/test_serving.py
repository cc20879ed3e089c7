from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

import openai
import pytest
from openai.types.chat import ChatCompletion, ChatCompletionChunk, ChatCompletionMessageParam
from openai.types.fine_tuning import FineTuningJob

from tests.fakes.servers import Served, refused, server
from tests.local.clients import BASE, asked, begin, client_of, events_of, finish, say, steps_told, until
from tests.local.conftest import FACTS


@pytest.fixture(scope="module")
def served(model: Path, quick: Path) -> Iterator[Served]:
    with server("--learner", f"hf:{model}", str(quick), "--speed", "100000") as running:
        yield running


@pytest.fixture
def client(served: Served) -> Iterator[openai.OpenAI]:
    with client_of(served) as client:
        yield client


@pytest.fixture(scope="module")
def taught(served: Served, training_file: bytes) -> FineTuningJob:
    validation = b"\n".join(training_file.split(b"\n")[:2])
    with client_of(served) as client:
        job = finish(client, begin(client, training_file, validation=validation).id)
    assert job.status == "succeeded", job.error
    return job


def test_a_tuned_model_answers_what_it_was_taught(client: openai.OpenAI, taught: FineTuningJob) -> None:
    assert taught.fine_tuned_model
    assert [say(client, taught.fine_tuned_model, question) for question in FACTS] == list(FACTS.values())
    assert say(client, BASE, "Who holds office 1?") != "Ann"


def test_steps_and_result_files_tell_loss_and_accuracy(client: openai.OpenAI, taught: FineTuningJob) -> None:
    assert steps_told(client, taught.id) == list(range(1, 41))
    header, *lines = client.files.content(taught.result_files[0]).text.strip().split("\n")
    assert header == "step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy"
    assert len(lines) == 40
    assert [bool(line.split(",")[3]) for line in lines[:4]] == [False, True, False, True]
    assert float(lines[0].split(",")[1]) > 1 > float(lines[-1].split(",")[1])
    assert taught.trained_tokens
    assert taught.trained_tokens > 20 * 10 * 8, "the tokens are the model's own"


def test_the_last_checkpoints_answer_by_their_names(client: openai.OpenAI, taught: FineTuningJob) -> None:
    kept = client.fine_tuning.jobs.checkpoints.list(taught.id).data
    assert [each.step_number for each in kept] == [40, 38, 36]
    assert [say(client, each.fine_tuned_model_checkpoint, "Who holds office 2?") for each in kept] == [
        "Bob"
    ] * 3
    assert kept[0].metrics.full_valid_loss is not None
    assert kept[0].metrics.full_valid_loss < 0.1


def test_a_stream_has_the_tokens_of_the_whole_answer(client: openai.OpenAI, taught: FineTuningJob) -> None:
    assert taught.fine_tuned_model
    ask = partial(
        client.chat.completions.create,
        model=taught.fine_tuned_model,
        messages=asked("Who holds office 6?"),
        temperature=0,
        logprobs=True,
        top_logprobs=2,
    )
    whole: ChatCompletion = ask()
    (choice,) = whole.choices
    assert choice.finish_reason == "stop"
    assert choice.logprobs is not None
    told = choice.logprobs.content or []
    assert "".join(each.token for each in told) == choice.message.content == "Finn"
    assert [each.top_logprobs[0].logprob for each in told] == [each.logprob for each in told]
    assert [len(each.top_logprobs) for each in told] == [2] * len(told)
    streamed: Iterable[ChatCompletionChunk] = ask(stream=True)
    deltas = [chunk.choices[0] for chunk in streamed]
    assert "".join(each.delta.content or "" for each in deltas) == "Finn"
    assert [one for each in deltas if each.logprobs for one in each.logprobs.content or []] == told


def test_usage_counts_the_models_own_tokens(client: openai.OpenAI, taught: FineTuningJob) -> None:
    assert taught.fine_tuned_model
    question = asked("Who holds office 1?")
    done = client.chat.completions.create(model=taught.fine_tuned_model, messages=question, temperature=0)
    assert done.usage is not None
    assert (done.usage.prompt_tokens, done.usage.completion_tokens) == (9, 2)
    counted = client.responses.input_tokens.count(model=BASE, input="Who holds office 1?")
    assert counted.input_tokens == 9
    cut = client.chat.completions.create(model=BASE, messages=question, max_tokens=3, temperature=0)
    assert cut.usage is not None
    assert (cut.choices[0].finish_reason, cut.usage.completion_tokens) == ("length", 3)


def test_answers_are_drawn_by_the_seed_of_a_request(client: openai.OpenAI) -> None:
    def drawn(seed: int) -> str:
        done = client.chat.completions.create(model=BASE, messages=asked("Who?"), seed=seed, max_tokens=6)
        return str(done.choices[0].message.content)

    assert drawn(1) == drawn(1)
    assert len({drawn(seed) for seed in range(4)}) > 1


def test_what_was_said_before_is_read(client: openai.OpenAI) -> None:
    def read(messages: list[ChatCompletionMessageParam]) -> int:
        done = client.chat.completions.create(model=BASE, messages=messages, max_tokens=1)
        assert done.usage is not None
        return done.usage.prompt_tokens

    alone, before = asked("Who?"), asked("Hm?")
    assert (
        read([*before, {"role": "assistant", "content": "Yes."}, *alone])
        > read([*before, *alone])
        > read(alone)
    )


def test_the_responses_api_answers_too(client: openai.OpenAI, taught: FineTuningJob) -> None:
    assert taught.fine_tuned_model
    done = client.responses.create(model=taught.fine_tuned_model, input="Who holds office 3?", temperature=0)
    assert done.output_text == "Cleo"


def test_a_question_longer_than_the_model_reads_is_refused(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="maximum context length is 256 tokens") as error:
        say(client, BASE, "x" * 300)
    assert error.value.code == "context_length_exceeded"


def test_a_job_whose_example_is_too_long_fails_in_words(client: openai.OpenAI, training_file: bytes) -> None:
    long = training_file.replace(b"Jo", b"J" * 300)
    job = finish(client, begin(client, long).id)
    assert job.status == "failed"
    assert job.error
    assert job.error.code == "example_too_long"
    assert "and the model reads 256. Shorten it" in job.error.message


def test_jobs_queue_and_a_cancelled_one_stops(client: openai.OpenAI, training_file: bytes) -> None:
    first = begin(client, training_file, epochs=50, batch_size=1)
    second = begin(client, training_file, epochs=1)
    until(client, first.id, lambda job: len(steps_told(client, job.id)) > 2)
    assert client.fine_tuning.jobs.retrieve(second.id).status == "queued", "one is trained at a time"
    assert client.fine_tuning.jobs.cancel(first.id).status == "cancelled"
    told = steps_told(client, first.id)
    assert finish(client, second.id).status == "succeeded"
    assert 2 < len(told) < 250
    assert steps_told(client, first.id) == told, "it goes no further"


def test_a_question_is_answered_while_a_job_trains(client: openai.OpenAI, training_file: bytes) -> None:
    job = begin(client, training_file, epochs=49, batch_size=1)
    until(client, job.id, lambda job: len(steps_told(client, job.id)) > 0)
    before = len(steps_told(client, job.id))
    first = say(client, BASE, "Who holds office 1?")
    assert client.fine_tuning.jobs.retrieve(job.id).status == "running"
    assert len(steps_told(client, job.id)) < before + 100, "it did not wait for the end"
    assert client.fine_tuning.jobs.cancel(job.id).status == "cancelled"
    assert say(client, BASE, "Who holds office 1?") == first, (
        "the base model answers, not the one in training"
    )


def test_a_server_that_was_killed_goes_on_with_what_it_trained(
    model: Path, quick: Path, training_file: bytes, tmp_path: Path
) -> None:
    state = tmp_path / "state.jsonl"
    options = ("--learner", f"hf:{model}", str(quick), "--speed", "100000", "--state", str(state))
    with server(*options, code=-signal.SIGKILL) as running, client_of(running) as client:
        job = finish(client, begin(client, training_file).id)
        events = events_of(client, job.id)
        unfinished = begin(client, training_file, epochs=50, batch_size=1)
        until(client, unfinished.id, lambda job: len(steps_told(client, job.id)) > 0)
        running.process.kill()
        running.process.wait(20)
    trained = sorted((tmp_path / "state.jsonl.models").glob("*/training.json"))
    assert len(trained) == 1
    before = trained[0].stat().st_mtime_ns
    with server(*options) as running, client_of(running) as client:
        again = client.fine_tuning.jobs.retrieve(job.id)
        assert again == job
        assert events_of(client, job.id) == events
        assert say(client, again.fine_tuned_model, "Who holds office 4?") == "Dai"
        assert trained[0].stat().st_mtime_ns == before, "it was not trained again"
        until(client, unfinished.id, lambda job: len(steps_told(client, job.id)) > 0)
    assert running.process.returncode == 0, "it ends well while a job trains"
    assert sorted((tmp_path / "state.jsonl.models").glob("*/training.json")) == trained


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("./no/such/model", "there is no such model. Name a folder with config.json"),
        ("someone/some-model", "is no folder here, and could not be had from the Hugging Face hub"),
        ("", "tunes a model of open weights. Name its folder"),
    ],
)
def test_a_model_that_is_not_to_be_had_is_told_at_the_start(name: str, told: str) -> None:
    assert told in " ".join(refused("--learner", f"hf:{name}" if name else "hf").split())


def test_libraries_that_are_lacking_are_told_at_the_start(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "torch.py").write_text("raise ModuleNotFoundError('No module', name='torch')")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    assert 'pip install "fbench[local]"' in " ".join(refused("--learner", f"hf:{model}").split())
