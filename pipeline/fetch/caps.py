"""How much one request may cost, and where each number comes from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """The bounds of one request, its redirects included.

    `body_bytes` bounds the body on the wire and again after decompression. `first_byte_seconds` runs from
    resolving the name to the end of the headers, on each hop; `total_seconds` is time on the network over all
    hops, waiting for a turn left out. `cut`: an oversized body is cut there instead of refused.
    """

    body_bytes: int
    first_byte_seconds: float
    total_seconds: float
    cut: bool = False


# Common Crawl keeps 5 MiB of a page. The largest of 593 news pages that we measured with has 1.5 MB.
PAGE_CAPS = Caps(body_bytes=5 * 2**20, first_byte_seconds=20, total_seconds=60)
# Miniflux reads feeds of up to 15 MB; a feed may carry a year of articles in full.
FEED_CAPS = Caps(body_bytes=15 * 2**20, first_byte_seconds=20, total_seconds=60)
# RFC 9309, 2.5: a crawler reads at least 500 kibibytes of robots.txt, and may ignore the rest.
ROBOTS_CAPS = Caps(body_bytes=512 * 2**10, first_byte_seconds=15, total_seconds=30, cut=True)

# RFC 9110, 4.1 asks servers for 8,000 octets at least; nothing beyond can be counted on to be read.
URL_CHARACTERS = 8_000
# What Google's crawlers follow, and twice what RFC 9309 asks for robots.txt.
REDIRECTS = 10
# One header line, and the number of them: twice Apache's line, since policies in headers grow long.
HEADER_LINE_BYTES = 16 * 2**10
HEADER_LINES = 128
