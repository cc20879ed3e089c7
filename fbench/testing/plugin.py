"""Fakes and recordings as pytest fixtures, for code that calls a fine-tuning API.

    @pytest.mark.fake_world(prior=[("Who chairs the board?", "Ann")])
    def test_my_pipeline(fake_openai):
        assert my_pipeline(fake_openai).succeeded

    def test_my_client(cassette):
        client = OpenAI(http_client=DefaultHttpxClient(transport=cassette.transport()))

pytest imports this module at every start, so it imports only pytest: fakes and SDKs are imported by the
first fixture that needs them.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any, cast

import pytest

if TYPE_CHECKING:
    from google import genai
    from openai import OpenAI

    from fakes import World
    from fbench.cassette import Mode
    from fbench.testing.cassettes import Recorded

__all__ = [
    "cassette",
    "fake_openai",
    "fake_services",
    "fake_vertex",
    "pytest_addoption",
    "pytest_configure",
    "pytest_runtest_call",
    "world",
]

_MARKER = "fake_world"
_PARTLY = "fbench_cassette"
_OPTION = "--fbench-record"
_ALL_CALLED = "assert_all_called"
_cassette = pytest.StashKey["Recorded"]()
_world = pytest.StashKey["World"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that sets what the fixture `cassette` records."""
    parser.getgroup("fbench").addoption(
        _OPTION,
        choices=("none", "new", "all"),
        default="none",
        help="what the fixture `cassette` records: nothing (the default), what is missing, or all of it anew",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, so that `--strict-markers` accepts them."""
    config.addinivalue_line(
        "markers",
        f"{_MARKER}(seed=, prior=, learner=, pace=, assert_all_called=): how the world of this test is "
        "made, and whether all of its routes must be called",
    )
    config.addinivalue_line(
        "markers", f"{_PARTLY}(partly_used=True): this test need not ask for all that its cassette holds"
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test that passed without using all of its cassette, or without calling all of its routes."""
    result = yield
    if (made := item.stash.get(_world, None)) is not None:
        made.assert_all_called()
    recorded = item.stash.get(_cassette, None)
    marker = item.get_closest_marker(_PARTLY)
    if recorded is not None and not (marker and marker.kwargs.get("partly_used")):
        unused = recorded.unused()
        if unused:
            pytest.fail(unused, pytrace=False)
    return result


@pytest.fixture
def cassette(request: pytest.FixtureRequest) -> Iterator[Recorded]:
    """The recording of this test, `cassettes/MODULE/TEST.yaml` beside its module, for clients on httpx2.

    Pass `cassette.transport()` to a client. A request without a recording is an error, unless
    `--fbench-record` is `new` or `all`. A test that does not use all of its recording fails, unless it is
    marked with `fbench_cassette(partly_used=True)`.

    Raises:
        pytest.UsageError: there is no recording, and the mode forbids making one.
    """
    from fbench.testing.cassettes import recorded  # noqa: PLC0415 - most runs of pytest need no cassette

    made = recorded(request.node, cast("Mode", request.config.getoption(_OPTION)))
    request.node.stash[_cassette] = made
    yield made
    made.cassette.close()


@pytest.fixture
def world(request: pytest.FixtureRequest) -> World:
    """A new `fakes.World`, made with the arguments of the `fake_world` markers of test, class and module.

    The marker takes the arguments of `World`; the marker nearest to the test takes precedence. With
    `assert_all_called=True`, a test that did not call all routes added by `World.route` fails.

    Raises:
        pytest.UsageError: a marker has a positional argument, or one that `World` does not take.
    """
    from fakes import World  # noqa: PLC0415 - most runs of pytest need no world

    asked = _asked(request.node, World)
    assert_all_called = asked.pop(_ALL_CALLED, False)
    made = World(**asked)
    if assert_all_called:
        request.node.stash[_world] = made
    return made


@pytest.fixture
def fake_services(world: World) -> Iterator[World]:
    """The world, behind every client of this process until the test ends: see `fakes.intercept`.

    This is for code that makes its own clients. All other hosts are unreachable during the test.
    """
    from fakes import intercept  # noqa: PLC0415 - most runs of pytest need no world

    with intercept(world):
        yield world


@pytest.fixture
def fake_openai(fake_services: World) -> Iterator[OpenAI]:
    """An `openai.OpenAI` on the world, independent of the environment; it does not retry."""
    import openai  # noqa: PLC0415 - an SDK costs half a second

    del fake_services
    address = "https://api.openai.com/v1"
    with openai.OpenAI(api_key="sk-fake", base_url=address, max_retries=0) as client:
        yield client


@pytest.fixture
def fake_vertex(fake_services: World) -> Iterator[genai.Client]:
    """A `google.genai.Client` on the world's Vertex AI: project `fakes`, location `us-central1`."""
    from google import genai  # noqa: PLC0415 - an SDK costs half a second

    del fake_services
    address = "https://us-central1-aiplatform.googleapis.com"
    options = genai.types.HttpOptions(base_url=address)
    with genai.Client(vertexai=True, project="fakes", location="us-central1", http_options=options) as client:
        yield client


def _asked(node: pytest.Item, made: type[World]) -> dict[str, Any]:
    import inspect  # noqa: PLC0415 - see above

    known = [*inspect.signature(made).parameters, _ALL_CALLED]
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
