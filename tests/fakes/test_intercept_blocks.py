"""Which world answers, where blocks of `intercept` overlap over threads and tasks."""

from __future__ import annotations

import _thread
import asyncio
import contextvars
import gc
import os
import random
import socket
import sys
import threading
import time
import weakref
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from multiprocessing.pool import ThreadPool
from typing import Any

import aiohttp
import google.auth
import google.auth.transport.requests
import httpcore2
import httpx
import httpx2
import pytest
import requests
import urllib3
import urllib3.connection
from google.oauth2 import credentials

from fakes import World, intercept
from fakes.doors import blocks
from fakes.learners.scripted import ScriptedLearner
from tests.fakes.clients import BASE, KEY

URL = "https://api.openai.com/v1/chat/completions"
ASKED: dict[str, Any] = {"model": BASE, "messages": [{"role": "user", "content": "who?"}]}


def says(word: str) -> World:
    return World(learner=ScriptedLearner(lambda _: word))


def who() -> str:
    """The word of the world that answers here and now."""
    with httpx2.Client(headers=KEY) as client:
        return told(client.post(URL, json=ASKED).json())


def told(answer: Any) -> str:
    return answer["choices"][0]["message"]["content"]


async def who_async() -> str:
    async with httpx2.AsyncClient(headers=KEY) as client:
        return told((await client.post(URL, json=ASKED)).json())


def in_thread(function: Callable[[], Any]) -> Any:
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(function()))
    thread.start()
    thread.join()
    return found[0]


@pytest.fixture(autouse=True)
def all_closed() -> Generator[None]:
    yield
    assert blocks.meant() is None


class TestOneThread:
    def test_the_innermost_block_answers(self) -> None:
        with intercept(says("a")):
            with intercept(says("b")):
                assert who() == "b"
            assert who() == "a"

    def test_blocks_may_be_closed_in_the_order_in_which_they_were_opened(self) -> None:
        a, b, c = intercept(says("a")), intercept(says("b")), intercept(says("c"))
        for each in (a, b, c):
            each.__enter__()
        b.__exit__(None, None, None)
        assert who() == "c"
        c.__exit__(None, None, None)
        assert who() == "a"
        a.__exit__(None, None, None)

    def test_a_block_that_was_entered_in_another_context_can_be_left(self) -> None:
        context, block = contextvars.copy_context(), intercept(says("a"))
        context.run(block.__enter__)
        assert who() == "a"  # the newest open one: this context has none
        block.__exit__(None, None, None)
        with intercept(says("b")):
            assert context.run(who) == "b"  # the one of that context has ended

    def test_a_block_that_another_context_closes_leaves_that_in_its_own(self) -> None:
        one, other = contextvars.copy_context(), contextvars.copy_context()
        a, newest = intercept(says("a")), intercept(says("newest"))
        one.run(a.__enter__)
        with intercept(says("b")):
            other.run(newest.__enter__)
            a.__exit__(None, None, None)
            assert who() == "b"
            newest.__exit__(None, None, None)

    def test_one_world_may_be_open_twice(self) -> None:
        world = says("a")
        with intercept(world), intercept(world):
            assert who() == "a"


