"""A large file of the web is read as a file that is open, whatever its server does on the way."""

from __future__ import annotations

import io
import threading
import tracemalloc
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from time import monotonic, sleep

import psycopg
import pytest

from pipeline.errors import Reason
from pipeline.fetch import streaming
from pipeline.fetch.streaming import BrokenOffError, streamed
from pipeline.settings import Settings
from tests.large_file import LargeFile, large_file

NOW = datetime(2022, 1, 5, 12, tzinfo=UTC)
SIZE = 5_000_000
HUGE = 64 * 2**20


@pytest.fixture
def file() -> Iterator[LargeFile]:
    """A file of five megabytes."""
    with large_file() as served:
        served.holds(SIZE)
        yield served


def opened(file: LargeFile, database: str, start: int = 0) -> AbstractContextManager[io.BufferedReader]:
    """The file as a stream; its server stands for Common Crawl."""
    settings = Settings.model_validate({"ccnews_url": file.root, "host_delay": 0})
    return streamed(file.url, start=start, settings=settings, conninfo=database, clock=lambda: NOW)


def read(file: LargeFile, database: str, start: int = 0) -> bytes:
    """The file to its end."""
    with opened(file, database, start) as stream:
        return stream.read()


def broken(file: LargeFile, database: str, start: int = 0) -> BrokenOffError:
    """Why the file could not be read to its end."""
    with opened(file, database, start) as stream, pytest.raises(BrokenOffError) as caught:
        stream.read()
    return caught.value


def streams() -> list[threading.Thread]:
    """The threads that ask for files."""
    return [thread for thread in threading.enumerate() if thread.name == "stream"]


@pytest.mark.parametrize("start", [0, 1, 999_999, SIZE - 1])
def test_a_file_comes_whole_from_any_byte_on(file: LargeFile, database: str, start: int) -> None:
    assert read(file, database, start) == file.part(start)
    assert file.asked == [f"bytes={start}-" if start else ""]


@pytest.mark.parametrize("start", [0, 999_999])
def test_a_server_that_knows_no_ranges_is_read_past_what_is_left_out(
    file: LargeFile, database: str, start: int
) -> None:
    file.ignores_ranges()
    assert read(file, database, start) == file.part(start)


def test_a_file_that_was_read_to_its_end_before_has_nothing_more(file: LargeFile, database: str) -> None:
    assert read(file, database, SIZE) == b""
    assert file.asked == [f"bytes={SIZE}-"]


def test_bytes_are_the_files_own_whatever_they_are_said_to_be_coded_in(file: LargeFile, database: str) -> None:
    file.headers["Content-Encoding"] = "gzip"
    assert read(file, database) == file.part(0)


@pytest.mark.parametrize("start", [0, 999_999])
def test_a_file_that_breaks_off_is_taken_up_where_it_did(file: LargeFile, database: str, start: int) -> None:
    file.drops_after(1_500_000, times=2)
    assert read(file, database, start) == file.part(start)
    first, *again = [int(asked.strip("bytes=-") or 0) for asked in file.asked]
    assert first == start
    assert len(again) == 2
    assert start < again[0] <= start + 1_500_000
    assert again[0] < again[1] <= again[0] + 1_500_000


def test_a_file_that_breaks_off_is_taken_up_from_a_server_that_knows_no_ranges(file: LargeFile, database: str) -> None:
    file.ignores_ranges()
    file.drops_after(1_500_000)
    assert read(file, database, 999_999) == file.part(999_999)
    assert len(file.asked) == 2


def test_a_file_that_breaks_off_at_the_same_byte_again_and_again_is_given_up(file: LargeFile, database: str) -> None:
    file.ignores_ranges()
    file.drops_after(1_000_000, times=100)
    assert broken(file, database).failure.reason is Reason.MALFORMED_RESPONSE
    assert 4 <= len(file.asked) <= 8  # what was under way when it broke off may come the next time


def test_a_file_that_breaks_off_often_is_read_as_long_as_each_time_gives_something(
    file: LargeFile, database: str
) -> None:
    file.drops_after(1_000_000, times=100)
    assert read(file, database) == file.part(0)
    assert len(file.asked) >= 5


@pytest.mark.parametrize(
    ("status", "reason", "times"),
    [
        (404, Reason.HTTP_NOT_FOUND, 1),
        (403, Reason.HTTP_FORBIDDEN, 1),
        (416, Reason.EMPTY_BODY, 1),
        (429, Reason.HTTP_TOO_MANY_REQUESTS, 1),
        (500, Reason.HTTP_SERVER_ERROR, 4),
    ],
)
def test_a_file_that_cannot_be_had_says_why(
    file: LargeFile, database: str, status: int, reason: Reason, times: int
) -> None:
    file.answers(*[status] * 10)
    failure = broken(file, database).failure
    assert (failure.reason, failure.status) == (reason, status)
    assert len(file.asked) == times


