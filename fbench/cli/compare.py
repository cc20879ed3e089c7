"""`fbench compare`: two models, checkpoints or runs on the same questions."""

from __future__ import annotations

import click

from fbench.cli.output import console

__all__ = ["compare"]


@click.command()
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.option("--items", is_flag=True, help="List the questions that only one side got right.")
@click.option(
    "--bootstrap", is_flag=True, help="Intervals by a bootstrap over clusters. Default: score intervals."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with the items, instead of tables.")
def compare(a: str, b: str, *, items: bool, bootstrap: bool, as_json: bool) -> None:
    """Compare two models, checkpoints or runs, question by question.

    A and B each name cells of a run:

    \b
      RUN                     all of a run's models and checkpoints
      RUN:MODEL               one model, with or without its provider and its date
      RUN:MODEL@EPOCHS        one checkpoint; @0 is the base model
      RUN:MODEL@EPOCHS/SEED   one training

    What only one side names holds for the other too; what neither names is compared where it is equal.
    Questions are paired one by one, so both sides must have been asked the same.

    \b
      fbench compare runs/1:gpt-4o-mini-2024-07-18@0 runs/1:gpt-4o-mini-2024-07-18@30
      fbench compare runs/1:openai:gpt-4o-2024-08-06 runs/1:vertex:gemini-2.5-pro
      fbench compare runs/1 runs/2
    """  # noqa: D301 - for click, \b keeps the lines of a list apart
    # imported here, so that the help does not need them
    from fbench.analysis.comparison import compare as compared  # noqa: PLC0415 - imported only when it is needed
    from fbench.analysis.selection import read_selection  # noqa: PLC0415 - imported only when it is needed
    from fbench.reports.comparison import comparison_table  # noqa: PLC0415 - imported only when it is needed

    found = compared(read_selection(a), read_selection(b), bootstrap=bootstrap)
    if as_json:
        click.echo(found.model_dump_json(indent=1))
    else:
        console().print(comparison_table(found, items=items))
