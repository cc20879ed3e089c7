"""The page of a run in Chromium: by keyboard, for screen readers, on a phone, with much and hostile data.

`nox -s browser` installs what this needs, and keeps screenshots and figures in the folder that it names.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fbench.analysis.comparison import compare
from fbench.analysis.selection import read_selection
from fbench.reports.html.from_runs import page_of_comparison
from fbench.reports.html.page import page as page_of
from fbench.reports.html.reading import ReportedRun, read_reported
from fbench.reports.reporters import read_run
from tests.reports.made_page import HOSTILE, hostile_run, made_run

CHROMIUM = os.environ.get("FBENCH_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
if CHROMIUM is None:
    pytest.skip("there is no chromium on this machine", allow_module_level=True)
playwright: Any = pytest.importorskip(
    "playwright.sync_api", reason="playwright is not installed: nox -s browser"
)
axe: Any = pytest.importorskip("axe_playwright_python.base", reason="axe is not installed: nox -s browser")

FOSSIL = Path(__file__).parents[1] / "data" / "fossils" / "run"
SIZES = {"phone": (390, 844), "desk": (1280, 900)}
MANY = 50_000
READY = "() => document.documentElement.dataset.ready === 'yes'"


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots and figures are kept."""
    named = os.environ.get("FBENCH_ARTEFACTS")
    folder = Path(named) if named else tmp_path_factory.mktemp("artefacts")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def browser(files: dict[str, Path]) -> Iterator[Any]:
    """Chromium. The pages are made before it is opened: what grades a run needs an event loop of its own."""
    assert files
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


class Opened:
    """A page that was opened from disk, and all that it asked for, said or opened."""

    def __init__(self, browser: Any, file: Path, size: str = "desk", scheme: str = "light") -> None:
        width, height = SIZES[size]
        self.context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce"
        )
        self.page = self.context.new_page()
        self.asked: list[str] = []
        self.said: list[str] = []
        self.dialogs: list[str] = []
        self.page.on("request", self._request)
        self.page.on("console", self._console)
        self.page.on("pageerror", self._error)
        self.page.on("dialog", self._dialog)
        begun = time.perf_counter()
        self.page.goto(file.as_uri())
        self.page.wait_for_function(READY)
        self.seconds = time.perf_counter() - begun

    def _request(self, request: Any) -> None:
        self.asked.append(request.url)

    def _console(self, message: Any) -> None:
        self.said.append(message.text)

    def _error(self, error: Any) -> None:
        self.said.append(str(error))

    def _dialog(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def focused(self) -> str:
        """The id of the focused element, or its text."""
        return str(self.page.evaluate("document.activeElement.id || document.activeElement.textContent"))

    def wait_for_tables(self, count: int) -> None:
        """Wait until so many opened questions show their answers."""
        self.page.wait_for_function(
            "count => document.querySelectorAll('#list table').length === count", arg=count
        )

    def tab_to(self, id_: str) -> None:
        """Press Tab until an element has the focus."""
        for _ in range(200):
            if self.focused() == id_:
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab never reaches {id_}")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    runs: dict[str, ReportedRun] = {
        "made": made_run(60),
        "real": read_reported(FOSSIL, read_run(FOSSIL)),
        "hostile": hostile_run(),
    }
    found: dict[str, Path] = {}
    for name, run in runs.items():
        found[name] = folder / f"{name}.html"
        found[name].write_text(page_of([run]), encoding="utf-8")
    one, other = (read_selection(f"{FOSSIL}:gpt-4o-mini-2024-07-18@{epochs}") for epochs in (0, 10))
    found["compared"] = folder / "compared.html"
    found["compared"].write_text(page_of_comparison(one, other, compare(one, other)), encoding="utf-8")
    return found


@pytest.fixture
def opened(browser: Any) -> Iterator[Any]:
    """Opens pages, and closes them after the test."""
    contexts: list[Any] = []

    def call(*arguments: Any) -> Opened:
        found = Opened(browser, *arguments)
        contexts.append(found.context)
        return found

    yield call
    for context in contexts:
        context.close()


