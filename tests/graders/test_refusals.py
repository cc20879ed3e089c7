"""Refusals, and yes and no, in many languages."""

from __future__ import annotations

import pytest

from fbench.datasets.model import AnswerKind
from fbench.graders import Item, Verdict, grade

REFUSALS = [
    "Das wei\xdf ich leider nicht.",
    "Ich wei\xdf es nicht.",
    "Keine Ahnung.",
    "Tut mir leid, das kann ich nicht beantworten.",
    "Leider habe ich dazu keine Informationen.",
    "Das ist mir nicht bekannt.",
    "Ich bin mir nicht sicher.",
    "Das kann ich dir leider nicht sagen.",
    "Je ne sais pas.",
    "D\xe9sol\xe9, je ne sais pas.",
    "Je suis d\xe9sol\xe9, mais je n'ai pas cette information.",
    "Je n'en sais rien.",
    "Aucune id\xe9e.",
    "No lo s\xe9.",
    "Lo siento, no lo s\xe9.",
    "No tengo informaci\xf3n sobre eso.",
    "No estoy seguro.",
    "Desconozco la respuesta.",
    "Non lo so.",
    "Mi dispiace, non lo so.",
    "Non ho informazioni al riguardo.",
    "N\xe3o sei.",
    "Desculpe, n\xe3o sei.",
    "N\xe3o tenho essa informa\xe7\xe3o.",
    "Ik weet het niet.",
    "Dat weet ik helaas niet.",
    "Geen idee.",
    "Sorry, ik weet het niet.",
    "Nie wiem.",
    "Przykro mi, nie wiem.",
    "Niestety nie mam informacji na ten temat.",
    "\u042f \u043d\u0435 \u0437\u043d\u0430\u044e.",
    "\u041a \u0441\u043e\u0436\u0430\u043b\u0435\u043d\u0438\u044e, \u044f \u043d\u0435 \u0437\u043d\u0430\u044e.",
    "\u0418\u0437\u0432\u0438\u043d\u0438\u0442\u0435, \u0443 \u043c\u0435\u043d\u044f \u043d\u0435\u0442 \u0438\u043d\u0444\u043e\u0440\u043c\u0430\u0446\u0438\u0438 \u043e\u0431 \u044d\u0442\u043e\u043c.",
    "\u041d\u0435 \u0437\u043d\u0430\u044e",
    "Bilmiyorum.",
    "\xdczg\xfcn\xfcm, bu konuda bilgim yok.",
    "Maalesef bilmiyorum.",
    "\u62b1\u6b49,\u6211\u4e0d\u77e5\u9053\u3002",
    "\u5bf9\u4e0d\u8d77\uff0c\u6211\u4e0d\u77e5\u9053\u3002",
    "\u6211\u4e0d\u77e5\u9053\u8fd9\u672c\u4e66\u662f\u8c01\u5199\u7684\u3002",
    "\u5f88\u62b1\u6b49\uff0c\u6211\u65e0\u6cd5\u56de\u7b54\u8fd9\u4e2a\u95ee\u9898\u3002",
    "\u62b1\u6b49\uff0c\u6211\u6ca1\u6709\u76f8\u5173\u4fe1\u606f\u3002",
    "\u6211\u4e0d\u786e\u5b9a\u3002",
    "\u308f\u304b\u308a\u307e\u305b\u3093\u3002",
    "\u7533\u3057\u8a33\u3042\u308a\u307e\u305b\u3093\u304c\u3001\u308f\u304b\u308a\u307e\u305b\u3093\u3002",
    "\u3059\u307f\u307e\u305b\u3093\u3001\u5206\u304b\u308a\u307e\u305b\u3093\u3002",
    "\u5b58\u3058\u307e\u305b\u3093\u3002",
    "\uadf8\uac74 \ubaa8\ub974\uaca0\uc2b5\ub2c8\ub2e4.",
    "\uc8c4\uc1a1\ud569\ub2c8\ub2e4. \uc798 \ubaa8\ub974\uaca0\uc2b5\ub2c8\ub2e4.",
    "\uc8c4\uc1a1\ud558\uc9c0\ub9cc \uc54c \uc218 \uc5c6\uc2b5\ub2c8\ub2e4.",
    "\u0644\u0627 \u0623\u0639\u0631\u0641.",
    "\u0622\u0633\u0641\u060c \u0644\u0627 \u0623\u0639\u0631\u0641.",
    "\u0639\u0630\u0631\u0627\u064b\u060c \u0644\u0627 \u0623\u0645\u0644\u0643 \u0645\u0639\u0644\u0648\u0645\u0627\u062a \u0639\u0646 \u0630\u0644\u0643.",
    "\u092e\u0941\u091d\u0947 \u0928\u0939\u0940\u0902 \u092a\u0924\u093e\u0964",
    "\u0915\u094d\u0937\u092e\u093e \u0915\u0930\u0947\u0902, \u092e\u0941\u091d\u0947 \u0928\u0939\u0940\u0902 \u092a\u0924\u093e\u0964",
    "\u092e\u093e\u092b\u093c \u0915\u0940\u091c\u093f\u090f, \u092e\u0941\u091d\u0947 \u091c\u093e\u0928\u0915\u093e\u0930\u0940 \u0928\u0939\u0940\u0902 \u0939\u0948\u0964",
    "\u0e44\u0e21\u0e48\u0e17\u0e23\u0e32\u0e1a\u0e04\u0e23\u0e31\u0e1a",
    "\u0e02\u0e2d\u0e42\u0e17\u0e29\u0e04\u0e48\u0e30 \u0e09\u0e31\u0e19\u0e44\u0e21\u0e48\u0e17\u0e23\u0e32\u0e1a",
    "T\xf4i kh\xf4ng bi\u1ebft.",
    "Xin l\u1ed7i, t\xf4i kh\xf4ng bi\u1ebft.",
    "Saya tidak tahu.",
    "Maaf, saya tidak tahu.",
    "Jag vet inte.",
    "Det vet jag tyv\xe4rr inte.",
    "Jeg ved det ikke.",
    "Det vet jeg ikke.",
    "En tied\xe4.",
    "Nem tudom.",
    "Nu \u0219tiu.",
    "\u0394\u03b5\u03bd \u03b3\u03bd\u03c9\u03c1\u03af\u03b6\u03c9.",
    "Nev\xedm.",
    "\u05d0\u05e0\u05d9 \u05dc\u05d0 \u05d9\u05d5\u05d3\u05e2.",
    "\u0646\u0645\u06cc\u200c\u062f\u0627\u0646\u0645.",
    "\u041d\u0435 \u0437\u043d\u0430\u044e, \u0438\u0437\u0432\u0438\u043d\u0438\u0442\u0435.",
    "\u041d\u0435 \u043c\u0430\u044e \u0456\u043d\u0444\u043e\u0440\u043c\u0430\u0446\u0456\u0457.",
    "Lo siento.",
    "\u62b1\u6b49\u3002",
    "Es tut mir leid.",
]
"""Each is followed by its language's script alone: all say that the answer is not known, or are sorry."""
YES = [
    "Ja.",
    "Ja, nat\xfcrlich.",
    "Oui.",
    "Oui, bien s\xfbr.",
    "S\xed.",
    "S\xec.",
    "Sim.",
    "Tak.",
    "\u0414\u0430.",
    "\u0414\u0430, \u043a\u043e\u043d\u0435\u0447\u043d\u043e.",
    "Evet.",
    "\u662f\u7684\u3002",
    "\u662f\u3002",
    "\u5bf9\u3002",
    "\u306f\u3044\u3002",
    "\u306f\u3044\u3001\u305d\u3046\u3067\u3059\u3002",
    "\ub124.",
    "\uc608, \ub9de\uc2b5\ub2c8\ub2e4.",
    "\u0646\u0639\u0645.",
    "\u0939\u093e\u0901\u0964",
    "\u091c\u0940 \u0939\u093e\u0901",
    "Absolutely.",
    "Definitely.",
    "Of course!",
    "Certainly.",
    "Indeed.",
    "Yes, absolutely.",
    "Bien s\xfbr que oui.",
    "\xa1Claro que s\xed!",
    "Claro.",
    "Sure.",
    "Affirmative.",
    "Nat\xfcrlich.",
    "\u03bd\u03b1\u03b9",
    "\u05db\u05df",
    "\u0e43\u0e0a\u0e48",
    "Ya.",
    "You bet.",
    "That's correct.",
    "That is right.",
    "Correct.",
    "\u53ef\u4ee5\u3002",
]
NO = [
    "Nein.",
    "Nein, das ist es nicht.",
    "Non.",
    "No.",
    "N\xe3o.",
    "Nie.",
    "\u041d\u0435\u0442.",
    "\u041d\u0435\u0442, \u043d\u0435\u043b\u044c\u0437\u044f.",
    "Hay\u0131r.",
    "\u4e0d\u662f\u3002",
    "\u4e0d\uff0c\u4e0d\u53ef\u4ee5\u3002",
    "\u4e0d\u53ef\u4ee5\u3002",
    "\u5426\u3002",
    "\u3044\u3044\u3048\u3002",
    "\u3044\u3044\u3048\u3001\u9055\u3044\u307e\u3059\u3002",
    "\uc544\ub2c8\uc694.",
    "\uc544\ub2c8\uc624, \uadf8\ub807\uc9c0 \uc54a\uc2b5\ub2c8\ub2e4.",
    "\u0644\u0627.",
    "\u0928\u0939\u0940\u0902\u0964",
    "\u091c\u0940 \u0928\u0939\u0940\u0902",
    "Absolutely not.",
    "Definitely not.",
    "Of course not.",
    "Certainly not!",
    "Not at all.",
    "By no means.",
    "No way.",
    "Not really.",
    "It is not.",
    "It isn't.",
    "Never.",
    "Negative.",
    "Auf keinen Fall.",
    "Nat\xfcrlich nicht.",
    "Pas du tout.",
    "Bien s\xfbr que non.",
    "Claro que no.",
    "De ninguna manera.",
    "Assolutamente no.",
    "De jeito nenhum.",
    "Absoluut niet.",
    "Zdecydowanie nie.",
    "\u041a\u043e\u043d\u0435\u0447\u043d\u043e \u043d\u0435\u0442.",
    "Kesinlikle hay\u0131r.",
    "\u7edd\u5bf9\u4e0d\u662f\u3002",
    "\u03cc\u03c7\u03b9",
    "\u05dc\u05d0",
    "\u0e44\u0e21\u0e48\u0e43\u0e0a\u0e48",
    "Tidak.",
    "Kh\xf4ng.",
    "Nee.",
    "Nej.",
    "I don't think so.",
    "Absolutely not! It is forbidden.",
    "Keineswegs.",
    "\u6ca1\u6709\u3002",
    "Definitely not, it is forbidden.",
    "Nope.",
    "**Absolutely not.**",
]


