"""A training: AdamW on the tokens of the answers, step by step."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, Protocol

from fakes.learners.capabilities import TrainingFailed, TrainingPaused, Watch
from fakes.learners.local.chat import Encoded
from fakes.learners.local.figures import Figures, Measured
from fakes.learners.local.gate import Gate
from fakes.learners.local.loading import is_out_of_memory
from fakes.learners.local.progress import SavedProgress
from fakes.learners.protocol import Hyper, Step

__all__ = ["Trainable", "Tuning", "loss_of"]

_LARGEST_GRADIENT = 1.0
_NOT_LEARNED = -100


class Trainable(Protocol):
    """The weights of a network that can be trained: adapters on it, or copies of it."""

    def begin(self, start: Path | None, rank: int | None, seed: int) -> tuple[str, list[Any]]:
        """New weights, of a saved checkpoint or the base: a name for them, and the parameters to train."""
        ...

    def in_training(self, name: str) -> Any:
        """The network with these weights, ready for a step."""
        ...

    def save(self, name: str, folder: Path) -> None:
        """Write these weights to a folder."""
        ...

    def drop(self, name: str) -> None:
        """Forget these weights."""
        ...


class Tuning:
    """A training from its beginning to its end.

    Args:
        torch: the library.
        weights: what is trained.
        gate: the turn at the network, which is taken for each step.
        rate: the learning rate.
        padding: a token that fills up shorter examples of a batch.
    """

    def __init__(self, torch: Any, weights: Trainable, gate: Gate, *, rate: float, padding: int) -> None:
        self._torch, self._weights, self._gate = torch, weights, gate
        self._rate, self._padding = rate, padding

    def run(
        self,
        start: Path | None,
        examples: Sequence[Encoded],
        validation: Sequence[Encoded],
        hyper: Hyper,
        *,
        watch: Watch,
        saved: SavedProgress,
    ) -> Figures:
        """Train, or go on where this training was, and write a checkpoint after each epoch.

        Raises:
            TrainingFailed: memory ran out, or the loss is no number any more.
            TrainingStopped: the watch asked for it.
        """
        size = hyper.batch_size
        watch.total = hyper.epochs * -(-len(examples) // size)
        with self._explained(examples, size), self._begun(start, hyper) as (name, adam):
            with self._gate.turn():
                done = saved.restore(adam)
            watch.steps, measured = list(done.steps), list(done.epochs)
            try:
                for epoch in range(len(measured) + 1, hyper.epochs + 1):
                    before = sum(step.epoch < epoch for step in watch.steps)
                    batches = _batches(examples, size, f"{hyper.seed}/{epoch}")
                    for batch in islice(batches, len(watch.steps) - before, None):
                        watch.check()
                        at = len(watch.steps) + 1, epoch
                        watch.steps.append(self._stepped(name, adam, batch, at, hyper.seed))
                    with self._gate.turn():
                        self._weights.save(name, saved.checkpoint(epoch))
                    valid = self._validated(name, validation, size, watch)
                    measured.append(Measured(*_means(watch.steps[before:]), *valid))
                    if saved.lasts and epoch < hyper.epochs:
                        self._save(saved, Figures(watch.steps, measured), adam)
            except TrainingPaused:
                self._save(saved, Figures(watch.steps, measured), adam)
                raise
        tokens = hyper.epochs * sum(len(each.tokens) for each in examples)
        return Figures(tuple(watch.steps), measured, tokens)

    @contextmanager
    def _begun(self, start: Path | None, hyper: Hyper) -> Generator[tuple[str, Any]]:
        """The name of new weights to train, and their optimizer."""
        name = ""
        try:
            with self._gate.turn():
                name, parameters = self._weights.begin(start, hyper.rank, hyper.seed)
                adam = self._torch.optim.AdamW(parameters, lr=self._rate, weight_decay=0.0)
            yield name, adam
        finally:
            if name:
                with self._gate.turn():
                    self._weights.drop(name)

    def _save(self, saved: SavedProgress, figures: Figures, adam: Any) -> None:
        with self._gate.turn():
            saved.write(figures, adam)

    def _stepped(
        self, name: str, adam: Any, batch: Sequence[Encoded], at: tuple[int, int], seed: int
    ) -> Step:
        """Make a step; `at` is its number and its epoch, and the seed that of the job."""
        number, epoch = at
        with self._gate.turn():
            loss, hits = self._step(name, adam, batch, seed + number)
        if not math.isfinite(loss):
            raise TrainingFailed(
                "training_diverged",
                f"The loss of step {number} is no number: the training diverged. Lower the "
                "learning_rate_multiplier.",
            )
        return Step(number, epoch, round(loss, 6), round(hits, 6))

    def _step(self, name: str, adam: Any, batch: Sequence[Encoded], seed: int) -> tuple[float, float]:
        network = self._weights.in_training(name)
        with self._torch.random.fork_rng():
            self._torch.manual_seed(seed)  # of what dropout leaves out
            loss, hits, _ = loss_of(self._torch, network, batch, self._padding)
        adam.zero_grad(set_to_none=True)
        loss.backward()
        kept = [each for group in adam.param_groups for each in group["params"]]
        self._torch.nn.utils.clip_grad_norm_(kept, _LARGEST_GRADIENT)
        adam.step()
        adam.zero_grad(set_to_none=True)
        return float(loss.detach()), hits

    def _validated(
        self, name: str, validation: Sequence[Encoded], size: int, watch: Watch
    ) -> tuple[float, float] | tuple[None, None]:
        if not validation:
            return None, None
        total, right, count = 0.0, 0.0, 0
        for at in range(0, len(validation), size):
            watch.check()
            with self._gate.turn(), self._torch.no_grad():
                network = self._weights.in_training(name).eval()
                loss, hits, tokens = loss_of(self._torch, network, validation[at : at + size], self._padding)
            total += float(loss) * tokens
            right += hits * tokens
            count += tokens
        return round(total / count, 6), round(right / count, 6)

    @contextmanager
    def _explained(self, examples: Sequence[Encoded], size: int) -> Generator[None]:
        """What goes wrong for want of memory is told in words."""
        try:
            yield
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            if self._torch.cuda.is_available():
                self._torch.cuda.empty_cache()
            longest = max(len(each.tokens) for each in examples)
            raise TrainingFailed(
                "out_of_memory",
                f"The memory of this machine does not hold a step of batch_size {size} with examples of up "
                f"to {longest} tokens. Use a smaller batch_size, shorter examples, adapters in place of full "
                "tuning, or a smaller model.",
            ) from error


def loss_of(torch: Any, network: Any, batch: Sequence[Encoded], padding: int) -> tuple[Any, float, int]:
    """The mean loss over the answers' tokens of a batch in nats, the share that was likeliest, and how many.

    No other token has a loss, so nothing is learned of the questions.
    """
    longest = max(len(each.tokens) for each in batch)
    tokens = [each.tokens + [padding] * (longest - len(each.tokens)) for each in batch]
    learned = [
        [_NOT_LEARNED] * each.start
        + each.tokens[each.start :]
        + [_NOT_LEARNED] * (longest - len(each.tokens))
        for each in batch
    ]
    device = network.device
    wanted = torch.tensor(learned, device=device)[:, 1:]
    seen = torch.tensor(
        [[1] * len(each.tokens) + [0] * (longest - len(each.tokens)) for each in batch], device=device
    )
    logits = network(input_ids=torch.tensor(tokens, device=device), attention_mask=seen).logits[:, :-1]
    places = wanted != _NOT_LEARNED
    scores, targets = logits[places].float(), wanted[places]
    loss = torch.nn.functional.cross_entropy(scores, targets)
    hits = float((scores.argmax(-1) == targets).float().mean())
    return loss, hits, int(targets.numel())


def _batches(examples: Sequence[Encoded], size: int, seed: str) -> Iterator[list[Encoded]]:
    order = list(examples)
    Random(seed).shuffle(order)  # noqa: S311 - the order of examples, by the seed of the job
    for at in range(0, len(order), size):
        yield order[at : at + size]


def _means(steps: Sequence[Step]) -> tuple[float, float]:
    loss = math.fsum(step.loss for step in steps) / len(steps)
    hits = math.fsum(step.accuracy for step in steps) / len(steps)
    return round(loss, 6), round(hits, 6)
