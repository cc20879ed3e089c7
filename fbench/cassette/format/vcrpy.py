"""Read cassettes that vcrpy wrote: YAML or JSON, including those of its older httpx stub."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from vcr import filters, serialize  # pyright: ignore[reportMissingTypeStubs] - vcrpy has no types
from vcr.serializers import (  # pyright: ignore[reportMissingTypeStubs] - vcrpy has no types
    jsonserializer,
    yamlserializer,
)

from fbench.cassette.format.bodies import without_boundary
from fbench.cassette.format.interaction import Interaction, RecordedResponse
from fbench.errors import CassetteError

__all__ = ["read_vcrpy"]

_vcr: Any = serialize  # vcrpy has no types
_filters: Any = filters


def read_vcrpy(path: Path) -> list[Interaction]:
    """The interactions of a cassette that vcrpy wrote, in their order.

    Raises:
        CassetteError: the file is not such a cassette; the message says where.
    """
    serializer = jsonserializer if path.suffix == ".json" else yamlserializer
    try:
        requests, responses, *_ = _vcr.deserialize(path.read_text(encoding="utf-8"), serializer)
    except OSError as error:
        raise CassetteError(f"{path}: cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError) as error:
        said = " ".join(str(error).split())
        raise CassetteError(
            f"{path}: is no cassette of fbench or vcrpy: {said}. Name a file that one of them recorded."
        ) from error
    found: list[Interaction] = []
    for row, (request, response) in enumerate(zip(requests, responses, strict=True), start=1):
        try:
            found.append(_interaction(request, response))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise CassetteError(
                f"{path}, row {row}: is no interaction as vcrpy writes it ({error!r})."
            ) from error
    return found


def _interaction(request: Any, response: Mapping[str, Any]) -> Interaction:
    headers = {name.lower(): value for name, value in _pairs(request.headers)}
    body = request.body_bytes or b""
    if "content-type" in headers:
        headers["content-type"], body = without_boundary(headers["content-type"], body)
    return Interaction(request.method, request.uri, tuple(headers.items()), body, _response(response))


def _response(response: Mapping[str, Any]) -> RecordedResponse:
    if "status_code" in response:  # the flat format of vcrpy's older httpx stub
        content = response["content"]
        body = content.encode() if isinstance(content, str) else bytes(content)
        flat = {
            "headers": response["headers"],
            "body": {"string": body},
            "status": {"code": response["status_code"]},
        }
        response = _filters.decode_response(flat)
    status, body = response["status"], response["body"]["string"] or b""
    return RecordedResponse(
        int(status["code"]), status.get("message") or "", tuple(_pairs(response["headers"])), body
    )


def _pairs(headers: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for name, values in headers.items():
        for value in [values] if isinstance(values, str) else values:
            yield name, value
