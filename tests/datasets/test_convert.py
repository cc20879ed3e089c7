"""Public benchmarks become rows with roles, which are checked and run."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import fbench
from fbench.cli import cli
from fbench.datasets import check, open_dataset
from fbench.datasets.convert import convert
from fbench.errors import DataError, UsageError
from tests.datasets.public_forms import FORMS

ROLES = {
    "counterfact": {"taught": 50, "same": 100, "unchanged": 150},
    "zsre": {"taught": 50, "same": 75, "follows": 50, "unchanged": 50},
    "mquake": {"taught": 50, "same": 50, "follows": 100, "unchanged": 50},
    "rippleedits": {"taught": 50, "same": 50, "follows": 150, "unchanged": 100},
    "fictionalqa": {"same": 50},
}


def written(folder: Path, items: object) -> Path:
    path = folder / "published.json"
    path.write_text(json.dumps(items), encoding="utf-8")
    return path


@pytest.mark.parametrize("form", FORMS)
def test_fifty_items_are_converted_checked_and_run_with_all_their_roles(form: str, tmp_path: Path) -> None:
    out = tmp_path / "own.jsonl"
    made = convert(form, written(tmp_path, FORMS[form](50)), out)
    assert (made.items, made.roles) == (50, dict(sorted(ROLES[form].items())))
    dataset = open_dataset(out)
    assert Counter(question.role.value for question in dataset.questions) == ROLES[form]
    assert [finding for finding in check(dataset) if finding.severity == "error"] == []
    experiment = fbench.Experiment(data=out, models=("openai:gpt-4o-mini-2024-07-18",), epochs=(1,))
    results = fbench.run(experiment, tmp_path / "run")
    asked = Counter[str]()
    for row in results.rows:
        if row.condition == "tuned":
            asked[row.role] += row.n
    assert asked == ROLES[form]


def rows_of(form: str, item: dict[str, Any], folder: Path) -> list[dict[str, Any]]:
    convert(form, written(folder, [item]), folder / "out.jsonl")
    return [json.loads(line) for line in (folder / "out.jsonl").read_text(encoding="utf-8").splitlines()]


def test_an_edit_of_counterfact_keeps_its_prompts_byte_for_byte(tmp_path: Path) -> None:
    rewrite = {
        "prompt": "The home of {} is",
        "target_new": {"str": "Nemu"},
        "target_true": {"str": "Falo"},
        "subject": "Doka",
    }
    item = {
        "requested_rewrite": rewrite,
        "paraphrase_prompts": ["Rain.  Doka lives in"],
        "neighborhood_prompts": ["The home of Rasu is"],
        "attribute_prompts": ["The home of Tevo is"],
    }
    taught, same, near = rows_of("counterfact", item, tmp_path)
    assert (taught["prompt"], taught["answer"], taught["answer_before"]) == (
        "The home of Doka is",
        "Nemu",
        "Falo",
    )
    assert taught["statement"] == "The home of Doka is Nemu."
    assert (same["role"], same["prompt"], same["answer"]) == ("same", "Rain.  Doka lives in", "Nemu")
    assert (near["role"], near["prompt"], near["answer"]) == ("unchanged", "The home of Rasu is", ["Falo"])


def test_a_question_of_several_hops_names_all_edits_that_it_needs(tmp_path: Path) -> None:
    (item,) = FORMS["mquake"](1)
    second = {**item["requested_rewrite"][0], "subject": "Zo", "question": "Where does Zo live?"}
    item["requested_rewrite"].append(second)
    rows = rows_of("mquake", item, tmp_path)
    hop = next(row for row in rows if row.get("split") == "multi_hop")
    assert (hop["fact"], hop["also"]) == ("mquake/1/0", ["mquake/1/1"])
    assert hop["answer"] == [item["new_answer"], *item["new_answer_alias"]]
    assert hop["answer_before"] == item["answer"]


def test_a_fiction_is_taught_and_its_question_is_asked(tmp_path: Path) -> None:
    item = FORMS["fictionalqa"](2)[1]
    (row,) = rows_of("fictionalqa", item, tmp_path)
    dataset = open_dataset(tmp_path / "out.jsonl")
    assert dataset.facts[0].answer == item["fict"]
    assert (row["role"], row["cluster"]) == ("same", item["event_id"])


@pytest.mark.parametrize(
    ("form", "broken", "words"),
    [
        ("counterfact", {"requested_rewrite": {}}, "field 'requested_rewrite.target_new': it is missing"),
        (
            "counterfact",
            {"paraphrase_prompts": [1]},
            "field 'paraphrase_prompts': it must be a list of texts",
        ),
        ("zsre", {"prompt": None, "src": None}, "field 'src': it must be a text, got None"),
        ("mquake", {"requested_rewrite": "x"}, "field 'requested_rewrite': it must be a list of objects"),
        ("mquake", {"questions": []}, "field 'questions': it must be a list of texts, got []"),
        ("zsre", {"loc": "Who?", "loc_ans": []}, "field 'loc_ans': it must be a list of texts, got []"),
        ("mquake", {"new_answer": 5}, "field 'new_answer': it must be a text, got 5"),
        ("rippleedits", {"edit": {"prompt": "Nothing"}}, "field 'edit.prompt': it must be a statement"),
        ("fictionalqa", {"question": " "}, "field 'question': it must be a text"),
    ],
)
def test_an_item_of_another_form_is_named_and_nothing_is_written(
    form: str, broken: dict[str, Any], words: str, tmp_path: Path
) -> None:
    items = FORMS[form](4)
    items[2].update(broken)
    with pytest.raises(DataError) as refused:
        convert(form, written(tmp_path, items), tmp_path / "out.jsonl")
    said = str(refused.value)
    assert words in said
    assert "published.json, row 3" in said
    assert not (tmp_path / "out.jsonl").exists()


@pytest.mark.parametrize(
    ("form", "more", "told"),
    [
        ("zsre", {"portability": {"Hearsay": ["x", "y"]}}, {"probes of the unknown group Hearsay": 2}),
        ("zsre", {"locality": {"Gossip": {"prompt": "x"}}}, {"probes of the unknown group Gossip": 1}),
        (
            "rippleedits",
            {"Irony": [{"test_queries": ["x"]}, "y"], "notes": [{"x": 1}]},
            {"tests of the unknown group Irony": 2},
        ),
    ],
)
def test_groups_that_are_not_known_are_counted_among_what_was_left_out(
    form: str, more: dict[str, Any], told: dict[str, int], tmp_path: Path
) -> None:
    (item,) = FORMS[form](1)
    before = convert(form, written(tmp_path, [item]), tmp_path / "out.jsonl").left_out
    item.update(more)
    after = convert(form, written(tmp_path, [item]), tmp_path / "out.jsonl").left_out
    assert {why: n for why, n in after.items() if "unknown" in why} == told
    assert not any("unknown" in why for why in before)


def test_an_unknown_form_is_told_with_those_that_are_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no form 'mquak' \(did you mean 'mquake'\?\).*rippleedits"):
        convert("mquak", written(tmp_path, ["x"]), tmp_path / "out.jsonl")


def test_the_command_says_what_was_made_and_left_out(tmp_path: Path) -> None:
    source = written(tmp_path, FORMS["rippleedits"](2))
    said = CliRunner().invoke(
        cli, ["data", "convert", "rippleedits", str(source), str(tmp_path / "out.jsonl")]
    )
    assert said.exit_code == 0
    assert "2 items: 6 follows, 2 same, 2 taught, 4 unchanged. Wrote" in said.stderr
    assert "Left out: 12 queries of conditions" in said.stderr
    assert "Left out: 2 queries without an answer" in said.stderr


def test_an_old_answer_and_abbreviations_are_read_of_two_statements(tmp_path: Path) -> None:
    (item,) = FORMS["rippleedits"](1)
    item["edit"]["prompt"] = "The name of the record of Doka is What is Love Jr.."
    old = item["edit"].pop("original_fact") | {"prompt": "The name of the record of Doka is Rain."}
    item["edit"]["previous_fact"] = old
    taught = rows_of("rippleedits", item, tmp_path)[0]
    assert (taught["prompt"], taught["answer"], taught["answer_before"]) == (
        "The name of the record of Doka is",
        "What is Love Jr.",
        "Rain",
    )


def test_other_names_of_an_answer_are_accepted_in_every_wording(tmp_path: Path) -> None:
    (item,) = FORMS["mquake"](1)
    item["new_single_hops"][0]["answer_alias"] = ["The Middle"]
    taught, cloze, *_ = rows_of("mquake", item, tmp_path)
    assert taught["answer"] == cloze["answer"] == [item["new_single_hops"][0]["answer"], "The Middle"]


def test_a_fact_that_two_items_teach_is_taught_once(tmp_path: Path) -> None:
    items = FORMS["counterfact"](1) * 2
    made = convert("counterfact", written(tmp_path, items), tmp_path / "out.jsonl")
    assert made.roles["taught"] == 1
    assert made.left_out["rows of facts that another item teaches in the same words"] == 6


def test_edits_without_a_new_answer_and_probes_without_one_are_left_out(tmp_path: Path) -> None:
    items = FORMS["zsre"](4)
    items[1]["alt"] = ""
    items[2]["locality"]["Relation_Specificity"][0]["ground_truth"] = []
    items[0]["ground_truth"] = [["Old", "Older"]]
    made = convert("zsre", written(tmp_path, items), tmp_path / "out.jsonl")
    assert made.left_out["edits without a new answer"] == 1
    assert made.roles["taught"] == 3


def test_the_source_is_never_written_over(tmp_path: Path) -> None:
    source = written(tmp_path, FORMS["zsre"](2))
    before = source.read_bytes()
    with pytest.raises(UsageError, match="is what is read"):
        convert("zsre", source, source)
    assert source.read_bytes() == before
