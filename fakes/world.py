"""The state of all fake services: what was uploaded, created, trained. No HTTP in it."""

from __future__ import annotations

from collections.abc import Iterable
from threading import RLock
from typing import TYPE_CHECKING, Any

from fakes.failures import Fault, Faults, JobFailure
from fakes.gemini.account import Gemini
from fakes.ids import Ids
from fakes.learners import Learner, load
from fakes.limits import Limits
from fakes.openai.account import OpenAI
from fakes.storage.account import Storage
from fakes.timeline import ByObservation, Pace
from fakes.vertex.account import Vertex
from fakes.work import Work

if TYPE_CHECKING:
    from respx.patterns import Pattern

    from fakes.user_routes import UserRoute, UserRoutes

__all__ = ["World"]


class World:
    """One world: an OpenAI account, a Vertex AI project, a user of the Gemini API, and the buckets of Cloud
    Storage.

    Args:
        seed: enters every id and the order of training; two worlds with the same seed that see the same
            calls answer the same bytes.
        prior: pairs of prompt and answer that every base model already knows, such as the facts that were
            right before an update.
        pace: what moves jobs on; by default `fakes.timeline.ByObservation`.
        faults: what fails on purpose (`fakes.failures`): calls, jobs, batches and files. More can be set
            later, by `world.faults.set`.
        limits: requests and tokens a minute for each model; by default there are none.
        any_id: OpenAI answers for ids that were never created too: what a call names is made on demand.
        learner: what a fine-tuned model answers, as a learner or its name (`fakes.learners.load`); by default
            `fakes.learners.softmax.SoftmaxLearner`, which trains.

    Raises:
        ValueError: there is no learner of that name, or it cannot be made without options.

    A world may be used from several threads: `lock` is held while a request is answered. `user_routes` are
    None until there is one: see `route`.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        prior: Iterable[tuple[str, str]] = (),
        learner: Learner | str | None = None,
        pace: Pace | None = None,
        faults: Iterable[Fault | JobFailure] = (),
        limits: Limits | None = None,
        any_id: bool = False,
    ) -> None:
        if learner is None or learner == "softmax":
            from fakes.learners.softmax import SoftmaxLearner  # noqa: PLC0415 - only this learner needs NumPy

            learner = SoftmaxLearner(prior, seed=seed)
        elif isinstance(learner, str):
            learner = load(learner)
        self.seed, self.any_id = seed, any_id
        self.learner = learner
        self.lock = RLock()
        self.ids = Ids(seed)
        self.faults = Faults(self.ids, faults)
        self.limits = limits
        self.pace = pace or ByObservation()
        self.user_routes: UserRoutes | None = None
        failures = self.faults.job_failures
        self.storage = Storage(self.ids)
        self.openai = OpenAI(self.ids, learner, seed, self.pace, failures, any_id=any_id)
        self.vertex = Vertex(self.ids, learner, self.storage, self.pace, failures)
        self.gemini = Gemini(self.ids, self.vertex)

    def settle(self) -> None:
        """Moves every job as far as the pace says, as reading the lists of jobs would."""
        with self.lock:
            for work in self._works():
                work.observe(glance=True)

    def advance(self) -> None:
        """Moves every job one phase on, whatever the pace."""
        with self.lock:
            for work in self._works():
                work.step()

    def route(self, *patterns: Pattern, name: str | None = None, **lookups: Any) -> UserRoute:
        """A route of your own, which answers before the fakes do: a respx route, by respx's patterns and
        lookups.

            busy = world.route(method="POST", path="/v1/chat/completions", json__model="gpt-4o", name="busy")
            busy.respond(503, json={"error": {"message": "Overloaded."}})
            world.route(path__regex=":generateContent$").mock(side_effect=[httpx2.ReadTimeout("slow"),
            answer]) world.route(method="POST", path="/v1/files", name="uploads").pass_through() ... assert
            world.routes["uploads"].call_count == 1 world.assert_all_called()

        `.respond(...)` gives a response, `.mock(side_effect=...)` an error, a function of the request, or a
        list of what happens at each call; `.pass_through()` leaves the answer to the fake and keeps the call.
        A side effect that returns None leaves the call to the next route, and in the end to the fake.
        Responses and errors may be those of httpx2 or of httpx; the request that a function gets is one of
        httpx. Nothing may be async: the same route answers sync and async clients. `.called`, `.call_count`
        and `.calls` tell of the calls; the last 1,000 are kept.

        Patterns (https://lundberg.github.io/respx/api/#patterns) see the URL that the client asks for; on a
        server the vendor's, such as `https://api.openai.com/v1/chat/completions`. Routes are tried in the
        order in which they were added. They take requests to any host, whether a fake is there or not. Faults
        happen to their calls too; credentials and limits are not checked, and a server's journal does not
        keep what they answered.

        Args:
            patterns: patterns of `respx.patterns`.
            name: by which `world.routes[name]` finds the route.
            lookups: patterns by keyword, such as `method="POST"`, `path__startswith="/v1"`, `headers={...}`.

        Raises:
            ValueError: there is a route of that name or with the same patterns already, or respx does not
                know a lookup.
        """
        with self.lock:
            return self.routes.add(*patterns, name=name, **lookups)

    @property
    def routes(self) -> UserRoutes:
        """The routes of your own, by name: `world.routes["busy"].calls.last.request`."""
        if self.user_routes is None:
            from fakes.user_routes import UserRoutes  # noqa: PLC0415 - only worlds with such a route need respx

            self.user_routes = UserRoutes()
        return self.user_routes

    def assert_all_called(self) -> None:
        """Raises AssertionError, with their names or patterns, where routes of your own were not called."""
        if self.user_routes is not None:
            self.user_routes.assert_all_called()

    def _works(self) -> list[Work]:
        openai, vertex = self.openai, self.vertex
        return [
            *openai.jobs.values(),
            *openai.batches.values(),
            *vertex.jobs.values(),
            *vertex.batches.values(),
        ]
