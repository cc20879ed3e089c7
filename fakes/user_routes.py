"""Users' own routes of a world: respx routes, which are tried before the fakes' own (see `World.route`)."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar, cast

import httpx
import httpx2
import respx
from respx.models import Call, CallList, SideEffectError
from respx.patterns import Pattern, _And  # pyright: ignore[reportPrivateUsage] - patterns are compared without their order

from fakes.failures import BrokenConnection, FaultKind
from fakes.routes import Response

__all__ = ["KEPT_CALLS", "LastCalls", "UserRoute", "UserRoutes"]

KEPT_CALLS = 1000
"""The number of calls that a route keeps; it counts all."""

Served = TypeVar("Served", Response, Response | None)


class LastCalls(CallList):
    """The last calls of a route, at most `KEPT_CALLS`; `called` and `call_count` are about all calls."""

    _all = 0

    @property
    def called(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride] - as respx has it
        """True after the first call."""
        return self._all > 0

    @property
    def call_count(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride] - as respx has it
        """The number of calls."""
        return self._all

    def append(self, call: Call) -> None:
        """Count and keep a call; if there are too many, the oldest one is dropped."""
        self._all += 1
        super().append(call)  # pyright: ignore[reportUnknownMemberType] - respx has a bare list there
        if len(self) > KEPT_CALLS:
            del self[0]

    def clear(self) -> None:
        """Drop all calls."""
        self._all = 0
        super().clear()


class UserRoute(respx.Route):
    """A respx route: `.respond(...)`, `.mock(side_effect=...)`, `.pass_through()`, `.called`, `.calls` and
    the rest.

    Responses and errors may be those of httpx or of httpx2, and must not be async: the same route answers
    sync and async clients. A request that is passed through goes to the fake, and is kept with its response.
    """

    def __init__(self, *patterns: Pattern, **lookups: Any) -> None:
        super().__init__(*patterns, **lookups)
        self.calls = LastCalls(name=self)

    @property
    def return_value(self) -> httpx.Response | None:
        """The response to every call."""
        return self._return_value

    @return_value.setter
    def return_value(self, return_value: httpx.Response | httpx2.Response | None) -> None:
        self._pass_through = False
        self._return_value = None if return_value is None else _response_in(return_value, "A return value")

    @property
    def side_effect(self) -> Any:
        """The function that is called, the error that is raised, or a list with an effect for each call."""
        return self._side_effect

    @side_effect.setter
    def side_effect(self, side_effect: Any) -> None:
        self._pass_through = False
        if isinstance(side_effect, Iterator | Sequence):
            effects = cast("Iterator[Any] | Sequence[Any]", side_effect)
            checked = map(_effect, effects)
            # errors in a list are reported immediately
            self._side_effect = iter(list(checked)) if isinstance(effects, Sequence) else checked
        else:
            self._side_effect = _effect(side_effect)

    def mock(
        self, return_value: httpx.Response | httpx2.Response | None = None, *, side_effect: Any = None
    ) -> UserRoute:
        """Answer with a response; or with a side effect: an error, a function of the request, or a list of
        them.

        Raises:
            TypeError: a part of it is async, or not a response of httpx or httpx2.
        """
        self.return_value = return_value
        self.side_effect = side_effect
        return self

    def named(self, name: str) -> None:
        """Give the route a name."""
        self._name = name

    def _next_side_effect(self) -> Any:
        try:
            return super()._next_side_effect()
        except StopIteration:
            message = f"{_described(self)} has given all of its side effects, after {self.call_count} calls."
            raise SideEffectError(self, RuntimeError(message)) from None

    def _call_side_effect(self, effect: Callable[..., Any], request: httpx.Request, **kwargs: Any) -> Any:
        if "route" in inspect.getfullargspec(effect).args:
            kwargs["route"] = self
        try:
            made = effect(request, **kwargs)
            if made is None or isinstance(made, httpx.Request):
                return made
            return _response_in(made, "A side effect")
        except Exception as error:
            raise SideEffectError(self, origin=error) from error


class UserRoutes:
    """The routes that a user has added to a world, in the order in which they are tried."""

    def __init__(self) -> None:
        self._routes: list[UserRoute] = []
        self._named: dict[str, UserRoute] = {}

    def __getitem__(self, name: str) -> UserRoute:
        if name not in self._named:
            known = ", ".join(map(repr, self._named)) or "none has a name"
            raise KeyError(f"This world has no route {name!r}. Its routes: {known}.")
        return self._named[name]

    def __contains__(self, name: object) -> bool:
        return name in self._named

    def __iter__(self) -> Iterator[UserRoute]:
        return iter(self._routes)

    def __len__(self) -> int:
        return len(self._routes)

    def add(self, *patterns: Pattern, name: str | None = None, **lookups: Any) -> UserRoute:
        """Add a route after the others.

        Raises:
            ValueError: there is a route with that name, or with the same patterns in any order, or a
                lookup that respx does not have.
        """
        try:
            route = UserRoute(*patterns, **lookups)
        except (KeyError, NotImplementedError) as error:  # what respx raises on an unknown lookup
            raise ValueError(
                f"{error.args[0]}. https://lundberg.github.io/respx/api/#patterns lists them."
            ) from error
        if name in self._named:
            raise ValueError(f"This world has a route {name!r} already. Give the new one another name.")
        for other in self._routes:
            if _parts(other.pattern) == _parts(route.pattern):
                raise ValueError(
                    f"{_described(other)} has the same pattern, so the new one would never answer. Change "
                    "what that route answers, or give the new one another pattern."
                )
        self._routes.append(route)
        if name is not None:
            self._named[name] = route
            route.named(name)
        return route

    def clear(self) -> None:
        """Remove all routes."""
        self._routes.clear()
        self._named.clear()

    def shown(self) -> list[dict[str, object]]:
        """The routes as JSON, in the order in which they are tried: name, pattern, number of calls."""
        return [
            {"name": route.name, "pattern": repr(route.pattern), "called": route.call_count}
            for route in self._routes
        ]

    def assert_all_called(self) -> None:
        """Raise AssertionError if a route was not called."""
        left = [_described(route) for route in self._routes if not route.called]
        if left:
            raise AssertionError(f"Not called, of {len(self._routes)} routes: {'; '.join(left)}.")

    def answer(self, request: httpx.Request, serve: Callable[[], Served]) -> Served | Response:
        """The response of the first route that matches the request, or else of the service behind.

        Raises:
            BrokenConnection: a side effect is an error of the connection. Any other error of a side effect is
                raised unchanged.
        """
        for route in self._routes:
            try:
                found = route.match(request)
            except SideEffectError as error:
                route.calls.record(request, None)
                raise _broken(error.origin) from error.origin
            if isinstance(found, httpx.Request):
                served = serve()
                route.calls.record(request, _kept(request, served))
                return served
            if found is not None:
                response = cast("httpx.Response", found)
                answered = _sent(response, route)
                route.calls.record(request, response)
                return answered
        return serve()


def _described(route: respx.Route) -> str:
    """A route in words: its name, or its pattern."""
    return f"The route {_name_of(route)!r}" if route.name else f"The route {_name_of(route)}"


def _name_of(route: respx.Route) -> str:
    """A route's name, or else its pattern."""
    return route.name or repr(route.pattern)


