"""Users' own routes over a world, for the vendors' own clients and through every door."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, nullcontext
from pathlib import Path

import httpx
import httpx2
import openai
import pytest
from google import genai
from google.genai import errors, types
from google.oauth2.credentials import Credentials

from fakes import World, intercept
from fakes.doors.journal import Journal
from fakes.failures import Fault, FaultKind
from fakes.user_routes import KEPT_CALLS
from tests.fakes.clients import (
    GEMINI,
    async_openai_client,
    chat_file,
    gemini_client,
    openai_client,
    raw_client,
    scripted,
)
from tests.fakes.servers import served

CHAT = "/v1/chat/completions"


def nothing(_: httpx.Request) -> None:
    """A side effect that does not answer."""


def completion(text: str) -> dict[str, object]:
    message = {"role": "assistant", "content": text}
    return {
        "id": "x",
        "object": "chat.completion",
        "created": 1,
        "model": "mine",
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
    }


def content(text: str) -> dict[str, object]:
    return {"candidates": [{"content": {"role": "model", "parts": [{"text": text}]}}]}


def ask(client: openai.OpenAI, prompt: str = "hi", model: str = "gpt-4o") -> str | None:
    said = client.chat.completions.create(model=model, messages=[{"role": "user", "content": prompt}])
    return said.choices[0].message.content


def ask_gemini(client: genai.Client) -> str | None:
    return client.models.generate_content(model=GEMINI, contents="hi").text  # pyright: ignore[reportUnknownMemberType] - images of Pillow, which is not installed


def openai_sync(world: World) -> str | None:
    return ask(openai_client(world))


def openai_async(world: World) -> str | None:
    async def run() -> str | None:
        async with async_openai_client(world) as client:
            said = await client.chat.completions.create(
                model="gpt-4o", messages=[{"role": "user", "content": "hi"}]
            )
            return said.choices[0].message.content

    return asyncio.run(run())


def gemini_sync(world: World) -> str | None:
    return ask_gemini(gemini_client(world))


def gemini_async(world: World) -> str | None:
    async def run() -> str | None:
        client = gemini_client(world)
        said = await client.aio.models.generate_content(model=GEMINI, contents="hi")  # pyright: ignore[reportUnknownMemberType] - images of Pillow, which is not installed
        return said.text

    return asyncio.run(run())


def openai_intercepted(world: World) -> str | None:
    with intercept(world):
        return ask(openai.OpenAI(api_key="sk", max_retries=0, base_url="https://api.openai.com/v1"))


def openai_intercepted_async(world: World) -> str | None:
    async def run() -> str | None:
        async with openai.AsyncOpenAI(
            api_key="sk", max_retries=0, base_url="https://api.openai.com/v1"
        ) as client:
            said = await client.chat.completions.create(
                model="gpt-4o", messages=[{"role": "user", "content": "hi"}]
            )
            return said.choices[0].message.content

    with intercept(world):
        return asyncio.run(run())


def gemini_intercepted(world: World) -> str | None:
    credentials = Credentials("fake")  # pyright: ignore[reportNoUntypedCall] - google-auth has no types
    with intercept(world):
        return ask_gemini(
            genai.Client(vertexai=True, project="p", location="us-central1", credentials=credentials)
        )


def openai_served(world: World) -> str | None:
    with (
        served(world) as address,
        openai.OpenAI(api_key="sk", base_url=f"{address}/openai/v1", max_retries=0) as client,
    ):
        return ask(client)


def gemini_served(world: World) -> str | None:
    credentials = Credentials("fake")  # pyright: ignore[reportNoUntypedCall] - google-auth has no types
    with (
        served(world) as address,
        genai.Client(
            vertexai=True,
            project="p",
            location="us-central1",
            credentials=credentials,
            http_options=types.HttpOptions(base_url=f"{address}/google"),
        ) as client,
    ):
        return ask_gemini(client)


OPENAI = [openai_sync, openai_async, openai_intercepted, openai_intercepted_async, openai_served]
GOOGLE = [gemini_sync, gemini_async, gemini_intercepted, gemini_served]


@pytest.mark.parametrize("asked", OPENAI, ids=lambda door: door.__name__)
class TestOpenAIThroughEveryDoor:
    def test_a_route_answers_before_the_fake(self, asked: Callable[[World], str | None]) -> None:
        world = scripted()
        route = world.route(method="POST", path=CHAT, json__model="gpt-4o", name="chat")
        route.respond(json=completion("mine"))
        assert not route.called
        assert asked(world) == "mine"
        assert (route.called, route.call_count) == (True, 1)
        assert route.calls.last.request.url == "https://api.openai.com/v1/chat/completions"
        assert route.calls.last.response.json() == completion("mine")
        assert world.routes["chat"] is route

    def test_a_route_that_does_not_match_leaves_the_call_to_the_fake(
        self, asked: Callable[[World], str | None]
    ) -> None:
        world = scripted()
        route = world.route(method="POST", path=CHAT, json__model="gpt-4o-mini").respond(500)
        assert asked(world) == "HI"
        assert not route.called

    def test_an_error_reaches_the_client_as_its_own(self, asked: Callable[[World], str | None]) -> None:
        world = scripted()
        route = world.route(path=CHAT).mock(side_effect=httpx2.ReadError)
        with pytest.raises(openai.APIConnectionError):
            asked(world)
        assert route.call_count == 1

    def test_a_call_that_is_passed_through_is_kept_and_answered_by_the_fake(
        self, asked: Callable[[World], str | None]
    ) -> None:
        world = scripted()
        route = world.route(path=CHAT).pass_through()
        assert asked(world) == "HI"
        assert route.calls.last.response.json()["choices"][0]["message"]["content"] == "HI"


@pytest.mark.parametrize("asked", GOOGLE, ids=lambda door: door.__name__)
class TestGoogleThroughEveryDoor:
    def test_a_route_answers_before_the_fake(self, asked: Callable[[World], str | None]) -> None:
        world = scripted()
        route = world.route(method="POST", path__regex=r"models/gemini-2\.5-flash:generateContent$")
        route.respond(json=content("mine"))
        assert asked(world) == "mine"
        assert route.call_count == 1

    def test_an_answer_of_the_vendors_error_is_the_sdks(self, asked: Callable[[World], str | None]) -> None:
        world = scripted()
        error = {"error": {"code": 503, "message": "Busy.", "status": "UNAVAILABLE"}}
        world.route(path__regex=":generateContent$").respond(503, json=error)
        with pytest.raises(errors.ServerError, match="Busy"):
            asked(world)


def test_routes_are_tried_in_order_and_the_rest_is_the_fakes() -> None:
    world = scripted()
    first = world.route(json__messages__0__content="one").respond(json=completion("first"))
    second = world.route(path__startswith="/v1/chat").respond(json=completion("second"))
    client = openai_client(world)
    assert [ask(client, prompt) for prompt in ("one", "two")] == ["first", "second"]
    assert (first.call_count, second.call_count) == (1, 1)
    assert client.models.list().data


def test_a_side_effect_is_a_function_of_the_request() -> None:
    world = scripted()

    def shout(request: httpx.Request, name: str) -> httpx2.Response:
        return httpx2.Response(200, json=completion(f"{name}: {len(request.content) > 0}"))

    world.route(path__regex=r"^/v1/(?P<name>\w+)/completions$").mock(side_effect=shout)
    assert ask(openai_client(world)) == "chat: True"


def test_a_side_effect_that_returns_none_leaves_the_call_to_the_next_route_and_to_the_fake() -> None:
    world = scripted()
    world.route(path=CHAT).mock(side_effect=nothing)
    assert ask(openai_client(world)) == "HI"
    world.route(method="POST").respond(json=completion("next"))
    assert ask(openai_client(world)) == "next"


def test_side_effects_in_a_list_come_one_after_the_other_and_then_are_used_up() -> None:
    world = scripted()
    route = world.route(path=CHAT, name="chat")
    route.mock(
        side_effect=[
            httpx2.Response(429, json={}),
            httpx2.ConnectTimeout("late"),
            httpx.Response(200, json=completion("third")),
        ]
    )
    client = openai_client(world)
    with pytest.raises(openai.RateLimitError):
        ask(client)
    with pytest.raises(openai.APITimeoutError):
        ask(client)
    assert ask(client) == "third"
    with pytest.raises(RuntimeError, match="'chat' has given all of its side effects, after 3 calls"):
        ask(client)


@pytest.mark.parametrize(
    "name",
    ["ConnectError", "ConnectTimeout", "ReadTimeout", "WriteError", "PoolTimeout", "RemoteProtocolError"],
)
@pytest.mark.parametrize("library", [httpx, httpx2])
@pytest.mark.parametrize("intercepted", [False, True])
def test_an_error_of_either_library_is_that_of_the_client(
    name: str, library: object, *, intercepted: bool
) -> None:
    world = scripted()
    world.route(path="/x").mock(side_effect=getattr(library, name))
    with (
        intercept(world) if intercepted else nullcontext(),
        httpx2.Client() if intercepted else raw_client(world) as client,
        pytest.raises(getattr(httpx2, name)),
    ):
        client.get("https://example.org/x")


def test_a_route_may_answer_where_no_fake_is() -> None:
    world = scripted()
    world.route(host="example.org").respond(text="mine", headers={"x-mine": "1"})
    with intercept(world), httpx2.Client() as client:
        found = client.get("https://example.org/anything")
        assert (found.text, found.headers["x-mine"]) == ("mine", "1")
        with pytest.raises(httpx2.ConnectError):
            client.get("https://example.com/anything")


def test_a_body_may_come_in_pieces() -> None:
    def pieces() -> Iterator[bytes]:
        yield (
            b"data: "
            + httpx.Response(200, json=completion("a")).content.replace(b"message", b"delta")
            + b"\n\n"
        )
        yield b"data: [DONE]\n\n"

    world = scripted()
    world.route(path=CHAT).respond(content=pieces(), content_type="text/event-stream")
    stream = openai_client(world).chat.completions.create(
        model="gpt-4o", messages=[{"role": "user", "content": "hi"}], stream=True
    )
    assert [chunk.choices[0].delta.content for chunk in stream] == ["a"]


def test_a_response_of_httpx2_in_pieces_is_taken_as_well() -> None:
    world = scripted()
    world.route(path="/x").mock(side_effect=[httpx2.Response(200, content=iter([b"a", b"b"]))])
    with intercept(world), httpx2.Client() as client:
        assert client.get("https://example.org/x").text == "ab"


def test_what_is_async_is_refused_at_once() -> None:
    async def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, request=request)

    async def pieces() -> object:
        yield b""

    route = scripted().route()
    with pytest.raises(TypeError, match="plain function"):
        route.mock(side_effect=answer)
    with pytest.raises(TypeError, match="plain iterator"):
        route.mock(httpx2.Response(200, content=pieces()))  # pyright: ignore[reportArgumentType] - what is refused


def test_what_is_no_response_is_refused() -> None:
    world = scripted()
    with pytest.raises(TypeError, match="httpx or httpx2, got 'text'"):
        world.route(path="/a").mock("text")  # pyright: ignore[reportArgumentType] - what is refused
    world.route(path=CHAT).mock(side_effect=lambda _: "text")  # pyright: ignore[reportUnknownLambdaType] - what is refused
    with pytest.raises(TypeError, match="A side effect must be a response"):
        ask(openai_client(world))


class TestNamesAndPatterns:
    def test_a_route_is_found_by_its_name(self) -> None:
        world = scripted()
        route = world.route(path="/a", name="a")
        assert (world.routes["a"], "a" in world.routes, "b" in world.routes, len(world.routes)) == (
            route,
            True,
            False,
            1,
        )
        with pytest.raises(KeyError, match=r"no route 'b'\. Its routes: 'a'"):
            world.routes["b"]

    def test_a_second_route_with_the_same_name_is_an_error(self) -> None:
        world = scripted()
        world.route(path="/a", name="a")
        with pytest.raises(ValueError, match="has a route 'a' already"):
            world.route(path="/b", name="a")
        assert len(world.routes) == 1

    @pytest.mark.parametrize(
        "again",
        [
            {"method": "POST", "path": "/a", "json__model": "m"},
            {"json__model": "m", "path": "/a", "method": "post"},
        ],
    )
    def test_a_second_route_with_the_same_pattern_is_an_error(self, again: dict[str, str]) -> None:
        world = scripted()
        first = world.route(method="POST", path="/a", json__model="m", name="first").respond(201)
        with pytest.raises(ValueError, match="The route 'first' has the same pattern"):
            world.route(**again, name="second")
        assert list(world.routes) == [first]
        assert first.return_value is not None
        assert first.return_value.status_code == 201
        assert "second" not in world.routes

    def test_routes_that_differ_in_one_part_are_two(self) -> None:
        world = scripted()
        world.route(method="POST", path="/a")
        world.route(method="GET", path="/a")
        world.route(path="/a")
        world.route(method__in=["POST"], path="/a")
        assert len(world.routes) == 4
        with pytest.raises(ValueError, match="same pattern"):
            world.route(path="/a", method__in=["POST"])

    @pytest.mark.parametrize("lookups", [{"pathname": "/a"}, {"path__contains": "/a"}, {"path__like": "/a"}])
    def test_a_lookup_that_respx_does_not_know_is_an_error(self, lookups: dict[str, str]) -> None:
        with pytest.raises(ValueError, match=next(iter(lookups)).split("__")[-1]):
            scripted().route(**lookups)


class TestUnused:
    def test_they_fail_when_asked_to(self) -> None:
        world = scripted()
        world.assert_all_called()
        world.route(path=CHAT, name="used").respond(json=completion("x"))
        world.route(path="/v1/models", name="unused")
        world.route(path="/v1/files")
        ask(openai_client(world))
        with pytest.raises(AssertionError, match=r"of 3 routes: The route 'unused'; .*/v1/files"):
            world.assert_all_called()

    def test_intercept_fails_when_asked_to(self) -> None:
        world = scripted()
        route = world.route(path="/x", name="unused")
        with intercept(world):
            pass
        with pytest.raises(AssertionError, match="unused"), intercept(world, assert_all_called=True):
            pass
        with pytest.raises(ZeroDivisionError), intercept(world, assert_all_called=True):
            raise ZeroDivisionError
        with intercept(world, assert_all_called=True), httpx2.Client() as client:
            client.get("https://example.org/x")
        assert route.called


def test_calls_are_counted_all_and_kept_only_so_many() -> None:
    world = scripted()
    route = world.route(path="/x")
    with intercept(world), httpx2.Client() as client:
        for number in range(KEPT_CALLS + 5):
            client.get(f"https://example.org/x?n={number}")
    assert (route.call_count, len(route.calls)) == (KEPT_CALLS + 5, KEPT_CALLS)
    assert route.calls.last.request.url.params["n"] == str(KEPT_CALLS + 4)
    route.reset()
    assert (route.called, route.call_count, len(route.calls)) == (False, 0, 0)


def test_faults_happen_to_the_calls_of_routes_too() -> None:
    world = scripted()
    world.faults.set([Fault(status=429).at(1), Fault(FaultKind.LOST).at(2)])
    route = world.route(path=CHAT).respond(json=completion("mine"))
    client = openai_client(world)
    with pytest.raises(openai.RateLimitError):
        ask(client)
    assert not route.called
    with pytest.raises(openai.APIConnectionError):
        ask(client)
    assert route.called
    assert ask(client) == "mine"


def test_a_server_counts_their_calls_by_endpoint() -> None:
    world = scripted()
    world.route(path=CHAT).respond(503)
    with served(world) as address, httpx2.Client() as client:
        assert client.post(f"{address}/openai{CHAT}", json={}).status_code == 503
        state = client.get(f"{address}/_fbench").json()
    assert state["requests"]["openai"] == {"POST /chat/completions 503": 1}


SERVING = """
from fakes.doors.server import serve

