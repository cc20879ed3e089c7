"""Ask a model the questions of a cell, with a limited number of requests in flight."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fbench.datasets.model import Question
from fbench.providers.model import Provider, Rejected, Sampling
from fbench.request_context import about
from fbench.runner.plan import Cell
from fbench.runner.pool import Groups, do_all
from fbench.runner.stop import Stop
from fbench.runner.store import Answer

if TYPE_CHECKING:
    from fbench.cassette.scrub.placeholders import Alteration

__all__ = ["Examiner"]


@dataclass(frozen=True, slots=True)
class Examiner:
    """Asks models the questions of their cells.

    Up to `width` questions of a cell are in progress at once, and in total as many as `in_flight` allows. A
    question that the service rejects gives an answer with an error. After a stop no new request is sent.
    `keep` gives an answer as a recording stores it, see `Connection`; `thoughts` is how much a model thinks,
    see `Experiment.thoughts_of`.
    """

    sampling: Sampling
    groups: Groups[Answer]
    in_flight: asyncio.Semaphore
    width: int
    stop: Stop
    keep: Callable[[str], tuple[str, Alteration]] = lambda text: (text, "")
    thoughts: Callable[[str], int | None] = lambda _: None

    async def examine(
        self, cell: Cell, model: str, questions: Sequence[Question], provider: Provider
    ) -> None:
        """Ask `model` the questions and save its answers under the cell."""
        halt = self.stop.part()

        async def ask(question: Question) -> None:
            async with self.in_flight:
                if not halt.requested:
                    self.groups.add(await self._answer(cell, model, question, provider))

        await do_all(questions, ask, width=min(self.width, len(questions)), stop=halt)

    async def _answer(self, cell: Cell, model: str, question: Question, provider: Provider) -> Answer:
        try:
            with self.stop.counting(), about(tag=f"{cell.id} {question.id}"):
                sampling = self.sampling.thinking(self.thoughts(cell.model))
                reply = await provider.ask(model, question.prompt, sampling)
        except Rejected as rejected:
            return Answer(cell.id, question.id, "", "", str(rejected), 0, 0)
        used = reply.prompt_tokens, reply.answer_tokens
        text, altered = self.keep(reply.text)
        return Answer(cell.id, question.id, text, reply.finish, "", *used, altered)
