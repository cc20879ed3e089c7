"""`fbench view`: the report of a run in a browser, refreshed while the run goes on."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import click

from fbench.errors import UsageError

__all__ = ["view"]


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Where to listen; 0, the default, is any free port.",
)
@click.option("--open", "open_page", is_flag=True, help="Open the page in a browser.")
def view(run: Path, *, port: int, open_page: bool) -> None:
    """Show the report of the run in the folder RUN in a browser, refreshed while the run goes on.

    Prints the page's address, once connections are accepted, then nothing more. The page is that of `fbench
    report --html`: its filters, what is opened in it and where the reader is stay as they are when it is
    refreshed, and it is not asked for again once the run is finished. Of a run that was stopped it shows what
    is there, until the run goes on.

    Only programs of this machine are let in, at 127.0.0.1 or localhost. The run is only read, and not kept
    waiting. Ends on Ctrl-C or SIGTERM.
    """
    from fbench.runner.folder import read_config  # noqa: PLC0415 - imported only when it is needed
    from fbench.runner.sweep_file import SWEEP  # noqa: PLC0415 - imported only when it is needed

    if (run / SWEEP).is_file():
        raise UsageError(f"{run}: is the folder of a sweep, which has no page: name one of its runs.")
    read_config(run)
    from fbench.view.pages import Pages  # noqa: PLC0415 - imported only when it is needed
    from fbench.view.server import serve  # noqa: PLC0415 - imported only when it is needed

    def announce(number: int) -> None:
        address = f"http://127.0.0.1:{number}/"
        sys.stdout.write(f"{address}\n")
        sys.stdout.flush()
        click.echo(f"Serving the report of {run} to this machine alone. Ctrl-C ends it.", err=True)
        if open_page:
            click.launch(address)

    for each in (signal.SIGTERM, signal.SIGINT):  # a shell has what runs behind it ignore Ctrl-C
        signal.signal(each, signal.default_int_handler)
    try:
        serve(Pages(run, lambda words: click.echo(words, err=True)), port, announce)
    except KeyboardInterrupt:  # before it was served
        return
    except OSError as error:
        raise UsageError(f"port {port}: cannot be used: {error.strerror}. Name another --port.") from error
