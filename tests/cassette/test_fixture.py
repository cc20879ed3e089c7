"""The fixture `cassette` as another project meets it: in a pytest of its own."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from fbench.cassette.tools.check import check_recordings, unplayed_in

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


def of_suite(
    project: pytest.Pytester, tests: str, *options: str, subprocess: bool = False
) -> pytest.RunResult:
    """Run a suite whose service answers in the process, through the transport of a test's cassette."""
    project.makeconftest(
        """
        import httpx2, pytest

        def service(request):
            return httpx2.Response(200, text=f"said {request.url.path}", headers={"x-own": "kept"})

        @pytest.fixture
        def ask(fbench_cassette):
            def asked(path, cassette=None, **more):
                transport = (cassette or fbench_cassette).transport(httpx2.MockTransport(service))
                with httpx2.Client(transport=transport) as client:
                    return client.post(f"https://api.openai.com{path}", **more)
            return asked
        """
    )
    project.makepyfile(test_suite=tests)
    run_it = project.runpytest_subprocess if subprocess else project.runpytest_inprocess
    return run_it("-p", "fbench.testing.plugin", "--strict-markers", *options)


def files(project: pytest.Pytester) -> dict[str, bytes]:
    """The recordings of a project."""
    place = project.path / "cassettes"
    return {each.name: each.read_bytes() for each in sorted(place.rglob("*.yaml*"))}


@pytest.mark.parametrize("mode", ["all", "new"])
def test_a_failing_test_leaves_a_good_recording_as_it_was(project: pytest.Pytester, mode: str) -> None:
    good = "def test_it(ask): assert ask('/a').text == 'said /a'"
    of_suite(project, good, "--fbench-record=new").assert_outcomes(passed=1)
    before = files(project)
    torn = "def test_it(ask):\n    ask('/a'); ask('/b')\n    assert ask('/c').text == 'said /d'"
    of_suite(project, torn, f"--fbench-record={mode}").assert_outcomes(failed=1)
    assert files(project) == before
    of_suite(project, good).assert_outcomes(passed=1)


@pytest.mark.parametrize("end", ["pytest.skip('not now')", "pytest.fail('no')", "raise KeyError", "1 / 0"])
def test_only_a_test_that_passed_makes_a_recording(project: pytest.Pytester, end: str) -> None:
    of_suite(project, f"import pytest\ndef test_it(ask):\n    ask('/a')\n    {end}", "--fbench-record=new")
    assert files(project) == {}


SUBTESTS = """
    import pytest, unittest

    def test_it(ask, subtests):
        for path in PATHS:
            with subtests.test(path=path):
                assert ask(path).text == "said /a"

    class TestCases(unittest.TestCase):
        @pytest.fixture(autouse=True)
        def with_ask(self, ask):
            self.ask = ask

        def test_it(self):
            for path in PATHS:
                with self.subTest(path=path):
                    self.assertEqual(self.ask(path).text, "said /a")
    """


@pytest.mark.parametrize("paths", ["['/b', '/a']", "['/a', '/b']"])
def test_a_test_with_a_failed_subtest_leaves_a_good_recording_as_it_was(
    project: pytest.Pytester, paths: str
) -> None:
    good = SUBTESTS.replace("PATHS", "['/a']")
    of_suite(project, good, "--fbench-record=new").assert_outcomes(passed=2)
    before = files(project)
    of_suite(project, SUBTESTS.replace("PATHS", paths), "--fbench-record=all")
    assert files(project) == before


def test_a_test_that_fails_as_it_is_expected_to_makes_a_recording(project: pytest.Pytester) -> None:
    test = "import pytest\n@pytest.mark.xfail\ndef test_it(ask):\n    ask('/a')\n    assert False"
    of_suite(project, test, "--fbench-record=new").assert_outcomes(xfailed=1)
    of_suite(project, test).assert_outcomes(xfailed=1)
    assert len(files(project)) == 1


def test_a_test_that_asks_for_nothing_has_an_empty_recording(project: pytest.Pytester) -> None:
    test = "def test_it(fbench_cassette): pass"
    of_suite(project, test, "--fbench-record=new").assert_outcomes(passed=1)
    of_suite(project, test).assert_outcomes(passed=1)


def test_an_unknown_mode_calls_no_service(project: pytest.Pytester) -> None:
    result = of_suite(project, "def test_it(ask): ask('/a')", "--fbench-record=NONE")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines("*--fbench-record: invalid choice: 'NONE'*")
    assert files(project) == {}


