"""Grade answers to yes/no questions."""

from __future__ import annotations

import re
from functools import lru_cache

from fbench.grading.graders.model import Grade, Verdict
from fbench.grading.graders.normalise import normalise, unwrap

__all__ = ["polarity", "yes_no"]

_POLAR = re.compile(
    r"\b(yes|no)\b(?<!\bwith no)(?<!\bin no)(?<!\bby no)(?<!\bhas no)(?<!\bhave no)(?<!\bthere is no)"
    r"(?<!\bthere are no)"
    r"(?! (?:longer|doubt|one|more|less|matter|problem|such|other|need|reason|question|information|evidence)"
    r"\b)"
)
"""Yes and no as answers, not as part of a phrase: `no doubt`, `with no exceptions`."""
_DENIED = re.compile(r"\b(?:not|never|neither|rather than|instead of)(?: \w+){0,2}? ['\"*]*(?:yes|no)\b")
_CLAUSE = re.compile(r"[.,;:!?\n]|\s-\s|$")
_YES_WORDS = """
true|correct|right|yeah|yep|yup|aye|affirmative|absolutely|definitely|certainly|of course|sure|surely|
indeed|exactly|you bet|that's right|that is right|that's correct|that is correct|that's true|
that is true|without a doubt|no doubt|undoubtedly|by all means|for sure|very much so|i think so|ja|
jawohl|jo|doch|natürlich|selbstverständlich|sicher|richtig|stimmt|genau|auf jeden fall|oui|si|bien sûr|
certainement|absolument|tout à fait|exactement|effectivement|sí|claro|claro que sí|por supuesto|
efectivamente|correcto|cierto|desde luego|sì|certo|certamente|esatto|ovviamente|assolutamente sì|sim|
com certeza|claro que sim|exatamente|jazeker|zeker|inderdaad|natuurlijk|klopt|tak|oczywiście|zgadza się|
да|конечно|верно|безусловно|так|evet|elbette|tabii ki|kesinlikle|doğru|ano|jistě|javisst|självklart|
selvfølgelig|kyllä|joo|igen|da|ναι|βέβαια|כן|נכון|نعم|أجل|بالتأكيد|بلى|بله|آری|ہاں|جی ہاں|हाँ|हां|
जी हाँ|जी हां|जी|हाँ जी|बिल्कुल|ใช่|ใช่ครับ|ใช่ค่ะ|có|đúng|vâng|đúng vậy|ya|benar|betul|是|是的|对|對|对的|對的|
没错|沒錯|正确|正確|当然|當然|可以|可以的|能|会|會|有|有的|嗯|はい|ええ|うん|そうです|その通りです|もちろん|はいそうです|네|예|네 맞습니다|맞습니다|그렇습니다|맞아요|그래요|응
"""
_NO_WORDS = """
false|incorrect|wrong|nope|nah|nay|negative|not|never|not at all|no way|by no means|not really|
in no way|under no circumstances|on the contrary|far from it|hardly|i don't think so|i do not think so|
that's wrong|that is wrong|that's false|that's incorrect|that is incorrect|that is false|
that's not true|that is not true|not true|not correct|nein|nö|nicht|keineswegs|keinesfalls|
auf keinen fall|auf gar keinen fall|ganz und gar nicht|falsch|überhaupt nicht|mitnichten|non|
pas du tout|absolument pas|certainement pas|bien sûr que non|jamais|faux|pas vraiment|en aucun cas|
aucunement|claro que no|de ninguna manera|de ningún modo|en absoluto|nunca|para nada|
por supuesto que no|desde luego que no|falso|incorrecto|assolutamente no|per niente|affatto|
certo che no|no di certo|mai|não|de jeito nenhum|de forma alguma|claro que não|com certeza não|nee|neen|
zeker niet|absoluut niet|helemaal niet|geenszins|nie|absolutnie nie|zdecydowanie nie|wcale nie|нет|
конечно нет|ни в коем случае|отнюдь|никак нет|неверно|нельзя|ні|hayır|kesinlikle hayır|asla|değil|ne|
nikoli|nej|absolut inte|nei|slett ikke|ei|nem|nu|όχι|לא|ממש לא|لا|كلا|بالطبع لا|خیر|نه|نہیں|جی نہیں|
नहीं|जी नहीं|नही|बिल्कुल नहीं|ไม่|ไม่ใช่|ไม่ครับ|ไม่ค่ะ|ไม่ใช่ครับ|ไม่ใช่ค่ะ|không|không phải|tidak|
bukan|tidak bisa|不|不是|不是的|不对|不對|没有|沒有|否|不可以|不能|不行|不会|不會|并非|並非|错|错误|當然不|当然不|当然不是|绝对不|绝对不是|不正确|いいえ|いや|いえ|
違います|ちがいます|違う|そうではありません|そうじゃない|いいえ違います|아니요|아니오|아뇨|아닙니다|아니에요|아니|그렇지 않습니다|틀렸습니다
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(normalise(word) for word in text.replace("\n", "").split("|"))


_YES, _NO = _words(_YES_WORDS), _words(_NO_WORDS)
_NO_ENDINGS = tuple(
    f" {normalise(word)}"
    for word in ("not", "nicht", "non", "niet", "nie", "não", "ikke", "inte", "hayır", "нет")
)
_YES_ENDINGS = tuple(f" {normalise(word)}" for word in ("ja", "oui", "si", "sim", "tak", "evet", "да"))
_LONGEST_CLAUSE = 5
"""Maximum number of words in a clause that only means yes or no: `absolutely not`, `bien sur que oui`."""
_ELLIPTIC = re.compile(
    r"(?:no |well )?(?:it|that|this|they|he|she|there|we|you|one)(?:"
    r" (?:is|are|was|were|does|do|did|can|could|will|would|has|have|had|should|may|must)(?: not|n't)"
    r"|(?:'s|'re) not| cannot| can't| won't)"
)
"""`It is not`, which leaves out the rest of the question."""


@lru_cache(maxsize=1024)
def polarity(text: str) -> str:
    """`yes`, `no`, or "" if the text says neither or both.

    Either by these words, or, in its first clause, by stronger words or another language.
    """
    told = normalise(unwrap(text))
    said = set(_POLAR.findall(_DENIED.sub(" ", told)))
    if len(said) == 1 and (told.isascii() or told.startswith(("yes", "no"))):
        return said.pop()
    if len(said) > 1:
        return ""
    end = _CLAUSE.search(told)
    clause = told[: end.start()].strip("\"'* ") if end else told
    return _of_clause(clause) or (said.pop() if said else "")


def _of_clause(clause: str) -> str:
    brief = len(clause.split()) <= _LONGEST_CLAUSE
    if clause in _NO or (brief and (_ELLIPTIC.fullmatch(clause) or clause.endswith(_NO_ENDINGS))):
        return "no"
    return "yes" if clause in _YES or (brief and clause.endswith(_YES_ENDINGS)) else ""


def yes_no(gold: str, answer: str, question: str) -> Grade:  # noqa: ARG001 - a rule is given the question
    """Correct if the answer says exactly one of yes and no, and it is the gold's."""
    told = polarity(answer)
    if not told:
        return Grade(Verdict.INCORRECT, "yes_no", "the answer does not say exactly one of yes and no")
    if told == polarity(gold):
        return Grade(Verdict.CORRECT, "yes_no", f"both say {told}")
    return Grade(Verdict.INCORRECT, "yes_no", f"the answer says {told}")
