"""A backfill that is killed at any moment, or shared by several processes, ends as one that ran through."""

from __future__ import annotations

import random
import time
from datetime import timedelta

from pipeline.settings import Settings
from pipeline.warehouse.connect import Connection
from pipeline.warehouse.fingerprint import fingerprint
from tests.archive_replica import ArchiveReplica
from tests.conftest import TickingClock
from tests.newsroom import rows
from tests.the_past import at, kill, publish_past, run, start, window
from tests.tiny_web import TinyWeb

ASKED = window(at(5, 0), at(6, 0), lag=timedelta(hours=8))
DAYS = [window(at(5, hour), at(5, hour + 8), lag=timedelta(hours=8)) for hour in (0, 8, 15)]
# From the first look at the warehouse to the last step, as a pass on a machine with other tests takes it.
EARLIEST, LATEST = 0.8, 5.0


def test_ten_kills_at_random_moments_change_nothing(
    past: Settings,
    clock: TickingClock,
    connection: Connection,
    replica: ArchiveReplica,
    web: TinyWeb,
    other_database: str,
    other_connection: Connection,
) -> None:
    publish_past(replica, web, range(3, 9))
    run(past.model_copy(update={"database_url": other_database}), clock, ASKED)
    waits = [random.uniform(EARLIEST, LATEST) for _ in range(10)]  # noqa: S311 - a failure tells what they were
    for wait in waits:
        process = start(past, ASKED)
        time.sleep(wait)
        kill(process)
    assert start(past, ASKED).wait(timeout=200) == 0
    assert fingerprint(connection) == fingerprint(other_connection), waits
    assert all(row["balanced"] for row in rows(connection, "SELECT balanced FROM report.accounting"))
    twice = "SELECT candidate_id FROM ops.captures GROUP BY candidate_id, via, observed_at HAVING count(*) > 1"
    assert rows(connection, twice) == []


def test_processes_share_the_days_and_ask_for_each_part_once(
    past: Settings,
    clock: TickingClock,
    connection: Connection,
    replica: ArchiveReplica,
    web: TinyWeb,
    other_database: str,
    other_connection: Connection,
) -> None:
    publish_past(replica, web, range(3, 9))
    for process in [start(past, day) for day in DAYS]:
        assert process.wait(timeout=200) == 0
    asked = [path for _, path in replica.asked if "/web/" not in path and "robots" not in path]
    assert len(asked) == len(set(asked))
    # Whoever ended last may have left to the others what they had in hands then.
    assert start(past, DAYS[0]).wait(timeout=200) == 0
    run(past.model_copy(update={"database_url": other_database}), clock, *DAYS[::-1])
    assert fingerprint(connection) == fingerprint(other_connection)
