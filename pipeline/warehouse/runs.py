"""Who is at work, and what each pass did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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


def join_run(connection: Connection, name: str, *, kind: str, crises: Sequence[str], now: datetime) -> int:
    """Be part of the run of that name, which the first to come begins; return its id."""
    connection.execute(query("ensure_months"), {"now": now})
    return int(_only(connection, "join_run", {"name": name, "kind": kind, "crises": list(crises), "now": now}))


def run_began(connection: Connection, run_id: int) -> datetime:
    """When a run began."""
    began: datetime = _only(connection, "run_began", {"run_id": run_id})
    return began


def end_run(connection: Connection, run_id: int, *, counts: Mapping[str, Mapping[str, int]], now: datetime) -> None:
    """Note that a pass, or a task of it, came to its end, and add what each stage did there."""
    with connection.transaction():
        sums: dict[str, dict[str, int]] = _only(connection, "run_counts", {"run_id": run_id})
        for stage, numbers in counts.items():
            known = sums.setdefault(stage, {})
            for name, number in numbers.items():
                known[name] = known.get(name, 0) + number
        connection.execute(query("end_run"), {"run_id": run_id, "counts": Jsonb(sums), "now": now})


def run_accounting(connection: Connection, run_id: int) -> Accounting:
    """The accounting of one pass."""
    with connection.cursor(row_factory=class_row(Accounting)) as cursor:
        row = cursor.execute(query("run_accounting"), {"run_id": run_id}).fetchone()
    if row is None:
        raise LookupError(f"run {run_id} has no accounting")
    return row


def shards_to_poll(
    connection: Connection, *, of: int, crises: Sequence[str], everything: bool, now: datetime
) -> list[int]:
    """Which of so many shards have feeds that are due; with `everything`, feeds at all."""
    parameters = {"of": of, "crises": list(crises), "everything": everything, "now": now}
    return [row[0] for row in connection.execute(query("feed_shards"), parameters)]


def shards_to_fetch(connection: Connection, *, of: int, now: datetime) -> list[int]:
    """Which of so many shards have pages to ask for or to extract, or what a pass that died has left."""
    return [row[0] for row in connection.execute(query("page_shards"), {"of": of, "now": now})]


def count_new_stories(connection: Connection, name: str) -> int:
    """How many stories the run of that name was the first to publish."""
    return int(_only(connection, "new_stories", {"name": name}))


def _only(connection: Connection, name: str, parameters: Mapping[str, object]) -> Any:
    row = connection.execute(query(name), parameters).fetchone()
    if row is None:
        raise LookupError(f"{name} gave no row")
    return row[0]
