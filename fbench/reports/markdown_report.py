"""All tables of a run in Markdown: the screen, each split, the measures, the contrasts, the notes."""

from __future__ import annotations

from collections.abc import Iterator

from fbench.analysis.results import Results
from fbench.markdown import markdown_table, markdown_text
from fbench.reports.headline import headline_legend, headline_tables
from fbench.reports.layout import plain
from fbench.reports.learning import learning_legend, learning_texts
from fbench.reports.measure_texts import MEASURES_LEGEND, contrast_texts, measure_texts
from fbench.reports.screen import screen_markdown
from fbench.reports.text_tables import TextTable

__all__ = ["markdown_report"]


def markdown_report(results: Results) -> str:
    """A page: the text of the reporter `markdown`, then the tables that `fbench report --full` shows."""
    return "\n\n".join([screen_markdown(results).rstrip("\n"), *_parts(results)]) + "\n"


def _parts(results: Results) -> Iterator[str]:
    if results.rows:
        yield "## Accuracy by split"
        for table in headline_tables(results):
            yield from _table(table)
        yield markdown_text(headline_legend(results))
    for heading, tables, legend in (
        ("Beyond accuracy", list(learning_texts(results)), learning_legend(results)),
        ("Measures", list(measure_texts(results)), MEASURES_LEGEND),
    ):
        if tables:
            yield f"## {heading}"
            for table in tables:
                yield from _table(table)
            yield markdown_text(legend)
    if (contrasts := contrast_texts(results)) is not None:
        yield "## Contrasts, all else equal"
        yield _rows(contrasts)
    if results.notes:
        yield "## Notes"
        yield "\n".join(f"- {markdown_text(plain(note))}" for note in results.notes)


def _table(table: TextTable) -> Iterator[str]:
    yield f"### {markdown_text(plain(table.title))}"
    yield _rows(table)


def _rows(table: TextTable) -> str:
    header, *rows = ([markdown_text(plain(text)) for text in row] for row in (table.header, *table.rows))
    return markdown_table(header, rows, words=range(table.words))
