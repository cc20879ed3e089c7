"""What holds for the values of every command: each option is given once, and none is empty or no text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import click

from fbench.values import problem_of

__all__ = ["hold_to_values"]

_MAY_BE_EMPTY = "gold_separator"
_COLUMN = "COLUMN"
"""What options show in their help that name a column of a file; a column may have an empty name."""


def hold_to_values(command: click.Command, args: Sequence[str], ctx: click.Context) -> None:
    """Refuses what click takes for granted: of several values it takes the last, and an empty path is `.`.

    Texts are held to what `fbench.values.problem_of` says, as arguments of functions are.

    Args:
        command: what is called, with the commands below it.
        args: what follows its name.
        ctx: the context that it is called in.

    Raises:
        click.UsageError: an option or an argument is wrong; says which, and what to do.
    """
    own = click.Context(command, info_name=command.name, parent=ctx)
    values, left, order = command.make_parser(own).parse_args(list(args))
    given = Counter(order)
    for param in order:
        if not isinstance(param, click.Option) or param.is_flag:
            continue
        if given[param] > 1 and not param.multiple:
            times = f"{given[param]} times, the last time as {str(values[param.name])!r}"
            raise click.UsageError(
                f"{param.opts[0]} takes one value, and was given {times}: give it once.", own
            )
    for param in order:
        value: object = values.get(param.name)
        may_be_empty = param.name == _MAY_BE_EMPTY or param.metavar == _COLUMN
        if problem := problem_of(value, may_be_empty=may_be_empty):
            name = param.opts[0] if isinstance(param, click.Option) else param.make_metavar(own)
            raise click.UsageError(f"{name} {problem}.", own)
    if isinstance(command, click.Group) and left and (below := command.get_command(own, left[0])) is not None:
        hold_to_values(below, left[1:], own)
