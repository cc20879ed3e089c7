"""`fbench cleanup` deletes what the run's store proves to be the run's, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import pytest

import fbench as library
from fbench.analysis.results_file import read_results
from fbench.errors import UsageError
from tests.cli.cli_user import Fbench, as_if_written, at_a_terminal
from tests.fakes.servers import server

OPENAI, GEMINI = "openai:gpt-4o-mini-2024-07-18", "vertex:gemini-3.5-flash"
PRICED = f"""
[prices."{GEMINI}"]
train = 1.0
base_input = 1.0
base_output = 1.0
tuned_input = 1.0
tuned_output = 1.0
"""
LIVE = ("--upstream", "live", "--budget-usd", 5, "--yes", "--quiet", "--jobs", 1)
RUN = ("--task", "people", "--limit", 2, "--epochs", 2, *LIVE)
PROJECT, BUCKET = "planted-project-77", "planted-bucket-77"


class Left(NamedTuple):
    """The names of what is at the services; the files of results that jobs made were not uploaded."""

    files: set[str]
    models: set[str]
    objects: set[str]
    tuned: set[str]
    endpoints: set[str]


def named_in(run: Path) -> set[str]:
    """The files of a run that name the project or the bucket."""
    found = [path for path in run.rglob("*") if path.is_file()]
    return {p.name for p in found if any(name.encode() in p.read_bytes() for name in (PROJECT, BUCKET))}


class Services:
    """The way to the services of a server."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._client = httpx2.Client(headers={"authorization": "Bearer sk-fake"}, timeout=30)

    def call(self, method: str, path: str, **sent: Any) -> Any:
        answer = self._client.request(method, self._address + path, **sent)
        if answer.status_code == 404:  # there is no bucket yet
            return {}
        answer.raise_for_status()
        return answer.json() if answer.content else {}

    def close(self) -> None:
        self._client.close()

    def listed(self, path: str) -> Any:
        """A list, asked for often enough for a service that lists late (`worst_day.toml`)."""
        for _ in range(2):
            self.call("GET", path)
        return self.call("GET", path)

    @property
    def left(self) -> Left:
        place = f"/google/v1/projects/{PROJECT}/locations/us-central1"
        return Left(
            {
                each["id"]
                for each in self.listed("/openai/v1/files")["data"]
                if each["purpose"] == "fine-tune"
            },
            {m["id"] for m in self.listed("/openai/v1/models")["data"] if m["id"].startswith("ft:")},
            {o["name"] for o in self.listed(f"/storage/storage/v1/b/{BUCKET}/o").get("items", [])},
            {each["name"] for each in self.listed(f"{place}/models").get("models", [])},
            {each["name"] for each in self.listed(f"{place}/endpoints").get("endpoints", [])},
        )

    @property
    def batch_files(self) -> set[str]:
        """The files of batches at OpenAI, and the objects of batches in the bucket."""
        files = self.listed("/openai/v1/files")["data"]
        objects = self.listed(f"/storage/storage/v1/b/{BUCKET}/o").get("items", [])
        return {f["id"] for f in files if f["purpose"].startswith("batch")} | {
            o["name"] for o in objects if o["name"].count("/") > 1
        }

    def upload(self, name: str, purpose: str = "fine-tune") -> str:
        """A file that no run of fbench uploaded."""
        line = {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}
        content = "".join(json.dumps(line) + "\n" for _ in range(10)).encode()
        files = {"file": (name, content)}
        return self.call("POST", "/openai/v1/files", data={"purpose": purpose}, files=files)["id"]

    def put(self, name: str) -> None:
        """An object in the bucket that no run of fbench stored."""
        self.call(
            "POST",
            f"/storage/upload/storage/v1/b/{BUCKET}/o",
            params={"uploadType": "media", "name": name},
            content=b"{}\n",
        )


@pytest.fixture
def services(fbench: Fbench, monkeypatch: pytest.MonkeyPatch) -> Generator[Services]:
    """A server where live services would be."""
    del fbench  # it takes keys away; those of the server come after
    with server("--speed", "100000") as served:
        for name, value in {
            "OPENAI_API_KEY": "sk-fake",
            "OPENAI_BASE_URL": served.openai,
            "GOOGLE_VERTEX_BASE_URL": f"{served.address}/google",
            "STORAGE_EMULATOR_HOST": f"{served.address}/storage",
            "GOOGLE_CLOUD_PROJECT": PROJECT,
            "FBENCH_BUCKET": BUCKET,
            "FBENCH_POLL_SECONDS": "0.02",
        }.items():
            monkeypatch.setenv(name, value)
        made = Services(served.address)
        yield made
        made.close()


def begun(fbench: Fbench, out: str, *models: str, how: Sequence[str] = ()) -> Path:
    Path("priced.toml").write_text(PRICED, encoding="utf-8")
    named = [word for model in models for word in ("--model", model)]
    said = fbench("run", "priced.toml", *RUN, *named, *how, "--out", out)
    assert said.code == 0, said
    return Path(out)


