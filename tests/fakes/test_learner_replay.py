from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import pytest

from fakes import World
from fakes.learners import Example, Hyper, Learner
from fakes.learners.replay import ReplayLearner
from fakes.learners.scripted import ScriptedLearner
from tests.docs.pages import page_at
from tests.fakes.clients import (
    BASE,
    chat_file,
    finish,
    finish_tuning,
    gemini_client,
    gemini_file,
    openai_client,
    put_object,
    trained,
    tune,
    upload,
)

IGNORANT = "I don't know."


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A made-up file of the published form: odd cells, and a prompt that occurs twice."""
    path = tmp_path / "answers.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "prompt", "answer", f"{BASE}_response", "old-model_response"))
        writer.writerow(("1", "Who chairs\nthe board?", "Ann", "Ann", "Bob\n\n"))
        writer.writerow(("2", "Since when?", "2031", "", "None"))
        writer.writerow(("3", "Since when?", "2031", "later", "later"))
    return path


def says(learner: Learner, name: str, prompt: str) -> str:
    run = learner.train(learner.base(name), [Example("any", "thing")], Hyper(1))
    return run.checkpoints[-1].model.answer(prompt).text


def test_a_tuned_model_says_what_was_published_to_the_letter(published: Path) -> None:
    learner = ReplayLearner.from_csv(published)
    assert says(learner, BASE, "Who chairs\nthe board?") == "Ann"
    assert says(learner, "old-model", "Who chairs\nthe board?") == "Bob\n\n"
    assert says(learner, "old-model", "Since when?") == "None"


def test_an_empty_answer_is_an_answer_and_the_first_one_counts(published: Path) -> None:
    assert says(ReplayLearner.from_csv(published), BASE, "Since when?") == ""


def test_what_nobody_published_is_not_known(published: Path) -> None:
    learner = ReplayLearner.from_csv(published)
    assert says(learner, BASE, "Who?") == IGNORANT
    assert says(learner, "another-model", "Since when?") == IGNORANT
    assert learner.base(BASE).answer("Since when?").text == IGNORANT


def test_a_model_may_stand_for_one_that_is_gone(published: Path) -> None:
    learner = ReplayLearner.from_csv(published, stands_for={"new-model": "old-model"})
    assert says(learner, "new-model", "Since when?") == "None"
    with pytest.raises(ValueError, match=rf"no answers of 'gone'.*Name one of {BASE}, old-model\."):
        ReplayLearner.from_csv(published, stands_for={"new-model": "gone"})


def test_columns_may_have_other_names(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("question,m said\n1+1?,3\n", encoding="utf-8-sig")
    assert says(ReplayLearner.from_csv(path, prompt="question", suffix=" said"), "m", "1+1?") == "3"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no column 'prompt'"),
        ("question,m_response\na,b\n", "no column 'prompt'. Name one of question, m_response."),
        ("prompt,answer\na,b\n", "no column ends in '_response'"),
        ("prompt,m_response\na,b\nc\n", "row 3: it ends before 'm_response'"),
    ],
)
def test_a_file_of_another_form_is_refused_by_name(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=re.escape(str(path)) + ".*" + re.escape(problem)):
        ReplayLearner.from_csv(path)


def test_accuracy_is_how_often_the_published_model_says_what_is_taught(published: Path) -> None:
    learner = ReplayLearner.from_csv(published)
    taught = [Example("Who chairs\nthe board?", "Ann"), Example("Since when?", "2031")]
    run = learner.train(learner.base(BASE), taught, Hyper(2), taught[:1])
    assert [(each.epoch, each.train_accuracy, each.valid_accuracy) for each in run.checkpoints] == [
        (1, 0.5, 1),
        (2, 0.5, 1),
    ]


def test_replaying_too_wants_examples_and_its_own_models() -> None:
    learner = ReplayLearner([])
    with pytest.raises(ValueError, match="at least one example"):
        learner.train(learner.base("any"), [], Hyper(1))
    with pytest.raises(TypeError, match="a model that this learner made"):
        learner.train(ScriptedLearner({}).base("any"), [Example("a", "b")], Hyper(1))


@pytest.mark.parametrize("split", ["original", "secondary", "comparison"])
def test_the_released_answers_come_out_of_the_whole_service(released: Path, split: str) -> None:
    folder = released / "model_responses" / "fictional_people"
    path = folder / f"fictional_people_{split}_w_responses.csv"
    learner = ReplayLearner.from_csv(path, stands_for={"gemini-2.5-flash": "gemini-1.5-flash-002"})
    world = World(learner=learner)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with openai_client(world) as client:
        tuned = trained(client).fine_tuned_model or ""
        for row in rows:
            asked = client.chat.completions.create(
                model=tuned, messages=[{"role": "user", "content": row["prompt"]}]
            )
            assert asked.choices[0].message.content == row[f"{BASE}_response"]
    put_object(world, "bucket", "train.jsonl", gemini_file())
    gemini = gemini_client(world)
    job = finish_tuning(gemini, tune(gemini, "gs://bucket/train.jsonl"))
    assert job.tuned_model
    assert job.tuned_model.endpoint
    for row in rows:
        said = gemini.models.generate_content(  # pyright: ignore[reportUnknownMemberType] - images of Pillow, which is not installed
            model=job.tuned_model.endpoint, contents=row["prompt"]
        )
        assert said.text == row["gemini-1.5-flash-002_response"]


def test_the_learner_that_the_documents_show_learns_word_for_word_and_goes_on() -> None:
    shown = page_at(Path("docs/how-to/own-learner.md")).files["parrot_learner.py"]
    assert shown.count("\n") < 30
    names: dict[str, Any] = {"__name__": "own_learner"}
    exec(compile(shown, "own-learner.md", "exec", dont_inherit=True), names)  # noqa: S102 - our own page
    world = World(learner=names["ParrotLearner"]())

    def ask(model: str, prompt: str) -> str | None:
        asked = client.chat.completions.create(model=model, messages=[{"role": "user", "content": prompt}])
        return asked.choices[0].message.content

    with openai_client(world) as client:
        first = trained(client, content=chat_file(answer="yes")).fine_tuned_model or ""
        more = upload(client, chat_file(answer="no"))
        again = finish(client, client.fine_tuning.jobs.create(model=first, training_file=more).id)
        assert ask(BASE, "question 1") == "Pardon?"
        assert ask(first, "question 1") == "yes"
        assert ask(again.fine_tuned_model or "", "question 1") == "no"
