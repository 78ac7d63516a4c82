"""The replica does what the archives do, as far as urllib can tell."""
# ruff: noqa: S310

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import Message
from http.client import IncompleteRead
from time import monotonic
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

import pytest

from tests.archive_formats import moment, stamp, surt
from tests.archive_replica import ArchiveReplica, archive_replica

NOON = datetime(2022, 1, 5, 12, 0, tzinfo=UTC)
FILE = "CC-NEWS-20220105103000-00001.warc.gz"
FOLDER = "crawl-data/CC-NEWS/2022/01"


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """Redirects are looked at, not followed."""


@pytest.fixture
def archives() -> Iterator[ArchiveReplica]:
    """Empty archives."""
    with archive_replica() as replica:
        yield replica


def get(url: str, method: str = "GET", **headers: str) -> tuple[int, Message, bytes]:
    """Status, headers and body, of errors and redirects too."""
    request = Request(url, headers={name.replace("_", "-"): value for name, value in headers.items()}, method=method)
    try:
        with build_opener(_Stay).open(request, timeout=5) as response:
            return response.status, response.headers, response.read()
    except HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def minute_of(archives: ArchiveReplica, minute: datetime) -> tuple[int, bytes]:
    """What GDELT serves for that minute."""
    status, _, body = get(f"{archives.gdelt_url}/gdeltv3/gal/{stamp(minute)}.gal.json.gz")
    return status, body


def cdx(archives: ArchiveReplica, url: str, *more: tuple[str, str], **asked: object) -> Any:
    """The JSON the CDX server answers."""
    query = urlencode([("url", url), ("output", "json"), *asked.items(), *more])
    status, _, body = get(f"{archives.wayback_url}/cdx/search/cdx?{query}")
    assert status == 200, body
    return json.loads(body)


def column(answer: list[list[str]], field: str = "original") -> list[str]:
    """One field of all rows."""
    return [row[answer[0].index(field)] for row in answer[1:]] if answer else []


def warc(archives: ArchiveReplica) -> bytes:
    """The file as served."""
    status, _, body = get(f"{archives.ccnews_url}/{FOLDER}/{FILE}")
    assert status == 200
    return body


def members(data: bytes) -> list[bytes]:
    """The records of a sound file."""
    found = []
    while data:
        reader = zlib.decompressobj(31)
        found.append(reader.decompress(data))
        assert reader.eof
        data = reader.unused_data
    return found


def test_gdelt_has_what_it_saw_and_empty_files_in_the_range_it_covers(archives: ArchiveReplica) -> None:
    """An entry is a JSON line; its date is the minute unless told."""
    archives.sees(NOON, url="https://a.example/1", title="Жаңалық", lang="kk")
    archives.sees(NOON, url="https://a.example/2", date="2021-12-31T00:00:00Z")
    archives.add_line(NOON, b'{"date": "2022')
    archives.gdelt_covers(NOON, NOON.replace(minute=2))
    status, body = minute_of(archives, NOON)
    one, two, three = gzip.decompress(body).splitlines()
    assert status == 200
    assert json.loads(one) == {
        "date": "2022-01-05T12:00:00Z",
        "url": "https://a.example/1",
        "title": "Жаңалық",
        "lang": "kk",
    }
    assert json.loads(two)["date"] == "2021-12-31T00:00:00Z"
    assert three == b'{"date": "2022'
    assert [minute_of(archives, NOON.replace(minute=m))[0] for m in range(4)] == [200, 200, 200, 404]
    assert gzip.decompress(minute_of(archives, NOON.replace(minute=2))[1]) == b""
    assert minute_of(archives, NOON.replace(second=30))[0] == 404


