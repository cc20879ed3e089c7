"""Where requests go: to fakes, recordings or services. The only module that joins them with fbench."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fbench.clock import NoWait, Unless, WallClock
from fbench.datasets import general_examples
from fbench.datasets.model import Dataset, Role
from fbench.errors import OfField, UsageError, told
from fbench.plugins import note_use
from fbench.providers.addresses import bases_of, origin_of
from fbench.providers.connection import RESOURCE_VARIABLE, Connection
from fbench.providers.profiles import BUCKET_VARIABLE, NONE_DEFINED, Profile, known_profiles, profile_of
from fbench.request_context import was_replayed
from fbench.value_errors import meant
from fbench.version import __version__

if TYPE_CHECKING:
    from fbench.cassette import Library, Mode
    from fbench.cassette.scrub.placeholders import Alteration

__all__ = [
    "KINDS",
    "LEARNER_VERSION",
    "FakeSettings",
    "check_fakes",
    "check_models",
    "fake",
    "fake_settings",
    "keeper_of",
    "live",
    "open_upstream",
    "own_values",
    "prior_of",
    "provenance_of",
    "recorded_environ",
    "replay",
]

KINDS = ("fake", "live")

LEARNER_VERSION = 2
"""The version of the fakes' learner (`fakes.learners.traits.VERSION`) that new runs begin with."""

_FAKE_PROJECT = "fakes"
_REPLAYED = ("GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_LOCATION", BUCKET_VARIABLE, RESOURCE_VARIABLE)


class FakeSettings(NamedTuple):
    """What decides how fakes answer, besides the experiment: a run keeps the settings with which it began."""

    learner_version: int = LEARNER_VERSION
    behaviours: str = ""
    """The behaviours of models and services, as JSON (`fakes.behaviours.settings`); empty if there are none.

    It is a text, since the first pattern that fits a model's name decides, so their order must be kept.
    """


def fake_settings() -> FakeSettings:
    """The settings for fakes that begin now: today's learner, and the behaviours that the environment names.

    Raises:
        UsageError: the environment names a behaviour that does not exist.
    """
    from fakes.behaviours.settings import settings_from_environment  # noqa: PLC0415 - as below

    try:
        named = settings_from_environment().as_json()
    except ValueError as error:
        raise UsageError(str(error)) from error
    return FakeSettings(behaviours=json.dumps(named) if named else "")


def fake(
    dataset: Dataset,
    *,
    seed: int = 0,
    learner: str | None = None,
    settings: FakeSettings | None = None,
    day: str | None = None,
    defined: Mapping[str, Profile] = NONE_DEFINED,
) -> Connection:
    """Fake services in this process, whose base models know the answers from before the dataset's updates.

    Their models are those of `learner`, which `check_fakes` accepts; by default they are trained. They have
    `settings`, or else those for fakes that begin now, and stand at a date, by default that of all worlds.
    They answer at the URLs of the `defined` profiles too.

    Raises:
        UsageError: as `fake_settings`.
    """
    from fakes import FakeTransport, World  # noqa: PLC0415 - slow to import (NumPy)
    from fakes.behaviours.settings import settings_of  # noqa: PLC0415 - as above
    from fakes.world_date import DEFAULT_DATE  # noqa: PLC0415 - as above
    from fbench.named_learner import NamedLearner, learner_of  # noqa: PLC0415 - it imports httpx2, as the fakes do

    version, behaviours = fake_settings() if settings is None else settings
    named = settings_of(json.loads(behaviours or "{}"))
    world = World(
        seed=seed,
        learner=learner_of(learner or "softmax", prior_of(dataset, general=learner == "tiny"), seed, version),
        behaviours=named.models,
        services=named.services,
        day=DEFAULT_DATE if day is None else day,
    )
    at = {
        profile.steady_url: profile.deploys or profile.wire
        for profile in known_profiles(defined)
        if profile.steady_url and profile.wire != "own"
    }
    transport = FakeTransport(world, at)
    reached = transport if learner is None else NamedLearner(transport, learner)
    return Connection("fake", reached, NoWait(), _stand_ins(defined))