def _parts(pattern: Pattern) -> frozenset[object]:
    """The parts of a pattern, without the order of those joined by "and"."""
    if isinstance(pattern, _And):
        first, second = pattern.value
        return _parts(first) | _parts(second)
    try:
        return frozenset([hash(pattern)])
    except TypeError:  # respx cannot hash a list of values
        return frozenset([repr(pattern)])


def _effect(effect: Any) -> Any:
    """A side effect in the form for respx."""
    if inspect.iscoroutinefunction(effect):
        raise TypeError(
            "A side effect must be a plain function, not an async one: the same route answers sync and async "
            "clients."
        )
    if isinstance(effect, httpx.Response | httpx2.Response):
        return _response_in(effect, "A side effect")
    error: Any = effect
    return error("Mock Error") if inspect.isclass(error) and issubclass(error, httpx2.RequestError) else error


def _response_in(given: object, what: str) -> httpx.Response:
    """A response of httpx or httpx2, as a response of httpx."""
    response = given
    if isinstance(given, httpx2.Response):
        pieces = given.stream
        stream = (
            _Pieces(pieces)
            if isinstance(pieces, httpx2.SyncByteStream) and not given.is_stream_consumed
            else pieces
        )
        if hasattr(given, "_content"):
            stream = httpx.ByteStream(given.content)
        response = httpx.Response(given.status_code, headers=given.headers.raw, stream=cast("Any", stream))
    if not isinstance(response, httpx.Response):
        raise TypeError(f"{what} must be a response of httpx or httpx2, got {given!r}")
    if not isinstance(response.stream, httpx.SyncByteStream):
        raise TypeError(f"{what} must have bytes or a plain iterator as its body, not an async one.")
    return response


class _Pieces(httpx.SyncByteStream):
    """A stream of httpx2, as a stream of httpx."""

    def __init__(self, stream: httpx2.SyncByteStream) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._stream)


def _sent(response: httpx.Response, route: UserRoute) -> Response:
    """A response of httpx in the form that is sent to the client."""
    headers = [pair for pair in response.headers.raw if pair[0].lower() != b"transfer-encoding"]
    stream = cast("httpx.SyncByteStream", response.stream)
    if not isinstance(stream, httpx.ByteStream):
        return Response(response.status_code, headers, iter(stream), route=_name_of(route))
    body = response.read()
    if not any(name.lower() == b"content-length" for name, _ in headers):
        headers.append((b"content-length", b"%d" % len(body)))
    return Response(response.status_code, headers, body, route=_name_of(route))


def _kept(request: httpx.Request, served: Response | None) -> httpx.Response | None:
    """The service's own response in the form that is kept; None if it is sent piece by piece."""
    if served is None or not isinstance(served.body, bytes):
        return None
    return httpx.Response(served.status, headers=served.headers, content=served.body, request=request)


def _broken(origin: Exception) -> Exception:
    """An error of the connection as a `BrokenConnection`; any other error unchanged."""
    if not isinstance(origin, httpx.TransportError | httpx2.TransportError):
        return origin
    name = type(origin).__name__
    kinds = {
        "ConnectError": FaultKind.REFUSED,
        "ConnectTimeout": FaultKind.REFUSED,
        "RemoteProtocolError": FaultKind.TRUNCATED,
    }
    kind = (
        FaultKind.TIMEOUT
        if isinstance(origin, httpx.TimeoutException | httpx2.TimeoutException)
        else FaultKind.RESET
    )
    return BrokenConnection(kinds.get(name, kind), error=name)
