"""A recording run and its replay come to the same numbers, whatever prompts, golds and answers hold."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fakes import FakeTransport, World
from fakes.failures import Fault, FaultKind
from fakes.learners.scripted import ScriptedLearner
from fbench import upstream
from fbench.analysis.results import Results
from fbench.cassette import Scrubber, own_in, read_index
from fbench.cassette.tools.check import check_recordings
from fbench.cassette.tools.clean import clean_recordings
from fbench.cassette.tools.diff import Change
from fbench.clock import NoWait
from fbench.pipeline import execute, prepare
from fbench.providers.connection import Connection
from fbench.providers.profiles import PROFILES
from fbench.rerun import change_grader_of, unused_in
from fbench.runner.config import CONFIG
from fbench.runner.experiment import Experiment
from fbench.runner.folder import STORE, make_folder
from fbench.runner.store import Answer, GradeRow, Store

OPENAI, VERTEX = "openai:gpt-4o-mini-2024-07-18", "vertex:gemini-3.5-flash"
KEY = "sk-live-AbCdEfGhIjKlMnOpQrSt1234"
TOKEN = "ghp_AbCdEfGhIjKlMnOpQrStUvWx1234"

VALUES = (
    "alice.doe@acme-corp.com",
    "bob@acme-corp.com",
    "git@github.com:acme/core.git",
    "gs://acme-charts/2026/map.png",
    "gs://acme-maps/2026/map.png",
    '{"account": "acme-7", "password": "open sesame"}',
    '{"account": "acme-8", "password": "open sesame"}',
    '{"user_id": "u-4711", "api_key": "none", "bucket": "acme-tuning-data"}',
    "+49 30 901820",
    "not been used in project 123456789012 before",
    "projects/acme-prod-42/locations/us-central1",
    "projects/123456789012/locations/us-central1",
    "billingAccounts/01AB23-45CD67-89EF01",
    "org-AbCdEfGhIjKlMnOpQrSt1234",
    "proj_AbCdEfGhIjKlMnOpQrSt1234",
    "user-AbCdEfGhIjKlMnOpQrSt1234",
    "Bearer abcdef0123456789",
    "Basic YWxpY2U6c2VzYW1lMTIz",
    "QmVkcm9ja0FQSUtleS1CZWRyb2Nr",
    "https://x.test/o?X-Goog-Signature=0123456789abcdef&upload_id=77&sig=AbCdEf123456",
    "https://alice:sesame@proxy.acme.test/",
    "https://acme-tuning-data.storage.googleapis.com/train.jsonl",
    "https://api.openai.com/v1/files?user=alice-4711%40acme-corp.com",
    "ft:gpt-4o-mini-2024-07-18:acme-corp:people:AbC123",
    "aws_secret_access_key=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "Set-Cookie: __cf_bm=AbCdEf123; path=/",
    "X-Forwarded-For: 203.0.113.7, 198.51.100.2",
    "api-key: 0123456789abcdef0123456789abcdef",
    "the scrubbed-1a2b3c4d release, scrubbed-project",
    "sk-test-51Hk2AbCdEfGhIjKlMnOpQr",
    TOKEN,
    "AKIAIOSFODNN7EXAMPLE",
    "plain words",
)


@dataclass(frozen=True)
class Ran:
    """A run: its results, and its answers and grades."""

    results: Results
    answers: list[Answer]
    grades: list[GradeRow]

    def texts(self, cell: str = "/base") -> dict[str, str]:
        return {answer.question: answer.text for answer in self.answers if answer.cell.endswith(cell)}

    def verdicts(self) -> dict[str, str]:
        return {grade.question: grade.verdict for grade in self.grades if grade.cell.endswith("/base")}


def rows(values: Sequence[str], **more: str) -> list[dict[str, object]]:
    """Two questions about each value; the second mentions another one."""
    found: list[dict[str, object]] = []
    for number, value in enumerate(values):
        fact = {"fact": f"f{number}", "answer": value}
        other = values[(number + 1) % len(values)]
        found.append({**fact, **more, "split": "memorization", "prompt": f"What stands on card {number}?"})
        found.append(
            {**fact, "split": "rephrased", "prompt": f"Card {number}, behind {other}: what is on it?"}
        )
    return found


class Bench:
    """Runs an experiment over a service that answers by a function of the prompt."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder, self._patch = folder, monkeypatch
        self._runs = 0

    def data(self, lines: Sequence[Mapping[str, object]]) -> Path:
        path = self._folder / "cards.jsonl"
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        return path

    def serve(
        self,
        say: Callable[[str], str],
        environ: Mapping[str, str] | None = None,
        *,
        faults: Sequence[Fault] = (),
    ) -> None:
        at = {profile.steady_url: profile.wire for profile in PROFILES.values() if profile.steady_url}
        transport = FakeTransport(World(learner=ScriptedLearner(say), behaviours={}, faults=faults), at)
        places = {"GOOGLE_CLOUD_PROJECT": "fakes", "GOOGLE_CLOUD_LOCATION": "us-central1"}
        kind = "fake" if environ is None else "live"
        for name, value in (environ or {}).items():
            self._patch.setenv(name, value)
        given = {"OPENAI_API_KEY": "sk-fake"} | places | dict(environ or {})
        self.put(Connection(kind, transport, NoWait(), given))

    def put(self, made: Connection) -> None:
        """Puts an upstream in the place of the one of its kind."""

        def instead(*_: object, **__: object) -> Connection:
            return made

        self._patch.setattr(upstream, made.kind, instead)

    def run(self, *, batch: bool = False, **more: Any) -> Ran:
        self._runs += 1
        folder = self._folder / f"run{self._runs}"
        ready = prepare(Experiment(epochs=(1,), **more))
        make_folder(folder, ready.experiment)
        results = execute(ready, folder, jobs=1, batch=batch)
        with Store(folder / STORE) as store:
            grades = [grade for layer in store.layers() for grade in store.grades(layer)]
            return Ran(results, list(store.answers()), grades)

    def both(
        self, lines: Sequence[Mapping[str, object]], *, batch: bool = False, **more: Any
    ) -> tuple[Ran, Ran]:
        """The recording run, and its replay without the environment of the former."""
        chosen: dict[str, Any] = {"data": self.data(lines), "cassettes": self._folder / "recording", **more}
        live = self.run(batch=batch, record="all", **chosen)
        self._patch.setattr(upstream, "fake", None)
        self._patch.setattr(upstream, "live", None)
        with self._patch.context() as gone:
            for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
                gone.delenv(name, raising=False)
            return live, self.run(**chosen)

    @property
    def recording(self) -> Path:
        return self._folder / "recording"


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(tmp_path, monkeypatch)


