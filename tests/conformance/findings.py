"""What the fakes' responses have against the specifications."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.conformance.calls import Exchange
from tests.conformance.specifications import Operation, Specification

__all__ = ["Finding", "findings"]

_UNTYPED = "content-type"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A violation in the answer to an operation; the pointer is `content-type`, `status` or
    `operation` where it is one of those, and begins with `error:` in the body of an error."""

    operation: str
    pointer: str
    message: str


def findings(specification: Specification, exchange: Exchange) -> Iterator[Finding]:
    """All that is against the specification in a response, error or not."""
    operation = specification.find(exchange.method, exchange.path)
    if operation and exchange.status in operation.answers:
        yield from _of_answer(specification, operation, exchange)
        return
    name = operation.name if operation else f"{exchange.method} {_template(exchange)}"
    if exchange.status >= 400:
        if exchange.content_type != "application/json":
            yield Finding(name, f"error:{_UNTYPED}", f"an error is JSON, not {_kind(exchange)}")
        for body in exchange.bodies():
            for bad in specification.schemas.violations(specification.error(exchange.status), body):
                yield Finding(name, f"error:{bad.pointer}", bad.message)
    elif operation is None:
        yield Finding(name, "operation", "the specification has no such operation")
    else:
        yield Finding(name, "status", f"the specification has no status {exchange.status}")


def _of_answer(specification: Specification, operation: Operation, exchange: Exchange) -> Iterator[Finding]:
    schema = operation.answers[exchange.status].get(exchange.content_type)
    if schema is None:
        if exchange.content and not operation.media:
            yield Finding(operation.name, _UNTYPED, f"the specification has no {_kind(exchange)}")
        return
    for body in exchange.bodies():
        for bad in specification.schemas.violations(schema, body):
            yield Finding(operation.name, bad.pointer, bad.message)


def _kind(exchange: Exchange) -> str:
    return exchange.content_type or "body without a type"


def _template(exchange: Exchange) -> str:
    return exchange.route.template if exchange.route else "(an unknown path)"
