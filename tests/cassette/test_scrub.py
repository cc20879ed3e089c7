"""What is recorded holds no secret: each form, in each place where a request or a response can carry it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fbench.cassette.scrub.detect import find_secrets, find_secrets_in_body, rules_for
from fbench.cassette.scrub.rule import ScrubRule
from fbench.cassette.scrub.rules import RULES
from fbench.cassette.scrub.scrubber import Scrubber, from_environ
from fbench.datasets import open_dataset
from tests.cassette.ordinary import HARMLESS, made_up
from tests.cassette.planted import JWT, KNOWN, PLANTED, VENDORS
from tests.cassette.positions import POSITIONS, SAID

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
def test_what_replaces_a_planted_secret_is_none_and_stays(place: str) -> None:
    put, scrub = PLACES[place]
    for form, (text, _) in PLANTED.items():
        clean = scrub(put(text))
        assert find_secrets(clean) == [], form
        assert scrub(clean) == clean or place == "header", form


@pytest.mark.parametrize(
    "text", ["12 July 1851", "AbCdEfGhIjKlMnOp", "the bearer of bad news", "a@b", "it fails\n@module.name"]
)
@pytest.mark.parametrize("place", SAID)
def test_what_an_answer_is_about_stays_however_it_is_cut(text: str, place: str) -> None:
    for body in (SAID[place](text).sent, SAID[place](text).answer):
        assert SCRUB.body(body, JSON) == body


def test_a_finding_does_not_tell_the_secret() -> None:
    for text, secret in PLANTED.values():
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


def test_text_of_no_type_is_text_like_the_answers_of_a_batch() -> None:
    line = b'{"custom_id": "0", "response": {"body": {"choices": [{"message": {"content": "%s"}}]}}}\n'
    body = line % b"sk-AbCdEfGhIjKlMnOpQrSt1234" + line % b"password: sesame"
    kept = SCRUB.body(body, "application/octet-stream")
    assert b"AbCdEfGhIjKl" not in kept
    assert b"password: sesame" in kept
    assert SCRUB.body(body, "application/octet-stream") == SCRUB.body(body, "application/jsonl")
    assert Scrubber(rules=3).body(body, "application/octet-stream") == body


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


SINCE_3 = [each for each in RULES if each.since > 2 and each.pattern is not None and not each.by_form]


@pytest.mark.parametrize(
    "rule", SINCE_3, ids=[f"{number} {each.kind}" for number, each in enumerate(SINCE_3)]
)
@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(st.data())
def test_what_a_rule_finds_holds_one_of_its_signs(rule: ScrubRule, data: st.DataObject) -> None:
    assert rule.pattern is not None
    text = data.draw(st.from_regex(rule.pattern))
    assert [*rule.spans(text)] == [] or rule in rules_for(text)


def test_tokens_are_found_in_any_surroundings_by_their_signs() -> None:
    for form, text in VENDORS.items():
        found = {each.kind for each in RULES if [*each.spans(f"={text},")]}
        assert found == {each.kind for each in rules_for(f"={text},") if [*each.spans(f"={text},")]}, form


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


def test_no_secret_is_seen_in_a_thousand_ordinary_texts_wherever_they_stand() -> None:
    dataset = open_dataset(None, seed=7)
    texts = [each.prompt for each in dataset.questions] + [each.answer for each in dataset.facts]
    texts += [line for path in ROOT.glob("*.md") for line in path.read_text(encoding="utf-8").splitlines()]
    texts = [text for text in texts if text.strip()]
    texts = [*HARMLESS, *islice(made_up(7), 500), *texts[:: len(texts) // 500]]
    assert len(texts) >= 1000
    for text, put in zip(texts, cycle([*POSITIONS.values(), *SAID.values()]), strict=False):
        assert find_secrets(text) == [], text
        for body in (put(text).sent, put(text).answer):
            assert SCRUB.body(body, JSON) == body
            assert find_secrets_in_body(body.decode(errors="replace")) == [], text


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
