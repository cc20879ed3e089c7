"""What models and their users say is kept as it was said, but for tokens by their form and known secrets."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fbench.cassette import Cassette, CassetteTransport, older_in
from fbench.cassette.scrub.conversation import content_spans
from fbench.cassette.scrub.detect import find_secrets_in_body, find_secrets_in_words, own_of
from fbench.cassette.scrub.placeholders import Keeper, KeptAnswer
from fbench.cassette.scrub.scrubber import Scrubber
from fbench.cassette.tools.check import check_recordings
from fbench.cassette.tools.clean import clean_recordings
from fbench.errors import CassetteMiss
from fbench.testing.strategies import hostile_texts
from tests.cassette.clients import Counting, asked, chat, opened
from tests.cassette.planted import BY_FORM, KNOWN, PLANTED
from tests.cassette.recordings import asked as call
from tests.cassette.recordings import save

JSON, EVENTS, LINES = "application/json", "text/event-stream", "application/jsonl"
SCRUB = Scrubber()
OUTSIDE = {"user": "dora-0815", "metadata": {"owner": "bob@acme-corp.com"}}
GONE = ("dora-0815", "bob@acme-corp.com")


def turns(text: str) -> list[dict[str, Any]]:
    return [{"role": "system", "content": "Be brief."}, {"role": "user", "content": text}]


def generated(text: str) -> dict[str, Any]:
    part = {"content": {"role": "model", "parts": [{"text": text}]}, "finishReason": "STOP"}
    return {"candidates": [part], "modelVersion": "gemini"}


def completed(text: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": text, "refusal": None}
    return {"id": "chatcmpl-1", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}


def called(text: str) -> dict[str, Any]:
    call = {"id": "call_1", "type": "function", "function": {"name": "log", "arguments": text}}
    return {"choices": [{"index": 0, "message": {"role": "assistant", "tool_calls": [call]}}]}


def answered(text: str) -> dict[str, Any]:
    said: dict[str, Any] = {"type": "output_text", "text": text, "annotations": []}
    message: dict[str, Any] = {"type": "message", "id": "msg_1", "role": "assistant", "content": [said]}
    return {"object": "response", "model": "m", "instructions": text, "output": [message]}


def lines(*values: Any) -> str:
    return "".join(json.dumps(value) + "\n" for value in values)


def events(*values: Any) -> str:
    return "".join(f"data: {json.dumps(value)}\n\n" for value in values) + "data: [DONE]\n\n"


def upload(text: str) -> str:
    head = '--x\r\nContent-Disposition: form-data; name="file"; filename="t.jsonl"\r\n\r\n'
    return f"{head}{text}\r\n--x--\r\n"


WORDS: dict[str, tuple[str, Callable[[str], str]]] = {
    # a body in which the text is what was said; OUTSIDE stands around it where the body has room for it
    "chat": (JSON, lambda t: json.dumps({"model": "m", "messages": turns(t), **OUTSIDE})),
    "chat, in parts": (
        JSON,
        lambda t: json.dumps(
            {"messages": [{"role": "user", "content": [{"type": "text", "text": t}]}], **OUTSIDE}
        ),
    ),
    "completion": (JSON, lambda t: json.dumps({**completed(t), **OUTSIDE}, indent=2)),
    "refusal": (
        JSON,
        lambda t: json.dumps({"choices": [{"message": {"role": "assistant", "refusal": t}}], **OUTSIDE}),
    ),
    "tool call": (JSON, lambda t: json.dumps({**called(t), **OUTSIDE})),
    "response": (JSON, lambda t: json.dumps({**answered(t), **OUTSIDE})),
    "question to responses": (JSON, lambda t: json.dumps({"model": "m", "input": t, **OUTSIDE})),
    "turns to responses": (JSON, lambda t: json.dumps({"model": "m", "input": turns(t), **OUTSIDE})),
    "Gemini's question": (
        JSON,
        lambda t: json.dumps(
            {
                "contents": [{"role": "user", "parts": [{"text": t}]}],
                "systemInstruction": {"parts": [{"text": t}]},
                **OUTSIDE,
            }
        ),
    ),
    "Gemini's answer": (JSON, lambda t: json.dumps({**generated(t), **OUTSIDE}, ensure_ascii=False)),
    "Gemini's call": (
        JSON,
        lambda t: json.dumps(
            {
                "candidates": [
                    {"content": {"parts": [{"functionCall": {"name": "f", "args": {"password": t}}}]}}
                ],
                **OUTSIDE,
            }
        ),
    ),
    "old completion": (
        JSON,
        lambda t: json.dumps({"model": "m", "prompt": t, "choices": [{"text": t}], **OUTSIDE}),
    ),
    "stream": (
        EVENTS,
        lambda t: events(
            {"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]},
            {"choices": [{"index": 0, "delta": {"content": t}}], **OUTSIDE},
        ),
    ),
    "stream of a response": (
        EVENTS,
        lambda t: (
            f"event: response.output_text.delta\ndata: "
            f"{json.dumps({'type': 'response.output_text.delta', 'delta': t, **OUTSIDE})}\n\n"
            f"event: response.completed\ndata: "
            f"{json.dumps({'type': 'response.completed', 'response': answered(t)})}\n\n"
        ),
    ),
    "Gemini's stream": (
        EVENTS,
        lambda t: f"data: {json.dumps({**generated(t), **OUTSIDE})}\r\n\r\n",
    ),
    "Gemini's stream, as a list": (
        JSON,
        lambda t: f"[{json.dumps(generated('Well'))}\n,\r\n{json.dumps({**generated(t), **OUTSIDE})}\n]",
    ),
    "training file": (LINES, lambda t: lines({"messages": turns(t)}, {"messages": turns(t), **OUTSIDE})),
    "Vertex's training file": (
        LINES,
        lambda t: lines({"contents": [{"role": "user", "parts": [{"text": t}]}], **OUTSIDE}),
    ),
    "preferences": (
        LINES,
        lambda t: lines({"input": {"messages": turns(t)}, "preferred_output": turns(t), **OUTSIDE}),
    ),
    "old training file": (LINES, lambda t: lines({"prompt": t, "completion": t, **OUTSIDE})),
    "upload": (
        "multipart/form-data; boundary=x",
        lambda t: upload(lines({"messages": turns(t)}, {"messages": turns(t), **OUTSIDE})),
    ),
    "batch": (
        LINES,
        lambda t: lines(
            {"custom_id": "1", "url": "/v1/chat/completions", "body": {"messages": turns(t), **OUTSIDE}}
        ),
    ),
    "batch's answers": (
        LINES,
        lambda t: lines({"custom_id": "1", "response": {"body": {**completed(t), **OUTSIDE}}}),
    ),
    "Vertex's batch": (
        LINES,
        lambda t: lines({"request": {"contents": turns(t)}, "response": generated(t), **OUTSIDE}),
    ),
}

PRIVATE = [
    *(text for form, (text, _) in PLANTED.items() if form not in {*BY_FORM, "AWS authorization"}),
    "git@github.com:acme/core.git",
    '{"account": "acme", "nested": "{\\"password\\": \\"open sesame\\"}"}',
    "https://x.test/?user=alice&token=0123456789abcdef%2Fxyz and 50%25",
    "QmVkcm9ja0FQSUtleS1CZWRyb2Nr",
]


def said_in(body: str, text: str) -> int:
    """How often a text stands in a body's JSON strings, whole."""
    found = 0

    def count(value: object) -> None:
        nonlocal found
        if isinstance(value, dict):
            for each in cast("dict[str, object]", value).values():
                count(each)
        elif isinstance(value, list):
            for each in cast("list[object]", value):
                count(each)
        else:
            found += value == text

    try:
        count(json.loads(body))
    except ValueError:
        for line in body.splitlines():
            if (line := line.removeprefix("data: ")).startswith("{"):
                count(json.loads(line))
    return found


