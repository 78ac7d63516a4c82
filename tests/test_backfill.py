"""Rebuilding the past from a replica of the archives, over real sockets into a real warehouse."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.settings import Settings
from pipeline.warehouse.connect import Connection
from pipeline.warehouse.fingerprint import fingerprint
from tests.archive_replica import ArchiveReplica, archive_replica
from tests.conftest import MakeSettings, TickingClock
from tests.newsroom import rows
from tests.the_past import at, profile, publish_past, run, settings_of, window
from tests.tiny_web import TinyWeb

NOW = datetime(2022, 3, 1, tzinfo=UTC)


@pytest.fixture
def replica() -> Iterator[ArchiveReplica]:
    with archive_replica() as served:
        yield served


@pytest.fixture
def clock() -> TickingClock:
    """Weeks after it all: no part of January is too young to be complete."""
    return TickingClock(NOW)


@pytest.fixture
def settings(make_settings: MakeSettings, replica: ArchiveReplica, tmp_path: Path) -> Settings:
    return settings_of(make_settings(), replica, profile(tmp_path))


def urls(connection: Connection) -> set[str]:
    return {row["url"] for row in rows(connection, "SELECT url FROM report.articles")}


def test_a_range_of_days_is_rebuilt_from_all_archives(
    settings: Settings, clock: TickingClock, connection: Connection, replica: ArchiveReplica, web: TinyWeb
) -> None:
    publish_past(replica, web)
    print(run(settings, clock, window(4, 6)))
    for r in rows(connection, "select url,state,reason,detail,source from ops.candidates order by url"): print(r)
    for r in rows(connection, "select * from report.completeness"): print(r)
    for r in rows(connection, "select * from report.accounting"): print(r)
    for r in rows(connection, "select source,kind,part,state,reason,detail from ops.scans where not (kind='minute' and state in ('missing','done'))"): print(r)
    assert urls(connection) == {f"http://tribune.example/news/2022/{day:02d}-{n}" for day in (4, 5) for n in range(3)}
