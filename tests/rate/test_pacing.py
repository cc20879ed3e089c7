"""Permits: who waits, for how long, and what a refusal does to all."""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

import httpx2
import pytest

from fbench.errors import Incomplete
from fbench.providers.connect import connect
from fbench.providers.connection import Connection
from fbench.providers.failures import CallFailure, response_failure
from fbench.providers.model import Sampling
from fbench.providers.pacing import UNKNOWN, Pacer, Pacers, Permit, Rates, note, paced_as
from fbench.providers.profiles import profile_of
from fbench.providers.rate_control import Control, State
from fbench.providers.retry import Retries
from fbench.runner.attempts import Paid
from fbench.runner.budget import Asked
from fbench.runner.stop import Stop
from tests.pipeline.sinks import WithoutLimit
from tests.rate.elsewhere import killed_inside, refused

MODEL = "openai:gpt-4o-mini-2024-07-18"
OTHER = "openai:gpt-4o-2024-08-06"
Result = TypeVar("Result")


class Time:
    """A clock that jumps to the end of a wait."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


class Refused(Exception):
    """A 429 with these headers."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        super().__init__("429")
        self.headers = headers


def pacer_of(time: Time, *, rates: Rates = UNKNOWN, patience: float = 3600) -> Pacer:
    pacer = Pacers([MODEL], rates=rates, now=time, patience=patience).of(MODEL)
    assert pacer is not None
    return pacer


def explain(error: Exception) -> CallFailure | None:
    return response_failure(429, "Rate limit reached", error.headers) if isinstance(error, Refused) else None


def ask(pacer: Pacer, time: Time, call: Callable[[], Awaitable[Result]]) -> Result:
    async def session() -> Result:
        with paced_as(pacer, asyncio.Semaphore(50)):
            return await Retries(time, explain)("asking", call, 10)

    return asyncio.run(session())


def refuse(pacer: Pacer, time: Time, headers: Mapping[str, str]) -> None:
    async def session() -> None:
        permit = await pacer.permit(time.sleep)
        with permit.noting():
            note({"content-type": "application/json"})
            permit.limited(headers)

    asyncio.run(session())


def permit(pacer: Pacer, time: Time, tokens: float = 0) -> Permit:
    return asyncio.run(pacer.permit(time.sleep, tokens))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "20"}, 20),
        ({"retry-after-ms": "1500"}, 1.5),
        ({"retry-after": "300", "x-ratelimit-reset-requests": "1s"}, 300),
        ({"retry-after": "Sun, 29 Nov 2026 13:01:00 GMT", "date": "Sun, 29 Nov 2026 13:00:00 GMT"}, 60),
    ],
)
def test_a_refusal_parks_the_whole_queue_as_long_as_the_service_asks(
    headers: dict[str, str], seconds: float
) -> None:
    time = Time()
    pacer = pacer_of(time)
    refuse(pacer, time, headers)
    refused_at = time.now
    permit(pacer, time)
    assert seconds <= time.now - refused_at < seconds + 0.1


def test_a_refusal_costs_no_attempt() -> None:
    time, calls = Time(), 0

    async def call() -> str:
        nonlocal calls
        calls += 1
        note({"x-request-id": str(calls)})
        if calls <= 40:
            raise Refused({"retry-after": "3"})
        return "said"

    assert ask(pacer_of(time), time, call) == "said"
    assert calls == 41
    assert time.now - 100 >= 120


def test_a_refusal_without_any_header_parks_the_queue_too() -> None:
    time, calls = Time(), 0

    async def call() -> str:
        nonlocal calls
        calls += 1
        note({})
        raise Refused({})

    with pytest.raises(Incomplete, match=r"refused every request"):
        ask(pacer_of(time, patience=60), time, call)
    assert calls < 60


def test_a_refusal_that_was_replayed_parks_nothing() -> None:
    time, calls = Time(), 0

    async def call() -> str:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise Refused({"retry-after": "3000"})
        return "said"

    assert ask(pacer_of(time), time, call) == "said"
    assert time.now - 100 < 1


