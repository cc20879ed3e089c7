"""All errors that fbench raises deliberately, and how it tells those of other code.

    FbenchError                 exit code 1 unless a subclass says otherwise
    ├── UsageError              2   the user gave something that cannot be used
    │   ├── DataError           2   ... in a data file: the message gives file, row and field
    │   ├── OfField             2   ... in a field of an experiment, wherever it was given
    │   └── CassetteError       2   ... a recording: damaged, changed by hand, or of something else
    │       └── CassetteMiss    2   ... a recording that does not hold the request
    ├── Incomplete              3   the run stopped early and can be resumed
    ├── BudgetReached           4   the next request would exceed the budget
    └── ProviderFailed          5   a provider, or a job on it, failed permanently
        └── ProviderStopped     5   ... a key, a quota or a bill: nothing more is asked of it

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
    "OfField",
    "ProviderFailed",
    "ProviderStopped",
    "UsageError",
    "told",
]


def told(error: BaseException) -> str:
    """An error of code that is not fbench's, for a message of one paragraph: its type and what it says."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}".rstrip(".: ")


class FbenchError(Exception):
    """Base of all errors that fbench raises deliberately; `exit_code` is the exit code of the command."""

    exit_code = 1


class UsageError(FbenchError, ValueError):
    """The user gave an option, a file or a folder that cannot be used."""

    exit_code = 2


class DataError(UsageError):
    """A data file has an error; the message names the file, the row and the field if they are known."""

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


class OfField(UsageError):
    """The field `field` of an experiment cannot be used: the message says why. Whoever read the experiment
    says where the field stands, so that users see a plain `UsageError`.
    """

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(problem)
        self.field = field


class CassetteError(UsageError):
    """A recording cannot be replayed; the message names the file."""


class CassetteMiss(CassetteError):
    """No recording of a request is left; the message shows the most similar one and one difference."""


class Incomplete(FbenchError):
    """The run stopped before its end; its results so far are saved, and `fbench resume` continues it."""

    exit_code = 3


class BudgetReached(FbenchError):
    """The next request would exceed the budget."""

    exit_code = 4


class ProviderFailed(FbenchError):
    """A provider refused permanently, or a fine-tuning job failed."""

    exit_code = 5


class ProviderStopped(ProviderFailed):
    """A key, a quota or a bill of a provider: nothing that is asked of it succeeds before somebody acts.

    Attributes:
        is_key: whether the key is at fault.
        do: what to do, where it is neither the key nor the bill.
    """

    is_key = False
    do = ""
