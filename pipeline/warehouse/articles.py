"""Articles and revisions: one URL is one article, one distinct content of it one revision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg.rows import class_row

from pipeline.identify.canonical import article_address
from pipeline.identify.stories import STORY_WINDOW
from pipeline.identify.urls import host_of, identity_key, key_hash
from pipeline.records import DateClaim
from pipeline.warehouse.captures import Outlet, add_unknown_outlets, outlet_of, outlets_by_domain
from pipeline.warehouse.connect import Connection
from pipeline.warehouse.copies import Filed, drop_unused, find_copies
from pipeline.warehouse.queries import query
from pipeline.warehouse.revisions import regroup_revisions
from pipeline.warehouse.tombstones import Place, buried
from pipeline.warehouse.values import claims_from_json
from pipeline.warehouse.windows import leave_outside

# A publisher's day may begin when it is still yesterday in UTC, and clocks are wrong.
_CLOCKS_DIFFER = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadCapture:
    """A capture that belongs to no article yet, that reads differently now, or that shows a page without text.

    `known_article_id` is the article that its candidate led to before.
    """

    capture_id: int
    candidate_id: int
    url: str
    observed_at: datetime
    article_id: int | None
    known_article_id: int | None
    has_text: bool
    canonical_url: str | None

    @property
    def address(self) -> str:
        """The address of the article that it shows."""
        return article_address(self.url, self.canonical_url)


@dataclass(frozen=True, slots=True, kw_only=True)
class UndecidedArticle:
    """An article whose date and newest revision are to be decided, with every claim made of its date.

    `first_seen_at`: when its bytes, or an archive's word of its address, were first seen.
    """

    article_id: int
    first_seen_at: datetime
    revision_id: int
    revisions: int
    text_hash: bytes
    old_text_hash: bytes | None
    old_span: int | None
    page_claims: list[dict[str, Any]]
    updates: list[dict[str, Any]]
    other_claims: list[dict[str, Any]]
    feed_claims: list[dict[str, Any]]
    missing_since: datetime | None

    @property
    def claims(self) -> list[DateClaim]:
        """What the page as it is now and the feeds say of its date; where that is nothing, what other captures say.

        A claim by which it was seen before it was published is none.
        """
        return self._believed([*self.page_claims, *self.feed_claims]) or self._believed(self.other_claims)

    def _believed(self, rows: Sequence[Mapping[str, Any]]) -> list[DateClaim]:
        return [claim for claim in claims_from_json(rows) if claim.at <= self.first_seen_at + _CLOCKS_DIFFER]

    @property
    def update_claims(self) -> list[DateClaim]:
        """What the page says of its last change."""
        return claims_from_json(self.updates)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """How many captures got their article, and the addresses whose pages say that they are what must stay forgotten."""

    captures: int
    to_forget: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.captures or self.to_forget)


def identify_captures(connection: Connection, *, limit: int, now: datetime) -> Identified:
    """Give up to `limit` captures their article and revision, in one transaction.

    A page whose canonical address is under a tombstone is left as it is, for the caller to forget.
    """
    with connection.transaction():
        connection.execute(query("lock_identity"))
        with connection.cursor(row_factory=class_row(ReadCapture)) as cursor:
            found = cursor.execute(query("captures_to_identify"), {"limit": limit}).fetchall()
        forbidden = _forbidden(connection, found)
        captures = [capture for capture in found if capture.capture_id not in forbidden]
        regroup_revisions(connection, sorted(_articles_of(connection, captures)), now=now)
    return Identified(
        captures=len(captures),
        to_forget=tuple(sorted({capture.url for capture in found if capture.capture_id in forbidden})),
    )


def _forbidden(connection: Connection, captures: Sequence[ReadCapture]) -> set[int]:
    return buried(
        connection,
        {
            capture.capture_id: Place(key_hash=key_hash(identity_key(capture.address)), host=host_of(capture.address))
            for capture in captures
            if capture.has_text and capture.address != capture.url
        },
    )


def _articles_of(connection: Connection, captures: Sequence[ReadCapture]) -> set[int]:
    """The articles that captures have a say in; a page without text makes none, but may tell of one that is known."""
    made = _add_articles(connection, [each for each in captures if each.has_text and each.article_id is None])
    ids = {each.capture_id: made.get(each.capture_id, each.article_id) for each in captures}
    rows = [{"capture_id": each.capture_id, "article_id": ids[each.capture_id]} for each in captures]
    led = [
        {"candidate_id": each.candidate_id, "article_id": ids[each.capture_id]} for each in captures if each.has_text
    ]
    with connection.cursor() as cursor:
        cursor.executemany(query("capture_identified"), rows)
        cursor.executemany(query("candidate_identified"), led)
    return {article for each in captures if (article := ids[each.capture_id] or each.known_article_id)}


def _add_articles(connection: Connection, captures: Sequence[ReadCapture]) -> dict[int, int]:
    """The article that each of these shows, new or known, by capture."""
    add_unknown_outlets(connection, {host_of(capture.address) for capture in captures})
    outlets = outlets_by_domain(connection)
    rows = [_article_row(capture, outlets) for capture in captures]
    with connection.cursor() as cursor:
        cursor.executemany(query("add_article"), rows, returning=True)
        return {
            capture.capture_id: int(returned.fetchall()[0][0])
            for capture, returned in zip(captures, cursor.results(), strict=False)
        }


def _article_row(capture: ReadCapture, outlets: Mapping[str, Outlet]) -> dict[str, object]:
    key, outlet = identity_key(capture.address), outlet_of(host_of(capture.address), outlets)
    if outlet is None:
        raise LookupError(f"no outlet for {capture.url}")
    return {
        "observed_at": capture.observed_at,
        "url": capture.address,
        "url_key": key,
        "key_hash": key_hash(key),
        "outlet_id": outlet.outlet_id,
    }


def articles_to_decide(connection: Connection, *, after: int, limit: int) -> list[UndecidedArticle]:
    """Articles beyond that id whose date is to be decided, locked (and the identity) until the transaction ends."""
    connection.execute(query("lock_identity"))
    with connection.cursor(row_factory=class_row(UndecidedArticle)) as cursor:
        return cursor.execute(query("articles_to_decide"), {"after": after, "limit": limit}).fetchall()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """The claims that were decided for: publication, and the last change."""

    published: DateClaim | None
    modified: DateClaim | None


def decide_articles(
    connection: Connection, decided: Sequence[tuple[UndecidedArticle, Dates]], *, now: datetime
) -> None:
    """Write down the dates and the newest revision of each, and which texts are copies of theirs; loading follows.

    What archives alone know and no window holds is not loaded. Call it in a transaction, under the identity lock.
    """
    rows = [
        {
            "article_id": article.article_id,
            "first_seen_at": article.first_seen_at,
            "revision_id": article.revision_id,
            "revisions": article.revisions,
            "text_hash": article.text_hash,
            "missing_since": article.missing_since,
            "span_seconds": STORY_WINDOW.total_seconds(),
            **_date_columns("published", decision.published),
            **_date_columns("modified", decision.modified),
        }
        for article, decision in decided
    ]
    with connection.cursor() as cursor:
        cursor.executemany(query("decide_article"), rows)
    outside = leave_outside(connection, [article.article_id for article, _ in decided], now=now)
    find_copies(connection, [article.article_id for article, _ in decided if article.article_id not in outside])
    drop_unused(
        connection,
        [
            Filed(text_hash=article.old_text_hash, span=article.old_span)
            for article, _ in decided
            if article.old_text_hash is not None and article.old_span is not None
        ],
    )


def _date_columns(event: str, claim: DateClaim | None) -> dict[str, object]:
    return {
        f"{event}_at": claim and claim.at,
        f"{event}_offset": claim and claim.offset,
        f"{event}_day": claim and claim.day,
        f"{event}_origin": claim and claim.origin.value,
        f"{event}_precision": claim and claim.precision.value,
    }
