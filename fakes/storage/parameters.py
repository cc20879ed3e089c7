"""Which query parameters each operation takes, and what becomes of each: nothing is taken and not acted on.

Names are those of the discovery document (storage v1, revision 20261009), and for buckets of
https://docs.cloud.google.com/storage/docs/json_api/v1/buckets.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from fakes.json_text import is_mapping
from fakes.routes import Call, Handler, Result
from fakes.storage.errors import invalid
from fakes.storage.partial import BadMask, select

__all__ = ["PARAMETERS", "WHY", "Effect", "flag", "number", "operation"]


class Effect(StrEnum):
    """What becomes of a parameter."""

    HONOURED = "honoured"
    REFUSED = "refused"  # 400, unless it says what holds anyway
    NONE = "without effect"  # the service's answer would be the same


def _all(effect: Effect, names: str) -> dict[str, Effect]:
    return dict.fromkeys(names.split(), effect)


_EVERYWHERE = {
    **_all(Effect.HONOURED, "alt fields key access_token uploadType upload_id"),
    **_all(Effect.NONE, "userProject prettyPrint quotaUser"),
}
_CONDITIONS = _all(
    Effect.HONOURED, "ifGenerationMatch ifGenerationNotMatch ifMetagenerationMatch ifMetagenerationNotMatch"
)
_OF_SOURCE = _all(
    Effect.HONOURED,
    "ifSourceGenerationMatch ifSourceGenerationNotMatch ifSourceMetagenerationMatch "
    "ifSourceMetagenerationNotMatch",
)
_VIEW = _all(Effect.NONE, "projection")
_ACL = _all(Effect.REFUSED, "predefinedAcl")
_COPY = {**_CONDITIONS, **_OF_SOURCE, **_VIEW, **_all(Effect.REFUSED, "destinationPredefinedAcl")}
_CHANGE = {
    **_CONDITIONS,
    **_VIEW,
    **_ACL,
    **_all(Effect.HONOURED, "generation"),
    **_all(Effect.REFUSED, "overrideUnlockedRetention"),
}
_OF_BUCKET = _all(Effect.HONOURED, "ifMetagenerationMatch ifMetagenerationNotMatch")
_DEFAULTS = {**_ACL, **_all(Effect.REFUSED, "predefinedDefaultObjectAcl")}

_OWN: Mapping[str, Mapping[str, Effect]] = {
    "objects.get": {
        **_CONDITIONS,
        **_VIEW,
        **_all(Effect.HONOURED, "generation softDeleted"),
        **_all(Effect.REFUSED, "restoreToken"),
    },
    "objects.list": {
        **_all(
            Effect.HONOURED,
            "delimiter endOffset includeTrailingDelimiter matchGlob maxResults pageToken prefix softDeleted "
            "startOffset versions",
        ),
        **_VIEW,
        **_all(Effect.REFUSED, "filter includeFoldersAsPrefixes"),
    },
    "objects.insert": {
        **_CONDITIONS,
        **_VIEW,
        **_ACL,
        **_all(Effect.HONOURED, "contentEncoding name"),
        **_all(Effect.REFUSED, "kmsKeyName"),
    },
    "objects.delete": {**_CONDITIONS, **_all(Effect.HONOURED, "generation")},
    "objects.patch": _CHANGE,
    "objects.update": _CHANGE,
    "objects.compose": {
        **_all(Effect.HONOURED, "ifGenerationMatch ifMetagenerationMatch"),
        **_all(Effect.REFUSED, "destinationPredefinedAcl dropContextGroups kmsKeyName"),
    },
    "objects.copy": {
        **_COPY,
        **_all(Effect.HONOURED, "sourceGeneration"),
        **_all(Effect.REFUSED, "destinationKmsKeyName"),
    },
    "objects.rewrite": {
        **_COPY,
        **_all(Effect.HONOURED, "sourceGeneration maxBytesRewrittenPerCall rewriteToken"),
        **_all(Effect.REFUSED, "destinationKmsKeyName dropContextGroups"),
    },
    "objects.move": {**_CONDITIONS, **_OF_SOURCE, **_VIEW},
    "buckets.get": {**_OF_BUCKET, **_VIEW, **_all(Effect.HONOURED, "softDeleted generation")},
    "buckets.list": {
        **_VIEW,
        **_all(Effect.HONOURED, "maxResults pageToken prefix project softDeleted"),
        **_all(Effect.NONE, "returnPartialSuccess"),
    },
    "buckets.insert": {
        **_VIEW,
        **_DEFAULTS,
        **_all(Effect.HONOURED, "project"),
        **_all(Effect.REFUSED, "enableObjectRetention"),
    },
    "buckets.patch": {**_OF_BUCKET, **_VIEW, **_DEFAULTS},
    "buckets.update": {**_OF_BUCKET, **_VIEW, **_DEFAULTS},
    "buckets.delete": _OF_BUCKET,
    "batch": {},
}
PARAMETERS: Mapping[str, Mapping[str, Effect]] = {name: {**_EVERYWHERE, **own} for name, own in _OWN.items()}
"""Operation -> parameter -> what becomes of it."""

WHY: Mapping[str, str] = {
    "userProject": "it says who pays",
    "prettyPrint": "it changes white space between the parts of a JSON text",
    "quotaUser": "it says whose quota is used, and there is none",
    "projection": "access to all buckets is uniform here, so there are no lists of access to show or hide",
    "returnPartialSuccess": "no bucket is ever out of reach",
}
"""The reasons of those without effect."""

_BOOLEAN = frozenset(
    {
        *("softDeleted", "versions", "includeTrailingDelimiter", "includeFoldersAsPrefixes"),
        *("overrideUnlockedRetention", "enableObjectRetention", "returnPartialSuccess", "prettyPrint"),
    }
)
_HOLDS_ANYWAY = {
    "predefinedAcl": "projectPrivate",
    "predefinedDefaultObjectAcl": "bucketOwnerFullControl projectPrivate",
    "destinationPredefinedAcl": "projectPrivate",
}
"""Values of refused parameters that ask for what holds in every bucket here."""
_VALUES = {"projection": ("full", "noAcl"), "alt": ("json", "media")}


def operation(name: str, handler: Handler) -> Handler:
    """The handler of an operation, which is called with parameters that it takes alone.

    What the client left out of `fields` is left out of the answer.
    """
    known = PARAMETERS[name]

    def checked(call: Call) -> Result:
        for parameter, value in call.query.multi_items():
            _check(known, parameter, value)
        result = handler(call)
        if (mask := call.query.get("fields")) and is_mapping(result.body):
            try:
                return Result(select(result.body, mask), result.status, result.headers)
            except BadMask as bad:
                raise invalid(str(bad)) from None
        return result

    return checked


def flag(call: Call, name: str) -> bool:
    """Whether a parameter that is true or false is true; clients write it in both cases."""
    return call.query.get(name, "").lower() == "true"


def number(name: str, value: str) -> int:
    """The value of a parameter that is a whole number of at most 19 digits, or a 400."""
    if not (value.isascii() and value.isdigit() and len(value) < 20):
        raise invalid(f"Invalid value for {name}: {value!r} is no whole number.")
    return int(value)


def _check(known: Mapping[str, Effect], parameter: str, value: str) -> None:
    effect = known.get(parameter)
    if effect is None:
        message = f'Unknown name "{parameter}": Cannot bind query parameter.'
        raise invalid(f"{message} Field '{parameter}' could not be found in request message.")
    if parameter in _BOOLEAN and value.lower() not in ("true", "false"):
        raise invalid(f"Invalid value for {parameter}: {value!r} is neither true nor false.")
    if parameter in _VALUES and value not in _VALUES[parameter]:
        raise invalid(f"Invalid value for {parameter}: {value!r} is none of {', '.join(_VALUES[parameter])}.")
    harmless = ("", "false", "False", *_HOLDS_ANYWAY.get(parameter, "").split())
    if effect is Effect.REFUSED and value not in harmless:
        raise invalid(f"The parameter {parameter} is not acted on here, and so it is not taken.")
