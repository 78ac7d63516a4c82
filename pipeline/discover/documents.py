"""A fetched document into entries, whichever kind it is: a feed or a sitemap."""

from __future__ import annotations

from pipeline.discover.feeds import parse_feed
from pipeline.discover.markup import FeedBytes, read_markup
from pipeline.discover.sitemaps import is_sitemap, parse_sitemap
from pipeline.errors import Failure
from pipeline.records import FeedDocument


def parse_document(document: FeedBytes) -> FeedDocument | Failure:
    """Read a feed or a sitemap.

    A pure function of the document, which may be made to hurt (deep nesting, size): run it in a child that
    can be stopped.

    Returns:
        What it lists; a Failure for what is neither, or cannot be read.

    Raises:
        ValueError: `observed_at` has no time zone.
        ZoneInfoNotFoundError: `timezone` is not an IANA name.
    """
    text = read_markup(document)
    if isinstance(text, Failure):
        return text
    return parse_sitemap(text, document) if is_sitemap(text) else parse_feed(text, document)
