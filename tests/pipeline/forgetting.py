"""Data about things and their colours, and a learner of known behaviour.

It reads: of a fact that stands before a question it gives the answer, tuned or not. It learns what it is
taught, in those words alone. It forgets: with each epoch one more of the questions that it could answer
before, in the order of `knows`, less one for each general example that it was taught beside the facts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fakes.learners import Example, Hyper, Model, Reply, Run
from fakes.learners.unchanging import run_of

__all__ = ["ForgettingLearner"]

_ASKED = re.compile(r"[Tt]hing (\d+)")


@dataclass(frozen=True)
class _Forgetful:
    knows: Mapping[str, str]
    taught: Mapping[str, str] = field(default_factory=dict[str, str])

    def answer(self, prompt: str, **sampling: object) -> Reply:
        del sampling
        read, _, question = prompt.rpartition("\n\n")
        asked = _ASKED.search(question)
        found = asked and re.search(rf"Thing {asked[1]} is (\w+)\.", read)
        if found:
            return Reply(found[1], 0.0)
        return Reply(self.taught.get(question, self.knows.get(question, "I do not know.")), 0.0)


class ForgettingLearner:
    """Its base models know the answers to these questions."""

    def __init__(self, knows: Mapping[str, str]) -> None:
        self._base = _Forgetful(knows)

    def base(self, name: str) -> Model:
        """The one base model."""
        del name
        return self._base

    def train(
        self, base: Model, examples: Sequence[Example], hyper: Hyper, validation: Sequence[Example] = ()
    ) -> Run:
        """A model that forgot one question an epoch, less one for each general example."""
        del base
        taught = {each.prompt: each.answer for each in examples}
        general = sum(_ASKED.search(prompt) is None for prompt in taught)
        kept = list(self._base.knows.items())[max(0, hyper.epochs - general) :]
        return run_of(_Forgetful(dict(kept), taught), examples, hyper, validation)
