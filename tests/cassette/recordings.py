"""Small cassettes for tests."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from fbench.cassette.format.interaction import Failure, Interaction, RecordedResponse, write_record
from fbench.cassette.format.writer import write_cassette
from fbench.cassette.library import finish

__all__ = ["CHAT", "asked", "chat", "folder_of", "save"]

CHAT = "https://api.openai.com/v1/chat/completions"
_JSON = (("content-type", "application/json"),)


def asked(
    url: str = CHAT,
    body: object = None,
    answer: object = None,
    *,
    method: str = "POST",
    status: int = 200,
    tag: str = "",
    kind: str = "application/json",
    failure: str = "",
) -> Interaction:
    """An interaction; JSON on both sides, unless the answer is bytes of another kind."""
    content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    sent = b"" if body is None else json.dumps(body).encode()
    failed = Failure("ConnectError", failure) if failure else None
    response = RecordedResponse(status, "OK", (("content-type", kind),), content, failed)
    return Interaction(method, url, _JSON if sent else (), sent, response, tag)


def chat(question: str, text: str, *, tag: str = "", number: int = 1) -> Interaction:
    """A chat completion whose ids and times are those of the `number`th time it was asked."""
    answer = {
        "id": f"chatcmpl-{number:012}",
        "created": 1_700_000_000 + number,
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}}],
        "system_fingerprint": f"fp_{number:010}",
    }
    return asked(body={"messages": [{"role": "user", "content": question}]}, answer=answer, tag=tag)


def save(path: Path, interactions: Iterable[Interaction], **provenance: object) -> Path:
    """A closed cassette."""
    write_cassette(path, [write_record(each) for each in interactions], provenance)
    return path


def folder_of(folder: Path, **shards: Iterable[Interaction]) -> Path:
    """A recording with an index, a cassette a name."""
    for name, interactions in shards.items():
        save(folder / f"{name}.yaml", interactions, recorded="2026-01-01")
    finish(folder, {"recorded": "2026-01-01"})
    return folder
