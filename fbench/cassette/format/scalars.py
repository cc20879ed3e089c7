"""Texts and bytes as YAML scalars that a person can read in a diff, and back again.

A text stands as a literal block where YAML allows it, else in double quotes, a line of it a line; bytes
that are no text stand as base64. Any YAML parser reads what is written here; the reader here is faster.
"""

from __future__ import annotations

import base64
import json
import re

__all__ = ["read_bytes", "read_text", "write_bytes", "write_text"]

_ODD = re.compile("[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""What no literal block can hold: control characters, and what YAML 1.1 takes for the end of a line."""

_TRAILING = re.compile(r"[ \t](?:\n|$)")
"""White space that a tidy editor would take away."""

_WIDTH = 76


def write_bytes(content: bytes, indent: int) -> str:
    """The scalar of some bytes; its further lines are indented by so many spaces."""
    try:
        return write_text(content.decode(), indent)
    except UnicodeDecodeError:
        pad = "\n" + " " * indent
        coded = base64.b64encode(content).decode("ascii")
        return "!!binary |" + "".join(pad + coded[at : at + _WIDTH] for at in range(0, len(coded), _WIDTH))


def write_text(text: str, indent: int) -> str:
    """The scalar of a text; its further lines are indented by so many spaces."""
    if "\n" not in text:
        return _quoted(text)
    pad = "\n" + " " * indent
    if text[0] in " \t\n" or _ODD.search(text) or _TRAILING.search(text):
        return _quoted(text).replace("\\n", "\\n\\" + pad) if _plain_breaks(text) else _quoted(text)
    body = text.rstrip("\n")
    ending = len(text) - len(body)
    chomp = "|-" if ending == 0 else "|" if ending == 1 else "|+"
    lines = [" " * indent + line if line else "" for line in body.split("\n")]
    return "\n".join([chomp, *lines]) + "\n" * max(0, ending - 1)


def read_text(scalar: str, indent: int) -> str:
    """The text of a scalar that `write_text` wrote with that indent.

    Raises:
        ValueError: it was not written there.
    """
    pad = "\n" + " " * indent
    if scalar.startswith('"'):
        return json.loads(scalar.replace("\\n\\" + pad, "\\n"))
    chomp, _, lines = scalar.partition("\n")
    text = "\n".join([line[indent:] for line in lines.split("\n")])
    if chomp == "|-":
        return text
    if chomp in ("|", "|+"):
        return text + "\n"
    raise ValueError(f"no scalar of a cassette begins like {scalar[:20]!r}")


def read_bytes(scalar: str, indent: int) -> bytes:
    """The bytes of a scalar that `write_bytes` wrote with that indent.

    Raises:
        ValueError: it was not written there.
    """
    if scalar.startswith("!!binary |"):
        return base64.b64decode(scalar[10:].replace("\n", "").replace(" ", ""), validate=True)
    return read_text(scalar, indent).encode()


def _plain_breaks(text: str) -> bool:
    """Whether each line may stand on its own: YAML drops the white space that begins a continued line."""
    return "\\n" not in text and not re.search(r"\n[ \t]", text)


def _quoted(text: str) -> str:
    # JSON's escapes are YAML's too, but for characters beyond the BMP, which stand as they are
    return _ODD.sub(lambda odd: f"\\u{ord(odd[0]):04x}", json.dumps(text, ensure_ascii=False))