@pytest.mark.parametrize("name", ["made", "real", "hostile", "compared"])
def test_it_opens_from_disk_without_the_network_or_an_error(
    opened: Any, files: dict[str, Path], name: str
) -> None:
    found = opened(files[name])
    assert found.asked == [files[name].as_uri()]
    assert found.said == []
    assert found.page.locator("#list > li").count() > 0


@pytest.mark.parametrize("look", ["phone-light", "phone-dark", "desk-light", "desk-dark"])
@pytest.mark.parametrize("name", ["made", "real", "compared"])
def test_axe_finds_nothing_serious_and_nothing_scrolls_sideways(
    opened: Any, files: dict[str, Path], kept: Path, name: str, look: str
) -> None:
    found = opened(files[name], *look.split("-"))
    width = found.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width[0] <= width[1]
    found.page.screenshot(path=kept / f"{name}-{look}-top.png")
    found.page.screenshot(path=kept / f"{name}-{look}.png", full_page=True)
    found.page.evaluate("for (const each of document.querySelectorAll('article details')) each.open = true")
    found.page.locator("#list > li summary").first.click()
    found.wait_for_tables(1)
    found.page.locator("#items").screenshot(path=kept / f"{name}-{look}-items.png")
    found.page.evaluate(axe_script())
    told = found.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    bad = [
        (each["id"], each["impact"], [node["html"][:160] for node in each["nodes"]][:3])
        for each in told["violations"]
    ]
    (kept / f"{name}-{look}-axe.json").write_text(json.dumps(bad, indent=1), encoding="utf-8")
    assert [each for each in bad if each[1] in ("serious", "critical")] == []
    assert width[0] <= found.page.evaluate("innerWidth")


def axe_script() -> str:
    return Path(axe.__file__).with_name("axe.min.js").read_text(encoding="utf-8")


def test_the_keyboard_alone_searches_filters_and_opens_an_item(opened: Any, files: dict[str, Path]) -> None:
    found = opened(files["made"])
    found.page.keyboard.press("Tab")
    assert found.focused() == "Skip to the report"
    found.page.keyboard.press("Enter")
    assert found.focused() == "report"
    found.tab_to("search")
    found.page.keyboard.type('"district 7 "')
    count = found.page.locator("#count")
    assert count.inner_text() == "2 questions of 60"
    found.tab_to("by-task")
    found.page.keyboard.press("ArrowDown")
    assert count.inner_text() == "1 question of 60"
    found.tab_to("by-verdict")
    found.page.keyboard.press("ArrowDown")
    found.page.keyboard.press("ArrowDown")
    assert count.inner_text() in ("0 questions of 60", "1 question of 60")
    found.tab_to("clear")
    found.page.keyboard.press("Enter")
    assert count.inner_text() == "60 questions of 60"
    assert found.focused() == "search"
    found.tab_to("disagree")
    found.page.keyboard.press("Space")
    assert count.inner_text() == "6 questions of 60"
    for _ in range(2):  # past the button that clears, to the first question
        found.page.keyboard.press("Tab")
    found.page.keyboard.press("Enter")
    found.wait_for_tables(1)
    table = found.page.locator("#list > li").first.locator("table")
    assert table.locator("tbody tr").count() == 4
    assert "it is not said" in table.inner_text()
    assert "disagrees" in table.inner_text()


def test_pages_of_questions_are_turned_by_keyboard(opened: Any, files: dict[str, Path]) -> None:
    found = opened(files["made"])
    found.tab_to("next")
    found.page.keyboard.press("Enter")
    assert found.page.locator("#place").inner_text() == "26 to 50 of 60"
    found.page.keyboard.press("Enter")
    assert found.page.locator("#place").inner_text() == "51 to 60 of 60"
    assert found.focused() == "previous"


def test_the_focus_can_be_seen(opened: Any, files: dict[str, Path]) -> None:
    found = opened(files["made"])
    for name in ("search", "by-task", "disagree", "clear"):
        found.tab_to(name)
        assert found.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"


