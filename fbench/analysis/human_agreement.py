"""Compare a person's verdicts with the grader's: agreement beyond chance, and the differences."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from hashlib import blake2b

from fbench.analysis.stats import Kappa, cohen_kappa
from fbench.grading.files import AnswerFile, AnswerRow, NamedColumns
from fbench.grading.graded_answers import GradedAnswers
from fbench.grading.graders import Grade, Verdict
from fbench.grading.rows import GradedRow, graded_row, plain_fields, rows_as_file
from fbench.tables.parts import ascii_safe

__all__ = ["HumanAgreement", "compare_rows_with_human", "compare_with_human"]

_LISTED = 20
_LONGEST = 80
_FEW = 20
_MORE = "the attribute rows has them all"
_CORRECT, _NOT = "correct", "not correct"
_PAIRS = [(one, other) for one in (_CORRECT, _NOT) for other in (_CORRECT, _NOT)]


class HumanAgreement:
    """How far a person's verdicts on answers and the grader's agree. `str()` of it is its summary.

    Abstained counts as not correct on either side. Left out are answers that the person did not judge, and
    those that were not graded. Answers are added one at a time, or those of a part at once. Of each 9 bytes
    are kept, and the text of the first few that differ; the interval takes 8 more, and 90 of each cluster.

    Attributes:
        rows: the rows on which the two differ, where they were asked for: by `fbench.agreement`.
    """

    def __init__(self, column: str, clusters: str, more: str) -> None:
        """Nothing is compared yet.

        Args:
            column: the person's.
            clusters: what says which answers depend on each other, in words.
            more: where more answers that differ are found than the first few, in words.
        """
        self.rows: list[GradedRow] = []
        self._column, self._clusters, self._more = column, clusters, more
        self._said = array("B")
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
        pair = _CORRECT if made.verdict is Verdict.CORRECT else _NOT, _CORRECT if row.human else _NOT
        self._said.append(_PAIRS.index(pair))
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

    def join(self, later: HumanAgreement) -> None:
        """Count the answers of a part that follows."""
        self.rows += later.rows
        self._said += later._said
        self._of += later._of
        self._differ += later._differ[: _LISTED - len(self._differ)]
        self._unjudged += later._unjudged
        self._ungraded += later._ungraded
        self._differing += later._differing

    @property
    def n(self) -> int:
        """The answers that were compared."""
        return len(self._said)

    @property
    def left_out(self) -> dict[str, int]:
        """The answers that were not compared: `not judged` by the person, and `ungraded`."""
        return {"not judged": self._unjudged, "ungraded": self._ungraded}

    @property
    def differing(self) -> int:
        """The answers on which the two differ."""
        return self._differing

    @property
    def counts(self) -> dict[tuple[str, str], int]:
        """The answers by both verdicts, the grader's and the person's: `correct` or `not correct`."""
        return {pair: self._said.count(number) for number, pair in enumerate(_PAIRS)}

    @property
    def kappa(self) -> Kappa | None:
        """Cohen's kappa with its 95 % interval over clusters; None where it is undefined.

        See `fbench.analysis.stats.cohen_kappa` for the formula.
        """
        return cohen_kappa([_PAIRS[place] for place in self._said], clusters=self._of)

    def __str__(self) -> str:
        return self.summary

    def __repr__(self) -> str:
        return f"HumanAgreement({self._column!r}: {self._in_words()}; n {self.n}, {self._differing} differ)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, HumanAgreement) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]  # it changes as answers are added

    @property
    def summary(self) -> str:
        """Lines for people: kappa with its interval, the table of both verdicts, the first that differ."""
        n = self.n
        out = ", ".join(f"{count} {what} left out" for what, count in self.left_out.items() if count)
        lines = [
            f"compared with {ascii_safe(self._column)!r}: {self._in_words()}; n {n}{out and f' ({out})'}"
        ]
        if n:
            lines += self._table()
            lines.append(f"they differ on {self._differing} of {n}{':' if self._differ else ''}")
            lines += self._differ
        if self._differing > len(self._differ):
            more = self._differing - len(self._differ)
            lines.append(f"... and on {more} more: {self._more}")
        return "\n".join(lines)

    def _in_words(self) -> str:
        kappa = self.kappa
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
        counts = self.counts
        lines = [f"{'':21}{'human: correct':>16}{'not correct':>14}"]
        for verdict in (_CORRECT, _NOT):
            cells = counts[verdict, _CORRECT], counts[verdict, _NOT]
            lines.append(f"{'graded: ' + verdict:21}{cells[0]:>16}{cells[1]:>14}")
        return lines


def compare_with_human(graded: GradedAnswers) -> HumanAgreement:
    """Compare all answers of a file that has a person's verdicts, and keep the rows that differ."""
    found = HumanAgreement(graded.human or "", graded.clusters, _MORE)
    for row, made in graded.rows:
        if found.add(row, made):
            found.rows.append(graded_row(row, made, plain_fields(graded.kept(row))))
    return found


def compare_rows_with_human(rows: Sequence[GradedRow], asked: NamedColumns) -> HumanAgreement:
    """The same of rows in memory, among whose fields the person's verdicts are.

    Raises:
        DataError: a row has no verdict that is known, or none has the columns that are asked for.
    """
    fields = [
        {**row.fields, "question": row.question, "gold": list(row.gold), "response": row.response}
        for row in rows
    ]
    with rows_as_file(fields, asked) as file:
        answers = AnswerFile(file, asked)
        answers.survey()
        found = HumanAgreement(asked.human or "", answers.clusters, _MORE)
        for answer, row in zip(answers, rows, strict=True):
            if found.add(answer, Grade(row.verdict, row.grader, row.reason)):
                found.rows.append(row)
    return found


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
