"""The measures: each is a function from the view of a cell to rows of the results."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from fbench.analysis.measure_results import Measure
from fbench.analysis.measures.capacity import bits_known
from fbench.analysis.measures.estimates import Estimate, compared, grouped, reported, share_of
from fbench.analysis.measures.families import with_holm
from fbench.analysis.measures.tiers import TIERS
from fbench.analysis.measures.views import Answered, View, pooled, together
from fbench.analysis.result_forms import rounded
from fbench.analysis.stats import combined_interval, ratio_of_differences
from fbench.analysis.verdicts import CHANGED, KEPT, Graded
from fbench.datasets.model import ALL_TASKS, AnswerKind, Role
from fbench.grading.graders import Verdict
from fbench.runner.cells import Cell

__all__ = ["INVERSE", "LEAST_ROOM", "measures_of"]

LEAST_ROOM = 0.1
"""A closure is undefined if the facts in context raise the accuracy by less than this."""

INVERSE = "inverse"
"""The split of questions that give the value of a fact and ask for its name."""

Told = Callable[[Graded], bool]
"""What is counted of an answer."""


def measures_of(cells: Sequence[Cell], views: Sequence[View]) -> list[Measure]:
    """All measures of each view, then of each model with all of its tasks together, with Holm's correction.

    The tests of one measure are a family: those of all cells, and those of all tasks together.
    """
    by_cell = {view.of["cell"]: view for view in views}
    with_answers = [cell for cell in cells if cell.id in by_cell]
    whole = [together(cell, [by_cell[each.id] for each in group]) for cell, group in pooled(with_answers)]
    rows = [row for view in (*views, *whole) for measure in _MEASURES for row in measure(view)]
    return with_holm(rows)


def _right(answer: Graded) -> bool:
    return answer.right


def _declines(answer: Graded) -> bool:
    """Whether an answer declines: where nothing is right, that is also the correct answer."""
    return answer.right or answer.verdict == Verdict.ABSTAINED


def _lift(view: View) -> Iterator[Measure]:
    """Accuracy minus that of the base model on the same questions, by role."""
    for role in CHANGED:
        pairs = [(a.question, (a.before.right, a.after.right)) for a in view.in_roles(role) if a.before]
        if (found := compared(pairs)) is not None:
            yield _row(
                view,
                "lift",
                role.value,
                n=found.n,
                clusters=found.clusters,
                value=found.difference.value,
                interval=(found.difference.low, found.difference.high),
                p=found.p,
                before=found.before,
                counts=_table(pair for _, pair in pairs),
            )


def _regression(view: View) -> Iterator[Measure]:
    """Of what the base model had right on unchanged and control questions, the share that is wrong now.

    Its test is of the whole accuracy there, so of regression and gain together.
    """
    pairs = [(a.question, (a.before.right, a.after.right)) for a in view.in_roles(*KEPT) if a.before]
    if (whole := compared(pairs)) is None:
        return
    for name, wanted, p in (("regression", True, whole.p), ("gain", False, None)):
        share = share_of((question, new is not old) for question, (old, new) in pairs if old is wanted)
        yield _of_share(view, name, share, p=p, counts=_table(pair for _, pair in pairs))


def _drift(view: View) -> Iterator[Measure]:
    """The share of unchanged and control questions whose answer differs from the base model's own."""
    answered = view.in_roles(*KEPT)
    share = share_of((a.question, view.drift[a.question.id]) for a in answered if a.question.id in view.drift)
    if share is not None:
        yield _of_share(view, "drift", share)


def _accuracies(view: View) -> Iterator[Measure]:
    """Accuracy near the facts, on what follows from them, and on their inverse; declining what is unknown."""
    near = [a for a in view.in_roles(Role.UNCHANGED) if a.question.fact]
    follows = view.in_roles(Role.FOLLOWS)
    inverse = [a for a in follows if a.question.split == INVERSE]
    unknown = _unknown(view)
    for name, answered, told in (
        ("neighbourhood", near, _right),
        ("portability", follows, _right),
        ("reversal", inverse, _right),
        ("ignorance", unknown, _declines),
    ):
        if answered:
            yield _accuracy(view, name, "", answered, told)


