"""Secrets of every form that tests plant in requests and responses."""

from __future__ import annotations

import json

__all__ = ["BY_FORM", "JWT", "KNOWN", "PLANTED"]

_HEX = "0123456789abcdef" * 2

_PEM = (
    "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0\nBAQEFAASCBKcwggSjAgE=\n-----END PRIVATE KEY-----"
)

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJlLXZhbHVl"

PLANTED = {
    # what stands in the text, and what of it must go
    "key": ("sk-AbCdEfGhIjKlMnOpQrSt1234", None),
    "project key": ("sk-proj-AbC_dEf-GhIjKlMnOp1234", None),
    "service account key": ("sk-svcacct-AbCdEfGhIjKlMn1234", None),
    "session": ("sess-AbCdEfGhIjKlMnOpQrSt1234", None),
    "Google key": ("AIzaSyA1234567890abcdefghijklmnopqrstuv", None),
    "access token": ("ya29.a0AfH6SMBx1234567890-abc_def", None),
    "refresh token": ("1//0gAbCdEfGhIjKlMnOpQrStUv", None),
    "client secret": ("GOCSPX-AbCdEfGhIjKlMnOpQr12", None),
    "JWT": (JWT, None),
    "bearer": ("Bearer abcdef0123456789", "abcdef0123456789"),
    "basic": ("Basic YWxpY2U6c2VzYW1lMTIz", "YWxpY2U6c2VzYW1lMTIz"),
    "PEM": (_PEM, "MIIEvQIBADANBgkqhkiG9w0"),
    "RSA PEM": (_PEM.replace("PRIVATE", "RSA PRIVATE"), "BAQEFAASCBKcwggSjAgE"),
    "AWS key id": ("AKIAIOSFODNN7EXAMPLE", None),
    "AWS temporary key id": ("ASIAIOSFODNN7EXAMPLE", None),
    "AWS key": ("aws_secret_access_key=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "wJalrXUtnFEMI"),
    "AWS authorization": (
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/s3/aws4_request, Signature="
        + _HEX,
        _HEX,
    ),
    "Bedrock key": ("ABSK" + "QmVkcm9ja0FQSUtleS1" * 3, None),
    "GitHub token": ("ghp_AbCdEfGhIjKlMnOpQrStUvWx1234", None),
    "GitHub fine-grained token": ("github_pat_11ABCDEFG0_AbCdEfGhIjKlMnOp", None),
    "Hugging Face token": ("hf_AbCdEfGhIjKlMnOpQrStUvWx", None),
    "Slack token": ("xoxb-123456789012-AbCdEfGhIjKl", None),
    "organisation": ("org-AbCdEfGhIjKlMnOpQrSt1234", None),
    "project": ("proj_AbCdEfGhIjKlMnOpQrSt1234", None),
    "user": ("user-AbCdEfGhIjKlMnOpQrSt1234", None),
    "Vertex project": ("projects/acme-prod-42/locations/us-central1", "acme-prod-42"),
    "project number": ("projects/123456789012/locations/us-central1", "123456789012"),
    "number in a message": ("not been used in project 123456789012 before", "123456789012"),
    "billing account": ("billingAccounts/01AB23-45CD67-89EF01", "01AB23-45CD67-89EF01"),
    "fine-tuned model": ("ft:gpt-4o-mini-2024-07-18:acme-corp:people:AbC123", "acme-corp"),
    "e-mail address": ("alice.doe@acme-corp.com", None),
    "service account": ("fbench@acme-prod-42.iam.gserviceaccount.com", None),
    "bucket URI": ("gs://acme-tuning-data/train.jsonl", "acme-tuning-data"),
    "bucket URL": ("https://storage.googleapis.com/acme-tuning-data/train.jsonl", "acme-tuning-data"),
    "bucket host": ("https://acme-tuning-data.storage.googleapis.com/train.jsonl", "acme-tuning-data"),
    "bucket path": (
        "https://storage.googleapis.com/upload/storage/v1/b/acme-tuning-data/o",
        "acme-tuning-data",
    ),
    "bucket field": ('{"bucket": "acme-tuning-data"}', "acme-tuning-data"),
    "Google signature": ("https://x.test/o?X-Goog-Signature=" + _HEX + "&a=1", _HEX),
    "Google credential": ("https://x.test/o?a=1&X-Goog-Credential=sa%2F20260101%2Fauto", "sa%2F2026"),
    "Amazon signature": ("https://x.test/o?X-Amz-Signature=" + _HEX, _HEX),
    "Amazon token": ("https://x.test/o?X-Amz-Security-Token=FwoGZXIvYXdzEBYaDH", "FwoGZXIvYXdzEBYaDH"),
    "Azure signature": ("https://x.test/o?se=2026&sp=r&sig=AbCdEf123456", "AbCdEf123456"),
    "signature": ("https://x.test/o?GoogleAccessId=me&Signature=AbCdEf123456", "AbCdEf123456"),
    "resumable upload": ("https://x.test/o?uploadType=resumable&upload_id=ADPycdtAbCdEf", "ADPycdtAbCdEf"),
    "password in a URL": ("https://alice:sesame@proxy.acme.test/", "alice:sesame"),
    "cookie": ("Set-Cookie: __cf_bm=AbCdEf123; path=/", "AbCdEf123"),
    "address": ("X-Forwarded-For: 203.0.113.7, 198.51.100.2", "203.0.113.7"),
    "Azure key": ("api-key: " + _HEX, _HEX),
    "field api_key": (json.dumps({"api_key": "opensesame"}), "opensesame"),
    "field password": (json.dumps({"password": "opensesame"}), "opensesame"),
    "field client_secret": (json.dumps({"client_secret": 'open"sesame'}), "sesame"),
    "field token": (json.dumps({"token": "abcdef0123456789"}), "abcdef0123456789"),
    "field private_key_id": (json.dumps({"private_key_id": _HEX}), _HEX),
    "field client_id": (json.dumps({"client_id": "104857600000000000001"}), "104857600000000000001"),
    "field organization_id": (json.dumps({"organization_id": "org-EXAMPLE"}), "org-EXAMPLE"),
    "field user": (json.dumps({"user": "alice-4711"}), "alice-4711"),
    "field owned_by": (json.dumps({"owned_by": "acme-corp"}), "acme-corp"),
}

BY_FORM = frozenset(
    (
        *("key", "project key", "service account key", "session", "Google key", "access token"),
        *("refresh token", "client secret", "JWT", "PEM", "RSA PEM", "AWS key id", "AWS temporary key id"),
        *("Bedrock key", "GitHub token", "GitHub fine-grained token", "Hugging Face token", "Slack token"),
    )
)
"""The forms that are secrets wherever they stand, also in what a model says."""

KNOWN = {"Acme/prod+42!x": "project", "k3y-of-acme": "key", "other-k3y": "key"}