def verdict(gold: str, response: str, question: str = "Wer?", kind: AnswerKind | None = None) -> Verdict:
    return grade(Item(question, (gold,), kind), response).verdict


@pytest.mark.parametrize("response", REFUSALS)
def test_a_refusal_abstains_in_any_language(response: str) -> None:
    assert verdict("Anna Seghers", response, "Wer schrieb das Buch?") is Verdict.ABSTAINED
    for gold in ("Yes", "No"):
        assert verdict(gold, response, "Is it so?", AnswerKind.YES_NO) is Verdict.ABSTAINED
    assert verdict("None", response) is Verdict.CORRECT


@pytest.mark.parametrize(
    ("gold", "response", "expected"),
    [
        ("Goethe", "Ich bin mir nicht sicher, aber ich glaube, es war Goethe.", Verdict.CORRECT),
        (
            "\u6bdb\u6cfd\u4e1c",
            "\u62b1\u6b49\uff0c\u7b54\u6848\u662f\u6bdb\u6cfd\u4e1c\u3002",
            Verdict.CORRECT,
        ),
        ("\u6bdb\u6cfd\u4e1c", "\u62b1\u6b49\uff0c\u7b54\u6848\u662f\u9c81\u8fc5\u3002", Verdict.INCORRECT),
        ("Madrid", "Lo siento, es Madrid.", Verdict.CORRECT),
        ("Madrid", "Lo siento, es Barcelona.", Verdict.INCORRECT),
        ("Madrid", "Es ist nicht sicher dort.", Verdict.INCORRECT),
    ],
)
def test_an_apology_or_a_doubt_before_an_answer_is_no_refusal(
    gold: str, response: str, expected: Verdict
) -> None:
    assert verdict(gold, response) is expected


