"""Every statement of a page about its date of publication, and which statement to believe."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

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
_META_UPDATES = (
    "article:modified_time",
    "article:modified",
    "og:updated_time",
    "datemodified",
    "last-modified",
    "lastmod",
)
_URL_DAY = re.compile(r"(?<!\d)((?:19|20)\d{2})([/-]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?!\d)")

# How publishers name the element that shows the date.
_DATED = re.compile(r"date|time|publi[sc]|posted|byline", re.IGNORECASE)
_PUBLISHED = re.compile(r"(publi[sc]\w*|post|article|news|entry|pub)[-_]?(date|time)|datePublished", re.IGNORECASE)
# Far enough ahead that no statement is refused for its being in the future.
_ANY_TIME = timedelta(days=50 * 365)
# How many elements beside the headline may hold the date.
_NEXT = 3
_LONGEST_SHOWN = 60
_MOST_CHILDREN = 5
_SPACE = re.compile(r"\s+")

# Whom to believe: the publisher's own statements for machines, then the feed, then what stands on the page. An
# instant says more than a day, so every instant comes before every day. Whatever is left is a guess from text.
_TRUST = (
    (frozenset({Origin.JSON_LD, Origin.META}), "the publisher's statement for machines"),
    (frozenset({Origin.FEED}), "the feed's statement"),
    (frozenset({Origin.TIME}), "the page's marked time"),
    (frozenset({Origin.URL}), "the day in the address"),
    (frozenset({Origin.TEXT}), "what the page shows its readers"),
)


def decide(claims: Collection[DateClaim]) -> DateClaim | None:
    """The claim to believe, whatever the order of the claims; None when there is none.

    Of equally trusted claims the earliest counts: what was published is later updated, not the other way round;
    and of one clock time under two zones, which JSON-LD and meta tags are seen to state, one is a wrong label.
    """
    return min(claims, key=_rank, default=None)


def decide_update(claims: Collection[DateClaim]) -> DateClaim | None:
    """The claim on the last change to believe: the latest instant, else the latest day; None when there is none."""
    return max(claims, key=lambda claim: (claim.precision is Precision.INSTANT, claim.at, claim.origin), default=None)


def rule_of(claims: Collection[DateClaim]) -> str:
    """In words, why `decide` believes the claim that it believes; empty when there is none."""
    decided = decide(claims)
    if decided is None:
        return ""
    rule = _TRUST[_trust(decided)][1]
    rivals = {claim.at for claim in claims if claim.precision is decided.precision and _trust(claim) == _trust(decided)}
    parts = [rule, *(["the earliest of several"] if len(rivals) > 1 else [])]
    if any(claim.precision is not decided.precision for claim in claims):
        parts.append("a time before a bare day")
    days = {claim.day for claim in claims}
    if len(days) > 1:
        parts.append(f"others say {', '.join(sorted(day.isoformat() for day in days - {decided.day}))}")
    return "; ".join(parts)


def _trust(claim: DateClaim) -> int:
    return next(rank for rank, (origins, _) in enumerate(_TRUST) if claim.origin in origins)


def _rank(claim: DateClaim) -> tuple[bool, int, datetime, float, str]:
    offset = claim.offset.total_seconds() if claim.offset is not None else 0.5
    return claim.precision is Precision.DAY, _trust(claim), claim.at, offset, claim.origin.value


def find_claims(tree: HtmlElement, structured: Structured, page: Page) -> tuple[DateClaim, ...]:
    """What the page says of its date, each statement once; only where it says nothing, what its text suggests.

    Where it states the future, by a wrong clock or a wrong zone, nothing is read into the pieces of that statement.
    """
    statements = list(_statements(tree, structured, page.url))
    stated = _read(statements, page)
    if stated or _read(statements, replace(page, observed_at=page.observed_at + _ANY_TIME)):
        return stated
    guess = _guess(tree, page)
    return (guess,) if guess else ()


def _read(statements: Iterable[tuple[Origin, str]], page: Page) -> tuple[DateClaim, ...]:
    """The statements that are dates, each once, in their order."""
    claims = (
        parse_moment(raw, timezone=page.timezone, origin=origin, observed_at=page.observed_at)
        for origin, raw in statements
    )
    return tuple(dict.fromkeys(filter(None, claims)))


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
    """Short texts that readers take for the date.

    First in elements named after dates behind the first heading, then in elements named after publication before it,
    then whatever stands next to the headline.
    """
    headings = list(tree.iter("h1")) or list(tree.iter("h2"))[:1]
    behind = not headings
    before: list[str] = []
    for element in tree.iter("*"):
        if headings and element is headings[0]:
            behind = True
        elif len(element) <= _MOST_CHILDREN:
            named = f"{element.get('class', '')} {element.get('id', '')}"
            if (_DATED if behind else _PUBLISHED).search(named) and (text := _short(element.text_content())):
                if behind:
                    yield text
                else:
                    before.append(text)
    yield from before
    for heading in headings[:1]:
        for beside in [*islice(heading.itersiblings(), _NEXT), *islice(heading.itersiblings(preceding=True), _NEXT)]:
            if isinstance(beside.tag, str):
                yield from filter(None, map(_short, islice(beside.itertext(), _MOST_CHILDREN)))


def _short(text: str) -> str:
    """The text on one line without the marks around it; empty when it is too long for a date."""
    line = _SPACE.sub(" ", text).strip(" \t|/,•·–—-")
    return line if len(line) <= _LONGEST_SHOWN else ""


def find_updates(structured: Structured, page: Page) -> tuple[DateClaim, ...]:
    """What the page says of the date of its last change, each statement once."""
    return _read(_update_statements(structured), page)


def _update_statements(structured: Structured) -> Iterator[tuple[Origin, str]]:
    for article in structured.articles:
        if isinstance(modified := article.get("dateModified"), str):
            yield Origin.JSON_LD, modified
    for name in _META_UPDATES:
        if name in structured.meta:
            yield Origin.META, structured.meta[name]
            break
