"""A small transformer that answers: the base model, or what a training made of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np

from fakes.learners.protocol import Reply
from fakes.learners.tiny.arrays import Floats
from fakes.learners.tiny.network import Shape
from fakes.learners.tiny.threads import one_thread
from fakes.learners.tiny.tokenizer import END, Tokenizer
from fakes.learners.tiny.writing import Reader, drawn

__all__ = ["TinyModel", "log_shares"]


_LONGEST = 64
"""Tokens of an answer. Those that the model was taught have a dozen."""


@dataclass(frozen=True, eq=False)
class TinyModel:
    """A model whose parameters are computed when it answers, and kept with those used last.

    Attributes:
        name: of the base model.
        shape: of the network.
        tokenizer: what its tokens mean.
        parameters: gives the parameters as a vector.
        trained: what was done to the shipped weights, which tells the model from others.
    """

    name: str
    shape: Shape
    tokenizer: Tokenizer
    parameters: Callable[[], Floats] = field(repr=False)
    trained: bytes = b""

    def answer(
        self,
        prompt: str,
        *,
        system: str = "",
        temperature: float = 0.0,
        seed: int = 0,
        top_p: float = 1.0,
        top_k: int | None = None,
    ) -> Reply:
        """Reply to a prompt, token by token; `logprob` is the sum over the tokens at temperature 1.

        At a temperature above 0 tokens are drawn by a generator that seed and prompt begin. Of a dialogue
        that is longer than the network reads, the end is read. Raises ValueError for a negative temperature.
        """
        if not temperature >= 0:
            raise ValueError(f"temperature is {temperature}, which is no way to draw. Give 0 or more.")
        with one_thread():
            return self._answer(prompt, system, seed, (temperature, top_p, top_k))

    def _answer(self, prompt: str, system: str, seed: int, how: tuple[float, float, int | None]) -> Reply:
        asked = self.tokenizer.question(prompt, system)
        reader = Reader(self.parameters(), self.shape)
        text = f"{seed}\0{system}\0{prompt}".encode("utf-8", "surrogatepass")
        random = np.random.default_rng(int.from_bytes(blake2b(text, digest_size=8).digest()))
        scores = reader.read([asked[0], *asked[1:][-(self.shape.context - _LONGEST - 1) :]])
        said: list[int] = []
        logprob = 0.0
        while True:
            token = drawn(scores, random, *how) if how[0] else int(scores.argmax())
            logprob += float(log_shares(scores)[token])
            if token == END:
                break
            said.append(token)
            if len(said) == _LONGEST:
                break
            scores = reader.read([token])
        return Reply(self.tokenizer.decode(said), round(logprob, 6) + 0.0)


def log_shares(scores: Floats) -> Floats:
    """The logarithms of the probabilities that scores stand for."""
    above = scores - scores.max()
    return above - np.log(np.exp(above).sum())