def test_gdelt_skips_and_damages_minutes(archives: ArchiveReplica) -> None:
    """A skipped minute is 404; a damaged one ends too soon."""
    archives.sees(NOON, url="https://a.example/1")
    archives.skip_minute(NOON)
    assert minute_of(archives, NOON)[0] == 404
    later = NOON.replace(minute=7)
    archives.sees(later, url="https://a.example/1")
    archives.damage_minute(later)
    with pytest.raises(EOFError):
        gzip.decompress(minute_of(archives, later)[1])


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://www.Example.com", "com,example)/"),
        ("http://www2.example.com:80/A/B/?b=2&a=1#top", "com,example)/a/b?a=1&b=2"),
        ("https://example.com:8443/x/", "com,example:8443)/x"),
        ("https://example.com/?", "com,example)/"),
        ("https://пример.рф/новости", "xn--p1ai,xn--e1afmkfd)/%d0%bd%d0%be%d0%b2%d0%be%d1%81%d1%82%d0%b8"),
        ("http://u:p@example.com/a//b/../c", "com,example)/a/c"),
        ("example.com/a b?b=2&b=1&a", "com,example)/a%20b?a&b=1&b=2"),
        ("http://example.com/../x//../y/?é=1&a=%26&B", "com,example)/../x/y?&%c3%a9=1&a=&b"),
    ],
)
def test_keys_are_those_of_the_surt_package(url: str, key: str) -> None:
    """The expectations are its answers."""
    assert surt(url) == key


def test_a_capture_has_a_row(archives: ArchiveReplica) -> None:
    """The first row is the header; no match is an empty list."""
    archives.captures("https://www.a.example/News/", NOON, "hello")
    header, row = cdx(archives, "a.example/news")
    assert header == ["urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length"]
    digest = "VL2MMHO4YXUKFWV63YHTWSBM3GXKSQ2N"
    assert row[:6] == ["example,a)/news", "20220105120000", "https://www.a.example/News/", "text/html", "200", digest]
    assert int(row[6]) > 0
    assert cdx(archives, "a.example/other") == []
    _, _, text = get(f"{archives.wayback_url}/cdx/search/cdx?url=a.example/news")
    assert text.decode() == " ".join(row) + "\n"


def test_match_types_cover_more_and_more(archives: ArchiveReplica) -> None:
    """A page, a folder, a host, a domain; and the short forms with an asterisk."""
    for url in ("http://a.example/n", "http://a.example/n/1", "http://a.example/x", "http://sub.a.example/n"):
        archives.captures(url, NOON, url)
    archives.captures("http://ab.example/n", NOON, "another")
    page, one, other, sub = "http://a.example/n", "http://a.example/n/1", "http://a.example/x", "http://sub.a.example/n"
    assert column(cdx(archives, "a.example/n", matchType="exact")) == [page]
    assert column(cdx(archives, "a.example/n", matchType="prefix")) == [page, one]
    assert column(cdx(archives, "a.example/n/*")) == [one]
    assert column(cdx(archives, "a.example/*")) == [page, one, other]
    assert column(cdx(archives, "a.example", matchType="host")) == [page, one, other]
    assert column(cdx(archives, "a.example", matchType="domain")) == [page, one, other, sub]
    assert column(cdx(archives, "*.a.example")) == [page, one, other, sub]
    assert get(f"{archives.wayback_url}/cdx/search/cdx?url=a.example&matchType=all")[0] == 400
    assert get(f"{archives.wayback_url}/cdx/search/cdx?output=json")[0] == 400


def test_dates_filters_and_fields(archives: ArchiveReplica) -> None:
    """Bounds may be short and are included; filters match whole fields."""
    for day in (4, 5, 6):
        archives.captures("http://a.example/", NOON.replace(day=day), f"{day}")
    archives.captures("http://a.example/", NOON.replace(day=7), "", status=404)
    archives.captures("http://a.example/", NOON.replace(day=8), "", mimetype="warc/revisit")

    def days(*more: tuple[str, str]) -> list[str]:
        return [stamp[6:8] for stamp in column(cdx(archives, "a.example", *more), "timestamp")]

    assert days(("from", "20220105"), ("to", "20220106")) == ["05", "06"]
    assert days(("from", "2022"), ("to", "20220105120000")) == ["04", "05"]
    assert days(("from", "20220105120001"), ("to", "2")) == ["06", "07", "08"]
    assert days(("filter", "statuscode:200")) == ["04", "05", "06"]
    assert days(("filter", "!statuscode:[45]..")) == ["04", "05", "06", "08"]
    assert days(("filter", "statuscode:20")) == []
    assert days(("filter", "statuscode:(200|-)"), ("filter", "!mimetype:warc/revisit")) == ["04", "05", "06"]
    assert cdx(archives, "a.example", fl="timestamp,statuscode", limit=1) == [
        ["timestamp", "statuscode"],
        ["20220104120000", "200"],
    ]
    assert get(f"{archives.wayback_url}/cdx/search/cdx?url=a.example&filter=statuscode:(")[0] == 400


