"""Candidates: what is to be asked for, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import class_row

from pipeline.errors import Failure
from pipeline.records import WHOLE, ArchivePlace, Response, Shard
from pipeline.warehouse.connect import Connection
from pipeline.warehouse.queries import query
from pipeline.warehouse.values import storable


@dataclass(frozen=True, slots=True, kw_only=True)
class DueCandidate:
    """A page to ask for. `attempts` have failed since it last came."""

    candidate_id: int
    url: str
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A candidate that was rejected, and when it is asked for again, if ever."""

    candidate_id: int
    failure: Failure
    again_at: datetime | None = None


def claim_candidates(
    connection: Connection, *, worker: int, now: datetime, limit: int, shard: Shard = WHOLE
) -> list[DueCandidate]:
    """A shard's pages that are due, for this worker alone."""
    parameters = {"worker": worker, "now": now, "limit": limit, "shard": shard.number, "of": shard.of}
    with connection.cursor(row_factory=class_row(DueCandidate)) as cursor:
        return cursor.execute(query("claim_candidates"), parameters).fetchall()


def release_candidates(connection: Connection, worker: int) -> None:
    """Free what this worker claimed and did not come to."""
    connection.execute(query("release_candidates"), {"worker": worker})


def record_captures(
    connection: Connection, captured: Sequence[tuple[int, Response, ArchivePlace]], *, run_id: int
) -> None:
    """Pages that lie in a closed WARC file: candidate, response, place."""
    rows = [
        {
            "candidate_id": candidate_id,
            "url": storable(response.final_url),
            "observed_at": response.observed_at,
            "status": response.status,
            "content_type": _content_type(response),
            "body_bytes": len(response.body),
            "warc_file": place.file,
            "warc_offset": place.offset,
            "warc_length": place.length,
            "run_id": run_id,
        }
        for candidate_id, response, place in captured
    ]
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany(query("add_capture"), rows)
        cursor.executemany(query("candidate_fetched"), [{"candidate_id": row["candidate_id"]} for row in rows])


def reject(connection: Connection, rejected: Sequence[Rejected], *, stage: str, run_id: int, now: datetime) -> None:
    """Candidates that a stage rejects, each with its reason."""
    rows = [
        {
            "candidate_id": each.candidate_id,
            "reason": each.failure.reason.value,
            "detail": storable(each.failure.detail),
            "fetch_due_at": each.again_at,
        }
        for each in rejected
    ]
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany(query("candidate_rejected"), rows)
        record_rejections(connection, rows, stage=stage, run_id=run_id, now=now)


def spare(connection: Connection, candidates: Sequence[int], *, again_at: datetime) -> None:
    """Ask for these again then, and hold nothing against them: they failed because of us."""
    connection.execute(query("candidates_spared"), {"candidates": list(candidates), "again_at": again_at})


def record_rejections(
    connection: Connection, rows: Sequence[Mapping[str, Any]], *, stage: str, run_id: int, now: datetime
) -> None:
    """Each rejection as a row of its own: candidate_id, reason, detail."""
    with connection.cursor() as cursor:
        cursor.executemany(
            query("record_rejection"), [{**row, "stage": stage, "run_id": run_id, "now": now} for row in rows]
        )


def _content_type(response: Response) -> str | None:
    content_type = response.header("content-type")
    return storable(content_type)[:500] if content_type else None
