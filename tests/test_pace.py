"""Turns of a host are kept on PostgreSQL's clock, for every process that asks."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import timedelta
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
            async with paces[number % connections].turn(host, delay) as closed_for:
                assert closed_for is None
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


def test_a_host_is_asked_by_two_at_once_at_most_whoever_asks(database: str) -> None:
    async def scenario() -> int:
        opened = [await psycopg.AsyncConnection.connect(database, autocommit=True) for _ in range(4)]
        at_work = most = 0

        async def one(pace: WarehousePace) -> None:
            nonlocal at_work, most
            async with pace.turn("slow.example", 0.01):
                at_work += 1
                most = max(most, at_work)
                await asyncio.sleep(0.3)
                at_work -= 1

        await asyncio.gather(*(one(WarehousePace(connection)) for connection in opened))
        for connection in opened:
            await connection.close()
        return most

    assert asyncio.run(scenario()) == 2


def test_a_host_that_asked_for_a_pause_is_closed_to_all_and_opens_again(any_database: str) -> None:
    async def scenario() -> list[bool]:
        closed = []
        async with (
            await psycopg.AsyncConnection.connect(any_database, autocommit=True) as one,
            await psycopg.AsyncConnection.connect(any_database, autocommit=True) as other,
        ):
            await WarehousePace(one).leave_alone("tired.example", timedelta(seconds=0.6))
            await WarehousePace(other).leave_alone("tired.example", timedelta(seconds=0.1))
            for _ in range(2):
                async with WarehousePace(other).turn("tired.example", 0.01) as closed_for:
                    closed.append(closed_for is not None and timedelta() < closed_for < timedelta(seconds=0.6))
                await asyncio.sleep(0.7)
        return closed

    assert asyncio.run(scenario()) == [True, False]


ASK = """
import asyncio, sys, time
import psycopg
from pipeline.fetch.pace import WarehousePace

async def main():
    async with await psycopg.AsyncConnection.connect(sys.argv[1], autocommit=True) as connection:
        for _ in range(4):
            async with WarehousePace(connection).turn("shared.example", 0.3):
                print(time.time(), flush=True)

asyncio.run(main())
"""


def test_two_processes_keep_the_pace_of_one_host(database: str) -> None:
    asking = [
        subprocess.Popen([sys.executable, "-c", ASK, database], stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    moments = sorted(float(line) for process in asking for line in process.communicate(timeout=90)[0].split())
    assert len(moments) == 8
    # Eight turns are seven delays apart; one delay of tolerance for a process that wakes up late.
    assert moments[-1] - moments[0] > 6 * 0.3
