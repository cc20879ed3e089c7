"""The questions of a cell: what is reserved for each, how many are in flight, what is kept of the answers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import pytest

from fbench.datasets.model import AnswerKind, Question, Split
from fbench.errors import Incomplete
from fbench.messages import Prompt
from fbench.providers.model import Rejected, Reply, Sampling
from fbench.providers.pacing import Pacer, paced_as
from fbench.request_context import current_attempt, current_tag
from fbench.runner.attempts import AHEAD
from fbench.runner.budget import Asked
from fbench.runner.cells import Cell
from fbench.runner.evaluate import Examiner
from fbench.runner.experiment import Prices
from fbench.runner.pool import Groups
from fbench.runner.stop import Stop
from fbench.runner.store import Answer
from tests.pipeline.sinks import Unasked, WithoutLimit

if TYPE_CHECKING:
    from fbench.cassette.scrub.placeholders import Alteration

OPENAI, GEMINI = "openai:gpt-4o-mini-2024-07-18", "vertex:gemini-2.5-pro"
PRICES = Prices(train=0.0, base_input=1.0, base_output=2.0, tuned_input=10.0, tuned_output=20.0)


def questions(count: int) -> list[Question]:
    about = {"task": "t", "split": Split.MEMORIZATION, "fact": "f", "cluster": "f"}
    said: dict[str, Any] = {"prompt": "Why?", "text": "Why?", "gold": ("a",), "kind": AnswerKind.SHORT}
    return [Question(id=f"q{number}", **about, **said) for number in range(count)]


class Sink(WithoutLimit):
    """Keeps what may be spent on each question."""

    def __init__(self) -> None:
        super().__init__()
        self.most_usd: list[float | None] = []

    def reserve(self, asked: Sequence[Asked]) -> int:
        self.most_usd += [each.most_usd for each in asked]
        return super().reserve(asked)


class Service(Unasked):
    """Answers each question after a while, or raises the error that stands for it."""

    def __init__(self, stop: Stop, errors: dict[int, Exception]) -> None:
        self.stop, self.errors = stop, errors
        self.asked: list[tuple[str, Prompt, Sampling]] = []
        self.tags: list[str] = []
        self.now = self.most = 0

    async def ask(self, model: str, prompt: Prompt, sampling: Sampling) -> Reply:
        number = len(self.asked)
        self.asked.append((model, prompt, sampling))
        self.tags.append(current_tag.get())
        assert current_attempt.get() is not None
        self.now += 1
        self.most = max(self.most, self.now)
        assert self.stop.in_flight == self.now
        await asyncio.sleep(0.001)
        self.now -= 1
        if number in self.errors:
            raise self.errors[number]
        return Reply(f"answer {number}", "stop", 3, 1)


class Examination:
    """A cell that is asked some questions."""

    def __init__(self, *, in_flight: int = 100, width: int = 100, **errors: Exception) -> None:
        self.stop, self.sink = Stop(), Sink()
        self.service = Service(self.stop, {int(name[1:]): error for name, error in errors.items()})
        self.kept: list[Answer] = []
        self.in_flight, self.width = in_flight, width

    def go(
        self, count: int, model: str = OPENAI, epochs: int = 0, *, paced: bool = False, cap: int | None = None
    ) -> list[Answer]:
        def keep(text: str) -> tuple[str, Alteration]:
            return text.upper(), "replaced"

        async def story() -> None:
            groups = Groups[Answer](self.kept.extend)
            slots = asyncio.Semaphore(self.in_flight)
            examiner = Examiner(
                lambda _, question: question.prompt,
                lambda _: Sampling().thinking(cap),
                groups,
                self.sink,
                slots,
                self.width,
                self.stop,
                keep,
            )
            pacer = cast("Pacer", object()) if paced else None
            try:
                with paced_as(pacer, slots):
                    cell = Cell("c", model, "t", epochs, 0)
                    await examiner.examine(cell, "the model", questions(count), self.service, PRICES)
            finally:
                groups.flush()

        asyncio.run(story())
        return self.kept


def test_an_answer_is_kept_as_a_recording_does_under_its_cell_and_question() -> None:
    story = Examination()
    assert story.go(2) == [
        Answer("c", f"q{number}", f"ANSWER {number}", "stop", "", 3, 1, "replaced") for number in (0, 1)
    ]
    assert story.service.asked == [("the model", "Why?", Sampling())] * 2
    assert story.service.tags == ["c q0", "c q1"]
    assert story.stop.in_flight == 0


def test_a_question_that_is_rejected_is_an_answer_that_says_why() -> None:
    story = Examination(q1=Rejected("too long"))
    assert story.go(2)[1] == Answer("c", "q1", "", "", "too long", 0, 0)
    assert story.sink.unsent == story.sink.kept == []


@pytest.mark.parametrize(
    ("model", "epochs", "cap", "usd"),
    [
        (OPENAI, 0, None, 20 * 1 + 100 * 2),
        (OPENAI, 1, None, 20 * 10 + 100 * 20),
        (OPENAI, 0, 7, 20 * 1 + 107 * 2),
        (GEMINI, 0, None, 20 * 1 + (100 + 32768) * 2),
        (GEMINI, 2, 7, 20 * 10 + 107 * 20),
    ],
)
def test_a_question_is_reserved_at_its_longest_answer_with_the_thoughts_that_may_go_before(
    model: str, epochs: int, cap: int | None, usd: int
) -> None:
    story = Examination()
    story.go(1, model, epochs, cap=cap)
    assert story.sink.most_usd == [usd / 1e6]


@pytest.mark.parametrize(("paced", "most"), [(False, 3), (True, 5)])
def test_a_pacer_decides_in_the_place_of_the_number_that_may_be_in_flight(*, paced: bool, most: int) -> None:
    story = Examination(in_flight=3, width=5)
    assert len(story.go(20, paced=paced)) == 20
    assert story.service.most == most


def test_after_a_failure_what_is_in_flight_is_kept_and_what_was_not_sent_is_given_back() -> None:
    story = Examination(width=4, q5=Incomplete("it went away"))
    with pytest.raises(Incomplete, match="it went away"):
        story.go(2 * AHEAD)
    asked = len(story.service.asked)
    assert 5 < asked < 10
    assert len(story.kept) == asked - 1
    answered = [f"ask c {answer.question}" for answer in story.kept]
    assert sorted([*answered, *story.sink.kept, *story.sink.unsent]) == sorted(story.sink.reserved)
    assert len(story.sink.reserved) == AHEAD


def test_after_a_stop_no_question_is_asked() -> None:
    story = Examination()
    story.stop.request()
    assert story.go(3) == []
    assert story.sink.reserved == []
    assert story.service.asked == []


def test_a_question_that_waited_for_its_slot_is_not_asked_after_a_stop() -> None:
    story = Examination(in_flight=1, width=3)

    class Stops(Service):
        async def ask(self, model: str, prompt: Prompt, sampling: Sampling) -> Reply:
            self.stop.request()
            return await super().ask(model, prompt, sampling)

    story.service = Stops(story.stop, {})
    assert [answer.question for answer in story.go(3)] == ["q0"]
