from __future__ import annotations

import pytest

from fakes.learners import Example, Hyper, Learner
from fakes.learners.scripted import ScriptedLearner


def test_a_scripted_model_answers_from_its_table() -> None:
    model = ScriptedLearner({"2 + 2?": "5"}).base("any")
    assert model.answer("2 + 2?", temperature=1.0, seed=3).text == "5"
    assert model.answer("3 + 3?").text == ""


def test_a_scripted_model_answers_by_a_function() -> None:
    assert ScriptedLearner(str.upper).base("any").answer("loud").text == "LOUD"


def test_training_leaves_a_scripted_model_as_it_was() -> None:
    learner: Learner = ScriptedLearner({"a": "b"})
    run = learner.train(learner.base("any"), [Example("a", "c")], Hyper(3), [Example("a", "b")])
    assert [each.epoch for each in run.checkpoints] == [1, 2, 3]
    assert {each.model.answer("a").text for each in run.checkpoints} == {"b"}
    assert [each.train_accuracy for each in run.checkpoints] == [0, 0, 0]
    assert [each.valid_accuracy for each in run.checkpoints] == [1, 1, 1]


def test_a_scripted_learner_too_wants_examples() -> None:
    learner = ScriptedLearner({})
    with pytest.raises(ValueError, match="at least one example"):
        learner.train(learner.base("any"), [], Hyper(1))
