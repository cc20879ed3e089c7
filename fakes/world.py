"""The state of all fake services: files, jobs, models. It contains no HTTP."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeVar

from fakes.answer_counts import Tally
from fakes.azure.account import Azure
from fakes.behaviours.models import Behaviours, Shares
from fakes.behaviours.services import LostAnswers, ServiceBehaviour, services_of
from fakes.behaviours.settings import settings_from_environment
from fakes.failures import Fault, Faults, JobFailure
from fakes.gemini.account import Gemini
from fakes.ids import Ids
from fakes.learners import Learner, find_learner
from fakes.learners.capabilities import is_slow
from fakes.learners.turns import Turn
from fakes.limits import Limits
from fakes.nebius.account import Nebius
from fakes.openai.account import OpenAI
from fakes.repeated_requests import Draws
from fakes.request_log import RequestLog
from fakes.storage.account import Storage
from fakes.stream_pace import StreamPace
from fakes.timeline import ByClock, ByObservation, Pace
from fakes.vertex.account import Vertex
from fakes.work import Work
from fakes.world_date import DEFAULT_DATE, WorldDate

if TYPE_CHECKING:
    from respx.patterns import Pattern

    from fakes.user_routes import UserRoute, UserRoutes

__all__ = ["World"]

Account = TypeVar("Account", bound=OpenAI)


class World:
    """One world: accounts of OpenAI, Nebius and Azure OpenAI, a Vertex AI project, a user of the Gemini API,
    and the buckets of Cloud Storage.

    Args:
        seed: an input to every id and to the order of training; two worlds with the same seed that get the
            same calls answer with the same bytes.
        prior: pairs of prompt and answer that every base model already knows, such as the answers from before
            an update.
        pace: what moves jobs on; by default `fakes.timeline.ByObservation`.
        faults: deliberate failures (`fakes.failures`) of calls, jobs, batches and files. More can be set
            later, by `world.faults.set`.
        limits: requests and tokens per minute for each model; by default there are none.
        any_id: OpenAI also answers for ids that were never created: the object that a call names is created
            on demand.
        learner: the source of a fine-tuned model's answers, as a learner, or as its name or name and file
            (`fakes.learners.find_learner`); by default `fakes.learners.softmax.SoftmaxLearner`, which trains.
        behaviours: how models behave besides what they know, by pattern of their names: the share of each
            behaviour (`fakes.behaviours.Kind`), such as `{"gpt-4o*": {"verbose": 0.5, "thinking": 0.2}}`. By
            default what `FAKES_BEHAVIOUR` in the environment says (`fakes.behaviours.settings`), and without
            it all are terse.
        services: how services behave (`fakes.behaviours.ServiceBehaviour`), by name, such as
            `{"openai": {"lists_late": 2}}`.
        fresh: a request without a seed is answered anew each time it comes, as at the services. By default
            equal requests get equal answers. What is drawn depends on the world's seed, the request and how
            often it came before: two worlds with the same seed that get the same calls still agree.

        streams: how fast models say what is streamed, by pattern of their names, such as
            `{"gpt-4o*": StreamPace(0.4, 60)}` (`fakes.stream_pace`): the first pattern that fits. A server
            really waits; clients of this process do not.
        day: the date at which the world stands, such as "2026-11-28": models answer and can be tuned as
            `fakes.model_table` says of it, and what is made has a time of that day. It is 2026-01-01 by
            default, never today. `world.date.set("2027-01-07")` sets another one later.

    Raises:
        ValueError: there is no learner with that name, its file is wrong, or it has no use for a prior; or a
            behaviour or the date is invalid.

    A world may be used from several threads: `lock` is held while a request is answered, but not while a slow
    model writes (`turn`, `fakes.learners.turns`). `user_routes` is None until there is one: see `route`.
    `requests` has the last requests of all clients, without credentials
    (`fakes.request_log`): `world.requests.find(path="/v1/chat/*", status=429)`.
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
        behaviours: Mapping[str, Shares | str] | None = None,
        services: Mapping[str, ServiceBehaviour | Mapping[str, object]] | None = None,
        fresh: bool = False,
        streams: Mapping[str, StreamPace] | None = None,
        day: date | str = DEFAULT_DATE,
    ) -> None:
        if learner is None or isinstance(learner, str):
            learner, _ = find_learner(learner or "softmax", prior=prior, seed=seed)
        self.seed, self.any_id, self.fresh = seed, any_id, fresh
        self.learner = learner
        self.lock = RLock()
        self.turn = Turn(self.lock) if is_slow(learner) else self.lock
        self.ids, self.date = Ids(seed), WorldDate(day)
        self.faults = Faults(self.ids, faults)
        self.limits = limits
        self.pace = pace or ByObservation()
        self.user_routes: UserRoutes | None = None
        self.requests = RequestLog()
        self.streams = dict(streams or {})
        failures = self.faults.job_failures
        self.storage = Storage(self.ids, self.date)
        self.behaviours, self.tally, self.lost = Behaviours(self.ids), Tally(), LostAnswers(self.ids)
        draws = Draws(self.ids, fresh=fresh)

        def account(kind: type[Account], ids: Ids, draws: Draws, *, any_id: bool = False) -> Account:
            return kind(
                ids,
                learner,
                seed,
                self.pace,
                failures,
                any_id=any_id,
                behaviours=self.behaviours,
                tally=self.tally,
                draws=draws,
                date=self.date,
            )

        self.openai = account(OpenAI, self.ids, draws, any_id=any_id)
        theirs = Ids(seed), Ids(seed)  # each account counts its own equal creations
        self.nebius = account(Nebius, theirs[0], Draws(theirs[0], fresh=fresh))
        self.azure = account(Azure, theirs[1], Draws(theirs[1], fresh=fresh))
        self.vertex = Vertex(
            self.ids,
            learner,
            self.storage,
            self.pace,
            failures,
            behaviours=self.behaviours,
            tally=self.tally,
            draws=draws,
            date=self.date,
        )
        self.gemini = Gemini(self.ids, self.vertex)
        if behaviours is None or services is None:
            named = settings_from_environment()
            behaviours = named.models if behaviours is None else behaviours
            services = named.services if services is None else services
        self.behave(behaviours, services)

    def settle(self) -> None:
        """Move every job as far as the pace says, as reading the lists of jobs would."""
        with self.turn:
            for _, work in self.works():
                work.observe(glance=True)

    def advance(self) -> None:
        """Move every job on by one phase, whatever the pace."""
        with self.turn:
            for _, work in self.works():
                work.step()

    def behave(
        self,
        models: Mapping[str, Shares | str],
        services: Mapping[str, ServiceBehaviour | Mapping[str, object]],
    ) -> None:
        """Replace the behaviours of models and services, as the arguments `behaviours` and `services` say.

        Raises:
            ValueError: a behaviour is invalid; nothing is changed then.
        """
        read = services_of(services)
        for name, behaviour in read.items():
            if behaviour.lists_late_seconds and not isinstance(self.pace, ByClock):
                raise ValueError(
                    f"behaviour of {name}: lists_late_seconds needs a pace with a clock, "
                    "fakes.timeline.ByClock. Without one, count calls by lists_late."
                )
        with self.lock:
            self.behaviours.set(models)
            self.services = read
            for account in self.accounts:
                account.listings.behaviour = read.get(account.service, ServiceBehaviour())
            self.vertex.listings.behaviour = read.get("vertex", ServiceBehaviour())
            self.lost.shares = {name: behaviour.loses for name, behaviour in read.items()}

    def route(self, *patterns: Pattern, name: str | None = None, **lookups: Any) -> UserRoute:
        """Add a route of your own, which answers before the fakes do: a respx route, with respx's patterns.

            busy = world.route(method="POST", path="/v1/chat/completions", json__model="gpt-4o", name="busy")
            busy.respond(503, json={"error": {"message": "Overloaded."}})
            world.route(path__regex=":generateContent$").mock(
                side_effect=[httpx2.ReadTimeout("slow"), answer]
            )
            world.route(method="POST", path="/v1/files", name="uploads").pass_through()
            ...
            assert world.routes["uploads"].call_count == 1
            world.assert_all_called()

        `.respond(...)` gives a response, `.mock(side_effect=...)` an error, a function of the request, or a
        list with an effect for each call; `.pass_through()` lets the fake answer and keeps the call. A side
        effect that returns None passes the call to the next route, and finally to the fake. Responses and
        errors may be those of httpx2 or of httpx; a function gets a request of httpx. Nothing may be async:
        the same route answers sync and async clients. `.called`, `.call_count` and `.calls` describe the
        calls; the last 1,000 are kept.

        Patterns (https://lundberg.github.io/respx/api/#patterns) see the URL that the client requests; on a
        server the vendor's, such as `https://api.openai.com/v1/chat/completions`. Routes are tried in the
        order in which they were added. They accept requests to any host, whether a fake is there or not.
        Faults also apply to their calls; credentials and limits are not checked, and a server's journal does
        not keep their answers.

        Args:
            patterns: patterns of `respx.patterns`.
            name: the name with which `world.routes[name]` finds the route.
            lookups: patterns by keyword, such as `method="POST"`, `path__startswith="/v1"`, `headers={...}`.

        Raises:
            ValueError: there is already a route with that name or with the same patterns, or a lookup is
                unknown to respx.
        """
        with self.lock:
            return self.routes.add(*patterns, name=name, **lookups)

    @property
    def routes(self) -> UserRoutes:
        """Your own routes, by name: `world.routes["busy"].calls.last.request`."""
        if self.user_routes is None:
            from fakes.user_routes import UserRoutes  # noqa: PLC0415 - only worlds with such a route need respx

            self.user_routes = UserRoutes()
        return self.user_routes

    def assert_all_called(self) -> None:
        """Raise AssertionError, with names or patterns, if any of your own routes was not called."""
        if self.user_routes is not None:
            self.user_routes.assert_all_called()

    def works(self) -> list[tuple[str, Work]]:
        """All jobs, batches and deployments, with their ids at OpenAI and their resource names at Vertex AI;
        those of other accounts with the service's name before their own.
        """
        openai, vertex = self.openai, self.vertex
        return [
            *openai.jobs.items(),
            *openai.batches.items(),
            *vertex.jobs.items(),
            *vertex.batches.items(),
            *(
                (f"{account.service}/{name}", work)
                for account in (self.nebius, self.azure)
                for works in (account.jobs, account.batches, account.deployments)
                for name, work in works.items()
            ),
        ]

    @property
    def accounts(self) -> tuple[OpenAI, Nebius, Azure]:
        """The accounts with OpenAI's wire."""
        return self.openai, self.nebius, self.azure
