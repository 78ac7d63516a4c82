"""A feed document into entries: RSS and Atom of any age, and whatever passes for them.

feedparser reads the XML. What it is not trusted with is done here: the encoding (it guesses windows-1252 for
Cyrillic), the dates (it takes MSK and ALMT for UTC), entities (refused), and the network: it is handed a
stream, because a string could be taken for an address or for the name of a file.
"""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO
from itertools import islice
from typing import Any
from urllib.parse import urljoin

import feedparser

from pipeline.dates import parse_moment
from pipeline.discover.markup import FeedBytes
from pipeline.discover.plain import one_line, plain_text
from pipeline.errors import Failure, Reason
from pipeline.records import DateClaim, Entry, FeedDocument, Origin

# Twice what Google allows a news sitemap; feeds list 10 to 50, archives of blogs some hundreds. Publishers
# list the newest first, so that it is the oldest that are left out.
ENTRIES = 2_000
_TITLE_CHARACTERS = 500
_SUMMARY_CHARACTERS = 5_000

_DECLARATION = re.compile(r"^\s*<\?xml\b[^>]*\?>")
_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
# Digits of a number that can be meant: a ttl of 999,999 minutes is two years.
_DIGITS = 6
_MARKUP_TYPES = frozenset({"text/html", "application/xhtml+xml"})
# What is called plain text and is not.
_MARKED_UP = re.compile(r"</?(?:p|br|a|div|img|span|b|i|em|strong|ul|li)\b[^<>]*>", re.IGNORECASE)


def parse_feed(text: str, document: FeedBytes) -> FeedDocument | Failure:
    """Read a feed, given as text (see `markup`) and as what was fetched.

    Returns:
        The document with its first `ENTRIES` entries in its own order, duplicates included; none for a feed
        that lists nothing. A Failure for what is no feed, and for what feedparser trips over.
    """
    try:
        parsed = _parse_xml(text, document.url)
    except Exception as error:  # noqa: BLE001  feedparser trips over some broken markup (a lone </width>)
        return Failure(reason=Reason.PARSER_CRASHED, detail=f"feedparser: {error!r}"[:200])
    if not parsed["entries"] and (parsed["bozo"] or not parsed["version"]):
        # An empty feed is news of a quiet day; one that breaks off before its first entry is no answer.
        return Failure(reason=Reason.NOT_A_FEED, detail=f"begins with {one_line(text, limit=60)!r}")
    return FeedDocument(
        title=_text_of(parsed["feed"], "title", limit=_TITLE_CHARACTERS),
        entries=tuple(_entry(raw, document) for raw in islice(parsed["entries"], ENTRIES)),
        update_every=_update_every(parsed["feed"]),
        beyond=max(len(parsed["entries"]) - ENTRIES, 0),
    )


def _update_every(feed: Any) -> timedelta | None:
    """The longer of RSS's `ttl` (minutes) and the syndication module's period, None when neither says anything."""
    ttl = _number(_string(feed, "ttl"))
    period = _PERIODS.get((_string(feed, "sy_updateperiod") or "").lower())
    frequency = _number(_string(feed, "sy_updatefrequency")) or 1
    spans = [timedelta(minutes=ttl) if ttl else None, period and period / frequency]
    return max((span for span in spans if span), default=None)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= _DIGITS else None


def _parse_xml(text: str, url: str) -> Any:
    """What feedparser makes of the text: links resolved, markup left as it is."""
    settled = _DECLARATION.sub('<?xml version="1.0" encoding="utf-8"?>', text, count=1)
    return feedparser.parse(
        BytesIO(settled.encode("utf-8", "replace")),
        response_headers={"content-type": "application/xml; charset=utf-8", "content-location": url},
        resolve_relative_uris=False,
        sanitize_html=False,
    )


def _entry(raw: Any, document: FeedBytes) -> Entry:
    updated_raw = _string(raw, "updated")
    published_raw = _string(raw, "published") or updated_raw
    published = _moment(published_raw, document)
    updated = published if updated_raw == published_raw else _moment(updated_raw, document)
    return Entry(
        url=_link(raw, document.url),
        guid=_string(raw, "id"),
        title=_text_of(raw, "title", limit=_TITLE_CHARACTERS),
        summary=_summary(raw),
        published=published,
        published_raw=published_raw,
        updated=updated.at if updated is not None else None,
    )


def _link(raw: Any, base: str) -> str | None:
    """The entry's address, absolute; the publisher's own where a feed service put its counter before it."""
    link = _string(raw, "feedburner_origlink") or _string(raw, "link")
    if link is None:
        return None
    try:
        return urljoin(base, link)
    except ValueError:  # no URL at all; fetching will say so
        return link


def _summary(raw: Any) -> str:
    """The summary, or the beginning of the content where there is none."""
    summary = _text_of(raw, "summary", limit=_SUMMARY_CHARACTERS)
    contents = dict.get(raw, "content") or []
    if summary or not contents:
        return summary
    return plain_text(contents[0].get("value") or "", limit=_SUMMARY_CHARACTERS)


def _text_of(holder: Any, name: str, *, limit: int) -> str:
    value = _string(holder, name) or ""
    kind = (dict.get(holder, f"{name}_detail") or {}).get("type")
    if kind in _MARKUP_TYPES or _MARKED_UP.search(value):
        return plain_text(value, limit=limit)
    return one_line(value, limit=limit)


def _moment(raw: str | None, document: FeedBytes) -> DateClaim | None:
    if raw is None:
        return None
    return parse_moment(raw, timezone=document.timezone, origin=Origin.FEED, observed_at=document.observed_at)


def _string(holder: Any, name: str) -> str | None:
    """The field's own value: feedparser's dictionary would offer another field's when it is missing."""
    value = dict.get(holder, name)
    return value.strip() or None if isinstance(value, str) else None
