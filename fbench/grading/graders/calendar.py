"""The normalised names of the months in other languages; names spelled as in English are left out."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from fbench.grading.graders.normalise import normalise

__all__ = ["MONTHS_ELSEWHERE"]

_NAMES = """
januar jänner janvier enero gennaio janeiro januari stycznia styczeń ocak января январь січня ledna
ianuarie ιανουαρίου tammikuuta január يناير जनवरी |
februar février febrero febbraio fevereiro februari lutego luty şubat февраля февраль лютого února
februarie φεβρουαρίου helmikuuta február فبراير फरवरी |
märz mars marzo março maart marca marzec mart марта март березня března martie μαρτίου maaliskuuta
március مارس मार्च |
avril abril aprile kwietnia kwiecień nisan апреля апрель квітня dubna aprilie απριλίου huhtikuuta
április أبريل अप्रैल |
mai mayo maggio maio mei maj maja mayıs мая май травня května μαΐου toukokuuta május مايو मई |
juni juin junio giugno junho czerwca czerwiec haziran июня июнь червня června iunie ιουνίου kesäkuuta
június يونيو जून |
juli juillet julio luglio julho lipca lipiec temmuz июля июль липня července iulie ιουλίου heinäkuuta
július يوليو जुलाई |
août agosto augustus augusti sierpnia sierpień ağustos августа август серпня srpna αυγούστου elokuuta
augusztus أغسطس अगस्त |
septembre septiembre setiembre settembre setembro września wrzesień eylül сентября сентябрь вересня září
septembrie σεπτεμβρίου syyskuuta szeptember سبتمبر सितंबर |
oktober octobre octubre ottobre outubro października październik ekim октября октябрь жовтня října
octombrie οκτωβρίου lokakuuta október أكتوبر अक्टूबर |
novembre noviembre novembro listopada listopad kasım ноября ноябрь листопада noiembrie νοεμβρίου
marraskuuta نوفمبر नवंबर |
dezember décembre diciembre dicembre dezembro grudnia grudzień aralık декабря декабрь грудня prosince
decembrie δεκεμβρίου joulukuuta ديسمبر दिसंबर
"""
MONTHS_ELSEWHERE: Mapping[str, int] = MappingProxyType(
    {
        normalise(name): number
        for number, names in enumerate(_NAMES.split("|"), start=1)
        for name in names.split()
    }
)
"""The number of each month, from 1, by its names in other languages."""
