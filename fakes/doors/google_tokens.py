"""Google's token and metadata servers, as far as google-auth's credentials ask them.

So that credentials which a program has, or finds, can be refreshed. Every token is the same and worth
nothing; what was sent for it (a signed assertion, a refresh token) is not looked at.
"""

from __future__ import annotations

import re

from fakes.routes import Response, respond

__all__ = ["PROJECT", "TOKEN", "TOKEN_URI", "answer"]

TOKEN, PROJECT = "fake", "fakes"
TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
_LIFETIME = 3600
_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_TOKENS = re.compile(
    r"https://(?:oauth2\.(?:mtls\.)?googleapis\.com/token|www\.googleapis\.com/oauth2/v[34]/token"
    r"|accounts\.google\.com/o/oauth2/token|sts\.(?:mtls\.)?googleapis\.com/v1/token)"
)
_IAM = re.compile(r"https://iamcredentials\.(?:mtls\.)?googleapis\.com/v1/.*")
_METADATA = re.compile(r"http://(?:metadata\.google\.internal\.?|169\.254\.169\.254)(?P<path>/.*)?")
_FLAVOR = ((b"metadata-flavor", b"Google"),)


def answer(method: str, url: str) -> Response | None:
    """The response of the token server at that URL; None where there is none."""
    place = url.partition("?")[0].replace(":443/", "/").replace(":80/", "/")
    if _TOKENS.fullmatch(place):
        return respond(200, _token()) if method == "POST" else respond(405, {"error": "invalid_request"})
    if _IAM.fullmatch(place):
        if place.endswith(":generateAccessToken"):
            return respond(200, {"accessToken": TOKEN, "expireTime": "2999-01-01T00:00:00Z"})
        if place.endswith("/allowedLocations"):
            return respond(200, {"locations": [], "encodedLocations": "0x0"})
        return respond(404, {"error": {"code": 404, "message": "Not found.", "status": "NOT_FOUND"}})
    if (found := _METADATA.fullmatch(place)) is not None:
        return _metadata((found["path"] or "/").removeprefix("/computeMetadata/v1"))
    return None


def _metadata(path: str) -> Response:
    path = path.rstrip("/")
    account = r"/instance/service-accounts/[^/]+"
    if re.fullmatch(account + "/token", path):
        return respond(200, _token(), _FLAVOR)
    if re.fullmatch(account, path):
        email = f"{TOKEN}@{PROJECT}.iam.gserviceaccount.com"
        return respond(200, {"aliases": ["default"], "email": email, "scopes": [_SCOPE]}, _FLAVOR)
    texts = {
        "": "computeMetadata/",
        "/project/project-id": PROJECT,
        "/universe/universe-domain": "googleapis.com",
    }
    text = texts.get(path)
    plain = (*_FLAVOR, (b"content-type", b"application/text"))
    return respond(404 if text is None else 200, (text or "Not found.").encode(), plain)


def _token() -> dict[str, object]:
    return {
        "access_token": TOKEN,
        "expires_in": _LIFETIME,
        "token_type": "Bearer",
        "scope": _SCOPE,
        "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
    }
