"""Two sides compared question by question."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from fbench.analysis.results_file import read_results
from fbench.analysis.stats import benjamini_hochberg, holm
from tests.cli.cli_user import MODEL, SMALL, Fbench, vouch_for

NAME = MODEL.split(":", 1)[1]


def compared(fbench: Fbench, *args: object) -> dict[str, Any]:
    said = fbench("compare", *args, "--json")
    assert (said.code, said.err) == (0, ""), said
    return json.loads(said.out)


def test_base_against_tuned_is_the_gain_of_the_report(fbench: Fbench, finished: Path) -> None:
    found = compared(fbench, f"{finished}:{NAME}@0", f"{finished}:{NAME}@1")
    gains = {(r.task, r.split): r.difference for r in read_results(finished).rows if r.epochs == 1}

    assert {(r["task"], r["split"]) for r in found["rows"]} == set(gains)
    for row in found["rows"]:
        gain = gains[row["task"], row["split"]]
        assert gain is not None
        assert row["difference"] == gain.model_dump()
        assert row["both"] + row["only_a"] + row["only_b"] + row["neither"] == row["n"]


def test_sides_swapped_are_mirrored(fbench: Fbench, finished: Path) -> None:
    there = compared(fbench, f"{finished}:{NAME}@0", f"{finished}:{MODEL}@1/0")
    back = compared(fbench, f"{finished}:{MODEL}@1", f"{finished}:{NAME}@0")

    for one, other in zip(there["rows"], back["rows"], strict=True):
        assert (one["only_a"], one["only_b"]) == (other["only_b"], other["only_a"])
        assert one["difference"]["value"] == -other["difference"]["value"]
        assert one["difference"]["p"] == other["difference"]["p"]
    assert len(there["items"]) == len(back["items"])


def test_p_values_are_corrected_within_all_rows(fbench: Fbench, finished: Path) -> None:
    found = compared(fbench, f"{finished}:{NAME}@0", f"{finished}:{NAME}@1")
    p_values = [row["difference"]["p"] for row in found["rows"]]

    assert found["family"] == len(p_values)
    assert [row["holm"] for row in found["rows"]] == pytest.approx(holm(p_values), abs=1e-5)  # pyright: ignore[reportUnknownMemberType] - pytest's own
    assert [row["bh"] for row in found["rows"]] == pytest.approx(benjamini_hochberg(p_values), abs=1e-5)  # pyright: ignore[reportUnknownMemberType] - as above


def test_a_run_and_its_copy_do_not_differ(fbench: Fbench, finished: Path, own: Path) -> None:
    found = compared(fbench, finished, own)

    assert found["items"] == []
    assert {row["difference"]["value"] for row in found["rows"]} == {0}
    cells = {(row["cell_a"], row["cell_b"]) for row in found["rows"]}
    assert all(one == other for one, other in cells)


def test_the_items_are_those_that_one_side_alone_got_right(fbench: Fbench, finished: Path) -> None:
    found = compared(fbench, f"{finished}:{NAME}@0", f"{finished}:{NAME}@1")
    discordant = sum(row["only_a"] + row["only_b"] for row in found["rows"])

    assert len(found["items"]) == discordant
    assert all(
        (item["verdict_a"] == "correct") != (item["verdict_b"] == "correct") for item in found["items"]
    )
    text = fbench("compare", f"{finished}:{NAME}@0", f"{finished}:{NAME}@1", "--items").out
    assert all(item["question"] in text for item in found["items"])


def test_the_table_fits_and_says_fake_and_names_its_family(fbench: Fbench, finished: Path) -> None:
    for more in ((), ("--bootstrap",)):
        text = fbench("compare", f"{finished}:{NAME}@0", f"{finished}:{NAME}@1", *more).out
        heads = [line for line in text.splitlines() if line.startswith("B openai")]
        assert max(map(len, text.splitlines())) <= 100
        assert heads
        assert all(line.endswith("(FAKE)") for line in heads)
        assert "Holm and BH correct it" in " ".join(text.split())
        assert ("bootstrap" in text) == bool(more)


def test_a_bootstrap_without_width_is_refused_with_a_reason(fbench: Fbench, finished: Path) -> None:
    plain = compared(fbench, f"{finished}:{NAME}@0", f"{finished}:{NAME}@1")
    found = compared(fbench, f"{finished}:{NAME}@0", f"{finished}:{NAME}@1", "--bootstrap")

    refused = [row for row in found["rows"] if row["interval"] == "score"]
    assert 0 < len(refused) < len(found["rows"])
    assert all(row in plain["rows"] for row in refused)
    assert all(row["difference"]["low"] < row["difference"]["high"] for row in found["rows"])
    (warning,) = found["warnings"]
    assert f"refused in {len(refused)} of {len(found['rows'])} rows" in warning
    assert "no width" in warning
    assert not plain["warnings"]


def test_runs_with_other_questions_are_refused_with_how_many_align(
    fbench: Fbench, finished: Path, tmp_path: Path
) -> None:
    smaller = (*SMALL[2:], "--limit", 1, "--task", "coding")
    assert fbench("run", *smaller, "--quiet", "--jobs", 1, "--out", "less").code == 0
    said = fbench("compare", finished, tmp_path / "less").paragraph

    assert "do not align: 6 are the same in both, of 13 and 6" in said


def test_answers_of_another_grader_are_compared_with_a_warning(
    fbench: Fbench, finished: Path, own: Path
) -> None:
    path = own / "results.json"
    results = json.loads(path.read_text(encoding="utf-8"))
    results["experiment"]["grader_version"] = "0-other"
    path.write_text(json.dumps(results), encoding="utf-8")
    vouch_for(own)

    (warning,) = compared(fbench, finished, own)["warnings"]
    assert "auto 0-other" in warning
    assert "Warning: The sides were graded differently" in fbench("compare", finished, own).out


def test_what_does_not_exist_is_named(fbench: Fbench, finished: Path, tmp_path: Path) -> None:
    assert "RUN:MODEL@EPOCHS" in fbench("compare", "nowhere", finished).paragraph
    assert "'gpt-none'" in fbench("compare", f"{finished}:gpt-none", finished).paragraph
    assert (
        "its epochs are 0 (the base model), 1"
        in fbench("compare", f"{finished}:{NAME}@7", finished).paragraph
    )
    assert "no seed" in fbench("compare", f"{finished}:{NAME}@1/9", finished).paragraph
    (tmp_path / "empty").mkdir()
    assert "results.json" in fbench("compare", tmp_path / "empty", finished).paragraph


def test_a_folder_may_have_colons_in_its_name(fbench: Fbench, finished: Path, tmp_path: Path) -> None:
    odd = shutil.copytree(finished, tmp_path / "a:b")
    found = compared(fbench, odd, f"{odd}:{MODEL}@1")

    assert {row["cell_b"].split("/")[-2] for row in found["rows"]} == {"e1"}


def test_models_of_fakes_are_marked_on_both_sides(fbench: Fbench, finished: Path) -> None:
    out = fbench("compare", f"{finished}:{NAME}@0", f"{finished}:{NAME}@1").out

    named = [line for line in out.splitlines() if line.startswith(("A ", "B "))]
    assert {line[0] for line in named} == {"A", "B"}
    assert all(line.endswith(" (FAKE)") for line in named)
    assert "Note: FAKE models stand in for those whose names they go by." in out
