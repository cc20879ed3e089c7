"""The commands with models of open weights, where PyTorch is not installed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.cli.cli_user import Fbench

RECORDING = Path(__file__).parents[1] / "data" / "open-weights"


@pytest.fixture(autouse=True)
def _without_pytorch(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("torch", "transformers", "peft"):
        monkeypatch.setitem(sys.modules, name, None)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("local:/no/such/model", "/no/such/model: there is no such model. Name a folder"),
        ("local:./nowhere", "nowhere: there is no such model. Name a folder"),
        ("hf:owner/smol", "unknown model 'hf:owner/smol': write it as PROVIDER:NAME, such as "),
        ("hf:owner/smol", "or local:PATH for open weights; the providers are openai"),
        ("local:.", "the folder has no config.json, so it is no model. Name the folder that has it"),
        ("local:./owner/smol", "/owner/smol: there is no such model. Name a folder"),
        ("local:owner/smol", 'torch is not installed. Install what that needs: pip install "fbench[local]".'),
    ],
)
def test_what_cannot_be_opened_is_refused_before_anything_is_written(
    fbench: Fbench, model: str, words: str
) -> None:
    said = fbench("run", "--model", model, "--limit", 1, "--out", "run")
    assert said.code == 2
    assert said.err.startswith("Error: option --model: ")
    assert words in said.err
    assert len(said.err.strip().splitlines()) == 1
    assert not Path("run").exists()


@pytest.mark.parametrize(
    ("learner", "model"), [("hf", "local:PATH"), ("hf:models/smol", "local:models/smol")]
)
def test_the_learner_of_a_server_is_named_as_a_model_in_a_run(
    fbench: Fbench, learner: str, model: str
) -> None:
    said = fbench("run", "--learner", learner, "--limit", 1, "--out", "run")
    assert said.code == 2
    assert f"option --learner: a run tunes open weights as --model {model}." in said.err


def test_pages_say_which_weights_answered(fbench: Fbench) -> None:
    said = fbench("run", "--cassettes", RECORDING, "--out", "run", "--quiet")
    assert said.code == 0, said
    made = fbench("report", "run", "--html", "page.html", "--inspect", "log.json", "--csv", "tables")
    assert made.code == 0, made
    digest = '"sha256":'
    page, log = (Path(name).read_text(encoding="utf-8") for name in ("page.html", "log.json"))
    assert "local open weights: small (sha256 " in page
    assert "FAKE" not in page
    assert '"tags": ["local open weights"]' in log
    assert digest in log.replace(" ", "")
    again = fbench("resume", "run")
    assert again.code == 0, again
