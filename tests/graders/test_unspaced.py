"""Golds in scripts without spaces, and in others than Latin."""

from __future__ import annotations

import pytest

from fbench.datasets.model import AnswerKind
from fbench.graders import Item, Verdict, grade


def verdict(gold: str, response: str, question: str, kind: str = "") -> Verdict:
    return grade(Item(question, (gold,), AnswerKind(kind) if kind else None), response).verdict


@pytest.mark.parametrize(
    ("gold", "response", "question", "kind"),
    [
        (
            "\u6bdb\u6cfd\u4e1c",
            "\u6bdb\u6cfd\u4e1c\u5199\u4e86\u8fd9\u672c\u4e66\u3002",
            "\u8fd9\u672c\u4e66\u662f\u8c01\u5199\u7684?",
            "",
        ),
        (
            "\u6bdb\u6cfd\u4e1c",
            "\u662f\u6bdb\u6cfd\u4e1c\u5199\u7684\u3002",
            "\u8fd9\u672c\u4e66\u662f\u8c01\u5199\u7684?",
            "",
        ),
        ("\u6bdb\u6cfd\u4e1c", "\u6bdb\u6cfd\u4e1c", "\u8fd9\u672c\u4e66\u662f\u8c01\u5199\u7684?", ""),
        ("\u6bdb\u6cfd\u4e1c", "\u6bdb\u6cfd\u4e1c\u3002", "\u8fd9\u672c\u4e66\u662f\u8c01\u5199\u7684?", ""),
        (
            "\u6bdb\u6cfd\u4e1c",
            "\u7b54\u6848\u662f\u6bdb\u6cfd\u4e1c\u3002",
            "\u8fd9\u672c\u4e66\u662f\u8c01\u5199\u7684?",
            "",
        ),
        (
            "\u6bdb\u6cfd\u4e1c",
            "\u8fd9\u672c\u4e66\u7684\u4f5c\u8005\u662f\u6bdb\u6cfd\u4e1c\u3002",
            "\u8fd9\u672c\u4e66\u662f\u8c01\u5199\u7684?",
            "",
        ),
        (
            "\u6bdb\u6cfd\u4e1c",
            "\u6bdb\u6cfd\u4e1c\u4e3b\u5e2d",
            "\u8fd9\u672c\u4e66\u662f\u8c01\u5199\u7684?",
            "",
        ),
        ("\u6bdb\u6cfd\u4e1c", "\u6bdb \u6cfd \u4e1c", "\u8fd9\u672c\u4e66\u662f\u8c01\u5199\u7684?", ""),
        (
            "\u6bdb\u6cfd\u4e1c",
            "\u7531\u6bdb\u6cfd\u4e1c\u6240\u8457",
            "\u8fd9\u672c\u4e66\u662f\u8c01\u5199\u7684?",
            "",
        ),
        (
            "\u6bdb\u6cfd\u4e1c",
            "\u4f5c\u8005\uff1a\u6bdb\u6cfd\u4e1c",
            "\u8fd9\u672c\u4e66\u662f\u8c01\u5199\u7684?",
            "",
        ),
        (
            "\u6bdb\u6cfd\u4e1c",
            "\u6bdb\u6cfd\u4e1c\u521b\u4f5c\u4e86\u8fd9\u672c\u4e66",
            "\u8fd9\u672c\u4e66\u662f\u8c01\u5199\u7684?",
            "",
        ),
        (
            "\u6bdb\u6cfd\u4e1c",
            "\u6211\u8ba4\u4e3a\u662f\u6bdb\u6cfd\u4e1c\u3002",
            "\u8fd9\u672c\u4e66\u662f\u8c01\u5199\u7684?",
            "",
        ),
        (
            "\u6bdb\u6cfd\u4e1c",
            "\u300a\u4e66\u300b\u662f\u6bdb\u6cfd\u4e1c\u5199\u7684",
            "\u8fd9\u672c\u4e66\u662f\u8c01\u5199\u7684?",
            "",
        ),
        (
            "\u6bdb\u6cfd\u4e1c",
            "\u4e0d\u662f\u9c81\u8fc5,\u662f\u6bdb\u6cfd\u4e1c\u3002",
            "\u8fd9\u672c\u4e66\u662f\u8c01\u5199\u7684?",
            "",
        ),
        ("\u6bdb\u6cfd\u4e1c", "**\u6bdb\u6cfd\u4e1c**", "\u8fd9\u672c\u4e66\u662f\u8c01\u5199\u7684?", ""),
        (
            "\u590f\u76ee\u6f31\u77f3",
            "\u590f\u76ee\u6f31\u77f3\u3067\u3059\u3002",
            "\u3053\u306e\u5c0f\u8aac\u306e\u4f5c\u8005\u306f\u8ab0\u3067\u3059\u304b?",
            "",
        ),
        (
            "\u590f\u76ee\u6f31\u77f3",
            "\u590f\u76ee\u6f31\u77f3",
            "\u3053\u306e\u5c0f\u8aac\u306e\u4f5c\u8005\u306f\u8ab0\u3067\u3059\u304b?",
            "",
        ),
        (
            "\u590f\u76ee\u6f31\u77f3",
            "\u590f\u76ee\u6f31\u77f3\u304c\u3053\u306e\u5c0f\u8aac\u3092\u66f8\u304d\u307e\u3057\u305f\u3002",
            "\u3053\u306e\u5c0f\u8aac\u306e\u4f5c\u8005\u306f\u8ab0\u3067\u3059\u304b?",
            "",
        ),
        (
            "\u590f\u76ee\u6f31\u77f3",
            "\u4f5c\u8005\u306f\u590f\u76ee\u6f31\u77f3\u3067\u3059",
            "\u3053\u306e\u5c0f\u8aac\u306e\u4f5c\u8005\u306f\u8ab0\u3067\u3059\u304b?",
            "",
        ),
        (
            "\u590f\u76ee\u6f31\u77f3",
            "\u590f\u76ee \u6f31\u77f3",
            "\u3053\u306e\u5c0f\u8aac\u306e\u4f5c\u8005\u306f\u8ab0\u3067\u3059\u304b?",
            "",
        ),
        (
            "\u30de\u30ea\u30a2",
            "\u30de\u30ea\u30a2\u3067\u3059",
            "\u3053\u306e\u5c0f\u8aac\u306e\u4f5c\u8005\u306f\u8ab0\u3067\u3059\u304b?",
            "",
        ),
        (
            "\u30ec\u30aa\u30ca\u30eb\u30c9\u30fb\u30c0\u30fb\u30f4\u30a3\u30f3\u30c1",
            "\u30ec\u30aa\u30ca\u30eb\u30c9\u30c0\u30f4\u30a3\u30f3\u30c1\u304c\u63cf\u304d\u307e\u3057\u305f\u3002",
            "\u3053\u306e\u5c0f\u8aac\u306e\u4f5c\u8005\u306f\u8ab0\u3067\u3059\u304b?",
            "",
        ),
        (
            "\u6771\u4eac",
            "\u6771\u4eac\u3067\u3059\u3002",
            "\u9996\u90fd\u306f\u3069\u3053\u3067\u3059\u304b?",
            "",
        ),
        (
            "\uae40\uc18c\uc6d4",
            "\uae40\uc18c\uc6d4\uc774 \uc37c\uc2b5\ub2c8\ub2e4.",
            "\uc774 \ucc45\uc740 \ub204\uac00 \uc37c\uc2b5\ub2c8\uae4c?",
            "",
        ),
        (
            "\uae40\uc18c\uc6d4",
            "\uae40\uc18c\uc6d4\uc785\ub2c8\ub2e4.",
            "\uc774 \ucc45\uc740 \ub204\uac00 \uc37c\uc2b5\ub2c8\uae4c?",
            "",
        ),
        (
            "\uae40\uc18c\uc6d4",
            "\uae40\uc18c\uc6d4",
            "\uc774 \ucc45\uc740 \ub204\uac00 \uc37c\uc2b5\ub2c8\uae4c?",
            "",
        ),
        (
            "\uae40\uc18c\uc6d4",
            "\uc800\uc790\ub294 \uae40\uc18c\uc6d4\uc774\ub2e4.",
            "\uc774 \ucc45\uc740 \ub204\uac00 \uc37c\uc2b5\ub2c8\uae4c?",
            "",
        ),
        ("\uc11c\uc6b8", "\uc11c\uc6b8\uc785\ub2c8\ub2e4", "\uc218\ub3c4\ub294?", ""),
        (
            "\u0e01\u0e23\u0e38\u0e07\u0e40\u0e17\u0e1e\u0e21\u0e2b\u0e32\u0e19\u0e04\u0e23",
            "\u0e01\u0e23\u0e38\u0e07\u0e40\u0e17\u0e1e\u0e21\u0e2b\u0e32\u0e19\u0e04\u0e23",
            "\u0e40\u0e21\u0e37\u0e2d\u0e07\u0e2b\u0e25\u0e27\u0e07\u0e02\u0e2d\u0e07\u0e1b\u0e23\u0e30\u0e40\u0e17\u0e28\u0e44\u0e17\u0e22\u0e04\u0e37\u0e2d\u0e2d\u0e30\u0e44\u0e23",
            "",
        ),
        (
            "\u0e01\u0e23\u0e38\u0e07\u0e40\u0e17\u0e1e\u0e21\u0e2b\u0e32\u0e19\u0e04\u0e23",
            "\u0e40\u0e21\u0e37\u0e2d\u0e07\u0e2b\u0e25\u0e27\u0e07\u0e04\u0e37\u0e2d\u0e01\u0e23\u0e38\u0e07\u0e40\u0e17\u0e1e\u0e21\u0e2b\u0e32\u0e19\u0e04\u0e23\u0e04\u0e23\u0e31\u0e1a",
            "\u0e40\u0e21\u0e37\u0e2d\u0e07\u0e2b\u0e25\u0e27\u0e07\u0e02\u0e2d\u0e07\u0e1b\u0e23\u0e30\u0e40\u0e17\u0e28\u0e44\u0e17\u0e22\u0e04\u0e37\u0e2d\u0e2d\u0e30\u0e44\u0e23",
            "",
        ),
        (
            "\u0e01\u0e23\u0e38\u0e07\u0e40\u0e17\u0e1e\u0e21\u0e2b\u0e32\u0e19\u0e04\u0e23",
            "\u0e01\u0e23\u0e38\u0e07\u0e40\u0e17\u0e1e\u0e21\u0e2b\u0e32\u0e19\u0e04\u0e23\u0e40\u0e1b\u0e47\u0e19\u0e40\u0e21\u0e37\u0e2d\u0e07\u0e2b\u0e25\u0e27\u0e07",
            "\u0e40\u0e21\u0e37\u0e2d\u0e07\u0e2b\u0e25\u0e27\u0e07\u0e02\u0e2d\u0e07\u0e1b\u0e23\u0e30\u0e40\u0e17\u0e28\u0e44\u0e17\u0e22\u0e04\u0e37\u0e2d\u0e2d\u0e30\u0e44\u0e23",
            "",
        ),
        (
            "\u0928\u0908 \u0926\u093f\u0932\u094d\u0932\u0940",
            "\u092d\u093e\u0930\u0924 \u0915\u0940 \u0930\u093e\u091c\u0927\u093e\u0928\u0940 \u0928\u0908 \u0926\u093f\u0932\u094d\u0932\u0940 \u0939\u0948\u0964",
            "?",
            "",
        ),
        (
            "\u041c\u043e\u0441\u043a\u0432\u0430",
            "\u0421\u0442\u043e\u043b\u0438\u0446\u0430 \u0420\u043e\u0441\u0441\u0438\u0438 \u2014 \u041c\u043e\u0441\u043a\u0432\u0430.",
            "?",
            "",
        ),
        (
            "\u0627\u0644\u0642\u0627\u0647\u0631\u0629",
            "\u0639\u0627\u0635\u0645\u0629 \u0645\u0635\u0631 \u0647\u064a \u0627\u0644\u0642\u0627\u0647\u0631\u0629.",
            "?",
            "",
        ),
        (
            "\u0391\u03b8\u03ae\u03bd\u03b1",
            "\u0397 \u0391\u03b8\u03ae\u03bd\u03b1 \u03b5\u03af\u03bd\u03b1\u03b9 \u03b7 \u03c0\u03c1\u03c9\u03c4\u03b5\u03cd\u03bf\u03c5\u03c3\u03b1.",
            "?",
            "",
        ),
        (
            "\u041b\u0435\u0432 \u0422\u043e\u043b\u0441\u0442\u043e\u0439",
            "\u0420\u043e\u043c\u0430\u043d \u043d\u0430\u043f\u0438\u0441\u0430\u043b \u041b\u0435\u0432 \u0422\u043e\u043b\u0441\u0442\u043e\u0439.",
            "?",
            "",
        ),
        (
            "\u0646\u062c\u064a\u0628 \u0645\u062d\u0641\u0648\u0638",
            "\u0643\u062a\u0628\u0647\u0627 \u0646\u062c\u064a\u0628 \u0645\u062d\u0641\u0648\u0638",
            "?",
            "",
        ),
        ("\u0141\xf3d\u017a", "Lodz", "?", ""),
        ("S\xf8rensen", "Sorensen", "?", ""),
        ("M\xfcller", "Mueller", "?", ""),
        ("Z\xfcrich", "Zurich", "?", ""),
        ("S\xe3o Paulo", "Sao Paulo", "?", ""),
        ("\uff34\uff4f\uff4b\uff59\uff4f", "Tokyo", "?", ""),
        ("Tokyo", "\uff34\uff4f\uff4b\uff59\uff4f", "?", ""),
        ("Cafe\u0301", "Caf\xe9", "?", ""),
        ("Diyarbak\u0131r", "Diyarbakir", "?", ""),
        ("\u0110\xe0 N\u1eb5ng", "Da Nang", "?", ""),
        ("Stra\xdfe", "Strasse", "?", ""),
        ("\u5317\u4eac", "\u5317\u4eac\u5e02", "?", ""),
        ("\u5317\u4eac", "\u4e2d\u56fd\u7684\u9996\u90fd\u662f\u5317\u4eac\u3002", "?", ""),
        ("\u6c34", "\u6c34\u3002", "?", ""),
        ("\u039f\u03bb\u03c5\u03bc\u03c0\u03af\u03b1", "\u039f\u039b\u03a5\u039c\u03a0\u0399\u0391", "?", ""),
        ("\u0401\u043b\u043a\u0430", "\u0415\u043b\u043a\u0430", "?", ""),
        ("\u041a\u0438\u0435\u0432", "\u041a\u0438\u0435\u0432", "?", ""),
        ("\u03c4\u03ad\u03bb\u03bf\u03c2", "\u03a4\u0395\u039b\u039f\u03a3", "?", ""),
        ("\u0130stanbul", "Istanbul", "?", ""),
        (
            "\u0412\u043b\u0430\u0434\u0438\u043c\u0438\u0440 \u041f\u0443\u0442\u0438\u043d",
            "\u041f\u0443\u0442\u0438\u043d",
            "?",
            "",
        ),
        ("\xc6gir", "Aegir", "?", ""),
        ("\uff76\uff9e\uff97\uff7d", "\u30ac\u30e9\u30b9", "?", ""),
        (
            "\u7ea2\u8272\u548c\u84dd\u8272",
            "\u7ea2\u8272\u3001\u84dd\u8272",
            "\u56fd\u65d7\u6709\u54ea\u4e24\u79cd\u989c\u8272?",
            "list",
        ),
        (
            "\u7ea2\u8272\u3001\u84dd\u8272",
            "\u84dd\u8272\u548c\u7ea2\u8272",
            "\u56fd\u65d7\u6709\u54ea\u4e24\u79cd\u989c\u8272?",
            "list",
        ),
    ],
)
def test_a_gold_is_found_in_its_script(gold: str, response: str, question: str, kind: str) -> None:
    assert verdict(gold, response, question, kind) is Verdict.CORRECT


