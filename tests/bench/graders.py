"""Agreement of graders with human verdicts, and their speed.

Cohen's kappa for each file of verdicts, with 95 % intervals from a bootstrap that draws whole questions, over
all of them and over two splits by a hash of the question. `tuned` is the half that the weights of
the graders' `evidence` were fitted to, `held out` is the other. Rules were found by reading what went wrong
in the tuned half, in half of the other, and in all of TriviaQA; `unread` is the quarter of the questions that
nobody looked at. Baselines that need a threshold get the best one on the tuned half.
"""

from __future__ import annotations

import functools
import hashlib
import json
import math
import os
import random
import re
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import click
from rapidfuzz import fuzz

from fbench.datasets.model import AnswerKind
from fbench.grading.graders import GRADERS, Item, Verdict, grade
from tests.bench.measure import Figure

__all__ = ["figures"]

LEAST = {"evouna_nq": 0.78, "evouna_tq": 0.85, "nq301": 0.61}
RESAMPLES = 300
ROUNDS = 8
_READ = {"evouna_tq"}
Score = Callable[[str, str, str], float]
"""How far (gold, candidate, question) agree; higher is better."""
Counts = tuple[int, int, int, int]
"""Both accept, we alone, people alone, neither."""


@dataclass(frozen=True)
class Row:
    question: str
    gold: tuple[str, ...]
    candidate: str
    human: bool
    tuned: bool
    unread: bool


_PARTS: Mapping[str, Callable[[Row], bool]] = {
    "kappa": lambda _: True,
    "tuned": lambda row: row.tuned,
    "held out": lambda row: not row.tuned,
    "unread": lambda row: row.unread,
}


def figures() -> list[Figure]:
    """A kappa for each file and half, what a grade costs, and a table of the baselines on the way."""
    folder = Path(os.environ.get("FBENCH_SHARED") or Path(__file__).parents[3] / "shared") / "labels"
    if not folder.is_dir():
        reason = f"skipped: needs the human verdicts, and {folder} is absent"
        return [Figure("graders", 0, "", detail=reason)]
    found: list[Figure] = []
    for path in sorted(folder.glob("*.jsonl")):
        rows = read(path)
        found += agreement(path.stem, rows)
        found.append(cost(path.stem, rows))
    return [*found, *by_kind(), hostile()]


def read(path: Path) -> list[Row]:
    raw = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    return [
        Row(
            each["question"],
            tuple(each["gold"]),
            each["candidate"],
            each["human"],
            _is_tuned(each["question"]),
            _is_unread(each["question"]) and path.stem not in _READ,
        )
        for each in raw
    ]


def _is_tuned(question: str) -> bool:
    return hashlib.sha256(f"half:{question}".encode()).digest()[0] % 2 == 0


def _is_unread(question: str) -> bool:
    return not _is_tuned(question) and hashlib.sha256(f"quarter:{question}".encode()).digest()[0] % 2 == 1


def agreement(name: str, rows: list[Row]) -> list[Figure]:
    accepted = [grade(Item(row.question, row.gold), row.candidate).verdict is Verdict.CORRECT for row in rows]
    click.echo(f"{name:10} {'auto':22} {_said(rows, accepted)}")
    for label, score, threshold in baselines():
        scores = [max(score(gold, row.candidate, row.question) for gold in row.gold) for row in rows]
        least = threshold if threshold is not None else _best_threshold(rows, scores)
        told = [each >= least for each in scores]
        detail = "" if threshold is not None else f"  at {least:.2f}"
        click.echo(f"{name:10} {label:22} {_said(rows, told)}{detail}")
    return [
        Figure(
            f"disagreement (1 - kappa) of auto: {name}",
            1 - kappa(counts(rows, accepted)),
            "",
            1 - LEAST[name] if name in LEAST else None,
            _said(rows, accepted),
        )
    ]


