"""The pages on plug-ins, followed to the letter."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.docs.pages import ROOT, page_at
from tests.docs.site import Ended, Site, failing

FOLDER = ROOT / "docs" / "how-to"


class Service(ThreadingHTTPServer):
    """The service of the page on own wire formats: it counts its jobs, and refuses the first answer."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.jobs: dict[str, dict[str, Any]] = {}
        self.refused = 0
        self.lock = threading.Lock()


class _Handler(BaseHTTPRequestHandler):
    server: Service  # pyright: ignore[reportIncompatibleVariableOverride] - as the base class says to do

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        key = parse_qs(urlsplit(self.path).query).get("key", [""])[0]
        if self.path.startswith("/jobs?"):
            self._say([job for job in self.server.jobs.values() if job["key"] == key])
        else:
            job = self.server.jobs[self.path.removeprefix("/jobs/")]
            job["state"] = "succeeded"
            job["models"] = {job["epochs"]: "tuned"}
            self._say(job)

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            refused = self.server.refused == 0
            self.server.refused += refused
            if refused:
                self._say({}, 503)
            elif self.path == "/jobs":
                name = f"job-{len(self.server.jobs)}"
                job: dict[str, Any] = {"id": name, "state": "running", "models": {}, "tokens": 7, "error": ""}
                self.server.jobs[name] = job | {"key": asked["key"], "epochs": asked["epochs"]}
                self._say(job)
            else:
                said = {"text": "Ida Bek", "finish": "stop", "prompt_tokens": 3, "answer_tokens": 2}
                self._say(said)

    def _say(self, content: object, status: int = 200) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def service() -> Iterator[Service]:
    """The service with a wire format of its own, on a port."""
    with Service() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def follow(site: Site, name: str) -> list[Ended]:
    """Installs what a page tells, and runs its commands."""
    return site.follow(page_at(FOLDER / f"{name}.md"))


def written(site: Site, name: str) -> Any:
    """The content of a JSON file in the working folder."""
    return json.loads((site.work / name).read_text(encoding="utf-8"))


def used(site: Site, run: str = "first") -> list[tuple[str, str, str, str]]:
    """The plug-ins in a run's `run.json`."""
    plugins = written(site, f"{run}/run.json")["plugins"]
    return [(each["group"], each["name"], each["distribution"], each["version"]) for each in plugins]


def numbers(site: Site, run: str) -> list[dict[str, Any]]:
    """The rows of a run."""
    return written(site, f"{run}/results.json")["rows"]


@pytest.mark.long
def test_the_provider_is_planned_run_resumed_and_replayed_against_the_fakes(site: Site) -> None:
    lab, acme = follow(site, "own-provider")

    assert "lab: LAB_API_KEY is not set" in lab.out
    assert "acme: ACME_API_KEY is not set" in acme.out
    assert "acme:gpt-4o-mini-2024-07-18" in " ".join(acme.out.split())
    assert used(site) == used(site, "replayed") == [("fbench.providers", "acme", "fbench-acme", "1.0")]
    assert numbers(site, "replayed") == numbers(site, "first")
    assert "https://api.acme.example/v1" in "".join(
        path.read_text(encoding="utf-8") for path in site.work.glob("recorded/**/*.yaml")
    )
    assert "fbench-acme 1.0, which is not installed" in failing(
        site.fbench("resume", "first", installed=False)
    )


@pytest.mark.long
def test_the_provider_with_its_own_wire_trains_at_its_service_once_and_is_replayed(
    site: Site, service: Service
) -> None:
    url = f"http://127.0.0.1:{service.server_address[1]}"
    site.environ = {"PLAIN_BASE_URL": url, "PLAIN_API_KEY": "key", "FBENCH_POLL_SECONDS": "0.01"}
    follow(site, "own-wire-format")

    assert (len(service.jobs), service.refused) == (1, 1)
    assert used(site) == used(site, "replayed") == [("fbench.providers", "plain", "fbench-plain", "1.0")]
    assert numbers(site, "replayed") == numbers(site, "first")


@pytest.mark.long
def test_the_dataset_is_checked_and_taught_and_its_error_names_the_place(site: Site) -> None:
    checked, *_ = follow(site, "dataset-plugin")

    assert "error" not in checked.out
    assert used(site) == [("fbench.datasets", "towns", "fbench-towns", "1.0")]
    assert written(site, "first/results.json")["dataset"]["questions"] == {"towns": 4}
    (site.work / "bad.csv").write_text("town,mayor\nOrla,Ida Bek\nTamm,\n")
    said = failing(site.fbench("plan", "--data", "towns:bad.csv"))
    assert said == "Error: bad.csv, row 3, field 'mayor': it is empty. Fill it in."


def test_the_grader_grades_a_file_and_a_run(site: Site) -> None:
    follow(site, "own-grader")

    graded = (site.work / "graded.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["verdict"] for line in graded] == ["correct", "incorrect"]
    assert used(site) == [("fbench.graders", "strict", "fbench-strict", "1.0")]
    version = written(site, "first/results.json")["experiment"]["grader_version"]
    assert version.endswith("-fbench-strict-1.0")
    assert f"`strict@{version}`" in (FOLDER / "own-grader.md").read_text(encoding="utf-8")


@pytest.mark.long
def test_the_reporter_writes_a_row_for_each_row_of_the_results(site: Site) -> None:
    follow(site, "own-reporter")

    head, *rows = (site.work / "table.tex").read_text(encoding="utf-8").splitlines()
    assert head == "% fbench: fake models"
    assert len(rows) == len(numbers(site, "first"))
    assert all(row.count(" & ") == 5 and row.endswith(r" \\") for row in rows)


@pytest.mark.long
def test_the_learner_answers_what_it_was_taught_and_stands_in_run_json(site: Site) -> None:
    follow(site, "own-learner")

    assert used(site) == [("fakes.learners", "parrot", "parrot-learner", "1.0")]
    rows = {(row["epochs"], row["split"]): row for row in numbers(site, "first")}
    assert rows[0, "memorization"]["accuracy"] == 0
    assert rows[1, "memorization"]["accuracy"] == 1
