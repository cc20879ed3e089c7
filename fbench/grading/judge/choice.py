"""The choice of a judge: for which answers, with which prompt and at what price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fbench.datasets import AnswerKind, judge_prompt
from fbench.errors import UsageError
from fbench.grading.graders import (
    CUT_OFF,
    GRADER_VERSION,
    JUDGE,
    ONLY_REASONING,
    Grade,
    Verdict,
    check_grader,
)
from fbench.grading.judge import (
    FAKE_JUDGE,
    JUDGE_SAMPLING,
    Case,
    FakeJudge,
    Judge,
    JudgePrompt,
    ModelJudge,
    own_prompt,
    released_prompt,
)
from fbench.grading.layers import layer_of
from fbench.providers.connect import connect
from fbench.providers.connection import Connection
from fbench.providers.profiles import NONE_DEFINED, Profile, profile_of
from fbench.runner.experiment import Prices
from fbench.runner.plan import BYTES_A_TOKEN, Cost, answer_usd, most_tokens, tokens, uncapped_thoughts
from fbench.runner.prices import price_of

__all__ = ["JUDGE", "Judging", "choose_judge", "needs_judge"]

_REPLY_TOKENS = 60


@dataclass(frozen=True)
class Judging:
    """How answers are judged.

    Attributes:
        model: `provider:name`; None if the fake judge was chosen without a model.
        profile: the model's service; None without a model.
        prompt: the prompt for the model.
        everything: whether all answers are judged, or only long ones that no rule decides.
        fake: whether the fake judge replaces the model, as it does with fake services.
        price: the price of the model; None if it is unknown.
        thoughts: the most tokens that it thinks, 0 for none; None as its service does.
    """

    model: str | None
    profile: Profile | None
    prompt: JudgePrompt
    everything: bool
    fake: bool
    price: Prices | None
    thoughts: int | None = None

    @property
    def by(self) -> str:
        """The judge's name: the model's, or the fake judge's."""
        return FAKE_JUDGE if self.fake or self.model is None else self.model

    @property
    def layer(self) -> str:
        """The layer of the judge's grades; its name shows what determines them: the prompt or the rules."""
        version = GRADER_VERSION if self.by == FAKE_JUDGE else self.prompt.digest[:8]
        return f"{JUDGE}:{self.by}@{version}"

    @property
    def run_layer(self) -> str:
        """The layer that results count: the judge's grades, or the rules' where no judge was needed."""
        return self.layer if self.everything else f"{layer_of('auto')}+{self.layer}"

    def calls_for(self, made: Grade, kind: AnswerKind) -> bool:
        """Whether the judge grades an answer of this kind, for which a rule gave the grade `made`."""
        if made.grader == CUT_OFF or made.reason == ONLY_REASONING:
            return False  # there is no answer to judge
        return self.everything or (kind is AnswerKind.LONG and needs_judge(made))

    def cost(self, case: Case) -> Cost:
        """An estimate of the cost of judging a case; free if there is no model."""
        if self.model is None:
            return Cost(0, 0, 0, 0.0, 0.0)
        asked = tokens(self.prompt.render(case))
        return Cost(0, asked, _REPLY_TOKENS, 0.0, self.usd(asked, _REPLY_TOKENS))

    def most_usd(self, case: Case) -> float | None:
        """The most that judging a case can cost in dollars; None if the price is unknown."""
        if not self.asks:
            return 0.0
        return self.usd(most_tokens(self.prompt.render(case)), self._longest_reply)

    def most(self, case: Case, answer_tokens: int) -> Cost:
        """The most that judging an answer of so many tokens at most costs; free without a model."""
        if self.model is None:
            return Cost(0, 0, 0, 0.0, 0.0)
        longest = " " * (BYTES_A_TOKEN * answer_tokens)
        asked = most_tokens(self.prompt.render(Case(case.item, longest, case.context)))
        said = self._longest_reply
        return Cost(0, asked, said, 0.0, self.usd(asked, said))

    @property
    def _longest_reply(self) -> int:
        """The most tokens of a reply, with thoughts; the model must be known."""
        most = JUDGE_SAMPLING.thinking(self.thoughts).most_tokens
        return most + (uncapped_thoughts(self.profile, self.thoughts) if self.profile else 0)

    def usd(self, asked: int, said: int) -> float | None:
        """The price of these numbers of prompt and answer tokens in dollars; None if it is unknown."""
        return self.price and answer_usd(self.price, asked, said, tuned=False)

    @property
    def asks(self) -> bool:
        """Whether judging calls a service."""
        return self.by != FAKE_JUDGE

    def open(self, connection: Connection | None) -> Judge:
        """The judge, using a connection; the fake judge needs none."""
        if connection is None or self.model is None or self.profile is None:
            return FakeJudge()
        name = self.model.partition(":")[2]
        return ModelJudge(name, connect(connection, self.profile), self.prompt, self.thoughts)


def choose_judge(
    grader: str,
    model: str | None,
    upstream: str,
    *,
    data: Path | None = None,
    prices: Mapping[str, Prices] | None = None,
    thoughts: int | None = None,
    defined: Mapping[str, Profile] = NONE_DEFINED,
) -> Judging | None:
    """The judge that a grader needs; None if rules are enough. `data` may hold the released prompt.

    `defined` are the profiles that an experiment defines.

    Raises:
        UsageError: there is no such grader or model, or the two do not fit together.
    """
    check_grader(grader)
    profile = None if model is None else profile_of(model, defined)[0]
    if model is not None:
        if grader not in ("auto", JUDGE):
            raise UsageError(
                f"the grader {grader!r} asks no judge: leave out --judge, or choose --grader auto (long "
                "answers that no rule settles are judged) or --grader judge (all are)."
            )
    elif grader != JUDGE:
        return None
    elif upstream != "fake":
        raise UsageError("--grader judge needs a model that judges: name it with --judge PROVIDER:NAME.")
    brought = judge_prompt(data)
    return Judging(
        model=model,
        profile=profile,
        prompt=own_prompt() if brought is None else released_prompt(brought),
        everything=grader == JUDGE,
        fake=upstream == "fake",
        price=None if model is None else (prices or {}).get(model) or price_of(model),
        thoughts=thoughts,
    )


def needs_judge(made: Grade) -> bool:
    """Whether a long answer still needs a judge: no rule decided it, or only the fake judge did."""
    return made.verdict is Verdict.UNGRADED or made.grader == FAKE_JUDGE