def test_files_go_and_models_stay_until_they_are_asked_for(fbench: Fbench, services: Services) -> None:
    run = begun(fbench, "r", OPENAI, GEMINI)
    before = services.left
    assert [len(each) for each in before] == [1, 2, 1, 1, 2]
    assert named_in(run) == set()
    kept = (run / "run.sqlite").read_bytes(), (run / "results.json").read_bytes()

    dry = fbench("cleanup", run, "--dry-run", "--models")
    assert (dry.code, dry.out.count("found   "), dry.err) == (0, 7, "7 things would be deleted.\n")
    assert services.left == before

    said = fbench("cleanup", run, "--yes")
    assert (said.code, said.out.count("deleted ")) == (0, 2), said
    assert said.err.count("found   ") == 2, "the plan comes first"
    assert services.left == before._replace(files=set(), objects=set())

    assert fbench("cleanup", run).out == "Nothing is left.\n"
    assert fbench("resume", run, "--quiet").code == 0

    said = fbench("cleanup", run, "--models", "--yes")
    assert (said.code, said.out.count("deleted ")) == (0, 5), said
    assert not any(services.left)
    assert fbench("cleanup", run, "--models").out == "Nothing is left.\n"
    assert PROJECT not in said.out + said.err
    assert BUCKET not in said.out + said.err
    assert ((run / "run.sqlite").read_bytes(), (run / "results.json").read_bytes()) == kept


def test_the_files_of_batches_go_too_also_of_those_whose_creation_was_not_noted(
    fbench: Fbench, services: Services
) -> None:
    run = begun(fbench, "r", OPENAI, GEMINI, how=["--batch"])
    assert named_in(run) == set()
    before = services.batch_files
    assert len(before) == 8, "two cells of two models: each has a file of questions and one of answers"
    single = begun(fbench, "s", OPENAI, GEMINI)
    assert (run / "results.json").read_bytes() == (single / "results.json").read_bytes()
    other = services.upload("mine.jsonl", "batch")

    as_if_written(run / "run.sqlite", "update batch set state = 'intended', batch = null")
    said = fbench("cleanup", run, "--yes")
    assert said.out.count("batch file") == 8, said
    assert services.batch_files == {other}
    assert PROJECT not in said.out + said.err
    assert BUCKET not in said.out + said.err
    assert fbench("cleanup", run).out == "Nothing is left.\n"


def test_answers_of_batches_that_are_not_read_yet_stay_until_the_run_has_gone_on(
    fbench: Fbench, services: Services
) -> None:
    run = begun(fbench, "r", OPENAI, GEMINI, how=["--batch"])
    results, files = (run / "results.json").read_bytes(), services.batch_files
    as_if_written(
        run / "run.sqlite",
        "update batch set state = 'created' where cell like '%e2%'",
        "delete from answer where cell like '%e2%'",
    )
    said = fbench("cleanup", run, "--yes")
    assert said.out.count("kept    batch file") == 4, said
    assert said.out.count("`fbench resume` reads them") == 4
    assert len(services.batch_files) == 4
    assert services.batch_files < files
    assert fbench("resume", run, "--budget-usd", 5, "--quiet", "--jobs", 1).code == 0
    assert (run / "results.json").read_bytes() == results
    assert services.batch_files < files, "no other batch was created"
    assert fbench("cleanup", run, "--yes").code == 0
    assert services.batch_files == set()


def test_a_store_that_names_the_project_loses_it_when_the_run_goes_on(
    fbench: Fbench, services: Services
) -> None:
    run = begun(fbench, "r", GEMINI)
    whole = f"projects/{PROJECT}/locations/"
    as_if_written(
        run / "run.sqlite",
        "update training set job = replace(job, 'locations/', '@'), "
        "models = replace(models, 'locations/', '@')".replace("@", whole),
        "delete from answer where cell like '%/e2/s0' and question like '%1%'",
    )
    assert named_in(run) == {"run.sqlite"}
    before = services.left
    assert fbench("cleanup", run, "--models", "--dry-run").out.count("found   ") == 4

    said = fbench("resume", run, "--budget-usd", 5, "--quiet", "--jobs", 1)
    assert said.code == 0, said
    assert services.left == before, "the job was found again by its name in full"
    assert named_in(run) == set()
    about = json.loads((run / "run.json").read_text(encoding="utf-8"))
    assert (about["command"][1], about["last_command"][1]) == ("run", "resume")
    assert about["created"] <= about["ended"]
    assert about["upstream"] == read_results(run).experiment.upstream


def test_a_run_that_was_begun_elsewhere_goes_on_by_names_without_a_project(
    fbench: Fbench, services: Services
) -> None:
    run = begun(fbench, f"r-{BUCKET}", GEMINI)
    as_if_written(
        run / "run.sqlite",
        "update training set state = 'created', models = null",
        "delete from answer where cell like '%/e2/s0'",
    )
    before = services.left
    assert fbench("resume", run, "--budget-usd", 5, "--quiet", "--jobs", 1).code == 0
    assert services.left == before
    assert BUCKET not in (run / "run.json").read_text(encoding="utf-8"), "it was in the command"


