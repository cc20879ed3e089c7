"""The words with which people mark an answer as right or wrong."""

from __future__ import annotations

from fbench.grading.files.golds import scalar_text

__all__ = ["human_verdict"]

_VERDICTS = {
    True: (
        *("true", "t", "yes", "y", "1", "1.0", "correct", "c", "right", "acceptable", "accepted", "accept"),
        *("ok", "okay", "pass", "passed", "good", "match", "valid", "equivalent"),
        *("\N{CHECK MARK}", "\N{HEAVY CHECK MARK}", "\N{WHITE HEAVY CHECK MARK}"),
    ),
    False: (
        *("false", "f", "no", "n", "0", "0.0", "incorrect", "i", "wrong", "unacceptable", "rejected"),
        *("reject", "fail", "failed", "bad", "mismatch", "invalid", "abstained", "refused"),
        *("not correct", "not right", "not acceptable", "not accepted", "not ok", "not attempted"),
        *("not equivalent", "no match"),
        *("\N{BALLOT X}", "\N{HEAVY BALLOT X}", "\N{CROSS MARK}"),
    ),
}
_MEANT = {word: verdict for verdict, words in _VERDICTS.items() for word in words}


def human_verdict(value: object) -> bool | None:
    """Whether a person marked an answer as right; None if the cell is empty.

    Raises:
        ValueError: the word is unknown.
    """
    if value is None or value != value:  # noqa: PLR0124 - NaN, as pandas writes an empty cell
        return None
    text = scalar_text(value)
    if text is None:
        raise ValueError("this is no verdict")
    word = " ".join(text.replace("_", " ").casefold().split()).strip("\ufe0e\ufe0f")
    if not word:
        return None
    if word not in _MEANT:
        raise ValueError(f"{' '.join(text.split())[:40]!r} is no verdict that is known")
    return _MEANT[word]
