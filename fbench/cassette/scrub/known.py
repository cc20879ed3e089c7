"""Secrets that are known in advance: those of the environment, and all their forms in requests."""

from __future__ import annotations

import base64
import html
import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import cast
from urllib.parse import quote, quote_plus

from fbench.cassette.format.head import RULES_VERSION
from fbench.cassette.scrub.rule import is_dummy, is_mixed, is_placeholder

__all__ = ["KNOWN_NAMES", "KnownSecrets", "known_of", "unmistakable"]

_SHORTEST = 4
_SHORTEST_IN_BASE64 = 8
_SHORTEST_WRAPPED = 12
_RULES_WITHOUT_BREAKS = 2
_BREAK = re.compile(r"=?(?:\r?\n|\\r\\n|\\n|%0D%0A|%0A)[ \t]*")
"""The end of a line, plain or escaped, as mail and PEM files break long values."""
_PLACEHOLDER = r"(?:[A-Za-z0-9]{1,8}[-_])?scrubbed[-_][\w-]{1,80}"
_FREE = r"(?:(?<![A-Za-z0-9])|(?<=%[0-9A-Fa-f]{2})|(?<=\\[nrtbf]))"

_VARIABLES = {
    "OPENAI_API_KEY": "openai-key",
    "OPENAI_ADMIN_KEY": "openai-admin-key",
    "OPENAI_ORG_ID": "organization",
    "OPENAI_PROJECT_ID": "openai-project",
    "OPENAI_WEBHOOK_SECRET": "openai-webhook-secret",
    "AZURE_OPENAI_API_KEY": "azure-key",
    "AZURE_OPENAI_AD_TOKEN": "azure-token",
    "NEBIUS_API_KEY": "nebius-key",
    "AWS_BEARER_TOKEN_BEDROCK": "bedrock-token",
    "AZURE_SUBSCRIPTION_ID": "azure-subscription",
    "FBENCH_WIRE_API_KEY": "wire-key",
    "AWS_ACCESS_KEY_ID": "aws-key-id",
    "AWS_SECRET_ACCESS_KEY": "aws-key",
    "AWS_SESSION_TOKEN": "aws-token",
    "GOOGLE_API_KEY": "google-key",
    "GEMINI_API_KEY": "gemini-key",
    "GOOGLE_CLOUD_PROJECT": "project",
    "GOOGLE_CLOUD_QUOTA_PROJECT": "quota-project",
    "GOOGLE_CLOUD_PROJECT_NUMBER": "project-number",
    "FBENCH_BUCKET": "bucket",
}
_FIELDS = {
    "client_email": "service-account",
    "private_key": "private-key",
    "private_key_id": "private-key-id",
    "client_id": "client-id",
    "client_secret": "client-secret",
    "refresh_token": "refresh-token",
    "project_id": "project",
    "quota_project_id": "quota-project",
}
_RESOURCE = "AZURE_OPENAI_RESOURCE_ID"
_PARTS = ("azure-subscription", "azure-group", "azure-account")
"""What the id of a resource of Azure names, in its order."""
KNOWN_NAMES = frozenset([*_VARIABLES.values(), *_FIELDS.values(), *_PARTS])
"""The names in the placeholders of secrets from the environment."""

_OF_ANY_SERVICE = re.compile(r"(?:KEY|TOKEN|SECRET|PASSWORD)$")
_SHORTEST_OF_ANY = 16

_FILE = "GOOGLE_APPLICATION_CREDENTIALS"


class KnownSecrets:
    """Replaces known values by `scrubbed-` and their name.

    A value that could be a word (short, and without a digit) is replaced only as a whole word, all others
    everywhere. If two values have the same name, their digests are added to it.

    Args:
        known: value -> name.
        digest: value -> digest.
        rules: the version of the rules.

    Raises:
        ValueError: a value is shorter than four characters. The message does not contain it.
    """

    def __init__(
        self, known: Mapping[str, str], digest: Mapping[str, str], rules: int = RULES_VERSION
    ) -> None:
        names = Counter(known.values())
        self._places: dict[str, str] = {}
        patterns: dict[str, str] = {}
        for value, name in known.items():
            if len(value) < _SHORTEST:
                raise ValueError(
                    f"the value to be scrubbed as {name!r} has {len(value)} characters, which would be "
                    f"found in ordinary text: give one of at least {_SHORTEST}, or none."
                )
            if is_placeholder(value):
                continue
            place = f"scrubbed-{name}" if names[name] == 1 else f"scrubbed-{name}-{digest[value]}"
            for form in [*_forms(value), *(_later_forms(value) if rules > _RULES_WITHOUT_BREAKS else ())]:
                self._places.setdefault(form, place)
                patterns.setdefault(form, _pattern(form))
        longest_first = sorted(patterns, key=lambda form: (-len(form), form))
        self._signs = tuple(longest_first)
        self._pattern = re.compile("|".join([_PLACEHOLDER, *(patterns[form] for form in longest_first)]))
        long = [form for form in longest_first if len(form) >= _SHORTEST_WRAPPED and "\0" not in form]
        wrapped = "|".join(f"(?:{_BREAK.pattern})?".join(map(re.escape, form)) for form in long)
        self._wrapped = re.compile(wrapped) if wrapped and rules > _RULES_WITHOUT_BREAKS else None

    def __call__(self, text: str) -> str:
        """The text without known values."""
        if any(sign in text for sign in self._signs):
            text = self._pattern.sub(partial(_placed, self._places), text)
        if self._wrapped is not None and _BREAK.search(text):
            text = self._wrapped.sub(self._joined, text)
        return text

    def spans(self, text: str) -> list[tuple[int, int, str]]:
        """Start and end of each known value, and its placeholder."""
        found = self._pattern.finditer(text)
        return [(*each.span(), self._places[each[0]]) for each in found if each[0] in self._places]

    def _joined(self, found: re.Match[str]) -> str:
        """The placeholder of a value that lines were broken in; it keeps the breaks, behind it."""
        breaks = _BREAK.findall(found[0])
        return self._places[_BREAK.sub("", found[0])] + "".join(breaks) if breaks else found[0]


