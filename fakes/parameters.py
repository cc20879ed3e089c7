"""What an endpoint does with each parameter of its requests; nothing is accepted that is not acted on.

A parameter of the specification is in one of three classes. Honoured: the response depends on it. Refused: the
response is the vendor's 400, though the real service may take it; a caller that relies on it must not pass
here. Without effect: accepted, since the real response would not differ in anything that a client can see.
A parameter that is in no table is unknown, and refused as the vendor refuses unknown ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from fakes.routes import Refusal

__all__ = ["HONOURED", "Honoured", "Parameter", "Refused", "Table", "WithoutEffect"]


@dataclass(frozen=True, slots=True)
class Honoured:
    """The response depends on it. `fields`: the parameters in it, where it is an object or a list of them."""

    fields: Table | None = None


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


@dataclass(frozen=True)
class Table:
    """The parameters of a query, of a body, or of an object in a body, by name."""

    parameters: Mapping[str, Parameter]
    _plain: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        plain = {
            name
            for name, parameter in self.parameters.items()
            if isinstance(parameter, WithoutEffect) or parameter == HONOURED
        }
        object.__setattr__(self, "_plain", frozenset(plain))

    def check(
        self, sent: Mapping[str, Any], unknown: Unknown, unsupported: Unsupported, at: str = ""
    ) -> None:
        """Refuses what is unknown or refused, here and in the objects within; `at` is the path of `sent`.

        Raises:
            Refusal: the error of the first such parameter, in the order in which they were sent.
        """
        if sent.keys() <= self._plain:  # nearly always, and every request passes here
            return
        for name, value in sent.items():
            parameter = self.parameters.get(name)
            if parameter is None:
                raise unknown(name, at)
            if isinstance(parameter, Refused):
                if not any(value == each and type(value) is type(each) for each in parameter.neutral):
                    raise unsupported(name, at, value)
            elif isinstance(parameter, Honoured) and parameter.fields is not None:
                inside = f"{at}.{name}" if at else name
                if isinstance(value, dict):
                    parameter.fields.check(cast("dict[str, Any]", value), unknown, unsupported, inside)
                elif isinstance(value, list):
                    for index, item in enumerate(cast("list[object]", value)):
                        if isinstance(item, dict):
                            place = f"{inside}[{index}]"
                            parameter.fields.check(cast("dict[str, Any]", item), unknown, unsupported, place)

    def walk(self, at: str = "") -> Iterator[tuple[str, Parameter]]:
        """Every parameter with its path, those within others too."""
        for name, parameter in self.parameters.items():
            path = f"{at}.{name}" if at else name
            yield path, parameter
            if isinstance(parameter, Honoured) and parameter.fields is not None:
                yield from parameter.fields.walk(path)
