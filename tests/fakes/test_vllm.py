"""Questions that are put to a vLLM server, here to one that stands in for it."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from fakes.learners.capabilities import Decoding, NotAnswered, Token
from fakes.learners.local.options import read_options
from fakes.learners.local.vllm import VllmDesk
from fakes.learners.local.writing import Question
from tests.fakes.vllm import Stub, serving


@pytest.fixture
def stub() -> Generator[Stub]:
    with serving() as running:
        yield running


def question(folder: Path | None = None, **how: Any) -> Question:
    return Question(folder, [1, 2, 3], Decoding(**how), 7, 11)


def test_an_answer_is_that_of_the_server_token_by_token(stub: Stub) -> None:
    desk = VllmDesk(stub.url + "/v1/", [0])
    saying = desk.put(question(top=1, temperature=0.5, stops=("x",)))
    said = saying.said()
    assert (said.text, said.reason, said.read, said.written) == ("Anné", "stop", 3, 5)
    assert said.tokens == (
        Token("An", -0.5, (("An", -0.5),)),
        Token("", -0.1, (("n", -0.1),)),
        Token("", -0.2, (("a", -0.1), ("b", -0.2))),
        Token("né", -0.3, ()),
    )
    assert list(saying) == list(said.tokens)
    ((path, sent),) = stub.asked
    assert path == "/v1/completions"
    assert (sent["model"], sent["prompt"], sent["max_tokens"], sent["seed"]) == ("org/base", [1, 2, 3], 7, 11)
    assert (sent["temperature"], sent["stop"], sent["stop_token_ids"]) == (0.5, ["x"], [0])
    desk.close()


def test_a_checkpoint_is_loaded_once_and_asked_by_its_name(stub: Stub, tmp_path: Path) -> None:
    folder = tmp_path / "key" / "epoch-0002"
    folder.mkdir(parents=True)
    desk = VllmDesk(stub.url, [0])
    for _ in range(2):
        assert desk.put(question(folder)).said().text == "Anné"
    assert stub.adapters == {"key-epoch-0002": str(folder.resolve())}
    assert [path for path, _ in stub.asked].count("/v1/load_lora_adapter") == 1
    other = VllmDesk(stub.url, [0])  # as after a restart of the one that asks
    assert other.put(question(folder)).said().text == "Anné"
    desk.close()
    other.close()


def test_checkpoints_that_were_not_asked_for_longest_are_unloaded(
    stub: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fakes.learners.local.vllm._ADAPTERS", 2)
    desk = VllmDesk(stub.url, [0])
    for number in (1, 2, 1, 3):
        desk.put(question(tmp_path / "key" / f"epoch-{number:04d}")).said()
    assert sorted(stub.adapters) == ["key-epoch-0001", "key-epoch-0003"]
    desk.close()


def test_many_questions_are_put_at_once(stub: Stub) -> None:
    stub.together = Barrier(20)
    desk = VllmDesk(stub.url, [0])
    sayings = [desk.put(question()) for _ in range(20)]
    assert [saying.said().text for saying in sayings] == ["Anné"] * 20
    desk.close()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"takes_adapters": False}, "does not load an adapter: 404"),
        ({"error": "the engine is dead"}, "the engine is dead"),
    ],
)
def test_what_the_server_refuses_is_told(
    stub: Stub, tmp_path: Path, change: dict[str, Any], told: str
) -> None:
    desk = VllmDesk(stub.url, [0])
    for name, value in change.items():
        setattr(stub, name, value)
    with pytest.raises(NotAnswered, match=told):
        desk.put(question(tmp_path / "key" / "epoch-0001")).said()
    desk.close()


def test_a_server_that_is_gone_is_told() -> None:
    with serving() as stub:
        desk = VllmDesk(stub.url, [0])
    with pytest.raises(NotAnswered, match="does not answer"):
        desk.put(question()).said()
    with pytest.raises(ValueError, match=r"no model is served .*--enable-lora"):
        VllmDesk(stub.url, [0])
    desk.close()


def test_a_server_without_a_model_is_told(stub: Stub) -> None:
    stub.models = []
    with pytest.raises(ValueError, match="no model is served"):
        VllmDesk(stub.url, [0])


def test_full_tuning_has_no_adapters_for_it(tmp_path: Path) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text('method = "full"\nvllm = "http://127.0.0.1:8000"\n')
    with pytest.raises(ValueError, match="vllm takes adapters"):
        read_options(settings)
