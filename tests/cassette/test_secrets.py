"""Secrets that a service and its client send are in no file, no index, no log and no error of a recording."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from pathlib import Path
from urllib.parse import quote, quote_plus

import httpx2
import pytest

from fbench.cassette import CassetteTransport, Library, finish
from fbench.cassette.format.reader import CassetteReader
from fbench.cassette.scrub.detect import find_secrets
from fbench.cassette.scrub.scrubber import Scrubber
from fbench.cassette.tools.check import check_recordings
from fbench.clock import NoWait
from fbench.errors import CassetteMiss, ProviderFailed
from fbench.providers import Sampling, connect, profile_of
from fbench.providers.connection import Connection
from tests.cassette.clients import BASE, URL, Counting, opened
from tests.cassette.planted import BY_FORM, LEFT, PLANTED
from tests.cassette.positions import POSITIONS, SAID, joined, recorded_at, written_by_hand
from tests.cassette.recordings import asked, save

FORMS = sorted(PLANTED)[::3]
"""A third of them: each takes recordings of its own."""


def talk(transport: httpx2.BaseTransport, text: str, *, prompt: str = "Hi") -> None:
    """Sends a text in the URL, in headers and in bodies of several kinds; and a prompt."""
    client = httpx2.Client(transport=transport, headers={"authorization": "Bearer sk-fake"})
    odd = text.replace("\n", " ").encode("ascii", "replace").decode()
    client.get(f"{URL}/files?after={quote(text)}", headers={"x-request-id": odd, "cookie": odd})
    client.post(
        f"{URL}/json",
        json={"messages": [{"role": "user", "content": prompt}], "note": text, "inner": json.dumps(text)},
    )
    client.post(f"{URL}/form", files={"file": ("train.jsonl", text.encode())})
    client.post(f"{URL}/text", content=text.encode(), headers={"content-type": "text/plain"})


def service(text: str) -> Counting:
    """Answers with the text: as JSON, in an event, in a header, and in an error."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        odd = text.replace("\n", " ").encode("ascii", "replace").decode()
        headers = {"x-request-id": odd, "set-cookie": odd, "location": f"{URL}/x?at={quote(text)}"}
        if request.url.path.endswith("/json"):
            events = f"data: {json.dumps({'delta': text})}\n\ndata: [DONE]\n\n"
            return httpx2.Response(200, headers={**headers, "content-type": "text/event-stream"}, text=events)
        if request.url.path.endswith("/text"):
            return httpx2.Response(401, headers=headers, json={"error": {"message": f"Wrong: {text}"}})
        return httpx2.Response(200, headers=headers, json={"said": text, "list": [text]})

    return Counting(answer)


GUESSLESS = "plain words that nobody would guess"
ENCODED = {
    "as it is": GUESSLESS,
    "in base64": base64.b64encode(GUESSLESS.encode()).decode(),
    "in base64, among others": base64.b64encode(b"x:" + GUESSLESS.encode() + b".").decode(),
    "in hexadecimal digits": GUESSLESS.encode().hex(),
    "percent-encoded": quote(GUESSLESS),
    "percent-encoded twice": quote(quote(GUESSLESS)),
    "in HTML": "".join(f"&#{ord(letter)};" for letter in GUESSLESS),
}


def has_kept(record: bytes, secret: str) -> bool:
    """Whether a record holds a part of a secret of twelve characters, in any of the notations of bodies."""
    pieces = {secret[at : at + 12] for at in range(max(1, len(secret) - 11))}
    once = {json.dumps(piece)[1:-1] for piece in pieces}
    written = pieces | once | {json.dumps(piece)[1:-1] for piece in once}
    written |= {encode(piece) for piece in [*pieces, *map(quote, pieces)] for encode in (quote, quote_plus)}
    return any(piece.encode() in record for piece in written)


@pytest.mark.parametrize("position", POSITIONS)
def test_no_secret_is_recorded_but_those_that_look_like_anything(tmp_path: Path, position: str) -> None:
    forms = {kind: (text, part or text) for kind, (text, part) in PLANTED.items()}
    forms |= {kind: (text, part) for kind, (text, part, _) in LEFT.items()}
    forms |= {f"known, {kind}": (text, text) for kind, text in ENCODED.items()}
    exchanges = [POSITIONS[position](text) for text, _ in forms.values()]
    records = recorded_at(tmp_path / "a.yaml", exchanges, Scrubber({GUESSLESS: "own"}))
    kept = {
        kind
        for (kind, (_, secret)), record in zip(forms.items(), records, strict=True)
        if has_kept(record, secret)
    }
    assert kept == (set() if position == "userinfo" else set(LEFT))


