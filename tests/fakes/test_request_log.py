"""The last requests to a world: by Python, and at the control endpoint of a server."""

from __future__ import annotations

import json
from pathlib import Path

import httpx2
import openai
import pytest

from fakes import FakeTransport, World, intercept
from fakes.failures import Fault, FaultKind
from fakes.limits import Limits
from fakes.request_log import HIDDEN, KEPT_BYTES, KEPT_REQUESTS
from tests.fakes.clients import openai_client, raw_client, scripted
from tests.fakes.servers import Served, server

SECRET = "sk-proj-Zq81kfnpWm38shTr"
CHAT = "/v1/chat/completions"


def say(client: openai.OpenAI, text: str = "hi", model: str = "gpt-4o") -> None:
    client.chat.completions.create(model=model, messages=[{"role": "user", "content": text}])


class TestInPython:
    def test_each_filter_selects(self) -> None:
        world = scripted()
        client = openai_client(world)
        say(client)
        say(client, model="gpt-4o-mini")
        with pytest.raises(openai.NotFoundError):
            say(client, model="gpt-0")
        client.models.list()
        log = world.requests
        assert [entry.number for entry in log] == [1, 2, 3, 4]
        for numbers, arguments in (
            ([1, 2, 3], {"path": "/v1/chat/*"}),
            ([4], {"method": "get"}),
            ([3], {"status": 404}),
            ([1], {"model": "gpt-4o"}),
            ([1, 2], {"model": "gpt-4o*"}),
            ([], {"service": "vertex"}),
            ([3, 4], {"since": 2}),
            ([3], {"since": 2, "limit": 1}),
            ([4], {"limit": 1}),
            ([], {"limit": 0}),
            ([3], {"path": CHAT, "status": 404, "model": "gpt-0"}),
        ):
            assert [entry.number for entry in log.find(**arguments)] == numbers, arguments  # pyright: ignore[reportArgumentType] - given by a table

    def test_an_entry_tells_what_was_sent_and_answered(self) -> None:
        world = scripted()
        say(openai_client(world), "tell me")
        (entry,) = world.requests
        assert (entry.service, entry.method, entry.path) == ("openai", "POST", CHAT)
        assert (entry.endpoint, entry.status, entry.fault) == ("/chat/completions", 200, None)
        body = entry.body
        assert isinstance(body, dict)
        assert body["messages"] == [{"role": "user", "content": "tell me"}]

    def test_models_in_paths_and_job_requests_are_found(self) -> None:
        world = World()
        raw = raw_client(world)
        key = {"authorization": "Bearer t"}
        base = "https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1"
        raw.post(f"{base}/publishers/google/models/gemini-2.5-flash:generateContent", headers=key, json={})
        raw.post(f"{base}/tuningJobs", headers=key, json={"baseModel": "gemini-2.5-pro"})
        raw.get("https://api.openai.com/v1/models/ft%3Agpt-4o%3Ax", headers=key)
        raw.get("https://api.openai.com/v1/models", headers=key)
        assert [entry.model for entry in world.requests] == [
            "gemini-2.5-flash",
            "gemini-2.5-pro",
            "ft:gpt-4o:x",
            None,
        ]

    def test_faults_limits_and_missing_keys_are_there(self) -> None:
        reset = Fault(FaultKind.RESET).on("/models$").at(1)
        lost = Fault(FaultKind.LOST).on("/models$").at(2)
        world = World(faults=[reset, lost], limits=Limits(1, 10**6))
        client = openai_client(world)
        for _ in range(2):
            with pytest.raises(openai.APIConnectionError):
                client.models.list()
        say(client)
        with pytest.raises(openai.RateLimitError):
            say(client)
        with httpx2.Client(transport=FakeTransport(world)) as keyless:
            assert keyless.get("https://api.openai.com/v1/models").status_code == 401
        told = [(entry.status, entry.fault) for entry in world.requests]
        assert told == [(None, "reset"), (200, "lost"), (200, None), (429, None), (401, None)]
        assert [entry.number for entry in world.requests.find(fault="lost")] == [2]

    def test_own_routes_are_named_and_their_errors_are_faults(self) -> None:
        world = scripted()
        world.route(path=CHAT, json__model="gpt-4o", name="busy").respond(503, json={})
        world.route(host="example.org").mock(side_effect=httpx2.ReadTimeout)
        with pytest.raises(openai.InternalServerError):
            say(openai_client(world))
        say(openai_client(world), model="gpt-4o-mini")
        with intercept(world), httpx2.Client() as client, pytest.raises(httpx2.ReadTimeout):
            client.get("https://example.org/x")
        told = [(entry.service, entry.status, entry.route, entry.fault) for entry in world.requests]
        assert told == [
            ("openai", 503, "busy", None),
            ("openai", 200, None, None),
            (None, None, None, "timeout"),
        ]
        assert [entry.number for entry in world.requests.find(route="bus*")] == [1]

    def test_only_the_last_ones_are_kept_and_only_the_beginning_of_a_body(self) -> None:
        world = scripted()
        client = openai_client(world)
        for _ in range(KEPT_REQUESTS + 5):
            client.models.retrieve("gpt-4o")
        say(client, "long " * KEPT_BYTES)
        assert (len(world.requests), world.requests.total) == (KEPT_REQUESTS, KEPT_REQUESTS + 6)
        entry = list(world.requests)[-1]
        assert (len(entry.head), entry.model) == (KEPT_BYTES, "gpt-4o")
        assert entry.size > 5 * KEPT_BYTES
        assert isinstance(entry.body, str)
        assert entry.shown()["cut"] is True

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"service": "anthropic"}, "service must be one of openai, vertex"),
            ({"fault": "explodes"}, "fault must be one of status, refused"),
            ({"since": -1}, "since must be 0 or more"),
            ({"limit": -1}, "limit must be 0 or more"),
        ],
    )
    def test_what_can_fit_nothing_is_refused(self, arguments: dict[str, object], message: str) -> None:
        with pytest.raises(ValueError, match=message):
            World().requests.find(**arguments)  # pyright: ignore[reportArgumentType] - given by a table


