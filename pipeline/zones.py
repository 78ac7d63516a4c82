"""The zone that a printed time states, as an offset from UTC."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

# A sign close to its digits, after the time (or after the gap that `pipeline.dates` leaves in its place).
_NUMERIC = re.compile(r"(?:\b(?:UTC|GMT))?\s?(?<![\d-])([+-])(\d{1,2}):?(\d{2})?(?!\d)Z?(?:\b|$)", re.IGNORECASE)
_NAME = re.compile(r"[^\W\d_]{1,5}(?![^\W_])")

# Names with one meaning and an offset that never moved: RFC 822 (section 5.1), then the tz database's.
_BY_HOURS = {
    0: ("Z", "UT", "UTC", "GMT", "WET"),
    -4: ("EDT",),
    -5: ("EST", "CDT"),
    -6: ("CST", "MDT"),
    -7: ("MST", "PDT"),
    -8: ("PST",),
    1: ("CET", "MET", "WEST"),
    2: ("CEST", "MEST", "EET", "SAST"),
    3: ("EEST", "EAT"),
    4: ("MSD", "МСД"),
    5: ("PKT",),
    6: ("YEKST",),
    7: ("ALMST", "OMSST", "NOVST", "WIB"),
    8: ("HKT", "SGT"),
    9: ("JST", "KST"),
    10: ("AEST",),
    11: ("AEDT",),
}
_FIXED = {name: timedelta(hours=hours) for hours, names in _BY_HOURS.items() for name in names}
# Names whose offset moved with the years: Moscow was +04 from 2011 to 2014, Almaty +06 until March 2024.
_BY_PLACE = {
    "MSK": "Europe/Moscow",
    "МСК": "Europe/Moscow",
    "SAMT": "Europe/Samara",
    "YEKT": "Asia/Yekaterinburg",
    "OMST": "Asia/Omsk",
    "NOVT": "Asia/Novosibirsk",
    "KRAT": "Asia/Krasnoyarsk",
    "IRKT": "Asia/Irkutsk",
    "YAKT": "Asia/Yakutsk",
    "VLAT": "Asia/Vladivostok",
    "ALMT": "Asia/Almaty",
    "AQTT": "Asia/Aqtau",
    "ORAT": "Asia/Oral",
    "QYZT": "Asia/Qyzylorda",
    "KGT": "Asia/Bishkek",
    "UZT": "Asia/Tashkent",
    "TJT": "Asia/Dushanbe",
    "TMT": "Asia/Ashgabat",
    "AZT": "Asia/Baku",
    "TRT": "Europe/Istanbul",
}
_WEST, _EAST = timedelta(hours=-12), timedelta(hours=14)


def read_offset(text: str, local: datetime, outlet: ZoneInfo) -> tuple[timedelta | None, str]:
    """Read the zone out of what is left of a printed date.

    Args:
        text: the words around day and time, which are taken out already.
        local: the wall-clock time that was printed, naive; MSK meant other offsets in other years.
        outlet: the outlet's zone. A name that its clocks use at that time has the outlet's meaning, so that
            IST and CST are not guessed.

    Returns:
        The stated offset, None when there is none or nobody can tell; and the text without a numeric zone.
    """
    if found := _NUMERIC.search(text):
        size = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
        offset = size if found[1] == "+" else -size
        rest = text[: found.start()] + text[found.end() :]
        return (offset if _WEST <= offset <= _EAST else None), rest
    own = local.replace(tzinfo=outlet)
    own_name = own.tzname()
    for name in map(str.upper, _NAME.findall(text)):
        if name == own_name:
            return own.utcoffset(), text
        if name in _FIXED:
            return _FIXED[name], text
        if name in _BY_PLACE:
            return local.replace(tzinfo=ZoneInfo(_BY_PLACE[name])).utcoffset(), text
    return None, text
