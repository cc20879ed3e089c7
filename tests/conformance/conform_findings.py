"""What the fakes' responses have against the specifications."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from conform_calls import Exchange
from conform_specifications import Specification

__all__ = ["Finding", "findings"]

_UNTYPED = "content-type"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A violation in the answer to an operation; the pointer is `content-type` or `status` for those."""

    operation: str
    pointer: str
    message: str


def findings(specification: Specification, exchange: Exchange) -> Iterator[Finding]:
    """All that is against the specification in a response, error or not."""
    operation = specification.find(exchange.method, exchange.path)
    name = operation.name if operation else f"{exchange.method} {_template(exchange)}"
    schemas = specification.schemas
    if exchange.status >= 400 and not (operation and exchange.status in operation.answers):
        if exchange.content_type != "application/json":
            yield Finding(name, f"{exchange.status} {_UNTYPED}", f"an error is JSON, not {_kind(exchange)}")
        for body in exchange.bodies():
            for bad in schemas.violations(specification.error(exchange.status), body):
                yield Finding(name, f"error:{bad.pointer}", bad.message)
    elif operation is None:
        yield Finding(name, "operation", "the specification has no such operation")
    elif exchange.status not in operation.answers:
        yield Finding(name, "status", f"the specification has no status {exchange.status}")
    else:
        schema = operation.answers[exchange.status].get(exchange.content_type)
        if schema is None:
            if exchange.content and not operation.media:
                yield Finding(name, _UNTYPED, f"the specification has no {_kind(exchange)}")
            return
        for body in exchange.bodies():
            for bad in schemas.violations(schema, body):
                yield Finding(name, bad.pointer, bad.message)


def _kind(exchange: Exchange) -> str:
    return exchange.content_type or "body without a type"


def _template(exchange: Exchange) -> str:
    return exchange.route.template if exchange.route else "(an unknown path)"
