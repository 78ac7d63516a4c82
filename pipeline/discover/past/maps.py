"""Dated sitemaps: those that an outlet's robots.txt names, and what they say was published when.

Unlike a poll, which wants what is new, a window wants what its days have: indexes are followed where the dates in
their names, and of their last change, allow for it, and of a map every entry that is dated counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Literal
from urllib.parse import urljoin

from protego import Protego

from pipeline.discover.markup import FeedBytes, read_markup
from pipeline.discover.past.listings import Listing, Part, Read
from pipeline.discover.sitemaps import is_sitemap, parse_sitemap
from pipeline.errors import Failure, Reason
from pipeline.records import Entry, FeedDocument, Precision, SitemapLink

# A plain sitemap may list 50,000 addresses.
_ENTRIES = 60_000
_CHILDREN = 500
_DEEPEST = 3
ALWAYS = (datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
# A year and a month in the name of a sitemap, or a whole day.
_NAMED = re.compile(r"(?<!\d)((?:19|20)\d{2})[-_/.]?(0[1-9]|1[0-2])(?:[-_/.]?(0[1-9]|[12]\d|3[01]))?(?!\d)")
_URL_DAY = re.compile(r"(?<!\d)((?:19|20)\d{2})([-/]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?!\d)")


def parts(sites: Iterable[tuple[str, str]]) -> Iterator[Part]:
    """A part a site (its origin, such as https://tribune.example, and its outlet): what robots.txt says of sitemaps."""
    for origin, outlet in sites:
        yield _part("robots", f"{origin}/robots.txt", outlet, ALWAYS)


def read_robots(part: Part, body: bytes) -> Read:
    """The sitemaps that a robots.txt names; where it names none, or there is no such file, the customary one. Pure."""
    named = list(Protego.parse(body.decode("utf-8", "replace")).sitemaps)
    customary = part.part.rpartition("/")[0] + "/sitemap.xml"
    urls = (_join(part.part, url) for url in named if url)
    maps = dict.fromkeys(url for url in urls if url.startswith(("http://", "https://")))
    found = (_part("sitemap", f"0 {url}", part.outlet, ALWAYS) for url in maps or [customary])
    return Read(entries=0, parts=tuple(found))


def _join(base: str, url: str) -> str:
    try:
        return urljoin(base, url)
    except ValueError:  # a host in brackets that is none
        return ""


def read_map(part: Part, document: FeedBytes) -> Read | Failure:
    """A sitemap's dated entries, or the sitemaps that an index names. Pure."""
    text = read_markup(document)
    if isinstance(text, Failure):
        return text
    if not is_sitemap(text):
        return Failure(reason=Reason.NOT_A_FEED, detail="is no sitemap")
    found = parse_sitemap(text, document, most=_ENTRIES)
    if isinstance(found, Failure):
        return found
    depth = int(part.part.partition(" ")[0]) + 1
    children = _children(part, found, depth) if depth <= _DEEPEST else []
    listings = [_listing(entry, document.observed_at) for entry in found.entries]
    return Read(
        entries=len(listings),
        listings=tuple(each for each in listings if each is not None),
        parts=tuple(children),
    )


def _children(part: Part, document: FeedDocument, depth: int) -> list[Part]:
    """The sitemaps of an index, each with the days that it may speak of."""
    links = document.sitemaps[:_CHILDREN]
    return [_part("sitemap", f"{depth} {link.url}", part.outlet, _span(link)) for link in links]


def _span(link: SitemapLink) -> tuple[datetime, datetime]:
    """What a sitemap may list: what its name says, else anything until it was last changed."""
    since, until = ALWAYS
    named = _NAMED.search(link.url.rpartition("/")[2]) or _NAMED.search(link.url)
    if named and (begins := _day(named[1], named[2], named[3] or "1")):
        since = begins
        until = since + timedelta(days=1 if named[3] else 31)
        # Zones: a day there begins and ends up to a day before or after it does in UTC.
        return since - timedelta(days=1), until + timedelta(days=1)
    return since, max(link.updated + timedelta(days=1), since + timedelta(days=1)) if link.updated else until


def _part(kind: Literal["robots", "sitemap"], part: str, outlet: str | None, span: tuple[datetime, datetime]) -> Part:
    return Part(
        source="sitemaps",
        kind=kind,
        part=part,
        covers_from=span[0],
        covers_until=span[1],
        outlet=outlet,
    )


def _listing(entry: Entry, now: datetime) -> Listing | None:
    """An entry with a date: of its publication, else of the day in its address, else of its last change.

    It was there by then: at the end of that day, where it is no more than a day.
    """
    if not entry.url:
        return None
    claim = entry.published
    said = (claim.at + timedelta(days=claim.precision is Precision.DAY)) if claim else None
    seen_at = said or _end_of_day_in(entry.url) or entry.updated
    if seen_at is None:
        return None
    return Listing(url=entry.url, seen_at=min(seen_at, now), title=entry.title, summary=entry.summary, published=claim)


def _end_of_day_in(url: str) -> datetime | None:
    named = _URL_DAY.search(url)
    day = _day(named[1], named[3], named[4]) if named else None
    return day + timedelta(days=1) if day else None


def _day(year: str, month: str, day: str) -> datetime | None:
    """The beginning of a day; None for the 30th of February."""
    try:
        return datetime(int(year), int(month), int(day), tzinfo=UTC)
    except ValueError:
        return None
