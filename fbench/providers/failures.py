"""Kinds of failed calls: what a failure says about a further attempt, a bill, and the rest of a run.

A service's status and code decide, in one place for all services. What the vendors' codes mean:
https://developers.openai.com/api/docs/guides/error-codes,
https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/api-errors and
https://cloud.google.com/apis/design/errors.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from fbench.errors import FbenchError, told

__all__ = ["CallFailure", "FailureKind", "count_of", "id_of", "malformed", "response_failure", "text_of"]


class FailureKind(StrEnum):
    """What a failure means."""

    TRANSIENT = "transient"
    """The service could not do it now; another attempt may succeed, and nothing is paid for."""
    RATE = "rate"
    """Too many requests at once: nothing was done, and waiting helps. It counts as no attempt."""
    STOPPED = "stopped"
    """A key, a quota or a bill: nothing that is asked of this service succeeds before somebody acts."""
    REFUSED = "refused"
    """A model or a job is unknown or not allowed, whatever it is asked."""
    REJECTED = "rejected"
    """The service will not answer this request; others it may."""
    MALFORMED = "malformed"
    """A success whose body is not as documented. Another attempt may succeed; this one may be paid for."""
    UNCLEAR = "unclear"
    """The request was sent, and no answer came: it may have been done, and be paid for."""


_ACCOUNT = frozenset(
    {
        # OpenAI
        *("insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "account_deactivated"),
        *("access_terminated", "organization_suspended", "invalid_api_key", "invalid_organization"),
        *("unsupported_country_region_territory", "ip_not_authorized"),
        # Google (google.rpc.ErrorInfo.reason)
        *("API_KEY_INVALID", "API_KEY_EXPIRED", "API_KEY_SERVICE_BLOCKED", "BILLING_DISABLED"),
        *("CONSUMER_INVALID", "CONSUMER_SUSPENDED", "SERVICE_DISABLED", "ACCESS_TOKEN_EXPIRED"),
        *("CREDENTIALS_MISSING", "ACCOUNT_STATE_INVALID", "USER_PROJECT_DENIED"),
    }
)
"""Codes and reasons of a key or an account, which hold for everything that is asked of the service."""

_MOST_TOKENS = 1 << 40

_WHILE_READING = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError)
"""What reading a body raises that is not as documented: JSON, pydantic and Unicode errors are ValueErrors.
JSON that is nested without end is a RecursionError."""


_GATEWAYS = frozenset({408, 502, 504, 520, 522, 524})
"""Statuses of a proxy in between that got no answer from the service, which may have acted on the request.
From 520 on they are of Cloudflare: https://developers.cloudflare.com/support/troubleshooting/http-status-codes"""


_INTERNAL = 500


@dataclass(frozen=True, slots=True)
class CallFailure:
    """A call that failed.

    Attributes:
        kind: what the failure means.
        message: the service's, or the client's where there is none. It may hold secrets; like every text of
            a service it is one that can be stored, see `text_of`.
        status: of the response; None where there was none.
        headers: of the response.
        do: as `ProviderStopped.do`.
    """

    kind: FailureKind
    message: str
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    do: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", text_of(self.message))

    @property
    def may_be_paid(self) -> bool:
        """Whether the service may have answered, and charges for it."""
        return self.kind in (FailureKind.UNCLEAR, FailureKind.MALFORMED) or self.status in _GATEWAYS

    @property
    def may_have_created(self) -> bool:
        """Whether something that was to be created may exist: also after an error of the service's own."""
        return self.may_be_paid or self.status == _INTERNAL


def response_failure(
    status: int, message: str, headers: Mapping[str, str], codes: Iterable[object] = ()
) -> CallFailure:
    """What an error response means, by its status, the `codes` in its body, and its headers.

    `x-should-retry`, OpenAI's own word on it, takes precedence over most statuses.
    """
    return CallFailure(
        _kind_of(status, headers.get("x-should-retry"), set(map(str, codes))), message, status, headers
    )


def _kind_of(status: int, word: str | None, codes: set[str]) -> FailureKind:
    if status in (401, 402) or codes & _ACCOUNT or (status == 429 and word == "false"):
        return FailureKind.STOPPED
    if status == 429:
        return FailureKind.RATE
    if word == "true":
        return FailureKind.TRANSIENT
    if status in (403, 404):
        return FailureKind.REFUSED
    if word != "false" and (status in (408, 409, 425) or status >= 500):
        return FailureKind.TRANSIENT
    return FailureKind.REJECTED


def text_of(value: object) -> str:
    """A text of a reply, empty where there is none; halves of characters, which no file takes, are replaced.

    Raises:
        ValueError: it is no text.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"{type(value).__name__} in the place of a text")  # noqa: TRY004 - the service sent it
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def id_of(made: object) -> str:
    """The id of what a service made.

    Raises:
        ValueError: it has none.
    """
    name = text_of(getattr(made, "id", None))
    if not name:
        raise ValueError("something without an id")
    return name


def count_of(value: object) -> int:
    """A number of tokens in a reply; 0 where a service does not count them.

    Raises:
        ValueError: it is no number of something.
    """
    if value is None:
        return 0
    if not isinstance(value, int) or not 0 <= value < _MOST_TOKENS:
        raise ValueError(f"{value!r:.40} in the place of a number of tokens")
    return int(value)


def malformed(error: Exception) -> CallFailure | None:
    """What an error means that was raised while a reply was read; None for one that says something else."""
    if not isinstance(error, _WHILE_READING) or isinstance(error, FbenchError):
        return None
    return CallFailure(FailureKind.MALFORMED, f"its reply is not what it documents ({told(error)})")