@pytest.mark.parametrize("place", WORDS)
def test_what_is_said_stays_and_what_stands_around_it_goes(place: str) -> None:
    kind, put = WORDS[place]
    for text in PRIVATE:
        body = put(text)
        kept = SCRUB.body(body.encode(), kind).decode()
        assert said_in(kept, text) == said_in(body, text) > 0
        assert not any(gone in kept for gone in GONE)
        assert SCRUB.body(kept.encode(), kind).decode() == kept
        assert find_secrets_in_body(kept) == []
        assert {found.kind for found in find_secrets_in_body(body)} == {"identity by name", "e-mail address"}


@pytest.mark.parametrize("place", WORDS)
def test_a_token_goes_from_what_is_said_too(place: str) -> None:
    kind, put = WORDS[place]
    for secret, part in (PLANTED[form] for form in sorted(BY_FORM)):
        for text in (f"Take {secret}!", f"see %3A{quote(secret, safe='')}%3A"):
            body = put(text)
            kept = SCRUB.body(body.encode(), kind).decode()
            for hidden in (part or secret, quote(part or secret, safe="")):
                assert hidden not in kept
            assert find_secrets_in_body(kept) == []
            assert len(find_secrets_in_body(body)) > 2


@pytest.mark.parametrize("place", WORDS)
def test_a_known_secret_goes_from_what_is_said_too(place: str) -> None:
    kind, put = WORDS[place]
    kept = Scrubber(KNOWN).body(put('a "Acme/prod+42!x" b').encode(), kind).decode()
    assert "scrubbed-project" in kept
    assert "Acme" not in kept


