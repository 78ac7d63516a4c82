"""Feeds and their polls: what is due, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import class_row, dict_row

from pipeline.discover.entries import Announced
from pipeline.errors import Failure, Reason
from pipeline.records import WHOLE, ArchivePlace, Shard
from pipeline.warehouse.candidates import record_rejections
from pipeline.warehouse.connect import Connection
from pipeline.warehouse.queries import query
from pipeline.warehouse.tombstones import Place, buried
from pipeline.warehouse.values import storable


@dataclass(frozen=True, slots=True, kw_only=True)
class DueFeed:
    """A feed to poll. `scopes` says for each crisis of this pass that lists it: "crisis scope"."""

    feed_id: int
    url: str
    timezone: str
    etag: str | None
    last_modified: str | None
    body_hash: bytes | None
    failures: int
    scopes: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """One poll of one feed, as it is written down whatever its outcome."""

    feed_id: int
    run_id: int
    polled_at: datetime
    next_poll_at: datetime
    status: int | None = None
    body_bytes: int = 0
    place: ArchivePlace | None = None
    etag: str | None = None
    last_modified: str | None = None
    body_hash: bytes | None = None

    def parameters(self) -> dict[str, Any]:
        """The poll as the parameters of our statements."""
        return {
            "feed_id": self.feed_id,
            "run_id": self.run_id,
            "polled_at": self.polled_at,
            "next_poll_at": self.next_poll_at,
            "status": self.status,
            "body_bytes": self.body_bytes,
            "warc_file": self.place.file if self.place else None,
            "warc_offset": self.place.offset if self.place else None,
            "warc_length": self.place.length if self.place else None,
            "etag": self.etag,
            "last_modified": self.last_modified,
            "body_hash": self.body_hash,
            "reason": None,
            "detail": None,
            "entries": 0,
            "new_entries": 0,
            "known_entries": 0,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What a document's entries came to."""

    entries: int
    new: int
    pending: int
    again: int


def claim_feeds(
    connection: Connection,
    *,
    worker: int,
    crises: Sequence[str],
    now: datetime,
    limit: int,
    shard: Shard = WHOLE,
    asked_since: datetime | None = None,
) -> list[DueFeed]:
    """A shard's feeds that are due, for this worker alone; with `asked_since`, all not polled since then."""
    with connection.cursor(row_factory=class_row(DueFeed)) as cursor:
        return cursor.execute(
            query("claim_feeds"),
            {
                "worker": worker,
                "crises": list(crises),
                "now": now,
                "limit": limit,
                "shard": shard.number,
                "of": shard.of,
                "asked_since": asked_since,
            },
        ).fetchall()


def release_feeds(connection: Connection, worker: int) -> None:
    """Free what this worker claimed and did not come to."""
    connection.execute(query("release_feeds"), {"worker": worker})


def record_failed_poll(connection: Connection, poll: Poll, failure: Failure) -> None:
    """A feed failed; its history stays, and it is asked again."""
    values = poll.parameters() | {
        "outcome": "failed",
        "reason": failure.reason.value,
        "detail": storable(failure.detail),
        "status": failure.status or poll.status,
    }
    with connection.transaction():
        connection.execute(query("record_poll"), values)
        connection.execute(query("feed_failed"), values)


def record_unchanged_poll(connection: Connection, poll: Poll) -> None:
    """A feed has not changed since it was last read."""
    with connection.transaction():
        connection.execute(query("record_poll"), poll.parameters() | {"outcome": "unchanged"})
        connection.execute(query("feed_succeeded"), poll.parameters())


def record_read_poll(connection: Connection, poll: Poll, announced: Sequence[Announced], *, entries: int) -> Listed:
    """A feed was read: its entries become candidates, all in one transaction.

    `entries` counts the document's entries, repeated ones included; those that add no candidate were known.
    """
    with connection.transaction():
        new, pending = _add_candidates(connection, poll, announced)
        again = _announce(connection, poll, announced)
        values = poll.parameters() | {
            "outcome": "read",
            "entries": entries,
            "new_entries": new,
            "known_entries": entries - new,
        }
        connection.execute(query("record_poll"), values)
        connection.execute(query("feed_succeeded"), values)
    return Listed(entries=entries, new=new, pending=pending, again=again)


def _add_candidates(connection: Connection, poll: Poll, announced: Sequence[Announced]) -> tuple[int, int]:
    """Add those that nobody announced before; return how many there were, and how many are to be fetched."""
    places = {each.key: Place(key_hash=each.key, host=each.host) for each in announced if each.host}
    forgotten = buried(connection, places)
    rows = [
        {
            "url": each.url and storable(each.url),
            "key": each.key.hex(),
            "host": each.host,
            "state": "rejected" if each.key in forgotten else each.state,
            "reason": Reason.FORGOTTEN if each.key in forgotten else each.reason,
            "detail": None if each.key in forgotten else each.detail and storable(each.detail),
        }
        for each in announced
    ]
    added = connection.execute(
        query("add_candidates"),
        {"feed_id": poll.feed_id, "run_id": poll.run_id, "now": poll.polled_at, "entries": json.dumps(rows)},
    ).fetchall()
    record_rejections(
        connection,
        [
            {"candidate_id": candidate, "reason": reason, "detail": detail}
            for candidate, state, reason, detail in added
            if state == "rejected"
        ],
        stage="poll",
        run_id=poll.run_id,
        now=poll.polled_at,
    )
    wanted = [each.key for each in announced if each.state == "pending" and each.key not in forgotten]
    connection.execute(query("bring_into_scope"), {"keys": wanted, "now": poll.polled_at})
    return len(added), sum(state == "pending" for _, state, _, _ in added)


def _announce(connection: Connection, poll: Poll, announced: Sequence[Announced]) -> int:
    """Keep what the feed says of each entry; return how many pages are to be asked for again."""
    rows = [
        {
            "key": each.key.hex(),
            "title": storable(each.title),
            "summary": storable(each.summary),
            "published_raw": each.published_raw and storable(each.published_raw),
            "published_at": each.published and each.published.at.isoformat(),
            "published_offset": (
                each.published
                and each.published.offset is not None
                and f"{each.published.offset.total_seconds()} seconds"
            )
            or None,
            "published_day": each.published and each.published.day.isoformat(),
            "published_precision": each.published and each.published.precision,
            "digest": each.digest.hex(),
        }
        for each in announced
    ]
    changes = connection.execute(
        query("announce"), {"feed_id": poll.feed_id, "now": poll.polled_at, "entries": json.dumps(rows)}
    ).fetchall()
    newly = [candidate for candidate, is_new in changes if is_new]
    changed = [candidate for candidate, is_new in changes if not is_new]
    connection.execute(query("reconsider_dates"), {"candidates": newly})
    return connection.execute(query("fetch_again"), {"candidates": changed, "now": poll.polled_at}).rowcount


def feeds_overview(connection: Connection, crises: Sequence[str]) -> list[dict[str, Any]]:
    """Every feed that these crises list, with how it is: the rows of `qantar feeds list`."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query("feeds_overview"), {"crises": list(crises)}).fetchall()
