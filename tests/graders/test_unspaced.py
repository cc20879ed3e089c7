"""Golds in scripts without spaces, and in others than Latin."""

from __future__ import annotations

import pytest

from fbench.datasets.model import AnswerKind
from fbench.grading.graders import Item, Verdict, grade


def verdict(gold: str, response: str, question: str, kind: str = "") -> Verdict:
    return grade(Item(question, (gold,), AnswerKind(kind) if kind else None), response).verdict


@pytest.mark.parametrize(
    ("gold", "response", "question", "kind"),
    [
        (
            "毛泽东",
            "毛泽东写了这本书。",
            "这本书是谁写的?",
            "",
        ),
        (
            "毛泽东",
            "是毛泽东写的。",
            "这本书是谁写的?",
            "",
        ),
        ("毛泽东", "毛泽东", "这本书是谁写的?", ""),
        ("毛泽东", "毛泽东。", "这本书是谁写的?", ""),
        (
            "毛泽东",
            "答案是毛泽东。",
            "这本书是谁写的?",
            "",
        ),
        (
            "毛泽东",
            "这本书的作者是毛泽东。",
            "这本书是谁写的?",
            "",
        ),
        (
            "毛泽东",
            "毛泽东主席",
            "这本书是谁写的?",
            "",
        ),
        ("毛泽东", "毛 泽 东", "这本书是谁写的?", ""),
        (
            "毛泽东",
            "由毛泽东所著",
            "这本书是谁写的?",
            "",
        ),
        (
            "毛泽东",
            "作者：毛泽东",
            "这本书是谁写的?",
            "",
        ),
        (
            "毛泽东",
            "毛泽东创作了这本书",
            "这本书是谁写的?",
            "",
        ),
        (
            "毛泽东",
            "我认为是毛泽东。",
            "这本书是谁写的?",
            "",
        ),
        (
            "毛泽东",
            "《书》是毛泽东写的",
            "这本书是谁写的?",
            "",
        ),
        (
            "毛泽东",
            "不是鲁迅,是毛泽东。",
            "这本书是谁写的?",
            "",
        ),
        ("毛泽东", "**毛泽东**", "这本书是谁写的?", ""),
        (
            "夏目漱石",
            "夏目漱石です。",
            "この小説の作者は誰ですか?",
            "",
        ),
        (
            "夏目漱石",
            "夏目漱石",
            "この小説の作者は誰ですか?",
            "",
        ),
        (
            "夏目漱石",
            "夏目漱石がこの小説を書きました。",
            "この小説の作者は誰ですか?",
            "",
        ),
        (
            "夏目漱石",
            "作者は夏目漱石です",
            "この小説の作者は誰ですか?",
            "",
        ),
        (
            "夏目漱石",
            "夏目 漱石",
            "この小説の作者は誰ですか?",
            "",
        ),
        (
            "マリア",
            "マリアです",
            "この小説の作者は誰ですか?",
            "",
        ),
        (
            "レオナルド・ダ・ヴィンチ",
            "レオナルドダヴィンチが描きました。",
            "この小説の作者は誰ですか?",
            "",
        ),
        (
            "東京",
            "東京です。",
            "首都はどこですか?",
            "",
        ),
        (
            "김소월",
            "김소월이 썼습니다.",
            "이 책은 누가 썼습니까?",
            "",
        ),
        (
            "김소월",
            "김소월입니다.",
            "이 책은 누가 썼습니까?",
            "",
        ),
        (
            "김소월",
            "김소월",
            "이 책은 누가 썼습니까?",
            "",
        ),
        (
            "김소월",
            "저자는 김소월이다.",
            "이 책은 누가 썼습니까?",
            "",
        ),
        ("서울", "서울입니다", "수도는?", ""),
        (
            "กรุงเทพมหานคร",
            "กรุงเทพมหานคร",
            "เมืองหลวงของประเทศไทยคืออะไร",
            "",
        ),
        (
            "กรุงเทพมหานคร",
            "เมืองหลวงคือกรุงเทพมหานครครับ",
            "เมืองหลวงของประเทศไทยคืออะไร",
            "",
        ),
        (
            "กรุงเทพมหานคร",
            "กรุงเทพมหานครเป็นเมืองหลวง",
            "เมืองหลวงของประเทศไทยคืออะไร",
            "",
        ),
        (
            "नई दिल्ली",
            "भारत की राजधानी नई दिल्ली है।",
            "?",
            "",
        ),
        (
            "Москва",
            "Столица России — Москва.",
            "?",
            "",
        ),
        (
            "القاهرة",
            "عاصمة مصر هي القاهرة.",
            "?",
            "",
        ),
        (
            "Αθήνα",
            "Η Αθήνα είναι η πρωτεύουσα.",
            "?",
            "",
        ),
        (
            "Лев Толстой",
            "Роман написал Лев Толстой.",
            "?",
            "",
        ),
        (
            "نجيب محفوظ",
            "كتبها نجيب محفوظ",
            "?",
            "",
        ),
        ("Łódź", "Lodz", "?", ""),
        ("Sørensen", "Sorensen", "?", ""),
        ("Müller", "Mueller", "?", ""),
        ("Zürich", "Zurich", "?", ""),
        ("São Paulo", "Sao Paulo", "?", ""),
        ("Ｔｏｋｙｏ", "Tokyo", "?", ""),
        ("Tokyo", "Ｔｏｋｙｏ", "?", ""),
        ("Café", "Café", "?", ""),
        ("Diyarbakır", "Diyarbakir", "?", ""),
        ("Đà Nẵng", "Da Nang", "?", ""),
        ("Straße", "Strasse", "?", ""),
        ("北京", "北京市", "?", ""),
        ("北京", "中国的首都是北京。", "?", ""),
        ("水", "水。", "?", ""),
        ("Ολυμπία", "ΟΛΥΜΠΙΑ", "?", ""),
        ("Ёлка", "Елка", "?", ""),
        ("Киев", "Киев", "?", ""),
        ("τέλος", "ΤΕΛΟΣ", "?", ""),
        ("İstanbul", "Istanbul", "?", ""),
        (
            "Владимир Путин",
            "Путин",
            "?",
            "",
        ),
        ("Ægir", "Aegir", "?", ""),
        ("ｶﾞﾗｽ", "ガラス", "?", ""),
        (
            "红色和蓝色",
            "红色、蓝色",
            "国旗有哪两种颜色?",
            "list",
        ),
        (
            "红色、蓝色",
            "蓝色和红色",
            "国旗有哪两种颜色?",
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
            "毛泽东",
            "不是毛泽东。",
            "这本书是谁写的?",
            "",
        ),
        (
            "毛泽东",
            "并非毛泽东所写",
            "这本书是谁写的?",
            "",
        ),
        (
            "毛泽东",
            "毛泽东思想",
            "这本书是谁写的?",
            "",
        ),
        (
            "毛泽东",
            "毛泽东的父亲",
            "这本书是谁写的?",
            "",
        ),
        ("毛泽东", "鲁迅", "这本书是谁写的?", ""),
        (
            "毛泽东",
            "不是毛泽东,是鲁迅。",
            "这本书是谁写的?",
            "",
        ),
        (
            "毛泽东",
            "鲁迅,而不是毛泽东。",
            "这本书是谁写的?",
            "",
        ),
        (
            "毛泽东",
            "毛泽东还是鲁迅",
            "这本书是谁写的?",
            "",
        ),
        (
            "毛泽东",
            "是毛泽东吗?不,是鲁迅。",
            "这本书是谁写的?",
            "",
        ),
        (
            "毛泽东",
            "很多人认为是毛泽东,但其实是鲁迅。",
            "这本书是谁写的?",
            "",
        ),
        (
            "毛泽东",
            "毛泽东或鲁迅",
            "这本书是谁写的?",
            "",
        ),
        (
            "夏目漱石",
            "夏目漱石ではありません。",
            "この小説の作者は誰ですか?",
            "",
        ),
        (
            "夏目漱石",
            "夏目漱石ではなく森鴎外です。",
            "この小説の作者は誰ですか?",
            "",
        ),
        (
            "夏目漱石",
            "森鴎外",
            "この小説の作者は誰ですか?",
            "",
        ),
        (
            "夏目漱石",
            "夏目漱石の弟子",
            "この小説の作者は誰ですか?",
            "",
        ),
        (
            "マリア",
            "マリアンヌです",
            "この小説の作者は誰ですか?",
            "",
        ),
        ("ガラス", "カラス", "何?", ""),
        ("東京", "京都です。", "首都は?", ""),
        (
            "김소월",
            "김소월이 아닙니다.",
            "이 책은 누가 썼습니까?",
            "",
        ),
        (
            "김소월",
            "이광수가 썼습니다.",
            "이 책은 누가 썼습니까?",
            "",
        ),
        (
            "김소월",
            "김소월이 아니라 이광수입니다.",
            "이 책은 누가 썼습니까?",
            "",
        ),
        ("서울", "서울대학교", "?", ""),
        (
            "กรุงเทพมหานคร",
            "ไม่ใช่กรุงเทพมหานคร",
            "เมืองหลวงของประเทศไทยคืออะไร",
            "",
        ),
        (
            "กรุงเทพมหานคร",
            "เชียงใหม่",
            "เมืองหลวงของประเทศไทยคืออะไร",
            "",
        ),
        ("नई दिल्ली", "मुंबई", "?", ""),
        (
            "Москва",
            "Санкт-Петербург",
            "?",
            "",
        ),
        (
            "القاهرة",
            "الإسكندرية",
            "?",
            "",
        ),
        ("水", "水星", "?", ""),
        ("北京", "北京大学", "?", ""),
        ("北京", "南京", "?", ""),
        (
            "Москва",
            "Это не Москва.",
            "?",
            "",
        ),
        (
            "नई दिल्ली",
            "नई दिल्ली नहीं, मुंबई",
            "?",
            "",
        ),
        ("中国", "中国移动", "?", ""),
        (
            "红色和蓝色",
            "红色",
            "国旗有哪两种颜色?",
            "list",
        ),
        (
            "红色和蓝色",
            "红色、蓝色和绿色",
            "国旗有哪两种颜色?",
            "list",
        ),
    ],
)
def test_what_is_denied_or_part_of_a_longer_name_is_incorrect(
    gold: str, response: str, question: str, kind: str
) -> None:
    assert verdict(gold, response, question, kind) is Verdict.INCORRECT


