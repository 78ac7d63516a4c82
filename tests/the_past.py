"""A past for tests: what outlets published in January 2022, and what each archive kept of it."""

from __future__ import annotations

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


def page(title: str, *, published: datetime | None = None, paragraphs: Sequence[str] = PROTEST, more: str = "") -> str:
    """A news page."""
    meta = f'<meta property="article:published_time" content="{published.isoformat()}">' if published else ""
    text = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in [*paragraphs, *([more] if more else [])])
    return (
        f"<!doctype html><html><head><meta charset='utf-8'><title>{escape(title)}</title>{meta}</head><body>"
        f"<nav><a href='/'>Home</a></nav><article><h1>{escape(title)}</h1>{text}</article>"
        "<footer>Imprint</footer></body></html>"
    )


def report(number: int) -> str:
    """A sentence that no other page has."""
    return f"This is report number {number} of our correspondent, who counted {number + 3} cars in the main street."


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


def window(since: int, until: int, *sources: Source, lag: timedelta = timedelta(hours=6)) -> Window:
    """Days of January 2022, half-open, with a short lag: a day of GDELT is 1,440 files."""
    return Window(since=at(since, 0), until=at(until, 0), sources=sources or ALL, lag=lag)


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


def publish_past(replica: ArchiveReplica, web: TinyWeb) -> None:
    """Ten days of an outlet: some pages live on, some are gone; each archive knows another share of them."""
    replica.gdelt_covers(at(2, 0), at(12, 0) - timedelta(minutes=1))
    for day in range(1, 13):
        for number in range(3):
            url = f"http://{OUTLET}/news/2022/{day:02d}-{number}"
            moment = at(day, 6 + 5 * number)
            title = f"Karkara, report {day}-{number}"
            text = page(title, published=moment, more=report(10 * day + number))
            if number == 0:
                web.put(url, text)
                replica.sees(moment + timedelta(minutes=30), url=url, title=title)
            elif number == 1:
                replica.captures(url, moment + timedelta(hours=3), text)
                replica.sees(moment + timedelta(minutes=45), url=url, title=title)
            else:
                file = f"CC-NEWS-2022{1:02d}{day:02d}120000-{day:05d}.warc.gz"
                replica.crawled(file, url, moment + timedelta(hours=1), text)
