"""How tests ask the archives: with real turns in a real warehouse, and time moved on in the table instead of slept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from pipeline.errors import Failure
from pipeline.fetch.caps import Caps
from pipeline.fetch.client import Client
from pipeline.fetch.pace import WarehousePace
from pipeline.settings import Settings
from tests.archive_replica import ArchiveReplica

CAPS = Caps(body_bytes=200_000, first_byte_seconds=5, total_seconds=5)
NOW = datetime(2022, 1, 5, 12, tzinfo=UTC)
INDEX = "/cdx/search/cdx?url=tribune.example&output=json"
PAGE = "http://tribune.example/news/1"
PLAYED = f"/web/20220105120000id_/{PAGE}"
MINUTE = "/gdeltv3/gal/20220105120000.gal.json.gz"


def settings_of(replica: ArchiveReplica, **changes: object) -> Settings:
    """Settings whose archives are the replica's, all on one host, without pauses."""
    values: dict[str, object] = {
        "gdelt_url": replica.gdelt_url,
        "wayback_url": replica.wayback_url,
        "ccnews_url": replica.ccnews_url,
        "host_delay": 0,
        **changes,
    }
    return Settings.model_validate(values)


@asynccontextmanager
async def asking(settings: Settings, database: str) -> AsyncIterator[Client]:
    """A client with turns of its own connection, as each process has one."""
    async with (
        await psycopg.AsyncConnection.connect(database, autocommit=True) as connection,
        Client(settings, WarehousePace(connection), clock=lambda: NOW) as client,
    ):
        yield client


async def got(client: Client, url: str, caps: Caps = CAPS) -> Failure | None:
    """The failure to get that address, None when there is none."""
    outcome = await client.get(url, caps=caps)
    return outcome if isinstance(outcome, Failure) else None


def asked(replica: ArchiveReplica, part: str) -> list[float]:
    """When the replica was asked for paths that hold this."""
    return [moment for moment, path in replica.asked if part in path]


def host(database: str, name: str, field: str) -> Any:
    """What is kept of a host."""
    with psycopg.connect(database) as connection:
        row = connection.execute(f"SELECT {field} FROM ops.hosts WHERE host = %s", [name]).fetchone()
    return row and row[0]


def closed_for(database: str, name: str) -> float:
    """For how many seconds an archive's part is closed, rounded; 0: it is open."""
    seconds = host(database, name, "extract(epoch FROM closed_until - clock_timestamp())::float")
    return max(round(seconds or 0), 0)


def pass_by(database: str, span: timedelta) -> None:
    """Let so much time pass for all hosts."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            """
            UPDATE ops.hosts
            SET next_slot_at = next_slot_at - %(span)s,
                closed_until = closed_until - %(span)s,
                slots = ARRAY(SELECT slot - %(span)s FROM unnest(slots) AS slot ORDER BY slot),
                at_work = ARRAY(SELECT deadline - %(span)s FROM unnest(at_work) AS deadline)
            """,
            {"span": span},
        )
