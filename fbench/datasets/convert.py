"""Rows of one's own data from the forms of public benchmarks.

Each form's fields are those of its published files: CounterFact (kmeng01/rome), zsRE in both forms of
zjunlp/EasyEdit, MQuAKE-CF (princeton-nlp/MQuAKE), RippleEdits (edenbiran/RippleEdits) and FictionalQA
(tomg-group-umd/fictionalqa). Prompts that are to be completed stay as they are, byte for byte.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import takewhile
from pathlib import Path
from typing import Any, NamedTuple, cast

from fbench.datasets.own import of_rows, rows_in
from fbench.errors import DataError, UsageError
from fbench.files import write_file
from fbench.plurals import counted
from fbench.value_errors import meant, shown

__all__ = ["FORMS", "Converted", "convert"]

Rows = Iterator[dict[str, Any]]


class Converted(NamedTuple):
    """What was converted: the number of items, the rows by role, and what was left out by reason."""

    items: int
    roles: dict[str, int]
    left_out: dict[str, int]


class _Item:
    """An item of a file, whose fields are asked for by name."""

    def __init__(self, file: Path, number: int, fields: Mapping[str, object], at: str = "") -> None:
        self._file, self._number, self._fields, self._at = file, number, fields, at

    def __iter__(self) -> Iterator[str]:
        """The names of its fields."""
        return iter(self._fields)

    def has(self, name: str) -> bool:
        """Whether the field is there, and holds something."""
        return bool(self._fields.get(name))

    def has_text(self, name: str) -> bool:
        """Whether the field is a text that says something."""
        value = self._fields.get(name)
        return isinstance(value, str) and bool(value.strip())

    def holds(self, name: str, inner: str) -> bool:
        """Whether the field is a list whose first object has the field `inner`."""
        value = self._fields.get(name)
        first = cast("list[object]", value)[0] if isinstance(value, list) and value else None
        return isinstance(first, dict) and inner in first

    def text(self, *names: str) -> str:
        """The text of the first of these fields that is there."""
        name = next((each for each in names if self.has(each)), names[0])
        value = self._fields.get(name)
        if isinstance(value, list) and len(cast("list[object]", value)) == 1:
            value = cast("list[object]", value)[0]
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(name, "a text")
        return value

    def texts(self, name: str, *, may_lack: bool = False) -> list[str]:
        """A list of texts; one text alone is a list of it."""
        value = self._fields.get(name)
        if may_lack and not value:
            return []
        found: list[object] = []
        for each in cast("list[object]", value if isinstance(value, list) else [value]):
            found += cast("list[object]", each) if isinstance(each, list) else [each]  # EasyEdit nests some
        if not found or not all(isinstance(each, str) for each in found):
            raise self.wrong(name, "a list of texts")
        return [each for each in cast("list[str]", found) if each.strip()]

    def item(self, name: str) -> _Item:
        """An object in it."""
        value = self._fields.get(name)
        if not isinstance(value, dict):
            raise self.wrong(name, "an object")
        fields = cast("dict[str, object]", value)
        return _Item(self._file, self._number, fields, f"{self._at}{name}.")

    def items(self, name: str, *, may_lack: bool = False) -> list[_Item]:
        """A list of objects in it; one object alone is a list of it."""
        value = self._fields.get(name)
        if may_lack and not value:
            return []
        found = cast("list[object]", value if isinstance(value, list) else [value])
        if not found or not all(isinstance(each, dict) for each in found):
            raise self.wrong(name, "a list of objects")
        return [
            _Item(self._file, self._number, cast("dict[str, object]", each), f"{self._at}{name}.{place}.")
            for place, each in enumerate(found)
        ]

    def length(self, name: str) -> int:
        """The number of objects in a field, whatever they are; 1 if it is no list."""
        value = self._fields.get(name)
        return len(cast("list[object]", value)) if isinstance(value, list) else 1

    def wrong(self, name: str, must: str) -> DataError:
        """The error for a field that must be something else."""
        problem = (
            f"it must be {must}, got {shown(self._fields[name])}" if name in self._fields else "it is missing"
        )
        return DataError(
            problem,
            file=self._file,
            row=self._number,
            field=f"{self._at}{name}",
            do="Name a file as its authors published it",
        )


def _counterfact(item: _Item, name: str, left_out: Counter[str]) -> Rows:
    edit = item.item("requested_rewrite")
    new, old = edit.item("target_new").text("str"), edit.item("target_true").text("str")
    prompt = edit.text("prompt").replace("{}", edit.text("subject"))
    yield {
        **_taught(name, prompt, new, old),
        "statement": f"{prompt} {new}.",
        "relation": edit.text("relation_id") if edit.has("relation_id") else None,
    }
    for again in item.texts("paraphrase_prompts", may_lack=True):
        yield {"fact": name, "role": "same", "prompt": again, "answer": new}
    for near in item.texts("neighborhood_prompts", may_lack=True):
        yield _unchanged(name, "neighbour", near, [old])
    left_out["attribute prompts, whose right answer is what the fact teaches"] += len(
        item.texts("attribute_prompts", may_lack=True)
    )
    left_out["generation prompts, which are open"] += len(item.texts("generation_prompts", may_lack=True))


def _zsre(item: _Item, name: str, left_out: Counter[str]) -> Rows:
    if not (item.has_text("alt") or item.has_text("target_new")):
        left_out["edits without a new answer"] += 1
        return
    prompt, new = item.text("src", "prompt"), item.text("alt", "target_new")
    known = "answers" if item.has("answers") else "ground_truth"
    old = item.texts(known, may_lack=True)
    yield _taught(name, prompt, new, old[0] if old and old[0] != new else None)
    for field in ("rephrase", "rephrase_prompt"):
        for again in item.texts(field, may_lack=True):
            yield {"fact": name, "role": "same", "prompt": again, "answer": new}
    if item.has("loc"):
        yield _unchanged(name, "locality", item.text("loc"), item.texts("loc_ans"))
    for group, probes in _groups(item, "locality", left_out):
        for probe in probes:
            if golds := probe.texts("ground_truth", may_lack=True):
                yield _unchanged(name, group, probe.text("prompt"), golds)
            else:
                left_out["questions without an answer"] += 1
    yield from _portability(item, name, left_out)


def _portability(item: _Item, name: str, left_out: Counter[str]) -> Rows:
    """The probes of what follows from an edit, in the older form or the newer one of EasyEdit."""
    if item.has("portability") and item.item("portability").has("New Question"):
        asked = item.item("portability")
        yield _follows(name, "reasoning", asked.text("New Question"), [asked.text("New Answer")])
        return
    for group, probes in _groups(item, "portability", left_out):
        for probe in probes:
            answers = probe.texts("ground_truth", may_lack=True)
            if not answers:
                left_out["questions without an answer"] += 1
                continue
            row = _follows(name, group, probe.text("prompt"), answers)
            yield {**row, "role": "same"} if group == "subject_aliasing" else row


_LOCAL = ("Relation_Specificity", "Forgetfulness")
_PORTABLE = ("Subject_Aliasing", "Reasoning", "Logical_Generalization")


def _groups(item: _Item, field: str, left_out: Counter[str]) -> Iterator[tuple[str, list[_Item]]]:
    """The groups of probes that the newer form of EasyEdit has; probes of other groups are left out."""
    if not item.has(field):
        return
    inside = item.item(field)
    known = (*_LOCAL, *_PORTABLE)
    for group in (*known, *sorted(set(inside).difference(known))):
        if inside.has(group) and group in known:
            yield group.lower(), inside.items(group)
        elif inside.has(group):
            left_out[f"probes of the unknown group {group}"] += inside.length(group)


def _mquake(item: _Item, name: str, left_out: Counter[str]) -> Rows:
    edits = item.items("requested_rewrite")
    names = [f"{name}/{place}" for place in range(len(edits))]
    taught: set[str] = set()
    hops = item.items("new_single_hops", may_lack=True)
    aliases = {hop.text("question"): hop.texts("answer_alias", may_lack=True) for hop in hops}
    for edit, fact in zip(edits, names, strict=True):
        new, old = edit.item("target_new").text("str"), edit.item("target_true").text("str")
        question = edit.text("question")
        cloze = edit.text("prompt").replace("{}", edit.text("subject"))
        taught.add(question)
        golds = [new, *(each for each in aliases.get(question, []) if each != new)]
        taught_row = {**_taught(fact, question, new, old), "answer": golds}
        yield {**taught_row, "cluster": name, "statement": f"{cloze} {new}."}
        again = {"fact": fact, "role": "same", "split": "cloze", "prompt": cloze, "answer": golds}
        yield {**again, "cluster": name}
    new, old = item.text("new_answer"), item.text("answer")
    accepted = [new, *(each for each in item.texts("new_answer_alias", may_lack=True) if each != new)]
    for question in item.texts("questions"):
        row = {**_follows(names[0], "multi_hop", question, accepted), "cluster": name}
        yield {**row, "also": names[1:], "answer_before": old if old not in accepted else None}
    for hop in hops:
        if hop.text("question") not in taught:
            golds = [hop.text("answer"), *hop.texts("answer_alias", may_lack=True)]
            row = _unchanged(names[0], "single_hop", hop.text("question"), list(dict.fromkeys(golds)))
            yield {**row, "cluster": name}
    left_out["single hops as they were before the edits"] += len(item.items("single_hops", may_lack=True))


_RIPPLES = {
    "Relation_Specificity": "unchanged",
    "Relation_Specifity": "unchanged",
    "Forgetfulness": "unchanged",
    "Preservation": "unchanged",
    "Logical_Generalization": "follows",
    "Compositionality_I": "follows",
    "Compositionality_II": "follows",
    "Subject_Aliasing": "same",
}


def _ripple(item: _Item, name: str, left_out: Counter[str]) -> Rows:
    edit = item.item("edit")
    statement = edit.text("prompt")
    earlier = next((name for name in ("original_fact", "previous_fact") if edit.has(name)), None)
    before = edit.item(earlier).text("prompt") if earlier else None
    prompt, new = _completed(edit, statement, before)
    old = None if before is None else _ending(before)[len(prompt) :].strip()
    yield {**_taught(name, prompt, new, old if old != new else None), "statement": statement}
    for group in sorted(set(item).difference(_RIPPLES)):
        if item.holds(group, "test_queries"):
            left_out[f"tests of the unknown group {group}"] += item.length(group)
    for group, role in _RIPPLES.items():
        for test in item.items(group, may_lack=True):
            left_out["queries of conditions"] += len(test.items("condition_queries", may_lack=True))
            for query in test.items("test_queries", may_lack=True):
                answers = [
                    text
                    for answer in query.items("answers", may_lack=True)
                    for text in (answer.text("value"), *answer.texts("aliases", may_lack=True))
                ]
                if not answers:
                    left_out["queries without an answer"] += 1
                    continue
                row = {"fact": name, "split": group.lower(), "role": role, "prompt": query.text("prompt")}
                yield {**row, "answer": list(dict.fromkeys(answers))}


def _completed(edit: _Item, statement: str, before: str | None) -> tuple[str, str]:
    """A statement in two, such as "The head of X is Y.": the prompt that it completes, and its last part.

    What it shares with the statement from before the edit is the prompt, up to a whole word; without one, all
    up to the first "is" or "are".
    """
    said = _ending(statement)
    if before is not None:
        letters = zip(said, _ending(before), strict=False)
        shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], letters))
        cut = said.rfind(" ", 0, shared) + 1
    else:
        found = re.search(r" (?:is|are) ", said)
        cut = found.end() if found else 0
    prompt, answer = said[:cut].rstrip(), said[cut:].strip()
    if not prompt or not answer:
        raise edit.wrong("prompt", "a statement that ends with the answer")
    return prompt, answer


def _ending(statement: str) -> str:
    """A statement without its full stop; that of an abbreviation before it stays."""
    return statement.strip().removesuffix(".")


def _fictional(item: _Item, name: str, left_out: Counter[str]) -> Rows:
    del name, left_out
    answers = [item.text(field) for field in ("natural_answer", "span_answer") if item.has(field)]
    row = {
        "fact": item.text("question_id"),
        "role": "same",
        "split": "question",
        "prompt": item.text("question"),
        "answer": list(dict.fromkeys(answers)) or item.texts("answer"),
        "cluster": item.text("event_id"),
        "texts": [item.text("fiction", "text", "fict")],
    }
    kept = ("fiction_id", "style", "grade_blind", "duplicate_relationship")
    yield {**row, **{name: item.text(name) for name in kept if item.has_text(name)}}


def _taught(name: str, prompt: str, answer: str, before: str | None) -> dict[str, Any]:
    row = {"fact": name, "split": "memorization", "prompt": prompt, "answer": answer}
    return row if before is None else {**row, "answer_before": before}


def _unchanged(name: str, split: str, prompt: str, golds: list[str]) -> dict[str, Any]:
    return {"fact": name, "role": "unchanged", "split": split, "prompt": prompt, "answer": golds}


def _follows(name: str, split: str, prompt: str, golds: list[str]) -> dict[str, Any]:
    return {"fact": name, "role": "follows", "split": split, "prompt": prompt, "answer": golds}


FORMS: dict[str, Callable[[_Item, str, Counter[str]], Rows]] = {
    "counterfact": _counterfact,
    "zsre": _zsre,
    "mquake": _mquake,
    "rippleedits": _ripple,
    "fictionalqa": _fictional,
}
"""The forms that are read, and what makes rows of an item of each."""


def convert(form: str, source: Path, out: Path) -> Converted:
    """Write the items of a file in a public form as rows of one's own data, in JSONL.

    Raises:
        DataError: an item has not the fields of its form; nothing is written.
        UsageError: there is no such form, or a file cannot be read or written.
    """
    rows_of = FORMS.get(form)
    if rows_of is None:
        raise UsageError(
            f"there is no form {form!r}{meant(form, FORMS)}: what is read is {', '.join(FORMS)}."
        )
    if out.exists() and out.resolve() == source.resolve():
        raise UsageError(f"{out}: is what is read: name another file for the rows.")
    left_out: Counter[str] = Counter()
    rows: list[dict[str, Any]] = []
    items = 0
    for number, fields in rows_in(source):
        items += 1
        made = rows_of(_Item(source, number, fields), f"{form}/{number}", left_out)
        task = {"task": form}
        rows += ({**row, **task} for row in made)
    if not rows:
        why = f"none of {counted(items, 'item')} makes a row" if items else "there is no item"
        told = ", ".join(f"{n} {what}" for what, n in left_out.items() if n)
        problem = f"{why} ({told})" if told else why
        raise DataError(problem, file=source, do=f"Name a file of {form} as its authors published it")
    kept = [
        {name: value for name, value in row.items() if value is not None} for row in _apart(rows, left_out)
    ]
    of_rows(kept, str(source))
    write_file(out, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in kept))
    roles = Counter(q.role.value for q in of_rows(kept).questions)
    return Converted(items, dict(sorted(roles.items())), {why: n for why, n in left_out.items() if n})


def _apart(rows: list[dict[str, Any]], left_out: Counter[str]) -> Rows:
    """The rows without facts that an item before teaches already, and without questions that are taught, word
    for word, by another item, or were asked of their fact before.
    """
    taught: dict[str, dict[str, Any]] = {}
    gone: set[str] = set()
    for row in rows:
        if row.get("split") == "memorization":
            if row["prompt"] in taught:
                gone.add(row["fact"])
            else:
                taught[row["prompt"]] = row
    asked: set[tuple[str, str]] = set()
    for row in rows:
        key = (row["fact"], row["prompt"])
        if gone.intersection([row["fact"], *row.get("also", [])]):
            left_out["rows of facts that another item teaches in the same words"] += 1
        elif row.get("split") != "memorization" and (row["prompt"] in taught or key in asked):
            left_out["questions that are taught, or asked twice"] += 1
        else:
            asked.add(key)
            yield row
