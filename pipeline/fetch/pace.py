"""When a host may be asked again.

Every process that fetches (live shards, backfills, a person's command) shares the turns of a host, so they
are kept in PostgreSQL and on its clock: `reserve_slot` takes the next free slot and pushes the one after it
back, in one statement.
"""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

from psycopg import AsyncConnection

from pipeline.warehouse.queries import query


class Pace(Protocol):
    """Hands out turns."""

    async def wait_turn(self, host: str, delay: float) -> None:
        """Return when the caller may send its request to the host.

        Args:
            host: the lower-case host name; its ports share one pace.
            delay: seconds from this request to the next one, 0 or more.
        """


class WarehousePace:
    """Turns kept in `ops.hosts`.

    A turn that was reserved and not used, because the caller was cancelled, is lost to the host; with one
    request of a process at work per host (`pipeline.fetch.many`) that is one delay at most.
    """

    def __init__(self, connection: AsyncConnection[Any]) -> None:
        """Take an open connection in autocommit: a slot held back in a transaction would bind nobody.

        Raises:
            ValueError: the connection is not in autocommit.
        """
        if not connection.autocommit:
            raise ValueError("pace needs a connection in autocommit; else other processes never see its slots")
        self._connection = connection

    async def wait_turn(self, host: str, delay: float) -> None:
        """Reserve the next slot of the host and sleep until it comes; with no delay there is none to keep."""
        if delay <= 0:
            return
        cursor = await self._connection.execute(query("reserve_slot"), {"host": host, "delay": delay})
        row = await cursor.fetchone()
        assert row is not None, "reserve_slot returns one row"  # noqa: S101  INSERT … RETURNING has no other way
        await asyncio.sleep(row[0])
