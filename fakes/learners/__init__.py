"""What a "fine-tuned model" answers.

`Learner` and its parts are the interface; `fakes.learners.softmax` learns, `fakes.learners.scripted`
answers from a table. They are imported from their own modules, so that numpy is loaded only by whom
needs it.
"""

from __future__ import annotations

from fakes.learners.protocol import Checkpoint, Example, Hyper, Learner, Model, Reply, Run, Step

__all__ = ["Checkpoint", "Example", "Hyper", "Learner", "Model", "Reply", "Run", "Step"]