class TestThreads:
    def test_a_bare_thread_belongs_to_the_block_in_which_it_was_started(self) -> None:
        with intercept(says("a")):
            assert in_thread(who) == "a"
            assert in_thread(lambda: in_thread(who)) == "a"

    def test_each_of_two_threads_has_its_world_and_so_have_their_threads(self) -> None:
        def mine(word: str) -> None:
            with intercept(says(word)):
                together.wait()
                found[word] = who(), in_thread(who), in_thread(lambda: in_thread(who))
                together.wait()

        together, found = threading.Barrier(3), dict[str, tuple[str, str, str]]()
        threads = [threading.Thread(target=mine, args=(word,)) for word in ("a", "b", "c")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == {word: (word, word, word) for word in ("a", "b", "c")}

    def test_a_thread_from_before_the_block_belongs_to_that_of_its_starter(self) -> None:
        def serve() -> None:
            for _ in range(2):
                go.acquire()
                found.append(who())
                done.release()

        with intercept(says("early")):
            pass
        go, done, found = threading.Semaphore(0), threading.Semaphore(0), list[str]()
        old = threading.Thread(target=serve)
        old.start()

        def newest() -> None:
            with intercept(says("newest")):
                opened.set()
                closing.wait()

        opened, closing = threading.Event(), threading.Event()
        with intercept(says("mine")):
            other = threading.Thread(target=newest)
            other.start()
            opened.wait()
            go.release()
            done.acquire()
        go.release()
        done.acquire()
        closing.set()
        other.join()
        old.join()
        assert found == ["mine", "newest"]

    def test_a_thread_from_before_belongs_to_the_innermost_block_of_its_starter(self) -> None:
        with intercept(says("early")):
            pass
        with ThreadPool(1) as pool, intercept(says("outer")):
            with intercept(says("inner")):
                assert pool.apply(who) == "inner"
            assert pool.apply(who) == "outer"

    def test_a_thread_whose_starter_is_unknown_is_answered_by_the_newest_block(self) -> None:
        def asked() -> str:
            found, done = list[str](), threading.Semaphore(0)
            _thread.start_new_thread(lambda: (found.append(who()), done.release()), ())
            done.acquire()
            return found[0]

        with intercept(says("outer")):
            with intercept(says("newest")):
                assert asked() == "newest"
            assert asked() == "outer"

    def test_a_thread_stays_in_its_block_when_its_starter_opens_another(self) -> None:
        def later() -> None:
            go.wait()
            found.append(who())

        go, found = threading.Event(), list[str]()
        with intercept(says("mine")):
            thread = threading.Thread(target=later)
            thread.start()
            with intercept(says("another")):
                go.set()
                thread.join()
        assert found == ["mine"]

    def test_a_thread_outlives_its_block_and_is_answered_by_the_newest_open_one(self) -> None:
        def later() -> None:
            go.wait()
            found.append(who())

        go, found = threading.Event(), list[str]()
        with intercept(says("gone")):
            thread = threading.Thread(target=later)
            thread.start()
        with intercept(says("open")):
            go.set()
            thread.join()
        assert found == ["open"]

    def test_a_pool_from_before_the_block_answers_to_whoever_submits(self) -> None:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(time.sleep, [0.01] * 4))
            with intercept(says("a")):
                assert [each.result() for each in [pool.submit(who) for _ in range(4)]] == ["a"] * 4
                with intercept(says("b")):
                    assert pool.submit(who).result() == "b"
                assert pool.submit(who).result() == "a"

            def mine(word: str) -> str:
                with intercept(says(word)):
                    together.wait()
                    found = pool.submit(who).result()
                    together.wait()
                    return found

            together = threading.Barrier(2)
            assert in_thread(lambda: _both(mine)) == ["a", "b"]

    def test_another_kind_of_pool_belongs_to_its_starters_block(self) -> None:
        with intercept(says("early")):
            pass
        with ThreadPool(2) as pool:
            with intercept(says("a")):
                assert pool.map(lambda _: who(), range(4)) == ["a"] * 4
            with intercept(says("b")):
                assert pool.map(lambda _: who(), range(4)) == ["b"] * 4

    def test_what_is_submitted_leaves_no_block_behind_in_the_pool(self) -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(int).result()
            block = intercept(says("a"))
            world = weakref.ref(block.__enter__())
            pool.submit(who).result()
            block.__exit__(None, None, None)
            del block
            gc.collect()
            assert world() is None
            assert pool.submit(blocks.meant).result() is None

    def test_a_pool_of_threads_does_what_it_did(self) -> None:
        def fails() -> None:
            raise ZeroDivisionError

        with intercept(says("a")), ThreadPoolExecutor(1) as pool:
            assert pool.submit(sorted, [2, 1], reverse=True).result() == [2, 1]
            with pytest.raises(ZeroDivisionError):
                pool.submit(fails).result()


def _both(mine: Callable[[str], str]) -> list[str]:
    with ThreadPoolExecutor(2) as outer:
        return list(outer.map(mine, ["a", "b"]))


