"""The judge of a run in words: its name, and how often it agrees with the rules."""

from __future__ import annotations

from collections.abc import Iterator

from fbench.analysis.results import Results
from fbench.plurals import counted
from fbench.reports.numbers import dollars, share

__all__ = ["judge_lines"]


def judge_lines(results: Results) -> Iterator[str]:
    """Sentences on the judge; none if there was no judge."""
    judge = results.judge
    if judge is None:
        return
    instead = f", in the place of {judge.model}," if judge.model not in (None, judge.by) else ""
    scope = "all answers" if judge.scope == "all" else "the long answers that no rule settles"
    costs = results.costs
    yield (
        f"{judge.by}{instead} judged {scope}: {counted(judge.cases, 'different one')}, {judge.ungraded} "
        f"without a "
        f"verdict. At list prices that takes {dollars(costs.planned.judge_usd)} by the plan and "
        f"{dollars(costs.actual.judge_usd)} by the tokens counted. The prompt is {judge.prompt}, SHA-256 "
        f"{judge.prompt_sha256[:12]}."
    )
    for row in results.agreement:
        kappa = "not defined" if row.kappa is None else share(row.kappa)
        if row.interval is not None:  # results of earlier versions have none
            kappa += f" [{share(row.interval.low)}, {share(row.interval.high)}]"
        yield (
            f"{row.task}, {row.split}: the judge and the rules agree on {row.agreed} of "
            f"{counted(row.graded, 'answer')} "
            f"that both graded (of {row.n}); Cohen's kappa {kappa}."
        )