@pytest.mark.parametrize("position", SAID)
def test_no_token_and_no_known_value_is_recorded_in_prompts_and_answers(
    tmp_path: Path, position: str
) -> None:
    forms = {kind: (PLANTED[kind][0], PLANTED[kind][1] or PLANTED[kind][0]) for kind in sorted(BY_FORM)}
    forms |= {f"known, {kind}": (text, text) for kind, text in ENCODED.items()}
    exchanges = [SAID[position](text) for text, _ in forms.values()]
    recorded_at(tmp_path / "a.yaml", exchanges, Scrubber({GUESSLESS: "own"}))
    reader = CassetteReader(tmp_path / "a.yaml")
    for at, (kind, (_, secret)) in enumerate(forms.items()):
        recorded = reader.interaction(at)
        said = joined(recorded.body.decode()) + joined(recorded.response.body.decode())
        assert not has_kept(said.encode(), secret.splitlines()[0]), kind
        assert "scrubbed" in said, kind
    reader.close()


@pytest.mark.parametrize("position", [*POSITIONS, *SAID])
def test_check_finds_what_would_not_have_been_recorded(tmp_path: Path, position: str) -> None:
    forms = sorted(PLANTED if position in POSITIONS else BY_FORM)[::2]
    put = {**POSITIONS, **SAID}[position]
    written = [put(PLANTED[form][0]) for form in forms]
    if position == "failure":  # vcrpy records none
        failed = [asked(answer={}, failure=each.failure) for each in written]
        path = save(tmp_path / "a.yaml", failed)
    else:
        path = written_by_hand(tmp_path / "a.yaml", written)
    found = {each.record for each in check_recordings(path) if "looks like a secret" in each.what}
    assert {form for number, form in enumerate(forms, 1) if number not in found} == set()


@pytest.mark.parametrize("form", FORMS)
def test_a_secret_that_was_sent_and_answered_is_nowhere(
    tmp_path: Path, form: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    text, part = PLANTED[form]
    secret = part or text
    prompt = f"Is {text} safe?" if form in BY_FORM else "Is it safe?"
    library = Library(tmp_path, "new", provenance={"upstream": "fake", "recorded": "2026-11-21"})
    talk(CassetteTransport(library, service(text)), text, prompt=prompt)
    library.release()
    finish(tmp_path, {"upstream": "fake", "recorded": "2026-11-21"})
    for path in tmp_path.iterdir():
        kept = path.read_text(encoding="utf-8")
        assert secret not in kept
        assert quote(secret, safe="") not in kept
        assert find_secrets(kept) == []
    assert [found for found in check_recordings(tmp_path) if found.severity == "error"] == []
    again = Library(tmp_path, "none")
    talk(CassetteTransport(again), text, prompt=prompt)
    with pytest.raises(CassetteMiss) as missed:
        httpx2.Client(transport=CassetteTransport(again)).post(f"{URL}/json", json={"other": text})
    assert secret not in str(missed.value)
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("fbench")]
    assert secret not in "".join(ours)


@pytest.mark.parametrize("form", FORMS)
def test_what_a_service_complains_of_reaches_no_error(form: str) -> None:
    text, part = PLANTED[form]
    secret = part or text

    class Refusing(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            return httpx2.Response(401, json={"error": {"message": f"Wrong: {text}"}}, request=request)

    upstream = Connection("live", Refusing(), NoWait(), {"OPENAI_API_KEY": "sk-fake-0123456789"})

    async def ask() -> None:
        provider = connect(upstream, profile_of(f"openai:{BASE}")[0])
        try:
            await provider.ask(BASE, "hi", Sampling())
        finally:
            await provider.close()

    with pytest.raises(ProviderFailed) as failed:
        asyncio.run(ask())
    assert secret not in str(failed.value)
    assert "asking" in str(failed.value)


def test_a_replay_never_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([httpx2.Response(429, headers={"retry-after": "30"}, json={"error": {"message": "slow"}})])
    good = {
        "id": "c",
        "object": "chat.completion",
        "created": 1,
        "model": BASE,
        "choices": [
            {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "yes"}}
        ],
    }
    inner = Counting(lambda _: next(answers, httpx2.Response(200, json=good)))

    class Async(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            return inner.handle_request(request)

    waits: list[float] = []
    pause = asyncio.sleep

    async def noted(seconds: float) -> None:
        waits.append(seconds)
        await pause(0)

    monkeypatch.setattr(asyncio, "sleep", noted)

    async def ask(transport: httpx2.AsyncBaseTransport) -> str:
        upstream = Connection("replay", transport, NoWait(), {"OPENAI_API_KEY": "sk-fake"})
        provider = connect(upstream, profile_of(f"openai:{BASE}")[0])
        reply = await provider.ask(BASE, "hi", Sampling())
        await provider.close()
        return reply.text

    path = tmp_path / "slow.yaml"
    cassette = opened(path, "new")
    assert asyncio.run(ask(CassetteTransport(cassette, Async()))) == "yes"
    cassette.close()
    assert "code: 429" in path.read_text(encoding="utf-8")
    waits.clear()
    assert asyncio.run(ask(CassetteTransport(opened(path)))) == "yes"
    assert set(waits) <= {0}
