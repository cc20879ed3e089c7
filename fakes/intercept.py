"""A world behind unmodified clients of this process.

Both vendors' SDKs send through httpcore2's connection pools, so that is where a world steps in. Everything
else that could reach the network meanwhile is refused: any other host, legacy httpx, and `requests`. Two more
ways past the pools are closed: google-genai prefers aiohttp where that can be imported, and without
credentials google-auth asks the cloud's metadata server for some.
"""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from typing import Any, NoReturn, cast
from unittest.mock import patch

import httpcore2
import httpx

from fakes.services import Services
from fakes.world import World

__all__ = ["intercept"]


@contextmanager
def intercept(world: World | None = None, at: dict[str, str] | None = None) -> Iterator[World]:
    """Serves every httpx2 client in this process from a world, and refuses the rest of the network.

    Args:
        world: the state behind the answers; a new one by default.
        at: further base URLs at which a service is found: `{"https://host/v1": "openai"}`.

    Yields:
        The world. Blocks may be nested: the innermost world answers.

    A request to a place where no service is raises what its client raises for an unreachable host.
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
        for target, method, stand_in in (
            ("httpcore2.ConnectionPool", "handle_request", send),
            ("httpcore2.AsyncConnectionPool", "handle_async_request", asend),
            *_REFUSED,
        ):
            module, _, name = target.rpartition(".")
            if find_spec(module.partition(".")[0]):
                owner = getattr(importlib.import_module(module), name)
                stack.enter_context(patch.object(owner, method, stand_in))
        if find_spec("aiohttp"):
            client = importlib.import_module("google.genai._api_client")
            stack.enter_context(patch.object(client, "has_aiohttp", new=False))
        stack.enter_context(patch("google.auth.default", _credentials))
        yield world


def _answer(services: Services, request: httpcore2.Request, body: bytes) -> httpcore2.Response:
    url = request.url
    port = f":{url.port}" if url.port else ""
    host = url.host.decode("ascii")
    address = f"{url.scheme.decode('ascii')}://{host}{port}{url.target.decode('ascii')}"
    response = services.handle(request.method.decode("ascii"), address, request.headers, body)
    if response is None:
        raise httpcore2.ConnectError(_refusal(host))
    content: Any = response.content if isinstance(response.stream, httpx.ByteStream) else response.stream
    return httpcore2.Response(response.status_code, headers=response.headers.raw, content=content)


def _credentials(*_: object, **__: object) -> tuple[object, str]:
    """What `google.auth.default` returns meanwhile: a token that never expires, and a project."""
    credentials = importlib.import_module("google.oauth2.credentials")
    return credentials.Credentials("fake"), "fakes"


def _refusal(host: object) -> str:
    return f"No fake service at {host}; nothing was sent."


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


_REFUSED = (
    ("httpcore.ConnectionPool", "handle_request", _refuse_httpcore),
    ("httpcore.AsyncConnectionPool", "handle_async_request", _arefuse_httpcore),
    ("requests.adapters.HTTPAdapter", "send", _refuse_requests),
    ("aiohttp.ClientSession", "_request", _refuse_aiohttp),
)
