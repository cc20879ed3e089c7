"""A world on a port of this machine, for other processes and other languages.

A small ASGI application (`fakes.doors.application`) under uvicorn. What ASGI cannot do, breaking a connection
or cutting off a slow client, is done to the socket (`fakes.doors.connections`).
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import uvicorn

from fakes.behaviours.settings import Settings, settings_from_environment
from fakes.doors.application import LARGEST_BODY, Application, Forward
from fakes.doors.clock import Clock
from fakes.doors.connections import Connection, Listener
from fakes.doors.guard import Guard
from fakes.doors.journal import Journal, digest_of
from fakes.doors.training import yielding
from fakes.learners import find_learner
from fakes.learners.capabilities import close, keep
from fakes.learners.pairs import read_pairs
from fakes.limits import Limits
from fakes.stream_pace import StreamPace
from fakes.timeline import ByClock
from fakes.world import World
from fakes.world_date import DEFAULT_DATE, WorldDate

__all__ = ["Application", "Clock", "read_prior", "serve"]


def serve(
    *,
    port: int,
    ready: Callable[[int], None],
    seed: int = 0,
    speed: float = 600.0,
    prior: Iterable[tuple[str, str]] = (),
    limits: Callable[[], Limits | None] = lambda: None,
    any_id: bool = False,
    behaviours: Settings | None = None,
    fresh: bool = False,
    learner: str = "softmax",
    learner_files: Sequence[Path] = (),
    state: Path | None = None,
    prepare: Callable[[World], None] = lambda _: None,
    routes: Path | None = None,
    streams: Mapping[str, StreamPace] | None = None,
    forward: Forward | None = None,
    hosts: Collection[str] = (),
    origins: Collection[str] = (),
    largest_body: int = LARGEST_BODY,
    day: str | None = None,
) -> None:
    """Serve a world on a loopback port (0: any free one) until SIGINT or SIGTERM.

    Args:
        port: the port to listen on, at 127.0.0.1 only.
        ready: called with the port once connections are accepted.
        seed: the seed of the world.
        speed: how much faster than the wall clock jobs move.
        prior: what base models already know.
        limits: creates the request limits of a new world.
        any_id: OpenAI also answers for ids that were never created.
        behaviours: of models and services; by default those that the environment names.
        fresh: requests without a seed are answered anew each time they come; see `World`.
        learner: what models answer, as `fakes.learners.find_learner` takes it.
        learner_files: the files from which the learner answers.
        state: a journal to continue and to keep. A learner that keeps what it trained does so in a folder
            beside it, of the same name with `.models` at its end.
        prepare: called with each new world, at the start and after each reset: the place for `World.route`.
        routes: a file of canned answers (`fakes.route_files`), which come before the fakes' own; those that
            `prepare` adds come first.
        streams: how fast models say what is streamed, as `World` takes it.
        forward: answers calls of OpenAI's API for which there is no route here.
        hosts: names under which it may be asked, besides those of this machine.
        origins: pages that may use it from a browser, such as `http://localhost:3000`.
        largest_body: the most bytes that a request may have.
        day: the date at which the world stands, as `World` takes it, and after a reset stands again.

    Raises:
        OSError: the port cannot be had, or the journal cannot be written.
        BadJournal: the journal cannot be gone on with.
        ValueError: there is no such learner, its files are wrong, or the file of routes is; or a host or an
            origin is none, or
            the date is.
    """
    stands = WorldDate(DEFAULT_DATE if day is None else day).day
    guard = Guard(hosts, origins)
    known = list(prior)
    behaviour = settings_from_environment() if behaviours is None else behaviours
    chosen, named = find_learner(learner, *learner_files, prior=known, seed=seed)
    canned = _canned(routes) if routes else None
    clock = Clock()

    def make() -> World:
        world = World(
            seed=seed,
            learner=chosen,
            pace=ByClock(speed, clock),
            limits=limits(),
            any_id=any_id,
            fresh=fresh,
            behaviours=behaviour.models,
            services=behaviour.services,
            streams=streams,
            day=stands,
        )
        prepare(world)
        if canned is not None:
            canned[0](world)
        return world

    # named as TCP: asyncio turns Nagle off on such sockets only, and each answer would wait 40 ms with it on
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        digest = digest_of(json.dumps(known).encode())
        told = digest_of(repr(behaviour).encode()) if any(behaviour) else None
        settings = {
            "seed": seed,
            "any_id": any_id,
            "prior": digest,
            "fresh": fresh,
            "learner": named,
            "behaviours": told,
            "routes": canned and canned[1],
            "date": None if stands == DEFAULT_DATE else stands.isoformat(),
        }
        journal = Journal(state, settings, _version()) if state else None
        if state is not None:
            keep(chosen, state.with_name(f"{state.name}.models"))
        try:
            application = Application(make, clock, journal, guard=guard, most=largest_body, forward=forward)
            config = uvicorn.Config(
                application,
                http=Connection,
                ws="none",
                lifespan="off",
                log_level="warning",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=2,
            )
            with yielding():
                Listener(config, ready).run([listening])
            application.trainings.end(resumable=journal is not None)
            close(chosen)
        finally:
            if journal:
                journal.close()


def _canned(path: Path) -> tuple[Callable[[World], None], str | None]:
    """What adds a file's routes to a world, and their digest; none where the file has no routes."""
    from fakes.route_files import add_routes, read_routes  # noqa: PLC0415 - only servers with such a file need respx

    routes = read_routes(path)
    return lambda world: add_routes(world, routes), digest_of(repr(routes).encode()) if routes else None


def _version() -> str:
    """The version of this code: that of its distribution, and a digest of the sources."""
    made = blake2b(digest_size=8)
    root = Path(__file__).parents[1]
    for path in sorted(root.rglob("*.py")):
        made.update(f"{path.relative_to(root).as_posix()}\0".encode() + path.read_bytes())
    try:
        released = version("fbench")
    except PackageNotFoundError:
        released = "unknown"
    return f"{released}+{made.hexdigest()}"


def read_prior(path: Path) -> list[tuple[str, str]]:
    """What base models already know, from a file of prompts and answers (`fakes.learners.pairs.read_pairs`).

    Raises:
        ValueError: it cannot be read, or has another form; the message names file and line.
    """
    return [(prompt, answer) for _, prompt, answer in read_pairs(path)]
