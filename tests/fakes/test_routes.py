from __future__ import annotations

import ast
import gc
from pathlib import Path

import httpx
import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fakes
from fakes import FakeTransport, World
from fakes.doors.services import Services
from fakes.ids import Ids, base62, decimal
from fakes.routes import Call, Refusal, Result, Routes, request_of
from fakes.timeline import Phase, Timeline
from fakes.tokens import count, cut, pieces
from tests.fakes.clients import raw_client, scripted


def _unknown(_: httpx.Request, methods: object) -> Refusal:
    return Refusal(404, {"methods": methods})


def _routes() -> Routes:
    return Routes(_unknown, lambda _: None)


def _get(routes: Routes, path: str) -> httpx.Response:
    response = routes.handle(request_of("GET", f"https://service{path}", [], b""))
    assert isinstance(response.body, bytes)
    return httpx.Response(response.status, headers=response.headers, content=response.body)


def _echo(call: Call) -> Result:
    return Result(dict(call.params))


def test_a_template_takes_the_raw_text_between_slashes() -> None:
    routes = _routes()
    routes.add("GET", "/b/{bucket}/o/{object}", _echo)
    routes.add("GET", "/jobs/{job}:cancel", _echo)
    assert _get(routes, "/b/x/o/a%2Fb?alt=media").json() == {"bucket": "x", "object": "a%2Fb"}
    assert _get(routes, "/b/x/o/a/").json() == {"bucket": "x", "object": "a"}
    assert _get(routes, "/jobs/1:cancel").json() == {"job": "1"}
    for other in ("/b/x/o/a/b", "/b//o/a", "/b/x/o/", "/jobs/1", "/prefix/b/x/o/a"):
        assert _get(routes, other).status_code == 404


def test_a_template_is_no_regular_expression() -> None:
    routes = _routes()
    routes.add("GET", "/a.b", _echo)
    assert _get(routes, "/a.b").status_code == 200
    assert _get(routes, "/axb").status_code == 404


@pytest.mark.parametrize("template", ["/files/{id}", "/files/{file_id}"])
def test_a_second_route_with_the_same_pattern_is_an_error(template: str) -> None:
    routes = _routes()
    routes.add("GET", "/files/{id}", _echo)
    routes.add("POST", "/files/{id}", _echo)
    routes.add("GET", "/files", _echo)
    with pytest.raises(ValueError, match="Two routes take GET /files/"):
        routes.add("GET", template, _echo)


def test_the_methods_that_a_path_takes_are_told() -> None:
    routes = _routes()
    for method in ("POST", "DELETE"):
        routes.add(method, "/x", _echo)
    assert _get(routes, "/x").json() == {"methods": ["DELETE", "POST"]}
    assert _get(routes, "/y").json() == {"methods": []}


def test_the_first_route_that_fits_answers() -> None:
    routes = _routes()
    routes.add("GET", "/a/{x}", lambda _: Result("first"))
    routes.add("GET", "/{y}/b", lambda _: Result("second"))
    assert _get(routes, "/a/b").json() == "first"
    assert _get(routes, "/c/b").json() == "second"


def test_a_fault_of_a_handler_is_not_hidden() -> None:
    def broken(_: Call) -> Result:
        raise ZeroDivisionError

    routes = _routes()
    routes.add("GET", "/x", broken)
    with pytest.raises(ZeroDivisionError):
        _get(routes, "/x")


def test_calls_are_kept_only_where_a_log_is_wanted_and_only_so_many() -> None:
    routes = _routes()
    routes.add("GET", "/{x}", _echo)
    _get(routes, "/0")
    log = routes.keep_log(size=2)
    for path in ("/1", "/2", "/3/unknown"):
        _get(routes, path)
    assert [(request.url.path, response.status) for request, response in log] == [
        ("/2", 200),
        ("/3/unknown", 404),
    ]


def test_a_service_in_use_keeps_no_calls() -> None:
    world = scripted()
    transport = FakeTransport(world)
    with httpx2.Client(transport=transport) as client:
        for _ in range(20):
            client.get("https://api.openai.com/v1/models", headers={"authorization": "Bearer x"})
    gc.collect()
    assert not [each for each in gc.get_objects() if type(each).__name__ == "_Request"]
    assert sum(transport.services.openai.counts.values()) == 20


@given(
    st.recursive(st.none() | st.text() | st.integers(), lambda x: st.lists(x) | st.dictionaries(st.text(), x))
)
def test_any_json_is_answered_as_it_is(value: object) -> None:
    routes = _routes()
    routes.add("GET", "/x", lambda _: Result(value))
    response = _get(routes, "/x")
    assert response.json() == value
    assert response.headers["content-length"] == str(len(response.content))


