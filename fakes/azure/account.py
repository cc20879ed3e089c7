"""An account of Azure OpenAI: every model, tuned or not, answers by the name of a deployment of it.

From https://learn.microsoft.com/azure/ai-foundry/openai/how-to/fine-tuning-deploy, looked up in November
2026: a tuned model is named like gpt-4.1-mini-2025-04-14.ft-b044a9d3cf9c4228b5d393567f693b83, and a
deployment of the developer tier is removed after a day.
"""

from __future__ import annotations

from typing import ClassVar

from fakes.deployments import DeployingAccount, Deployment
from fakes.failures import Ending, FailurePhases
from fakes.learners import Model
from fakes.openai.catalogue import AZURE, BaseModel, Catalogue
from fakes.openai.errors import refuse
from fakes.openai.records import Job
from fakes.routes import Refusal
from fakes.timeline import Phase

__all__ = ["Azure", "AzureDeployment"]

_DAY = 86_400


class AzureDeployment(Deployment):
    """A deployment; `sku` and `asked_for` are the parts of the request that it shows again."""

    ready = "Succeeded"
    phases = (Phase("Creating", 120), Phase("Succeeded", 0))
    failure_phases: ClassVar[FailurePhases] = {
        Ending.FAILS: ("Creating", (Phase("Failed", 0),)),
        Ending.HANGS: ("Creating", ()),
        Ending.EXPIRES: ("Succeeded", ()),
    }
    sku: dict[str, object]
    asked_for: dict[str, object]


class Azure(DeployingAccount):
    """The account."""

    service: ClassVar[str] = "azure"
    catalogue: Catalogue = AZURE

    def model(self, name: str) -> Model | None:
        """The model of that deployment; None for the name of a model."""
        return super().model(name) if name in self.deployments else None

    def name_of(self, job: Job) -> str:
        """The name of the model that a job makes, with its suffix at the end."""
        code = f"{self.ids.of('model', job.id):064x}"[:32]
        return f"{job.spec.model}.ft-{code}" + (f"-{job.spec.suffix}" if job.spec.suffix else "")

    def no_model(self, name: str) -> Refusal:
        """The refusal of a call that names no deployment, or one that is not ready."""
        del name
        return refuse(
            404,
            "The API deployment for this resource does not exist. If you created the deployment within the "
            "last 5 minutes, please wait a moment and try again.",
            code="DeploymentNotFound",
        )

    def deploy(
        self, name: str, model: str, version: str, sku: dict[str, object], asked_for: dict[str, object]
    ) -> AzureDeployment | None:
        """Deploy a model under that name; None if there is none with that version, or it has ended."""
        found = self._deployable(model, version)
        if found is None or not self.catalogue.is_open(found[1].id, self.date.day):
            return None
        number = self.ids.create("deployment", name, model)
        is_developers = str(sku["name"]).casefold() == "developertier"
        made = AzureDeployment(
            name,
            *found,
            begin=self.date.epoch + number % 60,
            pace=self.pace,
            duties={"gone": self._forget},
            failure=self.failures.find("deployment", self.service, name, model=model, name=name),
            lasts=_DAY if is_developers else None,
        )
        made.sku, made.asked_for = sku, asked_for
        self.deployments[name] = made
        self.listings.made("deployments", name)
        return made

    def is_reached(self, deployment: Deployment) -> bool:
        """Whether questions reach a deployment: some do not find a new one."""
        self.listings.begin("deployments", first=True)
        return self.listings.shows("deployments", deployment.name)

    def remove(self, deployment: Deployment) -> None:
        """It is being deleted, and then gone; one that expired is gone at once."""
        states = () if deployment.has_expired else (Phase("Deleting", 30),)
        deployment.leave(*states, Phase("gone", 0))

    def _forget(self, deployment: Deployment) -> None:
        self.deployments.pop(deployment.name, None)

    def _deployable(self, model: str, version: str) -> tuple[Model, BaseModel] | None:
        if made := self.made.get(model):
            return (made[0], self.base_of(made[1])) if version == "1" else None
        base = self.catalogue.find(f"{model}-{version}")
        answers = None if base is None else self._model(base.id)
        return None if base is None or answers is None else (answers, base)
