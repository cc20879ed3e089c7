"""The learner `hf`: a model of open weights, tuned with LoRA or whole, that answers as a service's models.

All base models of the services are the one model that is named, whatever they are called there. A job's
hyperparameters are honoured: epochs, batch size, the multiplier of the learning rate that the options state,
the seed, and the rank of adapters. Loss and accuracy are means over the tokens of the answers, the loss in
nats.

Equal trainings give equal models on one machine with the same libraries, and nearly equal ones elsewhere.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path

from fakes.learners.capabilities import (
    Decoding,
    NotRead,
    TooLong,
    TrainingFailed,
    Watch,
)
from fakes.learners.local.adapters import AdapterSet
from fakes.learners.local.chat import Chat, Encoded, NotWritten
from fakes.learners.local.copies import Copies
from fakes.learners.local.course import Tuning
from fakes.learners.local.desk import Desk
from fakes.learners.local.figures import Figures
from fakes.learners.local.gate import Gate
from fakes.learners.local.loading import Opened, open_model, release_memory
from fakes.learners.local.model import LocalModel
from fakes.learners.local.options import Options, read_options
from fakes.learners.local.progress import SavedProgress
from fakes.learners.local.shelf import Shelf
from fakes.learners.local.together import Forward
from fakes.learners.local.vllm import VllmDesk
from fakes.learners.local.writing import Question
from fakes.learners.protocol import Checkpoint, Example, Hyper, Message, Model, Run
from fakes.learners.saying import Saying

__all__ = ["LocalLearner"]

_UNBOUNDED = 1 << 20
"""Tokens that a model reads whose configuration does not say."""


class LocalLearner:
    """Tunes a model of open weights.

    Args:
        opened: the model.
        options: how it is tuned.

    Attributes:
        chat: how conversations are its tokens.
        gate: the turn at its network.
        weights: its network, with what was trained.
        batch_size: of jobs that name none.
        identity: tells it from learners of other models and options.
    """

    slow = True
    needs = "tunes a model of open weights. Name its folder, or a model of the hub: hf:FOLDER_OR_ID"

    def __init__(self, opened: Opened, options: Options) -> None:
        self._torch, self._options = opened.libraries.torch, options
        self.chat, self.gate, self._shelf = Chat(opened.tokenizer, opened.network), Gate(), Shelf()
        self._context = int(getattr(opened.network.config, "max_position_embeddings", None) or _UNBOUNDED)
        self.weights: AdapterSet | Copies = (
            AdapterSet(opened.libraries, opened.network, options)
            if options.method == "lora"
            else Copies(opened.libraries, opened.network, opened.tokenizer)
        )
        self.batch_size = options.batch_size
        if options.vllm:
            self._desk: Desk | VllmDesk = VllmDesk(options.vllm, sorted(self.chat.ends))
        else:
            forward = Forward(self._torch, opened.network, self._padding)
            self._desk = Desk(forward, self.chat, self.weights, self.gate, options=options)
        told = f"{opened.identity}\0{options}"
        self.identity = blake2b(told.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()

    @classmethod
    def from_files(cls, model: Path, settings: Path | None = None, *others: Path) -> LocalLearner:
        """The learner of a model: its folder, a GGUF file or its name at the hub; and a file of settings.

        Raises:
            ValueError: see `open_model` and `read_options`; the chat template takes no question with an
                answer; or there are more files.
        """
        if others:
            raise ValueError(
                f"{others[0]}: the learner 'hf' takes a model and one file of settings, no more."
            )
        options = read_options(settings)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # of the libraries, about each other
            try:
                return cls(open_model(model, options), options)
            except NotWritten as error:
                raise ValueError(f"{model}: {error}. Mend the template.") from error

    def keep_in(self, folder: Path) -> None:
        """Keep checkpoints in a folder, and take those that are there for trainings that are equal."""
        self._shelf.move(folder)

    def close(self) -> None:
        """Answer no more questions."""
        self._desk.close()

    def base(self, name: str) -> LocalModel:
        """The base model, under that name."""
        return LocalModel(name, self._put, self._tokens)

    def train(
        self,
        base: Model,
        examples: Sequence[Example],
        hyper: Hyper,
        validation: Sequence[Example] = (),
        *,
        watch: Watch | None = None,
    ) -> Run:
        """Tune the base model, or go on from a checkpoint; see `Learner.train`.

        Raises:
            TrainingFailed: the template does not take an example, one is too long, memory ran out, or the
                training diverged.
            TrainingStopped: the watch asked for it.
        """
        if not isinstance(base, LocalModel):
            raise TypeError(
                f"A {type(base).__name__} is no model of open weights. Give one of this learner's."
            )
        if not examples:
            raise ValueError("There is nothing to train on. Give at least one example.")
        watch = watch or Watch()
        key = self._key(base, examples, hyper, validation)
        figures = self._shelf.finished(key)
        if figures is None:
            figures = self._trained(key, base, (examples, validation), hyper, watch)
        else:
            watch.steps, watch.total = list(figures.steps), len(figures.steps)
        return self._run_of(key, base, figures)

    def _trained(
        self,
        key: str,
        base: LocalModel,
        data: tuple[Sequence[Example], Sequence[Example]],
        hyper: Hyper,
        watch: Watch,
    ) -> Figures:
        course = Tuning(
            self._torch,
            self.weights,
            self.gate,
            rate=self._options.base_rate * hyper.rate,
            padding=self._padding,
        )
        with self._shelf.place(key) as folder:
            watch.check()  # one that was stopped while it was paused only clears its place
            lessons, trials = (self._encoded(part) for part in data)
            saved = SavedProgress(self._torch, folder, lasts=self._shelf.lasts)
            try:
                figures = course.run(base.folder, lessons, trials, hyper, watch=watch, saved=saved)
            finally:
                release_memory()
            self._shelf.finish(key, figures)
        return figures

    def _run_of(self, key: str, base: LocalModel, figures: Figures) -> Run:
        ends = {step.epoch: step.number for step in figures.steps}
        checkpoints = [
            Checkpoint(
                epoch,
                ends[epoch],
                replace(base, folder=self._shelf.checkpoint(key, epoch), trained=f"{key}/{epoch}"),
                *measured,
            )
            for epoch, measured in enumerate(figures.epochs, 1)
        ]
        return Run(tuple(figures.steps), tuple(checkpoints), figures.tokens)

    def _encoded(self, examples: Sequence[Example]) -> list[Encoded]:
        found: list[Encoded] = []
        for example in examples:
            try:
                encoded = self.chat.example(example)
            except NotWritten as error:
                asked = f"{example.prompt[:60]!r}"
                raise TrainingFailed("invalid_training_file", f"The example of {asked}: {error}.") from error
            if len(encoded.tokens) > self._context:
                raise TrainingFailed(
                    "example_too_long",
                    f"The example of {example.prompt[:60]!r} has {len(encoded.tokens)} tokens, and the model "
                    f"reads {self._context}. Shorten it, or leave it out.",
                )
            found.append(encoded)
        return found

    def _key(
        self, base: LocalModel, examples: Sequence[Example], hyper: Hyper, validation: Sequence[Example]
    ) -> str:
        told = (self.identity, base.trained, list(examples), hyper, list(validation))
        return blake2b(repr(told).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()

    @property
    def _padding(self) -> int:
        """A token that stands where there is none."""
        told = self.chat.tokenizer.pad_token_id
        return int(told if told is not None else min(self.chat.ends, default=0))

    def _tokens(self, messages: Sequence[Message]) -> list[int]:
        """The tokens of a conversation. Raises NotRead."""
        try:
            return self.chat.question(messages)
        except NotWritten as error:
            raise NotRead(f"The question cannot be put: {error}.") from error

    def _put(self, folder: Path | None, messages: Sequence[Message], decoding: Decoding) -> Saying:
        """Have an answer written with the weights of a checkpoint. Raises NotRead."""
        asked = self._tokens(messages)
        room = self._context - len(asked)
        if room <= 0:
            raise TooLong(len(asked), self._context)
        limit = self._options.longest_answer if decoding.limit is None else decoding.limit
        drawn = f"{decoding.seed}\0{list(messages)}".encode("utf-8", "surrogatepass")
        seed = int.from_bytes(blake2b(drawn, digest_size=8).digest()) >> 1
        return self._desk.put(Question(folder, asked, decoding, min(limit, room), seed))
