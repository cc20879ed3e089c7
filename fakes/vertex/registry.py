"""What tuning leaves behind: versions of models, and the endpoints that they are deployed to."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from fakes.learners import Checkpoint

__all__ = ["Endpoint", "Registry", "Version"]

_NAME = re.compile(r"(?P<model>projects/[^/]+/locations/[^/]+/models/[^/@]+)(?:@(?P<version>[^/@]+))?")


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a tuned model. `name` is without the version; checkpoints count from 1."""

    name: str
    number: int
    display_name: str
    base_model: str
    labels: dict[str, str]
    created: int
    checkpoints: tuple[Checkpoint, ...]

    @property
    def full_name(self) -> str:
        """The resource name, with the version."""
        return f"{self.name}@{self.number}"

    def checkpoint(self, checkpoint_id: str | None) -> Checkpoint | None:
        """A checkpoint by its id, the last one by default; None where there is none of that id."""
        if checkpoint_id is None:
            return self.checkpoints[-1]
        ids = {str(number): each for number, each in enumerate(self.checkpoints, 1)}
        return ids.get(checkpoint_id)


@dataclass(slots=True)
class Endpoint:
    """A resource name that answers as a checkpoint, while the model is deployed to it."""

    name: str
    version: Version
    checkpoint_id: str
    checkpoint: Checkpoint
    deployed_id: str
    deployed: bool = True


@dataclass(slots=True)
class Registry:
    """All models by their names without versions, and all endpoints by their names."""

    models: dict[str, list[Version]] = field(default_factory=dict[str, list[Version]])
    endpoints: dict[str, Endpoint] = field(default_factory=dict[str, Endpoint])

    def find(self, name: str) -> Version | None:
        """The version that a name means; the newest one where it names none, or the alias `default`."""
        found = _NAME.fullmatch(name)
        versions = self.models.get(found["model"], []) if found else []
        if not found or not versions:
            return None
        if found["version"] in (None, "default"):
            return versions[-1]
        return next((each for each in versions if str(each.number) == found["version"]), None)

    def deployments(self, name: str) -> list[Endpoint]:
        """The endpoints to which a model (its name without version) is deployed."""
        return [each for each in self.endpoints.values() if each.deployed and each.version.name == name]
