"""Canned answers from a file, on a server and for the vendors' own clients."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest

from fakes.behaviours import read_settings
from fakes.route_files import add_routes, read_routes, routes_of
from tests.fakes.clients import openai_client, raw_client, scripted
from tests.fakes.servers import refused, server
from tests.fakes.test_user_routes import ask, completion

CHAT = "/v1/chat/completions"
TOML = """
[[route]]
name = "busy"
method = "POST"
path = "/v1/chat/completions"
json__model = "gpt-4o"
respond = {status = 503, json = {error = {message = "Overloaded."}}, headers = {retry-after = "7"}}

[[route]]
path__regex = "^/v1/models/m.*$"
[[route.respond]]
status = 429
[[route.respond]]
json = {id = "mine", object = "model", created = 1, owned_by = "me"}

[[route]]
name = "counted"
method__in = ["GET"]
path = "/v1/files"
pass_through = true
"""


def written(folder: Path, text: str, name: str = "routes.toml") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def client_of(address: str) -> openai.OpenAI:
    return openai.OpenAI(api_key="sk-fake", base_url=address, max_retries=0)


def test_canned_answers_come_first_in_turn_and_are_counted(tmp_path: Path) -> None:
    with server("--routes", written(tmp_path, TOML)) as served, served.client() as raw:
        client = client_of(served.openai)
        with pytest.raises(openai.InternalServerError, match="Overloaded") as caught:
            ask(client)
        assert caught.value.response.headers["retry-after"] == "7"
        assert ask(client, model="gpt-4o-mini") is not None
        for _ in range(2):
            with pytest.raises(openai.RateLimitError):
                client.models.retrieve("m1")
            assert [client.models.retrieve("m1").id for _ in range(2)] == ["mine", "mine"]
            assert client.files.list().data == []
            found = raw.get(f"{served.address}/_fbench/routes").json()["routes"]
            assert [(each["name"], each["called"]) for each in found][1:] == [(None, 3), ("counted", 1)]
            assert "^/v1/models/m.*$" in found[1]["pattern"]
            log = raw.get(f"{served.address}/_fbench/requests", params={"path": "/v1/models/*", "limit": 1})
            assert log.json()["requests"][0]["route"] == found[1]["pattern"]
            raw.post(f"{served.address}/_fbench/reset")


def test_json_is_read_and_a_stream_is_sent_as_events(tmp_path: Path) -> None:
    chunk = completion("a") | {"object": "chat.completion.chunk"}
    chunk["choices"] = [{"index": 0, "finish_reason": None, "delta": {"content": "canned"}}]
    route = {"json__stream": True, "respond": {"events": [chunk, "[DONE]"]}}
    file = written(tmp_path, json.dumps({"route": [route]}), "routes.json")
    with server("--routes", file) as served:
        stream = client_of(served.openai).chat.completions.create(
            model="gpt-4o", messages=[{"role": "user", "content": "hi"}], stream=True
        )
        assert [each.choices[0].delta.content for each in stream] == ["canned"]


def test_a_world_takes_them_in_python() -> None:
    world = scripted()
    one = {"path": CHAT, "json__messages__0__content": "ping", "respond": {"json": completion("pong")}}
    two = {"host": "example.org", "respond": {"text": "hé", "headers": {"x-mine": "1"}}}
    empty = {"path": "/empty", "respond": {"status": 204}}
    null = {"path": "/null", "respond": {"json": None}}
    add_routes(world, routes_of({"route": [one, two, empty, null]}))
    assert [ask(openai_client(world), text) for text in ("ping", "hi", "ping")] == ["pong", "HI", "pong"]
    with raw_client(world) as client:
        found = client.get("https://example.org/x")
        assert (found.text, found.headers["x-mine"]) == ("hé", "1")
        assert found.headers["content-type"] == "text/plain; charset=utf-8"
        assert client.get("https://x.org/empty").status_code == 204
        assert client.get("https://x.org/null").json() is None


@pytest.mark.long
def test_a_journal_goes_on_with_the_same_routes_only(tmp_path: Path) -> None:
    file, state = written(tmp_path, TOML), str(tmp_path / "state")
    for _ in range(2):
        with server("--routes", file, "--state", state) as served:
            with pytest.raises(openai.InternalServerError):
                ask(client_of(served.openai))
            client_of(served.openai).files.create(file=("a.txt", b"hi"), purpose="user_data")
    told = f"{state}, line 1: the journal was begun with routes "
    assert told in refused("--state", state)
    assert told in refused("--state", state, "--routes", written(tmp_path, TOML.replace("503", "500")))


def test_the_order_of_fields_is_no_other_file(tmp_path: Path) -> None:
    lines = (
        '[[route]]\npath = "/a"\nmethod = "GET"\nrespond = {}',
        '[[route]]\nmethod = "GET"\npath = "/a"\nrespond = {}',
    )
    one, two = (repr(read_routes(Path(written(tmp_path, text)))) for text in lines)
    assert one == two


OK: dict[str, Any] = {"path": "/x", "respond": {}}


@pytest.mark.parametrize(
    ("route", "message"),
    [
        ({"respond": {}}, "route 2: it has no pattern"),
        ({"path": "/y"}, "route 2: respond: a route has either"),
        ({"path": "/y", "respond": {}, "pass_through": True}, "route 2: respond: a route has either"),
        ({"path": "/y", "pass_through": "yes"}, "route 2: pass_through: must be true or false"),
        ({"path": "/y", "respond": {}, "name": 3}, "route 2: name: must be a text, got 3"),
        ({"pth": "/y", "respond": {}}, "route 2: pth: is none of name, respond, pass_through"),
        ({"path": "/y", "responds": {}}, "route 2: respond: a route has either"),
        (
            {"path__glob": "/y*", "respond": {}},
            "route 2: path__glob: path has no lookup 'glob'; it has eq, regex",
        ),
        ({"method__regex": "P", "respond": {}}, "route 2: method__regex: method has no lookup 'regex'"),
        ({"json__model__startswith": "g", "respond": {}}, "route 2: json__model__startswith: cannot be 'g'"),
        ({"path__regex": "(", "respond": {}}, r"route 2: path__regex: cannot be '\(': "),
        ({"path": 7, "respond": {}}, "route 2: path: must be a text, got 7"),
        ({"port": "80", "respond": {}}, "route 2: port: must be a number, got '80'"),
        ({"method__in": "GET", "respond": {}}, "route 2: method__in: must be a list, each a text"),
        ({"method__in": [], "respond": {}}, "route 2: method__in: must be a list, each a text"),
        ({"headers": "x", "respond": {}}, "route 2: headers: must be a table of texts"),
        ({"headers": {"x": 1}, "respond": {}}, "route 2: headers: must be a table of texts"),
        ({"params": {"x": 1}, "respond": {}}, "route 2: params: must be a table of texts"),
        ({"path": "/y", "respond": 503}, "route 2: respond: must be a table with status"),
        ({"path": "/y", "respond": []}, "route 2: respond: must have an answer"),
        (
            {"path": "/y", "respond": [{}, {"sttus": 1}]},
            r"route 2: respond\[2\].sttus: there is no such field",
        ),
        ({"path": "/y", "respond": {"status": "200"}}, "route 2: respond.status: must be a number from 200"),
        ({"path": "/y", "respond": {"status": True}}, "route 2: respond.status: must be a number from 200"),
        ({"path": "/y", "respond": {"status": 99}}, "route 2: respond.status: must be a number from 200"),
        (
            {"path": "/y", "respond": {"json": 1, "text": "a"}},
            "route 2: respond.text: an answer has one body",
        ),
        ({"path": "/y", "respond": {"status": 204, "text": "a"}}, "respond.text: an answer with status 204"),
        ({"path": "/y", "respond": {"text": 5}}, "route 2: respond.text: must be a text, got 5"),
        ({"path": "/y", "respond": {"events": "a"}}, "route 2: respond.events: must be a list"),
        ({"path": "/y", "respond": {"headers": {"a b": "1"}}}, "respond.headers.a b: is no name of a header"),
        ({"path": "/y", "respond": {"headers": {"a": "1\r\nb: 2"}}}, "respond.headers.a: must be the text"),
        ({"path": "/y", "respond": {"headers": {"a": 1}}}, "respond.headers.a: must be the text of a header"),
        ({"path": "/y", "respond": {"headers": {"Content-Length": "3"}}}, "is the server's own to send"),
        ({"path": "/x", "respond": {}}, "route 2: The route <Path eq '/x'> has the same pattern"),
        ({"path": "/y", "respond": {}, "name": "first"}, "route 2: This world has a route 'first' already"),
        ("x", "route 2: it must be a table, got 'x'"),
    ],
)
def test_what_is_wrong_is_named_with_file_number_and_field(
    tmp_path: Path, route: object, message: str
) -> None:
    first = OK | ({"name": "first"} if "'first'" in message else {})
    file = Path(written(tmp_path, json.dumps({"route": [first, route]}), "routes.json"))
    with pytest.raises(ValueError, match=message) as caught:
        read_routes(file)
    assert str(caught.value).startswith(f"{file}: route 2: ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[route]\n", "routes.toml: is not valid TOML: "),
        ("", "routes.toml: is empty"),
        (" \n", "routes.toml: is empty"),
        ("# none yet\n", r"there is no route in it. In TOML each begins with \[\[route\]\]"),
        ("route = []\n", "there is no route in it"),
        ("[[routes]]\npath = '/x'\n", "there is no field 'routes'; a file of routes has a list called route"),
        ("[route]\npath = '/x'\n", r"route must be a list; in TOML each route begins with \[\[route\]\]"),
        ("[[route]]\npath = '/x'\nrespond = {json = {at = 2020-01-01}}\n", "respond.json: cannot be sent"),
        ("[[route]]\njson__at = 2020-01-01\nrespond = {}\n", "json__at: cannot be"),
    ],
)
def test_a_file_of_another_form_is_refused(tmp_path: Path, text: str, message: str) -> None:
    file = Path(written(tmp_path, text))
    with pytest.raises(ValueError, match=message) as caught:
        read_routes(file)
    assert str(file) in str(caught.value)


@pytest.mark.parametrize("name", ["routes.toml", "routes.json"])
@pytest.mark.parametrize("read", [read_routes, read_settings])
def test_a_file_of_settings_that_is_no_text_is_named_with_the_byte(
    tmp_path: Path, read: Callable[[Path], object], name: str
) -> None:
    file = tmp_path / name
    file.write_bytes(b"[[\xff\0")
    with pytest.raises(
        ValueError, match=r"is not UTF-8 text \(byte 2\). Name a file of (TOML|JSON)"
    ) as caught:
        read(file)
    assert str(caught.value).startswith(f"{file}: ")


def test_a_server_does_not_start_with_a_wrong_file_or_none(tmp_path: Path) -> None:
    file = written(tmp_path, '[[route]]\npath__glob = "/x"\nrespond = {}\n')
    told = refused("--routes", file)
    assert f"{file}: route 1: path__glob: path has no lookup 'glob'" in told
    missing = str(tmp_path / "no.toml")
    assert f"{missing}: cannot be used: No such file or directory" in refused("--routes", missing)


@pytest.mark.parametrize(
    ("lookups", "url", "fits"),
    [
        ({"headers": {"x-test": "1"}}, "https://h.org/", True),
        ({"headers": {"x-test": "2"}}, "https://h.org/", False),
        ({"params": {"a": ["1", "2"]}}, "https://h.org/?a=1&a=2&b=3", True),
        ({"params__eq": {"a": "1"}}, "https://h.org/?a=1&b=3", False),
        ({"url__startswith": "https://h.org/v"}, "https://h.org/v1", True),
        ({"host__in": ["h.org", "g.org"], "port": 443}, "https://h.org/", True),
        ({"path__startswith": "/v1"}, "https://h.org/v2", False),
    ],
)
def test_every_kind_of_pattern_matches_as_in_python(lookups: dict[str, Any], url: str, *, fits: bool) -> None:
    world = scripted()
    add_routes(world, routes_of({"route": [{**lookups, "respond": {"text": "mine"}}]}))
    with raw_client(world) as client:
        if fits:
            assert client.get(url, headers={"x-test": "1"}).text == "mine"
        else:
            with pytest.raises(httpx2.ConnectError):
                client.get(url, headers={"x-test": "1"})
