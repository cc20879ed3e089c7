"""A Nebius account: what jobs make are checkpoints, which answer once they are deployed as custom models.

Only adapters (LoRA) are deployed; a job makes one where its hyperparameters say `lora`
(https://docs.tokenfactory.nebius.com/api-reference/models/create-a-custom-model).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from fakes.deployments import DeployingAccount, Deployment
from fakes.failures import Ending, FailurePhases
from fakes.ids import base62
from fakes.learners import Checkpoint
from fakes.openai.catalogue import BaseModel, Catalogue
from fakes.openai.records import Job, JobSpec
from fakes.timeline import Phase

__all__ = ["CustomModel", "Nebius", "NebiusJobSpec"]

_CREATED = 1_735_689_600  # 2025-01-01; no recording tells the time of a base model
_MODELS = tuple(
    BaseModel(name, _CREATED, context=131_072, output=8_192)
    for name in ("meta-llama/Meta-Llama-3.1-8B-Instruct", "meta-llama/Llama-3.1-70B-Instruct")
)


@dataclass(frozen=True, slots=True)
class NebiusJobSpec(JobSpec):
    """A request for a job: `given` are its hyperparameters by the service's own names, `tags` its label."""

    given: dict[str, Any] = field(default_factory=dict[str, Any])
    tags: str | None = None


class CustomModel(Deployment):
    """A checkpoint of a job that is deployed; `source` names both, as `JOB:CHECKPOINT`."""

    ready = "active"
    phases = (Phase("validating", 60), Phase("active", 0))
    failure_phases: ClassVar[FailurePhases] = {
        Ending.FAILS: ("validating", (Phase("error", 0),)),
        Ending.HANGS: ("validating", ()),
        Ending.EXPIRES: ("active", ()),
    }
    source = description = reason = ""


class Nebius(DeployingAccount):
    """The account."""

    organization = ""
    service: ClassVar[str] = "nebius"
    catalogue: Catalogue = Catalogue("nebius", _MODELS)

    def checkpoints_of(self, job: Job, kept: Sequence[Checkpoint]) -> dict[str, Checkpoint]:
        """The checkpoints by their ids, the last one at the end: there is no model of the whole job."""
        return {f"ftckpt_{base62(self.ids.of('checkpoint', job.id, each.step), 24)}": each for each in kept}

    def deploy(self, name: str, base: str, source: str, description: str) -> CustomModel | None:
        """Deploy a checkpoint under a new name, which is that of its base model, `-LoRa:`, the name and four
        letters of the service's own; None if there is no such checkpoint.

        The same request again deploys it once more. A checkpoint that is no adapter, or not of that base
        model, ends in an error.
        """
        job_id, _, checkpoint = source.partition(":")
        made = self.made.get(checkpoint)
        if made is None or made[1].id != job_id:
            return None
        model, job = made
        number = self.ids.create("custom model", name, base, source)
        full = f"{base}-LoRa:{name}-{base62(number, 4).lower()}"
        deployed = CustomModel(
            full,
            model,
            self.base_of(job),
            begin=job.timeline.now + 1 + number % 30,
            pace=self.pace,
            duties={"error": self._fail},
            failure=self.failures.find("deployment", self.service, full, model=base, name=name),
        )
        deployed.source, deployed.description = source, description
        deployed.reason = self._refusal(job, base)
        if deployed.reason:
            deployed.leave(Phase("error", 0))
        self.deployments[full] = deployed
        self.listings.made("models", full)
        return deployed

    def remove(self, deployment: Deployment) -> None:
        """It does not answer any more, and stays in the list as deleted."""
        deployment.leave(Phase("deleted", 0))

    @staticmethod
    def _refusal(job: Job, base: str) -> str:
        spec = job.spec
        if spec.model != base:
            return f"The checkpoint is of {spec.model}, and not of {base}."
        if not isinstance(spec, NebiusJobSpec) or not spec.given.get("lora"):
            return "Only LoRA adapters can be deployed, and the job trained all weights."
        return ""

    @staticmethod
    def _fail(model: CustomModel) -> None:
        told = model.failure and model.failure.message
        model.reason = model.reason or told or "The model could not be validated."
