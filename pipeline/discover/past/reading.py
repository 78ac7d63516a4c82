"""One part of an archive into what it lists, whatever kind it is: run it in a child that can be stopped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pipeline.discover.documents import parse_document
from pipeline.discover.markup import FeedBytes
from pipeline.discover.past import ccnews, gdelt, maps, wayback
from pipeline.discover.past.listings import Listing, Part, Read
from pipeline.errors import Failure
from pipeline.records import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class PartBytes:
    """A part and the bytes that came for it. `url` is what answered, `timezone` the outlet's (IANA name)."""

    part: Part
    url: str
    body: bytes
    content_type: str | None
    timezone: str
    observed_at: datetime


def read_part(document: PartBytes) -> Read | Failure:
    """Read a part that came as a whole. Pure."""
    part = document.part
    match part.kind:
        case "minute":
            return gdelt.read_minute(part.part, document.body)
        case "month":
            return ccnews.read_month(document.body)
        case "robots":
            return maps.read_robots(part, document.body)
        case "sitemap":
            return maps.read_map(part, _as_feed(document, document.url))
        case "snapshot":
            return _read_snapshot(document)
        case "articles" | "snapshots":
            return wayback.read_part(part, document.body)
        case "file":
            raise ValueError("a file of records is streamed")


def _read_snapshot(document: PartBytes) -> Read | Failure:
    """What a feed announced when it was captured."""
    read = parse_document(_as_feed(document, document.part.feed or document.url))
    if isinstance(read, Failure):
        return read
    at = document.part.covers_from
    listings = (_announced(entry, at) for entry in read.entries)
    found = tuple(listing for listing in listings if listing is not None)
    return Read(entries=len(read.entries), malformed=len(read.entries) - len(found), listings=found)


def _announced(entry: Entry, at: datetime) -> Listing | None:
    if not entry.url:
        return None
    return Listing(url=entry.url, seen_at=at, title=entry.title, summary=entry.summary, published=entry.published)


def _as_feed(document: PartBytes, url: str) -> FeedBytes:
    return FeedBytes(
        url=url,
        body=document.body,
        content_type=document.content_type,
        timezone=document.timezone,
        observed_at=document.observed_at,
    )
