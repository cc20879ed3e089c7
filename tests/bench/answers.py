"""A run of 50,000 answers: the memory above its imports, the share of commits, and how soon a resume asks.

The service is `fbench serve` in a process of its own. The run is stopped when nine in ten questions are
answered, and gone on with; what its imports take is the peak of a run of a few questions.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2

from tests.bench.measure import Figure
from tests.fakes.servers import server

__all__ = ["figures"]

FACTS, CELLS = 2500, 10
ANSWERS = 2 * FACTS * CELLS
STOPPED_AT = ANSWERS * 9 // 10
MODEL = "openai:gpt-4o-mini-2024-07-18"
MEASURED = """
import atexit, json, resource, sys, time
from pathlib import Path
from fbench.cli import main
from fbench.runner.store import Store
spent = 0.0
commit = Store._commit
def timed(store, write):
    global spent
    began = time.perf_counter()
    try:
        commit(store, write)
    finally:
        spent += time.perf_counter() - began
Store._commit = timed
began = time.perf_counter()
place = Path(sys.argv.pop(1))
def tell():
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told = {"peak": peak, "commits": spent, "seconds": time.perf_counter() - began}
    place.write_text(json.dumps(told))
atexit.register(tell)
main()
"""


def figures() -> list[Figure]:
    """MiB above the imports, commits in percent of a run's time, and seconds."""
    with TemporaryDirectory() as name, _served(Path(name)) as (environ, control):
        folder = Path(name)
        few = _run(folder, environ, "run", *_asked(folder, "few"), "--limit", "2")
        first = _begun(folder, environ, "run", *_asked(folder, "run"))
        while _answered(control) < STOPPED_AT:
            time.sleep(0.2)
            if first.poll() is not None:
                raise RuntimeError("the run ended before it was stopped")
        first.send_signal(signal.SIGINT)
        first.wait()
        stopped = _told(folder)
        before = _answered(control)
        began = time.perf_counter()
        second = _begun(folder, environ, "resume", str(folder / "run"), "--budget-usd", "100")
        while _answered(control) == before and second.poll() is None:
            time.sleep(0.005)
        until_asked = time.perf_counter() - began
        second.wait()
        resumed = _told(folder)
        answered = _answered(control)
    pace = f"{before / stopped['seconds']:.0f} answers a second, {answered} asked in all"
    peaks = f"{few['peak']:.0f} MiB for a few; {stopped['peak']:.0f}, then {resumed['peak']:.0f}"
    return [
        Figure(
            f"{ANSWERS} answers: memory above the imports",
            max(stopped["peak"], resumed["peak"]) - few["peak"],
            "MiB",
            150,
            peaks,
        ),
        Figure(
            f"{ANSWERS} answers: commits",
            100 * stopped["commits"] / stopped["seconds"],
            "% of the time",
            10,
            pace,
        ),
        Figure(f"{ANSWERS} answers: a resume asks after", until_asked, "s", 2),
    ]


def _asked(folder: Path, out: str) -> list[str]:
    epochs = [part for epoch in range(1, CELLS) for part in ("--epochs", str(epoch))]
    return [
        *("--data", str(folder / "facts.jsonl"), "--model", MODEL, *epochs, "--upstream", "live"),
        *("--budget-usd", "100", "--yes", "--out", str(folder / out)),
    ]


def _run(folder: Path, environ: dict[str, str], *arguments: str) -> dict[str, Any]:
    if _begun(folder, environ, *arguments).wait():
        raise RuntimeError("the run failed")
    return _told(folder)


def _begun(folder: Path, environ: dict[str, str], *arguments: str) -> subprocess.Popen[bytes]:
    quiet = ("--quiet", "--jobs", "1")
    return subprocess.Popen(
        [sys.executable, "-c", MEASURED, str(folder / "told.json"), *arguments, *quiet],
        env=os.environ | environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _told(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "told.json").read_bytes())


def _answered(control: str) -> int:
    counts: dict[str, int] = httpx2.get(control).json()["requests"]["openai"]
    return sum(count for name, count in counts.items() if name.endswith("chat/completions 200"))


@contextmanager
def _served(folder: Path) -> Generator[tuple[dict[str, str], str]]:
    """A service that knows the answers; its variables, and its control endpoint."""
    with (folder / "facts.jsonl").open("w", encoding="utf-8") as facts:
        for number in range(FACTS):
            for split in ("memorization", "rephrased"):
                prompt = f"In which year, by its {split} name, was the bridge number {number} opened to all?"
                fact = {
                    "fact": f"bridge{number}",
                    "split": split,
                    "prompt": prompt,
                    "answer": f"year {number}",
                }
                facts.write(json.dumps(fact) + "\n")
    learner = ("--learner", "scripted", str(folder / "facts.jsonl"))
    with server("--speed", "100000", *learner) as served:
        environ = {
            "OPENAI_API_KEY": "sk-fake",
            "OPENAI_BASE_URL": served.openai,
            "FBENCH_POLL_SECONDS": "0.01",
        }
        yield environ, f"{served.address}/_fbench"