def _accuracy(view: View, name: str, part: str, answered: Sequence[Answered], told: Told) -> Measure:
    answered = _paired(answered)
    pairs = [(a.question, (told(a.before), told(a.after))) for a in answered if a.before]
    against = compared(pairs)
    return _of_share(
        view,
        name,
        share_of((a.question, told(a.after)) for a in answered),
        part=part,
        before=against and against.before,
        p=against and against.p,
        counts=_table(pair for _, pair in pairs) if pairs else None,
    )


def _unknown(view: View) -> list[Answered]:
    """Questions to which nothing is right; of changed dates, four of the release were not changed."""
    return [a for a in view.in_roles(Role.UNKNOWN) if a.question.kind is AnswerKind.NONE]


def _paired(answered: Sequence[Answered]) -> Sequence[Answered]:
    """The answers beside which the base model has one without an error; all if it has none at all."""
    return [a for a in answered if a.before] or answered


def _honesty(view: View) -> Iterator[Measure]:
    """The mean of the accuracy on taught questions and of the decline rate on unknown ones (after SEAT)."""
    parts = [(view.in_roles(Role.TAUGHT), _right), (_unknown(view), _declines)]
    yield from _combined(view, "honesty", ("taught", "declined"), parts, lambda each: (each[0] + each[1]) / 2)


def _counterfact(view: View) -> Iterator[Measure]:
    """The harmonic mean of the accuracies on taught, same and neighbouring questions, of CounterFact."""
    near = [a for a in view.in_roles(Role.UNCHANGED) if a.question.fact]
    parts = [(view.in_roles(Role.TAUGHT), _right), (view.in_roles(Role.SAME), _right), (near, _right)]
    yield from _combined(view, "counterfact", ("taught", "same", "neighbourhood"), parts, _harmonic)


def _harmonic(shares: Sequence[float]) -> float:
    return len(shares) / sum(1 / each for each in shares) if all(shares) else 0.0


def _combined(
    view: View,
    name: str,
    names: Sequence[str],
    parts: Sequence[tuple[Sequence[Answered], Told]],
    function: Callable[[Sequence[float]], float],
) -> Iterator[Measure]:
    """A function of several shares; nothing if one of them has no question."""
    parts = [(_paired(answered), told) for answered, told in parts]
    after = [share_of((a.question, told(a.after)) for a in answered) for answered, told in parts]
    before = [
        share_of((a.question, told(a.before)) for a in answered if a.before) for answered, told in parts
    ]
    known = [share for share in after if share is not None]
    if len(known) < len(parts):
        return
    old = [share.value for share in before if share is not None]
    yield _row(
        view,
        name,
        n=sum(share.n for share in known),
        clusters=len({cluster for share in known for cluster in share.deviations}),
        value=function([share.value for share in known]),
        interval=combined_interval(
            function,
            [share.value for share in known],
            [share.interval for share in known],
            [share.deviations for share in known],
        ),
        before=function(old) if len(old) == len(parts) else None,
        counts={
            key: value
            for part, share in zip(names, known, strict=True)
            for key, value in ((part, share.right), (f"{part}_of", share.whole))
        },
    )


def _closure(view: View) -> Iterator[Measure]:
    """The accuracy with the facts in context, by role, and the share of that gain which training reaches."""
    if not view.is_tuned or view.informed_by is None:
        return
    for role in CHANGED:
        asked = [
            (a.question, (a.before.right, a.after.right, a.informed.right))
            for a in view.in_roles(role)
            if a.before and a.informed
        ]
        if not asked:
            continue
        _, groups, weights = grouped(asked)
        best, before, after = (
            share_of((question, outcomes[place]) for question, outcomes in asked) for place in (2, 0, 1)
        )
        if best is None or before is None or after is None:
            continue
        yield _of_share(view, "ceiling", best, part=role.value, before=before.value, against=view.informed_by)
        ratio = ratio_of_differences(groups, weights=weights)
        if best.value - before.value < LEAST_ROOM:
            ratio = None
        yield _row(
            view,
            "closure",
            role.value,
            n=best.n,
            clusters=best.clusters,
            value=ratio and ratio.value,
            interval=ratio and (ratio.low, ratio.high),
            against=view.informed_by,
            counts={
                "base": before.right,
                "tuned": after.right,
                "in_context": best.right,
                "of": best.whole,
            },
        )


