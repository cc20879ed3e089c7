"""Serve unmodified clients of this process from a world.

Clients are replaced for good, at the first block: see `fakes.doors.patches`. What a replaced client does is
decided at each call, by the open blocks alone.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from threading import Thread
from typing import Any, TypeVar, overload

from fakes.doors import aiohttp_door, httpcore_door, httpx2_door, refusals, urllib3_door
from fakes.doors.answers import OfTransport, OfWorld
from fakes.doors.blocks import Block, carried, opened, thread_starts
from fakes.doors.google_tokens import PROJECT, TOKEN, TOKEN_URI
from fakes.doors.patches import Patch, patch
from fakes.doors.services import Services
from fakes.world import World

__all__ = ["intercept"]

Transport = TypeVar("Transport")


@overload
def intercept(
    world: World | None = None,
    at: Mapping[str, str] | None = None,
    *,
    allow: Iterable[str] = (),
    assert_all_called: bool = False,
) -> AbstractContextManager[World]: ...


@overload
def intercept(world: Transport, *, allow: Iterable[str] = ()) -> AbstractContextManager[Transport]: ...


@contextmanager
def intercept(
    world: World | Any = None,
    at: Mapping[str, str] | None = None,
    *,
    allow: Iterable[str] = (),
    assert_all_called: bool = False,
) -> Generator[Any]:
    """Serves this process's HTTP clients from a world, and refuses everything else that uses the network.

    Args:
        world: the state behind the answers; a new one by default. Or a transport of httpx2, sync and async,
            which answers instead of a world, and reaches the network as if no block were open.
        at: further base URLs at which a service is found: `{"https://host/v1": "openai"}`.
        allow: hosts that may be reached, with a port or without: `["localhost:5432"]`. Nothing is served
            there. A proxy among them passes on only what is for another of them, for clients that are served
            and for http.client.
        assert_all_called: in the end raises AssertionError where a route of the user's (`World.route`) was
            not called, unless the block itself raises.

    Yields:
        The world, or the transport.

    Raises:
        ValueError: `at` names no service, or `allow` no host that can be found.

    Served are httpx2, httpx, requests, urllib3 and aiohttp, whatever is built on them, and whether they were
    imported, made or connected before the block or in it. A request to a place where no service is raises
    what its client raises for an unreachable host. Inside a block `google.auth.default` returns credentials
    that need no refresh; those that a program has of its own are refreshed in the process.

    Blocks may be nested, or overlap in any way, over threads and tasks. A call is answered by the innermost
    open block of its context; else, as in a new thread, by the block in which its thread was started; else by
    a block of the thread that started it; else by the block that was opened last. What is submitted to a
    `ThreadPoolExecutor` belongs to the block in which it was submitted. A thread that outlives all blocks
    reaches the network again; google-cloud-storage starts some, to ask about buckets.

    While any block is open, every other socket and every look-up of a host name is refused in the whole
    process, by an OSError that names the client (such as `urllib.request`) and says what to do. So are
    connections to this machine: a real key must not reach whatever listens there, be it a proxy, a gateway
    or a recorder. Name in `allow` what a test needs, such as its database. Not refused are Unix sockets,
    which stay on the machine and on which `multiprocessing` relies, sockets that were connected before the
    block (except those of the clients above and of http.client), and listening. gRPC is refused on channels
    old and new.

    What cannot be seen: child processes, which do not inherit a block unless they are forked (and then have
    copies of its world), and libraries that make system calls of their own, unless they are gRPC, uvloop or
    curl_cffi.
    """
    world = World() if world is None else world
    block = Block(OfWorld(Services(world, at)) if isinstance(world, World) else OfTransport(world), allow)
    refusals.watch_sockets()
    patch(_PATCHES)
    with opened(block):
        yield world
    if assert_all_called:
        world.assert_all_called()


def _submit(
    block: Block | None,
    original: Callable[..., Any],
    pool: object,
    function: Any,
    /,
    *args: Any,
    **kwargs: Any,
) -> Any:
    """What is submitted to a pool of threads runs in the block of who submits it."""
    return original(pool, carried(block, function), *args, **kwargs)


def _start(_block: Block | None, original: Callable[..., Any], thread: Thread) -> Any:
    thread_starts(thread)
    return original(thread)


def _credentials(
    block: Block, original: Callable[..., Any], *args: object, **kwargs: object
) -> tuple[object, str | None]:
    """What `google.auth.default` returns: a token that never expires, but can be refreshed, and a project.

    Where a transport answers, which may reach Google, a program's own credentials come first.
    """
    if not block.answers.is_world:
        with suppress(Exception):  # there are none
            return original(*args, **kwargs)
    user = importlib.import_module("google.oauth2.credentials").Credentials
    return user(TOKEN, TOKEN, token_uri=TOKEN_URI, client_id=TOKEN, client_secret=TOKEN), PROJECT


def _prefer_httpx2(_block: Block, _original: object, _client: object) -> bool:
    """Whether google-genai's async client uses aiohttp.

    With aiohttp it makes a subclass of `aiohttp.ClientSession`, of which aiohttp warns: an error in a suite
    that takes warnings for errors.
    """
    return False


_PATCHES = (
    *httpx2_door.PATCHES,
    *httpcore_door.PATCHES,
    *urllib3_door.PATCHES,
    *aiohttp_door.PATCHES,
    *refusals.PATCHES,
    Patch("google.auth", "default", _credentials),
    Patch("google.auth._default", "default", _credentials),
    Patch("google.genai._api_client", "BaseApiClient._use_aiohttp", _prefer_httpx2),
    Patch("threading", "Thread.start", _start, always=True),
    Patch("concurrent.futures.thread", "ThreadPoolExecutor.submit", _submit, always=True),
)
