from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fbench.cassette.format.interaction import Interaction
from fbench.cassette.format.reader import CassetteReader
from fbench.cassette.tools.check import check_recordings
from fbench.cassette.tools.seal import seal_cassette
from fbench.errors import CassetteError
from tests.cassette.recordings import asked, chat, folder_of, save


def held(path: Path) -> tuple[list[Interaction], dict[str, object]]:
    with closing(CassetteReader(path)) as tape:
        return list(tape), tape.provenance


def changed(path: Path, old: str, new: str) -> Path:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(st.lists(st.tuples(TEXTS, TEXTS, st.binary(max_size=30)), min_size=1, max_size=4))
def test_sealing_what_was_not_changed_changes_no_interaction(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, bytes]]
) -> None:
    interactions = [chat(question, answer) for question, answer, _ in rows]
    interactions += [asked(answer=raw, kind="application/octet-stream") for *_, raw in rows]
    path = save(tmp_path_factory.mktemp("seal") / "a.yaml", interactions, recorded="2026-01-01")
    before, provenance = held(path)
    assert seal_cassette(path) == len(before)
    after, kept = held(path)
    assert after == before
    assert kept.pop("sealed")
    assert kept == provenance


def test_a_changed_answer_is_played_after_sealing_and_said_to_be_changed(tmp_path: Path) -> None:
    path = changed(save(tmp_path / "a.yaml", [chat("Who?", "Ann")]), "Ann", "Annabel")
    seal_cassette(path)
    assert b"Annabel" in held(path)[0][0].response.body
    (found,) = check_recordings(path)
    assert found.severity == "warning"
    assert "changed by hand" in found.what


def test_a_changed_question_gets_the_key_of_what_it_is_now(tmp_path: Path) -> None:
    path = changed(save(tmp_path / "a.yaml", [chat("Who?", "Ann")]), "Who?", "Who is it?")
    seal_cassette(path)
    with closing(CassetteReader(path)) as tape:
        assert list(tape.index) == [chat("Who is it?", "").key]


def test_the_index_goes_along(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, one=[chat("Who?", "Ann")], two=[chat("When?", "Now")])
    seal_cassette(changed(folder / "one.yaml", "Ann", "Bo"))
    assert [each.severity for each in check_recordings(folder)] == ["warning"]


def test_a_bare_date_in_the_head_stays_a_date_in_words(tmp_path: Path) -> None:
    path = save(tmp_path / "a.yaml", [chat("Who?", "Ann")], recorded="2026-01-01")
    seal_cassette(changed(path, '"2026-01-01"', "2026-02-03"))
    assert held(path)[1]["recorded"] == "2026-02-03"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("code: 200", "code: many", "record 2, field 'code'"),
        ("code: 200", "code: 99", "record 2, field 'code': 99 is no status of HTTP"),
        ('uri: "https', 'uri: "ftp', "record 2, field 'uri'"),
        ("method: POST", "method: [POST]", "record 2, field 'method'"),
        ("  response:", "  respond:", "record 2, field 'response': it is absent"),
        ('["application/json"]', "[7]", "record 2, field 'content-type'"),
    ],
)
def test_what_is_no_interaction_is_refused_by_record_and_field(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    path = save(tmp_path / "a.yaml", [chat("Who?", "Ann"), chat("When?", "Now")])
    first, _, second = path.read_text(encoding="utf-8").rpartition("- key:")
    assert old in second
    path.write_text(f"{first}- key:{second.replace(old, new)}", encoding="utf-8")
    before = path.read_bytes()
    with pytest.raises(CassetteError, match="Mend it, then seal") as refused:
        seal_cassette(path)
    assert f"{path}, {said}" in str(refused.value)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("interactions: []\n", "does not begin as"),
        ("# An fbench cassette, layout 1. vcrpy reads it too.\n{", "no YAML"),
    ],
)
def test_what_is_no_cassette_is_refused(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(CassetteError, match=said):
        seal_cassette(path)