def test_files_and_pictures_of_a_message_are_not_its_words() -> None:
    picture = {"type": "image_url", "image_url": {"url": "https://x.test/o?X-Goog-Signature=0123456789"}}
    file = {"fileData": {"fileUri": "gs://acme-tuning-data/cat.png"}}
    asked = {"messages": [{"role": "user", "content": [{"type": "text", "text": "a@b.test"}, picture]}]}
    kept = SCRUB.body(json.dumps([asked, {"role": "user", "parts": [file]}]).encode(), JSON).decode()
    assert "a@b.test" in kept
    assert "0123456789" not in kept
    assert "acme-tuning-data" not in kept


@pytest.mark.parametrize(
    "body",
    [
        '{"error": {"message": "Wrong: alice@acme-corp.com", "param": "messages"}}',
        '{"messages": "alice@acme-corp.com"}',
        '{"delta": "alice@acme-corp.com"}',
        '{"type": "audit", "text": "alice@acme-corp.com"}',
        '{"role": "owner", "email": "alice@acme-corp.com"}',
        '{"choices": ["alice@acme-corp.com"]}',
        '{"input": "alice@acme-corp.com", "output": "alice@acme-corp.com"}',
        '{"messages": [{"role": "user", "content": "alice@acme-corp.com"}',
        "content: alice@acme-corp.com",
    ],
)
def test_what_merely_has_such_a_name_is_scrubbed_as_before(body: str) -> None:
    assert content_spans(body) == []
    assert SCRUB.body(body.encode(), JSON) == SCRUB.older.body(body.encode(), JSON)
    assert "alice" not in SCRUB.body(body.encode(), JSON).decode()


@pytest.mark.parametrize(
    "piece", ["[\n", '{"a":\n', "[[", '{"role": "x", "content": [', 'data: {"a": "', "\n[1,", "{}\n"]
)
def test_hostile_bodies_cost_in_proportion_to_their_length(piece: str) -> None:
    body = f"alice@acme-corp.com {piece * (20_000 // len(piece))}".encode()
    assert b"alice" not in SCRUB.body(body, JSON)


@given(
    st.lists(st.one_of(st.sampled_from(PRIVATE), st.text(), hostile_texts()), min_size=1, max_size=4),
    st.sampled_from(sorted(WORDS)),
)
def test_any_text_without_a_token_stays_byte_for_byte(pieces: list[str], place: str) -> None:
    text = " ".join(pieces).encode(errors="replace").decode()
    kind, put = WORDS[place]
    if find_secrets_in_words(text):
        return
    body = put(text)
    kept = SCRUB.body(body.encode(), kind)
    assert content_spans(kept.decode()) or not content_spans(body)
    for (start, end), (left, right) in zip(content_spans(body), content_spans(kept.decode()), strict=True):
        assert kept.decode()[left:right] == body[start:end]
    assert Keeper(SCRUB)(text) in (KeptAnswer(text), KeptAnswer(text, "replaced"))


