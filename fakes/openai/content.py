"""The text of a message, or of a tool's result: a string, or parts of several types.

A model of text alone answers, so a part that is no text stands in the prompt as a mark of what it holds: the
same picture gives the same answer, another one may give another. Texts in files are read.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from fakes.json_text import is_mapping, mapping, sequence
from fakes.openai.errors import invalid
from fakes.openai.records import File
from fakes.openai.values import choice, missing, wrong_type
from fakes.tokens import count

__all__ = ["Content", "content_of"]

_LOW, _HIGH = 85, 765
"""Tokens of a picture: https://developers.openai.com/api/docs/guides/images-vision, of 1024 x 1024 pixels."""
_TEXTS = {"text": "text", "input_text": "text", "output_text": "text", "refusal": "refusal"}

Content = tuple[str, int]
"""A text, and its tokens."""


def content_of(content: object, path: str, kinds: tuple[str, ...], files: Mapping[str, File]) -> Content:
    """The content at a path, of parts of these kinds. Refusal: 400."""
    if isinstance(content, str):
        return content, count(content)
    if content is None:
        raise invalid(f"Invalid value for '{path.rpartition('.')[2]}': expected a string, got null.", path)
    listed = sequence(content)
    if not isinstance(content, list):
        raise wrong_type(path, "one of a string or array of objects", content)
    found = [_part(part, f"{path}[{at}]", kinds, files) for at, part in enumerate(listed)]
    if not found:
        raise invalid(
            f"Invalid '{path}': empty array. Expected an array with minimum length 1, "
            "but got an empty array instead.",
            path,
            "empty_array",
        )
    text = "".join([text for text, _ in found])
    read = "".join([text for text, tokens in found if tokens is None])
    return text, count(read) + sum([tokens or 0 for _, tokens in found])


def _part(
    part: object, path: str, kinds: tuple[str, ...], files: Mapping[str, File]
) -> tuple[str, int | None]:
    """The text of a part; its tokens where they are not those of the text."""
    if not is_mapping(part):
        raise wrong_type(path, "an object", part)
    if "type" not in part:
        raise missing(f"{path}.type")
    kind = choice(part, "type", kinds, f"{path}.") or ""
    if (field := _TEXTS.get(kind)) is not None:
        text = part.get(field)
        if not isinstance(text, str):
            raise wrong_type(f"{path}.{field}", "a string", text)
        return text, None
    if kind in ("image_url", "input_image"):
        return _picture(part, path)
    return _file(mapping(part.get("file")) if kind == "file" else part, path, files)


def _picture(part: dict[str, Any], path: str) -> tuple[str, int]:
    nested = is_mapping(part.get("image_url"))
    inside = mapping(part["image_url"]) if nested else part
    where = inside.get("url" if nested else "image_url") or inside.get("file_id")
    if not isinstance(where, str) or not where:
        name = f"{path}.image_url" + (".url" if nested else "")
        raise missing(name)
    if not where.startswith(("data:image/", "https://", "http://", "file-")):
        raise invalid(
            f"Failed to download image from {where[:60]}. Please check the URL and try again.",
            f"{path}.image_url",
            "invalid_image_url",
        )
    detail = choice(inside, "detail", ("auto", "low", "high", "original"), f"{path}.")
    return f"[image {_mark(where.encode())}]", _LOW if detail == "low" else _HIGH


def _file(asked: dict[str, Any], path: str, files: Mapping[str, File]) -> tuple[str, None]:
    """A file that is kept, or one in the request: the name, then its text or a mark of its content."""
    name, data = str(asked.get("filename") or "file"), b""
    if (file_id := asked.get("file_id")) is not None:
        kept = files.get(file_id) if isinstance(file_id, str) else None
        if kept is None:
            raise invalid(f"No such File object: {file_id}", f"{path}.file_id")
        name, data = kept.filename, kept.content
    elif isinstance(url := asked.get("file_url"), str):
        data = url.encode()
    elif isinstance(sent := asked.get("file_data"), str):
        data = _decoded(sent, path)
    else:
        raise missing(f"{path}.file_data")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = f"[file {_mark(data)}]"
    return f"{name}\n{text}", None


def _decoded(sent: str, path: str) -> bytes:
    """The content of a data URL. One that is cut, or no base64, stands for itself: nobody opens it here."""
    head, comma, body = sent.partition(",")
    if not comma or not head.startswith("data:"):
        name = f"{path}.file_data"
        raise invalid(
            f"Invalid '{name}'. Expected a base64-encoded data URL with an application/pdf MIME type.",
            name,
            "invalid_value",
        )
    try:
        return b64decode(body, validate=True)
    except (NotBase64, ValueError):
        return b"\xff" + body.encode("utf-8", "surrogatepass")


def _mark(data: bytes) -> str:
    return blake2b(data, digest_size=8).hexdigest()
