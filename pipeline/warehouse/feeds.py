"""Feeds and their polls: what is due, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg.rows import class_row, dict_row

from pipeline.discover.entries import Announced
from pipeline.discover.lessons import Feed, Lesson
from pipeline.errors import Reason
from pipeline.records import WHOLE, ArchivePlace, Shard
from pipeline.warehouse.candidates import record_rejections
from pipeline.warehouse.connect import Connection
from pipeline.warehouse.queries import query
from pipeline.warehouse.tombstones import Place, buried
from pipeline.warehouse.values import storable


@dataclass(frozen=True, slots=True, kw_only=True)
class DueFeed(Feed):
    """A feed to poll, with what its polls taught.

    `scopes` says for each crisis of this pass that lists it: "crisis scope".
    """

    feed_id: int
    timezone: str
    scopes: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """One poll of one feed, and what it taught. `place` is where the document was archived, None: nothing was."""

    feed_id: int
    run_id: int
    polled_at: datetime
    lesson: Lesson
    place: ArchivePlace | None = None

    def parameters(self) -> dict[str, Any]:
        """The poll as the parameters of our statements."""
        lesson, place = self.lesson, self.place
        return {
            "feed_id": self.feed_id,
            "run_id": self.run_id,
            "polled_at": self.polled_at,
            "warc_file": place and place.file,
            "warc_offset": place and place.offset,
            "warc_length": place and place.length,
            "outcome": lesson.outcome,
            "next_poll_at": lesson.next_poll_at,
            "reason": lesson.failure and lesson.failure.reason.value,
            "detail": lesson.failure and storable(lesson.failure.detail),
            "status": lesson.status,
            "duration_ms": lesson.took and round(lesson.took / timedelta(milliseconds=1)),
            "body_bytes": lesson.body_bytes,
            "body_hash": lesson.body_hash,
            "entries": lesson.entries,
            "new_entries": lesson.new_entries,
            "known_entries": lesson.entries - lesson.new_entries,
            "entries_beyond": lesson.entries_beyond,
            "etag": lesson.manners.etag and storable(lesson.manners.etag),
            "last_modified": lesson.manners.last_modified and storable(lesson.manners.last_modified),
            "unproven_polls": lesson.manners.unproven_polls,
            "lied_at": lesson.manners.lied_at,
            "moved_to": lesson.manners.moved_to and storable(lesson.manners.moved_to),
            "moved_since": lesson.manners.moved_since,
            "poll_every": lesson.habits.poll_every,
            "news_every": lesson.habits.news_every,
            "floor": lesson.habits.floor,
            "trouble": lesson.habits.trouble,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What a document's entries came to: new ones, those of them to be fetched, and known ones to be fetched again."""

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


def claim_witnesses(
    connection: Connection, *, worker: int, crises: Sequence[str], before: datetime, limit: int
) -> list[DueFeed]:
    """Feeds of different outlets that answered lately and were not asked since then, for this worker alone."""
    parameters = {"worker": worker, "crises": list(crises), "before": before, "limit": limit}
    with connection.cursor(row_factory=class_row(DueFeed)) as cursor:
        return cursor.execute(query("claim_witnesses"), parameters).fetchall()


def release_feeds(connection: Connection, worker: int) -> None:
    """Free what this worker claimed and did not come to."""
    connection.execute(query("release_feeds"), {"worker": worker})


def record_poll(connection: Connection, poll: Poll) -> None:
    """What a poll gave, and what it taught. A feed that fails keeps its history, and one is not blamed for us."""
    after = {"failed": "feed_failed", "offline": "feed_spared"}.get(poll.lesson.outcome, "feed_succeeded")
    values = poll.parameters()
    with connection.transaction():
        connection.execute(query("record_poll"), values)
        connection.execute(query(after), values)


def record_entries(
    connection: Connection,
    announced: Sequence[Announced],
    *,
    source: str,
    feed_id: int,
    run_id: int,
    now: datetime,
) -> Listed:
    """Make the entries of a document candidates; call it in the transaction that records the poll.

    `source` is the kind of document: feed, sitemap.
    """
    new, pending = _add_candidates(connection, announced, source=source, feed_id=feed_id, run_id=run_id, now=now)
    again = _announce(connection, announced, feed_id=feed_id, now=now)
    return Listed(new=new, pending=pending, again=again)


def _add_candidates(
    connection: Connection,
    announced: Sequence[Announced],
    *,
    source: str,
    feed_id: int,
    run_id: int,
    now: datetime,
) -> tuple[int, int]:
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
        {"source": source, "feed_id": feed_id, "run_id": run_id, "now": now, "entries": json.dumps(rows)},
    ).fetchall()
    record_rejections(
        connection,
        [
            {"candidate_id": candidate, "reason": reason, "detail": detail}
            for candidate, state, reason, detail in added
            if state == "rejected"
        ],
        stage="poll",
        run_id=run_id,
        now=now,
    )
    wanted = [each.key for each in announced if each.state == "pending" and each.key not in forgotten]
    connection.execute(query("watch_archived"), {"keys": wanted})
    connection.execute(query("bring_into_scope"), {"keys": wanted, "now": now})
    return len(added), sum(state == "pending" for _, state, _, _ in added)


def _announce(connection: Connection, announced: Sequence[Announced], *, feed_id: int, now: datetime) -> int:
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
        query("announce"), {"feed_id": feed_id, "now": now, "entries": json.dumps(rows)}
    ).fetchall()
    newly = [candidate for candidate, is_new in changes if is_new]
    changed = [candidate for candidate, is_new in changes if not is_new]
    connection.execute(query("reconsider_dates"), {"candidates": newly})
    return connection.execute(query("fetch_again"), {"candidates": changed, "now": now}).rowcount


def feeds_overview(connection: Connection, crises: Sequence[str]) -> list[dict[str, Any]]:
    """Every feed that these crises list, with how it is: the rows of `qantar feeds list`."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query("feeds_overview"), {"crises": list(crises)}).fetchall()
