"""The services that fbench can ask, as data: where they are, what their key is called, what they lack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fbench.errors import UsageError

__all__ = ["PROFILES", "Profile", "profile_of"]


@dataclass(frozen=True, slots=True)
class Profile:
    """A service.

    Attributes:
        wire: whose format it speaks.
        key: the variable that must be set: an API key, or for Vertex AI the project.
        base_url: where it is; empty where only a variable can say, or where the vendor's client knows.
        base_url_variable: the vendor's variable that overrides it.
        lacks: what of OpenAI's wire format it does not take: method, suffix, metadata, checkpoints.
        minimum: the fewest examples that a training file may have.
        keeps: how many epochs' checkpoints outlive a job; None for all.
    """

    name: str
    wire: Literal["openai", "vertex"]
    key: str
    base_url: str
    base_url_variable: str
    lacks: frozenset[str] = frozenset()
    minimum: int = 10
    keeps: int | None = 3

    @property
    def needs(self) -> tuple[str, ...]:
        """The variables that must be set to reach it."""
        placeless = self.wire == "openai" and not self.base_url
        return (self.key, self.base_url_variable) if placeless else (self.key,)

    @property
    def steady_url(self) -> str:
        """The base URL that stands in recordings and for fakes; empty where the vendor's client knows it."""
        placeless = self.wire == "openai" and not self.base_url
        return f"https://{self.name}.invalid/v1" if placeless else self.base_url


PROFILES = {
    profile.name: profile
    for profile in (
        Profile("openai", "openai", "OPENAI_API_KEY", "https://api.openai.com/v1", "OPENAI_BASE_URL"),
        Profile(
            "vertex", "vertex", "GOOGLE_CLOUD_PROJECT", "", "GOOGLE_VERTEX_BASE_URL", minimum=1, keeps=None
        ),
        Profile(
            "nebius",
            "openai",
            "NEBIUS_API_KEY",
            "https://api.tokenfactory.nebius.com/v1",
            "NEBIUS_BASE_URL",
            lacks=frozenset({"method", "metadata"}),
        ),
        Profile(
            "bedrock",
            "openai",
            "AWS_BEARER_TOKEN_BEDROCK",
            "https://bedrock-mantle.us-east-1.api.aws/v1",
            "BEDROCK_BASE_URL",
            lacks=frozenset({"suffix", "metadata"}),
        ),
        # Azure's base URL is the account's own, and ends in /openai/v1. A tuned model answers there once it
        # is deployed under its name, which is a step outside this wire format.
        Profile("azure", "openai", "AZURE_OPENAI_API_KEY", "", "AZURE_OPENAI_BASE_URL"),
        Profile("wire", "openai", "FBENCH_WIRE_API_KEY", "", "FBENCH_WIRE_BASE_URL"),
    )
}
"""By name: a model is written `openai:gpt-4o-mini-2024-07-18`. `wire` is any service that speaks OpenAI's
format.
"""


def profile_of(model: str) -> tuple[Profile, str]:
    """The profile and the vendor's own name of a model written `profile:name`.

    Raises:
        UsageError: no such profile, or no name.
    """
    profile, _, name = model.partition(":")
    if profile not in PROFILES or not name:
        known = ", ".join(PROFILES)
        raise UsageError(
            f"unknown model {model!r}: write it as PROVIDER:NAME, such as openai:gpt-4o-mini-2024-07-18; "
            f"the providers are {known}."
        )
    return PROFILES[profile], name
