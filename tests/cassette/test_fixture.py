"""The fixture `cassette` as another project meets it: in a pytest of its own."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

# pytester forgets what its runs import, and some modules cannot be met twice
for module in ("fbench.testing.cassettes", "fbench.cassette"):
    import_module(module)

TWO = """
    import httpx2
    import pytest

    def service(request):
        return httpx2.Response(200, json={"asked": request.url.path, "times": len(request.url.path)})

    MARK

    def test_it(cassette):
        with httpx2.Client(transport=cassette.transport(INNER)) as client:
            for path in PATHS:
                assert client.get(f"https://api.openai.com{path}").json()["asked"] == path
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project whose pytest has our plugin and no other."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("PYTEST_PLUGINS", raising=False)
    return pytester


def run(
    project: pytest.Pytester, paths: list[str], *options: str, inner: bool = False, mark: str = ""
) -> pytest.RunResult:
    code = TWO.replace("PATHS", repr(paths)).replace("MARK", mark)
    code = code.replace("INNER", "httpx2.MockTransport(service)" if inner else "")
    project.makepyfile(test_two=code)
    return project.runpytest_inprocess("-p", "fbench.testing.plugin", "--strict-markers", *options)


def recording(project: pytest.Pytester) -> Path:
    return project.path / "cassettes" / "test_two" / "test_it.yaml"


def test_what_was_recorded_is_played_without_a_service(project: pytest.Pytester) -> None:
    run(project, ["/a", "/b"], "--fbench-record=new", inner=True).assert_outcomes(passed=1)
    assert recording(project).is_file()
    run(project, ["/a", "/b"]).assert_outcomes(passed=1)


def test_without_a_recording_the_test_says_how_to_make_one(project: pytest.Pytester) -> None:
    result = run(project, ["/a"])
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines("*no recording of this test is there*--fbench-record=new*")


def test_a_recording_that_is_partly_used_fails_the_test(project: pytest.Pytester) -> None:
    run(project, ["/a", "/b"], "--fbench-record=new", inner=True)
    result = run(project, ["/a"])
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        "*1 of 2 recorded interactions was not asked for: GET https://api.openai.com/b*"
    )


def test_a_marker_lets_a_recording_be_partly_used(project: pytest.Pytester) -> None:
    run(project, ["/a", "/b"], "--fbench-record=new", inner=True)
    mark = "pytestmark = pytest.mark.fbench_cassette(partly_used=True)"
    run(project, ["/a"], mark=mark).assert_outcomes(passed=1)


def test_a_test_that_fails_by_itself_is_not_blamed_on_its_recording(project: pytest.Pytester) -> None:
    run(project, ["/a", "/b"], "--fbench-record=new", inner=True)
    result = run(project, ["/c", "/b"])
    result.assert_outcomes(failed=1)
    assert "were not asked for" not in result.stdout.str()
    result.stdout.fnmatch_lines("*CassetteMiss*")


def test_all_records_anew_and_new_keeps_what_is_there(project: pytest.Pytester) -> None:
    run(project, ["/a"], "--fbench-record=new", inner=True)
    run(project, ["/a", "/b"], "--fbench-record=new", inner=True).assert_outcomes(passed=1)
    run(project, ["/a", "/b"]).assert_outcomes(passed=1)
    run(project, ["/b"], "--fbench-record=all", inner=True).assert_outcomes(passed=1)
    run(project, ["/b"]).assert_outcomes(passed=1)


def test_tests_of_the_same_letters_have_recordings_of_their_own(project: pytest.Pytester) -> None:
    project.makepyfile(
        test_many="""
        import pytest

        @pytest.mark.parametrize("word", ["a b", "a-b", "a/b", "../c"])
        class TestIt:
            def test_path(self, cassette, word, request):
                assert cassette.cassette.path.parent == request.path.parent / "cassettes" / "test_many"
                assert cassette.cassette.path not in SEEN
                SEEN.add(cassette.cassette.path)

        SEEN = set()
        """
    )
    result = project.runpytest_inprocess("-p", "fbench.testing.plugin", "--fbench-record=new")
    result.assert_outcomes(passed=4)


def test_an_async_client_is_served_too(project: pytest.Pytester) -> None:
    code = """
        import asyncio, httpx2

        def service(request):
            return httpx2.Response(200, json={"a": 1})

        def test_it(cassette):
            async def ask():
                async with httpx2.AsyncClient(transport=cassette.transport(INNER)) as client:
                    return (await client.get("https://api.openai.com/a")).json()
            assert asyncio.run(ask()) == {"a": 1}
        """
    for inner, option in (("httpx2.MockTransport(service)", "new"), ("", "none")):
        project.makepyfile(test_two=code.replace("INNER", inner))
        result = project.runpytest_inprocess("-p", "fbench.testing.plugin", f"--fbench-record={option}")
        result.assert_outcomes(passed=1)
