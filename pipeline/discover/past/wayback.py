"""The Wayback Machine: its index (the CDX server), feeds as they were, and the page nearest to a moment.

An index answers a query with rows in JSON, the first of which names the columns. With `showResumeKey` an empty row
and a key stand at the end of a page that is not the last. Some rows are damaged in the index itself (impossible
moments, addresses that are none): each is counted and gone around.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from pipeline.discover.past.listings import Kind, Listing, Part, Read, months, next_month, read_stamp, stamp
from pipeline.errors import Failure, Reason
from pipeline.identify.urls import NotAnAddressError, identity_key

# Rows of one answer: a few megabytes, some seconds of the server's time.
_ROWS = 5_000
_OK = "200"
# The year of the first capture that there is.
_FIRST_YEAR = 1995
# One capture of a feed an hour is enough: a feed lists the last day, or some twenty articles.
_HOURLY = "timestamp:10"
_PLAYED = re.compile(r"/web/(\d{14})(?:[a-z]{2}_)?/(.+)$", re.DOTALL)
_SCHEME = re.compile(r"(https?):/+", re.IGNORECASE)
# Where the last word of an address says that it lists articles and is none.
_LISTS = re.compile(
    r"/(?:tags?|category|categories|rubrics?|rubrika|topics?|themes?|authors?|page|pages|search|archive|archives|feeds?|rss|amp"
    r"|sitemap|login|user|users|wp-json|wp-content|wp-includes|cdn-cgi|print)(?:/[^/]*)?/?$",
    re.IGNORECASE,
)
# Sections and pages about the outlet, where such a word is all there is: /news, /ru/politics.
_SECTIONS = re.compile(
    r"^/(?:[a-z]{2}/)?(?:(?:index|home|main)(?:\.\w+)?|news|novosti|latest|all|articles?|politics|politika|economy|economics"
    r"|ekonomika|business|society|obshchestvo|world|culture|sports?|video|photo|multimedia|opinions?|blogs?|about"
    r"|about-us|contacts?|advertising|privacy|privacy-policy|terms|subscribe|ru|en|kk|kz|qaz|rus|eng)?/?$",
    re.IGNORECASE,
)
_FILE = re.compile(
    r"\.(?:css|js|json|xml|rss|txt|jpe?g|png|gif|svg|webp|ico|woff2?|ttf|mp[34]|pdf|docx?|xlsx?|zip|gz)$", re.IGNORECASE
)
_NAMES_A_PAGE = re.compile(r"(?:^|&)(?:id|p|newsid|article|story|news)=[^&]", re.IGNORECASE)
_HAS_A_NUMBER_OR_SLUG = re.compile(r"\d{3,}|[^\W_]+(?:[-_][^\W_]+){2,}", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of the index: a capture of an address, and how it was answered then."""

    at: datetime
    url: str
    status: str
    mimetype: str


def site_parts(sites: Iterable[tuple[str, str]], since: datetime, until: datetime) -> Iterator[Part]:
    """A part a site (host, outlet) and month: the addresses at that host that were captured.

    The index knows a host by its name with or without `www.`; of other hosts below it, it is asked apart.
    """
    for host, outlet in sites:
        for month in months(since, until):
            yield _month("articles", host, month, outlet=outlet, feed=None)


def feed_parts(feeds: Iterable[tuple[str, str]], since: datetime, until: datetime) -> Iterator[Part]:
    """A part a feed (URL, outlet) and month: when it was captured."""
    for feed, outlet in feeds:
        for month in months(since, until):
            yield _month("snapshots", feed, month, outlet=outlet, feed=feed)


def _month(kind: Kind, of: str, month: datetime, *, outlet: str, feed: str | None) -> Part:
    return Part(
        source="wayback",
        kind=kind,
        part=f"{month:%Y-%m} {of}",
        covers_from=month,
        covers_until=next_month(month),
        outlet=outlet,
        feed=feed,
    )


def address_of(root: str, part: Part, resume: str | None, *, naming: str | None = None) -> str:
    """Where a part is asked for. `naming` is a pattern that addresses have to match, where not all are wanted."""
    when, _, what = part.part.partition(" ")
    if part.kind == "snapshot":
        return playback_address(root, what, read_stamp(when))
    common = {
        "url": f"{what}/" if part.kind == "articles" else what,
        "matchType": "prefix" if part.kind == "articles" else "exact",
        "from": stamp(part.covers_from),
        "to": stamp(part.covers_until - timedelta(seconds=1)),
        "collapse": "urlkey" if part.kind == "articles" else _HOURLY,
    }
    filters = ["statuscode:200", *(["mimetype:text/html"] if part.kind == "articles" else [])]
    filters += [f"urlkey:.*({naming}).*"] if naming else []
    return _query(root, common, filters, resume)


def page_index_address(root: str, url: str) -> str:
    """Where the index tells of all captures of one address that showed a page."""
    return _query(root, {"url": url, "matchType": "exact"}, ["statuscode:200"], None)