def test_a_server_that_fails_for_a_moment_is_asked_again(file: LargeFile, database: str) -> None:
    file.drops_after(1_500_000)
    file.answers(500, 200, 500, 502)
    assert read(file, database) == file.part(0)


def test_a_refusal_on_the_way_tells_for_how_long(file: LargeFile, database: str) -> None:
    file.headers["Retry-After"] = "90"
    file.drops_after(1_500_000)
    file.answers(200, 429)
    failure = broken(file, database).failure
    assert (failure.reason, failure.retry_after) == (Reason.HTTP_TOO_MANY_REQUESTS, timedelta(seconds=90))
    assert broken(file, database).failure.reason is Reason.HTTP_TOO_MANY_REQUESTS, "and others are told so"
    assert len(file.asked) == 2


def test_another_part_than_was_asked_for_is_not_taken_for_it(file: LargeFile, database: str) -> None:
    file.shifts_ranges(7)
    assert broken(file, database, 1_000).failure.reason is Reason.MALFORMED_RESPONSE


@pytest.mark.parametrize("after", [-1, 0, 1_500_000])
def test_a_server_that_falls_silent_for_ever_is_given_up(
    file: LargeFile, database: str, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    monkeypatch.setattr(streaming, "_STILL_SECONDS", 0.3)
    file.ignores_ranges()
    file.falls_silent(after, times=100)
    started = monotonic()
    assert broken(file, database).failure.reason is Reason.TIMEOUT
    assert monotonic() - started < 4
    assert len(file.asked) == 4


def test_a_server_that_fell_silent_once_is_asked_for_the_rest(
    file: LargeFile, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "_STILL_SECONDS", 0.3)
    file.falls_silent(1_500_000)
    assert read(file, database) == file.part(0)
    assert file.asked == ["", "bytes=1500000-"]


def test_whoever_reads_on_is_told_the_end_and_the_failure_again(file: LargeFile, database: str) -> None:
    with opened(file, database) as stream:
        stream.read()
        assert [stream.read(10), stream.read(10)] == [b"", b""]
    file.answers(404)
    with opened(file, database) as stream:
        for _ in range(3):
            with pytest.raises(BrokenOffError, match="404"):
                stream.read(10)


def test_a_warehouse_out_of_reach_is_said_and_not_waited_for(file: LargeFile) -> None:
    error = broken(file, "host=127.0.0.1 port=1 connect_timeout=2")
    assert "OperationalError" in error.failure.detail
    assert file.asked == []


def test_memory_is_bounded_while_a_slow_reader_reads(file: LargeFile, database: str) -> None:
    """The server sends slices of a pattern and holds nothing."""
    file.holds(HUGE)
    expected = file.pieces(0, HUGE)
    ahead, equal, length = b"", True, 0
    tracemalloc.start()
    try:
        with opened(file, database) as stream:
            sleep(0.5)  # all that there is room for has come
            for piece in iter(partial(stream.read, 2**20), b""):
                sleep(0.005)
                while len(ahead) < len(piece):
                    ahead += next(expected)
                equal = equal and ahead[: len(piece)] == piece
                ahead, length = ahead[len(piece) :], length + len(piece)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert equal
    assert length == HUGE
    assert peak < HUGE / 2, f"{peak:,}"
    assert file.asked == [""]


@pytest.mark.parametrize("silent", [None, -1, 1_000_000])
def test_leaving_early_ends_the_thread_at_once_whatever_it_waits_for(
    file: LargeFile, database: str, silent: int | None
) -> None:
    file.holds(HUGE)
    if silent is not None:
        file.falls_silent(silent)
    with opened(file, database) as stream:
        if silent is None:
            assert stream.read(1_000) == file.part(0, 1_000)
        while not file.asked:
            sleep(0.01)
        left = monotonic()
    assert monotonic() - left < 2
    assert streams() == []
    with pytest.raises(ValueError, match="closed"):
        stream.read(1)


def test_leaving_early_by_an_error_or_before_a_turn_has_come_ends_the_thread(file: LargeFile, database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("INSERT INTO ops.hosts (host, next_slot_at) VALUES ('ccnews', now() + interval '1 hour')")
    settings = Settings.model_validate({"ccnews_url": file.root, "host_delay": 1})
    started = monotonic()
    with suppress(KeyError), streamed(file.url, start=0, settings=settings, conninfo=database, clock=lambda: NOW):
        sleep(0.5)
        raise KeyError
    assert monotonic() - started < 3
    assert streams() == []
    assert file.asked == []