def test_a_marked_test_needs_no_fixture(project: pytest.Pytester) -> None:
    test = """
        import httpx2, pytest, requests

        @pytest.mark.fbench_cassette
        def test_it():
            with pytest.raises(Exception, match="no recording is left"):
                requests.get("https://api.openai.com/v1/models", timeout=5)
        """
    of_suite(project, test).assert_outcomes(errors=1)
    of_suite(
        project, "import pytest\n@pytest.mark.fbench_cassette\ndef test_it(): pass", "--fbench-record=new"
    )
    of_suite(project, test).assert_outcomes(passed=1)


def test_settings_come_from_a_fixture_and_markers_come_before_it(project: pytest.Pytester) -> None:
    test = """
        import pytest

        @pytest.fixture(scope="module")
        def fbench_cassette_config():
            return {"folder": "tapes", "keep_headers": ["x-own"], "ignore_fields": ["run"], "mode": "MODE"}

        def test_it(ask):
            assert ask("/a", json={"q": 1, "run": RUN}).headers["x-own"] == "kept"

        @pytest.mark.fbench_cassette("named-4.1", ignore_fields=["run", "user"], secrets=["very-secret"])
        def test_named(ask):
            assert ask("/a", json={"q": 1, "run": RUN, "user": RUN, "key": "very-secret"}).text == "said /a"
        """
    of_suite(project, test.replace("MODE", "new").replace("RUN", "1")).assert_outcomes(passed=2)
    of_suite(project, test.replace("MODE", "none").replace("RUN", "2")).assert_outcomes(passed=2)
    assert sorted(each.name for each in (project.path / "tapes").glob("*.yaml")) == [
        "named-4.1.yaml",
        "test_it.yaml",
    ]
    assert "very-secret" not in (project.path / "tapes" / "named-4.1.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("marker", "told"),
    [
        ("fbench_cassette(partly=True)", "'partly' is no setting of a cassette"),
        ("fbench_cassette('a', 'b')", "takes one name"),
        ("fbench_cassette(mode='NONE')", "no mode of recording"),
    ],
)
def test_a_wrong_marker_is_named(project: pytest.Pytester, marker: str, told: str) -> None:
    result = of_suite(project, f"import pytest\n@pytest.mark.{marker}\ndef test_it(): pass")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(f"*{told}*")


def test_names_that_differ_in_capitals_only_have_recordings_of_their_own(project: pytest.Pytester) -> None:
    test = """
        import pytest

        def test_it(ask): ask("/a")
        def test_It(ask): ask("/b")
        @pytest.mark.parametrize("word", ["x", "X"])
        def test_word(ask, word): ask(f"/{word}")
        class TestOf:
            def test_it(self, ask): ask("/c")
        class Testof:
            def test_it(self, ask): ask("/d")
        """
    of_suite(project, test, "--fbench-record=new").assert_outcomes(passed=6)
    names = {name.lower() for name in files(project)}
    assert len(names) == len(files(project)) == 6
    of_suite(project, test).assert_outcomes(passed=6)


def test_a_name_of_any_length_has_a_recording_of_its_own(project: pytest.Pytester) -> None:
    test = """
    import pytest

    @pytest.mark.parametrize("word", ["x" * 400, "x" * 401, "y" * 200])
    def test_it(ask, fbench_cassette, word):
        with_another = fbench_cassette.another(word)
        assert ask(f"/{len(word)}").text == f"said /{len(word)}"
        assert ask(f"/{len(word)}", with_another).text == f"said /{len(word)}"
    """
    of_suite(project, test, "--fbench-record=new").assert_outcomes(passed=3)
    of_suite(project, test).assert_outcomes(passed=3)
    assert len(files(project)) == 6


def test_a_recording_of_a_name_with_capitals_is_found_where_it_always_was(project: pytest.Pytester) -> None:
    test = "def test_It(ask): assert ask('/a').text == 'said /a'"
    of_suite(project, test, "--fbench-record=new").assert_outcomes(passed=1)
    (file,) = (project.path / "cassettes" / "test_suite").glob("*.yaml")
    file.rename(file.with_name("test_It.yaml"))
    of_suite(project, test).assert_outcomes(passed=1)


def test_a_test_may_have_two_cassettes(project: pytest.Pytester) -> None:
    test = """
        def test_it(ask, fbench_cassette):
            judge = fbench_cassette.another("judge")
            assert ask("/answer").text == "said /answer"
            assert ask("/verdict", judge).text == "said /verdict"
        """
    of_suite(project, test, "--fbench-record=new").assert_outcomes(passed=1)
    assert set(files(project)) == {"test_it.yaml", "test_it.judge.yaml"}
    assert (project.path / "cassettes" / ".gitattributes").is_file()
    of_suite(project, test).assert_outcomes(passed=1)
    left = "def test_it(ask, fbench_cassette):\n    fbench_cassette.another('judge')\n    ask('/answer')"
    result = of_suite(project, left)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines("*test_it.judge.yaml: 1 of 1 recorded interaction was not asked for*")


