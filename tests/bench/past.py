"""What looking through the past costs: Common Crawl's files against bare iteration and bare extraction, and days."""

from __future__ import annotations

import gzip
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from fastwarc.warc import ArchiveIterator, WarcRecordType
from trafilatura import bare_extraction

from pipeline import backfill
from pipeline.crisis import load_profile
from pipeline.discover.past.listings import Source
from pipeline.discover.past.prefilter import Prefilter
from pipeline.discover.past.raw import RawRecord
from pipeline.discover.past.records import read_records
from pipeline.discover.past.windows import Window
from pipeline.extract.trial import pages_of
from pipeline.sample import articles
from pipeline.sample.site import answers
from pipeline.settings import Settings
from pipeline.tag import Tagger
from pipeline.work import open_work
from tests.archive_replica import archive_replica
from tests.the_past import ALL, at, profile, publish_past
from tests.tiny_web import tiny_web

NOW = datetime(2022, 3, 1, tzinfo=UTC)
ONE_IN = 500
RECORDS = 5_000
EXTRACTED = 200


def measure(folders: Sequence[Path]) -> None:
    """Measure on the pages of these folders, or on the made-up sample where there are none, and print."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "CC-NEWS-20220105000000-00001.warc.gz"
        size = _write(file, folders)
        _read(file, size)
        _memory(file)
    _days()


def _write(file: Path, folders: Sequence[Path]) -> int:
    """A file of Common Crawl's in which one record in 500 is about the crisis; the bytes in it, unpacked."""
    relevant = {each.url for each in articles() if each.relevant}
    about = [answer.body for url, answer in answers(1).items() if url in relevant]
    others = [page.body for folder in folders for _, page in pages_of(folder, now=NOW)]
    profiled = load_profile("kazakhstan_2022")
    prefilter = Prefilter([profiled], [Tagger(profiled)])
    others = [body for body in others or _made_up() if not prefilter.passes(body)]
    size = 0
    with file.open("wb") as written:
        for number in range(RECORDS):
            pages = about if number % ONE_IN == 0 else others
            record = _record(f"http://outlet{number % 97}.example/{number}", pages[number % len(pages)])
            size += len(record)
            written.write(gzip.compress(record, 6))
    return size


def _made_up() -> list[bytes]:
    """Pages about nothing, as large as real ones."""
    text = "<p>A match was played in the rain, and nobody came to see it.</p>" * 800
    return [f"<html><body>{text}{number}</body></html>".encode() for number in range(50)]


def _record(url: str, body: bytes) -> bytes:
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + body
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2022-01-05T10:00:00Z\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(answer)}\r\n\r\n"
    )
    return head.encode() + answer + b"\r\n\r\n"


def _read(file: Path, size: int) -> None:
    profiled = load_profile("kazakhstan_2022")
    prefilter = Prefilter([profiled], [Tagger(profiled)])
    prefilter.passes(b"warm")
    bare = min(_seconds(lambda: _iterate(file)) for _ in range(3))
    ours, passed = min(_filter(file, prefilter) for _ in range(3))
    bodies = [record.block.partition(b"\r\n\r\n")[2] for record in _records(file, EXTRACTED)]
    extracting = _seconds(lambda: [bare_extraction(body.decode("utf-8", "replace")) for body in bodies])
    extracting *= RECORDS / EXTRACTED
    million = size / 1e6
    print(
        f"{RECORDS} records of {million:.0f} MB, {file.stat().st_size / 1e6:.0f} MB packed, one in {ONE_IN} relevant:"
    )
    print(f"  {passed} pass; {million / ours:.0f} MB/s, {bare / ours:.2f} of bare iteration by FastWARC (at least 0.5)")
    print(f"  {extracting / ours:.0f} times as fast as extracting every record with trafilatura (at least 20)")


def _iterate(file: Path) -> int:
    with file.open("rb") as stream:
        return sum(1 for _ in ArchiveIterator(stream, parse_http=False, record_types=WarcRecordType.response))


def _filter(file: Path, prefilter: Prefilter) -> tuple[float, int]:
    started = time.process_time()
    passed = sum(prefilter.passes(record.content) for record in _records(file, RECORDS))
    return time.process_time() - started, passed


def _records(file: Path, most: int) -> Iterator[RawRecord]:
    with file.open("rb") as stream:
        for number, record in enumerate(read_records(stream)):
            if number == most:
                return
            if isinstance(record, RawRecord):
                yield record


def _seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _memory(file: Path) -> None:
    """The peak of a process that reads the file once, and of one that reads it five times in a row."""
    once, often = (_peak(file, times) for times in (1, 5))
    print(f"  peak memory {once:.0f} MB for one file, {often:.0f} MB for five (flat)")


def _peak(file: Path, times: int) -> float:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_read_often, args=(file, times, theirs))
    process.start()
    peak: float = ours.recv()
    process.join()
    return peak


def _read_often(file: Path, times: int, parent: Connection) -> None:
    profiled = load_profile("kazakhstan_2022")
    prefilter = Prefilter([profiled], [Tagger(profiled)])
    for _ in range(times):
        _filter(file, prefilter)
    parent.send(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def _days() -> None:
    """Ten days against one, from empty warehouses, each with its two weeks beyond."""
    one = _backfilled(1, ALL)
    ten = _backfilled(10, ALL)
    print(f"a day and the fortnight after it: {one[0]:.0f} s, {one[1]} requests to archives")
    print(f"  ten days: {ten[0] / one[0]:.1f} times the time, {ten[1] / one[1]:.1f} times the requests (at most 11)")


def _backfilled(days: int, sources: Sequence[Source]) -> tuple[float, int]:
    with tempfile.TemporaryDirectory() as folder, archive_replica() as replica, tiny_web() as web:
        home = Path(folder)
        home.chmod(0o755)
        publish_past(replica, web, range(2, 26))
        settings = Settings.model_validate(
            {
                "home": home,
                "crisis": profile(home),
                "http_proxy": web.proxy_url,
                "host_delay": 0.0,
                "gdelt_url": replica.gdelt_url,
                "wayback_url": replica.wayback_url,
                "ccnews_url": replica.ccnews_url,
            }
        )
        window = Window(since=at(2, 0), until=at(2, 0) + timedelta(days=days), sources=tuple(sources))
        with open_work(settings, kind="bench", clock=lambda: datetime.now(UTC)) as work:
            begun = time.monotonic()
            backfill.backfill(work, window)
            return time.monotonic() - begun, len(replica.asked)