@pytest.mark.parametrize(
    ("gold", "response"),
    [
        ("夏目漱石", "森鴎外あるいは夏目漱石です"),
        ("夏目漱石", "夏目漱石もしくは森鴎外です"),
        ("夏目漱石", "森鴎外または夏目漱石です"),
        ("กรุงเทพมหานคร", "เชียงใหม่หรือกรุงเทพมหานคร"),
        ("กรุงเทพมหานคร", "กรุงเทพมหานคร หรือ เชียงใหม่"),
        ("김소월", "이광수 또는 김소월"),
        ("毛泽东", "这本书是鲁迅或者毛泽东写的"),
    ],
)
def test_a_choice_is_seen_on_either_side_of_the_gold(gold: str, response: str) -> None:
    told = grade(Item("?", (gold,)), response)
    assert (told.verdict, told.reason) == (Verdict.INCORRECT, "the answer offers a choice")


@pytest.mark.parametrize(
    ("gold", "response", "reason"),
    [
        (
            "毛泽东",
            "不是毛泽东写了这本书,这本书的作者是鲁迅先生。",
            "the answer denies the gold, or asks for it",
        ),
        ("김소월", "김소월이 아니라 이광수입니다.", "the answer denies the gold, or asks for it"),
        ("毛泽东", "毛泽东思想", "the gold is a part of a longer name in the answer"),
        ("北京", "北京人", "the gold is a part of a longer name in the answer"),
        ("中国", "中国建设银行", "the gold is a part of a longer name in the answer"),
        ("マリア", "アンナマリアです", "the gold is a part of a longer name in the answer"),
        ("毛泽东", "毛泽东思想的作者是毛泽东。", "the gold stands in the answer"),
        ("北京", "伟大首都北京市", "the gold stands in the answer"),
        ("毛泽东", "毛泽东写了这本书,但是书名早已改过。", "the gold stands in the answer"),
        ("毛泽东", "很多人认为是毛泽东写的。", "the gold stands in the answer"),
    ],
)
def test_the_verdict_on_a_gold_in_its_script_has_its_reason(gold: str, response: str, reason: str) -> None:
    told = grade(Item("?", (gold,)), response)
    assert told.reason == reason
    assert (told.verdict is Verdict.CORRECT) == (reason == "the gold stands in the answer")


def test_what_others_think_counts_within_forty_characters_before_the_gold() -> None:
    others, between, rest = (
        "很多人认为",
        "这本书写得很好读起来也很有意思出版以后在全国各地卖出了几百万",
        "毛泽东,但书名改过。",
    )
    for length, expected in ((40, Verdict.INCORRECT), (41, Verdict.CORRECT)):
        told = others + between + "册" * (length - len(others + between)) + rest
        assert verdict("毛泽东", told, "这本书是谁写的?") is expected


def test_a_part_of_a_list_may_be_in_a_longer_name_too() -> None:
    assert verdict("北京、上海", "北京(北京大学)、上海", "哪两座城市?", "list") is Verdict.CORRECT


def test_a_gold_of_which_nothing_is_left_stands_nowhere() -> None:
    assert verdict("```北京\n```", "首都是上海", "首都是哪里?") is Verdict.INCORRECT


def test_a_gold_in_latin_letters_with_accents_is_left_to_the_other_rules() -> None:
    assert verdict("Zürich", "Zürich or Bern", "?") is Verdict.INCORRECT
