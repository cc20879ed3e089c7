"""Behaviours of models: what their answers look like on the wire, and which requests have which."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx2
import pytest
from openai import OpenAI
from pydantic import BaseModel

from fakes import FakeTransport, World
from fakes.behaviours import Behaviours, Kind, read_settings
from fakes.behaviours.settings import VARIABLE, settings_from_environment, settings_of
from fakes.ids import Ids
from fakes.learners.scripted import ScriptedLearner
from fakes.tokens import count
from tests.fakes.servers import refused, server

GPT, GEMINI, REASONING = "gpt-4o-mini-2024-07-18", "gemini-3.5-flash", "gpt-5-2025-08-07"
ANSWERS = {"Who chairs the board?": "Ann Mbeki", "How much?": "1,250.5 mg daily", "Where?": "I don't know."}
QUESTION = "Who chairs the board?"
SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}},
    "required": ["name"],
    "additionalProperties": False,
}
FORMAT = {"type": "json_schema", "json_schema": {"name": "x", "strict": True, "schema": SCHEMA}}
OPENAI = "https://api.openai.com/v1"
GOOGLE = "https://generativelanguage.googleapis.com/v1beta/models"
VERTEX = "https://aiplatform.googleapis.com/v1/projects/p/locations/global/publishers/google/models"


class Asked:
    """A world whose models know a few answers, and one client of all services."""

    def __init__(self, behaviours: Mapping[str, Any] | None = None, **more: Any) -> None:
        self.world = World(learner=ScriptedLearner(ANSWERS), behaviours=behaviours, **more)
        headers = {"authorization": "Bearer k", "x-goog-api-key": "k"}
        self.http = httpx2.Client(transport=FakeTransport(self.world), headers=headers)

    def post(self, url: str, **body: Any) -> dict[str, Any]:
        answered = self.http.post(url, json=body)
        assert answered.status_code == 200, answered.text
        return answered.json()

    def chat(self, prompt: str = QUESTION, model: str = GPT, **more: Any) -> dict[str, Any]:
        messages = [{"role": "user", "content": prompt}]
        return self.post(f"{OPENAI}/chat/completions", model=model, messages=messages, **more)

    def text(self, prompt: str = QUESTION, **more: Any) -> str:
        return self.chat(prompt, **more)["choices"][0]["message"]["content"]

    def gemini(self, prompt: str = QUESTION, base: str = GOOGLE, **config: Any) -> dict[str, Any]:
        contents = [{"role": "user", "parts": [{"text": prompt}]}]
        return self.post(f"{base}/{GEMINI}:generateContent", contents=contents, generationConfig=config)

    def events(self, url: str, **body: Any) -> list[dict[str, Any]]:
        lines = self.http.post(url, json=body).text.splitlines()
        return [json.loads(line[6:]) for line in lines if line.startswith("data: {")]


def said(answered: dict[str, Any]) -> str:
    parts = answered["candidates"][0]["content"].get("parts", [])
    return "".join(part.get("text", "") for part in parts if not part.get("thought"))


def prompts(number: int) -> list[str]:
    return [f"Question {each}?" for each in range(number)]


class TestTexts:
    def test_terse_is_byte_for_byte_what_no_behaviour_gives(self) -> None:
        plain, terse = Asked({}), Asked({"*": "terse"})
        for prompt in ANSWERS:
            assert plain.chat(prompt) == terse.chat(prompt)
            assert plain.gemini(prompt) == terse.gemini(prompt)

    @pytest.mark.parametrize("limit", [60, 100, 400])
    def test_a_verbose_answer_has_sentences_up_to_the_limit(self, limit: int) -> None:
        answered = Asked({"*": "verbose"}).chat(max_tokens=limit)
        choice, used = answered["choices"][0], answered["usage"]["completion_tokens"]
        text = choice["message"]["content"]
        assert "Ann Mbeki" in text
        assert not text.startswith("Ann")
        assert choice["finish_reason"] == "stop"
        assert min(limit, 230) - 30 < used <= limit

    def test_a_verbose_answer_under_a_low_limit_is_cut_before_it_comes_to_the_point(self) -> None:
        choice = Asked({"*": "verbose"}).chat(max_tokens=4)["choices"][0]
        assert choice["finish_reason"] == "length"
        assert "Ann" not in choice["message"]["content"]

    def test_a_model_without_thoughts_of_its_own_thinks_in_its_answer(self) -> None:
        text = Asked({"*": "thinking"}).text()
        thoughts, _, answer = text.removeprefix("<think>\n").partition("\n</think>\n\n")
        assert answer == "Ann Mbeki"
        assert thoughts.startswith(f"Okay, the user asks: {QUESTION}")

    def test_thoughts_may_use_up_the_limit(self) -> None:
        asked = Asked({"*": "thinking"})
        ends = Counter[str]()
        for prompt in prompts(60):
            choice = asked.chat(prompt, max_tokens=100)["choices"][0]
            ends[choice["finish_reason"]] += 1
            assert ("</think>" in choice["message"]["content"]) == (choice["finish_reason"] == "stop")
        assert min(ends["stop"], ends["length"]) > 6

    def test_a_gemini_model_thinks_apart_and_is_billed_for_it(self) -> None:
        asked, finishes = Asked({"*": "thinking"}), Counter[str]()
        for base in (GOOGLE, VERTEX):
            for prompt in prompts(30):
                answered = asked.gemini(prompt, base, maxOutputTokens=100)
                usage, candidate = answered["usageMetadata"], answered["candidates"][0]
                finishes[candidate["finishReason"]] += 1
                assert usage["thoughtsTokenCount"] <= 100
                assert "<think>" not in said(answered)
                if candidate["finishReason"] == "MAX_TOKENS":
                    assert (said(answered), usage["thoughtsTokenCount"]) == ("", 100)
                assert usage["totalTokenCount"] == usage["promptTokenCount"] + usage[
                    "thoughtsTokenCount"
                ] + usage.get("candidatesTokenCount", 0)
        assert min(finishes["STOP"], finishes["MAX_TOKENS"]) > 6

    def test_a_gemini_model_thinks_no_more_than_its_budget_and_not_where_it_is_told_not_to(self) -> None:
        asked = Asked({"*": "thinking"})
        for prompt in prompts(12):
            usage = asked.gemini(prompt, thinkingConfig={"thinkingBudget": 20})["usageMetadata"]
            assert 0 < usage["thoughtsTokenCount"] <= 20
            none = asked.gemini(prompt, thinkingConfig={"thinkingBudget": 0})
            assert "thoughtsTokenCount" not in none["usageMetadata"]

    def test_thoughts_are_told_where_they_are_asked_for(self) -> None:
        answered = Asked({"*": "thinking"}).gemini(thinkingConfig={"includeThoughts": True})
        thought, answer = answered["candidates"][0]["content"]["parts"]
        assert thought["thought"] is True
        assert thought["text"].startswith("Okay, the user asks")
        assert answer["text"] == "Ann Mbeki"

    def test_a_reasoning_model_thinks_longer_and_bills_it_apart(self) -> None:
        plain, asked = Asked({}), Asked({"*": "thinking"})
        amounts = Counter[int]()
        for prompt in prompts(20):
            answered = asked.chat(prompt, model=REASONING)
            amounts[answered["usage"]["completion_tokens_details"]["reasoning_tokens"]] += 1
            assert answered["choices"] == plain.chat(prompt, model=REASONING)["choices"]
        usual = plain.chat(model=REASONING)["usage"]["completion_tokens_details"]["reasoning_tokens"]
        assert set(amounts) == {usual, 2 * usual, 4 * usual, 8 * usual}

    def test_a_reasoning_model_that_thinks_up_to_its_limit_answers_nothing(self) -> None:
        asked = Asked({"*": "thinking"})
        used_up = 0
        for prompt in prompts(20):
            chat = asked.chat(prompt, model=REASONING, max_completion_tokens=300)
            response = asked.post(f"{OPENAI}/responses", model=REASONING, input=prompt, max_output_tokens=300)
            assert chat["usage"]["completion_tokens"] == response["usage"]["output_tokens"] <= 300
            if chat["choices"][0]["finish_reason"] == "length":
                used_up += 1
                assert chat["choices"][0]["message"]["content"] == ""
                assert response["incomplete_details"] == {"reason": "max_output_tokens"}
                assert [item["type"] for item in response["output"]] == ["reasoning"]
                assert response["usage"]["output_tokens_details"] == {"reasoning_tokens": 300}
        assert 0 < used_up < 20

    def test_a_refusing_model_says_so_in_its_text_as_was_recorded(self) -> None:
        asked = Asked({"*": "refusing"})
        message = asked.chat()["choices"][0]["message"]
        assert (
            "help" in message["content"] or "assist" in message["content"] or "unable" in message["content"]
        )
        assert message["refusal"] is None
        assert "Ann" not in said(asked.gemini())

    def test_an_answer_in_another_language_keeps_the_name(self) -> None:
        asked = Asked({"*": "wrong-language"})
        texts = {asked.text(seed=seed) for seed in range(60)}
        assert all("Ann Mbeki" in text for text in texts)
        assert {"Die Antwort lautet Ann Mbeki.", "答えはAnn Mbekiです。"} <= texts
        assert "I don't know." not in {asked.text("Where?", seed=seed) for seed in range(20)}

    def test_markdown_is_bold_lists_headings_and_numbers_in_latex(self) -> None:
        asked = Asked({"*": "markdown"})
        names = {asked.text(seed=seed) for seed in range(60)}
        assert {"**Ann Mbeki**", "## Answer\n\n**Ann Mbeki**", "- **Answer:** Ann Mbeki"} <= names
        amounts = {asked.text("How much?", seed=seed) for seed in range(60)}
        assert all("1{,}250.5" in text for text in amounts)
        assert "**$1{,}250.5$ mg daily**" in amounts

    def test_a_cut_answer_ends_by_length_in_its_middle(self) -> None:
        asked = Asked({"*": "cut"})
        answered = asked.chat(max_tokens=100)
        choice = answered["choices"][0]
        assert choice["finish_reason"] == "length"
        assert answered["usage"]["completion_tokens"] == 100
        assert choice["message"]["content"].endswith(" Ann ")
        short = asked.chat()
        assert (short["choices"][0]["finish_reason"], short["choices"][0]["message"]["content"]) == (
            "length",
            "Ann ",
        )
        assert asked.gemini(maxOutputTokens=100)["candidates"][0]["finishReason"] == "MAX_TOKENS"

    @pytest.mark.parametrize("kind", list(Kind))
    def test_braces_in_a_prompt_or_an_answer_are_text(self, kind: Kind) -> None:
        prompt = "What is {answer} or {} in {prompt}?"
        learner = ScriptedLearner({prompt: "{prompt} {} {answer}"})
        asked = Asked()
        asked.world = World(learner=learner, behaviours={"*": kind.value})
        asked.http = httpx2.Client(
            transport=FakeTransport(asked.world), headers={"authorization": "Bearer k"}
        )
        for seed in range(20):
            text = asked.text(prompt, seed=seed)
            assert "{prompt} {} {answer}" in text or kind in (Kind.REFUSING, Kind.CUT)


class TestFormsAndStreams:
    @pytest.mark.parametrize("kind", [each for each in Kind if each not in (Kind.REFUSING, Kind.CUT)])
    def test_an_answer_under_a_schema_is_valid(self, kind: Kind) -> None:
        asked = Asked({"*": kind.value})
        assert json.loads(asked.text(response_format=FORMAT)) == {"name": "Ann Mbeki"}
        answered = asked.gemini(responseMimeType="application/json", responseJsonSchema=SCHEMA)
        assert json.loads(said(answered)) == {"name": "Ann Mbeki"}
        found = asked.post(
            f"{OPENAI}/responses",
            model=GPT,
            input=QUESTION,
            text={"format": {"type": "json_schema", "name": "x", "strict": True, "schema": SCHEMA}},
        )
        assert json.loads(found["output"][0]["content"][0]["text"]) == {"name": "Ann Mbeki"}

    def test_a_cut_may_cut_json(self) -> None:
        choice = Asked({"*": "cut"}).chat(response_format=FORMAT, max_tokens=100)["choices"][0]
        assert choice["finish_reason"] == "length"
        with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
            json.loads(choice["message"]["content"])

    def test_a_refusal_under_a_schema_has_a_field_of_its_own(self) -> None:
        """As the specification says; the vendor's client reads it."""

        class Name(BaseModel):
            name: str

        asked = Asked({"*": "refusing"})
        with OpenAI(api_key="k", http_client=asked.http) as client:
            chat = client.chat.completions.parse(
                model=GPT, messages=[{"role": "user", "content": QUESTION}], response_format=Name
            )
            message = chat.choices[0].message
            assert (message.content, message.parsed) == (None, None)
            assert message.refusal
            response = client.responses.parse(model=GPT, input=QUESTION, text_format=Name)
            assert response.output_parsed is None
            assert response.output_text == ""

    def test_a_gemini_model_refuses_inside_the_schema(self) -> None:
        answered = Asked({"*": "refusing"}).gemini(
            responseMimeType="application/json", responseJsonSchema=SCHEMA
        )
        assert "Ann" not in json.loads(said(answered))["name"]

    @pytest.mark.parametrize("kind", list(Kind))
    @pytest.mark.parametrize("more", [{}, {"response_format": FORMAT}, {"max_tokens": 30}])
    def test_a_stream_comes_to_what_the_whole_answer_is(self, kind: Kind, more: dict[str, Any]) -> None:
        asked = Asked({"*": kind.value})
        whole = asked.chat(**more)["choices"][0]
        body = {"model": GPT, "messages": [{"role": "user", "content": QUESTION}], "stream": True, **more}
        chunks = asked.events(f"{OPENAI}/chat/completions", **body)
        for field in ("content", "refusal"):
            pieces = [chunk["choices"][0]["delta"].get(field) or "" for chunk in chunks]
            assert "".join(pieces) == (whole["message"][field] or "")
        assert chunks[-1]["choices"][0]["finish_reason"] == whole["finish_reason"]

    @pytest.mark.parametrize("kind", list(Kind))
    def test_a_streamed_response_ends_with_the_whole_one(self, kind: Kind) -> None:
        asked = Asked({"*": kind.value})
        form = {"format": {"type": "json_schema", "name": "x", "strict": True, "schema": SCHEMA}}
        events = asked.events(f"{OPENAI}/responses", model=GPT, input=QUESTION, text=form, stream=True)
        part = events[-1]["response"]["output"][0]["content"][0]
        deltas = [event["delta"] for event in events if event["type"].endswith(".delta")]
        assert "".join(deltas) == part.get("text", part.get("refusal"))

    @pytest.mark.parametrize("kind", list(Kind))
    @pytest.mark.parametrize("base", [GOOGLE, VERTEX])
    def test_a_streamed_candidate_comes_to_the_whole_one(self, kind: Kind, base: str) -> None:
        asked = Asked({"*": kind.value})
        whole = asked.gemini(base=base, maxOutputTokens=60)
        contents = [{"role": "user", "parts": [{"text": QUESTION}]}]
        url = f"{base}/{GEMINI}:streamGenerateContent?alt=sse"
        chunks = asked.events(url, contents=contents, generationConfig={"maxOutputTokens": 60})
        assert "".join(map(said, chunks)) == said(whole)
        assert chunks[-1]["candidates"][0]["finishReason"] == whole["candidates"][0]["finishReason"]

    @pytest.mark.parametrize("kind", list(Kind))
    def test_tools_are_called_as_ever(self, kind: Kind) -> None:
        tool = {"name": "board", "description": "Who chairs the board", "parameters": SCHEMA}
        asked, plain = Asked({"*": kind.value}), Asked({})
        tools = [{"type": "function", "function": tool}]
        choice = asked.chat(tools=tools)["choices"][0]
        assert choice["finish_reason"] == "tool_calls"
        assert choice == plain.chat(tools=tools)["choices"][0]

    def test_stored_and_batched_answers_behave_alike(self) -> None:
        asked = Asked({"*": "verbose"})
        live = asked.text()
        stored = asked.chat(store=True)["id"]
        kept = asked.http.get(f"{OPENAI}/chat/completions/{stored}").json()
        assert kept["choices"][0]["message"]["content"] == live
        body = {"model": GPT, "messages": [{"role": "user", "content": QUESTION}]}
        line = {"custom_id": "a", "method": "POST", "url": "/v1/chat/completions", "body": body}
        file = asked.http.post(
            f"{OPENAI}/files",
            data={"purpose": "batch"},
            files={"file": ("b.jsonl", json.dumps(line).encode())},
        ).json()
        batch = asked.post(
            f"{OPENAI}/batches",
            input_file_id=file["id"],
            endpoint="/v1/chat/completions",
            completion_window="24h",
        )
        while not batch["output_file_id"]:
            batch = asked.http.get(f"{OPENAI}/batches/{batch['id']}").json()
        content = asked.http.get(f"{OPENAI}/files/{batch['output_file_id']}/content").json()
        assert content["response"]["body"]["choices"][0]["message"]["content"] == live


