"""`fbench grade` on the forms that files of answers come in: dialects, encodings, sizes, JSON, Parquet."""

from __future__ import annotations

import csv
import gzip
import io
import json
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from fbench.cli import cli
from fbench.grading.files import AnswerFile
from tests.cli.cli_user import Fbench, environment

ADDED = {"verdict", "grader", "reason"}
ROWS: list[dict[str, Any]] = [
    {"question": "How tall?", "gold": "185", "response": "6'1\" (185 cm)", "who": "Ona; or, Tell"},
    {"question": "Where?", "gold": "Tanzania", "response": "In\nKenya\t|", "who": "é"},
]
VERDICTS = ["correct", "incorrect"]


def delimited(rows: list[dict[str, Any]], **dialect: Any) -> str:
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, list(rows[0]), **dialect)
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def lines(text: str) -> list[dict[str, Any]]:
    """Rows of JSONL, by a reader that takes nothing but JSON."""

    def no(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    return [json.loads(line, parse_constant=no) for line in text.split("\n") if line]


def given_rows(text: str) -> list[dict[str, Any]]:
    return [{key: value for key, value in row.items() if key not in ADDED} for row in lines(text)]


def verdicts(text: str) -> list[str]:
    return [row["verdict"] for row in lines(text)]


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "A.CSV"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_cells_are_parted_by_what_parts_the_header(
    fbench: Fbench, tmp_path: Path, name: str, delimiter: str, quoting: int
) -> None:
    (tmp_path / name).write_text(delimited(ROWS, delimiter=delimiter, quoting=quoting), encoding="utf-8")
    said = fbench("grade", name)

    assert given_rows(said.out) == ROWS
    assert verdicts(said.out) == VERDICTS
    assert said.err == "2 answers: 1 correct, 1 incorrect\n"


@pytest.mark.parametrize(
    "more",
    [("a, b, c, d, e", "f|g|h|i|j"), ("a,question,gold,response,e", "b"), ("a|question|gold|response", "b")],
)
def test_a_delimiter_in_a_name_parts_nothing(fbench: Fbench, tmp_path: Path, more: tuple[str, ...]) -> None:
    rows: list[dict[str, Any]] = [
        dict(zip(("question", "gold", "response", *more), ("?", "x", "x", *cells), strict=True))
        for cells in (("1, 2", "3|4"), ("5", "6"))
    ]
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL):
        (tmp_path / "a.csv").write_text(delimited(rows, delimiter=";", quoting=quoting), encoding="utf-8")
        assert given_rows(fbench("grade", "a.csv").out) == rows