class TestTasks:
    def test_each_task_has_its_world(self) -> None:
        async def mine(word: str) -> list[str]:
            with intercept(says(word)):
                found: list[str] = []
                for _ in range(3):
                    found.append(await who_async())
                    await asyncio.sleep(0)
                found += [
                    await asyncio.create_task(who_async()),
                    await asyncio.to_thread(who),
                    await asyncio.get_running_loop().run_in_executor(None, who),
                    await _by_aiohttp(),
                ]
                return found

        async def all_of_them() -> list[list[str]]:
            return await asyncio.gather(*(mine(word) for word in "abcd"))

        assert asyncio.run(all_of_them()) == [[word] * 7 for word in "abcd"]

    def test_a_coroutine_that_another_thread_hands_over_belongs_to_that_thread(self) -> None:
        loop = asyncio.new_event_loop()
        runner = threading.Thread(target=loop.run_forever)
        runner.start()
        try:
            with intercept(says("a")), ThreadPoolExecutor(1) as pool:
                with intercept(says("b")):
                    asked = asyncio.run_coroutine_threadsafe(who_async(), loop)
                    assert asked.result() == "b"
                assert (
                    pool.submit(lambda: asyncio.run_coroutine_threadsafe(who_async(), loop).result()).result()
                    == "a"
                )
        finally:
            loop.call_soon_threadsafe(loop.stop)
            runner.join()
            loop.close()

    def test_a_task_that_outlives_its_block_is_answered_by_the_open_one(self) -> None:
        async def run() -> str:
            go = asyncio.Event()

            async def later() -> str:
                await go.wait()
                return await who_async()

            with intercept(says("gone")):
                task = asyncio.create_task(later())
                await asyncio.sleep(0)
            with intercept(says("open")):
                go.set()
                return await task

        assert asyncio.run(run()) == "open"


async def _by_aiohttp() -> str:
    async with aiohttp.ClientSession(headers=KEY) as session, session.post(URL, json=ASKED) as answer:
        return told(await answer.json())


def test_credentials_are_refreshed_in_a_thread_of_googles_own() -> None:
    own: Any = credentials.Credentials(
        None,
        refresh_token="r",
        token_uri="https://oauth2.googleapis.com/token",
        client_id="c",
        client_secret="s",
    )
    with intercept(says("a")):
        in_thread(lambda: own.refresh(google.auth.transport.requests.Request()))
    assert own.token == "fake"


def test_a_closed_block_is_forgotten_while_later_ones_are_open() -> None:
    worlds, last = _opened_in_turn(20)
    gc.collect()
    assert sum(world() is not None for world in worlds) == 1
    last.__exit__(None, None, None)


def _opened_in_turn(count: int) -> tuple[list[weakref.ref[World]], AbstractContextManager[World]]:
    """Worlds whose blocks were each opened before the one before was closed; the last is open."""
    worlds: list[weakref.ref[World]] = []
    before: AbstractContextManager[World] | None = None
    for number in range(count):
        block = intercept(says(str(number)))
        worlds.append(weakref.ref(block.__enter__()))
        if before is not None:
            before.__exit__(None, None, None)
        before = block
    assert before is not None
    return worlds, before


def patched() -> list[object]:
    return [
        httpcore2.ConnectionPool.handle_request,
        httpcore2.AsyncConnectionPool.handle_async_request,
        urllib3.connection.HTTPSConnection.connect,
        aiohttp.BaseConnector.connect,
        google.auth.default,  # pyright: ignore[reportUnknownMemberType] - untyped
        socket.getaddrinfo,
        ThreadPoolExecutor.submit,
    ]


BLOCKS = (
    10_000 if os.environ.get("FBENCH_CHAOS") or os.environ.get("HYPOTHESIS_PROFILE") == "props" else 1_000
)
THREADS = 8
TASKS = 8
_connected: list[object] = []


def _count(event: str, args: tuple[Any, ...]) -> None:
    if event == "socket.connect" and args[0].family in (socket.AF_INET, socket.AF_INET6):
        _connected.append(args[1])


class Clients:
    """One of each, for all threads; and for the tasks, whose clients belong to their loop."""

    def __init__(self) -> None:
        # a client reads its certificates when it is made, which takes longer than a hundred calls
        self._httpx2, self._httpx = httpx2.Client(verify=False), httpx.Client(verify=False)  # noqa: S501 - nothing is sent to verify
        self._requests, self._urllib3 = requests.Session(), urllib3.PoolManager(headers=KEY)
        self.sync = [self.by_httpx2, self.by_httpx, self.by_requests, self.by_urllib3]

    def by_httpx2(self) -> str:
        return told(self._httpx2.post(URL, json=ASKED, headers=KEY).json())

    def by_httpx(self) -> str:
        return told(self._httpx.post(URL, json=ASKED, headers=KEY).json())

    def by_requests(self) -> str:
        return told(self._requests.post(URL, json=ASKED, headers=KEY, timeout=5).json())

    def by_urllib3(self) -> str:
        return told(self._urllib3.request("POST", URL, json=ASKED, headers=KEY).json())

    def close(self) -> None:
        self._httpx2.close()
        self._httpx.close()
        self._requests.close()
        self._urllib3.clear()


