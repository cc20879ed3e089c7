"""The rules that say what is a secret: by its own form, by its name, or by its place.

A new kind of secret is one more rule in one of the three tables.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

__all__ = ["RULES", "ScrubRule", "is_placeholder"]

Span = tuple[int, int]

_PLACEHOLDER = re.compile(
    r"(?:(?:bearer|basic)\s+)?(?:[a-z0-9]{1,8}[-_])?scrubbed(?:[-_][\w.-]{1,80})?(?:(?:@|%40)[\w.-]{4,80})?"
    r"(?:\s|\\+[nrt])*",
    re.IGNORECASE,
)
_DIGIT, _LOWER, _UPPER = (re.compile(letters) for letters in ("[0-9*]", "[a-z]", "[A-Z]"))


class ScrubRule(NamedTuple):
    """Finds one kind of secret.

    Attributes:
        kind: what it finds, in words.
        signs: texts in lower case and without backslashes, of which every secret of this kind has one in it
            or beside it. They rule out most texts fast.
        spans: the start and end of each secret in a text, in order and without overlap.
        by_form: whether it recognizes a secret by its own form, whatever stands around it.
    """

    kind: str
    signs: tuple[str, ...]
    spans: Callable[[str], Iterator[Span]]
    by_form: bool = False


def _rule(
    kind: str,
    signs: str,
    pattern: str,
    *,
    flags: int = 0,
    when: Callable[[str], object] | None = None,
    by_form: bool = False,
) -> ScrubRule:
    """A rule whose secrets are the group `v` of a pattern, if `when` is true for them.

    The signs are separated by tabs. Placeholders are not secrets.
    """
    compiled = re.compile(pattern, flags)

    def spans(text: str) -> Iterator[Span]:
        for found in compiled.finditer(text):
            value = found["v"]
            if not is_placeholder(value) and (when is None or when(value)):
                yield found.span("v")

    return ScrubRule(kind, tuple(signs.split("\t")), spans, by_form)


def _token(
    kind: str, prefix: str, rest: str, *, when: Callable[[str], object] | None = None, by_form: bool = True
) -> ScrubRule:
    """A rule for a token with a prefix of literal characters and sets of them.

    The prefix must not stand inside a word. The pattern tests this after the prefix, because a pattern that
    begins with a literal is several times as fast.
    """
    free = rf"(?:(?<![A-Za-z0-9]{prefix})|(?<=\\[nrtbf]{prefix}))"
    signs = re.sub(r"\[.*", "", prefix.replace("\\", "")).lower()
    return _rule(kind, signs, rf"(?P<v>{prefix}{free}{rest})", when=when, by_form=by_form)


def is_placeholder(value: str) -> bool:
    """Whether this is a placeholder, which stands for a secret."""
    return _PLACEHOLDER.fullmatch(value) is not None


def _is_mixed(value: str) -> bool:
    """Whether this looks made by a machine: it has a digit, or letters of both cases."""
    return bool(_DIGIT.search(value) or (_LOWER.search(value) and _UPPER.search(value)))


# Secrets by their own form: keys, tokens, certificates.


def _tail_is_mixed(value: str) -> bool:
    return _is_mixed(value.partition("-")[2])


def _is_pair(value: str) -> bool:
    """Whether this is base64 of `name:password`, as in HTTP's basic authentication (RFC 7617)."""
    try:
        decoded = base64.b64decode(value + "=" * (-len(value) % 4), validate=True).decode()
    except (binascii.Error, ValueError):
        return False
    return ":" in decoded and decoded.isprintable()


def _is_bearer(value: str) -> bool:
    return len(value) >= 24 or any(letter.isdigit() for letter in value)


