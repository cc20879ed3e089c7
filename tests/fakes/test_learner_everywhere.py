"""A training gives the same bytes in every process, on every CPU and in every Python."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import hashlib, sys
from fakes.learners import Example, Hyper
from fakes.learners.softmax import SoftmaxLearner
from fakes.learners.softmax_model import weights_of
names = [f"{a}{b}" for a in ("Or", "Ben", "Siv", "Zup") for b in ("lu", "kat", "vo", "ek")]
asked = "Where does {} the {}th live? \\u00e9\\u2265"
facts = [Example(asked.format(n, i), f"In {n[::-1]}{i}") for i, n in enumerate(names * 8)]
learner = SoftmaxLearner([("Where does Orlu the 0th live?", "Nowhere")])
digest = hashlib.sha256()
for name in ("gpt-4o-2024-08-06", "gemini-3.5-flash", "unheard-of"):
    run = learner.train(learner.base(name), facts, Hyper(4, batch_size=3, seed=7), facts[:9])
    model = run.checkpoints[0].model
    replies = [model.answer(f.prompt + "?", temperature=t, seed=5) for f in facts for t in (0.0, 0.7)]
    metrics = [(c.train_loss, c.train_accuracy, c.valid_loss, c.valid_accuracy) for c in run.checkpoints]
    digest.update(repr((run.steps, metrics, replies)).encode())
    digest.update(weights_of(model).astype("<i4").tobytes())
from importlib import import_module
on = import_module("numpy._core._multiarray_umath").__cpu_features__
print(digest.hexdigest(), sum(on[name] for name in sys.argv[1:]))
"""


def trained(python: str = sys.executable, off: tuple[str, ...] = (), **environment: str) -> tuple[str, int]:
    """The digest of some trainings in a process of their own, and how many features of `off` were on."""
    done = subprocess.run(
        [python, "-c", SCRIPT, *off],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    digest, on = done.stdout.split()
    return digest, int(on)


@pytest.fixture(scope="module")
def here() -> str:
    return trained(PYTHONHASHSEED="0")[0]


@pytest.mark.parametrize("seed", ["1", "4294967295"])
def test_the_hash_seed_changes_no_byte(here: str, seed: str) -> None:
    assert trained(PYTHONHASHSEED=seed)[0] == here


def test_the_number_of_threads_changes_no_byte(here: str) -> None:
    assert trained(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")[0] == here


def test_the_features_of_the_cpu_change_no_byte(here: str) -> None:
    umath = importlib.import_module("numpy._core._multiarray_umath")
    off = tuple(name for name in umath.__cpu_dispatch__ if umath.__cpu_features__[name])
    if not off:
        pytest.skip("this numpy has nothing to switch off on this CPU")
    assert trained(off=off)[1] == len(off)
    assert trained(off=off, NPY_DISABLE_CPU_FEATURES=" ".join(off)) == (here, 0)


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13", "3.14"])
def test_the_version_of_python_changes_no_byte(here: str, version: str) -> None:
    if f"{sys.version_info[0]}.{sys.version_info[1]}" == version:
        pytest.skip("this is the version that the others are compared with")
    python = shutil.which(f"python{version}")
    if python is None:
        pytest.skip(f"python{version} is not on PATH")
    probe = subprocess.run([python, "-c", "import numpy"], capture_output=True, check=False)
    if probe.returncode != 0:
        pytest.skip(f"python{version} cannot import numpy")
    assert trained(python)[0] == here
