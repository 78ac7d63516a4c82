"""A feed document into entries: RSS and Atom of any age, and whatever passes for them.

feedparser reads the XML. What it is not trusted with is done here: the encoding (it guesses windows-1252 for
Cyrillic), the dates (it takes MSK and ALMT for UTC), entities (refused), and the network: it is handed a
stream, because a string could be taken for an address or for the name of a file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from itertools import islice
from typing import Any
from urllib.parse import urljoin

import feedparser

from pipeline.dates import parse_moment
from pipeline.discover.charsets import decode_feed
from pipeline.discover.plain import one_line, plain_text
from pipeline.errors import Failure, Reason
from pipeline.records import DateClaim, Entry, FeedDocument, Origin, check_aware

# Twice what Google allows a news sitemap; feeds list 10 to 50, archives of blogs some hundreds. Publishers
# list the newest first, so that it is the oldest that are left out.
ENTRIES = 2_000
_TITLE_CHARACTERS = 500
_SUMMARY_CHARACTERS = 5_000

# Characters that XML 1.0 forbids; one of them stops the strict parser in the middle of a feed.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
# An XML declaration counts only at the very beginning; templates leave blank lines before it.
_BEFORE_XML = " \t\r\n\ufeff"
_DECLARATION = re.compile(r"^\s*<\?xml\b[^>]*\?>")
_HTML = re.compile(r"(?:\s+|<!--.*?-->|<\?[^>]*>)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_DOCTYPE = re.compile(r"<!doctype\b", re.IGNORECASE)
_ENTITY = re.compile(r"<!entity\b", re.IGNORECASE)
_MARKUP_TYPES = frozenset({"text/html", "application/xhtml+xml"})
# What is called plain text and is not.
_MARKED_UP = re.compile(r"</?(?:p|br|a|div|img|span|b|i|em|strong|ul|li)\b[^<>]*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedBytes:
    """A fetched feed document.

    `url` is what answered, for relative links; `content_type` the header; `timezone` the outlet's IANA zone,
    for dates without one; `observed_at` when it was fetched.
    """

    url: str
    body: bytes
    content_type: str | None
    timezone: str
    observed_at: datetime


def parse_feed(document: FeedBytes) -> FeedDocument | Failure:
    """Read a feed document.

    A pure function of the document, which may be made to hurt (deep nesting, size): run it in a child that
    can be stopped.

    Returns:
        The document with its first `ENTRIES` entries in its own order, duplicates included; none for a feed
        that lists nothing. A Failure for what is blank, HTML or no feed, for a document type that declares
        entities (they are never expanded, and no feed needs them), and for what feedparser trips over.

    Raises:
        ValueError: `observed_at` has no time zone.
        ZoneInfoNotFoundError: `timezone` is not an IANA name.
    """
    check_aware(document.observed_at)
    text = _FORBIDDEN.sub("", decode_feed(document.body, document.content_type)).lstrip(_BEFORE_XML)
    if not text:
        return Failure(reason=Reason.EMPTY_BODY, detail="nothing but white space")
    if _HTML.match(text):
        return Failure(reason=Reason.HTML_INSTEAD_OF_FEED, detail=f"begins with {one_line(text, limit=60)!r}")
    doctype = _DOCTYPE.search(text)
    if doctype is not None and _ENTITY.search(text, doctype.end()):
        return Failure(reason=Reason.NOT_A_FEED, detail="declares entities, which are not expanded")
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
    )


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
