"""The command line: one module per command, loaded when the command is called."""

from __future__ import annotations

import sys
import traceback
from errno import EDQUOT, EFBIG, EIO, ENAMETOOLONG, ENOSPC
from importlib import import_module
from typing import NoReturn

import click

from fbench.cli.output import tell_notes
from fbench.cli.streams import drop_stdout, with_streams
from fbench.cli.values import hold_to_values
from fbench.errors import FbenchError, told
from fbench.terminal import without_secrets
from fbench.value_errors import meant
from fbench.version import __version__

__all__ = ["cli", "main"]

_NO_SPACE = (ENOSPC, EDQUOT, EFBIG, EIO)
"""What a full or a broken disk says to a write."""

_COMMANDS = {
    "run": "Run an experiment: train, ask, grade, report.",
    "plan": "Show what a run would do and cost.",
    "resume": "Go on with an interrupted run.",
    "sweep": "Run several experiments of one file, and compare them.",
    "merge": "Put the shards of a run together.",
    "grade": "Grade answers from a run or a file.",
    "compare": "Compare two models, checkpoints or runs.",
    "report": "Show the results of a run.",
    "view": "Show a run in a browser, refreshed while it goes on.",
    "cleanup": "Delete what a live run left at the services.",
    "reproduce": "Recompute the paper's tables from its answers.",
    "data": "Fetch, check and list datasets.",
    "cassette": "Check, convert, scrub, merge and compare recordings.",
    "serve": "Serve the fakes on a port of this machine.",
    "doctor": "Show what this machine can run: keys, versions.",
}


_PLAIN = {
    "is not a valid integer range": "is not a whole number",
    "is not a valid integer": "is not a whole number",
    "is not a valid float range": "is not a number",
    "is not a valid float": "is not a number",
}
"""What click says of a value, and the same in plain words."""


class _Lazy(click.Group):
    """A group that imports a command only when it is needed, so that `--help` imports none."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's own signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        if ctx.resilient_parsing:
            return click.Command(cmd_name, help=_COMMANDS[cmd_name])
        return getattr(import_module(f"fbench.cli.{cmd_name}"), cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in _COMMANDS and not args[0].startswith("-") and (close := meant(args[0], _COMMANDS)):
            ctx.fail(f"No such command {args[0]!r}{close}.")
        name, command, left = super().resolve_command(ctx, args)
        if command is not None and not ctx.resilient_parsing:
            hold_to_values(command, left, ctx)
        return name, command, left

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="fbench")
@click.option("--verbose", is_flag=True, help="Show tracebacks of errors.")
@click.pass_context
def cli(ctx: click.Context, *, verbose: bool) -> None:
    """Measure what fine-tuning APIs teach a model, offline or live.

    `fbench run` does the whole pipeline against fakes in this process: no key, no network.
    """
    ctx.obj = verbose


def main() -> None:
    """Run the command line, and exit with one of its exit codes.

    0 done; 1 internal error; 2 usage or bad input; 3 incomplete but resumable; 4 budget reached; 5 a provider
    or job failed permanently; 130 stopped by the user.
    """
    with with_streams():
        _main()


def _main() -> None:
    verbose = "--verbose" in sys.argv
    try:
        code = cli.main(prog_name="fbench", standalone_mode=False)
        sys.stdout.flush()
        sys.exit(code)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        click.echo(f"Error: {_paragraph(error)}", err=True)
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped at once.", err=True)
        sys.exit(130)
    except FbenchError as error:
        if verbose:
            _show_traceback(error)
        click.echo(f"Error: {_one_paragraph(str(error))}", err=True)
        tell_notes(error)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        drop_stdout()
        sys.exit(1)
    except OSError as error:
        _system_error(error, verbose=verbose)
    except Exception as error:  # noqa: BLE001 - the last handler: one paragraph, not a traceback
        _internal(error, verbose=verbose)


def _system_error(error: OSError, *, verbose: bool) -> NoReturn:
    """End with the error of a name that no file can have, or of output that cannot be written."""
    if error.errno == ENAMETOOLONG:
        said = f"{_one_paragraph(str(error.filename))}: {error.strerror}. Name another place."
    elif error.errno not in _NO_SPACE or error.filename is not None:
        _internal(error, verbose=verbose)
    else:
        drop_stdout()
        said = f"the output cannot be written: {error.strerror}. Make room there, or write elsewhere."
    click.echo(f"Error: {said}", err=True)
    sys.exit(2)


def _show_traceback(error: BaseException) -> None:
    """Print the traceback, with those of the errors that led to it, without secrets."""
    click.echo(without_secrets("".join(traceback.format_exception(error))), nl=False, err=True)


def _one_paragraph(text: str) -> str:
    """A text in one line, whatever the names in it hold."""
    return text.replace("\r", "\\r").replace("\n", "\\n")


def _internal(error: Exception, *, verbose: bool) -> NoReturn:
    if verbose:
        _show_traceback(error)
    click.echo(
        f"Internal error: {told(error)}. For the traceback: `fbench --verbose ...`.",
        err=True,
    )
    sys.exit(1)


def _paragraph(error: click.ClickException) -> str:
    """Click's message about a wrong option, and the command that shows the help."""
    text = " ".join(error.format_message().split())
    for said, plain in _PLAIN.items():
        text = text.replace(said, plain)
    command = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "fbench"
    return f"{text}{'' if text.endswith(('.', '?')) else '.'} See `{command} --help`."
