"""Many things at a time: how many, in which order, and what becomes of the others when one fails."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator

import pytest

from fbench.runner.pool import do_all
from fbench.runner.stop import Stop


class Bench:
    """Does items in several steps, and notes what was begun, what ended, and how many were under way."""

    def __init__(self, fails: dict[int, BaseException] | None = None) -> None:
        self.begun: list[int] = []
        self.ended: list[int] = []
        self.most = 0
        self.fails = fails or {}

    async def do(self, item: int) -> None:
        self.begun.append(item)
        self.most = max(self.most, len(self.begun) - len(self.ended))
        await asyncio.sleep(0)
        if item in self.fails:
            raise self.fails[item]
        for _ in range(10):  # so that what is under way ends well after an error
            await asyncio.sleep(0)
        self.ended.append(item)


def test_every_item_is_done_once_in_order_with_so_many_under_way() -> None:
    bench = Bench()
    asyncio.run(do_all(range(10), bench.do, slots=3, stop=Stop()))

    assert bench.begun == bench.ended == list(range(10))
    assert bench.most == 3


def test_items_are_taken_only_when_there_is_room_for_them() -> None:
    bench = Bench()
    ahead: list[int] = []

    def items() -> Iterator[int]:
        for item in range(6):
            ahead.append(item - len(bench.ended))
            yield item

    asyncio.run(do_all(items(), bench.do, slots=2, stop=Stop()))
    assert max(ahead) == 1


def test_after_an_error_nothing_new_is_begun_and_what_is_under_way_is_finished() -> None:
    bench = Bench({1: RuntimeError("the second")})
    stop = Stop()

    with pytest.raises(RuntimeError, match="the second"):
        asyncio.run(do_all(range(100), bench.do, slots=3, stop=stop))
    assert bench.begun == [0, 1, 2]
    assert bench.ended == [0, 2]
    assert stop.requested


def test_of_several_errors_the_first_is_raised() -> None:
    bench = Bench({1: RuntimeError("the second"), 2: RuntimeError("the third")})
    with pytest.raises(RuntimeError, match="the second"):
        asyncio.run(do_all(range(100), bench.do, slots=3, stop=Stop()))
    assert bench.ended == [0]


def test_an_error_that_is_no_exception_stops_the_others_too() -> None:
    class Ended(BaseException):
        pass

    bench = Bench({0: Ended()})
    with pytest.raises(Ended):
        asyncio.run(do_all(range(100), bench.do, slots=2, stop=Stop()))
    assert bench.begun == [0, 1]
    assert bench.ended == [1]


def test_an_error_in_taking_items_stops_the_others_too() -> None:
    bench = Bench()

    def items() -> Iterator[int]:
        yield 0
        raise OSError("the pipe is gone")

    stop = Stop()
    with pytest.raises(OSError, match="the pipe is gone"):
        asyncio.run(do_all(items(), bench.do, slots=2, stop=stop))
    assert bench.ended == [0]
    assert stop.requested


def test_an_error_is_told_once_and_in_no_traceback_beside(caplog: pytest.LogCaptureFixture) -> None:
    slots, second = asyncio.Semaphore(1), asyncio.Event()

    async def do(item: int) -> None:
        if item == 0:  # it comes back for its slot while the second has it, and gets it after the third
            slots.release()
            await second.wait()
            await slots.acquire()
        second.set()
        await asyncio.sleep(0.01)
        if item == 2:
            raise RuntimeError

    with pytest.raises(RuntimeError):
        asyncio.run(do_all(range(9), do, slots=slots, stop=Stop()))
    gc.collect()
    assert caplog.messages == []  # asyncio would complain here of an error that nobody took


def test_an_error_stops_a_part_and_not_the_whole() -> None:
    whole = Stop()
    with pytest.raises(RuntimeError):
        asyncio.run(do_all([0], Bench({0: RuntimeError()}).do, slots=1, stop=whole.part()))
    assert not whole.requested


def test_a_stop_of_the_whole_begins_nothing_new_and_is_no_error() -> None:
    whole, bench = Stop(), Bench()

    async def do(item: int) -> None:
        await bench.do(item)
        if item == 3:
            whole.request()

    asyncio.run(do_all(range(100), do, slots=2, stop=whole.part()))
    assert bench.begun == bench.ended == [0, 1, 2, 3]


def test_nothing_to_do_is_done_at_once() -> None:
    asyncio.run(do_all([], Bench().do, slots=5, stop=Stop()))


def test_an_item_that_waits_without_its_slot_leaves_it_to_others() -> None:
    slots, bench, second = asyncio.Semaphore(1), Bench(), asyncio.Event()

    async def do(item: int) -> None:
        if item == 0:
            slots.release()
            await second.wait()
            await slots.acquire()
        await bench.do(item)
        if item == 1:
            second.set()

    asyncio.run(do_all(range(3), do, slots=slots, stop=Stop()))
    assert sorted(bench.ended) == [0, 1, 2]
    assert bench.most == 1


def test_what_is_cancelled_takes_what_is_under_way_with_it() -> None:
    async def story() -> list[int]:
        ended: list[int] = []

        async def do(item: int) -> None:
            try:
                await asyncio.sleep(60)
            finally:
                ended.append(item)

        whole = asyncio.ensure_future(do_all(range(9), do, slots=2, stop=Stop()))
        await asyncio.sleep(0.01)
        whole.cancel()
        with pytest.raises(asyncio.CancelledError):
            await whole
        await asyncio.sleep(0)
        return [*ended]  # what is under way ends with the loop in any case

    assert sorted(asyncio.run(story())) == [0, 1]


def test_the_last_item_gets_its_slot_back_though_no_other_is_left() -> None:
    slots, ended = asyncio.Semaphore(1), list[int]()

    async def do(item: int) -> None:
        slots.release()
        await asyncio.sleep(0.01)
        await slots.acquire()
        ended.append(item)

    asyncio.run(asyncio.wait_for(do_all([0], do, slots=slots, stop=Stop()), 10))
    assert ended == [0]