def test_of_two_cassettes_both_are_ended_though_the_service_answers_one_otherwise(
    project: pytest.Pytester,
) -> None:
    test = """
        def test_it(ask, fbench_cassette):
            other = fbench_cassette.another("other")
            ask("PATH"); ask("/b", other)
        """
    of_suite(project, test.replace("PATH", "/a"), "--fbench-record=new").assert_outcomes(passed=1)
    before = files(project)
    result = of_suite(project, test.replace("PATH", "/c"), "--fbench-record=verify")
    result.assert_outcomes(passed=1, errors=1)
    assert files(project) == before


def test_what_no_test_plays_is_found_over_a_whole_suite(project: pytest.Pytester) -> None:
    two = "def test_one(ask): ask('/1')\ndef test_two(ask): ask('/2')"
    of_suite(project, two, "--fbench-record=new").assert_outcomes(passed=2)
    of_suite(project, "def test_one(ask): ask('/1')", "--fbench-played=played.json").assert_outcomes(passed=1)
    found = unplayed_in(project.path / "cassettes", project.path / "played.json")
    assert [(Path(each.file).name, each.what) for each in found] == [("test_two.yaml", "no test played it")]


def test_so_it_is_when_several_processes_run_the_suite(project: pytest.Pytester) -> None:
    several = ("-p", "xdist.plugin", "-n", "2", "--fbench-played=played.json")
    code = "def test_one(ask): ask('/1')\ndef test_two(ask): ask('/2')\ndef test_three(ask): ask('/3')"
    of_suite(project, code, "--fbench-record=new").assert_outcomes(passed=3)
    code = code.replace("def test_three(ask): ask('/3')", "")
    of_suite(project, code, *several, subprocess=True).assert_outcomes(passed=2)
    found = unplayed_in(project.path / "cassettes", project.path / "played.json")
    assert [Path(each.file).name for each in found] == ["test_three.yaml"]


def test_an_expired_recording_is_told_and_still_replayed(project: pytest.Pytester) -> None:
    test = """
        import pytest

        @pytest.mark.fbench_cassette(expires="2025-01-14")
        def test_it(ask):
            ask("/a")
        """
    of_suite(project, test, "--fbench-record=new").assert_outcomes(passed=1)
    of_suite(project, test, "-W", "default").assert_outcomes(passed=1, warnings=1)
    (found,) = check_recordings(project.path / "cassettes")
    assert (found.severity, found.what) == ("error", "expired on 2025-01-14")


def test_a_block_counts_as_played_too(project: pytest.Pytester) -> None:
    tests = """
        import httpx2
        from fbench.testing import use_cassette

        def test_one(ask): ask("/1")

        def test_block():
            with use_cassette("cassettes/block.yaml") as made:
                inner = httpx2.MockTransport(lambda _: httpx2.Response(200))
                with httpx2.Client(transport=made.transport(inner)) as client:
                    client.get("https://api.openai.com/block")
        """
    of_suite(project, tests, "--fbench-record=new").assert_outcomes(passed=2)
    assert (project.path / "cassettes" / ".gitattributes").is_file()
    of_suite(project, tests, "--fbench-played=played.json").assert_outcomes(passed=2)
    assert unplayed_in(project.path / "cassettes", project.path / "played.json") == []


@pytest.mark.parametrize(
    ("given", "file"),
    [
        ("openai:gpt-4o", "test_It[openai-gpt-4o].yaml"),
        ("a b", "test_It[a b].yaml"),
        ("x@y", "test_It[x@y].yaml"),
    ],
)
def test_a_recording_of_pytest_recording_is_found_by_its_name(
    project: pytest.Pytester, given: str, file: str
) -> None:
    test = f"""
        import pytest

        @pytest.mark.parametrize("given", [{given!r}])
        def test_It(ask, given): assert ask("/a").text == "said /a"
        """
    of_suite(project, test, "--fbench-record=new").assert_outcomes(passed=1)
    (made,) = (project.path / "cassettes" / "test_suite").glob("*.yaml")
    made.rename(made.with_name(file))
    of_suite(project, test).assert_outcomes(passed=1)


def test_an_absent_recording_is_told_without_a_traceback(project: pytest.Pytester) -> None:
    result = of_suite(project, "def test_it(ask): ask('/a')")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines("*test_it.yaml: no recording of this test is there. Make one with*")
    assert "Traceback" not in result.stdout.str()
    assert len(result.stdout.lines) < 20
