"""Convert texts and bytes to YAML scalars that a person can read in a diff, and back.

A text is a literal block if YAML allows it, else in double quotes, with one line per line of the text. Bytes
that are not text are base64. Any YAML parser can read the output; the reader here is faster.
"""

from __future__ import annotations

import base64
import json
import re

__all__ = ["read_bytes", "write_bytes", "write_text"]

_ODD = re.compile("[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""Characters not allowed in a literal block: control characters, and line ends according to YAML 1.1."""

_JSON = json.JSONEncoder(ensure_ascii=False)
_WIDTH = 76


def write_bytes(content: bytes, indent: int) -> str:
    """The scalar of some bytes; its continuation lines are indented by `indent` spaces."""
    try:
        return write_text(content.decode(), indent)
    except UnicodeDecodeError:
        pad = "\n" + " " * indent
        coded = base64.b64encode(content).decode("ascii")
        return "!!binary |" + "".join(pad + coded[at : at + _WIDTH] for at in range(0, len(coded), _WIDTH))


def write_text(text: str, indent: int) -> str:
    """The scalar of a text; its continuation lines are indented by `indent` spaces."""
    if "\n" not in text:
        return _quoted(text)
    pad = "\n" + " " * indent
    if text[0] in " \t\n" or _ODD.search(text) or _ends_lines_in_space(text):
        return _quoted(text).replace("\\n", "\\n\\" + pad) if _plain_breaks(text) else _quoted(text)
    body = text.rstrip("\n")
    ending = len(text) - len(body)
    chomp = "|-" if ending == 0 else "|" if ending == 1 else "|+"
    lines = [" " * indent + line if line else "" for line in body.split("\n")]
    return "\n".join([chomp, *lines]) + "\n" * max(0, ending - 1)


def read_bytes(scalar: bytes, indent: int) -> bytes:
    """The bytes of a scalar that `write_bytes` or `write_text` wrote with that indent.

    Raises:
        ValueError: they did not write it.
    """
    pad = b"\n" + b" " * indent
    if scalar.startswith(b'"'):
        text: str = json.loads(scalar.replace(b"\\n\\" + pad, b"\\n"))
        return text.encode()
    if scalar.startswith(b"!!binary |"):
        return base64.b64decode(scalar[10:].replace(b"\n", b"").replace(b" ", b""), validate=True)
    chomp, _, lines = scalar.partition(b"\n")
    content = lines[indent:].replace(pad, b"\n")
    if chomp == b"|-":
        return content
    if chomp in (b"|", b"|+"):
        return content + b"\n"
    raise ValueError(f"no scalar of a cassette begins like {scalar[:20]!r}")


def _ends_lines_in_space(text: str) -> bool:
    """Whether white space ends a line, which some editors remove."""
    return " \n" in text or "\t\n" in text or text.endswith((" ", "\t"))


def _plain_breaks(text: str) -> bool:
    """Whether each line may be written separately: YAML drops white space that begins a continued line."""
    return "\\n" not in text and not re.search(r"\n[ \t]", text)


def _quoted(text: str) -> str:
    # JSON's escapes are also YAML's, except for characters beyond the BMP, which are not escaped
    return _ODD.sub(lambda odd: f"\\u{ord(odd[0]):04x}", _JSON.encode(text))
