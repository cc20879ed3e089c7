"""Positions of a recording: where a request, its response or its failure can carry a text."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import httpx2
import yaml

from fbench.cassette import Cassette, CassetteTransport
from fbench.cassette.scrub.scrubber import Scrubber

__all__ = ["POSITIONS", "SAID", "Exchange", "joined", "recorded_at", "written_by_hand"]

_JSON = "application/json"


class Exchange(NamedTuple):
    """A request and what comes of it."""

    url: str = "https://api.test/v1/ask"
    sent: bytes = b""
    kind: str = _JSON
    headers: tuple[tuple[str, str], ...] = ()
    status: int = 200
    reason: str = "OK"
    answer: bytes = b"{}"
    answer_kind: str = _JSON
    answer_headers: tuple[tuple[str, str], ...] = ()
    failure: str = ""


def _line(text: str) -> str:
    return text.replace("\n", " ").encode("ascii", "replace").decode()


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def _part(text: str) -> bytes:
    part = f'Content-Disposition: form-data; name="note"; filename="a.txt"\r\n\r\n{text}'
    return f"--edge-of-part\r\n{part}\r\n--edge-of-part--\r\n".encode()


def _page(text: str) -> bytes:
    return f"<html><body><p>Refused: {text}</p></body></html>".encode()


POSITIONS: dict[str, Callable[[str], Exchange]] = {
    "path": lambda t: Exchange(f"https://api.test/v1/{quote(t, safe='')}/z"),
    "query": lambda t: Exchange(f"https://api.test/v1?a=1&q={quote(t, safe='')}&z=2"),
    "userinfo": lambda t: Exchange(f"https://me:{quote(t, safe='')}@api.test/v1"),
    "header of a request": lambda t: Exchange(headers=(("x-request-id", _line(t)),)),
    "header of a response": lambda t: Exchange(
        answer_headers=(("x-request-id", _line(t)), ("location", f"/x?at={quote(t)}"))
    ),
    "field of a request": lambda t: Exchange(sent=_json({"note": t, "list": [t]})),
    "field of a response": lambda t: Exchange(answer=_json({"error": {"message": t}})),
    "JSON in JSON": lambda t: Exchange(
        sent=_json({"n": json.dumps({"note": t})}), answer=_json({"n": json.dumps({"note": t})})
    ),
    "form": lambda t: Exchange(
        sent=urlencode({"a": t, "b": 1}).encode(), kind="application/x-www-form-urlencoded"
    ),
    "part of a form": lambda t: Exchange(sent=_part(t), kind="multipart/form-data; boundary=edge-of-part"),
    "JSON lines": lambda t: Exchange(
        sent=_json([t]) + b"\n" + _json([t]), kind="application/jsonl", answer=_json([t]) + b"\n" + _json([t])
    ),
    "JSON of other encoders": lambda t: Exchange(
        sent=_json({"note": json.dumps(t)}).replace(b"/", b"\\/"),
        answer=json.dumps({"note": json.dumps({"n": t})}).replace('\\"', "\\u0022").encode(),
    ),
    "link in a field": lambda t: Exchange(answer=_json({"next": f"/x?{urlencode({'at': quote(t)})}"})),
    "event": lambda t: Exchange(
        answer=f"event: x\ndata: {json.dumps({'t': t})}\n\n".encode(), answer_kind="text/event-stream"
    ),
    "page": lambda t: Exchange(
        sent=t.encode(), kind="text/plain", status=401, answer=_page(t), answer_kind="text/html"
    ),
    "reason": lambda t: Exchange(status=401, reason=_line(f"Refused ({t})")),
    "failure": lambda t: Exchange(failure=_line(f"cannot connect: {t}")),
    "packed request": lambda t: Exchange(
        sent=gzip.compress(_json({"note": t})), headers=(("content-encoding", "gzip"),)
    ),
    "packed response": lambda t: Exchange(
        answer=gzip.compress(_json({"note": t})), answer_headers=(("content-encoding", "gzip"),)
    ),
}
"""Where all forms of secrets count."""


def _in_deltas(text: str) -> bytes:
    """A stream of a chat whose answer comes three characters at a time."""
    pieces = [text[at : at + 3] for at in range(0, len(text), 3)]
    chunks = [{"choices": [{"index": 0, "delta": {"content": piece}}]} for piece in ("It is ", *pieces, ".")]
    return "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks).encode() + b"data: [DONE]\n\n"


def _in_responses(text: str) -> bytes:
    """A stream of a response, two characters at a time."""
    deltas = [text[at : at + 2] for at in range(0, len(text), 2)]
    events = [{"type": "response.output_text.delta", "delta": delta} for delta in deltas]
    return "".join(f"event: {each['type']}\ndata: {json.dumps(each)}\n\n" for each in events).encode()


def _cut(text: str) -> list[str]:
    return [text[at : at + 5] for at in range(0, len(text), 5)]


def _in_messages(text: str) -> bytes:
    """A stream of Anthropic's."""
    events = [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": each}}
        for each in _cut(text)
    ]
    return "".join(f"event: {each['type']}\ndata: {json.dumps(each)}\n\n" for each in events).encode()


def _in_arguments(text: str) -> bytes:
    """A stream with a call of a tool, whose arguments are JSON in pieces."""
    calls = [
        [{"index": 0, "function": {"arguments": each}}] for each in ('{"key": "', *_cut(text.strip()), '"}')
    ]
    chunks = [{"choices": [{"index": 0, "delta": {"tool_calls": each}}]} for each in calls]
    return "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks).encode()


