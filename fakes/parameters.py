"""What an endpoint does with each parameter of its requests; nothing is accepted that is not acted on.

A parameter of the specification is in one of three classes. Honoured: the response depends on it. Refused:
the response is the vendor's 400, though the real service may take it; a caller that relies on it must not
pass here. Without effect: accepted, since the real response would not differ in anything that a client can
see. A parameter that is in no table is unknown, and refused as the vendor refuses unknown ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from fakes.json_text import is_mapping, sequence
from fakes.routes import Refusal

__all__ = [
    "HONOURED",
    "NOTHING",
    "Honoured",
    "Kind",
    "Kinds",
    "Parameter",
    "Refused",
    "Table",
    "WithoutEffect",
    "Words",
]

Kind = Literal["string", "integer", "number", "boolean", "object", "array", "strings"] | tuple[str, ...]
"""The type of a value. `strings` is an array of strings; a tuple has the strings that there are."""
_TYPES: Mapping[Kind, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
}


@dataclass(frozen=True, slots=True)
class Honoured:
    """The response depends on it. `fields`: the parameters in it, where it is an object or a list of them.

    `kind` is the type that its value must have; None where the endpoint itself looks.
    """

    fields: Table | Kinds | None = None
    kind: Kind | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The response is an error. `why` is for readers of the table.

    `neutral` are the values that ask for what is done anyway, and so are accepted.
    """

    why: str
    neutral: tuple[object, ...] = (None,)


@dataclass(frozen=True, slots=True)
class WithoutEffect:
    """Accepted; `why` says why the real response would not differ in anything that a client can see.

    A value that is not of its `kind` is refused all the same.
    """

    why: str
    kind: Kind | None = None


Parameter = Honoured | Refused | WithoutEffect
HONOURED = Honoured()


class Words(NamedTuple):
    """A vendor's errors for what a table does not take; each is given the path of the object it is in.

    `unknown` is for a name, `unsupported` for a name and its value, and `mistyped` for a name, its value and
    the type that it should have.
    """

    unknown: Callable[[str, str], Refusal]
    unsupported: Callable[[str, str, object], Refusal]
    mistyped: Callable[[str, str, object, Kind], Refusal]


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

    def check(self, sent: Mapping[str, Any], words: Words, at: str) -> None:
        """As `Table.check`, by the table of the object's kind."""
        value = sent.get(self.field, self.default)
        kind = self.kinds.get(value) if isinstance(value, str) else None
        if isinstance(kind, Refused):
            raise words.unsupported(self.field, at, value)
        if kind is not None:
            kind.check(sent, words, at)

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
    _quick: Mapping[str, tuple[type, ...]] = field(init=False, repr=False)
    """By name, the types of values that need no closer look."""
    _plain: frozenset[str] = field(init=False, repr=False)
    """The names whose values are looked at by the endpoint alone."""

    def __post_init__(self) -> None:
        plain, quick = set[str](), dict[str, tuple[type, ...]]()
        for name, parameter in self.parameters.items():
            if isinstance(parameter, Refused):
                continue
            fields = parameter.fields if isinstance(parameter, Honoured) else None
            if parameter.kind is None and fields is None:
                plain.add(name)
            elif fields is None:
                quick[name] = (*_TYPES.get(parameter.kind or "object", ()), type(None))
            else:
                quick[name] = (type(None),) if parameter.kind else (str,)
        object.__setattr__(self, "_plain", frozenset(plain))
        object.__setattr__(self, "_quick", quick)

    def passes(self, sent: Mapping[str, Any]) -> bool:
        """Whether nothing has to be looked at closely, as nearly always: every request comes here."""
        if sent.keys() <= self._plain:
            return True
        for name, value in sent.items():
            if name not in self._plain and type(value) not in self._quick.get(name, ()):
                return False
        return True

    def check(self, sent: Mapping[str, Any], words: Words, at: str = "") -> None:
        """Refuses what is unknown, refused or of another type, here and in the objects within.

        `at` is the path of `sent`.

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
                raise words.unknown(name, at)
            if isinstance(parameter, Refused):
                if not any(_same(value, each) for each in parameter.neutral):
                    raise words.unsupported(name, at, value)
                continue
            if parameter.kind is not None and value is not None and not _is(value, parameter.kind):
                raise words.mistyped(name, at, value, parameter.kind)
            if isinstance(parameter, Honoured) and parameter.fields is not None:
                _check_inside(parameter.fields, value, words, f"{at}.{name}" if at else name)

    def walk(self, at: str = "") -> Iterator[tuple[str, Parameter]]:
        """Every parameter with its path, those within others too."""
        for name, parameter in self.parameters.items():
            path = f"{at}.{name}" if at else name
            yield path, parameter
            if isinstance(parameter, Honoured) and parameter.fields is not None:
                yield from parameter.fields.walk(path)


def _check_inside(fields: Table | Kinds, value: object, words: Words, at: str) -> None:
    """Checks an object, or each object of a list."""
    if is_mapping(value):
        fields.check(value, words, at)
        return
    for index, item in enumerate(sequence(value)):
        if is_mapping(item) and not fields.passes(item):
            fields.check(item, words, f"{at}[{index}]")


def _is(value: object, kind: Kind) -> bool:
    if kind == "strings":
        items: list[object] = sequence(value)
        return isinstance(value, list) and all(isinstance(each, str) for each in items)
    if isinstance(kind, tuple):
        return value in kind
    return isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _same(one: object, other: object) -> bool:
    return one == other and type(one) is type(other)


NOTHING = Table({})
"""For a request without parameters."""
