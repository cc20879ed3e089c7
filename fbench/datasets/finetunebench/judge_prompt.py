"""The prompt with which the paper's authors let a model judge answers, from `prompts/latest_news.json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fbench.errors import DataError

__all__ = ["judge_prompt"]

_FILE = Path("prompts") / "latest_news.json"
_FIELDS = ("{question}", "{answer}", "{guess}")


def judge_prompt(source: Path | None) -> str | None:
    """The judge's prompt that is part of the dataset at `source`: system text, empty line, user text.

    Its fields are {question}, {answer}, {context} and {guess}. None if the dataset has no prompt. Raises
    `DataError` if the file exists but contains no such prompt.
    """
    if source is None or not source.is_dir():
        return None
    folder = source.parent if source.name == "datasets" else source
    file = folder / _FILE
    if not file.is_file():
        return None
    do = "Fetch the release again with `fbench data fetch`, or take the file away to use fbench's own prompt"
    try:
        found: Any = json.loads(file.read_text(encoding="utf-8-sig"))
        prompt = found["eval_prompt"]
        system, user = prompt["system"], prompt["user"]
    except OSError as bad:
        raise DataError(f"it cannot be read ({bad.strerror})", file=file, do=do) from None
    except (KeyError, TypeError):
        raise DataError(
            "there is no system and user text in it", file=file, field="eval_prompt", do=do
        ) from None
    except (ValueError, RecursionError) as bad:
        raise DataError(f"this is not JSON ({bad})", file=file, do=do) from None
    if not isinstance(system, str) or not isinstance(user, str):
        raise DataError("system and user are not texts", file=file, field="eval_prompt", do=do)
    absent = [field for field in _FIELDS if field not in user]
    if absent:
        raise DataError(f"{', '.join(absent)} is not in the user text", file=file, field="eval_prompt", do=do)
    return f"{system}\n\n{user}"
