"""Every statement of a page about its date of publication, and which statement to believe."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import datetime

from htmldate import find_date
from lxml.html import HtmlElement

from pipeline.dates import parse_moment
from pipeline.extract.structured import Structured
from pipeline.records import DateClaim, Origin, Page, Precision

# Names under which publishers state when an article was published; modification has other names.
_META = (
    "article:published_time",
    "article:published",
    "og:article:published_time",
    "datepublished",
    "publish-date",
    "publishdate",
    "pubdate",
    "published_at",
    "parsely-pub-date",
    "sailthru.date",
    "dc.date.issued",
    "dcterms.created",
    "dc.date",
    "date",
)
_URL_DAY = re.compile(r"(?<!\d)((?:19|20)\d{2})([/-]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?!\d)")

# How publishers name the element that shows the date.
_DATED = re.compile(r"date|time|publi[sc]|posted|byline", re.IGNORECASE)
_LONGEST_SHOWN = 60
_MOST_CHILDREN = 5
_SPACE = re.compile(r"\s+")

# Whom to believe: the publisher's own statement for machines, then the feed, then what stands on the page. An
# instant says more than a day, so every instant comes before every day. Whatever is left is a guess from text.
_TRUST = (Origin.JSON_LD, Origin.META, Origin.FEED, Origin.TIME, Origin.URL, Origin.TEXT)


def decide(claims: Collection[DateClaim]) -> DateClaim | None:
    """The claim to believe, whatever the order of the claims; None when there is none.

    Of equally trusted claims the earliest counts: what was published is later updated, not the other way round.
    """
    return min(claims, key=_rank, default=None)


def _rank(claim: DateClaim) -> tuple[bool, int, datetime, float]:
    offset = claim.offset.total_seconds() if claim.offset is not None else 0.5
    return claim.precision is Precision.DAY, _TRUST.index(claim.origin), claim.at, offset


def find_claims(tree: HtmlElement, structured: Structured, page: Page) -> tuple[DateClaim, ...]:
    """What the page says of its date, each statement once; only where it says nothing, what its text suggests."""
    stated = dict.fromkeys(
        claim
        for origin, raw in _statements(tree, structured, page.url)
        if (claim := parse_moment(raw, timezone=page.timezone, origin=origin, observed_at=page.observed_at))
    )
    if stated:
        return tuple(stated)
    guess = _guess(tree, page)
    return (guess,) if guess else ()


def _statements(tree: HtmlElement, structured: Structured, url: str) -> Iterator[tuple[Origin, str]]:
    for article in structured.articles:
        if isinstance(published := article.get("datePublished"), str):
            yield Origin.JSON_LD, published
    for name in _META:
        if name in structured.meta:
            yield Origin.META, structured.meta[name]
            break
    yield from _times(tree)
    if day := _URL_DAY.search(url):
        yield Origin.URL, f"{day[1]}-{day[3]}-{day[4]}"


def _times(tree: HtmlElement) -> Iterator[tuple[Origin, str]]:
    """The `<time>` that the page marks as publication, else its only one; several are other articles' times."""
    times = [each for each in tree.iter("time") if each.get("datetime")]
    marked = [each for each in times if each.get("pubdate") is not None or each.get("itemprop") == "datePublished"]
    distinct = {each.get("datetime") for each in marked or times}
    if len(distinct) == 1:
        yield Origin.TIME, str(distinct.pop())


def _guess(tree: HtmlElement, page: Page) -> DateClaim | None:
    """What the page shows its readers, or else the day that htmldate finds in its markup."""
    for text in _shown(tree):
        claim = parse_moment(text, timezone=page.timezone, origin=Origin.TEXT, observed_at=page.observed_at)
        if claim:
            return claim
    try:
        # The extensive search reads every text with dateparser: it triples the cost of a page, and its finds
        # are more often a neighbour's date than the article's.
        day = find_date(
            tree,
            extensive_search=False,
            original_date=True,
            max_date=page.observed_at.date().isoformat(),
            url=page.url,
        )
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        # htmldate breaks on some hostile attributes; a date that cannot be guessed is unknown.
        return None
    if not day:
        return None
    return parse_moment(day, timezone=page.timezone, origin=Origin.TEXT, observed_at=page.observed_at)


def _shown(tree: HtmlElement) -> Iterator[str]:
    """Short texts behind the first heading, in elements that are named after dates."""
    behind = not any(True for _ in tree.iter("h1"))
    for element in tree.iter():
        if element.tag == "h1":
            behind = True
        elif (
            behind
            and len(element) <= _MOST_CHILDREN
            and _DATED.search(f"{element.get('class', '')} {element.get('id', '')}")
        ):
            text = _SPACE.sub(" ", element.text_content()).strip()
            if 0 < len(text) <= _LONGEST_SHOWN:
                yield text
