"""How many answers were given, and of how many tokens: what a service would bill besides training."""

from __future__ import annotations

from collections import defaultdict

__all__ = ["Tally"]

_FIELDS: tuple[str, ...] = ("answers", "input", "output", "thought")


class Tally:
    """Counts by service, model and kind of call.

    A kind is the end of the path that was called, such as `chat/completions` or `generateContent`, and
    `batches` for what a batch has asked. `input` are the tokens that were read, `output` those of the answers
    without `thought`, which were thought before. A call is counted when it is answered, whether its answer
    arrives or not.
    """

    def __init__(self) -> None:
        self._counts: defaultdict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])

    def add(self, service: str, model: str, kind: str, *, read: int, said: int, thought: int = 0) -> None:
        """Count one answered call, with its tokens."""
        counts = self._counts[service, model, kind]
        for at, amount in enumerate((1, read, said, thought)):
            counts[at] += amount

    def shown(self) -> dict[str, dict[str, dict[str, dict[str, int]]]]:
        """The counts as JSON: service -> model -> kind -> answers, input, output and thought."""
        found: dict[str, dict[str, dict[str, dict[str, int]]]] = {}
        for (service, model, kind), counts in sorted(self._counts.items()):
            told = dict(zip(_FIELDS, counts, strict=True))
            found.setdefault(service, {}).setdefault(model, {})[kind] = told
        return found
