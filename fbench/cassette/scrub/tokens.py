"""Secrets by their form: keys, tokens, certificates."""

from __future__ import annotations

import base64
import binascii
import re

from fbench.cassette.scrub.rule import ScrubRule, is_mixed, rule, since, token

__all__ = ["TOKENS"]


def _tailis_mixed(value: str) -> bool:
    return is_mixed(value.partition("-")[2])


def _is_pair(value: str) -> bool:
    """Whether this is base64 of `name:password`, as in HTTP's basic authentication (RFC 7617)."""
    try:
        decoded = base64.b64decode(value + "=" * (-len(value) % 4), validate=True).decode()
    except (binascii.Error, ValueError):
        return False
    return ":" in decoded and decoded.isprintable()


def _is_bearer(value: str) -> bool:
    return len(value) >= 24 or any(letter.isdigit() for letter in value)


def _tail_of_word_is_mixed(value: str) -> bool:
    return is_mixed(re.split("[_-]", value, maxsplit=1)[-1])


_WORDS = r"[A-Za-z0-9_-]{20,}"
_LETTERS = r"[A-Za-z0-9]{20,}"
_HEX = r"[a-f0-9]{24,}"
_VENDORS: tuple[tuple[str, str, str], ...] = (
    ("Groq key", "gsk_", _LETTERS),
    ("xAI key", "xai-", _LETTERS),
    ("Replicate token", "r8_", _LETTERS),
    ("Perplexity key", "pplx-", _LETTERS),
    ("Together key", "tgp_v1_", _WORDS),
    ("Fireworks key", "fw_", _LETTERS),
    ("Cerebras key", "csk-", _LETTERS),
    ("NVIDIA key", "nvapi-", _WORDS),
    ("Pinecone key", "pcsk_", _WORDS),
    ("Tavily key", "tvly-", _WORDS),
    ("Jina key", "jina_", _WORDS),
    ("ElevenLabs key", "sk_", _HEX),
    ("Langfuse key", "pk-lf-", r"[a-f0-9-]{20,}"),
    ("LangSmith key", "lsv2_pt_", r"[a-f0-9_]{20,}"),
    ("LangSmith key", "lsv2_sk_", r"[a-f0-9_]{20,}"),
    ("LangSmith key", "ls__", _LETTERS),
    ("Weights & Biases key", "wandb_v1_", _WORDS),
    ("OpenAI ephemeral key", "ek_", _LETTERS),
    ("Google key", r"AQ\.", _WORDS),
    ("Google HMAC key", "GOOG1E", r"[A-Z0-9]{30,}"),
    ("Stripe key", "sk_live_", _LETTERS),
    ("Stripe key", "sk_test_", _LETTERS),
    ("Stripe key", "rk_live_", _LETTERS),
    ("Stripe key", "rk_test_", _LETTERS),
    ("webhook secret", "whsec_", r"[A-Za-z0-9+/=_-]{20,}"),
    ("SendGrid key", r"SG\.", r"[\w-]{16,}\.[\w-]{16,}"),
    ("Mailgun key", "key-", r"[a-f0-9]{32}(?![A-Za-z0-9])"),
    ("PyPI token", "pypi-Ag", _WORDS),
    ("npm token", "npm_", r"[A-Za-z0-9]{30,}"),
    ("RubyGems key", "rubygems_", _HEX),
    ("Docker token", "dckr_pat_", _WORDS),
    ("Docker token", "dckr_oat_", _WORDS),
    ("GitLab token", "glpat-", _WORDS),
    ("GitLab token", "gldt-", _WORDS),
    ("GitLab token", "glrt-", _WORDS),
    ("GitLab token", "glptt-", _WORDS),
    ("GitLab token", "glcbt-", _WORDS),
    ("GitLab token", "glsoat-", _WORDS),
    ("Bitbucket token", "ATBB", r"[A-Za-z0-9]{28,}"),
    ("Atlassian token", "ATATT3x", r"[A-Za-z0-9_=-]{40,}"),
    ("DigitalOcean token", "dop_v1_", _HEX),
    ("DigitalOcean token", "doo_v1_", _HEX),
    ("DigitalOcean token", "dor_v1_", _HEX),
    ("Databricks token", "dapi", r"[a-f0-9]{32}(?:-\d)?(?![A-Za-z0-9])"),
    ("Vault token", r"hvs\.", _WORDS),
    ("Grafana token", "glsa_", _WORDS),
    ("Grafana token", "glc_", r"[A-Za-z0-9+/=]{32,}"),
    ("Sentry token", "sntrys_", r"[A-Za-z0-9+/=_-]{32,}"),
    ("Sentry token", "sntryu_", _HEX),
    ("Postman key", "PMAK-", r"[a-f0-9-]{40,}"),
    ("Shopify token", "shpat_", r"[a-fA-F0-9]{32}"),
    ("Shopify secret", "shpss_", r"[a-fA-F0-9]{32}"),
    ("Shopify token", "shppa_", r"[a-fA-F0-9]{32}"),
    ("Square token", "sq0atp-", _WORDS),
    ("Square secret", "sq0csp-", _WORDS),
    ("Linear key", "lin_api_", _LETTERS),
    ("Notion token", "ntn_", r"[A-Za-z0-9]{30,}"),
    ("Notion token", "secret_", r"[A-Za-z0-9]{40,}"),
    ("Figma token", "figd_", _WORDS),
    ("Supabase token", "sbp_", _HEX),
    ("HubSpot token", "pat-na1-", r"[a-f0-9-]{30,}"),
    ("New Relic key", "NRAK-", r"[A-Z0-9]{20,}"),
    ("PlanetScale token", "pscale_tkn_", _WORDS),
    ("Vercel token", "vercel_blob_rw_", _WORDS),
    ("Netlify token", "nfp_", _LETTERS),
    ("Doppler token", r"dp\.pt\.", _LETTERS),
    ("Pulumi token", "pul-", r"[a-f0-9]{40}"),
    ("Slack app token", "xapp-", r"[A-Za-z0-9-]{20,}"),
    ("age key", "AGE-SECRET-KEY-1", r"[A-Z0-9]{30,}"),
)
"""Keys and tokens with a prefix of their own: what they are, the prefix, and what follows it.

As their vendors document them or write them in examples, and as secret scanners of code hosts list them, such
as https://docs.github.com/en/code-security/secret-scanning/introduction/supported-secret-scanning-patterns.
"""


