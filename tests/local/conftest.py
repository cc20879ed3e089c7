"""A language model that is made on the spot: two random layers, a tokenizer of bytes, a chat template."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from fakes.learners.local.learner import LocalLearner
from fakes.learners.local.loading import libraries

NEEDED = ("torch", "transformers", "peft", "accelerate")
TEMPLATE = (
    "{% for message in messages %}"
    "{% if message['role'] not in ('system', 'user', 'assistant') %}{{ raise_exception('No such role.') }}"
    "{% endif %}<|{{ message['role'] }}|>{{ message['content'] }}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
FACTS = {
    f"Who holds office {number}?": name
    for number, name in enumerate(("Ann", "Bob", "Cleo", "Dai", "Eva", "Finn", "Gus", "Hal", "Ida", "Jo"), 1)
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leaves these tests out where the libraries are not installed, and says so."""
    lacking = [name for name in NEEDED if find_spec(name) is None]
    for item in (each for each in items if Path(__file__).parent in each.path.parents):
        item.add_marker(
            pytest.mark.filterwarnings("ignore::FutureWarning")
        )  # of the libraries, about each other
        if lacking:
            item.add_marker(pytest.mark.skip(reason=f"`nox -s local` installs {', '.join(lacking)}"))


@pytest.fixture(scope="session", autouse=True)
def _offline() -> Iterator[None]:
    """No library asks a hub, and PyTorch takes one thread, here and in the processes of servers."""
    named = {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    before = {name: os.environ.get(name) for name in named}
    os.environ.update(named)
    yield
    for name, value in before.items():
        if value is None:
            del os.environ[name]
        else:
            os.environ[name] = value


def made_in(
    folder: Path, *, template: str | None = TEMPLATE, context: int = 256, absolute: bool = False
) -> Path:
    """Writes a model to a folder: a Llama, or a GPT-2, whose places are absolute."""
    torch, transformers, _ = libraries()
    tokenizers: Any = import_module("tokenizers")

    marks = ["<|pad|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>"]
    inner = tokenizers.Tokenizer(tokenizers.models.BPE())
    inner.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=320,
        special_tokens=marks,
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    inner.train_from_iterator([*FACTS, *FACTS.values()], trainer)
    tokenizer: Any = transformers.PreTrainedTokenizerFast(
        tokenizer_object=inner, eos_token="<|end|>", pad_token="<|pad|>", additional_special_tokens=marks[2:]
    )
    tokenizer.chat_template = template
    torch.manual_seed(7)
    common = {
        "vocab_size": len(tokenizer),
        "initializer_range": 0.3,
        "bos_token_id": None,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    if absolute:
        shape = {"n_embd": 64, "n_layer": 2, "n_head": 4, "n_positions": context}
        network = transformers.GPT2LMHeadModel(transformers.GPT2Config(**shape, **common))
    else:
        config = transformers.LlamaConfig(
            hidden_size=64,
            intermediate_size=128,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=context,
            **common,
        )
        network = transformers.LlamaForCausalLM(config)
    network.save_pretrained(str(folder))
    tokenizer.save_pretrained(str(folder))
    return folder


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model."""
    return made_in(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="session")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Settings with which a small random network learns in a few steps."""
    path = tmp_path_factory.mktemp("settings") / "quick.toml"
    path.write_text("rate = 0.005\nthreads = 1\nlongest_answer = 24\n")
    return path


@pytest.fixture
def learner(model: Path, quick: Path) -> LocalLearner:
    """A learner of the model."""
    return LocalLearner.from_files(model, quick)


@pytest.fixture(scope="session")
def training_file() -> bytes:
    """The facts, as a training file of OpenAI."""
    lines = [
        {"messages": [{"role": "user", "content": asked}, {"role": "assistant", "content": answer}]}
        for asked, answer in FACTS.items()
    ]
    return "\n".join(json.dumps(line) for line in lines).encode()
