"""Golds in scripts that do not separate words with spaces, or that attach particles to words.

Chinese, Japanese, Thai and similar scripts have no spaces; Korean attaches particles to names; in Devanagari
and related scripts, regular expressions do not treat vowel marks as letters. In these scripts, an answer has
a gold if the gold occurs in it, unless the answer denies it, asks for it, or it is a part of a longer name.
"""

from __future__ import annotations

import re
from functools import lru_cache

from fbench.grading.graders.model import Grade, Verdict
from fbench.grading.graders.normalise import normalise, unwrap

__all__ = ["has_part", "is_unspaced", "unspaced"]

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3005"
_KATAKANA = "\u30a1-\u30fa\u30fc"
_HANGUL = "\uac00-\ud7a3"
_MARKED = "\u0900-\u0dff\u0f00-\u0fff"
_UNSPACED = re.compile(
    rf"[{_HAN}\u3041-\u3096{_KATAKANA}{_HANGUL}{_MARKED}\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]"
)
_GAPS = re.compile(
    rf"(?<=[{_HAN}\u3041-\u30ff])\s+(?=[{_HAN}\u3041-\u30ff])|(?<=\w)[\u00b7\u30fb\u2022\u2027](?=\w)"
)
_BEFORE = re.compile(
    normalise(
        r"(?:不是|并非|並非|不是由|而非|绝非|不叫|不在|没有|沒有|不为|从未是|否认是|ไม่ใช่|ไม่ได้|มิใช่)"
    ).replace(" ", "")
    + r"[^,.;!?\u002c]{0,4}$"
)
"""Denies a gold that follows it."""
_AFTER = re.compile(
    normalise(
        r"\s?(?:这个人|本人)?(?:"
        r"(?:では|じゃ|では無)(?:ありません|あり得|なく|ない)|とは違|とは限ら|は(?:間違い|誤り|違い)|と(?:は)?異な"
        r"|[이가은는]? ?(?:아니|아닙|아닌)|नहीं|नही|ไม่ใช่|并不是|并没有|不是答案|是错的|不对|没有写|没写|并未"
        r"|吗|嗎|么\?|ですか|でしょうか|입니까|인가요"
        r")"
    )
)
"""Denies or asks for a gold that precedes it."""
_ELSE = re.compile(
    normalise(
        r"(?:人们|人們|很多人|许多人|許多人|有人|一般|大家|多くの人|一般に)[^.;!?]{0,12}(?:认为|認為|以为|以為|说|说是|思|考え)"
    )
)
_BUT = re.compile(normalise(r"(?:但|其实|其實|实际上|實際上|事实上|しかし|実際|ですが|하지만|사실)"))
_EITHER = tuple(normalise("或者 或是 或 还是 還是 または あるいは もしくは หรือ 또는 혹은 या").split())
_KIN = (
    "的父亲|的母亲|的儿子|的女儿|的妻子|的丈夫|的哥哥|的弟弟|的姐姐|的妹妹|的朋友|的学生|的老师|的秘书|的敌人|的对手|的传记|之子|之女|之父|"
    "之妻|の父|の母|の息子|の娘|の妻|の夫|の兄|の弟|の弟子|의 아버지|의 어머니|의 아들|의 딸|의 아내"
)
_LONGER = (
    "思想|主义|路线|传|传记|大学|大學|学院|學院|中学|小学|医院|银行|公司|集团|机场|大桥|广场|奖|獎|杯|派|论|学说|定理|定律|方程|效应|"
    "纪念馆|纪念堂|故居|博物馆|语|語|人民|日报|时报|电视台|大街|东路|西路|南路|北路|主義|空港|駅|銀行|賞|大桥|신문|대학교|대학|은행|상"
)
_NOT_GOLD = re.compile(normalise(f"(?:{_KIN}|{_LONGER})"))
_ADDED = re.compile(
    normalise(
        r"(?:先生|女士|小姐|教授|博士|主席|总统|總統|总理|總理|同志|将军|皇帝|国王|市|省|县|縣|国|國|州|区|區|都|府|県|さん|氏|"
        r"様|씨|님|시|도|군|구|ครับ|ค่ะ)?"
    )
)
_PARTICLE = re.compile(
    r"(?:은|는|이|가|을|를|의|에|에서|에게|와|과|로|으로|도|만|께서|이다|입니다|입니다만|이에요|예요|이었다|였다|이었습니다|였습니다"
    r"|이라고|라고|이란|이며|이고|씨|님|시|도시|라는|이라는|인|요|야|이야|부터|까지|보다|처럼|하고|이랑|랑|조차|마저|뿐|밖에|"
    r"에는|에도|에서는|으로는|로는)?(?![\uac00-\ud7a3])"
)
_OWN_WORDS = re.compile(
    normalise(
        r"[\s,.:;!?\"'()]|是|为|為|由|叫|在|的|了|于|於|写|寫|创|著|作|和|与|與|や|は|が|を|に|の|で|と|も|から|です|だ|である|いう"
    )
)
_ONE = 1
_SHORT_REST = 4


