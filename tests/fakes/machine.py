"""What the state machines of the fakes share: a door that remembers, and a learner with a memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx2
from hypothesis import strategies as st

from fakes import FakeTransport, World
from fakes.learners import Checkpoint, Example, Hyper, Model, Reply, Run, Step

Item = TypeVar("Item")
PICK = st.integers(0, 39)
"""Which of several things: see `pick`."""

NONSENSE: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)
"""Any JSON value."""


def pick(right: Sequence[Item], wrong: Sequence[Item], number: int) -> Item:
    """One of the right things, the first and the last of them most often; now and then a wrong one."""
    things = wrong if not right or number % 8 == 7 else right
    return things[(0, -1, number // 8)[number % 3] % len(things)]


@dataclass(frozen=True)
class Taught:
    """A model that says what it was taught, and for how many epochs."""

    answers: dict[str, str]
    epochs: int = 0

    def answer(self, prompt: str, *, system: str = "", temperature: float = 0.0, seed: int = 0) -> Reply:
        del system, temperature, seed
        return Reply(f"{self.answers.get(prompt, 'nothing')} after {self.epochs}", 0.0)


class MemoryLearner:
    """Trains `Taught` models, one step an epoch."""

    def base(self, name: str) -> Taught:
        del name
        return Taught({})

    def train(
        self, base: Model, examples: Sequence[Example], hyper: Hyper, validation: Sequence[Example] = ()
    ) -> Run:
        del validation
        assert isinstance(base, Taught)
        answers = base.answers | {each.prompt: each.answer for each in examples}
        epochs = range(1, hyper.epochs + 1)
        return Run(
            [Step(epoch, epoch, 1.0, 0.0) for epoch in epochs],
            [Checkpoint(epoch, epoch, Taught(answers, epoch), 1.0, 0.0) for epoch in epochs],
        )


class Door:
    """Sends requests to a world, and can do all of it again to a new one.

    `fits` says whether the body of an error has the vendor's shape.
    """

    def __init__(self, fits: Callable[[Any], bool]) -> None:
        self._fits = fits
        self._world, self._transport = _new()
        self._done: list[tuple[httpx2.Request | None, bytes]] = []

    def send(self, method: str, url: str, body: object = None, kind: str = "application/json") -> Answer:
        """The status and the body; checks that an error is the client's, and looks like the vendor's."""
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        headers = {"authorization": "Bearer fake", "content-type": kind}
        request = httpx2.Request(method, url, content=content, headers=headers)
        answer = _ask(self._transport, request)
        self._done.append((request, answer.raw))
        assert 200 <= answer.status < 500
        if answer.status >= 400:
            assert self._fits(answer.json)
        return answer

    def advance(self) -> None:
        self._world.advance()
        self._done.append((None, b""))

    def check_replay(self) -> None:
        """All that was done gives the same bytes in a world that has not seen it."""
        world, transport = _new()
        for request, before in self._done:
            if request is None:
                world.advance()
            else:
                assert _ask(transport, request).raw == before


@dataclass(frozen=True)
class Answer:
    status: int
    content: bytes
    raw: bytes
    """Everything: status, headers, body."""

    @property
    def json(self) -> Any:
        return json.loads(self.content)


def _new() -> tuple[World, FakeTransport]:
    world = World(seed=7, learner=MemoryLearner())
    return world, FakeTransport(world)


def _ask(transport: FakeTransport, request: httpx2.Request) -> Answer:
    response = transport.handle_request(request)
    content = response.read()
    return Answer(
        response.status_code, content, b"%d %r %b" % (response.status_code, response.headers.raw, content)
    )