@pytest.mark.parametrize("response", YES)
def test_yes_in_many_words(response: str) -> None:
    assert verdict("Yes", response, "Is it allowed?", AnswerKind.YES_NO) is Verdict.CORRECT
    assert verdict("No", response, "Is it allowed?", AnswerKind.YES_NO) is Verdict.INCORRECT


@pytest.mark.parametrize("response", [*NO, "No se permite."])
def test_no_in_many_words(response: str) -> None:
    assert verdict("No", response, "Is it allowed?", AnswerKind.YES_NO) is Verdict.CORRECT
    assert verdict("Yes", response, "Is it allowed?", AnswerKind.YES_NO) is Verdict.INCORRECT


@pytest.mark.parametrize(
    "response", ["Perhaps not allowed here", "Many people like it", "Both.", "yes and no"]
)
def test_neither_yes_nor_no(response: str) -> None:
    for gold in ("Yes", "No"):
        assert verdict(gold, response, "Is it allowed?", AnswerKind.YES_NO) is Verdict.INCORRECT


@pytest.mark.parametrize(
    ("gold", "response"), [("Ja", "Yes"), ("Nein", "No"), ("Non", "Non, pas du tout"), ("\u662f", "Yes")]
)
def test_a_gold_may_say_it_in_another_language(gold: str, response: str) -> None:
    assert verdict(gold, response, "?", AnswerKind.YES_NO) is Verdict.CORRECT


