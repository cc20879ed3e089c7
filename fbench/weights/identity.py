"""What a model of open weights is: its format, its revision, and digests of its files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["Identity", "files_of"]

_WEIGHTS = (".safetensors", ".bin", ".pt", ".pth")
_BESIDE = (".json", ".jinja", ".model", ".txt")
"""Of a model's folder: its configuration, its tokenizer and its chat template."""


class Identity(NamedTuple):
    """A model, as results and recordings tell it.

    Attributes:
        name: what it is called, without its provider.
        format: `safetensors`, or `GGUF` of a file whose weights were dequantised.
        revision: of the Hugging Face hub; empty where it is of no hub.
        sha256: of the file with the weights, as `sha256sum` tells it; where there are several, of what
            `sha256sum` writes about them, sorted by name.
        beside: likewise of the files beside them, with the tokenizer and the chat template; empty if none.
        dtype: of the weights in memory.
        device: the kind of device that had them, such as `cpu` or `cuda`.
    """

    name: str
    format: str
    revision: str
    sha256: str
    beside: str
    dtype: str
    device: str

    @property
    def lasting(self) -> tuple[str, ...]:
        """What may not change while a run lasts: all but the device."""
        return self[:-1]

    @property
    def short(self) -> str:
        """The name with the beginning of the digest, for messages."""
        return f"{self.name} (sha256 {self.sha256[:12]})"

    @classmethod
    def of(cls, name: str, place: Path, *, revision: str = "", dtype: str, device: str) -> Identity:
        """The identity of the model in a folder, or in a GGUF file."""
        weights, beside = files_of(place)
        kind = "GGUF" if place.suffix == ".gguf" else weights[0].suffix.removeprefix(".") if weights else ""
        return cls(name, kind, revision, _sha256(weights), _sha256(beside), dtype, device)

    @classmethod
    def told(cls, told: Iterable[dict[str, Any]]) -> tuple[Identity, ...]:
        """The identities that a store or a recording tells."""
        return tuple(cls(*(str(each.get(field, "")) for field in cls._fields)) for each in told)


def files_of(place: Path) -> tuple[list[Path], list[Path]]:
    """The files of a model that hold its weights, and those beside them, each by name."""
    if place.is_file():
        return [place], []
    files = sorted(path for path in place.iterdir() if path.is_file())
    weights = [path for path in files if path.suffix in _WEIGHTS]
    return weights, [path for path in files if path.suffix in _BESIDE]


def _sha256(files: Sequence[Path]) -> str:
    if not files:
        return ""
    digests = [(_digest(path), path.name) for path in files]
    if len(digests) == 1:
        return digests[0][0]
    lines = "".join(f"{digest}  {name}\n" for digest, name in digests)
    return hashlib.sha256(lines.encode("utf-8", "surrogateescape")).hexdigest()


def _digest(path: Path) -> str:
    """The digest of a file; of one that did not change it is known since it was last read."""
    about = path.stat()
    return _read(path, about.st_size, about.st_mtime_ns)


@lru_cache(maxsize=256)
def _read(path: Path, size: int, changed: int) -> str:
    del size, changed
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
