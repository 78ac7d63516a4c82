"""What one poll teaches of a feed: how often and how to ask it from now on. All pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from pipeline.discover.asking import Manners, after_answer, after_failure
from pipeline.discover.rhythm import (
    AT_LEAST_EVERY,
    AT_MOST_EVERY,
    Habits,
    after_nothing_new,
    after_reading,
    after_trouble,
    news_gap,
    next_poll,
)
from pipeline.errors import Failure
from pipeline.fetch.freshness import fresh_for
from pipeline.records import FeedDocument, Response


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed as its polls so far left it. `body_hash` is None until a whole document came."""

    url: str
    body_hash: bytes | None
    last_new_at: datetime | None
    etag: str | None
    last_modified: str | None
    unproven_polls: int
    lied_at: datetime | None
    moved_to: str | None
    moved_since: datetime | None
    poll_every: timedelta
    news_every: timedelta | None
    floor: timedelta
    trouble: float

    @property
    def manners(self) -> Manners:
        """How its server answers."""
        return Manners(
            etag=self.etag,
            last_modified=self.last_modified,
            unproven_polls=self.unproven_polls,
            lied_at=self.lied_at,
            moved_to=self.moved_to,
            moved_since=self.moved_since,
        )

    @property
    def habits(self) -> Habits:
        """How often it is asked."""
        return Habits(poll_every=self.poll_every, news_every=self.news_every, floor=self.floor, trouble=self.trouble)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """The outcome of a poll, what is known of the feed after it, and when to ask again.

    offline: it failed in a pass in which nearly everything did, and that is held against nobody.
    """

    outcome: Literal["read", "unchanged", "failed", "offline"]
    next_poll_at: datetime
    habits: Habits
    manners: Manners
    failure: Failure | None = None
    status: int | None = None
    took: timedelta | None = None
    body_bytes: int = 0
    body_hash: bytes | None = None
    entries: int = 0
    new_entries: int = 0
    entries_beyond: int = 0


def learn_from_document(feed: Feed, document: FeedDocument, response: Response, *, new: int, now: datetime) -> Lesson:
    """The document was read, and so many of its entries were new."""
    dates = [entry.published.at for entry in document.entries if entry.published]
    habits = after_reading(
        feed.habits,
        entries=len(document.entries),
        new=new,
        news_every=news_gap(dates),
        silent_for=_silence(feed, max(dates, default=now), new=new, now=now),
    )
    habits = replace(habits, floor=_bearable(max(fresh_for(response), document.update_every or timedelta())))
    manners = after_answer(feed.manners, response, url=feed.url, new=new, now=now)
    # An index of sitemaps may stay as it is while its sitemaps change: it is read each time.
    is_index = bool(document.sitemaps)
    return Lesson(
        outcome="read",
        next_poll_at=next_poll(now, habits),
        habits=habits,
        manners=manners.without_validators() if is_index else manners,
        status=response.status,
        took=response.took,
        body_bytes=len(response.body),
        body_hash=None if is_index else body_hash(response),
        entries=len(document.entries),
        new_entries=new,
        entries_beyond=document.beyond,
    )


def learn_from_silence(feed: Feed, response: Response, *, now: datetime) -> Lesson:
    """Nothing had changed since the last poll: a 304, or the same bytes."""
    habits = after_nothing_new(feed.habits, silent_for=max(now - (feed.last_new_at or now), timedelta()))
    # What this answer's headers ask for holds for the next poll alone; the document's own wish stays.
    wish = replace(habits, floor=max(feed.floor, _bearable(fresh_for(response))))
    return Lesson(
        outcome="unchanged",
        next_poll_at=next_poll(now, wish),
        habits=habits,
        manners=after_answer(feed.manners, response, url=feed.url, new=0, now=now),
        status=response.status,
        took=response.took,
        body_bytes=len(response.body),
    )


def learn_from_failure(feed: Feed, failure: Failure, response: Response | None, *, now: datetime) -> Lesson:
    """The feed could not be had, or its document, which `response` brought, could not be read."""
    habits = after_trouble(feed.habits, failure)
    return Lesson(
        outcome="failed",
        next_poll_at=next_poll(now, habits, failure=failure),
        habits=habits,
        manners=after_failure(feed.manners, url=feed.url, now=now),
        failure=failure,
        status=response.status if response else failure.status,
        took=response.took if response else failure.took,
        body_bytes=len(response.body) if response else 0,
    )


def learn_nothing(feed: Feed, failure: Failure, *, now: datetime) -> Lesson:
    """The feed was out of reach because of us."""
    return Lesson(
        outcome="offline",
        next_poll_at=now + AT_MOST_EVERY,
        habits=feed.habits,
        manners=feed.manners,
        failure=failure,
        took=failure.took,
    )


def body_hash(response: Response) -> bytes:
    """The digest by which the same document is known again."""
    return hashlib.sha256(response.body).digest()


def _silence(feed: Feed, newest: datetime, *, new: int, now: datetime) -> timedelta:
    """How long nothing new has come; of a feed read for the first time, by its own dates."""
    if feed.body_hash is None:
        return max(now - newest, timedelta())
    return timedelta() if new else max(now - (feed.last_new_at or now), timedelta())


def _bearable(floor: timedelta) -> timedelta:
    """A server's wish, as far as it does not keep us from ever asking again."""
    return min(floor, AT_LEAST_EVERY)
