"""The judge's part of the results: its identity, its cost, its agreement with the rules."""

from __future__ import annotations

from fbench.analysis.judge_agreement import agreement_of
from fbench.analysis.results import CostRow, Costs, JudgeRow, Results, rounded
from fbench.datasets.model import Dataset
from fbench.grading.graders import Verdict
from fbench.grading.judge import grade_of
from fbench.grading.judge.choice import Judging
from fbench.grading.judge.run_cases import cases_of_run, judging_cost, rulings_of
from fbench.grading.layers import layer_of
from fbench.runner.plan import Cost, Plan
from fbench.runner.store import Store

__all__ = ["with_judge", "with_judge_cost"]


def with_judge(results: Results, store: Store, dataset: Dataset, plan: Plan, judging: Judging) -> Results:
    """The results with everything about the judge added."""
    cases, rulings = cases_of_run(store, dataset, judging), rulings_of(store, judging)
    known = {key: rulings[key] for key in cases if key in rulings}
    verdicts = [grade_of(cases[key], ruling, judging.by).verdict for key, ruling in known.items()]
    prompts = sum(ruling.prompt_tokens for ruling in known.values())
    answers = sum(ruling.answer_tokens for ruling in known.values())
    used = Cost(0, prompts, answers, 0.0, judging.usd(prompts, answers))
    costs = results.costs
    row = JudgeRow(
        model=judging.model,
        by=judging.by,
        scope="all" if judging.everything else "long",
        prompt=judging.prompt.source,
        prompt_sha256=judging.prompt.digest,
        layer=judging.layer,
        cases=len(cases),
        ungraded=verdicts.count(Verdict.UNGRADED) + len(cases) - len(known),
    )
    return results.model_copy(
        update={
            "judge": row,
            "agreement": agreement_of(store, dataset, layer_of("auto"), judging.layer),
            "costs": Costs(
                planned=with_judge_cost(
                    costs.planned, judging, judging_cost(judging, dataset, plan.cells, plan.asked_in)
                ),
                actual=with_judge_cost(costs.actual, judging, used),
            ),
            "notes": (*results.notes, *_notes(judging)),
        }
    )


def with_judge_cost(costs: CostRow, judging: Judging, cost: Cost) -> CostRow:
    """Costs with the judge's costs filled in."""
    unpriced = [judging.model] if judging.model and cost.answer_usd is None else []
    return costs.model_copy(
        update={
            "judge_tokens": cost.prompt_tokens + cost.answer_tokens,
            "judge_usd": rounded(cost.answer_usd or 0.0),
            "unpriced": tuple(dict.fromkeys([*costs.unpriced, *unpriced])),
        }
    )


def _notes(judging: Judging) -> tuple[str, ...]:
    if not judging.fake:
        return ()
    asked = f", in the place of {judging.model}" if judging.model else ""
    note = (
        f"The judge is fake_judge{asked}: a rule by shared words that stands in for a language model. Where "
        "it agrees with the rules on long answers, it agrees with itself."
    )
    return (note,)
