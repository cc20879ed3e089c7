"""The first screen in Markdown: the same numbers, and nothing in it is taken for markup."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import fbench
from fbench.markdown import markdown_table, markdown_text
from fbench.reports.screen import first_screen

MODELS = ("openai:gpt-4o-mini-2024-07-18", "vertex:gemini-2.5-pro")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> fbench.Results:
    experiment = fbench.Experiment(models=MODELS, tasks=("news", "people"), limit=2, epochs=(1, 3))
    return fbench.run(experiment, tmp_path_factory.mktemp("run") / "run")


def test_the_table_has_the_rows_of_the_screen(results: fbench.Results) -> None:
    text = fbench.report(results, reporter="markdown")
    header, rule, *rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line[:1] == "|"]
    screen = first_screen(results, "RUN", stored=False)

    assert header[:5] == ["task", "model (FAKE)", "n", "taught", "other words"]
    assert rule[:3] == ["---", "---", "---:"]
    assert [row[:2] for row in rows] == [
        [task, model.partition(":")[2]] for task in ("news", "people") for model in MODELS
    ]
    for row in rows:
        assert any(re.sub(r"\W", "", "".join(row)) == re.sub(r"\W", "", line) for line in screen), row


def test_it_says_what_the_models_are_what_the_columns_mean_and_every_threat(results: fbench.Results) -> None:
    text = fbench.report(results, reporter="markdown")

    assert text.startswith("# fbench: FAKE models")
    assert text.endswith("\n")
    assert results.dataset.digest[:12] in text
    assert "gap: taught - other words" in text
    assert "Best epochs" in text
    assert text.count("\n- ") >= 3
    assert "$" in text
    assert re.search(r"(?<!\\)\$", text) is None
    assert fbench.report(results, reporter="markdown") == text


def test_the_command_line_has_the_same_reporter(results: fbench.Results, tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text(results.to_json(), encoding="utf-8")
    assert fbench.report(tmp_path, reporter="markdown") == fbench.report(results, reporter="markdown")


def test_an_experiment_without_rows_has_no_table(results: fbench.Results) -> None:
    nothing = results.experiment.model_copy(update={"tasks": ()})
    text = fbench.report(results.model_copy(update={"experiment": nothing, "rows": ()}), reporter="markdown")
    assert "The experiment has no task or no model." in text
    assert "|" not in text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("<$0.01 *and* `more`", r"\<\$0.01 \*and\* \`more\`"),
        ("date_changed _x_", r"date_changed \_x\_"),
        ("a\\b", r"a\\b"),
    ],
)
def test_a_text_is_no_markup(text: str, written: str) -> None:
    assert markdown_text(text) == written


def test_a_cell_is_one_line_and_has_no_bar_of_its_own() -> None:
    assert markdown_table(["a", "b"], [[" x\ny ", "1|2"]], words=(0,)) == (
        "| a | b |\n| --- | ---: |\n| x y | 1\\|2 |"
    )
