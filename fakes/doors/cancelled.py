"""What a journal keeps of the training of a job that was cancelled: the steps that it told.

Other trainings are done again, or found where they were kept, when a server is begun anew. That of a
cancelled job is not, so its steps stand with the call that cancelled it, in a header that no client sends.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import astuple

from fakes.learners import Step
from fakes.openai.records import Job
from fakes.world import World

__all__ = ["steps_told", "tell_again"]

_HEADER = "x-fakes-steps"
_CANCEL = re.compile(r"/fine_tuning/jobs/([^/?]+)/cancel(?:$|\?)")


def steps_told(world: World, url: str) -> tuple[tuple[str, str], ...]:
    """The header of a call that cancelled a job which had told steps; none of other calls."""
    job = _cancelled(world, url)
    if job is None or not job.steps_told:
        return ()
    return ((_HEADER, json.dumps([job.steps_planned, *map(astuple, job.steps_told)])),)


def tell_again(world: World, url: str, headers: Iterable[tuple[str, str]]) -> None:
    """Before a call of a journal cancels a job again, that tells the steps which it had told."""
    job, kept = _cancelled(world, url), dict(headers).get(_HEADER)
    if job is not None and kept is not None:
        total, *steps = json.loads(kept)
        job.log_steps([Step(*each) for each in steps], total)


def _cancelled(world: World, url: str) -> Job | None:
    if (named := _CANCEL.search(url)) is None:
        return None
    found = (work for name, work in world.works() if name.rpartition("/")[2] == named[1])
    return next((work for work in found if isinstance(work, Job)), None)