def check_fakes(learner: str | None) -> None:
    """Check the learner that the fakes are given, if any. A plug-in's then counts as used.

    Raises:
        UsageError: there is no such learner, or it cannot be made without options.
    """
    if learner is None:
        return
    if learner.partition(":")[0] == "hf":
        raise OfField("learner", f"a run tunes open weights as --model local:{learner[3:] or 'PATH'}.")
    if ":" in learner:
        served = f"`fbench serve --learner {learner}`, and --upstream live"
        raise OfField("learner", f"a run takes one by its name alone; one with a file serves: {served}.")
    from fakes.learners import load, plugin_of  # noqa: PLC0415 - slow to import (NumPy)

    try:
        plugin = plugin_of(learner)
        load(learner)
    except ValueError as error:
        raise OfField("learner", str(error)) from error
    except Exception as error:
        raise UsageError(f"The learner {learner!r} cannot be made: {told(error)}.") from error
    if plugin is not None:
        note_use(plugin)


def _stand_ins(defined: Mapping[str, Profile]) -> dict[str, str]:
    """Values for the variables of keys and places, for use where no real ones are needed."""
    profiles = known_profiles(defined)
    keys = {profile.key: "sk-fake" for profile in profiles if profile.key}
    places = {p.base_url_variable: p.steady_url for p in profiles if p.steady_url and not p.base_url}
    account = "/subscriptions/fakes/resourceGroups/fakes/providers/Microsoft.CognitiveServices/accounts/fakes"
    google = {"GOOGLE_CLOUD_PROJECT": _FAKE_PROJECT, "GOOGLE_CLOUD_LOCATION": "us-central1"}
    return keys | places | google | {RESOURCE_VARIABLE: account}


def check_models(
    models: Iterable[str], day: str, defined: Mapping[str, Profile] = NONE_DEFINED, *, tuned: bool = True
) -> None:
    """Check that the fakes have the models of a run, written `profile:name`, and can tune them at their date.

    Where they are not `tuned`, it is enough that they answer. Models of a plug-in with a wire format of its
    own are not asked of the fakes. Which models a live service has, only it knows.

    Raises:
        UsageError: they refuse one; says which they have.
    """
    from fakes.model_table import row_of  # noqa: PLC0415 - only runs against fakes need it
    from fakes.nebius.account import Nebius  # noqa: PLC0415 - as above
    from fakes.openai.catalogue import AZURE, OPENAI  # noqa: PLC0415 - as above
    from fakes.vertex import catalogue as vertex  # noqa: PLC0415 - as above
    from fakes.world_date import DEFAULT_DATE  # noqa: PLC0415 - as above

    stands = date.fromisoformat(day)
    catalogues = {each.service: each for each in (OPENAI, AZURE, Nebius.catalogue)}
    known = {name: each.tunable_on(stands) for name, each in catalogues.items()}
    known["vertex"] = vertex.tunable_on(stands)
    for model in models:
        profile, name = profile_of(model, defined)
        service = profile.deploys or profile.wire
        there = known.get(service)
        if there is None or name in there:
            continue
        catalogue = catalogues.get(service)
        answers = catalogue.answers(name, stands) if catalogue else vertex.is_open(name, stands)
        if not tuned and answers:
            continue
        offered = [f"{profile.name}:{each}" for each in there]
        close = meant(model, offered) if row_of(service, name) is None else ""
        row = row_of(service, name)
        why = f"is no model that the fakes {'can tune' if tuned else 'have'}"
        if catalogue.has_ended(name, stands) if catalogue else row and not row.answers_on(stands):
            why = "was shut down"
        elif row and row.tunable and not row.takes_jobs_on(stands):
            why = "takes no new tuning jobs"
        if why.startswith(("was shut", "takes")) and stands != DEFAULT_DATE:
            why += f" by {day}, the date at which the fakes stand (--world-date)"
        if not tuned and (name.startswith("ft:") or (row is None and not close)):
            named = ":".join([profile.name, *name.split(":")[:2], "..."]) if name.startswith("ft:") else model
            raise UsageError(
                f"{named} cannot be asked offline, since the fakes know no finished model of yours: ask the "
                "service with --upstream live, or name a base model for a rehearsal: one of "
                f"{', '.join(offered)}."
            )
        instead = f"name one of {', '.join(offered)}" if offered else "there is none of this service by then"
        raise UsageError(
            f"model {model!r} {why}{close}: {instead}; or, if the service has it, ask the service with "
            "--upstream live."
        )