def known_of(environ: Mapping[str, str]) -> dict[str, str]:
    """The secrets in environment variables, with names; for equal values, the first variable gives the name.

    A file of credentials that is absent or is not a JSON object is ignored; the SDK that needs it reports it.
    """
    known: dict[str, str] = {}
    for variable, name in _VARIABLES.items():
        _add(known, environ.get(variable), name)
    for variable, value in sorted(environ.items()):
        if _OF_ANY_SERVICE.search(variable) and _is_secret(value):
            _add(known, value, variable.strip("_").lower().replace("_", "-"))
    words = environ.get(_RESOURCE, "").strip().strip("/").split("/")
    for value, name in zip(words[1::2][:2] + words[7::2], _PARTS, strict=False):
        _add(known, value, name)
    credentials = _credentials(environ.get(_FILE, ""))
    for field, name in _FIELDS.items():
        _add(known, credentials.get(field), name)
    return known


def unmistakable(environ: Mapping[str, str]) -> KnownSecrets | None:
    """The secrets of the environment that no other text would be by chance; None if there are none."""
    found = {
        value: name
        for value, name in known_of(environ).items()
        if len(value) >= _SHORTEST_OF_ANY and is_mixed(value) and not is_dummy(value)
    }
    return KnownSecrets(found, {value: str(n) for n, value in enumerate(found)}) if found else None


def _is_secret(value: str) -> bool:
    """Whether the value of a variable that is named like a secret's looks like one: no path, and no word."""
    return (
        len(value.strip()) >= _SHORTEST_OF_ANY
        and is_mixed(value)
        and not re.search(r"\s", value.strip())
        and not os.path.exists(value)  # noqa: PTH110 - a Path raises where a value is too long for one
    )


def _placed(places: Mapping[str, str], found: re.Match[str]) -> str:
    return places.get(found[0], found[0])


def _pattern(form: str) -> str:
    literal = re.escape(form)
    word = len(form) < 16 and not re.search(r"[0-9]", form)
    return f"{_FREE}{literal}(?![A-Za-z0-9])" if word else literal


def _forms(value: str) -> Iterator[str]:
    """The value unchanged, percent-encoded once and twice, as in JSON at two depths, and in base64."""
    yield value
    encoded = quote(value, safe="", errors="replace")
    yield from (encoded, quote(encoded, safe=""), re.sub("%..", _lower, encoded))
    yield quote_plus(value, errors="replace")
    for ascii_only in (True, False):
        escaped = json.dumps(value, ensure_ascii=ascii_only)[1:-1]
        yield from (escaped, escaped.replace("/", "\\/"), json.dumps(escaped, ensure_ascii=False)[1:-1])
    if len(value) >= _SHORTEST_IN_BASE64:
        yield from _in_base64(value.encode(errors="surrogatepass"))


def _later_forms(value: str) -> Iterator[str]:
    """The value in hexadecimal digits, with entities of HTML, and in UTF-16, since version 3 of the rules."""
    raw = value.encode(errors="surrogatepass")
    if len(raw) >= _SHORTEST_IN_BASE64:
        yield from (raw.hex(), raw.hex().upper(), raw.hex(":"), raw.hex(" "))
        yield "\0".join(value)
        yield "".join(f"\\x{byte:02x}" for byte in raw)
    yield from (html.escape(value), html.escape(value).replace("&#x27;", "&#39;"))
    yield "".join(each if each.isalnum() else f"&#{ord(each)};" for each in value)
    yield "".join(each if each.isalnum() else f"&#x{ord(each):x};" for each in value)
    yield "".join(f"&#{ord(each)};" for each in value)
    yield "".join(f"&#x{ord(each):x};" for each in value)


def _in_base64(value: bytes) -> Iterator[str]:
    """The common part of all base64 texts that hold these bytes, at each of the three alignments."""
    for before, unsteady in ((0, 0), (1, 2), (2, 3)):
        whole = before + len(value)
        text = base64.b64encode(b"\0" * before + value).decode()[unsteady : whole * 8 // 6]
        yield from (text, text.translate({ord("+"): "-", ord("/"): "_"}))


def _lower(found: re.Match[str]) -> str:
    return found[0].lower()


def _add(known: dict[str, str], value: object, name: str) -> None:
    if isinstance(value, str) and len(value.strip()) >= _SHORTEST:
        known.setdefault(value.strip(), name)


def _credentials(path: str) -> dict[str, object]:
    try:
        loaded: object = json.loads(Path(path).read_bytes()) if path else {}
    except (OSError, ValueError):
        return {}
    return cast("dict[str, object]", loaded) if isinstance(loaded, dict) else {}
