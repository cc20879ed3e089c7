"""The page of a run: its sections, its numbers, and that no text of others in it becomes markup."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fbench.analysis.results import TrainingResult
from fbench.providers.model import EpochLoss
from fbench.reports.html.markup import element
from fbench.reports.html.page import page
from fbench.reports.html.reading import ReportedRun, read_reported
from fbench.reports.numbers import gain, interval, share
from fbench.reports.reporters import full_text, read_run
from fbench.terminal import visible
from tests.reports.made import GPT, made
from tests.reports.made_page import HOSTILE, hostile_run, made_answers, made_run
from tests.reports.parsed_page import Parsed, items_of

FOSSILS = Path(__file__).parents[1] / "data" / "fossils"


@pytest.fixture(scope="module")
def shown() -> str:
    return page([made_run()])


@pytest.fixture(scope="module")
def parsed(shown: str) -> Parsed:
    return Parsed(shown)


def test_the_same_run_gives_the_same_bytes(shown: str) -> None:
    assert page([made_run()]) == shown


def test_the_sections_are_there_in_their_order(parsed: Parsed) -> None:
    assert parsed.texts["h1"] == ["made"]
    assert parsed.texts["h2"] == ["Run: made", "Items"]
    assert parsed.texts["h3"] == [
        "Where it comes from",
        "Base against tuned",
        "Verdicts and graders",
        "Plots",
        "Costs",
        "Threats to validity",
    ]
    assert parsed.open == []


def test_fakes_are_told_in_the_title_and_above_all_else(parsed: Parsed) -> None:
    assert parsed.texts["title"][0].startswith("FAKE: ")
    assert ("aside", {"class": "fake", "aria-label": "FAKE"}) in parsed.elements
    live = Parsed(page([ReportedRun("live", made())]))
    assert "FAKE" not in live.texts["html"][0]
    assert not any(attributes.get("class") == "fake" for _, attributes in live.elements)


def test_every_id_is_one_elements_and_every_reference_leads_to_one(parsed: Parsed) -> None:
    ids = parsed.ids()
    assert len(ids) == len(set(ids))
    for _, attributes in parsed.elements:
        for name in ("aria-labelledby", "aria-describedby", "for"):
            assert set((attributes.get(name) or "").split()) <= set(ids)
        if (attributes.get("href") or "").startswith("#"):
            assert str(attributes["href"])[1:] in ids


def test_tables_have_captions_and_heads_with_scopes(parsed: Parsed) -> None:
    count = len(parsed.texts["table"])
    assert len(parsed.texts["caption"]) == count
    assert all(parsed.texts["caption"])
    assert all(attributes.get("scope") for tag, attributes in parsed.elements if tag == "th")


def test_plots_have_a_title_a_description_and_a_table(parsed: Parsed) -> None:
    plots = [attributes for tag, attributes in parsed.elements if tag == "svg"]
    titles = [text for text in parsed.texts["title"][1:] if text]
    assert len(plots) == len(titles) == len(parsed.texts["desc"]) == 8
    assert all(plot["role"] == "img" for plot in plots)
    assert set(titles) <= set(parsed.tables)
    assert all(len(text) > 40 for text in parsed.texts["desc"])


def test_all_cells_have_the_numbers_of_the_results_in_the_terminals_words() -> None:
    run = made_run()
    rows = Parsed(page([run])).tables["All cells and splits"][1:]
    assert len(rows) == len(run.results.rows)
    for row, shown in zip(run.results.rows, rows, strict=True):
        assert shown[1:5] == [row.split, str(row.n), share(row.accuracy), interval(row.interval)]
        assert shown[5:7] == [share(row.base), gain(row.difference)]


def test_the_tables_are_those_of_the_terminal() -> None:
    results = made_run().results
    lines = [line.split() for line in full_text(results, width=400).splitlines()]
    found = Parsed(page([made_run()])).tables
    for name in ("news: openai:gpt-4o-2024-08-06 (FAKE)", "measures: openai:gpt-4o-2024-08-06 (FAKE)"):
        for row in found[name][1:]:
            assert " ".join(row).split() in lines


def test_the_policy_allows_this_script_and_style_alone(shown: str, parsed: Parsed) -> None:
    (policy,) = [a["content"] for _, a in parsed.elements if a.get("http-equiv") == "Content-Security-Policy"]
    for tag in ("script", "style"):
        (inside,) = re.findall(rf"<{tag}>(.*?)</{tag}>", shown, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in str(policy)
    assert str(policy).startswith("default-src 'none'")


def test_nothing_is_loaded_and_nothing_is_styled_or_scripted_in_place(parsed: Parsed) -> None:
    for tag, attributes in parsed.elements:
        assert tag not in ("link", "img", "iframe", "object", "base", "form")
        assert not {name for name in attributes if name.startswith("on") or name in ("style", "src")}
        assert (attributes.get("href") or "#").startswith("#")


def test_hostile_texts_make_no_element() -> None:
    text = page([hostile_run()])
    parsed = Parsed(text)
    assert parsed.open == []
    assert [tag for tag, _ in parsed.elements].count("script") == 2
    assert not {"i", "b", "img"} & {tag for tag, _ in parsed.elements}
    assert "</title><script>alert(7)</script>" in parsed.texts["h1"][0]
    assert 'name = "</pre><script>alert(8)</script>"\n' in parsed.texts["pre"]


def test_answers_are_kept_as_they_are() -> None:
    found = items_of(page([hostile_run()]))
    said = [found["texts"][at] for at in found["answers"]["text"]]
    assert said == list(HOSTILE)
    assert "error: <b>no</b>" in found["texts"]


def test_characters_that_cannot_be_seen_are_escapes_outside_the_items() -> None:
    run = ReportedRun("a\u202eb", made(name="c\x1bd"))
    text = page([run])
    assert "\u202e" not in text
    assert "\x1b" not in text
    assert r"c\x1bd" in text


def test_the_answers_to_a_question_stand_together() -> None:
    found = items_of(page([made_run(20)]))
    assert len(found["starts"]) == 21
    assert found["starts"][-1] == len(found["answers"]["cell"]) == 20 * 2 * 2
    for begin, end in zip(found["starts"], found["starts"][1:], strict=False):
        cells = [tuple(found["cells"][at][:2]) for at in found["answers"]["cell"][begin:end]]
        assert cells == [(0, 0), (0, 10), (1, 0), (1, 10)]
    assert sum(layer[4] for layers in found["others"].values() for layer in layers) > 0


def test_two_runs_share_their_questions_on_one_page() -> None:
    first, second = made_run(20, name="first"), made_run(20, name="second")
    text = page([first, second])
    found = items_of(text)
    assert len(found["starts"]) == 21
    assert {cell[2] for cell in found["cells"]} == {"first", "second"}
    ids = Parsed(text).ids()
    assert len(ids) == len(set(ids))


def test_losses_are_drawn_by_epoch_with_their_numbers_where_services_tell_them() -> None:
    run = made_run(4)
    training = TrainingResult(
        model=GPT, task="news", epochs=3, seed=0, cell=f"{GPT}/news/e3/s0", condition="tuned", examples=10,
        state="succeeded", tokens=30, error=None,
    )  # fmt: skip
    other = training.model_copy(update={"epochs": 1, "cell": f"{GPT}/news/e1/s0"})
    losses = {
        training.cell: (EpochLoss(2, 20, 0.5, 0.75), EpochLoss(3, 30, 0.125, 0.5)),
        other.cell: (EpochLoss(1, 10, 2.25),),
    }
    results = run.results.model_copy(update={"trainings": (other, training)})
    text = page([replace(run, results=results, losses=losses)])
    caption = "news: training loss by epoch (FAKE)"
    header, *rows = Parsed(text).tables[caption]
    assert header == ["training", "1 ep", "2 ep", "3 ep"]
    assert [row[1:] for row in rows] == [
        ["2.250", "-", "-"],
        ["-", "0.500", "0.125"],
        ["-", "0.750", "0.500"],
    ]
    assert [row[0].rpartition(", ")[2] for row in rows] == ["1 ep", "3 ep", "validation"]
    assert "training loss" not in page([run])


@pytest.mark.parametrize("name", ["run", "own", "stopped"])
def test_runs_in_folders_are_shown_with_their_answers(name: str) -> None:
    folder = FOSSILS / name
    run = read_reported(folder, read_run(folder))
    text = page([run])
    assert Parsed(text).open == []
    assert len(items_of(text)["answers"]["cell"]) == len(run.answers) > 0
    assert ("Unfinished: " in text) is (name == "stopped")
    assert ("(unfinished)" in text) is (name == "stopped")


def test_results_without_a_store_are_shown_without_answers(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_bytes((FOSSILS / "run" / "results.json").read_bytes())
    run = read_reported(tmp_path, read_run(tmp_path))
    assert run.unread
    assert "the answers cannot be shown" in page([run])


@pytest.mark.parametrize(
    ("experiment", "about", "words"),
    [
        ({"upstream": "fake"}, {"budget_usd": 5.0}, ""),
        ({"upstream": "live", "recorded": "2026-11-01"}, {"budget_usd": 5.0}, ""),
        ({"upstream": "live"}, {"budget_usd": 5.0, "batch": True}, " --budget-usd 5 --batch"),
        ({"upstream": "live"}, {}, " --budget-usd USD"),
    ],
)
def test_the_command_of_a_live_run_has_a_budget(
    experiment: dict[str, Any], about: dict[str, Any], words: str
) -> None:
    text = page([ReportedRun("run", made(**experiment), about=about)])
    assert f"fbench run config.toml --out again{words}" in Parsed(text).texts["pre"]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("It is not\nthere.\nVERDICT: INCORRECT", "It is not\nthere.\nVERDICT: INCORRECT"),
        ("Well", "It is not there.\n\nIn the judge's words:\nWell"),
        ("", "It is not there."),
    ],
)
def test_a_judges_own_words_are_shown(said: str, shown: str) -> None:
    (first, *_) = made_answers(2)
    grade = first.grade._replace(layer="auto@5+judge:x@5", reason="It is not there.")
    response = hashlib.sha256(first.answer.text.encode()).hexdigest()
    judged = {("judge:x@5", first.question.id, response): said}
    found = items_of(page([made_run(answers=[first._replace(grade=grade, others={})], judged=judged)]))
    assert found["texts"][found["answers"]["reason"][0]] == shown


def test_grades_against_the_answer_from_before_an_update_are_no_second_opinion() -> None:
    (first, *_) = made_answers(2)
    other = first.grade._replace(verdict="incorrect", layer="auto@5/before")
    run = made_run(answers=[first._replace(others={"auto@5/before": other})])
    text = page([run])
    assert [layer[4] for layers in items_of(text)["others"].values() for layer in layers] == [0]
    assert not any("Other layers" in caption for caption in Parsed(text).tables)


@given(st.text())
def test_any_text_comes_out_as_it_went_in(text: str) -> None:
    parsed = Parsed(element("p", text, title=text))
    (attributes,) = [attributes for _, attributes in parsed.elements]
    assert parsed.texts == {"p": [visible(text)]}
    assert attributes == {"title": visible(text)}


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
def test_lines_and_texts_stand_out_from_the_paper(scheme: str) -> None:
    """By the contrast of WCAG 2.2: 3 for graphics, 4.5 for texts."""
    style = (Path(str(files("fbench.reports.html"))) / "report.css").read_text(encoding="utf-8")
    blocks = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    colours = dict(re.findall(r"--([\w-]+): (#\w{6})", blocks[["light", "dark", "print"].index(scheme)]))
    paper = _luminance(colours["paper"])
    for name, colour in colours.items():
        light, dark = sorted((paper, _luminance(colour)), reverse=True)
        if re.fullmatch(r"k\d", name):
            assert (light + 0.05) / (dark + 0.05) >= 3, name
        elif name in ("ink", "soft", "link", "loud", "good", "bad", "none"):
            assert (light + 0.05) / (dark + 0.05) >= 4.5, name
