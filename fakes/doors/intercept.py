"""Serve unmodified clients of this process from a world.

Both vendors' SDKs send through httpcore2's connection pools, so the pools are patched. The other clients that
these SDKs can use are refused during the interception: legacy httpx, `requests` and aiohttp. Two more ways
around the pools are closed: google-genai prefers aiohttp if it can be imported, and without credentials
google-auth asks the cloud's metadata server for some.
"""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator, Generator, Iterable, Mapping
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from typing import Any, NoReturn, cast
from unittest.mock import patch

import httpcore2

from fakes.doors.services import Services, Stream
from fakes.failures import BrokenConnection, FaultKind
from fakes.world import World

__all__ = ["intercept"]


@contextmanager
def intercept(
    world: World | None = None, at: Mapping[str, str] | None = None, *, assert_all_called: bool = False
) -> Generator[World]:
    """Serve every httpx2 client in this process from a world, and refuse all other HTTP clients.

    Args:
        world: the state behind the answers; a new one by default.
        at: further base URLs of a service: `{"https://host/v1": "openai"}`.
        assert_all_called: at the end, raise AssertionError if a route of the user's (`World.route`) was
            not called, unless the block itself raises.

    Yields:
        The world. Blocks may be nested: the innermost world answers.

    A request to any other host raises the client's own error for an unreachable host.
    """
    world = World() if world is None else world
    services = Services(world, at)

    def send(_pool: object, request: httpcore2.Request) -> httpcore2.Response:
        body = b"".join(cast("Iterable[bytes]", request.stream))
        return _answer(services, request, body)

    async def asend(_pool: object, request: httpcore2.Request) -> httpcore2.Response:
        body = b"".join([piece async for piece in cast("AsyncIterator[bytes]", request.stream)])
        return _answer(services, request, body)

    with ExitStack() as stack:
        for module, name, stand_in in (
            ("httpcore2", "ConnectionPool.handle_request", send),
            ("httpcore2", "AsyncConnectionPool.handle_async_request", asend),
            *_ELSEWHERE,
        ):
            if _installed(module):
                owner, _, method = name.rpartition(".")
                imported = importlib.import_module(module)
                target = getattr(imported, owner) if owner else imported
                stack.enter_context(patch.object(target, method, stand_in))
        if _installed("aiohttp") and _installed("google.genai"):
            stack.enter_context(patch("google.genai._api_client.has_aiohttp", new=False))
        yield world
    if assert_all_called:
        world.assert_all_called()


def _installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # its parent package is missing
        return False


def _answer(services: Services, request: httpcore2.Request, body: bytes) -> httpcore2.Response:
    url = request.url
    port = f":{url.port}" if url.port else ""
    host, target = url.host.decode("ascii"), url.target.decode("ascii")
    address = f"{url.scheme.decode('ascii')}://{host}{port}{target}"
    try:
        answered = services.handle(request.method.decode("ascii"), address, request.headers, body)
    except BrokenConnection as broken:
        raise _error(broken) from broken
    if answered is None:
        raise httpcore2.ConnectError(_refusal(f"{host}{target.partition('?')[0]}"))
    extensions = cast("dict[str, dict[str, float | None]]", request.extensions)  # pyright: ignore[reportUnknownMemberType] - httpcore2 has a bare dict there
    patience = extensions.get("timeout", {}).get("read")
    if patience is not None and answered.delay > patience:
        raise httpcore2.ReadTimeout("a fault on purpose: slow")
    made = answered.body
    content = made if isinstance(made, bytes) else Stream(made, _error)
    return httpcore2.Response(answered.status, headers=answered.headers, content=content)


def _error(broken: BrokenConnection) -> Exception:
    """The httpcore2 error for a connection that breaks in this way."""
    errors: dict[FaultKind, type[Exception]] = {
        FaultKind.REFUSED: httpcore2.ConnectError,
        FaultKind.TIMEOUT: httpcore2.ReadTimeout,
        FaultKind.TRUNCATED: httpcore2.RemoteProtocolError,
    }
    error: type[Exception] = getattr(
        httpcore2, broken.error or "", errors.get(broken.kind, httpcore2.ReadError)
    )
    return error(str(broken))


def _credentials(*_: object, **__: object) -> tuple[object, str]:
    """The replacement for `google.auth.default`: a token that never expires, and a project."""
    credentials = importlib.import_module("google.oauth2.credentials")
    return credentials.Credentials("fake"), "fakes"


def _refusal(place: object) -> str:
    return f"No fake service at {place}; nothing was sent."


def _refuse_httpcore(_pool: object, request: Any) -> NoReturn:
    error = importlib.import_module("httpcore").ConnectError
    raise error(_refusal(request.url.host.decode("ascii")))


async def _arefuse_httpcore(pool: object, request: Any) -> NoReturn:
    _refuse_httpcore(pool, request)


def _refuse_requests(_adapter: object, request: Any, **_: object) -> NoReturn:
    error = importlib.import_module("requests").ConnectionError
    raise error(_refusal(request.url), request=request)


async def _refuse_aiohttp(_session: object, _method: str, url: object, **_: object) -> NoReturn:
    error = importlib.import_module("aiohttp").ClientConnectionError
    raise error(_refusal(url))


_ELSEWHERE = (
    ("httpcore", "ConnectionPool.handle_request", _refuse_httpcore),
    ("httpcore", "AsyncConnectionPool.handle_async_request", _arefuse_httpcore),
    ("requests.adapters", "HTTPAdapter.send", _refuse_requests),
    ("aiohttp", "ClientSession._request", _refuse_aiohttp),
    ("google.auth", "default", _credentials),
)
"""Other ways to send, each with its replacement: a module, a name in it, the replacement."""
