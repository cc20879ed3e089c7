"""`/fine_tuning/checkpoints/{checkpoint}/permissions`: which projects may use a checkpoint.

Formats follow the specification; none of this was recorded. The service requires an administrator's
key for it; a fake accepts any key.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from fakes.ids import base62
from fakes.json_text import sequence
from fakes.openai.account import OpenAI
from fakes.openai.checks import Endpoints
from fakes.openai.errors import invalid, no_model, refuse
from fakes.openai.records import Permission
from fakes.openai.serialize import page, permission_body
from fakes.openai.tables.others import PERMISSION, PERMISSIONS
from fakes.parameters import NOTHING
from fakes.routes import Call, Result

__all__ = ["mount"]


def mount(endpoints: Endpoints, account: OpenAI) -> None:
    """Adds the routes of permissions."""
    permissions = _Permissions(account)
    path = "/fine_tuning/checkpoints/{checkpoint}/permissions"
    endpoints.add_json("POST", path, permissions.create, query=NOTHING, body=PERMISSION)
    endpoints.add("GET", path, permissions.list, query=PERMISSIONS)
    endpoints.add("DELETE", path + "/{permission_id}", permissions.delete, query=NOTHING)


class _Permissions:
    def __init__(self, account: OpenAI) -> None:
        self._account = account

    def create(self, call: Call, payload: dict[str, Any]) -> Result:
        """Grants; a project that has the permission already keeps it."""
        checkpoint, granted = self._of(call)
        projects = sequence(payload.get("project_ids"))
        if not projects or not all(isinstance(project, str) and project for project in projects):
            raise invalid("'project_ids' must be a list of project ids", "project_ids")
        _, job = self._account.tuned[checkpoint]
        made: list[Permission] = []
        for project in dict.fromkeys(projects):
            number = self._account.ids.of("permission", checkpoint, project)
            permission = Permission(f"cp_{base62(number, 24)}", project, job.timeline.now + 1 + number % 60)
            made.append(granted.setdefault(permission.id, permission))
        return Result(page(call, made, _id, permission_body, limit=max(1, len(made))))

    def list(self, call: Call) -> Result:
        granted = list(self._of(call)[1].values())
        project, order = call.query.get("project_id"), call.query.get("order", "descending")
        if order not in ("ascending", "descending"):
            raise invalid(f"'{order}' is not one of ['ascending', 'descending'] - 'order'", "order")
        kept = [permission for permission in granted if project in (None, permission.project_id)]
        kept.sort(key=lambda each: (each.created_at, each.id), reverse=order == "descending")
        return Result(page(call, kept, _id, permission_body, limit=10))

    def delete(self, call: Call) -> Result:
        permission_id = call.params["permission_id"]
        if self._of(call)[1].pop(permission_id, None) is None:
            raise refuse(404, f"No such checkpoint permission: {permission_id}", param="permission_id")
        return Result({"object": "checkpoint.permission", "id": permission_id, "deleted": True})

    def _of(self, call: Call) -> tuple[str, dict[str, Permission]]:
        checkpoint = unquote(call.params["checkpoint"])
        if checkpoint not in self._account.tuned:
            raise no_model(checkpoint)
        return checkpoint, self._account.permissions.setdefault(checkpoint, {})


def _id(permission: Permission) -> str:
    return permission.id
