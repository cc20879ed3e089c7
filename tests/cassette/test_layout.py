"""The layout of a cassette: what is written can be read, by fbench and by any YAML parser."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from vcr.serializers import yamlserializer  # pyright: ignore[reportMissingTypeStubs] - vcrpy has no types

from fbench.cassette.format.bodies import canonical, events_of, key_of, laid_out, restored, without_boundary
from fbench.cassette.format.interaction import (
    RECORD_HEAD,
    Failure,
    Interaction,
    RecordedResponse,
    is_sound,
    read_interaction,
    read_record_head,
    read_response,
    write_record,
)
from fbench.cassette.format.scalars import read_bytes, write_bytes, write_text

loader: Any = yamlserializer
ODD = st.sampled_from(" \n\t\r:#-|>\\\"'{}[]é\u2028\x85\x7f\ufeff😀n")
TEXTS = st.text(st.one_of(ODD, st.characters(exclude_categories=["Cs"])))
BODIES = st.one_of(TEXTS.map(str.encode), st.binary())
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
MARKS = st.sampled_from([": ", ": a", '": ', 'a": ', '\\": ', "\\", '[": ', ',": ', '{": ', ' ": ', "a"])
QUOTED = st.recursive(
    MARKS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(MARKS, inner, max_size=3),
    max_leaves=8,
)
LINE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), max_size=20)
NAMES = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_*", min_size=1, max_size=12)
HEADERS = st.lists(st.tuples(NAMES, LINE), max_size=4, unique_by=lambda pair: pair[0]).map(tuple)
FAILURES = st.none() | st.builds(Failure, st.sampled_from(["ReadError", "ReadTimeout"]), LINE)
RESPONSES = st.builds(RecordedResponse, st.integers(100, 599), LINE, HEADERS, BODIES, FAILURES)
INTERACTIONS = st.builds(
    Interaction, st.sampled_from(["GET", "POST"]), LINE, HEADERS, BODIES, RESPONSES, LINE
)


def parsed(scalar: str) -> object:
    return loader.deserialize(f"a:\n  - b: 1\n    c: {scalar}\n  - d: 2\n")["a"][0]["c"]


@given(TEXTS)
def test_a_text_comes_back_and_a_yaml_parser_reads_the_same(text: str) -> None:
    scalar = write_text(text, 6)
    assert read_bytes(scalar.encode(), 6).decode() == text
    assert parsed(scalar) == text


@given(BODIES)
def test_bytes_come_back_and_a_yaml_parser_reads_the_same(content: bytes) -> None:
    scalar = write_bytes(content, 6)
    assert read_bytes(scalar.encode(), 6) == content
    read = parsed(scalar)
    assert (read.encode() if isinstance(read, str) else read) == content


@given(TEXTS)
def test_no_line_of_a_text_ends_in_white_space_that_a_tidy_editor_takes_away(text: str) -> None:
    lines = write_text(text, 6).split("\n")
    assert all(line == line.rstrip(" \t") for line in lines)


@given(INTERACTIONS)
def test_an_interaction_comes_back(made: Interaction) -> None:
    record = write_record(made)
    read = read_interaction(record)
    assert read_record_head(record[:RECORD_HEAD]) == (made.key, len(record))
    assert is_sound(record)
    assert read.key == made.key
    assert (read.method, read.url, read.headers, read.tag) == (made.method, made.url, made.headers, made.tag)
    assert read_response(record) == read.response
    assert (read.response.status, read.response.headers) == (made.response.status, made.response.headers)


@given(INTERACTIONS)
def test_vcrpy_reads_an_interaction_as_fbench_does(made: Interaction) -> None:
    (read,) = loader.deserialize(write_record(made).decode())
    ours = read_interaction(write_record(made))
    assert read["request"]["uri"] == ours.url
    body = read["response"]["body"]["string"]
    assert (body.encode() if isinstance(body, str) else body) == ours.response.body
    headers = {name: [value] for name, value in ours.response.headers}
    assert read["response"]["headers"] == headers


@pytest.mark.parametrize(
    "name", ["true", "no", "y", "off", "null", "~", "1e5", "12", "1_000", "-", "-1", "0x1f"]
)
def test_a_header_whose_name_is_a_value_of_yaml_is_still_a_name(name: str) -> None:
    answered = RecordedResponse(200, "OK", ((name, "kept"),), b"")
    record = write_record(Interaction("GET", "http://a", (), b"", answered))
    (read,) = loader.deserialize(record.decode())
    assert read["response"]["headers"] == {name: ["kept"]}
    assert read_response(record) == answered


@given(INTERACTIONS, st.data())
def test_a_record_with_another_byte_is_not_sound(made: Interaction, data: st.DataObject) -> None:
    record = bytearray(write_record(made))
    at = data.draw(st.integers(0, len(record) - 1))
    record[at] ^= 1 << data.draw(st.integers(0, 7))
    head = read_record_head(bytes(record[:RECORD_HEAD]))
    assert not (head and head[1] == len(record) and is_sound(bytes(record)))


@given(VALUES, st.sampled_from([None, 1, 4]), st.booleans())
def test_the_layout_of_json_changes_nothing_of_what_it_says(
    value: object, indent: int | None, ascii_only: bool
) -> None:
    body = json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode()
    shown, layout = laid_out(body, "application/json")
    assert json.loads(shown) == value
    assert restored(shown, layout) == body
    assert canonical(shown, "application/json") == canonical(body, "application/json")


@given(VALUES, st.sampled_from([(",", ":"), (", ", ": "), (" ,", " :")]), st.booleans())
def test_a_response_of_json_comes_back_byte_for_byte(
    value: object, separators: tuple[str, str], ascii_only: bool
) -> None:
    body = json.dumps(value, separators=separators, ensure_ascii=ascii_only).encode()
    assert _read_again(body) == body


@pytest.mark.parametrize(
    "body",
    [
        '{"price": 1.10}',
        '{"a": 1, "a": 2}',
        '{"big": 1e400, "small": 1E5, "zero": -0}',
        '{"half": "\\ud800"}',
        '{"escaped": "\\u00e9\\/"}',
        '{"digits": 123456789012345678901234567890}',
        "[NaN, -Infinity]",
        ' {"a":1}\r\n',
        '{"a":1} trailing',
        "",
    ],
)
def test_json_that_cannot_be_made_again_is_kept_as_it_came(body: str) -> None:
    assert _read_again(body.encode()) == body.encode()


def _read_again(body: bytes) -> bytes:
    answered = RecordedResponse(200, "OK", (("content-type", "application/json"),), body)
    return read_response(write_record(Interaction("GET", "https://host/", (), b"", answered))).body


@given(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_the_order_of_keys_does_not_matter_and_the_method_may_be_in_lower_case(value: dict[str, Any]) -> None:
    turned = dict(reversed(value.items()))
    one, other = (canonical(json.dumps(each).encode(), "application/json") for each in (value, turned))
    assert key_of("post", "u", one, "t") == key_of("POST", "u", other, "t")


def test_a_key_is_of_method_place_body_and_tag() -> None:
    keys = {
        key_of("GET", "u", b"", ""),
        key_of("POST", "u", b"", ""),
        key_of("POST", "v", b"", ""),
        key_of("POST", "u", b"b", ""),
        key_of("POST", "u", b"", "t"),
    }
    assert len(keys) == 5


@given(st.binary(), st.text("0123456789abcdef", min_size=8, max_size=32), st.booleans())
def test_the_boundary_of_a_form_does_not_matter(content: bytes, boundary: str, quoted: bool) -> None:
    def form(mark: str) -> tuple[str, bytes]:
        shown = f'"{mark}"' if quoted else mark
        body = b"--%b\r\n\r\n%b\r\n--%b--\r\n" % (mark.encode(), b"x", mark.encode())
        return without_boundary(f"multipart/form-data; boundary={shown}", body)

    del content
    assert form(boundary) == form("ffff0000ffff")


@given(
    st.lists(st.text("abc: {}", min_size=1, max_size=9), max_size=6), st.sampled_from(["\n\n", "\r\n\r\n"])
)
def test_a_stream_is_cut_behind_its_events_and_loses_nothing(events: list[str], end: str) -> None:
    body = "".join(f"data: {event}{end}" for event in events).encode()
    pieces = events_of(body)
    assert b"".join(pieces) == body
    assert len(pieces) == len(events)


def test_a_json_body_is_shown_over_several_lines_with_its_characters_as_they_are() -> None:
    made = Interaction(
        "POST",
        "https://host/v1",
        (("content-type", "application/json"),),
        '{"prompt":"Où?","n":1}'.encode(),
        RecordedResponse(200, "OK", (("content-type", "application/json"),), '{"text":"là — 是"}'.encode()),
    )
    text = write_record(made).decode()
    assert '    body: |-\n      {\n        "prompt": "Où?",\n        "n": 1\n      }\n' in text
    assert '        {\n          "text": "là — 是"\n        }\n' in text
    assert yaml.safe_load(text)[0]["key"] == made.key


@example({": a": "a"})
@example({"a": ": a"})
@example({"a": 1, ": a": 1})
@example([": a"])
@example(["a", ": a"])
@example('a": ')
@given(QUOTED)
def test_marks_of_json_within_a_text_are_kept(value: object) -> None:
    body = json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
    shown = json.dumps(value, indent=2, ensure_ascii=False).encode()
    assert restored(shown, "compact") == body
    assert _read_again(body) == body