_TOKENS = (
    _rule(
        "private key",
        "-----begin",
        r"(?P<v>-----BEGIN[ +][A-Z0-9 +]{0,32}PRIVATE[ +]KEY(?:[ +]BLOCK)?-----"
        r"(?:[A-Za-z0-9+/=\s\\:,.]|-(?!----))*"
        r"(?:-----END[ +][A-Z0-9 +]{0,48}-----)?)",
        by_form=True,
    ),
    _rule("password in a URL", "://", r"://(?P<v>[^\s/:@\"'<>]{1,128}:[^\s/@\"'<>]{1,256})@"),
    _token("JSON web token", "eyJ", r"[A-Za-z0-9_-]{5,}\.eyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)?"),
    _token("OpenAI key", "sk-", r"[A-Za-z0-9_*-]{16,}", when=_tail_is_mixed),
    _token("OpenAI session", "sess-", r"[A-Za-z0-9]{20,}", when=_tail_is_mixed),
    _token("Google API key", "AIza", r"[A-Za-z0-9_-]{30,}"),
    _token("Google access token", r"ya29\.", r"[A-Za-z0-9_.-]{8,}"),
    _token("Google refresh token", "1//", r"0[A-Za-z0-9_-]{16,}"),
    _token("Google client secret", "GOCSPX-", r"[A-Za-z0-9_-]{16,}"),
    _rule(
        "AWS signature",
        "aws4-hmac-sha256",
        r"AWS4-HMAC-SHA256[ +]{1,4}(?P<v>Credential[^\"\\\r\n&<>]{8,})",
    ),
    _token("AWS access key", "A[KS]IA", r"[A-Z0-9]{16,}(?![A-Za-z0-9])")._replace(signs=("akia", "asia")),
    _token("Bedrock key", "ABSK", r"[A-Za-z0-9+/=]{40,}"),
    _token("GitHub token", "github_pat_", r"[A-Za-z0-9_]{20,}"),
    _token("GitHub token", "gh[pousr]_", r"[A-Za-z0-9]{20,}")._replace(
        signs=("ghp_", "gho_", "ghu_", "ghs_", "ghr_")
    ),
    _token("Hugging Face token", "hf_", r"[A-Za-z0-9]{20,}"),
    _token("Slack token", "xox[abeoprs]-", r"[A-Za-z0-9-]{10,}"),
    _rule(
        "bearer token",
        "bearer",
        r"[Bb](?:earer|EARER)[\s+]{1,4}(?P<v>[A-Za-z0-9._~+/-]{8,}={0,2})",
        when=_is_bearer,
    ),
    _rule(
        "basic authentication",
        "basic",
        r"[Bb](?:asic|ASIC)[\s+]{1,4}(?P<v>[A-Za-z0-9+/]{6,}={0,2})",
        when=_is_pair,
    ),
    _token("organisation", "org-", r"[A-Za-z0-9]{16,}", when=_tail_is_mixed, by_form=False),
    _rule("organisation", "org-", r"organi[sz]ation[^\w\s]{0,8}\s{1,4}(?P<v>org-[A-Za-z0-9_-]{2,})"),
    _token("OpenAI project", "proj_", r"[A-Za-z0-9]{16,}", when=_is_mixed, by_form=False),
    _token("OpenAI user", "user-", r"[A-Za-z0-9]{16,}", when=_tail_is_mixed, by_form=False),
)
"""From the most specific to the least: later rules leave alone what an earlier one replaced.

Identities (an organisation, a project, a user) do not count as secrets by their form (`by_form`), and neither
does a value that is secret because of a word before it (`Bearer`) or its place in a URL.
"""


# Secrets by their name: in JSON at any depth, in URLs, forms, headers and settings.

_TELLING = (
    r"(?:[A-Za-z0-9]{1,16}[_-]){0,3}(?:api[_-]?key|subscription[_-]key"
    r"|(?:access|refresh|id|session|security|auth|bearer)[_-]?token"
    r"|secret|(?:client|app|webhook)[_-]?secret|secret[_-]?(?:access[_-]?)?key|secretaccesskey"
    r"|password|passwd|passphrase|private[_-]?key(?:[_-]?id)?|client[_-]?(?:id|email)|authorization)"
)
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
    return len(value) >= 6 and _is_mixed(value) and any(letter.isdigit() for letter in value)


def _fields(
    kind: str, ends: Iterable[str], names: str, when: Callable[[str], object] | None = None
) -> tuple[ScrubRule, ...]:
    """Rules for JSON fields, the fields of JSON inside JSON strings, and the parts of a form."""
    forms = (
        (f'"(?:{names}){_QUOTED}', '":'),
        (f'"(?:{names}){_NESTED}', '":'),
        (f'name="(?:{names}){_PART}', '"\n'),
    )
    return tuple(
        _rule(kind, _ending(ends, mark), pattern, flags=re.IGNORECASE, when=when) for pattern, mark in forms
    )


def _parameter(
    kind: str, ends: Iterable[str], names: str, when: Callable[[str], object] | None = None
) -> ScrubRule:
    """A rule for the parameters of URLs and forms."""
    pattern = rf"(?:^|(?<=[?&;]))(?:{names}){_PARAMETER}"
    return _rule(kind, _ending(ends, "="), pattern, flags=re.IGNORECASE, when=when)


