"""What a failed call means: for a further attempt, for the bill, and for the rest of a run."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from fbench.errors import Incomplete, ProviderStopped
from fbench.providers import Sampling
from fbench.providers.failures import FailureKind, response_failure
from fbench.providers.model import CannotTell, Rejected
from tests.providers.test_providers import ASK, CREATE, MODELS, Failure, Rig, jobs, lost, make_rig, status


def body(content: object, code: int = 200, kind: str = "application/json") -> Failure:
    """That body in the place of the service's, which has done what was asked."""

    async def fault(request: httpx2.Request, send: Any) -> httpx2.Response:
        await send()
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        return httpx2.Response(code, headers={"content-type": kind}, content=raw, request=request)

    return fault


def ask(rig: Rig) -> str:
    return asyncio.run(rig.provider.ask(rig.spec.model, "q1", Sampling())).text


@pytest.mark.parametrize(
    ("code", "codes", "headers", "kind"),
    [
        (429, [], {}, FailureKind.RATE),
        (429, ["rate_limit_exceeded"], {}, FailureKind.RATE),
        (429, ["insufficient_quota"], {}, FailureKind.STOPPED),
        (429, [None], {"x-should-retry": "false"}, FailureKind.STOPPED),
        (429, ["RATE_LIMIT_EXCEEDED"], {"x-should-retry": "true"}, FailureKind.RATE),
        (400, ["billing_hard_limit_reached"], {}, FailureKind.STOPPED),
        (400, ["API_KEY_INVALID"], {}, FailureKind.STOPPED),
        (403, ["BILLING_DISABLED"], {}, FailureKind.STOPPED),
        (402, [], {}, FailureKind.STOPPED),
        (401, [], {}, FailureKind.STOPPED),
        (403, [], {}, FailureKind.REFUSED),
        (404, ["model_not_found"], {}, FailureKind.REFUSED),
        (400, ["invalid_value"], {}, FailureKind.REJECTED),
        (413, [], {}, FailureKind.REJECTED),
        (500, [], {"x-should-retry": "false"}, FailureKind.REJECTED),
        (400, [], {"x-should-retry": "true"}, FailureKind.TRANSIENT),
        (408, [], {}, FailureKind.TRANSIENT),
        (409, [], {}, FailureKind.TRANSIENT),
        (503, [], {}, FailureKind.TRANSIENT),
        (529, [], {}, FailureKind.TRANSIENT),
    ],
)
def test_a_status_and_its_codes_say_what_a_failure_means(
    code: int, codes: list[object], headers: dict[str, str], kind: FailureKind
) -> None:
    assert response_failure(code, "", headers, codes).kind is kind


@pytest.mark.parametrize("model", MODELS[:2])
@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{}", b"null", b"[]", b'"a text"', b"7", b"<html>", b"\xff\xfe{"),
        b'{"choices": 7, "candidates": 7}',
        b'{"choices": [{}], "candidates": [7]}',
        b'{"choices": [null], "candidates": [null]}',
        b'{"choices": [{"message": {"content": {}}}], "candidates": [{"content": 3}]}',
        b"[" * 100_000,
    ],
    ids=lambda content: repr(content)[:40],
)
def test_a_success_that_is_not_as_documented_is_tried_again(model: str, content: bytes) -> None:
    rig = make_rig(model)
    rig.transport.path, rig.transport.faults = ASK, [body(content)]
    assert ask(rig) == "a1"
    assert not rig.transport.faults


@pytest.mark.parametrize("model", MODELS[:2])
@pytest.mark.parametrize("kind", ["text/plain", "application/json", "text/html"])
def test_a_service_that_never_answers_as_documented_ends_the_call_for_now(model: str, kind: str) -> None:
    rig = make_rig(model)
    rig.transport.path, rig.transport.faults = ASK, [body(b"{}", kind=kind)] * 99
    with pytest.raises(Incomplete, match=r"in 6 tries.*fbench resume"):
        ask(rig)


def test_half_a_character_is_replaced() -> None:
    rig = make_rig(MODELS[0])
    answer = {"choices": [{"message": {"content": "a\ud83d", "role": "assistant"}, "finish_reason": "stop"}]}
    rig.transport.path, rig.transport.faults = ASK, [body(answer)]
    assert ask(rig) == "a\ufffd"


@pytest.mark.parametrize("model", MODELS[:2])
def test_half_a_character_in_an_error_is_replaced_too_since_the_error_is_stored(model: str) -> None:
    rig = make_rig(model)
    error = {"error": {"message": "a\ud83d", "code": 400, "status": "NO"}}
    rig.transport.path, rig.transport.faults = ASK, [body(error, 400)]
    with pytest.raises(Rejected, match="a\ufffd"):
        ask(rig)


@pytest.mark.parametrize("tokens", [-1, "many", 1.5, 2**70, {}])
def test_a_count_of_tokens_that_is_none_is_not_believed(tokens: object) -> None:
    rig = make_rig(MODELS[0])
    message = {"message": {"content": "no", "role": "assistant"}, "finish_reason": "stop"}
    answer = {"choices": [message], "usage": {"prompt_tokens": 1, "completion_tokens": tokens}}
    rig.transport.path, rig.transport.faults = ASK, [body(answer)]
    assert ask(rig) == "a1"


