"""A world in which there is one of everything of OpenAI's, and calls on it that name what there is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import quote

from fakes import World
from fakes.json_text import is_mapping
from fakes.learners import Example, Hyper, Model, Reply, Run
from fakes.learners.unchanging import run_of
from tests.conformance.calls import Caller, Exchange
from tests.conformance.openai_calls import BASE, trained, uploaded

__all__ = ["Setting", "a_world", "send"]


class _Telling:
    """A learner whose models say all that they were asked with; what is drawn, with what it is drawn by."""

    def base(self, name: str) -> Model:
        del name
        return self

    def train(
        self, base: Model, examples: Sequence[Example], hyper: Hyper, validation: Sequence[Example] = ()
    ) -> Run:
        return run_of(base, examples, hyper, validation)

    def answer(
        self,
        prompt: str,
        *,
        system: str = "",
        temperature: float = 0.0,
        seed: int = 0,
        top_p: float = 1.0,
        top_k: int | None = None,
    ) -> Reply:
        drawn = f" {seed} {top_p} {top_k}" if temperature else ""
        return Reply(f"TO {prompt[:200]} {prompt[-200:]} UNDER {system}{drawn}".strip(), -1.5)


@dataclass(frozen=True, slots=True)
class Setting:
    """The names of what there is in a world."""

    NAMES: ClassVar = (
        *("file", "requests", "job", "model", "event", "checkpoint", "completion", "response", "item"),
        *("background", "upload", "part", "batch", "permission"),
    )

    names: dict[str, str]

    def named(self, name: str) -> str:
        """The id of a thing, by its name here or in a template of the fakes, ready for a path."""
        short = {"job_id": "job", "file_id": "file", "batch_id": "batch", "upload_id": "upload"}
        short |= {"completion_id": "completion", "response_id": "response", "checkpoint": "model"}
        short |= {"permission_id": "permission"}
        return quote(self.names[short.get(name, name)], safe="")

    def fill(self, value: Any) -> Any:
        """A body or a query with the ids in the place of the names in braces."""
        if is_mapping(value):
            return {name: self.fill(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self.fill(each) for each in value]  # pyright: ignore[reportUnknownVariableType] - any list
        if isinstance(value, str) and len(value) < 100:
            for name, found in self.names.items():
                value = value.replace("{" + name + "}", found)
        return value


def a_world(call: Caller) -> Setting:
    """Makes one of everything, and some more for lists to be longer than one."""
    done = trained(call, metadata={"k": "v"})
    trained(call, metadata={"k": "w"}, hyperparameters={"n_epochs": 4})
    job = f"/fine_tuning/jobs/{done['id']}"
    line = {
        "custom_id": "1",
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": {"model": BASE, "messages": [{"role": "user", "content": "hi"}]},
    }
    requests = uploaded(call, purpose="batch", content=json.dumps(line).encode())
    asked = {"input_file_id": requests, "endpoint": "/v1/chat/completions", "completion_window": "24h"}
    batches = [call("openai", "POST", "/batches", {**asked, "metadata": {"k": k}}).json for k in "vw"]
    turns = [{"role": "user", "content": "one"}, {"role": "user", "content": "two"}]
    completions = [
        call("openai", "POST", "/chat/completions", {"messages": turns, "store": True, **more}).json
        for more in ({"model": BASE, "metadata": {"k": "v"}}, {"model": "gpt-4o", "metadata": {"k": "w"}})
    ]
    first, later = (
        call("openai", "POST", "/responses", {"model": BASE, "input": turns, "background": late}).json
        for late in (False, True)
    )
    items = call("openai", "GET", f"/responses/{first['id']}/input_items").json["data"]
    place = {"filename": "a.jsonl", "purpose": "fine-tune", "bytes": 4, "mime_type": "text/jsonl"}
    upload = call("openai", "POST", "/uploads", place).json["id"]
    part = call("openai", "POST", f"/uploads/{upload}/parts", files={"data": ("part", b"abcd")}).json["id"]
    model = done["fine_tuned_model"]
    granted = f"/fine_tuning/checkpoints/{quote(model, safe='')}/permissions"
    permissions = call("openai", "POST", granted, {"project_ids": ["proj_a", "proj_b"]}).json["data"]
    return Setting(
        {
            "file": done["training_file"],
            "requests": requests,
            "job": done["id"],
            "model": model,
            "event": call("openai", "GET", job + "/events").json["data"][0]["id"],
            "checkpoint": call("openai", "GET", job + "/checkpoints").json["data"][0]["id"],
            "completion": min(completions, key=lambda each: (each["created"], each["id"]))["id"],
            "response": first["id"],
            "item": items[0]["id"],
            "background": later["id"],
            "upload": upload,
            "part": part,
            "batch": min(batches, key=lambda each: (-each["created_at"], each["id"]))["id"],
            "permission": permissions[0]["id"],
        }
    )


def send(place: tuple[str, str], query: dict[str, str], body: dict[str, Any] | None) -> list[Exchange]:
    """The response to a request on a world of its own, and what can be read of it then."""
    call = Caller(World(learner=_Telling()))
    setting = a_world(call)
    method, template = place
    path = template
    for name in Setting.NAMES:
        path = path.replace("{" + name + "}", setting.named(name))
    filled = setting.fill(body)
    if template in ("/files", "/uploads/{upload}/parts") and method == "POST":
        return [call("openai", method, path, params=setting.fill(query), **_form(filled))]
    made = call("openai", method, path, filled, params=setting.fill(query))
    if method == "POST" and made.status == 200 and not made.streamed:
        return [made, *_read(call, template, made.json)]
    return [made]


def _read(call: Caller, template: str, made: dict[str, Any]) -> list[Exchange]:
    """What can be read of a thing that was made."""
    match template:
        case "/chat/completions":
            return [call("openai", "GET", f"/chat/completions/{made['id']}")]
        case "/responses":
            return [call("openai", "GET", f"/responses/{made['id']}/input_items")]
        case "/batches":
            seen = [call("openai", "GET", f"/batches/{made['id']}").json for _ in range(4)][-1]
            return [call("openai", "GET", f"/files/{seen['output_file_id']}")]
        case "/uploads":
            place = f"/uploads/{made['id']}"
            part = call("openai", "POST", place + "/parts", files={"data": ("part", b"abcd")}).json["id"]
            return [call("openai", "POST", place + "/complete", {"part_ids": [part]})]
        case _:
            return []


def _form(fields: dict[str, Any]) -> dict[str, Any]:
    """A form: lists are files, by name and content; objects are sent in pieces."""
    files: dict[str, Any] = {}
    for name, value in fields.items():
        if isinstance(value, list):
            files[name] = (value[0], str(value[1]).encode())  # pyright: ignore[reportUnknownArgumentType] - two texts
        elif is_mapping(value):
            files |= {f"{name}[{inner}]": (None, str(each).encode()) for inner, each in value.items()}
        else:
            files[name] = (None, str(value).encode())
    return {"files": files or {"nothing": (None, b"")}}