def test_half_a_surrogate_pair_is_answered_escaped() -> None:
    routes = _routes()
    routes.add("GET", "/x", lambda _: Result(["\ud800", "ü"]))
    assert _get(routes, "/x").content == b'["\\ud800","\\u00fc"]'


def test_a_place_where_no_service_is_cannot_be_reached() -> None:
    with raw_client(scripted()) as client:
        for url in (
            "https://example.org/v1/models",
            "http://api.openai.com/v1/models",
            "https://api.openai.com/x",
        ):
            with pytest.raises(httpx2.ConnectError, match="nothing was sent"):
                client.get(url)


@pytest.mark.parametrize(
    "base", ["https://api.other.org/v1", "https://api.other.org/v1/", "http://localhost:8080/x"]
)
def test_a_service_may_stand_at_another_place(base: str) -> None:
    with httpx2.Client(transport=FakeTransport(scripted(), at={base: "openai"})) as client:
        answer = client.get(base.rstrip("/") + "/models", headers={"authorization": "Bearer x"})
        assert answer.status_code == 200
        with pytest.raises(httpx2.ConnectError):
            client.get(base.rstrip("/") + "x/models")


def test_a_service_that_does_not_exist_stands_nowhere() -> None:
    with pytest.raises(ValueError, match="no service 'aws'"):
        Services(scripted(), at={"https://x/v1": "aws"})


PHASES = (Phase("one", 10), Phase("two", 20), Phase("three", 0))


def test_a_timeline_walks_through_its_phases_and_stays_at_the_last() -> None:
    line = Timeline(100, PHASES)
    seen = [(line.state, line.now, line.ended)]
    while line.step():
        seen.append((line.state, line.now, line.ended))
    assert seen == [("one", 100, False), ("two", 110, False), ("three", 130, True)]
    assert [line.entered(state) for state in ("one", "two", "three", "four")] == [100, 110, 130, None]


@given(steps=st.integers(0, 4))
def test_a_timeline_that_is_stopped_remembers_where_it_was(steps: int) -> None:
    line = Timeline(100, PHASES)
    for _ in range(steps):
        line.step()
    state, now = line.state, line.now
    assert line.stop("off") == (steps < 2)
    assert line.state == ("off" if steps < 2 else "three")
    assert (line.ended, line.now, line.entered(state)) == (True, now, now)
    assert not line.stop("again")
    assert not line.step()
    assert line.entered("again") is None


@given(text=st.text(), tokens=st.integers(0, 30))
def test_a_text_that_is_cut_is_the_longest_beginning_that_fits(text: str, tokens: int) -> None:
    kept = cut(text, tokens)
    assert text.startswith(kept)
    assert count(kept) <= tokens
    if kept != text:
        assert count(text[: len(kept) + 1]) > tokens
    assert "".join(pieces(kept)) == kept


def test_half_a_surrogate_pair_is_cut_like_any_character() -> None:
    assert cut("\ud800abcdef", 1) == "\ud800a"


@given(contents=st.lists(st.sampled_from(["a", "b", "c"])), data=st.data())
def test_ids_do_not_depend_on_the_order_of_other_things(contents: list[str], data: st.DataObject) -> None:
    def made(order: list[str]) -> dict[str, list[int]]:
        ids = Ids(0)
        found: dict[str, list[int]] = {}
        for content in order:
            found.setdefault(content, []).append(ids.create("kind", content))
        return found

    mine = made(contents)
    assert made(data.draw(st.permutations(contents))) == mine
    assert len({number for numbers in mine.values() for number in numbers}) == len(contents)


@given(st.integers(0, 2**256))
def test_ids_look_as_the_vendors_write_them(number: int) -> None:
    assert len(base62(number, 24)) == 24
    assert base62(number, 24).isalnum()
    assert len(decimal(number, 19)) == 19
    assert decimal(number, 19)[0] != "0"


def test_the_parts_of_an_ids_content_are_kept_apart() -> None:
    ids = Ids(0)
    assert len({ids.of("k", "ab", "c"), ids.of("k", "a", "bc"), ids.of("k", "abc"), ids.of("ka", "bc")}) == 4


def test_the_fakes_know_nothing_of_the_benchmark() -> None:
    folder = Path(fakes.__file__).parent
    imported: set[str] = set()
    for module in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(node.module or "")
    assert "respx" in imported
    assert not {name for name in imported if name.split(".")[0] in {"fbench", "openai", "vcr"}}


def test_a_world_needs_no_numpy_where_a_learner_is_given() -> None:
    world = World(learner=scripted().learner)
    assert world.openai.model("gpt-4o") is not None
