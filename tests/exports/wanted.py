"""The texts that every form of a report must show, made from results.json alone.

This follows docs/explanation/measures.md and the legends below the tables, and uses nothing of fbench: a
fault of the texts that the forms share would else be in what they are compared with too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

__all__ = [
    "Row",
    "Table",
    "Told",
    "all_cells",
    "curves",
    "differences",
    "main_tables",
    "short_rows",
    "verdicts_by_cell",
]

Row: TypeAlias = Mapping[str, Any]
Told: TypeAlias = Mapping[str, Any]
Table: TypeAlias = list[list[str]]


def main_tables(told: Told) -> dict[str, Table]:
    """By its title, the table of each task and model: a header, and the lines of each split."""
    found: dict[str, Table] = {}
    for task, model, rows in _by_model(told):
        if rows:
            sweep = sorted(told["experiment"]["epochs"]) if any(row["epochs"] for row in rows) else []
            header = ["split", "n", "base", *(f"{epochs} ep" for epochs in sweep)]
            lines = [line for split in _splits(rows) for line in _lines(split, rows, [0, *sweep])]
            lines += _gap(rows, [0, *sweep])
            header += ["95 % interval", "gain", "chance"]
            whole = [line + [""] * (len(header) - len(line)) for line in lines]
            found[f"{task}: {model} (FAKE)"] = [header, *whole]
    return found


def _lines(split: str, all_rows: Sequence[Row], sweep: Sequence[int]) -> Iterator[list[str]]:
    rows = [row for row in all_rows if row["split"] == split]
    last = max(rows, key=lambda row: (row["epochs"], -(row["seed"] or 0)))

    def by_epochs(say: Callable[[list[Row]], str]) -> list[str]:
        groups = [[row for row in rows if row["epochs"] == epochs] for epochs in sweep]
        return [say(group) if group else "-" for group in groups]

    def total(name: str) -> list[str]:
        return by_epochs(lambda group: f"{sum(row[name] for row in group)}{_mark(name, group)}")

    yield [
        split,
        str(last["n"]),
        *by_epochs(lambda group: _share(_mean(row["accuracy"] for row in group))),
        _interval(last["interval"]),
        _difference(last["difference"]),
        _share(last["chance"]),
    ]
    if any(row["balanced"] is not None for row in rows):
        yield [
            "balanced accuracy",
            "",
            *by_epochs(lambda group: _share(_mean(row["balanced"] for row in group))),
        ]
    for name, field in (("ungraded", "ungraded"), ("ungraded, cut off", "cut_off"), ("errors", "errors")):
        if any(row[field] for row in rows):
            yield [name, "", *total(field)]
    if len({row["seed"] for row in rows if row["epochs"]}) > 1:
        yield ["spread between seeds", "", *by_epochs(_spread)]


def _mark(name: str, group: list[Row]) -> str:
    """An exclamation mark where more than 5 % of the questions of a row were cut off, or ended in errors."""
    asked = {"cut_off": "n", "errors": "n errors"}.get(name, "").split()
    return "!" if asked and any(row[name] > 0.05 * sum(row[of] for of in asked) for row in group) else ""


def _spread(group: list[Row]) -> str:
    known = [row["accuracy"] for row in group if row["accuracy"] is not None]
    return _share(max(known) - min(known)) if len(known) > 1 else "-"


def _gap(rows: Sequence[Row], sweep: Sequence[int]) -> Iterator[list[str]]:
    other = _other_words(rows)
    if other and "memorization" in _splits(rows):
        shown: list[str] = []
        for epochs in sweep:
            taught, asked = (_accuracy(rows, split, epochs) for split in ("memorization", other))
            shown.append("-" if taught is None or asked is None else f"{taught - asked:+.2f}")
        yield [f"memorization - {other}", "", *shown]


def short_rows(told: Told) -> Table:
    """The row of each task and model on the first screen, with whole arrows, and the ungraded at its end."""
    most = max(told["experiment"]["epochs"])
    found: Table = []
    for task, model, rows in _by_model(told):
        other = _other_words(rows)
        tuned = [row for row in rows if row["epochs"] == most]
        asked = [row for row in tuned if row["split"] == other]
        learned = [row for row in tuned if row["split"] == "memorization"]
        before = [row for row in rows if not row["epochs"] and row["split"] == other]
        ends = [row["interval"] for row in asked if row["interval"]]
        low, high = (_mean(each[end] for each in ends) for end in ("low", "high"))
        taught, general = (_mean(row["accuracy"] for row in group) for group in (learned, asked))
        found.append(
            [
                task,
                model,
                str(min((row["n"] for row in asked or learned or before), default=0)),
                f"{_share(_accuracy(rows, 'memorization', 0)):>4} -> {_share(taught):>4}",
                f"{_share(_accuracy(rows, other, 0)):>4} -> {_share(general):>4}",
                "-" if low is None or high is None else f"{low:.2f}-{high:.2f}",
                "-" if taught is None or general is None else f"{taught - general:+.2f}",
                str(sum(row["ungraded"] for row in (*asked, *learned))),
            ]
        )
    return found


def all_cells(told: Told) -> Table:
    """What the page tells of each cell and split."""
    return [
        [
            row["cell"],
            row["split"],
            str(row["n"]),
            _share(row["accuracy"]),
            _interval(row["interval"]),
            _share(row["base"]),
            *(_difference(row["difference"]), *_its_interval_and_p(row["difference"])),
            _share(row["chance"]),
        ]
        for row in told["rows"]
    ]


def differences(told: Told) -> dict[str, Table]:
    """By task, the split, epochs, n and difference of each row of results that has one."""
    found: dict[str, Table] = {}
    for row in told["rows"]:
        if row["difference"]:
            shown = (_difference(row["difference"]), *_its_interval_and_p(row["difference"]))
            line = [row["split"], str(row["epochs"]), str(row["n"]), *shown]
            found.setdefault(row["task"], []).append(line)
    return found


def curves(told: Told) -> dict[str, Table]:
    """By task, the accuracies by epochs of each model, in the taught wording and in other words."""
    sweep = [0, *sorted({row["epochs"] for row in told["rows"] if row["epochs"]})]
    found: dict[str, Table] = {}
    for task, _, rows in _by_model(told):
        other = _other_words([row for row in told["rows"] if row["task"] == task])  # of all models together
        for split in ("memorization", other):
            groups = [[row for row in rows if _at(row) == (split, epochs)] for epochs in sweep]
            if any(row["accuracy"] is not None for group in groups for row in group):
                found.setdefault(task, []).append([str(split), *map(_point, groups)])
    return found


def _point(group: list[Row]) -> str:
    value = _mean(row["accuracy"] for row in group)
    ends = [row["interval"] for row in group if row["interval"]]
    low, high = (_mean(each[end] for each in ends) for end in ("low", "high"))
    return "-" if value is None else f"{_share(value)} ({_share(low)} to {_share(high)})"


def verdicts_by_cell(told: Told) -> Table:
    """The counts of each cell over all its splits."""
    names = ("correct", "incorrect", "abstained", "ungraded", "n", "errors")
    counts: dict[str, list[int]] = {}
    for row in told["rows"]:
        mine = counts.setdefault(row["cell"], [0] * len(names))
        counts[row["cell"]] = [before + row[name] for before, name in zip(mine, names, strict=True)]
    return [[cell, *map(str, found)] for cell, found in counts.items()]


def _by_model(told: Told) -> Iterator[tuple[str, str, list[Row]]]:
    for task in told["experiment"]["tasks"]:
        for model in told["experiment"]["models"]:
            yield task, model, [row for row in told["rows"] if (row["task"], row["model"]) == (task, model)]


def _splits(rows: Iterable[Row]) -> list[str]:
    return list(dict.fromkeys(row["split"] for row in rows))


def _other_words(rows: Sequence[Row]) -> str | None:
    """`rephrased` where it was asked, or else the first split that asks for the same in other words."""
    same = [row["split"] for row in rows if row["role"] == "same"]
    return "rephrased" if "rephrased" in same else next(iter(same), None)


def _at(row: Row) -> tuple[str, int]:
    return row["split"], row["epochs"]


def _accuracy(rows: Iterable[Row], split: str | None, epochs: int) -> float | None:
    return _mean(row["accuracy"] for row in rows if _at(row) == (split, epochs))


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _interval(ends: Row | None) -> str:
    return "-" if ends is None else f"{ends['low']:.2f} to {ends['high']:.2f}"


def _difference(found: Row | None) -> str:
    return "-" if found is None else f"{found['value']:+.2f}{'*' if found['p'] < 0.05 else ''}"


def _its_interval_and_p(found: Row | None) -> tuple[str, str]:
    if found is None:
        return "-", "-"
    ends = f"{found['low'] + 0.0:+.2f} to {found['high'] + 0.0:+.2f}"
    return ends, "<.0001" if found["p"] < 0.0001 else f"{found['p']:.4f}"