OWN = "sk-test-51Hk2AbCdEfGhIjKlMnOpQr"


@pytest.mark.parametrize("text", ["{}", "**{}**", "It is {}.", "`{}`", "_{}_", "see?q=%22{}%22"])
def test_a_value_of_the_dataset_is_no_secret_whatever_its_form(text: str) -> None:
    own = own_of([f"The test key is {OWN}.", "nothing"])
    scrub = Scrubber({"opensesame": "project"}, own=own)
    said = text.format(OWN)
    assert scrub.words(said) == said
    assert find_secrets_in_words(said, own) == []
    assert scrub.words(f"{said} {OWN}x").count(OWN) == said.count(OWN)
    assert OWN not in scrub.text(said)
    assert Scrubber({OWN: "openai-key"}, own=own).words(OWN) == "scrubbed-openai-key"


def test_a_test_that_records_an_address_is_answered_the_same(tmp_path: Path) -> None:
    path, prompt = tmp_path / "a.yaml", "git@github.com:acme/core.git belongs to alice@acme-corp.com"
    cassette = opened(path, "new")
    assert chat(asked(cassette, Counting()), prompt) == prompt
    cassette.close()
    assert chat(asked(opened(path)), prompt) == prompt
    assert check_recordings(path) == []


def test_a_cassette_by_older_rules_is_found_by_them(tmp_path: Path) -> None:
    body = {"messages": [{"role": "user", "content": "Who is alice@acme-corp.com?"}]}
    old = json.loads(SCRUB.older.body(json.dumps(body).encode(), JSON))
    assert old != body
    new = {"messages": [{"role": "user", "content": "And bob@acme-corp.com?"}]}
    save(tmp_path / "old.yaml", [call(body=old, answer={"said": "A"})])

    def ask(mode: Any, what: object) -> str:
        cassette = opened(tmp_path / "old.yaml", mode)
        inner = Counting(lambda _: httpx2.Response(200, json={"said": "B"}))
        with httpx2.Client(transport=CassetteTransport(cassette, inner)) as client:
            said = client.post("https://api.openai.com/v1/chat/completions", json=what).json()["said"]
        cassette.close()
        return said

    assert ask("none", body) == "A"
    assert [ask("new", body), ask("new", new)] == ["A", "B"]
    assert [ask("none", body), ask("none", new)] == ["A", "B"]
    kept = (tmp_path / "old.yaml").read_text(encoding="utf-8")
    assert "bob@acme-corp.com" in kept
    assert "rules:" not in kept


def test_a_recording_anew_plays_nothing_by_older_rules(tmp_path: Path) -> None:
    save(tmp_path / "old.yaml", [])
    assert older_in(tmp_path)
    assert older_in(tmp_path, "new")
    assert not older_in(tmp_path, "all")
    (tmp_path / "torn.yaml.part").write_bytes((tmp_path / "old.yaml").read_bytes()[:99])
    assert not older_in(tmp_path, "all")
    (tmp_path / "torn.yaml.part").write_bytes((tmp_path / "old.yaml").read_bytes())
    assert older_in(tmp_path, "all")
    save(tmp_path / "old.yaml", [], rules=2)
    (tmp_path / "torn.yaml.part").unlink()
    assert not older_in(tmp_path)


def test_cleaning_keeps_what_was_said(tmp_path: Path) -> None:
    body = {"messages": [{"role": "user", "content": "Who is alice@acme-corp.com?"}], **OUTSIDE}
    answer = completed("alice@acme-corp.com")
    save(tmp_path / "a.yaml", [call(body=body, answer=answer, tag="base alice@acme-corp.com")])
    done = clean_recordings(tmp_path / "a.yaml", tmp_path / "b.yaml", SCRUB)
    kept = (tmp_path / "b.yaml").read_text(encoding="utf-8")
    assert kept.count("alice@acme-corp.com") == 3
    assert not any(gone in kept for gone in GONE)
    assert done.kinds == {"identity by name": 1, "e-mail address": 1}
    assert check_recordings(tmp_path / "b.yaml") == []


