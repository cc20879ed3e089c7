"""Takes secrets out of requests and responses before anything of them is kept.

What is replaced, by its form, its name or its place, is said in `scrub_tokens`, `scrub_names` and
`scrub_resources`. In what models and their users say (`content`) only forms and known values count: there a
name or a place is what an answer may be about. A secret that a stream brings in pieces, some characters an
event, is not seen.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from urllib.parse import quote, unquote

from fbench.cassette.scrub.content import apart
from fbench.cassette.scrub.environ import known_of
from fbench.cassette.scrub.known import Known
from fbench.cassette.scrub.secrets import concerning, digest_of, encoded_runs, unescaped

__all__ = ["RULES_VERSION", "Scrubber", "from_environ"]

RULES_VERSION = 2
"""Recordings carry it. By version 1, that of those without one, contents were scrubbed as all the rest."""

_KEPT_HEADERS = frozenset(
    [
        "content-type",
        "content-encoding",
        "content-disposition",
        "content-range",
        "range",
        "accept-ranges",
        "etag",
        "location",
        "content-location",
        "retry-after",
        "retry-after-ms",
        "x-should-retry",
        "openai-version",
        "openai-processing-ms",
        "openai-model",
        "x-request-id",
        "request-id",
        "apim-request-id",
        "x-ms-request-id",
        "x-amzn-requestid",
        "x-upload-content-type",
        "x-upload-content-length",
        "x-goog-hash",
        "x-goog-generation",
        "x-goog-metageneration",
        "x-goog-if-generation-match",
        "x-goog-stored-content-length",
        "x-goog-stored-content-encoding",
        "x-goog-resumable",
        "x-goog-upload-status",
        "x-goog-upload-url",
        "deprecation",
        "sunset",
    ]
)
_KEPT_FAMILY = "x-ratelimit-"
_SHAPED = re.compile(r"(?:sk-|sess-|org-|user-|proj_)")
_BINARY = re.compile(r"(?:image|audio|video|font)/|application/(?:octet-stream|gzip|zip|pdf)", re.IGNORECASE)
_ASKING = re.compile(r"https?://[^\s\"'<>\\?]{1,4000}\?[^\s\"'<>\\]{0,4000}%[^\s\"'<>\\]{0,4000}")
_MOST_PASSES = 8
_CACHED = 4096


class Scrubber:
    """Replaces secrets by placeholders, such as `org-scrubbed-1a2b3c4d`.

    A placeholder depends on its secret and the salt alone, so that what was equal stays equal wherever it
    stands, and whenever it comes. Idempotent: what is scrubbed stays so. Text without secrets stays byte
    for byte. The methods never raise.

    Args:
        known: secrets, each with the name that its placeholder, `scrubbed-NAME`, shall have.
        salt: makes the placeholders of one project unlike those of another.
        own: digests of what is no secret in contents, whatever its form, unless it is known (`own_of`).
        rules: the version of the rules.

    Raises:
        ValueError: a known secret is shorter than four characters. It is not in the message.
    """

    def __init__(
        self,
        known: Mapping[str, str] = MappingProxyType({}),
        *,
        salt: bytes = b"",
        own: Collection[str] = (),
        rules: int = RULES_VERSION,
    ) -> None:
        self._given, self._salt, self._own, self._rules = known, salt, own, rules
        self._older: Scrubber | None = None
        self._noted: dict[str, set[str]] | None = None
        self._known = Known(known, {value: self._digest(value) for value in known})
        self._cached_url = lru_cache(_CACHED)(self.text)
        self._cached_value = lru_cache(_CACHED)(self.text)

    @property
    def names(self) -> frozenset[str]:
        """What the placeholders of known secrets are named by."""
        return frozenset(self._given.values())

    @property
    def older(self) -> Scrubber:
        """The same by the rules of version 1."""
        if self._older is None:
            older = self if self._rules == 1 else Scrubber(self._given, salt=self._salt, rules=1)
            self._older = older
        return self._older

    def noting(self, values: dict[str, set[str]]) -> Scrubber:
        """The same, which keeps what it replaces: each placeholder with the values that it stands for."""
        noting = Scrubber(self._given, salt=self._salt, own=self._own, rules=self._rules)
        noting._noted = values
        return noting

    def url(self, url: str) -> str:
        """A URL without secrets in its host, path, query or fragment."""
        return self._cached_url(url)

    def headers(self, headers: Iterable[tuple[str, str]], *, response: bool) -> list[tuple[str, str]]:  # noqa: ARG002 - both keep the same
        """The headers that say something about the call, their values scrubbed, by name in lower case.

        Those that are not on the list of what is kept go as a whole: keys, cookies, addresses, dates.
        """
        kept = [(name.lower(), value) for name, value in headers]
        return sorted(
            ((name, self._cached_value(value)) for name, value in kept if _is_kept(name)),
            key=lambda header: header[0],
        )

    def text(self, text: str) -> str:
        """Any text without secrets: a message, a line of events, a file."""
        return self._settled(text, said=False)

    def words(self, text: str) -> str:
        """What a model or its user said, without known secrets and what is one by its form."""
        return self.text(text) if self._rules == 1 else self._settled(text, said=True)

    def body(self, body: bytes, content_type: str) -> bytes:
        """A body without secrets: JSON, JSON lines, events, forms, parts or text, whatever its type says.

        Of what is binary only the known secrets are replaced.
        """
        try:
            text = body.decode()
            binary = False
        except UnicodeDecodeError:
            text = body.decode(errors="surrogateescape")
            binary = not content_type.lower().startswith("multipart/")
        if binary or _BINARY.match(content_type):
            scrubbed = self._known(text)
        elif (scrubbed := self.text(text)) != text and self._rules > 1:  # most bodies hold nothing at all
            scrubbed = apart(text, self.text, self.words)
        return body if scrubbed == text else scrubbed.encode(errors="surrogateescape")

    def placeholder(self, value: str) -> str:
        """What stands for a secret; equal ones have equal placeholders, however they are encoded."""
        plain = _plain(value)
        shaped = _SHAPED.match(plain)
        if shaped is None:
            stem = f"scrubbed-{self._digest(plain)}"
            place = f"{stem}@example.invalid" if "@" in plain.strip("@") else stem
        else:
            place = f"{shaped[0]}scrubbed{shaped[0][-1]}{self._digest(plain)}"
        if self._noted is not None:
            self._noted.setdefault(place, set()).update((value, plain))
        return place

    def _settled(self, text: str, *, said: bool) -> str:
        for _ in range(_MOST_PASSES):
            before, text = text, self._once(text, said=said)
            if text == before:
                break
        return text

    def _query(self, found: re.Match[str]) -> str:
        """A URL whose values are looked at as a whole too: a client need not encode the slashes in them."""
        place, mark, query = found[0].partition("?")
        return place + mark + "&".join(map(self._value, query.split("&")))

    def _value(self, given: str) -> str:
        name, equals, value = given.partition("=")
        decoded = unquote(value)
        if (clean := self.text(decoded)) == decoded:
            return given
        return f"{name}{equals}{quote(clean, safe='/' if '/' in value else '')}"

    def _once(self, text: str, *, said: bool) -> str:
        if "%" in text and "?" in text and not said:
            text = _ASKING.sub(self._query, text)
        text = self._plainly(text, said=said)
        pieces: list[str] = []
        end = 0
        for run in encoded_runs(text):
            decoded = unquote(run[0])
            if (clean := self._plainly(decoded, said=said)) != decoded:
                pieces += [text[end : run.start()], quote(clean, safe="")]
                end = run.end()
        text = "".join([*pieces, text[end:]]) if pieces else text
        if (plain := unescaped(text)) != text and (clean := self._plainly(plain, said=said)) != plain:
            return clean
        return text

    def _plainly(self, text: str, *, said: bool) -> str:
        text = self._known(text)
        for rule in concerning(text):
            if said and not rule.by_form:
                continue
            pieces: list[str] = []
            end = 0
            for start, stop in rule.spans(text):
                if said and self._own and digest_of(text[start:stop]) in self._own:
                    continue
                pieces += [text[end:start], self.placeholder(text[start:stop])]
                end = stop
            text = "".join([*pieces, text[end:]]) if pieces else text
        return text

    def _digest(self, value: str) -> str:
        return hmac.digest(self._salt, value.encode(errors="surrogatepass"), "sha256").hex()[:8]


def from_environ(environ: Mapping[str, str], *, own: Collection[str] = ()) -> Scrubber:
    """A scrubber that knows the secrets which the vendors' and fbench's variables name.

    They are keys, projects, the bucket, and the fields of the service account's file. What cannot be read is
    passed over, and values shorter than four characters are. `own` is as for `Scrubber`.
    """
    return Scrubber(known_of(environ), own=own)


def _is_kept(name: str) -> bool:
    return name in _KEPT_HEADERS or name.startswith(_KEPT_FAMILY)


def _plain(value: str) -> str:
    """A secret without the encodings it may stand in."""
    value = re.sub(r"\\+u([0-9A-Fa-f]{4})", lambda found: chr(int(found[1], 16)), value)
    value = re.sub(r"\\+(?:r\\+)?n", "\n", value)
    return unquote(re.sub(r"\\+(.)", r"\1", value)).strip().replace("\r\n", "\n")
