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
_LONG = r"[A-Za-z0-9]{20}[A-Za-z0-9._=-]{12,}"
_HEX = r"[a-f0-9]{24,}"
_CAPITALS = r"[A-Z0-9-]{20,}"
_BASE64 = r"[A-Za-z0-9+/=_-]{32,}"
_UUID = r"[a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12}"
_VENDORS: tuple[tuple[str, str, str], ...] = (
    ("Groq key", "gsk_", _LETTERS),
    ("xAI key", "xai-", _LETTERS),
    ("Replicate token", "r8_", _LETTERS),
    ("Perplexity key", "pplx-", _LETTERS),
    ("Together key", "tgp_v1_ tgp_v2_", _WORDS),
    ("Fireworks key", "fw_", _LETTERS),
    ("Cerebras key", "csk-", _LETTERS),
    ("NVIDIA key", "nvapi-", _WORDS),
    ("Voyage key", "pa-", r"[A-Za-z0-9]{16,}[A-Za-z0-9_-]{20,}"),
    ("Modal token", "ak- as-", r"[A-Za-z0-9]{22}(?![A-Za-z0-9])"),
    ("RunPod key", "rpa_", r"[A-Za-z0-9]{30,}"),
    ("Hugging Face organisation token", "api_org_", _LETTERS),
    ("LlamaCloud key", "llx-", _LETTERS),
    ("Cartesia key", "sk_car_", _LETTERS),
    ("E2B key", "e2b_", _HEX),
    ("Firecrawl key", "fc-", _HEX),
    ("Kaggle token", "KGAT_", _HEX),
    ("Pinecone key", "pcsk_", _WORDS),
    ("Tavily key", "tvly-", _WORDS),
    ("Jina key", "jina_", _WORDS),
    ("Langfuse key", "pk-lf-", r"[a-f0-9-]{20,}"),
    ("LangSmith key", "lsv2_pt_ lsv2_sk_", r"[a-f0-9_]{20,}"),
    ("LangSmith key", "ls__", _LETTERS),
    ("ElevenLabs key", "sk_", _HEX),
    ("Weights & Biases key", "wandb_v1_", _WORDS),
    ("Honeycomb key", "hcaik_ hcxik_ hcxmk_", r"[a-z0-9]{30,}"),
    ("OpenAI or Stripe ephemeral key", "ek_ ek_live_ ek_test_", _LETTERS),
    ("Bedrock key", "bedrock-api-key-", _BASE64),
    ("Google key", r"AQ\.", _WORDS),
    ("Google OAuth code", "4/0A", _WORDS),
    ("Google HMAC key", "GOOG1E", r"[A-Z0-9]{30,}"),
    ("Alibaba key", "LTAI", r"[A-Za-z0-9]{16,}"),
    ("Tencent key", "AKID", r"[A-Za-z0-9]{32,}"),
    ("Volcengine key", "AKLT", r"[A-Za-z0-9]{30,}"),
    ("Yandex key", "AQVN", r"[A-Za-z0-9_-]{30,}"),
    ("Yandex token", r"t1\.", r"[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{60,}"),
    ("Nebius token", r"v1\.C", r"[A-Za-z0-9_-]{30,}\.[A-Za-z0-9_-]{20,}"),
    ("Stripe key", "sk_live_ sk_test_ rk_live_ rk_test_ pk_live_", _LETTERS),
    ("Razorpay key", "rzp_live_ rzp_test_", r"[A-Za-z0-9]{14,}"),
    ("PayPal or Braintree token", r"access_token\$", r"(?:production|sandbox)\$[a-z0-9]{16}\$[a-f0-9]{32}"),
    ("Plaid token", "access-production- access-sandbox- access-development-", _UUID),
    ("Flutterwave key", "FLWSECK", r"(?:_TEST)?-[a-zA-Z0-9]{12,}(?:-X)?"),
    ("Square token", "sq0atp- sq0csp- sq0idp-", _WORDS),
    ("Shopify token", "shpat_ shpss_ shppa_ shpca_ shprt_", r"[a-fA-F0-9]{32}"),
    ("Polar token", "polar_oat_ polar_pat_", _LETTERS),
    ("webhook secret", "whsec_", r"[A-Za-z0-9+/=_-]{20,}"),
    ("SendGrid key", r"SG\.", r"[\w-]{16,}\.[\w-]{16,}"),
    ("Mailgun key", "key- pubkey-", r"[a-f0-9]{32}(?![A-Za-z0-9])"),
    ("Brevo key", "xkeysib- xsmtpsib-", r"[a-f0-9]{64}-[A-Za-z0-9]{16}"),
    ("Resend key", "re_", r"[A-Za-z0-9]{8}_[A-Za-z0-9]{20,}"),
    ("PyPI token", "pypi-Ag", _WORDS),
    ("npm token", "npm_", r"[A-Za-z0-9]{30,}"),
    ("RubyGems key", "rubygems_", _HEX),
    ("Artifactory key", "AKCp cmVmdGtu", r"[A-Za-z0-9]{52,}"),
    ("Docker token", "dckr_pat_ dckr_oat_", _WORDS),
    ("GitHub token", "ghs_", r"[0-9]{1,12}_[A-Za-z0-9._-]{20,}"),
    (
        "GitLab token",
        "glpat- gldt- glrt- glptt- glcbt- glsoat- glft- glimt- glagent- glffct- gloas- glwt-",
        _WORDS,
    ),
    ("GitLab token", "GR1348941", _WORDS),
    ("Bitbucket token", "ATBB", r"[A-Za-z0-9]{28,}"),
    ("Bitbucket token", "BBDC-", _WORDS),
    ("Atlassian token", "ATATT3x ATCTT3x", r"[A-Za-z0-9_=-]{40,}"),
    ("CircleCI token", "CCIPAT_ CCIPRJ_", r"[A-Za-z0-9]{20,}_[a-f0-9]{30,}"),
    ("Buildkite token", "bkua_ bkct_ bkaj_ bkpi_", _LETTERS),
    ("SonarQube token", "sqp_ squ_ sqa_", r"[a-f0-9]{40}"),
    ("Sourcegraph or Segment token", "sgp_", r"(?:[a-f0-9]{16}_|local_)?[A-Za-z0-9]{40,}"),
    ("DigitalOcean token", "dop_v1_ doo_v1_ dor_v1_", _HEX),
    ("Databricks token", "dapi dose", r"[a-f0-9]{32}(?:-\d)?(?![A-Za-z0-9])"),
    ("Vault token", r"hvs\. hvb\. hvr\.", _WORDS),
    ("Grafana token", "glsa_", _WORDS),
    ("Grafana token", "glc_", r"[A-Za-z0-9+/=]{32,}"),
    ("Sentry token", "sntrys_", r"[A-Za-z0-9+/=_-]{32,}"),
    ("Sentry token", "sntryu_", _HEX),
    ("PostHog key", "phc_ phx_", r"[A-Za-z0-9]{32,}"),
    ("New Relic key", "NRAK- NRII- NRJS- NRBR-", r"[A-Za-z0-9_-]{19,}"),
    ("Dynatrace token", r"dt0c01\. dt0s16\.", r"[A-Z0-9]{24}\.[A-Z0-9]{64}"),
    ("Postman key", "PMAK-", r"[a-f0-9-]{40,}"),
    ("LaunchDarkly key", "sdk- api-", _UUID),
    ("Anyscale key", "esecret_", _LETTERS),
    ("Notion or Lambda token", "secret_", r"(?:[a-z0-9-]{1,32}_[a-f0-9]{32}\.)?[A-Za-z0-9]{32,}"),
    ("Linear key", "lin_api_ lin_oauth_", _LETTERS),
    ("Notion token", "ntn_", r"[A-Za-z0-9]{30,}"),
    ("Figma token", "figd_", _WORDS),
    ("ClickUp token", "pk_", r"[0-9]{6,}_[A-Z0-9]{32}"),
    ("Dropbox token", r"sl\. sl\.u\.", r"[A-Za-z0-9_-]{100,}"),
    ("HubSpot token", "pat-na1- pat-na2- pat-eu1-", r"[a-f0-9-]{30,}"),
    ("Supabase key", "sbp_", _HEX),
    ("Supabase key", "sb_secret_", _WORDS),
    ("Neon key", "napi_", r"[a-z0-9A-Z]{40,}"),
    ("PlanetScale token", "pscale_tkn_ pscale_pw_ pscale_oauth_", r"[A-Za-z0-9_.=-]{20,}"),
    ("Heroku key", "HRKU-", r"[A-Za-z0-9_-]{36,}"),
    ("Cloudflare token", "cfut_ cfat_ cfk_", r"[A-Za-z0-9_-]{32,}"),
    ("Cloudflare key", r"v1\.0-", r"[a-f0-9]{24}-[a-f0-9]{64,}"),
    ("Fly.io token", "fm1_ fm2_ fo1_ fm1a_ fm1r_", r"[A-Za-z0-9+/=_-]{30,}"),
    ("Render key", "rnd_", r"[A-Za-z0-9]{28,}"),
    ("Vercel token", "vercel_blob_rw_ vcp_ vci_ vca_ vcr_ vck_", _WORDS),
    ("Netlify token", "nfp_", _LETTERS),
    (
        "Doppler token",
        r"dp\.pt\. dp\.ct\. dp\.sa\. dp\.st\. dp\.scim\. dp\.audit\.",
        r"(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{30,}",
    ),
    ("1Password token", "ops_eyJ", r"[A-Za-z0-9+/=_-]{60,}"),
    ("Tailscale key", "tskey-", r"(?:[a-z]+-)?[A-Za-z0-9]{8,}-[A-Za-z0-9]{20,}"),
    ("Pulumi token", "pul-", r"[a-f0-9]{40}"),
    ("Mapbox token", r"sk\.eyJ", r"[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}"),
    ("Slack token", "xoxd-", r"[A-Za-z0-9%+/=-]{20,}"),
    ("Slack app token", "xapp-", r"[A-Za-z0-9-]{20,}"),
    ("Discord token", r"mfa\.", r"[A-Za-z0-9_-]{60,}"),
    ("age key", "AGE-SECRET-KEY-", r"(?:PQ-)?1[A-Z0-9]{30,}"),
    ("extended private key", "xprv", r"[A-Za-z0-9]{90,}"),
    ("encrypted JSON web token", "eyJ", r"[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]{8,}){4}"),
    (
        "PASETO",
        r"v1\.local\. v2\.local\. v3\.local\. v4\.local\. v2\.public\. v4\.public\.",
        r"[A-Za-z0-9_-]{40,}",
    ),
)
"""Keys and tokens with prefixes of their own: what they are, the prefixes, and what follows them.

As their vendors document them or write them in examples, and as secret scanners of code hosts list them, such
as https://docs.github.com/en/code-security/secret-scanning/introduction/supported-secret-scanning-patterns.
"""


