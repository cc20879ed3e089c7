"""A stop that is requested: what it ends, what it leaves alone, and what is said of it."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import subprocess
import sys
import threading

import pytest

from fbench.clock import Clock
from fbench.runner.event_loop import in_own_loop, interruptible
from fbench.runner.stop import Stop, Stopped, on_interrupt


def test_a_part_stops_with_the_whole_and_not_the_other_way_round() -> None:
    whole = Stop()
    one, other = whole.part(), whole.part().part()
    assert not one.requested
    one.request()
    assert [stop.requested for stop in (whole, one, other)] == [False, True, False]
    whole.request()
    assert other.requested


def test_another_process_may_have_requested_it() -> None:
    stop = Stop(source=lambda: True)
    assert stop.requested
    assert stop.part().requested


def test_whoever_asks_whether_to_go_on_is_told_by_an_error() -> None:
    stop = Stop()
    stop.raise_stopped()
    stop.request()
    with pytest.raises(Stopped):
        stop.raise_stopped()


# --- waiting ---


class Sleeper:
    """A clock that waits until it is woken, and notes what for."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.ended: list[str] = []
        self.begun, self.woken = asyncio.Event(), asyncio.Event()
        self.error: Exception | None = None

    async def sleep(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self.begun.set()
        try:
            await self.woken.wait()
        except asyncio.CancelledError:
            self.ended.append("cut short")
            raise
        if self.error is not None:
            raise self.error
        self.ended.append("in full")


async def waited(stop: Stop, sleeper: Sleeper, seconds: float = 30.0, *, wake: bool) -> list[str]:
    """How a wait ended that began before the stop was requested, or the sleeper woken."""
    clock: Clock = stop.clock(sleeper)
    waiting = asyncio.ensure_future(clock.sleep(seconds))
    await asyncio.wait_for(sleeper.begun.wait(), 10)
    assert not waiting.done()
    if wake:
        sleeper.woken.set()
    else:
        stop.request()
    await waiting
    return [*sleeper.ended]


def test_a_wait_is_as_long_as_its_clock_says_unless_a_stop_is_requested() -> None:
    sleeper = Sleeper()
    assert asyncio.run(waited(Stop(), sleeper, wake=True)) == ["in full"]
    assert sleeper.seconds == [30.0]


def test_a_stop_ends_a_wait_and_the_clock_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fbench.runner.stop._LOOK_SECONDS", 0.001)

    async def story() -> list[str]:
        sleeper = Sleeper()
        with pytest.raises(Stopped):
            await waited(Stop(), sleeper, wake=False)
        await asyncio.sleep(0)
        return [*sleeper.ended]

    assert asyncio.run(story()) == ["cut short"]


def test_an_error_of_a_clock_is_that_of_the_wait() -> None:
    sleeper = Sleeper()
    sleeper.error = OSError("no clock")
    with pytest.raises(OSError, match="no clock"):
        asyncio.run(waited(Stop(), sleeper, wake=True))


def test_a_wait_of_no_time_is_left_to_the_clock() -> None:
    """So that a training against fakes ends though a stop was requested."""
    sleeper, stop = Sleeper(), Stop()
    stop.request()
    assert asyncio.run(waited(stop, sleeper, 0, wake=True)) == ["in full"]


# --- what is in flight, and what is said ---

AGAIN = "Ctrl-C again stops at once and loses their answers, which may be paid for."


def test_requests_are_counted_in_the_whole() -> None:
    stop = Stop()
    part = stop.part().part()
    assert stop.words == "Stopping; Ctrl-C again stops at once."
    with part.counting():
        assert stop.words == f"Stopping: finishing 1 request in flight; {AGAIN}"
        with part.counting():
            assert stop.words == f"Stopping: finishing 2 requests in flight; {AGAIN}"
    with pytest.raises(OSError, match="lost"), part.counting():
        raise OSError("lost")
    assert (stop.in_flight, part.in_flight) == (0, 0)


def test_requests_of_other_processes_are_not_counted() -> None:
    stop = Stop()
    stop.in_flight = None
    with stop.part().counting():
        assert stop.words == f"Stopping: finishing the requests in flight; {AGAIN}"
    assert stop.in_flight is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_requests_a_stop_and_the_second_ends_all(
    capsys: pytest.CaptureFixture[str], number: signal.Signals
) -> None:
    stop, before = Stop(), signal.getsignal(number)
    with on_interrupt(stop):
        signal.raise_signal(number)
        assert stop.requested
        assert capsys.readouterr().err == f"{stop.words}\n"
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
    assert signal.getsignal(number) is before
    assert capsys.readouterr().err == ""


def interrupted(monkeypatch: pytest.MonkeyPatch, stderr: object) -> Stop:
    """The stop that a signal requests while stderr is that."""
    stop = Stop()
    with on_interrupt(stop), monkeypatch.context() as patched:
        patched.setattr(sys, "stderr", stderr)
        signal.raise_signal(signal.SIGINT)
    return stop


_WHILE_IMPORTING = """
import signal, sys
from fbench.runner.stop import Stop, on_interrupt
from fbench.terminal import safe_stderr

class Interrupts:
    def find_spec(self, name, path=None, target=None):
        if name == "fbench.cassette.scrub.pieces":
            sys.meta_path.remove(self)
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Interrupts())
with safe_stderr(), on_interrupt(Stop()):
    import fbench.cassette.scrub.scrubber
"""


def test_a_signal_while_what_cleans_stderr_is_imported_is_told_past_it() -> None:
    command = [sys.executable, "-c", _WHILE_IMPORTING]
    secret = {"OPENAI_API_KEY": "sk-fake"}  # so that there is something to clean
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | secret)
    assert (done.returncode, done.stderr) == (0, f"{Stop().words}\n")


