"""Captures on their way to extraction, and what extraction gave."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from pipeline.errors import Failure
from pipeline.identify.copies import content_hash, text_hash
from pipeline.identify.domains import registrable
from pipeline.records import ArchivePlace, Article, Shard
from pipeline.warehouse.connect import Connection
from pipeline.warehouse.queries import query
from pipeline.warehouse.values import claims_to_json, storable


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingCapture:
    """A capture that waits for extraction."""

    capture_id: int
    candidate_id: int
    host: str
    url: str
    observed_at: datetime
    content_type: str | None
    warc_file: str
    warc_offset: int
    warc_length: int

    @property
    def place(self) -> ArchivePlace:
        """Where its bytes lie in the archive."""
        return ArchivePlace(file=self.warc_file, offset=self.warc_offset, length=self.warc_length)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """What is known of an outlet: its zone (IANA name) and language (ISO 639-1)."""

    domain: str
    outlet_id: int
    timezone: str
    language: str | None


def captures_to_extract(
    connection: Connection, shard: Shard, *, after: tuple[str, int], limit: int
) -> list[WaitingCapture]:
    """A shard's captures beyond that host and id that wait for extraction, locked until the transaction ends.

    They come host by host, so that an outlet's pages come together. Call it in a transaction.
    """
    parameters = {
        "after_host": after[0],
        "after": after[1],
        "limit": limit,
        "shard": shard.number,
        "of": shard.of,
    }
    with connection.cursor(row_factory=class_row(WaitingCapture)) as cursor:
        return cursor.execute(query("captures_to_extract"), parameters).fetchall()


def count_captures_to_extract(connection: Connection, shard: Shard) -> int:
    """How many captures of a shard wait for extraction."""
    row = connection.execute(query("count_captures_to_extract"), {"shard": shard.number, "of": shard.of}).fetchone()
    return int(row[0]) if row else 0


def outlets_by_domain(connection: Connection) -> dict[str, Outlet]:
    """Every outlet that is known."""
    with connection.cursor(row_factory=class_row(Outlet)) as cursor:
        return {outlet.domain: outlet for outlet in cursor.execute(query("outlets_by_domain"))}


def outlet_of(host: str, outlets: Mapping[str, Outlet]) -> Outlet | None:
    """The outlet that a host belongs to: the one of its own domain, else of the nearest domain above it."""
    name = host.partition(":")[0].removeprefix("www.")
    while name:
        if outlet := outlets.get(name) or outlets.get(f"www.{name}"):
            return outlet
        name = name.partition(".")[2]
    return None


def add_unknown_outlets(connection: Connection, hosts: Collection[str]) -> None:
    """Give hosts that belong to no known outlet one of their own."""
    outlets = outlets_by_domain(connection)
    unknown = sorted({host.partition(":")[0] for host in hosts if outlet_of(host, outlets) is None})
    if unknown:
        with connection.cursor() as cursor:
            cursor.executemany(query("add_outlet"), [{"domain": host, "family": registrable(host)} for host in unknown])


def record_extraction(
    connection: Connection,
    capture: WaitingCapture,
    outcome: Article | Failure,
    *,
    extractor_version: str,
    furniture_version: int,
    now: datetime,
) -> None:
    """What was read in a capture, or why nothing was. Recording it twice is recording it once."""
    values = {
        "capture_id": capture.capture_id,
        "extractor_version": extractor_version,
        "furniture_version": furniture_version,
        "now": now,
        **(_NOTHING | {"reason": outcome.reason.value} if isinstance(outcome, Failure) else _columns(outcome)),
    }
    row = connection.execute(query("add_extraction"), values).fetchone()
    connection.execute(
        query("capture_extracted"),
        {
            "capture_id": capture.capture_id,
            "extraction_id": row and row[0],
            "has_text": values["reason"] is None,
        },
    )


_NOTHING: dict[str, object] = {
    "title": None,
    "text": None,
    "language": None,
    "authors": [],
    "canonical_url": None,
    "claims": claims_to_json(()),
    "updates": claims_to_json(()),
    "site_name": None,
    "image_url": None,
    "paywalled": False,
    "extractor": None,
    "pruned": [],
    "credit": None,
    "credit_start": None,
    "credit_end": None,
    "content_hash": None,
    "text_hash": None,
}


def _columns(article: Article) -> dict[str, object]:
    title, text, credit = storable(article.title), storable(article.text), article.credit
    return {
        "reason": None,
        "title": title,
        "text": text,
        "language": article.language,
        "authors": [storable(author) for author in article.authors],
        "canonical_url": article.canonical_url and storable(article.canonical_url),
        "claims": claims_to_json(article.claims),
        "updates": claims_to_json(article.updates),
        "site_name": article.site_name and storable(article.site_name),
        "image_url": article.image_url and storable(article.image_url),
        "paywalled": article.paywalled,
        "extractor": article.extractor,
        "pruned": [storable(head) for head in article.pruned],
        "credit": credit and storable(credit.name),
        "credit_start": credit and len(storable(article.text[: credit.start])),
        "credit_end": credit and len(storable(article.text[: credit.end])),
        "content_hash": content_hash(title, text),
        "text_hash": text_hash(text),
    }


def read_outdated_again(
    connection: Connection,
    *,
    extractor_version: str,
    since: datetime | None = None,
    until: datetime | None = None,
    outlet: str | None = None,
) -> int:
    """Have the captures extracted again that another version read; return how many they are.

    Args:
        connection: the warehouse.
        extractor_version: the version that counts.
        since: only captures observed then or later, aware.
        until: only captures observed before, aware.
        outlet: only captures of this domain and the hosts below it.
    """
    parameters = {
        "extractor_version": extractor_version,
        "since": since,
        "until": until,
        "outlet": outlet,
        "outlet_pattern": re.escape(outlet or ""),
    }
    return connection.execute(query("read_outdated_again"), parameters).rowcount
