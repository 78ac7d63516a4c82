"""Who is at work, and what each pass did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from pipeline.warehouse.connect import Connection
from pipeline.warehouse.queries import query


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounting:
    """Where everything stands that one pass discovered, summed over its sources."""

    sources: int
    discovered: int
    loaded: int
    already_known: int
    out_of_scope: int
    rejected: int
    pending: int
    balanced: bool


def become_worker(connection: Connection) -> int:
    """Make this process a worker for as long as the connection lives: what it claims is free again after that."""
    return int(_only(connection, "become_worker", {}))


def start_run(connection: Connection, *, kind: str, crises: Sequence[str], now: datetime) -> int:
    """Note that a pass begins, and make the month's partitions; return the run's id."""
    connection.execute(query("ensure_months"), {"now": now})
    return int(_only(connection, "start_run", {"kind": kind, "crises": list(crises), "now": now}))


def end_run(connection: Connection, run_id: int, *, counts: Mapping[str, Mapping[str, int]], now: datetime) -> None:
    """Note that a pass came to its end, with the counts of each stage."""
    connection.execute(query("end_run"), {"run_id": run_id, "counts": Jsonb(counts), "now": now})


def run_accounting(connection: Connection, run_id: int) -> Accounting:
    """The accounting of one pass."""
    with connection.cursor(row_factory=class_row(Accounting)) as cursor:
        row = cursor.execute(query("run_accounting"), {"run_id": run_id}).fetchone()
    if row is None:
        raise LookupError(f"run {run_id} has no accounting")
    return row


def _only(connection: Connection, name: str, parameters: Mapping[str, object]) -> int:
    row = connection.execute(query(name), parameters).fetchone()
    if row is None:
        raise LookupError(f"{name} gave no row")
    return int(row[0])
