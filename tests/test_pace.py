"""Turns of a host are kept on PostgreSQL's clock, for every process that asks."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from time import monotonic

import psycopg
import pytest

from pipeline.fetch.pace import WarehousePace


def turns(database: str, asked: list[tuple[str, float]], *, connections: int = 1) -> list[float]:
    """The moments, from the start, at which turns came that were all asked for at once."""

    async def scenario() -> list[float]:
        opened = [await psycopg.AsyncConnection.connect(database, autocommit=True) for _ in range(connections)]
        paces = [WarehousePace(connection) for connection in opened]
        started = monotonic()

        async def one(number: int, host: str, delay: float) -> float:
            await paces[number % connections].wait_turn(host, delay)
            return monotonic() - started

        moments = await asyncio.gather(*(one(number, *turn) for number, turn in enumerate(asked)))
        for connection in opened:
            await connection.close()
        return sorted(moments)

    return asyncio.run(scenario())


@pytest.mark.parametrize("connections", [1, 3])
def test_turns_of_one_host_are_a_delay_apart_over_all_connections(any_database: str, connections: int) -> None:
    moments = turns(any_database, [("one.example", 0.2)] * 5, connections=connections)
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    assert moments[0] < 0.15
    assert all(0.15 < gap < 0.35 for gap in gaps), gaps


def test_hosts_do_not_wait_for_each_other(database: str) -> None:
    assert max(turns(database, [(f"host-{number}.example", 5.0) for number in range(20)])) < 1


def test_a_host_that_rested_is_asked_at_once_and_keeps_no_credit(database: str) -> None:
    turns(database, [("rested.example", 0.1)])
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("UPDATE ops.hosts SET next_slot_at = '2022-01-05Z' WHERE host = 'rested.example'")
    first, second = turns(database, [("rested.example", 0.2)] * 2)
    assert first < 0.15
    assert second - first > 0.15


def test_no_delay_asks_nobody(database: str) -> None:
    turns(database, [("free.example", 0.0)] * 3)
    with psycopg.connect(database) as connection:
        row = connection.execute("SELECT count(*) FROM ops.hosts WHERE host = 'free.example'").fetchone()
    assert row == (0,)


def test_a_connection_inside_a_transaction_is_refused(database: str) -> None:
    async def scenario() -> None:
        async with await psycopg.AsyncConnection.connect(database) as connection:
            with pytest.raises(ValueError, match="autocommit"):
                WarehousePace(connection)

    asyncio.run(scenario())
