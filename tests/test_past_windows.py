"""Which parts a window calls for, and what dated sitemaps say of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pipeline.discover.past import gdelt, maps
from pipeline.discover.past.listings import Part, Read
from pipeline.discover.past.reading import PartBytes, read_part
from pipeline.discover.past.windows import Window, parts_of
from pipeline.records import FeedSource

AT = datetime(2022, 1, 5, 10, 30, tzinfo=UTC)
NOW = datetime(2022, 3, 1, tzinfo=UTC)


def mapped(body: str, *, part: str = "0 http://tribune.example/sitemap.xml") -> Read:
    since, until = maps.ALWAYS
    of = Part(source="sitemaps", kind="sitemap", part=part, covers_from=since, covers_until=until, outlet="t.example")
    read = read_part(
        PartBytes(
            part=of, url=part[2:], body=body.encode(), content_type="text/xml", timezone="Asia/Almaty", observed_at=NOW
        )
    )
    assert isinstance(read, Read), read
    return read


def children(*names: str, changed: str = "") -> list[tuple[str, datetime, datetime]]:
    links = "".join(f"<sitemap><loc>/{name}</loc>{changed}</sitemap>" for name in names)
    parts = mapped(f"<sitemapindex>{links}</sitemapindex>").parts
    return [(part.part, part.covers_from, part.covers_until) for part in parts]


def robots(text: str) -> list[str]:
    return [
        part.part
        for part in maps.read_robots(next(maps.parts([("http://t.example", "t.example")])), text.encode()).parts
    ]


def test_robots_txt_names_sitemaps_or_the_customary_one_is_asked_for() -> None:
    named = robots("User-agent: *\nDisallow: /\nSitemap: http://t.example/n.xml\nsitemap:http://b.example/m.xml\n")
    assert named == ["0 http://t.example/n.xml", "0 http://b.example/m.xml"]
    assert robots("Sitemap: /news.xml") == ["0 http://t.example/news.xml"]
    for text in ("", "<html>", "Sitemap:\nSitemap: ftp://t.example/x", "Sitemap: http://[x", "\0" * 1000):
        assert robots(text) == ["0 http://t.example/sitemap.xml"]


def test_a_child_of_an_index_speaks_of_the_days_in_its_name() -> None:
    day = timedelta(days=1)
    fifth, first = datetime(2022, 1, 5, tzinfo=UTC), datetime(2022, 1, 1, tzinfo=UTC)
    for name in ("2022-01-05.xml", "map20220105.xml", "2022/01/05/map.xml"):
        assert children(name) == [(f"1 http://tribune.example/{name}", fifth - day, fifth + 2 * day)]
    for name in ("2022-01.xml", "posts_202201.xml.gz", "2022/01/map.xml"):
        ((_, since, until),) = children(name)
        assert (since, until) == (first - day, first + 32 * day)
    for name in ("a.xml", "2022.xml", "map-2022-1.xml", "20220230.xml", "1202201059.xml"):
        assert children(name) == [(f"1 http://tribune.example/{name}", *maps.ALWAYS)]


def test_a_child_without_days_in_its_name_speaks_of_what_was_before_its_last_change() -> None:
    changed = "<lastmod>2022-01-05T10:30:00Z</lastmod>"
    assert children("a.xml", changed=changed)[0][1:] == (maps.ALWAYS[0], AT + timedelta(days=1))
    assert children("a.xml", changed="<lastmod>soon</lastmod>")[0][1:] == maps.ALWAYS
    assert children("2021-12-01.xml", changed=changed)[0][2] == datetime(2021, 12, 3, tzinfo=UTC)


def test_indexes_are_followed_three_deep() -> None:
    index = "<sitemapindex><sitemap><loc>/x.xml</loc></sitemap></sitemapindex>"
    for depth, expected in enumerate(
        ["1 http://t.example/x.xml", "2 http://t.example/x.xml", "3 http://t.example/x.xml"]
    ):
        assert [part.part for part in mapped(index, part=f"{depth} http://t.example/").parts] == [expected]
    assert mapped(index, part="3 http://t.example/").parts == ()


def test_an_entry_was_there_by_its_publication_the_day_in_its_address_or_its_last_change() -> None:
    news = "<news><publication_date>{}</publication_date><title>T</title></news>"
    told = "<lastmod>2022-01-09</lastmod>"
    entries = [
        ("/2022/01/07/a", news.format("2022-01-05T10:30:00Z") + told, AT),
        ("/b", news.format("2022-01-05"), datetime(2022, 1, 5, 18, tzinfo=UTC)),
        ("/2022/01/07/c", told, datetime(2022, 1, 8, tzinfo=UTC)),
        ("/20220107-d", "", datetime(2022, 1, 8, tzinfo=UTC)),
        ("/2022/02/30/e", told, datetime(2022, 1, 8, 18, tzinfo=UTC)),
        ("/2031/01/01/f", "", NOW),
        ("/g", "", None),
    ]
    read = mapped("".join(["<urlset>", *(f"<url><loc>{p}</loc>{x}</url>" for p, x, _ in entries), "</urlset>"]))
    assert [each.seen_at for each in read.listings] == [at for _, _, at in entries if at]
    assert (read.entries, read.malformed, read.listings[0].title) == (7, 0, "T")


FEEDS = [
    FeedSource(url="https://rss.tribune.example/all", outlet="Tribune.example", scope="all"),
    FeedSource(url="https://feeds.elsewhere.example/herald", outlet="herald.example", scope="all"),
]


def called_for(since: datetime, until: datetime, *sources: str, now: datetime = NOW) -> list[Part]:
    window = Window(since=since, until=until, sources=sources, lag=timedelta(0))  # type: ignore[arg-type]
    return list(parts_of(window, FEEDS, now=now))


def test_a_window_is_half_open_and_reaches_as_far_as_its_lag() -> None:
    parts = called_for(AT + timedelta(seconds=40), AT + timedelta(minutes=2), "gdelt")
    assert [part.covers_from for part in parts] == [AT, AT + timedelta(minutes=1)]
    first, second = datetime(2022, 1, 1, tzinfo=UTC), datetime(2022, 2, 1, tzinfo=UTC)
    assert {part.part[:7] for part in called_for(first, second, "wayback")} == {"2022-01"}
    assert [part.part[19:26] for part in called_for(first, second, "ccnews")] == ["2021/12", "2022/01"]
    assert Window(since=first, until=second, sources=()).searched_until == second + timedelta(days=14)


def test_nothing_is_called_for_that_lies_in_the_future_or_before_there_was_anything() -> None:
    assert [each.covers_from for each in called_for(AT, NOW, "gdelt", now=AT + timedelta(minutes=1))] == [AT]
    later = NOW + timedelta(days=2)
    assert called_for(later, later + timedelta(days=1), "gdelt", "wayback", "ccnews", "sitemaps", now=NOW) == []
    assert called_for(datetime(2019, 1, 1, tzinfo=UTC), gdelt.BEGINS, "gdelt") == []
    zone = called_for(AT.astimezone(maps.ALWAYS[0].tzinfo), AT, "gdelt", "wayback")
    assert zone == []


def test_sites_are_those_of_outlets_not_of_who_serves_their_feeds() -> None:
    parts = called_for(AT, NOW, "sitemaps", "warc")
    assert [(part.part, part.outlet) for part in parts] == [
        ("https://herald.example/robots.txt", "herald.example"),
        ("https://rss.tribune.example/robots.txt", "tribune.example"),
    ]
