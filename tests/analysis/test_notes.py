"""What every reader of the numbers is told, and nothing where there is nothing to tell."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from fbench.analysis.notes import notes_of
from fbench.grading.experiment_graders import counted_layer
from fbench.runner.store import GradeRow

MINI, VERTEX = "openai:gpt-4o-mini-2024-07-18", "vertex:gemini-2.5-pro"
BASE, TUNED = f"{MINI}/news/base", f"{MINI}/news/e1/s0"
Made = Callable[..., Any]


def notes(run: Any) -> tuple[str, ...]:
    return run.results().notes


def having(run: Any, words: str) -> list[str]:
    return [note for note in notes(run) if words in note]


def as_if(run: Any, origin: str) -> Any:
    return replace(run.ready, recorded={"upstream": origin})


def test_fakes_are_told_first_and_live_models_are_not_taken_for_fakes(make_run: Made, facts: Made) -> None:
    run = make_run(facts(10), seeds=(0, 1))
    assert notes(run)[0].startswith("These numbers come from fakes")
    assert notes_of(as_if(run, "local"), run.store, {}, []) == ()
    (untried,) = notes_of(as_if(run, "live"), run.store, {}, [])
    assert untried.startswith("Never run live: openai. ")


def test_how_much_models_think_is_told_where_it_was_set(make_run: Made, facts: Made) -> None:
    fast, other = "vertex:gemini-2.5-flash", "openai:gpt-5.4-2026-03-05"
    run = make_run(facts(10), seeds=(0, 1), models=(fast, other, MINI), thinking={fast: 512, other: "off"})
    told = f"Thinking before an answer was set: {other} off, {fast} at most 512 tokens."
    assert told in notes(run)


def test_where_nothing_was_set_thinking_is_not_mentioned(make_run: Made, facts: Made) -> None:
    assert having(make_run(facts(10), seeds=(0, 1)), "Thinking") == []


def test_what_the_fakes_were_told_is_named_by_models_and_services(make_run: Made, facts: Made) -> None:
    run = make_run(facts(10), seeds=(0, 1))
    told = {
        "models": {"gpt-4o*": {"verbose": 0.5, "cut": 1}, "*": "thinking"},
        "services": {"openai": {"lists_late": 1}},
    }
    recorded = {"upstream": "fake", "behaviours": told}
    (_, note) = notes_of(replace(run.ready, recorded=recorded), run.store, {}, [])
    words = "gpt-4o* verbose 0.5, cut 1; * thinking; openai lists_late 1."
    assert note == f"The fakes were told to behave otherwise than by default: {words}"

    run.store.set_meta("behaviours", json.dumps({"services": told["services"]}))
    assert having(run, "told to behave") == [note.replace("gpt-4o* verbose 0.5, cut 1; * thinking; ", "")]


@pytest.mark.parametrize(
    ("learner", "words"),
    [
        (None, "small classifiers trained in this process stand in"),
        ("softmax", "small classifiers trained in this process stand in"),
        ("scripted", "the learner 'scripted' stands in"),
    ],
)
def test_what_stood_in_for_the_models_is_named(
    make_run: Made, facts: Made, learner: str | None, words: str
) -> None:
    run = make_run(facts(10), seeds=(0, 1))
    experiment = run.ready.experiment.model_copy(update={"learner": learner})
    (note,) = notes_of(replace(run.ready, experiment=experiment), run.store, {}, [])
    assert note.startswith(f"These numbers come from fakes: {words} for the models. They say nothing about")


def test_a_note_of_the_dataset_stands_in_every_report(make_run: Made, facts: Made) -> None:
    run = make_run(facts(10), seeds=(0, 1))
    dataset = run.ready.dataset.model_copy(update={"notes": ("It is made up.", "All of it.")})
    ready = replace(run.ready, dataset=dataset)
    assert notes_of(ready, run.store, {}, [])[1:] == ("It is made up.", "All of it.")


@pytest.mark.parametrize(("count", "says"), [(1, "1 fact is"), (9, "9 facts are"), (10, None)])
def test_facts_that_are_repeated_to_make_up_the_least_of_examples_are_told(
    make_run: Made, facts: Made, count: int, says: str | None
) -> None:
    run = make_run(facts(count))
    found = having(run, "so they are repeated")
    assert bool(found) == (says is not None)
    assert all(note.startswith(f"news: {says} fewer examples") for note in found)


def test_no_task_is_said_to_be_repeated_for_a_service_that_takes_few_examples(
    make_run: Made, facts: Made
) -> None:
    assert not having(make_run(facts(1), models=(VERTEX,)), "repeated")
    assert len(having(make_run(facts(1), "both", models=(VERTEX, MINI)), "repeated")) == 1


def test_only_the_tasks_with_too_few_facts_are_named(make_run: Made, facts: Made) -> None:
    run = make_run([*facts(10), *facts(2, task="people")])
    (note,) = having(run, "repeated")
    assert note.startswith("people: 2 facts")


def test_long_answers_without_a_judge_are_told(make_run: Made, facts: Made) -> None:
    long = facts(2)
    long[1] |= {"kind": "long", "answer": "It is so because of this and that."}
    assert having(make_run(long), "--judge names one")
    assert not having(make_run(long, "judged", grader="judge"), "--judge names one")
    assert not having(make_run(facts(2), "short"), "--judge names one")


def test_shared_checkpoints_and_a_single_seed_are_told(make_run: Made, facts: Made) -> None:
    run = make_run(facts(10), share_checkpoints=True)
    assert having(run, "Epoch counts share jobs")
    assert having(run, "one training seed")
    other = make_run(facts(10), "other", seeds=(0, 1))
    assert not having(other, "Epoch counts share jobs")
    assert not having(other, "one training seed")


def test_answers_that_were_cut_off_are_counted_by_reason(make_run: Made, facts: Made) -> None:
    run = make_run(facts(60))
    run.say(BASE, "memorization", "CC" + "R" * 58)
    layer = counted_layer(run.ready)
    rejected = GradeRow(layer, BASE, "news/memorization/news1", "ungraded", "cut off", "blocked")
    grader = next(row.grader for row in run.store.grades(layer) if row.verdict == "ungraded")
    run.store.save_grades([rejected._replace(grader=grader)])

    (note,) = having(run, "cut off or blocked")
    assert note.startswith("2 answers were cut off or blocked")
    assert "1 with 'blocked', 1 with 'no answer (finish: length)'" in note
    assert not having(run, "invalid")


def test_nothing_is_said_of_cut_off_answers_where_there_are_none(make_run: Made, facts: Made) -> None:
    run = make_run(facts(2))
    run.say(BASE, "memorization", "RU")
    assert not having(run, "cut off")


@pytest.mark.parametrize(("spoilt", "more"), [(1, ""), (3, ""), (4, " and 1 more"), (5, " and 2 more")])
def test_three_invalid_rows_are_named_and_the_others_counted(
    make_run: Made, facts: Made, spoilt: int, more: str
) -> None:
    epochs = (1, 2, 3, 4, 5)
    run = make_run(facts(2), epochs=epochs)
    for count in epochs:
        cell = f"{MINI}/news/e{count}/s0"
        run.say(cell, "memorization", "CR" if count <= spoilt else "RR")

    (note,) = having(run, "which are invalid")
    named = ", ".join(f"{MINI} news memorization at {n} epochs" for n in epochs[: min(spoilt, 3)])
    assert note == (
        f"More than 5 % of the answers are such in {spoilt} of 5 rows, which are invalid: {named}{more}."
    )


@pytest.mark.parametrize(
    ("how", "says"), [("replaced", "hold what the recording's scrubber"), ("restored", "were changed by")]
)
def test_answers_that_a_scrubber_changed_are_told_with_their_places(
    make_run: Made, facts: Made, how: str, says: str
) -> None:
    run = make_run(facts(3, "rephrased"))
    run.say(BASE, "memorization", "RRR")
    assert not having(run, says)
    run.say(TUNED, "rephrased", "RR", altered=how)
    run.say(TUNED, "memorization", "R", altered=how)

    (note,) = having(run, says)
    assert note.startswith(f"3 answers {says}")
    assert note.endswith(
        f": {MINI} / news / memorization / 1 epochs (1), {MINI} / news / rephrased / 1 epochs (2)."
    )


@pytest.mark.parametrize(("cells", "more"), [(5, ""), (6, ", 1 more"), (7, ", 2 more")])
def test_five_places_of_changed_answers_are_named_and_the_others_counted(
    make_run: Made, facts: Made, cells: int, more: str
) -> None:
    run = make_run(facts(1), epochs=tuple(range(1, cells + 1)))
    for count in range(1, cells + 1):
        run.say(f"{MINI}/news/e{count}/s0", "memorization", "R", altered="replaced")

    (note,) = having(run, "hold what")
    named = [f"{MINI} / news / memorization / {n} epochs (1)" for n in range(1, 6)]
    assert note.startswith(f"{cells} answers")
    assert note.endswith(f": {', '.join(named)}{more}.")


def test_that_small_classifiers_do_not_read_and_facts_that_did_not_fit_are_told(
    make_run: Made, facts: Made
) -> None:
    run = make_run(facts(10), conditions=("base", "tuned", "in_context_all"), context_characters=1)
    (told,) = having(run, "do not read")
    assert "in_context_all and the closure show nothing here" in told
    assert having(run, "news: 10 facts are not among those in context")
    assert not having(make_run(facts(10), name="other"), "do not read")


def test_weights_and_errors_of_ones_own_data_are_told(make_run: Made) -> None:
    row = {"fact": "f", "split": "memorization", "prompt": "p", "answer": "a", "weight": 2}
    again = {"fact": "f", "role": "same", "prompt": "p", "answer": "b"}
    run = make_run([row, again])
    assert having(run, "accuracies by split count each question once")
    assert having(run, "`fbench data check` finds 2 errors in the data, which make numbers wrong.")
