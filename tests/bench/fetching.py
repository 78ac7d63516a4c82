"""How long 300 slow hosts take against what their pace demands, and what a poll of 1,000 feeds costs."""

from __future__ import annotations

import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

from pipeline import stages
from pipeline.settings import Settings
from pipeline.work import Work, open_work
from tests.newsroom import PROTEST, write_profile
from tests.tiny_web import tiny_web

HOSTS = 300
PAGES = 4
LATENCY = 1.0
FEEDS = 1000


def measure() -> None:
    """Measure and print."""
    with _watching(_slow_hosts, HOSTS) as settings, _pass(settings) as work:
        stages.poll(work)
        begun = time.monotonic()
        captured = stages.fetch(work)["captured"]
        seconds = time.monotonic() - begun
    bound = PAGES * LATENCY
    print(f"{captured} pages of {HOSTS} hosts, {PAGES} each, {LATENCY:g} s of latency, a request a second of a host:")
    print(f"  {seconds:.1f} s, {seconds / bound:.2f} of the {bound:.0f} s that one host alone takes")
    with _watching(_unchanging_feeds, FEEDS) as settings:
        with _pass(settings) as work:
            stages.poll(work)
        with _pass(settings) as work:
            before = _cpu()
            counts = stages.poll(work, everything=True)
            spent = _cpu() - before
    print(f"polling {counts['unchanged']} feeds that all answer 304: {spent:.1f} CPU seconds, PostgreSQL's left out")
    print(f"peak memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


@contextmanager
def _watching(web: Callable[[Connection], None], feeds: int) -> Iterator[Settings]:
    """Settings for passes over that web."""
    with tempfile.TemporaryDirectory() as folder, _served(web) as proxy_url:
        home = Path(folder)
        home.chmod(0o755)
        listed = [(f"http://outlet{n}.example/feed", f"outlet{n}.example") for n in range(feeds)]
        profile = write_profile(home / "profile", listed)
        yield Settings.model_validate({"home": home, "crisis": str(profile), "http_proxy": proxy_url})


@contextmanager
def _pass(settings: Settings) -> Iterator[Work]:
    with open_work(settings, kind="bench", clock=lambda: datetime.now(UTC)) as work:
        yield work


@contextmanager
def _served(web: Callable[[Connection], None]) -> Iterator[str]:
    """The web in a process of its own, so that its CPU is not ours."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=web, args=(theirs,), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        ours.send("enough")
        process.join()


def _slow_hosts(parent: Connection) -> None:
    with tiny_web() as web:
        for number in range(HOSTS):
            host = f"http://outlet{number}.example"
            urls = [f"{host}/{page}" for page in range(PAGES)]
            web.announce(f"{host}/feed", *((url, url) for url in urls))
            for url in urls:
                text = "".join(f"<p>{paragraph}</p>" for paragraph in PROTEST)
                web.put(url, f"<html><body>{text}</body></html>", after_seconds=LATENCY)
        parent.send(web.proxy_url)
        parent.recv()


def _unchanging_feeds(parent: Connection) -> None:
    with tiny_web() as web:
        for number in range(FEEDS):
            web.announce(f"http://outlet{number}.example/feed", etag='"same"')
        parent.send(web.proxy_url)
        parent.recv()


def _cpu() -> float:
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)