def test_hostile_answers_stay_texts(opened: Any, files: dict[str, Path], kept: Path) -> None:
    found = opened(files["hostile"])
    items = found.page.locator("#list > li")
    assert items.count() == len(HOSTILE)
    for at in range(items.count()):
        items.nth(at).locator("summary").first.click()
    found.wait_for_tables(items.count())
    assert found.page.locator("main :is(script, img, b, i)").count() == 0
    said = found.page.locator("#list td.said > .text, #list td.said > div > .text").all_inner_texts()
    whole = "\n".join(said)
    for text in (
        "<script>alert(1)</script>",
        "</script><script>alert(2)</script>",
        "<img src=x onerror=alert(3)>",
    ):
        assert text in whole
    assert r"\u202eevil\u202c" in whole
    assert r"a\x00b\x1b[31mred\x07" in whole
    assert r"lone \ud800 half" in whole
    assert "(empty)" in whole
    more = found.page.get_by_role("button", name="Show all 200,000 characters")
    assert more.count() > 0
    more.last.click()
    assert found.page.locator(".text.all").inner_text() == "x" * 200_000
    found.page.locator("#items").screenshot(path=kept / "hostile.png")
    assert found.dialogs == []
    assert found.said == []


def test_the_script_can_make_no_markup_of_a_text(opened: Any, files: dict[str, Path]) -> None:
    found = opened(files["made"])
    with pytest.raises(playwright.Error, match="TrustedHTML"):
        found.page.evaluate("document.body.innerHTML = '<p>no</p>'")


def test_it_is_readable_without_scripts_and_on_paper(
    browser: Any, files: dict[str, Path], kept: Path
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(files["made"].as_uri())
    assert (
        page.locator("noscript").inner_text() == "The browser of items needs JavaScript; all else does not."
    )
    assert page.locator("svg").count() > 5
    page.emulate_media(media="print")
    assert page.locator("nav").is_hidden()
    page.pdf(path=kept / "made.pdf")
    context.close()


def test_fifty_thousand_items_are_quick(
    opened: Any, tmp_path: Path, kept: Path, record_property: Any
) -> None:
    run = made_run(MANY)
    file = tmp_path / "many.html"
    file.write_text(page_of([run]), encoding="utf-8")
    found = opened(file)
    script = """([id, value]) => {
        const field = document.getElementById(id), begun = performance.now();
        field.value = value;
        field.dispatchEvent(new Event(id === "search" ? "input" : "change"));
        document.body.offsetHeight;
        return performance.now() - begun;
    }"""
    steps = [
        ("search", "1"),
        ("search", "district 4999"),
        ("by-verdict", "1"),
        ("search", ""),
        ("by-model", "0"),
    ]
    times = {
        f"{name}={value}": max(found.page.evaluate(script, [name, value]) for _ in range(3))
        for name, value in steps
    }
    figures = {
        "questions": MANY,
        "answers": len(run.answers),
        "megabytes": round(file.stat().st_size / 1e6, 2),
        "seconds until usable": round(found.seconds, 2),
        "milliseconds of a filter": {name: round(took, 1) for name, took in times.items()},
    }
    (kept / "figures.json").write_text(json.dumps(figures, indent=1), encoding="utf-8")
    record_property("figures", figures)
    assert file.stat().st_size < 15e6
    assert found.seconds < 2
    assert max(times.values()) < 100
    assert found.page.locator("#list > li").count() <= 25


def test_questions_that_one_compared_side_alone_got_right_can_be_chosen(
    opened: Any, files: dict[str, Path]
) -> None:
    one, other = (read_selection(f"{FOSSIL}:gpt-4o-mini-2024-07-18@{epochs}") for epochs in (0, 10))
    items = compare(one, other).items
    better = {item.question for item in items if item.verdict_b == "correct"}
    page = opened(files["compared"]).page
    pick = page.locator("#by-change")
    for label, expected in (
        ("one side alone is right", {item.question for item in items}),
        ("only B is right", better),
        ("only A is right", {item.question for item in items} - better),
    ):
        pick.select_option(label=label)
        assert page.locator("#count").text_content().startswith(f"{len(expected)} question")
    page.locator("#clear").click()
    assert pick.input_value() == ""
