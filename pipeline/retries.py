"""When to ask again, decided in pure code."""

from __future__ import annotations

from datetime import datetime, timedelta

from pipeline.errors import Failure

# How often a feed is read. Issue trackers of feed readers agree on five minutes as the least that publishers bear.
POLL_EVERY = timedelta(minutes=5)
# Nothing is asked for less often than this: a feed that fails is never dropped for good.
POLL_AT_LEAST_EVERY = timedelta(days=1)
# A page that does not come is asked for again after these spans, and then no more.
PAGE_RETRIES = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=6), timedelta(days=1))


def next_poll(now: datetime, *, failures: int = 0, retry_after: timedelta | None = None) -> datetime:
    """When to poll a feed again after so many failures in a row; never sooner than its server asks."""
    wait: timedelta = min(POLL_EVERY * 2 ** min(failures, 10), POLL_AT_LEAST_EVERY)
    return now + max(wait, retry_after or timedelta())


def next_attempt(now: datetime, failure: Failure, *, attempts: int) -> datetime | None:
    """When to ask for a page again that failed, `attempts` times before this; None: never."""
    if not failure.reason.passing or attempts >= len(PAGE_RETRIES):
        return None
    return now + max(PAGE_RETRIES[attempts], failure.retry_after or timedelta())
