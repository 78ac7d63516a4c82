"""Each public archive is asked as fast as it bears, over all connections and processes."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from time import monotonic, time

import psycopg
import pytest
from yarl import URL

from pipeline.errors import Failure, Reason
from pipeline.fetch.many import Wanted, gather
from pipeline.fetch.pace import WarehousePace
from pipeline.fetch.rates import Rate, Rates
from pipeline.settings import Settings
from pipeline.warehouse.queries import query
from tests.archive_asking import CAPS, INDEX, MINUTE, PAGE, PLAYED, asked, asking, got, host, pass_by, settings_of
from tests.archive_replica import ArchiveReplica, archive_replica
from tests.the_past import at
from tests.tiny_web import TinyWeb


@pytest.fixture
def archives() -> Iterator[ArchiveReplica]:
    """The Wayback Machine has a page, GDELT a day."""
    with archive_replica() as replica:
        replica.captures(PAGE, at(5), "A page")
        replica.gdelt_covers(at(5, 0), at(6, 0))
        yield replica


def rate_of(url: str, **settings: object) -> Rate | None:
    return Rates(Settings.model_validate(settings)).of(URL(url))


def index_rate() -> Rate:
    """The rate of the Wayback Machine's index, with room for a burst: what is bounded here is the minute."""
    rate = rate_of("https://web.archive.org/cdx/search/cdx?url=tribune.example")
    assert rate is not None
    assert rate.name == "wayback index"
    return replace(rate, at_once=1000)


def slots(database: str, count: int, rate: Rate, *, delay: float = 0, connections: int = 1) -> list[float]:
    """The slots that a burst of reservations is given, in seconds from its start, in their order."""

    async def scenario() -> list[float]:
        opened = [await psycopg.AsyncConnection.connect(database, autocommit=True) for _ in range(connections)]
        paces = [WarehousePace(connection) for connection in opened]
        started = monotonic()

        async def one(number: int) -> float:
            taken = await paces[number % connections]._reserve(rate.name, delay, rate)
            assert isinstance(taken, tuple)
            return monotonic() - started + taken[0]

        found = await asyncio.gather(*(one(number) for number in range(count)))
        for connection in opened:
            await connection.close()
        return sorted(found)

    return asyncio.run(scenario())


def most_in_a_minute(moments: Sequence[float]) -> int:
    """The largest number of moments in any 60 seconds."""
    return max(sum(begin <= moment < begin + 60 for moment in moments) for begin in moments)


# by the minute


@pytest.mark.parametrize("delay", [0.0, 1.0])
@pytest.mark.parametrize("connections", [1, 4])
def test_the_index_begins_24_requests_in_any_minute_whoever_asks(
    any_database: str, delay: float, connections: int
) -> None:
    found = slots(any_database, 100, index_rate(), delay=delay, connections=connections)
    assert most_in_a_minute(found) == 24
    assert 240 < found[99] < 247, "the hundredth waits for about four minutes"
    kept = host(any_database, "wayback index", "slots")
    assert len(kept) == 24
    assert kept == sorted(kept)
    assert (kept[-1] - kept[0]).total_seconds() == pytest.approx(found[99] - found[76], abs=2)


def test_the_minute_slides_and_is_no_bucket(database: str) -> None:
    rate = replace(index_rate(), per_minute=3)
    slots(database, 1, rate)
    pass_by(database, timedelta(seconds=50))
    assert slots(database, 3, rate) == pytest.approx([0, 0, 10.5], abs=0.4)
    pass_by(database, timedelta(seconds=30))
    assert slots(database, 2, rate) == pytest.approx([30.5, 30.5], abs=0.4)
    pass_by(database, timedelta(hours=1))
    assert slots(database, 4, rate) == pytest.approx([0, 0, 0, 60.5], abs=0.4)


def test_a_rate_that_was_lowered_counts_as_many_as_it_allows_now(database: str) -> None:
    slots(database, 4, replace(index_rate(), per_minute=5))
    pass_by(database, timedelta(seconds=20))
    slots(database, 1, replace(index_rate(), per_minute=5))
    assert slots(database, 2, replace(index_rate(), per_minute=1)) == pytest.approx([60.5, 121], abs=0.4)


