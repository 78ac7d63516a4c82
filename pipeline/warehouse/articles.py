"""Articles and revisions: one URL is one article, one distinct content of it one revision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import class_row

from pipeline.identify.urls import host_of, identity_key, key_hash
from pipeline.records import DateClaim
from pipeline.warehouse.captures import outlet_of, outlets_by_domain
from pipeline.warehouse.connect import Connection
from pipeline.warehouse.queries import query
from pipeline.warehouse.values import claims_from_json


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadCapture:
    """A capture with text that belongs to no article yet."""

    capture_id: int
    candidate_id: int
    url: str
    observed_at: datetime
    extraction_id: int
    content_hash: bytes
    language: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UndecidedArticle:
    """An article whose date and newest revision are to be decided, with every claim made of its date."""

    article_id: int
    revision_id: int
    revisions: int
    text_hash: bytes
    page_claims: list[dict[str, Any]]
    feed_claims: list[dict[str, Any]]

    @property
    def claims(self) -> list[DateClaim]:
        """What the page and the feeds say of its date."""
        return claims_from_json([*self.page_claims, *self.feed_claims])


def identify_captures(connection: Connection, *, limit: int, now: datetime) -> int:
    """Give up to `limit` captures their article and revision, in one transaction; return how many there were."""
    with connection.transaction():
        connection.execute(query("lock_identity"))
        with connection.cursor(row_factory=class_row(ReadCapture)) as cursor:
            captures = cursor.execute(query("captures_to_identify"), {"limit": limit}).fetchall()
        _add_unknown_outlets(connection, captures)
        outlets = outlets_by_domain(connection)
        for capture in captures:
            outlet = outlet_of(host_of(capture.url), outlets)
            if outlet is None:
                raise LookupError(f"no outlet for {capture.url}")
            _identify(connection, capture, outlet.outlet_id, now)
    return len(captures)


def _identify(connection: Connection, capture: ReadCapture, outlet_id: int, now: datetime) -> None:
    key = identity_key(capture.url)
    values: dict[str, object] = {
        "capture_id": capture.capture_id,
        "candidate_id": capture.candidate_id,
        "extraction_id": capture.extraction_id,
        "observed_at": capture.observed_at,
        "url": capture.url,
        "url_key": key,
        "key_hash": key_hash(key),
        "outlet_id": outlet_id,
        "now": now,
    }
    values["article_id"] = _returned(connection, "add_article", values)
    values["revision_id"] = _returned(connection, "add_revision", values)
    connection.execute(query("capture_identified"), values)
    connection.execute(query("candidate_identified"), values)


def _add_unknown_outlets(connection: Connection, captures: Sequence[ReadCapture]) -> None:
    outlets = outlets_by_domain(connection)
    hosts = {host_of(capture.url).partition(":")[0] for capture in captures}
    unknown = sorted(host for host in hosts if outlet_of(host, outlets) is None)
    with connection.cursor() as cursor:
        cursor.executemany(query("add_outlet"), [{"domain": host} for host in unknown])


def articles_to_decide(connection: Connection, *, after: int, limit: int) -> list[UndecidedArticle]:
    """Articles beyond that id whose date is to be decided, locked until the transaction ends."""
    with connection.cursor(row_factory=class_row(UndecidedArticle)) as cursor:
        return cursor.execute(query("articles_to_decide"), {"after": after, "limit": limit}).fetchall()


def decide_articles(connection: Connection, decided: Sequence[tuple[UndecidedArticle, DateClaim | None]]) -> None:
    """Write down the date and the newest revision of each; loading follows."""
    rows = [
        {
            "article_id": article.article_id,
            "revision_id": article.revision_id,
            "revisions": article.revisions,
            "text_hash": article.text_hash,
            "published_at": claim and claim.at,
            "published_offset": claim and claim.offset,
            "published_day": claim and claim.day,
            "published_origin": claim and claim.origin.value,
            "published_precision": claim and claim.precision.value,
        }
        for article, claim in decided
    ]
    with connection.cursor() as cursor:
        cursor.executemany(query("decide_article"), rows)


def _returned(connection: Connection, name: str, values: dict[str, object]) -> int:
    row = connection.execute(query(name), values).fetchone()
    if row is None:
        raise LookupError(f"{name} gave no row")
    return int(row[0])
