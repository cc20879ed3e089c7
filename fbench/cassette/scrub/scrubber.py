"""Replaces secrets in requests and responses before they are stored.

`rules` finds secrets by their form, their name or their place; `known` replaces secrets that are known in
advance. In prompts and answers (`content`) only forms and known values count: a name or a place there may be
the subject of an answer. `pieces` puts together what a stream sends a few characters at a time.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from operator import itemgetter
from types import MappingProxyType
from typing import Protocol
from urllib.parse import quote, unquote

from fbench.cassette.format.decoding import Undecodable, decoded
from fbench.cassette.format.head import RULES_VERSION
from fbench.cassette.format.interaction import RecordedResponse, type_of
from fbench.cassette.scrub.conversation import change_apart
from fbench.cassette.scrub.detect import decodings, digest_of, encoded_runs, rules_for, unescaped
from fbench.cassette.scrub.headers import is_kept
from fbench.cassette.scrub.known import KnownSecrets, known_of
from fbench.cassette.scrub.pieces import change_split

__all__ = ["Rebased", "Scrub", "Scrubber", "from_environ", "kept_response"]

_TRANSFER_HEADERS = frozenset({"content-length", "transfer-encoding"})
_SHAPED = re.compile(r"(?:sk-|sess-|org-|user-|proj_)")
_BINARY = re.compile(r"(?:image|audio|video|font)/|application/(?:octet-stream|gzip|zip|pdf)", re.IGNORECASE)
_UNTYPED = re.compile(r"application/octet-stream", re.IGNORECASE)
"""The type of every file that OpenAI's service gives back, also of a batch's answers. Since version 4 of the
rules, such a body is text if it can be read as text."""
_QUERY = r"[^\s\"'<>\\?]{1,4000}\?[^\s\"'<>\\]{0,4000}%[^\s\"'<>\\]{0,4000}"
_ASKING = re.compile(r"https?://" + _QUERY)
_ASKING_HERE = re.compile(r"(?:https?://|\A/|(?<=\")/)" + _QUERY)
"""Links of the same host too, since version 3 of the rules."""
_MOST_PASSES = 8
_CACHED = 4096


class Scrub(Protocol):
    """The part of a scrubber that a cassette needs: it replaces text that must not be stored.

    It is idempotent, and replaces equal values by equal texts everywhere.
    """

    @property
    def older(self) -> Scrub:
        """A scrubber by version 1 of the rules; itself if there is none."""
        ...

    @property
    def earlier(self) -> Sequence[Scrub]:
        """Scrubbers by the other versions of the rules before this one, the latest first."""
        ...

    def url(self, url: str) -> str:
        """A URL as it may be stored."""
        ...

    def headers(self, headers: Iterable[tuple[str, str]], *, response: bool) -> list[tuple[str, str]]:
        """The headers that may be stored, with names in lower case."""
        ...

    def body(self, body: bytes, content_type: str) -> bytes:
        """A body as it may be stored."""
        ...


class Scrubber:
    """Replaces secrets by placeholders, such as `org-scrubbed-1a2b3c4d`.

    A placeholder depends only on its secret and the salt, so equal secrets have equal placeholders in every
    place and every recording. Idempotent. Text without secrets is unchanged, byte for byte. The methods never
    raise.

    Args:
        known: secrets, each with the NAME of its placeholder, `scrubbed-NAME`.
        salt: makes the placeholders of one project differ from those of another.
        own: digests of texts that are not secrets in prompts and answers, whatever their form; see `own_of`.
            Known secrets are replaced in any case.
        keep: names of headers that are kept too.
        rules: the version of the rules, from 1.

    Raises:
        ValueError: a known secret is shorter than four characters. The message does not contain it.
    """

    def __init__(
        self,
        known: Mapping[str, str] = MappingProxyType({}),
        *,
        salt: bytes = b"",
        own: Collection[str] = (),
        keep: Collection[str] = (),
        rules: int = RULES_VERSION,
    ) -> None:
        self._given, self._salt, self._own, self._rules = known, salt, own, rules
        self._keep = frozenset(name.lower() for name in keep)
        self._older: Scrubber | None = None
        self._earlier: tuple[Scrubber, ...] | None = None
        self._replaced_values: dict[str, set[str]] | None = None
        self._known = KnownSecrets(known, {value: self._digest(value) for value in known}, rules)
        self._cached_url = lru_cache(_CACHED)(self.text)
        self._cached_value = lru_cache(_CACHED)(self.text)

    @property
    def names(self) -> frozenset[str]:
        """The names of the known secrets."""
        return frozenset(self._given.values())

    @property
    def earlier(self) -> tuple[Scrubber, ...]:
        """Scrubbers with the same secrets, by the rules from version 2 on that were replaced since."""
        if self._earlier is None:
            versions = range(self._rules - 1, 1, -1)
            self._earlier = tuple(self._by(version) for version in versions)
        return self._earlier

    @property
    def older(self) -> Scrubber:
        """A scrubber with the same secrets, by version 1 of the rules."""
        if self._older is None:
            self._older = self if self._rules == 1 else self._by(1)
        return self._older

    def _by(self, version: int) -> Scrubber:
        return Scrubber(self._given, salt=self._salt, own=self._own, keep=self._keep, rules=version)

    def noting(self, values: dict[str, set[str]]) -> Scrubber:
        """A copy of the scrubber that adds to `values` each placeholder with the values that it replaced."""
        noting = Scrubber(self._given, salt=self._salt, own=self._own, keep=self._keep, rules=self._rules)
        noting._replaced_values = values
        return noting

    def url(self, url: str) -> str:
        """A URL without secrets in its host, path, query or fragment."""
        return self._cached_url(url)

    def headers(self, headers: Iterable[tuple[str, str]], *, response: bool) -> list[tuple[str, str]]:  # noqa: ARG002 - both keep the same
        """The headers that describe the call, with scrubbed values, sorted by name in lower case.

        All others are left out: keys, cookies, addresses, dates.
        """
        kept = [
            (name, self._cached_value(value))
            for name, value in [(name.lower(), value) for name, value in headers]
            if is_kept(name) or name in self._keep
        ]
        return sorted(kept, key=itemgetter(0))

    def text(self, text: str) -> str:
        """A text (a message, a line of events, a file) without secrets."""
        return self._scrub_until_stable(text, said=False)

    def words(self, text: str) -> str:
        """A prompt or an answer without known secrets and without secrets by form."""
        return self.text(text) if self._rules == 1 else self._scrub_until_stable(text, said=True)

    def body(self, body: bytes, content_type: str) -> bytes:
        """A body without secrets; it may be JSON, JSON lines, events, a form or text, whatever its type is.

        In binary bodies only known secrets are replaced. A body of no particular type is binary if it is no
        text.
        """
        try:
            text = body.decode()
            binary = False
        except UnicodeDecodeError:
            text = body.decode(errors="surrogateescape")
            binary = not content_type.lower().startswith("multipart/")
        untyped = self._rules > 3 and "\0" not in text and _UNTYPED.match(content_type)
        if binary or (_BINARY.match(content_type) and not untyped):
            scrubbed = self._known(text)
        elif (scrubbed := self.text(text)) != text and self._rules > 1:  # most bodies hold no secret
            scrubbed = change_apart(text, self.text, self.words)
        if self._rules > 2 and not binary:
            scrubbed = change_split(scrubbed, self._spans)
        return body if scrubbed == text else scrubbed.encode(errors="surrogateescape")

    def placeholder(self, value: str) -> str:
        """The placeholder of a secret; equal secrets have equal placeholders, however they are encoded."""
        plain = _plain(value)
        shaped = _SHAPED.match(plain)
        if shaped is None:
            stem = f"scrubbed-{self._digest(plain)}"
            place = f"{stem}@example.invalid" if "@" in plain.strip("@") else stem
        else:
            place = f"{shaped[0]}scrubbed{shaped[0][-1]}{self._digest(plain)}"
        if self._replaced_values is not None:
            self._replaced_values.setdefault(place, set()).update((value, plain))
        return place

    def _spans(self, text: str) -> list[tuple[int, int, str]]:
        """What is a secret in a text that is said: start, end and placeholder, without overlap."""
        found = self._known.spans(text)
        for rule in rules_for(text, self._rules):
            for start, end in rule.spans(text) if rule.by_form else ():
                value = text[start:end]
                if not rule.is_dummy(value) and digest_of(value) not in self._own:
                    found.append((start, end, self.placeholder(value)))
        apart: list[tuple[int, int, str]] = []
        for each in sorted(found):
            if not apart or each[0] >= apart[-1][1]:
                apart.append(each)
        return apart

    def _scrub_until_stable(self, text: str, *, said: bool) -> str:
        for _ in range(_MOST_PASSES):
            before, text = text, self._scrub_once(text, said=said)
            if text == before:
                break
        return text

    def _query(self, found: re.Match[str]) -> str:
        """A URL whose values are also scrubbed after decoding, since slashes in them need not be encoded."""
        place, mark, query = found[0].partition("?")
        return place + mark + "&".join(map(self._value, query.split("&")))

    def _value(self, given: str) -> str:
        name, equals, value = given.partition("=")
        safe = "/" if "/" in value else ""
        once = unquote(value)
        twice = unquote(once)
        if self._rules > 2 and twice != once and (clean := self.text(twice)) != twice:
            return f"{name}{equals}{quote(quote(clean, safe=safe), safe=safe)}"
        if (clean := self.text(once)) != once:
            return f"{name}{equals}{quote(clean, safe=safe)}"
        return given

    def _scrub_once(self, text: str, *, said: bool) -> str:
        if "%" in text and "?" in text and not said:
            text = (_ASKING_HERE if self._rules > 2 else _ASKING).sub(self._query, text)
        steps = [self._scrub_plain, self._scrub_encoded, self._scrub_escaped]
        if self._rules > 2:  # a rule may see only the beginning of what is escaped
            steps = [steps.pop(), *steps]
        for step in steps:
            text = step(text, said=said)
        return text

    def _scrub_escaped(self, text: str, *, said: bool) -> str:
        if (plain := unescaped(text, self._rules)) != text:
            clean = self._scrub_plain(plain, said=said)
            return text if clean == plain else clean
        return text

    def _scrub_encoded(self, text: str, *, said: bool) -> str:
        pieces: list[str] = []
        end = 0
        for run in encoded_runs(text, self._rules):
            for plain, encode in decodings(run[0], self._rules):
                if (clean := self._scrub_decoded(plain, said=said)) != plain:
                    pieces += [text[end : run.start()], encode(clean)]
                    end = run.end()
                    break
        return "".join([*pieces, text[end:]]) if pieces else text

    def _scrub_decoded(self, text: str, *, said: bool) -> str:
        """A text that was encoded: since version 3 of the rules, it may be encoded once more."""
        return self._scrub_once(text, said=said) if self._rules > 2 else self._scrub_plain(text, said=said)

    def _scrub_plain(self, text: str, *, said: bool) -> str:
        text = self._known(text)
        for rule in rules_for(text, self._rules):
            if said and not rule.by_form:
                continue
            pieces: list[str] = []
            end = 0
            for start, stop in rule.spans(text):
                if self._rules > 2 and rule.is_dummy(text[start:stop]):
                    continue
                if said and self._own and digest_of(text[start:stop]) in self._own:
                    continue
                pieces += [text[end:start], self.placeholder(text[start:stop])]
                end = stop
            text = "".join([*pieces, text[end:]]) if pieces else text
        return text

    def _digest(self, value: str) -> str:
        return hmac.digest(self._salt, value.encode(errors="surrogatepass"), "sha256").hex()[:8]


class Rebased:
    """A scrubber that also replaces base URLs (a port, a proxy, a custom host) by the vendor's.

    So a recording does not depend on how the service was reached.

    Args:
        scrub: does everything else.
        bases: base URL that was used -> base URL that is stored.
    """

    def __init__(self, scrub: Scrub, bases: Mapping[str, str]) -> None:
        self._scrub, self._given = scrub, bases
        self._bases = [(reached.rstrip("/"), kept.rstrip("/")) for reached, kept in bases.items()]

    @property
    def earlier(self) -> Sequence[Scrub]:
        """Scrubbers by the rules of recordings of some time ago."""
        return [Rebased(each, self._given) for each in self._scrub.earlier]

    @property
    def older(self) -> Scrub:
        """A scrubber by the rules of older recordings."""
        older = self._scrub.older
        return self if older is self._scrub else Rebased(older, self._given)

    def url(self, url: str) -> str:
        """A URL as it may be stored."""
        return self._scrub.url(self._replaced(url))

    def headers(self, headers: Iterable[tuple[str, str]], *, response: bool) -> list[tuple[str, str]]:
        """The headers that may be stored, with names in lower case."""
        moved = [(name, self._replaced(value)) for name, value in headers]
        return self._scrub.headers(moved, response=response)

    def body(self, body: bytes, content_type: str) -> bytes:
        """A body as it may be stored. In prompts and answers such URLs are not changed."""
        if any(reached.encode() in body for reached, _ in self._bases):
            text = body.decode(errors="surrogateescape")
            old = self._scrub.older is self._scrub
            text = self._replaced(text) if old else change_apart(text, self._replaced, str)
            body = text.encode(errors="surrogateescape")
        return self._scrub.body(body, content_type)

    def _replaced(self, text: str) -> str:
        for reached, kept in self._bases:
            text = text.replace(reached, kept)
        return text


def kept_response(answered: RecordedResponse, scrub: Scrub, method: str = "") -> RecordedResponse:
    """A response as it may be stored: scrubbed, not compressed, and without headers about its transfer.

    To HEAD, the length of a body is an answer, and is kept. A body that is not encoded as its headers say, or
    for which there is no decoder, stays as it came.
    """
    headers, content = answered.headers, answered.body
    with suppress(Undecodable):
        headers, content = decoded(headers, content, cut=answered.failure is not None)
    kept = [pair for pair in scrub.headers(headers, response=True) if pair[0] not in _TRANSFER_HEADERS]
    if method.upper() == "HEAD":
        kept += [("content-length", value) for name, value in headers if name.lower() == "content-length"]
    body, failure = scrub.body(content, type_of(tuple(kept))), answered.failure
    if failure is not None:
        failure = failure._replace(message=_kept_line(failure.message, scrub))
    return RecordedResponse(answered.status, _kept_line(answered.reason, scrub), tuple(kept), body, failure)


def _kept_line(text: str, scrub: Scrub) -> str:
    return scrub.body(text.encode(), "text/plain").decode()


def from_environ(
    environ: Mapping[str, str],
    *,
    own: Collection[str] = (),
    keep: Collection[str] = (),
    more: Mapping[str, str] = MappingProxyType({}),
) -> Scrubber:
    """A scrubber that knows the secrets in the environment variables of the vendors and of fbench.

    These are keys, projects, the bucket, and the fields of the service account's file. Unreadable files and
    values shorter than four characters are ignored. `more` are further secrets, `own` and `keep` are as for
    `Scrubber`.
    """
    return Scrubber({**known_of(environ), **more}, own=own, keep=keep)


def _plain(value: str) -> str:
    """A secret without encodings and escapes."""
    value = re.sub(r"\\+u([0-9A-Fa-f]{4})", lambda found: chr(int(found[1], 16)), value)
    value = re.sub(r"\\+(?:r\\+)?n", "\n", value)
    return unquote(re.sub(r"\\+(.)", r"\1", value)).strip().replace("\r\n", "\n")