def test_collapse_keeps_the_first_of_neighbours(archives: ArchiveReplica) -> None:
    """By a field or by its first digits; what comes again later is listed again."""
    for hour, body in ((1, "x"), (2, "x"), (3, "y"), (4, "x")):
        archives.captures("http://a.example/", NOON.replace(hour=hour), body)
    archives.captures("http://a.example/b", NOON.replace(day=6), "x")
    assert [t[8:10] for t in column(cdx(archives, "a.example", collapse="digest"), "timestamp")] == ["01", "03", "04"]
    assert len(column(cdx(archives, "a.example/*", collapse="timestamp:8"))) == 2
    assert len(column(cdx(archives, "a.example/*", collapse="urlkey"))) == 2


def test_limits_and_resume_keys_walk_through_all_rows(archives: ArchiveReplica) -> None:
    """The key comes after an empty row; after the last full page it leads to nothing."""
    for number in range(6):
        archives.captures(f"http://a.example/{number}", NOON, "x")
    for second in (9, 10, 11):
        archives.captures("http://b.example/", NOON.replace(second=second), "x")
    first = cdx(archives, "b.example", limit=1, showResumeKey="true")
    assert column(cdx(archives, "b.example", resumeKey=first[-1][0]), "timestamp") == [
        "20220105120010",
        "20220105120011",
    ]
    first = cdx(archives, "b.example", limit=2, showResumeKey="true")
    assert column(cdx(archives, "b.example", resumeKey=first[-1][0]), "timestamp") == ["20220105120011"]
    assert column(cdx(archives, "a.example/*", limit=-2)) == ["http://a.example/4", "http://a.example/5"]
    assert len(cdx(archives, "a.example/*", limit=2)) == 3
    assert len(cdx(archives, "a.example/*", limit=7, showResumeKey="true")) == 7
    seen: list[str] = []
    key = ""
    while True:
        more = [("resumeKey", key)] if key else []
        answer = cdx(archives, "a.example/*", *more, limit=2, showResumeKey="true")
        if not answer:
            break
        assert answer[-2] == []
        seen += column(answer[:-2])
        key = answer[-1][0]
    assert seen == [f"http://a.example/{number}" for number in range(6)]
    pasted = f"{archives.wayback_url}/cdx/search/cdx?url=a.example/*&resumeKey=example%2Ca%29%2F4+20220105120001"
    assert get(pasted)[2].count(b"\n") == 1


def test_malformed_rows_are_among_the_others(archives: ArchiveReplica) -> None:
    """No date or filter hides them; with a bracket they are JSON text as it is."""
    archives.captures("http://a.example/a", NOON, "x")
    archives.captures("http://a.example/c", NOON, "x")
    archives.add_cdx_line("example,a)/b", "example,a)/b 20000800241623 http://a.example/b text/html 200")
    archives.add_cdx_line("example,a)/d", '["example,a)/d", null, 7]')
    rows = cdx(archives, "a.example/*", ("from", "2022"), ("filter", "statuscode:200"), collapse="urlkey")
    assert [row[0][-1] for row in rows[1:]] == ["a", "b", "c", "d"]
    assert len(rows[2]) == 5
    assert rows[4] == ["example,a)/d", None, 7]
    archives.add_cdx_line("example,a)/e", '["example,a)/e", "20')
    with pytest.raises(json.JSONDecodeError):
        cdx(archives, "a.example/*")


def test_playback_goes_to_the_nearest_capture(archives: ArchiveReplica) -> None:
    """Only the exact timestamp gets the body, with the original headers beside it."""
    archives.captures("https://www.a.example/n?b=2&a=1", NOON, b"\xef\xf0", headers={"Content-Type": "text/html; x"})
    archives.captures("https://www.a.example/n?b=2&a=1", NOON.replace(day=31), "late")
    archives.captures("https://www.a.example/n?b=2&a=1", NOON.replace(month=2, day=6), "later")
    web = f"{archives.wayback_url}/web"
    for asked, exact in (("20220106", "20220105120000"), ("20220201", "20220131120000"), ("2", "20220105120000")):
        status, headers, _ = get(f"{web}/{asked}id_/http://a.example/n?a=1&b=2")
        assert (status, headers["Location"]) == (302, f"{web}/{exact}id_/https://www.a.example/n?b=2&a=1")
    status, headers, body = get(f"{web}/20220105120000id_/http://a.example/n?a=1&b=2")
    assert (status, body) == (200, b"\xef\xf0")
    assert headers["Content-Type"] == headers["x-archive-orig-content-type"] == "text/html; x"
    assert headers["Memento-Datetime"] == "Wed, 05 Jan 2022 12:00:00 GMT"
    for nowhere in ("20220105120000id_/http://a.example/no", "20220105120000/http://a.example/n?a=1&b=2", "id_/x"):
        status, headers, body = get(f"{web}/{nowhere}")
        assert (status, headers["Content-Type"]) == (404, "text/html")
        assert b"<html" in body
    assert get(f"{web}/20220105120000id_/http://[]..::/%ff")[0] == 404