class TestCredentials:
    @pytest.mark.parametrize(
        "url",
        [
            f"https://generativelanguage.googleapis.com/v1beta/models?key={SECRET}",
            "https://generativelanguage.googleapis.com/v1beta/models?%6bey=plainsecretvalue",
            "https://generativelanguage.googleapis.com/v1beta/models?key=plainsecretvalue",
            "https://storage.googleapis.com/storage/v1/b/x/o?access_token=plainsecretvalue",
            "https://storage.googleapis.com/x/y?X-Goog-Signature=plainsecretvalue&X-Goog-Credential=plainsecretvalue",
            "https://api.openai.com/v1/models?api_key=plainsecretvalue&client_secret=plainsecretvalue",
        ],
    )
    def test_none_of_a_query_is_shown(self, url: str) -> None:
        world = World()
        raw_client(world).get(url)
        (entry,) = world.requests
        text = json.dumps(entry.shown())
        assert SECRET not in text
        assert "plainsecretvalue" not in text
        assert HIDDEN in text

    @pytest.mark.parametrize("header", ["authorization", "x-goog-api-key", "api-key", "cookie"])
    def test_none_of_a_header_is_shown_wherever_it_is_repeated(self, header: str) -> None:
        world = World()
        value = "Bearer my-own-credential" if header == "authorization" else "my-own-credential"
        raw_client(world).post(
            f"https://api.openai.com/v1/my-own-credential/{SECRET}",
            headers={header: value, "user-agent": "a my-own-credential"},
            json={"model": "gpt-4o", "user": f"my-own-credential {SECRET}", "other": "AIza" + "b" * 35},
        )
        text = json.dumps([entry.shown() for entry in world.requests])
        assert "my-own-credential" not in text
        assert SECRET not in text
        assert "AIza" not in text

    def test_page_tokens_are_no_credentials(self) -> None:
        world = World()
        raw_client(world).get("https://storage.googleapis.com/storage/v1/b/x/o?pageToken=abc&prefix=a%2Fb")
        (entry,) = world.requests
        assert entry.query == {"pageToken": "abc", "prefix": "a/b"}


class TestOnAServer:
    @staticmethod
    def asked(served: Served, **filters: object) -> httpx2.Response:
        with served.client() as client:
            return client.get(
                f"{served.address}/_fbench/requests", params={k: str(v) for k, v in filters.items()}
            )

    def test_the_log_is_filtered_cleared_by_a_reset_and_without_credentials(self) -> None:
        with server("--rpm", "1") as served:
            client = openai.OpenAI(api_key=SECRET, base_url=served.openai, max_retries=0)
            say(client)
            with pytest.raises(openai.RateLimitError):
                say(client)
            client.models.list()
            filters = {"service": "openai", "path": "/v1/chat/*", "status": 429, "model": "gpt-4o"}
            found = self.asked(served, **filters, since=0, limit=100).json()
            assert [(entry["number"], entry["status"]) for entry in found["requests"]] == [(2, 429)]
            assert (found["total"], found["forgotten"]) == (3, 0)
            assert found["requests"][0]["body"]["messages"][0]["content"] == "hi"
            assert SECRET not in self.asked(served).text
            assert len(self.asked(served).json()["requests"]) == 3, "a look at the log is not in it"
            with served.client() as raw:
                assert raw.post(f"{served.address}/_fbench/reset").status_code == 200
            assert self.asked(served).json() == {"requests": [], "total": 0, "forgotten": 0}

    def test_requests_of_a_journal_are_not_those_of_this_server(self, tmp_path: Path) -> None:
        for _ in range(2):
            with server("--state", str(tmp_path / "state")) as served, served.client() as client:
                chat = {"model": "gpt-4o", "store": True, "messages": [{"role": "user", "content": "hi"}]}
                assert client.post(f"{served.openai}/chat/completions", json=chat).status_code == 200
                found = self.asked(served).json()
                assert [entry["number"] for entry in found["requests"]] == [1]

    def test_requests_without_a_key_are_there(self) -> None:
        with server() as served:
            assert httpx2.post(f"{served.openai}/chat/completions", json={}).status_code == 401
            (entry,) = self.asked(served).json()["requests"]
            assert (entry["path"], entry["status"]) == (CHAT, 401)

    def test_unknown_filters_and_values_are_refused_in_words(self) -> None:
        with server() as served:
            for query, message in (
                ("stauts=429", "no filter 'stauts'; the filters are service, method, path, status"),
                ("status=abc", "status must be a whole number, got 'abc'"),
                ("status=", "status must be a whole number, got ''"),
                ("status=429&status=400", "'status' is given twice"),
                ("service=foo", "service must be one of openai"),
                ("limit=-1", "limit must be 0 or more"),
            ):
                with served.client() as client:
                    answered = client.get(f"{served.address}/_fbench/requests?{query}")
                assert answered.status_code == 400, query
                assert message in answered.json()["error"]
            with served.client() as client:
                assert client.get(f"{served.address}/_fbench/routes?name=x").status_code == 400
                assert client.get(f"{served.address}/_fbench/routes").json() == {"routes": []}
