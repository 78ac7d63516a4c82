"""When a country is cut off, and when we are: who is blamed, what the reports say of it, and that nothing is lost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline import stages
from pipeline.settings import Settings
from pipeline.warehouse.connect import Connection
from tests.conftest import MakeSettings, TickingClock
from tests.newsroom import PROTEST, opened, rows, write_profile
from tests.tiny_web import TinyWeb

DARK = [f"dark{number}.example" for number in range(20)]
LIT = [f"lit{number}.example" for number in range(8)]
STEP = timedelta(hours=6)
LISTED = 16


class Country:
    """Outlets that publish an article each quarter of a day, and list their newest sixteen."""

    def __init__(self, web: TinyWeb, hosts: Sequence[str]) -> None:
        self._web = web
        self._hosts = hosts
        self._published = 0

    def publish(self, now: datetime) -> None:
        """One more article of each outlet."""
        self._published += 1
        for host in self._hosts:
            self._web.publish(
                f"http://{host}/{self._published}",
                title=f"Protest, report {self._published}",
                paragraphs=[*PROTEST, f"{host} counted {self._published} gatherings."],
                published=now.isoformat(),
            )
            self.light_up(host)

    def light_up(self, host: str) -> None:
        """Let the outlet be reached."""
        numbers = range(max(1, self._published - LISTED + 1), self._published + 1)
        self._web.announce(f"http://{host}/feed", *((f"http://{host}/{n}", f"Report {n}") for n in reversed(numbers)))

    def go_dark(self, hosts: Sequence[str]) -> None:
        """Cut these off: a proxy says of a host that it cannot reach that the gateway failed."""
        for host in hosts:
            self._web.put(f"http://{host}/feed", b"", status=502)


@pytest.fixture
def settings(make_settings: MakeSettings, tmp_path: Path) -> Settings:
    feeds = [(f"http://{host}/feed", host) for host in (*DARK, *LIT)]
    return make_settings(crisis=(str(write_profile(tmp_path / "profile", feeds)),))


def poll(settings: Settings, clock: TickingClock) -> dict[str, int]:
    with opened(settings, clock) as work:
        return stages.poll(work)


def silence(connection: Connection, moment: datetime) -> dict[str, set[str]]:
    """Which outlets were in which state."""
    states: dict[str, set[str]] = {}
    for row in rows(connection, "SELECT state, outlet FROM report.silence_at(%s)", moment):
        states.setdefault(row["state"], set()).add(row["outlet"])
    return states


def test_outlets_that_go_dark_for_five_days_are_told_from_the_others_and_lose_nothing_they_still_list(
    settings: Settings, web: TinyWeb, clock: TickingClock, connection: Connection
) -> None:
    country = Country(web, [*DARK, *LIT])

    def live_on(steps: int, dark: Sequence[str] = ()) -> datetime:
        for _ in range(steps):
            clock.wait(STEP)
            country.publish(clock())
            country.go_dark(dark)
            poll(settings, clock)
        return clock()

    before = live_on(8)
    during = live_on(16, dark=DARK)
    end = live_on(4, dark=DARK)
    after = live_on(6)
    with opened(settings, clock) as work:
        stages.run_pass(work, everything=True)

    everyone = {*DARK, *LIT}
    assert silence(connection, before) == {"publishing": everyone}
    assert silence(connection, during) == {"unreachable": set(DARK), "publishing": set(LIT)}
    assert silence(connection, end) == {"unreachable": set(DARK), "publishing": set(LIT)}
    assert silence(connection, after) == {"publishing": everyone}
    assert rows(connection, "SELECT count(*) AS n FROM ops.polls WHERE outcome = 'offline'") == [{"n": 0}]

    loaded = {row["url"] for row in rows(connection, "SELECT url FROM report.articles")}
    still_listed = {f"http://{host}/{number}" for host in DARK for number in range(34 - LISTED + 1, 35)}
    assert still_listed <= loaded
    assert {f"http://{host}/{number}" for host in LIT for number in range(1, 35)} <= loaded
    assert rows(connection, "SELECT DISTINCT state FROM report.freshness") == [{"state": "healthy"}]


def test_when_everything_fails_it_is_us_and_nobody_is_blamed(
    settings: Settings, web: TinyWeb, clock: TickingClock, connection: Connection
) -> None:
    country = Country(web, [*DARK, *LIT])
    country.publish(clock())
    poll(settings, clock)
    clock.wait(STEP)
    country.go_dark([*DARK, *LIT])
    assert poll(settings, clock) == {"feeds": 28, "offline": 28}
    assert silence(connection, clock()) == {"we_were_offline": {*DARK, *LIT}}
    assert rows(connection, "SELECT DISTINCT trouble, failures FROM ops.feeds") == [{"trouble": 0.0, "failures": 0}]
    clock.wait(timedelta(minutes=6))
    for host in (*DARK, *LIT):
        country.light_up(host)
    assert poll(settings, clock)["feeds"] == 28


def test_pages_out_of_reach_because_of_us_are_asked_for_again_as_if_nothing_had_happened(
    settings: Settings, web: TinyWeb, clock: TickingClock, connection: Connection
) -> None:
    country = Country(web, [*DARK, *LIT])
    country.publish(clock())
    poll(settings, clock)
    for host in (*DARK, *LIT):
        web.put(f"http://{host}/1", b"", status=504)
    with opened(settings, clock) as work:
        assert stages.fetch(work)["offline"] == 28
    assert rows(connection, "SELECT DISTINCT state, attempts FROM ops.candidates") == [
        {"state": "pending", "attempts": 0}
    ]
    country.publish(clock())
    clock.wait(timedelta(minutes=6))
    web.publish(f"http://{DARK[0]}/1", title="Protest", paragraphs=PROTEST)
    with opened(settings, clock) as work:
        assert stages.fetch(work)["captured"] == 1


@pytest.mark.parametrize("witness_answers", [True, False])
def test_a_few_feeds_that_fail_are_judged_by_a_witness(
    make_settings: MakeSettings,
    web: TinyWeb,
    clock: TickingClock,
    connection: Connection,
    tmp_path: Path,
    *,
    witness_answers: bool,
) -> None:
    country = Country(web, ["one.example", "two.example", "witness.example"])
    feeds = [(f"http://{host}.example/feed", f"{host}.example") for host in ("one", "two", "witness")]
    settings = make_settings(crisis=(str(write_profile(tmp_path / "few", feeds)),))
    country.publish(clock())
    poll(settings, clock)
    connection.execute("UPDATE ops.feeds SET next_poll_at = '2030-01-01Z' WHERE url LIKE '%witness%'")
    clock.wait(STEP)
    country.go_dark(["one.example", "two.example", *([] if witness_answers else ["witness.example"])])
    counts: dict[str, Any] = poll(settings, clock)
    assert (counts.get("failed"), counts.get("offline")) == ((2, None) if witness_answers else (None, 3))
    asked = "SELECT count(*) AS n FROM ops.polls JOIN ops.feeds USING (feed_id) WHERE url LIKE %s"
    assert rows(connection, asked, "%witness%") == [{"n": 2}]