def test_another_value_in_the_place_of_a_secret_is_another_request(tmp_path: Path) -> None:
    """Of a test's cassette nobody knows that its prompts are those of then."""
    cassette = Cassette(tmp_path / "a.yaml", "new", scrub=Scrubber({"k3y-of-acme": "openai-key"}))
    assert chat(asked(cassette, Counting()), "Is k3y-of-acme good?") == "Is k3y-of-acme good?"
    cassette.close()
    again = asked(opened(tmp_path / "a.yaml"))
    with pytest.raises(CassetteMiss):
        chat(again, "Is some-other good?")


@pytest.mark.parametrize("text", ["sk\\u002dAbCdEfGhIjKlMnOpQrSt1234", "sk%2DAbCdEfGhIjKlMnOpQrSt1234"])
def test_a_token_that_is_coded_is_found_in_what_is_said(text: str) -> None:
    body = '{"messages": [{"role": "user", "content": "Is it TEXT?"}]}'.replace("TEXT", text)
    assert [found.kind for found in find_secrets_in_body(body)] == ["OpenAI key"]
    assert find_secrets_in_body(SCRUB.body(body.encode(), JSON).decode()) == []
    assert own_of([text.replace("\\u002d", "-")]) == own_of(["sk-AbCdEfGhIjKlMnOpQrSt1234"])


def test_a_finding_says_where_in_the_body_it_is() -> None:
    token = "sk-AbCdEfGhIjKlMnOpQrSt1234"
    said = f'{{"role": "user", "content": "a@b.test, {token}"}}'
    body = f'{{"messages": [\n {said}\n], "user": "dora-0815"}}'
    found = find_secrets_in_body(body)
    assert [each.where for each in found] == [
        f"line 2, column {body.splitlines()[1].index(token) + 1}",
        f"line 3, column {body.splitlines()[2].index('dora') + 1}",
    ]


OLD = Scrubber().older


@pytest.mark.parametrize(
    ("said", "becomes"),
    [
        ("alice@acme-corp.com", "restored"),
        ('It is {"account": "acme", "password": "open sesame"}.', "restored"),
        (OWN, "restored"),
        ("bob@acme-corp.com", "replaced"),
        ("alice@acme-corp.com, not bob@acme-corp.com", "replaced"),
        ('{"account": "acmes"}', "replaced"),
        ("scrubbed-openai-key", "replaced"),
        (f"the name is {Scrubber().placeholder('acme')}", "replaced"),  # where no rule finds the value
        ("plain words, scrubbed", ""),
        ("scrubbed-1a2b3c4d", ""),
    ],
)
def test_what_older_rules_replaced_is_put_back_where_it_is_of_the_dataset(said: str, becomes: str) -> None:
    texts = [
        "alice@acme-corp.com",
        '{"account": "acme", "password": "open sesame"}',
        f"key {OWN}",
        "scrubbed-1a2b3c4d is a name",
    ]
    recorded = json.loads(OLD.text(json.dumps({"content": said})))["content"]
    keep = Keeper(SCRUB, texts, older=True)
    assert keep(recorded) == KeptAnswer(said if becomes != "replaced" else recorded, becomes)  # pyright: ignore[reportArgumentType] - a case's text
    assert keep(keep(recorded).text).text == keep(recorded).text
    newer = Keeper(SCRUB, texts)(recorded)
    assert newer == KeptAnswer(recorded, "" if recorded == said and not becomes else "replaced")


def test_values_that_one_placeholder_stands_for_are_not_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Scrubber, "_digest", lambda *_: "00000000")  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType] - any arguments
    keep = Keeper(Scrubber(), ["alice@acme-corp.com", "bob@acme-corp.com"], older=True)
    recorded = Scrubber().older.text("alice@acme-corp.com")
    assert keep(recorded) == KeptAnswer(recorded, "replaced")
