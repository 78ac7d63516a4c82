"""Captures on their way to extraction, and what extraction gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from pipeline.errors import Failure
from pipeline.identify.copies import content_hash, text_hash
from pipeline.records import ArchivePlace, Article, Shard
from pipeline.warehouse.connect import Connection
from pipeline.warehouse.queries import query
from pipeline.warehouse.values import claims_to_json, storable


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingCapture:
    """A capture that waits for extraction."""

    capture_id: int
    candidate_id: int
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


def captures_to_extract(connection: Connection, shard: Shard, *, after: int, limit: int) -> list[WaitingCapture]:
    """A shard's captures beyond that id that wait for extraction, locked until the transaction ends; call it in one."""
    parameters = {"after": after, "limit": limit, "shard": shard.number, "of": shard.of}
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


def record_extraction(
    connection: Connection,
    capture: WaitingCapture,
    outcome: Article | Failure,
    *,
    extractor_version: str,
    now: datetime,
) -> None:
    """What was read in a capture, or why nothing was. Recording it twice is recording it once."""
    values: dict[str, object] = {
        "capture_id": capture.capture_id,
        "extractor_version": extractor_version,
        "now": now,
        "reason": None,
        "title": None,
        "text": None,
        "language": None,
        "authors": [],
        "canonical_url": None,
        "claims": claims_to_json(()),
        "content_hash": None,
        "text_hash": None,
    }
    if isinstance(outcome, Failure):
        values["reason"] = outcome.reason.value
    else:
        title, text = storable(outcome.title), storable(outcome.text)
        values |= {
            "title": title,
            "text": text,
            "language": outcome.language,
            "authors": [storable(author) for author in outcome.authors],
            "canonical_url": outcome.canonical_url and storable(outcome.canonical_url),
            "claims": claims_to_json(outcome.claims),
            "content_hash": content_hash(title, text),
            "text_hash": text_hash(text),
        }
    row = connection.execute(query("add_extraction"), values).fetchone()
    connection.execute(
        query("capture_extracted"),
        {
            "capture_id": capture.capture_id,
            "extraction_id": row and row[0],
            "next_step": None if values["reason"] else "identify",
        },
    )