_NAMES = (
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
    _rule(
        "secret by name",
        _ending(_SECRET_ENDS, ":", "=", " =", " :", "'"),
        rf"(?<![A-Za-z0-9])(?:{_TELLING})[\"']?\s{{0,8}}(?:[:=]|=>)[\s\[-]{{0,8}}[\"']?"
        r"(?P<v>[A-Za-z0-9._~+/=*%-]{6,})",
        flags=re.IGNORECASE,
        when=_is_set,
    ),
    _rule(
        "cookie",
        "cookie",
        r"cookie[\\\"']{0,33}\s{0,8}:\s{0,8}[\\\"'\[]{0,33}(?P<v>[\w.-]{1,64}=[^\r\n\"\\]+)",
        flags=re.IGNORECASE,
    ),
    _rule(
        "network address",
        "forwarded-for\treal-ip\tconnecting-ip\tclient-ip\tclient_ip\tremote_addr",
        r"(?:forwarded-for|real-ip|connecting-ip|client[_-]ip|remote_addr)\W{1,40}"
        r"(?P<v>[0-9A-F][0-9A-F.:]{1,44}[0-9A-F](?:,\s{0,2}[0-9A-F][0-9A-F.:]{1,44}[0-9A-F])*)",
        flags=re.IGNORECASE,
    ),
)
"""A value under the name of a secret is one; under a common name it is one if it looks like one."""


# Secrets by their place: projects, buckets, organisations in model names, billing accounts, addresses.

_SLASH = r"(?:/|\\+/)"
_BUCKET = r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]"
_ID = r"[a-z][a-z0-9-]{3,61}[a-z0-9]"
_DOMAIN = re.compile(r"@(?P<domain>(?:[A-Za-z0-9-]{1,63}\.){1,8}(?P<top>[A-Za-z]{2,24}))(?![\w-])")
_LOCAL = re.compile(r"(?:%[0-9A-Fa-f]{2}|\\+[nrt]|\\+u[0-9A-Fa-f]{4})?(?<!\\)(?P<v>[A-Za-z0-9._+-]+)$")
_LONGEST_LOCAL = 64
_NO_TOPS = frozenset(["png", "jpg", "jpeg", "gif", "svg", "webp", "pdf", "js", "css", "py", "json"])
_API = r"(?:storage|upload|download|batch|resumable|v1|b|o)(?![\w.-])"


def _addresses(text: str) -> Iterator[tuple[int, int]]:
    """E-mail addresses: first the domain after each @, then the name before it.

    To look for names first would mean to look at every word of the text.
    """
    end = 0
    for found in _DOMAIN.finditer(text):
        name = _LOCAL.search(text, max(end, found.start() - _LONGEST_LOCAL - 6), found.start())
        if name is None or found["top"].lower() in _NO_TOPS or is_placeholder(name["v"]):
            continue
        end = found.end()
        yield name.start("v"), end


def _is_own(slug: str) -> bool:
    return slug != "personal"


_RESOURCES = (
    _rule("bucket", "gs://", rf"gs:{_SLASH}{{2}}(?P<v>{_BUCKET})"),
    _rule(
        "bucket",
        "storage.googleapis.com/\tstorage.cloud.google.com/",
        rf"storage\.(?:googleapis|cloud\.google)\.com{_SLASH}(?!{_API})(?P<v>{_BUCKET})",
    ),
    _rule(
        "bucket",
        ".storage.googleapis.com",
        r"(?<![a-z0-9._-])(?P<v>[a-z0-9][a-z0-9_.-]{2,62})\.storage\.googleapis\.com",
    ),
    _rule(
        "bucket",
        "/b/",
        rf"{_SLASH}b{_SLASH}(?P<v>{_BUCKET})(?={_SLASH}o(?:[/?\\\"'\s]|$))",
    ),
    _rule("bucket", "/v1/b/", rf"{_SLASH}v1{_SLASH}b{_SLASH}(?P<v>{_BUCKET})"),
    _rule(
        "project",
        "projects/",
        rf"projects{_SLASH}(?P<v>[0-9]{{6,}}(?![\w-])|{_ID}(?={_SLASH}(?:locations|global|secrets|serviceAccounts"
        r"|buckets|datasets|topics|models|endpoints|services|regions|zones)(?![\w-])))",
    ),
    _rule("project", "projects/", rf"(?:v1|v1beta1|\"){_SLASH}?projects{_SLASH}(?P<v>{_ID})(?=[/\"\\?:])"),
    _rule("project", "project", r"[Pp]rojects?(?:[\s_]number)?[\s:=\"'#]{1,6}(?P<v>[0-9]{9,15})(?!\w)"),
    _rule("billing account", "billingaccounts/", rf"billingAccounts{_SLASH}(?P<v>[\w-]{{6,}})"),
    _rule(
        "organisation",
        "ft:",
        r"(?<![A-Za-z0-9])ft:[\w.-]{2,80}:(?P<v>[a-zA-Z0-9][\w.-]{0,80}):(?=[\w-]{0,64}:[\w-])",
        when=_is_own,
    ),
    ScrubRule("e-mail address", ("@",), _addresses),
)
"""Applied after the names: the credential of a signed URL holds an address and is replaced as a whole."""

RULES: tuple[ScrubRule, ...] = (*_TOKENS, *_NAMES, *_RESOURCES)
"""All rules, in the order in which they are applied."""
