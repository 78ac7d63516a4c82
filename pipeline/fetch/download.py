"""Downloading in batches: requests go out together, and what has come is handed over to be kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from math import inf
from time import monotonic

from psycopg import AsyncConnection

from pipeline.errors import Failure
from pipeline.fetch.client import Client
from pipeline.fetch.many import Outcome, Wanted, gather
from pipeline.fetch.pace import WarehousePace
from pipeline.fetch.robots import WarehouseMemory
from pipeline.records import Clock
from pipeline.settings import Settings
from pipeline.warehouse.connect import with_session

# A batch is kept when it has this many answers, bytes or seconds: few enough that a killed pass asks for
# little again, and enough that WARC files do not become countless.
_BATCH_ANSWERS = 64
_BATCH_BYTES = 32 * 2**20
_BATCH_SECONDS = 5.0

Keep = Callable[[Sequence[Outcome]], None]


def download(
    wanted: Sequence[Wanted],
    *,
    keep: Keep,
    settings: Settings,
    conninfo: str,
    clock: Clock,
    budget_seconds: float = inf,
) -> None:
    """Ask for everything that is wanted and hand the outcomes to `keep`, batch after batch.

    `keep` runs in a thread of its own, one batch at a time, while other answers come in. What was not begun
    within the budget has no outcome.
    """
    if wanted:
        asyncio.run(_download(wanted, keep, settings, conninfo=conninfo, clock=clock, budget_seconds=budget_seconds))


async def _download(
    wanted: Sequence[Wanted],
    keep: Keep,
    settings: Settings,
    *,
    conninfo: str,
    clock: Clock,
    budget_seconds: float,
) -> None:
    connection = await AsyncConnection.connect(with_session(conninfo), autocommit=True)
    async with (
        connection,
        Client(settings, WarehousePace(connection), robots=WarehouseMemory(connection), clock=clock) as client,
    ):
        batch: list[Outcome] = []
        begun = monotonic()
        async with aclosing(gather(client, wanted, budget_seconds=budget_seconds)) as outcomes:
            async for outcome in outcomes:
                batch.append(outcome)
                if _is_full(batch, monotonic() - begun):
                    await asyncio.to_thread(keep, batch)
                    batch, begun = [], monotonic()
        if batch:
            await asyncio.to_thread(keep, batch)


def _is_full(batch: Sequence[Outcome], seconds: float) -> bool:
    size = sum(len(result.body) for _, result in batch if not isinstance(result, Failure))
    return len(batch) >= _BATCH_ANSWERS or size >= _BATCH_BYTES or seconds >= _BATCH_SECONDS
