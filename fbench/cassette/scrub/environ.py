"""The secrets that the environment names, each with the name of its placeholder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import cast

__all__ = ["NAMES", "known_of"]

_SHORTEST = 4
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
NAMES = frozenset([*_VARIABLES.values(), *_FIELDS.values()])
"""What the placeholders of known secrets are named by."""

_FILE = "GOOGLE_APPLICATION_CREDENTIALS"


def known_of(environ: Mapping[str, str]) -> dict[str, str]:
    """Secret values, each with the name of its placeholder; the first variable that has a value names it.

    A file of credentials that is absent, or is not a JSON object, says nothing here: who needs it says so.
    """
    known: dict[str, str] = {}
    for variable, name in _VARIABLES.items():
        _add(known, environ.get(variable), name)
    credentials = _credentials(environ.get(_FILE, ""))
    for field, name in _FIELDS.items():
        _add(known, credentials.get(field), name)
    return known


def _add(known: dict[str, str], value: object, name: str) -> None:
    if isinstance(value, str) and len(value.strip()) >= _SHORTEST:
        known.setdefault(value.strip(), name)


def _credentials(path: str) -> dict[str, object]:
    try:
        loaded: object = json.loads(Path(path).read_bytes()) if path else {}
    except (OSError, ValueError):
        return {}
    return cast("dict[str, object]", loaded) if isinstance(loaded, dict) else {}
