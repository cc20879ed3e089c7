"""What people are shown holds no secret, and no character that a terminal acts on."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import traceback
import unicodedata
import warnings
from collections import Counter
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fbench.arguments import public
from fbench.cassette.scrub.known import _VARIABLES as VARIABLES  # pyright: ignore[reportPrivateUsage] - the table that names them
from fbench.cassette.scrub.rules import RULES
from fbench.errors import ProviderFailed
from fbench.terminal import NAMED, SIGNS, SafeStream, raw_of, safe_stderr, visible, without_secrets

KEY = "sk-planted0123456789abcdef"
ENVIRON = {
    "OPENAI_API_KEY": "planted-key-4711",
    "FBENCH_BUCKET": "planted-bucket",
    "ECHO_API_KEY": "of-a-plugin",
}


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x1b]8;;http://e.invalid\x07link\x1b]8;;\x07", r"\x1b]8;;http://e.invalid\x07link\x1b]8;;\x07"),
        ("\x9b31m \x9d8;; \x85", r"\x9b31m \x9d8;; \x85"),
        ("abc\rxyz", r"abc\rxyz".replace(r"\r", r"\x0d")),
        ("a\u202egpj.exe \u2066b\u2069 \u200f \u061c", r"a\u202egpj.exe \u2066b\u2069 \u200f \u061c"),
        ("a\x00\x08\x7f\u2028", r"a\x00\x08\x7f\u2028"),
        ("\udc80", r"\udc80"),
    ],
)
def test_what_a_terminal_acts_on_is_shown(text: str, seen: str) -> None:
    assert visible(text) == seen


@given(st.text())
def test_nothing_else_changes_and_nothing_remains(text: str) -> None:
    seen = visible(text)
    assert visible(seen) == seen
    controls = {letter for letter in seen if unicodedata.category(letter) == "Cc"}
    assert controls <= {"\n", "\t", "\r"}
    kept = [letter for letter in text if letter.isprintable() or letter in "\n\t"]
    assert [letter for letter in kept if letter not in seen] == []


@pytest.mark.parametrize("text", ["Grüße, 你好, émigré\n\ttab\r\n", "a\u00a0b", "👩\u200d🔬 नमस्ते"])
def test_ordinary_text_is_left(text: str) -> None:
    assert visible(text) == text


TOKEN = "A1b2C3d4E5f6G7h8"


def test_every_rule_and_every_variable_of_secrets_is_looked_at() -> None:
    texts = [f"{TOKEN if sign[0] == '.' else ''}{sign}{TOKEN}" for rule in RULES for sign in rule.signs]
    missed = [text for text in texts if not SIGNS.search(text)]
    assert missed == []
    variables = [*VARIABLES, "AZURE_OPENAI_RESOURCE_ID"]  # the parts of its value are looked for
    assert [name for name in variables if not NAMED.search(name)] == []


@pytest.mark.parametrize(
    "text",
    [
        *(
            "key planted-key-4711.",
            "planted%2Dkey%2D4711",
            "of-a-plugin",
            f"Bearer {KEY}",
            f"{{'api_key': '{KEY}'}}",
        ),
        *("https://user:hunter2secret@e.invalid/", "gs://planted-bucket/x", "in planted-bucket"),
        "-----BEGIN PRIVATE KEY-----\nMIIEvQ\nAbC\n-----END PRIVATE KEY-----\n",
    ],
)
def test_secrets_are_replaced(text: str) -> None:
    clean = without_secrets(text, environ=ENVIRON)
    for secret in (*ENVIRON.values(), KEY, "hunter2secret", "MIIEvQ", "4711"):
        assert secret not in clean
    assert "scrubbed" in clean


def test_without_identities_a_name_of_a_folder_stays_right() -> None:
    text = "To go on: fbench resume runs/planted-bucket, with planted-key-4711"
    assert without_secrets(text, identities=False, environ=ENVIRON).startswith(
        "To go on: fbench resume runs/planted-bucket, with scrubbed-"
    )


def test_plain_lines_need_no_rules() -> None:
    code = (
        "import sys; from fbench.terminal import shown; shown('12 of 44 questions answered\\n');"
        "print('fbench.cassette' in sys.modules)"
    )
    environ = {name: value for name, value in os.environ.items() if not NAMED.search(name)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"


def test_a_secret_that_several_calls_write_is_found_and_no_line_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "planted-key-4711")
    under = io.StringIO()
    monkeypatch.setattr(sys, "stderr", under)
    with safe_stderr():
        assert raw_of(sys.stderr) is under
        for piece in ("the key ", "planted-key", "-", "4711 is wrong", "\n"):
            sys.stderr.write(piece)
        sys.stderr.write(warnings.formatwarning("planted-key-4711", UserWarning, "x.py", 1))
        sys.stderr.write("\x1b[2Jno end")
    assert sys.stderr is under
    said = under.getvalue()
    assert "4711" not in said
    assert said.startswith("the key scrubbed-openai-key is wrong\n")
    assert said.endswith(r"\x1b[2Jno end")


def test_threads_lose_no_line_of_each_other() -> None:
    under = io.StringIO()
    stream = SafeStream(under)

    def write(name: str) -> None:
        for _ in range(2000):
            stream.write(f"{name}\n")

    threads = [Thread(target=write, args=(name * 40,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = Counter(under.getvalue().splitlines())
    assert lines == {name * 40: 2000 for name in "abcd"}


def test_a_stream_of_another_encoding_and_one_of_bytes_are_no_way_around() -> None:
    under = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="strict")
    stream = SafeStream(under)
    stream.write("naïve\x1b\n")
    stream.flush()
    assert under.buffer.getvalue() == rb"na\xefve\x1b" + b"\n"  # pyright: ignore[reportAttributeAccessIssue] - of BytesIO
    assert not hasattr(stream, "buffer")
    with pytest.raises(TypeError):
        stream.write(b"")  # pyright: ignore[reportArgumentType] - what click tries


def inner(kind: type) -> None:
    raise kind(f"Bearer {KEY}", 3)


@public
def fails(kind: type) -> None:
    try:
        inner(kind)
    except Exception as error:
        error.add_note(f"sent {KEY}")
        raise ProviderFailed(f"refused: {KEY}") from error


@public
def breaks() -> None:
    raise RuntimeError(KEY)


def test_errors_of_public_functions_show_no_secret_in_the_whole_chain() -> None:
    with pytest.raises(ProviderFailed) as failed:
        fails(ValueError)
    told = "".join(traceback.format_exception(failed.value))
    assert KEY not in told
    assert told.count("scrubbed") == 3
    with pytest.raises(RuntimeError, match="scrubbed"):
        breaks()
