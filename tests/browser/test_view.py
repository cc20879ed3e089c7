"""The page of `fbench view` in Chromium, while its run goes on: what the reader did to it stays as it is.

`nox -s browser` installs what this needs.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fbench.runner.experiment import Experiment
from tests.cli.cli_user import begin
from tests.pipeline.held import HeldRun

CHROMIUM = os.environ.get("FBENCH_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
if CHROMIUM is None:
    pytest.skip("there is no chromium on this machine", allow_module_level=True)
playwright: Any = pytest.importorskip(
    "playwright.sync_api", reason="playwright is not installed: nox -s browser"
)
axe: Any = pytest.importorskip("axe_playwright_python.base", reason="axe is not installed: nox -s browser")

MODELS = ("openai:gpt-4o-mini-2024-07-18", "vertex:gemini-2.5-pro")
SECONDS = 60


@pytest.fixture
def going(tmp_path: Path) -> Iterator[HeldRun]:
    experiment = Experiment(models=MODELS, epochs=(1,), tasks=("news", "people"), limit=2)
    run = HeldRun(tmp_path / "run", experiment)
    run.until(20)
    yield run
    run.end()


@pytest.fixture
def address(going: HeldRun) -> Iterator[str]:
    process = begin(going.folder.parent, "view", "run")
    assert process.stdout is not None
    yield process.stdout.readline().strip()
    process.terminate()
    process.communicate(timeout=SECONDS)
    assert process.returncode == 0


@pytest.fixture
def page(address: str) -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        found = browser.new_page(viewport={"width": 1000, "height": 700}, reduced_motion="reduce")
        found.goto(address)
        found.wait_for_function("() => document.documentElement.dataset.ready === 'yes'")
        yield found
        browser.close()


def counted(page: Any) -> str:
    return str(page.locator("#count").inner_text())


def asked_for(page: Any) -> list[str]:
    """The addresses that the page asks for from now on, as it does."""
    asked: list[str] = []

    def note(request: Any) -> None:
        asked.append(request.url)

    page.on("request", note)
    return asked


def wait_until(page: Any, script: str, arg: Any = None) -> None:
    page.wait_for_function(script, arg=arg, timeout=SECONDS * 1000)


def refreshed(page: Any, going: HeldRun, answers: int) -> None:
    """Let the run go on to so many answers, and wait until the page shows them."""
    going.until(answers)
    shown = """answers => {
        const told = document.getElementById("live-said").textContent.match(/([0-9]+) of/);
        return told && Number(told[1]) >= answers;
    }"""
    wait_until(page, shown, answers)


def test_a_page_is_refreshed_while_the_run_goes_on_and_keeps_what_the_reader_chose(
    page: Any, going: HeldRun
) -> None:
    questions = counted(page)
    page.fill("#search", "which")
    page.select_option("#by-model", index=1)
    chosen = page.locator("#by-model").evaluate("box => box.selectedOptions[0].textContent")
    found = counted(page)
    item = page.locator("#list > li").first
    item.locator("summary").click()
    asked = item.locator("summary").inner_text().splitlines()[0]
    page.locator("#by-verdict").focus()
    page.evaluate("window.before = document.querySelector('#list > li')")
    top = page.evaluate("document.getElementById('items').getBoundingClientRect().top")
    refreshed(page, going, 60)
    assert page.input_value("#search") == "which"
    assert page.locator("#by-model").evaluate("box => box.selectedOptions[0].textContent") == chosen
    assert page.evaluate("document.activeElement.id") == "by-verdict"
    assert abs(page.evaluate("document.getElementById('items').getBoundingClientRect().top") - top) < 2
    first = page.locator("#list > li").first
    assert first.locator("summary").inner_text().splitlines()[0] == asked
    assert first.locator("table").count() == 1, "what was opened stays open"
    assert page.evaluate("window.before.isConnected"), "it is the same element"
    assert counted(page) != found or counted(page) != questions
    page.get_by_role("button", name="Clear all").click()
    assert counted(page) != questions, "more questions are answered"


def test_folds_tables_and_the_focus_in_the_report_stay_too(page: Any, going: HeldRun) -> None:
    fold = page.locator("#headline-1 > details", has_text="cells and splits").first
    fold.locator("summary").focus()
    page.keyboard.press("Enter")
    assert fold.get_attribute("open") is not None
    old = fold.inner_text()
    heading = "document.getElementById('headline-1').getBoundingClientRect().top"
    page.evaluate("document.getElementById('headline-1').scrollIntoView()")
    top = page.evaluate(heading)
    assert page.evaluate("scrollY") > 0
    refreshed(page, going, 60)
    assert fold.inner_text() != old
    assert fold.get_attribute("open") is not None
    assert page.evaluate("document.activeElement.textContent").startswith("All ")
    assert abs(page.evaluate(heading) - top) < 2


def test_a_finished_run_is_not_asked_for_any_more(page: Any, going: HeldRun) -> None:
    asked = asked_for(page)
    going.end()
    wait_until(page, "() => document.documentElement.dataset.over === 'yes'")
    assert "This run is finished" in page.locator("#live-said").inner_text()
    assert page.get_by_text("(unfinished)").count() == 0
    count = len(asked)
    page.wait_for_timeout(3000)
    assert len(asked) == count


def test_a_run_that_does_not_change_sends_the_page_once(page: Any, address: str) -> None:
    asked = asked_for(page)
    page.wait_for_timeout(5000)
    assert f"{address}state" in asked
    assert address not in asked[1:], "the page itself is asked for when the run has changed"


def test_refreshing_can_be_switched_off_by_keyboard(page: Any, going: HeldRun) -> None:
    page.locator("#live-on").focus()
    page.keyboard.press("Space")
    page.wait_for_timeout(1000)
    asked = asked_for(page)
    questions = counted(page)
    going.until(60)
    page.wait_for_timeout(4000)
    assert asked == []
    page.keyboard.press("Space")
    wait_until(page, "before => document.getElementById('count').textContent !== before", questions)


def test_it_is_read_aloud_politely_and_axe_finds_nothing_serious(page: Any, going: HeldRun) -> None:
    status = page.locator("#live-status")
    assert status.get_attribute("role") == "status"
    refreshed(page, going, 40)
    first = status.text_content()
    refreshed(page, going, 60)
    assert status.text_content() == first, "it is not read aloud at each refresh"
    page.evaluate(Path(axe.__file__).with_name("axe.min.js").read_text(encoding="utf-8"))
    told = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    bad = [each["id"] for each in told["violations"] if each["impact"] in ("serious", "critical")]
    assert bad == []


def test_a_server_that_ended_is_told_and_the_report_stays(page: Any, going: HeldRun, address: str) -> None:
    page.context.set_offline(True)
    going.until(40)
    wait_until(page, "() => document.getElementById('live-said').textContent.includes('does not answer')")
    assert page.locator("#list > li").count() > 0
    assert address
