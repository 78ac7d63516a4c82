"""A sitemap into entries: news sitemaps, plain ones, lists of URLs, and the indexes that name others.

Read leniently, as they are out there: with any namespace or none, and as far as they can be read. Names and
meanings are those of sitemaps.org 0.9 and of Google's news extension.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from urllib.parse import urljoin

from lxml import etree

from pipeline.dates import parse_moment
from pipeline.discover.markup import FeedBytes
from pipeline.discover.plain import one_line
from pipeline.errors import Failure, Reason
from pipeline.records import DateClaim, Entry, FeedDocument, Origin, SitemapLink

# Twice what Google allows a news sitemap. The newest are kept: sitemaps come in any order.
ENTRIES = 2_000
# Children of an index that a poll reads, at most, and how lately they must have changed.
CHILDREN = 5
_LATELY = timedelta(days=3)
# Beyond this nobody lists on purpose; a plain sitemap may hold 50,000.
_LISTED = 60_000
_TEXT_CHARACTERS = 500

_ROOT = re.compile(
    r"(?:\s|<!--.*?-->|<\?[^>]*>|<!doctype[^>]*>)*+<(?:[\w.-]+:)?(?:urlset|sitemapindex)\b", re.IGNORECASE | re.DOTALL
)
_ADDRESS = re.compile(r"https?://\S+$", re.IGNORECASE)
_DECLARATION = re.compile(r"^\s*<\?xml\b[^>]*\?>")
_NEVER = datetime(1, 1, 1, tzinfo=UTC)


def is_sitemap(text: str) -> bool:
    """Whether the text is a sitemap by its root element, or a list of URLs by its first line."""
    return _ROOT.match(text) is not None or _ADDRESS.match(text.partition("\n")[0].strip()) is not None


def parse_sitemap(text: str, document: FeedBytes, *, most: int = ENTRIES) -> FeedDocument | Failure:
    """Read a sitemap, given as text and as what was fetched; a pure function, to be run in a killable child.

    Returns:
        The newest `most` pages in the document's order, or the children that an index names. A page's
        publication is what the news extension says of it; `lastmod` is not that, and becomes `updated`.
        A Failure when nothing can be made of it.
    """
    if not _ROOT.match(text):
        lines = (line.strip() for line in text.splitlines())
        return _document((Entry(url=line) for line in lines if _ADDRESS.match(line)), (), most)
    settled = _DECLARATION.sub("", text, count=1).encode("utf-8", "replace")
    entries: list[Entry] = []
    links: list[SitemapLink] = []
    try:
        for name, fields in _items(settled):
            location = fields.get("loc", "")
            if not location:
                continue
            url = _join(document.url, location)
            if name == "sitemap":
                links.append(SitemapLink(url=url, updated=_at(fields.get("lastmod"), document)))
            else:
                entries.append(_entry(url, fields, document))
            if len(entries) + len(links) >= _LISTED:
                break
    except etree.XMLSyntaxError as error:
        if not entries and not links:
            return Failure(reason=Reason.NOT_A_FEED, detail=f"a sitemap that cannot be read: {error}"[:200])
    return _document(entries, tuple(links), most)


def choose_children(links: Iterable[SitemapLink], *, now: datetime) -> tuple[str, ...]:
    """Which children of an index to read now: of news, or changed lately, the newest first; `CHILDREN` at most."""
    wanted = [link for link in links if "news" in link.url.lower() or (link.updated and now - link.updated <= _LATELY)]
    newest = sorted(wanted, key=lambda link: link.updated or _NEVER, reverse=True)
    return tuple(dict.fromkeys(link.url for link in newest))[:CHILDREN]


def newest_entries(entries: Iterable[Entry], *, most: int = ENTRIES) -> tuple[tuple[Entry, ...], int]:
    """The newest `most` of these, in their order, and how many are beyond them."""
    listed = list(entries)
    if len(listed) <= most:
        return tuple(listed), 0
    by_age = sorted(range(len(listed)), key=lambda position: _age(listed[position]), reverse=True)
    kept = sorted(by_age[:most])
    return tuple(listed[position] for position in kept), len(listed) - most


def _document(entries: Iterable[Entry], links: tuple[SitemapLink, ...], most: int) -> FeedDocument:
    kept, beyond = newest_entries(entries, most=most)
    return FeedDocument(title="", entries=kept, beyond=beyond, sitemaps=links, kind="sitemap")


def _items(xml: bytes) -> Iterator[tuple[str, dict[str, str]]]:
    """Each `url` and `sitemap` element: its name, and the texts of its children and of its news, by local name.

    Entities are left alone and nothing is loaded; elements are let go once they are read.
    """
    events = etree.iterparse(
        BytesIO(xml), events=("end",), recover=True, resolve_entities=False, no_network=True, load_dtd=False
    )
    for _, element in events:
        name = _local(element)
        if name not in {"url", "sitemap"}:
            continue
        fields: dict[str, str] = {}
        for child in element:
            for inside in child.iter() if _local(child) == "news" else (child,):
                if inside.text:
                    fields.setdefault(_local(inside), inside.text.strip())
        fields.setdefault("loc", (element.text or "").strip())  # some leave the inner element out
        yield name, fields
        element.clear()
        parent = element.getparent()
        while parent is not None and element.getprevious() is not None:
            del parent[0]


def _entry(url: str, fields: dict[str, str], document: FeedBytes) -> Entry:
    raw = fields.get("publication_date")
    return Entry(
        url=url,
        title=one_line(fields.get("title", "") if raw else "", limit=_TEXT_CHARACTERS),
        summary=one_line(fields.get("keywords", ""), limit=_TEXT_CHARACTERS),
        published=_moment(raw, document),
        published_raw=raw,
        updated=_at(fields.get("lastmod"), document),
    )


def _local(element: etree._Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(tag, str) else ""


def _join(base: str, location: str) -> str:
    try:
        return urljoin(base, location)
    except ValueError:  # no URL at all; judging the entry will say so
        return location


def _moment(raw: str | None, document: FeedBytes) -> DateClaim | None:
    if not raw:
        return None
    return parse_moment(raw, timezone=document.timezone, origin=Origin.FEED, observed_at=document.observed_at)


def _at(raw: str | None, document: FeedBytes) -> datetime | None:
    moment = _moment(raw, document)
    return moment.at if moment else None


def _age(entry: Entry) -> datetime:
    return (entry.published.at if entry.published else entry.updated) or _NEVER