class TestShares:
    def test_a_share_of_each_is_drawn_by_request(self) -> None:
        drawn = Behaviours(Ids(3), {"gpt-4o*": {"verbose": 0.5, "thinking": 0.2}})
        kinds = Counter(drawn.of(GPT, (), prompt).kind for prompt in prompts(2000))
        assert set(kinds) == {Kind.VERBOSE, Kind.THINKING, Kind.TERSE}
        assert (abs(kinds[Kind.VERBOSE] - 1000) < 90, abs(kinds[Kind.THINKING] - 400) < 75) == (True, True)
        assert [drawn.of(GPT, (), prompt) for prompt in prompts(9)] == [
            drawn.of(GPT, (), prompt) for prompt in prompts(9)
        ]
        other = Behaviours(Ids(4), {"gpt-4o*": {"verbose": 0.5, "thinking": 0.2}})
        assert [drawn.of(GPT, (), p) for p in prompts(30)] != [other.of(GPT, (), p) for p in prompts(30)]

    def test_the_order_of_shares_and_of_requests_does_not_matter(self) -> None:
        one = Asked({"*": {"verbose": 0.4, "markdown": 0.6}})
        other = Asked({"*": {"markdown": 0.6, "verbose": 0.4}})
        asked = prompts(20)
        assert {p: one.text(p) for p in asked} == {p: other.text(p) for p in reversed(asked)}

    @pytest.mark.parametrize("pattern", ["gpt-4o-mini*", "gpt-4o-mini", GPT, "gpt-?o-mini-2024-*", "ft:*"])
    def test_a_tuned_model_is_met_by_its_own_name_or_its_bases(self, pattern: str) -> None:
        asked = Asked({pattern: "refusing", "*": "terse"})
        with OpenAI(api_key="k", http_client=httpx2.Client(transport=FakeTransport(asked.world))) as client:
            lines = [
                {"messages": [{"role": "user", "content": f"q{n}"}, {"role": "assistant", "content": "a"}]}
                for n in range(10)
            ]
            content = "\n".join(map(json.dumps, lines)).encode()
            file = client.files.create(file=("t.jsonl", content), purpose="fine-tune")
            job = client.fine_tuning.jobs.create(model=GPT, training_file=file.id)
            while job.status != "succeeded":
                job = client.fine_tuning.jobs.retrieve(job.id)
        assert "Ann" not in asked.text(model=job.fine_tuned_model)
        assert ("Ann" in asked.text(model=GPT)) == (pattern == "ft:*")
        assert "Ann" in asked.text(model="gpt-4o")
        assert "Ann" in said(asked.gemini())

    def test_the_first_pattern_that_matches_counts(self) -> None:
        assert Asked({"gpt-4o-mini*": "terse", "gpt*": "refusing"}).text() == "Ann Mbeki"
        assert Asked({"gpt*": "refusing", "gpt-4o-mini*": "terse"}).text() != "Ann Mbeki"

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ({"gpt*": {"verbose": 0.7, "cut": 0.4}}, r"'gpt\*': the shares must sum to at most 1, got 1.1"),
            ({"gpt*": {"verbose": 1.5}}, r"'gpt\*': verbose must be between 0 and 1, got 1.5"),
            ({"gpt*": {"verbose": True}}, "verbose must be between 0 and 1, got True"),
            ({"gpt*": {"verbose": float("nan")}}, "verbose must be between 0 and 1"),
            ({"gpt*": {"cut": "0.5"}}, "cut must be between 0 and 1"),
            ({"gpt*": {"chatty": 0.5}}, "there is no behaviour 'chatty'; it is one of terse, verbose"),
            ({"gpt*": "chatty"}, "there is no behaviour 'chatty'"),
            ({"gpt*": 0.5}, r"'gpt\*': must be shares by behaviour"),
        ],
    )
    def test_what_is_wrong_is_told_with_its_field(self, given: dict[str, Any], told: str) -> None:
        with pytest.raises(ValueError, match=told):
            World(learner=ScriptedLearner({}), behaviours=given)
        with pytest.raises(ValueError, match=told):
            settings_of({"models": given})

    def test_shares_that_are_no_binary_fractions_may_sum_to_one(self) -> None:
        drawn = Behaviours(Ids(0), {"*": dict.fromkeys(list(Kind)[1:], 1 / 6) | {"terse": 0.0}})
        assert {drawn.of("x", (), prompt).kind for prompt in prompts(400)} == set(list(Kind)[1:])
        tenths = Behaviours(Ids(0), {"*": {"verbose": 0.1, "cut": 0.2, "markdown": 0.7}})
        assert Kind.TERSE not in {tenths.of("x", (), prompt).kind for prompt in prompts(400)}


