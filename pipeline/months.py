"""Names of months in the languages of the outlets that are watched, whole, inflected or cut short."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

# January to December. Several forms of one month are joined with "/"; Russian and Ukrainian dates stand in
# the genitive. The endings of kk and uz are cut off by `month_number`: the bare name is enough for them.
_ENGLISH = "january february march april may june july august september/sept october november december"
_RUSSIAN = (
    "январь/января/январе февраль/февраля/феврале март/марта/марте апрель/апреля/апреле май/мая/мае "
    "июнь/июня/июне июль/июля/июле август/августа/августе сентябрь/сентября/сентябре "
    "октябрь/октября/октябре ноябрь/ноября/ноябре декабрь/декабря/декабре"
)
_KAZAKH = "қаңтар ақпан наурыз сәуір мамыр маусым шілде тамыз қыркүйек қазан қараша желтоқсан"
_KAZAKH_IN_LATIN = "qantar aqpan nauryz sauir mamyr mausym shilde/silde tamyz qyrkuiek qazan qarasha/qarasa jeltoqsan"
_UKRAINIAN = (
    "січень/січня лютий/лютого березень/березня квітень/квітня травень/травня червень/червня "
    "липень/липня серпень/серпня вересень/вересня жовтень/жовтня листопад/листопада грудень/грудня"
)
_UZBEK = "yanvar fevral mart aprel may iyun iyul avgust sentabr/sentyabr oktabr/oktyabr noyabr dekabr"
_TURKISH = "ocak subat mart nisan mayis haziran temmuz agustos eylul ekim kasim aralik"
_GERMAN = "januar/janner februar/feber marz april mai juni juli august september oktober november dezember"
_FRENCH = "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre"
_SPANISH = "enero febrero marzo abril mayo junio julio agosto septiembre/setiembre octubre noviembre diciembre"
_PORTUGUESE = "janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro"
_LANGUAGES = (
    _ENGLISH,
    _RUSSIAN,
    _KAZAKH,
    _KAZAKH_IN_LATIN,
    _UKRAINIAN,
    _UZBEK,
    _TURKISH,
    _GERMAN,
    _FRENCH,
    _SPANISH,
    _PORTUGUESE,
)
_SHORTEST = 3
# "қыркүйекте", "желтоқсанындағы": what a case ending may add.
_LONGEST_ENDING = 6


def _fold(word: str) -> str:
    """The word without case and accents, so that März, marz, Şubat and şubat have one spelling."""
    plain = unicodedata.normalize("NFKD", word.casefold().replace("ı", "i"))
    return "".join(character for character in plain if not unicodedata.combining(character))


def _tables() -> tuple[dict[str, int], dict[str, int]]:
    """Whole names, and every beginning of three letters or more that means one month in all languages."""
    whole: dict[str, int] = {}
    meanings: dict[str, set[int]] = {}
    for language in _LANGUAGES:
        for number, forms in enumerate(language.split(), start=1):
            for form in map(_fold, forms.split("/")):
                whole[form] = number
                for length in range(_SHORTEST, len(form) + 1):
                    meanings.setdefault(form[:length], set()).add(number)
    return whole, {word: numbers.pop() for word, numbers in meanings.items() if len(numbers) == 1} | whole


_WHOLE, _ANY = _tables()


@lru_cache(maxsize=1024)
def month_number(word: str) -> int:
    """The month, 1 to 12, that a word names; raise ValueError when it names none or could be two."""
    folded = _fold(word)
    if number := _ANY.get(folded):
        return number
    for cut in range(1, _LONGEST_ENDING + 1):
        if number := _WHOLE.get(folded[:-cut]):
            return number
    raise ValueError(f"{word!r} is no month")
