"""Parts of archives: which are to be read, who reads them, and what each listed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Literal

from psycopg.rows import class_row

from pipeline.discover.past.listings import Part, Source
from pipeline.discover.past.windows import Window
from pipeline.errors import Failure
from pipeline.warehouse.connect import Connection
from pipeline.warehouse.queries import query
from pipeline.warehouse.values import storable

_ROWS = 5_000

# What becomes of a part that was not read.
Gap = Literal["pending", "missing", "failed", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan(Part):
    """A part to read. `resume` is where it goes on, None: at its beginning; `timezone` its outlet's, if it has one."""

    scan_id: int
    attempts: int
    resume: str | None
    timezone: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Where the entries of a part ended: new and known addresses, out of scope, malformed."""

    new: int = 0
    known: int = 0
    out_of_scope: int = 0
    malformed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """Of the parts that a window calls for: all, those still to be read, and those of them in others' hands."""

    parts: int
    pending: int
    elsewhere: int


def add_parts(connection: Connection, parts: Iterable[Part]) -> None:
    """Note parts to be read; those that are known stay as they are."""
    for some in _in_batches(parts):
        rows = [
            {
                "source": part.source,
                "kind": part.kind,
                "part": storable(part.part),
                "outlet": part.outlet,
                "feed": part.feed,
                "covers_from": part.covers_from.isoformat(),
                "covers_until": part.covers_until.isoformat(),
            }
            for part in some
        ]
        connection.execute(query("add_parts"), {"parts": json.dumps(rows)})


def _in_batches(parts: Iterable[Part]) -> Iterable[Sequence[Part]]:
    waiting = iter(parts)
    while some := list(islice(waiting, _ROWS)):
        yield some


def scan_again(connection: Connection, window: Window, *, scope: str, now: datetime) -> int:
    """Have the parts of a window read again that were read for other profiles, too early, or not at all."""
    return connection.execute(query("scan_again"), {**_span(window), "scope": scope, "now": now}).rowcount


def claim_parts(
    connection: Connection, window: Window, sources: Sequence[Source], *, worker: int, files: bool, limit: int
) -> list[Scan]:
    """Parts of a window to read now, for this worker alone: files of records, or else what comes whole."""
    parameters = {**_span(window), "sources": list(sources), "worker": worker, "files": files, "limit": limit}
    with connection.cursor(row_factory=class_row(Scan)) as cursor:
        return cursor.execute(query("claim_parts"), parameters).fetchall()


def count_parts(connection: Connection, window: Window, sources: Sequence[Source], *, worker: int) -> Left:
    """How far the search of a window is."""
    row = connection.execute(
        query("count_parts"), {**_span(window), "sources": list(sources), "worker": worker}
    ).fetchone()
    parts, pending, elsewhere = row or (0, 0, 0)
    return Left(parts=parts, pending=pending, elsewhere=elsewhere)


def release_parts(connection: Connection, worker: int) -> None:
    """Free what this worker claimed and did not come to."""
    connection.execute(query("release_parts"), {"worker": worker})


def release_part(connection: Connection, scan_id: int) -> None:
    """Free a part that is to be asked for later."""
    connection.execute(query("release_part"), {"scan_id": scan_id})


def record_read(
    connection: Connection, scan_id: int, *, resume: str | None, keep: bool = False, scope: str, now: datetime
) -> None:
    """A part was read to its end (no `resume`) or so far; `keep`: whoever reads it goes on."""
    values = {"scan_id": scan_id, "resume": resume, "keep": keep, "scope": scope, "now": now}
    connection.execute(query("part_read"), values)


def record_failed(
    connection: Connection,
    scan_id: int,
    failure: Failure,
    *,
    state: Gap,
    scope: str,
    now: datetime,
) -> None:
    """A part could not be had (missing: the archive does not have it) or read; pending: it is tried again."""
    values = {
        "scan_id": scan_id,
        "state": state,
        "reason": failure.reason.value,
        "detail": storable(failure.detail),
        "scope": scope,
        "now": now,
    }
    connection.execute(query("part_failed"), values)


def add_tally(connection: Connection, scan_id: int, tally: Tally, *, run_id: int) -> None:
    """Add to what a part listed in this run."""
    entries = tally.new + tally.known + tally.out_of_scope + tally.malformed
    if entries:
        values = {
            "scan_id": scan_id,
            "run_id": run_id,
            "entries": entries,
            "new_entries": tally.new,
            "known_entries": tally.known,
            "out_of_scope": tally.out_of_scope,
            "malformed": tally.malformed,
        }
        connection.execute(query("add_tally"), values)


def _span(window: Window) -> dict[str, object]:
    return {"since": window.since, "until": window.searched_until, "sources": list(window.sources)}