def live(
    environ: Mapping[str, str] = os.environ, defined: Mapping[str, Profile] = NONE_DEFINED
) -> Connection:
    """The real services, over the network, through the proxies that the environment names."""
    from fbench.providers.header_transport import HeaderTransport  # noqa: PLC0415 - as below
    from fbench.wire import WireTransport  # noqa: PLC0415 - only live runs open sockets

    poll = float(environ.get("FBENCH_POLL_SECONDS") or 30)
    # a server on this machine lists at once, and a test of it does not wait; a service always has its time
    look = min(1.0, poll) if origin_of("live", environ, defined) == "local" else 1.0
    return Connection("live", HeaderTransport(WireTransport()), WallClock(), environ, poll, look)


def open_upstream(
    kind: str,
    dataset: Dataset,
    *,
    seed: int = 0,
    learner: str | None = None,
    cassettes: Path | None = None,
    record: Mode = "none",
    about_run: Mapping[str, object] | None = None,
    settings: FakeSettings | None = None,
    day: str | None = None,
    defined: Mapping[str, Profile] = NONE_DEFINED,
    inner: Connection | None = None,
) -> Connection:
    """A connection of that kind, with the recordings in a folder in front of it if one is given.

    Args:
        kind: one of `KINDS`. Unused if `record` is `none`: everything then comes from the recordings.
        dataset: the source of what fakes already know.
        seed: the seed of the fakes.
        learner: the learner of the fakes, see `fake`.
        cassettes: the folder of the recordings.
        record: what is recorded there, see `fbench.cassette.Cassette`.
        about_run: provenance for each recording, besides service, date and versions.
        settings: those of the fakes, see `fake`.
        day: the date at which they stand.
        defined: by name, the profiles that an experiment defines.
        inner: what answers in the place of one of that kind.

    Raises:
        UsageError: there is no such kind.
        CassetteError: the recordings cannot be used.
    """
    if kind not in KINDS:
        raise UsageError(f"unknown upstream {kind!r}: it is one of {', '.join(KINDS)}.")
    if cassettes is not None and record == "none":
        return replay(cassettes, dataset, defined=defined)
    if inner is None and kind == "fake":
        inner = fake(dataset, seed=seed, learner=learner, settings=settings, day=day, defined=defined)
    inner = inner or live(defined=defined)
    if cassettes is None:
        return inner
    return _recorded(inner, dataset, cassettes, record, about_run or {}, defined=defined)


def replay(
    folder: Path,
    dataset: Dataset,
    library: Library | None = None,
    *,
    defined: Mapping[str, Profile] = NONE_DEFINED,
) -> Connection:
    """The recordings in a folder instead of the services: no waiting, no key, no socket.

    Pass a `library` of that folder to find out afterwards what was replayed.

    Raises:
        CassetteError: there is no recording.
    """
    from fbench.cassette import CassetteTransport, Library, read_index  # noqa: PLC0415 - imported only when it is needed

    provenance = read_index(folder).provenance
    library = library or Library(folder, "none")
    environ = _stand_ins(defined) | dict(provenance.get("variables", {}))
    transport, keep = CassetteTransport(library), keeper_of(folder, dataset)
    return Connection(
        "replay", transport, NoWait(), environ, played=library.played, release=library.release, keep=keep
    )


def keeper_of(folder: Path, dataset: Dataset) -> Callable[[str], tuple[str, Alteration]]:
    """A function that gives answers as the recordings in a folder store them.

    Raises:
        CassetteError: there is no recording.
    """
    from fbench.cassette import Keeper, Scrubber, names_in, older_in, own_in, read_index  # noqa: PLC0415 - imported only when it is needed

    index = read_index(folder)
    scrub, names = Scrubber(own=own_in(index)), names_in(index.provenance)
    return Keeper(scrub, _texts_of(dataset), older=older_in(folder), names=names)


