"""A past for tests: what outlets published in January 2022, and what each archive kept of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path

from pipeline import backfill
from pipeline.discover.past.listings import Source
from pipeline.discover.past.windows import Window
from pipeline.records import Clock
from pipeline.settings import Settings
from pipeline.work import Work, open_work
from tests.archive_replica import ArchiveReplica
from tests.newsroom import PROTEST, write_profile
from tests.tiny_web import TinyWeb

FEED = "http://tribune.example/feed.xml"
OUTLET = "tribune.example"
ALL: tuple[Source, ...] = ("gdelt", "wayback", "ccnews", "sitemaps")


def at(day: int, hour: int = 12, minute: int = 0, second: int = 0) -> datetime:
    """A moment of January 2022."""
    return datetime(2022, 1, day, hour, minute, second, tzinfo=UTC)


def address(name: str) -> str:
    """A page of the outlet."""
    return f"http://{OUTLET}/news/{name}"


def page(title: str, *, published: datetime | None = None, paragraphs: Sequence[str] = PROTEST, more: str = "") -> str:
    """A news page; `more` is a paragraph that no other page has."""
    meta = f'<meta property="article:published_time" content="{published.isoformat()}">' if published else ""
    text = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in [*paragraphs, *([more] if more else [])])
    return (
        f"<!doctype html><html><head><meta charset='utf-8'><title>{escape(title)}</title>{meta}</head><body>"
        f"<nav><a href='/'>Home</a></nav><article><h1>{escape(title)}</h1>{text}</article>"
        "<footer>Imprint</footer></body></html>"
    )


def report(number: int) -> str:
    """A paragraph that no other page has."""
    return (
        f"This is report number {number} of our correspondent, who counted {number + 3} cars and {number + 40} people "
        f"in the street with the number {number * 7} on that afternoon."
    )


def news_file(day: int, hour: int = 12) -> str:
    """The name of a file of Common Crawl's that was begun then."""
    return f"CC-NEWS-202201{day:02d}{hour:02d}0000-{100 * day + hour:05d}.warc.gz"


def profile(folder: Path, *, scope: str = "all") -> str:
    """A profile with one feed."""
    return str(write_profile(folder / "profile", [(FEED, OUTLET)], scope=scope))


def settings_of(settings: Settings, replica: ArchiveReplica, crisis: str) -> Settings:
    """Settings whose archives are the replica's."""
    return settings.model_copy(
        update={
            "crisis": (crisis,),
            "gdelt_url": replica.gdelt_url,
            "wayback_url": replica.wayback_url,
            "ccnews_url": replica.ccnews_url,
        }
    )


def window(since: datetime, until: datetime, *sources: Source, lag: timedelta = timedelta(hours=1)) -> Window:
    """A window with a short lag: a day of GDELT is 1,440 files."""
    return Window(since=since, until=until, sources=sources or ALL, lag=lag)


def run(settings: Settings, clock: Clock, *windows: Window) -> dict[str, dict[str, int]]:
    """Backfill these windows, one after the other; what the steps of the last did."""
    counts: dict[str, dict[str, int]] = {}
    for each in windows:
        with working(settings, clock) as work:
            backfill.backfill(work, each)
            counts = work.counts
    return counts


@contextmanager
def working(settings: Settings, clock: Clock) -> Iterator[Work]:
    """A pass of backfilling."""
    with open_work(settings, kind="backfill", clock=clock) as work:
        yield work


def start(settings: Settings, *windows: Window) -> subprocess.Popen[bytes]:
    """Backfill these windows in a process of its own."""
    spans = [f"{each.since.isoformat()},{each.until.isoformat()},{each.lag.total_seconds()}" for each in windows]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("QANTAR_", "PG"))}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.the_past", ",".join(windows[0].sources), *spans],
        env={
            **environment,
            "QANTAR_HOME": str(settings.home),
            "QANTAR_DATABASE_URL": settings.database_url or "",
            "QANTAR_CRISIS": settings.crisis[0],
            "QANTAR_HOST_DELAY": "0",
            "QANTAR_GDELT_URL": settings.gdelt_url,
            "QANTAR_WAYBACK_URL": settings.wayback_url,
            "QANTAR_CCNEWS_URL": settings.ccnews_url,
            "HTTP_PROXY": settings.http_proxy or "",
            "http_proxy": settings.http_proxy or "",
        },
        cwd=Path(__file__).parent.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a process and its children at once, as a crash would."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def publish_past(replica: ArchiveReplica, web: TinyWeb, days: range) -> None:
    """Three articles a day: one lives on, one is in the Wayback Machine alone, one in Common Crawl's news alone."""
    for day in days:
        for number in range(3):
            url, moment = address(f"{day:02d}-{number}"), at(day, 6 + 5 * number)
            title = f"Karkara, report {day}-{number}"
            text = page(title, published=moment, more=report(10 * day + number))
            match number:
                case 0:
                    web.put(url, text)
                    replica.sees(moment, date=f"{moment:%Y-%m-%dT%H:%M:%SZ}", url=url, title=title)
                case 1:
                    replica.captures(url, moment + timedelta(minutes=30), text)
                case _:
                    replica.crawled(news_file(day), url, moment + timedelta(minutes=10), text)


def _main(sources: str, *spans: str) -> None:
    from pipeline.clock import now  # noqa: PLC0415 - a front door of its own
    from pipeline.discover.past.listings import read_sources  # noqa: PLC0415
    from pipeline.settings import read_settings  # noqa: PLC0415

    for span in spans:
        since, until, lag = span.split(",")
        asked = Window(
            since=datetime.fromisoformat(since),
            until=datetime.fromisoformat(until),
            sources=read_sources(sources, None),
            lag=timedelta(seconds=float(lag)),
        )
        run(read_settings(), now, asked)


if __name__ == "__main__":
    _main(*sys.argv[1:])
