"""How open weights are tuned and run: what a job's own hyperparameters do not say."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

__all__ = ["Options", "options_of", "read_options"]

_RATES = {"lora": 2e-4, "full": 2e-5}
_LEAST = {
    "rank": 1,
    "batch_size": 1,
    "longest_answer": 1,
    "answers_at_once": 1,
    "tokens_at_once": 1,
    "threads": 0,
}


@dataclass(frozen=True, slots=True)
class Options:
    """The settings of the learner.

    Attributes:
        method: `lora` trains adapters on all linear layers, `full` all weights.
        rate: the learning rate at a multiplier of 1; 0 for the method's own, 2e-4 for `lora`, 2e-5 for
            `full`. It stays the same over a training, and AdamW decays no weights.
        rank: of the adapters, where a job names none.
        alpha: what adapters are scaled by, divided by their rank; 0 for twice the rank.
        dropout: of the adapters' inputs.
        batch_size: examples a step, where a job names none.
        dtype: of the weights, such as `float32` or `bfloat16`; `auto` is bfloat16 on an accelerator that has
            it, else float32.
        device: such as `cpu` or `cuda:0`; `auto` is an accelerator where there is one.
        threads: of the processor that are used; 0 for as many as PyTorch takes.
        answers_at_once: the most answers that are written together. Together they are as good, but the last
            digits of a probability depend on who else is asked; 1 for each by itself.
        tokens_at_once: the most tokens of conversations that are read together, which bounds the memory; a
            longer one is read by itself.
        longest_answer: the tokens of an answer where a request sets no limit.
        vllm: the URL of a vLLM server that serves the same model, and answers in place of this process;
            empty for none. It takes adapters, so the method is `lora`.
    """

    method: str = "lora"
    rate: float = 0.0
    rank: int = 16
    alpha: float = 0.0
    dropout: float = 0.0
    batch_size: int = 8
    dtype: str = "auto"
    device: str = "auto"
    threads: int = 0
    answers_at_once: int = 32
    tokens_at_once: int = 16384
    longest_answer: int = 1024
    vllm: str = ""

    def __post_init__(self) -> None:
        if self.method not in _RATES:
            raise ValueError(f"method is {self.method!r}. It is lora or full.")
        if self.vllm and self.method != "lora":
            raise ValueError("vllm takes adapters, and method is 'full'. Tune with lora, or leave vllm out.")
        for name, least in _LEAST.items():
            if getattr(self, name) < least:
                raise ValueError(f"{name} is {getattr(self, name)}. Give {least} or more.")
        for name, most in (("rate", math.inf), ("alpha", math.inf), ("dropout", 1.0)):
            if not 0 <= getattr(self, name) < most:
                raise ValueError(f"{name} is {getattr(self, name)}. Give 0 or more, below {most:g}.")

    @property
    def base_rate(self) -> float:
        """The learning rate at a multiplier of 1."""
        return self.rate or _RATES[self.method]


def read_options(path: Path | None) -> Options:
    """The settings in a TOML file; those that it does not name, or all without a file, are the default ones.

    Raises:
        ValueError: it cannot be read, or names a setting that there is not, or one of a wrong value; the
            message names file and setting.
    """
    if path is None:
        return Options()
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"{path}: cannot be read: {error.strerror}.") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"{path}: is not TOML: {error}. It has lines such as: rank = 8") from error
    try:
        return options_of(given)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def options_of(given: Mapping[str, Any]) -> Options:
    """The settings of these names; all others are the default ones.

    Raises:
        ValueError: there is no such setting, or one has a wrong value; the message names it.
    """
    usual: dict[str, Any] = {each.name: each.default for each in fields(Options)}
    for name, value in given.items():
        if name not in usual:
            raise ValueError(f"there is no setting {name!r}. The settings are {', '.join(usual)}.")
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (is_number if isinstance(usual[name], float) else type(value) is type(usual[name])):
            raise ValueError(f"{name} is {value!r}. Give a value such as {usual[name]!r}.")
    return Options(**given)
