"""Two runs of the same experiment give the same bytes, whatever else differs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

RUN = (
    *("run", "--quiet", "--limit", "6", "--epochs", "1", "--epochs", "8"),
    *("--model", "openai:gpt-4o-mini-2024-07-18", "--model", "vertex:gemini-2.5-pro"),
)


def results(folder: Path, *options: str, prefix: tuple[str, ...] = (), **environment: str) -> bytes:
    """The bytes of results.json of a run in a process of its own."""
    command = (*prefix, sys.executable, "-m", "fbench", *RUN, "--out", str(folder), *options)
    subprocess.run(command, check=True, capture_output=True, env=os.environ | environment)
    return (folder / "results.json").read_bytes()


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return results(tmp_path_factory.mktemp("usual") / "run", "--jobs", "1", PYTHONHASHSEED="0")


def test_the_same_command_again(usual: bytes, tmp_path: Path) -> None:
    assert results(tmp_path / "run", "--jobs", "1", PYTHONHASHSEED="0") == usual


@pytest.mark.parametrize("concurrency", [pytest.param("1", marks=pytest.mark.long), "7"])
@pytest.mark.long
def test_another_concurrency(usual: bytes, tmp_path: Path, concurrency: str) -> None:
    assert results(tmp_path / "run", "--jobs", "1", "--concurrency", concurrency) == usual


@pytest.mark.parametrize("jobs", [pytest.param("2", marks=pytest.mark.long), "3"])
def test_another_number_of_processes(usual: bytes, tmp_path: Path, jobs: str) -> None:
    assert results(tmp_path / "run", "--jobs", jobs) == usual


@pytest.mark.parametrize("seed", [pytest.param("1", marks=pytest.mark.long), "4294967295"])
def test_another_hash_seed(usual: bytes, tmp_path: Path, seed: str) -> None:
    assert results(tmp_path / "run", PYTHONHASHSEED=seed) == usual


@pytest.mark.long
def test_no_special_cpu_features(usual: bytes, tmp_path: Path) -> None:
    simd = np.show_config(mode="dicts")
    assert simd is not None
    found = simd["SIMD Extensions"].get("found", [])
    if not found:
        pytest.skip("NumPy uses no CPU features here that could be switched off")
    assert results(tmp_path / "run", NPY_DISABLE_CPU_FEATURES=" ".join(found)) == usual


def test_no_network_at_all(usual: bytes, tmp_path: Path) -> None:
    """In a network namespace of its own, which has not even a loopback device that is up."""
    unshare = shutil.which("unshare")
    prefix = (str(unshare), "--net", "--map-root-user")
    if unshare is None or subprocess.run((*prefix, "true"), capture_output=True, check=False).returncode:
        pytest.skip("needs unshare(1) and the right to make a network namespace")
    assert results(tmp_path / "run", prefix=prefix) == usual