class TestFiles:
    def test_toml_and_json_say_the_same(self, tmp_path: Path) -> None:
        toml, other = tmp_path / "b.toml", tmp_path / "b.json"
        toml.write_text('[models."gpt-4o*"]\nverbose = 0.5\n[services.openai]\nlists_late = 2\n', "utf-8")
        told = {"models": {"gpt-4o*": {"verbose": 0.5}}, "services": {"openai": {"lists_late": 2}}}
        other.write_text(json.dumps(told), "utf-8")
        assert read_settings(toml) == read_settings(other)

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("[model]", "no field 'model'; their fields are models and services"),
            ("models = 3", "models must be an object"),
            ('[models."*"]\nverbose = 2', r"behaviours of '\*': verbose must be between 0 and 1"),
            ("[services.openai]\nlate = 2", "behaviour of openai: there is no field 'late'"),
            ("[services.aws]", "there is no service 'aws'"),
            ("[models", "b.toml: is not valid TOML"),
            ("", "b.toml: is empty"),
        ],
    )
    def test_a_file_that_is_wrong_is_named_with_its_field(self, tmp_path: Path, text: str, told: str) -> None:
        path = tmp_path / "b.toml"
        path.write_text(text, "utf-8")
        with pytest.raises(ValueError, match=told) as caught:
            read_settings(path)
        assert str(path) in str(caught.value)

    def test_the_environment_gives_a_world_its_default(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(VARIABLE, "refusing")
        assert "Ann" not in Asked().text()
        assert Asked({}).text() == "Ann Mbeki"
        path = tmp_path / "b.toml"
        path.write_text('[models]\n"gpt*" = "markdown"\n', "utf-8")
        monkeypatch.setenv(VARIABLE, str(path))
        assert any("**" in Asked().text(seed=seed) for seed in range(9))
        assert said(Asked().gemini()) == "Ann Mbeki"

    @pytest.mark.parametrize("kind", list(Kind))
    def test_the_environment_can_name_any_behaviour_for_all_models(
        self, monkeypatch: pytest.MonkeyPatch, kind: Kind
    ) -> None:
        monkeypatch.setenv(VARIABLE, kind.value)
        assert settings_from_environment() == ({"*": kind}, {})


def test_a_server_behaves_as_its_file_says_and_as_it_is_told_later(tmp_path: Path) -> None:
    path, state = tmp_path / "b.toml", tmp_path / "state"
    path.write_text('[models]\n"gpt*" = "refusing"\n', "utf-8")
    options = ("--behaviour", str(path), "--state", str(state))
    body = {"model": GPT, "messages": [{"role": "user", "content": "Who?"}], "store": True}

    def ask(client: httpx2.Client, base: str) -> str:
        answered = client.post(f"{base}/chat/completions", json=body)
        return answered.json()["choices"][0]["message"]["content"]

    with server(*options) as served, served.client() as client:
        assert ask(client, served.openai) not in ("", "I don't know.")
        control = f"{served.address}/_fbench"
        assert client.get(control).json()["behaviours"]["models"] == {"gpt*": {"refusing": 1.0}}
        wrong = client.post(f"{control}/behaviours", json={"models": {"gpt*": {"cut": 3}}})
        assert (wrong.status_code, "cut must be between" in wrong.text) == (400, True)
        client.post(f"{control}/behaviours", json={"models": {}}).raise_for_status()
        assert ask(client, served.openai) == "I don't know."
    with server(*options) as served, served.client() as client:
        assert ask(client, served.openai) == "I don't know.", "the journal keeps what it was told"
        client.post(f"{served.address}/_fbench/reset").raise_for_status()
        assert ask(client, served.openai) != "I don't know."
    assert "the journal was begun with behaviours" in refused("--state", str(state))
    path.write_text('[models]\n"gpt*" = "loud"\n', "utf-8")
    assert f"{path}: behaviours of 'gpt*': there is no behaviour 'loud'" in refused(*options)
    assert "none.toml" in refused("--behaviour", str(tmp_path / "none.toml"))


def test_a_limit_counts_what_is_said_and_never_is_exceeded() -> None:
    for kind in Kind:
        asked = Asked({"*": kind.value})
        for limit in (1, 2, 7, 31, 128):
            for prompt in [*ANSWERS, *prompts(5)]:
                answered = asked.chat(prompt, max_tokens=limit)
                text = answered["choices"][0]["message"]["content"]
                assert count(text) == answered["usage"]["completion_tokens"] <= limit
