"""The next steps with a run, as commands that can be copied and executed."""

from __future__ import annotations

from collections.abc import Sequence
from shlex import quote

from fbench.analysis.results import Results
from fbench.reports.layout import cut, plain, width_of
from fbench.reports.outcome import Outcome
from fbench.reports.threats import is_unfinished
from fbench.runner.going_on import GoingOn

__all__ = ["NextCommand", "command_lines", "next_commands"]

NextCommand = tuple[str, tuple[str, ...]]
"""The purpose of a command in a few words, and the command's words."""

_MOST_LINES = 12
_LONG = 24


def next_commands(
    results: Results,
    run: str,
    *,
    stored: bool,
    ended: bool,
    found: list[Outcome],
    budget_usd: float | None = None,
    at_work: str = "",
) -> list[NextCommand]:
    """At most three commands. `stored`: the run's store exists; `ended`: its results exist too.

    `budget_usd` is what the run needs to go on; while a process is `at_work` on it, it does.
    """
    report: NextCommand = ("all tables", ("fbench", "report", run, "--full"))
    if not stored:
        return [report, ("as JSON", ("fbench", "report", run, "--json", "-"))]
    file = f"{run}/grades.jsonl" if len(run) <= _LONG else "grades.jsonl"
    verdicts = ("every verdict", ("fbench", "grade", run, "--out", file))
    if results.judge is not None and ended and any(row.n for row in results.agreement):
        verdicts = ("judge against rules", ("fbench", "grade", run, "--disagreements"))
    compared = _compare(results, run, found) if ended else None
    commands = (
        [("go on", GoingOn(run, budget_usd).words)]
        if not at_work and (is_unfinished(results) or not ended)
        else []
    )
    commands += [report, *([compared] if compared else [])]
    if any(row.n for row in results.rows):  # else there is nothing to grade
        commands.append(verdicts)
    return commands[:3]


def command_lines(commands: Sequence[NextCommand], run: str, width: int) -> list[list[str]]:
    """Each command as lines of at most `width` columns, joined by backslashes for a shell.

    If they take more than twelve lines in total, the first command changes into the run's folder. If the name
    of the folder cannot be printed, RUN replaces it. A command that still cannot be printed has no lines.
    """
    lines = [_lines(words, width) for _, words in commands]
    if not run.isprintable():
        lines = [_lines(_named("RUN", words, run), width) for _, words in commands]
    elif sum(map(len, lines)) > _MOST_LINES:
        lines = [_lines(_named(".", words, run), width) for _, words in commands]
        lines[0] = [*_lines(("cd", run), width), *lines[0]]
    printed: list[list[str]] = []
    for mine in lines:
        left = _MOST_LINES - sum(map(len, printed))
        printed.append(mine if len(mine) <= left and all(line.isprintable() for line in mine) else [])
    return printed


def _named(short: str, words: Sequence[str], run: str) -> list[str]:
    return [short + word.removeprefix(run) if word.startswith(run) else word for word in words]


def _lines(words: Sequence[str], width: int) -> list[str]:
    """Break between words if possible, else within them; then the next line begins without a space."""
    lines = [" "]
    for number, word in enumerate(words, 1):
        room = width if number == len(words) else width - 2  # a backslash follows
        if width_of(lines[-1]) + 1 + width_of(quote(word)) <= room:
            lines[-1] += f" {quote(word)}"
            continue
        lines[-1] += " \\"
        lines.append("    ")
        left = word
        while width_of(lines[-1]) + width_of(quote(left)) > room:
            most = len(left) - 1
            while most > 1 and width_of(lines[-1]) + width_of(quote(left[:most])) > width - 1:
                most -= 1
            lines[-1] += quote(left[:most]) + "\\"
            left = left[most:]
            lines.append("")
        lines[-1] += quote(left)
    return lines


def _compare(results: Results, run: str, found: list[Outcome]) -> NextCommand | None:
    """Compare the best and the worst model of the task with the largest difference; else base and tuned."""
    epochs = max(results.experiment.epochs, default=0)

    def compared(what: str, *sides: tuple[str, int]) -> NextCommand:
        names = [f"{run}:{_name(model, results.experiment.models)}@{number}" for model, number in sides]
        return what, ("fbench", "compare", *names)

    by_task: dict[str, list[Outcome]] = {}
    for row in found:
        if epochs and row.n and row.other is not None:
            by_task.setdefault(row.task, []).append(row)
    apart: list[tuple[float, Outcome, Outcome]] = []
    for rows in by_task.values():
        best, worst = (choose(rows, key=lambda row: row.other or 0.0) for choose in (max, min))
        apart.append(((best.other or 0.0) - (worst.other or 0.0), best, worst))
    far, best, worst = max(apart, key=lambda each: each[0], default=(0.0, None, None))
    if far and best and worst:
        return compared(
            f"best and worst in {cut(plain(best.task), 20)}", (best.model, epochs), (worst.model, epochs)
        )
    base = results.experiment.base
    if results.experiment.evaluate:
        model = next((row.model for row in found if row.n), None)
        return compared("with its base by question", (base, 0), (model, 0)) if base and model else None
    for row in found:
        if row.taught is not None and row.base_taught is not None:
            return compared("base and tuned by question", (row.model, 0), (row.model, epochs))
    return None


def _name(model: str, models: Sequence[str]) -> str:
    """The name of a model for a command: without its provider if it is unique without it."""
    name = model.split(":", 1)[-1]
    return name if sum(name in (other, other.split(":", 1)[-1]) for other in models) == 1 else model