def _by_vendor() -> tuple[ScrubRule, ...]:
    return since(
        3,
        *(token(kind, prefix, rest, when=_tail_of_word_is_mixed) for kind, prefix, rest in _VENDORS),
        rule("Telegram token", ":aa", r"(?<!\d)(?P<v>\d{8,10}:AA[A-Za-z0-9_-]{32,})", by_form=True),
        rule("Entra client secret", "8q~", r"(?<![\w.~-])(?P<v>[\w.~-]{3}8Q~[\w.~-]{31,34})", by_form=True),
    )


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
    *since(
        3,
        rule("password in a URL", "://:", r"://:(?P<v>[^\s/@\"'<>]{1,256})@"),
        rule("token in a URL", "://", r"://(?P<v>[A-Za-z0-9_-]{16,128})@", when=is_mixed),
    ),
    token("JSON web token", "eyJ", r"[A-Za-z0-9_-]{5,}\.eyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)?"),
    token("OpenAI key", "sk-", r"[A-Za-z0-9_*-]{16,}", when=_tailis_mixed),
    token("OpenAI session", "sess-", r"[A-Za-z0-9]{20,}", when=_tailis_mixed),
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
    *_by_vendor(),
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
    token("organisation", "org-", r"[A-Za-z0-9]{16,}", when=_tailis_mixed, by_form=False),
    rule("organisation", "org-", r"organi[sz]ation[^\w\s]{0,8}\s{1,4}(?P<v>org-[A-Za-z0-9_-]{2,})"),
    token("OpenAI project", "proj_", r"[A-Za-z0-9]{16,}", when=is_mixed, by_form=False),
    token("OpenAI user", "user-", r"[A-Za-z0-9]{16,}", when=_tailis_mixed, by_form=False),
)
"""From the most specific to the least: later rules do not change what an earlier one replaced.

Identities (an organisation, a project, a user) do not count as secrets by their form (`by_form`), and neither
does a value that is secret because of a word before it (`Bearer`) or its place in a URL.
"""
