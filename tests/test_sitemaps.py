"""Sitemaps as they are out there: news, plain, lists, indexes, and what passes for them."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import stages
from pipeline.discover.documents import parse_document
from pipeline.discover.markup import FeedBytes
from pipeline.discover.sitemaps import CHILDREN, ENTRIES, choose_children
from pipeline.errors import Failure, Reason
from pipeline.records import FeedDocument, SitemapLink
from pipeline.warehouse.connect import Connection
from tests.conftest import MakeSettings, TickingClock
from tests.newsroom import PROTEST, opened, rows, write_profile
from tests.tiny_web import TinyWeb

NOW = datetime(2022, 1, 6, 12, tzinfo=UTC)
REAL = sorted(
    path for path in (Path(__file__).parents[2] / "shared/data/archives/sitemaps").glob("**/*") if path.is_file()
)
NEWS = """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"
        xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
  <url>
    <loc>http://tribune.example/a</loc>
    <image:image><image:loc>http://tribune.example/a.jpg</image:loc><image:title>A picture</image:title></image:image>
    <news:news>
      <news:publication><news:name>Tribune</news:name><news:language>ru</news:language></news:publication>
      <news:publication_date>2022-01-05T10:00:00+06:00</news:publication_date>
      <news:title>Протесты в Алматы &amp; Актау</news:title><news:keywords>протест, газ</news:keywords>
    </news:news>
    <lastmod>2022-01-05T12:00:00+06:00</lastmod>
  </url>
  <url><loc> /b </loc><lastmod>2022-01-04</lastmod></url>
  <url><lastmod>2022-01-04</lastmod></url>
