from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from fbench.cassette.format.interaction import write_record
from fbench.cassette.format.writer import write_cassette
from fbench.cassette.scrub.known import unmistakable
from fbench.cassette.tools.check import CassetteProblem, check_recordings
from fbench.errors import CassetteError
from tests.cassette.recordings import asked, chat, folder_of, save

KEY = "sk-proj-" + "Ab3dEf6hIj9kLm2n" * 3


def only(found: list[CassetteProblem]) -> CassetteProblem:
    (one,) = found
    return one


def test_a_sound_recording_gives_no_finding(tmp_path: Path) -> None:
    assert check_recordings(folder_of(tmp_path, one=[chat("Who?", "Ann")], two=[chat("When?", "Now")])) == []


@pytest.mark.parametrize(
    ("interaction", "place"),
    [
        (asked(f"https://api.openai.com/v1/files?key={KEY}", answer={}), "URL"),
        (asked(body={"say": KEY}, answer={}), "request's body"),
        (asked(answer={"said": KEY}), "response's body"),
    ],
)
def test_a_secret_is_found_where_it_is_and_not_shown(tmp_path: Path, interaction: object, place: str) -> None:
    path = save(tmp_path / "a.yaml", [chat("Who?", "Ann"), interaction])  # pyright: ignore[reportArgumentType] - parametrized
    found = check_recordings(path)
    assert found
    assert {(each.severity, each.record) for each in found} == {("error", 2)}
    assert all(f"is in the {place}, line" in each.what for each in found)
    assert not any(KEY in str(each) for each in found)


def test_a_secret_of_the_environment_is_found_though_it_has_no_form(tmp_path: Path) -> None:
    value = "Zq81kfLw03mVnXe77Pq"
    path = save(tmp_path / "a.yaml", [chat("Who?", "Ann"), chat("Who?", f"it is {value}")])
    assert check_recordings(path) == []
    found = only(
        check_recordings(path, known=unmistakable({"MISTRAL_API_KEY": value, "OPENAI_API_KEY": "test"}))
    )
    assert (found.severity, found.record) == ("error", 2)
    assert (
        "the value of a variable of the environment (mistral-api-key) is in the response's body" in found.what
    )
    assert value not in str(found)


def test_a_dummy_in_the_environment_is_no_secret_of_a_recording(tmp_path: Path) -> None:
    path = save(tmp_path / "a.yaml", [chat("Who?", "your-api-key-here123, a test")])
    known = unmistakable({"OPENAI_API_KEY": "test", "MISTRAL_API_KEY": "your-api-key-here123"})
    assert check_recordings(path, known=known) == []


def test_two_sides_of_a_merge_are_told_with_what_to_do(tmp_path: Path) -> None:
    path = save(tmp_path / "a.yaml", [chat("Who?", "Ann")])
    lines = path.read_text().split("\n")
    path.write_text(
        "\n".join(
            [*lines[:4], "<<<<<<< ours", *lines[4:6], "=======", *lines[4:6], ">>>>>>> theirs", *lines[6:]]
        )
    )
    found = only(check_recordings(path))
    assert "holds the two sides of a merge" in found.what
    assert "git checkout -m" in found.do


def test_secrets_in_the_index_and_the_experiment_are_found(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, one=[chat("Who?", "Ann")])
    (folder / "config.toml").write_text(f'name = "{KEY}"\n', encoding="utf-8")
    assert only(check_recordings(folder)).file == str(folder / "config.toml")


def test_damage_is_found_record_by_record(tmp_path: Path) -> None:
    path = save(tmp_path / "a.yaml", [chat("Who?", "Ann"), chat("Who?", "Bob"), chat("Who?", "Cid")])
    path.write_bytes(path.read_bytes().replace(b"Bob", b"Bub"))
    found = only(check_recordings(path))
    assert (found.severity, found.record) == ("error", 2)
    assert "fbench cassette seal" in found.do


def test_a_key_of_another_request_is_found(tmp_path: Path) -> None:
    other = chat("When?", "Now")
    write_cassette(tmp_path / "a.yaml", [write_record(chat("Who?", "Ann"), other.key)], {})
    assert "its key is not that of its request" in only(check_recordings(tmp_path / "a.yaml")).what


def test_a_file_that_was_cut_short_is_one_finding_with_what_to_do(tmp_path: Path) -> None:
    path = save(tmp_path / "a.yaml", [chat("Who?", "Ann"), chat("Who?", "Bob")])
    path.write_bytes(path.read_bytes()[:-10])
    found = only(check_recordings(path))
    assert found.severity == "error"
    assert "holds 1 sound record where 2 were recorded" in found.what
    assert "from where it came from again" in found.do


def test_the_index_and_the_files_are_held_to_each_other(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, gone=[chat("a", "b")], other=[chat("c", "d")])
    (folder / "gone.yaml").unlink()
    save(folder / "other.yaml", [chat("c", "e")])
    save(folder / "stray.yaml", [chat("f", "g")])
    found = {Path(each.file).stem: each for each in check_recordings(folder)}
    assert "it is not there" in found["gone"].what
    assert "SHA-256" in found["other"].what
    assert found["stray"].severity == "warning"
    assert len(found) == 3


def test_what_a_crash_left_is_a_warning(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, one=[chat("a", "b")])
    (folder / "two.yaml.part").write_bytes(b"")
    found = only(check_recordings(folder))
    assert (found.severity, found.file) == ("warning", str(folder / "two.yaml.part"))
    assert "fbench resume" in found.do


@pytest.mark.parametrize(("days", "old"), [(30, False), (29, True)])
def test_age_counts_from_the_first_day_of_recording(tmp_path: Path, days: int, old: bool) -> None:
    path = save(tmp_path / "a.yaml", [chat("a", "b")], recorded="2026-01-01, 2026-01-20")
    found = check_recordings(path, max_age_days=days, today=date(2026, 1, 31))
    assert [each.severity for each in found] == ["error"] * old


def test_an_unknown_age_is_a_warning_only_where_age_is_asked_for(tmp_path: Path) -> None:
    path = save(tmp_path / "a.yaml", [chat("a", "b")])
    assert check_recordings(path) == []
    assert only(check_recordings(path, max_age_days=1)).severity == "warning"


def test_nothing_to_check_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CassetteError, match="holds no cassette"):
        check_recordings(tmp_path)
    with pytest.raises(CassetteError, match="is not there"):
        check_recordings(tmp_path / "absent.yaml")
