"""What stays in memory of a call, and what a call costs in a world with many jobs.

`FBENCH_BENCH_CALLS=1000000` makes a million calls.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fakes import FakeTransport, World
from fakes.learners.scripted import ScriptedLearner
from fakes.openai.records import JobSpec
from fakes.vertex.records import JobSpec as VertexJobSpec
from tests.bench.measure import Figure, paired
from tests.bench.raw import BASE, chat, get

__all__ = ["figures"]

CALLS = int(os.environ.get("FBENCH_BENCH_CALLS", "100000"))
MEGABYTES = 5.0
FEW, MANY = 20, 10_000  # both fill a page
RATIO = 1.2
TIMES = 20
JOBS = f"{BASE}/fine_tuning/jobs"
PARENT = "projects/p/locations/us-central1"
VERTEX = "https://us-central1-aiplatform.googleapis.com/v1"


@dataclass(frozen=True, slots=True)
class Crowd:
    """The door to a world with so many jobs on each service, all ended, and one job of each."""

    door: FakeTransport
    openai: str
    vertex: str


ASKED: dict[str, Callable[[Crowd], object]] = {
    "chat": lambda crowd: chat(crowd.door, "hi"),
    "read an OpenAI job": lambda crowd: get(crowd.door, f"{JOBS}/{crowd.openai}"),
    "read a Vertex job": lambda crowd: get(crowd.door, f"{VERTEX}/{crowd.vertex}"),
    "list 20 OpenAI jobs": lambda crowd: get(crowd.door, f"{JOBS}?limit=20"),
    "list 20 Vertex jobs": lambda crowd: get(crowd.door, f"{VERTEX}/{PARENT}/tuningJobs?pageSize=20"),
}


def figures() -> list[Figure]:
    """Growth over many calls, and the cost of calls among many jobs against a page of them."""
    few, many = _crowd(FEW), _crowd(MANY)
    found = [_growth()]
    for name, ask in ASKED.items():
        ratio, _, floor = paired(_seconds(ask, few), _seconds(ask, many))
        detail = f"{floor * 1e6:.0f} us among {FEW}"
        found.append(Figure(f"{name} among {MANY} jobs", ratio, "x", RATIO, detail))
    return found


def _growth() -> Figure:
    """The first tenth of the calls fills what is bounded: caches, and the allocator's pools."""
    door = FakeTransport(World(learner=ScriptedLearner(str.upper)))
    for number in range(CALLS // 10):
        chat(door, f"question {number}")
    before = _resident()
    for number in range(CALLS // 10, CALLS):
        chat(door, f"question {number}")
    grown = _resident() - before
    detail = f"after {before:.0f} MB"
    return Figure(f"memory grown over {CALLS} calls", grown, "MB", MEGABYTES, detail)


def _crowd(jobs: int) -> Crowd:
    world = World(learner=ScriptedLearner(str.upper))
    file = world.openai.add_file("train.jsonl", "fine-tune", b"{}")
    for number in range(jobs):
        world.openai.add_job(JobSpec("gpt-4o-2024-08-06", file, None, {}, number, None, None)).cancel()
        echo = {"baseModel": "gemini-2.5-pro", "labels": {"number": str(number)}}
        order = VertexJobSpec(PARENT, echo, "gemini-2.5-pro", "gs://b/o", None, 1, 1.0, 4, last_only=False)
        world.vertex.add_job(order).timeline.stop("JOB_STATE_CANCELLED")
    return Crowd(FakeTransport(world), next(iter(world.openai.jobs)), next(iter(world.vertex.jobs)))


def _seconds(ask: Callable[[Crowd], object], crowd: Crowd) -> Callable[[], float]:
    """What one of some calls costs."""

    def seconds() -> float:
        start = time.perf_counter()
        for _ in range(TIMES):
            ask(crowd)
        return (time.perf_counter() - start) / TIMES

    return seconds


def _resident() -> float:
    """Resident memory in MB: https://man7.org/linux/man-pages/man5/proc_pid_statm.5.html."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