def test_refusals_of_a_replay_which_has_no_pacer_are_no_attempts_either() -> None:
    time, calls = Time(), 0

    async def call() -> str:
        nonlocal calls
        calls += 1
        if calls <= 40:
            raise Refused({})
        return "said"

    assert asyncio.run(Retries(time, explain)("asking", call, 10)) == "said"
    calls = -1000
    with pytest.raises(Incomplete):
        asyncio.run(Retries(time, explain)("asking", call, 10))


@pytest.mark.parametrize("asked", ["30", "3601", "86400"])
def test_patience_ends_where_every_request_is_refused(asked: str) -> None:
    time = Time()

    async def call() -> str:
        note({"x-request-id": "1"})
        raise Refused({"retry-after": asked})

    with pytest.raises(Incomplete, match=f"{MODEL}.*429.*fbench resume"):
        ask(pacer_of(time), time, call)
    assert time.now - 100 <= 3600 + 30


def test_one_accepted_request_renews_the_patience() -> None:
    time = Time()
    pacer = pacer_of(time, patience=100)
    for _ in range(5):
        refuse(pacer, time, {"retry-after": "60"})
        permit(pacer, time).answered()
    assert time.now - 100 >= 300


def test_a_rate_by_hand_is_kept_for_requests_and_for_tokens() -> None:
    time = Time()
    pacer = pacer_of(time, rates=Rates(rpm=120))
    for _ in range(121):
        permit(pacer, time).answered()
    assert 59 <= time.now - 100 <= 61
    time = Time()
    pacer = pacer_of(time, rates=Rates(tpm=6000))
    for _ in range(11):
        permit(pacer, time, 1000).answered()
    assert 99 <= time.now - 100 <= 111


def test_a_model_that_waits_keeps_no_slot_of_another() -> None:
    time = Time()
    pacers = Pacers([MODEL, OTHER], now=time)
    slow, quick = pacers.of(MODEL), pacers.of(OTHER)
    assert slow is not None
    assert quick is not None
    refuse(slow, time, {"retry-after": "50"})
    slots = asyncio.Semaphore(1)

    async def session() -> float:
        waiting = [asyncio.ensure_future(slow.permit(time.sleep, 0, slots)) for _ in range(3)]
        await asyncio.sleep(0)
        (await quick.permit(time.sleep, 0, slots)).answered()
        at = time.now
        (await waiting[0]).answered()
        for each in waiting[1:]:
            each.cancel()
        return at

    assert asyncio.run(session()) - 100 < 1


def test_a_permit_gives_its_slot_back_whatever_becomes_of_it() -> None:
    time = Time()
    pacer, slots = pacer_of(time), asyncio.Semaphore(1)

    async def session() -> None:
        for _ in range(3):
            permit = await pacer.permit(time.sleep, 0, slots)
            with pytest.raises(ZeroDivisionError), permit.noting():
                raise ZeroDivisionError
        assert not slots.locked()

    asyncio.run(session())


def test_a_pacer_serves_the_judge_too_which_has_an_event_loop_of_its_own() -> None:
    time = Time()
    pacer = pacer_of(time)

    async def two_at_once() -> None:
        slots = asyncio.Semaphore(1)
        first = await pacer.permit(time.sleep, slots=slots)
        waiting = [asyncio.create_task(pacer.permit(time.sleep, slots=slots)) for _ in range(2)]
        await asyncio.sleep(0)
        first.answered()
        for each in waiting:
            (await each).answered()

    asyncio.run(two_at_once())
    asyncio.run(two_at_once())


def test_a_stop_ends_a_wait() -> None:
    class Stopped(Exception):
        pass

    async def stopped(_seconds: float) -> None:
        raise Stopped

    time = Time()
    pacer = pacer_of(time)
    refuse(pacer, time, {"retry-after": "50"})
    for _ in range(2):  # nor does it leave the queue locked
        with pytest.raises(Stopped):
            asyncio.run(pacer.permit(stopped))


