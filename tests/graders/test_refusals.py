"""Refusals, and yes and no, in many languages."""

from __future__ import annotations

import pytest

from fbench.datasets.model import AnswerKind
from fbench.grading.graders import Item, Verdict, grade

REFUSALS = [
    "Das weiß ich leider nicht.",
    "Ich weiß es nicht.",
    "Keine Ahnung.",
    "Tut mir leid, das kann ich nicht beantworten.",
    "Leider habe ich dazu keine Informationen.",
    "Das ist mir nicht bekannt.",
    "Ich bin mir nicht sicher.",
    "Das kann ich dir leider nicht sagen.",
    "Je ne sais pas.",
    "Tôi không thể trả lời câu hỏi này.",
    "Désolé, je ne sais pas.",
    "Je suis désolé, mais je n'ai pas cette information.",
    "Je n'en sais rien.",
    "Aucune idée.",
    "No lo sé.",
    "Lo siento, no lo sé.",
    "No tengo información sobre eso.",
    "No estoy seguro.",
    "Desconozco la respuesta.",
    "Non lo so.",
    "Mi dispiace, non lo so.",
    "Non ho informazioni al riguardo.",
    "Não sei.",
    "Desculpe, não sei.",
    "Não tenho essa informação.",
    "Ik weet het niet.",
    "Dat weet ik helaas niet.",
    "Geen idee.",
    "Sorry, ik weet het niet.",
    "Nie wiem.",
    "Przykro mi, nie wiem.",
    "Niestety nie mam informacji na ten temat.",
    "Я не знаю.",
    "К сожалению, я не знаю.",
    "Извините, у меня нет информации об этом.",
    "Не знаю",
    "Bilmiyorum.",
    "Üzgünüm, bu konuda bilgim yok.",
    "Maalesef bilmiyorum.",
    "抱歉,我不知道。",
    "对不起，我不知道。",
    "我不知道这本书是谁写的。",
    "很抱歉，我无法回答这个问题。",
    "抱歉，我没有相关信息。",
    "我不确定。",
    "わかりません。",
    "申し訳ありませんが、わかりません。",
    "すみません、分かりません。",
    "存じません。",
    "그건 모르겠습니다.",
    "죄송합니다. 잘 모르겠습니다.",
    "죄송하지만 알 수 없습니다.",
    "لا أعرف.",
    "آسف، لا أعرف.",
    "عذراً، لا أملك معلومات عن ذلك.",
    "मुझे नहीं पता।",
    "क्षमा करें, मुझे नहीं पता।",
    "माफ़ कीजिए, मुझे जानकारी नहीं है।",
    "ไม่ทราบครับ",
    "ขอโทษค่ะ ฉันไม่ทราบ",
    "Tôi không biết.",
    "Xin lỗi, tôi không biết.",
    "Saya tidak tahu.",
    "Maaf, saya tidak tahu.",
    "Jag vet inte.",
    "Det vet jag tyvärr inte.",
    "Jeg ved det ikke.",
    "Det vet jeg ikke.",
    "En tiedä.",
    "Nem tudom.",
    "Nu știu.",
    "Δεν γνωρίζω.",
    "Nevím.",
    "אני לא יודע.",
    "نمی\u200cدانم.",
    "Не знаю, извините.",
    "Не маю інформації.",
    "Lo siento.",
    "抱歉。",
    "Es tut mir leid.",
]
"""Each is followed by its language's script alone: all say that the answer is not known, or are sorry."""
YES = [
    "Ja.",
    "Ja, natürlich.",
    "Oui.",
    "Oui, bien sûr.",
    "Sí.",
    "Sì.",
    "Sim.",
    "Tak.",
    "Да.",
    "Да, конечно.",
    "Evet.",
    "是的。",
    "是。",
    "对。",
    "はい。",
    "はい、そうです。",
    "네.",
    "예, 맞습니다.",
    "نعم.",
    "हाँ।",
    "जी हाँ",
    "Absolutely.",
    "Definitely.",
    "Of course!",
    "Certainly.",
    "Indeed.",
    "Yes, absolutely.",
    "Bien sûr que oui.",
    "¡Claro que sí!",
    "Claro.",
    "Sure.",
    "Affirmative.",
    "Natürlich.",
    "ναι",
    "כן",
    "ใช่",
    "Ya.",
    "You bet.",
    "That's correct.",
    "That is right.",
    "Correct.",
    "可以。",
]
NO = [
    "Nein.",
    "Nein, das ist es nicht.",
    "Non.",
    "No.",
    "Não.",
    "Nie.",
    "Нет.",
    "Нет, нельзя.",
    "Hayır.",
    "不是。",
    "不，不可以。",
    "不可以。",
    "否。",
    "いいえ。",
    "いいえ、違います。",
    "아니요.",
    "아니오, 그렇지 않습니다.",
    "لا.",
    "नहीं।",
    "जी नहीं",
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
    "Natürlich nicht.",
    "Pas du tout.",
    "Bien sûr que non.",
    "Claro que no.",
    "De ninguna manera.",
    "Assolutamente no.",
    "De jeito nenhum.",
    "Absoluut niet.",
    "Zdecydowanie nie.",
    "Конечно нет.",
    "Kesinlikle hayır.",
    "绝对不是。",
    "όχι",
    "לא",
    "ไม่ใช่",
    "Tidak.",
    "Không.",
    "Nee.",
    "Nej.",
    "I don't think so.",
    "Absolutely not! It is forbidden.",
    "Keineswegs.",
    "没有。",
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
            "毛泽东",
            "抱歉，答案是毛泽东。",
            Verdict.CORRECT,
        ),
        ("毛泽东", "抱歉，答案是鲁迅。", Verdict.INCORRECT),
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
    ("gold", "response"), [("Ja", "Yes"), ("Nein", "No"), ("Non", "Non, pas du tout"), ("是", "Yes")]
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
        "Non è Anna Seghers.",
        "Não foi Anna Seghers.",
        "Anna Seghers değil.",
        "Это не Anna Seghers.",
        "Niet Anna Seghers, maar Goethe",
        "To nie Anna Seghers.",
    ],
)
def test_a_name_that_another_language_denies_is_incorrect(response: str) -> None:
    assert verdict("Anna Seghers", response) is Verdict.INCORRECT


@pytest.mark.parametrize(
    "response",
    ["The book tells of the faux pas of Anna Seghers", "It is the pas de deux Anna Seghers wrote about"],
)
def test_a_word_of_another_language_denies_nothing_in_an_english_sentence(response: str) -> None:
    assert verdict("Anna Seghers", response) is Verdict.CORRECT


@pytest.mark.parametrize(
    "response",
    [
        "Nicht Goethe, sondern Anna Seghers.",
        "Pas Goethe mais Anna Seghers.",
        "No fue Goethe, sino Anna Seghers",
        "Это не Goethe, а Anna Seghers.",
        "Niet Goethe maar Anna Seghers",
    ],
)
def test_what_is_put_in_its_place_is_correct(response: str) -> None:
    assert verdict("Anna Seghers", response) is Verdict.CORRECT
