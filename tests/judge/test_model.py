"""A model as a judge: cases go over a provider, and what comes back is kept or left open."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import httpx2
import pytest

from fbench.errors import BudgetReached, Incomplete, ProviderFailed, UsageError
from fbench.grading.graders import Grade, Item, Verdict
from fbench.grading.judge import Case, Ruling, grade_of
from fbench.grading.judge.choice import Judging, choose_judge
from fbench.grading.judge.judge_cases import judge_cases
from fbench.runner.attempts import Attempts
from fbench.runner.budget import Budget
from fbench.runner.stop import Stop
from tests.judge.judge_bench import JUDGE, Bench, rules
from tests.judge.judge_texts import HOSTILE

ITEM = Item("What is the capital of France?", ("Paris",))


def chosen(model: str = JUDGE, data: Path | None = None) -> Judging:
    judging = choose_judge("judge", model, "live", data=data)
    assert judging is not None
    return judging


def judged(
    bench: Bench,
    responses: Sequence[str],
    judging: Judging | None = None,
    *,
    concurrency: int = 5,
    budget: Budget | None = None,
    stop: Stop | None = None,
    kept: dict[int, Ruling] | None = None,
) -> list[Grade]:
    judging = judging or chosen()
    cases = [Case(ITEM, response) for response in responses]
    rulings: dict[int, Ruling] = {} if kept is None else kept
    judge_cases(
        judging,
        lambda: bench.upstream,
        dict(enumerate(cases)),
        rulings.update,
        concurrency=concurrency,
        attempts=Attempts(budget or Budget()),
        stop=stop or Stop(),
    )
    return [grade_of(case, rulings[number], judging.by) for number, case in enumerate(cases)]


def test_a_model_judges_over_its_provider() -> None:
    grades = judged(Bench(), ["It is Paris.", "Lyon", "I don't know."])

    assert [grade.verdict for grade in grades] == [Verdict.CORRECT, Verdict.INCORRECT, Verdict.ABSTAINED]
    assert {grade.grader for grade in grades} == {f"judge:{JUDGE}"}
    assert grades[1].reason == "The candidate reads ```` Lyon ```` and so be it."


@pytest.mark.parametrize("candidate", HOSTILE.values(), ids=list(HOSTILE))
def test_a_hostile_candidate_gets_the_judges_verdict_and_not_its_own(candidate: str) -> None:
    wrong = Bench(lambda prompt: f"{prompt}\n\nIt names another city.\nVERDICT: INCORRECT")
    assert judged(Bench(lambda _: "No.\nVERDICT: INCORRECT"), [candidate])[0].verdict is Verdict.INCORRECT
    assert judged(wrong, [candidate])[0].verdict in {Verdict.INCORRECT, Verdict.UNGRADED}


def test_equal_cases_get_equal_grades_whatever_the_concurrency() -> None:
    responses = [f"{city} {number}" for number in range(30) for city in ("Paris", "Lyon")]
    assert judged(Bench(), responses, concurrency=1) == judged(Bench(), responses, concurrency=40)


def test_a_reply_without_a_verdict_is_ungraded_with_what_the_judge_said() -> None:
    grade = judged(Bench(lambda _: "Hard to tell."), ["Paris"])[0]
    assert (grade.verdict, grade.reason) == (Verdict.UNGRADED, "Hard to tell.")


def test_a_reply_that_was_cut_off_is_ungraded_even_where_a_verdict_stands_in_it() -> None:
    ruling = Ruling("It reads\nVERDICT: CORRECT", finish="length")
    assert grade_of(Case(ITEM, "x"), ruling, JUDGE).verdict is Verdict.UNGRADED


def test_a_rejected_case_is_ungraded_with_the_services_reason() -> None:
    bench = Bench()
    bench.fail_from, bench.status = 1, 400
    grade = judged(bench, ["Paris"])[0]

    assert grade.verdict is Verdict.UNGRADED
    assert "could not be asked" in grade.reason


def test_a_reason_is_one_line_of_bounded_length() -> None:
    grade = judged(Bench(lambda _: "Well.\n\n" + "so " * 1000 + "\nVERDICT: CORRECT"), ["Paris"])[0]
    assert grade.verdict is Verdict.CORRECT
    assert len(grade.reason) < 500
    assert "\n" not in grade.reason
    assert judged(Bench(lambda _: "Correct"), ["Paris"])[0].reason == "the judge gave no reason"


def test_when_the_service_goes_away_what_was_ruled_is_kept() -> None:
    bench, kept = Bench(), dict[int, Ruling]()
    bench.fail_from = 20
    with pytest.raises(Incomplete, match="resume"):
        judged(bench, [f"Paris {number}" for number in range(60)], kept=kept)
    assert len(kept) == len(bench.judged) == 19


def test_a_judge_that_is_refused_for_good_says_so_and_asks_no_more() -> None:
    bench = Bench()
    bench.fail_from, bench.status = 1, 401
    with pytest.raises(ProviderFailed):
        judged(bench, [f"Paris {number}" for number in range(60)], concurrency=4)
    assert bench.requests <= 4


def test_an_unknown_model_fails_for_good() -> None:
    with pytest.raises(ProviderFailed, match="no-such-model"):
        judged(Bench(), ["Paris"], chosen("openai:no-such-model"))


def test_nothing_is_sent_that_would_pass_the_budget() -> None:
    bench, judging = Bench(), chosen()
    one = judging.most_usd(Case(ITEM, "Paris 0"))
    assert one is not None
    kept: dict[int, Ruling] = {}
    with pytest.raises(BudgetReached, match="raise --budget-usd"):
        judged(bench, [f"Paris {n}" for n in range(999)], judging, budget=Budget(3.5 * one), kept=kept)
    assert 3 < len(bench.judged) == len(kept) < 999


def test_a_judge_without_a_price_cannot_keep_a_budget() -> None:
    with pytest.raises(UsageError, match=r"\[prices"):
        judged(Bench(), ["Paris"], chosen("openai:gpt-9"), budget=Budget(1.0))


def test_nothing_is_sent_after_a_stop() -> None:
    class StopsAtThird(Bench):
        def __init__(self, stop: Stop) -> None:
            super().__init__(self._judge)
            self.stop = stop

        def _judge(self, prompt: str) -> str | None:
            if self.requests == 3:
                self.stop.request()
            return rules(prompt)

    stop, kept = Stop(), dict[int, Ruling]()
    bench = StopsAtThird(stop)
    with pytest.raises(KeyError):
        judged(bench, [f"Paris {n}" for n in range(9)], concurrency=1, stop=stop, kept=kept)
    assert len(kept) == len(bench.judged) == 3


def test_rulings_are_kept_in_groups_while_others_are_still_out() -> None:
    """A ruling that waits alone is kept after 50 ms, though the next one takes longer."""
    sizes: list[int] = []
    first_is_kept = asyncio.Event()

    def keep(group: Sequence[object]) -> None:
        sizes.append(len(group))
        first_is_kept.set()

    class Slow(Bench):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            answered = await super().handle_async_request(request)
            if self.requests > 1:
                await asyncio.wait_for(first_is_kept.wait(), 10)
            return answered

    judge_cases(
        chosen(),
        lambda: Slow().upstream,
        {1: Case(ITEM, "Paris"), 2: Case(ITEM, "Lyon")},
        keep,
        concurrency=2,
        attempts=Attempts(Budget()),
        stop=Stop(),
    )
    assert sizes == [1, 1]


def test_the_released_prompt_judges_where_the_data_brings_it(released: Path) -> None:
    judging = chosen(data=released)
    asked: list[str] = []

    def judge(prompt: str) -> str:
        asked.append(prompt)
        return "Incorrect"

    assert judged(Bench(judge), ["Lyon"], judging)[0].verdict is Verdict.INCORRECT
    assert "You are also given a guess for the answer." in asked[0]
    assert judging.prompt.source == "released"
    assert judging.layer == f"judge:{JUDGE}@{judging.prompt.digest[:8]}"
    assert judging.layer != chosen().layer


@pytest.mark.parametrize(
    ("grader", "model", "upstream", "words"),
    [
        ("mood", None, "fake", "'mood'"),
        ("exact", JUDGE, "fake", "leave out --judge"),
        ("judge", None, "live", "--judge PROVIDER:NAME"),
        ("auto", "gpt-4.1", "fake", "PROVIDER:NAME"),
    ],
)
def test_a_choice_that_does_not_go_together_is_explained(
    grader: str, model: str | None, upstream: str, words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        choose_judge(grader, model, upstream)


def test_rules_alone_need_no_judge() -> None:
    assert choose_judge("auto", None, "live") is None
    assert choose_judge("exact", None, "fake") is None


def test_an_alias_costs_what_its_snapshot_does() -> None:
    assert chosen("openai:gpt-4.1").price == chosen("openai:gpt-4.1-2025-04-14").price is not None
