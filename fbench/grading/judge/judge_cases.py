"""Judge cases, for files and runs: several at a time; each ruling is saved when it arrives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar, cast

from fbench.errors import UsageError
from fbench.grading.graders import Grade, Verdict
from fbench.grading.judge import Case, Ruling, grade_of
from fbench.grading.judge.choice import JUDGE, Judging
from fbench.plurals import counted
from fbench.providers.addresses import missing_keys
from fbench.providers.connection import Connection
from fbench.providers.pacing import Pacer, Pacers, paced_as
from fbench.request_context import about
from fbench.runner.attempts import Attempts, Paid, Reservations, ruling
from fbench.runner.budget import Asked
from fbench.runner.pool import Groups, do_all
from fbench.runner.stop import Stop, Stopped

__all__ = ["grade_cases", "judge_cases", "refuse_unpaid_judge", "summary_of", "without_ruling"]

CaseKey = TypeVar("CaseKey")
"""The key of a case: its place in a store, or the case itself."""


def without_ruling(cases: Mapping[CaseKey, Case], rulings: Mapping[CaseKey, Ruling]) -> dict[CaseKey, Case]:
    """The cases that are still to be judged, in the order of `cases`."""
    return {key: case for key, case in cases.items() if key not in rulings}


def refuse_unpaid_judge(judging: Judging, budget_usd: float | None, *, cases: int) -> None:
    """Refuse a judge that would call a live service without a budget or a key, before any call is made.

    `cases` is the number of cases that would go to a live service; with none, nothing is refused.

    Raises:
        UsageError: there is no budget, or a key is missing.
    """
    if judging.profile is None or not judging.asks or not cases:
        return
    if budget_usd is None:
        raise UsageError("a live judge spends money: say how much it may spend with --budget-usd.")
    if missing := missing_keys([judging.profile]):
        raise UsageError(
            f"a live judge needs {', '.join(missing)}: set what is missing in the environment, or have the "
            "fake judge take its place with --upstream fake."
        )


def judge_cases(
    judging: Judging,
    connect: Callable[[], Connection],
    cases: Mapping[CaseKey, Case],
    keep: Callable[[Sequence[tuple[CaseKey, Ruling]]], None],
    *,
    concurrency: int,
    attempts: Attempts,
    stop: Stop,
) -> None:
    """Judge cases in their order, and pass the rulings with their keys to `keep` in small groups.

    Each case is reserved before it is sent, and settled when its ruling is kept. If one fails or a stop is
    requested, no new case is sent; requests in flight are awaited and their rulings kept.

    Args:
        judging: how cases are judged.
        connect: opens the connection to the judge's service; not called for the fake judge.
        cases: the cases to judge.
        keep: saves rulings; they must be safe when it returns.
        concurrency: maximum number of requests in flight.
        attempts: reserves and settles what the cases cost.
        stop: a request to end the judging early, without an error.

    Raises:
        ProviderFailed, Incomplete: as `Provider.ask` does.
        BudgetReached, UsageError: as `Budget.reserve`.
    """
    if not cases:
        return  # a judge that has nothing to rule on needs no key

    async def session() -> None:
        connection = connect() if judging.asks else None
        if connection is not None:
            connection = replace(connection, clock=stop.clock(connection.clock))
        judge = judging.open(connection)
        groups = Groups[tuple[CaseKey, Ruling]](keep)

        async def rule(item: tuple[CaseKey, Case]) -> None:
            key, case = item
            wanted = asked[key]
            await reservations.need(wanted.what)
            with stop.counting(), Paid(attempts, wanted, stop.raise_stopped):
                made = await judge.rule(case)
            if judging.asks and not (made.error or made.prompt_tokens or made.answer_tokens):
                attempts.unclear(wanted.what)  # the service does not tell
            else:
                used = judging.usd(made.prompt_tokens, made.answer_tokens) or 0.0
                attempts.settle(wanted.what, used, made.error)
            if connection is not None:
                made = replace(made, text=connection.keep(made.text)[0])
            groups.add((key, made))

        asked = {
            key: Asked(_named(judging, number, key), judging.most_usd(case))
            for number, (key, case) in enumerate(cases.items())
        }
        reservations = Reservations(attempts, list(asked.values()), stop.raise_stopped)
        try:
            slots = asyncio.Semaphore(concurrency)
            with about(shard=JUDGE), paced_as(_pacer_of(judging, connection), slots), suppress(Stopped):
                await do_all(cases.items(), rule, slots=concurrency, stop=stop.part())
        finally:
            reservations.give_back()
            groups.flush()
            await judge.close()
            if connection is not None:
                connection.release()

    asyncio.run(session())


def _named(judging: Judging, number: int, key: object) -> str:
    """The name of the attempts at a case: by its question and response, or else by its number."""
    if isinstance(key, tuple):
        question, response = cast("tuple[str, str]", key)
        return ruling(judging.layer, question, response)
    return f"judge {judging.layer} {number}"


def _pacer_of(judging: Judging, connection: Connection | None) -> Pacer | None:
    """The pacer of a judge, if a live service is asked: the run's, or else one of its own."""
    if connection is None or connection.kind != "live" or judging.model is None:
        return None
    return (connection.pacers or Pacers([judging.model])).of(judging.model)


def grade_cases(
    judging: Judging, cases: Mapping[CaseKey, Case], rulings: Mapping[CaseKey, Ruling]
) -> dict[CaseKey, Grade]:
    """The grade of each case, by its ruling; a case without a ruling is ungraded."""
    open_ = Grade(Verdict.UNGRADED, f"judge:{judging.by}", "the judge has not ruled on it")
    return {
        key: grade_of(case, rulings[key], judging.by) if key in rulings else open_
        for key, case in cases.items()
    }


def summary_of(judging: Judging, cases: int) -> str:
    """A sentence with the number of cases judged, the judge, and its prompt."""
    instead = f", in the place of {judging.model}" if judging.model and judging.fake else ""
    prompt = f"{judging.prompt.source} prompt, SHA-256 {judging.prompt.digest}"
    how = "a rule that stands in for a language model" if judging.fake else prompt
    return f"{counted(cases, 'case')} judged now, by {judging.by}{instead} ({how})"
