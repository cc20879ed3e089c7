"""How people, and the spreadsheets of their languages, write that an answer is right or wrong."""

from __future__ import annotations

from unicodedata import normalize

from fbench.grading.files.golds import scalar_text

__all__ = ["human_verdict"]

_VERDICTS = {
    True: (
        *(
            "true",
            "t",
            "yes",
            "y",
            "1",
            "1.0",
            "1,0",
            "correct",
            "c",
            "right",
            "acceptable",
            "accepted",
            "accept",
        ),
        *("ok", "okay", "pass", "passed", "good", "match", "valid", "equivalent"),
        *("\N{CHECK MARK}", "\N{HEAVY CHECK MARK}", "\N{WHITE HEAVY CHECK MARK}"),
    ),
    False: (
        *("false", "f", "no", "n", "0", "0.0", "0,0", "incorrect", "i", "wrong", "unacceptable", "rejected"),
        *("reject", "fail", "failed", "bad", "mismatch", "invalid", "abstained", "refused"),
        *("not correct", "not right", "not acceptable", "not accepted", "not ok", "not attempted"),
        *("not equivalent", "no match"),
        *("\N{BALLOT X}", "\N{HEAVY BALLOT X}", "\N{CROSS MARK}"),
    ),
}
_LOCALES = {
    "Chinese": ("是 对 正确", "否 错 错误"),
    "Czech": ("pravda ano", "nepravda ne"),
    "Danish": ("sand ja", "falsk nej"),
    "Dutch": ("waar ja juist", "onwaar nee onjuist"),
    "Finnish": ("tosi kyllä", "epätosi ei"),
    "French": ("vrai oui", "faux non"),
    "German": ("wahr ja richtig korrekt", "falsch nein"),
    "Hungarian": ("igaz igen", "hamis nem"),
    "Italian": ("vero sì si corretto", "falso no"),
    "Japanese": ("はい 真", "いいえ 偽"),
    "Korean": ("예 네", "아니요 아니오"),
    "Norwegian": ("sann ja", "usann nei"),
    "Polish": ("prawda tak", "fałsz nie"),
    "Portuguese": ("verdadeiro sim correto", "falso não nao"),
    "Romanian": ("adevărat da", "fals nu"),
    "Russian": ("истина да", "ложь нет"),
    "Slovak": ("pravda áno", "nepravda nie"),
    "Spanish": ("verdadero sí si correcto", "falso no incorrecto"),
    "Swedish": ("sant ja", "falskt nej"),
    "Turkish": ("doğru evet", "yanlış yanliş hayır hayir"),  # noqa: RUF001 - the letters of Turkish
    "Ukrainian": ("істина так", "хибність ні"),
}
"""What spreadsheets write for true and for false, and people for yes and for no, by language. No word means
yes in one and no in another."""

_MEANT = {word: verdict for verdict, words in _VERDICTS.items() for word in words} | {
    word: verdict
    for pair in _LOCALES.values()
    for verdict, words in zip((True, False), pair, strict=True)
    for word in words.split()
}


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
    word = normalize("NFC", text).replace("_", " ").casefold()
    word = " ".join(word.split()).strip("\ufe0e\ufe0f")
    if not word:
        return None
    if word not in _MEANT:
        raise ValueError(f"{' '.join(text.split())[:40]!r} is no verdict that is known")
    return _MEANT[word]
