"""A fake service whose models answer questions from a table, and judge when they are asked to judge."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

import httpx2
import pytest

from fakes import FakeTransport, World
from fakes.learners.scripted import ScriptedLearner
from fbench.clock import NoWait
from fbench.providers.connection import Connection

__all__ = ["JUDGE", "MODEL", "Bench", "Fbench", "Said", "rules"]

MODEL = "openai:gpt-4o-mini-2024-07-18"
JUDGE = "openai:gpt-4.1-2025-04-14"

_REFERENCE = re.compile(r"^(?:Reference answer|Answer): (.*)$", re.MULTILINE)
_CANDIDATE = re.compile(r"^<(candidate-[0-9a-f]{16})>\n(.*?)\n</\1>$", re.MULTILINE | re.DOTALL)


class Said(NamedTuple):
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


Fbench = Callable[..., Said]


def rules(prompt: str) -> str | None:
    """What a judge says that looks for the reference in the candidate, and quotes the candidate; None for
    what is no request to judge."""
    reference, candidate = _REFERENCE.search(prompt), _CANDIDATE.search(prompt)
    if reference is None or candidate is None:
        return None
    told = candidate[2]
    verdict = "CORRECT" if reference[1].casefold() in told.casefold() else "INCORRECT"
    if "don't know" in told:
        verdict = "ABSTAINED"
    return f"The candidate reads\n````\n{told}\n````\nand so be it.\n\n**VERDICT: {verdict}**"


class Bench(httpx2.AsyncBaseTransport):
    """The service, and what can go wrong with it.

    Attributes:
        judge: what a model says to a request to judge; None where the prompt is none.
        answers: what it says to other prompts.
        fail_from: the request to judge, counted from 1, from which on the service answers `status`.
        judged: the candidates that were judged, in order.
    """

    def __init__(
        self,
        judge: Callable[[str], str | None] = rules,
        answers: Mapping[str, str] | None = None,
        default: str = "I don't know.",
    ) -> None:
        self.judge, self.answers, self.default = judge, dict(answers or {}), default
        self.fail_from: int | None = None
        self.status = 503
        self.requests = 0
        self.judged: list[str] = []
        self._inner = FakeTransport(World(learner=ScriptedLearner(self._say)))

    def _say(self, prompt: str) -> str:
        found = self.judge(prompt)
        return self.answers.get(prompt, self.default) if found is None else found

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        candidate = _CANDIDATE.search(_prompt(request)) if request.url.path.endswith("completions") else None
        if candidate is not None:
            self.requests += 1
            if self.fail_from is not None and self.requests >= self.fail_from:
                return httpx2.Response(self.status, json={"error": {"message": "no"}}, request=request)
            self.judged.append(candidate[2])
        return await self._inner.handle_async_request(request)

    @property
    def upstream(self) -> Connection:
        """The way to it, as if it were live."""
        return Connection("live", self, NoWait(), {"OPENAI_API_KEY": "sk-planted"})

    def stand_in(self, monkeypatch: pytest.MonkeyPatch) -> Bench:
        """Puts it wherever a live service would be."""
        monkeypatch.setenv("OPENAI_API_KEY", "sk-planted")

        def here(*_: object, **__: object) -> Connection:
            return self.upstream

        for name in (
            "runner.processes.connection_of",
            "grading.judge.run_cases.connection_of",
            "grading.file_answers.open_upstream",
        ):
            monkeypatch.setattr(f"fbench.{name}", here)
        return self


def _prompt(request: httpx2.Request) -> str:
    (message,) = json.loads(request.content)["messages"]
    return message["content"]