@pytest.mark.parametrize("per_minute", [1, 2, 24])
def test_the_statement_alone_keeps_the_minute(any_database: str, per_minute: int) -> None:
    """Asked as SQL, with nothing of ours in between: slot n + per_minute is a minute behind slot n at the least."""
    limits = {"host": "counted", "delay": 0, "held": 65, "at_once": 1000, "per_minute": per_minute}
    with psycopg.connect(any_database, autocommit=True) as connection:
        found = []
        for _ in range(3 * per_minute + 1):
            connection.execute(query("reserve_slot"), limits)
            row = connection.execute("SELECT slots[cardinality(slots)], cardinality(slots) FROM ops.hosts").fetchone()
            assert row is not None
            found.append(row[0])
            assert row[1] == min(len(found), per_minute)
    gaps = [(later - earlier).total_seconds() for earlier, later in zip(found, found[per_minute:], strict=False)]
    assert min(gaps) >= 60
    assert max(gaps) <= 62


def test_other_parts_and_hosts_keep_no_count(database: str) -> None:
    playback = rate_of("https://web.archive.org/web/2022/http://tribune.example/")
    assert playback is not None
    assert slots(database, 50, replace(playback, at_once=1000))[-1] < 5
    assert host(database, "wayback", "slots") == []


BURST = """
import asyncio, dataclasses, sys, time
import psycopg
from pipeline.fetch.pace import WarehousePace
from pipeline.fetch.rates import Rates
from pipeline.settings import Settings
from yarl import URL

async def main():
    rate = Rates(Settings()).of(URL("https://web.archive.org/cdx/search/cdx"))
    rate = dataclasses.replace(rate, at_once=1000)
    async with await psycopg.AsyncConnection.connect(sys.argv[1], autocommit=True) as connection:
        for _ in range(30):
            wait, _ = await WarehousePace(connection)._reserve(rate.name, 0, rate)
            print(time.time() + wait, flush=True)

asyncio.run(main())
"""


