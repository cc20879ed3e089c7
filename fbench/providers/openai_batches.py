"""OpenAI's Batch API: a file of chat completions in, a file of answers and one of errors out."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

import httpx2
import openai
from openai.types.chat import ChatCompletion

from fbench.messages import Prompt
from fbench.providers.batches import AnswerLines, Batch, BatchAnswers, BatchSpec, BatchState, fitting
from fbench.providers.failures import id_of, text_of
from fbench.providers.leftovers import Leftover
from fbench.providers.model import Reply
from fbench.providers.openai_leftovers import batch_files_left
from fbench.providers.retry import create_once

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.types import Batch as OpenAIBatch
    from openai.types.chat.completion_create_params import CompletionCreateParamsNonStreaming

    from fbench.providers.model import Sampling
    from fbench.providers.retry import Retries

__all__ = ["OpenAIBatches"]

MOST = 50_000
MOST_BYTES = 200_000_000
_MARK = "fbench"
_URL = "/v1/chat/completions"
_PAGE = 100
_OK = 200
_LEAST_ERROR, _MOST_ERROR = 400, 599
_LOOKED_AT = 100
"""How many batches without metadata are looked at for one of ours."""
_READINGS = 3
"""How often a file is read in which a line cannot be read: what is still broken then is so at the service."""
_PASSING = frozenset({"token_limit_exceeded", "server_error", "internal_error", "rate_limit_exceeded"})
"""Codes of a batch that failed as a whole for the load of that time: another one may succeed later."""

_MakesQuestion = Callable[[str, Prompt, "Sampling"], "CompletionCreateParamsNonStreaming"]


class OpenAIBatches:
    """Batches of a service with OpenAI's wire format.

    Args:
        client: the provider's.
        retry: how its calls are tried again.
        full: gives the name of a model for a request.
        question: makes the body that asks a model alone.
        reply: reads a completion; raises what `failures.malformed` knows.
        is_filtered: whether an error is that of a prompt that a filter blocks.
    """

    def __init__(
        self,
        client: AsyncOpenAI,
        retry: Retries,
        *,
        full: Callable[[str], Awaitable[str]],
        question: _MakesQuestion,
        reply: Callable[[ChatCompletion], Reply],
        is_filtered: Callable[[BaseException | None], bool],
    ) -> None:
        self._client, self._retry = client, retry
        self._files: dict[str, str] = {}
        self._full, self._question, self._reply, self._is_filtered = full, question, reply, is_filtered

    async def why_not(self, model: str) -> str:
        """As `BatchProvider.why_not`: models of all kinds are asked, tuned ones too."""
        del model
        return ""

    def fitting(self, spec: BatchSpec) -> int:
        """As `BatchProvider.fitting`; the name in full may be longer by that of an organisation."""
        sizes = (len(line) + 256 for line in self._lines(spec, spec.model))
        return fitting(sizes, MOST, MOST_BYTES)

    async def create(self, spec: BatchSpec) -> Batch:
        """As `BatchProvider.create`."""
        content = b"".join(self._lines(spec, await self._full(spec.model)))

        async def upload() -> str:
            file = _filename(spec.key), content
            return id_of(await self._client.files.create(file=file, purpose="batch"))

        file_id = await self._retry(f"uploading a batch for {spec.model}", upload)

        async def create() -> Batch:
            made = await self._client.batches.create(
                input_file_id=file_id,
                endpoint=_URL,
                completion_window="24h",
                metadata={_MARK: spec.key},
            )
            return self._batch(made)

        return await create_once(
            self._retry, f"creating a batch for {spec.model}", create, lambda: self._found(spec.key)
        )

    async def find(self, key: str) -> Batch | None:
        """As `BatchProvider.find`: by its metadata, or where none are kept by the name of its file."""
        return await self._retry(f"looking for batch {key}", lambda: self._found(key))

    async def read(self, batch_id: str) -> Batch:
        """As `BatchProvider.read`."""
        return self._batch(await self._retrieved(batch_id))

    async def answers(self, batch_id: str, spec: BatchSpec) -> BatchAnswers:
        """As `BatchProvider.answers`."""
        batch = await self._retrieved(batch_id)
        lines = AnswerLines(self._retry, spec.model)
        for file_id in (batch.output_file_id, batch.error_file_id):
            for line in await self._read_lines(file_id) if file_id else ():
                if line is None:
                    lines.unreadable()
                else:
                    self._take(lines, line, len(spec.prompts))
        counted: object = batch.request_counts and batch.request_counts.completed
        return lines.ended(counted if isinstance(counted, int) else None)

    async def leftovers(self, key: str, batch_id: str | None) -> list[Leftover]:
        """As `BatchProvider.leftovers`."""
        if batch_id is None and (found := await self.find(key)) is not None:
            batch_id = found.id
        return await batch_files_left(self._client, self._retry, _filename(key), batch_id)

    def _lines(self, spec: BatchSpec, model: str) -> Iterator[bytes]:
        for place, prompt in enumerate(spec.prompts):
            body = self._question(model, prompt, spec.sampling)
            line = {"custom_id": str(place), "method": "POST", "url": _URL, "body": body}
            yield json.dumps(line, ensure_ascii=False).encode() + b"\n"

    async def _found(self, key: str) -> Batch | None:
        """The list cannot be filtered: it is gone through, from the newest on."""
        unmarked: list[OpenAIBatch] = []
        async for batch in self._client.batches.list(limit=_PAGE):
            if (batch.metadata or {}).get(_MARK) == key:
                return self._batch(batch)
            if not batch.metadata:
                unmarked.append(batch)
        for batch in unmarked[:_LOOKED_AT]:
            if await self._file_of(batch) == _filename(key):
                return self._batch(batch)
        return None

    async def _file_of(self, batch: OpenAIBatch) -> str:
        """The name of a batch's file; empty if it was deleted."""
        file_id = batch.input_file_id
        if file_id not in self._files:
            try:
                self._files[file_id] = text_of((await self._client.files.retrieve(file_id)).filename)
            except openai.NotFoundError:
                self._files[file_id] = ""
        return self._files[file_id]

    async def _retrieved(self, batch_id: str) -> OpenAIBatch:
        async def read() -> OpenAIBatch:
            batch = await self._client.batches.retrieve(batch_id)
            id_of(batch)
            return batch

        return await self._retry(f"reading batch {batch_id}", read)

    def _batch(self, batch: OpenAIBatch) -> Batch:
        name, status = id_of(batch), text_of(batch.status)
        if status in ("completed", "expired", "cancelled"):
            return Batch(name, BatchState.ENDED)
        if status != "failed":
            return Batch(name, BatchState.RUNNING)
        errors = (batch.errors.data if batch.errors else None) or []
        said = [f"{text_of(each.message).rstrip('.')} ({text_of(each.code)})" for each in errors[:1]]
        passes = any(each.code in _PASSING for each in errors)
        return Batch(
            name, BatchState.FAILED, self._retry.clean("".join(said) or "it gives no reason"), passes
        )

    async def _read_lines(self, file_id: str) -> list[dict[str, Any] | None]:
        """The lines of a file; None for one that cannot be read, also after several readings."""
        readings = 0

        async def read() -> list[dict[str, Any] | None]:
            nonlocal readings
            readings += 1
            content = (await self._client.files.content(file_id)).content
            found = [_object(line) for line in content.split(b"\n") if line.strip()]
            if None in found and readings < _READINGS:
                raise ValueError("a line of it cannot be read")
            return found

        return await self._retry(f"reading file {file_id}", read)

    def _error_of(self, status: int, body: object) -> openai.APIStatusError:
        """The error that the client raises for a response to a request of its own, in the same words."""
        response = httpx2.Response(status, json=body, request=httpx2.Request("POST", _URL))
        return self._client._make_status_error_from_response(response)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - there is no other

    def _take(self, lines: AnswerLines, line: Mapping[str, Any], count: int) -> None:
        place = _place(line.get("custom_id"), count)
        response: object = line.get("response")
        if place is None or not isinstance(response, dict):
            return  # another's, or not answered: the batch expired, or was cancelled
        answer = cast("dict[str, Any]", response)
        status, body = answer.get("status_code"), answer.get("body")
        if status == _OK:
            try:
                lines.reply(place, self._reply(ChatCompletion.construct(**cast("dict[str, Any]", body))))
            except Exception as error:  # noqa: BLE001 - only what a body is blamed for goes on
                lines.failed(place, error)
            return
        if not isinstance(status, int) or not _LEAST_ERROR <= status <= _MOST_ERROR:
            lines.unreadable()
            return
        error = self._error_of(status, body)
        if self._is_filtered(error):
            lines.reply(place, Reply("", "content_filter", 0, 0))
        else:
            lines.failed(place, error)


def _place(name: object, count: int) -> int | None:
    """The place of a question by its custom id; None for one that is not of this batch."""
    if not isinstance(name, str) or not name.isdecimal() or not name.isascii():
        return None
    return place if (place := int(name[:9])) < count and str(place) == name else None


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        found: object = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else None


def _filename(key: str) -> str:
    return f"{key}.jsonl"
