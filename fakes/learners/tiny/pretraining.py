"""The recipe of the shipped model: `python -m fakes.learners.tiny.pretraining PRIOR.jsonl OUT.npz`.

PRIOR holds pairs of prompt and answer (`fakes.learners.pairs`) that the model is to know besides the invented
world of `fakes.learners.tiny.background`; `nox -s pretrain` gives it what comes with the embedded datasets.
All draws are seeded. Floats differ between processors, so another machine makes a model that behaves alike,
not the same bytes.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from random import Random

from fakes.learners.pairs import read_pairs
from fakes.learners.protocol import Example
from fakes.learners.tiny.adam import Adam
from fakes.learners.tiny.background import World
from fakes.learners.tiny.network import Shape, initial, loss_and_gradient
from fakes.learners.tiny.shipped import pack
from fakes.learners.tiny.threads import one_thread
from fakes.learners.tiny.tokenizer import Tokenizer, learn_merges
from fakes.learners.tiny.training import batch_of

__all__ = ["pretrain"]


_STEPS, _ROWS, _RATE, _WARM_UP = 2400, 64, 3e-3, 100
_CORPUS = 6000
_TELL = 100


def pretrain(prior: Sequence[tuple[str, str]], *, steps: int = _STEPS, seed: int = 0) -> bytes:
    """A pretrained model as the bytes of a file; progress goes to stderr.

    Args:
        prior: pairs of prompt and answer that the model is to know.
        steps: optimiser steps, of 64 examples each.
        seed: of all draws.
    """
    world, shape = World(seed, prior), Shape()
    random = Random(seed + 1)  # noqa: S311 - seeded draws are what is wanted
    stream = world.examples(random)
    corpus = list(islice(stream, _CORPUS))
    merges = learn_merges([text for each in corpus for text in (each.prompt, each.answer)], shape.vocabulary)
    tokenizer = Tokenizer(merges)
    vector = initial(shape, seed)
    adam = Adam(vector.size, vector.dtype)
    batches = _batches(stream, random)
    mean = math.nan
    for step in range(1, steps + 1):
        with one_thread():
            batch = batch_of(tokenizer, next(batches), shape.context)
            loss, gradient = loss_and_gradient(vector, shape, batch)
        adam.step(vector, gradient, _rate(step, steps))
        now = float(loss.losses.mean())
        mean = now if math.isnan(mean) else 0.98 * mean + 0.02 * now
        if step % _TELL == 0:
            sys.stderr.write(f"step {step} of {steps}: loss {mean:.3f} a token\n")
    return pack(vector, merges)


def _rate(step: int, steps: int) -> float:
    """The learning rate: it rises at first, then falls in a half cosine to a twentieth."""
    falling = 0.5 * (1 + math.cos(math.pi * step / steps))
    return _RATE * min(1.0, step / _WARM_UP) * (0.05 + 0.95 * falling)


def _batches(stream: Iterator[Example], random: Random) -> Iterator[list[Example]]:
    """Examples in batches of about one length, so that little of a batch is filling."""
    while True:
        drawn = sorted(islice(stream, 16 * _ROWS), key=lambda each: len(each.prompt) + len(each.answer))
        batches = [drawn[at : at + _ROWS] for at in range(0, len(drawn), _ROWS)]
        random.shuffle(batches)
        yield from batches


def _main() -> None:
    """Read the prior, pretrain, and write the model."""
    prior = [(prompt, answer) for _, prompt, answer in read_pairs(Path(sys.argv[1]))]
    steps = int(sys.argv[3]) if len(sys.argv) > 3 else _STEPS
    Path(sys.argv[2]).write_bytes(pretrain(prior, steps=steps))


if __name__ == "__main__":
    _main()
