"""The plugin as another project meets it: in a pytest of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from fbench.testing import plugin

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parent.parent.parent
# pytester forgets what its runs import; NumPy and respx cannot be met twice, so they come first
for module in ("fakes", "fakes.learners.softmax", "google.genai", "openai"):
    import_module(module)


def chat_file() -> bytes:
    turns = [{"role": "user", "content": "Who chairs?"}, {"role": "assistant", "content": "Ann"}]
    return (json.dumps({"messages": turns}) + "\n").encode() * 10


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project whose pytest has our plugin and no other, installed or not."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("PYTEST_PLUGINS", raising=False)
    return pytester


def run(project: pytest.Pytester, code: str, *options: str) -> pytest.RunResult:
    project.makepyfile(code)
    return project.runpytest_inprocess("-p", "fbench.testing.plugin", "--strict-markers", *options)


def test_the_entry_point_is_the_plugin() -> None:
    points = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"]
    assert points["pytest11"] == {"fbench": plugin.__name__}


def test_loading_the_plugin_loads_nothing_else() -> None:
    code = (
        "import pytest, sys; before = set(sys.modules); import fbench.testing.plugin; "
        "print(sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT)
    ours = [
        "fbench",
        "fbench.testing",
        "fbench.testing.default_mode",
        "fbench.testing.played",
        "fbench.testing.plugin",
        "fbench.version",
    ]
    assert done.stdout.strip() == str(ours)


def test_the_openai_client_asks_a_model_of_the_world(project: pytest.Pytester) -> None:
    run(
        project,
        """
        import pytest
        from fakes.learners.scripted import ScriptedLearner

        @pytest.mark.fake_world(learner=ScriptedLearner(str.upper))
        def test_it(fake_openai, world, monkeypatch):
            asked = [{"role": "user", "content": "hi"}]
            said = fake_openai.chat.completions.create(model="gpt-4o", messages=asked)
            assert said.choices[0].message.content == "HI"
            fake_openai.files.create(file=("a.jsonl", b"{}"), purpose="fine-tune")
            assert len(world.openai.files) == 1
        """,
    ).assert_outcomes(passed=1)


def test_the_vertex_client_asks_a_model_of_the_world(project: pytest.Pytester) -> None:
    run(
        project,
        """
        import pytest
        from fakes.learners.scripted import ScriptedLearner

        @pytest.mark.fake_world(learner=ScriptedLearner(str.upper))
        def test_it(fake_vertex):
            said = fake_vertex.models.generate_content(model="gemini-2.5-flash", contents="hi")
            assert said.text == "HI"
        """,
    ).assert_outcomes(passed=1)


def test_both_clients_share_a_world_with_clients_of_the_tests_own(project: pytest.Pytester) -> None:
    run(
        project,
        """
        import httpx2, openai, pytest

        def test_it(fake_openai, fake_vertex, fake_services, world):
            assert fake_services is world
            with openai.OpenAI(api_key="another") as own:
                file = own.files.create(file=("a.jsonl", b"{}"), purpose="fine-tune")
            assert fake_openai.files.retrieve(file.id).bytes == 2
            assert list(world.openai.files) == [file.id]

        def test_nothing_else_is_reachable(fake_services):
            with pytest.raises(httpx2.ConnectError):
                httpx2.get("https://example.com/")
        """,
    ).assert_outcomes(passed=2)


def test_the_environment_leads_no_client_elsewhere(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_BASE_URL", "GOOGLE_VERTEX_BASE_URL"):
        monkeypatch.setenv(name, "https://elsewhere.example")
    monkeypatch.setenv("GOOGLE_API_KEY", "real")
    run(
        project,
        """
        def test_it(fake_openai, fake_vertex):
            assert fake_openai.api_key == "sk-fake"
            assert fake_openai.models.retrieve("gpt-4o").id == "gpt-4o"
            assert list(fake_vertex.tunings.list()) == []
        """,
    ).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    "base", ["https://elsewhere.example/v1/", "http://127.0.0.1:9/openai/v1", "nonsense"]
)
def test_nor_one_that_the_project_makes_in_a_test(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, base: str
) -> None:
    for name in ("OPENAI_BASE_URL", "OPENAI_API_BASE", "GOOGLE_VERTEX_BASE_URL", "GOOGLE_GEMINI_BASE_URL"):
        monkeypatch.setenv(name, base)
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "localhost:9023")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-real")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("all_proxy", "socks5://proxy.example")
    run(
        project,
        """
        import os, openai, pytest, requests
        from google import genai

        @pytest.fixture(autouse=True)
        def as_before():
            before = dict(os.environ)
            yield
            assert {**os.environ, "PYTEST_CURRENT_TEST": ""} == {**before, "PYTEST_CURRENT_TEST": ""}

        def test_openai(fbench_services, fbench_world):
            route = fbench_world.route(path="/v1/models/gpt-4o").pass_through()
            with openai.OpenAI(max_retries=0) as client:
                assert client.models.retrieve("gpt-4o").id == "gpt-4o"
            assert route.called
            with openai.OpenAI(base_url=os.environ["OPENAI_BASE_URL"], max_retries=0) as client:
                assert client.models.retrieve("gpt-4o").id == "gpt-4o"

        def test_google(fbench_services):
            with genai.Client(vertexai=True, project="p", location="us-central1") as client:
                assert list(client.tunings.list()) == []
            with genai.Client(api_key="k") as client:
                assert client.models.generate_content(model="gemini-2.5-flash", contents="hi").text
            bucket = "https://storage.googleapis.com/storage/v1/b/b/o"
            answer = requests.get(bucket, headers={"authorization": "Bearer k"}, timeout=5)
            assert answer.status_code in (200, 404)
        """,
    ).assert_outcomes(passed=2)


def test_a_client_from_before_the_test_finds_the_fakes_where_the_environment_sent_it(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "https://elsewhere.example/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-real")
    run(
        project,
        """
        import openai

        client = openai.OpenAI(max_retries=0)

        def test_it(fbench_services):
            assert "elsewhere" in str(client.base_url)
            assert client.models.retrieve("gpt-4o").id == "gpt-4o"
        """,
    ).assert_outcomes(passed=1)


def test_each_fixture_has_a_short_name_and_a_long_one(project: pytest.Pytester) -> None:
    run(
        project,
        """
        def test_it(
            fbench_world, fbench_services, fbench_openai, fbench_vertex,
            world, fake_services, fake_openai, fake_vertex,
        ):
            assert fbench_world is world is fbench_services is fake_services
            assert fbench_openai is fake_openai
            assert fbench_vertex is fake_vertex
        """,
    ).assert_outcomes(passed=1)


def test_a_project_may_have_fixtures_of_its_own_by_the_short_names(project: pytest.Pytester) -> None:
    project.makeconftest(
        """
        import pytest

        @pytest.fixture(scope="session")
        def world():
            return "mine"

        @pytest.fixture
        def cassette(world):
            return "a tape of " + world

        @pytest.fixture
        def fake_services():
            return "none"

        @pytest.fixture
        def fake_openai(fake_openai):
            return fake_openai.with_options(max_retries=1)
        """
    )
    run(
        project,
        """
        def test_it(world, cassette, fake_services, fbench_openai, fake_openai, fbench_vertex, fbench_world):
            assert (world, cassette, fake_services) == ("mine", "a tape of mine", "none")
            assert (fbench_openai.max_retries, fake_openai.max_retries) == (0, 1)
            fake_openai.files.create(file=("a.jsonl", b"{}"), purpose="fine-tune")
            assert len(fbench_world.openai.files) == 1
            assert list(fbench_vertex.tunings.list()) == []
        """,
    ).assert_outcomes(passed=1)


def test_a_test_may_name_hosts_that_it_reaches(project: pytest.Pytester) -> None:
    run(
        project,
        """
        import pytest, socket

        @pytest.fixture
        def port():
            with socket.socket() as listening:
                listening.bind(("127.0.0.1", 0))
                listening.listen()
                yield listening.getsockname()[1]

        @pytest.mark.fake_world(allow=["localhost"], seed=3)
        def test_reached(port, fbench_services):
            assert fbench_services.seed == 3
            socket.create_connection(("127.0.0.1", port)).close()

        def test_not_reached(port, fbench_services):
            with pytest.raises(OSError, match="nothing was sent"):
                socket.create_connection(("127.0.0.1", port))
        """,
    ).assert_outcomes(passed=2)


def test_a_test_that_leaves_a_route_uncalled_fails_when_asked_to(project: pytest.Pytester) -> None:
    run(
        project,
        """
        import pytest

        MODEL = {"id": "x", "object": "model", "created": 1, "owned_by": "me"}

        @pytest.mark.parametrize("called", [True, False])
        @pytest.mark.fake_world(assert_all_called=True)
        def test_asked(fake_openai, world, called):
            world.route(path="/v1/models/x", name="mine").respond(json=MODEL)
            if called:
                assert fake_openai.models.retrieve("x").owned_by == "me"

        def test_not_asked(fake_openai, world):
            world.route(path="/v1/models/x").respond(json=MODEL)
        """,
    ).assert_outcomes(passed=2, failed=1)


def test_every_test_gets_a_world_of_its_own(project: pytest.Pytester) -> None:
    run(
        project,
        """
        import pytest

        @pytest.mark.parametrize("time", [1, 2])
        def test_it(fake_openai, world, time):
            assert not world.openai.files
            fake_openai.files.create(file=("a.jsonl", b"{}"), purpose="fine-tune")
        """,
    ).assert_outcomes(passed=2)


def test_the_marker_nearest_to_the_test_has_the_last_word(project: pytest.Pytester) -> None:
    run(
        project,
        """
        import pytest
        from fakes.timeline import ByHand

        pytestmark = pytest.mark.fake_world(seed=1, pace=ByHand())

        @pytest.mark.fake_world(seed=2)
        class TestIt:
            @pytest.mark.fake_world(seed=3)
            def test_near(self, world):
                assert (world.seed, type(world.pace)) == (3, ByHand)

            def test_far(self, world):
                assert (world.seed, type(world.pace)) == (2, ByHand)

        def test_farther(world):
            assert world.seed == 1
        """,
    ).assert_outcomes(passed=3)


@pytest.mark.parametrize(
    ("given", "named"), [("sede=1", "sede"), ("7", "7"), ("7, seed=1, learned=2", "7, learned")]
)
def test_a_marker_with_unknown_arguments_is_refused(project: pytest.Pytester, given: str, named: str) -> None:
    result = run(
        project,
        f"""
        import pytest

        @pytest.mark.fake_world({given})
        def test_it(world):
            pass
        """,
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        f"E * test_a_marker_with_unknown_arguments_is_refused.py::test_it: the marker fake_world does not "
        f"take {named}. Give it by name any of seed, prior, learner, pace*"
    )


def test_the_marker_is_listed_with_its_arguments(project: pytest.Pytester) -> None:
    run(project, "", "--markers").stdout.fnmatch_lines("@pytest.mark.fake_world(seed=, prior=, *")
