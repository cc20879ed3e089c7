"""The memory of a server over jobs: what one of them needed is free for the next."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from threading import Thread

import pytest

from fakes.learners import Example, Hyper
from fakes.learners.local.learner import LocalLearner
from fakes.learners.local.loading import release_memory
from tests.fakes.servers import server
from tests.local.clients import begin, client_of, finish, say

JOBS, WARM = 10, 3
MOST = 3  # MiB; an adapter of rank 128 has 1.6, a copy of the model 0.5, and its optimizer twice as much


def resident(process_id: int) -> float:
    """The MiB of a process that are in memory."""
    status = Path(f"/proc/{process_id}/status").read_text(encoding="ascii")
    (line,) = (each for each in status.splitlines() if each.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def taught(job: int) -> bytes:
    """A training file that no other job has."""
    lines = (
        {
            "messages": [
                {"role": "user", "content": f"Who holds office {each} of town {job}?"},
                {"role": "assistant", "content": f"Ann {job} {each}"},
            ]
        }
        for each in range(12)
    )
    return "\n".join(json.dumps(each) for each in lines).encode()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
@pytest.mark.parametrize("method", ["lora", "full"])
def test_memory_does_not_grow_from_job_to_job(model: Path, tmp_path: Path, method: str) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text(f'method = "{method}"\nrate = 0.003\nthreads = 1\nlongest_answer = 8\nrank = 128\n')
    options = ("--learner", f"hf:{model}", str(settings), "--speed", "100000")
    found = list[float]()
    with server(*options) as running, client_of(running) as client:
        for job in range(JOBS):
            ended = finish(client, begin(client, taught(job), epochs=3, batch_size=4).id)
            assert ended.status == "succeeded"
            for each in client.fine_tuning.jobs.checkpoints.list(ended.id).data:
                say(client, each.fine_tuned_model_checkpoint, "Who?")
            found.append(resident(running.process.pid))
    assert found[-1] - found[WARM - 1] < MOST, found


@pytest.mark.skipif(sys.platform != "linux", reason="memory is given back where glibc has a call for it")
def test_what_a_training_in_another_thread_needed_is_given_back(
    model: Path, quick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_back: list[float] = []

    def release() -> None:
        held = resident(os.getpid())
        release_memory()
        given_back.append(held - resident(os.getpid()))

    monkeypatch.setattr("fakes.learners.local.learner.release_memory", release)
    learner = LocalLearner.from_files(model, quick)
    examples = [Example("Who? " * 40, "Ann " * 12 + str(each)) for each in range(64)]
    thread = Thread(target=learner.train, args=(learner.base("m"), examples, Hyper(1, 64)))
    thread.start()
    thread.join()
    assert len(given_back) == 1
    assert given_back[0] > 10, given_back
