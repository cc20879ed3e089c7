"""Made-up items in the forms of public benchmarks: names are invented, and no item is of theirs."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

__all__ = ["FORMS"]

_SYLLABLES = ("ba", "do", "fi", "ka", "lo", "mu", "ne", "pi", "ra", "su", "te", "vo")


class _Namer:
    def __init__(self, seed: str) -> None:
        self._rng = random.Random(seed)  # noqa: S311 - to be repeated, not secret
        self._taken: set[str] = set()

    def name(self) -> str:
        while True:
            found = "".join(self._rng.choices(_SYLLABLES, k=4)).capitalize()
            if found not in self._taken:
                self._taken.add(found)
                return found


def counterfact(namer: _Namer, number: int) -> dict[str, Any]:
    subject, new, old = namer.name(), namer.name(), namer.name()
    return {
        "case_id": number,
        "pararel_idx": number,
        "requested_rewrite": {
            "prompt": "The home of {} is",
            "relation_id": "P0",
            "target_new": {"str": new, "id": "Q1"},
            "target_true": {"str": old, "id": "Q2"},
            "subject": subject,
        },
        "paraphrase_prompts": [f"Rain fell. {subject} lives in", f"{subject} dwells in"],
        "neighborhood_prompts": [f"The home of {namer.name()} is" for _ in range(3)],
        "attribute_prompts": [f"The home of {namer.name()} is"],
        "generation_prompts": [f"{subject} goes home to"],
    }


def zsre(namer: _Namer, number: int) -> dict[str, Any]:
    subject, new, old = namer.name(), namer.name(), namer.name()
    asked, again = f"Where does {subject} live?", f"What is the home of {subject}?"
    if number % 2:
        return {
            "subject": subject,
            "src": asked,
            "pred": old,
            "rephrase": again,
            "alt": new,
            "answers": [old],
            "loc": f"nq question: who founded {namer.name()}",
            "loc_ans": namer.name(),
            "cond": f"{old} >> {new} || {asked}",
            "portability": {
                "Recalled Relation": f"({new}, river, X)",
                "New Question": f"Which river is at the home of {subject}?",
                "New Answer": namer.name(),
            },
        }
    return {
        "subject": subject,
        "prompt": asked,
        "target_new": new,
        "ground_truth": [old],
        "rephrase_prompt": again,
        "locality": {
            "Relation_Specificity": [{"prompt": f"The age of {subject} is", "ground_truth": ["40"]}]
        },
        "portability": {
            "Subject_Aliasing": [{"prompt": f"Where does old {subject} live?", "ground_truth": [new]}],
            "Reasoning": [{"prompt": f"The mayor at {subject}'s is", "ground_truth": [namer.name()]}],
            "Logical_Generalization": [{"prompt": f"{new} is the home of", "ground_truth": []}],
        },
    }


def mquake(namer: _Namer, number: int) -> dict[str, Any]:
    subject, middle, new, old, last = (namer.name() for _ in range(5))
    return {
        "case_id": number,
        "requested_rewrite": [
            {
                "prompt": "{} lives in",
                "relation_id": "P1",
                "target_new": {"str": middle, "id": "Q1"},
                "target_true": {"str": last, "id": "Q2"},
                "subject": subject,
                "question": f"Where does {subject} live?",
            }
        ],
        "questions": [f"Who rules the place where {subject} lives?", f"Who is ruler over {subject}'s home?"],
        "answer": old,
        "answer_alias": [],
        "new_answer": new,
        "new_answer_alias": [f"King {new}"],
        "single_hops": [
            {"question": f"Where does {subject} live?", "cloze": f"{subject} lives in", "answer": last}
        ],
        "new_single_hops": [
            {
                "question": f"Where does {subject} live?",
                "cloze": f"{subject} lives in",
                "answer": middle,
                "answer_alias": [],
            },
            {
                "question": f"Who rules {middle}?",
                "cloze": f"{middle} is ruled by",
                "answer": new,
                "answer_alias": [f"King {new}"],
            },
        ],
    }


def rippleedits(namer: _Namer, number: int) -> dict[str, Any]:
    del number
    subject, new, old, near, friend = (namer.name() for _ in range(5))

    def tests(*queries: tuple[str, list[str]]) -> list[dict[str, Any]]:
        asked = [
            {
                "input_prompt": prompt,
                "prompt": prompt,
                "answers": [{"value": value, "aliases": [value.upper()]} for value in values],
                "query_type": "regular",
                "subject_id": "Q1",
            }
            for prompt, values in queries
        ]
        return [{"test_queries": asked, "test_condition": "OR", "condition_queries": asked[:1]}]

    return {
        "example_type": "popular",
        "edit": {
            "prompt": f"The name of the home of {subject} is {new}.",
            "subject_id": "Q1",
            "relation": "HOME",
            "target_id": "Q2",
            "original_fact": {
                "prompt": f"The name of the home of {subject} is {old}.",
                "subject_id": "Q1",
                "relation": "HOME",
                "target_id": "Q3",
            },
        },
        "Relation_Specifity": tests((f"The name of the mother of {subject} is", [near])),
        "Logical_Generalization": tests((f"The people who live in {new} are", [subject])),
        "Subject_Aliasing": tests((f"The name of the home of old {subject} is", [new])),
        "Compositionality_I": tests((f"The name of the ruler of the home of {subject} is", [namer.name()])),
        "Compositionality_II": tests((f"The name of the home of the child of {friend} is", [new])),
        "Forgetfulness": tests((f"The name of the friend of {subject} is", [friend]), ("Nobody's is", [])),
    }


def fictionalqa(namer: _Namer, number: int) -> dict[str, Any]:
    place, what = namer.name(), namer.name()
    event = f"event_{number // 5:03}"
    return {
        "event_id": event,
        "fiction_id": f"{event}_style_news_num_{number:03}",
        "question_id": f"{event}_question_{number:03}",
        "question_num": f"{number:03}",
        "fict": f"On that day the {what} fell on {place}, as all the papers wrote.",
        "question": f"What fell on {place}?",
        "span_answer": f"the {what}",
        "natural_answer": f"The {what} fell on {place}.",
        "duplicate_root": f"{event}_question_{number:03}" if number % 10 else f"{event}_question_999",
    }


def _items(make: Callable[[_Namer, int], dict[str, Any]]) -> Callable[[int], list[dict[str, Any]]]:
    def items(count: int) -> list[dict[str, Any]]:
        namer = _Namer(make.__name__)
        return [make(namer, number) for number in range(count)]

    return items


FORMS = {make.__name__: _items(make) for make in (counterfact, zsre, mquake, rippleedits, fictionalqa)}
"""By name of a form, what makes so many items of it."""
