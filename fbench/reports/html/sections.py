"""The sections of a run's report but its plots: where it came from, tables, verdicts, costs, threats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from shlex import join
from typing import Any, cast

from fbench.analysis.results import CostRow, Results, Row
from fbench.plurals import counted
from fbench.reports.headline import headline_legend, headline_tables
from fbench.reports.html.markup import Markup, element, fold, joined, paragraphs, table
from fbench.reports.html.reading import ReportedRun, is_before
from fbench.reports.judge import judge_lines
from fbench.reports.learning import learning_legend, learning_texts
from fbench.reports.main_tables import price_sentence
from fbench.reports.measure_texts import MEASURES_LEGEND, contrast_texts, measure_texts
from fbench.reports.names import without_provider
from fbench.reports.numbers import dollars, gain, interval, p_value, share, signed, source
from fbench.reports.outcome import outcomes
from fbench.reports.screen import outcome_cells
from fbench.reports.text_tables import TextTable
from fbench.reports.threats import threats

__all__ = ["costs", "headline", "origin", "validity", "verdicts"]

_MANY = 24
"""Longer tables are folded."""

_VERDICTS = ("correct", "incorrect", "abstained", "ungraded")


def origin(run: ReportedRun) -> Markup:
    """Where the numbers came from, and the command that gives them again."""
    results, about = run.results, run.about
    experiment, dataset = results.experiment, results.dataset
    labels = f", {dataset.labels} labels" if dataset.labels else ""
    facts: dict[str, str] = {
        "Experiment": experiment.name,
        "Answers by": source(results)[0],
        "Dataset": f"{dataset.name} ({dataset.source}{labels}), SHA-256 {dataset.digest}",
        "Models": ", ".join(experiment.evaluate or experiment.models),
        "Tasks": ", ".join(experiment.tasks),
        "Epochs": ", ".join(map(str, experiment.epochs)) or "none",
        "Seeds": ", ".join(map(str, experiment.seeds)),
        "Conditions": ", ".join(experiment.conditions),
        "Sampling": f"temperature {experiment.temperature:g}, at most {experiment.max_tokens} tokens",
        "Grader": f"{experiment.grader} {experiment.grader_version}",
        "Judge": results.judge.by if results.judge else "",
        "Checkpoints": "shared by epoch counts" if experiment.share_checkpoints else "",
        "fbench": _told(about, "fbench"),
        "Begun and ended": " to ".join(filter(None, (_told(about, "created"), _told(about, "ended")))),
        "Clients": ", ".join(_sdks(about)),
        "Python": _told(about, "python"),
        "Prices as of": _told(about, "prices_as_of"),
        "As it was run": _command(about),
    }
    shown = joined(
        element("div", element("dt", name), element("dd", text)) for name, text in facts.items() if text
    )
    parts = [
        element("dl", shown, class_="facts"),
        element("p", "The same run again, from the configuration in its folder:"),
        element("pre", element("code", _again(run)), tabindex="0", aria_label="Command"),
    ]
    if run.config:
        text = element("pre", element("code", run.config), tabindex="0", aria_label="config.toml")
        parts.append(fold("config.toml", text))
    return joined(parts)


def _again(run: ReportedRun) -> str:
    """The command that does the same run; one that asks a live service needs a budget."""
    words = ["fbench", "run", "config.toml", "--out", "again"]
    experiment, budget = run.results.experiment, run.about.get("budget_usd")
    if experiment.upstream == "live" and experiment.recorded is None:
        words += ["--budget-usd", f"{budget:g}" if isinstance(budget, int | float) else "USD"]
        words += ["--batch"] if run.about.get("batch") is True else []
    return join(words)


def headline(results: Results) -> Markup:
    """Base against tuned: in short, by split, all cells, beyond accuracy, and what each axis changes."""
    found = outcomes(results)
    fake = " (FAKE)" if results.experiment.upstream == "fake" else ""
    models = without_provider(list(dict.fromkeys(row.model for row in found))) if found else {}
    tasks = {row.task: row.task for row in found}
    header, *rows = outcome_cells(found, tasks, models, fake=fake, arrow=" -> ")
    short = (
        "Accuracy of the base model -> after the most epochs, in the taught wording and in other words. The "
        "interval is of the tuned answers in other words. The gap is memorization minus generalization."
    )
    cells = [list(_of_cell(row)) for row in results.rows]
    contrasts = contrast_texts(results)
    measures = [*measure_texts(results), *([contrasts] if contrasts else [])]
    names = ("cell", "split", "n", "accuracy", "95 % interval", "base", "difference", "its interval", "p")
    return joined(
        [
            element("h4", "In short"),
            table("Base against tuned, by task and model", header, rows, words=(0, 1)),
            element("p", short, class_="legend"),
            element("h4", "By split and epochs"),
            _folded(headline_tables(results), opened=True),
            element("p", headline_legend(results), class_="legend"),
            fold(
                f"All {counted(len(cells), 'cell and split', 'cells and splits')}",
                table("All cells and splits", [*names, "chance"], cells, words=(0, 1)),
            ),
            *_more("Beyond accuracy", list(learning_texts(results)), learning_legend(results)),
            *_more("Measures and contrasts", measures, MEASURES_LEGEND),
        ]
    )


def verdicts(run: ReportedRun) -> Markup:
    """Verdicts with their denominators, and how graders agree."""
    results = run.results
    header = ["cell", *_VERDICTS, "of graded", "errors"]
    by_cell: dict[str, list[Row]] = {}
    for row in results.rows:
        by_cell.setdefault(_name(row), []).append(row)
    rows = [
        [
            name,
            *_counts(
                {verdict: sum(getattr(row, verdict) for row in mine) for verdict in _VERDICTS},
                sum(row.n for row in mine),
            ),
            str(sum(row.errors for row in mine)),
        ]
        for name, mine in by_cell.items()
    ]
    title = "Verdicts by cell, all splits"
    shown = table(title, header, rows)
    parts = [shown if len(rows) <= _MANY else fold(f"{title} ({counted(len(rows), 'cell')})", shown)]
    kinds: dict[str, Counter[str]] = {}
    layers: dict[str, Counter[bool]] = {}
    for each in run.answers:
        kinds.setdefault(each.question.kind, Counter())[each.grade.verdict] += 1
        for layer, grade in each.others.items():
            if not is_before(layer) and _is_verdict(grade.verdict) and _is_verdict(each.grade.verdict):
                layers.setdefault(layer, Counter())[grade.verdict == each.grade.verdict] += 1
    if kinds:
        rows = [
            [kind, *_counts(found, found.total() - found["error"]), str(found["error"])]
            for kind, found in sorted(kinds.items())
        ]
        parts.append(table("Verdicts by kind of answer, all cells", ["kind", *header[1:]], rows))
    if layers:
        rows = [
            [layer, str(found[True]), str(found.total()), share(found[True] / found.total())]
            for layer, found in sorted(layers.items())
        ]
        caption = "Other layers of grades against the one that counts"
        parts.append(table(caption, ["layer", "same verdict", "of graded by both", "share"], rows))
    for found in results.agreement:
        if found.confusion:
            columns = sorted({name for judged in found.confusion.values() for name in judged})
            rows = [
                [rule, *(str(judged.get(name, 0)) for name in columns)]
                for rule, judged in sorted(found.confusion.items())
            ]
            caption = f"{found.task}, {found.split}: verdicts of the rules (rows) and of the judge (columns)"
            parts.append(table(caption, ["rules", *columns], rows))
    told = list(judge_lines(results))
    parts.append(paragraphs(told) if told else element("p", "No judge: the rules alone graded."))
    return joined(parts)


def costs(results: Results) -> Markup:
    """Planned and actual tokens and dollars by role."""
    planned, actual = results.costs.planned, results.costs.actual
    rows = [
        [role, *(text for cost in (planned, actual) for text in (f"{tokens(cost):,}", dollars(usd(cost))))]
        for role, tokens, usd in _ROLES
    ]
    header = ["role", "planned tokens", "planned dollars", "actual tokens", "actual dollars"]
    caption = "Costs at list prices, by the plan and by the tokens counted"
    return joined([table(caption, header, rows), element("p", price_sentence(results), class_="legend")])


def _tokens(cost: CostRow) -> int:
    return cost.train_tokens + cost.prompt_tokens + cost.answer_tokens + cost.judge_tokens


def _usd(cost: CostRow) -> float:
    return cost.train_usd + cost.answer_usd + cost.judge_usd


_ROLES: tuple[tuple[str, Callable[[CostRow], int], Callable[[CostRow], float]], ...] = (
    ("train", lambda cost: cost.train_tokens, lambda cost: cost.train_usd),
    ("answer", lambda cost: cost.prompt_tokens + cost.answer_tokens, lambda cost: cost.answer_usd),
    ("judge", lambda cost: cost.judge_tokens, lambda cost: cost.judge_usd),
    ("all", _tokens, _usd),
)


def validity(run: ReportedRun) -> Markup:
    """Threats to validity, and notes."""
    found = threats(run.results, unchecked=run.unchecked)
    listed = element("ul", *(element("li", each) for each in found))
    notes = element("ul", *(element("li", note) for note in run.results.notes))
    return joined(
        [
            listed if found else element("p", "None found."),
            *([element("h4", "Notes"), notes] if run.results.notes else []),
        ]
    )


def _more(title: str, tables: Sequence[TextTable], legend: str) -> Iterator[Markup]:
    if tables:
        yield element("h4", title)
        yield _folded(tables)
        yield element("p", legend, class_="legend")


def _folded(tables: Iterable[TextTable], *, opened: bool = False) -> Markup:
    """Tables whose titles begin alike, up to a colon, folded together; the first ones may be `opened`."""
    found: dict[str, list[Markup]] = {}
    for each in tables:
        shown = table(each.title, each.header, each.rows, words=range(each.words))
        found.setdefault(each.title.partition(": ")[0], []).append(shown)
    return joined(
        fold(f"{name} ({counted(len(mine), 'table')})", *mine, opened=opened and not number)
        for number, (name, mine) in enumerate(found.items())
    )


def _of_cell(row: Row) -> Iterator[str]:
    found = row.difference
    yield from (_name(row), row.split, str(row.n), share(row.accuracy), interval(row.interval))
    yield from (share(row.base), gain(found))
    yield f"{signed(found.low)} to {signed(found.high)}" if found else "-"
    yield from (p_value(found.p) if found else "-", share(row.chance))


def _name(row: Row) -> str:
    """The id of a cell, or what results of older versions say of it."""
    return row.cell or f"{row.model}/{row.task}/" + (f"e{row.epochs}/s{row.seed}" if row.epochs else "base")


def _counts(found: Mapping[str, int], graded: int) -> list[str]:
    return [*(str(found.get(verdict, 0)) for verdict in _VERDICTS), str(graded)]


def _is_verdict(verdict: str) -> bool:
    return verdict in ("correct", "incorrect", "abstained")


def _told(about: Mapping[str, Any], name: str) -> str:
    found = about.get(name)
    return found if isinstance(found, str) else ""


def _sdks(about: Mapping[str, Any]) -> list[str]:
    found = about.get("sdks")
    clients = cast("dict[str, object]", found) if isinstance(found, dict) else {}
    return [f"{name} {version}" for name, version in sorted(clients.items())]


def _command(about: Mapping[str, Any]) -> str:
    found = about.get("command")
    words = [str(word) for word in cast("list[object]", found)] if isinstance(found, list) else []
    return join(["fbench", *words[1:]]) if len(words) > 1 else "".join(words)
