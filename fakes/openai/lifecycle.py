"""What may be done to a fine-tuning job, and when: a table of its states and the three actions.

The specification (`/fine_tuning/jobs/{id}/cancel`, `/pause`, `/resume`) names the actions and no
conditions, and has no status for a paused job: it shows the status that it was paused in. No recording
tells the service's words for an action that comes at the wrong time, but for a job that has ended.
"""

from __future__ import annotations

from typing import Literal

from fakes.openai.errors import invalid
from fakes.openai.job import Job

__all__ = ["Action", "act", "allowed"]

Action = Literal["cancel", "pause", "resume"]

_DO = ("", "")
_ENDED = ("Job has already completed: {id}", "job_already_completed")
_EARLY = ("Job cannot be paused while its files are being validated: {id}", "job_not_pausable")
_PAUSED = ("Job is already paused: {id}", "job_already_paused")
_GOING = ("Job is not paused: {id}", "job_not_paused")

_TABLE: dict[str, dict[Action, tuple[str, str]]] = {
    "validating_files": {"cancel": _DO, "pause": _EARLY, "resume": _GOING},
    "queued": {"cancel": _DO, "pause": _DO, "resume": _GOING},
    "running": {"cancel": _DO, "pause": _DO, "resume": _GOING},
    "paused": {"cancel": _DO, "pause": _PAUSED, "resume": _DO},
    "succeeded": {"cancel": _ENDED, "pause": _ENDED, "resume": _ENDED},
    "failed": {"cancel": _ENDED, "pause": _ENDED, "resume": _ENDED},
    "cancelled": {"cancel": _ENDED, "pause": _ENDED, "resume": _ENDED},
}
"""For each state and action: `_DO`, or the message and the code of the refusal."""


def allowed(job: Job, action: Action) -> bool:
    """Whether the job is in a state for it."""
    return _refusal(job, action) == _DO


def act(job: Job, action: Action) -> None:
    """Does it.

    Raises:
        Refusal: 400, the job is in no state for it.
    """
    job.observe(glance=True)
    message, code = _refusal(job, action)
    if message:
        raise invalid(message.format(id=job.id), code=code)
    match action:
        case "cancel":
            job.cancel()
        case "pause":
            job.pause()
        case "resume":
            job.resume()


def _refusal(job: Job, action: Action) -> tuple[str, str]:
    return _TABLE["paused" if job.timeline.held else job.timeline.state][action]
