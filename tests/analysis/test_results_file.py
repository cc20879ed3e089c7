"""`results.json` is shown as its run wrote it, or refused, or shown with a notice."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from fbench import __version__
from fbench.analysis.results_file import read_results, write_results, written_results
from fbench.errors import UsageError

Made = Callable[..., Any]


@pytest.fixture
def run(make_run: Made, facts: Made) -> Any:
    made = make_run(facts(1))
    made.say(f"{made.ready.experiment.models[0]}/news/base", "memorization", "R")
    made.write()
    return made


def test_what_a_run_wrote_is_read_as_it_stands(run: Any) -> None:
    found = written_results(run.folder)
    path = run.folder / "results.json"
    assert found.text == path.read_text(encoding="utf-8") == run.results().to_json()
    assert (found.fbench, found.unchecked, found.notice) == (__version__, "", "")
    assert found.results == read_results(run.folder) == run.results()
    assert written_results(path) == found


def test_the_store_keeps_the_digest_of_the_file_alone(run: Any) -> None:
    for _ in range(2):
        digest = sha256((run.folder / "results.json").read_bytes()).hexdigest()
        assert run.store.meta("results.json") == {digest: __version__}
        text = run.results().model_copy(update={"notes": ("another",)}).to_json()
        write_results(run.folder, run.store, text)


def test_reading_leaves_the_store_as_it_is(run: Any) -> None:
    """A store of an older fbench lacks a table; only those who write to it add that."""
    run.store._db.execute("drop table altered")
    run.store.close()
    before = (run.folder / "run.sqlite").read_bytes()
    assert written_results(run.folder).unchecked == ""
    assert (run.folder / "run.sqlite").read_bytes() == before


def test_a_letter_that_was_changed_is_refused_with_both_digests(run: Any) -> None:
    path = run.folder / "results.json"
    own = sha256(path.read_bytes()).hexdigest()[:12]
    path.write_bytes(path.read_bytes() + b"\n")
    changed = sha256(path.read_bytes()).hexdigest()[:12]
    with pytest.raises(UsageError, match=rf"was changed .*begins with {changed}, and the run's with {own}\)"):
        written_results(run.folder)


def test_results_without_a_store_and_files_by_another_name_cannot_be_checked(
    run: Any, tmp_path: Path
) -> None:
    text = (run.folder / "results.json").read_bytes()
    other = run.folder / "copy.json"
    other.write_bytes(text)
    found = written_results(other)
    assert (found.fbench, found.unchecked) == (None, "only a results.json can be, where a run wrote it")
    (tmp_path / "alone").mkdir()
    (tmp_path / "alone" / "results.json").write_bytes(text)
    assert written_results(tmp_path / "alone").unchecked == "there is no run.sqlite beside it"


def test_a_store_that_keeps_no_digest_or_is_none_cannot_check(run: Any) -> None:
    run.store.set_meta("results.json", {})
    found = written_results(run.folder)
    assert found.fbench is None
    assert "its store keeps no digest of it" in found.unchecked
    run.store.close()
    (run.folder / "run.sqlite").write_bytes(b"no database" * 500)
    assert "its store cannot be read" in written_results(run.folder).unchecked
    (run.folder / "run.sqlite").write_bytes(b"")
    assert written_results(run.folder).unchecked == "its store is empty"


def test_what_is_not_there_or_did_not_end_is_told_apart(run: Any, tmp_path: Path) -> None:
    (run.folder / "results.json").unlink()
    with pytest.raises(UsageError, match="run wrote it, and it was removed: write it again with `fbench res"):
        read_results(run.folder)
    run.store.set_meta("results.json", {})
    with pytest.raises(UsageError, match="did not reach its end: go on with it by `fbench resume"):
        read_results(run.folder)
    run.store.close()
    (run.folder / "run.sqlite").write_bytes(b"no database" * 500)
    with pytest.raises(UsageError, match="did not reach its end: go on with it by `fbench resume"):
        read_results(run.folder)
    with pytest.raises(UsageError, match=r"has no results\.json; name the folder of a run"):
        read_results(tmp_path)
    (tmp_path / "results.json").mkdir()
    with pytest.raises(UsageError, match="cannot be read: Is a directory"):
        read_results(tmp_path)


@pytest.mark.parametrize("schema", [-1, 0, 4, 99])
def test_a_schema_that_this_version_does_not_know_is_refused(run: Any, schema: int) -> None:
    edited = json.loads(run.results().to_json()) | {"schema": schema}
    write_results(run.folder, run.store, json.dumps(edited))
    with pytest.raises(UsageError, match=f"field 'schema': is {schema}, and this fbench reads up to 3"):
        read_results(run.folder)


@pytest.mark.parametrize("schema", [1, 2, 3])
def test_the_first_and_the_newest_schema_are_read(run: Any, schema: int) -> None:
    edited = json.loads(run.results().to_json()) | {"schema": schema}
    write_results(run.folder, run.store, json.dumps(edited))
    assert read_results(run.folder).schema_ == schema


def test_a_field_that_is_wrong_is_named_with_its_place(run: Any) -> None:
    edited = json.loads(run.results().to_json())
    edited["rows"][0]["n"] = "many"
    write_results(run.folder, run.store, json.dumps(edited))
    with pytest.raises(
        UsageError, match=r"results\.json, field 'rows\.0\.n': must be a whole number, got.*resume"
    ):
        read_results(run.folder)


class _Crash(Exception):
    pass


def test_a_crash_before_the_file_is_replaced_leaves_the_old_one_that_can_be_read(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = (run.folder / "results.json").read_text(encoding="utf-8")
    new = run.results().model_copy(update={"notes": ("another",)}).to_json()

    def crash(self: Path, target: Path) -> Path:
        raise _Crash(self, target)

    with monkeypatch.context() as broken:
        broken.setattr(Path, "replace", crash)
        with pytest.raises(_Crash):
            write_results(run.folder, run.store, new)
    assert written_results(run.folder).text == old

    (run.folder / "results.json").write_text(new, encoding="utf-8")
    assert written_results(run.folder).text == new


def test_a_file_that_was_edited_is_not_taken_for_the_runs_own_when_it_is_replaced(run: Any) -> None:
    path = run.folder / "results.json"
    edited = path.read_bytes() + b" "
    path.write_bytes(edited)
    write_results(run.folder, run.store, run.results().to_json())
    path.write_bytes(edited)
    with pytest.raises(UsageError, match="was changed"):
        read_results(run.folder)


@pytest.mark.parametrize("before", [True, False], ids=["over another", "where there is none"])
def test_results_are_renamed_into_place_and_never_written_there(
    run: Any, monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    """At the moment of the rename the new text is whole in a file beside, and the old one still stands."""
    path = run.folder / "results.json"
    old = path.read_text(encoding="utf-8")
    if not before:
        path.unlink()
    new = run.results().model_copy(update={"notes": ("another",)}).to_json()
    seen: list[tuple[str, str | None]] = []
    replace = Path.replace

    def look(self: Path, target: Path) -> Path:
        there = path.read_text(encoding="utf-8") if path.exists() else None
        seen.append((self.read_text(encoding="utf-8"), there))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", look)
    write_results(run.folder, run.store, new)
    assert seen == [(new, old if before else None)]
    assert path.read_text(encoding="utf-8") == new
    assert not list(run.folder.glob("results.json.*"))
