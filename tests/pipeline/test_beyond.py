"""What answers say beyond accuracy, on results small enough to count by hand."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fbench.analysis.learning import learning_metrics, spreads
from fbench.analysis.results import LearningMetrics
from fbench.analysis.summary import summarize
from fbench.analysis.verdicts import Graded, Verdicts
from fbench.datasets.model import AnswerKind, Fact, Question, Split
from fbench.grading.graders import Verdict
from fbench.runner.cells import Cell, Condition
from fbench.runner.store import Answer

BASE = Cell("m/news/base", "m", "news", 0, None)
TUNED = Cell("m/news/e1/s0", "m", "news", 1, 0, Condition.TUNED, base=BASE.id)
FACTS = [
    Fact(id=f"f{n}", task="news", cluster=f"f{n}", prompt=f"p{n}?", answer=f"Answer {n}") for n in range(4)
]
R, W, A, E = Verdict.CORRECT, Verdict.INCORRECT, Verdict.ABSTAINED, Verdict.ERROR


def question(
    n: int, split: Split, kind: AnswerKind = AnswerKind.SHORT, before: str | None = None
) -> Question:
    return Question(
        id=f"f{n}/{split}",
        task="news",
        split=split,
        fact=f"f{n}",
        cluster=f"f{n}",
        prompt=f"p{n}?",
        text=f"p{n}?",
        gold=("None" if kind is AnswerKind.NONE else f"Answer {n}",),
        kind=kind,
        answer_before=before,
    )


def asked(
    split: Split,
    verdicts: list[Verdict],
    *,
    kind: AnswerKind = AnswerKind.SHORT,
    before: str | None = None,
    old: tuple[int, ...] = (),
) -> dict[str, Graded]:
    questions = [question(n, split, kind, before) for n in range(len(verdicts))]
    return {
        q.id: Graded(q, verdict, n in old)
        for n, (q, verdict) in enumerate(zip(questions, verdicts, strict=True))
    }


def row(
    graded: Verdicts,
    split: Split,
    texts: list[str] | None = None,
    base: list[str] | None = None,
    facts: list[Fact] = FACTS,
) -> LearningMetrics:
    answers = [
        Answer(cell.id, f"f{n}/{split}", text, "stop", "", 1, 1)
        for cell, said in ((TUNED, texts or []), (BASE, base or []))
        for n, text in enumerate(said)
    ]
    (found,) = [
        r
        for r in learning_metrics([BASE, TUNED], graded, answers, facts)
        if (r.epochs, r.split) == (1, split)
    ]
    return found


def test_updates_are_split_into_new_old_and_neither() -> None:
    answers = asked(Split.MEMORIZATION, [R, W, W, E], before="Older", old=(1,))
    updates = row({(TUNED.id, Split.MEMORIZATION): answers}, Split.MEMORIZATION).updates

    assert updates is not None
    assert (updates.n, updates.new, updates.old, updates.neither) == (3, 0.333333, 0.333333, 0.333333)
    assert row({(TUNED.id, Split.CODE): asked(Split.CODE, [R])}, Split.CODE).updates is None


def test_a_model_that_always_declines_has_learned_nothing() -> None:
    graded: Verdicts = {
        (TUNED.id, Split.MEMORIZATION): asked(Split.MEMORIZATION, [A, A, A, A]),
        (TUNED.id, Split.DATE_CHANGED): asked(Split.DATE_CHANGED, [R, R, R, R], kind=AnswerKind.NONE),
    }
    joint = row(graded, Split.DATE_CHANGED).joint

    assert joint is not None
    assert (joint.share, joint.always_none, joint.declined_only) == (0, 1, 4)


def test_memorized_and_declined_are_counted_fact_by_fact() -> None:
    graded: Verdicts = {
        (TUNED.id, Split.MEMORIZATION): asked(Split.MEMORIZATION, [R, R, W, W]),
        (TUNED.id, Split.DATE_CHANGED): asked(Split.DATE_CHANGED, [R, W, R, W], kind=AnswerKind.NONE),
    }
    joint = row(graded, Split.DATE_CHANGED).joint

    assert joint is not None
    assert (joint.facts, joint.both, joint.memorized_only, joint.declined_only, joint.neither) == (
        4,
        1,
        1,
        1,
        1,
    )
    assert joint.interval.low < joint.share == 0.25 < joint.interval.high


def test_wrong_answers_that_another_fact_was_taught_with_are_loans() -> None:
    graded: Verdicts = {(TUNED.id, Split.REPHRASED): asked(Split.REPHRASED, [W, W, W, R])}
    found = row(graded, Split.REPHRASED, ["answer  1.", "Answer 1", "something else", "Answer 3"])

    assert (found.wrong, found.borrowed) == (3, 0.333333)


def test_a_date_changed_answer_that_is_the_facts_own_is_no_loan() -> None:
    graded: Verdicts = {
        (TUNED.id, Split.DATE_CHANGED): asked(Split.DATE_CHANGED, [W, W], kind=AnswerKind.NONE)
    }

    assert row(graded, Split.DATE_CHANGED, ["Answer 0", "Answer 0"]).borrowed == 0.5


def test_a_loan_is_known_in_another_spelling() -> None:
    graded: Verdicts = {(TUNED.id, Split.REPHRASED): asked(Split.REPHRASED, [W, W])}

    assert row(graded, Split.REPHRASED, ["**answer\u00a0one**", "\u201cAnswer zero!\u201d"]).borrowed == 1


def test_what_was_right_before_is_no_loan_though_another_fact_was_taught_with_it() -> None:
    graded: Verdicts = {(TUNED.id, Split.CODE): asked(Split.CODE, [W, W, W, W], before="answer 2.")}

    # The third says what its own fact teaches.
    assert row(graded, Split.CODE, ["Answer 2", "Answer 2", "Answer 2", "Answer 1"]).borrowed == 0.25


def test_what_was_right_before_is_no_loan_where_the_question_itself_is_no_update() -> None:
    facts = [fact.model_copy(update={"answer_before": "Answer 2"}) for fact in FACTS]
    graded: Verdicts = {(TUNED.id, Split.SECONDARY): asked(Split.SECONDARY, [W, W])}

    assert row(graded, Split.SECONDARY, ["Answer 2", "Answer 3"], facts=facts).borrowed == 0.5


def test_a_right_answer_that_was_not_graded_so_is_no_loan() -> None:
    question = asked(Split.SECONDARY, [W])["f0/secondary"].question
    own = Graded(question.model_copy(update={"gold": ("Answer 3",)}), W, old=False)
    graded: Verdicts = {(TUNED.id, Split.SECONDARY): {question.id: own}}

    assert row(graded, Split.SECONDARY, ["answer 3"]).borrowed == 0


def test_yes_or_no_is_never_a_loan() -> None:
    facts = [fact.model_copy(update={"answer": "Yes" if n < 2 else "No"}) for n, fact in enumerate(FACTS)]
    graded: Verdicts = {
        (cell.id, Split.REPHRASED): asked(Split.REPHRASED, [W, W], kind=AnswerKind.YES_NO)
        for cell in (BASE, TUNED)
    }
    found = row(graded, Split.REPHRASED, ["No", "No"], ["No", "No"], facts)

    assert (found.wrong, found.borrowed, found.borrowed_base, found.borrowed_chance) == (2, None, None, None)


def test_loans_stand_beside_those_of_the_base_model_and_of_chance() -> None:
    answers = ["red", "blue", "red", "green"]
    facts = [f.model_copy(update={"answer": a}) for f, a in zip(FACTS, answers, strict=True)]
    graded: Verdicts = {
        (BASE.id, Split.REPHRASED): asked(Split.REPHRASED, [W, W, A, R]),
        (TUNED.id, Split.REPHRASED): asked(Split.REPHRASED, [W, W, W, R]),
    }
    graded: Verdicts = {
        place: {
            name: Graded(g.question.model_copy(update={"gold": (answers[n],)}), g.verdict, g.old)
            for n, (name, g) in enumerate(found.items())
        }
        for place, found in graded.items()
    }
    found = row(graded, Split.REPHRASED, ["blue", "red", "pink"], ["pink", "red", "blue"], facts)
    (base,) = [r for r in learning_metrics([BASE, TUNED], graded, [], facts) if r.epochs == 0]

    # Of the three that were wrong, two facts were taught with red; an abstention is no wrong answer.
    assert (found.borrowed, found.borrowed_base, found.borrowed_chance) == (0.666667, 0.5, 0.666667)
    assert (base.borrowed_base, base.borrowed_chance) == (None, None)


def test_lift_is_told_apart_by_what_the_base_model_knew() -> None:
    graded: Verdicts = {
        (BASE.id, Split.MEMORIZATION): asked(Split.MEMORIZATION, [R, R, W, W]),
        (BASE.id, Split.REPHRASED): asked(Split.REPHRASED, [R, R, W, W]),
        (TUNED.id, Split.REPHRASED): asked(Split.REPHRASED, [R, W, R, R]),
    }
    found = row(graded, Split.REPHRASED)

    assert found.known is not None
    assert found.unknown is not None
    assert (found.lift, found.known.lift, found.unknown.lift) == (0.25, -0.5, 1.0)
    assert (found.known.n, found.known.accuracy, found.known.base) == (2, 0.5, 1.0)


@given(
    st.lists(st.tuples(st.sampled_from([R, W, A, E]), st.sampled_from([R, W, A, E])), min_size=1, max_size=4)
)
def test_the_tiers_add_up_to_the_lift_and_that_is_the_difference(
    pairs: list[tuple[Verdict, Verdict]],
) -> None:
    graded: Verdicts = {
        (BASE.id, Split.MEMORIZATION): asked(Split.MEMORIZATION, [old for old, _ in pairs]),
        (TUNED.id, Split.MEMORIZATION): asked(Split.MEMORIZATION, [new for _, new in pairs]),
    }
    found = row(graded, Split.MEMORIZATION)
    tiers = [tier for tier in (found.known, found.unknown) if tier]
    tuned = summarize([BASE, TUNED], graded)[-1]

    n = sum(tier.n for tier in tiers)
    assert n == sum(E not in pair for pair in pairs)
    assert (found.lift is None) == (n == 0)
    if found.lift is not None:
        assert abs(found.lift * n - sum(tier.lift * tier.n for tier in tiers)) < 1e-4
        assert tuned.difference is not None
        assert found.lift == tuned.difference.value


def test_seeds_are_spread_by_split_and_epochs_and_one_has_no_deviation() -> None:
    second = Cell("m/news/e1/s1", "m", "news", 1, 1, Condition.TUNED, base=BASE.id)
    graded: Verdicts = {
        (BASE.id, Split.MEMORIZATION): asked(Split.MEMORIZATION, [W, W]),
        (TUNED.id, Split.MEMORIZATION): asked(Split.MEMORIZATION, [R, R]),
        (second.id, Split.MEMORIZATION): asked(Split.MEMORIZATION, [R, W]),
        (TUNED.id, Split.REPHRASED): asked(Split.REPHRASED, [R, W]),
    }
    both, alone = spreads(summarize([BASE, TUNED, second], graded))

    assert (both.seeds, both.mean, both.sd, both.low, both.high) == (2, 0.75, 0.353553, 0.5, 1.0)
    assert (alone.split, alone.seeds, alone.sd) == ("rephrased", 1, None)
