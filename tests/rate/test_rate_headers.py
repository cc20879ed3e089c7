"""What responses say of limits, in the forms of OpenAI, of HTTP and of Google."""

from __future__ import annotations

import pytest

from fbench.providers.rate_headers import Standing, asked_wait, retry_delay, seconds_of, standing_of


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1s", 1),
        ("6m0s", 360),
        ("12ms", 0.012),
        ("1h2m3.5s", 3723.5),
        ("7.66s", 7.66),
        ("2m59.56s", 179.56),
        ("1d", 86400),
        ("250us", 0.00025),
        ("20", 20),
        ("0", 0),
    ],
)
def test_a_duration_is_read_in_each_form(text: str, seconds: float) -> None:
    assert seconds_of(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "soon", "-1", "1x", "s", "nan", "inf", "1s later", "2026-11-29"])
def test_what_is_no_duration_says_nothing(text: str) -> None:
    assert seconds_of(text) is None


def test_milliseconds_come_before_seconds() -> None:
    assert asked_wait({"retry-after": "2", "retry-after-ms": "1250"}) == 1.25


def test_a_date_is_counted_from_the_date_of_the_response() -> None:
    dates = {"retry-after": "Sun, 29 Nov 2026 13:02:00 GMT", "date": "Sun, 29 Nov 2026 13:00:30 GMT"}
    assert asked_wait(dates) == 90
    assert asked_wait(dates | {"date": "Sun, 29 Nov 2026 14:00:00 GMT"}) == 0
    assert asked_wait({"retry-after": "Sun, 29 Nov 1998 13:02:00 GMT"}) == 0


NUMBERS_TOO_LARGE = [
    "Sun, 99999999999999999999 Nov 2026 13:02:00 GMT",
    "Sun, 29 Nov 2026 13:02:00 +" + "9" * 20,
]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"retry-after": "later"},
        {"retry-after": "-5"},
        *({"retry-after": date} for date in NUMBERS_TOO_LARGE),
    ],
)
def test_a_response_without_a_wait_asks_for_none(headers: dict[str, str]) -> None:
    assert asked_wait(headers) is None


def test_a_standing_needs_limit_and_rest() -> None:
    headers = {
        "x-ratelimit-limit-requests": "500",
        "x-ratelimit-remaining-requests": "499",
        "x-ratelimit-reset-requests": "120ms",
        "x-ratelimit-limit-tokens": "200000",
    }
    assert standing_of(headers, "requests") == Standing(500, 499, 0.12)
    assert standing_of(headers, "tokens") is None
    assert standing_of({**headers, "x-ratelimit-reset-requests": "?"}, "requests") == Standing(500, 499, None)
    assert standing_of({**headers, "x-ratelimit-limit-requests": "0"}, "requests") is None


@pytest.mark.parametrize("reset", ["1796000000", "9" * 400 + "s", "100d"])
def test_a_reset_that_is_no_duration_does_not_hold_requests_back(reset: str) -> None:
    headers = {
        "x-ratelimit-limit-requests": "500",
        "x-ratelimit-remaining-requests": "499",
        "x-ratelimit-reset-requests": reset,
    }
    assert standing_of(headers, "requests") == Standing(500, 499, None)


def test_googles_delay_stands_in_the_body() -> None:
    details: list[object] = [
        {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": []},
        {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.074824224s"},
    ]
    body: dict[str, object] = {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "details": details}}
    assert retry_delay(body) == pytest.approx(34.074824224)
    assert retry_delay(body["error"]) == pytest.approx(34.074824224)


WITHOUT: list[object] = [None, "", [], {}, {"error": None}, {"error": {"details": 1}}, {"details": [1, {}]}]


@pytest.mark.parametrize("body", WITHOUT)
def test_a_body_without_a_delay_says_none(body: object) -> None:
    assert retry_delay(body) is None
