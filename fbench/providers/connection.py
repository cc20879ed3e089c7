"""The connection of a provider to its service."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

from fbench.errors import UsageError

if TYPE_CHECKING:
    import httpx2

    from fbench.cassette.scrub.placeholders import Alteration
    from fbench.clock import Clock
    from fbench.providers.pacing import Pacers

__all__ = ["MANAGEMENT_URL", "MANAGEMENT_VARIABLE", "RESOURCE_VARIABLE", "Connection", "Played"]

RESOURCE_VARIABLE = "AZURE_OPENAI_RESOURCE_ID"
"""The account's id: /subscriptions/S/resourceGroups/G/providers/Microsoft.CognitiveServices/accounts/A."""
MANAGEMENT_VARIABLE = "AZURE_MANAGEMENT_URL"
MANAGEMENT_URL = "https://management.azure.com"

Played = Mapping[str, tuple[int, int]]


@dataclass(frozen=True)
class Connection:
    """Everything that a provider needs to reach its service.

    Attributes:
        kind: `fake`, `live` or `replay`; reports show it with every number.
        transport: carries the requests.
        clock: decides how long a wait takes.
        environ: the variables with keys, projects and base URLs.
        poll_seconds: how long to wait between two looks at a job.
        look_seconds: how long to wait first for a job that a list may show late; see `look_for`.
        pacers: decide when a question may be sent, by model; None where nothing is limited.
        played: by cassette, the number of its interactions and those that were replayed, as the bits of a
            number; empty if nothing is replayed.
        release: closes the files of recordings.
        keep: gives an answer as a recording stores it, and how it was changed: empty if unchanged, else see
            `fbench.runner.store.Answer`. Without a recording every answer stays unchanged.
    """

    kind: str
    transport: httpx2.AsyncBaseTransport
    clock: Clock
    environ: Mapping[str, str] = field(repr=False)
    poll_seconds: float = 0.0
    look_seconds: float = 1.0
    pacers: Pacers | None = None
    played: Callable[[], Played] = dict
    release: Callable[[], None] = lambda: None
    keep: Callable[[str], tuple[str, Alteration]] = lambda text: (text, "")
    _credentials: Any = field(default=None, repr=False)
    _azure: Any = field(default=None, repr=False)
    _scrub: Any = field(default=None, repr=False)

    def clean(self, text: str) -> str:
        """A message of a service, without secrets: it is used in errors, in the store and in reports."""
        scrub = self._scrub
        if scrub is None:
            from fbench.cassette.scrub.scrubber import from_environ  # noqa: PLC0415 - only needed for a service's message

            scrub = from_environ(self.environ if self.kind == "live" else {})
            object.__setattr__(self, "_scrub", scrub)
        return scrub.text(text)

    def google_credentials(self) -> Any:
        """Credentials for Google's services, from google-auth.

        Offline, or if Google's emulator variable says that no Google service is meant, they are a token that
        never expires; live they are Application Default Credentials.
        """
        if self.kind != "live" or self.environ.get("STORAGE_EMULATOR_HOST"):
            from google.oauth2.credentials import Credentials  # noqa: PLC0415 - slow to import

            return Credentials("fake")  # pyright: ignore[reportNoUntypedCall] - google-auth has no types
        if self._credentials is None:
            import google.auth  # noqa: PLC0415 - slow to import
            from google.auth.exceptions import DefaultCredentialsError  # noqa: PLC0415 - imported only when it is needed

            from fbench.providers.google_tokens import bound  # noqa: PLC0415 - it imports httpx2

            try:
                scopes = ["https://www.googleapis.com/auth/cloud-platform"]
                found, _ = google.auth.default(scopes=scopes)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - untyped
            except DefaultCredentialsError as error:
                raise UsageError(
                    "no Google credentials were found: run `gcloud auth application-default login`, or set "
                    "GOOGLE_APPLICATION_CREDENTIALS to a service account's file."
                ) from error
            object.__setattr__(self, "_credentials", bound(found))
        return self._credentials

    async def azure_token(self) -> str:
        """A token for Azure's resource manager, from azure-identity, which keeps it until it expires.

        It is one that nobody checks offline, and where another address of the resource manager is given, such
        as one of this machine.

        Raises:
            UsageError: azure-identity is not installed.
        """
        if self.kind != "live" or self.environ.get(MANAGEMENT_VARIABLE):
            return "fake"
        credential: Any = self._azure
        if credential is None:
            try:
                identity = import_module("azure.identity")  # of an extra, and slow to import
            except ImportError as error:
                raise UsageError(
                    "a tuned model of Azure is deployed through its resource manager, for which the package "
                    "azure-identity is missing: install it with `pip install 'fbench[azure]'`, and sign in "
                    "with `az login`."
                ) from error
            credential = identity.DefaultAzureCredential()
            object.__setattr__(self, "_azure", credential)
        import asyncio  # noqa: PLC0415 - slow to import, and `fbench doctor` needs none of it

        return (await asyncio.to_thread(credential.get_token, f"{MANAGEMENT_URL}/.default")).token
