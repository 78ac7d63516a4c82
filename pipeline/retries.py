"""When to ask for a page again, decided in pure code; of feeds see `discover.rhythm`."""

from __future__ import annotations

from datetime import datetime, timedelta

from pipeline.errors import Failure

# A page that does not come is asked for again after these spans, and then no more: a fortnight in all, since a
# country that is cut off for five days (January 2022) comes back.
PAGE_RETRIES = (
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(days=1),
    timedelta(days=2),
    timedelta(days=4),
    timedelta(days=7),
)
# A page that came is asked for again after these spans, and then no more: corrections come soon or never.
RECHECKS = (
    timedelta(minutes=30),
    timedelta(hours=3),
    timedelta(hours=12),
    timedelta(days=2),
    timedelta(days=7),
)
# Nothing is held against pages that failed when nearly everything did; they are asked for again after this.
AFTER_OUR_OWN_OUTAGE = timedelta(minutes=5)


def next_attempt(now: datetime, failure: Failure, *, attempts: int) -> datetime | None:
    """When to ask for a page again that failed, `attempts` times before this; None: never."""
    if not failure.reason.passing or attempts >= len(PAGE_RETRIES):
        return None
    return now + max(PAGE_RETRIES[attempts], failure.retry_after or timedelta())


def next_recheck(now: datetime, *, rechecks: int) -> datetime | None:
    """When to ask whether a page has changed that came for the (`rechecks` + 1)-th time; None: never."""
    return now + RECHECKS[rechecks] if rechecks < len(RECHECKS) else None
