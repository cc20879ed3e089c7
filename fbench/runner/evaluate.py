"""Ask a model the questions of a cell, with a limited number of requests in flight."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from fbench.datasets.model import Question
from fbench.messages import Prompt, text_in
from fbench.providers.model import Rejected, Sampling
from fbench.providers.pacing import pacing_here
from fbench.providers.profiles import Profile, profile_of
from fbench.request_context import about
from fbench.runner.attempts import Paid, Purchases, Reservations, asking
from fbench.runner.batches import AskedCell
from fbench.runner.bounds import most_asking_usd
from fbench.runner.budget import Asked
from fbench.runner.cells import Cell
from fbench.runner.deploy import Asks
from fbench.runner.experiment import Prices
from fbench.runner.plan import uncapped_thoughts
from fbench.runner.pool import Groups, do_all
from fbench.runner.stop import Stop
from fbench.runner.store import Answer, BatchRow

if TYPE_CHECKING:
    from fbench.cassette.scrub.placeholders import Alteration

__all__ = ["Examiner"]


@dataclass(frozen=True, slots=True)
class Examiner:
    """Asks models the questions of their cells.

    Up to `width` questions of a cell are in progress at once, and in total as many as `in_flight` allows. A
    question is in flight from its permit on where the model is paced (`fbench.providers.pacing`). Each is
    reserved by `purchases` before it is sent. One that the service rejects gives an answer with an error.
    After a stop no new request is sent. `keep` gives an answer as a recording stores it, see `Connection`;
    `prompt_of` gives what is sent for a question of a cell, `sampling_of` how its answers are drawn, and
    `profile_of` the service of a model. `retried` is told of each further request, by the cell's id.
    """

    prompt_of: Callable[[Cell, Question], Prompt]
    sampling_of: Callable[[Cell], Sampling]
    groups: Groups[Answer]
    purchases: Purchases
    in_flight: asyncio.Semaphore
    width: int
    stop: Stop
    keep: Callable[[str], tuple[str, Alteration]] = lambda text: (text, "")
    profile_of: Callable[[str], tuple[Profile, str]] = profile_of
    retried: Callable[[str], None] | None = None

    async def examine(
        self, cell: Cell, model: str, questions: Sequence[Question], provider: Asks, price: Prices | None
    ) -> None:
        """Ask `model` the questions and save its answers under the cell."""
        halt = self.stop.part()
        most_usd = self._most_usd(cell, price)
        asked = {
            question.id: Asked(asking(cell.id, question.id), most_usd(question)) for question in questions
        }
        reservations = Reservations(self.purchases, list(asked.values()), halt.raise_stopped)

        async def ask(question: Question) -> None:
            async with nullcontext() if pacing_here() else self.in_flight:
                if halt.requested:
                    return
                wanted = asked[question.id]
                await reservations.need(wanted.what)
                self.groups.add(await self._answer(cell, model, question, provider, wanted))

        try:
            await do_all(questions, ask, slots=self.width, stop=halt)
        finally:
            reservations.give_back()

    def in_batches(
        self,
        cell: Cell,
        model: str,
        questions: Sequence[Question],
        rows: dict[int, BatchRow],
        price: Prices | None,
    ) -> AskedCell:
        """The same questions, to be asked in batches; `rows` are the cell's batches until now."""
        named = {question.id: question for question in questions}
        return AskedCell(cell, model, self.sampling_of(cell), named, self._most_usd(cell, price), rows)

    def _most_usd(self, cell: Cell, price: Prices | None) -> Callable[[Question], float | None]:
        """Gives the most that a question of a cell can cost."""
        sampling = self.sampling_of(cell)
        uncapped = uncapped_thoughts(self.profile_of(cell.model)[0], sampling.thoughts)
        most = sampling.most_tokens + uncapped
        return lambda question: most_asking_usd(
            price, text_in(self.prompt_of(cell, question)), most, tuned=cell.costs_as_tuned
        )

    async def _answer(
        self, cell: Cell, model: str, question: Question, provider: Asks, wanted: Asked
    ) -> Answer:
        retried = None if self.retried is None else partial(self.retried, cell.id)
        paid = Paid(self.purchases, wanted, self.stop.raise_stopped, retried=retried)
        try:
            with self.stop.counting(), about(tag=f"{cell.id} {question.id}"), paid:
                prompt = self.prompt_of(cell, question)
                reply = await provider.ask(model, prompt, self.sampling_of(cell))
        except Rejected as rejected:
            return Answer(cell.id, question.id, "", "", str(rejected), 0, 0)
        used = reply.prompt_tokens, reply.answer_tokens
        text, altered = self.keep(reply.text)
        return Answer(cell.id, question.id, text, reply.finish, "", *used, altered)
