"""What is recorded holds no secret: each form, in each place where a request or a response can carry it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fbench.cassette.scrub.detect import find_secrets, find_secrets_in_body
from fbench.cassette.scrub.scrubber import Scrubber, from_environ
from fbench.datasets import open_dataset
from tests.cassette.planted import BY_FORM, JWT, KNOWN, PLANTED

JSON = "application/json"
ROOT = Path(__file__).resolve().parents[2]
SCRUB = Scrubber()


def in_body(text: str, kind: str) -> str:
    return SCRUB.body(text.encode(), kind).decode()


def in_parts(text: str) -> str:
    return f'--x\r\nContent-Disposition: form-data; name="note"\r\n\r\n{text}\r\n--x--\r\n'


def header(text: str) -> str:
    return json.dumps(SCRUB.headers([("X-Request-Id", text), ("X-Else", text)], response=True))


PLACES: dict[str, tuple[Callable[[str], str], Callable[[str], str]]] = {
    # how the text is put there, and what scrubs it there
    "query": (lambda t: f"https://api.test/v1?a=1&q={quote(t, safe='')}&z=2", SCRUB.url),
    "path": (lambda t: f"https://api.test/v1/{quote(t, safe='')}/z", SCRUB.url),
    "header": (lambda t: t, header),
    "field": (lambda t: json.dumps({"note": t}), lambda t: in_body(t, JSON)),
    "JSON in JSON": (lambda t: json.dumps({"n": json.dumps({"note": t})}), lambda t: in_body(t, JSON)),
    "event": (
        lambda t: f"event: x\ndata: {json.dumps({'t': t})}\n\n",
        lambda t: in_body(t, "text/event-stream"),
    ),
    "JSON lines": (
        lambda t: json.dumps([t]) + "\n" + json.dumps([t]) + "\n",
        lambda t: in_body(t, "application/jsonl"),
    ),
    "part": (in_parts, lambda t: in_body(t, "multipart/form-data; boundary=x")),
    "form": (
        lambda t: f"a={quote(t, safe='')}&b=1",
        lambda t: in_body(t, "application/x-www-form-urlencoded"),
    ),
    "message": (lambda t: f"Refused ({t}), try again.", SCRUB.text),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("form", PLANTED)
def test_a_planted_secret_is_found_and_goes(form: str, place: str) -> None:
    text, secret = PLANTED[form]
    put, scrub = PLACES[place]
    planted = put(text)
    clean = scrub(planted)
    secret = text if secret is None else secret
    assert find_secrets(planted)
    assert secret not in clean
    assert quote(secret, safe="") not in clean
    assert json.dumps(secret)[1:-1] not in clean
    assert find_secrets(clean) == []
    assert scrub(clean) == clean or place == "header"


def in_deltas(text: str) -> str:
    """A stream of a chat whose answer comes three characters at a time."""
    pieces = [text[at : at + 3] for at in range(0, len(text), 3)]
    chunks = [{"choices": [{"index": 0, "delta": {"content": piece}}]} for piece in ("It is ", *pieces, ".")]
    return "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"


def in_responses(text: str) -> str:
    """A stream of a response, two characters at a time."""
    deltas = [text[at : at + 2] for at in range(0, len(text), 2)]
    events = [{"type": "response.output_text.delta", "delta": delta} for delta in deltas]
    return "".join(f"event: {each['type']}\ndata: {json.dumps(each)}\n\n" for each in events)


def in_logprobs(text: str) -> str:
    """An answer with the probabilities of its tokens of four characters, and their bytes."""
    tokens = [text[at : at + 4] for at in range(0, len(text), 4)]
    listed = [{"token": token, "logprob": -0.1, "bytes": [*token.encode()]} for token in tokens]
    choice = {"message": {"role": "assistant", "content": "no"}, "logprobs": {"content": listed}}
    return json.dumps({"choices": [choice]})


SAID: dict[str, Callable[[str], str]] = {
    "prompt": lambda t: json.dumps({"model": "m", "messages": [{"role": "user", "content": f"Use {t} now"}]}),
    "answer": lambda t: json.dumps(
        {"choices": [{"message": {"role": "assistant", "content": f"It is {t}."}}]}
    ),
    "deltas": in_deltas,
    "response deltas": in_responses,
    "logprobs": in_logprobs,
}


def joined(body: str) -> str:
    """All texts of a body one after the other, and its bytes, as somebody would put them together."""
    lines = body.splitlines() if "data: " in body else [f"data: {body}"]
    values = [json.loads(line[6:]) for line in lines if line.startswith("data: {")]
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


@pytest.mark.parametrize("place", SAID)
@pytest.mark.parametrize("form", sorted(BY_FORM))
def test_what_is_a_secret_by_its_form_is_found_and_goes_from_prompts_and_answers(
    form: str, place: str
) -> None:
    text, secret = PLANTED[form]
    body = SAID[place](text)
    clean = SCRUB.body(body.encode(), JSON if place != "deltas" else "text/event-stream").decode()
    told = (secret or text).splitlines()[0]
    assert find_secrets_in_body(body)
    assert told not in joined(clean)
    assert told not in joined(clean).replace('"token"', "")
    assert find_secrets_in_body(clean) == []
    assert SCRUB.body(clean.encode(), JSON).decode() == clean


@pytest.mark.parametrize("place", SAID)
def test_a_known_secret_goes_from_prompts_and_answers(place: str) -> None:
    scrub = Scrubber({"plain words that nobody would guess": "own"})
    clean = scrub.body(SAID[place]("plain words that nobody would guess").encode(), JSON).decode()
    assert "nobody would" not in joined(clean)
    assert "scrubbed-own" in joined(clean)


@pytest.mark.parametrize("text", ["12 July 1851", "AbCdEfGhIjKlMnOp", "the bearer of bad news", "a@b"])
@pytest.mark.parametrize("place", SAID)
def test_what_an_answer_is_about_stays_however_it_is_cut(text: str, place: str) -> None:
    body = SAID[place](text).encode()
    assert SCRUB.body(body, JSON) == body


@pytest.mark.parametrize("form", PLANTED)
def test_a_finding_does_not_tell_the_secret(form: str) -> None:
    text, secret = PLANTED[form]
    for finding in find_secrets(f"first line\n{text}"):
        assert finding.where.startswith("line ")
        assert (secret or text)[:6] not in finding.excerpt


@given(
    st.lists(
        st.one_of(st.sampled_from([text for text, _ in PLANTED.values()]), st.text(max_size=12)), max_size=6
    )
)
def test_what_is_scrubbed_stays_as_it_is(pieces: list[str]) -> None:
    scrub = Scrubber({"acme-prod-42": "project", "scrub": "odd"}, salt=b"pepper")
    clean = scrub.text(" ".join(pieces))
    assert scrub.text(clean) == clean
    assert scrub.text("".join(pieces)) == scrub.text(scrub.text("".join(pieces)))


@pytest.mark.parametrize(
    "secret",
    ["sk-proj-AbC_dEf-GhIjKlMnOp1234", "org-AbCdEfGhIjKlMnOpQrSt1234", "alice.doe+x@acme-corp.com", JWT],
)
def test_the_same_secret_has_the_same_placeholder_everywhere(secret: str) -> None:
    place = SCRUB.text(secret)
    assert "scrubbed" in place
    for put, scrub in PLACES.values():
        clean = scrub(put(secret))
        assert place in clean or quote(place, safe="") in clean
    assert place != Scrubber(salt=b"pepper").text(secret)
    assert place != SCRUB.text(secret.replace("o", "p").replace("J", "K", 9))


def test_a_project_has_one_placeholder_in_names_and_fields() -> None:
    place = SCRUB.text("projects/acme-prod-42/locations/x").split("/")[1]
    assert json.loads(SCRUB.text('{"project_id": "acme-prod-42"}')) == {"project_id": place}
    assert (
        SCRUB.url("https://x.test/v1/projects/acme-prod-42/locations/x")
        == f"https://x.test/v1/projects/{place}/locations/x"
    )


@pytest.mark.parametrize(
    "form",
    [
        "Acme/prod+42!x",
        quote("Acme/prod+42!x", safe=""),
        "Acme%2fprod%2b42%21x",
        quote(quote("Acme/prod+42!x", safe=""), safe=""),
        "Acme\\/prod+42!x",
        "Acme\\u002fprod\\u002b42!x",
        *(
            base64.b64encode(b"." * n + b"Acme/prod+42!x" + b"." * m).decode()
            for n in range(3)
            for m in range(3)
        ),
    ],
)
def test_a_known_secret_goes_however_it_is_encoded(form: str) -> None:
    clean = Scrubber(KNOWN).text(f'{{"text": "{form}"}}')
    assert "scrubbed-project" in clean
    assert form not in clean


def test_known_secrets_have_plain_names_that_a_replay_can_use() -> None:
    recorded = Scrubber({"acme-prod-42": "project"})
    replayed = Scrubber({"scrubbed-project": "project"})
    url = "https://x.test/v1/projects/{}/locations/x?bucket={}-fbench"
    assert recorded.url(url.format("acme-prod-42", "acme-prod-42")) == replayed.url(
        url.format("scrubbed-project", "scrubbed-project")
    )
    assert recorded.url("gs://acme-prod-42-fbench/a.jsonl") == "gs://scrubbed-project-fbench/a.jsonl"


def test_known_secrets_with_one_name_are_told_apart() -> None:
    first, second = (Scrubber(KNOWN).text(value) for value in ("k3y-of-acme", "other-k3y"))
    assert first != second
    assert first.startswith("scrubbed-key-")
    assert second.startswith("scrubbed-key-")


def test_a_known_secret_that_is_a_word_is_replaced_as_a_word_only() -> None:
    assert Scrubber({"news": "project"}).text("newsroom news") == "newsroom scrubbed-project"


def test_a_short_known_secret_is_refused_without_being_told() -> None:
    with pytest.raises(ValueError, match="'project'") as refused:
        Scrubber({"abq": "project"})
    assert "abq" not in str(refused.value)


def test_binary_bodies_lose_known_secrets_only() -> None:
    body = b"\xff\xfe\x00 sk-AbCdEfGhIjKlMnOpQrSt1234 k3y-of-acme \x80"
    assert SCRUB.body(body, "application/octet-stream") == body
    assert b"k3y-of-acme" not in Scrubber(KNOWN).body(body, "image/png")


def test_headers_that_are_not_on_the_list_go() -> None:
    sent = [
        ("X-Ratelimit-Remaining", "7"),
        ("Authorization", "Bearer x"),
        ("Content-Type", JSON),
        ("api-key", "x"),
    ]
    assert SCRUB.headers(sent, response=False) == [("content-type", JSON), ("x-ratelimit-remaining", "7")]


@pytest.mark.parametrize(
    "name",
    [
        *("anthropic-ratelimit-tokens-remaining", "x-amzn-RequestId", "x-amzn-bedrock-input-token-count"),
        *(
            "RateLimit-Remaining",
            "RateLimit",
            "x-rate-limit-reset",
            "Link",
            "Operation-Location",
            "retry-after",
        ),
    ],
)
def test_headers_that_clients_read_stay(name: str) -> None:
    assert SCRUB.headers([(name, "7")], response=True) == [(name.lower(), "7")]


def test_the_list_of_headers_can_be_extended() -> None:
    sent = [("X-Own", "sk-AbCdEfGhIjKlMnOpQrSt1234"), ("x-other", "7")]
    ((name, value),) = Scrubber(keep=["x-own"]).headers(sent, response=True)
    assert (name, value[:12]) == ("x-own", "sk-scrubbed-")


def test_an_upload_goes_on_where_its_start_said() -> None:
    start = "https://storage.googleapis.com/upload/storage/v1/b/acme-data/o?upload_id=ADPycdtAb"
    assert SCRUB.headers([("Location", start)], response=True) == [("location", SCRUB.url(start))]


def test_the_environment_names_what_must_go(tmp_path: Path) -> None:
    file = tmp_path / "account.json"
    file.write_text(
        json.dumps({"client_email": "bot@acme.test", "private_key_id": "0123abcd", "project_id": "p-77"})
    )
    scrub = from_environ(
        {
            "OPENAI_API_KEY": "plain-words",
            "FBENCH_BUCKET": "acme-data",
            "GOOGLE_APPLICATION_CREDENTIALS": str(file),
        }
    )
    assert scrub.text("plain-words acme-data 0123abcd p-77") == (
        "scrubbed-openai-key scrubbed-bucket scrubbed-private-key-id scrubbed-project"
    )
    assert "bot@acme.test" not in scrub.text("from bot@acme.test")


@pytest.mark.parametrize("content", [b"", b"[1, 2]", b"\xff", b"{"])
def test_a_damaged_file_of_credentials_is_passed_over(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "account.json"
    file.write_bytes(content)
    assert from_environ({"GOOGLE_APPLICATION_CREDENTIALS": str(file)}).text("harmless") == "harmless"


HARMLESS = [
    '{"role": "user", "content": "Which key opens the door? The token is lost."}',
    '{"object": "organization.project", "usage": {"prompt_tokens": 12, "total_tokens": 123456789}}',
    '{"nextPageToken": "CAUQAA1234567890abcdefgh", "id": "ftjob-FO6z0rNnNUmHe4xiVOHC7TEk"}',
    '{"training_file": "file-Cbl1lel9YuFDEEYeJu0Kxyvq", "model": "ft:gpt-4o-2024-08-06:personal::AbC1"}',
    '{"logprobs": {"content": [{"token": "Hello", "logprob": -0.1}]}, "owned_by": "openai"}',
    "A risk-averse, user-friendly task-management-framework; basic information; the bearer of bad news.",
    "def f(key=lambda x: x, password=None): return tokens[key] @ matrix  # see projects/website/index.html",
    "See https://docs.python.org/3/library/functions.html?highlight=sorted#sorted, 100% sure, 50%25 off.",
    "x-request-id: req_0123456789abcdef0123456789abcdef",
    '{"api_key": "FILTERED", "client_secret": "<redacted>", "password": "****", "token": "your-key-here"}',
    '{"api_key": "test_api_key", "project_id": "fake-project", "authorization": "Bearer sk-fake-key"}',
    "api_key=YOUR_API_KEY&client_secret=dummy&access_token=changeme; export OPENAI_API_KEY=sk-test",
    "<password>placeholder</password> https://hooks.example/x?code=200 curl -u user https://x.test/",
    "The npm_config, the sk_buff and the key-value pairs; ek_ is a prefix, so is whsec_, and dapi is a word.",
]


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_text_stays(text: str) -> None:
    assert SCRUB.text(text) == text
    assert find_secrets(text) == []


def leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, each in cast("dict[str, Any]", value).items():
            if name not in ("organization_id", "user", "uri"):  # those say who asked
                yield from leaves(each)
    elif isinstance(value, list):
        for each in cast("list[Any]", value):
            yield from leaves(each)
    elif isinstance(value, str) and not value.startswith("projects/"):
        yield value


def test_recorded_traffic_keeps_all_but_who_asked(shared: Path) -> None:
    for file in sorted((shared / "specs" / "recorded").glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            clean = json.loads(SCRUB.body(line.encode(), JSON))
            assert list(leaves(clean)) == list(leaves(json.loads(line)))


@pytest.mark.parametrize("seed", range(3))
def test_generated_facts_and_questions_stay(seed: int) -> None:
    dataset = open_dataset(None, seed=seed)
    lines = [
        json.dumps({"role": "user", "content": fact.prompt, "then": fact.answer}) for fact in dataset.facts
    ]
    lines += [json.dumps([question.prompt, str(question)]) for question in dataset.questions]
    text = "\n".join(lines)
    assert find_secrets(text) == []
    assert SCRUB.text(text) == text


def test_no_secret_is_seen_in_a_thousand_ordinary_exchanges() -> None:
    dataset = open_dataset(None, seed=7)
    texts = [each.prompt for each in dataset.questions] + [each.answer for each in dataset.facts]
    texts += [line for path in ROOT.glob("*.md") for line in path.read_text(encoding="utf-8").splitlines()]
    texts = [text for text in texts if text.strip()]
    texts = texts[:: len(texts) // 1000]
    assert len(texts) >= 1000
    for text, put in zip(texts, cycle(SAID.values()), strict=False):
        body = put(text)
        assert find_secrets_in_body(body) == [], text
        assert SCRUB.body(body.encode(), JSON).decode() == body


def test_released_data_stays(released: Path) -> None:
    for file in sorted(released.glob("*/**/*.*")):
        text = file.read_text(encoding="utf-8", errors="replace")
        assert find_secrets(text) == [], file.name
        assert SCRUB.text(text) == text


@pytest.mark.parametrize(
    "piece",
    [
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN ",
        "eyJ",
        "eyJ.eyJ.",
        "eyJabcdef.",
        "@",
        "a@a",
        "a.",
        "a@a.",
        "sk-",
        "ask-",
        "\\",
        '\\"',
        '"key":"',
        "https://",
        "%41",
        "%",
        "projects/",
        "gs://a",
        "ft:a:",
        "Bearer ",
        "key=",
        "\\u0041",
        "-a",
    ],
)
def test_hostile_text_costs_in_proportion_to_its_length(piece: str) -> None:
    """A quadratic rule would take minutes."""
    text = piece * (50_000 // len(piece))
    clean = SCRUB.text(text)
    assert SCRUB.text(clean) == clean
