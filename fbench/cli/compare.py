"""`fbench compare`: two models, checkpoints or runs on the same questions."""

from __future__ import annotations

from pathlib import Path

import click

from fbench.cli.output import console, hold_to_page, open_page, put_text
from fbench.errors import UsageError

__all__ = ["compare"]


@click.command()
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.option("--items", is_flag=True, help="List the questions that only one side got right.")
@click.option(
    "--bootstrap", is_flag=True, help="Intervals by a bootstrap over clusters. Default: score intervals."
)
@click.option(
    "--html",
    metavar="FILE",
    type=click.Path(path_type=Path, allow_dash=True),
    help="Write a page with all compared answers there too.",
)
@click.option("--open", "open_html", is_flag=True, help="Open the page of --html in a browser.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with the items, instead of tables.")
def compare(
    a: str, b: str, *, items: bool, bootstrap: bool, html: Path | None, open_html: bool, as_json: bool
) -> None:
    """Compare two models, checkpoints or runs, question by question.

    A and B each name cells of a run:

    \b
      RUN                     all of a run's models and checkpoints
      RUN:MODEL               one model, with or without its provider and its date
      RUN:MODEL@EPOCHS        one checkpoint; @0 is the base model
      RUN:MODEL@EPOCHS/SEED   one training
      RUN:MODEL@CONDITION     one that read the facts, such as @in_context

    What only one side names holds for the other too; what neither names is compared where it is equal.
    Questions are paired one by one, so both sides must have been asked the same.

    \b
      fbench compare runs/1:gpt-4o-mini-2024-07-18@0 runs/1:gpt-4o-mini-2024-07-18@30
      fbench compare runs/1:openai:gpt-4o-2024-08-06 runs/1:vertex:gemini-2.5-pro
      fbench compare runs/1 runs/2 --html compared.html
    """  # noqa: D301 - for click, \b keeps the lines of a list apart
    # imported here, so that the help does not need them
    from fbench.analysis.comparison import compare as compared  # noqa: PLC0415 - imported only when it is needed
    from fbench.analysis.selection import read_selection  # noqa: PLC0415 - imported only when it is needed
    from fbench.reports.comparison import comparison_table  # noqa: PLC0415 - imported only when it is needed

    hold_to_page(html, open_html=open_html)
    to_stdout = str(html) == "-"
    if to_stdout and as_json:
        raise UsageError("--html and --json cannot both be on stdout: name a file.")
    one, other = read_selection(a), read_selection(b)
    found = compared(one, other, bootstrap=bootstrap)
    if html is not None:
        from fbench.reports.html.from_runs import page_of_comparison  # noqa: PLC0415 - as above

        put_text(page_of_comparison(one, other, found), html, "The page is")
    if as_json:
        click.echo(found.model_dump_json(indent=1))
    elif not to_stdout:
        console().print(comparison_table(found, items=items))
    if open_html and html is not None:
        open_page(html)