def prepare(world):
    world.route(path="/v1/chat/completions").respond(503, json={})

serve(port=0, ready=lambda port: print(port, flush=True), prepare=prepare, state=JOURNAL)
"""


def test_a_server_prepares_each_new_world_and_its_journal_leaves_out_what_routes_answered(
    tmp_path: Path,
) -> None:
    journal = tmp_path / "journal"
    code = "from pathlib import Path\n" + SERVING.replace("JOURNAL", f"Path({str(journal)!r})")
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = f"http://127.0.0.1:{process.stdout.readline().strip()}"
        try:
            with httpx2.Client(headers={"authorization": "Bearer x"}) as client:
                chat = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}], "store": True}
                assert client.post(f"{address}/openai{CHAT}", json=chat).status_code == 503
                assert client.post(f"{address}/_fbench/reset").status_code == 200
                assert client.post(f"{address}/openai{CHAT}", json=chat).status_code == 503
        finally:
            process.terminate()
    assert written(journal) == ["http://fakes/_fbench/reset"]


def test_a_journal_leaves_out_what_a_route_answered(tmp_path: Path) -> None:
    world, path = scripted(), tmp_path / "journal"
    route = world.route(path="/v1/uploads").respond(json={})
    upload = {"filename": "x", "purpose": "batch", "bytes": 1, "mime_type": "text/plain"}
    journal = Journal(path)
    with served(world, journal) as address, httpx2.Client(headers={"authorization": "Bearer x"}) as client:
        assert client.post(f"{address}/openai/v1/uploads", json=upload).json() == {}
        assert len(path.read_text().splitlines()) == 1, "only the head"
        route.pass_through()
        assert client.post(f"{address}/openai/v1/uploads", json=upload).json()["status"] == "pending"
    journal.close()
    assert written(path) == ["http://fakes/openai/v1/uploads"]


def written(path: Path) -> list[str]:
    """The URLs of the calls in a journal."""
    with closing(Journal(path)) as journal:
        return [entry.url for _, entry in journal.read()]


def test_a_route_of_an_upload_sees_its_form() -> None:
    world = scripted()
    route = world.route(method="POST", path="/v1/files", data={"purpose": "fine-tune"}).pass_through()
    made = openai_client(world).files.create(file=("train.jsonl", chat_file()), purpose="fine-tune")
    assert route.calls.last.response.json()["id"] == made.id
