"""What people are shown: without secrets, and without characters that a terminal acts on.

Answers of models, messages of services and names of files may hold anything. Files keep it as it is; what
goes to a terminal or to stderr passes `SafeStream`. It is put in the place of the stream itself, so
tracebacks, warnings, logs and what libraries print pass it too.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from threading import RLock
from typing import Any, TextIO

from fbench.errors import FbenchError

__all__ = ["SafeStream", "clean_causes", "raw_of", "safe_stderr", "shown", "visible", "without_secrets"]

_ACTED_ON = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]|\r(?!\n)"
)
"""Control characters of C0 and C1 but tab and line feed (ESC begins colours, links and commands), marks that
change the direction of writing, separators of lines, and what is no character at all."""

SIGNS = re.compile(
    r"sk-|sess-|-----begin|eyj|aiza|ya29|1//|gocspx-|aws4|akia|asia|absk|github_pat_|gh[pousr]_|hf_|xox"
    r"|bearer|basic|org-|proj_|user|key|token|secret|passw|passphrase|client|authorization|organi|project|account"
    r"|owned|bucket|signature|credential|accessid|sig=|upload_id|email|cookie|forwarded-for|real-ip|connecting-ip"
    r"|remote_addr|gs://|googleapis|storage\.cloud|/b/|billing|ft:|@|://|%|\\u00"
    r"|gsk_|xai-|r8_|pplx-|tgp_|fw_|csk-|nvapi-|pcsk_|tvly-|jina_|[sr]k_|pk-lf|lsv2_|ls__|wandb_|ek_|aq\.|goog1e"
    r"|whsec_|sg\.|pypi-|npm_|rubygems_|dckr_|gl(?:pat|dt|rt|ptt|cbt|soat)-|atbb|atatt|do[opr]_v1|dapi|hvs\."
    r"|glsa_|glc_|sntry|pmak-|shp\w\w_|sq0|lin_api|ntn_|figd_|sbp_|pat-na|nrak-|pscale_|vercel_|nfp_|dp\.pt"
    r"|pul-|xapp-|:aa|8q~|pwd|-u[ '\"s]|--user|code=|/bot|bot |webhook|hooks[./]|make\.com|atlasv1|curl"
    r"|auth|assertion|passcode|_pass|_pat|code_verifier|device_code|ssws|flyv1|\$2[aby]\$|4/0a|xprv|jqqj99"
    r"|akcp|aki[ad]|aklt|aqvn|ltai|dose|cmvmdgtu|gr1348941|flwseck|atctt3x"
    r"|(?<![a-z0-9])[a-z][a-z0-9.]{0,30}[-_.][a-z0-9_.-]{12}",
    re.IGNORECASE,
)
"""Every text that the rules for secrets may change has one of these: a word, or the prefix of a token with
what follows. The rules take long to import.
"""

NAMED = re.compile(r"KEY|TOKEN|SECRET|PASSW|CREDENTIALS|PROJECT|ORG|BUCKET|SUBSCRIPTION|RESOURCE_ID")
"""The names of variables that may hold a secret or lead to one."""

_OF_ANY_SERVICE = re.compile(r"(?:KEY|TOKEN|SECRET|PASSWORD|PASSPHRASE)$")
_SHORTEST = 8
"""The characters of a value of such a variable, below which it could be a word."""

_IDENTITIES = frozenset(
    [
        *("organization", "openai-project", "project", "quota-project", "project-number", "bucket"),
        *("azure-subscription", "azure-group", "azure-account"),
    ]
)
"""Values that lead to no access; a folder may be named after them, and must still be named right."""


def visible(text: str) -> str:
    r"""A text with `\x1b` or the like in the place of each character that a terminal acts on."""
    return _ACTED_ON.sub(_escaped, text)


def without_secrets(text: str, *, identities: bool = True, environ: Mapping[str, str] = os.environ) -> str:
    """A text without the secrets of the environment, and without what looks like one.

    With `identities`, also without the project, the bucket and the organisation of the environment.
    """
    named = {name: value for name, value in environ.items() if NAMED.search(name)}
    if not named and not SIGNS.search(text):
        return text
    return _scrubber(tuple(sorted(named.items())), identities=identities)(text)


def clean_causes(error: BaseException) -> None:
    """Take secrets out of an error and of those that led to it, as the interpreter would print them."""
    left: list[BaseException | None] = [error]
    seen: set[int] = set()
    while left:
        each = left.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        left += [each.__cause__, each.__context__]
        others = not isinstance(each, FbenchError)  # ours name folders, which must stay right
        args = tuple(
            without_secrets(text, identities=others) if isinstance(text, str) else text for text in each.args
        )
        if args != each.args:
            each.args = args
        notes: list[str] = getattr(each, "__notes__", [])
        notes[:] = [without_secrets(note, identities=False) for note in notes]


class SafeStream:
    """A text stream that passes on whole lines, cleaned. What it wraps is `raw`.

    A line is held back until its end or a flush, so that a secret is found that several calls write.
    """

    def __init__(self, raw: TextIO, clean: Callable[[str], str] = visible) -> None:
        self.raw, self._clean, self._held = raw, clean, ""
        self._lock = RLock()  # threads write, and a handler of a signal in the midst of it

    def write(self, text: str) -> int:
        """Write a text, to its last end of a line."""
        with self._lock:
            whole, end, self._held = (self._held + text).rpartition("\n")
            if end:
                self._put(whole + end)
        return len(text)

    def flush(self) -> None:
        """Write what was held back."""
        with self._lock:
            held, self._held = self._held, ""
            if held:
                self._put(held)
            self.raw.flush()

    def _put(self, text: str) -> None:
        clean = self._clean(text)
        try:
            self.raw.write(clean)
        except UnicodeEncodeError:
            encoding = self.raw.encoding
            self.raw.write(clean.encode(encoding, "backslashreplace").decode(encoding))

    def __getattr__(self, name: str) -> Any:
        if name == "buffer":  # click would write around this
            raise AttributeError(name)
        return getattr(self.raw, name)


def raw_of(stream: TextIO) -> TextIO:
    """The stream itself, for what was cleaned already and has colours of ours."""
    return getattr(stream, "raw", stream) if isinstance(stream, SafeStream) else stream


@contextmanager
def safe_stderr() -> Generator[None]:
    """Have all that is written to stderr pass a `SafeStream`, in this process, during the block."""
    before = sys.stderr
    sys.stderr = stream = SafeStream(before, shown)  # pyright: ignore[reportAttributeAccessIssue] - it has what a stream has
    try:
        yield
    finally:
        sys.stderr = before
        stream.flush()


def shown(text: str) -> str:
    """A text as it may stand on stderr."""
    return visible(without_secrets(text, identities=False))


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


@lru_cache(8)
def _scrubber(named: tuple[tuple[str, str], ...], *, identities: bool) -> Callable[[str], str]:
    from fbench.cassette.scrub.known import known_of  # noqa: PLC0415 - slow to import
    from fbench.cassette.scrub.scrubber import Scrubber  # noqa: PLC0415 - as above

    known = {
        value: name for value, name in known_of(dict(named)).items() if identities or name not in _IDENTITIES
    }
    for name, value in named:
        if _OF_ANY_SERVICE.search(name) and len(value.strip()) >= _SHORTEST:
            known.setdefault(value.strip(), name.lower().replace("_", "-"))
    return Scrubber(known).text