def _said(rows: list[Row], accepted: list[bool]) -> str:
    parts: list[str] = []
    for label, belongs in _PARTS.items():
        some = [(row, told) for row, told in zip(rows, accepted, strict=True) if belongs(row)]
        if some:
            chosen, told = [row for row, _ in some], [each for _, each in some]
            low, high = interval(chosen, told)
            parts.append(f"{label} {kappa(counts(chosen, told)):.3f} [{low:.3f}, {high:.3f}]")
    return "; ".join(parts)


def counts(rows: Iterable[Row], accepted: Iterable[bool]) -> Counts:
    both = ours = theirs = neither = 0
    for row, told in zip(rows, accepted, strict=True):
        both += told and row.human
        ours += told and not row.human
        theirs += row.human and not told
        neither += not told and not row.human
    return both, ours, theirs, neither


def kappa(told: Counts) -> float:
    """Cohen 1960; 0 where chance alone would agree always."""
    both, ours, theirs, neither = told
    total = sum(told)
    if not total:
        return 0.0
    observed = (both + neither) / total
    expected = ((both + ours) * (both + theirs) + (theirs + neither) * (ours + neither)) / total**2
    return (observed - expected) / (1 - expected) if expected < 1 else 0.0


def interval(rows: list[Row], accepted: list[bool]) -> tuple[float, float]:
    """The middle 95 % of kappas over samples of questions, drawn with replacement."""
    by_question: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        by_question.setdefault(row.question, []).append(place)
    cells = [
        counts([rows[place] for place in places], [accepted[place] for place in places])
        for places in by_question.values()
    ]
    chance = random.Random(0)  # noqa: S311 - a bootstrap wants a seed
    drawn: list[float] = []
    for _ in range(RESAMPLES):
        sample = [cells[int(chance.random() * len(cells))] for _ in cells]
        both, ours, theirs, neither = map(sum, zip(*sample, strict=True))
        drawn.append(kappa((both, ours, theirs, neither)))
    drawn.sort()
    return drawn[int(0.025 * RESAMPLES)], drawn[int(0.975 * RESAMPLES)]


def _best_threshold(rows: list[Row], scores: list[float]) -> float:
    tuned = [(row, score) for row, score in zip(rows, scores, strict=True) if row.tuned]
    steps = [step / 20 for step in range(1, 21)]
    return max(
        steps,
        key=lambda least: kappa(counts([row for row, _ in tuned], [each >= least for _, each in tuned])),
    )


_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_PUNCTUATION = re.compile(r"[^\w\s]")


@functools.lru_cache(maxsize=65536)
def squad(text: str) -> str:
    """The normalisation of SQuAD's evaluation (Rajpurkar et al. 2016)."""
    return " ".join(_ARTICLES.sub(" ", _PUNCTUATION.sub("", text.lower())).split())


def f1(gold: str, candidate: str, _question: str) -> float:
    wanted, told = squad(gold).split(), squad(candidate).split()
    left = list(told)
    shared = 0
    for word in wanted:
        if word in left:
            left.remove(word)
            shared += 1
    return 2 * shared / (len(wanted) + len(told)) if shared else 0.0


def contains(gold: str, candidate: str, _question: str) -> float:
    return float(f" {squad(gold)} " in f" {squad(candidate)} ")


def baselines() -> list[tuple[str, Score, float | None]]:
    """Each with its threshold; None where the best is to be found."""
    found: list[tuple[str, Score, float | None]] = [
        ("exact match", lambda gold, told, _: float(gold.strip().lower() == told.strip().lower()), 0.5),
        ("SQuAD EM", lambda gold, told, _: float(squad(gold) == squad(told)), 0.5),
        ("SQuAD F1", f1, None),
        ("containment", contains, 0.5),
        (
            "rapidfuzz token_set",
            lambda gold, told, _: fuzz.token_set_ratio(squad(gold), squad(told)) / 100,
            None,
        ),
    ]
    pedants = _pedants()
    if pedants is not None:
        found.append(("PEDANTS", pedants, 0.5))
    return found


