"""Results that were changed after the run wrote them are never shown unseen."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from fbench.analysis import results_file
from fbench.analysis.results_file import read_results, write_results, written_results
from fbench.errors import UsageError
from fbench.files import write_file
from fbench.runner.store import Store
from tests.cli.cli_user import MODEL, Fbench, as_if_live

FOSSILS = Path(__file__).parents[1] / "data" / "fossils"
Edit = Callable[[dict[str, Any]], object]


def first_tuned(results: dict[str, Any]) -> dict[str, Any]:
    return next(row for row in results["rows"] if row["epochs"])


EDITS: dict[str, Edit] = {
    "an accuracy": lambda r: first_tuned(r).update(accuracy=0.987654),
    "a count of answers": lambda r: first_tuned(r).update(n=4321),
    "a p value": lambda r: first_tuned(r)["difference"].update(p=0.000123),
    "an interval": lambda r: first_tuned(r)["interval"].update(low=0.912345),
    "a model's name": lambda r: r["experiment"].update(models=["openai:gpt-9"]),
    "the upstream": lambda r: r["experiment"].update(upstream="live"),
    "a date of recording": lambda r: r["experiment"].update(recorded="2020-02-02"),
    "the grader": lambda r: r["experiment"].update(grader_version="99"),
    "the digest of the data": lambda r: r["dataset"].update(digest="f" * 64),
    "the notes": lambda r: r.update(notes=["All of this is true."]),
    "a cost": lambda r: r["costs"]["actual"].update(train_usd=0.01),
    "ungraded answers": lambda r: first_tuned(r).update(ungraded=0, cut_off=0, invalid=False, altered=7),
    "a row that is left out": lambda r: r["rows"].pop(),
    "a training that failed": lambda r: r["trainings"][0].update(state="succeeded", error="never"),
}


def edit(run: Path, change: Edit) -> bytes:
    path = run / "results.json"
    before = path.read_bytes()
    results = json.loads(before)
    change(results)
    path.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert path.read_bytes() != before
    return before


@pytest.mark.parametrize("change", EDITS.values(), ids=EDITS.keys())
def test_whatever_is_edited_is_refused_with_the_file_and_what_to_do(
    fbench: Fbench, own: Path, change: Edit
) -> None:
    edit(own, change)

    for command in (("report", own), ("report", own, "--full"), ("report", own, "--json", "-")):
        said = fbench(*command).paragraph
        assert f"{own / 'results.json'}: was changed" in said
        assert f"`fbench resume {own}`" in said


SPACES: dict[str, Callable[[str], str]] = {
    "a line at the end": lambda text: text + "\n",
    "indents": lambda text: text.replace("\n ", "\n  "),
    "a space before a colon": lambda text: text.replace('"n"', '"n" '),
    "no end of line": str.rstrip,
    "ends of lines of another system": lambda text: text.replace("\n", "\r\n"),
}


@pytest.mark.parametrize("text", SPACES.values(), ids=SPACES.keys())
def test_white_space_counts_too(fbench: Fbench, own: Path, text: Callable[[str], str]) -> None:
    path = own / "results.json"
    path.write_text(text(path.read_text(encoding="utf-8")), encoding="utf-8", newline="")

    assert "was changed" in fbench("report", own).paragraph


def test_a_key_that_was_added_is_refused(fbench: Fbench, own: Path) -> None:
    edit(own, lambda results: results.update(approved=True))

    assert "'approved'" in fbench("report", own).paragraph


def test_a_comparison_refuses_them_and_grading_does_not_read_them(
    fbench: Fbench, own: Path, finished: Path
) -> None:
    edit(own, EDITS["the upstream"])

    assert "was changed" in fbench("compare", own, finished).paragraph
    assert "was changed" in fbench("compare", finished, own).paragraph
    assert fbench("grade", own, "--out", "grades.jsonl").code == 0


def test_resuming_writes_them_again_as_they_were(fbench: Fbench, own: Path) -> None:
    before = edit(own, EDITS["an accuracy"])

    assert fbench("resume", own, "--quiet", "--jobs", 1).code == 0
    assert (own / "results.json").read_bytes() == before
    assert fbench("report", own).code == 0


def test_one_edited_run_among_several_is_enough(fbench: Fbench, own: Path, finished: Path) -> None:
    edit(own, EDITS["a cost"])

    assert "own" in fbench("report", finished, own).paragraph


def test_a_run_that_was_copied_elsewhere_or_may_not_be_written_is_reported(
    fbench: Fbench, finished: Path, tmp_path: Path
) -> None:
    copy = shutil.copytree(finished, tmp_path / "else where #1?")
    names = sorted(path.name for path in copy.iterdir())
    copy.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        said = fbench("report", copy)
    finally:
        copy.chmod(stat.S_IRWXU)

    assert (said.code, said.err) == (0, "")
    assert sorted(path.name for path in copy.iterdir()) == names


def test_results_without_their_store_are_reported_with_a_notice(
    fbench: Fbench, own: Path, tmp_path: Path
) -> None:
    shown = fbench("report", own, "--full").out
    (own / "run.sqlite").unlink()
    said = fbench("report", own)

    assert said.code == 0
    assert said.err.startswith(f"Notice: {own / 'results.json'}: could not be checked for changes")
    assert "Nobody knows whether results.json was changed: there is no run.sqlite" in said.out
    full = fbench("report", own, "--full")
    assert "Nobody knows whether results.json was changed" in " ".join(full.out.split())
    assert [line for line in shown.splitlines() if line not in full.out.splitlines()] == []
    (tmp_path / "alone").mkdir()
    alone = shutil.copy(own / "results.json", tmp_path / "alone")
    assert "could not be checked" in fbench("report", alone).err
    assert "could not be checked" in fbench("report", tmp_path / "alone", "--json", "-").err


def test_a_store_that_cannot_be_read_is_told_and_the_results_are_shown(fbench: Fbench, own: Path) -> None:
    (own / "run.sqlite").write_bytes(b"not a database" * 100)
    said = fbench("report", own)

    assert said.code == 0
    assert "its store cannot be read" in said.err
    assert "Nobody knows" in said.out


class _Crash(Exception):
    pass


@pytest.mark.parametrize("after", ["the digest", "the file"])
def test_a_crash_between_the_digest_and_the_file_leaves_a_run_that_can_be_read(
    own: Path, monkeypatch: pytest.MonkeyPatch, after: str
) -> None:
    old = (own / "results.json").read_text(encoding="utf-8")
    new = read_results(own).model_copy(update={"notes": ("another",)}).to_json()
    calls: list[str] = []
    write, set_meta = write_file, Store.set_meta

    def crash_before(path: Path, text: str) -> None:
        if after == "the digest":
            raise _Crash
        write(path, text)

    def crash_after(store: Store, name: str, value: object) -> None:
        calls.append(name)
        if len(calls) == 2:
            raise _Crash
        set_meta(store, name, value)

    monkeypatch.setattr(results_file, "write_file", crash_before)
    monkeypatch.setattr(Store, "set_meta", crash_after)
    with Store(own / "run.sqlite") as store, pytest.raises(_Crash):
        write_results(own, store, new)
    monkeypatch.undo()

    assert written_results(own).text == (old if after == "the digest" else new)
    edit(own, EDITS["an accuracy"])
    with pytest.raises(UsageError, match="was changed"):
        read_results(own)


def test_an_edited_file_is_still_refused_after_a_crash_before_it_is_replaced(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(path: Path, text: str) -> None:
        raise _Crash(path, text)

    edit(own, EDITS["an accuracy"])
    monkeypatch.setattr(results_file, "write_file", crash)
    with Store(own / "run.sqlite") as store, pytest.raises(_Crash):
        write_results(own, store, "{}")

    with pytest.raises(UsageError, match="was changed"):
        read_results(own)


def test_a_file_that_was_edited_is_not_taken_for_the_runs_own_when_it_is_replaced(own: Path) -> None:
    edit(own, EDITS["an accuracy"])
    edited = (own / "results.json").read_bytes()
    with Store(own / "run.sqlite") as store:
        write_results(own, store, "{}")
    (own / "results.json").write_bytes(edited)

    with pytest.raises(UsageError, match="was changed"):
        read_results(own)


def test_results_of_a_later_fbench_are_not_guessed_at(fbench: Fbench, own: Path) -> None:
    edit(own, lambda results: results.update(schema=99))

    assert "'schema'" in fbench("report", own).paragraph


# --- runs of fbench 0.1.0, whose stores keep no digest ---


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return shutil.copytree(FOSSILS, tmp_path / "fossils") / "run"


def test_an_old_run_is_shown_as_its_store_gives_it_and_that_is_said(fbench: Fbench, old: Path) -> None:
    edit(old, lambda r: (r.update(notes=["All true."]), first_tuned(r)["difference"].update(p=0.000123)))
    said = fbench("report", old, "--full")

    assert said.code == 0
    assert "made again from the store" in said.err
    assert "All true." not in said.out
    assert "FAKE" in said.out
    shown = json.loads(fbench("report", old, "--json", "-").out)
    assert 0.000123 not in [row["difference"] and row["difference"]["p"] for row in shown["rows"]]


OLD_EDITS: dict[str, Edit] = {
    "correct answers": lambda r: first_tuned(r).update(correct=99),
    "ungraded answers": lambda r: first_tuned(r).update(ungraded=first_tuned(r)["ungraded"] + 1),
    "the upstream": lambda r: r["experiment"].update(upstream="live"),
    "a row that is left out": lambda r: r["rows"].pop(),
    "a row that is there twice under another name": lambda r: r["rows"].append(
        first_tuned(r) | {"epochs": 50}
    ),
}


@pytest.mark.parametrize("change", OLD_EDITS.values(), ids=OLD_EDITS.keys())
def test_what_an_old_run_counted_is_held_to_its_grades(fbench: Fbench, old: Path, change: Edit) -> None:
    edit(old, change)

    assert "results.json" in fbench("report", old).paragraph
    assert "results.json" in fbench("compare", f"{old}:{MODEL}@0", f"{old}:{MODEL}@10").paragraph


def test_an_old_run_is_checked_like_any_other_once_it_was_resumed(fbench: Fbench, old: Path) -> None:
    before = sorted((old / name).read_bytes() for name in ("config.toml", "run.sqlite"))
    fbench("report", old)
    assert sorted((old / name).read_bytes() for name in ("config.toml", "run.sqlite")) == before
    assert fbench("resume", old, "--quiet", "--jobs", 1).code == 0

    assert fbench("report", old).err == ""
    edit(old, EDITS["an accuracy"])
    assert "was changed" in fbench("report", old).paragraph


def test_an_old_run_whose_data_are_gone_is_shown_with_a_notice(fbench: Fbench, tmp_path: Path) -> None:
    run = shutil.copytree(FOSSILS / "own", tmp_path / "own")
    config = (run / "config.toml").read_text(encoding="utf-8")
    (run / "config.toml").write_text(re.sub(r"(?m)^data = .*", 'data = "gone.jsonl"', config))
    said = fbench("report", run)

    assert said.code == 0
    assert "gone.jsonl" in said.err
    assert "Nobody knows" in said.out


# --- what answered ---


def test_a_run_of_fakes_cannot_be_made_one_of_live_services_by_its_configuration(
    fbench: Fbench, own: Path
) -> None:
    config = own / "config.toml"
    config.write_text(config.read_text(encoding="utf-8").replace('"fake"', '"live"'), encoding="utf-8")

    assert "began with answers of FAKE models" in fbench("resume", own, "--quiet").paragraph
    assert "FAKE" in fbench("report", own).out


def test_a_live_run_cannot_be_taken_for_one_of_a_local_server(
    fbench: Fbench, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_if_live(own)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")

    assert "a server on this machine" in fbench("resume", own, "--quiet").paragraph


def test_a_report_of_a_run_that_goes_on_leaves_it_alone(fbench: Fbench, own: Path) -> None:
    (own / "results.json").unlink()
    with closing(sqlite3.connect(own / "run.sqlite", isolation_level=None)) as busy:
        busy.execute("begin immediate")
        busy.execute("delete from grade")
        said = fbench("report", own)
        busy.execute("rollback")

    assert said.code == 3
    assert "all tables" in said.out
    with closing(sqlite3.connect(own / "run.sqlite")) as store:
        assert store.execute("select count(*) from grade").fetchone() != (0,)


# --- what was asked ---


@pytest.mark.parametrize(
    ("field", "was", "now"),
    [
        ("models", "gpt-4o-mini-2024-07-18", "gpt-4o-2024-08-06"),
        ("epochs", "epochs = [", "epochs = [\n    7,"),
        ("seeds", "seeds = [", "seeds = [\n    7,"),
        ("share_checkpoints", "share_checkpoints = false", "share_checkpoints = true"),
        ("sampling", "temperature = 0.0", "temperature = 1.0"),
        ("sampling", "max_tokens = 100", "max_tokens = 50"),
    ],
)
def test_a_run_does_not_go_on_with_an_experiment_that_was_edited(
    fbench: Fbench, own: Path, field: str, was: str, now: str
) -> None:
    config = own / "config.toml"
    before = config.read_text(encoding="utf-8")
    assert was in before
    results = (own / "results.json").read_bytes()
    config.write_text(before.replace(was, now), encoding="utf-8")

    for command in (("resume", own, "--quiet"), ("grade", own), ("compare", own, own)):
        said = fbench(*command).paragraph
        assert f"config.toml, field '{field}'" in said
        assert "the run began with" in said
    assert (own / "results.json").read_bytes() == results


def test_the_prices_of_a_run_may_be_edited(fbench: Fbench, own: Path) -> None:
    with (own / "config.toml").open("a", encoding="utf-8") as config:
        config.write(
            '\n[prices."openai:gpt-4o-2024-08-06"]\n'
            "train = 1\nbase_input = 1\nbase_output = 1\ntuned_input = 1\ntuned_output = 1\n"
        )

    assert fbench("resume", own, "--quiet").code == 0
