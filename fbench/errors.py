"""Every error fbench raises on purpose.

    FbenchError                 exit code 1 unless a subclass says otherwise
    ├── UsageError              2   the user gave something that cannot be used
    │   ├── DataError           2   ... and it is in a data file: says file, row and field
    │   └── CassetteError       2   ... and it is a recording: damaged, changed by hand, or of something else
    │       └── CassetteMiss    2   ... or it does not hold the request that was made
    ├── Incomplete              3   the run stopped early and can be resumed
    ├── BudgetReached           4   the next request would pass the budget
    └── ProviderFailed          5   a provider, or a job on it, failed for good

The text of each is one paragraph: what was wrong, where, and what to do.
"""

from __future__ import annotations

__all__ = [
    "BudgetReached",
    "CassetteError",
    "CassetteMiss",
    "DataError",
    "FbenchError",
    "Incomplete",
    "ProviderFailed",
    "UsageError",
]


class FbenchError(Exception):
    """Base of all errors that fbench raises on purpose; `exit_code` is what the command ends with."""

    exit_code = 1


class UsageError(FbenchError, ValueError):
    """The user gave an option, a file or a folder that cannot be used."""

    exit_code = 2


class DataError(UsageError):
    """A data file is wrong; the message names the file, the row and the field where they are known."""

    def __init__(
        self, problem: str, *, file: object, row: int | None = None, field: str | None = None, do: str = ""
    ) -> None:
        where = str(file)
        if row is not None:
            where += f", row {row}"
        if field is not None:
            where += f", field {field!r}"
        super().__init__(f"{where}: {problem}." + (f" {do}." if do else ""))
        self.file, self.row, self.field = file, row, field


class CassetteError(UsageError):
    """A recording cannot be replayed; the message names the file."""


class CassetteMiss(CassetteError):
    """No recording of a request is left; the message shows the nearest one and one difference."""


class Incomplete(FbenchError):
    """The run stopped before its end; what it has is saved and `fbench resume` goes on from there."""

    exit_code = 3


class BudgetReached(FbenchError):
    """The next request would cost more than the budget leaves."""

    exit_code = 4


class ProviderFailed(FbenchError):
    """A provider refused for good, or a fine-tuning job ended in failure."""

    exit_code = 5
