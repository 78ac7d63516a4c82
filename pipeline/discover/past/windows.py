"""A window on the past, and which parts of which archives it calls for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from yarl import URL

from pipeline.discover.past import ccnews, gdelt, maps, wayback
from pipeline.discover.past.listings import Part, Source
from pipeline.records import FeedSource

# How far beyond its end a window is searched for. An outlet that was dark is captured when it comes back, and its feed
# then lists what it missed: in January 2022 the country was cut off for five days, and some outlets for longer.
LAG = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Articles published in [since, until), both aware; archives are searched in [since, until + lag).

    The one rule of all sources: what has no known date counts by its first sight.
    """

    since: datetime
    until: datetime
    sources: tuple[Source, ...]
    lag: timedelta = LAG

    @property
    def searched_until(self) -> datetime:
        """Where the search of archives ends."""
        return self.until + self.lag


def parts_of(window: Window, feeds: Sequence[FeedSource], *, now: datetime) -> Iterator[Part]:
    """What a window calls for, but for files of the user's own; what parts list in their turn is not among it.

    `feeds` are those of all profiles of this pass. Nothing that lies in the future is called for.
    """
    until = min(window.searched_until, now)
    if window.since >= until:
        return
    sites = sorted({(_origin(feed), feed.outlet.lower()) for feed in feeds})
    documents = sorted({(feed.url, feed.outlet.lower()) for feed in feeds})
    for source in window.sources:
        match source:
            case "gdelt":
                yield from gdelt.parts(window.since, until)
            case "wayback":
                yield from wayback.feed_parts(documents, window.since, until)
                yield from wayback.site_parts(_hosts(feeds), window.since, until)
            case "ccnews":
                yield from ccnews.parts(window.since, until)
            case "sitemaps":
                yield from maps.parts(sites)
            case "warc":
                continue


def _hosts(feeds: Sequence[FeedSource]) -> list[tuple[str, str]]:
    """An outlet's own hosts, each with the outlet: its domain, and those of its feeds that lie below that."""
    own = {(feed.outlet.lower(), feed.outlet.lower()) for feed in feeds}
    below = {(_host(feed).removeprefix("www."), feed.outlet.lower()) for feed in feeds if _is_at_home(feed)}
    return sorted(own | below)


def _origin(feed: FeedSource) -> str:
    """Where an outlet's own site is: the feed's host if that is the outlet's, else the outlet's domain."""
    return str(URL(feed.url).origin()) if _is_at_home(feed) else f"https://{feed.outlet.lower()}"


def _is_at_home(feed: FeedSource) -> bool:
    """Whether a feed stands at its outlet's own site, rather than at a service for feeds."""
    return f".{_host(feed)}".endswith(f".{feed.outlet.lower()}")


def _host(feed: FeedSource) -> str:
    return (URL(feed.url).host or "").lower()