def test_what_is_said_is_not_held_back(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    stderr = io.TextIOWrapper(io.BufferedWriter(raw), encoding="utf-8")  # pyright: ignore[reportArgumentType] - BytesIO is raw enough
    stop = interrupted(monkeypatch, stderr)
    assert raw.getvalue().decode() == f"{stop.words}\n"


def test_a_signal_in_the_middle_of_another_word_is_told_past_it(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    class Reentered(io.StringIO):
        def write(self, text: str) -> int:
            raise RuntimeError(f"reentrant call, {len(text)} characters")

    stop = interrupted(monkeypatch, Reentered())
    assert capfd.readouterr().err == f"{stop.words}\n"


def test_a_stop_is_requested_though_nobody_can_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = io.StringIO()
    closed.close()
    for stderr in (None, closed):
        assert interrupted(monkeypatch, stderr).requested


# --- beside a loop that runs, and in threads ---


def test_a_call_without_a_loop_is_made_where_it_is() -> None:
    assert in_own_loop(threading.current_thread) is threading.current_thread()


def test_beside_a_loop_a_call_has_a_thread_and_what_it_gives_or_raises_is_its_callers() -> None:
    def fail() -> None:
        raise OSError("no")

    def slow() -> tuple[bool, int]:
        asyncio.run(asyncio.sleep(0.05))
        return threading.current_thread().daemon, os.getpid()

    async def cell() -> None:
        assert in_own_loop(threading.current_thread) is not threading.current_thread()
        assert in_own_loop(slow) == (True, os.getpid())  # and it ends with the program
        with pytest.raises(OSError, match="no"):
            in_own_loop(fail)

    asyncio.run(cell())


def test_only_the_main_thread_listens_to_signals() -> None:
    before = signal.getsignal(signal.SIGINT)
    with interruptible(Stop()):
        assert signal.getsignal(signal.SIGINT) is not before

    entered: list[bool] = []

    def elsewhere() -> None:
        with interruptible(Stop()):
            entered.append(signal.getsignal(signal.SIGINT) is before)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert entered == [True]