def test_a_first_line_that_names_the_delimiter_is_heeded_and_counted(fbench: Fbench, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("sep=;\n" + delimited(ROWS, delimiter=";"), encoding="utf-8")
    assert given_rows(fbench("grade", file).out) == ROWS

    file.write_text("sep=;\nquestion;gold;response\n?;x;x\n?;;x\n", encoding="utf-8")
    assert "row 4" in fbench("grade", file).paragraph


@pytest.mark.parametrize("head", ["\n", " \n\n", ";;\n", "\nsep=;\n", "sep=;\n\n"])
def test_blank_lines_before_the_header_are_counted_and_no_more(
    fbench: Fbench, tmp_path: Path, head: str
) -> None:
    file = tmp_path / "a.csv"
    file.write_text(head + delimited(ROWS, delimiter=";"), encoding="utf-8")
    assert given_rows(fbench("grade", file).out) == ROWS

    file.write_text(f"{head}question;gold;response\n?;;x\n", encoding="utf-8")
    assert f"row {head.count(chr(10)) + 2}, field 'gold'" in fbench("grade", file).paragraph


def test_blanks_before_quotes_belong_to_neither(fbench: Fbench, tmp_path: Path) -> None:
    text = 'question, "gold", "response"\n"Where?", "Paris, France", "Paris, France"\n'
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")

    (row,) = given_rows(fbench("grade", "a.csv").out)
    assert row == {"question": "Where?", "gold": "Paris, France", "response": "Paris, France"}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_ends_a_line_and_blank_lines_hold_nothing(
    fbench: Fbench, tmp_path: Path, end: str
) -> None:
    table = f"question,gold,response{end}{end}?,x,x{end}   {end},,{end}?,y,x{end}{end}"
    (tmp_path / "a.csv").write_bytes(table.encode())
    objects = f'{{"question": "?", "gold": "x", "response": "x"}}{end}{end} {end}' * 2
    (tmp_path / "a.jsonl").write_bytes(objects.encode())

    assert verdicts(fbench("grade", "a.csv").out) == ["correct", "incorrect"]
    assert verdicts(fbench("grade", "a.jsonl").out) == ["correct", "correct"]
    (tmp_path / "b.csv").write_bytes(table.replace("?,y,", "?,,").encode())
    assert "row 6, field 'gold'" in fbench("grade", "b.csv").paragraph


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("form", ["csv", "jsonl", "json"])
def test_a_byte_order_mark_says_how_to_read(fbench: Fbench, tmp_path: Path, encoding: str, form: str) -> None:
    text = {
        "csv": delimited(ROWS),
        "jsonl": "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS),
        "json": json.dumps(ROWS, ensure_ascii=False),
    }[form]
    (tmp_path / f"a.{form}").write_bytes(text.encode(encoding))

    assert given_rows(fbench("grade", f"a.{form}").out) == ROWS


@pytest.mark.parametrize("at", [0, 70_000, 200_000])
def test_the_byte_that_is_not_text_is_named_wherever_it_stands(
    fbench: Fbench, tmp_path: Path, at: int
) -> None:
    head = b"question,gold,response\n" + b"?,x,x\n" * (at // 6)
    (tmp_path / "a.csv").write_bytes(head + b"?,caf\xe9,x\n")
    said = fbench("grade", "a.csv", "--out", "out.jsonl").paragraph

    assert f"byte {len(head) + 5} is not UTF-8 (0xe9, which is 'é' in Windows-1252 (cp1252))" in said
    assert "iconv -f cp1252 -t utf-8" in said
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


@pytest.mark.parametrize("shift", ["", "?"])
def test_the_byte_is_named_where_a_letter_before_it_was_read_in_two_parts(
    fbench: Fbench, tmp_path: Path, shift: str
) -> None:
    head = f"question,gold,response\n{shift}".encode() + "é".encode() * 40_000
    (tmp_path / "a.csv").write_bytes(head + b"\xe9,x,x\n")
    assert f"byte {len(head)} is not UTF-8" in fbench("grade", "a.csv").paragraph


def test_wide_text_without_a_mark_and_text_cut_in_two_are_named(fbench: Fbench, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(delimited(ROWS).encode("utf-16-le"))
    assert "UTF-16 without a byte order mark" in fbench("grade", "a.csv").paragraph

    (tmp_path / "b.csv").write_bytes(delimited(ROWS).encode("utf-16")[:-1])
    assert "is not UTF-16" in fbench("grade", "b.csv").paragraph


@pytest.mark.parametrize("form", ["csv", "jsonl", "json"])
def test_a_long_cell_is_read_whole_and_the_csv_module_is_left_as_it_was(
    fbench: Fbench, tmp_path: Path, form: str
) -> None:
    before = csv.field_size_limit(1_000)
    long = 'First, I think of it, "again"\nand again. ' * 8_000  # 328 kB
    rows = [{"question": "?", "gold": "Paris", "response": f"{long}Paris", "note": long}]
    text = {"csv": delimited(rows), "jsonl": json.dumps(rows[0]), "json": json.dumps(rows)}[form]
    (tmp_path / f"a.{form}").write_text(text, encoding="utf-8")
    said = fbench("grade", f"a.{form}", "--grader", "exact")

    assert given_rows(said.out) == rows
    assert csv.field_size_limit(before) == 1_000


@pytest.mark.parametrize("form", ["csv", "jsonl", "json"])
def test_packed_files_are_unpacked_and_packed(fbench: Fbench, tmp_path: Path, form: str) -> None:
    text = {"csv": delimited(ROWS), "jsonl": "\n".join(map(json.dumps, ROWS)), "json": json.dumps(ROWS)}[form]
    (tmp_path / f"a.{form}.gz").write_bytes(gzip.compress(text.encode()))
    shown = fbench("grade", f"a.{form}.gz")
    fbench("grade", f"a.{form}.gz", "--out", "out.jsonl.gz")

    assert given_rows(shown.out) == ROWS
    assert gzip.decompress((tmp_path / "out.jsonl.gz").read_bytes()).decode() == shown.out
    assert (tmp_path / "out.jsonl.gz").read_bytes()[3:8] == bytes(5)  # neither a name nor a time: RFC 1952


@pytest.mark.parametrize(
    "damaged",
    [b"question,gold", gzip.compress(b"question,gold,response\n")[:-6]],
    ids=["not packed", "cut off"],
)
def test_a_damaged_packed_file_is_named(fbench: Fbench, tmp_path: Path, damaged: bytes) -> None:
    (tmp_path / "a.csv.gz").write_bytes(damaged)
    assert "a.csv.gz: cannot be unpacked" in fbench("grade", "a.csv.gz").paragraph


def json_forms(rows: list[dict[str, Any]]) -> list[str]:
    return [
        json.dumps(rows),
        json.dumps(rows, indent=2),
        " \n" + json.dumps(rows).replace("}, {", "}\n,\n{") + "\n",
        json.dumps({"data": rows}),
        json.dumps({"data": rows, "version": [1, {"a": "]"}]}, indent=1),
        "\n".join(map(json.dumps, rows)),
    ]


@pytest.mark.parametrize("form", range(6))
@pytest.mark.parametrize("count", [1, 2, 3_000])
def test_a_json_file_is_a_list_of_objects(fbench: Fbench, tmp_path: Path, form: int, count: int) -> None:
    rows = [{**ROWS[0], "note": f'{{"[{n}]\\'} for n in range(count)]
    (tmp_path / "a.json").write_text(json_forms(rows)[form], encoding="utf-8")

    assert given_rows(fbench("grade", "a.json", "--grader", "exact").out) == rows


@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson", "a.JSONL", "a.jsonl.gz"])
@pytest.mark.parametrize(
    "content",
    [
        json.dumps(ROWS),
        json.dumps(ROWS, indent=2),
        " \n[\n" + ",\n".join(map(json.dumps, ROWS)) + "\n]\n",
        json.dumps({"data": ROWS}, indent=2),
    ],
    ids=["in one line", "indented", "a row a line", "wrapped"],
)
def test_a_list_of_objects_is_read_whatever_its_file_is_called(
    fbench: Fbench, tmp_path: Path, name: str, content: str
) -> None:
    packed = gzip.compress(content.encode()) if name.endswith(".gz") else content.encode()
    (tmp_path / name).write_bytes(packed)

    assert given_rows(fbench("grade", name, "--grader", "exact").out) == ROWS


def test_a_row_with_a_field_that_wraps_rows_elsewhere_is_a_row(fbench: Fbench, tmp_path: Path) -> None:
    rows = [{"data": [{"a": 1}], **row} for row in ROWS]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")

    assert given_rows(fbench("grade", "a.jsonl", "--grader", "exact").out) == rows


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
def test_lines_are_parted_alike_wherever_the_first_block_that_is_read_ends(
    tmp_path: Path, name: str, end: str
) -> None:
    """The block is of 65,536 characters; a line separator within a text is no end of a line."""
    line = json.dumps({**ROWS[0], "note": "\u2028"}, ensure_ascii=False)
    for spare in range(-2, 3):
        first = json.dumps({**ROWS[0], "note": "x"})
        first = first.replace('"x"', '"' + "x" * ((1 << 16) - len(first) - len(end) + spare) + '"')
        (tmp_path / name).write_bytes((end.join([first, line, line]) + end).encode())
        numbers = [row.number for row in AnswerFile(tmp_path / name)]
        assert numbers == [1, 2, 3]


GOOD = '{"question": "?", "gold": "x", "response": "x"}'


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.json", "", ("a.json", "nothing in it to grade")),
        ("a.json", "[]", ("a.json", "nothing in it to grade")),
        ("a.json", '"x"', ("a.json", "no list")),
        ("a.json", f"[{GOOD}, {GOOD} {GOOD}]", ("row 2", "comma")),
        ("a.json", f"[{GOOD}, {GOOD}", ("row 2", "end of the list")),
        ("a.json", f"[{GOOD}, [1]]", ("row 2", "not an object")),
        ("a.json", f"[{GOOD}, {{oops}}]", ("row 2", "not JSON")),
        ("a.json", f"[{GOOD}] more", ("something follows",)),
        ("a.json", f'{{"data": [{GOOD}], oops}}', ("not JSON",)),
        ("a.json", f"[{GOOD}, {GOOD[:-1]}, " + '"a": ' + "[" * 300 + "]" * 300 + "}]", ("row 2", "100 deep")),
        ("a.jsonl", GOOD + "\n" + '{"a": ' * 300 + "1" + "}" * 300, ("row 2", "100 deep")),
        ("a.jsonl", GOOD + "\n" + '{"a": ' * 100_000, ("row 2", "not JSON")),
        ("a.jsonl", GOOD + "\n" + GOOD[:-1] + ', "gold": "y"}', ("row 2", "'gold' stands twice")),
        ("a.parquet", "PAR1", ("a.parquet", "Parquet")),
        ("a.csv", 'question,gold,response\n?,x,"x"y\n', ("row 2", "not CSV", "quote")),
        ("a.jsonl", f"[{GOOD}, {GOOD} {GOOD}]", ("row 2", "comma")),
        ("a.jsonl", f"[{GOOD}]\n[{GOOD}]\n", ("something follows", "one object a line")),
        ("a.jsonl", "[1, 2]\n", ("row 1", "not an object")),
        ("a.jsonl", '"x"\n', ("row 1", "not an object", "one object a line")),
        ("a.csv", "question,gold,response\n?,x\n", ("row 2", "2 cells", "3", "'response'", "line breaks")),
        ("a.csv", "question,gold,response\n?,x,x\n?\n", ("row 3", "1 cell ", "3", "'gold'", "commas")),
        ("a.csv", "question,gold,response\n?;x;x\n", ("row 2", "1 cell ", "with commas, as the header's")),
        ("a.csv", "question,gold,response\n?,x,x,y,z\n", ("row 2", "5 cells", "3", "quotes", "name")),
        ("a.tsv", "question\tgold\tresponse\n?\tx\n", ("row 2", "2 cells", "'response'", "tabs")),
        ("a.csv", "sep=#\nquestion#gold#response\n?#x\n", ("row 3", "2 cells", "'#'")),
        ("a.xlsx", "", ("a.xlsx", ".json, .parquet, .csv or .jsonl")),
    ],
)
def test_what_is_not_its_form_is_named_and_nothing_is_written(
    fbench: Fbench, tmp_path: Path, name: str, text: str, words: tuple[str, ...]
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    said = fbench("grade", name, "--out", "out.jsonl").paragraph

    assert all(word in said for word in words), said
    assert [path.name for path in tmp_path.iterdir()] == [name]


NUMBERS = (
    "1e400",
    "-1e400",
    "0.10",
    "1E5",
    "-0",
    "-0.0",
    "123456789012345678901234567890",
    "7" * 5_000,
    "42",
)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_comes_out_as_it_went_in(fbench: Fbench, tmp_path: Path, number: str) -> None:
    row = f'{{"question": "?", "gold": "x", "response": "x", "n": {number}, "deep": [{{"n": {number}}}]}}'
    (tmp_path / "a.jsonl").write_text(row + "\n", encoding="utf-8")
    (tmp_path / "b.json").write_text(f"[{row}]", encoding="utf-8")
    for name in ("a.jsonl", "b.json"):
        out = fbench("grade", name).out
        assert f'"n": {number}, "deep": [{{"n": {number}}}], "verdict"' in out
    fbench("grade", "a.jsonl", "--out", "out.csv")
    assert f',{number},"[{{""n"": {number}}}]",' in (tmp_path / "out.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity"])
def test_what_json_has_no_number_for_comes_out_as_a_text(
    fbench: Fbench, tmp_path: Path, literal: str
) -> None:
    row = f'{{"question": "?", "gold": "x", "response": "x", "loss": {literal}, "all": [{literal}]}}\n'
    (tmp_path / "a.jsonl").write_text(row, encoding="utf-8")

    (found,) = given_rows(fbench("grade", "a.jsonl").out)
    assert (found["loss"], found["all"]) == (literal, [literal])
    fbench("grade", "a.jsonl", "--out", "out.csv")
    assert f",{literal}," in (tmp_path / "out.csv").read_text(encoding="utf-8")


def test_with_a_name_in_csv_the_rows_come_out_as_csv_and_are_read_again(
    fbench: Fbench, tmp_path: Path
) -> None:
    rows = [ROWS[0], {**ROWS[1], "gold": ["Kenya", "KE"], "score": 0.5, "more": None, "ok": True}]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    for name, delimiter in (("out.csv", ","), ("out.tsv", "\t")):
        said = fbench("grade", "a.jsonl", "--out", name)
        with (tmp_path / name).open(encoding="utf-8", newline="") as file:
            found = list(csv.DictReader(file, delimiter=delimiter))

        assert said.out == ""
        assert [row["verdict"] for row in found] == ["correct", "correct"]
        assert [row["response"] for row in found] == [row["response"] for row in ROWS]
        second = {key: found[1][key] for key in ("gold", "score", "more", "ok")}
        assert second == {"gold": '["Kenya", "KE"]', "score": "0.5", "more": "", "ok": "true"}
        assert found[0]["score"] == ""
        assert verdicts(fbench("grade", name).out) == ["correct", "correct"]


def test_a_run_comes_out_as_csv_too(fbench: Fbench, finished: Path, tmp_path: Path) -> None:
    shown = lines(fbench("grade", finished).out)
    fbench("grade", finished, "--out", "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        assert [(row["id"], row["verdict"]) for row in csv.DictReader(file)] == [
            (row["id"], row["verdict"]) for row in shown
        ]


def test_a_file_may_take_the_place_of_the_one_that_is_graded(fbench: Fbench, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(delimited(ROWS), encoding="utf-8")
    fbench("grade", "a.csv", "--out", "a.csv")

    assert "verdict" in (tmp_path / "a.csv").read_text(encoding="utf-8").splitlines()[0]
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_parquet_is_not_written(fbench: Fbench, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(delimited(ROWS), encoding="utf-8")
    assert "not written" in fbench("grade", "a.csv", "--out", "out.parquet").paragraph


def test_without_pyarrow_a_parquet_file_says_what_to_install(
    fbench: Fbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    assert "`pip install 'fbench[parquet]'`" in fbench("grade", "a.parquet").paragraph


def test_parquet_is_read_where_pyarrow_is_installed(fbench: Fbench, tmp_path: Path) -> None:
    arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    rows = [
        {**ROWS[0], "gold": ["185", "185 cm"], "score": 0.5, "n": 2**60},
        {**ROWS[1], "gold": ["Tanzania"], "score": float("nan"), "n": None},
    ] * 1_000
    parquet.write_table(arrow.Table.from_pylist(rows), tmp_path / "a.parquet")
    found = given_rows(fbench("grade", "a.parquet", "--grader", "exact").out)

    assert len(found) == len(rows)
    assert found[0] == rows[0]
    assert found[1] == {**rows[1], "score": "NaN"}
    parquet.write_table(arrow.Table.from_pylist([{**ROWS[0], "gold": float("nan")}]), tmp_path / "b.parquet")
    assert "row 1, field 'gold'" in fbench("grade", "b.parquet").paragraph
    parquet.write_table(arrow.Table.from_pylist([{**ROWS[0], "gold": 185}]), tmp_path / "c.parquet")
    assert verdicts(fbench("grade", "c.parquet").out) == ["correct"]


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\x00\ufeff"), min_size=1, max_size=12)
CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20) | st.sampled_from(
    ['a,b;c\td|"e"', "line\nline\r\nline\rline", " ", "1e400", "=1+1", "'", '"'],
)
OWN = ("question", "gold", "response")


def is_other(name: str) -> bool:
    known = {*OWN, *ADDED, "kind", "answer before"}
    return " ".join("".join(c if c.isalnum() else " " for c in name.lower()).split()) not in known


@st.composite
def tables(draw: st.DrawFn) -> list[dict[str, str]]:
    more = draw(st.lists(NAMES.filter(is_other), max_size=4, unique=True))
    names = draw(st.permutations([*OWN, *more]))
    gold = CELLS.filter(lambda text: text.strip() != "")
    return draw(
        st.lists(
            st.fixed_dictionaries({name: gold if name == "gold" else CELLS for name in names}),
            min_size=1,
            max_size=6,
        )
    )


ENDS_AND_QUOTING = [(end, csv.QUOTE_ALL) for end in ("\r\n", "\n", "\r")] + [("\r\n", csv.QUOTE_MINIMAL)]
"""With another line end than its own the csv module does not quote all that holds one."""


@contextmanager
def file_of(data: bytes, form: str, folder: Path) -> Generator[Path]:
    path = folder / f"a.{form}"
    path.write_bytes(data)
    yield path
    path.unlink()


@settings(max_examples=150)
@given(
    tables(),
    st.sampled_from(",;\t|"),
    st.sampled_from(ENDS_AND_QUOTING),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_any_table_in_any_dialect_gives_back_its_rows_with_verdicts(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[dict[str, str]],
    delimiter: str,
    ends: tuple[str, int],
    encoding: str,
) -> None:
    end, quoting = ends
    text = delimited(rows, delimiter=delimiter, lineterminator=end, quoting=quoting)
    with file_of(text.encode(encoding), "csv", tmp_path_factory.getbasetemp()) as path:
        done = CliRunner().invoke(cli, ["grade", str(path)])

    assert done.exit_code == 0, done.exception
    assert given_rows(done.stdout) == rows
    assert set(verdicts(done.stdout)) <= {"correct", "incorrect", "abstained", "ungraded"}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | CELLS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150)
@given(
    st.lists(
        st.fixed_dictionaries(
            {"question": CELLS, "gold": st.just("x"), "response": CELLS},
            optional={"more": VALUES, "m": VALUES},
        ),
        min_size=1,
        max_size=4,
    ),
    st.integers(0, 5),
)
def test_any_objects_in_any_form_of_json_come_back_with_verdicts(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]], form: int
) -> None:
    with file_of(json_forms(rows)[form].encode(), "json", tmp_path_factory.getbasetemp()) as path:
        done = CliRunner().invoke(cli, ["grade", str(path)])

    assert done.exit_code == 0, done.exception
    assert given_rows(done.stdout) == rows


PEAK = """
import resource
import sys
from fbench.cli import cli
from fbench.grading.files import AnswerFile
cli.main(sys.argv[1:], standalone_mode=False)
with open("/proc/self/status") as status:
    own = int(next(line for line in status if line.startswith("VmHWM")).split()[1])
print(max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
"""
"""The peak of this process or of its largest worker, in KiB."""


def peak_mb(folder: Path, *args: str) -> float:
    done = subprocess.run(
        [sys.executable, "-c", PEAK, *args],
        cwd=folder,
        env=environment(),
        check=True,
        capture_output=True,
        text=True,
    )
    return int(done.stdout) / 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc, where Linux tells the peak")
@pytest.mark.parametrize(
    ("form", "options"),
    [
        ("csv", ("--jobs", "1")),
        ("csv", ("--jobs", "2", "--human", "human")),
        ("jsonl", ("--jobs", "1", "--human", "human")),
        ("jsonl", ("--jobs", "2")),
        ("json", ("--jobs", "1")),
        ("json", ("--jobs", "2")),
    ],
)
def test_ten_times_the_rows_take_no_more_memory(tmp_path: Path, form: str, options: tuple[str, ...]) -> None:
    peaks: list[float] = []
    for count in (1_000, 10_000):
        rows = [
            {"question": f"What is {n}?", "gold": f"gold {n}", "response": f"{n} " * 400, "human": "no"}
            for n in range(count)
        ]
        text = {"csv": delimited(rows), "jsonl": "\n".join(map(json.dumps, rows)), "json": json.dumps(rows)}
        (tmp_path / f"a.{form}").write_text(text[form], encoding="utf-8")
        args = ("grade", f"a.{form}", "--grader", "exact", "--out", "out.csv", *options)
        peaks.append(peak_mb(tmp_path, *args))
    assert peaks[1] < 1.15 * peaks[0]