@pytest.mark.parametrize(
    "response",
    [
        "Nicht Anna Seghers.",
        "Es war nicht Anna Seghers, sondern Goethe.",
        "Ce n'est pas Anna Seghers.",
        "No fue Anna Seghers, sino Goethe.",
        "Non \xe8 Anna Seghers.",
        "N\xe3o foi Anna Seghers.",
        "Anna Seghers de\u011fil.",
        "\u042d\u0442\u043e \u043d\u0435 Anna Seghers.",
        "Niet Anna Seghers, maar Goethe",
        "To nie Anna Seghers.",
    ],
)
def test_a_name_that_another_language_denies_is_incorrect(response: str) -> None:
    assert verdict("Anna Seghers", response) is Verdict.INCORRECT


@pytest.mark.parametrize(
    "response",
    [
        "Nicht Goethe, sondern Anna Seghers.",
        "Pas Goethe mais Anna Seghers.",
        "No fue Goethe, sino Anna Seghers",
        "\u042d\u0442\u043e \u043d\u0435 Goethe, \u0430 Anna Seghers.",
        "Niet Goethe maar Anna Seghers",
    ],
)
def test_what_is_put_in_its_place_is_correct(response: str) -> None:
    assert verdict("Anna Seghers", response) is Verdict.CORRECT
