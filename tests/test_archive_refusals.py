"""An archive that refuses is left alone, all of it and by every process, for as long as it means."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from yarl import URL

from pipeline.errors import Failure, Reason
from pipeline.fetch.client import Client
from pipeline.fetch.pace import WarehousePace
from pipeline.fetch.rates import Rates
from pipeline.settings import Settings
from tests.archive_asking import (
    CAPS,
    INDEX,
    MINUTE,
    PAGE,
    PLAYED,
    asked,
    asking,
    closed_for,
    got,
    host,
    pass_by,
    settings_of,
)
from tests.archive_replica import ArchiveReplica, archive_replica
from tests.the_past import at

PARTS = ("wayback index", "wayback")
FILE = "CC-NEWS-20220105120000-00001.warc.gz"
A_MINUTE = timedelta(minutes=1)


@pytest.fixture
def archives() -> Iterator[ArchiveReplica]:
    """Each archive has something."""
    with archive_replica() as replica:
        replica.captures(PAGE, at(5), "A page")
        replica.gdelt_covers(at(5, 0), at(6, 0))
        replica.crawled(FILE, PAGE, at(5), "A page")
        yield replica


def with_two(archives: ArchiveReplica, database: str, scenario: Callable[[Client, Client], Awaitable[None]]) -> None:
    """Run a scenario of two clients with connections of their own."""

    async def whole() -> None:
        async with AsyncExitStack() as stack:
            one, other = [await stack.enter_async_context(asking(settings_of(archives), database)) for _ in range(2)]
            await scenario(one, other)

    asyncio.run(whole())


def refused(failure: Failure | None) -> timedelta | None:
    """For how long a refusal is to be heeded."""
    assert failure is not None
    assert failure.reason is Reason.HTTP_TOO_MANY_REQUESTS
    return failure.retry_after


@pytest.mark.parametrize(("first", "second"), [(INDEX, PLAYED), (PLAYED, INDEX)])
@pytest.mark.parametrize("status", [429, 503])
def test_a_refusal_with_a_span_closes_all_parts_to_every_process_for_so_long(
    archives: ArchiveReplica, database: str, first: str, second: str, status: int
) -> None:
    archives.refuse(1, status=status, retry_after=900, only=first)

    async def scenario(one: Client, other: Client) -> None:
        outcome = await got(one, archives.wayback_url + first)
        assert outcome is not None
        assert (outcome.status, outcome.retry_after) == (status, timedelta(seconds=900))
        before = len(archives.asked)
        for path in (first, second):
            for client in (one, other):
                span = refused(await got(client, archives.wayback_url + path))
                assert span is not None
                assert 890 < span.total_seconds() <= 900
        assert not any("/wayback/" in path for _, path in archives.asked[before:])
        pass_by(database, timedelta(seconds=901))
        for path in (first, second):
            assert await got(other, archives.wayback_url + path) is None

    with_two(archives, database, scenario)


def test_an_archive_that_refuses_closes_no_other_on_its_host(archives: ArchiveReplica, database: str) -> None:
    archives.refuse(1, retry_after=900, only="/gdelt/")

    async def scenario(one: Client, other: Client) -> None:
        refused(await got(one, archives.gdelt_url + MINUTE))
        refused(await got(other, archives.gdelt_url + MINUTE))
        assert await got(one, archives.wayback_url + INDEX) is None
        assert await got(other, archives.wayback_url + PLAYED) is None

    with_two(archives, database, scenario)
    assert len(asked(archives, MINUTE)) == 1


def test_a_refusal_without_a_span_closes_for_a_minute_that_doubles_until_an_answer(
    archives: ArchiveReplica, database: str
) -> None:
    async def refuses(client: Client, seconds: int, path: str = INDEX) -> None:
        archives.refuse(1, only=path)
        assert refused(await got(client, archives.wayback_url + path)) is None
        assert [closed_for(database, part) for part in PARTS] == pytest.approx([seconds, seconds], abs=2)
        pass_by(database, timedelta(seconds=seconds + 1))

    async def scenario(one: Client, other: Client) -> None:
        for doubled in range(10):
            await refuses((one, other)[doubled % 2], 60 * 2 ** min(doubled, 7))
        assert await got(other, archives.wayback_url + INDEX) is None
        await refuses(one, 60)
        await refuses(other, 120)
        assert await got(one, archives.wayback_url + PLAYED) is None
        await refuses(one, 240)  # what plays pages answers, the index has not yet
        await refuses(one, 60, PLAYED)

    with_two(archives, database, scenario)


def test_requests_that_were_refused_together_count_as_one_refusal(archives: ArchiveReplica, database: str) -> None:
    archives.slow(0.4, "/gdelt/gdeltv3")
    archives.refuse(10, only=MINUTE)

    async def scenario(one: Client, other: Client) -> None:
        urls = [archives.gdelt_url + MINUTE] * 5
        outcomes = await asyncio.gather(*(got(client, url) for client in (one, other) for url in urls))
        assert all(refused(outcome) is None for outcome in outcomes)

    with_two(archives, database, scenario)
    assert len(asked(archives, MINUTE)) == 10
    assert closed_for(database, "gdelt") <= 60
    assert host(database, "gdelt", "refusals") == 1


def test_a_longer_wish_of_a_request_refused_along_counts_and_a_shorter_one_opens_nothing(database: str) -> None:
    async def scenario() -> list[int]:
        found = []
        async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
            pace = WarehousePace(connection)
            for span in (5 * A_MINUTE, A_MINUTE, 9 * A_MINUTE, None):
                await pace.leave_alone("wayback", span, others=["wayback index"])
                found += [round(closed_for(database, part) / 60) for part in PARTS]
        return found

    assert asyncio.run(scenario()) == [5, 5, 5, 5, 9, 9, 9, 9]
    assert [host(database, part, "refusals") for part in PARTS] == [0, 1]


def test_a_span_of_no_time_is_none(archives: ArchiveReplica, database: str) -> None:
    archives.refuse(1, retry_after=0, only="/cdx/")

    async def scenario(one: Client, _: Client) -> None:
        refused(await got(one, archives.wayback_url + INDEX))

    with_two(archives, database, scenario)
    assert closed_for(database, "wayback") == pytest.approx(60, abs=2)


def test_neither_silence_nor_an_answer_on_its_way_forgets_a_refusal(archives: ArchiveReplica, database: str) -> None:
    url = archives.gdelt_url + MINUTE

    async def scenario(one: Client, other: Client) -> None:
        await one.get(url, caps=CAPS)
        archives.slow(0.5, MINUTE)
        on_its_way = asyncio.create_task(got(other, url))
        await asyncio.sleep(0.25)
        assert len(asked(archives, MINUTE)) == 2
        archives.slow(0, MINUTE)
        archives.refuse(1, only=MINUTE)
        refused(await got(one, url))
        assert await on_its_way is None
        assert host(database, "gdelt", "refusals") == 1
        pass_by(database, 2 * A_MINUTE)
        archives.slow(0.5, MINUTE)
        silent = await got(one, url, replace(CAPS, first_byte_seconds=0.2))
        assert silent is not None
        assert silent.reason is Reason.TIMEOUT
        assert host(database, "gdelt", "refusals") == 1
        archives.slow(0, MINUTE)
        assert await got(one, f"{archives.gdelt_url}/nothing") is not None
        assert host(database, "gdelt", "refusals") == 0, "that there is nothing is an answer"

    with_two(archives, database, scenario)


def test_streamed_files_are_refused_and_answered_alike(archives: ArchiveReplica, database: str) -> None:
    url = f"{archives.ccnews_url}/crawl-data/CC-NEWS/2022/01/{FILE}"
    archives.refuse(2, only=FILE)

    async def streamed(client: Client) -> list[bytes | Failure]:
        return [piece async for piece in client.stream(url, start=0, seconds=5)]

    async def scenario(one: Client, other: Client) -> None:
        for minutes in (1, 2):
            (failure,) = await streamed(one)
            assert isinstance(failure, Failure)
            assert refused(failure) is None
            (closed,) = await streamed(other)
            assert isinstance(closed, Failure)
            assert closed.retry_after is not None
            assert closed.retry_after.total_seconds() == pytest.approx(60 * minutes, abs=2)
            pass_by(database, 3 * A_MINUTE)
        assert len(asked(archives, FILE)) == 2
        assert all(isinstance(piece, bytes) for piece in await streamed(one))
        assert host(database, "ccnews", "refusals") == 0

    with_two(archives, database, scenario)


def test_who_waited_for_its_turn_does_not_ask_an_archive_that_closed_meanwhile(any_database: str) -> None:
    rate = Rates(Settings()).of(URL("https://web.archive.org/web/2022/http://tribune.example/"))

    async def scenario() -> list[bool]:
        async with (
            await psycopg.AsyncConnection.connect(any_database, autocommit=True) as one,
            await psycopg.AsyncConnection.connect(any_database, autocommit=True) as other,
        ):

            async def waits() -> bool:
                async with WarehousePace(other).turn("wayback", 0.6, rate=rate) as closed:
                    return closed is not None

            found = [await waits()]
            waiting = asyncio.create_task(waits())
            await asyncio.sleep(0.2)
            await WarehousePace(one).leave_alone("wayback index", A_MINUTE, others=["wayback"])
            return [*found, await waiting]

    assert asyncio.run(scenario()) == [False, True]
    assert host(any_database, "wayback", "at_work") == [], "and holds no place"


@pytest.mark.parametrize("status", [429, 503])
def test_a_status_that_was_captured_is_the_pages_and_closes_nothing(
    archives: ArchiveReplica, database: str, status: int
) -> None:
    archives.captures("http://tribune.example/busy", at(5), "Busy", status=status, headers={"Retry-After": "900"})

    async def scenario(one: Client, _: Client) -> None:
        url = f"{archives.wayback_url}/web/20220105120000id_/http://tribune.example/busy"
        failure = await got(one, url)
        assert failure is not None
        assert failure.reason is not Reason.HTTP_TOO_MANY_REQUESTS
        assert failure.status == status
        assert await got(one, archives.wayback_url + PLAYED) is None

    with_two(archives, database, scenario)
    assert closed_for(database, "wayback") == 0