def _in_lines(text: str) -> bytes:
    """A stream of Ollama's: JSON lines."""
    chunks = [{"message": {"role": "assistant", "content": each}, "done": False} for each in _cut(text)]
    return "".join(json.dumps(chunk) + "\n" for chunk in chunks).encode()


def _in_chunks(text: str) -> bytes:
    """A stream of Gemini's without events: the chunks of one JSON list."""
    parts = [{"role": "model", "parts": [{"text": each}]} for each in ("It is ", *_cut(text))]
    return _json([{"candidates": [{"index": 0, "content": each}]} for each in parts])


def _in_logprobs(text: str) -> bytes:
    """An answer with the probabilities of its tokens of four characters, and their bytes."""
    tokens = [text[at : at + 4] for at in range(0, len(text), 4)]
    listed = [{"token": token, "logprob": -0.1, "bytes": [*token.encode()]} for token in tokens]
    message = {"role": "assistant", "content": "no"}
    return _json({"choices": [{"message": message, "logprobs": {"content": listed}}]})


def _training(text: str) -> bytes:
    line = _json({"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": text}]})
    return line + b"\n" + line


SAID: dict[str, Callable[[str], Exchange]] = {
    "prompt": lambda t: Exchange(
        sent=_json({"model": "m", "messages": [{"role": "user", "content": f"Use {t} now"}]})
    ),
    "answer": lambda t: Exchange(
        answer=_json({"choices": [{"message": {"role": "assistant", "content": f"It is {t}."}}]})
    ),
    "training file": lambda t: Exchange(sent=_training(t), kind="application/jsonl"),
    "deltas": lambda t: Exchange(answer=_in_deltas(t), answer_kind="text/event-stream"),
    "messages": lambda t: Exchange(answer=_in_messages(t), answer_kind="text/event-stream"),
    "arguments": lambda t: Exchange(answer=_in_arguments(t), answer_kind="text/event-stream"),
    "lines": lambda t: Exchange(answer=_in_lines(t), answer_kind="application/x-ndjson"),
    "list of chunks": lambda t: Exchange(answer=_in_chunks(t)),
    "response deltas": lambda t: Exchange(answer=_in_responses(t), answer_kind="text/event-stream"),
    "logprobs": lambda t: Exchange(answer=_in_logprobs(t)),
}
"""Prompts and answers, whole and in pieces, where only tokens and known values count."""


def recorded_at(path: Path, exchanges: list[Exchange], scrub: Scrubber) -> list[bytes]:
    """What the file of a cassette holds of each of these exchanges, recorded one after the other."""
    coming: Iterator[Exchange] = iter(exchanges)

    def answer(_: httpx2.Request) -> httpx2.Response:
        each = next(coming)
        if each.failure:
            raise httpx2.ConnectError(each.failure)
        return httpx2.Response(
            each.status,
            headers=[("content-type", each.answer_kind), *each.answer_headers],
            stream=httpx2.ByteStream(each.answer),
            extensions={"reason_phrase": each.reason.encode()},
        )

    cassette = Cassette(path, "new", scrub=scrub, provenance={"upstream": "fake", "recorded": "2026-11-21"})
    transport = CassetteTransport(cassette, httpx2.MockTransport(answer))
    for number, each in enumerate(exchanges):
        headers = [("content-type", each.kind), *each.headers, ("x-number", str(number))]
        request = httpx2.Request("POST", each.url, headers=headers, content=each.sent)
        try:
            transport.handle_request(request).read()
        except httpx2.ConnectError:
            assert each.failure
    cassette.close()
    return path.read_bytes().split(b"\n- key: ")[1:]


def joined(body: str) -> str:
    """All texts of a body one after the other, and its bytes, as somebody would put them together."""
    try:
        values = [json.loads(body or "{}")]
    except ValueError:
        lines = [line.removeprefix("data: ") for line in body.splitlines()]
        values = [json.loads(line) for line in lines if line.startswith("{")]
    texts, raw = "", b""
    left: list[Any] = values[::-1]
    while left:
        value = left.pop()
        if isinstance(value, str):
            texts += value
        elif isinstance(value, int) and 0 <= value < 256:
            raw += bytes([value])
        elif isinstance(value, dict | list):
            inner: list[Any] = [*value.values()] if isinstance(value, dict) else [*value]
            left += inner[::-1]
    return texts + raw.decode(errors="replace")


def written_by_hand(path: Path, exchanges: list[Exchange]) -> Path:
    """A file as vcrpy writes it, with these exchanges as they are."""

    def headers(kind: str, more: tuple[tuple[str, str], ...]) -> dict[str, list[str]]:
        return {"content-type": [kind], **{name: [value] for name, value in more}}

    def content(body: bytes) -> str | bytes:
        try:
            return body.decode()
        except UnicodeDecodeError:
            return body

    rows: list[dict[str, Any]] = [
        {
            "request": {
                "method": "POST",
                "uri": each.url,
                "headers": headers(each.kind, each.headers),
                "body": content(each.sent),
            },
            "response": {
                "status": {"code": each.status, "message": each.reason},
                "headers": headers(each.answer_kind, each.answer_headers),
                "body": {"string": content(each.answer)},
            },
        }
        for each in exchanges
    ]
    path.write_text(yaml.safe_dump({"interactions": rows, "version": 1}), encoding="utf-8")
    return path
