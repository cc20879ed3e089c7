"""Conversations as a model's tokens, by its chat template, and which of them it learns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, NamedTuple, cast

from fakes.learners.protocol import Example, Message

__all__ = ["Chat", "Encoded", "NotWritten", "conversation_of"]


class NotWritten(Exception):
    """The template cannot write a conversation; the message says what it objects to."""


class Encoded(NamedTuple):
    """An example as tokens; those from `start` on are the answer, which alone is learned."""

    tokens: list[int]
    start: int


class Chat:
    """A model's tokenizer with its template.

    Args:
        tokenizer: of the model.
        network: whose generation settings say which tokens end an answer.
    """

    def __init__(self, tokenizer: Any, network: Any) -> None:
        self.tokenizer = tokenizer
        ends: Any = getattr(network.generation_config, "eos_token_id", None)
        told = cast("list[int | None]", ends if isinstance(ends, list) else [ends])
        self.ends = frozenset(int(each) for each in (*told, tokenizer.eos_token_id) if each is not None)
        turn_end = self._turn_end()
        if turn_end is not None:
            self.ends |= {turn_end}

    def question(self, messages: Sequence[Message]) -> list[int]:
        """The tokens of a conversation, up to where the answer begins. Raises NotWritten."""
        return self._tokens(self._written(messages))

    def example(self, example: Example) -> Encoded:
        """The tokens of an example: a question as it will be asked, its answer, and the end of that.

        Raises:
            NotWritten: the template cannot write it, or writes the question otherwise where it is answered.
        """
        messages = conversation_of(example)
        asked = self._written(messages)
        rest = self._tokens(self._answer(messages, asked, example.answer))
        ends = [at for at, token in enumerate(rest) if token in self.ends]
        if ends:
            rest = rest[: ends[-1] + 1]  # what a template puts between two turns is nothing to learn
        elif self.tokenizer.eos_token_id is not None:
            rest.append(int(self.tokenizer.eos_token_id))
        question = self._tokens(asked)
        return Encoded([*question, *rest], len(question))

    def text(self, tokens: Sequence[int]) -> str:
        """The text of tokens, without those that are marks."""
        return str(
            self.tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        )

    def _answer(self, messages: Sequence[Message], asked: str, answer: str) -> str:
        """What the template writes behind a question for its answer."""
        whole = self._written(messages, answer)
        if not whole.startswith(asked):
            raise NotWritten(
                "the template of the model writes a question otherwise once it is answered, so it cannot be "
                "told which tokens are the answer"
            )
        return whole[len(asked) :]

    def _written(self, messages: Sequence[Message], answer: str | None = None) -> str:
        """What the template makes of a question, up to where its answer begins, or with that to the end."""
        said = [*_merged(messages), *([] if answer is None else [("assistant", answer)])]
        turns = [{"role": role, "content": text} for role, text in said]
        try:
            return str(
                self.tokenizer.apply_chat_template(
                    turns, tokenize=False, add_generation_prompt=answer is None
                )
            )
        except Exception as error:
            told = " ".join(str(error).split()) or type(error).__name__
            raise NotWritten(
                f"the chat template of the model does not take these messages: {told}"
            ) from error

    def _tokens(self, text: str) -> list[int]:
        try:
            text.encode("utf-8")
        except UnicodeEncodeError as error:
            raise NotWritten(
                f"a tokenizer reads Unicode, and {text[error.start]!a} is half of a surrogate pair"
            ) from error
        return [int(each) for each in self.tokenizer(text, add_special_tokens=False)["input_ids"]]

    def _turn_end(self) -> int | None:
        """The mark that the template puts behind an answer, which ends it even where no setting says so."""
        messages = [Message("user", "Yes?")]
        asked = self._written(messages)
        special = set(self.tokenizer.all_special_ids)
        rest = self._tokens(self._answer(messages, asked, "Yes."))
        return next((token for token in rest[1:] if token in special), None)


def conversation_of(example: Example) -> tuple[Message, ...]:
    """The messages before an example's answer."""
    if example.messages:
        return example.messages
    asked = Message("user", example.prompt)
    return (Message("system", example.system), asked) if example.system else (asked,)


def _merged(messages: Iterable[Message]) -> list[tuple[str, str]]:
    """Roles and texts: results of tools are the user's, and no role comes twice in a row."""
    spoken = [("user" if each.role == "tool" else each.role, each.text) for each in messages]
    return [
        (role, "\n".join(text for _, text in said))
        for role, said in groupby(spoken, key=lambda each: each[0])
    ]
