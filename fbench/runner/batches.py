"""Ask the questions of cells in batches: create them, watch them until they end, and save their answers.

A batch is paid for as its answers are, so a row of the store says that it is intended before it is created,
and as what it was created, and that it has ended together with its answers. Whatever ends the run, the batch
is found again by its row or its key, and nothing is asked twice.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fbench.clock import Clock
from fbench.datasets.model import Question
from fbench.errors import (
    BudgetReached,
    CassetteMiss,
    FbenchError,
    Incomplete,
    ProviderFailed,
    ProviderStopped,
)
from fbench.messages import Prompt
from fbench.plurals import counted
from fbench.providers.batches import Batch, BatchAnswers, BatchProvider, BatchSpec, BatchState
from fbench.providers.model import CannotTell, Rejected, Sampling
from fbench.providers.retry import look_for
from fbench.request_context import current_attempt
from fbench.runner.attempts import asking, reserved
from fbench.runner.budget import Asked
from fbench.runner.cells import Cell
from fbench.runner.sink import Sink
from fbench.runner.stop import Stop
from fbench.runner.store import Answer, BatchRow

if TYPE_CHECKING:
    from fbench.cassette.scrub.placeholders import Alteration

__all__ = ["LOOKS", "TIMES", "AskedCell", "BatchExaminer"]

LOOKS = 12_000
"""The batch counts as stuck after this many looks: 100 hours of looks half a minute apart. Vertex AI lets
batches wait for three days and work for one."""

TIMES = 2
"""In how many batches a question is asked at most before the run ends, to be resumed."""


@dataclass(slots=True)
class AskedCell:
    """A cell, its model and how it is asked, and the questions that still have no answer, by id.

    Attributes:
        most_usd: gives the most that a question can cost.
        rows: the batches of the cell until now, by number.
        tries: in how many batches a question was, as far as this process knows.
    """

    cell: Cell
    model: str
    sampling: Sampling
    questions: dict[str, Question]
    most_usd: Callable[[Question], float | None]
    rows: dict[int, BatchRow]
    tries: Counter[str] = field(default_factory=Counter[str])

    def spec(self, key: str, questions: Iterable[str], prompt_of: Callable[[Cell, str], Prompt]) -> BatchSpec:
        """A batch of these questions."""
        prompts = tuple(prompt_of(self.cell, each) for each in questions)
        return BatchSpec(key, self.model, prompts, self.sampling)

    def left(self, opened: Iterable[BatchRow]) -> list[Question]:
        """The questions that may be asked in one more batch, and are in none that is open."""
        asked = {name for row in opened for name in row.questions}
        return [q for q in self.questions.values() if self.tries[q.id] < TIMES and q.id not in asked]


@dataclass(frozen=True, slots=True)
class _Open:
    """A batch that was created and has not been read to its end."""

    asked: AskedCell
    row: BatchRow
    batch: Batch
    spec: BatchSpec


@dataclass(frozen=True, slots=True)
class BatchExaminer:
    """Asks models the questions of their cells in batches.

    `slots` are those of the units of the process: the unit's own is free while its batches are watched. The
    prompts are those of all questions of a cell, by id, as a batch of an earlier process may have asked some
    that are answered by now. `keep` gives an answer as a recording stores it, see `Connection`.
    """

    sink: Sink
    clock: Clock
    poll_seconds: float
    look_seconds: float
    stop: Stop
    slots: asyncio.Semaphore
    retry_errors: bool
    run_id: str | None
    prompt_of: Callable[[Cell, str], Prompt]
    keep: Callable[[str], tuple[str, Alteration]] = lambda text: (text, "")

    async def examine(self, cells: Sequence[AskedCell], batches: BatchProvider, *, begin: bool) -> None:
        """Ask all questions of the cells; without `begin`, only see batches of before to their end.

        Answers are saved, and their questions taken out of the cells.

        Raises:
            ProviderFailed: the service refuses a batch, or all that is asked of a model.
            Incomplete: a batch did not end, or questions are left that were asked often enough.
            Stopped: a stop was requested; batches that are running are known, and are watched again later.
        """
        opened = [found for asked in cells for found in await self._known(asked, batches)]
        failures: list[FbenchError] = []
        while True:
            if begin and not failures:
                await self._begin(cells, opened, batches)
            if not opened:
                break
            failures += await self._watch(opened, batches)
            opened = []
        is_open = any(row.state != "ended" for asked in cells for row in asked.rows.values())
        if failures and (begin or is_open):
            raise next((each for each in failures if isinstance(each, ProviderFailed)), failures[0])
        if not begin:
            return
        if left := [asked for asked in cells if asked.questions]:
            first = left[0]
            count = sum(len(asked.questions) for asked in left)
            raise Incomplete(
                f"cell {first.cell.id}: {counted(count, 'question')} got no answer in {TIMES} batches. What "
                "was answered is saved: go on with `fbench resume`."
            )

    async def _known(self, asked: AskedCell, batches: BatchProvider) -> list[_Open]:
        """The batches of an earlier process that have not ended, as far as they exist."""
        found: list[_Open] = []
        for row in list(asked.rows.values()):
            if row.state == "ended":
                continue
            batch = await self._read(row, batches) if row.batch else await self._look_for(row, batches)
            if batch is None:
                self._unanswered(row, asked, are_paid=row.batch is not None)
                self._save(asked, row._replace(state="ended", error="it does not exist"))
            else:
                found.append(self._opened(asked, row, batch))
        return found

    async def _read(self, row: BatchRow, batches: BatchProvider) -> Batch | None:
        try:
            return await batches.read(row.batch or "")
        except ProviderStopped:
            raise
        except (ProviderFailed, Rejected) as error:
            if self.retry_errors:
                return None
            raise ProviderFailed(
                f"{error}. Look at the batch there; `fbench resume` looks again, and with --retry-errors "
                "asks its questions again if it is gone."
            ) from error

    async def _look_for(self, row: BatchRow, batches: BatchProvider) -> Batch | None:
        """A batch that was being created when the run ended; it may be listed late."""
        try:
            return await look_for(lambda: batches.find(row.key), self.clock, self.look_seconds)
        except ProviderStopped:
            raise
        except (ProviderFailed, Rejected) as error:
            if self.retry_errors:
                return None
            raise CannotTell(
                f"cell {row.cell}: a batch was being created when the run ended, and the service does not "
                f"list its batches ({error}). Look there whether it exists; `fbench resume` looks again, and "
                "with --retry-errors creates another one."
            ) from error

    def _opened(self, asked: AskedCell, row: BatchRow, batch: Batch) -> _Open:
        row = row._replace(state="created", batch=batch.id)
        self._save(asked, row)
        asked.tries.update(row.questions)
        return _Open(asked, row, batch, asked.spec(row.key, row.questions, self.prompt_of))

    async def _begin(self, cells: Sequence[AskedCell], opened: list[_Open], batches: BatchProvider) -> None:
        """Create a batch for what is left of each cell, or several where one would be too large.

        They are added to what is open. The budget may have no room for all: then the rest waits for what
        these batches will leave of it, and where nothing is open, for what other units leave.
        """
        for asked in cells:
            while questions := asked.left(each.row for each in opened if each.asked is asked):
                self.stop.raise_stopped()
                named = [each.id for each in questions]
                count = batches.fitting(asked.spec("", named, self.prompt_of))
                wanted = [Asked(asking(asked.cell.id, q.id), asked.most_usd(q)) for q in questions[:count]]
                room = await self._room(wanted, waits=not opened)
                if not room:
                    return
                opened.append(await self._create(asked, named[:room], batches))

    async def _room(self, wanted: Sequence[Asked], *, waits: bool) -> int:
        if waits:
            return await reserved(self.sink, wanted, self.stop.raise_stopped)
        try:
            return self.sink.reserve(wanted)
        except BudgetReached:
            return 0

    async def _create(self, asked: AskedCell, questions: Sequence[str], batches: BatchProvider) -> _Open:
        number = max(asked.rows, default=0) + 1
        known_by = json.dumps([self.run_id, asked.cell.id, number, questions], ensure_ascii=False)
        key = hashlib.sha256(known_by.encode()).hexdigest()[:32]
        row = BatchRow(asked.cell.id, number, key, "intended", None, tuple(questions))
        self._save(asked, row)
        spec = asked.spec(key, questions, self.prompt_of)
        creation = _Creation()
        try:
            with self.stop.counting(), creation.noting():
                batch = await self._created(spec, batches)
        except BaseException as error:
            refused = isinstance(error, ProviderFailed | Rejected)
            is_clear = isinstance(error, FbenchError | Rejected) and not creation.may_have_created
            self._unanswered(row, asked, are_paid=not (refused or is_clear))
            if refused:
                self._save(asked, row._replace(state="ended", error=str(error)))
            if isinstance(error, Rejected):
                raise ProviderFailed(str(error)) from error
            raise
        return self._opened(asked, row, batch)

    async def _created(self, spec: BatchSpec, batches: BatchProvider) -> Batch:
        try:
            return await batches.create(spec)
        except CassetteMiss:
            # the response to the creation was lost when it was recorded, and the batch was found again
            found = await look_for(lambda: batches.find(spec.key), self.clock, self.look_seconds)
            if found is None:
                raise
            return found

    async def _watch(self, opened: Sequence[_Open], batches: BatchProvider) -> list[FbenchError]:
        """See batches to their end. Meanwhile, if that takes time, others have the slot.

        Each is saved without the slot: those that have the slots may wait for the room in a budget that its
        end leaves.
        """
        takes_time = self.poll_seconds and any(each.batch.state is BatchState.RUNNING for each in opened)
        if takes_time:
            self.slots.release()
        try:
            ends = await asyncio.gather(
                *(self._ended(each, batches) for each in opened), return_exceptions=True
            )
        finally:
            if takes_time:
                await self.slots.acquire()
        if broken := [each for each in ends if each is not None and not isinstance(each, FbenchError)]:
            raise broken[0]
        return [each for each in ends if isinstance(each, FbenchError)]

    async def _ended(self, opened: _Open, batches: BatchProvider) -> FbenchError | None:
        """See a batch to its end, and return why there is no use in another one, if there is none."""
        row, asked = opened.row, opened.asked
        try:
            batch = await self._last(opened, batches)
            if batch.state is BatchState.FAILED:
                self._unanswered(row, asked, are_paid=False)
                self._save(asked, row._replace(state="ended", error=batch.error))
                said = (
                    f"cell {row.cell}: batch {batch.id} failed as a whole, and is not paid for: {batch.error}"
                )
                return Incomplete(f"{said}.") if batch.passes else ProviderFailed(said)
            found = await self._answers(opened, batches)
        except BaseException as error:
            self._unanswered(row, asked, are_paid=True)  # nobody waits for its end
            if isinstance(error, Rejected):
                raise ProviderFailed(str(error)) from error
            raise
        answers = list(self._made(row, asked, found))
        for answer in answers:
            del asked.questions[answer.question]
        self._unanswered(row, asked, are_paid=found.is_unclear)
        self._save(asked, row._replace(state="ended"), answers)
        return found.refused

    async def _last(self, opened: _Open, batches: BatchProvider) -> Batch:
        batch, looks = opened.batch, 0
        while batch.state is BatchState.RUNNING:
            if looks == LOOKS:
                raise Incomplete(
                    f"cell {opened.row.cell}: batch {batch.id} was looked at {counted(looks, 'time')} and is "
                    "still not done. Look at it where it runs; `fbench resume` goes on watching it."
                )
            await self.stop.sleep(self.clock, self.poll_seconds)
            batch = await batches.read(batch.id)
            looks += 1
        return batch

    async def _answers(self, opened: _Open, batches: BatchProvider) -> BatchAnswers:
        try:
            return await batches.answers(opened.batch.id, opened.spec)
        except ProviderStopped:
            raise
        except (ProviderFailed, Rejected) as error:
            if self.retry_errors:
                return BatchAnswers(is_unclear=True)
            raise ProviderFailed(
                f"{error}. The answers of batch {opened.batch.id} are paid for; `fbench resume` looks again, "
                "and with --retry-errors asks its questions again."
            ) from error

    def _made(self, row: BatchRow, asked: AskedCell, found: BatchAnswers) -> Iterable[Answer]:
        for place, name in enumerate(row.questions):
            if name not in asked.questions:
                continue  # it is answered already
            if (reply := found.replies.get(place)) is not None:
                text, altered = self.keep(reply.text)
                used = reply.prompt_tokens, reply.answer_tokens
                yield Answer(row.cell, name, text, reply.finish, "", *used, altered)
            elif place in found.rejected:
                yield Answer(row.cell, name, "", "", found.rejected[place], 0, 0)

    def _unanswered(self, row: BatchRow, asked: AskedCell, *, are_paid: bool) -> None:
        """Those of a batch's questions that have no answer may be paid for nevertheless, or are not."""
        names = [asking(row.cell, each) for each in row.questions if each in asked.questions]
        if are_paid:
            for each in names:
                self.sink.unclear(each)
        elif names:
            self.sink.give_back(names)

    def _save(self, asked: AskedCell, row: BatchRow, answers: Sequence[Answer] = ()) -> None:
        self.sink.batch(row, answers)
        asked.rows[row.number] = row


class _Creation:
    """The attempt at creating a batch: what is known of its end, see `fbench.request_context.Attempt`."""

    def __init__(self) -> None:
        self.may_have_created = False

    def failed(self, *, may_be_paid: bool) -> None:
        """As `Attempt.failed`."""
        self.may_have_created = self.may_have_created or may_be_paid

    async def again(self) -> None:
        """As `Attempt.again`: nothing is paid for besides another, as the batch is looked for between."""

    @contextmanager
    def noting(self) -> Generator[None]:
        """In the block, requests of this task are a part of this attempt."""
        token = current_attempt.set(self)
        try:
            yield
        finally:
            current_attempt.reset(token)