def test_playback_of_redirects_and_errors(archives: ArchiveReplica) -> None:
    """They keep their status; a target is rewritten to the archive."""
    archives.captures("http://a.example/n", NOON, "", status=301, location="/новое")
    archives.captures("http://a.example/gone", NOON, "gone", status=410)
    web = f"{archives.wayback_url}/web/20220105120000id_"
    status, headers, _ = get(f"{web}/http://a.example/n")
    assert (status, headers["Location"]) == (301, f"{web}/http://a.example/%D0%BD%D0%BE%D0%B2%D0%BE%D0%B5")
    assert headers["x-archive-orig-location"].encode("latin-1").decode() == "/новое"
    assert get(f"{web}/http://a.example/gone")[::2] == (410, b"gone")


def test_common_crawl_lists_its_month_and_begins_files_with_warcinfo(archives: ArchiveReplica) -> None:
    """A response has its request before it; every record is a gzip member."""
    archives.crawled(FILE, "https://a.example/n?q=1", NOON, "<p>hi</p>", headers={"Content-Encoding": "gzip"})
    archives.crawled(FILE, "https://a.example/r", NOON, "raw", content_type="text/plain", record_type="resource")
    archives.crawled(FILE, "https://a.example/v", NOON, "same", record_type="revisit")
    archives.crawled("CC-NEWS-20220105093000-00000.warc.gz", "https://a.example/2", NOON, "x")
    archives.crawled("CC-NEWS-20220201093000-00000.warc.gz", "https://a.example/3", NOON, "x")
    status, _, body = get(f"{archives.ccnews_url}/{FOLDER}/warc.paths.gz")
    assert status == 200
    assert gzip.decompress(body).decode().splitlines() == [
        f"{FOLDER}/CC-NEWS-20220105093000-00000.warc.gz",
        f"{FOLDER}/{FILE}",
    ]
    assert get(f"{archives.ccnews_url}/crawl-data/CC-NEWS/2021/12/warc.paths.gz")[0] == 404
    assert get(f"{archives.ccnews_url}/crawl-data/CC-NEWS/2022/02/{FILE}")[0] == 404
    kinds = []
    records = members(warc(archives))
    for record in records:
        head, _, rest = record.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        kinds.append(fields["WARC-Type"])
        assert int(fields["Content-Length"]) == len(rest) - 4
    assert kinds == ["warcinfo", "request", "response", "resource", "revisit"]
    assert b"GET /n?q=1 HTTP/1.1\r\nHost: a.example\r\n" in records[1]
    assert b"X-Crawler-Content-Encoding: gzip\r\n" in records[2]
    assert b"\r\nContent-Encoding" not in records[2]
    assert b"Content-Length: 9\r\n\r\n<p>hi</p>" in records[2]


def test_common_crawl_headers_may_lie_about_coding_and_length(archives: ArchiveReplica) -> None:
    """The payload is what it is."""
    archives.crawled(FILE, "https://a.example/1", NOON, "<p>hi</p>", lie=True)
    archives.crawled(FILE, "https://a.example/2", NOON, "<p>ho</p>")
    before = members(warc(archives))
    assert b"\r\nContent-Encoding: gzip\r\n" in before[2]
    archives.lie_about_length(FILE, 1)
    after = members(warc(archives))
    assert [a == b for a, b in zip(after, before, strict=True)] == [True, True, True, True, False]
    honest, lied = (int(r.split(b"Content-Length: ")[1].split(b"\r\n")[0]) for r in (before[4], after[4]))
    assert lied == honest + 500


