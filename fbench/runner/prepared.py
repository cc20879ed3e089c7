"""An experiment whose input was read and checked, before any request or writing."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from fbench.datasets import Dataset, open_dataset, refuse_idle_choices
from fbench.errors import OfField, UsageError
from fbench.providers.addresses import is_here, missing_keys, origin_of
from fbench.providers.vertex_contents import ADAPTER_RANKS
from fbench.runner.experiment import Experiment
from fbench.runner.plan import Plan, make_plan
from fbench.runner.recording import hold_to_recording
from fbench.runner.shard import RunShard
from fbench.upstream import check_fakes, check_models

__all__ = [
    "PreparedRun",
    "asked_of_vendors",
    "check_choices",
    "check_known_models",
    "never_run_live",
    "part_of",
    "read_input",
    "read_input_offline",
    "require_batches",
    "require_keys",
    "require_offered",
]


@dataclass(frozen=True)
class PreparedRun:
    """An experiment that can be run: its input was read and checked, and nothing was written.

    `recorded` is the provenance of the recordings that it replays; None without recordings. `began` is the
    origin that a run began with, of one that is read without any request: what the environment names now has
    no part in it.
    """

    experiment: Experiment
    dataset: Dataset
    plan: Plan
    recorded: Mapping[str, object] | None = None
    began: str | None = None

    @property
    def origin(self) -> str:
        """The kind of upstream that answers, or answered when it was recorded: `fake`, `live`, `local`, or
        `weights`.
        """
        if self.began is not None:
            return self.began
        if self.recorded is not None:
            return str(self.recorded.get("upstream", "unknown"))
        if self.experiment.uses_weights:
            return "weights"
        return origin_of(self.experiment.upstream, os.environ, self.experiment.defined)


def asked_of_vendors(experiment: Experiment) -> tuple[list[str], str | None]:
    """The models of a live run, and its judge, that a vendor is asked: no server on this machine."""
    models = [model for model in experiment.models if not is_here(experiment.profile_of(model)[0])]
    judge = experiment.judge
    return models, None if judge is None or is_here(experiment.profile_of(judge)[0]) else judge


def never_run_live(experiment: Experiment, models: Iterable[str]) -> str:
    """That services of these models were never run live, as a sentence; empty if all were."""
    names = {profile.name: profile.run_live for profile, _ in map(experiment.profile_of, models)}
    if not (untried := [name for name, day in names.items() if not day]):
        return ""
    return (
        f"Never run live: {', '.join(untried)}. What is sent there follows documentation and fakes, and no "
        "live run was seen through yet."
    )


def read_input(experiment: Experiment) -> PreparedRun:
    """Read the data and make the plan.

    Raises:
        UsageError: the data or the learner cannot be used, or keys are missing for a live run.
    """
    require_keys(experiment)
    if experiment.uses_fakes:
        check_fakes(experiment.learner)
    dataset = open_dataset(
        experiment.data,
        seed=experiment.data_seed,
        labels=experiment.labels,
        all_news=experiment.all_news,
        tasks=experiment.tasks,
        limit=experiment.limit,
        roles=experiment.roles,
        edition=experiment.data_edition,
    )
    recorded = hold_to_recording(experiment, dataset) if experiment.is_replay else None
    if recorded is not None:
        experiment = experiment.model_copy(update={"run_id": recorded.get("run_id")})
    return PreparedRun(experiment, dataset, make_plan(experiment, dataset), recorded)


def require_keys(experiment: Experiment) -> None:
    """Check that all providers exist and, for a live run, that the environment has their keys.

    Raises:
        UsageError: a provider is unknown, a key is missing, or a base URL is none.
    """
    profiles = experiment.profiles
    if experiment.is_live and (missing := missing_keys(profiles)):
        raise UsageError(
            f"a live run needs {', '.join(missing)}: set what is missing in the environment, "
            "or run against the fakes with --upstream fake."
        )
    for name in dict.fromkeys(profile.base_url_variable for profile in profiles if experiment.is_live):
        if (url := os.environ.get(name)) and not _is_url(url):
            raise UsageError(
                f"{name} must be a URL such as https://example.org/v1: it has no http:// or no host."
            )


def require_offered(experiment: Experiment) -> None:
    """Check that services take what the trainings of their models are set up with.

    Raises:
        OfField: one does not; says what it takes.
    """
    asked = {
        "learning_rate_multiplier": experiment.learning_rate_multipliers,
        "batch_size": experiment.batch_sizes,
        "lora_rank": experiment.lora_ranks,
    }
    fields = {name: f"{name}s" for name in asked}
    for model in () if experiment.evaluate else experiment.models:
        profile, _ = experiment.profile_of(model)
        for name, values in asked.items():
            if values and name not in profile.hyperparameters_taken:
                takes = [field for each, field in fields.items() if each in profile.hyperparameters_taken]
                others = [field for field in fields.values() if field != fields[name]]
                only = f"only {' and '.join(takes)}" if takes else f"and no {' or '.join(others)} either"
                self_made = profile.name in experiment.providers
                say = f"; or, if it does, say so in hyperparameters_taken of [providers.{profile.name}]"
                raise OfField(
                    fields[name],
                    f"{profile.name} takes no {fields[name]} for {model}, {only}: leave the field out, or "
                    f"run the models of such services by themselves{say if self_made else ''}.",
                )
        ranks = [rank for rank in experiment.lora_ranks if rank not in ADAPTER_RANKS]
        if profile.wire == "vertex" and ranks:
            there = ", ".join(map(str, ADAPTER_RANKS))
            raise OfField(
                "lora_ranks",
                f"{profile.name} has adapters of the ranks {there}, and none of {ranks[0]}: ask for one of "
                "these.",
            )


def require_batches(experiment: Experiment) -> None:
    """Check that the services of all models answer batches.

    Raises:
        UsageError: one does not.
    """
    for model in experiment.models:
        profile, _ = experiment.profile_of(model)
        if not profile.has_batches:
            raise UsageError(
                f"{model} cannot be asked in batches: fbench knows no batches of {profile.name}. Leave out "
                "--batch, or run the models of such services by themselves."
            )


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def read_input_offline(experiment: Experiment) -> PreparedRun:
    """Read the data and make the plan of an experiment; no keys are needed.

    Raises:
        UsageError: the data cannot be used.
    """
    offline = read_input(experiment.model_copy(update={"upstream": "fake"}))
    return replace(offline, experiment=experiment)


def part_of(prepared: PreparedRun, shard: RunShard | None) -> PreparedRun:
    """What a shard does of a run."""
    return prepared if shard is None else replace(prepared, plan=shard.part(prepared.plan))


def check_choices(experiment: Experiment) -> None:
    """Check that the choices about data have an effect; of a replay, what was recorded decides."""
    if not experiment.is_replay:
        refuse_idle_choices(
            experiment.data,
            labels=experiment.labels,
            all_news=experiment.all_news,
            seed=experiment.data_seed,
        )


def check_known_models(experiment: Experiment) -> None:
    """Check that the fakes have the models, if they answer; of recordings, what was recorded decides."""
    folder = experiment.cassettes
    recorded = folder is not None and experiment.record != "all" and folder.exists()
    if experiment.uses_fakes and not recorded:
        check_models(
            experiment.models, experiment.world_date, experiment.defined, tuned=not experiment.evaluate
        )
