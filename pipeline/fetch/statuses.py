"""What the status of an answer means, and how long it asks us to stay away."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from pipeline.errors import Failure, Reason
from pipeline.records import check_aware

REDIRECTS = frozenset({301, 302, 303, 307, 308})
PERMANENT_REDIRECTS = frozenset({301, 308})
# Retry-After means the host with these, and not just the page.
OVERLOADED = frozenset({429, 503})
NOT_MODIFIED = 304
# A part that nobody asked for would pass for the whole.
_PARTIAL = 206

_REASONS = {
    401: Reason.HTTP_FORBIDDEN,
    402: Reason.HTTP_FORBIDDEN,
    403: Reason.HTTP_FORBIDDEN,
    404: Reason.HTTP_NOT_FOUND,
    410: Reason.HTTP_GONE,
    429: Reason.HTTP_TOO_MANY_REQUESTS,
    451: Reason.HTTP_FORBIDDEN,
}
# More digits than the seconds of three centuries: no delay that anybody meant, nor one that a date can hold.
_LONGEST_DELAY_DIGITS = 10


def failure_of(status: int, *, retry_after: str | None, conditional: bool, now: datetime) -> Failure | None:
    """Read a status that is no redirect.

    Args:
        status: the HTTP status.
        retry_after: the header's value, if any, in either of its forms.
        conditional: whether the request carried a validator; 304 answers nothing else.
        now: aware, to turn a date into a delay.

    Returns:
        None for a success with a body (2xx) and for a 304 that was asked for; else what went wrong.
    """
    if (200 <= status <= 299 and status != _PARTIAL) or (status == NOT_MODIFIED and conditional):  # noqa: PLR2004  2xx
        return None
    return Failure(
        reason=_reason(status),
        detail=f"HTTP {status}",
        status=status,
        retry_after=None if retry_after is None else read_retry_after(retry_after, now),
    )


def _reason(status: int) -> Reason:
    if status in _REASONS:
        return _REASONS[status]
    match status // 100:
        case 4:
            return Reason.HTTP_CLIENT_ERROR
        case 5:
            return Reason.HTTP_SERVER_ERROR
        case _:
            return Reason.MALFORMED_RESPONSE


def read_retry_after(value: str, now: datetime) -> timedelta | None:
    """The delay that Retry-After asks for, in seconds or as a date, in full; None when it is neither."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return timedelta(seconds=int(value)) if len(value) <= _LONGEST_DELAY_DIGITS else None
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:  # "-0000", and dates without the GMT that RFC 9110 demands
        moment = moment.replace(tzinfo=check_aware(now).tzinfo)
    return max(moment - now, timedelta(0))
