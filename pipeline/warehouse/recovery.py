"""Pages that a web archive is asked for, because the live ones are gone or changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from pipeline.errors import Reason
from pipeline.identify.urls import identity_key
from pipeline.records import ArchivePlace, Response
from pipeline.warehouse.connect import Connection
from pipeline.warehouse.queries import query
from pipeline.warehouse.sightings import Held, record_held

# In how many tries a page is to be had in one pass.
_TRIES = 3
# What no archive changes: the address, the publisher's wish, or an operator's.
_FINAL = [
    Reason.FORGOTTEN,
    Reason.ROBOTS_DISALLOWED,
    Reason.ADDRESS_REFUSED,
    Reason.NO_URL,
    Reason.URL_INVALID,
    Reason.URL_TOO_LONG,
]


@dataclass(frozen=True, slots=True, kw_only=True)
class LostPage:
    """A page to look for in an archive, and the moment that its capture should be near to."""

    candidate_id: int
    url: str
    key_hash: bytes
    moment: datetime


def claim_lost_pages(connection: Connection, *, worker: int, limit: int) -> list[LostPage]:
    """Pages that archives know and that the live web has lost, for this worker alone."""
    parameters = {"worker": worker, "limit": limit, "tries": _TRIES, "final": [reason.value for reason in _FINAL]}
    with connection.cursor(row_factory=class_row(LostPage)) as cursor:
        return cursor.execute(query("claim_lost_pages"), parameters).fetchall()


def try_archives_again(connection: Connection) -> None:
    """Begin a pass with nothing held against an archive."""
    connection.execute(query("archive_again"))


def record_recovered(
    connection: Connection, pages: Sequence[tuple[LostPage, Response, ArchivePlace]], *, run_id: int
) -> None:
    """Captures that lie in a closed WARC file of ours; of a page the one for the earliest moment counts."""
    with connection.transaction():
        held = [Held(key=identity_key(page.url), response=response, place=place) for page, response, place in pages]
        record_held(connection, held, via="wayback", run_id=run_id)
        for page, response, _ in pages:
            values = {"candidate_id": page.candidate_id, "observed_at": response.observed_at}
            connection.execute(query("page_recovered"), values)
            answered(connection, page)


def answered(connection: Connection, page: LostPage) -> None:
    """The archive has said what it has for a page's moment."""
    connection.execute(query("archive_answered"), {"candidate_id": page.candidate_id, "moment": page.moment})


def not_answered(connection: Connection, page: LostPage, *, counts: bool) -> None:
    """The archive could not be asked; `counts`: as a try."""
    connection.execute(query("archive_failed"), {"candidate_id": page.candidate_id, "counts": int(counts)})