def test_files_come_in_parts(archives: ArchiveReplica) -> None:
    """Range requests get 206 and the part; past the end 416; with an old ETag the whole."""
    archives.crawled(FILE, "https://a.example/1", NOON, "x")
    url, whole = f"{archives.ccnews_url}/{FOLDER}/{FILE}", warc(archives)
    status, headers, body = get(url, method="HEAD")
    assert (status, headers["Content-Length"], headers["Accept-Ranges"], body) == (200, str(len(whole)), "bytes", b"")
    for asked, part in (("5-9", whole[5:10]), ("20-", whole[20:]), ("-7", whole[-7:]), ("9-999999", whole[9:])):
        status, answered, body = get(url, Range=f"bytes={asked}", If_Range=headers["ETag"])
        assert (status, body) == (206, part)
        assert answered["Content-Range"].endswith(f"/{len(whole)}")
    assert get(url, Range="bytes=5-9")[1]["Content-Range"] == f"bytes 5-9/{len(whole)}"
    assert get(url, Range=f"bytes={len(whole)}-")[0] == 416
    assert get(url, Range="bytes=5-9", If_Range='"old"')[::2] == (200, whole)


def test_files_get_damaged_truncated_and_dropped(archives: ArchiveReplica) -> None:
    """Damage is in one member alone; a dropped connection is whole again on the next try."""
    for number in range(3):
        archives.crawled(FILE, f"https://a.example/{number}", NOON, f"<p>number {number}</p>" * 20)
    whole = warc(archives)
    url = f"{archives.ccnews_url}/{FOLDER}/{FILE}"
    archives.drop_after(FILE, 100, times=2)
    for _ in range(2):
        with pytest.raises(IncompleteRead) as dropped:
            get(url)
        assert dropped.value.partial == whole[:100]
    assert get(url)[2] == whole
    archives.drop_after(FILE, 10)
    with pytest.raises(IncompleteRead) as dropped:
        get(url, Range="bytes=50-")
    assert dropped.value.partial == whole[50:60]
    archives.damage(FILE, 1)
    damaged = warc(archives)
    changed = [place for place, (a, b) in enumerate(zip(whole, damaged, strict=True)) if a != b]
    assert len(changed) == 16
    with pytest.raises(zlib.error):
        members(damaged)
    archives.truncate(FILE, 0.5)
    assert warc(archives) == damaged[: len(damaged) // 2]


def test_refusals_count_down_where_they_apply(archives: ArchiveReplica) -> None:
    """Other paths are answered meanwhile."""
    archives.captures("http://a.example/n", NOON, "x")
    archives.refuse(2, retry_after=3, only="/cdx/")
    archives.refuse(1, status=503, only="/web/")
    page = f"{archives.wayback_url}/web/20220105120000id_/http://a.example/n"
    index = f"{archives.wayback_url}/cdx/search/cdx?url=a.example/n"
    status, headers, _ = get(index)
    assert (status, headers["Retry-After"]) == (429, "3")
    assert [get(page)[0], get(index)[0], get(page)[0], get(index)[0]] == [503, 429, 200, 200]


def test_slow_paths_robots_and_the_list_of_requests(archives: ArchiveReplica) -> None:
    """Requests are listed when they arrive, with their query."""
    archives.slow(0.3, "/cdx/")
    start = monotonic()
    cdx(archives, "a.example")
    assert monotonic() - start >= 0.3
    assert get(f"{archives.base_url}/robots.txt")[0] == 404
    archives.robots("User-agent: *\nDisallow: /")
    for root in (archives.base_url, archives.gdelt_url, archives.wayback_url, archives.ccnews_url):
        assert get(f"{root}/robots.txt")[::2] == (200, b"User-agent: *\nDisallow: /")
    assert [path for _, path in archives.asked][:2] == [
        "/wayback/cdx/search/cdx?url=a.example&output=json",
        "/robots.txt",
    ]
    times = [time for time, _ in archives.asked]
    assert times == sorted(times)
    assert times[0] - start < 0.3


def test_naive_times_and_nameless_files_are_refused(archives: ArchiveReplica) -> None:
    """The message names the consequence."""
    with pytest.raises(ValueError, match="no time zone"):
        archives.sees(datetime(2022, 1, 5))  # noqa: DTZ001 - that is the point
    with pytest.raises(ValueError, match="belongs to no month"):
        archives.crawled("news.warc.gz", "https://a.example/", NOON, "x")
    assert moment("20220230") == moment("20220302")
