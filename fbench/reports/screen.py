"""The first screen: the outcome of a run, on at most 40 lines of 80 columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from fbench.analysis.results import CostRow, Results
from fbench.markdown import markdown_table, markdown_text
from fbench.plurals import counted, listed
from fbench.reports.commands import NextCommand, command_lines, next_commands
from fbench.reports.layout import cut, plain, set_in_columns, width_of, wrapped
from fbench.reports.names import short_names, unique, without_date, without_provider
from fbench.reports.numbers import dollars, share, source
from fbench.reports.outcome import Outcome, best_epochs, other_words, outcomes
from fbench.reports.threats import threats

__all__ = ["LINES", "first_screen", "outcome_cells", "screen_markdown"]

LINES = 40
_THREATS = 3
_LEAST_NAME = 8
_SHORT = 40
_ENDLESS = 100_000
_NO_ROWS = "The experiment has no task or no model."


def _untrained(results: Results) -> str:
    """What is shown of a run that trained nothing."""
    return "Accuracy, base model -> finished model" if results.experiment.evaluate else "Accuracy, base model"


def first_screen(
    results: Results,
    run: str,
    *,
    width: int = 80,
    fbench: str | None = None,
    unchecked: str = "",
    stored: bool = True,
    ended: bool = True,
    budget_usd: float | None = None,
    at_work: str = "",
    unfinished: str = "",
) -> list[str]:
    """The lines of the screen.

    `run` is the folder of the run, as commands name it; `width` is at least 80. `fbench` is the version that
    made the results; `unchecked` says why it is unknown whether they were changed; `stored` means that the
    store exists, and `ended` that the run finished; `budget_usd` is what it needs to go on, unless a process
    is `at_work` on it; `unfinished` says how far it is.
    """
    found = outcomes(results)
    state = "" if ended else f" ({'still running' if at_work else 'unfinished'})"
    above = _provenance(results, fbench, width, state)
    above += wrapped(unfinished, width, most=3) if unfinished else []
    below = [*_legend(results, found, width), *_best(results, width), *_costs(results, width)]
    warned = list(_threats(results, unchecked, width, is_told=bool(unfinished)))
    commands = next_commands(
        results, run, stored=stored, ended=ended, found=found, budget_usd=budget_usd, at_work=at_work
    )
    todo = list(_next(commands, run, width))
    fixed = sum(map(len, (above, below, warned, todo)))
    # Blank lines are dropped before rows are; but if rows must be dropped anyway, blank lines are kept.
    spaced = [space for space in ((3, 1), (3, 0), (0, 0)) if len(found) + 1 <= LINES - fixed - sum(space)]
    parts, after = spaced[0] if spaced else (3, 0)
    between = [""] * (parts // 3)
    table = _table(results, found, LINES - fixed - parts - after, width)
    return [*above, *between, *table, *[""] * after, *below, *between, *warned, *between, *todo]


def screen_markdown(results: Results) -> str:
    """What the screen says, in Markdown: the whole table, all threats, and no commands."""
    found = outcomes(results)
    title, about = map(markdown_text, _provenance(results, None, _ENDLESS))
    fake = " (FAKE)" if results.experiment.upstream == "fake" else ""
    tasks = {outcome.task: plain(outcome.task) for outcome in found}
    models = without_provider(list(dict.fromkeys(outcome.model for outcome in found)))
    header, *rows = (
        list(map(markdown_text, row)) for row in outcome_cells(found, tasks, models, fake=fake, arrow=" -> ")
    )
    table = markdown_table(header, rows, words=(0, 1)) if rows else _NO_ROWS
    under = [*_legend(results, found, _ENDLESS), *_best(results, _ENDLESS), *_costs(results, _ENDLESS)]
    warned = "\n".join(f"- {markdown_text(threat)}" for threat in threats(results)) or "None found."
    told = map(markdown_text, under)
    return "\n\n".join([f"# {title}", about, table, *told, "## Threats to validity", warned]) + "\n"


def _provenance(results: Results, fbench: str | None, width: int, state: str = "") -> list[str]:
    experiment, dataset = results.experiment, results.dataset
    says = [plain(said) for said in source(results)]
    name = cut(plain(experiment.name), max(_LEAST_NAME, width - width_of(says[-1] + state) - 2)) + state
    fits = [said for said in says if width_of(f"{name}: {said}") <= width]
    first = f"{name}: {fits[0] if fits else says[-1]}"
    judge = f", judge {without_date([results.judge.by])[results.judge.by]}" if results.judge else ""
    by = f"Grader {plain(experiment.grader)} {plain(experiment.grader_version)}{judge}."
    by += f" fbench {fbench}." if fbench else ""
    labels = f", {dataset.labels} labels" if dataset.labels else ""
    digest = dataset.digest[:12]
    labelled = f"{dataset.labels}, {digest}" if dataset.labels else digest
    for inside in (f"{plain(dataset.source)}{labels}, {digest}", f"{digest}{labels}", labelled, digest):
        second = f"Dataset {plain(dataset.name)} ({inside}). {by}"
        if width_of(second) <= width:
            return [cut(first, width), second]
    # a grader of a plug-in, or a judge, may take the rest of a line: then it has its own
    room = max(_LEAST_NAME, width - width_of(f"Dataset  ({digest})."))
    return [cut(first, width), f"Dataset {cut(plain(dataset.name), room)} ({digest}).", cut(by, width)]


# --- the table ---


def _table(results: Results, found: Sequence[Outcome], room: int, width: int) -> list[str]:
    """A row per task and model, or, if there are too many, the rows of each task that differ the most."""
    if not found:
        return [_NO_ROWS]
    rows = len(found)
    if rows + 1 <= room:
        return _rows(results, [(outcome, None) for outcome in found], width)
    tasks = list(dict.fromkeys(outcome.task for outcome in found))
    lines = room - 2  # without the header, and the line about rows left out
    shown = tasks if len(tasks) <= lines else tasks[: lines - 1]
    each = lines // len(shown) if len(tasks) <= lines else 1
    chosen: list[tuple[Outcome, str | None]] = []
    for task in shown:
        chosen += _chosen([outcome for outcome in found if outcome.task == task], each)
    told = sum(said is None for _, said in chosen)
    which = ": of each task the best in other words and the worst" if told else " are shown"
    left = f"{told or 'None'} of {counted(rows, 'row')}{which}; all: --full."
    more = [f"... {counted(len(tasks) - len(shown), 'more task')} ..."] if len(shown) < len(tasks) else []
    return [*_rows(results, chosen, width), *more, left]


def _chosen(mine: Sequence[Outcome], lines: int) -> list[tuple[Outcome, str | None]]:
    """The best rows of a task, a line on the rows between, and the worst row, as far as lines allow."""
    if len(mine) <= lines:
        return [(outcome, None) for outcome in mine]
    order = sorted(mine, key=lambda outcome: -(-1.0 if outcome.other is None else outcome.other))
    if lines == 1:
        return [(order[0], _range(order, counted(len(order), "model")))]
    worst = order[-1:] if lines > 2 else []
    best = order[: lines - 1 - len(worst)]
    between = order[len(best) : len(order) - len(worst)]
    told = _range(between, counted(len(between), "more model"))
    return [*((row, None) for row in best), (between[0], told), *((row, None) for row in worst)]


def _range(outcomes: Sequence[Outcome], said: str) -> str:
    known = [outcome.other for outcome in outcomes if outcome.other is not None]
    return said + (f": {share(min(known))} to {share(max(known))} in other words" if known else "")


def _rows(results: Results, chosen: Sequence[tuple[Outcome, str | None]], width: int) -> list[str]:
    """The header and the rows, in the widest spacing that fits; if none fits, names are cut."""
    fake = " (FAKE)" if results.experiment.upstream == "fake" else ""
    tasks = list(dict.fromkeys(outcome.task for outcome, _ in chosen))
    models = list(dict.fromkeys(outcome.model for outcome, said in chosen if said is None))
    whole = unique(tasks, max(_LEAST_NAME, *map(width_of, tasks)))
    for arrow in (" -> ", "->"):
        for names in (without_provider(models), without_date(models)):
            lines = _set(chosen, whole, names, width, fake=fake, arrow=arrow)
            if max(map(width_of, lines)) <= width:
                return lines
    names = without_date(models)
    over = max(map(width_of, _set(chosen, whole, names, width, fake=fake, arrow="->"))) - width
    widest = [max(map(width_of, texts.values()), default=0) for texts in (names, whole)]
    room = sum(widest) - over
    for_task = max(_LEAST_NAME, min(widest[1], max(room // 2, room - widest[0])))
    names = short_names(names, max(_LEAST_NAME, room - for_task))
    lines = _set(chosen, unique(tasks, for_task), names, width, fake=fake, arrow="->")
    return [cut(line, width) for line in lines]


def _set(
    chosen: Sequence[tuple[Outcome, str | None]],
    tasks: dict[str, str],
    models: dict[str, str],
    width: int,
    *,
    fake: str,
    arrow: str,
) -> list[str]:
    rows = [outcome for outcome, said in chosen if said is None]
    cells = outcome_cells(rows, tasks, models, fake=fake, arrow=arrow)
    gap = 2 if arrow == " -> " else 1
    column = max(map(width_of, [*tasks.values(), "task"])) + 2
    header, *lines = set_in_columns(cells, width, left=(0, 1, 3, 4), gap=gap)
    if not rows:
        header = "task".ljust(column) + f"models{fake}"
    following = iter(lines)
    told = [
        next(following)
        if said is None
        else tasks[row.task] + " " * (column - width_of(tasks[row.task])) + said
        for row, said in chosen
    ]
    return [header, *told]


def outcome_cells(
    rows: Sequence[Outcome], tasks: dict[str, str], models: dict[str, str], *, fake: str, arrow: str
) -> list[list[str]]:
    """The header and a row of texts for each outcome."""
    heads = ["task", f"model{fake}", "n", "taught", "other words", "95 % int.", "gap"]
    optional = (
        ("old", any(row.old is not None for row in rows)),
        ("ungr", any(row.ungraded for row in rows)),
        ("", any(row.invalid for row in rows)),
    )
    kept = [there for _, there in optional]
    cells = [[*heads, *(name for name, there in optional if there)]]
    for row in rows:
        more = (share(row.old), str(row.ungraded), "!" if row.invalid else "")
        cells.append(
            [
                tasks[row.task],
                models[row.model],
                str(row.n),
                f"{share(row.base_taught):>4}{arrow}{share(row.taught):>4}",
                f"{share(row.base):>4}{arrow}{share(row.other):>4}",
                "-" if row.low is None or row.high is None else f"{share(row.low)}-{share(row.high)}",
                "-" if row.gap is None else f"{row.gap + 0.0:+.2f}",
                *(text for text, there in zip(more, kept, strict=True) if there),
            ]
        )
    return cells


# --- below the table ---


def _legend(results: Results, found: Sequence[Outcome], width: int) -> list[str]:
    epochs = max(results.experiment.epochs, default=0)
    seeds = len(results.experiment.seeds)
    ways = len({(row.design, row.template) for row in results.rows if row.is_tuned})
    splits: dict[str, list[str]] = {}
    for task in dict.fromkeys(results.experiment.tasks):
        other = other_words(row for row in results.rows if row.task == task)
        if other is not None:
            splits.setdefault(other, []).append(task)
    told = ", ".join(f"{split} ({_tasks(tasks)})" for split, tasks in splits.items())
    nothing = ". Nothing was asked in other words." if results.rows else "."
    sentences = [
        (f"Accuracy, base model -> tuned for {counted(epochs, 'epoch')}" if epochs else _untrained(results))
        + (f" (mean of {counted(seeds, 'seed')})" if seeds > 1 else "")
        + (f" (mean of {counted(ways, 'way')} of training and asking)" if ways > 1 else "")
        + (f". Other words: {told}." if told else nothing),
        "n, 95 % int.: tuned, other words. gap: taught - other words.",
    ]
    if any(row.old is not None for row in found):
        sentences.append("old: answers from before the update.")
    if any(row.ungraded for row in found):
        sentences.append("ungr: ungraded.")
    if any(row.invalid for row in found):
        sentences.append("!: invalid, see below.")
    return wrapped(" ".join(sentences), width, most=4)


def _tasks(tasks: list[str]) -> str:
    """The names of the tasks if they are few and short, else their number."""
    told = ", ".join(map(plain, tasks))
    return told if len(told) <= _SHORT else counted(len(tasks), "task")


def _best(results: Results, width: int) -> list[str]:
    epochs = sorted(set(results.experiment.epochs))
    best = best_epochs(results)
    if len(epochs) < 2 or not best:
        return []
    by_epochs: dict[int | None, list[str]] = {}
    for task, count in best.items():
        by_epochs.setdefault(count, []).append(task)
    if len(by_epochs) == 1 and len(best) > 1:
        (count,) = by_epochs
        told = "none beats the base model" if count is None else f"{count} in every task"
    else:
        told = "; ".join(
            f"{'none beats the base' if count is None else count} ({_tasks(tasks)})"
            for count, tasks in sorted(by_epochs.items(), key=lambda item: item[0] or 0)
        )
    return wrapped(f"Best epochs by other words (model mean; fewest of ties): {told}.", width, most=2)


def _costs(results: Results, width: int) -> list[str]:
    planned, actual = results.costs.planned, results.costs.actual
    if results.experiment.upstream == "weights":
        return [f"Nothing is paid: {_tokens(actual)} on this machine."]
    paid = results.experiment.upstream == "live" and results.experiment.recorded is None
    text = (
        f"{'Cost' if paid else 'Price'}: {dollars(_usd(planned))} planned, {dollars(_usd(actual))} counted, "
        f"{_tokens(actual)}"
    )
    models = [*dict.fromkeys((*planned.unpriced, *actual.unpriced))]
    if not models:
        return [cut(f"{text}.", width)]
    short = list(without_date(models).values())
    told = [listed(short, most) for most in range(len(short), 1, -1)] or short
    lines = (f"{text}; unpriced: {some}." for some in [*told, counted(len(short), "model")])
    return [next((line for line in lines if width_of(line) <= width), cut(f"{text}.", width))]


def _usd(cost: CostRow) -> float:
    return cost.train_usd + cost.answer_usd + cost.judge_usd


def _tokens(cost: CostRow) -> str:
    count = cost.train_tokens + cost.prompt_tokens + cost.answer_tokens + cost.judge_tokens
    for size, letter in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if count >= size:
            return f"{count / size:.1f}{letter} tokens"
    return counted(count, "token")


def _threats(results: Results, unchecked: str, width: int, *, is_told: bool) -> Iterator[str]:
    found = threats(results, unchecked=unchecked)
    if is_told:
        found = [threat for threat in found if not threat.startswith("Unfinished: ")]
    if not found:
        yield "Threats to validity: none found."
        return
    more = f" ({len(found) - _THREATS} more with --full)" if len(found) > _THREATS else ""
    yield f"Threats to validity{more}"
    for threat in found[:_THREATS]:
        yield from wrapped(threat, width, most=2, begin="- ", indent="  ")


def _next(commands: Sequence[NextCommand], run: str, width: int) -> Iterable[str]:
    lines = command_lines(commands, run, width)
    told = "; ".join(command[0] for command, shown in zip(commands, lines, strict=True) if shown)
    return [cut(f"Next: {plain(told)}", width), *(line for shown in lines for line in shown)]