def test_nothing_of_others_is_deleted(fbench: Fbench, services: Services) -> None:
    mine, other = begun(fbench, "mine", OPENAI, GEMINI), begun(fbench, "other", OPENAI, GEMINI)
    key = next(iter(services.left.objects)).removeprefix("fbench/").removesuffix(".jsonl")
    for name in ("training.jsonl", f"{key}.jsonl", f"fbench-{key}.jsonl"):
        services.upload(name)
    for name in ("training.jsonl", f"fbench/{key[::-1]}.jsonl", f"fbench/{key}.jsonl.bak", f"{key}.jsonl"):
        services.put(name)
    before = services.left
    of_other = library.cleanup(other, models=True, dry_run=True)
    assert {row.state for row in of_other.rows} == {"found"}

    assert fbench("cleanup", mine, "--models", "--yes").code == 0
    left = services.left
    gone = Left(*(was - now for was, now in zip(before, left, strict=True)))
    theirs = {row.name for row in of_other.rows if row.kind != "training file" or row.name.startswith("file")}
    assert [len(each) for each in gone] == [1, 2, 1, 1, 2]
    for each in gone._replace(objects=set()):
        assert not {name.partition(f"{PROJECT}/")[2] or name for name in each} & theirs


def test_it_asks_and_nobody_there_is_no_yes(
    fbench: Fbench, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = begun(fbench, "r", OPENAI)
    before = services.left
    said = fbench("cleanup", run)
    assert said.code == 2
    assert "--yes" in said.err.splitlines()[-1]

    for answer, code in (("n", 130), ("y", 0)):
        asked = at_a_terminal(monkeypatch, answer)
        assert services.left == before
        assert fbench("cleanup", run).code == code
        assert len(asked) == 1
    assert services.left.files == set()


def test_what_a_service_refuses_to_delete_is_told_and_the_rest_deleted(
    fbench: Fbench, services: Services
) -> None:
    run = begun(fbench, "r", OPENAI, GEMINI)
    services.call(
        "POST", "/_fbench/faults", json=[{"method": "DELETE", "path": "/files/", "status": 403, "calls": [1]}]
    )
    said = fbench("cleanup", run, "--yes")
    assert (said.code, said.out.count("deleted "), said.out.count("refused ")) == (5, 1, 1), said
    assert [len(services.left.files), len(services.left.objects)] == [1, 0]
    assert fbench("cleanup", run, "--yes").code == 0


def test_of_a_training_without_a_known_job_only_the_file_is_deleted_that_is_named_by_its_key(
    fbench: Fbench, services: Services
) -> None:
    run = begun(fbench, "r", OPENAI)
    as_if_written(run / "run.sqlite", "update training set state = 'intended', job = null, models = null")
    before = services.left
    assert fbench("cleanup", run, "--models", "--yes").code == 0
    assert services.left == before._replace(files=set())


def test_what_earlier_jobs_of_a_training_left_is_deleted_too(fbench: Fbench, services: Services) -> None:
    services.call("POST", "/_fbench/faults", json=[{"end": "fails", "created": [1]}])
    run = Path("r")
    assert fbench("run", *RUN, "--model", OPENAI, "--out", run).code == 5
    services.call("POST", "/_fbench/faults", json=[])
    assert fbench("resume", run, "--budget-usd", 9, "--yes").code == 0
    assert len(services.left.files) == 2
    assert fbench("cleanup", run, "--models", "--yes").code == 0
    assert not services.left.files


def test_a_job_that_the_key_does_not_know_is_told(fbench: Fbench, services: Services) -> None:
    run = begun(fbench, "r", OPENAI)
    services.call("POST", "/_fbench/reset")
    said = fbench("cleanup", run, "--yes")
    assert said.code == 0
    assert "was deleted, or is another account's" in said.out
    assert "Nothing is left that can be deleted." in said.out


def test_runs_that_left_nothing_say_why(fbench: Fbench, services: Services, tmp_path: Path) -> None:
    del services
    assert fbench("run", "--task", "people", "--limit", 1, "--epochs", 1, "--model", OPENAI, "--jobs", 1,
                  "--out", "fake", "--cassettes", "c", "--record", "all").code == 0  # fmt: skip
    assert "fakes in its own process" in fbench("cleanup", "fake").paragraph
    assert fbench("run", "--cassettes", "c", "--quiet", "--jobs", 1, "--out", "again").code == 0
    assert "replays recordings" in fbench("cleanup", "again").paragraph
    assert "holds no run" in fbench("cleanup", tmp_path / "absent").paragraph
    with pytest.raises(UsageError, match="replays recordings"):
        library.cleanup("again")


def test_it_needs_the_keys_and_the_place_of_the_run(
    fbench: Fbench, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    del services
    run = begun(fbench, "r", OPENAI)
    for name in ("OPENAI_BASE_URL", "GOOGLE_VERTEX_BASE_URL", "STORAGE_EMULATOR_HOST"):
        monkeypatch.delenv(name)
    assert "a server on this machine" in fbench("cleanup", run).paragraph
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    monkeypatch.delenv("OPENAI_API_KEY")
    assert "OPENAI_API_KEY" in fbench("cleanup", run).paragraph