def _by_vendor() -> tuple[ScrubRule, ...]:
    bare = r"(?<![A-Za-z0-9_.-])(?P<v>{})(?![A-Za-z0-9_-])"
    return since(
        3,
        *(
            token(kind, prefix, rest, when=_tail_of_word_is_mixed)
            for kind, prefixes, rest in _VENDORS
            for prefix in prefixes.split()
        ),
        *(
            rule(kind, sign, bare.format(pattern), by_form=True)
            for kind, sign, pattern in (
                ("Telegram token", ":aa", r"\d{8,10}:AA[A-Za-z0-9_-]{32,}"),
                ("Entra client secret", "8q~", r"[\w.~-]{3}8Q~[\w.~-]{31,34}"),
                ("Azure key", "jqqj99", r"[A-Za-z0-9]{52}JQQJ99[A-Za-z0-9]{10,}"),
                ("Discord token", ".g", r"[MNO][A-Za-z0-9]{23,27}\.G[\w-]{5}\.[\w-]{27,}"),
                ("Terraform token", ".atlasv1.", r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{40,}"),
                ("Mailchimp key", "-us", r"[a-f0-9]{32}-us\d{1,2}"),
                ("Stripe client secret", "_secret_", r"[a-z]{2,8}_[A-Za-z0-9]{14,}_secret_[A-Za-z0-9]{16,}"),
                ("password hash", "$2a$\t$2b$\t$2y$", r"\$2[aby]\$\d\d\$[A-Za-z0-9./]{53}"),
            )
        ),
    )


TOKENS = (
    *since(
        3,
        rule(
            "private key in a form",
            "-----begin",
            r"(?P<v>-----BEGIN[ +][A-Z0-9+]{0,32}PRIVATE\+KEY(?:\+BLOCK)?-----"
            r"(?:[A-Za-z0-9+.]|%(?:0D|0A|2B|2F|3D|3A)|-(?!----))*"
            r"(?:-----END[ +][A-Z0-9+]{0,48}-----)?)",
            by_form=True,
        ),
    ),
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
        rule("long password in a URL", "://", r"://(?P<v>[^\s/:@\"'<>]{1,128}:[^\s/@\"'<>]{257,4000})@"),
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
