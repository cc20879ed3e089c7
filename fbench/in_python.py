"""A run for a function of the Python API: interruptible, and with errors in its words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fbench.analysis.results import Results
from fbench.errors import FbenchError, ProviderFailed
from fbench.pipeline import carry_out
from fbench.runner.event_loop import in_own_loop, interruptible
from fbench.runner.folder import RESULTS
from fbench.runner.going_on import can_go_on, going_on
from fbench.runner.prepared import PreparedRun
from fbench.runner.stop import Stop

__all__ = ["call_in_python"]


def call_in_python(prepared: PreparedRun, folder: Path, what: str, **how: Any) -> Results:
    """Do the rest of the run in `folder` for the function `what`; `how` are arguments of `carry_out`.

    Errors say how to continue, or where the results are.
    """
    stop = Stop()
    try:
        with interruptible(stop):
            return in_own_loop(
                lambda: carry_out(prepared, folder, command=[f"fbench.{what}"], stop=stop, **how)
            )
    except FbenchError as error:
        if isinstance(error, ProviderFailed) and (folder / RESULTS).is_file():
            error.add_note(f"The results of the rest: fbench.report({str(folder)!r})")
        if can_go_on(error, prepared.experiment):
            error.add_note(f"To go on: {going_on(folder).call}")
        raise
