"""The services that fbench can use, as data: their URLs, key variables, and missing features."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from fbench.errors import ProviderStopped, UsageError
from fbench.plugins import PROVIDERS_GROUP, find_plugin, names_with_plugins
from fbench.providers.connection import RESOURCE_VARIABLE, Connection
from fbench.value_errors import meant

if TYPE_CHECKING:
    from fbench.providers.model import Provider

__all__ = [
    "BUCKET_VARIABLE",
    "NONE_DEFINED",
    "OPEN_WEIGHTS",
    "PROFILES",
    "Hyperparameter",
    "Lack",
    "Profile",
    "known_profiles",
    "profile_of",
]

Lack = Literal["method", "suffix", "metadata", "checkpoints", "fine_tuned_model", "batches"]
"""The parts of OpenAI's wire format that a service may lack."""

Hyperparameter = Literal["learning_rate_multiplier", "batch_size", "lora_rank"]
"""What a job may be asked for besides epochs and seed, where its service takes it."""

_OPENAIS: frozenset[Hyperparameter] = frozenset({"learning_rate_multiplier", "batch_size"})
"""`hyperparameters` of OpenAI's specification, POST /fine_tuning/jobs: no rank of an adapter."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A service.

    Attributes:
        wire: its wire format; `own` if a plug-in has its own format, through `provider`.
        key: the variable that must be set: an API key, or for Vertex AI the project. Empty if none is needed.
        base_url: its URL; empty if only a variable can give it, or if the vendor's client knows it.
        base_url_variable: the vendor's variable that overrides it.
        lacks: parts of OpenAI's wire format that it does not accept or show.
        minimum: the minimum number of examples in a training file.
        keeps: the number of epochs whose checkpoints outlive a job; None for all.
        provider: makes the provider over a connection; None for the provider of the wire format.
        deploys: how a tuned model is deployed there before it answers; empty where it needs no deployment.
        hyperparameters: those that a job is asked for, besides the number of epochs.
        hyperparameters_taken: those that an experiment may ask a job there for.
        longest_suffix: the most characters of a job's suffix.
        also: further variables that must be set.
        run_live: the date (YYYY-MM-DD) of the last live run that was seen through there; empty if there was
            none, which is told wherever a live run is planned or reported.
    """

    name: str
    wire: Literal["openai", "vertex", "own"]
    key: str
    base_url: str
    base_url_variable: str
    lacks: frozenset[Lack] = frozenset()
    minimum: int = 10
    keeps: int | None = 3
    provider: Callable[[Connection, Profile], Provider] | None = None
    deploys: Literal["", "nebius", "azure"] = ""
    hyperparameters: Mapping[str, object] = field(default_factory=dict[str, object])
    longest_suffix: int = 64
    also: tuple[str, ...] = ()
    hyperparameters_taken: frozenset[Hyperparameter] = frozenset()
    run_live: str = ""

    @property
    def needs(self) -> tuple[str, ...]:
        """The variables that must be set to reach it."""
        placeless = self.wire == "openai" and not self.base_url
        wanted = (self.key, self.base_url_variable) if placeless else (self.key,)
        return tuple(name for name in (*wanted, *self.also) if name)

    def stopped(self, error: ProviderStopped) -> str:
        """What an error says that stops all work with the service, and what to do about it."""
        do = "see to the quota and the bill of the account there"
        if error.is_key:
            login = self.wire == "vertex" or not self.key
            do = "renew the credentials" if login else f"correct {self.key}"
        do = error.do or do
        return f"{str(error).rstrip('.')}. Nothing more was asked of {self.name}: {do}, then go on."

    @property
    def has_batches(self) -> bool:
        """Whether fbench can ask in batches there. A provider of a plug-in has none."""
        return self.provider is None and "batches" not in self.lacks

    @property
    def steady_url(self) -> str:
        """The base URL in recordings and for fakes; empty if the vendor's client knows it."""
        placeless = self.wire == "openai" and not self.base_url
        return f"https://{self.name}.invalid/v1" if placeless else self.base_url


BUCKET_VARIABLE = "FBENCH_BUCKET"
"""Names the bucket of Cloud Storage for training files; without it, it is named after the project."""

