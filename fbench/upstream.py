"""Where requests go. The one module that knows both fbench and the fakes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fbench.clock import Clock, NoWait, WallClock
from fbench.datasets.model import Dataset
from fbench.errors import UsageError
from fbench.providers.profiles import PROFILES, Profile

if TYPE_CHECKING:
    import httpx2

__all__ = ["KINDS", "LASTING", "Upstream", "fake", "live", "missing_keys", "open_upstream", "prior_of"]

KINDS = ("fake", "live")

LASTING = frozenset({"live"})
"""The kinds whose jobs outlive this process; fakes in it forget them, and train the same again."""

_FAKE_PROJECT = "fakes"


@dataclass(frozen=True)
class Upstream:
    """What a provider needs to reach its service.

    Attributes:
        kind: one of `KINDS`; reports carry it with every number.
        transport: carries the requests.
        clock: decides how long a wait is.
        environ: the variables that name keys, projects and base URLs.
        poll_seconds: how long to wait between two looks at a job.
    """

    kind: str
    transport: httpx2.AsyncBaseTransport
    clock: Clock
    environ: Mapping[str, str]
    poll_seconds: float = 0.0
    _credentials: Any = field(default=None, repr=False)

    def google_credentials(self) -> Any:
        """Credentials for Google's services, from google-auth.

        Offline they are a token that never expires; live they are Application Default Credentials.
        """
        if self.kind == "fake":
            from google.oauth2.credentials import Credentials  # noqa: PLC0415 - imported by whom needs it

            return Credentials("fake")  # pyright: ignore[reportNoUntypedCall] - google-auth has no types
        if self._credentials is None:
            import google.auth  # noqa: PLC0415 - imported by whom needs it
            from google.auth.exceptions import DefaultCredentialsError  # noqa: PLC0415

            try:
                scopes = ["https://www.googleapis.com/auth/cloud-platform"]
                found, _ = google.auth.default(scopes=scopes)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - untyped
            except DefaultCredentialsError as error:
                raise UsageError(
                    "no Google credentials were found: run `gcloud auth application-default login`, or set "
                    "GOOGLE_APPLICATION_CREDENTIALS to a service account's file."
                ) from error
            object.__setattr__(self, "_credentials", found)
        return self._credentials


def fake(dataset: Dataset, *, seed: int = 0) -> Upstream:
    """Fake services in this process, whose base models know what the dataset says was right before."""
    from fakes import FakeTransport, World  # noqa: PLC0415 - NumPy and the fakes are imported by whom needs them

    world = World(seed=seed, prior=prior_of(dataset))
    at = {profile.base_url: profile.wire for profile in PROFILES.values() if profile.base_url}
    environ = {profile.key: "sk-fake" for profile in PROFILES.values()}
    environ |= {"GOOGLE_CLOUD_PROJECT": _FAKE_PROJECT, "GOOGLE_CLOUD_LOCATION": "us-central1"}
    return Upstream("fake", FakeTransport(world, at), NoWait(), environ)


def live(environ: Mapping[str, str] = os.environ) -> Upstream:
    """The services themselves, over the network, by the proxies that the environment names."""
    from fbench.wire import WireTransport  # noqa: PLC0415 - only live runs open sockets

    poll = float(environ.get("FBENCH_POLL_SECONDS") or 30)
    return Upstream("live", WireTransport(), WallClock(), environ, poll)


def open_upstream(kind: str, dataset: Dataset, *, seed: int = 0) -> Upstream:
    """The upstream of that kind.

    Raises:
        UsageError: no such kind.
    """
    if kind == "fake":
        return fake(dataset, seed=seed)
    if kind == "live":
        return live()
    raise UsageError(f"unknown upstream {kind!r}: it is one of {', '.join(KINDS)}.")


def prior_of(dataset: Dataset) -> list[tuple[str, str]]:
    """What a base model already knows of a dataset: the facts that were updated, as they were before."""
    return [(fact.prompt, fact.answer_before) for fact in dataset.facts if fact.answer_before is not None]


def missing_keys(profiles: Iterable[Profile], environ: Mapping[str, str] = os.environ) -> list[str]:
    """The variables that a live run with these profiles needs and that are not set, in a fixed order."""
    return sorted({profile.key for profile in profiles if not environ.get(profile.key)})
