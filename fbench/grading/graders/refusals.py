"""Phrases with which models refuse or apologise in other languages; they are normalised when loaded."""

from __future__ import annotations

import re
from functools import lru_cache

from fbench.grading.graders.normalise import normalise

__all__ = ["APOLOGY", "REFUSING_ELSEWHERE", "may_refuse_elsewhere"]

_SPACED = r"""
(?:weiß|wüsste|wusste) ich (?:\w+ ){0,3}nicht|ich (?:weiß|wüsste|wusste) (?:\w+ ){0,3}nicht
(?:kann|konnte|könnte) (?:ich |man )?(?:\w+ ){0,5}nicht (?:beantworten|sagen|finden|bestätigen|angeben|feststellen|bestimmen|beurteilen|nennen|helfen)
(?:nicht|leider nicht) (?:genau )?(?:sagen|beantworten)|kann (?:ich )?(?:\w+ ){0,3}nicht beantwort\w+
(?:habe|haben|liegen|gibt es|gibt) (?:\w+ ){0,4}keine (?:\w+ )?(?:information|informationen|angaben|daten|ahnung|kenntnis|kenntnisse|antwort|belege|idee)
keine ahnung|keine angaben? (?:möglich|verfügbar)|keine antwort (?:möglich|bekannt)|bin (?:mir )?(?:\w+ ){0,2}(?:nicht (?:ganz )?|un)sicher
(?:ist|sind) (?:\w+ ){0,3}(?:nicht|un)\s?bekannt|mir (?:\w+ ){0,2}nicht bekannt|überfragt|entzieht sich meiner kenntnis
je (?:ne )?(?:le |l'|la )?(?:sais|connais|peux|trouve|dispose|possède|suis|me souviens) (?:\w+ )?pas|je n'en sais rien|je l'ignore|j'ignore
je n'(?:ai|en ai) (?:\w+ )?(?:pas|aucune)|je ne (?:peux|puis|suis|dispose|connais|trouve|possède|saurais) |aucune idée
(?:pas|aucune|manque) d'?\s?(?:'|e )?informations?|impossible de (?:répondre|déterminer|savoir)|(?:est|reste) inconnue?
no (?:lo |la |le )sé\b|no sé(?=\s*$|[.,!]| (?:la|el|nada|quien|cuando|donde|que|cual|cuanto|como|si)\b)|no (?:tengo|dispongo|cuento con|poseo|encuentro|encontré|conozco|recuerdo) |no puedo (?:\w+ ){0,2}(?:responder|contestar|determinar|confirmar|encontrar|decir|proporcionar|saber|ayudar|verificar)\w*
lo desconozco|desconozco|no estoy segur[oa]|no se sabe|no hay (?:suficiente )?(?:información|datos)|(?:es|son) desconocid[oa]s?|ni idea
non (?:lo |la |ne )?so\b|non (?:ne )?ho (?:\w+ )?(?:idea|informazioni|dati|accesso|conoscenza)|non (?:posso|riesco|conosco|dispongo|ricordo|trovo) |non sono (?:\w+ )?(?:sicur\w+|certo|certa|in grado|a conoscenza)|non si sa|nessuna idea|è sconosciut[oa]
não (?:o |a )?sei\b|não (?:tenho|posso|consigo|conheço|encontrei|disponho|lembro) |não (?:há|existem?) (?:\w+ )?informaç\w+|não estou cert[oa]|não (?:tenho|faço) (?:a menor )?ideia|desconheço|não se sabe|é desconhecid[oa]
(?:weet|wist) ik (?:\w+ ){0,3}niet|ik (?:weet|wist) (?:\w+ ){0,3}niet|ik kan (?:\w+ ){0,5}niet (?:\w+ )?(?:beantwoorden|vinden|zeggen|bevestigen|geven|bepalen)|geen idee|ik heb (?:\w+ ){0,2}geen (?:\w+ )?(?:idee|informatie|antwoord|gegevens|toegang|kennis)|ik ben (?:\w+ ){0,2}niet zeker|is (?:\w+ )?(?:onbekend|niet bekend)
nie wiem|nie mam (?:pojęcia|informacji|danych|wiedzy|pewności)|nie (?:mogę|potrafię|jestem|znam|pamiętam) |nie wiadomo|brak (?:danych|informacji)|jest nieznan\w+
nevím|nemám (?:informace|tušení|údaje)|nemohu |neznám|neviem
(?:vet|vette) (?:jag |inte )(?:\w+ )?(?:inte|det)|jag vet (?:\w+ ){0,2}inte|jag (?:kan|har|är|känner) (?:\w+ ){0,2}(?:inte|ingen)|ingen aning|är okänt|jag är osäker
(?:det )?(?:ved|vet) jeg (?:\w+ ){0,2}ikke|jeg (?:ved|vet|kan|har|kender|kjenner|er) (?:\w+ ){0,2}(?:ikke|ingen)|ingen (?:anelse|idé|idé om|formening)|vet ikke|ved ikke
en tiedä|en osaa|en ole varma|minulla ei ole|ei ole tiedossa
nem tudom|nincs (?:információm|adatom|tudomásom)|nem vagyok biztos
nu (?:știu|ştiu|pot|am |cunosc|sunt sigur)|habar n'?am
не (?:знаю|могу|располагаю|имею|уверен\w*|помню|наш[её]л|нашла|известно|владею)|понятия не имею|нет (?:\w+ )?(?:данных|информации|сведений|ответа)|затрудняюсь|неизвестн\w+|мне неизвестно
не відомо|не маю|немає (?:даних|інформації)|не можу
bilmiyorum|bilgim yok|fikrim yok|emin değilim|bilgi (?:yok|bulamadım|bulunmamaktadır|bulunmuyor)|bilgiye sahip değilim|yanıt veremiyorum|cevap veremiyorum|cevaplayamıyorum|bilinmiyor|hatırlamıyorum
tidak (?:tahu|yakin|diketahui|dapat menjawab|bisa menjawab|memiliki|punya|ada informasi|mengetahui)|kurang tahu|entah
không (?:biết|rõ|chắc|có thông tin|thể trả lời|tìm thấy)|chưa (?:biết|rõ)
δεν (?:γνωρίζω|ξέρω|είμαι σίγουρ\w+|έχω|μπορώ|διαθέτω|θυμάμαι)|άγνωστο
לא יודע|לא ידוע|אין לי (?:מידע|מושג)|איני יודע|לא בטוח
لا (?:أعرف|أعلم|أدري|أملك|يمكنني|أستطيع|تتوفر|توجد معلومات)|ليس لدي|لست (?:متأكد|على علم)|غير معروف|ليست لدي|لا علم لي
نمی\s?دانم|نمیدانم|اطلاعی ندارم|مطمئن نیستم|نمی\s?توانم|معلوم نیست|نہیں معلوم|نہیں جانتا
نہیں پتہ|معلوم نہیں
sijui|hindi ko alam|ez nizanim
"""
_UNSPACED = """
不知道|不清楚|不确定|不確定|不太清楚|不了解|不瞭解|无法(?:回答|确定|提供|确认|得知|查到|找到|判断|核实|给出)|無法(?:回答|確定|提供|確認|得知|查到|判斷)
没有(?:相关|足够|找到|任何|具体|这方面)*的?(?:信息|资料|数据|答案)|沒有(?:相關|足夠|找到|任何)*的?(?:資訊|資料|數據|答案)|答不上来|难以确定|尚不清楚|不得而知|不记得
分かりません|わかりません|分からない|わからない|判りません|分かりかねます|わかりかねます|知りません|知らない|存じません|存じ上げません
情報(?:が|は)(?:ありません|ない|見つかりません|不足)|データが(?:ありません|ない)|(?:その|この)?(?:情報|知識)(?:は|を)(?:持っ|もっ|有し)て(?:い|お)?(?:り)?(?:ません|ない)|(?:お答え|回答)(?:でき|する(?:こと)?(?:が|は)?でき)(?:ません|ない)|答えられません|確認できません|把握していません|不明です|覚えていません
모르겠|모릅니다|몰라요|모르겠어요|몰라|알 수 없|알수 없|알 수가 없|알지 못|정보가 (?:없|부족)|정보를 (?:찾을 수 없|가지고 있지)|확신할 수 없|확실하지 않|답변(?:을 |할 |드릴 )+수 없|대답할 수 없|기억나지 않
ไม่ทราบ|ไม่รู้|ไม่มีข้อมูล|ไม่แน่ใจ|ไม่สามารถ(?:ตอบ|ระบุ|ให้ข้อมูล)|จำไม่ได้
नहीं पता|पता नहीं|नहीं मालूम|मालूम नहीं|नहीं जानता|नहीं जानती|जानकारी नहीं|कोई जानकारी|निश्चित नहीं|জানি না|জানা নেই|தெரியாது|తెలియదు|माहित नाही|મને ખબર નથી|ਨਹੀਂ ਪਤਾ
"""
_APOLOGIES = (
    "(?:es )?tut mir (?:sehr )?leid|entschuldigung|entschuldige|entschuldigen sie|verzeihung|leider|bedaure|ich bedauere|"
    "(?:je suis )?(?:vraiment )?désolée?|pardon|je regrette|malheureusement|excusez-moi|navrée?|lo siento(?: mucho)?|"
    "perdón|disculpa|disculpe|lamentablemente|desafortunadamente|mi dispiace|mi scuso|scusa|scusi|purtroppo|"
    "desculpe|desculpa|sinto muito|lamento|infelizmente|het spijt me|spijt me|helaas|excuses|przepraszam|"
    "przykro mi|niestety|bohužel|omlouvám se|je mi líto|tyvärr|beklagar|jag beklagar|förlåt|desværre|dessverre|"
    "beklager|undskyld|valitettavasti|pahoittelen|anteeksi|sajnos|sajnálom|elnézést|îmi pare rău|din păcate|"
    "извините|простите|к сожалению|увы|прошу прощения|на жаль|вибачте|перепрошую|üzgünüm|maalesef|özür dilerim|"
    "ne yazık ki|maaf|mohon maaf|xin lỗi|rất tiếc|λυπάμαι|συγγνώμη|δυστυχώς|מצטער|מצטערת|סליחה|לצערי|آسف|أنا آسف|"
    "عذرا|للأسف|أعتذر|متاسفم|متأسفم|ببخشید|متاسفانه|معذرت|非常抱歉|很抱歉|抱歉|对不起|對不起|不好意思|很遗憾|很遺憾|遗憾的是|"
    "申し訳ありません(?:が)?|申し訳ございません(?:が)?|申し訳ない(?:です)?(?:が)?|すみません(?:が)?|すいません|ごめんなさい|残念ながら|"
    "恐れ入りますが|죄송합니다(?:만)?|죄송하지만|미안합니다|미안해요|안타깝게도|유감스럽게도|ขออภัย|ขอโทษ|เสียใจ|माफ़ कीजिए|माफ कीजिए|"
    "माफ़ करें|माफ करें|क्षमा करें|मुझे खेद है|खेद है|দুঃখিত|மன்னிக்கவும்|क्षमा कीजिए"
)


