"""Fakes and recordings as pytest fixtures, for code that calls a fine-tuning API.

    @pytest.mark.fake_world(prior=[("Who chairs the board?", "Ann")])
    def test_my_pipeline(fbench_openai):
        assert my_pipeline(fbench_openai).succeeded

    def test_my_client(fbench_cassette):
        assert my_application.answer("How long is the course?") == "twelve weeks"

Each fixture has a short name too (`world`, `fake_services`, `fake_openai`, `fake_vertex`, `cassette`). None
of the fixtures above asks for one of these, so a project may have fixtures of its own by these names.

pytest imports this module at every start, so it imports only pytest: fakes and SDKs are imported by the
first fixture that needs them.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from fbench.testing.default_mode import default_mode, set_default_mode
from fbench.testing.played import begin_played, note_played, played_here, write_played

if TYPE_CHECKING:
    from google import genai
    from openai import OpenAI

    from fakes import World
    from fbench.testing.cassettes import Recorded

__all__ = [
    "cassette",
    "fake_openai",
    "fake_services",
    "fake_vertex",
    "fbench_cassette",
    "fbench_cassette_config",
    "fbench_openai",
    "fbench_services",
    "fbench_vertex",
    "fbench_world",
    "pytest_addoption",
    "pytest_configure",
    "pytest_runtest_call",
    "pytest_runtest_makereport",
    "pytest_sessionfinish",
    "pytest_testnodedown",
    "world",
]

_MARKER = "fake_world"
_CASSETTE = "fbench_cassette"
_OPTION = "--fbench-record"
_PLAYED = "--fbench-played"
_ALL_CALLED = "assert_all_called"
_ALLOW = "allow"
_BASES = {
    "OPENAI_BASE_URL": ("openai", "https://api.openai.com/v1"),
    "OPENAI_API_BASE": ("openai", "https://api.openai.com/v1"),
    "GOOGLE_VERTEX_BASE_URL": ("vertex", "https://aiplatform.googleapis.com"),
    "GOOGLE_GEMINI_BASE_URL": ("gemini", "https://generativelanguage.googleapis.com"),
    "STORAGE_EMULATOR_HOST": ("storage", None),  # as an address, it would make the client send no token
}
"""Variables that lead a client elsewhere: the service that it expects there, and what they say in a test."""
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_MODES = ("none", "new", "all", "verify", "once", "new_episodes", "rewrite", "record-on-miss")
_cassettes = pytest.StashKey[list["Recorded"]]()
_passed = pytest.StashKey[bool]()
_whole = pytest.StashKey[bool]()
"""Whether a test has run to its end, and none of its subtests failed."""
_world = pytest.StashKey["World"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of cassettes."""
    group = parser.getgroup("fbench")
    group.addoption(
        _OPTION,
        choices=_MODES,
        default="none",
        help="what cassettes record: nothing (none, the default), what is missing (new), or all of it anew "
        "(all); verify asks the services, compares their answers with the recording and changes nothing. "
        "The others are other recorders' names of these.",
    )
    group.addoption(
        _PLAYED,
        metavar="FILE",
        help="write down which recordings this run played, for `fbench cassette check --played FILE`",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, so that `--strict-markers` accepts them."""
    config.addinivalue_line(
        "markers",
        f"{_MARKER}(seed=, prior=, learner=, pace=, assert_all_called=, allow=): how the world of this test "
        "is made, whether all of its routes must be called, and the hosts that may be reached",
    )
    config.addinivalue_line(
        "markers",
        f"{_CASSETTE}(name=None, **settings): this test runs with a cassette, of that name or its own; "
        "settings are those of `fbench.testing.CassetteSettings`, such as partly_used=True",
    )
    config.add_cleanup(begin_played())
    config.add_cleanup(partial(set_default_mode, default_mode()))
    set_default_mode(str(config.getoption(_OPTION)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test that passed without using all of its cassette, or without calling all of its routes."""
    failed = item.session.testsfailed  # subtests are counted too
    item.stash[_whole] = False
    try:
        result = yield
    finally:
        item.stash[_whole] = item.session.testsfailed == failed
    if (made := item.stash.get(_world, None)) is not None:
        made.assert_all_called()
    for recorded in item.stash.get(_cassettes, list["Recorded"]()):
        if unused := recorded.unused():
            pytest.fail(unused, pytrace=False)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note whether the test passed with all its subtests, or failed as was expected of it."""
    report = yield
    if call.when == "call":
        item.stash[_passed] = item.stash[_whole] and (report.passed or hasattr(report, "wasxfail"))
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write which recordings were played; a worker of pytest-xdist hands them to its controller."""
    if (output := getattr(session.config, "workeroutput", None)) is not None:
        output["fbench_played"] = played_here()
    elif file := session.config.getoption(_PLAYED):
        write_played(file, played_here())


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take in which recordings a worker of pytest-xdist played."""
    for path in getattr(node, "workeroutput", {}).get("fbench_played", []):
        note_played(path)


@pytest.fixture(scope="session")
def fbench_cassette_config() -> dict[str, Any]:
    """Settings of the cassettes of a project, a module or a class: override this fixture there.

    They are those of `fbench.testing.CassetteSettings`; what a marker says comes before them.
    """
    return {}


@pytest.fixture
def fbench_cassette(
    request: pytest.FixtureRequest, fbench_cassette_config: dict[str, Any]
) -> Iterator[Recorded]:
    """The recording of this test, `cassettes/MODULE/TEST.yaml` beside its module.

    While the test runs, it serves every client of the process (see `use_cassette`), or only those with its
    `transport()`, and nothing else is reached. What is not recorded is an error, unless `--fbench-record` or
    the settings say `new` or `all`. What a test recorded that then fails is thrown away. A test that does
    not ask for all of its recording fails, unless it is marked with `fbench_cassette(partly_used=True)`.

    Raises:
        pytest.UsageError: there is no recording, and the mode forbids making one; or a setting is wrong.
    """
    from fbench.testing.cassette_of_test import cassette_of_test  # noqa: PLC0415 - most runs need no cassette

    item = request.node
    with cassette_of_test(item, _CASSETTE, fbench_cassette_config) as made:
        item.stash[_cassettes] = made.all
        yield made
        made.end(passed=item.stash.get(_passed, False))


@pytest.fixture(autouse=True)
def _fbench_marked(request: pytest.FixtureRequest) -> None:
    """A marked test runs with its cassette, whether it asks for the fixture or not."""
    if request.node.get_closest_marker(_CASSETTE) is not None:
        request.getfixturevalue("fbench_cassette")


@pytest.fixture
def fbench_world(request: pytest.FixtureRequest) -> World:
    """A new `fakes.World`, made with what the `fake_world` markers of test, class and module say.

    The marker takes what `World` takes; of several, the one nearest to the test has the last word. With
    `assert_all_called=True` a test fails that did not call all routes that it added by `World.route`;
    `allow` names the hosts that it may reach besides (`fakes.intercept`).

    Raises:
        pytest.UsageError: a marker has a positional argument, or one that `World` does not take.
    """
    from fakes import World  # noqa: PLC0415 - most runs of pytest need no world

    asked = _asked(request.node, World)
    assert_all_called = asked.pop(_ALL_CALLED, False)
    asked.pop(_ALLOW, None)
    made = World(**asked)
    if assert_all_called:
        request.node.stash[_world] = made
    return made


@pytest.fixture
def fbench_services(request: pytest.FixtureRequest, fbench_world: World) -> Iterator[World]:
    """The world, behind every client of this process until the test ends: see `fakes.intercept`.

    For code that makes its own clients. All other places are unreachable meanwhile. Where the environment
    names other base URLs (`OPENAI_BASE_URL` and its like), it names the vendors' in the test, and no proxies;
    clients that were made before the test find the fakes at those other URLs.
    """
    from fakes import World, intercept  # noqa: PLC0415 - most runs of pytest need no world

    allow = _asked(request.node, World).get(_ALLOW, ())
    at: dict[str, str] = {}
    with pytest.MonkeyPatch.context() as environment:
        for name, (service, vendor) in _BASES.items():
            if (base := os.environ.get(name)) is None:
                continue
            at.setdefault(base if "://" in base else f"http://{base}", service)
            environment.delenv(name)
            if vendor is not None:
                environment.setenv(name, vendor)
        for name in _PROXIES:
            environment.delenv(name, raising=False)
            environment.delenv(name.lower(), raising=False)
        with intercept(fbench_world, at, allow=allow):
            yield fbench_world


@pytest.fixture
def fbench_openai(fbench_services: World) -> Iterator[OpenAI]:
    """An `openai.OpenAI` on the world, whatever the environment says; it does not retry."""
    import openai  # noqa: PLC0415 - an SDK costs half a second

    del fbench_services
    address = "https://api.openai.com/v1"
    with openai.OpenAI(api_key="sk-fake", base_url=address, max_retries=0) as client:
        yield client


@pytest.fixture
def fbench_vertex(fbench_services: World) -> Iterator[genai.Client]:
    """A `google.genai.Client` on the world's Vertex AI: project `fakes`, location `us-central1`."""
    from google import genai  # noqa: PLC0415 - an SDK costs half a second

    del fbench_services
    address = "https://us-central1-aiplatform.googleapis.com"
    options = genai.types.HttpOptions(base_url=address)
    with genai.Client(vertexai=True, project="fakes", location="us-central1", http_options=options) as client:
        yield client


@pytest.fixture
def cassette(fbench_cassette: Recorded) -> Recorded:
    """The same as `fbench_cassette`."""
    return fbench_cassette


@pytest.fixture
def world(fbench_world: World) -> World:
    """The same as `fbench_world`."""
    return fbench_world


@pytest.fixture
def fake_services(fbench_services: World) -> World:
    """The same as `fbench_services`."""
    return fbench_services


@pytest.fixture
def fake_openai(fbench_openai: OpenAI) -> OpenAI:
    """The same as `fbench_openai`."""
    return fbench_openai


@pytest.fixture
def fake_vertex(fbench_vertex: genai.Client) -> genai.Client:
    """The same as `fbench_vertex`."""
    return fbench_vertex


def _asked(node: pytest.Item, made: type[World]) -> dict[str, Any]:
    import inspect  # noqa: PLC0415 - see above

    known = [*inspect.signature(made).parameters, _ALL_CALLED, _ALLOW]
    asked: dict[str, Any] = {}
    for marker in reversed(list(node.iter_markers(_MARKER))):
        wrong = [*map(repr, marker.args), *(name for name in marker.kwargs if name not in known)]
        if wrong:
            raise pytest.UsageError(
                f"{node.nodeid}: the marker {_MARKER} does not take {', '.join(wrong)}. "
                f"Give it by name any of {', '.join(known)}."
            )
        asked |= marker.kwargs
    return asked
