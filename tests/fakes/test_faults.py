"""What goes wrong on purpose, through both doors of this process and with the vendors' own clients."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import httpx2
import openai
import pytest
from openai import AsyncOpenAI, OpenAI

from fakes import FakeTransport, World, intercept
from fakes.failures import Ending, Fault, FaultKind, JobFailure, quota_exhausted, rate_limited, revoked_key
from fakes.learners.scripted import ScriptedLearner
from fakes.limits import Limits

Ask = Callable[[], str]
Door = Callable[[World], AbstractContextManager[Ask]]
CHAT = r"/chat/completions$"


def ask_with(client: OpenAI) -> str:
    answer = client.chat.completions.create(
        model="gpt-4o-mini-2024-07-18", messages=[{"role": "user", "content": "q"}], timeout=5
    )
    return answer.choices[0].message.content or ""


@contextmanager
def by_transport(world: World) -> Generator[Ask]:
    http = httpx2.Client(transport=FakeTransport(world))
    with OpenAI(api_key="k", max_retries=0, http_client=http) as client:
        yield lambda: ask_with(client)


@contextmanager
def by_intercept(world: World) -> Generator[Ask]:
    with intercept(world), OpenAI(api_key="k", max_retries=0) as client:
        yield lambda: ask_with(client)


@contextmanager
def by_async(world: World) -> Generator[Ask]:
    async def ask() -> str:
        http = httpx2.AsyncClient(transport=FakeTransport(world))
        async with AsyncOpenAI(api_key="k", max_retries=0, http_client=http) as client:
            answer = await client.chat.completions.create(
                model="gpt-4o-mini-2024-07-18", messages=[{"role": "user", "content": "q"}], timeout=5
            )
            return answer.choices[0].message.content or ""

    yield lambda: asyncio.run(ask())


@pytest.fixture(params=[by_transport, by_intercept, by_async])
def door(request: pytest.FixtureRequest) -> Door:
    return request.param


def world(*faults: Fault) -> World:
    return World(learner=ScriptedLearner({"q": "a"}), faults=faults)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (FaultKind.REFUSED, httpx2.ConnectError),
        (FaultKind.RESET, httpx2.ReadError),
        (FaultKind.LOST, httpx2.ReadError),
        (FaultKind.TIMEOUT, httpx2.ReadTimeout),
        (FaultKind.TRUNCATED, httpx2.RemoteProtocolError),
    ],
)
def test_a_broken_connection_reaches_the_caller_as_the_error_of_its_client(
    door: Door, kind: FaultKind, error: type[Exception]
) -> None:
    with door(world(Fault(kind, path=CHAT).at(1))) as ask:
        with pytest.raises(openai.APIConnectionError) as caught:
            ask()
        assert isinstance(caught.value.__cause__, error)
        assert ask() == "a"


def test_a_slow_answer_is_one_that_does_not_come_in_time(door: Door) -> None:
    with door(world(Fault(FaultKind.SLOW, seconds=9).at(1), Fault(FaultKind.SLOW, seconds=1).at(2))) as ask:
        with pytest.raises(openai.APITimeoutError):
            ask()
        assert ask() == "a"


def test_a_garbled_answer_is_no_answer(door: Door) -> None:
    with door(world(Fault(FaultKind.GARBLED))) as ask, pytest.raises(Exception):  # noqa: B017, PT011 - whatever the SDK makes of it
        ask()


@pytest.mark.parametrize(
    ("fault", "error", "header"),
    [
        (rate_limited(2), openai.RateLimitError, ("retry-after", "2")),
        (rate_limited(0.25, milliseconds=True), openai.RateLimitError, ("retry-after-ms", "250")),
        (quota_exhausted(), openai.RateLimitError, ("x-should-retry", "false")),
        (revoked_key(), openai.AuthenticationError, ("content-type", "application/json")),
        (Fault(status=500), openai.InternalServerError, ("content-type", "application/json")),
        (Fault(status=503), openai.InternalServerError, ("content-type", "application/json")),
    ],
)
def test_an_error_of_the_service_has_its_shape_and_headers(
    fault: Fault, error: type[openai.APIStatusError], header: tuple[str, str]
) -> None:
    with by_transport(world(fault)) as ask, pytest.raises(error) as caught:
        ask()
    name, value = header
    assert caught.value.response.headers[name] == value
    assert isinstance(caught.value.body, dict)


def test_a_retrying_client_gets_through_what_passes() -> None:
    faults = (rate_limited(0.0).at(1), Fault(status=503).at(2))
    http = httpx2.Client(transport=FakeTransport(world(*faults)))
    with OpenAI(api_key="k", max_retries=2, http_client=http) as client:
        assert ask_with(client) == "a"


def test_a_lost_answer_was_taken_and_a_reset_one_was_not() -> None:
    for kind, taken in ((FaultKind.LOST, 1), (FaultKind.RESET, 0)):
        made = world(Fault(kind, method="POST", path="/files$"))
        http = httpx2.Client(transport=FakeTransport(made))
        with OpenAI(api_key="k", max_retries=0, http_client=http) as client:
            with pytest.raises(openai.APIConnectionError):
                client.files.create(file=("x.jsonl", b"{}"), purpose="fine-tune")
            assert len(made.openai.files) == taken


def test_a_stream_can_be_cut_in_the_middle() -> None:
    made = World(learner=ScriptedLearner(lambda _: "one two three"), faults=[Fault(FaultKind.TRUNCATED)])
    http = httpx2.Client(transport=FakeTransport(made))
    seen: list[str] = []
    with OpenAI(api_key="k", max_retries=0, http_client=http) as client:
        stream = client.chat.completions.create(
            model="gpt-4o-mini-2024-07-18", messages=[{"role": "user", "content": "q"}], stream=True
        )
        with pytest.raises((httpx2.RemoteProtocolError, openai.APIConnectionError)):
            seen.extend(chunk.id for chunk in stream)
    assert len(seen) == 1


@pytest.mark.parametrize("after", [0, 1, 3])
def test_a_stream_can_be_cut_after_so_many_events(after: int) -> None:
    said = streamed(Fault(FaultKind.TRUNCATED, after=after))
    assert said == (["", "one ", "two ", "three"][:after], True)


def test_a_stream_can_be_cut_behind_its_last_event() -> None:
    whole, broken = streamed()
    assert not broken
    assert streamed(Fault(FaultKind.TRUNCATED, after=len(whole) + 1)) == (whole, False)


@pytest.mark.parametrize("after", [0, 2])
def test_a_stream_can_be_garbled_after_so_many_events(after: int) -> None:
    assert streamed(Fault(FaultKind.GARBLED, after=after)) == (["", "one "][:after], True)


def test_an_answer_in_one_piece_is_cut_in_its_middle_whatever_the_events(door: Door) -> None:
    with door(world(Fault(FaultKind.TRUNCATED, after=9))) as ask, pytest.raises(openai.APIConnectionError):
        ask()


def test_no_fault_comes_after_less_than_no_event() -> None:
    with pytest.raises(ValueError, match="events"):
        Fault(FaultKind.TRUNCATED, after=-1)


def streamed(*faults: Fault) -> tuple[list[str | None], bool]:
    """The pieces that arrive of an answer of three words, and whether it breaks before its end."""
    made = World(learner=ScriptedLearner(lambda _: "one two three"), faults=faults)
    http = httpx2.Client(transport=FakeTransport(made))
    seen: list[str | None] = []
    with OpenAI(api_key="k", max_retries=0, http_client=http) as client:
        try:
            stream = client.chat.completions.create(
                model="gpt-4o-mini-2024-07-18", messages=[{"role": "user", "content": "q"}], stream=True
            )
            seen.extend(chunk.choices[0].delta.content for chunk in stream)
        except (httpx2.TransportError, openai.APIError, ValueError):
            return seen, True
    return seen, False


def test_a_share_of_the_calls_is_drawn_by_the_seed() -> None:
    def outcome(seed: int) -> list[bool]:
        made = World(seed=seed, learner=ScriptedLearner({}), faults=[Fault(share=0.3)])
        http = httpx2.Client(transport=FakeTransport(made), headers={"authorization": "Bearer k"})
        url = "https://api.openai.com/v1/models"
        return [http.get(url).status_code == 500 for _ in range(200)]

    assert outcome(1) == outcome(1) != outcome(2)
    assert 30 < sum(outcome(1)) < 90


def test_a_fault_meets_the_calls_it_names_and_no_other() -> None:
    made = world(Fault(method="GET", path="/models$").at(2, 3))
    http = httpx2.Client(transport=FakeTransport(made), headers={"authorization": "Bearer k"})
    base = "https://api.openai.com/v1"
    codes = [http.get(f"{base}/models").status_code for _ in range(4)]
    assert codes == [200, 500, 500, 200]
    assert http.get(f"{base}/files").status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        *({"share": 1.5}, {"share": float("nan")}, {"service": "open-ai"}, {"method": "post"}),
        *({"calls": (0,)}, {"calls": (1.5,)}, {"calls": "12"}, {"kind": "slower"}, {"after": 1.5}),
        *({"status": 99}, {"status": 1000}, {"status": True}, {"status": "500"}),
        *({"seconds": -1}, {"seconds": float("nan")}, {"seconds": float("inf")}),
        *({"headers": {"a b": "c"}}, {"headers": {"a": "b\r\nc: d"}}, {"headers": {"a": "\u20ac"}}),
    ],
    ids=str,
)
def test_a_fault_that_cannot_happen_is_refused_when_it_is_made(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(wrong))} must be .*, got "):
        Fault(**wrong)


@pytest.mark.parametrize(
    "wrong", [{"service": "gemini"}, {"created": (0,)}, {"message": 5}, {"code": 5}, {"times": 0}], ids=str
)
def test_a_failure_of_a_job_that_cannot_happen_is_refused_when_it_is_made(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(wrong))} must be .*, got "):
        JobFailure(Ending.HANGS, **wrong)


class TestLimits:
    def test_requests_a_minute_come_back_evenly(self) -> None:
        now = [0.0]
        made = World(learner=ScriptedLearner({"q": "a"}), limits=Limits(60, 10**6, lambda: now[0]))
        with by_transport(made) as ask:
            for _ in range(60):
                ask()
            with pytest.raises(openai.RateLimitError) as caught:
                ask()
            assert caught.value.code == "rate_limit_exceeded"
            assert caught.value.response.headers["x-ratelimit-remaining-requests"] == "0"
            wait = int(caught.value.response.headers["retry-after-ms"]) / 1000
            now[0] += wait
            assert ask() == "a"

    def test_tokens_a_minute_are_counted_too(self) -> None:
        made = World(learner=ScriptedLearner({"q": "a"}), limits=Limits(1000, 100, lambda: 0.0))
        with by_transport(made) as ask:
            ask()
            with pytest.raises(openai.RateLimitError, match="tokens"):
                [ask() for _ in range(10)]

    def test_each_model_has_limits_of_its_own(self) -> None:
        limits = Limits(1, 1000, lambda: 0.0)
        assert limits.take("a", 1).taken
        assert not limits.take("a", 1).taken
        assert limits.take("b", 1).taken
