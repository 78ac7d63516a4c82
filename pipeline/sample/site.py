"""Every URL of the sample with its answer, before the update (edition 1) and after it (edition 2)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import cache
from http import HTTPStatus

from pipeline.sample.articles import DeadEnd, SampleArticle, articles, dead_ends
from pipeline.sample.feeds import CONTENT_TYPES, render_feed
from pipeline.sample.outlets import Outlet, SampleFeed, outlets
from pipeline.sample.pages import render

EDITIONS = (1, 2)
_ROBOTS = b"User-agent: *\nAllow: /\n"
# Headlines of neighbouring articles that a page shows in its boxes.
_NEIGHBOURS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One HTTP answer; `etag` comes with every body."""

    status: HTTPStatus
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    location: str | None = None

    @property
    def etag(self) -> str:
        """A strong validator: equal for equal bytes."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:16]}"'


NOTHING_HERE = Answer(status=HTTPStatus.NOT_FOUND, body=b"nothing here\n")


@cache
def answers(edition: int) -> Mapping[str, Answer]:
    """What stands at each URL in that edition; whatever is not listed is a 404."""
    return {url: answer for outlet in outlets() for url, answer in _of_outlet(outlet, edition)}


def _of_outlet(outlet: Outlet, edition: int) -> Iterator[tuple[str, Answer]]:
    current = _current(outlet, edition)
    stubs = [each for each in dead_ends() if each.outlet == outlet.domain]
    yield f"http://{outlet.domain}/robots.txt", Answer(status=HTTPStatus.OK, body=_ROBOTS)
    for feed in outlet.feeds:
        yield feed.url, _feed(feed, outlet, [*current, *stubs])
    for article in current:
        yield article.url, _page(article, outlet, current)
    for stub in stubs:
        if stub.target:
            yield stub.url, Answer(status=HTTPStatus.MOVED_PERMANENTLY, location=stub.target)
        elif stub.kind == "no_text":
            yield stub.url, _page(stub, outlet, current)


def _current(outlet: Outlet, edition: int) -> list[SampleArticle]:
    """The outlet's articles as that edition has them: one text under each URL."""
    latest: dict[str, SampleArticle] = {}
    for article in articles():
        if article.outlet == outlet.domain and article.edition <= edition:
            latest[article.url] = article
    return list(latest.values())


def _page(article: SampleArticle | DeadEnd, outlet: Outlet, current: Sequence[SampleArticle]) -> Answer:
    html = render(article, outlet, _neighbours(article, current))
    silent = article.charset if isinstance(article, SampleArticle) else None
    declared = "" if silent else f"; charset={outlet.charset}"
    return Answer(
        status=HTTPStatus.OK,
        body=html.encode(silent or outlet.charset, "xmlcharrefreplace"),
        content_type=f"text/html{declared}",
    )


def _neighbours(article: SampleArticle | DeadEnd, current: Sequence[SampleArticle]) -> list[SampleArticle]:
    """The next articles of the same outlet and language, around the corner when the list ends."""
    alike = [each for each in current if each.language == article.language]
    urls = [each.url for each in alike]
    start = urls.index(article.url) + 1 if article.url in urls else 0
    return [each for each in alike[start:] + alike[:start] if each.url != article.url][:_NEIGHBOURS]


def _feed(feed: SampleFeed, outlet: Outlet, items: Sequence[SampleArticle | DeadEnd]) -> Answer:
    listed = [each for each in items if each.language == feed.language and feed.section in {None, each.section}]
    listed.sort(key=_newest_first, reverse=True)
    document = render_feed(feed, outlet, listed)
    return Answer(
        status=HTTPStatus.OK,
        body=document.encode(feed.charset, "xmlcharrefreplace"),
        content_type=CONTENT_TYPES[feed.form],
    )


def _newest_first(item: SampleArticle | DeadEnd) -> datetime:
    """When to sort an item: undated ones last, a bare day at its start."""
    match item.published:
        case None:
            return datetime.min.replace(tzinfo=UTC)
        case datetime() as moment:
            return moment
        case day:
            return datetime.combine(day, time.min, UTC)
