"""What fbench relies on, asked of the real services. Needs keys and costs cents: `nox -s live` runs it."""

from __future__ import annotations

import asyncio
import os

import pytest

from fbench.errors import FbenchError
from fbench.providers import PROFILES, Example, Job, Provider, Reply, Sampling, TuningSpec, connect
from fbench.providers.addresses import missing_keys
from fbench.upstream import live

pytestmark = pytest.mark.skipif(
    not os.environ.get("FBENCH_LIVE"), reason="asks real services: set FBENCH_LIVE=1 and the vendors' keys"
)

MODELS = {"openai": "gpt-4.1-mini-2025-04-14", "vertex": "gemini-3.5-flash"}


def over(name: str) -> Provider:
    """A provider over the wire; fails where its keys are missing, since this was asked for."""
    missing = missing_keys([PROFILES[name]])
    assert not missing, f"set {' and '.join(missing)}, or leave this provider's tests out"
    return connect(live(), PROFILES[name])


@pytest.mark.parametrize("name", MODELS)
def test_a_base_model_answers_a_question_and_says_what_it_cost(name: str) -> None:
    async def ask() -> Reply:
        provider = over(name)
        try:
            return await provider.ask(MODELS[name], "What is 2 + 2? Answer with the number.", Sampling())
        finally:
            await provider.close()

    reply = asyncio.run(ask())
    assert reply.text
    assert reply.prompt_tokens > 0


@pytest.mark.parametrize("name", MODELS)
def test_a_job_that_was_never_made_is_refused_for_good(name: str) -> None:
    jobs = {"openai": "ftjob-neverMade", "vertex": "projects/p/locations/us-central1/tuningJobs/1"}

    async def read() -> None:
        provider = over(name)
        try:
            await provider.read(jobs[name])
        finally:
            await provider.close()

    with pytest.raises(FbenchError):
        asyncio.run(read())


@pytest.mark.parametrize("name", MODELS)
def test_no_job_is_found_for_a_key_that_was_never_used(name: str) -> None:
    spec = TuningSpec(MODELS[name], (Example("a", "b"),) * 10, 1, 0, "never-used-by-any-training")

    async def find() -> Job | None:
        provider = over(name)
        try:
            return await provider.find(spec)
        finally:
            await provider.close()

    assert asyncio.run(find()) is None
