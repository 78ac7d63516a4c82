"""When a host may be asked again, and by how many at once.

Every process that fetches (live shards, backfills, a person's command) shares the turns of a host, so they
are kept in PostgreSQL and on its clock: `reserve_slot` takes the next free slot, pushes the one after it back
and counts the request as under way, in one statement.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Any, Protocol

from psycopg import AsyncConnection

from pipeline.fetch.rates import Rate
from pipeline.warehouse.queries import query

# Requests to one host that may be under way at once, over all processes: two, so that one which its process
# left behind does not close the host to the others until its time is up.
_AT_ONCE = 2
# What a request may take after its turn has come, before it counts no more, and the breath that is left beyond it.
_REQUEST_SECONDS = 60.0
_BREATH_SECONDS = 5.0
_LOOK_AGAIN_SECONDS = 0.25
# How long a host is left alone that refuses without saying for how long, and how often that doubles.
_AT_FIRST = timedelta(minutes=1)
_DOUBLINGS = 7


class Pace(Protocol):
    """Hands out turns."""

    def turn(
        self, host: str, delay: float, *, rate: Rate | None = None
    ) -> AbstractAsyncContextManager[timedelta | None]:
        """Wait for a turn, and hold it for the time of the block, in which the request is made.

        Args:
            host: the lower-case host name; its ports share one pace. An archive's part has a name of its own.
            delay: seconds from this request to the next one, 0 or more.
            rate: how an archive bears being asked beyond that.

        Returns:
            None when the caller may ask; else for how long the host wishes to be left alone.
        """

    async def leave_alone(self, host: str, span: timedelta | None, *, others: Sequence[str] = ()) -> None:
        """Note that the host asked to be left alone for so long; None: it did not say, and each time it is longer.

        `others` are the other parts of an archive, which are left alone for as long.
        """

    async def answered(self, host: str) -> None:
        """Note that the host answers again."""


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

    @asynccontextmanager
    async def turn(self, host: str, delay: float, *, rate: Rate | None = None) -> AsyncIterator[timedelta | None]:
        """Reserve the next slot of the host and sleep until it comes.

        With no delay there is no pace to keep, but an archive that asked to be left alone is, and what it counts by
        the minute is counted.
        """
        if delay <= 0 and (rate is None or rate.per_minute is None):
            yield await self._closed_for(host) if rate else None
            return
        taken = await self._reserve(host, delay, rate)
        if isinstance(taken, timedelta):
            yield taken
            return
        wait, deadline = taken
        try:
            await asyncio.sleep(wait)
            # Who waited may have been overtaken by a refusal of the request before.
            yield await self._closed_for(host) if wait else None
        finally:
            await self._row("free_slot", host=host, deadline=deadline)

    async def leave_alone(self, host: str, span: timedelta | None, *, others: Sequence[str] = ()) -> None:
        """Close the host to every process for so long; a shorter wish never opens it sooner.

        A host that does not say for how long is left alone for a minute, and each time it refuses again twice as long.
        """
        closed = await self._row("close_host", host=host, span=span, at_first=_AT_FIRST, doublings=_DOUBLINGS)
        for other in others:
            await self._row("close_part", host=other, span=closed and closed[0])

    async def answered(self, host: str) -> None:
        """A host that answers again has nothing held against it."""
        await self._row("host_answered", host=host)

    async def _reserve(self, host: str, delay: float, rate: Rate | None) -> tuple[float, Any] | timedelta:
        limits = {
            "host": host,
            "delay": delay,
            "held": (rate.request_seconds if rate else _REQUEST_SECONDS) + _BREATH_SECONDS,
            "at_once": rate.at_once if rate else _AT_ONCE,
            "per_minute": rate and rate.per_minute,
        }
        while True:
            taken = await self._row("reserve_slot", **limits)
            if taken is not None:
                return float(taken[0]), taken[1]
            closed = await self._closed_for(host)
            if closed is not None:
                return closed
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)

    async def _closed_for(self, host: str) -> timedelta | None:
        closed = await self._row("host_closed", host=host)
        return closed[0] if closed else None

    async def _row(self, name: str, **parameters: object) -> tuple[Any, ...] | None:
        cursor = await self._connection.execute(query(name), parameters)
        return await cursor.fetchone() if cursor.description else None
