"""A console of rich whose colours are ours, while the text in them cannot hold commands to a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from fbench.terminal import visible

__all__ = ["SafeConsole"]


class SafeConsole(Console):
    """Renders as `Console` does, and shows the characters that a terminal acts on instead of writing them.

    On a terminal it writes to the stream itself, past `fbench.terminal.SafeStream`, which would take its
    colours for such characters.

    Args:
        clean: what is done with each piece of text.
        options: those of `Console`.
    """

    def __init__(self, clean: Callable[[str], str] = visible, **options: Any) -> None:
        self._clean = clean
        super().__init__(markup=False, emoji=False, **options)

    def render_str(self, text: str, **options: Any) -> Text:
        """A text, cleaned before its width is measured."""
        return super().render_str(self._clean(text), **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterator[Segment]:
        """The segments of something, each cleaned; those that move the cursor are rich's own."""
        for segment, style, control in super().render(renderable, options):
            text = segment if control or segment.isspace() else self._clean(segment)
            yield Segment(text, style, control)
