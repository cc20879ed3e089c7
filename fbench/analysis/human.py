"""Compare a person's verdicts with the grader's: agreement beyond chance, and the differences."""

from __future__ import annotations

from array import array
from collections import Counter
from hashlib import blake2b

from fbench.analysis.stats import cohen_kappa
from fbench.grading.files.answers import AnswerRow
from fbench.grading.files.golds import ascii_safe
from fbench.grading.graders import Grade, Verdict

__all__ = ["HumanComparison"]

_LISTED = 20
_LONGEST = 80
_FEW = 20
_CORRECT, _NOT = "correct", "not correct"
_PAIRS = {(one, other): (one, other) for one in (_CORRECT, _NOT) for other in (_CORRECT, _NOT)}


class HumanComparison:
    """Compares the verdicts on answers with a person's, one answer at a time.

    Abstained counts as not correct on either side. Answers that the person did not judge, and answers that
    were not graded, are left out. It keeps 16 bytes per answer, some 90 more per cluster while the interval
    is computed, and the text of the first few answers that differ.
    """

    def __init__(self, column: str, clusters: str) -> None:
        self._column, self._clusters = column, clusters
        self._said: list[tuple[str, str]] = []
        self._of = array("Q")
        self._differ: list[str] = []
        self._unjudged = self._ungraded = self._differing = 0

    def add(self, row: AnswerRow, made: Grade) -> bool:
        """Count an answer, and return whether the two verdicts differ."""
        if row.human is None:
            self._unjudged += 1
            return False
        if made.verdict in (Verdict.UNGRADED, Verdict.ERROR):
            self._ungraded += 1
            return False
        pair = _PAIRS[_CORRECT if made.verdict is Verdict.CORRECT else _NOT, _CORRECT if row.human else _NOT]
        self._said.append(pair)
        # A row without a cluster is its own cluster.
        name = row.cluster.strip() or f"\0{row.number}"
        digest = blake2b(name.encode(errors="surrogatepass"), digest_size=8).digest()
        self._of.append(int.from_bytes(digest, "big"))
        if pair[0] == pair[1]:
            return False
        self._differing += 1
        if len(self._differ) < _LISTED:
            self._differ.append(_difference(row, made))
        return True

    @property
    def summary(self) -> str:
        """Lines for people: kappa with its interval, the table of both verdicts, the first differences."""
        n = len(self._said)
        out = ", ".join(
            f"{count} {what} left out"
            for count, what in ((self._unjudged, "not judged"), (self._ungraded, "ungraded"))
            if count
        )
        lines = [f"compared with {ascii_safe(self._column)!r}: {self._kappa()}; n {n}{out and f' ({out})'}"]
        if n:
            lines += self._table()
            lines.append(f"they differ on {self._differing} of {n}{':' if self._differ else ''}")
            lines += self._differ
        if self._differing > len(self._differ):
            more = self._differing - len(self._differ)
            lines.append(f"... and on {more} more: --disagreements gives them all as rows")
        return "\n".join(lines)

    def _kappa(self) -> str:
        kappa = cohen_kappa(self._said, clusters=self._of)
        groups = len(set(self._of))
        if kappa is None:
            why = "both always say the same" if self._said else "there is nothing to compare"
            return f"Cohen's kappa is undefined ({why})"
        few = "few clusters: the interval is rough; " if groups < _FEW else ""
        return (
            f"Cohen's kappa {kappa.value:z.3f}, 95 % interval [{kappa.low:z.3f}, {kappa.high:z.3f}] "
            f"({few}{groups} clusters by {self._clusters})"
        )

    def _table(self) -> list[str]:
        counts = Counter(self._said)
        lines = [f"{'':21}{'human: correct':>16}{'not correct':>14}"]
        for verdict in (_CORRECT, _NOT):
            cells = counts[verdict, _CORRECT], counts[verdict, _NOT]
            lines.append(f"{'graded: ' + verdict:21}{cells[0]:>16}{cells[1]:>14}")
        return lines


def _difference(row: AnswerRow, made: Grade) -> str:
    human = _CORRECT if row.human else _NOT
    return (
        f"{_short(row.place)}: human {human}, graded {made.verdict} by {made.grader} "
        f"({_short(made.reason)}); question: {_short(row.item.question)}; "
        f"gold: {_short(' | '.join(row.item.gold))}; response: {_short(row.response)}"
    )


def _short(text: str) -> str:
    text = " ".join(text[: 8 * _LONGEST].split())
    return ascii_safe(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}...")