def _lines(text: str) -> list[str]:
    return [line for line in text.strip().splitlines() if line]


_SPACED_PATTERN = "|".join(_lines(_SPACED))
_UNSPACED_PATTERN = "|".join(_lines(_UNSPACED))
REFUSING_ELSEWHERE = re.compile(
    normalise(rf"(?<!\w)(?:{_SPACED_PATTERN})").replace(r"(?<!\w)(?: ", r"(?<!\w)(?:")
    + "|"
    + normalise(_UNSPACED_PATTERN)
)
"""Matches a refusing sentence in a normalised text."""
APOLOGY = re.compile(
    rf"\W{{0,9}}(?:{normalise(_APOLOGIES)})(?![^\W\d_])[^\w]{{0,9}}|\W{{0,9}}(?:抱歉|对不起|對不起)"
)
"""An apology at the start of a normalised sentence: it is a refusal if nothing follows it."""
_SIGN_WORDS = normalise(
    "ich nicht kein keine keiner pas не değil değildir bekannt unbekannt überfragt entzieht je j'ignore aucune désolé désolée impossible inconnu inconnue "
    "no desconozco desconocido desconocida siento ni non nessuna mi não desconheço desconhecido lamento desculpe "
    "desculpa sinto ik niet geen onbekend helaas spijt nie brak niestety przepraszam przykro nevím nemám nemohu "
    "neznám neviem bohužel omlouvám jag inte ingen tyvärr beklagar jeg ikke beklager undskyld desværre dessverre "
    "en ei minulla valitettavasti pahoittelen nem nincs sajnos sajnálom nu habar îmi bilmiyorum yok değilim "
    "bilgi bilinmiyor bilgiye veremiyorum cevaplayamıyorum hatırlamıyorum üzgünüm maalesef özür tidak kurang "
    "entah maaf không chưa xin rất sijui hindi ez leid leider entschuldigung purtroppo infelizmente malheureusement "
    "lamentablemente bedaure pardon perdón disculpa disculpe scusa scusi"
).split()
_SIGN_FORMS = frozenset(word + mark for word in _SIGN_WORDS for mark in ("", *".,!?;:"))


@lru_cache(maxsize=4096)
def may_refuse_elsewhere(told: str) -> bool:
    """Whether a normalised text may refuse or deny in another language: a quick test before a search."""
    if " the " in told and "khong" not in told:
        return False
    return not told.isascii() or not _SIGN_FORMS.isdisjoint(told.split())
