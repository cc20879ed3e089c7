"""`fbench doctor`: what this machine can run. It never prints a key, nor a part of one."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from platform import platform, python_version

import click

from fbench import known_models
from fbench.errors import UsageError
from fbench.known_models import OpenModel, open_models
from fbench.plugins import (
    GRADERS_GROUP,
    GROUPS,
    LEARNERS_GROUP,
    PROVIDERS_GROUP,
    REPORTERS_GROUP,
    find_plugin,
    installed_plugins,
)
from fbench.plurals import be, counted
from fbench.providers.profiles import BUCKET_VARIABLE, NONE_DEFINED, PROFILES, Profile, profile_of
from fbench.version import __version__

__all__ = ["BUILT_IN_LEARNERS", "Checkup", "Service", "doctor", "examine"]

_PACKAGES = (
    "openai",
    "google-genai",
    "google-auth",
    "httpx2",
    "respx",
    "numpy",
    "pydantic",
    "click",
    "rich",
)
_OPEN_WEIGHTS = ("torch", "transformers", "peft")
_OFFLINE = ("fakes", "numpy", "respx", "openai", "google.genai")
BUILT_IN_LEARNERS = ("hf", "replay", "scripted", "softmax", "tiny")
"""The built-in learners, whose names no plug-in takes. Asking the fakes for them would import NumPy."""
_SECONDS = 5.0
_EMULATOR = "STORAGE_EMULATOR_HOST"
_AND = " and "


@dataclass(frozen=True, slots=True)
class Service:
    """A provider profile, and whether its variables are set.

    Attributes:
        variable: the variables that it needs, joined by "and"; empty if it needs none.
        is_set: whether all of them are set; `unset` are those that are not.
        reached: the result of a request to it.
        run_live: the date of the last live run that was seen through there; empty if there was none.
    """

    name: str
    variable: str
    is_set: bool
    base_url_variable: str
    base_url_is_set: bool
    reached: str | None = None
    unset: tuple[str, ...] = ()
    run_live: str = ""


@dataclass(frozen=True, slots=True)
class Checkup:
    """The findings.

    Attributes:
        fbench: its version; `python` and `platform` describe this machine.
        packages: the versions of fbench's dependencies; None for a missing one.
        lacks: modules that an offline run needs and that are missing.
        services: the services for a live run: built in, of plug-ins, and of the configuration.
        google_credentials: whether there is a file of Application Default Credentials.
        bucket_is_set: whether the bucket for training files is named, instead of after the project.
        data: whether a dataset can be read.
        models: the models that can be tuned on `today` by the table of models, and until when.
        google_is_emulated: whether a variable says that no service of Google's is meant.
        open_weights: the versions of what tunes open weights on this machine; None for what is missing.
        plugins: the plug-ins that other distributions add, or why they cannot be used.
    """

    fbench: str
    python: str
    platform: str
    packages: dict[str, str | None]
    lacks: tuple[str, ...]
    services: tuple[Service, ...]
    google_credentials: bool
    bucket_is_set: bool
    data: str
    plugins: tuple[str, ...] = ()
    today: str = ""
    models: tuple[OpenModel, ...] = ()
    google_is_emulated: bool = False
    open_weights: dict[str, str | None] = field(default_factory=dict[str, str | None])


@click.command()
@click.argument("config", required=False, type=click.Path(path_type=Path))
@click.option(
    "--data", "source", type=click.Path(path_type=Path), help="A dataset to look for. Default: none."
)
@click.option("--network", is_flag=True, help="Also see which services answer, of those whose keys are set.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(config: Path | None, source: Path | None, *, network: bool, as_json: bool) -> None:
    """Show what this machine can run: versions, keys, data.

    With CONFIG, a TOML file as `fbench run` takes it, also the providers that it defines.

    Of keys it says only whether they are set. Without --network nothing leaves this machine; with it, each
    service gets one request without a key, and five seconds to answer.
    """
    defined = _defined_in(config) if config is not None else NONE_DEFINED
    checkup = examine(os.environ, source, network=network, defined=defined)
    if as_json:
        click.echo(json.dumps(asdict(checkup), indent=1, default=str))
        return
    for line in _lines(checkup):
        click.echo(line)


def examine(
    environ: Mapping[str, str],
    source: Path | None = None,
    *,
    network: bool = False,
    defined: Mapping[str, Profile] = NONE_DEFINED,
) -> Checkup:
    """Examine this machine. Only with `network` does it open a socket. All plug-ins are imported.

    The profiles that an experiment has `defined` are examined too.
    """
    of_plugins, plugins = _examined_plugins()
    profiles = [*PROFILES.values(), *(each for each in of_plugins if each.name not in defined)]
    return Checkup(
        fbench=__version__,
        python=python_version(),
        platform=platform(),
        packages={name: _version(name) for name in _PACKAGES},
        lacks=tuple(name for name in _OFFLINE if not _is_there(name)),
        services=tuple(
            _service(profile, environ, network=network) for profile in (*profiles, *defined.values())
        ),
        google_credentials=_has_google_credentials(environ),
        bucket_is_set=bool(environ.get(BUCKET_VARIABLE)),
        google_is_emulated=bool(environ.get(_EMULATOR)),
        open_weights={name: _version(name) for name in _OPEN_WEIGHTS},
        data=_data(source),
        plugins=tuple(plugins),
        today=known_models.today().isoformat(),
        models=open_models(known_models.today()),
    )


def _defined_in(config: Path) -> Mapping[str, Profile]:
    from fbench.runner.config import read_experiment  # noqa: PLC0415 - slow; only CONFIG needs it

    return read_experiment(config, {}).defined


def _lines(checkup: Checkup) -> list[str]:
    offline = "yes" if not checkup.lacks else f"no: {', '.join(checkup.lacks)} cannot be imported"
    lines = [
        f"fbench {checkup.fbench}, Python {checkup.python}, {checkup.platform}",
        "packages: " + ", ".join(f"{name} {found or 'MISSING'}" for name, found in checkup.packages.items()),
        f"data: {checkup.data}",
        f"offline, against fakes: {offline}",
        f"open weights on this machine: {_weights(checkup.open_weights)}",
        "live:",
    ]
    for service in checkup.services:
        line = f"  {service.name}: {_keys(service)}"
        if service.base_url_is_set and service.base_url_variable not in service.variable.split(_AND):
            line += f", {service.base_url_variable} is set"
        if service.name == "vertex":
            found = "were found" if checkup.google_credentials else "were not found"
            if checkup.google_is_emulated:
                found = f"are not needed, since {_EMULATOR} is set"
            line += f", application default credentials {found}, {_bucket(set_=checkup.bucket_is_set)}"
        lines.append(line + (f"; {service.reached}" if service.reached else ""))
    if untried := [service.name for service in checkup.services if not service.run_live]:
        lines.append(f"  (never run live: {', '.join(untried)})")
    lines.append(f"models that can be tuned on {checkup.today}, as far as is known:")
    lines += [f"  {model}" for model in checkup.models] or ["  none"]
    pages = dict.fromkeys(f"{model.source} as of {model.as_of}" for model in checkup.models)
    lines += [f"  (from {page})" for page in pages]
    return [*lines, *(f"plug-in: {each}" for each in checkup.plugins)]


def _weights(packages: Mapping[str, str | None]) -> str:
    """Whether open weights can be tuned here."""
    missing = [name for name, found in packages.items() if found is None]
    if missing:
        told = f"{', '.join(missing)} {be(len(missing))} not installed"
        return f"no: {told} (pip install 'fbench[local]')"
    return "yes, with " + ", ".join(f"{name} {found}" for name, found in packages.items())


def _keys(service: Service) -> str:
    """Which of the variables that a service needs are set, and which are not."""
    needed = service.variable.split(_AND) if service.variable else []
    there = [name for name in needed if name not in service.unset]
    told = [
        f"{_AND.join(filter(None, [', '.join(names[:-1]), names[-1]]))} {be(len(names))} {how}"
        for names, how in ((there, "set"), (service.unset, "not set"))
        if names
    ]
    return ", ".join(told) or "needs no key"


def _bucket(*, set_: bool) -> str:
    """Which bucket training files are put into."""
    return (
        f"{BUCKET_VARIABLE} is set" if set_ else f"{BUCKET_VARIABLE} is not set: the bucket is PROJECT-fbench"
    )


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # its parent package is missing
        return False


def _examined_plugins() -> tuple[list[Profile], list[str]]:
    """The profiles of plug-ins; and each plug-in that is installed, or why it cannot be used.

    Each is imported: whether it can be used shows in no other way, and only a profile names its variables.
    """
    profiles: list[Profile] = []
    found: list[str] = []
    for group in GROUPS:
        for plugin in installed_plugins(group):
            try:
                if group == PROVIDERS_GROUP:
                    profiles.append(profile_of(f"{plugin.name}:model")[0])
                find_plugin(
                    group, plugin.name, _built_in(group), Profile if group == PROVIDERS_GROUP else None
                )
            except UsageError as error:
                if (why := f"{group}: {error}") not in found:  # two of one name have one error
                    found.append(why)
            else:
                found.append(f"{group}: {plugin.name}, of {plugin.distribution} {plugin.version}")
    return profiles, found


def _built_in(group: str) -> Collection[str]:
    """The names that no plug-in of a group may take."""
    if group == GRADERS_GROUP:
        from fbench.grading.graders import built_in_graders  # noqa: PLC0415 - slow; only such a plug-in needs it

        return built_in_graders()
    if group == REPORTERS_GROUP:
        from fbench.reports.reporters import REPORTERS  # noqa: PLC0415 - as above

        return REPORTERS
    return {PROVIDERS_GROUP: PROFILES, LEARNERS_GROUP: BUILT_IN_LEARNERS}.get(group, ())


def _data(source: Path | None) -> str:
    if source is None:
        return "generated facts, which come with fbench; --data looks for others"
    from fbench.datasets import open_dataset  # noqa: PLC0415 - slow; only --data needs it

    try:
        dataset = open_dataset(source)
    except UsageError as error:
        return f"cannot be used: {error}"
    return (
        f"{source}: {dataset.name}, {counted(len(dataset.facts), 'fact')}, "
        f"{counted(len(dataset.questions), 'question')}"
    )


def _has_google_credentials(environ: Mapping[str, str]) -> bool:
    """Whether a file of Application Default Credentials exists where google-auth looks for it.

    google-auth itself would also ask the metadata service of a cloud machine, over the network.
    https://cloud.google.com/docs/authentication/application-default-credentials
    """
    if named := environ.get("GOOGLE_APPLICATION_CREDENTIALS"):
        return Path(named).is_file()
    config = (
        environ.get("CLOUDSDK_CONFIG") or Path(environ.get("HOME") or "~").expanduser() / ".config/gcloud"
    )
    return (Path(config) / "application_default_credentials.json").is_file()


def _service(profile: Profile, environ: Mapping[str, str], *, network: bool) -> Service:
    unset = tuple(name for name in profile.needs if not environ.get(name))
    url = _base_url(profile, environ)
    return Service(
        name=profile.name,
        variable=_AND.join(profile.needs),
        is_set=not unset,
        base_url_variable=profile.base_url_variable,
        base_url_is_set=bool(environ.get(profile.base_url_variable)),
        reached=_reach(url) if network and url and not unset else None,
        unset=unset,
        run_live=profile.run_live,
    )


def _base_url(profile: Profile, environ: Mapping[str, str]) -> str:
    """Its base URL; empty if fbench does not know it, as of a plug-in with a wire format of its own."""
    location = environ.get("GOOGLE_CLOUD_LOCATION") or "us-central1"
    vendors = f"https://{location}-aiplatform.googleapis.com" if profile.wire == "vertex" else ""
    return environ.get(profile.base_url_variable) or profile.base_url or vendors


def _reach(url: str) -> str:
    """Whether a service answers: any status counts, since no status is good without a key.

    A URL may contain a password, so only its host is shown.
    """
    import httpx2  # noqa: PLC0415 - nothing else here needs the network

    try:
        host = httpx2.URL(url).host
        with httpx2.Client(timeout=_SECONDS) as client:
            status = client.head(url).status_code
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        return f"not reached ({type(error).__name__})"
    return f"{host} was reached (it answered {status} to a request without a key)"
