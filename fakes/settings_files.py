"""Files of settings that a user writes: TOML, or JSON where the name ends in .json."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

__all__ = ["read_settings_file"]


def read_settings_file(path: Path) -> object:
    """The value in a file.

    Raises:
        OSError: it cannot be read.
        ValueError: it is empty, not UTF-8, or has another form; the message names the file.
    """
    form, read = ("JSON", json.loads) if path.suffix == ".json" else ("TOML", tomllib.loads)
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        message = f"{path}: is not UTF-8 text (byte {error.start}). Name a file of {form}."
        raise ValueError(message) from None
    if not text.strip():
        raise ValueError(f"{path}: is empty. Write {form} into it, or leave the file out.")
    try:
        return read(text)
    except RecursionError:
        raise ValueError(f"{path}: it is nested too deep.") from None
    except ValueError as error:
        raise ValueError(f"{path}: is not valid {form}: {error}.") from error
