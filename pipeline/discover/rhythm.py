"""How often a feed is asked: learnt from what its polls gave, and never more often than its server bears.

All of it is pure; the warehouse keeps a feed's `Habits` between polls. Where the numbers come from: five minutes
is the least that issue trackers of feed readers agree publishers bear; the weights of trouble are those of Media
Cloud's fetcher (hard 1, soft a half, DNS a quarter); the factors are ours, and simulated in the tests.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median_low

from pipeline.errors import Failure, Reason

AT_MOST_EVERY = timedelta(minutes=5)
AT_LEAST_EVERY = timedelta(days=1)

# Of a document's dated entries the newest so many tell its rhythm.
_RHYTHM_ENTRIES = 30
# A poll in which more than this share is new may have come too late for some: the next ones hurry.
_TOO_NEW = 0.5
_HURRY, _FASTER, _SLOWER = 0.25, 0.7, 1.4
# A feed is asked at least twice in the typical time between two entries, and a feed that has been silent
# for long, eight times in that silence.
_ASKS_A_GAP = 2
_ASKS_A_SILENCE = 8

_HARD, _SOFT, _DNS = 1.0, 0.5, 0.25
_HARD_REASONS = frozenset(
    {
        Reason.ADDRESS_REFUSED,
        Reason.ROBOTS_DISALLOWED,
        Reason.URL_INVALID,
        Reason.HTTP_NOT_FOUND,
        Reason.HTTP_GONE,
        Reason.HTTP_FORBIDDEN,
        Reason.HTTP_CLIENT_ERROR,
        Reason.NOT_A_FEED,
        Reason.HTML_INSTEAD_OF_FEED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What is known of a feed's ways.

    `poll_every` is the time between polls while all is well; `news_every` the typical time between two of its
    entries, None while unknown; `floor` the least time between polls that its server asks for; `trouble` the
    weight of its failures since the last success.
    """

    poll_every: timedelta = AT_MOST_EVERY
    news_every: timedelta | None = None
    floor: timedelta = timedelta()
    trouble: float = 0.0


def after_reading(
    habits: Habits, *, entries: int, new: int, news_every: timedelta | None, silent_for: timedelta
) -> Habits:
    """What a document teaches: of so many entries so many were new, the newest that long ago."""
    share = new / entries if entries else 0.0
    factor = _HURRY if share > _TOO_NEW else _FASTER if new else _SLOWER
    known = news_every or habits.news_every
    return replace(
        habits,
        poll_every=_bounded(min(habits.poll_every * factor, _ceiling(known, silent_for))),
        news_every=known,
        trouble=0.0,
    )


def after_nothing_new(habits: Habits, *, silent_for: timedelta) -> Habits:
    """What an unchanged document teaches; the last new entry came that long ago."""
    every = min(habits.poll_every * _SLOWER, _ceiling(habits.news_every, silent_for))
    return replace(habits, poll_every=_bounded(every), trouble=0.0)


def after_trouble(habits: Habits, failure: Failure) -> Habits:
    """What a failure adds."""
    match failure.reason:
        case Reason.DNS_FAILURE:
            weight = _DNS
        case reason if reason in _HARD_REASONS:
            weight = _HARD
        case _:
            weight = _SOFT
    return replace(habits, trouble=habits.trouble + weight)


def next_poll(now: datetime, habits: Habits, *, failure: Failure | None = None) -> datetime:
    """When to ask again, `failure` being the last answer. Nothing is dropped for good: at most a day later.

    Only Retry-After may say more, and is never cut short.
    """
    if failure is not None and failure.reason is Reason.HTTP_GONE:
        wait = AT_LEAST_EVERY
    else:
        backed_off = AT_MOST_EVERY * 2 ** min(habits.trouble, 10) if habits.trouble else timedelta()
        wait = _bounded(max(habits.poll_every, habits.floor, backed_off))
    return now + max(wait, (failure and failure.retry_after) or timedelta())


def news_gap(dates: Iterable[datetime]) -> timedelta | None:
    """The (lower) median time between entries published at these aware moments; None for fewer than three."""
    newest = sorted(set(dates), reverse=True)[:_RHYTHM_ENTRIES]
    if len(newest) < 3:  # noqa: PLR2004 - one gap is no rhythm
        return None
    return median_low(later - earlier for later, earlier in pairwise(newest))


def _ceiling(news_every: timedelta | None, silent_for: timedelta) -> timedelta:
    """The longest wait that the rhythm allows: short for who publishes often, growing with a silence."""
    if news_every is None:
        return max(AT_MOST_EVERY, silent_for / _ASKS_A_SILENCE)
    return max(news_every / _ASKS_A_GAP, silent_for / _ASKS_A_SILENCE)


def _bounded(span: timedelta) -> timedelta:
    return min(max(span, AT_MOST_EVERY), AT_LEAST_EVERY)
