"""What each archive's listings give: addresses with when they were seen, and more parts to read."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.discover.past import ccnews, gdelt, wayback
from pipeline.discover.past.listings import Part, Read
from pipeline.errors import Failure, Reason

MINUTE = "gdeltv3/gal/20220105103000.gal.json.gz"
AT = datetime(2022, 1, 5, 10, 30, tzinfo=UTC)
URL = "http://tribune.example/a"
COLUMNS = ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length"]


def lines(*texts: str | bytes) -> bytes:
    return gzip.compress(b"\n".join(text.encode() if isinstance(text, str) else text for text in texts))


def minute(body: bytes) -> Read:
    read = gdelt.read_minute(MINUTE, body)
    assert isinstance(read, Read), read
    return read


def failure(read: object) -> Reason:
    assert isinstance(read, Failure), read
    return read.reason


def month(kind: str = "articles") -> Part:
    since, until = datetime(2022, 1, 1, tzinfo=UTC), datetime(2022, 1, 2, tzinfo=UTC)
    of = wayback.site_parts([("tribune.example", "tribune.example")], since, until)
    feeds = wayback.feed_parts([("http://tribune.example/rss", "tribune.example")], since, until)
    return next(of if kind == "articles" else feeds)


def row(timestamp: str = "20220105103000", original: str = URL, status: str = "200") -> list[object]:
    return ["example,tribune)/a", timestamp, original, "text/html", status, "DIGEST", "512"]


def index(*rows: object, columns: Sequence[object] = COLUMNS, kind: str = "articles") -> Read | Failure:
    return wayback.read_part(month(kind), json.dumps([columns, *rows]).encode())


def test_an_entry_of_gdelt_was_there_by_its_date_or_by_its_minute() -> None:
    dates = [
        "2022-01-05T10:00:00Z",
        "2022-01-05T10:30:00Z",
        "2022-01-05T10:33:00Z",
        "2022-01-05T11:00:00Z",
        "2031-01-01",
        "soon",
        "",
        7,
        None,
    ]
    read = minute(lines(*(json.dumps({"date": date, "url": URL, "title": "T", "desc": "D"}) for date in dates)))
    assert [listing.seen_at for listing in read.listings] == [AT - timedelta(minutes=30), *[AT] * 8]
    assert {(each.title, each.summary, each.url) for each in read.listings} == {("T", "D", URL)}
    assert (read.entries, read.malformed) == (9, 0)


def test_entries_of_gdelt_may_have_other_fields() -> None:
    entries = [
        {"url": URL},
        {"url": f" {URL} ", "title": ["T"], "desc": 5},
        {"url": URL, "title": "x" * 9_000, "new": {}},
    ]
    first, second, third = minute(lines(*map(json.dumps, entries))).listings
    assert first == second
    assert (first.title, first.summary, first.url, first.seen_at) == ("", "", URL, AT)
    assert len(third.title) == 5_000


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        "null",
        '"x"',
        "{}",
        '{"url": 5}',
        '{"url": " "}',
        '{"link": "x"}',
        "[" * 100_000,
        b"\xff\xfe",
        "9" * 5_000,
    ],
)
def test_a_line_that_is_no_entry_is_counted(line: str | bytes) -> None:
    read = minute(lines(json.dumps({"url": URL}), "", line, "  ", json.dumps({"url": URL})))
    assert (read.entries, read.malformed, len(read.listings)) == (3, 1, 2)


def test_files_of_gdelt_that_are_bombs_cut_or_none_are_failures() -> None:
    whole = lines(*(json.dumps({"url": f"{URL}/{n}"}) for n in range(500)))
    for broken in (whole[: len(whole) // 2], whole[:-4], whole[:20], b"", b"<html>", whole[:40] + b"\xff" * 40):
        assert failure(gdelt.read_minute(MINUTE, broken)) is Reason.MALFORMED_RESPONSE
    assert failure(gdelt.read_minute(MINUTE, gzip.compress(bytes(80 * 2**20), 1))) is Reason.TOO_LARGE
    assert minute(gzip.compress(b"")) == Read(entries=0)


def test_the_index_gives_articles_of_its_rows_and_where_it_goes_on() -> None:
    rows = [row(original=f"http://tribune.example:80/news/{n}") for n in range(5_000)]
    read = index(*rows, row(original="http://tribune.example/tag/x"), [], ["key 2022"])
    assert isinstance(read, Read)
    assert (read.entries, read.malformed, len(read.listings), read.resume) == (5_001, 0, 5_000, "key 2022")
    assert (read.listings[0].url, read.listings[0].seen_at) == ("http://tribune.example/news/0", AT)


@pytest.mark.parametrize(
    "damaged",
    [
        *(row(at) for at in ("20220230000000", "00000000000000", "2022", "", "9" * 14, "19700101000000", "２" * 14)),
        row("99991231235959"),
        *(row(original=url) for url in ("", "mailto:a@b.example", "http://", "http://[")),
        row()[:3],
        [*row(), "more"],
        [*row()[:6], 5],
        [*row()[:6], None],
        ["key"],
        "row",
        None,
        {},
    ],
    ids=repr,
)
@pytest.mark.parametrize("kind", ["articles", "snapshots"])
def test_a_damaged_row_costs_itself(damaged: object, kind: str) -> None:
    read = index(row(original=f"{URL}/1"), damaged, row(original=f"{URL}/2"), kind=kind)
    assert isinstance(read, Read)
    assert (read.malformed, len(read.listings) + len(read.parts), read.resume) == (1, 2, None)


def test_columns_may_stand_in_any_order_and_some_be_missing() -> None:
    read = index(["http://tribune.example/news/1", "20220105103000"], columns=["original", "timestamp"])
    assert isinstance(read, Read)
    assert [each.url for each in read.listings] == ["http://tribune.example/news/1"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"{}",
        b"5",
        b'[["urlkey", "original"]]',
        b'["timestamp", "original"]',
        b'[["timestamp", "original", ["x"]], ["20220105103000", "http://a.example/1", "x"]]',
        b'[["timestamp", "original", {}], ["20220105103000", "http://a.example/1", "x"]]',
        b"\xff",
        b"[[",
        *(b"[" * depth for depth in (900, 100_000)),
        *(b'[["timestamp","original",' + b"[" * depth + b"]" * depth + b"]]" for depth in (100, 900, 950, 980, 10_000)),
    ],
    ids=lambda body: f"{body[:30]!r} of {len(body)}",
)
def test_what_is_no_index_is_a_failure(body: bytes) -> None:
    assert failure(wayback.read_part(month(), body)) is Reason.MALFORMED_RESPONSE


def test_an_index_without_rows_is_read() -> None:
    assert wayback.read_part(month(), b"[]") == Read(entries=0)
    assert index() == Read(entries=0)
    assert index([], ["key"]) == Read(entries=0, resume="key")


def test_captures_of_a_feed_are_parts_and_only_those_that_showed_it() -> None:
    read = index(row(), row("20220105113000", status="404"), kind="snapshots")
    assert isinstance(read, Read)
    (part,) = read.parts
    assert (part.kind, part.part) == ("snapshot", "20220105103000 http://tribune.example/rss")
    assert (part.covers_from, part.feed, part.outlet) == (AT, "http://tribune.example/rss", "tribune.example")
    root = "http://archive.example"
    assert wayback.address_of(root, part, None) == f"{root}/web/20220105103000id_/http://tribune.example/rss"


@settings(max_examples=200, deadline=None)
@given(st.recursive(st.none() | st.integers() | st.text(max_size=5), lambda x: st.lists(x, max_size=4), max_leaves=30))
def test_any_json_is_an_index_or_a_failure(answer: object) -> None:
    for body in (answer, [COLUMNS, answer], [["timestamp", "original"], answer]):
        assert isinstance(wayback.read_part(month(), json.dumps(body).encode()), Read | Failure)


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("https://web.archive.org/web/20220105103000id_/http://a.kz/x?y=http://b.kz", "http://a.kz/x?y=http://b.kz"),
        ("http://localhost:1/wayback/web/20220105103000/https:/a.kz/", "https://a.kz/"),
        ("https://web.archive.org/web/20220105103000if_/HTTP://a.kz", "http://a.kz"),
    ],
)
def test_the_address_of_a_playback_tells_which_capture_it_is(address: str, url: str) -> None:
    assert wayback.played(address) == (AT, url)


@pytest.mark.parametrize("stamp", ["2022", "20220230000000", "99999999999999", "2022010510300x", "*"])
def test_other_addresses_are_no_playback(stamp: str) -> None:
    assert wayback.played(f"https://web.archive.org/web/{stamp}id_/http://a.kz/") is None


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "news",
        "ru/politics/",
        "index.php",
        "tag/x",
        "page/2",
        "a/b.jpg",
        "x.CSS",
        "rss/",
        "?page=1",
        "wp-json/x",
    ],
)
def test_addresses_of_lists_and_files_are_no_articles(path: str) -> None:
    assert not wayback.may_be_an_article(f"http://a.kz/{path}")


@pytest.mark.parametrize(
    "path",
    ["news/1", "12345", "a-b-c", "x.html", "?p=1", "index.php?id=7", "protest", "archive/2022/01/05/x", "n/мир#page/2"],
)
def test_in_doubt_an_address_is_an_article(path: str) -> None:
    assert wayback.may_be_an_article(f"http://a.kz/{path}")


def test_a_month_of_common_crawl_names_files_that_end_where_the_next_begins() -> None:
    path = "crawl-data/CC-NEWS/2022/01/CC-NEWS-{}-00001.warc.gz"
    stamps = ["20220105120000", "20220105103000", "20220109000000"]
    bad = ["CC-NEWS-20221305103000-00001.warc.gz", "CC-NEWS-99991231235959-00001.warc.gz", "CC-NEWS-x.warc.gz", "\xff"]
    read = ccnews.read_month(lines(*map(path.format, stamps), "", path.format(stamps[0]), *bad))
    assert isinstance(read, Read)
    assert (read.entries, read.malformed) == (4, 4)
    assert [part.part for part in read.parts] == [path.format(stamp) for stamp in sorted(stamps)]
    spans = [(part.covers_from, part.covers_until - timedelta(minutes=30)) for part in read.parts]
    noon, day = AT.replace(hour=12, minute=0), timedelta(days=1)
    assert spans[:2] == [(AT, noon), (noon, noon + day)]
    assert failure(ccnews.read_month(b"<html>")) is Reason.MALFORMED_RESPONSE
