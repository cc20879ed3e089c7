"""What an endpoint does with each parameter of its requests; nothing is accepted that is not acted on.

A parameter of the specification is in one of three classes. Honoured: the response depends on it. Refused:
the response is the vendor's 400, though the real service may take it; a caller that relies on it must not
pass here. Without effect: accepted, since the real response would not differ in anything that a client can
see. A parameter that is in no table is unknown, and refused as the vendor refuses unknown ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from fakes.json_text import is_mapping, sequence
from fakes.routes import Refusal

__all__ = [
    "HONOURED",
    "NOTHING",
    "Honoured",
    "Kinds",
    "Parameter",
    "Refused",
    "Table",
    "Unknown",
    "Unsupported",
    "WithoutEffect",
]


@dataclass(frozen=True, slots=True)
class Honoured:
    """The response depends on it. `fields`: the parameters in it, where it is an object or a list of them."""

    fields: Table | Kinds | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The response is an error. `why` is for readers of the table.

    `neutral` are the values that ask for what is done anyway, and so are accepted.
    """

    why: str
    neutral: tuple[object, ...] = (None,)


@dataclass(frozen=True, slots=True)
class WithoutEffect:
    """Accepted; `why` says why the real response would not differ in anything that a client can see."""

    why: str


Parameter = Honoured | Refused | WithoutEffect
HONOURED = Honoured()

Unknown = Callable[[str, str], Refusal]
"""The error for a name that is not known; given the name, and the path of the object that it is in."""
Unsupported = Callable[[str, str, object], Refusal]
"""The error for a refused parameter; given its name, the path of the object that it is in, and its value."""


@dataclass(frozen=True, slots=True)
class Kinds:
    """Objects of several kinds, told apart by the value of a field such as `type` or `role`.

    An object of a kind that is not known is left to the endpoint, which knows what it takes there. `default`
    is the kind of an object without the field.
    """

    field: str
    kinds: Mapping[str, Table | Refused]
    default: str = ""

    def passes(self, sent: Mapping[str, Any]) -> bool:
        """As `Table.passes`, by the table of the object's kind."""
        value = sent.get(self.field, self.default)
        kind = self.kinds.get(value) if isinstance(value, str) else None
        return kind is None or (isinstance(kind, Table) and kind.passes(sent))

    def check(self, sent: Mapping[str, Any], unknown: Unknown, unsupported: Unsupported, at: str) -> None:
        """As `Table.check`, by the table of the object's kind."""
        value = sent.get(self.field, self.default)
        kind = self.kinds.get(value) if isinstance(value, str) else None
        if isinstance(kind, Refused):
            raise unsupported(self.field, at, value)
        if kind is not None:
            kind.check(sent, unknown, unsupported, at)

    def walk(self, at: str) -> Iterator[tuple[str, Parameter]]:
        """Every kind with its parameters; a kind has its name in brackets."""
        for name, kind in self.kinds.items():
            path = f"{at}[{name}]"
            if isinstance(kind, Refused):
                yield path, kind
            else:
                yield from kind.walk(path)


@dataclass(frozen=True)
class Table:
    """The parameters of a query, of a body, or of an object in a body, by name."""

    parameters: Mapping[str, Parameter]
    _plain: frozenset[str] = field(init=False, repr=False)
    _nested: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        plain = {
            name
            for name, parameter in self.parameters.items()
            if isinstance(parameter, WithoutEffect) or parameter == HONOURED
        }
        nested = {name for name, each in self.parameters.items() if isinstance(each, Honoured)} - plain
        object.__setattr__(self, "_plain", frozenset(plain))
        object.__setattr__(self, "_nested", frozenset(nested))

    def passes(self, sent: Mapping[str, Any]) -> bool:
        """Whether nothing has to be looked at closely, as nearly always: every request comes here."""
        if sent.keys() <= self._plain:
            return True
        for name, value in sent.items():
            if name not in self._plain and not (type(value) is str and name in self._nested):
                return False
        return True

    def check(
        self, sent: Mapping[str, Any], unknown: Unknown, unsupported: Unsupported, at: str = ""
    ) -> None:
        """Refuses what is unknown or refused, here and in the objects within; `at` is the path of `sent`.

        Raises:
            Refusal: the error of the first such parameter, in the order in which they were sent.
        """
        if self.passes(sent):
            return
        for name, value in sent.items():
            if name in self._plain:
                continue
            parameter = self.parameters.get(name)
            if parameter is None:
                raise unknown(name, at)
            if isinstance(parameter, Refused):
                if not any(_same(value, each) for each in parameter.neutral):
                    raise unsupported(name, at, value)
            elif isinstance(parameter, Honoured) and parameter.fields is not None:
                path = f"{at}.{name}" if at else name
                _check_inside(parameter.fields, value, unknown, unsupported, path)

    def walk(self, at: str = "") -> Iterator[tuple[str, Parameter]]:
        """Every parameter with its path, those within others too."""
        for name, parameter in self.parameters.items():
            path = f"{at}.{name}" if at else name
            yield path, parameter
            if isinstance(parameter, Honoured) and parameter.fields is not None:
                yield from parameter.fields.walk(path)


def _check_inside(
    fields: Table | Kinds, value: object, unknown: Unknown, unsupported: Unsupported, at: str
) -> None:
    """Checks an object, or each object of a list."""
    if is_mapping(value):
        fields.check(value, unknown, unsupported, at)
        return
    for index, item in enumerate(sequence(value)):
        if is_mapping(item) and not fields.passes(item):
            fields.check(item, unknown, unsupported, f"{at}[{index}]")


def _same(one: object, other: object) -> bool:
    return one == other and type(one) is type(other)


NOTHING = Table({})
"""For a request without parameters."""
