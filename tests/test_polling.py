"""Polls over a real socket into a real warehouse: servers that lie, move, close and ask for a pause."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline import stages
from pipeline.discover.feeds import ENTRIES
from pipeline.settings import Settings
from pipeline.warehouse.connect import Connection
from tests.conftest import MakeSettings, TickingClock
from tests.newsroom import PROTEST, opened, rows, run, write_profile
from tests.tiny_web import TinyWeb

FEED = "http://tribune.example/feed"
DAY = timedelta(days=1)
SYNDICATION = "xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'"
PERIOD = f"<sy:updatePeriod {SYNDICATION}>daily</sy:updatePeriod>"
FREQUENCY = f"<sy:updateFrequency {SYNDICATION}>4</sy:updateFrequency>"


@pytest.fixture
def settings(make_settings: MakeSettings, tmp_path: Path) -> Settings:
    return make_settings(crisis=(str(write_profile(tmp_path / "profile", [(FEED, "tribune.example")])),))


def poll(settings: Settings, clock: TickingClock) -> dict[str, int]:
    with opened(settings, clock) as work:
        return stages.poll(work, everything=True)


def feed(connection: Connection) -> dict[str, Any]:
    """What is known of the feed, and how long it is left alone now."""
    (row,) = rows(connection, "SELECT *, next_poll_at - last_polled_at AS wait FROM ops.feeds")
    return row


def entry(number: int) -> tuple[str, str]:
    return f"http://tribune.example/{number}", f"Report {number}"


def test_a_lying_server_hides_its_news_for_a_dozen_polls_and_no_more(
    settings: Settings, web: TinyWeb, clock: TickingClock, connection: Connection
) -> None:
    web.announce(FEED, entry(1), etag='"never changes"')
    assert poll(settings, clock)["new"] == 1
    web.announce(FEED, entry(2), entry(1), etag='"never changes"')
    hidden = 0
    while not poll(settings, clock).get("new"):
        hidden += 1
    assert hidden == 12
    assert feed(connection)["lied_at"] is not None
    web.announce(FEED, entry(3), entry(2), entry(1), etag='"never changes"')
    assert poll(settings, clock)["new"] == 1


def test_a_feed_that_moved_is_asked_there_after_a_week_and_keeps_its_history(
    settings: Settings, web: TinyWeb, clock: TickingClock, connection: Connection
) -> None:
    there = "http://news.tribune.example/feed"
    web.announce(there, entry(1))
    web.redirect(FEED, there)
    poll(settings, clock)
    assert (feed(connection)["moved_to"], feed(connection)["url"]) == (there, FEED)
    clock.wait(8 * DAY)
    poll(settings, clock)
    web.asked.clear()
    poll(settings, clock)
    assert FEED not in web.asked
    assert there in web.asked
    web.remove(there)
    poll(settings, clock)
    web.announce(FEED, entry(2), entry(1))
    assert poll(settings, clock)["new"] == 1
    assert rows(connection, "SELECT count(*) AS n FROM ops.feeds") == [{"n": 1}]


@pytest.mark.parametrize(
    ("status", "headers", "wait"),
    [
        (410, {}, DAY),
        (503, {"Retry-After": "172800"}, 2 * DAY),
        (429, {"Retry-After": "Fri, 14 Jan 2022 12:00:00 GMT"}, 2 * DAY),
    ],
)
def test_a_feed_is_left_alone_for_as_long_as_it_asks(
    settings: Settings,
    web: TinyWeb,
    clock: TickingClock,
    connection: Connection,
    status: int,
    headers: dict[str, str],
    wait: timedelta,
) -> None:
    web.put(FEED, b"", status=status, headers=headers)
    poll(settings, clock)
    assert abs(feed(connection)["wait"] - wait) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("headers", "channel", "wait"),
    [
        ({"Cache-Control": "max-age=3600"}, "", timedelta(hours=1)),
        ({}, "<ttl>90</ttl>", timedelta(minutes=90)),
        (
            {},
            PERIOD + FREQUENCY,
            timedelta(hours=6),
        ),
        ({"Cache-Control": "max-age=31536000"}, "", DAY),
        ({}, "", timedelta(minutes=5)),
    ],
)
def test_what_a_server_bears_is_a_floor(
    settings: Settings,
    web: TinyWeb,
    clock: TickingClock,
    connection: Connection,
    headers: dict[str, str],
    channel: str,
    wait: timedelta,
) -> None:
    item = "<item><title>One</title><link>http://tribune.example/1</link></item>"
    web.put(
        FEED,
        f"<rss version='2.0'><channel><title>News</title>{channel}{item}</channel></rss>",
        content_type="application/rss+xml",
        headers=headers,
    )
    poll(settings, clock)
    assert abs(feed(connection)["wait"] - wait) < timedelta(seconds=30)


def test_a_poll_tells_its_time_its_size_and_what_was_beyond_the_bound(
    settings: Settings, web: TinyWeb, clock: TickingClock, connection: Connection
) -> None:
    web.announce(FEED, *(entry(number) for number in range(ENTRIES + 3)))
    poll(settings, clock)
    (kept,) = rows(connection, "SELECT * FROM ops.polls")
    assert (kept["entries"], kept["entries_beyond"], kept["status"]) == (ENTRIES, 3, 200)
    assert 0 <= kept["duration_ms"] < 5000
    assert kept["body_bytes"] > 100_000
    assert rows(connection, "SELECT DISTINCT balanced FROM report.accounting") == [{"balanced": True}]


def test_a_host_that_asks_for_a_pause_is_asked_for_no_other_page_meanwhile(
    settings: Settings, web: TinyWeb, clock: TickingClock, connection: Connection
) -> None:
    slowly = settings.model_copy(update={"host_delay": 0.01})
    web.announce(FEED, *(entry(number) for number in range(5)))
    web.put("http://tribune.example/0", b"", status=429, headers={"Retry-After": "3600"})
    for number in range(1, 5):
        web.publish(f"http://tribune.example/{number}", title="Protest", paragraphs=[*PROTEST, str(number)])
    run(slowly, clock)
    pages = [url for url in web.asked if url not in {FEED, "http://tribune.example/robots.txt"}]
    assert pages == ["http://tribune.example/0"]
    again = "SELECT min(fetch_due_at) > now_is + interval '59 minutes' AS late FROM ops.candidates"
    assert rows(connection, again.replace("now_is", "%s::timestamptz"), clock()) == [{"late": True}]
