"""An outlet's articles as RSS or Atom, or as one of the things that feeds turn into when they break."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from html import escape

from pipeline.sample.articles import DeadEnd, SampleArticle
from pipeline.sample.outlets import Outlet, SampleFeed
from pipeline.sample.pages import teaser
from pipeline.sample.wording import WORDING
from pipeline.zones import printed_name

Item = SampleArticle | DeadEnd

# RFC 822 names days and months in English, whatever the machine's locale.
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

CONTENT_TYPES = {
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
    "cut": "application/rss+xml",
    "html": "text/html",
    "empty": "application/rss+xml",
}


def render_feed(feed: SampleFeed, outlet: Outlet, items: Sequence[Item]) -> str:
    """The document behind a feed's URL; `items` come newest first."""
    match feed.form:
        case "rss":
            return _rss(feed, outlet, items)
        case "atom":
            return _atom(feed, outlet, items)
        case "cut":
            return _cut(feed)
        case "html":
            return _html(feed)
        case "empty":
            return ""


def _rss(feed: SampleFeed, outlet: Outlet, items: Sequence[Item]) -> str:
    listed = "\n".join(
        f"<item>\n<title>{escape(item.title)}</title>\n<link>{escape(item.url)}</link>\n"
        f'<guid isPermaLink="false">{escape(item.outlet)}:{escape(_first_id(item))}</guid>\n'
        f"{_pub_date(item, feed, outlet)}<description>{_summary(item)}</description>\n</item>"
        for item in items
    )
    return (
        f'<?xml version="1.0" encoding="{feed.charset}"?>\n<rss version="2.0">\n<channel>\n'
        f"<title>{escape(feed.title)}</title>\n<link>http://{feed.outlet}/</link>\n"
        f"<description>{WORDING[feed.language].made_up}</description>\n<language>{feed.language}</language>\n"
        f"{listed}\n</channel>\n</rss>\n"
    )


def _atom(feed: SampleFeed, outlet: Outlet, items: Sequence[Item]) -> str:
    listed = "\n".join(
        f'<entry>\n<title>{escape(item.title)}</title>\n<link href="{escape(item.url)}"/>\n'
        f"<id>tag:{item.outlet},2022:{_first_id(item)}</id>\n"
        f"{_atom_dates(item, outlet)}<summary>{_summary(item)}</summary>\n</entry>"
        for item in items
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{feed.language}">\n'
        f"<title>{escape(feed.title)}</title>\n<id>{feed.url}</id>\n"
        f"<subtitle>{WORDING[feed.language].made_up}</subtitle>\n{listed}\n</feed>\n"
    )


def _cut(feed: SampleFeed) -> str:
    """A connection that broke before the first entry."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0">\n<channel>\n<title>{escape(feed.title)}</title>\n'
        f"<description>{WORDING[feed.language].made_up}</descr"
    )


def _html(feed: SampleFeed) -> str:
    """A content management system that answers everything with its front page."""
    wording = WORDING[feed.language]
    return (
        f'<!doctype html><html lang="{feed.language}"><head><title>{escape(feed.title)}</title></head><body>'
        f"<h1>{escape(feed.title)}</h1><p>{wording.subscribe}</p><footer>{wording.made_up}</footer></body></html>"
    )


def _summary(item: Item) -> str:
    return escape(teaser(item.paragraphs[0], limit=200)) if isinstance(item, SampleArticle) else ""


def _first_id(item: Item) -> str:
    """The id under which the item first appeared: an update keeps its guid."""
    return (item.revision_of if isinstance(item, SampleArticle) else None) or item.id


def _pub_date(item: Item, feed: SampleFeed, outlet: Outlet) -> str:
    """RFC 822; nothing for an item with a bare day or without any date."""
    if not isinstance(item.published, datetime):
        return ""
    local = item.published.astimezone(outlet.zone)
    zone = {"numeric": f" {local:%z}", "named": f" {printed_name(outlet.timezone)}", "none": ""}[feed.zone]
    return f"<pubDate>{_DAYS[local.weekday()]}, {local:%d} Jan {local:%Y %H:%M:%S}{zone}</pubDate>\n"


def _atom_dates(item: Item, outlet: Outlet) -> str:
    published = _iso(item.published, outlet)
    updated = _iso(item.updated, outlet) if isinstance(item, SampleArticle) else ""
    return (f"<published>{published}</published>\n" if published else "") + (
        f"<updated>{updated or published}</updated>\n" if updated or published else ""
    )


def _iso(moment: datetime | date | None, outlet: Outlet) -> str:
    return moment.astimezone(outlet.zone).isoformat() if isinstance(moment, datetime) else ""
