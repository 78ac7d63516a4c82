"""Rebuilding the past from a replica of the archives, over real sockets into a real warehouse."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.discover.past.windows import Window
from pipeline.errors import MalformedError
from pipeline.settings import Settings
from pipeline.warehouse.connect import Connection
from pipeline.warehouse.explain import explain
from pipeline.warehouse.fingerprint import fingerprint
from pipeline.warehouse.forget import forget
from tests.archive_replica import ArchiveReplica
from tests.conftest import TickingClock
from tests.newsroom import FOOTBALL, rows, write_profile
from tests.newsroom import run as watch
from tests.the_past import FEED, OUTLET, address, at, news_file, page, publish_past, report, run, window, working
from tests.tiny_web import TinyWeb

DAY = window(at(5, 0), at(6, 0), "wayback", "ccnews", lag=timedelta(hours=6))


def names(connection: Connection) -> set[str]:
    """The articles in the reports, by the last part of their addresses."""
    return {row["url"].rpartition("/")[2] for row in rows(connection, "SELECT url FROM report.articles")}


def state(connection: Connection, name: str) -> str:
    (row,) = rows(connection, "SELECT state, reason FROM ops.candidates WHERE url = %s", address(name))
    return str(row["reason"] or row["state"])


def test_a_range_is_rebuilt_from_all_archives_and_each_row_says_from_which(
    past: Settings, clock: TickingClock, connection: Connection, replica: ArchiveReplica, web: TinyWeb
) -> None:
    publish_past(replica, web, range(3, 8))
    run(past, clock, window(at(5, 5), at(5, 18)))
    assert names(connection) == {"05-0", "05-1", "05-2"}
    seen = rows(connection, "SELECT url, via, observed_at FROM report.captures ORDER BY url")
    assert [row["via"] for row in seen] == ["live", "wayback", "ccnews"]
    assert [row["observed_at"] for row in seen[1:]] == [at(5, 11, 30), at(5, 16, 10)]
    books = rows(connection, "SELECT * FROM report.accounting")
    assert {row["source"] for row in books} == {"gdelt", "wayback", "ccnews"}
    assert all(row["balanced"] for row in books)
    known = rows(connection, "SELECT * FROM report.completeness ORDER BY source")
    assert {row["source"]: row["loaded"] for row in known} == {"gdelt": 1, "wayback": 1, "ccnews": 1, "sitemaps": 0}
    assert "gdelt" in str(explain(connection, address("05-0")).sections["known to archives"])


def test_a_window_is_half_open_to_the_second(
    past: Settings, clock: TickingClock, connection: Connection, replica: ArchiveReplica
) -> None:
    moments = {
        "before": at(4, 23, 59, 59),
        "first": at(5, 0),
        "last": at(5, 23, 59, 59),
        "after": at(6, 0),
    }
    for number, (name, moment) in enumerate(moments.items()):
        text = page(f"Karkara {name}", published=moment, more=report(number))
        replica.captures(address(name), at(6, 3), text)
    run(past, clock, DAY)
    assert names(connection) == {"first", "last"}
    assert {state(connection, name) for name in ("before", "after")} == {"out_of_scope"}
    assert "outside of every window" in explain(connection, address("after")).verdict
    run(past, clock, window(at(6, 0), at(7, 0), "wayback"))
    assert names(connection) == {"first", "last", "after"}


def test_what_was_captured_late_is_found_and_what_has_no_date_counts_by_its_first_sight(
    past: Settings, clock: TickingClock, connection: Connection, replica: ArchiveReplica
) -> None:
    late = page("Karkara was cut off", published=at(5, 9), more=report(1))
    replica.captures(address("late"), at(15, 9), late)
    replica.captures(address("undated"), at(5, 9), page("Karkara without a date", more=report(2)))
    replica.captures(address("undated-later"), at(6, 9), page("Karkara without a date again", more=report(3)))
    run(past, clock, window(at(5, 0), at(6, 0), "wayback", lag=timedelta(days=14)))
    assert names(connection) == {"late", "undated"}


def test_pages_that_are_gone_changed_or_another_one_by_now_come_from_the_capture_nearest_to_their_time(
    past: Settings, clock: TickingClock, connection: Connection, replica: ArchiveReplica, web: TinyWeb
) -> None:
    for name, live in {
        "kept": page("Karkara kept", published=at(5, 9), more=report(1)),
        "edited": page("Karkara edited", published=at(5, 9), more=report(2)).replace(
            "</head>", '<meta property="article:modified_time" content="2022-02-10T00:00:00Z"></head>'
        ),
        "another": page("Karkara, another page", published=at(25, 9), more=report(3)),
        "empty": "<html><body></body></html>",
    }.items():
        web.put(address(name), live)
    for name in ("kept", "edited", "another", "empty", "gone"):
        then = page(f"Karkara {name} then", published=at(5, 9), more=report(len(name)))
        replica.captures(address(name), at(1, 9), "<html>an old page at that address</html>", status=404)
        replica.captures(address(name), at(5, 10), then)
        replica.captures(address(name), at(20, 10), page(f"Karkara {name} later", published=at(5, 9)))
        replica.sees(at(5, 9), date="2022-01-05T09:00:00Z", url=address(name), title="Karkara")
    run(past, clock, window(at(5, 8), at(5, 11)))
    found = rows(connection, "SELECT url, via, observed_at FROM report.captures WHERE via <> 'live' ORDER BY url")
    assert {row["url"].rpartition("/")[2] for row in found} == {"edited", "another", "empty", "gone"}
    assert {row["observed_at"] for row in found} == {at(5, 10)}
    assert names(connection) == {"kept", "edited", "another", "empty", "gone"}
    titles = {row["title"] for row in rows(connection, "SELECT title FROM report.revisions")}
    assert {"Karkara edited", "Karkara edited then", "Karkara gone then"} <= titles


def test_a_capture_that_leads_elsewhere_is_looked_up_in_the_index_and_none_at_all_is_a_row(
    past: Settings, clock: TickingClock, connection: Connection, replica: ArchiveReplica
) -> None:
    moved = page("Karkara moved", published=at(5, 9), more=report(1))
    replica.captures(address("moved"), at(5, 9, 10), b"", status=301, location="http://tribune.example/")
    replica.captures("http://tribune.example/", at(5, 9, 10), "<html>home</html>")
    replica.captures(address("moved"), at(6, 9), moved)
    for name in ("moved", "lost"):
        replica.sees(at(5, 9), date="2022-01-05T09:00:00Z", url=address(name), title="Karkara")
    run(past, clock, window(at(5, 8), at(5, 11), "gdelt"))
    assert names(connection) == {"moved"}
    assert state(connection, "lost") == "not_archived"
    (row,) = rows(connection, "SELECT * FROM report.completeness")
    assert (row["known"], row["loaded"], row["missing"], row["reasons"]) == (2, 1, 1, {"not_archived": 1})


def test_what_the_archive_says_of_itself_is_no_capture_and_a_capture_that_it_cannot_play_is_asked_for_again(
    past: Settings, clock: TickingClock, connection: Connection, replica: ArchiveReplica
) -> None:
    replica.captures(address("kept"), at(5, 9, 10), page("Karkara kept", published=at(5, 9), more=report(1)))
    replica.sees(at(5, 9), url=address("kept"), title="Karkara")
    replica.refuse(1, status=200, only="/web/2022")
    replica.refuse(1, status=503, only="/web/20220105091000id_")
    run(past, clock, window(at(5, 8), at(5, 11), "gdelt"))
    assert names(connection) == {"kept"}
    assert rows(connection, "SELECT observed_at FROM ops.captures") == [{"observed_at": at(5, 9, 10)}]


def test_a_capture_that_says_its_date_says_it_for_one_that_does_not_whichever_came_first(
    past: Settings, clock: TickingClock, connection: Connection, replica: ArchiveReplica
) -> None:
    replica.crawled(news_file(5), address("dated"), at(5, 9), page("Karkara", published=at(5, 8), more=report(1)))
    replica.captures(address("dated"), at(5, 15), page("Karkara, later", more=report(2)))
    run(past, clock, window(at(5, 0), at(6, 0), "wayback"), window(at(5, 0), at(6, 0), "ccnews"))
    (article,) = rows(connection, "SELECT published_at, published_origin FROM report.articles")
    assert article["published_at"] == at(5, 8)


def test_an_outlets_site_that_lies_below_its_domain_is_searched_too(
    past: Settings, clock: TickingClock, connection: Connection, replica: ArchiveReplica, tmp_path: Path
) -> None:
    url = f"http://kk.{OUTLET}/news/karkara"
    replica.captures(url, at(5, 9), page("Karkara", published=at(5, 8), more=report(1)))
    crisis = write_profile(tmp_path / "below", [(f"http://kk.{OUTLET}/feed.xml", OUTLET)], scope="all")
    run(past.model_copy(update={"crisis": (str(crisis),)}), clock, window(at(5, 0), at(6, 0), "wayback"))
    assert rows(connection, "SELECT url, outlet FROM report.articles") == [{"url": url, "outlet": OUTLET}]


def test_feeds_as_they_were_tell_what_they_announced_and_when_it_was_published(
    past: Settings, clock: TickingClock, connection: Connection, replica: ArchiveReplica, web: TinyWeb
) -> None:
    web.announce(FEED, (address("told"), "Karkara told"), published="Wed, 05 Jan 2022 15:00:00 +0600")
    replica.captures(FEED, at(5, 12), web.answer(FEED)[2], mimetype="application/rss+xml")
    web.remove(FEED)
    web.put(address("told"), page("Karkara told", more=report(1)))
    run(past, clock, DAY)
    (article,) = rows(connection, "SELECT * FROM report.articles")
    assert (article["published_at"], article["published_origin"]) == (at(5, 9), "feed")
    assert article["published_offset"] == timedelta(hours=6)


def test_sitemaps_with_dates_are_searched_by_them(
    past: Settings, clock: TickingClock, connection: Connection, web: TinyWeb
) -> None:
    root = "http://tribune.example"
    web.put(f"{root}/robots.txt", f"Sitemap: {root}/index.xml", content_type="text/plain")
    maps = "".join(f"<sitemap><loc>{root}/map-2022-{month}.xml</loc></sitemap>" for month in ("01", "03"))
    web.put(f"{root}/index.xml", f"<sitemapindex>{maps}</sitemapindex>", content_type="text/xml")
    listed = "".join(
        f"<url><loc>{address(name)}</loc><lastmod>2022-01-{day}T09:00:00Z</lastmod></url>"
        for name, day in (("inside", "05"), ("outside", "09"))
    )
    web.put(f"{root}/map-2022-01.xml", f"<urlset>{listed}</urlset>", content_type="text/xml")
    for number, name in enumerate(("inside", "outside")):
        web.put(address(name), page(f"Karkara {name}", more=report(number)))
    run(past, clock, window(at(5, 0), at(6, 0), "sitemaps"))
    assert names(connection) == {"inside"}
    assert f"{root}/map-2022-03.xml" not in web.asked
    assert address("outside") not in web.asked


def test_what_no_profile_is_about_is_counted_and_left_alone(
    past: Settings, clock: TickingClock, connection: Connection, replica: ArchiveReplica, web: TinyWeb
) -> None:
    other = "http://courier.example/news"
    replica.sees(at(5, 9), date="2022-01-05T09:00:00Z", url=f"{other}/sport", title="A match elsewhere")
    replica.sees(at(5, 9), date="2022-01-05T09:00:00Z", url=f"{other}/seen", title="Unrest in Karkara")
    web.put(f"{other}/seen", page("Unrest in Karkara", published=at(5, 9), more=report(1)))
    for name, text in {
        "about": page("Fuel doubles", published=at(5, 10), more=report(2)),
        "named": page("A list of towns", published=at(5, 10), paragraphs=["Buses go to Karkara.", *FOOTBALL]),
        "neither": page("A match", published=at(5, 10), paragraphs=["A long report on a match.", *FOOTBALL[1:]]),
    }.items():
        replica.crawled(news_file(5), f"{other}/{name}", at(5, 11), text)
    run(past, clock, window(at(5, 8), at(5, 18), "gdelt", "ccnews"))
    assert names(connection) == {"seen", "about"}
    books = {row["source"]: row for row in rows(connection, "SELECT * FROM report.accounting")}
    assert [books["gdelt"][name] for name in ("discovered", "loaded", "out_of_scope")] == [2, 1, 1]
    assert [books["ccnews"][name] for name in ("discovered", "loaded", "out_of_scope")] == [3, 1, 2]
    assert not [row for row in rows(connection, "SELECT url FROM ops.candidates") if "sport" in row["url"]]


def test_live_and_past_meet_and_neither_hides_the_other(
    past: Settings, clock: TickingClock, connection: Connection, replica: ArchiveReplica, web: TinyWeb
) -> None:
    watched, missed = address("watched"), address("missed")
    first = page("Karkara, first words", published=at(5, 9), more=report(1))
    web.put(watched, page("Karkara, last words", published=at(5, 9), more=report(2)))
    web.announce(FEED, (watched, "Karkara, last words"))
    watch(past, clock)
    before = rows(connection, "SELECT article_id, title, observed_at FROM report.articles")
    replica.crawled(news_file(5), watched, at(5, 10), first)
    replica.crawled(news_file(5), missed, at(5, 10), page("Karkara, missed", published=at(5, 9), more=report(3)))
    run(past, clock, DAY)
    assert names(connection) == {"watched", "missed"}
    after = rows(connection, "SELECT article_id, title, observed_at FROM report.articles WHERE url = %s", watched)
    assert after == before
    texts = rows(connection, "SELECT title FROM report.revisions ORDER BY observed_from")
    assert {row["title"] for row in texts} == {"Karkara, first words", "Karkara, last words", "Karkara, missed"}
    assert state(connection, "watched") == "loaded"
    assert rows(connection, "SELECT count(*) AS n FROM ops.candidates") == [{"n": 2}]
    # And the other way round: a feed that lists what an archive gave before makes it live.
    web.announce(FEED, (missed, "Karkara, missed"))
    watch(past, clock)
    assert rows(connection, "SELECT watched FROM ops.candidates WHERE url = %s", missed) == [{"watched": True}]


def test_windows_one_by_one_backwards_and_again_end_as_the_whole_range_does(
    past: Settings,
    clock: TickingClock,
    connection: Connection,
    replica: ArchiveReplica,
    web: TinyWeb,
    other_database: str,
    other_connection: Connection,
) -> None:
    publish_past(replica, web, range(3, 9))
    both = page("Karkara twice", published=None, more=report(900))
    replica.captures(address("twice"), at(5, 10), both)
    replica.captures(address("twice"), at(7, 10), page("Karkara twice, later", more=report(901)))
    replica.crawled(news_file(6), address("05-1"), at(6, 13), page("Karkara, report 5-1, edited", more=report(51)))
    days = [window(at(day, 0), at(day + 1, 0), "wayback", "ccnews", lag=timedelta(days=2)) for day in range(4, 8)]
    run(past, clock, *days[::-1])
    backwards = fingerprint(connection)
    run(past, clock, *days)
    assert fingerprint(connection) == backwards
    whole = window(at(4, 0), at(8, 0), "wayback", "ccnews", lag=timedelta(days=2))
    run(past.model_copy(update={"database_url": other_database}), clock, whole)
    assert fingerprint(other_connection).rows == backwards.rows


def test_what_windows_share_is_asked_for_once(
    past: Settings, clock: TickingClock, replica: ArchiveReplica, web: TinyWeb
) -> None:
    publish_past(replica, web, range(5, 8))
    run(past, clock, window(at(5, 5), at(5, 7)), window(at(5, 6), at(5, 8)), window(at(5, 5), at(5, 7)))
    asked = [path for _, path in replica.asked if "/web/" not in path and "robots" not in path]
    assert len(asked) == len(set(asked))


def test_gaps_and_damage_are_rows_and_gone_around(
    past: Settings, clock: TickingClock, connection: Connection, replica: ArchiveReplica, web: TinyWeb
) -> None:
    publish_past(replica, web, range(5, 6))
    replica.gdelt_covers(at(5, 5), at(5, 7))
    replica.skip_minute(at(5, 5, 30))
    replica.damage_minute(at(5, 5, 40))
    replica.add_line(at(5, 6), b'{"url": 7}')
    for number in range(4):
        text = page(f"Karkara {number}", published=at(5, 9), more=report(number))
        replica.crawled(news_file(5), address(f"crawled-{number}"), at(5, 13), text)
    replica.damage(news_file(5), 2)
    run(past, clock, window(at(5, 5), at(5, 18)))
    # The first record of the file is the third report of the day.
    assert names(connection) == {"05-0", "05-1", "05-2", "crawled-0", "crawled-2", "crawled-3"}
    gaps = {row["part"][-18:-12]: row["state"] for row in rows(connection, "SELECT * FROM report.archive_gaps")}
    assert gaps["053000"] == "missing"
    assert gaps["054000"] == "failed"
    assert "055000" not in gaps
    (counted,) = rows(connection, "SELECT count FROM report.rejections WHERE reason = 'malformed_record'")
    assert counted["count"] == 2
    assert all(row["balanced"] for row in rows(connection, "SELECT balanced FROM report.accounting"))


def test_a_file_that_is_not_all_there_is_a_gap_and_its_rest_is_read_when_it_is(
    past: Settings, clock: TickingClock, connection: Connection, replica: ArchiveReplica
) -> None:
    for number in range(6):
        text = page(f"Karkara {number}", published=at(5, 9), more=report(number))
        replica.crawled(news_file(5), address(f"crawled-{number}"), at(5, 13), text)
    replica.truncate(news_file(5), 0.5)
    asked = window(at(5, 0), at(6, 0), "ccnews")
    run(past, clock, asked)
    assert 0 < len(names(connection)) < 6
    (gap,) = rows(connection, "SELECT state, reason FROM report.archive_gaps")
    assert gap == {"state": "failed", "reason": "malformed_response"}
    replica.truncate(news_file(5), 1.0)
    run(past, clock, asked)
    assert names(connection) == {f"crawled-{number}" for number in range(6)}
    assert not rows(connection, "SELECT * FROM report.archive_gaps")
    assert not rows(connection, "SELECT * FROM report.rejections WHERE reason = 'malformed_record'")


def test_a_file_that_is_malformed_beyond_all_stops_the_search_once(
    past: Settings, clock: TickingClock, connection: Connection, replica: ArchiveReplica
) -> None:
    for number in range(20):
        replica.sees(at(5, 9), url=address(f"seen-{number}"), title="Karkara")
    for _ in range(2):
        replica.add_line(at(5, 9), b"<html>not found</html>")
    asked = window(at(5, 8), at(5, 10), "gdelt")
    with pytest.raises(MalformedError, match=r"2 of 22 entries of .*20220105090000"):
        run(past, clock, asked)
    run(past, clock, asked)
    (gap,) = rows(connection, "SELECT state, reason, detail FROM report.archive_gaps WHERE state <> 'missing'")
    assert (gap["state"], gap["reason"]) == ("refused", "malformed_record")


def test_an_archive_that_refuses_is_left_alone_for_as_long_as_it_wants(
    past: Settings, clock: TickingClock, connection: Connection, replica: ArchiveReplica, web: TinyWeb
) -> None:
    publish_past(replica, web, range(5, 6))
    replica.refuse(1, retry_after=2, only="/cdx/")
    run(past, clock, window(at(5, 0), at(6, 0), "wayback"))
    moments = [moment for moment, path in replica.asked if "/cdx/" in path]
    assert min(later - moments[0] for later in moments[1:] if later > moments[0] + 0.5) >= 1.9
    assert names(connection) == {"05-1"}


def test_an_archive_that_is_out_of_reach_is_given_up_for_this_pass_and_the_rest_goes_on(
    past: Settings, clock: TickingClock, connection: Connection, replica: ArchiveReplica, web: TinyWeb
) -> None:
    publish_past(replica, web, range(5, 6))
    nobody = past.model_copy(update={"gdelt_url": "http://127.0.0.1:1"})
    run(nobody, clock, window(at(5, 0), at(6, 0), lag=timedelta(days=3)))
    assert names(connection) == {"05-1", "05-2"}
    states = rows(connection, "SELECT state, count(*) AS n FROM report.archive_gaps WHERE source = 'gdelt' GROUP BY 1")
    assert {row["state"] for row in states} == {"pending"}
    run(past, clock, window(at(5, 0), at(6, 0), lag=timedelta(hours=1)))
    assert names(connection) == {"05-0", "05-1", "05-2"}


def test_what_was_forgotten_stays_so_whatever_archive_offers_it(
    past: Settings, clock: TickingClock, connection: Connection, replica: ArchiveReplica, web: TinyWeb
) -> None:
    publish_past(replica, web, range(5, 6))
    with working(past, clock) as work:
        for name in ("05-0", "05-1", "05-2"):
            forget(connection, work.archive, address(name), why="asked to", now=clock())
    run(past, clock, window(at(5, 5), at(5, 18)))
    assert names(connection) == set()
    assert rows(connection, "SELECT count(*) AS n FROM ops.captures") == [{"n": 0}]


def test_warc_files_of_ones_own_are_read_by_folder_and_by_file(
    past: Settings, clock: TickingClock, connection: Connection, replica: ArchiveReplica, web: TinyWeb, tmp_path: Path
) -> None:
    publish_past(replica, web, range(5, 7))
    run(past, clock, window(at(5, 0), at(7, 0), "ccnews"))
    first = fingerprint(connection)
    mine = past.model_copy(update={"warc_url": past.archive_root, "home": tmp_path / "another"})
    connection.execute("UPDATE ops.captures SET via = 'elsewhere'")
    run(mine, clock, window(at(5, 0), at(7, 0), "warc"))
    assert {row["via"] for row in rows(connection, "SELECT via FROM report.captures")} == {"elsewhere", "warc"}
    assert fingerprint(connection) == first


def test_a_day_with_its_fortnight_is_searched_by_default() -> None:
    asked = Window(since=at(5, 0), until=at(6, 0), sources=("gdelt",))
    assert asked.searched_until == at(20, 0)
