"""Secrets by their name in settings, options of commands, pairs of name and value, XML, and messages."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fbench.cassette.scrub.rule import ScrubRule, Span, is_placeholder, rule, since

__all__ = ["ENDS_OF_SECRETS", "NAMES_OF_SECRETS", "SETTINGS"]

_QUOTE = r"\\{0,31}[\"']"
_SHORTEST_MADE = 12
_BEFORE = r"(?:[\w.-]{0,48}(?:[_.-]|(?-i:(?<=[a-z0-9])(?=[A-Z]))))?"
"""What stands before the last words of a name, as in `acme_api_key`, `x-api-key` and `acmeApiKey`."""

NAMES_OF_SECRETS = (
    _BEFORE
    + r"(?:(?:api|bot|app|access|refresh|session|security|auth|bearer|user|deploy|service|personal|admin)"
    r"[_-]?token|(?:api|access|account|master|secret|signing|encryption|subscription|private)[_-]?key(?:[_-]?id)?"
    r"|(?:client|app|webhook|jwt|signing)?[_-]?secret|password|passwd|passphrase|passcode"
    r"|device_code|code_verifier|authorization|set-cookie|cookie)"
)
_SURELY = re.compile(NAMES_OF_SECRETS, re.IGNORECASE)
"""Names of secrets only."""

_MAYBE = re.compile(
    r"(?![\w.-]{0,48}(?:idempotency|public|primary|foreign|sort|partition|cache|page|next|previous|continuation|sync"
    r"|resume|pagination|websocket|eos|bos|pad|unk|mask|sep|stop|object|row|index|hash|group|routing)[_-]?(?:key|token))"
    r"(?:(?-i:[A-Z][A-Z0-9_]{0,64}(?:KEY|TOKEN|SECRET|PASSWORD|PASS|PWD|_PAT|CREDENTIALS))"
    rf"|(?:(?<=[?&])|[\w.-]{{1,48}}(?:[_.-]|(?-i:(?<=[a-z0-9])(?=[A-Z]))))key"
    rf"|{_BEFORE}(?:token|auth|bearer|pwd|credentials?|assertion))",
    re.IGNORECASE,
)
"""Names of secrets and of other things."""

ENDS_OF_SECRETS = [
    *("key", "key_id", "key-id", "keyid", "token", "secret", "password", "passwd", "passphrase", "passcode"),
    *("device_code", "code_verifier", "assertion", "authorization", "cookie"),
]
_ENDS = [
    *(f"{end}{mark}" for end in ("key", "token", "auth", "bearer") for mark in "\"':=> "),
    *(f"{end}{mark}" for end in ("_pass", "_pat") for mark in ":="),
    *("key_id", "key-id", "keyid", "secret", "passw", "passphrase", "passcode", "pwd", "credential"),
    *("device_code", "code_verifier", "assertion", "cookie", "authorization"),
]
"""Signs of these names: not the `tokens` of answers."""

_LETTER = r"[^\s\"'`<>\\,;&(){}\[\]|]"
_WORD = rf"{_LETTER}{{8,512}}"
_AFTER = rf"(?!{_LETTER}|[(\[])"
"""What is called or indexed is source code, not a value."""

_QUOTED = r"[^\"'\\<>]{6,512}"
_VALUE_IS = rf"{_QUOTE}value{_QUOTE}\s{{0,8}}:\s{{0,8}}"
_VALUE_OF = re.compile(
    r"(?P<last>(?:key|token|secret|passw(?:or)?d|passphrase|passcode|pass|_pat|pwd|auth|bearer|credentials?"
    r"|device_code|code_verifier|assertion|authorization|cookie)(?:[_-]?id)?)(?:"
    rf"(?:{_QUOTE})?\s{{0,8}}(?::=|=>|[:=])(?:\s{{0,8}}(?:SecretStr\()?b?{_QUOTE}(?P<marked>[^\s\"'\\<>(){{}}\[\]]{{6,512}}){_QUOTE}"
    rf"|\s{{0,8}}\{{\s{{0,8}}{_VALUE_IS}{_QUOTE}(?P<inner>{_QUOTED}){_QUOTE}|[\s(\[{{<]{{0,8}}(?:b?{_QUOTE})?(?P<plain>{_WORD}){_AFTER})"
    rf"|\s{{1,4}}(?:{_QUOTE})?(?P<option>{_WORD}){_AFTER}"
    rf"|{_QUOTE}\s{{0,8}},\s{{0,8}}(?:{_VALUE_IS})?b?{_QUOTE}(?P<second>{_QUOTED})"
    rf"|{_QUOTE}\s{{1,4}}value={_QUOTE}(?P<typed>{_QUOTED})"
    r"|(?:\s[^<>]{0,256})?(?:>|&gt;)\s{0,8}(?:<!\[CDATA\[)?(?P<element>[^<>&\s\]][^<>&\]]{0,512}?)\s{0,8}"
    r"(?:\]\]>)?(?:<|&lt;)/)",
    re.IGNORECASE,
)
_NAME = re.compile(r"[\w.-]{1,64}\Z")
_LONGEST_NAME = 64
_BEFORE_IT = {
    "option": re.compile(r"(?:(?<![\w-])--?|\bset(?:x|env)?\s(?:-\w{1,4}\s)?)\Z"),
    "second": re.compile(
        rf"(?:[\[(]\s{{0,8}}|{_QUOTE}(?:name|key|header){_QUOTE}\s{{0,8}}:\s{{0,8}})b?{_QUOTE}\Z"
    ),
    "typed": re.compile(rf"name={_QUOTE}\Z"),
    "element": re.compile(r"(?:<|&lt;)(?:[\w.-]{1,32}:)?\Z"),
}
"""What must stand before the name."""


_NUMBERS = re.compile(r"\d+:\d+")
"""A user and a group, as in `docker run -u 1000:1000`."""


def _is_set_to(value: str) -> bool:
    """Whether a value is no word, and no link: it has a letter, and two digits, or one and both cases."""
    digits = len(re.findall("[0-9]", value))
    return bool(
        re.search("[A-Za-z]", value)
        and (digits > 1 or (digits and re.search("[a-z]", value) and re.search("[A-Z]", value)))
        and "://" not in value
        and not re.fullmatch(r"[$%@]\w+|[\w./-]+\.[a-z]{2,5}|[a-z]{3,}(?:\.[A-Za-z]+\d?[A-Za-z]*)+", value)
    )


def _is_machine_made(value: str) -> bool:
    """Whether a value is long, and a part of it has digits among letters, unlike names, dates and paths."""
    return (
        len(value) >= _SHORTEST_MADE
        and _is_set_to(value)
        and any(
            len(part) > 7 and re.search("[0-9]", part) and re.search("[A-Za-z]", part)
            for part in re.split("[^A-Za-z0-9]", value)
        )
    )


def _named(text: str) -> Iterator[Span]:
    """The values of settings, options of commands, pairs of name and value, and XML, whatever their notation.

    First the last word of a name with what follows it, then the name before: to search for names first would
    examine every word of the text.
    """
    at = 0
    while (found := _VALUE_OF.search(text, at)) is not None:
        kind = found.lastgroup or ""
        if _is_named(found, kind) and not is_placeholder(found[kind]):
            yield found.span(kind)
            at = found.end(kind)
        else:
            at = found.end("last")


def _is_named(found: re.Match[str], kind: str) -> bool:
    """Whether the name of a value, and what stands before the name, make the value a secret."""
    text, end = found.string, found.end("last")
    name = _NAME.search(text, max(0, end - _LONGEST_NAME), end)
    if name is None:
        return False
    start = name.start()
    start += text[start - 1 : start] == "\\" and text[start] in "nrt"
    while text[start] == "-":
        start += 1
    if kind in _BEFORE_IT and not _BEFORE_IT[kind].search(text[max(0, start - _LONGEST_NAME) : start]):
        return False
    if kind in ("marked", "plain") and (
        text[start - 2 : start] == "::" or text[start - 1] + text[end] == "::"
    ):
        return False  # the name of a class, or of a resource
    if _SURELY.fullmatch(text, start, end):
        return kind in ("element", "inner", "marked") or _is_set_to(found[kind])
    return _MAYBE.fullmatch(text, start, end) is not None and _is_machine_made(found[kind])


SETTINGS = since(
    3,
    ScrubRule("secret by name", tuple(_ENDS), _named, pattern=_VALUE_OF),
    rule(
        "secret by name",
        "\t".join(end + mark for end in ENDS_OF_SECRETS for mark in "\"'"),
        rf"value{_QUOTE}\s{{0,8}}:\s{{0,8}}{_QUOTE}(?P<v>{_QUOTED}){_QUOTE}\s{{0,8}},\s{{0,8}}{_QUOTE}(?:name|key|header){_QUOTE}"
        rf"\s{{0,8}}:\s{{0,8}}{_QUOTE}(?i:{NAMES_OF_SECRETS}){_QUOTE}",
        when=_is_set_to,
    ),
    rule(
        "authorization",
        "authorization\ttoken \tbot \tapikey \tssws \tflyv1 ",
        r"(?:(?<![\w-])(?:Token|Bot|ApiKey|SSWS|FlyV1)|authorization[\"'\\]{0,8}:[\s\"'\\]{0,8}[A-Za-z][A-Za-z0-9-]{1,24})"
        r"[ ]{1,4}(?P<v>(?:[A-Za-z]{2,20}=(?:[^\r\n\\]|\\+[\"']){0,512}|[A-Za-z0-9._~+/=:-]{12,}))",
        flags=re.IGNORECASE,
        when=_is_machine_made,
    ),
    rule(
        "secret in a message",
        "api key\ttoken \tpassword \tsecret ",
        r"(?<![\w-])(?:api key|token|password|secret) (?:[a-z]{2,12}:? ){0,2}\(?\\{0,8}[\"'`]?"
        r"(?P<v>[A-Za-z0-9._~+/=-]{10,})",
        flags=re.IGNORECASE,
        when=_is_machine_made,
    ),
    rule(
        "password of a login",
        " password ",
        r"(?:login|user|account) {1,4}[^\s]{1,128} {1,4}password {1,4}(?P<v>[^\s\"'\\]{4,256})",
    ),
    rule(
        "key of a connection",
        "accountkey\tsharedaccesskey\tsharedaccesssignature\t;pwd\t; pwd\t;password\t; password",
        r"(?:(?<![A-Za-z])(?:AccountKey|SharedAccessKey|SharedAccessSignature)"
        r"|(?:(?<=;)|(?<=; ))(?:Pwd|Password))\s{0,4}=\s{0,4}(?P<v>[^;\s\"'<>\\]{4,})",
        flags=re.IGNORECASE,
    ),
    rule(
        "password of a command",
        "-u \t-u'\t-u\"\t--user\tcurl",
        rf"(?:(?<![\w-])(?:-u(?: |(?={_QUOTE}))|--user[ =]?)|curl(?: [^\r\n]{{0,256}}?)? -u)"
        rf"\s{{0,2}}(?:{_QUOTE})?"
        r"(?P<v>[^\s:\"'`\\=]{1,128}:[^\s\"'`\\]{0,256})",
        when=lambda value: _is_machine_made(value) if value[-1] == ":" else not _NUMBERS.fullmatch(value),
    ),
    rule(
        "OAuth code",
        "code=\tassertion=",
        r"(?<=[?&])(?:code|client_assertion|assertion|device_code)=(?P<v>[^&\s\"'<>\\#]{12,})",
        when=_is_set_to,
    ),
)
"""Since version 3 of the rules."""