def test_too_many_requests_count_as_no_attempt_and_are_waited_out_as_long_as_asked() -> None:
    rig = make_rig(MODELS[0])
    rig.transport.path, rig.transport.faults = ASK, [status(429, retry_after="200")] * 10
    assert ask(rig) == "a1"
    assert rig.clock.waits == [200.0] * 10


def test_patience_with_too_many_requests_has_an_end() -> None:
    rig = make_rig(MODELS[0])
    rig.transport.path, rig.transport.faults = ASK, [status(429, retry_after="600")] * 99
    with pytest.raises(Incomplete, match=r"too many requests for 60 minutes"):
        ask(rig)


@pytest.mark.parametrize("code", [429, 503])
@pytest.mark.parametrize("until", ["31536000", "Fri, 31 Dec 9999 23:59:59 GMT", "9" * 400 + "s"])
def test_a_wait_beyond_all_patience_is_told_at_once(code: int, until: str) -> None:
    rig = make_rig(MODELS[0])
    rig.transport.path, rig.transport.faults = ASK, [status(code, retry_after=until)] * 99
    with pytest.raises(Incomplete, match=r"asks to wait .* more.*fbench resume"):
        ask(rig)
    assert rig.clock.waits == []


def test_an_exhausted_quota_is_no_answer_and_stops_the_provider() -> None:
    rig = make_rig(MODELS[0])
    error = {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}
    rig.transport.path, rig.transport.faults = ASK, [body(error, 429)]
    with pytest.raises(ProviderStopped, match="You exceeded your current quota"):
        ask(rig)


def test_a_refused_question_is_neither_a_stop_nor_a_failure_of_the_provider() -> None:
    rig = make_rig(MODELS[0])
    rig.transport.path, rig.transport.faults = ASK, [status(400)]
    with pytest.raises(Rejected):
        ask(rig)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    "fault", [lost, *map(status, (408, 500, 502, 504, 520, 524)), body(b"{}"), body(b"<html>")]
)
def test_a_creation_with_an_unclear_end_buys_one_job(model: str, fault: Failure) -> None:
    """A proxy's error, or a reply that cannot be read, may come from a request that was carried out."""

    async def carried_out(request: httpx2.Request, send: Any) -> httpx2.Response:
        answered = await send()
        return await fault(request, lambda: asyncio.sleep(0, answered))

    rig = make_rig(model)
    rig.world.behave({}, {"openai": {"lists_late": 2}, "vertex": {"lists_late": 2}})
    rig.transport.path, rig.transport.faults = CREATE, [carried_out]
    asyncio.run(rig.provider.create(rig.spec))
    assert jobs(rig) == 1


class Silent(httpx2.AsyncBaseTransport):
    """A service that keeps to itself what it says of jobs."""

    def __init__(self, inner: Any, gets: dict[str, int], without: tuple[str, ...] = ()) -> None:
        self.inner, self.gets, self.without = inner, gets, without

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        for path, code in self.gets.items():
            if request.method == "GET" and re.search(path, request.url.path):
                return httpx2.Response(code, json={"error": {"message": "no"}}, request=request)
        answered = await self.inner.handle_async_request(request)
        if not request.url.path.endswith("/fine_tuning/jobs"):
            return answered
        told = json.loads(await answered.aread())
        for job in told.get("data", [told]):
            for name in self.without:
                job[name] = None
        return httpx2.Response(answered.status_code, json=told, request=request)


def unclear(gets: dict[str, int], without: tuple[str, ...] = ()) -> Rig:
    rig = make_rig("wire:gpt-4o-mini-2024-07-18")
    rig.transport.inner = Silent(rig.transport.inner, gets, without)  # pyright: ignore[reportAttributeAccessIssue] - as a FakeTransport answers
    rig.transport.path, rig.transport.faults = CREATE, [lost]
    return rig


HIDDEN = ("metadata", "user_provided_suffix", "suffix")


@pytest.mark.parametrize(
    ("gets", "without"),
    [({"jobs$": 405}, ()), ({"jobs$": 404}, ()), ({r"files/[^/]+$": 404}, HIDDEN)],
    ids=["no list", "no such path", "nothing told of a job"],
)
def test_a_creation_that_nobody_can_clear_up_is_reported_and_not_tried_again(
    gets: dict[str, int], without: tuple[str, ...]
) -> None:
    rig = unclear(gets, without)
    with pytest.raises(CannotTell, match="--retry-errors"):
        asyncio.run(rig.provider.create(rig.spec))
    assert jobs(rig) == 1


def test_a_job_is_known_by_its_file_where_nothing_else_is_told_of_it() -> None:
    rig = unclear({}, HIDDEN)
    asyncio.run(rig.provider.create(rig.spec))
    assert jobs(rig) == 1


@pytest.mark.parametrize("other", [{"seed": 8}, {"model": "gpt-4.1-mini-2025-04-14"}])
def test_a_job_with_another_seed_or_model_is_another_one(other: dict[str, Any]) -> None:
    """Though nothing else is known of it: so a creation that was refused is tried again."""
    rig = unclear({r"files/[^/]+$": 404}, HIDDEN)
    rig.transport.faults = []
    asyncio.run(rig.provider.create(replace(rig.spec, key="z" * 32, **other)))
    rig.transport.faults = [status(500)]
    asyncio.run(rig.provider.create(rig.spec))
    assert jobs(rig) == 2