PROFILES = {
    profile.name: profile
    for profile in (
        Profile(
            "openai",
            "openai",
            "OPENAI_API_KEY",
            "https://api.openai.com/v1",
            "OPENAI_BASE_URL",
            hyperparameters_taken=_OPENAIS,
        ),
        Profile(
            "vertex",
            "vertex",
            "GOOGLE_CLOUD_PROJECT",
            "",
            "GOOGLE_VERTEX_BASE_URL",
            minimum=1,
            keeps=None,
            # `learningRateMultiplier` and `adapterSize` (1 to 32) of SupervisedHyperParameters, by the
            # discovery document aiplatform v1beta1 of 2026-11-06; `batchSize` there is of open models only.
            hyperparameters_taken=frozenset({"learning_rate_multiplier", "lora_rank"}),
        ),
        Profile(
            "nebius",
            "openai",
            "NEBIUS_API_KEY",
            "https://api.tokenfactory.nebius.com/v1",
            "NEBIUS_BASE_URL",
            lacks=frozenset({"method", "metadata", "fine_tuned_model", "batches"}),
            deploys="nebius",
            hyperparameters={"lora": True},  # only adapters can be deployed
            # `batch_size`, `learning_rate` (in the place of a multiplier) and `lora_r`:
            # https://docs.tokenfactory.nebius.com/api-reference, Create fine-tuning job
            hyperparameters_taken=frozenset({"learning_rate_multiplier", "batch_size", "lora_rank"}),
        ),
        # Azure's base URL belongs to the account, and ends in /openai/v1.
        Profile(
            "azure",
            "openai",
            "AZURE_OPENAI_API_KEY",
            "",
            "AZURE_OPENAI_BASE_URL",
            # Batches need deployments of a type of their own, which base models have and tuned ones have not
            # (https://learn.microsoft.com/azure/ai-foundry/openai/how-to/batch).
            lacks=frozenset({"method", "metadata", "batches"}),
            deploys="azure",
            longest_suffix=18,  # of API version 2024-10-21
            hyperparameters_taken=_OPENAIS,  # likewise
            also=(RESOURCE_VARIABLE,),
        ),
        Profile(
            "wire",
            "openai",
            "FBENCH_WIRE_API_KEY",
            "",
            "FBENCH_WIRE_BASE_URL",
            hyperparameters_taken=_OPENAIS,  # as the format has them
        ),
    )
}
"""By name: a model is written `openai:gpt-4o-mini-2024-07-18`. `wire` is any service with OpenAI's wire
format.
"""


OPEN_WEIGHTS = Profile(
    "local",
    "openai",
    "",
    "https://local.invalid/v1",
    "",
    hyperparameters_taken=frozenset({"learning_rate_multiplier", "batch_size", "lora_rank"}),
)
"""Models of open weights (`fbench.weights`), which are in this process: nothing is reached at that URL.

An experiment may define a provider of that name, which then goes before it; so it is not in `PROFILES`.
"""

NONE_DEFINED: Mapping[str, Profile] = MappingProxyType({})
"""The profiles that an experiment without a table of providers defines."""

_from_plugins: dict[str, Profile] = {}


def known_profiles(defined: Mapping[str, Profile] = NONE_DEFINED) -> tuple[Profile, ...]:
    """The built-in profiles, those of plug-ins that this process used, and those `defined`."""
    plugged_in = (_from_plugins[name] for name in sorted(_from_plugins) if name not in defined)
    return (*PROFILES.values(), *plugged_in, *defined.values())


def profile_of(
    model: str, defined: Mapping[str, Profile] = NONE_DEFINED, *, known: Collection[str] = ()
) -> tuple[Profile, str]:
    """The profile and the vendor's name of a model written `profile:name`.

    Args:
        model: the model.
        defined: by name, the profiles that an experiment defines besides those that are built in; they come
            before those of plug-ins.
        known: models that may be meant, where there is no such provider.

    Raises:
        UsageError: there is no such profile, or the name is missing.
    """
    provider, _, name = model.partition(":")
    profile = _found(provider, defined) if name else None
    if profile is None:
        providers = dict.fromkeys(
            (*names_with_plugins(PROVIDERS_GROUP, PROFILES), *defined, OPEN_WEIGHTS.name)
        )
        raise UsageError(
            f"unknown model {model!r}{_meant(model, providers, known)}: write it as PROVIDER:NAME, such as "
            "openai:gpt-4o-mini-2024-07-18, or local:PATH for open weights; the providers are "
            f"{', '.join(providers)}."
        )
    return profile, name


def _found(provider: str, defined: Mapping[str, Profile]) -> Profile | None:
    own = PROFILES.get(provider) or defined.get(provider)
    return own or (OPEN_WEIGHTS if provider == OPEN_WEIGHTS.name else _plugged_in(provider))


def _meant(model: str, providers: Iterable[str], known: Collection[str]) -> str:
    """The model that may be meant: of a provider that is called alike, or one that is known."""
    provider, _, name = model.partition(":")
    alike = [each for each in providers if meant(provider, [each])] if name else []
    if alike:
        return meant(model, [f"{each}:{name}" for each in alike])
    of_that_name = [each for each in known if each.partition(":")[2] == model]
    return meant(model, of_that_name[:1]) or meant(model, known)


def _plugged_in(name: str) -> Profile | None:
    found: Profile | None = find_plugin(PROVIDERS_GROUP, name, PROFILES, Profile)
    if found is None:
        return None
    if found.name != name or (found.wire == "own" and found.provider is None):
        lacks = f"is called {found.name!r}" if found.name != name else "has its own wire and no provider"
        raise UsageError(
            f"the plug-in {name!r} ({PROVIDERS_GROUP}) cannot be used: its profile {lacks}. Give the "
            "profile the entry point's name, and a provider where its wire is none of fbench's."
        )
    _from_plugins[name] = found
    return found
