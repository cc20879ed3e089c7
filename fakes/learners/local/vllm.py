"""Questions are put to a vLLM server that serves the same model; it loads the adapters that are trained here.

vLLM answers many requests at once, each with an adapter of its own. Of its wire is used: `GET /v1/models`,
`POST /v1/completions` with the tokens of a prompt, and, since it is begun with --enable-lora and
VLLM_ALLOW_RUNTIME_LORA_UPDATING=True, `POST /v1/load_lora_adapter` and `/v1/unload_lora_adapter`
(https://docs.vllm.ai/en/latest/features/lora/).
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import zip_longest
from pathlib import Path
from threading import Lock
from typing import Any

import httpx2

from fakes.learners.capabilities import NotAnswered, Said, Token
from fakes.learners.local.writing import Question
from fakes.learners.saying import Saying

__all__ = ["VllmDesk"]

_AT_ONCE = 256
_ADAPTERS = 64
"""Adapters that the server is asked to know; those that were not used for longest are unloaded."""
_PATIENCE = 600.0  # seconds for the next piece of an answer
_START = "VLLM_ALLOW_RUNTIME_LORA_UPDATING=True vllm serve MODEL --enable-lora --max-lora-rank 16"


class VllmDesk:
    """Puts questions to a vLLM server.

    Args:
        url: of the server, without `/v1`.
        ends: the tokens that end an answer.

    Raises:
        ValueError: the server cannot be reached, or serves no model.
    """

    def __init__(self, url: str, ends: Sequence[int]) -> None:
        self._url, self._ends = url.rstrip("/").removesuffix("/v1"), list(ends)
        self._client = httpx2.Client(timeout=_PATIENCE, limits=httpx2.Limits(max_connections=_AT_ONCE))
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="vllm")
        self._loaded: OrderedDict[Path, str] = OrderedDict()
        self._lock = Lock()
        try:
            listed = self._client.get(f"{self._url}/v1/models", timeout=10).raise_for_status().json()
            self._base = next(str(each["id"]) for each in listed["data"] if not each.get("parent"))
        except (httpx2.HTTPError, ValueError, KeyError, TypeError, StopIteration) as error:
            told = f"{type(error).__name__}: {error}".rstrip(": ")
            raise ValueError(
                f"vllm is {url!r}, where no model is served ({told}). Begin the server, with the model that "
                f"is tuned here: {_START}"
            ) from error

    def put(self, question: Question) -> Saying:
        """Have a question answered."""
        saying = Saying()
        self._threads.submit(self._answer, question, saying)
        return saying

    def close(self) -> None:
        """Ask no more; what is under way fails."""
        self._client.close()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _answer(self, question: Question, saying: Saying) -> None:
        try:
            saying.end(self._read(self._asked(question), question, saying))
        except httpx2.HTTPError as error:
            told = f"{type(error).__name__}: {error}".rstrip(": ")
            saying.end(NotAnswered(f"The vLLM server at {self._url} does not answer ({told})."))
        except Exception as error:  # noqa: BLE001 - who waits for the answer is told
            saying.end(error)

    def _asked(self, question: Question) -> dict[str, Any]:
        how = question.decoding
        return {
            "model": self._base if question.folder is None else self._adapter(question.folder),
            "prompt": list(question.tokens),
            "add_special_tokens": False,
            "max_tokens": question.most,
            "temperature": how.temperature,
            "top_p": how.top_p or 1e-9,
            "top_k": -1 if how.top_k is None else how.top_k,
            "seed": question.seed,
            "stop": list(how.stops),
            "stop_token_ids": self._ends,
            "logprobs": how.top,
            "stream": True,
            "stream_options": {"include_usage": True},
        }

    def _read(self, asked: dict[str, Any], question: Question, saying: Saying) -> Said:
        tokens: list[Token] = []
        reason, usage = "stop", dict[str, Any]()
        for event in self._events(asked):
            usage = event.get("usage") or usage
            for choice in event.get("choices") or ():
                found = list(_tokens_of(choice))
                tokens += found
                saying.tell(found)
                reason = choice.get("finish_reason") or reason
            if not saying.wanted:
                break
        text = "".join(token.text for token in tokens)
        read = int(usage.get("prompt_tokens", len(question.tokens)))
        written = int(usage.get("completion_tokens", len(tokens)))
        return Said(text, "length" if reason == "length" else "stop", tuple(tokens), read, written)

    def _events(self, asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
        with self._client.stream("POST", f"{self._url}/v1/completions", json=asked) as answered:
            if answered.status_code != 200:
                answered.read()
                raise NotAnswered(self._refused("put this question", answered))
            for line in answered.iter_lines():
                data = line.removeprefix("data:").strip()
                if data and data != "[DONE]" and line.startswith("data:"):
                    event: dict[str, Any] = json.loads(data)
                    if "error" in event:
                        raise NotAnswered(f"The vLLM server at {self._url} says: {event['error']}")
                    yield event

    def _adapter(self, folder: Path) -> str:
        """The server's name of a checkpoint, which it has loaded."""
        with self._lock:
            if folder not in self._loaded:
                name = f"{folder.parent.name}-{folder.name}"
                sent = {"lora_name": name, "lora_path": str(folder.resolve())}
                answered = self._client.post(f"{self._url}/v1/load_lora_adapter", json=sent)
                if answered.status_code != 200 and "already" not in answered.text:
                    raise NotAnswered(self._refused("load an adapter", answered))
                self._loaded[folder] = name
            self._loaded.move_to_end(folder)
            while len(self._loaded) > _ADAPTERS:
                _, old = self._loaded.popitem(last=False)
                self._client.post(f"{self._url}/v1/unload_lora_adapter", json={"lora_name": old})
            return self._loaded[folder]

    def _refused(self, what: str, answered: httpx2.Response) -> str:
        told = " ".join(answered.text.split())[:300]
        return (
            f"The vLLM server at {self._url} does not {what}: {answered.status_code} {told}. Is it begun for "
            f"adapters? {_START}"
        )


def _tokens_of(choice: dict[str, Any]) -> Iterator[Token]:
    """The tokens of a piece of an answer; where it has several, its text is that of the last."""
    told: dict[str, Any] = choice.get("logprobs") or {}
    shares: list[float] = told.get("token_logprobs") or []
    tops: list[dict[str, float] | None] = told.get("top_logprobs") or []
    text = str(choice.get("text") or "")
    if text and not shares:
        yield Token(text, 0.0)
    for at, (share, top) in enumerate(zip_longest(shares, tops[: len(shares)]), 1):
        best = sorted((top or {}).items(), key=lambda each: -each[1])
        yield Token(text if at == len(shares) else "", share or 0.0, tuple(best))
