"""The bytes of a feed or sitemap as text that a parser may see."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from datetime import datetime

from pipeline.discover.charsets import decode_feed
from pipeline.discover.plain import one_line
from pipeline.errors import Failure, Reason
from pipeline.records import check_aware

# What a sitemap may have unpacked, by sitemaps.org.
_UNPACKED = 50 * 2**20
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP = 16 + zlib.MAX_WBITS

# Characters that XML 1.0 forbids; one of them stops the strict parser in the middle of a feed.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
# An XML declaration counts only at the very beginning; templates leave blank lines before it.
_BEFORE_XML = " \t\r\n\ufeff"
_HTML = re.compile(r"(?:\s|<!--.*?-->|<\?[^>]*>)*+<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_DOCTYPE = re.compile(r"<!doctype\b", re.IGNORECASE)
_ENTITY = re.compile(r"<!entity\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedBytes:
    """A fetched feed document or sitemap.

    `url` is what answered, for relative links; `content_type` the header; `timezone` the outlet's IANA zone,
    for dates without one; `observed_at` when it was fetched.
    """

    url: str
    body: bytes
    content_type: str | None
    timezone: str
    observed_at: datetime


def read_markup(document: FeedBytes) -> str | Failure:
    """The document as text, without what XML forbids; a Failure for what no parser is to see.

    That is what is blank, a web page, too large once unpacked (some sitemaps are gzip files), and a document
    type that declares entities: they are never expanded, and no feed needs them.

    Raises:
        ValueError: `observed_at` has no time zone.
    """
    check_aware(document.observed_at)
    body = _unpacked(document.body)
    if isinstance(body, Failure):
        return body
    text = _FORBIDDEN.sub("", decode_feed(body, document.content_type)).lstrip(_BEFORE_XML)
    if not text:
        return Failure(reason=Reason.EMPTY_BODY, detail="nothing but white space")
    if _HTML.match(text):
        return Failure(reason=Reason.HTML_INSTEAD_OF_FEED, detail=f"begins with {one_line(text, limit=60)!r}")
    doctype = _DOCTYPE.search(text)
    if doctype is not None and _ENTITY.search(text, doctype.end()):
        return Failure(reason=Reason.NOT_A_FEED, detail="declares entities, which are not expanded")
    return text


def _unpacked(body: bytes) -> bytes | Failure:
    if not body.startswith(_GZIP_MAGIC):
        return body
    stream = zlib.decompressobj(_GZIP)
    try:
        plain = stream.decompress(body, _UNPACKED)
    except zlib.error:
        return Failure(reason=Reason.UNDECODABLE, detail="begins like a gzip file and is none")
    if stream.unconsumed_tail:
        return Failure(reason=Reason.TOO_LARGE, detail=f"more than {_UNPACKED:,} bytes once unpacked")
    return plain