@lru_cache(maxsize=4096)
def is_unspaced(gold: str) -> bool:
    """Whether a gold has a letter of such a script."""
    return not gold.isascii() and _UNSPACED.search(normalise(gold)) is not None


def unspaced(kind: str, gold: str, answer: str) -> Grade | None:
    """The grade if the gold is in such a script and occurs in the answer; else None."""
    if not is_unspaced(gold):
        return None
    wanted, told = _joined(unwrap(gold)), _joined(unwrap(answer))
    places = _places(wanted, told)
    if not places:
        return None
    held = [place for place in places if not _is_denied(told, place, place + len(wanted))]
    if not held:
        return Grade(Verdict.INCORRECT, kind, "the answer denies the gold, or asks for it")
    if not any(_is_whole(wanted, told, place) for place in held):
        return Grade(Verdict.INCORRECT, kind, "the gold is a part of a longer name in the answer")
    if _offers_choice(told, held[0], len(wanted)):
        return Grade(Verdict.INCORRECT, kind, "the answer offers a choice")
    return Grade(Verdict.CORRECT, kind, "the gold stands in the answer")


def has_part(part: str, answer: str) -> bool:
    """Whether an item of a list in such a script occurs in the answer."""
    wanted, told = _joined(unwrap(part)), _joined(unwrap(answer))
    return any(_is_whole(wanted, told, place) for place in _places(wanted, told))


@lru_cache(maxsize=4096)
def _joined(text: str) -> str:
    """The normalised text, without spaces and dots within names."""
    return _GAPS.sub("", normalise(text))


def _places(wanted: str, told: str) -> list[int]:
    found: list[int] = []
    place = told.find(wanted) if wanted else -1
    while place >= 0:
        found.append(place)
        place = told.find(wanted, place + len(wanted))
    return found


def _is_denied(told: str, start: int, end: int) -> bool:
    before = told[max(0, start - 12) : start]
    if _BEFORE.search(before) or _AFTER.match(told, end):
        return True
    others = _ELSE.search(told, max(0, start - 40), start)
    return others is not None and _BUT.search(told, end) is not None


def _is_whole(wanted: str, told: str, start: int) -> bool:
    """Whether the gold is not a part of a longer word, as far as can be determined."""
    end = start + len(wanted)
    before, after = told[start - 1 : start], told[end : end + 1]  # "" where the text begins or ends
    if _runs_on(before, wanted[0]) or (
        _HANGUL_LETTER.match(wanted[-1]) is None and _runs_on(wanted[-1], after)
    ):
        return False
    if _NOT_GOLD.match(told, end):
        return False
    if _HANGUL_LETTER.match(wanted[-1]):
        return _PARTICLE.match(told, end) is not None
    if not _HAN_LETTER.match(wanted[-1]):
        return True
    rest = told[:start] + told[end:]
    if len(wanted) == _ONE or len(rest.strip(" .,!?")) <= _SHORT_REST:
        added = _ADDED.match(told, end)
        left = told[:start] + told[added.end() if added else end :]
        return not left.strip(" .,!?;:\"'()") or _OWN_WORDS.search(left) is not None
    return True


_HAN_LETTER = re.compile(rf"[{_HAN}]")
_HANGUL_LETTER = re.compile(rf"[{_HANGUL}]")
_SAME_WORD = re.compile(
    rf"[{_KATAKANA}]{{2}}|[{_HANGUL}]{{2}}|[{_MARKED}]{{2}}|[^\W_\u0e00-\uffff]{{2}}|\d\d"
)


def _runs_on(one: str, other: str) -> bool:
    """Whether two adjacent characters belong to one word: Katakana, Hangul, Latin letters or digits."""
    return _SAME_WORD.fullmatch(one + other) is not None


def _offers_choice(told: str, start: int, length: int) -> bool:
    return told[:start].rstrip().endswith(_EITHER) or told[start + length :].lstrip().startswith(_EITHER)
