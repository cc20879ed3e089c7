"""Whether the same request, made again, is answered in the same words or in newly drawn ones."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from fakes.ids import Ids

__all__ = ["Drawn", "Draws"]


class Drawn(NamedTuple):
    """The seed by which an answer is drawn, and how often the request was drawn before."""

    seed: int
    before: int = 0

    def named(self, content: bytes) -> bytes:
        """What the answer's id is made of: the bytes of the request, and others when it is drawn again."""
        return content + b"\0drawn %d" % self.before if self.before else content


class Draws:
    """Gives each answer its seed.

    By default equal requests are drawn by equal seeds, and get equal answers with equal ids. Where `fresh` is
    true, a request that names no seed is another one each time it comes, as at a service: it is drawn by the
    world's seed, its content and how often it came before, never by chance. So two worlds with one seed that
    get the same calls give the same answers, and other requests in between change none of them.
    """

    def __init__(self, ids: Ids, *, fresh: bool = False) -> None:
        self.fresh = fresh
        self.ids = ids
        self._before: Counter[int] = Counter()

    def draw(self, seed: int | None, *content: object) -> Drawn:
        """What the answer to a request is drawn by: to one with that content, and the seed that it names.

        Call it for a request that is answered, and not for one that is refused: a journal, which keeps only
        the former, then leads to the same answers.
        """
        if seed is not None or not self.fresh:
            return Drawn(seed or 0)
        which = self.ids.of("drawn", *content)
        before = self._before[which]
        self._before[which] += 1
        return Drawn(self.ids.of("draw", *content, before) % 2**31, before)

    def in_batch(self, content: bytes, *place: str) -> bytes:
        """The content of a request in a batch: where `fresh` is true, another one at each place."""
        if not self.fresh:
            return content
        return b"\0".join([content, *(each.encode("utf-8", "surrogatepass") for each in place)])
