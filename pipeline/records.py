"""The records that pass from step to step: frozen, slotted, keyword-only.

Every `datetime` is aware and in UTC (`check_aware` refuses the rest); None always means *unknown*.
Offsets into text are 0-based, half-open, in code points.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Literal

from pipeline.errors import Failure
from pipeline.outlets import UNKNOWN, Furniture, Sketch

# What tells the time; only the front door hands out the real one.
Clock = Callable[[], datetime]


def check_aware(moment: datetime) -> datetime:
    """Return the moment in UTC; raise ValueError when it has no time zone."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone, and a time is never invented")
    return moment.astimezone(UTC)


class Origin(StrEnum):
    """Where a publication date was read."""

    FEED = "feed"
    JSON_LD = "json-ld"
    META = "meta"
    TIME = "time"
    URL = "url"
    TEXT = "text"


class Precision(StrEnum):
    """How much of a publication date is known."""

    INSTANT = "instant"
    DAY = "day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """A share of a pass's work, one of `of` equal ones, counted from 0. Together they are the whole."""

    number: int = 0
    of: int = 1


WHOLE = Shard()


@dataclass(frozen=True, slots=True, kw_only=True)
class DateClaim:
    """One statement about when an article was published.

    `at` is UTC; for a bare day it is the day's start in the outlet's zone. `offset` is the zone that the
    statement itself gave, None when it gave none (then the outlet's zone was used for `at`). `day` is the
    calendar day as printed.
    """

    at: datetime
    offset: timedelta | None
    day: date
    origin: Origin
    precision: Precision

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", check_aware(self.at))

    def isoformat(self) -> str:
        """The claim in its own words: a bare day, or an instant with its own offset (none if unknown)."""
        if self.precision is Precision.DAY:
            return self.day.isoformat()
        if self.offset is None:
            return self.at.isoformat()
        return (self.at + self.offset).replace(tzinfo=None).isoformat() + _offset_text(self.offset)


def _offset_text(offset: timedelta) -> str:
    minutes = int(offset.total_seconds() // 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


Scope = Literal["all", "match"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedSource:
    """One feed as a profile lists it. `outlet` is a domain; `publisher` the family it belongs to."""

    url: str
    outlet: str
    publisher: str | None = None
    language: str | None = None
    country: str | None = None
    timezone: str = "UTC"
    scope: Scope = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of a feed document, as the source put it.

    `url` is absolute (relative links are resolved), None when the entry has no link. `published` and
    `updated` are read from the raw date; None where there is none or it cannot be read.
    """

    url: str | None
    guid: str | None = None
    title: str = ""
    summary: str = ""
    published: DateClaim | None = None
    published_raw: str | None = None
    updated: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SitemapLink:
    """A sitemap that an index names, and when that says it last changed (aware; None: it does not say)."""

    url: str
    updated: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedDocument:
    """A parsed feed: its title, and its entries in document order.

    `update_every` is how often it says that it changes, None when it does not say. `beyond` counts the entries
    that were left out because there were too many. `sitemaps` are those that an index of sitemaps names.
    """

    title: str
    entries: tuple[Entry, ...]
    update_every: timedelta | None = None
    beyond: int = 0
    sitemaps: tuple[SitemapLink, ...] = ()
    kind: Literal["feed", "sitemap"] = "feed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What came back for one request: the final answer after redirects.

    `url` is what was asked for, `final_url` what answered. `headers` keep order and repetition. `body` is
    decoded of any transfer and content encoding. `observed_at` is when the last byte was read. `status` may
    be any of 2xx and 304. `moved_to` is where permanent redirects led, None when none did, or when the way went
    on over others. `took` is the time on the network.
    """

    url: str
    final_url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    observed_at: datetime
    moved_to: str | None = None
    took: timedelta | None = None

    def header(self, name: str) -> str | None:
        """The first header of that name, whatever its case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivePlace:
    """Where a record stands in the archive: a file relative to its root, and its bytes in that file."""

    file: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What extraction works from: an archived page, and what is known of its outlet."""

    url: str
    body: bytes
    content_type: str | None
    observed_at: datetime
    timezone: str = "UTC"
    language: str | None = None
    furniture: Furniture = UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """Whom a text says that it is from, and the words that say so: the text between `start` and `end`."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What extraction gives. `text` does not begin with the title. `canonical_url` is the page's word, unchecked.

    `claims` are all that was found on the date of publication, `updates` on that of the last change. `paywalled`:
    the page says that it holds back a part of the text. `extractor` is the way that won, `pruned` how the branches
    begin that were cut off as no part of it, `credit` whom its text says that it is from.
    """

    title: str
    text: str
    language: str | None
    authors: tuple[str, ...]
    claims: tuple[DateClaim, ...]
    canonical_url: str | None = None
    updates: tuple[DateClaim, ...] = ()
    site_name: str | None = None
    image_url: str | None = None
    paywalled: bool = False
    extractor: str = ""
    pruned: tuple[str, ...] = ()
    credit: Credit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read in a page: the article or why there is none, its claims of a date, and perhaps a sketch of it."""

    outcome: Article | Failure
    claims: tuple[DateClaim, ...] = ()
    sketch: Sketch | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The words that prove a label: `quote` is `field`'s text between `start` and `end`."""

    field: Literal["title", "text"]
    kind: Literal["tag", "place", "relevance"]
    label: str
    quote: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What a crisis profile says of an article. `tags` and `places` are sorted; `relevance` is 0 to 1."""

    crisis: str
    profile_version: str
    relevant: bool
    relevance: float
    tags: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    evidence: tuple[Match, ...] = ()