@functools.cache
def _pedants() -> Score | None:
    """The grader of qa-metrics (Li et al. 2024), which fetches its classifier when it is first made."""
    try:
        pedant = import_module("qa_metrics.pedant").PEDANT()
    except (ImportError, OSError) as missing:
        click.echo(f"PEDANTS is not compared, since qa-metrics or its classifier is not there: {missing}")
        return None
    return lambda gold, told, asked: float(pedant.evaluate([gold], told, asked))


def cost(name: str, rows: list[Row]) -> Figure:
    """Grades by `auto` against SQuAD's exact match on the same rows, each text met for the first time."""

    def ours() -> None:
        for row in rows:
            grade(Item(row.question, row.gold), row.candidate)

    def theirs() -> None:
        squad.cache_clear()
        for row in rows:
            any(squad(gold) == squad(row.candidate) for gold in row.gold)

    auto, floor = _least(ours), _least(theirs)
    detail = f"{len(rows) / auto:.0f} grades/s, {auto / floor:.1f} times SQuAD EM"
    return Figure(f"a grade by auto: {name}", 1e6 * auto / len(rows), "us", 200, detail)


def _forget() -> None:
    """Empties every cache of the graders."""
    for name, module in list(sys.modules.items()):
        if name.startswith(("fbench.grading.graders", "fbench.datasets")):
            for value in vars(module).values():
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


def by_kind() -> list[Figure]:
    """What the kinds that are asked most cost, on answers that no cache has seen."""
    cases = {
        AnswerKind.IDENTIFIER: ("fast_ica", "It is now called `fast_ica_{}`."),
        AnswerKind.YES_NO: ("Yes", "No, number {} is not."),
        AnswerKind.NONE: ("None", "There is no answer to {}."),
    }
    found: list[Figure] = []
    for kind, (gold, answer) in cases.items():
        item = Item("What is it called?", (gold,), kind)
        answers = [answer.format(number) for number in range(5000)]
        seconds = _least(lambda item=item, answers=answers: [grade(item, told) for told in answers])
        rate = len(answers) / seconds
        found.append(Figure(f"a grade: {kind.value}", 1e6 / rate, "us", 50, f"{rate:.0f} grades/s"))
    return found


def hostile() -> Figure:
    """The longest that any grader takes for 10 kB of text that is made to be slow: pieces over and over."""
    pieces = [
        "not ",
        "no, ",
        "1,",
        "1 ",
        "1.",
        "'",
        '"',
        "(",
        "**",
        "answer: ",
        "I'm sorry. ",
        "5 feet ",
        "-",
        "a_",
    ]
    pieces += [
        "The answer is ",
        "Anna ",
        "a b ",
        "one hundred and ",
        "1/2 ",
        "19",
        "in19",
        "\u00b2",
        "A.",
        "or ",
    ]
    item = Item("Which of the 12 is it, and when?", ("Anna Lee Ngo", "12 feet", "in 1984", "a_b", "Yes"))
    slowest = max(
        (_least(lambda text=text, name=name: grade(item, text, name)), name, text[:12])
        for piece in pieces
        for text in (piece * (10_000 // len(piece)),)
        for name in GRADERS
    )
    return Figure("10 kB of hostile text", 1000 * slowest[0], "ms", 50, f"{slowest[1]} on {slowest[2]!r}...")


def _least(work: Callable[[], object]) -> float:
    """The least time, in seconds, that work takes which finds every cache empty.

    It is repeated until `ROUNDS` rounds in a row were no faster: other users of a machine can slow it down by
    a third for some seconds, and nothing makes it faster than the code is.
    """
    least, patience = math.inf, ROUNDS
    while patience:
        _forget()
        start = time.process_time()
        work()
        took = time.process_time() - start
        least, patience = (took, ROUNDS) if took < least else (least, patience - 1)
    return least
