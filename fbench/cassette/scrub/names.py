"""Secrets by their name: in JSON at any depth, in URLs, forms and headers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from fbench.cassette.scrub.rule import ScrubRule, is_mixed, rule, since
from fbench.cassette.scrub.settings import ENDS_OF_SECRETS, NAMES_OF_SECRETS, SETTINGS

__all__ = ["NAMES"]

_TELLING = (
    r"(?:[A-Za-z0-9]{1,16}[_-]){0,3}(?:api[_-]?key|subscription[_-]key"
    r"|(?:access|refresh|id|session|security|auth|bearer)[_-]?token"
    r"|secret|(?:client|app|webhook)[_-]?secret|secret[_-]?(?:access[_-]?)?key|secretaccesskey"
    r"|password|passwd|passphrase|private[_-]?key(?:[_-]?id)?|client[_-]?(?:id|email)|authorization)"
)
_QUOTE = r"\\{0,31}[\"']"
"""A quotation mark, in a text or in a text within JSON."""

_IDENTITY = (
    r"organization(?:[_-]?id)?|(?:quota[_-]?)?project[_-]?(?:id|number)|user(?:[_-]?id)?|account(?:[_-]?id)?"
    r"|owned[_-]by|bucket(?:[_-]?name)?|api[_-]?account|billing[_-]?account(?:[_-]?id)?"
)
_OPAQUE = r"key|token"
_SIGNED = (
    r"x-(?:goog|amz)-(?:signature|credential|security-token)|signature|credential|googleaccessid|awsaccesskeyid"
    r"|sig|upload_id"
)
_HARMLESS = frozenset(
    [
        "openai",
        "openai-internal",
        "openai-dev",
        "system",
        "user",
        "assistant",
        "model",
        "developer",
        "tool",
        "personal",
        "default",
        "none",
        "null",
    ]
)
_QUOTED = r'"\s{0,8}:\s{0,8}"(?P<v>(?:[^"\\]|\\.)+)'
_NESTED = r'(?P<q>\\{1,31})"\s{0,8}:\s{0,8}(?P=q)"(?P<v>(?:[^"\\]|\\+(?![\\"])|(?P=q)\\+")+)'
_PART = r'"(?:\r?\n[^\r\n]{1,256}){0,4}\r?\n\r?\n(?P<v>[^\r\n]+)'
_PARAMETER = r"=(?P<v>[^&\s\"'<>\\#]+)"
_SECRET_ENDS = [
    "key",
    "key_id",
    "key-id",
    "keyid",
    "token",
    "secret",
    "password",
    "passwd",
    "passphrase",
    "client_id",
    "client-id",
    "clientid",
    "client_email",
    "client-email",
    "clientemail",
    "authorization",
]
_IDENTITY_ENDS = [
    "organization",
    "organization_id",
    "organizationid",
    "project_id",
    "project-id",
    "projectid",
    "project_number",
    "project-number",
    "projectnumber",
    "user",
    "user_id",
    "userid",
    "account",
    "account_id",
    "accountid",
    "owned_by",
    "owned-by",
    "bucket",
    "bucket_name",
    "bucketname",
]


def _ending(ends: Iterable[str], *marks: str) -> str:
    return "\t".join(end + mark for end in ends for mark in marks)


def _is_identity(value: str) -> bool:
    return 3 <= len(value) <= 128 and value not in _HARMLESS and not re.search(r"\s|\\[nrt]", value)


def _is_opaque(value: str) -> bool:
    """Whether a value under a common name such as `key` cannot be a word, a number or part of a text."""
    return bool(
        re.fullmatch(r"[A-Za-z0-9._~+/=-]{16,}", value)
        and re.search(r"[0-9]", value)
        and re.search("[A-Za-z]", value)
    )


def _is_set(value: str) -> bool:
    return len(value) >= 6 and is_mixed(value) and any(letter.isdigit() for letter in value)


def _fields(
    kind: str,
    ends: Iterable[str],
    names: str,
    when: Callable[[str], object] | None = None,
    *,
    mark: str = "",
) -> tuple[ScrubRule, ...]:
    """Rules for JSON fields, the fields of JSON inside JSON strings, and the parts of a form.

    `mark` follows the ends in their signs; if it is empty, what usually follows a name does.
    """
    forms = (
        (f'"(?:{names}){_QUOTED}', '":'),
        (f'"(?:{names}){_NESTED}', '":'),
        (f'name="(?:{names}){_PART}', '"\n'),
    )
    return tuple(
        rule(kind, _ending(ends, mark or usual), pattern, flags=re.IGNORECASE, when=when)
        for pattern, usual in forms
    )


def _parameter(
    kind: str, ends: Iterable[str], names: str, when: Callable[[str], object] | None = None
) -> ScrubRule:
    """A rule for the parameters of URLs and forms."""
    pattern = rf"(?:^|(?<=[?&;]))(?:{names}){_PARAMETER}"
    return rule(kind, _ending(ends, "="), pattern, flags=re.IGNORECASE, when=when)


NAMES = (
    _parameter(
        "signature of a URL",
        ["signature", "credential", "token", "accessid", "keyid", "sig", "upload_id"],
        _SIGNED,
    ),
    _parameter("secret by name", _SECRET_ENDS, _TELLING),
    _parameter("secret by name", ("key", "token"), _OPAQUE, _is_opaque),
    _parameter(
        "identity by name", [*_IDENTITY_ENDS, "project", "email"], rf"{_IDENTITY}|project|email", _is_identity
    ),
    *_fields("secret by name", _SECRET_ENDS, _TELLING),
    *_fields("secret by name", ("key", "token"), _OPAQUE, _is_opaque),
    *_fields("identity by name", _IDENTITY_ENDS, _IDENTITY, _is_identity),
    rule(
        "secret by name",
        _ending(_SECRET_ENDS, ":", "=", " =", " :", "'"),
        rf"(?<![A-Za-z0-9])(?:{_TELLING})[\"']?\s{{0,8}}(?:[:=]|=>)[\s\[-]{{0,8}}[\"']?"
        r"(?P<v>[A-Za-z0-9._~+/=*%-]{6,})",
        flags=re.IGNORECASE,
        when=_is_set,
    ),
    *since(
        3,
        *_fields("secret by name", ENDS_OF_SECRETS, NAMES_OF_SECRETS, mark='"'),
    ),
    *SETTINGS,
    rule(
        "cookie",
        "cookie",
        r"cookie[\\\"']{0,33}\s{0,8}:\s{0,8}[\\\"'\[]{0,33}(?P<v>[\w.-]{1,64}=[^\r\n\"\\]+)",
        flags=re.IGNORECASE,
    ),
    rule(
        "network address",
        "forwarded-for\treal-ip\tconnecting-ip\tclient-ip\tclient_ip\tremote_addr",
        r"(?:forwarded-for|real-ip|connecting-ip|client[_-]ip|remote_addr)\W{1,40}"
        r"(?P<v>[0-9A-F][0-9A-F.:]{1,44}[0-9A-F](?:,\s{0,2}[0-9A-F][0-9A-F.:]{1,44}[0-9A-F])*)",
        flags=re.IGNORECASE,
    ),
)
"""A value under the name of a secret is one; under a common name, only if it also looks like one."""
