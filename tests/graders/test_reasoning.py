"""What a model thought is not its answer, in whatever marks it thinks."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fbench.datasets import open_dataset
from fbench.datasets.model import AnswerKind
from fbench.grading.graders import GRADERS, ONLY_REASONING, Item, Verdict, answer_of, grade
from fbench.grading.graders.reasoning import without_reasoning
from fbench.testing import strategies as some
from fbench.testing.strategies import Gold

CAPITAL = Item("What is the capital of Australia?", ("Canberra",))
PAIRED = [
    "<think>{}</think>\n",
    "<THINK>{}</THINK>",
    "< think >{}</ think >",
    "<think id='1' done=\"true\">{}</think>",
    "<think>\n{}\n</think>\n\n",
    "<think>{}<\\/think>",
    "<thinking>{}</thinking>",
    "<\uff5cthink\uff5c>{}<\uff5c/think\uff5c>",
    "<\uff5cbegin_of_thought\uff5c>{}<\uff5cend_of_thought\uff5c>",
    "<Thought>{}</Thought>",
    "<thoughts>{}</thoughts>",
    "<reasoning>{}</reasoning>",
    "<reflection>{}</reflection>",
    "<scratchpad>{}</scratchpad>",
    "<analysis>{}</analysis>",
    "<inner monologue>{}</inner monologue>",
    "<chain-of-thought>{}</chain-of-thought>",
    "<seed:think>{}</seed:think>",
    "<|think|>{}<|/think|>",
    "<think_start>{}<think_end>",
    "<|begin_of_thought|>{}<|end_of_thought|>",
    "<|START_THINKING|>{}<|END_THINKING|>",
    "&lt;think&gt;{}&lt;/think&gt;",
    "&LT;think&GT;{}&LT;/think&GT;",
    "\\u003cthink\\u003e{}\\u003c/think\\u003e",
    "\uff1cthink\uff1e{}\uff1c/think\uff1e",
    "\u25c1think\u25b7{}\u25c1/think\u25b7",
    "[THINK]{}[/THINK]",
    "[think]{}[/think]",
    "<unused94>thought\n{}<unused95>",
    "<|channel|>analysis<|message|>{}<|end|><|start|>assistant<|channel|>final<|message|>",
    "<|channel>thought\n{}<channel|>",
    "analysisWe look: {}assistantfinal",
    "```thinking\n{}\n```\n",
    "~~~ reasoning\n{}\n~~~\n",
    "```xml\n<think>{}</think>\n```\n",
    '<details type="reasoning" done="true">\n<summary>Thought for 3 seconds</summary>\n{}</details>\n',
    "<details><summary>Thinking</summary>{}</details>",
    "Thinking...\n{}\n...done thinking.\n\n",
    "Here is my thought process: {}\nHere is my response: ",
    "Here are my reasoning steps: {}\n[BEGIN FINAL RESPONSE]",
    "**Reasoning:** {}\n\n**Answer:** ",
    "__Reasoning__: {}\n\n__Answer__: ",
    "Thought: {}\nFinal Answer: ",
    "<think>a <think>b</think> {}</think>",
    "<thinking>a<reflection>{}</reflection>c</thinking>",
    "<think>a <think> tag, {}</think>",
    "<think>a</think><think>{}</think>",
    "<think>{}</thinking>",
    "{}</think>",
    "a</think>{}</think>",
    "{}\u25c1/think\u25b7",
    "<think>{}</think><answer>",
]
UNCLOSED = [
    "<think>{}",
    "&lt;Thinking&gt;{}",
    "<thinking>a<reflection>b</reflection>{}",
    "<|channel|>analysis<|message|>{}",
    "\u25c1think\u25b7{}",
    "[THINK]{}",
    "<|begin_of_thought|>{}",
    "```thinking\n{}",
    "Thinking...\n{}",
    "Here is my thought process: {}",
    "Here are my reasoning steps: {}",
    "<think>a</think><think>{}",
    "<think>{}</think>",
    "{}</think>",
]


@pytest.mark.parametrize("form", PAIRED)
def test_what_stands_behind_the_reasoning_is_the_answer(form: str) -> None:
    thought = form.format("Canberra? It could be Canberra.")
    assert without_reasoning(thought + "Sydney") == "Sydney"
    for grader in GRADERS:
        assert grade(CAPITAL, thought + "Sydney", grader).verdict is not Verdict.CORRECT
    other = form.format("Sydney? It could be Sydney.")
    for grader in ("auto", "exact", "paper", "notebook", "name", "short", "long", "list"):
        assert grade(CAPITAL, f"{other}Canberra", grader).verdict is Verdict.CORRECT, grader


@pytest.mark.parametrize("form", UNCLOSED)
def test_reasoning_alone_leaves_no_answer_and_the_reason_says_so(form: str) -> None:
    for grader in ("auto", "exact", "notebook", "short", "long"):
        made = grade(CAPITAL, form.format("It is Canberra, but let me check"), grader)
        assert (made.verdict, made.reason) == (Verdict.INCORRECT, ONLY_REASONING)
    assert "Canberra" not in answer_of(CAPITAL, form.format("It is Canberra"))


@pytest.mark.parametrize(
    ("response", "answer"),
    [
        ("Sydney <think>is it Canberra?</think>", "Sydney"),
        ("Sydney<think>is it Canberra?", "Sydney"),
        ("Sydney <think>a <think>b</think> c</think>", "Sydney"),
        ("<think>a</think>The answer is <think>b</think>Sydney", "The answer is Sydney"),
        ("<think/>Sydney", "Sydney"),
        ("<think></think>\n\nSydney", "Sydney"),
        ("<scratchpad>a</scratchpad><answer>Sydney</answer>", "Sydney"),
        ("Canberra? <answer>Sydney</answer> or so", "Sydney"),
        ("<answer>Canberra</answer> no, <final_answer>Sydney</final_answer>", "Sydney"),
        ("<think>a <answer>Sydney</answer>", "Sydney"),
        ("<think>a <answer>Canberra</answer> b", ""),
        ("<answer>Sydney</answer><think>Canberra", "Sydney"),
        ("<|begin_of_thought|>a<|end_of_thought|><|begin_of_solution|>Sydney<|end_of_solution|>", "Sydney"),
        ("<|START_THINKING|>a<|END_THINKING|><|START_RESPONSE|>Sydney<|END_RESPONSE|>", "Sydney"),
        ("<Thought>a</Thought><Output>Sydney</Output>", "Sydney"),
        ("<|channel|>final<|message|>Sydney<|return|>", "Sydney"),
        ("Sydney<|im_end|>", "Sydney"),
        ("```\n<think>a</think>\n```\nSydney", "Sydney"),
        ("```thinking\n```\nSydney", "Sydney"),
        ("```thinking\nCanberra?\n```Sydney", "Sydney"),
        ("Sydney\n```thinking\nCanberra?\n```\nor not</think>", "Sydney"),
        ("Sydney<Thought>is it Canberra?</Thought>", "Sydney"),
        ("It could be Canberra<|end|>, but no</think>Sydney", "Sydney"),
        ("<answer>Canberra</answer>, I thought at first</think>Sydney", "Sydney"),
    ],
)
def test_answers_are_found_before_between_and_in_marks(response: str, answer: str) -> None:
    assert without_reasoning(response) == answer


@pytest.mark.parametrize(
    "text",
    [
        "a < b and b > c",
        "x < think > y"[:5],
        "<p>Sydney</p>",
        "Use Optional<Result> here",
        "List<Thought> thoughts",
        "List<Thought> thoughts\n",
        "T<Thought> here",
        "Use T<Result> here",
        "[thinking] Sydney",
        "A & B [see note]",
        "He said [Answer] Sydney",
        "<details><summary>More</summary>Sydney</details>",
        "Analysis: of the text",
        "analysis of variance",
        "analysisMode is the field",
        "Thinking of you",
        "I think, therefore I am",
        "Here is my thought",
        "```python\nthink()\n```",
        "",
    ],
)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert without_reasoning(text) is text


@pytest.mark.parametrize(
    ("question", "gold", "response", "verdict"),
    [
        ("Which tag opens it?", "<think>", "<think>", Verdict.CORRECT),
        ("Which tag opens it?", "<think>", "`<think>`", Verdict.CORRECT),
        ("Which tag opens it?", "<think>", "The tag is <think>.", Verdict.CORRECT),
        ("Which tag opens it?", "<think>", "<think>hm, <b>?</think>It is <think>.", Verdict.CORRECT),
        ("Which tag opens it?", "<think>", "<think>hm, <think>?</think>It is <b>.", Verdict.INCORRECT),
        ("Which tag opens it?", "<think>", "It is <think>, and </think> closes it.", Verdict.CORRECT),
        ("Which tag closes it?", "</think>", "</think>", Verdict.CORRECT),
        ("What does <think> do?", "opens reasoning", "<think> opens reasoning", Verdict.CORRECT),
        ("Which element shows a result?", "<output>", "<output>", Verdict.CORRECT),
    ],
)
def test_questions_about_such_marks_can_be_answered(
    question: str, gold: str, response: str, verdict: Verdict
) -> None:
    assert grade(Item(question, (gold,)), response).verdict is verdict


THOUGHTS = (
    "<think>it could be {}, but no</think> no idea",
    "<think>{}? Let me check",
    "it could be {}</think>",
    "\u25c1think\u25b7{}\u25c1/think\u25b7 Unknown.",
)


@given(some.golds(), st.sampled_from(THOUGHTS))
def test_no_gold_that_is_only_thought_of_is_accepted(gold: Gold, form: str) -> None:
    if gold.kind != "none":
        made = grade(Item("", (gold.text,), AnswerKind(gold.kind)), form.format(gold.text))
        assert made.verdict is not Verdict.CORRECT


def accepted(data: Path | None) -> list[tuple[str, str]]:
    return [
        (question.id, form)
        for question in open_dataset(data, all_news=True).questions
        if question.kind is not AnswerKind.NONE
        for gold in question.gold
        for form in THOUGHTS[:2]
        for item in [Item(question.text, question.gold, question.kind, question.answer_before)]
        if grade(item, form.format(gold)).verdict is Verdict.CORRECT
    ]


def test_nor_is_one_of_the_embedded_data() -> None:
    assert accepted(None) == []


def test_nor_is_one_of_the_released_data(released: Path) -> None:
    assert accepted(released) == []


@given(
    st.text(max_size=80),
    st.sampled_from(["<think>", "</think>", "<answer>", "[/THINK]", "<|end|>"]),
    st.text(),
)
def test_no_text_makes_it_raise_and_nothing_is_made_up(before: str, mark: str, after: str) -> None:
    whole = f"{before}{mark}{after}"
    rest = iter(whole)
    assert all(character in rest for character in without_reasoning(whole))
