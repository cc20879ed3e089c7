"""The pretrained model that is shipped: its parameters in half precision, and its merges of tokens."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import NamedTuple

import numpy as np

from fakes.learners.tiny.arrays import Floats
from fakes.learners.tiny.network import Shape
from fakes.learners.tiny.tokenizer import Tokenizer

__all__ = ["WEIGHTS", "Shipped", "pack", "shipped", "unpack"]


WEIGHTS = "weights.npz"
"""The file beside this module."""


class Shipped(NamedTuple):
    """A pretrained model: its shape, its tokenizer and its parameters in single precision."""

    shape: Shape
    tokenizer: Tokenizer
    parameters: Floats


@cache
def shipped() -> Shipped:
    """The model that comes with the fakes. Its parameters are shared: copy before changing."""
    return unpack(files("fakes.learners.tiny").joinpath(WEIGHTS).read_bytes())


def pack(parameters: Floats, merges: list[tuple[int, int]]) -> bytes:
    """A model as the bytes of a file."""
    file = BytesIO()
    np.savez(file, parameters=parameters.astype(np.float16), merges=np.array(merges, np.uint16))
    return file.getvalue()


def unpack(content: bytes) -> Shipped:
    """A model from the bytes of a file."""
    with np.load(BytesIO(content), allow_pickle=False) as held:
        parameters = held["parameters"].astype(np.float32)
        merges = [(int(left), int(right)) for left, right in held["merges"]]
    parameters.flags.writeable = False
    return Shipped(Shape(), Tokenizer(merges), parameters)
