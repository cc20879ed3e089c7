"""Secrets by their place: projects, buckets, organisations in model names, billing accounts, addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fbench.cassette.scrub.rule import ScrubRule, is_mixed, is_placeholder, rule, since

__all__ = ["PLACES"]

_SLASH = r"(?:/|\\+/)"
_BUCKET = r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]"
_ID = r"[a-z][a-z0-9-]{3,61}[a-z0-9]"
_DOMAIN = re.compile(r"@(?P<domain>(?:[A-Za-z0-9-]{1,63}\.){1,8}(?P<top>[A-Za-z]{2,24}))(?![\w-])")
_LOCAL = re.compile(r"(?:%[0-9A-Fa-f]{2}|\\+[nrt]|\\+u[0-9A-Fa-f]{4})?(?<!\\)(?P<v>[A-Za-z0-9._+-]+)\Z")
_LONGEST_LOCAL = 64
_NO_TOPS = frozenset(["png", "jpg", "jpeg", "gif", "svg", "webp", "pdf", "js", "css", "py", "json"])
_API = r"(?:storage|upload|download|batch|resumable|v1|b|o)(?![\w.-])"


def _addresses(text: str) -> Iterator[tuple[int, int]]:
    """E-mail addresses: first the domain after each @, then the name before it.

    Searching for names first would examine every word of the text.
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


PLACES = (
    rule("bucket", "gs://", rf"gs:{_SLASH}{{2}}(?P<v>{_BUCKET})"),
    rule(
        "bucket",
        "storage.googleapis.com/\tstorage.cloud.google.com/",
        rf"storage\.(?:googleapis|cloud\.google)\.com{_SLASH}(?!{_API})(?P<v>{_BUCKET})",
    ),
    rule(
        "bucket",
        ".storage.googleapis.com",
        r"(?<![a-z0-9._-])(?P<v>[a-z0-9][a-z0-9_.-]{2,62})\.storage\.googleapis\.com",
    ),
    rule(
        "bucket",
        "/b/",
        rf"{_SLASH}b{_SLASH}(?P<v>{_BUCKET})(?={_SLASH}o(?:[/?\\\"'\s]|$))",
    ),
    rule("bucket", "/v1/b/", rf"{_SLASH}v1{_SLASH}b{_SLASH}(?P<v>{_BUCKET})"),
    rule(
        "project",
        "projects/",
        rf"projects{_SLASH}(?P<v>[0-9]{{6,}}(?![\w-])|{_ID}(?={_SLASH}(?:locations|global|secrets|serviceAccounts"
        r"|buckets|datasets|topics|models|endpoints|services|regions|zones)(?![\w-])))",
    ),
    rule("project", "projects/", rf"(?:v1|v1beta1|\"){_SLASH}?projects{_SLASH}(?P<v>{_ID})(?=[/\"\\?:])"),
    rule("project", "project", r"[Pp]rojects?(?:[\s_]number)?[\s:=\"'#]{1,6}(?P<v>[0-9]{9,15})(?!\w)"),
    rule("billing account", "billingaccounts/", rf"billingAccounts{_SLASH}(?P<v>[\w-]{{6,}})"),
    rule(
        "organisation",
        "ft:",
        r"(?<![A-Za-z0-9])ft:[\w.-]{2,80}:(?P<v>[a-zA-Z0-9][\w.-]{0,80}):(?=[\w-]{0,64}:[\w-])",
        when=_is_own,
    ),
    *since(
        3,
        rule(
            "webhook",
            "hooks.slack.com/",
            rf"hooks\.slack\.com{_SLASH}(?:services|workflows|triggers){_SLASH}(?P<v>(?:[A-Za-z0-9_-]|{_SLASH}){{8,}})",
        ),
        rule(
            "webhook",
            "/webhooks/",
            rf"{_SLASH}webhooks{_SLASH}(?P<v>\d{{6,}}{_SLASH}[A-Za-z0-9_-]{{16,}})",
        ),
        rule(
            "webhook",
            "webhook.office.com/\thooks.zapier.com/",
            rf"(?:webhook\.office\.com{_SLASH}webhookb2|hooks\.zapier\.com{_SLASH}hooks{_SLASH}catch){_SLASH}"
            rf"(?P<v>(?:[A-Za-z0-9@_-]|{_SLASH}){{8,}})",
        ),
        rule("webhook", "/hooks/", rf"{_SLASH}hooks{_SLASH}(?P<v>[a-z0-9]{{20,}})(?![\w-])", when=is_mixed),
        rule("webhook", ".make.com/", rf"hook\.\w{{2,8}}\.make\.com{_SLASH}(?P<v>[A-Za-z0-9]{{16,}})"),
        rule("bot token", "/bot", rf"{_SLASH}bot(?P<v>[A-Za-z0-9:_-]{{16,}})(?={_SLASH})", when=is_mixed),
    ),
    ScrubRule("e-mail address", ("@",), _addresses),
)
"""Applied after the names: the credential of a signed URL holds an address and is replaced as a whole."""
