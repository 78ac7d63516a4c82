"""Candidates: what is to be asked for, and what came of it."""

from __future__ import annotations

import hashlib
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

# What is longer is no validator that anybody needs back.
_LONGEST_VALIDATOR = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class DueCandidate:
    """A page to ask for. `attempts` have failed since it last came; it came `rechecks` times.

    The validators and the digest of the body are those of the last time. `archived`: the list of an archive named it,
    so that there is somebody else to ask.
    """

    candidate_id: int
    url: str
    attempts: int
    rechecks: int
    etag: str | None
    last_modified: str | None
    archived: bool
    body_digest: bytes | None


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
    connection: Connection,
    captured: Sequence[tuple[int, Response, ArchivePlace]],
    *,
    run_id: int,
    recheck_at: Mapping[int, datetime | None],
) -> None:
    """Pages that lie in a closed WARC file: candidate, response, place; and when each candidate is asked for again."""
    rows = [
        {
            "candidate_id": candidate_id,
            "url": storable(response.final_url),
            "observed_at": response.observed_at,
            "status": response.status,
            "content_type": content_type(response),
            "body_bytes": len(response.body),
            "body_digest": body_digest(response),
            "etag": _validator(response, "etag"),
            "last_modified": _validator(response, "last-modified"),
            "recheck_at": recheck_at.get(candidate_id),
            "warc_file": place.file,
            "warc_offset": place.offset,
            "warc_length": place.length,
            "run_id": run_id,
        }
        for candidate_id, response, place in captured
    ]
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany(query("add_capture"), rows)
        cursor.executemany(query("candidate_fetched"), rows)


def record_unchanged(connection: Connection, recheck_at: Mapping[int, datetime | None]) -> None:
    """Candidates whose pages are still as they were, and when each is asked for again."""
    rows = [{"candidate_id": candidate_id, "recheck_at": moment} for candidate_id, moment in recheck_at.items()]
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany(query("candidate_unchanged"), rows)


def record_absences(connection: Connection, gone: Mapping[int, Failure], *, run_id: int, now: datetime) -> None:
    """Candidates whose pages are gone, and how; of a known article that is a fact of its own."""
    rows = [
        {"candidate_id": candidate_id, "reason": failure.reason.value, "run_id": run_id, "now": now}
        for candidate_id, failure in gone.items()
    ]
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany(query("record_absence"), rows)
        cursor.executemany(query("decide_missing"), rows)


def body_digest(response: Response) -> bytes:
    """What tells a page that came again to the byte."""
    return hashlib.sha256(response.body).digest()


def reject(connection: Connection, rejected: Sequence[Rejected], *, stage: str, run_id: int, now: datetime) -> None:
    """Candidates that a stage rejects, each with its reason."""
    rows = [
        {
            "candidate_id": each.candidate_id,
            "reason": each.failure.reason.value,
            "detail": storable(each.failure.detail),
            "fetch_due_at": each.again_at,
            "stage": stage,
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


def _validator(response: Response, name: str) -> str | None:
    value = response.header(name)
    return storable(value) if value and len(value) <= _LONGEST_VALIDATOR else None


def content_type(response: Response) -> str | None:
    """What the server says that the body is, as far as it is worth keeping."""
    said = response.header("content-type")
    return storable(said)[:500] if said else None
