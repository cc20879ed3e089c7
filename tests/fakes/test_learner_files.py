"""Learners by what a user tells: a name, and files of answers; in a world and on a server."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

from fakes import World
from fakes.doors.server import read_prior
from fakes.learners import Example, Hyper, Learner, find_learner
from fakes.learners.replay import ReplayLearner
from fakes.learners.scripted import ScriptedLearner
from fakes.learners.softmax import SoftmaxLearner
from tests.fakes.clients import BASE, chat_file
from tests.fakes.servers import Served, refused, server

ANSWERS = {"Who chairs\nthe board?": " Ann\n", "Since when?": "2031", "Why?": ""}
FORMS = {
    "answers.jsonl": "".join(
        json.dumps({"prompt": asked, "answer": said, "note": 1}) + "\n\n" for asked, said in ANSWERS.items()
    ),
    "answers.json": json.dumps(ANSWERS, indent=1),
    "answers.CSV": (
        'id,prompt,answer\r\n1,"Who chairs\nthe board?"," Ann\n"\r\n2,Since when?,2031\r\n3,Why?,\r\n'
    ),
    "answers with a mark.txt": "\ufeff" + json.dumps({"prompt": "Since when?", "answer": "2031"}),
}


def says(learner: Learner, prompt: str, name: str = BASE) -> str:
    run = learner.train(learner.base(name), [Example("any", "thing")], Hyper(1))
    return run.checkpoints[-1].model.answer(prompt).text


def written(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize("form", FORMS)
def test_a_script_is_read_to_the_letter(tmp_path: Path, form: str) -> None:
    path = written(tmp_path / form, FORMS[form])
    for learner in (find_learner("scripted", path)[0], find_learner(f"scripted:{path}")[0]):
        assert isinstance(learner, ScriptedLearner)
        assert says(learner, "Since when?") == learner.base("any").answer("Since when?").text == "2031"
        if "mark" not in form:
            assert {asked: says(learner, asked) for asked in ANSWERS} == ANSWERS
        assert says(learner, "Who else?") == ""


def test_several_scripts_are_one(tmp_path: Path) -> None:
    one = written(tmp_path / "1.jsonl", '{"prompt": "a", "answer": "A"}\n')
    two = written(tmp_path / "2.jsonl", '{"prompt": "b", "answer": "B"}\n{"prompt": "a", "answer": "A"}')
    learner, _ = find_learner("scripted", one, two)
    assert [says(learner, each) for each in "ab"] == ["A", "B"]


BAD = {
    "1.jsonl": (
        '{"prompt": "a", "answer": "b"}\n\n{"prompt": "c"}\n',
        ", line 3: is not",
        "'answer' is missing",
    ),
    "2.jsonl": ('{"prompt": "a", "answer": 5}\n', ", line 1: is not", "'answer' is no text"),
    "3.jsonl": ('{"question": "a", "answer": "b"}\n', ", line 1: is not", "'prompt' is missing"),
    "4.jsonl": ('{"prompt": "a", "answer": "b"}\nno JSON\n', ", line 2: is not", "{"),
    "5.jsonl": ('["a", "b"]\n', ", line 1: is not", "{"),
    "6.jsonl": (
        '{"prompt": "a", "answer": "b"}\n{"prompt": "a", "answer": "c"}\n',
        ", line 2: the prompt 'a' has two answers",
        "6.jsonl, line 1. Remove one of them.",
    ),
    "7.json": ('{"a": "b",\n"c" "d"}', ", line 2: is not JSON", "delimiter"),
    "8.json": ('{"a": "b", "c": ["d"]}', ", pair 2: the answer to 'c' is no text", "quotes"),
    "9.json": ('{"a": "b", "a": "c"}', ", pair 2: the prompt 'a' has two answers", "pair 1"),
    "a.json": ("[1]", ", line 1: is no JSON object", "prompts to answers"),
    "b.csv": ("prompt,said\na,b\n", ", row 1: there is no column 'answer'", "The columns are: prompt, said"),
    "c.csv": ("", ", row 1: there is no column 'prompt'", "The columns are: none"),
    "d.csv": ("prompt,answer\na,b\nc\n", ", row 3: it ends before 'answer'", "Complete it."),
    "e.csv": ('prompt,answer\na,b\nc,"d\n', ", row 3: is no row of a CSV file", "."),
    "f.csv": ("prompt,answer,answer\na,b,c\n", ", row 1: there are two columns 'answer'", "Rename"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_script_of_another_form_is_refused_with_file_place_and_field(tmp_path: Path, name: str) -> None:
    text, place, more = BAD[name]
    path = written(tmp_path / name, text)
    with pytest.raises(ValueError, match=re.escape(str(path) + place)) as refusal:
        find_learner("scripted", path)
    assert more in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("name", ["scripted", "replay"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r"gone\.csv: cannot be read: No such file or directory\."):
        find_learner(name, tmp_path / "gone.csv")
    path = tmp_path / "latin.csv"
    path.write_bytes("prompt,m_response\na,b\nc,é\n".encode("latin-1"))
    with pytest.raises(ValueError, match=r"latin\.csv, line 3: is not text in UTF-8"):
        find_learner(name, path)


def test_a_folder_is_no_script_and_has_to_hold_answers_to_be_replayed(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read: Is a directory"):
        find_learner("scripted", tmp_path)
    with pytest.raises(ValueError, match=r"there is no file \*_w_responses\.csv in it"):
        find_learner("replay", tmp_path)


def test_what_a_learner_has_no_use_for_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path / "a.jsonl", "")
    with pytest.raises(ValueError, match=r"'softmax' of fakes takes no file; .*a\.jsonl was given"):
        find_learner("softmax", file)
    with pytest.raises(ValueError, match=r"'scripted' of fakes answers from a file\. Name it: scripted:FILE"):
        find_learner("scripted")
    with pytest.raises(ValueError, match="'scripted' of fakes takes no prior"):
        find_learner("scripted", file, prior=[("a", "b")])
    with pytest.raises(ValueError, match="There is no learner 'parrot'"):
        find_learner("parrot:x")


def test_a_learner_is_told_from_another_by_its_name_and_what_its_files_say(tmp_path: Path) -> None:
    one = written(tmp_path / "1.jsonl", '{"prompt": "a", "answer": "A"}\n')
    same = written(tmp_path / "2.jsonl", '{"prompt": "a", "answer": "A"}\n')
    other = written(tmp_path / "3.jsonl", '{"prompt": "a", "answer": "B"}\n')
    named = [find_learner("scripted", each)[1] for each in (one, same, other)]
    assert named[0] == named[1] != named[2]
    assert named[0].startswith("scripted ")
    assert find_learner("softmax")[1] == "softmax"


def test_softmax_is_told_the_prior_and_the_seed() -> None:
    learner, _ = find_learner("softmax", prior=[("Who chairs the board?", "Ann")], seed=3)
    assert isinstance(learner, SoftmaxLearner)
    assert learner.base(BASE).answer("Who chairs the board?").text == "Ann"


def test_a_world_takes_a_learner_with_its_file(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", '{"prompt": "Hello?", "answer": "Hi."}\n')
    model = World(learner=f"scripted:{path}").openai.model(BASE)
    assert model
    assert model.answer("Hello?").text == "Hi."


def test_what_models_know_before_is_read_from_the_same_forms(tmp_path: Path) -> None:
    for form, text in FORMS.items():
        found = read_prior(written(tmp_path / form, text))
        assert ("Since when?", "2031") in found


def test_a_column_of_verdicts_holds_no_answers(tmp_path: Path) -> None:
    text = "prompt,a_response,b_response\nIs it?,Correct,Incorrect\nIs he?,Yes,Correct\n"
    learner = ReplayLearner.from_files(written(tmp_path / "verdicts.csv", text))
    assert says(learner, "Is it?", "a") == "Correct"
    assert says(learner, "Is it?", "b") == "I don't know."


@pytest.mark.parametrize(
    ("name", "published"),
    [
        (BASE, BASE),
        ("gpt-4o-2024-08-06", "gpt-4o-2024-08-06"),
        ("gemini-2.5-pro", "gemini-1.5-pro-002"),
        ("gemini-3.5-flash", "gemini-1.5-flash-002"),
    ],
)
def test_the_released_folder_is_replayed_to_the_letter(released: Path, name: str, published: str) -> None:
    folder = released / "model_responses"
    learner, _ = find_learner("replay", folder)
    tuned = learner.train(learner.base(name), [Example("any", "thing")], Hyper(1)).checkpoints[-1].model
    met: dict[str, str] = {}
    for path in sorted(folder.rglob("*.csv")):
        if "rephrased" in path.name and "gemini" in name:
            continue
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                met.setdefault(row["prompt"], row[f"{published}_response"])
    assert len(met) > 300
    assert {prompt: tuned.answer(prompt).text for prompt in met} == met


def ask(served: Served, model: str, prompt: str) -> str:
    with served.client() as client:
        body = {"model": model, "messages": [{"role": "user", "content": prompt}]}
        answered = client.post(f"{served.openai}/chat/completions", json=body).raise_for_status()
    return answered.json()["choices"][0]["message"]["content"]


@pytest.mark.long
def test_a_server_answers_from_a_script_and_refuses_the_journal_of_another_one(tmp_path: Path) -> None:
    state = tmp_path / "state"
    script = written(tmp_path / "a.jsonl", '{"prompt": "Hello?", "answer": "Hi."}\n')
    with server("--state", str(state), "--learner", "scripted", str(script)) as served:
        assert ask(served, BASE, "Hello?") == "Hi."
        with served.client() as client:
            client.post(f"{served.address}/_fbench/reset").raise_for_status()
        assert ask(served, BASE, "Hello?") == "Hi."
    with server("--state", str(state), "--learner", f"scripted:{script}") as served:
        assert ask(served, BASE, "Hello?") == "Hi."
    told = refused("--state", str(state))
    assert re.search(
        r"line 1: the journal was begun with learner scripted \w+, and this server has softmax", told
    )
    written(script, '{"prompt": "Hello?", "answer": "Ho."}\n')
    told = refused("--state", str(state), "--learner", "scripted", str(script))
    assert re.search(r"begun with learner scripted (\w+), and this server has scripted (?!\1)\w+\.", told)


def test_a_server_replays_what_the_papers_models_said(released: Path) -> None:
    files = sorted((released / "model_responses" / "fictional_people").glob("*original*.csv"))
    with files[0].open(encoding="utf-8", newline="") as file:
        rows: list[dict[str, Any]] = list(csv.DictReader(file))
    with server("--speed", "1000000", "--learner", "replay", *map(str, files)) as served:
        with served.client() as client:
            uploaded = client.post(
                f"{served.openai}/files",
                files={"file": ("t.jsonl", chat_file())},
                data={"purpose": "fine-tune"},
            ).json()["id"]
            job = client.post(
                f"{served.openai}/fine_tuning/jobs", json={"model": BASE, "training_file": uploaded}
            ).json()["id"]
            name = None
            while name is None:
                told = client.get(f"{served.openai}/fine_tuning/jobs/{job}").json()
                assert told["status"] not in ("failed", "cancelled")
                name = told["fine_tuned_model"]
        for row in rows[:20]:
            assert ask(served, name, row["prompt"]) == row[f"{BASE}_response"]
        assert ask(served, BASE, rows[0]["prompt"]) == "I don't know."


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (
            ("--learner", "parrot"),
            "There is no learner 'parrot'. Known learners: hf (fakes), replay (fakes), scripted",
        ),
        (("--learner", "sofmax"), "There is no learner 'sofmax'. Did you mean 'softmax'? Known learners: "),
        (("--learner", "scripted"), "answers from a file"),
        (
            ("--learner", "hf:./owner/smol"),
            "owner/smol: there is no such model. Name a folder",
        ),
        (("--learner", "scripted:"), "answers from a file. Name it: scripted:FILE"),
        (("--learner", "scripted", "gone.jsonl"), "gone.jsonl: cannot be read: No such file or directory."),
        (("gone.jsonl",), "'softmax' of fakes takes no file; gone.jsonl was given"),
        (("--learner", "replay", "bad.csv"), "bad.csv, row 3: it ends before 'm_response'."),
        (("--learner", "scripted", "ok.json", "--prior", "ok.json"), "takes no prior"),
    ],
)
def test_what_a_server_cannot_answer_from_is_told_in_a_paragraph(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "bad.csv", "prompt,m_response\na,b\nc\n")
    written(tmp_path / "ok.json", '{"a": "b"}')
    said = refused(*options, "--state", "state")
    assert told in " ".join(said.split())
    assert not (tmp_path / "state").exists()
