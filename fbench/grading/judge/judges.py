"""A language model as a judge, over any provider; and the fake judge that replaces it offline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from fbench.grading.graders import Grade, Verdict, fake_judge
from fbench.grading.judge.prompt import Case, JudgePrompt
from fbench.grading.judge.verdict import is_verdict_line, parse_verdict
from fbench.providers.model import Provider, Rejected, Sampling

__all__ = ["FAKE_JUDGE", "JUDGE_SAMPLING", "FakeJudge", "Judge", "ModelJudge", "Ruling", "grade_of"]

FAKE_JUDGE = "fake_judge"
JUDGE_SAMPLING = Sampling(temperature=0.0, max_tokens=1024)
"""How a judge's reply is drawn."""
_LONGEST_REASON = 400
_CUT_OFF = frozenset({"length", "max_tokens"})
_STATEMENT = 40


@dataclass(frozen=True, slots=True)
class Ruling:
    """A judge's reply for a case, unchanged; `error` is the service's reason for rejecting the case."""

    text: str
    finish: str = "stop"
    error: str = ""
    prompt_tokens: int = 0
    answer_tokens: int = 0


class Judge(Protocol):
    """Judges cases, several at a time."""

    async def rule(self, case: Case) -> Ruling:
        """The judge's reply for a case. Raises what `Provider.ask` raises, except `Rejected`."""
        ...

    async def close(self) -> None:
        """Close its connections."""
        ...


@dataclass(frozen=True, slots=True)
class ModelJudge:
    """A model called at temperature 0; `name` is its name at the provider, `thoughts` how much it thinks."""

    name: str
    provider: Provider
    prompt: JudgePrompt
    thoughts: int | None = None

    async def rule(self, case: Case) -> Ruling:
        """Call the model. A case that the service rejects gives a ruling with an error."""
        sampling = JUDGE_SAMPLING.thinking(self.thoughts)
        try:
            reply = await self.provider.ask(self.name, self.prompt.render(case), sampling)
        except Rejected as rejected:
            return Ruling("", error=str(rejected))
        return Ruling(reply.text, reply.finish, "", reply.prompt_tokens, reply.answer_tokens)

    async def close(self) -> None:
        """Close the provider."""
        await self.provider.close()


class FakeJudge:
    """The graders' `fake_judge` instead of a model: it calls no service, and each reason names it."""

    async def rule(self, case: Case) -> Ruling:
        """The fake judge's verdict, in the words that a model would use."""
        made = fake_judge(case.item, case.response)
        return Ruling(f"{made.reason}\nVERDICT: {made.verdict.value.upper()}")

    async def close(self) -> None:
        """Do nothing: there is no connection."""


def grade_of(case: Case, ruling: Ruling, model: str) -> Grade:
    """The grade that follows from a ruling of `model` (`provider:name`, or `fake_judge`).

    A ruling without a verdict, one that is cut off, and an error give ungraded, never incorrect.
    """
    grader = model if model == FAKE_JUDGE else f"judge:{model}"
    if ruling.error:
        return Grade(Verdict.UNGRADED, grader, f"the judge could not be asked: {ruling.error}")
    if ruling.finish in _CUT_OFF:
        return Grade(Verdict.UNGRADED, grader, "the judge was cut off before its verdict")
    verdict = parse_verdict(ruling.text, case.response)
    return Grade(verdict, grader, _reason(ruling.text))


def _reason(text: str) -> str:
    """The judge's text without its verdict, on one line; a long line with a verdict is kept."""
    lines = [line for line in text.splitlines() if line.strip()]
    kept = [line for line in lines if not (is_verdict_line(line) and len(line) < _STATEMENT)]
    said = " ".join(" ".join(kept).split())
    if not said:
        return "the judge gave no reason"
    return said if len(said) <= _LONGEST_REASON else f"{said[:_LONGEST_REASON]}..."
