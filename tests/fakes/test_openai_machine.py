"""The fake OpenAI under any sequence of calls, against a model of it that fits on a page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.fakes.clients import BASE, chat_file
from tests.fakes.machine import NONSENSE, PICK, Door, pick

URL = "https://api.openai.com/v1"
QUESTION = "question 3"
GOOD = {chat_file(answer=answer): answer for answer in ("yes", "no")}
"""Contents that can be trained on, and what they teach to answer."""
FEW = chat_file(count=9)
"""Enough to validate on, not to train on."""
BAD = (b"not JSON\n" * 10, b'{"messages": [{"role": "user", "content": "\xff"}]}\n' * 10)
VENDORS = (BASE, "gpt-4o")
ENDED = ("succeeded", "failed", "cancelled")
GONE = "that-never-was"
AUTO = 10
"""The epochs of a job on one of the `GOOD` files, each of 10 examples, where it is left to the service."""


def vendors_error(body: Any) -> bool:
    error = body["error"]
    texts = [value for value in error.values() if value is not None]
    return (
        list(body) == ["error"]
        and error.keys() == {"message", "type", "param", "code"}
        and all(isinstance(text, str) and text for text in texts)
        and bool(error["message"] and error["type"])
    )


@dataclass
class File:
    body: dict[str, Any]
    content: bytes


@dataclass
class Job:
    """What should hold of a job: as created, what it teaches, what it has made, as it was last shown."""

    first: dict[str, Any]
    epochs: int
    status: str = "validating_files"
    teaches: str = ""
    made: list[str] = field(default_factory=list[str])
    last: dict[str, Any] = field(default_factory=dict[str, Any])
    events: list[Any] = field(default_factory=list[Any])


class OpenAIMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.door = Door(vendors_error)
        self.files: dict[str, File] = {}
        self.jobs: dict[str, Job] = {}
        self.tuned: dict[str, str] = {}  # a model that a job has made -> what it says
        self.ids = [GONE]  # of all that ever was
        self.models: list[str] = []  # that jobs have made, the deleted ones too

    def call(self, method: str, path: str, body: object = None, **how: str) -> tuple[int, Any]:
        answer = self.door.send(method, URL + path, body, **how)
        return answer.status, answer.json

    def new(self, kind: str, name: str) -> str:
        assert name.startswith(kind)
        assert name not in self.ids
        self.ids.append(name)
        return name

    def file(self, number: int) -> str:
        return pick(list(self.files), [name for name in self.ids if name.startswith(("file-", GONE))], number)

    def job(self, number: int) -> str:
        return pick(list(self.jobs), [GONE], number)

    def model(self, number: int) -> str:
        return pick([BASE, *self.tuned], [*self.models, *VENDORS, GONE], number)

    def pages(self, path: str, limit: int) -> list[Any]:
        """A list, read page by page."""
        shown: list[Any] = []
        after = ""
        while True:
            status, page = self.call("GET", f"{path}limit={limit}{after}")
            assert status == 200
            assert all(each not in shown for each in page["data"])
            shown += page["data"]
            assert len(page["data"]) == limit or not page["has_more"]
            if not page["has_more"]:
                return shown
            after = f"&after={page['data'][-1]['id']}"

    # ---- files

    @initialize(answer=st.sampled_from(sorted(GOOD)), epochs=st.sampled_from((2, 5)), finished=st.booleans())
    def begin(self, answer: bytes, epochs: int, finished: bool) -> None:
        """Most of what there is to see needs a file that can be trained on, and what was made of it."""
        self.upload(answer, "fine-tune")
        self.create_job(0, None, 0, epochs, "a")
        if finished:
            self.finish_job(0)

    @rule(
        content=st.sampled_from((*GOOD, *GOOD, FEW, *BAD)),
        purpose=st.sampled_from(("fine-tune", "fine-tune", "assistants", "mischief")),
    )
    def upload(self, content: bytes, purpose: str) -> None:
        part = b'--b\r\ncontent-disposition: form-data; name="%b"\r\n\r\n%b\r\n'
        file = (
            b'--b\r\ncontent-disposition: form-data; name="file"; filename="a.jsonl"\r\n\r\n%b\r\n--b--\r\n'
        )
        form = part % (b"purpose", purpose.encode()) + file % content
        status, body = self.call("POST", "/files", form, kind="multipart/form-data; boundary=b")
        assert status == (400 if purpose == "mischief" else 200)
        if status == 200:
            assert (body["purpose"], body["bytes"]) == (purpose, len(content))
            self.files[self.new("file-", body["id"])] = File(body, content)

    @rule(number=PICK)
    def read_file(self, number: int) -> None:
        name = self.file(number)
        status, body = self.call("GET", f"/files/{name}")
        file = self.files.get(name)
        assert status == (200 if file else 404)
        if file:
            assert body == file.body
            assert self.door.send("GET", f"{URL}/files/{name}/content").content == file.content

    @rule(number=PICK)
    def delete_file(self, number: int) -> None:
        name = self.file(number)
        status, _ = self.call("DELETE", f"/files/{name}")
        assert status == (200 if self.files.pop(name, None) else 404)

    @rule(limit=st.integers(1, 4), purpose=st.sampled_from(("", "fine-tune", "fine-tune-results")))
    def list_files(self, limit: int, purpose: str) -> None:
        query = f"purpose={purpose}&" if purpose else ""
        shown = self.pages(f"/files?{query}", limit)
        expected = {name for name, file in self.files.items() if purpose in ("", file.body["purpose"])}
        self.check_list(shown, expected)
        assert all(body == self.files[body["id"]].body for body in shown)
        assert self.pages(f"/files?{query}order=asc&", limit) == shown[::-1]

    # ---- jobs

    @rule(
        file=PICK,
        validation=st.none() | PICK,
        model=PICK,
        epochs=st.sampled_from((1, 2, 5, "auto", 2, 4, 1, 0, 51, True, "many")),
        tag=st.sampled_from("ab"),
    )
    def create_job(self, file: int, validation: int | None, model: int, epochs: int | str, tag: str) -> None:
        training, base = self.file(file), self.model(model)
        asked: dict[str, Any] = {
            "model": base,
            "training_file": training,
            "hyperparameters": {"n_epochs": epochs},
            "metadata": {"tag": tag},
        }
        if validation is not None:
            asked["validation_file"] = self.file(validation)
        status, body = self.call("POST", "/fine_tuning/jobs", asked)
        named = [asked[param] for param in ("training_file", "validation_file") if param in asked]
        usable = all(name in self.files and self.files[name].body["purpose"] == "fine-tune" for name in named)
        if base == "gpt-4o":  # an alias cannot be tuned
            assert status == 400
        elif base != BASE and base not in self.tuned:
            assert status == 404
        elif not usable or epochs in (0, 51, "many") or epochs is True:
            assert status == 400
        else:
            assert status == 200
            assert {name: body[name] for name in ("model", "training_file", "metadata")} == {
                name: asked[name] for name in ("model", "training_file", "metadata")
            }
            assert body["validation_file"] == asked.get("validation_file")
            times = [self.files[name].body["created_at"] for name in named]
            assert body["created_at"] > max(times)
            job = Job(body, AUTO if epochs == "auto" else int(epochs))
            self.jobs[self.new("ftjob-", body["id"])] = job
            self.check_job(body, job)

    @rule(number=PICK)
    def read_job(self, number: int) -> None:
        name = self.job(number)
        status, body = self.call("GET", f"/fine_tuning/jobs/{name}")
        if job := self.jobs.get(name):
            self.step(job)
            self.check_job(body, job)
        else:
            assert status == 404

    @rule(deleted=st.booleans())
    def train_on(self, deleted: bool) -> None:
        """A job on the newest tuned model, which may be gone before the job is looked at."""
        if self.tuned:
            self.create_job(0, None, 1, 2, "b")
            if deleted:
                self.delete_model(1)
            self.read_job(1)

    @rule(number=PICK)
    def finish_job(self, number: int) -> None:
        for _ in range(3):
            self.read_job(number)

    @rule(number=PICK)
    def cancel_job(self, number: int) -> None:
        name = self.job(number)
        status, body = self.call("POST", f"/fine_tuning/jobs/{name}/cancel")
        job = self.jobs.get(name)
        if job is None:
            assert status == 404
        elif job.status in ENDED:
            assert status == 400
        else:
            job.status = "cancelled"
            self.check_job(body, job)

    @rule(number=PICK, limit=st.integers(1, 4))
    def read_events(self, number: int, limit: int) -> None:
        name = self.job(number)
        job = self.jobs.get(name)
        if job is None:
            assert self.call("GET", f"/fine_tuning/jobs/{name}/events")[0] == 404
            return
        status, body = self.call("GET", f"/fine_tuning/jobs/{name}/events?limit=10000")
        self.step(job)
        shown = body["data"]
        assert status == 200
        assert shown[len(shown) - len(job.events) :] == job.events  # a log only grows
        for event in shown[: len(shown) - len(job.events)]:
            self.new("ftevent-", event["id"])
        times = [event["created_at"] for event in shown]
        assert times == sorted(times, reverse=True)
        job.events = shown
        if job.status in ENDED:  # each page is a look, which moves other jobs
            assert self.pages(f"/fine_tuning/jobs/{name}/events?", limit) == shown

    @rule(number=PICK, limit=st.integers(1, 3))
    def read_checkpoints(self, number: int, limit: int) -> None:
        name = self.job(number)
        job = self.jobs.get(name)
        if job is None:
            assert self.call("GET", f"/fine_tuning/jobs/{name}/checkpoints")[0] == 404
            return
        shown = self.pages(f"/fine_tuning/jobs/{name}/checkpoints?", limit)
        assert {each["fine_tuning_job_id"] for each in shown} <= {name}
        assert [each["fine_tuned_model_checkpoint"] for each in shown] == job.made

    @rule(limit=st.integers(1, 4), tag=st.sampled_from(("", "a", "b")))
    def list_jobs(self, limit: int, tag: str) -> None:
        query = f"metadata[tag]={tag}&" if tag else ""
        shown = self.pages(f"/fine_tuning/jobs?{query}", limit)
        for body in shown:
            self.check_job(body, self.jobs[body["id"]])
        self.check_list(
            shown, {name for name, job in self.jobs.items() if tag in ("", job.first["metadata"]["tag"])}
        )

    @rule()
    def advance(self) -> None:
        self.door.advance()
        for job in self.jobs.values():
            self.step(job)

    # ---- models

    @rule(number=PICK)
    def ask(self, number: int) -> None:
        name = self.model(number)
        asked = {"model": name, "messages": [{"role": "user", "content": QUESTION}]}
        status, body = self.call("POST", "/chat/completions", asked)
        says = "nothing after 0" if name in VENDORS else self.tuned.get(name)
        assert status == (200 if says else 404)
        if says:
            assert name not in self.tuned or body["model"] == name
            assert body["choices"][0]["message"]["content"] == says

    @rule(number=PICK)
    def delete_model(self, number: int) -> None:
        name = pick(list(self.tuned), [*VENDORS, GONE, *self.models], number)
        status, _ = self.call("DELETE", f"/models/{name}")
        if name in VENDORS:
            assert status == 403
        else:
            assert status == (200 if self.tuned.pop(name, None) else 404)

    @rule(number=PICK)
    def read_models(self, number: int) -> None:
        _, listed = self.call("GET", "/models")
        by_name = {each["id"]: each for each in listed["data"]}
        assert len(by_name) == len(listed["data"])
        assert {name for name in by_name if name.startswith("ft:")} == set(self.tuned)
        name = self.model(number)
        status, body = self.call("GET", f"/models/{name}")
        assert status == (200 if name in by_name else 404)
        assert status == 404 or body == by_name[name]

    @rule(
        path=st.sampled_from(("/files", "/fine_tuning/jobs", "/chat/completions", "/models", "/nowhere")),
        below=st.sampled_from(("", "/x", "/x/events", "/x/cancel", "?limit=0", "?limit=x", "?after=x")),
        method=st.sampled_from(("GET", "POST", "DELETE", "PUT")),
        body=st.fixed_dictionaries(
            {}, optional=dict.fromkeys(("model", "messages", "training_file", "hyperparameters"), NONSENSE)
        )
        | NONSENSE,
    )
    def send_nonsense(self, path: str, below: str, method: str, body: object) -> None:
        self.call(method, path + below, body)  # the door looks at the answer

    # ---- what should hold

    def step(self, job: Job) -> None:
        """What moving one phase on should do."""
        match job.status:
            case "validating_files":
                job.status = "queued" if self.is_fine(job) else "failed"
            case "queued":
                job.status = "running"
            case "running":
                job.status = "succeeded"
                self.publish(job)
            case _:
                pass

    def is_fine(self, job: Job) -> bool:
        """Whether a job's files and its base model are all there, and can be used."""
        training, validation, base = (
            job.first[name] for name in ("training_file", "validation_file", "model")
        )
        content = self.files[training].content if training in self.files else b""
        job.teaches = GOOD.get(content, "")
        valid = validation is None or (
            validation in self.files and self.files[validation].content in (*GOOD, FEW)
        )
        return bool(job.teaches) and valid and (base in VENDORS or base in self.tuned)

    def publish(self, job: Job) -> None:
        """Looks at what a job has made, after its end: that moves nothing any more."""
        name = job.first["id"]
        _, body = self.call("GET", f"/fine_tuning/jobs/{name}/checkpoints")
        steps = [each["step_number"] for each in body["data"]]
        assert steps == list(range(job.epochs, max(0, job.epochs - 3), -1))  # the last three epochs
        for each in body["data"]:
            model = self.new("ft:", each["fine_tuned_model_checkpoint"])
            self.models.append(model)
            job.made.append(model)
            self.tuned[model] = f"{job.teaches} after {each['step_number']}"
        _, body = self.call("GET", f"/fine_tuning/jobs/{name}")
        (result,) = body["result_files"]
        _, file = self.call("GET", f"/files/{self.new('file-', result)}")
        self.files[result] = File(file, self.door.send("GET", f"{URL}/files/{result}/content").content)
        self.check_job(body, job)

    def check_job(self, body: dict[str, Any], job: Job) -> None:
        assert body["status"] == job.status
        assert (body["finished_at"] is not None) == (job.status in ENDED)
        assert (body["error"] != {}) == (job.status == "failed")
        assert body["fine_tuned_model"] == (job.made[0] if job.made else None)
        assert len(body["result_files"]) == len(job.made[:1])
        for name in ("id", "object", "created_at", "model", "training_file", "seed", "metadata"):
            assert body[name] == job.first[name]
        if job.status in ENDED:
            assert job.last in ({}, body)
            job.last = body

    def check_list(self, shown: list[Any], expected: set[str]) -> None:
        """Each once, newest first."""
        assert sorted(each["id"] for each in shown) == sorted(expected)
        times = [each["created_at"] for each in shown]
        assert times == sorted(times, reverse=True)

    def teardown(self) -> None:
        self.door.check_replay()


class TestOpenAI(OpenAIMachine.TestCase):
    settings = settings(max_examples=80, stateful_step_count=50)
