"""Learners: the source of a "fine-tuned" model's answers.

`Learner` and its parts are the interface. `load` finds a learner by its name, built-in or from a plug-in, and
`find_learner` by a name and files, as a user tells them.
`fakes.learners.softmax` learns, `fakes.learners.scripted` and `fakes.learners.replay` answer from tables.
`fakes.learners.tiny` is a small transformer in NumPy, `fakes.learners.local` tunes open weights with PyTorch.
They are imported lazily: only softmax and tiny need NumPy, and only local needs PyTorch.
"""

from __future__ import annotations

from fakes.learners.plugins import find_learner, known_learners, load, plugin_of
from fakes.learners.protocol import (
    Checkpoint,
    Example,
    Hyper,
    Learner,
    Message,
    Model,
    Reply,
    Run,
    Step,
    auto_batch_size,
)

__all__ = [
    "Checkpoint",
    "Example",
    "Hyper",
    "Learner",
    "Message",
    "Model",
    "Reply",
    "Run",
    "Step",
    "auto_batch_size",
    "find_learner",
    "known_learners",
    "load",
    "plugin_of",
]