def _query(root: str, common: dict[str, str], filters: list[str], resume: str | None) -> str:
    paging = [("limit", str(_ROWS)), ("showResumeKey", "true"), *([("resumeKey", resume)] if resume else [])]
    wanted = [("output", "json"), *(("filter", each) for each in filters)]
    return f"{root}/cdx/search/cdx?{urlencode([*common.items(), *wanted, *paging])}"


def playback_address(root: str, url: str, at: datetime) -> str:
    """Where the page stands that was captured nearest to a moment, as it came over the wire then."""
    return f"{root}/web/{stamp(at)}id_/{url}"


def played(final_url: str) -> tuple[datetime, str] | None:
    """Which capture answered, by the address that playback ended at: its moment and its address."""
    found = _PLAYED.search(final_url)
    if found is None:
        return None
    try:
        return read_stamp(found[1]), _SCHEME.sub(lambda scheme: f"{scheme[1].lower()}://", found[2], count=1)
    except ValueError:
        return None


def read_part(part: Part, body: bytes) -> Read | Failure:
    """A page of the index into listings, or into the captures of a feed that are to be read. Pure."""
    answer = read_index(body)
    if isinstance(answer, Failure):
        return answer
    rows, malformed, resume = answer
    entries = len(rows) + malformed
    if part.kind == "snapshots":
        found = [_snapshot(part, row) for row in rows if row.status == _OK]
        # Parts to be read are no entries: what they list is.
        return Read(entries=malformed, malformed=malformed, parts=tuple(found), resume=resume)
    listings = tuple(Listing(url=row.url, seen_at=row.at) for row in rows if may_be_an_article(row.url))
    return Read(entries=entries, malformed=malformed, listings=listings, resume=resume)


def _snapshot(part: Part, row: Row) -> Part:
    return Part(
        source="wayback",
        kind="snapshot",
        part=f"{stamp(row.at)} {part.feed}",
        covers_from=row.at,
        covers_until=row.at + timedelta(seconds=1),
        outlet=part.outlet,
        feed=part.feed,
    )


def read_index(body: bytes) -> tuple[list[Row], int, str | None] | Failure:
    """The rows of an answer of the index, how many are damaged, and the key of the next page."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:
        return Failure(reason=Reason.MALFORMED_RESPONSE, detail=f"the index does not answer in JSON: {error}"[:200])
    if not isinstance(answer, list):
        return Failure(reason=Reason.MALFORMED_RESPONSE, detail="the index does not answer with a list of rows")
    if not answer:
        return [], 0, None
    header, *rows = answer
    names = header if isinstance(header, list) and all(isinstance(each, str) for each in header) else []
    if not {"timestamp", "original"}.issubset(names):
        return Failure(
            reason=Reason.MALFORMED_RESPONSE, detail=f"the index has other columns: {', '.join(names)}"[:200]
        )
    resume = None
    if len(rows) >= 2 and rows[-2] == [] and isinstance(rows[-1], list) and len(rows[-1]) == 1:  # noqa: PLR2004
        resume = str(rows[-1][0])
        rows = rows[:-2]
    read = [_row(names, row) for row in rows if row != []]
    good = [row for row in read if row is not None]
    return good, len(read) - len(good), resume


def _row(header: list[str], values: Any) -> Row | None:
    if not isinstance(values, list) or len(values) != len(header) or not all(isinstance(each, str) for each in values):
        return None
    fields = dict(zip(header, values, strict=True))
    try:
        at = read_stamp(fields["timestamp"])
        identity_key(fields["original"])
    except (ValueError, NotAnAddressError):
        return None
    if at.year < _FIRST_YEAR:
        return None
    return Row(
        at=at,
        url=_without_port(fields["original"]),
        status=fields.get("statuscode", _OK),
        mimetype=fields.get("mimetype", ""),
    )


def _without_port(url: str) -> str:
    """`http://a.kz:80/x` as everybody else writes it."""
    return re.sub(r"^(http://[^/?#]+):80(?=[/?#]|$)|^(https://[^/?#]+):443(?=[/?#]|$)", r"\1\2", url)


def may_be_an_article(url: str) -> bool:
    """Whether an address looks like one page of text, rather than a list of them or a file; in doubt it does."""
    path, _, parameters = url.partition("://")[2].partition("/")[2].partition("#")[0].partition("?")
    if _LISTS.search(f"/{path}") or _FILE.search(path):
        return False
    if _SECTIONS.search(f"/{path}"):
        return any(pattern.search(parameters) for pattern in (_NAMES_A_PAGE, _HAS_A_NUMBER_OR_SLUG))
    return True


def nearest(rows: Iterable[Row], moment: datetime) -> Row | None:
    """The capture of a page nearest to a moment, the earlier of two; None where none was answered with a page."""
    pages = [row for row in rows if row.status == _OK]
    return min(pages, key=lambda row: (abs(row.at - moment), row.at), default=None)


def memento_of(value: str | None) -> datetime | None:
    """The moment in a Memento-Datetime header (RFC 7089); None when it has none."""
    if not value:
        return None
    try:
        return datetime.strptime(value.strip(), "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    except ValueError:
        return None