class Script:
    """Random blocks and calls of one thread or task, which knows what it must be answered."""

    def __init__(self, seed: str, worlds: list[World], count: int) -> None:
        self.random, self.worlds, self.left = random.Random(seed), worlds, count  # noqa: S311 - the same on every run
        self.open: list[tuple[AbstractContextManager[World], str]] = []
        self.calls = 0

    def step(self) -> str | None:
        """Opens or closes a block; the word that a call must get then, or None where none of ours is open."""
        if self.left and (not self.open or self.random.random() < 0.5) and len(self.open) < 4:
            number = self.random.randrange(len(self.worlds))
            block = intercept(self.worlds[number])
            block.__enter__()
            self.open.append((block, str(number)))
            self.left -= 1
        elif self.open:
            block, _ = self.open.pop(self.random.randrange(len(self.open)))
            block.__exit__(None, None, None)
        return self.open[-1][1] if self.open else None

    @property
    def goes_on(self) -> bool:
        return bool(self.left or self.open)


def run_in_thread(script: Script, asks: list[Callable[[], str]], pool: ThreadPoolExecutor) -> None:
    while script.goes_on:
        expected = script.step()
        if expected is None:
            continue
        ask = script.random.choice(asks)
        match script.random.randrange(8):
            case 0:
                assert pool.submit(ask).result() == expected
            case 1:
                assert in_thread(ask) == expected
            case 2:
                with pytest.raises(OSError, match="nothing was sent"):
                    socket.create_connection(("127.0.0.1", 9), timeout=1)
            case 3 | 4 | 5:
                assert ask() == expected
            case _:
                continue
        script.calls += 1


async def run_in_task(
    script: Script, clients: Clients, new: httpx2.AsyncClient, old: aiohttp.ClientSession
) -> None:
    async def by_httpx2() -> str:
        return told((await new.post(URL, json=ASKED, headers=KEY)).json())

    async def by_aiohttp() -> str:
        async with old.post(URL, json=ASKED, headers=KEY) as answer:
            return told(await answer.json())

    while script.goes_on:
        expected = script.step()
        await asyncio.sleep(0)
        if expected is None:
            continue
        match script.random.randrange(6):
            case 0:
                assert await by_aiohttp() == expected
            case 1:
                assert await asyncio.create_task(by_httpx2()) == expected
            case 2:
                assert await asyncio.to_thread(script.random.choice(clients.sync)) == expected
            case 3:
                loop = asyncio.get_running_loop()
                assert await loop.run_in_executor(None, script.random.choice(clients.sync)) == expected
            case 4:
                with pytest.raises(OSError, match="nothing was sent"):
                    await asyncio.open_connection("127.0.0.1", 9)
            case _:
                continue
        script.calls += 1


@pytest.mark.long
def test_random_blocks_over_threads_and_tasks_open_no_socket_and_leave_nothing() -> None:
    """Each call is answered by the innermost block of its thread or task, which seeds draw."""
    with intercept():
        pass
    sys.addaudithook(_count)  # behind intercept's own: it hears of what was let through
    _connected.clear()
    before, worlds = patched(), [says(str(number)) for number in range(16)]
    share = BLOCKS // (THREADS + TASKS)
    scripts = [Script(f"{number}", worlds, share) for number in range(THREADS + TASKS)]
    clients = Clients()

    def tasks() -> None:
        async def together() -> None:
            async with httpx2.AsyncClient(verify=False) as new, aiohttp.ClientSession() as old:
                tasks = [run_in_task(script, clients, new, old) for script in scripts[THREADS:]]
                await asyncio.gather(*tasks)

        asyncio.run(together())

    with ThreadPoolExecutor(4) as shared, ThreadPoolExecutor(THREADS + 1) as runners:
        running = [
            runners.submit(run_in_thread, script, clients.sync, shared) for script in scripts[:THREADS]
        ]
        running.append(runners.submit(tasks))
        for each in running:
            each.result()
    clients.close()
    assert sum(script.calls for script in scripts) > BLOCKS // 2
    assert not any(script.left or script.open for script in scripts)
    assert not _connected
    assert blocks.meant() is None
    assert patched() == before
    with pytest.raises(ConnectionRefusedError) as caught:  # of the system: nobody listens there
        socket.create_connection(("127.0.0.1", 9), timeout=1)
    assert "fakes" not in str(caught.value)
    with pytest.raises(httpx2.ConnectError) as refused:
        httpx2.get("http://127.0.0.1:9/")
    assert "fake" not in str(refused.value)
    assert len(_connected) == 2
