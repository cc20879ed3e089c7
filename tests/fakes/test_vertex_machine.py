"""The fake Vertex AI and its buckets under any sequence of calls, against a model that fits on a page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.fakes.clients import GEMINI, gemini_file
from tests.fakes.machine import NONSENSE, PICK, Door, pick

VERTEX = "https://us-central1-aiplatform.googleapis.com/v1"
STORAGE = "https://storage.googleapis.com"
PARENT = "projects/p/locations/us-central1"
GOOD = {gemini_file(1): 1, gemini_file(4): 4}
"""Contents that can be trained on, and how many questions they teach."""
BAD = (b"", b"not JSON\n", b'{"contents": [{"role": "user", "parts": [{"text": "q"}]}]}\n', b"\xff\n")
PLACES = ("a.jsonl", "folder/b.jsonl", "c d.jsonl")
ENDED = ("JOB_STATE_SUCCEEDED", "JOB_STATE_FAILED", "JOB_STATE_CANCELLED")
GONE = f"{PARENT}/tuningJobs/1"
NOWHERE = f"{PARENT}/endpoints/1"


def vendors_error(body: Any) -> bool:
    """google.rpc.Status of Vertex AI, or Cloud Storage's own form."""
    error = body["error"]
    said = isinstance(error["message"], str) and error["message"] and 400 <= error["code"] < 500
    if "errors" in error:
        (detail,) = error["errors"]
        fits = detail.keys() == {"message", "domain", "reason"} and error.keys() == {
            "code",
            "message",
            "errors",
        }
    else:
        fits = error.keys() - {"details"} == {"code", "message", "status"} and error["status"].isupper()
    return list(body) == ["error"] and bool(said) and fits


@dataclass
class Job:
    """What should hold of a job: as it was created, what it teaches, as it was last shown."""

    first: dict[str, Any]
    place: str
    epochs: int
    state: str = "JOB_STATE_PENDING"
    teaches: int = 0
    last: dict[str, Any] = field(default_factory=dict[str, Any])


class VertexMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.door = Door(vendors_error)
        self.objects: dict[str, bytes] = {}
        self.generations: dict[str, int] = {}
        self.jobs: dict[str, Job] = {}
        self.endpoints: dict[str, str] = {}  # what a job has made -> what it says to the last question

    def call(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        answer = self.door.send(method, f"{VERTEX}/{path}", body)
        return answer.status, answer.json

    # ---- storage

    @initialize(content=st.sampled_from(sorted(GOOD)), last_only=st.booleans(), finished=st.booleans())
    def begin(self, content: bytes, last_only: bool, finished: bool) -> None:
        """Most of what there is to see needs a dataset that can be trained on."""
        self.put(PLACES[0], content)
        self.create(0, GEMINI, 2, last_only=last_only, tag="a")
        if finished:
            self.finish_job(0)
            self.ask(1, 0)

    @rule(place=st.sampled_from(PLACES), content=st.sampled_from((*GOOD, *GOOD, *BAD)))
    def put(self, place: str, content: bytes) -> None:
        url = f"{STORAGE}/upload/storage/v1/b/bucket/o?uploadType=media&name={place.replace(' ', '%20')}"
        answer = self.door.send("POST", url, content)
        self.generations[place] = self.generations.get(place, 0) + 1
        self.objects[place] = content
        assert answer.status == 200
        assert answer.json["name"] == place
        assert answer.json["generation"] == str(self.generations[place])

    @rule(place=st.sampled_from(PLACES))
    def read(self, place: str) -> None:
        answer = self.door.send("GET", f"{self.url(place)}?alt=media")
        assert (answer.status == 200) == (place in self.objects)
        if place in self.objects:
            assert answer.content == self.objects[place]
            assert self.door.send("GET", self.url(place)).json["size"] == str(len(answer.content))

    @rule(place=st.sampled_from(PLACES))
    def delete(self, place: str) -> None:
        answer = self.door.send("DELETE", self.url(place))
        assert answer.status == (404 if self.objects.pop(place, None) is None else 204)

    @rule(prefix=st.sampled_from(("", "folder/", "nothing")))
    def list_objects(self, prefix: str) -> None:
        body = self.door.send("GET", f"{STORAGE}/storage/v1/b/bucket/o?prefix={prefix}").json
        shown = [each["name"] for each in body.get("items", [])]
        assert shown == sorted(name for name in self.objects if name.startswith(prefix))

    # ---- jobs

    @rule(
        place=PICK,
        model=st.sampled_from((GEMINI, GEMINI, GEMINI, "gemini-1.5-pro-002")),
        epochs=st.sampled_from((1, 2, 4, "3", 2, 0, 101, "many", True)),
        last_only=st.booleans(),
        tag=st.sampled_from("ab"),
    )
    def create(self, place: int, model: str, epochs: int | str, last_only: bool, tag: str) -> None:
        name = pick(list(self.objects), PLACES, place)
        spec = {
            "trainingDatasetUri": f"gs://bucket/{name}",
            "hyperParameters": {"epochCount": epochs},
            "exportLastCheckpointOnly": last_only,
        }
        asked = {"baseModel": model, "supervisedTuningSpec": spec, "labels": {"tag": tag}}
        status, body = self.call("POST", f"{PARENT}/tuningJobs", asked)
        if model != GEMINI:
            assert status == 404
        elif epochs in (0, 101, "many") or epochs is True:
            assert status == 400
        else:
            assert status == 200
            assert {part: body[part] for part in asked} == asked
            assert body["name"] not in self.jobs
            self.jobs[body["name"]] = Job(body, name, int(epochs))
            self.check_job(body)

    @rule(number=PICK)
    def read_job(self, number: int) -> None:
        name = pick(list(self.jobs), [GONE], number)
        status, body = self.call("GET", name)
        assert status == (200 if name in self.jobs else 404)
        if name in self.jobs:
            self.step(self.jobs[name])
            self.check_job(body)

    @rule(number=PICK)
    def finish_job(self, number: int) -> None:
        for _ in range(2):
            self.read_job(number)

    @rule(number=PICK)
    def cancel_job(self, number: int) -> None:
        name = pick(list(self.jobs), [GONE], number)
        status, _ = self.call("POST", f"{name}:cancel")
        job = self.jobs.get(name)
        over = (*ENDED, "JOB_STATE_CANCELLING")
        assert status == (404 if job is None else 400 if job.state in over else 200)
        if job and job.state not in over:
            job.state = "JOB_STATE_CANCELLING"

    @rule(
        size=st.integers(1, 3),
        chosen=st.sampled_from(
            ("", "labels.tag=a", 'labels.tag="b"', *(f'state="{each}"' for each in ENDED))
        ),
    )
    def list_jobs(self, size: int, chosen: str) -> None:
        shown: list[Any] = []
        token = ""
        while True:
            status, page = self.call(
                "GET", f"{PARENT}/tuningJobs?pageSize={size}&filter={chosen}&pageToken={token}"
            )
            assert status == 200
            assert all(each not in shown for each in page.get("tuningJobs", []))
            shown += page.get("tuningJobs", [])
            if not (token := page.get("nextPageToken", "")):
                break
            assert len(page["tuningJobs"]) == size
        wanted = chosen.rpartition("=")[2].strip('"')
        expected = [
            name for name, job in self.jobs.items() if wanted in ("", job.state, job.first["labels"]["tag"])
        ]
        assert sorted(each["name"] for each in shown) == sorted(expected)
        times = [each["createTime"] for each in shown]
        assert times == sorted(times, reverse=True)
        for body in shown:
            self.check_job(body)

    @rule()
    def advance(self) -> None:
        self.door.advance()
        for job in self.jobs.values():
            self.step(job)

    # ---- models

    @rule(number=PICK, question=st.integers(0, 3))
    def ask(self, number: int, question: int) -> None:
        known = [*self.endpoints, f"{PARENT}/publishers/google/models/{GEMINI}"]
        name = pick(known, [NOWHERE, f"{PARENT}/publishers/google/models/gemini-1.5-pro-002"], number)
        asked = {"contents": [{"role": "user", "parts": [{"text": f"question {question}"}]}]}
        status, body = self.call("POST", f"{name}:generateContent", asked)
        assert status == (200 if name in known else 404)
        if status == 200:
            taught, _, epochs = self.endpoints.get(name, "0 after 0").partition(" after ")
            answer = "yes" if question < int(taught) else "nothing"
            (part,) = body["candidates"][0]["content"]["parts"]
            assert part["text"] == f"{answer} after {epochs}"

    @rule(
        path=st.sampled_from(("tuningJobs", "endpoints", "publishers/google/models", "nowhere")),
        below=st.sampled_from(("", "/x", ":cancel", "/x:generateContent", "?pageSize=x", "?filter=x")),
        method=st.sampled_from(("GET", "POST", "DELETE", "PUT")),
        body=st.fixed_dictionaries(
            {}, optional=dict.fromkeys(("baseModel", "contents", "supervisedTuningSpec", "labels"), NONSENSE)
        )
        | NONSENSE,
    )
    def send_nonsense(self, path: str, below: str, method: str, body: object) -> None:
        self.door.send(method, f"{VERTEX}/{PARENT}/{path}{below}", body)  # the door looks at the answer
        self.door.send(method, f"{STORAGE}/storage/v1/b/{path}{below}", body)

    # ---- what should hold

    def url(self, place: str) -> str:
        return f"{STORAGE}/storage/v1/b/bucket/o/{place.replace('/', '%2F').replace(' ', '%20')}"

    def step(self, job: Job) -> None:
        """What moving one phase on should do."""
        match job.state:
            case "JOB_STATE_PENDING":
                job.teaches = GOOD.get(self.objects.get(job.place, b""), 0)
                job.state = "JOB_STATE_RUNNING" if job.teaches else "JOB_STATE_FAILED"
            case "JOB_STATE_RUNNING":
                job.state = "JOB_STATE_SUCCEEDED"
                self.publish(job)
            case "JOB_STATE_CANCELLING":
                job.state = "JOB_STATE_CANCELLED"
            case _:
                pass

    def publish(self, job: Job) -> None:
        """Looks at what a job has made, after its end: that moves nothing any more."""
        _, body = self.call("GET", job.first["name"])
        made = body["tunedModel"]
        last = {"epoch": str(job.epochs), "endpoint": made["endpoint"]}
        kept = made.get("checkpoints", [last])
        only = job.first["supervisedTuningSpec"]["exportLastCheckpointOnly"]
        assert len(kept) == (1 if only else job.epochs)
        assert (kept[-1]["epoch"], kept[-1]["endpoint"]) == (last["epoch"], last["endpoint"])
        for each in kept:
            assert each["endpoint"] not in self.endpoints
            self.endpoints[each["endpoint"]] = f"{job.teaches} after {each['epoch']}"

    def check_job(self, body: dict[str, Any]) -> None:
        job = self.jobs[body["name"]]
        assert body["state"] == job.state
        assert ("endTime" in body) == (job.state in ENDED)
        stopped = ("JOB_STATE_FAILED", "JOB_STATE_CANCELLING", "JOB_STATE_CANCELLED")
        assert ("error" in body) == (job.state in stopped)
        assert ("tunedModel" in body) == (job.state == "JOB_STATE_SUCCEEDED")
        for name in ("name", "createTime", "baseModel", "supervisedTuningSpec", "labels"):
            assert body[name] == job.first[name]
        if job.state in ENDED:
            assert job.last in ({}, body)
            job.last = body

    def teardown(self) -> None:
        self.door.check_replay()


class TestVertex(VertexMachine.TestCase):
    settings = settings(max_examples=80, stateful_step_count=50)
