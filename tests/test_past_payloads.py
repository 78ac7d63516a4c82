"""The answers in WARC records, as their archives stored them: decoded, or as they came over the wire."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.discover.past.payloads import unpack
from pipeline.discover.past.raw import RawRecord
from pipeline.discover.past.records import LARGEST
from pipeline.errors import Failure, Reason
from pipeline.records import Response

PAGE = "<p>Протесты в Жанаозене</p>".encode()
URL = b"http://tribune.example/a?b=c"
DATE = b"2022-01-05T10:30:00Z"


def record(block: bytes, *, url: bytes = URL, date: bytes = DATE) -> RawRecord:
    head = b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: %s\r\nWARC-Date: %s\r\n\r\n" % (url, date)
    return RawRecord(0, head + block, len(head), len(head) + len(block))


def answer(body: bytes, *headers: bytes, status: bytes = b"HTTP/1.1 200 OK", end: bytes = b"\r\n") -> bytes:
    return end.join([status, *headers, b"", body])


def unpacked(block: bytes) -> Response:
    response = unpack(record(block))
    assert isinstance(response, Response), response
    return response


def refused(made: RawRecord) -> str:
    failure = unpack(made)
    assert isinstance(failure, Failure), failure
    assert failure.reason is Reason.MALFORMED_RECORD
    return failure.detail


def chunked(*pieces: bytes, extension: bytes = b"") -> bytes:
    return b"".join(b"%x%s\r\n%s\r\n" % (len(piece), extension, piece) for piece in (*pieces, b""))


def test_an_answer_has_its_address_moment_status_headers_and_body() -> None:
    response = unpacked(answer(PAGE, b"Content-Type: text/html; charset=utf-8", b"Set-Cookie: a", b"Set-Cookie: b"))
    assert (response.url, response.final_url, response.status) == (URL.decode(), URL.decode(), 200)
    assert response.observed_at == datetime(2022, 1, 5, 10, 30, tzinfo=UTC)
    assert response.headers == (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Set-Cookie", "a"),
        ("Set-Cookie", "b"),
    )
    assert response.body == PAGE


@pytest.mark.parametrize("coding", [b"gzip", b"br", b"deflate", b"gzip, gzip", b"bogus"])
def test_a_coding_that_is_stated_of_a_decoded_body_is_not_believed(coding: bytes) -> None:
    """Common Crawl decodes bodies and leaves the headers."""
    response = unpacked(answer(PAGE, b"Content-Encoding: " + coding, b"Content-Length: 7"))
    assert (response.body, response.headers) == (PAGE, ())


@pytest.mark.parametrize("header", [b"Content-Encoding: gzip", b"X-Crawler-Content-Encoding: gzip", b"Server: x"])
def test_a_gzip_stream_is_inflated_whatever_the_headers_say(header: bytes) -> None:
    assert unpacked(answer(gzip.compress(PAGE), header)).body == PAGE


def test_of_a_gzip_stream_that_ends_too_soon_there_is_what_came() -> None:
    page = PAGE * 1000
    body = unpacked(answer(gzip.compress(page)[:-20], b"Content-Encoding: gzip")).body
    assert body
    assert page.startswith(body)


def test_a_damaged_gzip_stream_and_a_bomb_are_malformed() -> None:
    damaged = gzip.compress(PAGE)[:10] + b"\xff" * 40
    assert refused(record(answer(damaged))) == "the body cannot be decompressed"
    assert refused(record(answer(gzip.compress(bytes(LARGEST + 1))))) == "the body cannot be decompressed"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (chunked(PAGE), PAGE),
        (chunked(PAGE[:7], PAGE[7:]), PAGE),
        (chunked(PAGE, extension=b" ;name=value"), PAGE),
        (chunked(gzip.compress(PAGE)), PAGE),
        (PAGE, PAGE),
        (chunked(PAGE[:20], PAGE[20:])[:-12], PAGE[:-5]),
        (b"0 comments\r\n" + PAGE, b"0 comments\r\n" + PAGE),
        (b"0\r\n\r\n", b""),
        (b"", b""),
    ],
    ids=["one", "two", "extended", "gzip in chunks", "joined before", "cut", "a page like a chunk", "nothing", "empty"],
)
@pytest.mark.parametrize("stated", [b"chunked", b"Chunked", b"gzip, chunked"])
def test_chunks_are_joined_where_there_are_any(body: bytes, expected: bytes, stated: bytes) -> None:
    assert unpacked(answer(body, b"Transfer-Encoding: " + stated)).body == expected


def test_what_looks_like_chunks_and_is_not_said_to_be_stays() -> None:
    assert unpacked(answer(chunked(PAGE), b"Content-Type: text/html")).body == chunked(PAGE)


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_bad_headers_cost_nothing_but_themselves(end: bytes) -> None:
    headers = (b"no colon", b": no name", b"Na me: x", b"\xff\xfe: x", b"Good:\xe9 ", b"X" * 70_000, b"Last :1")
    response = unpacked(answer(PAGE, *headers, end=end))
    assert response.headers == (("Good", "é"), ("Last", "1"))
    assert response.body == PAGE


def test_headers_without_end_are_cut() -> None:
    assert len(unpacked(answer(PAGE, *[b"X-Same: y"] * 10_000)).headers) == 128


@pytest.mark.parametrize("status", [b"HTTP/1.0 404", b"HTTP/1.1 404 Not Found", b"HTTP/2 404 ", b"HTTP/1.1\t404 \xff"])
def test_the_status_line_is_read_as_servers_write_it(status: bytes) -> None:
    assert unpacked(answer(PAGE, status=status)).status == 404


@pytest.mark.parametrize(
    "block",
    [
        b"",
        b"\r\n\r\n",
        PAGE,
        b"HTTP/1.1 200 OK",
        answer(PAGE, status=b"HTTP/1.1 OK"),
        answer(PAGE, status=b"ICY 200 OK"),
    ],
)
def test_what_is_no_answer_is_malformed(block: bytes) -> None:
    assert refused(record(block)) == "the record holds no HTTP answer"


@pytest.mark.parametrize("date", [b"", b"yesterday", b"2022-01-05T10:30:00", b"2009-03-65T08:43:19-0800", b"\xff"])
def test_a_record_without_a_moment_is_malformed(date: bytes) -> None:
    assert refused(record(answer(PAGE), date=date)) == "the record does not say when it was captured"


@pytest.mark.parametrize(
    "url",
    [b"", b"dns:tribune.example", b"file:///a b", b"http://a.example/a b", b"http://a.example/\x00", b"urn:x", b"//a"],
)
def test_an_address_of_no_page_is_malformed(url: bytes) -> None:
    assert refused(record(answer(PAGE), url=url)).endswith("is no address of a page")


def test_an_address_in_angle_brackets_or_other_letters_is_one() -> None:
    for url in (b"<http://tribune.example/a>", "http://tribune.example/жаңалық".encode()):
        response = unpack(record(answer(PAGE), url=url))
        assert isinstance(response, Response)
        assert response.url == url.decode().strip("<>")


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 30), st.binary(max_size=12)), max_size=6))
def test_mutated_records_give_an_answer_or_a_failure(edits: list[tuple[int, int, bytes]]) -> None:
    head = record(b"").content
    content = head + answer(chunked(gzip.compress(PAGE)), b"Transfer-Encoding: chunked", b"Content-Encoding: gzip")
    for place, length, put in edits:
        content = content[:place] + put + content[place + length :]
    assert isinstance(unpack(RawRecord(0, content, min(len(head), len(content)), len(content))), Response | Failure)
