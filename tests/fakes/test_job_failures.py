"""What becomes of jobs, batches and files on purpose, seen with the vendors' own clients."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from google.genai import types
from openai import OpenAI, RateLimitError
from openai.types import Batch
from openai.types.fine_tuning import FineTuningJob

from fakes import World
from fakes.failures import (
    JobFailure,
    batch_cancelled,
    batch_expires,
    batch_partly_fails,
    file_never_ready,
    job_cancelled,
    job_fails,
    job_hangs,
)
from fakes.learners.scripted import ScriptedLearner
from fakes.timeline import ByClock, ByHand, ByObservation, Pace
from tests.docs.pages import page_at
from tests.fakes.clients import (
    BASE,
    GEMINI,
    chat_file,
    finish,
    finish_tuning,
    gemini_client,
    gemini_file,
    jsonl,
    openai_client,
    put_object,
    tune,
    upload,
)

MANY = 50  # looks that no job needs


def world(*fates: JobFailure, seed: int = 0, pace: Pace | None = None) -> World:
    return World(seed=seed, learner=ScriptedLearner(str.upper), faults=fates, pace=pace)


def start(client: OpenAI, model: str = BASE, suffix: str | None = None, n: int = 10) -> str:
    job = client.fine_tuning.jobs.create(
        model=model, training_file=upload(client, chat_file(n)), suffix=suffix or "s"
    )
    return job.id


def looked_at(client: OpenAI, job_id: str, times: int = MANY) -> FineTuningJob:
    for _ in range(times - 1):
        client.fine_tuning.jobs.retrieve(job_id)
    return client.fine_tuning.jobs.retrieve(job_id)


def log(client: OpenAI, job_id: str) -> list[str]:
    return [event.message for event in client.fine_tuning.jobs.list_events(job_id, limit=100)]


class TestJobsOfOpenAI:
    def test_one_that_fails_says_why_and_leaves_no_model(self) -> None:
        with openai_client(world(job_fails("It is too hot.", "overheated"))) as client:
            job = finish(client, start(client))
            assert job.status == "failed"
            assert job.error is not None
            assert (job.error.code, job.error.message) == ("overheated", "It is too hot.")
            assert (job.fine_tuned_model, job.result_files) == (None, [])
            assert "It is too hot." in log(client, job.id)

    def test_one_that_fails_without_a_word_has_the_services(self) -> None:
        with openai_client(world(job_fails())) as client:
            error = finish(client, start(client)).error
            assert error is not None
            assert (error.code, error.message) == (
                "server_error",
                "The job failed due to an internal error.",
            )

    def test_one_that_the_service_cancels_ends_so(self) -> None:
        with openai_client(world(job_cancelled())) as client:
            job = finish(client, start(client))
            assert job.status == "cancelled"
            assert log(client, job.id).count("Fine-tuning job cancelled") == 1

    def test_one_that_hangs_runs_until_it_is_cancelled(self) -> None:
        with openai_client(world(job_hangs())) as client:
            job = looked_at(client, start(client))
            assert (job.status, job.finished_at) == ("running", None)
            assert client.fine_tuning.jobs.cancel(job.id).status == "cancelled"

    def test_one_that_hangs_can_be_paused_and_still_hangs(self) -> None:
        with openai_client(world(job_hangs())) as client:
            job_id = looked_at(client, start(client)).id
            client.fine_tuning.jobs.pause(job_id)
            client.fine_tuning.jobs.resume(job_id)
            assert looked_at(client, job_id).status == "running"

    @pytest.mark.parametrize("times", [1, 7])
    def test_one_that_hangs_for_a_while_needs_as_many_looks_more(self, times: int) -> None:
        def looks(client: OpenAI) -> int:
            job_id, count = start(client), 1
            while client.fine_tuning.jobs.retrieve(job_id).status != "succeeded":
                count += 1
            assert log(client, job_id).count("Fine-tuning job started") == 1
            return count

        with openai_client(world()) as plain, openai_client(world(job_hangs(times))) as slow:
            assert looks(slow) == looks(plain) + times

    def test_a_job_on_a_bad_file_fails_for_that_and_not_by_its_fate(self) -> None:
        with openai_client(world(job_fails("fate"))) as client:
            job = client.fine_tuning.jobs.create(model=BASE, training_file=upload(client, b"{}\n" * 12))
            error = finish(client, job.id).error
            assert error is not None
            assert error.message != "fate"


class TestWhichOnes:
    def ends(self, client: OpenAI, *jobs: str) -> list[str]:
        return [finish(client, job).status for job in jobs]

    def test_the_nth_that_is_created(self) -> None:
        with openai_client(world(job_fails().at(2))) as client:
            jobs = [start(client, n=n) for n in (10, 11, 12)]
            assert self.ends(client, *jobs) == ["succeeded", "failed", "succeeded"]

    def test_those_of_a_model(self) -> None:
        with openai_client(world(job_fails().on(model="gpt-4.1"))) as client:
            jobs = [start(client), start(client, "gpt-4.1-2025-04-14")]
            assert self.ends(client, *jobs) == ["succeeded", "failed"]

    def test_those_of_a_name(self) -> None:
        with openai_client(world(job_fails().on(name="^unlucky$"))) as client:
            jobs = [start(client, suffix="lucky"), start(client, suffix="unlucky")]
            assert self.ends(client, *jobs) == ["succeeded", "failed"]

    def test_those_of_the_other_service_are_left_alone(self) -> None:
        with openai_client(world(job_fails().on(service="vertex"))) as client:
            assert self.ends(client, start(client)) == ["succeeded"]

    def test_a_share_is_drawn_by_the_seed_whatever_the_order(self) -> None:
        def failed(seed: int, order: list[int]) -> list[str]:
            with openai_client(world(job_fails().on(share=0.5), seed=seed)) as client:
                jobs = {n: start(client, n=n) for n in order}
                return [finish(client, jobs[n]).status for n in sorted(jobs)]

        forth, back = list(range(10, 40)), list(range(39, 9, -1))
        assert failed(1, forth) == failed(1, back) != failed(2, forth)
        assert 5 < failed(1, forth).count("failed") < 25

    def test_the_first_fate_in_the_list_is_the_one_that_is_met(self) -> None:
        with openai_client(world(job_cancelled().at(1), job_fails())) as client:
            jobs = [start(client, n=n) for n in (10, 11)]
            assert self.ends(client, *jobs) == ["cancelled", "failed"]

    def test_what_is_set_later_leaves_what_was_created_alone(self) -> None:
        made = world(job_fails())
        with openai_client(made) as client:
            first = start(client)
            made.faults.set([])
            assert self.ends(client, first, start(client)) == ["failed", "succeeded"]

    @pytest.mark.parametrize(
        "wrong",
        [
            lambda: job_fails().on(share=2),
            lambda: job_hangs(0),
            lambda: job_fails().on(of="file"),
            lambda: file_never_ready().on(of="batch"),
            lambda: batch_expires().on(of="job"),
            lambda: batch_partly_fails().on(of="job"),
            lambda: batch_cancelled().on(of="job"),
            lambda: batch_expires(-1),
        ],
    )
    def test_a_fate_that_cannot_be_is_refused(self, wrong: Callable[[], JobFailure]) -> None:
        with pytest.raises(ValueError, match=r"\."):
            wrong()


class TestPaces:
    def test_by_hand_nothing_fails_before_its_time(self) -> None:
        made = world(job_fails(), pace=ByHand())
        with openai_client(made) as client:
            job_id = start(client)
            assert looked_at(client, job_id).status == "validating_files"
            for _ in range(3):
                made.advance()
            assert looked_at(client, job_id, 1).status == "failed"

    def test_by_the_clock_a_job_fails_when_it_would_have_succeeded(self) -> None:
        now = [0.0]
        with openai_client(world(job_fails(), pace=ByClock(1.0, lambda: now[0]))) as client:
            job_id = start(client)
            now[0] = 1889
            assert looked_at(client, job_id).status == "running"
            now[0] = 1890
            assert looked_at(client, job_id).status == "failed"

    @pytest.mark.parametrize("hours", [1, 1000])
    def test_by_the_clock_a_job_that_hangs_does_so_for_ever(self, hours: int) -> None:
        now = [0.0]
        with openai_client(world(job_hangs(), pace=ByClock(1.0, lambda: now[0]))) as client:
            job_id = start(client)
            now[0] = hours * 3600
            assert looked_at(client, job_id).status == "running"

    def test_to_advance_the_world_does_not_free_what_hangs(self) -> None:
        made = world(job_hangs(), pace=ByObservation())
        with openai_client(made) as client:
            job_id = start(client)
            for _ in range(MANY):
                made.advance()
            assert looked_at(client, job_id, 1).status == "running"


class TestFiles:
    def test_one_that_is_never_ready_stays_uploaded_and_its_job_waits(self) -> None:
        with openai_client(world(file_never_ready().on(name="slow"))) as client:
            slow = client.files.create(file=("slow.jsonl", chat_file()), purpose="fine-tune")
            quick = client.files.create(file=("quick.jsonl", chat_file()), purpose="fine-tune")
            assert (slow.status, quick.status) == ("uploaded", "processed")
            waits = client.fine_tuning.jobs.create(model=BASE, training_file=slow.id)
            validated = client.fine_tuning.jobs.create(
                model=BASE, training_file=quick.id, validation_file=slow.id
            )
            for job in (waits, validated):
                assert looked_at(client, job.id).status == "validating_files"
            assert client.files.retrieve(slow.id).status == "uploaded"
            assert client.fine_tuning.jobs.cancel(waits.id).status == "cancelled"
            assert finish(
                client, client.fine_tuning.jobs.create(model=BASE, training_file=quick.id).id
            ).fine_tuned_model

    def test_a_batch_of_one_that_is_never_ready_is_validated_for_ever(self) -> None:
        with openai_client(world(file_never_ready())) as client:
            assert batched(client).status == "validating"


def batched(client: OpenAI, questions: int = 1) -> Batch:
    """A batch of equal questions, looked at until it must have ended."""
    body = {"model": BASE, "messages": [{"role": "user", "content": "q"}]}
    line = {"method": "POST", "url": "/v1/chat/completions", "body": body}
    content = jsonl(line | {"custom_id": str(number)} for number in range(questions))
    file = client.files.create(file=("b.jsonl", content), purpose="batch")
    batch = client.batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h"
    )
    for _ in range(MANY):
        batch = client.batches.retrieve(batch.id)
    return batch


class TestBatchesOfOpenAI:
    def test_one_that_fails_says_why(self) -> None:
        with openai_client(world(job_fails("No.", "no").on(of="batch"))) as client:
            batch = batched(client)
            assert (batch.status, batch.output_file_id) == ("failed", None)
            assert batch.errors is not None
            assert [(error.code, error.message) for error in batch.errors.data or ()] == [("no", "No.")]

    @pytest.mark.parametrize(
        ("fate", "status"), [(job_hangs(), "in_progress"), (job_cancelled(), "cancelled")]
    )
    def test_one_hangs_or_is_cancelled(self, fate: JobFailure, status: str) -> None:
        with openai_client(world(fate.on(of="batch"))) as client:
            batch = batched(client)
            assert (batch.status, batch.output_file_id) == (status, None)

    def test_one_that_hangs_for_a_while_is_answered_once(self) -> None:
        with openai_client(world(job_hangs(3).on(of="batch"))) as client:
            batch = batched(client)
            assert batch.request_counts is not None
            assert (batch.status, batch.request_counts.completed) == ("completed", 1)

    @pytest.mark.parametrize(
        ("fate", "status", "code"),
        [
            (batch_expires(2), "expired", "batch_expired"),
            (batch_cancelled(2), "cancelled", "batch_cancelled"),
            (batch_partly_fails(2), "completed", 500),
        ],
    )
    def test_one_that_ends_early_keeps_its_answers_and_says_why_the_rest_has_none(
        self, fate: JobFailure, status: str, code: object
    ) -> None:
        with openai_client(world(fate)) as client:
            batch = batched(client, 5)
            assert batch.status == status
            assert batch.request_counts is not None
            assert (batch.request_counts.total, batch.request_counts.completed) == (5, 2)
            answers = client.files.content(batch.output_file_id or "").content.splitlines()
            assert [json.loads(line)["custom_id"] for line in answers] == ["0", "1"]
            rest = [json.loads(line) for line in client.files.content(batch.error_file_id or "").iter_lines()]
            assert [line["custom_id"] for line in rest] == ["2", "3", "4"]
            said = [
                line["error"]["code"] if line["error"] else line["response"]["status_code"] for line in rest
            ]
            assert said == [code] * 3


class TestVertex:
    def tuned(self, made: World, name: str | None = None, looks: int = MANY) -> types.TuningJob:
        put_object(made, "b", "t.jsonl", gemini_file(20))
        client = gemini_client(made)
        job = tune(
            client,
            "gs://b/t.jsonl",
            model=GEMINI,
            config=types.CreateTuningJobConfig(tuned_model_display_name=name),
        )
        for _ in range(looks):
            job = client.tunings.get(name=job.name or "")
        return job

    def test_a_job_that_fails_carries_a_status(self) -> None:
        job = self.tuned(world(job_fails("No more accelerators.", "RESOURCE_EXHAUSTED")))
        assert job.state is types.JobState.JOB_STATE_FAILED
        assert job.error is not None
        assert (job.error.code, job.error.message) == (8, "No more accelerators.")
        assert job.tuned_model is None

    def test_a_job_that_fails_without_a_word_has_an_internal_error(self) -> None:
        error = self.tuned(world(job_fails())).error
        assert error is not None
        assert (error.code, error.message) == (13, "Internal error encountered.")

    def test_a_job_that_the_service_cancels_winds_up_first(self) -> None:
        made = world(job_cancelled())
        assert self.tuned(made, looks=2).state is types.JobState.JOB_STATE_CANCELLING
        job = self.tuned(world(job_cancelled()))
        assert job.state is types.JobState.JOB_STATE_CANCELLED
        assert job.error is not None
        assert job.error.code == 1

    def test_a_job_that_hangs_runs_until_it_is_cancelled(self) -> None:
        made = world(job_hangs())
        job = self.tuned(made)
        assert job.state is types.JobState.JOB_STATE_RUNNING
        client = gemini_client(made)
        client.tunings.cancel(name=job.name or "")
        assert finish_tuning(client, job).state is types.JobState.JOB_STATE_CANCELLED

    def test_a_job_that_hangs_for_a_while_gets_there(self) -> None:
        assert self.tuned(world(job_hangs(5)), looks=6).state is types.JobState.JOB_STATE_RUNNING
        assert self.tuned(world(job_hangs(5)), looks=7).state is types.JobState.JOB_STATE_SUCCEEDED

    def test_jobs_are_told_apart_by_their_display_names_and_models(self) -> None:
        for fate, name, fails in (
            (job_fails().on(name="^mine"), "mine too", True),
            (job_fails().on(name="^mine"), "yours", False),
            (job_fails().on(model="flash"), None, True),
            (job_fails().on(model="pro"), None, False),
        ):
            failed = self.tuned(world(fate), name).state is types.JobState.JOB_STATE_FAILED
            assert failed is fails


def test_what_the_documents_show_is_what_happens() -> None:
    shown = page_at(Path("docs/how-to/fakes.md")).labelled("faults")
    made = world()
    exec(shown, {"world": made})  # noqa: S102 - it is our own page's
    with openai_client(made) as client:
        for _ in range(2):
            with pytest.raises(RateLimitError):
                client.models.list()
        ends = [finish(client, start(client, n=n)).status for n in (10, 11, 12, 13)]
        slow = client.files.create(file=("slow.jsonl", chat_file()), purpose="fine-tune")
    assert ends == ["succeeded", "succeeded", "failed", "succeeded"]
    assert slow.status == "uploaded"
