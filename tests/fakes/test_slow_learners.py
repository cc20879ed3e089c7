"""Models that take their time: others are answered meanwhile. Here they wait for each other, or the test."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Barrier, Event, Thread
from typing import Any

import httpx2
import openai
import pytest
from google import genai

from fakes import World
from fakes.doors.journal import Journal
from fakes.learners import Example, Hyper, Message, Model, Reply, Run
from fakes.learners.capabilities import Decoding, NotAnswered, Said, Token
from fakes.learners.saying import Saying
from fakes.learners.turns import Turn, all_at_once, given_up
from fakes.learners.unchanging import run_of
from fakes.routes import Response, respond
from fakes.timeline import ByClock
from tests.fakes.clients import BASE, async_openai_client, gemini_client, jsonl, openai_client
from tests.fakes.servers import KEY, served

AT_ONCE = 5
PATIENCE = 20


@dataclass
class _Slow:
    """A model whose every answer goes through `wait` in a thread, a token before it and one after it."""

    wait: Callable[[], object]
    error: Exception | None = None
    sayings: list[Saying] = field(default_factory=list[Saying])

    def answer(self, prompt: str, **_: object) -> Reply:
        return Reply(self.reply([Message("user", prompt)], Decoding()).text, -1.0)

    def reply(self, messages: Sequence[Message], decoding: Decoding) -> Said:
        return self.begin_reply(messages, decoding).said()

    def begin_reply(self, messages: Sequence[Message], decoding: Decoding) -> Saying:
        del decoding
        saying = Saying()
        self.sayings.append(saying)
        Thread(target=self._write, args=(saying, messages[-1].text), daemon=True).start()
        return saying

    def _write(self, saying: Saying, asked: str) -> None:
        tokens = (Token("You said: ", -0.5), Token(asked, -0.25))
        saying.tell(tokens[:1])
        self.wait()
        if self.error is not None:
            saying.end(self.error)
            return
        saying.end(Said("You said: " + asked, "stop", tokens, 7, 2))


class _Learner:
    slow = True

    def __init__(self, model: _Slow) -> None:
        self.model = model

    def base(self, name: str) -> Model:
        del name
        return self.model

    def train(
        self, base: Model, examples: Sequence[Example], hyper: Hyper, validation: Sequence[Example] = ()
    ) -> Run:
        return run_of(base, examples, hyper, validation)


def world_of(wait: Callable[[], object], error: Exception | None = None, **more: Any) -> World:
    return World(learner=_Learner(_Slow(wait, error)), **more)


def all_together() -> Callable[[], object]:
    """Waits until so many answers are being written at once."""
    return partial(Barrier(AT_ONCE).wait, PATIENCE)


def ask(client: openai.OpenAI, text: str) -> str | None:
    done = client.chat.completions.create(model=BASE, messages=[{"role": "user", "content": text}])
    return done.choices[0].message.content


def told(number: int) -> str:
    return f"You said: {number}"


@contextmanager
def client_at(world: World, journal: Journal | None = None) -> Generator[openai.OpenAI]:
    with (
        served(world, journal) as address,
        openai.OpenAI(
            api_key="sk-fake", base_url=f"{address}/openai/v1", max_retries=0, timeout=PATIENCE
        ) as client,
    ):
        yield client


def test_a_server_has_many_answers_written_at_once() -> None:
    with client_at(world_of(all_together())) as client, ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(partial(ask, client), map(str, range(AT_ONCE))))
    assert answers == [told(number) for number in range(AT_ONCE)]


def test_async_clients_of_this_process_have_many_answers_written_at_once() -> None:
    async def main() -> list[str | None]:
        async with async_openai_client(world_of(all_together())) as client:
            asked = [
                client.chat.completions.create(
                    model=BASE, messages=[{"role": "user", "content": str(number)}]
                )
                for number in range(AT_ONCE)
            ]
            return [done.choices[0].message.content for done in await asyncio.gather(*asked)]

    assert asyncio.run(main()) == [told(number) for number in range(AT_ONCE)]


def test_threads_of_this_process_have_many_answers_written_at_once() -> None:
    client = openai_client(world_of(all_together()))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(partial(ask, client), map(str, range(AT_ONCE))))
    assert answers == [told(number) for number in range(AT_ONCE)]


def test_the_choices_of_one_answer_are_written_at_once() -> None:
    client = openai_client(world_of(all_together()))
    done = client.chat.completions.create(
        model=BASE, messages=[{"role": "user", "content": "A"}], n=AT_ONCE, temperature=0
    )
    assert {choice.message.content for choice in done.choices} == {"You said: A"}


def test_others_are_served_while_a_model_writes() -> None:
    written = Event()
    with client_at(world_of(partial(written.wait, PATIENCE))) as client, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(ask, client, "A")
        assert BASE in [model.id for model in client.models.list()]
        assert not answer.done()
        written.set()
        assert answer.result(PATIENCE) == "You said: A"


def test_each_call_that_is_sent_on_is_logged_as_itself() -> None:
    """Calls that were refused at one moment, so that another was logged before the first was sent on."""
    world, paths = world_of(lambda: None), [f"/v1/nothing/{number}" for number in range(40)]

    async def service(method: str, path: str, headers: object, body: bytes) -> Response:
        del method, headers, body
        await asyncio.sleep(0)
        return respond(210 + int(path.rpartition("/")[2]), {})

    async def main(address: str) -> None:
        async with httpx2.AsyncClient(headers=KEY, timeout=PATIENCE) as client:
            await asyncio.gather(*(client.post(f"{address}/openai{path}", json={}) for path in paths))

    with served(world, forward=service) as address:
        asyncio.run(main(address))
    logged = {entry.path: (entry.status, entry.route) for entry in world.requests}
    assert logged == {path: (210 + number, "forwarded") for number, path in enumerate(paths)}


def test_a_stream_begins_while_the_answer_is_written() -> None:
    written = Event()
    with client_at(world_of(partial(written.wait, PATIENCE))) as client:
        stream = client.chat.completions.create(
            model=BASE,
            messages=[{"role": "user", "content": "A"}],
            stream=True,
            stream_options={"include_usage": True},
        )
        first = [next(stream), next(stream)]
        assert [chunk.choices[0].delta.content for chunk in first] == ["", "You said: "]
        written.set()
        rest = list(stream)
    assert [chunk.choices[0].delta.content for chunk in rest if chunk.choices] == ["A", None]
    assert [chunk.choices[0].finish_reason for chunk in rest if chunk.choices] == [None, "stop"]
    assert rest[-1].usage is not None
    assert (rest[-1].usage.prompt_tokens, rest[-1].usage.completion_tokens) == (7, 2)


def test_a_stored_stream_is_kept_when_it_is_whole() -> None:
    with client_at(world_of(lambda: None)) as client:
        chunks = list(
            client.chat.completions.create(
                model=BASE, messages=[{"role": "user", "content": "A"}], stream=True, store=True
            )
        )
        kept = client.chat.completions.retrieve(chunks[0].id)
    assert kept.choices[0].message.content == "You said: A"


def test_what_a_stream_fails_with_is_told_in_it() -> None:
    world = world_of(lambda: None, NotAnswered("The memory is used up."))
    with (
        client_at(world) as client,
        client.chat.completions.create(
            model=BASE, messages=[{"role": "user", "content": "A"}], stream=True
        ) as stream,
        pytest.raises(openai.APIError, match="The memory is used up"),
    ):
        list(stream)


def test_an_error_that_nobody_foresaw_is_told_to_who_waits() -> None:
    world = world_of(lambda: None, ValueError("The file\nis damaged."), pace=ByClock(1e6))
    with client_at(world) as client:
        with pytest.raises(openai.InternalServerError, match=r"ValueError: The file is damaged\.") as told:
            ask(client, "A")
        assert told.value.status_code == 503
        batch = client.batches.retrieve(batch_of(client, 2))
        while batch.status != "completed":
            batch = client.batches.retrieve(batch.id)
        assert batch.error_file_id is not None
        lines = client.files.content(batch.error_file_id).text.splitlines()
    assert ["ValueError: The file is damaged." in line for line in lines] == [True, True]


@pytest.mark.parametrize("on_server", [True, False])
def test_an_answer_whose_stream_is_left_is_not_wanted_any_more(*, on_server: bool) -> None:
    written = Event()
    model = _Slow(partial(written.wait, PATIENCE))
    world = World(learner=_Learner(model))
    with (
        client_at(world) if on_server else closing(openai_client(world)) as client,
        client.chat.completions.create(
            model=BASE, messages=[{"role": "user", "content": "A" * 2000}], stream=True
        ) as stream,
    ):
        next(stream)
        next(stream)
        stream.close()
        time.sleep(0.2)
        written.set()
        (saying,) = model.sayings
        for _ in range(500):
            if not saying.wanted:
                return
            time.sleep(0.01)
    raise AssertionError("the answer is still wanted")


def batch_of(client: openai.OpenAI, count: int) -> str:
    lines = [
        {
            "custom_id": f"q{number}",
            "method": "POST",
            "url": "/v1/chat/completions",
            "body": {"model": BASE, "messages": [{"role": "user", "content": str(number)}]},
        }
        for number in range(count)
    ]
    file = client.files.create(file=("batch.jsonl", jsonl(lines)), purpose="batch")
    return client.batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h"
    ).id


def answers_of(client: openai.OpenAI, batch_id: str) -> str:
    """The file of answers, once the batch has ended."""
    for _ in range(2000):
        batch = client.batches.retrieve(batch_id)
        if batch.status == "completed":
            assert batch.output_file_id is not None
            return client.files.content(batch.output_file_id).text
    raise AssertionError("the batch does not end")


@pytest.mark.parametrize("on_server", [True, False])
def test_the_requests_of_a_batch_are_answered_at_once(*, on_server: bool) -> None:
    if on_server:
        with client_at(world_of(all_together(), pace=ByClock(1e6))) as client:
            found = answers_of(client, batch_of(client, AT_ONCE))
    else:
        client = openai_client(world_of(all_together()))
        found = answers_of(client, batch_of(client, AT_ONCE))
    assert [told(number) in line for number, line in enumerate(found.splitlines())] == [True] * AT_ONCE


def test_others_are_served_while_a_batch_is_answered() -> None:
    written = Event()
    with client_at(world_of(partial(written.wait, PATIENCE), pace=ByClock(1e6))) as client:
        batch_id = batch_of(client, 3)
        for _ in range(50):
            assert client.batches.retrieve(batch_id).status != "completed"
        written.set()
        assert answers_of(client, batch_id).count("You said: ") == 3


def test_a_journal_with_a_batch_is_gone_on_with(tmp_path: Path) -> None:
    def journal() -> Journal:
        return Journal(tmp_path / "state", {}, "1")

    def world() -> World:
        return world_of(lambda: None, pace=ByClock(1e6))

    with client_at(world(), kept := journal()) as client:
        batch_id = batch_of(client, 3)
        first = answers_of(client, batch_id)
    kept.close()
    with client_at(world(), kept := journal()) as client:
        assert answers_of(client, batch_id) == first
    kept.close()


def test_requests_of_a_batch_on_vertex_are_answered_at_once() -> None:
    world = world_of(all_together())
    client: genai.Client = gemini_client(world)
    lines = [
        {"request": {"contents": [{"role": "user", "parts": [{"text": str(number)}]}]}}
        for number in range(AT_ONCE)
    ]
    world.storage.put("b", "in.jsonl", jsonl(lines), "application/jsonl")
    job = client.batches.create(
        model="gemini-2.5-flash", src="gs://b/in.jsonl", config={"dest": "gs://b/out"}
    )
    for _ in range(10):
        job = client.batches.get(name=job.name or "")
    assert str(job.state).endswith("SUCCEEDED")
    (name,) = [each for bucket, each in world.storage.objects if bucket == "b" and each.startswith("out")]
    found = (world.storage.read(f"gs://b/{name}") or b"").decode()
    assert [told(number) in line for number, line in enumerate(found.splitlines())] == [True] * AT_ONCE


def test_a_turn_is_given_up_while_one_waits_and_had_again_after_it() -> None:
    world = world_of(lambda: None)
    turn, free = world.turn, Event()
    assert isinstance(turn, Turn)

    def others() -> None:
        with turn:
            free.set()

    with turn, turn:
        thread = Thread(target=others, daemon=True)
        thread.start()
        assert not free.wait(0.05)
        with given_up():
            assert free.wait(PATIENCE)
        thread.join(PATIENCE)
        held = Thread(target=others, daemon=True)
        free.clear()
        held.start()
        assert not free.wait(0.05)
    assert free.wait(PATIENCE)


def test_calls_that_are_made_at_once_have_one_turn_between_them() -> None:
    turn, inside, most = Turn(world_of(lambda: None).lock), [0], [0]

    def call(number: int) -> int:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        inside[0] -= 1
        return number

    with turn:
        assert all_at_once([partial(call, number) for number in range(50)]) == list(range(50))
    assert most == [1]