@pytest.mark.parametrize(
    ("gold", "response", "question", "kind"),
    [
        (
            "\u6bdb\u6cfd\u4e1c",
            "\u4e0d\u662f\u6bdb\u6cfd\u4e1c\u3002",
            "\u8fd9\u672c\u4e66\u662f\u8c01\u5199\u7684?",
            "",
        ),
        (
            "\u6bdb\u6cfd\u4e1c",
            "\u5e76\u975e\u6bdb\u6cfd\u4e1c\u6240\u5199",
            "\u8fd9\u672c\u4e66\u662f\u8c01\u5199\u7684?",
            "",
        ),
        (
            "\u6bdb\u6cfd\u4e1c",
            "\u6bdb\u6cfd\u4e1c\u601d\u60f3",
            "\u8fd9\u672c\u4e66\u662f\u8c01\u5199\u7684?",
            "",
        ),
        (
            "\u6bdb\u6cfd\u4e1c",
            "\u6bdb\u6cfd\u4e1c\u7684\u7236\u4eb2",
            "\u8fd9\u672c\u4e66\u662f\u8c01\u5199\u7684?",
            "",
        ),
        ("\u6bdb\u6cfd\u4e1c", "\u9c81\u8fc5", "\u8fd9\u672c\u4e66\u662f\u8c01\u5199\u7684?", ""),
        (
            "\u6bdb\u6cfd\u4e1c",
            "\u4e0d\u662f\u6bdb\u6cfd\u4e1c,\u662f\u9c81\u8fc5\u3002",
            "\u8fd9\u672c\u4e66\u662f\u8c01\u5199\u7684?",
            "",
        ),
        (
            "\u6bdb\u6cfd\u4e1c",
            "\u9c81\u8fc5,\u800c\u4e0d\u662f\u6bdb\u6cfd\u4e1c\u3002",
            "\u8fd9\u672c\u4e66\u662f\u8c01\u5199\u7684?",
            "",
        ),
        (
            "\u6bdb\u6cfd\u4e1c",
            "\u6bdb\u6cfd\u4e1c\u8fd8\u662f\u9c81\u8fc5",
            "\u8fd9\u672c\u4e66\u662f\u8c01\u5199\u7684?",
            "",
        ),
        (
            "\u6bdb\u6cfd\u4e1c",
            "\u662f\u6bdb\u6cfd\u4e1c\u5417?\u4e0d,\u662f\u9c81\u8fc5\u3002",
            "\u8fd9\u672c\u4e66\u662f\u8c01\u5199\u7684?",
            "",
        ),
        (
            "\u6bdb\u6cfd\u4e1c",
            "\u5f88\u591a\u4eba\u8ba4\u4e3a\u662f\u6bdb\u6cfd\u4e1c,\u4f46\u5176\u5b9e\u662f\u9c81\u8fc5\u3002",
            "\u8fd9\u672c\u4e66\u662f\u8c01\u5199\u7684?",
            "",
        ),
        (
            "\u6bdb\u6cfd\u4e1c",
            "\u6bdb\u6cfd\u4e1c\u6216\u9c81\u8fc5",
            "\u8fd9\u672c\u4e66\u662f\u8c01\u5199\u7684?",
            "",
        ),
        (
            "\u590f\u76ee\u6f31\u77f3",
            "\u590f\u76ee\u6f31\u77f3\u3067\u306f\u3042\u308a\u307e\u305b\u3093\u3002",
            "\u3053\u306e\u5c0f\u8aac\u306e\u4f5c\u8005\u306f\u8ab0\u3067\u3059\u304b?",
            "",
        ),
        (
            "\u590f\u76ee\u6f31\u77f3",
            "\u590f\u76ee\u6f31\u77f3\u3067\u306f\u306a\u304f\u68ee\u9d0e\u5916\u3067\u3059\u3002",
            "\u3053\u306e\u5c0f\u8aac\u306e\u4f5c\u8005\u306f\u8ab0\u3067\u3059\u304b?",
            "",
        ),
        (
            "\u590f\u76ee\u6f31\u77f3",
            "\u68ee\u9d0e\u5916",
            "\u3053\u306e\u5c0f\u8aac\u306e\u4f5c\u8005\u306f\u8ab0\u3067\u3059\u304b?",
            "",
        ),
        (
            "\u590f\u76ee\u6f31\u77f3",
            "\u590f\u76ee\u6f31\u77f3\u306e\u5f1f\u5b50",
            "\u3053\u306e\u5c0f\u8aac\u306e\u4f5c\u8005\u306f\u8ab0\u3067\u3059\u304b?",
            "",
        ),
        (
            "\u30de\u30ea\u30a2",
            "\u30de\u30ea\u30a2\u30f3\u30cc\u3067\u3059",
            "\u3053\u306e\u5c0f\u8aac\u306e\u4f5c\u8005\u306f\u8ab0\u3067\u3059\u304b?",
            "",
        ),
        ("\u30ac\u30e9\u30b9", "\u30ab\u30e9\u30b9", "\u4f55?", ""),
        ("\u6771\u4eac", "\u4eac\u90fd\u3067\u3059\u3002", "\u9996\u90fd\u306f?", ""),
        (
            "\uae40\uc18c\uc6d4",
            "\uae40\uc18c\uc6d4\uc774 \uc544\ub2d9\ub2c8\ub2e4.",
            "\uc774 \ucc45\uc740 \ub204\uac00 \uc37c\uc2b5\ub2c8\uae4c?",
            "",
        ),
        (
            "\uae40\uc18c\uc6d4",
            "\uc774\uad11\uc218\uac00 \uc37c\uc2b5\ub2c8\ub2e4.",
            "\uc774 \ucc45\uc740 \ub204\uac00 \uc37c\uc2b5\ub2c8\uae4c?",
            "",
        ),
        (
            "\uae40\uc18c\uc6d4",
            "\uae40\uc18c\uc6d4\uc774 \uc544\ub2c8\ub77c \uc774\uad11\uc218\uc785\ub2c8\ub2e4.",
            "\uc774 \ucc45\uc740 \ub204\uac00 \uc37c\uc2b5\ub2c8\uae4c?",
            "",
        ),
        ("\uc11c\uc6b8", "\uc11c\uc6b8\ub300\ud559\uad50", "?", ""),
        (
            "\u0e01\u0e23\u0e38\u0e07\u0e40\u0e17\u0e1e\u0e21\u0e2b\u0e32\u0e19\u0e04\u0e23",
            "\u0e44\u0e21\u0e48\u0e43\u0e0a\u0e48\u0e01\u0e23\u0e38\u0e07\u0e40\u0e17\u0e1e\u0e21\u0e2b\u0e32\u0e19\u0e04\u0e23",
            "\u0e40\u0e21\u0e37\u0e2d\u0e07\u0e2b\u0e25\u0e27\u0e07\u0e02\u0e2d\u0e07\u0e1b\u0e23\u0e30\u0e40\u0e17\u0e28\u0e44\u0e17\u0e22\u0e04\u0e37\u0e2d\u0e2d\u0e30\u0e44\u0e23",
            "",
        ),
        (
            "\u0e01\u0e23\u0e38\u0e07\u0e40\u0e17\u0e1e\u0e21\u0e2b\u0e32\u0e19\u0e04\u0e23",
            "\u0e40\u0e0a\u0e35\u0e22\u0e07\u0e43\u0e2b\u0e21\u0e48",
            "\u0e40\u0e21\u0e37\u0e2d\u0e07\u0e2b\u0e25\u0e27\u0e07\u0e02\u0e2d\u0e07\u0e1b\u0e23\u0e30\u0e40\u0e17\u0e28\u0e44\u0e17\u0e22\u0e04\u0e37\u0e2d\u0e2d\u0e30\u0e44\u0e23",
            "",
        ),
        ("\u0928\u0908 \u0926\u093f\u0932\u094d\u0932\u0940", "\u092e\u0941\u0902\u092c\u0908", "?", ""),
        (
            "\u041c\u043e\u0441\u043a\u0432\u0430",
            "\u0421\u0430\u043d\u043a\u0442-\u041f\u0435\u0442\u0435\u0440\u0431\u0443\u0440\u0433",
            "?",
            "",
        ),
        (
            "\u0627\u0644\u0642\u0627\u0647\u0631\u0629",
            "\u0627\u0644\u0625\u0633\u0643\u0646\u062f\u0631\u064a\u0629",
            "?",
            "",
        ),
        ("\u6c34", "\u6c34\u661f", "?", ""),
        ("\u5317\u4eac", "\u5317\u4eac\u5927\u5b66", "?", ""),
        ("\u5317\u4eac", "\u5357\u4eac", "?", ""),
        (
            "\u041c\u043e\u0441\u043a\u0432\u0430",
            "\u042d\u0442\u043e \u043d\u0435 \u041c\u043e\u0441\u043a\u0432\u0430.",
            "?",
            "",
        ),
        (
            "\u0928\u0908 \u0926\u093f\u0932\u094d\u0932\u0940",
            "\u0928\u0908 \u0926\u093f\u0932\u094d\u0932\u0940 \u0928\u0939\u0940\u0902, \u092e\u0941\u0902\u092c\u0908",
            "?",
            "",
        ),
        ("\u4e2d\u56fd", "\u4e2d\u56fd\u79fb\u52a8", "?", ""),
        (
            "\u7ea2\u8272\u548c\u84dd\u8272",
            "\u7ea2\u8272",
            "\u56fd\u65d7\u6709\u54ea\u4e24\u79cd\u989c\u8272?",
            "list",
        ),
        (
            "\u7ea2\u8272\u548c\u84dd\u8272",
            "\u7ea2\u8272\u3001\u84dd\u8272\u548c\u7eff\u8272",
            "\u56fd\u65d7\u6709\u54ea\u4e24\u79cd\u989c\u8272?",
            "list",
        ),
    ],
)
def test_what_is_denied_or_part_of_a_longer_name_is_incorrect(
    gold: str, response: str, question: str, kind: str
) -> None:
    assert verdict(gold, response, question, kind) is Verdict.INCORRECT
