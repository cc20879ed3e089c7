"""`fbench merge`: put the shards of a run together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from fbench.cli.options import working_options

__all__ = ["merge", "merge_and_show"]

_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("out", type=_PATH)
@click.argument("shards", metavar="SHARD...", nargs=-1, required=True, type=_PATH)
@click.option("--cassettes", type=_PATH, help="Put together there what the shards recorded.")
@working_options
def merge(
    out: Path,
    shards: tuple[Path, ...],
    *,
    cassettes: Path | None,
    concurrency: int,
    jobs: int | None,
    budget_usd: float | None,
    rpm: int | None,
    tpm: int | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Make one run in OUT of the folders of all its shards, those of `fbench run --shard`.

    With all shards there, their answers are graded, judged if the run has a judge (a live one costs money:
    --budget-usd, towards which counts what the shards spent), and reported, as if one machine had done it
    all. No model is trained or asked again. The same shards may be merged again, and the others later.

    With --cassettes, what the shards recorded, each in a folder of its own, becomes one recording, which
    replays the whole run; the judge is recorded there too.
    """
    from fbench.providers.pacing import Rates  # noqa: PLC0415 - the help does not need it

    merge_and_show(
        out,
        shards,
        cassettes=cassettes,
        concurrency=concurrency,
        jobs=jobs,
        budget_usd=budget_usd,
        rates=Rates(rpm, tpm),
        as_json=as_json,
        quiet=quiet,
    )


def merge_and_show(
    out: Path,
    shards: Sequence[Path],
    *,
    cassettes: Path | None = None,
    budget_usd: float | None,
    **how: Any,
) -> None:
    """Merge shards; if none is missing, grade, judge and print the results. `how` goes to `drive`."""
    # imported here, so that the help does not need them
    from fbench.cli.driver import drive  # noqa: PLC0415 - imported only when it is needed
    from fbench.pipeline import prepare_again  # noqa: PLC0415 - imported only when it is needed
    from fbench.runner.merging import merge_shards, missing_notice  # noqa: PLC0415 - imported only when it is needed

    if missing := merge_shards(out, shards, cassettes=cassettes):
        click.echo(missing_notice(out, missing), err=True)
        return
    prepared = prepare_again(out, judge=None, budget_usd=budget_usd)
    drive(prepared, out, budget_usd=budget_usd, ask=False, **how)
