"""What a service is asked in a run, and what is kept of what it says: nothing is changed on the way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from fakes import FakeTransport, World
from fakes.learners.scripted import ScriptedLearner
from fbench.clock import NoWait
from fbench.datasets import Dataset
from fbench.errors import ProviderFailed
from fbench.pipeline import execute, prepare
from fbench.providers.connection import Connection
from fbench.runner.experiment import Experiment
from fbench.runner.folder import RESULTS, STORE, make_folder
from fbench.runner.store import Answer, Store

MODEL = "openai:gpt-4o-mini-2024-07-18"


class Listener(httpx2.AsyncBaseTransport):
    """Keeps what is asked and said, and refuses jobs of as many epochs as it is told."""

    def __init__(self, refused: int = 0) -> None:
        self.world = World(learner=ScriptedLearner({}))
        self.inner, self.refused = FakeTransport(self.world), refused
        self.questions: list[tuple[dict[str, Any], dict[str, Any]]] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        if request.method == "POST" and path.endswith("/fine_tuning/jobs") and self.refuses(request):
            error = {"message": "no such training here"}
            return httpx2.Response(403, json={"error": error}, request=request)
        response = await self.inner.handle_async_request(request)
        if path.endswith("/chat/completions"):
            self.questions.append((json.loads(request.content), json.loads(await response.aread())))
        return response

    def refuses(self, creation: httpx2.Request) -> bool:
        job = json.loads(creation.content)
        return job["method"]["supervised"]["hyperparameters"]["n_epochs"] == self.refused

    @property
    def connection(self) -> Connection:
        return Connection("fake", self, NoWait(), {"OPENAI_API_KEY": "sk"})


def experiment(**more: object) -> Experiment:
    asked = {"models": (MODEL,), "tasks": ("coding",), "limit": 3, "epochs": (1,)}
    return Experiment.model_validate(asked | more)


def run(folder: Path, asked: Experiment, service: Listener) -> tuple[Dataset, list[Answer]]:
    ready = prepare(asked)
    make_folder(folder, asked)
    execute(ready, folder, jobs=1, connection=service.connection)
    return ready.dataset, kept(folder)


def kept(folder: Path) -> list[Answer]:
    with Store(folder / STORE) as store:
        return list(store.answers())


def test_every_cell_is_asked_every_prompt_once_with_the_sampling_of_the_experiment(tmp_path: Path) -> None:
    service = Listener()
    sampling = {"temperature": 0.25, "max_tokens": 33, "seed": 7}
    dataset, _ = run(tmp_path / "run", experiment(sampling=sampling), service)

    prompts = sorted(question.prompt for question in dataset.questions)
    by_model: dict[str, list[str]] = {}
    for body, _ in service.questions:
        assert (body["temperature"], body["seed"]) == (0.25, 7)
        assert 33 in (body.get("max_tokens"), body.get("max_completion_tokens"))
        (message,) = body["messages"]
        by_model.setdefault(body["model"], []).append(message["content"])
    base, tuned = sorted(by_model, key=len)
    assert base == MODEL.split(":")[1]
    assert tuned.startswith(f"ft:{base}")
    assert sorted(by_model[base]) == sorted(by_model[tuned]) == prompts


def test_what_is_kept_of_an_answer_is_its_text_and_the_tokens_of_prompt_and_answer(tmp_path: Path) -> None:
    service = Listener()
    _, answers = run(tmp_path / "run", experiment(), service)
    said = sorted(
        (
            reply["choices"][0]["message"]["content"],
            reply["usage"]["prompt_tokens"],
            reply["usage"]["completion_tokens"],
        )
        for _, reply in service.questions
    )
    assert sorted((a.text, a.prompt_tokens, a.answer_tokens) for a in answers) == said
    assert all(a.prompt_tokens != a.answer_tokens for a in answers)


def test_each_cell_of_shared_checkpoints_asks_the_checkpoint_of_its_own_epoch(tmp_path: Path) -> None:
    service = Listener()
    asked = experiment(epochs=(1, 2, 3), share_checkpoints=True)
    ready = prepare(asked)
    make_folder(tmp_path / "run", asked)
    execute(ready, tmp_path / "run", jobs=1, connection=service.connection)

    with Store(tmp_path / "run" / STORE) as store:
        (training,) = store.trainings().values()
    assert training.models is not None
    assert sorted(training.models) == [1, 2, 3]
    assert len(service.world.openai.jobs) == 1
    asked_of = {body["model"] for body, _ in service.questions}
    assert asked_of == {MODEL.split(":")[1], *training.models.values()}
    assert len(asked_of) == 4


def test_a_part_that_failed_is_an_error_though_the_others_have_results(tmp_path: Path) -> None:
    service = Listener(refused=2)
    asked = experiment(epochs=(1, 2))
    with pytest.raises(
        ProviderFailed,
        match=r"1 of 2 trainings and \d+ of \d+ questions are not done, and.*no such training here",
    ):
        run(tmp_path / "run", asked, service)
    results = json.loads((tmp_path / "run" / RESULTS).read_text(encoding="utf-8"))
    assert {row["epochs"] for row in results["rows"]} == {0, 1}
    assert [(t["epochs"], t["state"]) for t in results["trainings"]] == [(1, "succeeded"), (2, "failed")]