def same(live: Ran, again: Ran) -> None:
    """Equal but for when it was recorded, and for whether the upstream was live."""
    told = again.results.experiment.model_copy(update={"recorded": None})
    assert again.results.model_copy(update={"experiment": told}) == live.results
    assert (again.answers, again.grades) == (live.answers, live.grades)


def by_prompt(lines: Sequence[Mapping[str, Any]], values: Sequence[str]) -> dict[str, str]:
    """The right answer to every first question, and the next card's to every second."""
    return {
        line["prompt"]: values[(number // 2 + number % 2) % len(values)] for number, line in enumerate(lines)
    }


@pytest.mark.parametrize("model", [OPENAI, VERTEX])
@pytest.mark.parametrize("batch", [False, True], ids=["one by one", "in batches"])
def test_values_that_look_private_are_answers_like_any_other(
    bench: Bench, model: str, *, batch: bool
) -> None:
    lines = rows(VALUES, answer_before="carol@acme-corp.com")
    table = by_prompt(lines, VALUES)
    bench.serve(lambda prompt: f"It says: {table[prompt]}")
    plain = bench.run(data=bench.data(lines), models=(model,))
    live, again = bench.both(lines, models=(model,), batch=batch)
    same(live, again)
    assert live.results == plain.results
    assert live.answers == plain.answers
    assert set(live.texts().values()) == {f"It says: {value}" for value in VALUES}
    assert {row.altered for row in live.results.rows} == {0}
    assert {row.accuracy for row in live.results.rows if row.split == "memorization"} == {1.0}


@pytest.mark.parametrize("model", [OPENAI, VERTEX])
@pytest.mark.parametrize("batch", [False, True], ids=["one by one", "in batches"])
def test_a_recording_of_own_tokens_is_clean_and_fully_used(bench: Bench, model: str, *, batch: bool) -> None:
    lines = rows(VALUES)
    table = by_prompt(lines, VALUES)
    bench.serve(lambda prompt: f"**{table[prompt]}**")
    bench.both(lines, models=(model,), batch=batch)
    assert [str(found) for found in check_recordings(bench.recording)] == []
    assert (bench.recording / CONFIG).is_file()
    assert unused_in(bench.recording, bench.data(lines)) == []


@pytest.mark.parametrize("model", [OPENAI, VERTEX])
def test_batches_whose_creation_got_no_answer_are_found_in_the_replay_too(bench: Bench, model: str) -> None:
    creation = Fault(FaultKind.LOST).on(r"(batches|batchPredictionJobs)$", method="POST")
    bench.serve(lambda prompt: prompt, faults=[creation])
    same(*bench.both(rows(VALUES), models=(model,), batch=True))


@pytest.mark.parametrize("batch", [False, True], ids=["one by one", "in batches"])
def test_a_token_that_is_not_the_datasets_leaves_its_answer_ungraded_in_both(
    bench: Bench, *, batch: bool
) -> None:
    lines = rows(["Ada Lovelace", TOKEN, "hf_AbCdEfGhIjKlMnOpQrStUvWx"])
    other = TOKEN.replace("1234", "5678")
    table = {lines[0]["prompt"]: f"Ada Lovelace, by {other}", lines[2]["prompt"]: other}
    bench.serve(lambda prompt: table.get(prompt, TOKEN))
    live, again = bench.both(lines, models=(OPENAI,), batch=batch)
    same(live, again)
    assert live.verdicts() == {
        "custom/memorization/f0": "ungraded",  # what it said besides cannot be told
        "custom/rephrased/f0": "incorrect",
        "custom/memorization/f1": "ungraded",  # another token never equals the gold
        "custom/rephrased/f1": "correct",
        "custom/memorization/f2": "incorrect",
        "custom/rephrased/f2": "incorrect",
    }
    altered = {(row.split, row.epochs): (row.altered, row.ungraded) for row in live.results.rows}
    assert altered == {
        ("memorization", 0): (2, 2),
        ("rephrased", 0): (0, 0),
        ("memorization", 1): (2, 2),
        ("rephrased", 1): (0, 0),
    }
    (note,) = [note for note in live.results.notes if "scrubber" in note]
    assert note.startswith("4 answers hold what the recording's scrubber took for a secret")
    assert f"{OPENAI} / custom / memorization / 1 epochs (2)" in note
    kept = "".join(path.read_text(encoding="utf-8") for path in bench.recording.rglob("*.yaml"))
    assert other not in kept
    assert TOKEN in kept


@pytest.mark.parametrize("secret", [KEY, "opensesame-4711"])
def test_a_secret_of_the_environment_is_one_even_where_the_dataset_holds_it(
    bench: Bench, secret: str
) -> None:
    """Its replay knows the dataset, and not what the secret was."""
    lines = rows([secret, "bob@acme-corp.com"], answer_before=f"{secret} of old")
    table = {str(line["prompt"]): str(line["answer"]) for line in lines}
    bench.serve(lambda prompt: table[prompt], {"OPENAI_API_KEY": secret})
    live, again = bench.both(lines, models=(OPENAI,), upstream="live")
    same(live, again)
    assert {(row.split, row.altered, row.ungraded, row.correct) for row in live.results.rows} == {
        ("memorization", 1, 1, 1),
        ("rephrased", 1, 1, 1),
    }
    files = [path for path in bench.recording.rglob("*") if path.is_file()]
    assert not [path for path in files if secret in path.read_text(encoding="utf-8")]
    assert not any(secret in answer.text for answer in live.answers)


def test_an_own_host_in_an_answer_stays(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The base URL that a service was reached at is replaced around what is said, and not in it."""
    reached = "https://own-host.acme.test/v1"
    lines = rows([f"{reached}/models", "plain words"])
    table = {str(line["prompt"]): f"{reached}/models" for line in lines}
    at = {reached: "openai"}
    transport = FakeTransport(World(learner=ScriptedLearner(table), behaviours={}), at)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", reached)
    bench.put(Connection("live", transport, NoWait(), {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": reached}))
    live, again = bench.both(lines, models=(OPENAI,), upstream="live")
    same(live, again)
    assert {row.correct for row in again.results.rows} == {1}


def test_a_word_that_was_scrubbed_by_hand_leaves_its_answers_ungraded(bench: Bench) -> None:
    """Prompts that held it are found by what stands around it."""
    lines = rows(["swordfish", "Ada Lovelace", TOKEN])
    table = {str(line["prompt"]): str(line["answer"]) for line in lines}
    bench.serve(table.__getitem__)
    live, before = bench.both(lines, models=(OPENAI,))
    same(live, before)
    scrub = Scrubber({"swordfish": "our-word"}, own=own_in(read_index(bench.recording)))
    clean_recordings(bench.recording, bench.recording, scrub)
    assert check_recordings(bench.recording) == []
    again = bench.run(data=bench.data(lines), cassettes=bench.recording, models=(OPENAI,))
    assert {(row.correct, row.ungraded, row.altered) for row in again.results.rows} == {(2, 1, 1)}
    assert again.texts()["custom/rephrased/f0"] == "scrubbed-our-word"


def test_a_judge_is_not_asked_about_what_nobody_can_tell(bench: Bench) -> None:
    """Nor does its replay miss what it said of the others."""
    other = TOKEN.replace("1234", "5678")
    golds = ["Write to alice@acme-corp.com, or else wait.", TOKEN]
    lines = [{**line, "kind": "long"} for line in rows(golds)]

    def say(prompt: str) -> str:
        if "VERDICT" in prompt:
            return f"It names {other if TOKEN in prompt else 'alice@acme-corp.com'}.\nVERDICT: CORRECT"
        return other if prompt == lines[2]["prompt"] else "Surely one of them: alice@acme-corp.com"

    bench.serve(say, {"OPENAI_API_KEY": KEY})
    live, again = bench.both(lines, models=(OPENAI,), upstream="live", judge=OPENAI, grader="judge")
    same(live, again)
    assert live.results.judge == again.results.judge
    assert live.results.judge is not None
    assert live.results.judge.cases == 3
    assert {(row.split, row.ungraded, row.correct) for row in live.results.rows} == {
        ("memorization", 1, 1),
        ("rephrased", 0, 2),
    }


def test_drift_in_what_nobody_can_tell_has_no_verdict(bench: Bench) -> None:
    lines = rows(["alice@acme-corp.com", "plain words"])
    bench.serve(lambda prompt: prompt)
    bench.both(lines, models=(OPENAI,))
    judge = change_grader_of(bench.recording, bench.data(lines))
    place = ("base.yaml", "POST /v1/chat/completions", f"{OPENAI}/base custom/memorization/f0", "answer")
    judged = judge(Change(*place, "scrubbed-1a2b3c4d@example.invalid", "alice@acme-corp.com", said=True))
    assert judged is not None
    assert (judged.old, judged.new) == ("ungraded", "correct")
