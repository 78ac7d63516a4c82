"""How long an answer stays fresh, by its headers (RFC 9111)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from pipeline.records import Response

_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,10})\b", re.IGNORECASE)
_NOT_KEPT = re.compile(r"(?:^|[\s,])no-(?:cache|store)\b", re.IGNORECASE)


def fresh_for(response: Response) -> timedelta:
    """The time from now in which asking again makes no sense, zero when the headers do not say.

    Cache-Control's max-age counts less the age that a cache on the way tells; without it, Expires less Date.
    """
    control = response.header("cache-control") or ""
    if _NOT_KEPT.search(control):
        return timedelta()
    if found := _MAX_AGE.search(control):
        age = response.header("age") or ""
        passed = int(age) if age.isascii() and age.isdigit() and len(age) <= 10 else 0  # noqa: PLR2004 - as many digits as above
        return max(timedelta(seconds=int(found[1]) - passed), timedelta())
    expires = _moment(response.header("expires"))
    if expires is None:
        return timedelta()
    return max(expires - (_moment(response.header("date")) or response.observed_at), timedelta())


def _moment(value: str | None) -> datetime | None:
    """An HTTP date, aware; None when there is none or it is none, as in `Expires: 0`."""
    try:
        moment = parsedate_to_datetime(value or "")
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