def own_values(dataset: Dataset) -> list[str]:
    """Digests of a dataset's values that look like secrets but are none, in a fixed order."""
    from fbench.cassette import own_of  # noqa: PLC0415 - imported only when it is needed

    return sorted(own_of(_texts_of(dataset)))


def _texts_of(dataset: Dataset) -> Iterator[str]:
    for fact in dataset.facts:
        yield from (fact.id, fact.prompt, fact.answer, fact.statement, fact.answer_before or "")
        yield from (message.content for message in fact.earlier)
    for asked in dataset.questions:
        yield from (asked.id, asked.prompt, asked.text, *asked.gold, asked.answer_before or "")
        yield from (message.content for message in asked.earlier)
    for wording in (*(each for fact in dataset.facts for each in fact.wordings), *dataset.general):
        yield from (wording.prompt, wording.answer, *(message.content for message in wording.earlier))


def provenance_of(
    kind: str,
    environ: Mapping[str, str],
    defined: Mapping[str, Profile] = NONE_DEFINED,
    **more: object,
) -> dict[str, object]:
    """The provenance of recordings, for their heads and their index: kind of service, date, versions."""
    from importlib.metadata import version  # noqa: PLC0415 - only recordings say versions

    return {
        "upstream": origin_of(kind, environ, defined),
        "recorded": datetime.now(UTC).date().isoformat(),
        "fbench": __version__,
        "sdks": {name: version(name) for name in ("openai", "google-genai", "httpx2")},
        **more,
    }


def recorded_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables that a replay needs, as recorded; values that must not be stored are replaced."""
    from fbench.cassette import scrubber_from_environ  # noqa: PLC0415 - imported only when it is needed

    scrub = scrubber_from_environ(environ)
    return {name: scrub.text(environ[name]) for name in _REPLAYED if environ.get(name)}


def _recorded(
    inner: Connection,
    dataset: Dataset,
    folder: Path,
    record: Mode,
    about_run: Mapping[str, object],
    *,
    defined: Mapping[str, Profile] = NONE_DEFINED,
) -> Connection:
    from fbench.cassette import (  # noqa: PLC0415 - imported only when it is needed
        CassetteTransport,
        Keeper,
        Library,
        Rebased,
        older_in,
        scrubber_from_environ,
    )
    from fbench.cassette.caught_up import CaughtUp  # noqa: PLC0415 - as above

    environ: Mapping[str, str] = inner.environ if inner.kind == "live" else {}
    scrub = scrubber_from_environ(environ, own=own_values(dataset))
    keep = Keeper(scrub, _texts_of(dataset), older=older_in(folder, record))
    provenance = provenance_of(inner.kind, inner.environ, defined, **about_run)
    replaced: dict[str, set[str]] = {}
    rebased = Rebased(scrub.noting(replaced), bases_of(inner.environ, defined))
    library = Library(folder, record, scrub=rebased, provenance=provenance)
    if inner.kind != "live":  # what this process has is new in each
        transport = CaughtUp(library, inner.transport, replaced)
    else:
        transport = CassetteTransport(library, inner.transport)
    clock = Unless(inner.clock, was_replayed.get)
    return replace(inner, transport=transport, clock=clock, release=library.release, keep=keep)


def prior_of(dataset: Dataset, *, general: bool = False) -> list[tuple[str, str]]:
    """What a base model already knows of a dataset.

    Those are the updated facts with their answers from before, and what no training is to change: questions
    that are near a fact, and of general knowledge; with `general` also the examples of general knowledge that
    may be mixed into trainings.
    """
    before = [(fact.prompt, fact.answer_before) for fact in dataset.facts if fact.answer_before is not None]
    known = {Role.UNCHANGED, Role.CONTROL}
    kept = [(q.prompt, q.gold[0]) for q in dataset.questions if q.role in known]
    examples = general_examples(dataset) if general else ()
    return before + kept + [(each.prompt, each.answer) for each in examples]