def test_models_are_paced_apart_and_others_not_at_all() -> None:
    time = Time()
    pacers = Pacers([MODEL, OTHER], now=time)
    slow, quick = pacers.of(MODEL), pacers.of(OTHER)
    assert slow is not None
    assert quick is not None
    refuse(slow, time, {"retry-after": "50"})
    permit(quick, time)
    assert time.now - 100 < 1
    assert pacers.of("openai:gpt-3.5-turbo-0125") is None


def _in_process(target: Callable[[Pacers], None], pacers: Pacers, *, ends: int = 0) -> None:
    process = multiprocessing.get_context("spawn").Process(target=target, args=(pacers,))
    process.start()
    process.join(60)
    assert process.exitcode == ends


def test_processes_share_a_pacer() -> None:
    class Waits(Exception):
        pass

    async def sleep(_seconds: float) -> None:
        raise Waits

    pacers = Pacers([MODEL])
    _in_process(refused, pacers)
    pacer = pacers.of(MODEL)
    assert pacer is not None
    with pytest.raises(Waits):
        asyncio.run(pacer.permit(sleep))


def test_a_process_that_is_killed_with_the_lock_does_not_keep_it() -> None:
    pacers = Pacers([MODEL])
    _in_process(killed_inside, pacers, ends=-signal.SIGKILL)
    pacer = pacers.of(MODEL)
    assert pacer is not None

    async def session() -> None:
        for _ in range(3):
            (await asyncio.wait_for(pacer.permit(asyncio.sleep), 10)).answered()

    asyncio.run(session())


def test_google_says_in_the_body_how_long_to_wait() -> None:
    details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "17.5s"}]
    refusal = {
        "error": {"code": 429, "message": "Exhausted", "status": "RESOURCE_EXHAUSTED", "details": details}
    }
    said = {"candidates": [{"content": {"role": "model", "parts": [{"text": "x"}]}, "finishReason": "STOP"}]}
    responses = [httpx2.Response(429, json=refusal), httpx2.Response(200, json=said)]
    time = Time()
    environ = {"GOOGLE_CLOUD_PROJECT": "p", "GOOGLE_CLOUD_LOCATION": "us-central1"}
    transport = httpx2.MockTransport(lambda _request: responses.pop(0))
    profile, name = profile_of("vertex:gemini-2.5-flash")

    async def session() -> str:
        provider = connect(Connection("fake", transport, time, environ), profile)
        reply = await provider.ask(name, "Question?", Sampling())
        await provider.close()
        return reply.text

    assert asyncio.run(session()) == "x"
    assert time.now - 100 == 17.5


def test_a_shorter_wait_does_not_shorten_a_longer_one() -> None:
    time = Time()
    pacer = pacer_of(time)

    async def session() -> None:
        for permit, seconds in [(await pacer.permit(time.sleep), text) for text in ("60", "1")]:
            permit.headers = {"x-request-id": "1"}
            permit.limited({"retry-after": seconds})
        await pacer.permit(time.sleep)

    asyncio.run(session())
    assert time.now - 100 >= 60


def test_permits_of_a_process_that_is_gone_hold_nobody_up_for_ever() -> None:
    control, now = Control(State()), 100.0
    while control.wait(now, 1) <= 0:
        control.take(now, 1)
    assert control.wait(now + 130, 1) <= 0
    control.take(now + 130, 1)
    assert control.wait(now + 130, 1) <= 0


def test_a_request_that_was_refused_for_its_rate_is_counted_as_sent_again() -> None:
    time, again = Time(), list[str]()
    answers = iter([Refused({"retry-after": "2"}), Refused({"retry-after": "2"}), None])

    async def call() -> str:
        if (refused := next(answers)) is not None:
            raise refused
        return "yes"

    paid = Paid(
        WithoutLimit(), Asked("ask c q", 0.5), Stop().raise_stopped, retried=lambda: again.append("c")
    )
    with paid:
        assert ask(pacer_of(time), time, call) == "yes"
    assert again == ["c", "c"]