def test_processes_share_the_minute_of_the_index(database: str) -> None:
    started = time()
    asking = [
        subprocess.Popen([sys.executable, "-c", BURST, database], stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    found = [float(line) for process in asking for line in process.communicate(timeout=90)[0].split()]
    assert len(found) == 90
    assert most_in_a_minute(found) == 24
    assert max(found) - started > 180


def test_without_any_delay_the_25th_request_to_the_index_still_waits(archives: ArchiveReplica, database: str) -> None:
    url, settings = f"{archives.wayback_url}{INDEX}", settings_of(archives)

    async def scenario() -> None:
        async with asking(settings, database) as one, asking(settings, database) as other:
            for number in range(24):
                assert await got((one, other)[number % 2], url) is None
            for client in (one, other):
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(got(client, url), 0.3)
            assert len(asked(archives, "/cdx/")) == 24
            assert await got(one, f"{archives.wayback_url}{PLAYED}") is None, "playback is not counted"
            pass_by(database, timedelta(minutes=3))
            assert await got(other, url) is None

    asyncio.run(scenario())
    assert host(database, "wayback index", "cardinality(at_work)") == 0


# side by side


def test_how_many_requests_each_archive_bears_at_once() -> None:
    rates = Rates(Settings())
    lanes = {
        "http://data.gdeltproject.org/gdeltv3/gal/20220105120000.gal.json.gz": 16,
        "https://web.archive.org/cdx/search/cdx?url=tribune.example": 2,
        "https://web.archive.org/web/20220105120000id_/http://tribune.example/": 2,
        "https://data.commoncrawl.org/crawl-data/CC-NEWS/2022/01/warc.paths.gz": 4,
        "https://web.archive.org/robots.txt": 1,
        "https://web.archive.org.example/web/": 1,
        "http://tribune.example/web/https://web.archive.org/web/": 1,
        "http://[no address": 1,
        "": 1,
    }
    assert {url: rates.lanes(url) for url in lanes} == lanes


@pytest.mark.parametrize(
    "root",
    ["https://web.archive.org", "https://Web.Archive.ORG/", "https://web.archive.org:443", "http://web.archive.org"],
)
@pytest.mark.parametrize("url", ["https://web.archive.org/cdx/x", "http://web.archive.org:80/cdx/x"])
def test_an_archive_is_known_however_its_root_is_spelt(root: str, url: str) -> None:
    rate = rate_of(url, wayback_url=root)
    assert rate is not None
    assert rate.name == "wayback index"


def test_another_port_or_folder_is_another_host() -> None:
    root = "http://127.0.0.1:8000/wayback"
    assert rate_of("http://127.0.0.1:8001/wayback/cdx/x", wayback_url=root) is None
    assert rate_of("http://127.0.0.1:8000/cdx/x", wayback_url=root) is None
    assert rate_of("http://127.0.0.1:8000/wayback/cdx/x", wayback_url=root) is not None


def test_an_archive_is_asked_in_lanes_and_everybody_else_one_by_one(
    archives: ArchiveReplica, web: TinyWeb, database: str
) -> None:
    archives.slow(0.3, "/gdelt/gdeltv3")
    settings = settings_of(archives, http_proxy=web.proxy_url)
    pages = [f"http://tribune.example/{number}" for number in range(4)]
    for page in pages:
        web.put(page, "A page", after_seconds=0.3 if page == pages[0] else 0)
    lanes = [Wanted(key=number, url=f"{archives.gdelt_url}{MINUTE}", lane=number % 4, caps=CAPS) for number in range(8)]
    others = [Wanted(key=100 + number, url=page, caps=CAPS) for number, page in enumerate(pages)]

    async def scenario() -> list[int]:
        async with asking(settings, database) as client:
            return [key async for key, outcome in gather(client, [*lanes, *others]) if not isinstance(outcome, Failure)]

    keys = asyncio.run(scenario())
    moments = asked(archives, MINUTE)
    assert sorted(keys) == [*range(8), *range(100, 104)]
    assert moments[3] - moments[0] < 0.2, "four lanes begin together"
    assert moments[4] - moments[0] > 0.25, "and each has one request on its way"
    assert [key for key in keys if key >= 100] == [100, 101, 102, 103], "nobody overtakes a slow page of its host"


def test_lanes_of_all_processes_together_are_what_the_archive_bears(archives: ArchiveReplica, database: str) -> None:
    archives.slow(0.4, "/cdx/")
    url, settings = f"{archives.wayback_url}{INDEX}", settings_of(archives)

    async def scenario() -> None:
        async with asking(settings, database) as one, asking(settings, database) as other:
            await asyncio.gather(*(got(client, url) for client in (one, other) for _ in range(2)))

    asyncio.run(scenario())
    moments = asked(archives, "/cdx/")
    assert moments[1] - moments[0] < 0.3
    assert moments[2] - moments[0] > 0.35


def test_a_request_of_an_archive_counts_for_as_long_as_it_may_take(database: str) -> None:
    slots(database, 1, index_rate())
    assert 295 < host(database, "wayback index", "extract(epoch FROM at_work[1] - clock_timestamp())") <= 305


# robots.txt


def test_what_an_archives_robots_disallow_is_not_asked(archives: ArchiveReplica, database: str) -> None:
    archives.robots("User-agent: *\nDisallow: /gdelt/\nDisallow: /cc/\n")

    async def scenario() -> None:
        async with asking(settings_of(archives), database) as client:
            refused = await got(client, f"{archives.gdelt_url}{MINUTE}")
            assert refused is not None
            assert refused.reason is Reason.ROBOTS_DISALLOWED
            pieces = [piece async for piece in client.stream(f"{archives.ccnews_url}/file", start=0, seconds=5)]
            assert [piece.reason for piece in pieces if isinstance(piece, Failure)] == [Reason.ROBOTS_DISALLOWED]
            assert await got(client, f"{archives.wayback_url}{PLAYED}") is None

    asyncio.run(scenario())
    assert [path.rpartition("/")[2] for _, path in archives.asked] == ["robots.txt", "1"]


def test_the_delay_that_an_archives_robots_ask_for_is_kept(archives: ArchiveReplica, database: str) -> None:
    archives.robots("User-agent: *\nCrawl-delay: 20\n")

    async def scenario() -> None:
        async with asking(settings_of(archives), database) as client:
            assert await got(client, f"{archives.gdelt_url}{MINUTE}") is None

    asyncio.run(scenario())
    assert 15 < host(database, "gdelt", "extract(epoch FROM next_slot_at - clock_timestamp())") <= 20
