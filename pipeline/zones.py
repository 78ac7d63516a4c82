"""The zone that a printed time states, as an offset from UTC."""

from __future__ import annotations

import re
import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

# A sign close to its digits, after the time (or after the gap that `pipeline.dates` leaves in its place).
_NUMERIC = re.compile(r"(?:\b(?:UTC|GMT))?\s?(?<![\d-])([+-])(\d{1,2}):?(\d{2})?(?!\d)Z?(?:\b|$)", re.IGNORECASE)
_NAME = re.compile(r"[^\W\d_]{1,5}(?![^\W_])")

_NAMES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
_FIXED = {name: timedelta(hours=int(hours)) for hours, names in _NAMES["hours"].items() for name in names}
_BY_PLACE: dict[str, str] = _NAMES["zones"]
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


def printed_name(zone: str) -> str | None:
    """What printed dates call a zone of the tz database, such as `MSK`; None where we know no name."""
    return next((name for name, place in _BY_PLACE.items() if place == zone), None)
