"""`fbench reproduce`: the paper's tables from the released answers."""

from __future__ import annotations

import json
from pathlib import Path

import click

from fbench.cli.output import console
from fbench.datasets import Labels
from fbench.files import write_file
from fbench.paper import reproduce as recompute

__all__ = ["reproduce"]

_FILE = click.Path(path_type=Path, allow_dash=True)
_LABELS: dict[str, tuple[Labels, ...]] = {
    "both": ("published", "corrected"),
    "published": ("published",),
    "corrected": ("corrected",),
}


@click.command()
@click.option(
    "--data",
    "folder",
    metavar="DIR",
    required=True,
    type=click.Path(path_type=Path),
    help="The FineTuneBench release, as `fbench data fetch DIR` brings it.",
)
@click.option(
    "--labels",
    type=click.Choice(list(_LABELS)),
    default="both",
    help="Which golds count. Default: both, side by side.",
)
@click.option("--json", "json_file", metavar="FILE", type=_FILE, help="Write JSON there too; - for stdout.")
@click.option("--md", "md_file", metavar="FILE", type=_FILE, help="Write Markdown there too; - for stdout.")
def reproduce(folder: Path, *, labels: str, json_file: Path | None, md_file: Path | None) -> None:
    """Recompute the paper's tables from the answers its authors released.

    Each published number stands beside the recomputed one, with a sentence on the difference or on what was
    never released. With - as a FILE, that goes to stdout in place of the tables.
    """
    from fbench.paper.render import as_markdown, as_tables  # noqa: PLC0415 - rich, not before the data is right

    found = recompute(folder, _LABELS[labels])
    texts = (
        (json_file, lambda: json.dumps(found.to_dict(), indent=1, ensure_ascii=False) + "\n"),
        (md_file, lambda: as_markdown(found)),
    )
    shown = True
    for file, text in texts:
        if file is None:
            continue
        if str(file) == "-":
            click.echo(text(), nl=False)
            shown = False
        else:
            from fbench.runner.folder import hold_to_output  # noqa: PLC0415 - slow, and most output needs no run

            hold_to_output(file)
            write_file(file, text())
            click.echo(f"The tables are in {file}", err=True)
    if shown:
        terminal = console()
        terminal.print(as_tables(found))