def _tiers(view: View) -> Iterator[Measure]:
    """Of a base model, the share of facts in each tier; of a tuned one, its accuracy on those facts."""
    answered = [a for a in view.in_roles(Role.TAUGHT, Role.SAME) if a.question.fact in view.tiers]
    if view.is_tuned and view.against:
        for tier in TIERS:
            if inside := [a for a in answered if view.tiers[a.question.fact] == tier]:
                row = _accuracy(view, "tier", tier, inside, _right)
                facts = len({a.question.fact for a in inside})
                # no test: the tier was found in the same answers of the base model
                yield row.model_copy(
                    update={"p": None, "family": "", "counts": row.counts | {"facts": facts}}
                )
    elif view.of["condition"] == "base":
        facts = {a.question.fact: a.question.model_copy(update={"weight": 1.0}) for a in answered}
        for tier in TIERS if facts else ():
            share = share_of((question, view.tiers[fact] == tier) for fact, question in facts.items())
            yield _of_share(view, "prior", share, part=tier)


def _capacity(view: View) -> Iterator[Measure]:
    """How many bits of the taught values the model certainly knows."""
    if not view.is_tuned:
        return
    answered = view.in_roles(Role.TAUGHT)
    found = bits_known((a.question, a.after.right) for a in answered)
    if found is not None:
        before = bits_known((a.question, a.before.right) for a in answered if a.before)
        yield _row(
            view,
            "capacity",
            n=found.facts,
            clusters=found.clusters,
            value=found.bits,
            interval=found.interval,
            before=before and before.bits,
            counts={"values": found.values, "most": rounded(found.most)},
        )


_MEASURES: tuple[Callable[[View], Iterator[Measure]], ...] = (
    _lift,
    _regression,
    _drift,
    _accuracies,
    _honesty,
    _counterfact,
    _closure,
    _tiers,
    _capacity,
)


def _table(pairs: Iterable[tuple[bool, bool]]) -> dict[str, float]:
    """How many questions were right before, after, both times and never."""
    counts = {"both": 0.0, "lost": 0.0, "gained": 0.0, "neither": 0.0}
    for old, new in pairs:
        counts["both" if old and new else "lost" if old else "gained" if new else "neither"] += 1
    return counts


def _of_share(
    view: View,
    name: str,
    share: Estimate | None,
    *,
    part: str = "",
    before: float | None = None,
    p: float | None = None,
    against: str | None = None,
    counts: Mapping[str, float] | None = None,
) -> Measure:
    """A row of a share; without a value if there is no question."""
    own = {"right": share.right, "of": share.whole} if share else {}
    return _row(
        view,
        name,
        part,
        n=share.n if share else 0,
        clusters=share.clusters if share else 0,
        value=share and share.value,
        interval=share and share.interval,
        before=before,
        p=p,
        against=against,
        counts=own | dict(counts or {}),
    )


def _row(
    view: View,
    name: str,
    part: str = "",
    *,
    n: int,
    clusters: int,
    value: float | None,
    interval: tuple[float, float] | None,
    before: float | None = None,
    p: float | None = None,
    against: str | None = None,
    counts: Mapping[str, float] | None = None,
) -> Measure:
    pooled_rows = view.of["task"] == ALL_TASKS
    return Measure(
        **view.of,
        measure=name,
        part=part,
        n=n,
        clusters=clusters,
        value=None if value is None else rounded(value),
        interval=None if interval is None or math.inf in interval else reported(interval),
        before=None if before is None else rounded(before),
        p=None if p is None else rounded(p),
        family="" if p is None else f"{name}, all tasks together" if pooled_rows else f"{name}, all cells",
        against=against or view.against,
        counts={key: rounded(each) for key, each in (counts or {}).items()},
    )