</urlset>"""


def parse(body: str | bytes, *, content_type: str = "application/xml") -> FeedDocument | Failure:
    return parse_document(
        FeedBytes(
            url="http://tribune.example/sitemaps/news.xml",
            body=body.encode() if isinstance(body, str) else body,
            content_type=content_type,
            timezone="Asia/Almaty",
            observed_at=NOW,
        )
    )


def read(body: str | bytes, *, content_type: str = "application/xml") -> FeedDocument:
    parsed = parse(body, content_type=content_type)
    assert isinstance(parsed, FeedDocument), parsed
    return parsed


def test_a_news_sitemap_gives_titles_dates_and_words() -> None:
    news, plain = read(NEWS).entries
    assert (news.url, news.title, news.summary) == (
        "http://tribune.example/a",
        "Протесты в Алматы & Актау",
        "протест, газ",
    )
    assert news.published is not None
    assert news.published.at == datetime(2022, 1, 5, 4, tzinfo=UTC)
    assert news.published.offset == timedelta(hours=6)
    assert news.updated == datetime(2022, 1, 5, 6, tzinfo=UTC)
    assert (plain.url, plain.title, plain.published) == ("http://tribune.example/b", "", None)
    assert plain.updated == datetime(2022, 1, 3, 18, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        NEWS.replace('xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"', ""),
        NEWS.replace("http://www.google.com/schemas/sitemap-news/0.9", "urn:wrong"),
        NEWS.replace('xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"', ""),
        "\n\n<!-- made by hand -->" + NEWS.partition("?>")[2],
        NEWS.replace("</urlset>", ""),
        NEWS.replace("Протесты", "Про\0тесты"),
    ],
    ids=["no namespace", "wrong namespace", "undeclared prefix", "comment first", "cut", "NUL"],
)
def test_sitemaps_that_are_not_quite_right_are_read_all_the_same(text: str) -> None:
    assert read(text).entries[0].title == "Протесты в Алматы & Актау"


@pytest.mark.parametrize("charset", ["windows-1251", "koi8-r", "utf-16"])
def test_other_encodings_are_read(charset: str) -> None:
    text = NEWS.replace("UTF-8", charset)
    assert read(text.encode(charset)).entries[0].summary == "протест, газ"


def test_gzip_files_are_unpacked_within_bounds() -> None:
    assert len(read(gzip.compress(NEWS.encode())).entries) == 2
    bomb = parse(gzip.compress(b"<urlset>" + b" " * 60 * 2**20))
    assert isinstance(bomb, Failure)
    assert bomb.reason is Reason.TOO_LARGE
    broken = parse(b"\x1f\x8b" + b"x" * 100)
    assert isinstance(broken, Failure)
    assert broken.reason is Reason.UNDECODABLE


def test_a_list_of_urls_is_a_sitemap() -> None:
    listed = read("http://tribune.example/a\nnot a url\n\nhttps://tribune.example/b\n", content_type="text/plain")
    assert [entry.url for entry in listed.entries] == ["http://tribune.example/a", "https://tribune.example/b"]


def test_an_empty_sitemap_is_a_quiet_day_and_entities_are_refused() -> None:
    assert read("<urlset/>").entries == ()
    refused = parse('<!DOCTYPE urlset [<!ENTITY x "y">]><urlset><url><loc>&x;</loc></url></urlset>')
    assert isinstance(refused, Failure)
    assert refused.reason is Reason.NOT_A_FEED


def test_the_newest_are_kept_of_too_many_and_the_others_counted() -> None:
    urls = "".join(
        f"<url><loc>http://tribune.example/{n}</loc><lastmod>{(NOW - timedelta(hours=n)).isoformat()}</lastmod></url>"
        for n in reversed(range(ENTRIES + 50))
    )
    document = read(f"<urlset>{urls}</urlset>")
    assert (len(document.entries), document.beyond) == (ENTRIES, 50)
    assert document.entries[-1].url == "http://tribune.example/0"
    assert document.entries[0].url == f"http://tribune.example/{ENTRIES - 1}"


def test_of_an_index_the_children_of_news_and_lately_changed_are_chosen() -> None:
    index = read(
        "<sitemapindex><sitemap><loc>/2019.xml</loc><lastmod>2019-02-01</lastmod></sitemap>"
        "<sitemap><loc>/2022-01.xml</loc><lastmod>2022-01-06</lastmod></sitemap>"
        "<sitemap><loc>http://tribune.example/news.xml</loc></sitemap></sitemapindex>"
    )
    assert index.entries == ()
    assert choose_children(index.sitemaps, now=NOW) == (
        "http://tribune.example/2022-01.xml",
        "http://tribune.example/news.xml",
    )
    many = [SitemapLink(url=f"http://tribune.example/{n}", updated=NOW - timedelta(hours=n)) for n in range(20)]
    assert choose_children(many, now=NOW) == tuple(link.url for link in many[:CHILDREN])


def test_hostile_sitemaps_do_not_hang() -> None:
    deep = read("<urlset>" + "<url>" * 20_000 + "<loc>http://tribune.example/a</loc>")
    assert len(deep.entries) <= 1
    wide = read("<urlset>" + "<url><loc>http://tribune.example/a</loc></url>" * 100_000 + "</urlset>")
    assert len(wide.entries) == ENTRIES
    blank = parse("<!---->" + " " * 100_000 + "x")
    assert isinstance(blank, Failure)


@pytest.mark.skipif(not REAL, reason="the real files are not here")
def test_every_real_file_gives_a_document_or_a_reason() -> None:
    for path in REAL:
        assert isinstance(parse(path.read_bytes()), FeedDocument | Failure), path


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(NEWS)), st.integers(0, 40), st.binary(max_size=8)), max_size=8))
def test_mutated_sitemaps_give_entries_or_a_failure(edits: list[tuple[int, int, bytes]]) -> None:
    body = NEWS.encode()
    for place, length, put in edits:
        body = body[:place] + put + body[place + length :]
    assert isinstance(parse(body), FeedDocument | Failure)


def test_an_index_is_polled_with_its_children_and_read_again_when_only_they_change(
    make_settings: MakeSettings, web: TinyWeb, tmp_path: Path, clock: TickingClock, connection: Connection
) -> None:
    host = "http://tribune.example"
    web.put(
        f"{host}/sitemap.xml",
        f"<sitemapindex><sitemap><loc>{host}/news-1.xml</loc></sitemap>"
        f"<sitemap><loc>{host}/news-gone.xml</loc></sitemap></sitemapindex>",
        content_type="application/xml",
        headers={"ETag": '"same"'},
    )
    urls: list[str] = []

    def list_one_more() -> None:
        urls.append(f"{host}/{len(urls)}")
        web.publish(urls[-1], title=f"Protest {len(urls)}", paragraphs=[*PROTEST, f"Report {len(urls)}."])
        entries = "".join(f"<url><loc>{url}</loc></url>" for url in urls)
        web.put(f"{host}/news-1.xml", f"<urlset>{entries}</urlset>", content_type="application/xml")

    profile = write_profile(tmp_path / "p", [(f"{host}/sitemap.xml", "tribune.example")])
    made = make_settings(crisis=(str(profile),))
    for number in (1, 2):
        list_one_more()
        with opened(made, clock) as work:
            stages.run_pass(work, everything=True)
        assert rows(connection, "SELECT count(*) AS n FROM report.articles") == [{"n": number}]
    assert rows(connection, "SELECT outcome, entries, new_entries FROM ops.polls ORDER BY polled_at") == [
        {"outcome": "read", "entries": 1, "new_entries": 1},
        {"outcome": "read", "entries": 2, "new_entries": 1},
    ]
    assert rows(connection, "SELECT DISTINCT source FROM ops.candidates") == [{"source": "sitemap"}]
    web.remove(f"{host}/news-1.xml")
    with opened(made, clock) as work:
        assert stages.poll(work, everything=True)["failed"] == 1
    assert rows(connection, "SELECT last_reason FROM ops.feeds") == [{"last_reason": "http_not_found"}]
