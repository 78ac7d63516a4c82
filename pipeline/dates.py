"""A printed date, read as exactly as it was stated and no further.

One function for every place a date is printed in: feeds, JSON-LD, meta tags, `<time>`, visible text. It reads
ISO 8601 and its many loose cousins, RFC 822 with two-digit years and wrong weekdays, C's and JavaScript's own
formats, Unix seconds, and day, month and year in words (`pipeline.months`). What stays open stays open: a
date without a year, `03/04/2022` (March or April?) and "two hours ago" are None.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from pipeline.months import month_number
from pipeline.records import DateClaim, Origin, Precision, check_aware
from pipeline.zones import read_offset

# Nothing on the web was published before the web: an older date is a default (1970) or a typing error.
_FIRST_YEAR = 1990
# Clocks of servers run ahead by minutes; what is later than that is a plan or a mistake.
_AHEAD = timedelta(minutes=10)
# The first places on Earth are so far ahead of UTC: a day has begun there that others call tomorrow.
_EARLIEST_ZONE = timedelta(hours=14)
# The longest honest date seen, JavaScript's `Date.toString`, has 60 to 80 characters; a sentence is no date.
_LONGEST = 120
# Stands where something was taken out, so that its neighbours do not grow together into one number.
_GAP = " \0"

_TIME = re.compile(
    r"(?<!\0-)(?<![\d:+])(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?![\d:])"
    r"\s*([ap])?(?(5)\.?m\b\.?)",
    re.IGNORECASE,
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:[T ]?(\d{2}):?(\d{2})(?::?(\d{2}))?)?(?=$|[\sZ+-])", re.IGNORECASE)
_EPOCH = re.compile(r"(\d{10})(?:\.\d+|\d{3})?")
# C's `ctime` puts the year behind the time, perhaps with a zone between; "17 10:00 -0800" has no year there.
_YEAR_LAST = re.compile(
    r"([^\W\d]{3,}\.?\s+\d{1,2}),?\s+(\d{1,2}:\d{2}(?::\d{2})?)\s+(.*?)(?<![+-])\b((?:19|20)\d{2})$"
)

_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?=$|[^\d:])")
_NUMERIC = re.compile(r"(?<!\d)(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?![\d:])")
_DAY_MONTH = re.compile(
    r"(?<![\d:])(\d{1,2})(?:st|nd|rd|th|º|\.)?[\s-]*(?:de\s+|of\s+)?([^\W\d]{3,})\.?,?[\s-]*(?:de\s+|del\s+)?"
    r"(\d{4}|\d{2})(?![\d:])",
    re.IGNORECASE,
)
_MONTH_DAY = re.compile(
    r"([^\W\d]{3,})\.?[\s-]+(\d{1,2})(?:st|nd|rd|th)?(?:,\s*|[\s-]+)(\d{4})(?![\d:])", re.IGNORECASE
)
_DAYS_AGO = {"today": 0, "сегодня": 0, "бүгін": 0, "bugin": 0, "yesterday": 1, "вчера": 1, "кеше": 1}
_RELATIVE = re.compile(rf"\b({'|'.join(_DAYS_AGO)})\b", re.IGNORECASE)
_KAZAKH = re.compile(r"(?<!\d)(\d{4})\s*ж[^\W\d]*\.?,?\s*(\d{1,2})[\s-]+([^\W\d]{3,})", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Printed:
    """What was read off the text: a day, a wall-clock time (None: a bare day), and the rest of the text."""

    day: date
    time: timedelta | None
    rest: str


def parse_moment(raw: str, *, timezone: str, origin: Origin, observed_at: datetime) -> DateClaim | None:
    """Read one printed date.

    Args:
        raw: the text as it was printed, markup and entities already gone.
        timezone: the outlet's IANA zone; it dates a bare day and a time that names no zone of its own. In an
            hour that a change of clocks repeats, the first one is meant.
        origin: where the text was found; copied to the claim.
        observed_at: when the text was seen, aware.

    Returns:
        The claim, its offset None where the text has no zone or one that nobody can tell (`IST` has three
        meanings; the outlet's own is taken when its clocks use that name). A time that lies in the future by the
        zone that it states, and not by the outlet's clock, is read by that: local time labelled as UTC is common.
        "Today" and "yesterday" (en, ru, kk) are days before `observed_at`. None when the text is no
        complete date, leaves digits unexplained, names a day before 1990, or the future.

    Raises:
        ValueError: `observed_at` has no time zone.
        ZoneInfoNotFoundError: `timezone` is not an IANA name.
    """
    seen = check_aware(observed_at)
    text = " ".join(raw.replace("\u2212", "-").split())
    if not text or len(text) > _LONGEST:
        return None
    zone = ZoneInfo(timezone)
    try:
        claim = _from_epoch(text, origin) or _from_print(_resolved(text, seen.astimezone(zone)), zone, origin)
    except (ValueError, OverflowError):  # the 31st of February, 25 o'clock
        return None
    if claim is None or claim.day.year < _FIRST_YEAR:
        return None
    if claim.precision is Precision.DAY:
        return claim if claim.day <= (seen + _EARLIEST_ZONE).date() else None
    if claim.at > seen + _AHEAD and claim.offset is not None:
        claim = _by_outlets_clock(claim, zone)
    return claim if claim.at <= seen + _AHEAD else None


def _by_outlets_clock(claim: DateClaim, zone: ZoneInfo) -> DateClaim:
    """The same clock time without the zone that was stated."""
    local = (claim.at + (claim.offset or timedelta())).replace(tzinfo=zone)
    return replace(claim, at=local.astimezone(UTC), offset=None)


def _resolved(text: str, here: datetime) -> str:
    """The text with "today" and "yesterday" as the days that they were where it was read."""
    found = _RELATIVE.search(text)
    if found is None:
        return text
    day = here.date() - timedelta(days=_DAYS_AGO[found[0].casefold()])
    return f"{text[: found.start()]} {day.isoformat()} {text[found.end() :]}"


def _from_epoch(text: str, origin: Origin) -> DateClaim | None:
    """Unix seconds or milliseconds: an instant, stated in UTC."""
    found = _EPOCH.fullmatch(text)
    if found is None:
        return None
    at = datetime.fromtimestamp(int(found[1]), UTC)
    return DateClaim(at=at, offset=timedelta(0), day=at.date(), origin=origin, precision=Precision.INSTANT)


def _from_print(text: str, zone: ZoneInfo, origin: Origin) -> DateClaim | None:
    printed = _compact(text) or _spelled(_YEAR_LAST.sub(r"\1 \4 \2 \3", text))
    if printed is None:
        return None
    midnight = datetime(printed.day.year, printed.day.month, printed.day.day)  # noqa: DTZ001  a wall clock; its zone comes next
    local = midnight + (printed.time or timedelta(0))
    offset, rest = read_offset(printed.rest, local, zone)
    if any(character.isdigit() for character in rest):
        return None
    if printed.time is None:
        at = midnight.replace(tzinfo=zone).astimezone(UTC)
        return DateClaim(at=at, offset=None, day=printed.day, origin=origin, precision=Precision.DAY)
    at = local.replace(tzinfo=zone).astimezone(UTC) if offset is None else (local - offset).replace(tzinfo=UTC)
    return DateClaim(at=at, offset=offset, day=local.date(), origin=origin, precision=Precision.INSTANT)


def _compact(text: str) -> _Printed | None:
    """`20220105`, `20220105T1030+0600`: digits without separators."""
    found = _COMPACT.match(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = found.groups()
    return _Printed(
        day=date(int(year), int(month), int(day)),
        time=_clock(hour, minute, second) if hour else None,
        rest=text[found.end() :],
    )


def _spelled(text: str) -> _Printed | None:
    """A date with separators or words, and a time on either side of it."""
    found = _find_day(text)
    if found is None:
        return None
    day, start, end = found
    rest = f"{text[:start]}{_GAP}{text[end:]}"
    time = _TIME.search(rest)
    if time is None:
        return _Printed(day=day, time=None, rest=rest)
    rest = f"{rest[: time.start()]}{_GAP}{rest[time.end() :]}"
    return _Printed(day=day, time=_clock(*time.groups()), rest=rest)


def _find_day(text: str) -> tuple[date, int, int] | None:
    """The calendar day in the text, with its place there; raise ValueError when there is no such day."""
    if found := _YEAR_FIRST.search(text):
        return date(int(found[1]), int(found[3]), int(found[4])), *found.span()
    if found := _NUMERIC.search(text):
        day, month = _day_and_month(int(found[1]), int(found[3]), found[2])
        return date(_full_year(found[4]), month, day), *found.span()
    if found := _KAZAKH.search(text):
        return date(int(found[1]), month_number(found[3]), int(found[2])), *found.span()
    if found := _DAY_MONTH.search(text):
        return date(_full_year(found[3]), month_number(found[2]), int(found[1])), *found.span()
    if found := _MONTH_DAY.search(text):
        return date(int(found[3]), month_number(found[1]), int(found[2])), *found.span()
    return None


def _day_and_month(first: int, second: int, separator: str) -> tuple[int, int]:
    """Which is which: dots are day first everywhere, slashes and hyphens where nothing else is possible."""
    months = 12
    if separator == "." or first > months or first == second:
        return first, second
    if second > months:
        return second, first
    raise ValueError("day and month cannot be told apart")


def _full_year(digits: str) -> int:
    """A two-digit year as RFC 2822 (4.3) reads it: up to 49 is this century."""
    year = int(digits)
    if len(digits) == 4:  # noqa: PLR2004  a full year
        return year
    return year + (2000 if year <= 49 else 1900)  # noqa: PLR2004  the RFC's own number


def _clock(
    hour: str, minute: str, second: str | None, fraction: str | None = None, half: str | None = None
) -> timedelta:
    """Time since midnight; 24:00 and a leap second run on into what follows. ValueError when out of range."""
    hours, minutes, seconds = int(hour), int(minute), int(second or 0)
    if half is not None:
        if not 1 <= hours <= 12:  # noqa: PLR2004  a clock face
            raise ValueError("no such hour on a clock face")
        hours = hours % 12 + (12 if half in "pP" else 0)
    if hours > 24 or minutes > 59 or seconds > 60 or (hours == 24 and minutes + seconds):  # noqa: PLR2004  a day
        raise ValueError("no such time of day")
    micros = int((fraction or "").ljust(6, "0")[:6])
    return timedelta(hours=hours, minutes=minutes, seconds=seconds, microseconds=micros)
