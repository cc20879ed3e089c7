"""The output of `fbench cassette stats` and `diff`: tables, and the same data as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, cast

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from fbench.cassette.tools.diff import Change, Drift
from fbench.cassette.tools.stats import CassetteContents
from fbench.cli.output import console
from fbench.plurals import counted

if TYPE_CHECKING:
    from fbench.rerun import GradedChange

__all__ = ["drift_json", "show_drift", "show_stats", "stats_json"]

_ChangeGrader = Callable[[Change], "GradedChange | None"]
_ANSWER = 300


def stats_json(found: Sequence[CassetteContents]) -> list[dict[str, Any]]:
    """The contents of cassettes as JSON values."""
    return [
        {
            "file": str(each.file),
            "closed": each.closed,
            "provenance": each.provenance,
            "endpoints": [
                {
                    "endpoint": row.endpoint,
                    "interactions": row.interactions,
                    "bytes": row.bytes,
                    "statuses": {str(status): row.statuses[status] for status in sorted(row.statuses)},
                    "tags": len(row.tags),
                }
                for row in each.rows
            ],
        }
        for each in found
    ]


def show_stats(found: Sequence[CassetteContents]) -> None:
    """Print the contents of cassettes, one table each, and their sum."""
    terminal = console()
    for each in found:
        terminal.print(Text(str(each.file), style="bold"), soft_wrap=True)
        came = ", ".join(f"{name} {_plain(value)}" for name, value in each.provenance.items())
        terminal.print(Text(came or "says nothing of where it came from"))
        if not each.closed:
            terminal.print(Text("The recording did not come to its end."))
        table = _table()
        table.add_column("endpoint", overflow="fold")
        for name in ("calls", "bytes", "tags"):
            table.add_column(name, justify="right")
        table.add_column("statuses")
        for row in each.rows:
            statuses = ", ".join(f"{status} x {row.statuses[status]}" for status in sorted(row.statuses))
            tags = str(len(row.tags) or "-")
            table.add_row(Text(_shown(row.endpoint)), str(row.interactions), f"{row.bytes:,}", tags, statuses)
        terminal.print(table)
        terminal.print()
    rows = [row for each in found for row in each.rows]
    interactions, size = sum(row.interactions for row in rows), sum(row.bytes for row in rows)
    terminal.print(f"Cassettes: {len(found)}. Interactions: {interactions:,}. Bytes of bodies: {size:,}.")


def drift_json(drift: Drift, judge: _ChangeGrader | None) -> dict[str, Any]:
    """The differences as JSON values."""
    return {
        "fields": [{"kind": each.kind, **asdict(each)} for each in drift.fields],
        "changes": [_change_json(change, judge and judge(change)) for change in drift.changes],
        "matched": drift.matched,
        "only_old": dict(drift.only_old),
        "only_new": dict(drift.only_new),
    }


def show_drift(drift: Drift, judge: _ChangeGrader | None, *, fakes: bool = False) -> None:
    """Print the differences: schemas, then changed answers, then requests that were not compared."""
    terminal = console()
    new = "the fakes" if fakes else "NEW"
    _show_fields(terminal, drift, new)
    if not fakes:
        terminal.print()
        _show_changes(terminal, drift, judge)
    for whose, only in (("OLD", drift.only_old), (new, drift.only_new)):
        if only and not fakes:
            asked = ", ".join(f"{endpoint} ({count})" for endpoint, count in only.items())
            terminal.print(Text(f"\nOnly {whose} holds requests to: {asked}"))


def _show_fields(terminal: Console, drift: Drift, new: str) -> None:
    if not drift.fields:
        terminal.print("Schema drift: none.")
        return
    terminal.print(Text(f"Schema drift: {counted(len(drift.fields), 'field')}", style="bold"))
    for endpoint, status in dict.fromkeys((each.endpoint, each.status) for each in drift.fields):
        terminal.print()
        terminal.print(Text(f"{_shown(endpoint)}, status {status}"), soft_wrap=True)
        table = _table()
        table.add_column("field", overflow="fold")
        table.add_column("OLD", overflow="fold")
        table.add_column(new, overflow="fold")
        for each in drift.fields:
            if (each.endpoint, each.status) == (endpoint, status):
                table.add_row(Text(each.field or "(all of it)"), _types(each.old), _types(each.new))
        terminal.print(table)


def _show_changes(terminal: Console, drift: Drift, judge: _ChangeGrader | None) -> None:
    if not drift.changes:
        terminal.print(f"Behaviour drift: none in {counted(drift.matched, 'request')} that both hold.")
        return
    terminal.print(
        Text(
            f"Behaviour drift: {len(drift.changes)} of {counted(drift.matched, 'request')} that both hold",
            style="bold",
        )
    )
    verdicts: Counter[str] = Counter()
    for change in drift.changes:
        judged = judge(change) if judge else None
        place = f"{change.shard}: {_shown(change.endpoint)}" if change.shard else _shown(change.endpoint)
        terminal.print(Text(f"\n{change.tag or place}"), soft_wrap=True)
        if judged:
            verdicts[f"{judged.old} -> {judged.new}"] += 1
            terminal.print(Text(f"  question  {_short(judged.question)}"))
            terminal.print(Text(f"  gold      {_short(' | '.join(judged.gold))}"))
        elif not change.said:
            terminal.print(Text(f"  field     {change.field}"))
        for name, text, verdict in (
            ("old", change.old, judged and judged.old),
            ("new", change.new, judged and judged.new),
        ):
            terminal.print(Text(f"  {name:<8}  {_short(text)}{f'  [{verdict}]' if verdict else ''}"))
    if verdicts:
        told = ", ".join(f"{name}: {count}" for name, count in sorted(verdicts.items()))
        terminal.print(Text(f"\nVerdicts: {told}"))


def _change_json(change: Change, judged: GradedChange | None) -> dict[str, Any]:
    return asdict(change) | ({"judged": asdict(judged)} if judged else {})


def _shown(endpoint: str) -> str:
    """An endpoint without the part that is the same in all endpoints of Vertex AI."""
    return endpoint.replace("projects/{id}/locations/{id}", "...")


def _types(types: Iterable[str]) -> str:
    return " or ".join(types) or "-"


def _table() -> Table:
    return Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 2, 0, 0), pad_edge=False)


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        pairs = cast("Mapping[str, object]", value)
        return " ".join(f"{name}={inner}" for name, inner in pairs.items())
    return str(value)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _ANSWER else f"{line[: _ANSWER - 3]}..."
