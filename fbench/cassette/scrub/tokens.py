"""Keys, tokens and certificates: what is a secret by its own form."""

from __future__ import annotations

import base64
import binascii

from fbench.cassette.scrub.rule import mixed, rule, token

__all__ = ["TOKENS"]


def _tail_is_mixed(value: str) -> bool:
    return mixed(value.partition("-")[2])


def _is_pair(value: str) -> bool:
    """Whether this is base64 of `name:password`, as in HTTP's basic authentication (RFC 7617)."""
    try:
        decoded = base64.b64decode(value + "=" * (-len(value) % 4), validate=True).decode()
    except (binascii.Error, ValueError):
        return False
    return ":" in decoded and decoded.isprintable()


def _is_bearer(value: str) -> bool:
    return len(value) >= 24 or any(letter.isdigit() for letter in value)


TOKENS = (
    rule(
        "private key",
        "-----begin",
        r"(?P<v>-----BEGIN[ +][A-Z0-9 +]{0,32}PRIVATE[ +]KEY(?:[ +]BLOCK)?-----"
        r"(?:[A-Za-z0-9+/=\s\\:,.]|-(?!----))*"
        r"(?:-----END[ +][A-Z0-9 +]{0,48}-----)?)",
        by_form=True,
    ),
    rule("password in a URL", "://", r"://(?P<v>[^\s/:@\"'<>]{1,128}:[^\s/@\"'<>]{1,256})@"),
    token("JSON web token", "eyJ", r"[A-Za-z0-9_-]{5,}\.eyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)?"),
    token("OpenAI key", "sk-", r"[A-Za-z0-9_*-]{16,}", when=_tail_is_mixed),
    token("OpenAI session", "sess-", r"[A-Za-z0-9]{20,}", when=_tail_is_mixed),
    token("Google API key", "AIza", r"[A-Za-z0-9_-]{30,}"),
    token("Google access token", r"ya29\.", r"[A-Za-z0-9_.-]{8,}"),
    token("Google refresh token", "1//", r"0[A-Za-z0-9_-]{16,}"),
    token("Google client secret", "GOCSPX-", r"[A-Za-z0-9_-]{16,}"),
    rule(
        "AWS signature",
        "aws4-hmac-sha256",
        r"AWS4-HMAC-SHA256[ +]{1,4}(?P<v>Credential[^\"\\\r\n&<>]{8,})",
    ),
    token("AWS access key", "A[KS]IA", r"[A-Z0-9]{16,}(?![A-Za-z0-9])")._replace(signs=("akia", "asia")),
    token("Bedrock key", "ABSK", r"[A-Za-z0-9+/=]{40,}"),
    token("GitHub token", "github_pat_", r"[A-Za-z0-9_]{20,}"),
    token("GitHub token", "gh[pousr]_", r"[A-Za-z0-9]{20,}")._replace(
        signs=("ghp_", "gho_", "ghu_", "ghs_", "ghr_")
    ),
    token("Hugging Face token", "hf_", r"[A-Za-z0-9]{20,}"),
    token("Slack token", "xox[abeoprs]-", r"[A-Za-z0-9-]{10,}"),
    rule(
        "bearer token",
        "bearer",
        r"[Bb](?:earer|EARER)[\s+]{1,4}(?P<v>[A-Za-z0-9._~+/-]{8,}={0,2})",
        when=_is_bearer,
    ),
    rule(
        "basic authentication",
        "basic",
        r"[Bb](?:asic|ASIC)[\s+]{1,4}(?P<v>[A-Za-z0-9+/]{6,}={0,2})",
        when=_is_pair,
    ),
    token("organisation", "org-", r"[A-Za-z0-9]{16,}", when=_tail_is_mixed, by_form=False),
    rule("organisation", "org-", r"organi[sz]ation[^\w\s]{0,8}\s{1,4}(?P<v>org-[A-Za-z0-9_-]{2,})"),
    token("OpenAI project", "proj_", r"[A-Za-z0-9]{16,}", when=mixed, by_form=False),
    token("OpenAI user", "user-", r"[A-Za-z0-9]{16,}", when=_tail_is_mixed, by_form=False),
)
"""From the most particular to the least: what one replaces, the next ones let stand.

Who someone is (an organisation, a project, a user) is no key by its form, nor is what a word before it makes
one (`Bearer`), or its place in a URL.
"""
