"""The way of one article, stage by stage, over a real socket into a real warehouse."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from pipeline import stages
from pipeline.archive import Archive
from pipeline.errors import WarehouseError
from pipeline.fetch.keeping import PageKeeper
from pipeline.records import Response
from pipeline.settings import Settings
from pipeline.warehouse.candidates import claim_candidates
from pipeline.warehouse.connect import Connection, connect
from pipeline.warehouse.fingerprint import fingerprint
from pipeline.warehouse.forget import forget
from pipeline.warehouse.runs import run_accounting
from tests.conftest import MakeSettings, TickingClock
from tests.newsroom import FOOTBALL, PROTEST, opened, rows, run, write_profile
from tests.tiny_web import TinyWeb

FEED = "http://tribune.example/feed.xml"
ARTICLE = "http://tribune.example/news/protest"
PUBLISHED = "2022-01-05T10:00:00+06:00"


@pytest.fixture
def settings(make_settings: MakeSettings, web: TinyWeb, tmp_path: Path) -> Settings:
    """One outlet with one feed of two articles."""
    web.publish(ARTICLE, title="Karkara protests over fuel", paragraphs=PROTEST, published=PUBLISHED)
    web.publish(
        "http://tribune.example/news/match", title="Third win in a row", paragraphs=FOOTBALL, published=PUBLISHED
    )
    web.announce(
        FEED, (ARTICLE, "Karkara protests over fuel"), ("http://tribune.example/news/match", "Third win in a row")
    )
    profile = write_profile(tmp_path / "profile", [(FEED, "tribune.example")])
    return make_settings(crisis=(str(profile),))


def states(connection: Connection) -> dict[str, str]:
    found = rows(connection, "SELECT url, state, reason FROM ops.candidates")
    return {row["url"]: row["reason"] or row["state"] for row in found}


def test_an_article_goes_from_feed_to_a_traceable_story(
    settings: Settings, clock: TickingClock, connection: Connection
) -> None:
    run(settings, clock)
    connection.execute("SET ROLE qantar_reporter")
    (story,) = rows(connection, "SELECT * FROM report.stories WHERE relevant")
    assert (story["headline"], story["tags"]) == (
        "Karkara protests over fuel",
        ["detentions", "fuel_prices", "protest"],
    )
    (article,) = rows(connection, "SELECT * FROM report.articles WHERE story_id = %s", story["story_id"])
    assert article["text"] == "\n".join(PROTEST)
    assert (article["url"], article["outlet"], article["language"]) == (ARTICLE, "tribune.example", "en")
    assert article["published_at"].isoformat() == "2022-01-05T04:00:00+00:00"
    assert article["published_offset"] == timedelta(hours=6)
    (revision,) = rows(connection, "SELECT * FROM report.revisions WHERE article_id = %s", article["article_id"])
    (capture,) = rows(connection, "SELECT * FROM report.captures WHERE revision_id = %s", revision["revision_id"])
    assert (Path(settings.archive_root) / capture["warc_file"]).stat().st_size > capture["warc_offset"]
    proofs = rows(connection, "SELECT * FROM report.evidence WHERE article_id = %s", article["article_id"])
    assert {proof["label"] for proof in proofs if proof["kind"] == "tag"} == set(story["tags"])
    for proof in proofs:
        assert article[proof["field"]][proof["start_offset"] : proof["end_offset"]] == proof["quote"]


def test_the_whole_way_is_the_same_on_each_postgresql(
    settings: Settings, clock: TickingClock, connection: Connection, any_database: str
) -> None:
    run(settings, clock)
    run(settings.model_copy(update={"database_url": any_database}), clock)
    with connect(any_database) as other:
        assert fingerprint(other) == fingerprint(connection)
        for view in ("stories", "revisions", "captures", "coverage_daily", "accounting", "freshness", "outlet_silence"):
            assert rows(other, f"SELECT * FROM report.{view}")
        assert rows(other, "SELECT title FROM report.search('protesters')") == [{"title": "Karkara protests over fuel"}]
        assert rows(other, "SELECT state FROM report.silence_at('2022-02-01Z')") == [{"state": "publishing"}]
        forget(other, Archive(settings.archive_root), ARTICLE, why="asked to", now=clock())
        assert rows(other, "SELECT count(*) AS n FROM report.articles") == [{"n": 1}]


def test_a_second_pass_loads_nothing_and_asks_for_no_page(
    settings: Settings, clock: TickingClock, connection: Connection, web: TinyWeb
) -> None:
    run(settings, clock)
    before = fingerprint(connection)
    web.asked.clear()
    assert "captured" not in run(settings, clock)["fetch"]
    assert web.asked == [FEED]  # its robots.txt is known for a day
    assert fingerprint(connection) == before


def test_a_feed_is_polled_when_it_is_due(settings: Settings, clock: TickingClock) -> None:
    assert run(settings, clock, everything=False)["poll"]["feeds"] == 1
    assert run(settings, clock, everything=False)["poll"] == {}
    clock.wait(timedelta(minutes=6))
    assert run(settings, clock, everything=False)["poll"]["feeds"] == 1


@pytest.mark.parametrize("stage", [None, *stages.STEPS], ids=lambda stage: stage.__name__ if stage else "poll")
def test_a_pass_that_ends_after_any_stage_is_finished_by_the_next(
    settings: Settings, clock: TickingClock, connection: Connection, stage: object
) -> None:
    with opened(settings, clock) as work:
        stages.poll(work, everything=True)
        for step in stages.STEPS[: stages.STEPS.index(stage) + 1 if stage else 0]:
            step(work)
    run(settings, clock)
    assert rows(connection, "SELECT count(*) AS n FROM report.articles") == [{"n": 2}]
    assert rows(connection, "SELECT count(*) AS n FROM report.accounting WHERE NOT balanced OR pending > 0") == [
        {"n": 0}
    ]


def test_copies_are_one_story_and_count_their_publishers(
    make_settings: MakeSettings, web: TinyWeb, clock: TickingClock, connection: Connection, tmp_path: Path
) -> None:
    feeds = []
    for hour, outlet in enumerate(("tribune.example", "courier.example", "herald.example")):
        url = f"http://{outlet}/a"
        web.publish(url, title=f"As {outlet} has it", paragraphs=PROTEST, published=f"2022-01-05T1{hour}:00:00+06:00")
        web.announce(f"http://{outlet}/feed.xml", (url, "Karkara"))
        feeds.append((f"http://{outlet}/feed.xml", outlet))
    run(make_settings(crisis=(str(write_profile(tmp_path / "p", feeds)),)), clock)
    (story,) = rows(connection, "SELECT * FROM report.stories")
    assert (story["articles"], story["outlets"], story["publishers"]) == (3, 3, 3)
    assert story["headline"] == "As tribune.example has it"


def test_a_redirect_to_a_known_article_is_already_known(
    settings: Settings, web: TinyWeb, clock: TickingClock, connection: Connection
) -> None:
    web.redirect("http://tribune.example/m/protest", ARTICLE)
    web.announce(FEED, (ARTICLE, "Karkara protests"), ("http://tribune.example/m/protest", "Karkara protests"))
    run(settings, clock)
    assert sorted(states(connection).values()) == ["already_known", "loaded"]
    assert rows(connection, "SELECT count(*) AS n FROM report.captures") == [{"n": 2}]


def test_an_edited_entry_is_fetched_again_and_becomes_a_revision(
    settings: Settings, web: TinyWeb, clock: TickingClock, connection: Connection
) -> None:
    run(settings, clock)
    web.publish(
        ARTICLE,
        title="Karkara protests grow",
        paragraphs=[*PROTEST, "By night the square was full."],
        published=PUBLISHED,
    )
    web.announce(FEED, (ARTICLE, "Karkara protests grow"))
    run(settings, clock)
    (article,) = rows(connection, "SELECT * FROM report.articles WHERE relevant")
    assert (article["title"], article["revisions"]) == ("Karkara protests grow", 2)
    first, second = rows(
        connection, "SELECT * FROM report.revisions WHERE article_id = %s ORDER BY observed_from", article["article_id"]
    )
    assert first["observed_until"] == second["observed_from"]
    assert (first["title"], second["observed_until"]) == ("Karkara protests over fuel", None)


def test_what_the_web_does_wrong_is_typed_and_the_rest_goes_on(
    settings: Settings, web: TinyWeb, clock: TickingClock, connection: Connection
) -> None:
    host = "http://tribune.example/"
    web.put(host + "empty", b"")
    web.put(host + "large", b"x" * (5 * 2**20 + 1))
    web.put(host + "picture", b"\x89PNG\r\n" + bytes(200), content_type="image/png")
    web.put(host + "noise", bytes(range(1, 32)) * 200)
    web.put(host + "blank", "<html><body><a href='/'>Home</a></body></html>")
    web.put(host + "broken", b"oops", status=500)
    names = ("empty", "large", "picture", "noise", "blank", "broken", "missing")
    web.announce(
        FEED,
        (ARTICLE, "Karkara"),
        *((host + name, name) for name in names),
        ("", "no link"),
        ("mailto:x@y.example", "mail"),
    )
    run(settings, clock)
    addressed = {url: state for url, state in states(connection).items() if url}
    assert addressed == {
        ARTICLE: "loaded",
        host + "empty": "empty_body",
        host + "large": "too_large",
        host + "picture": "not_html",
        host + "noise": "undecodable",
        host + "blank": "no_text",
        host + "broken": "http_server_error",
        host + "missing": "http_not_found",
    }
    reported = {row["reason"] for row in rows(connection, "SELECT reason FROM report.rejections")}
    assert reported == {*addressed.values(), "no_url", "url_invalid"} - {"loaded"}
    assert rows(connection, "SELECT bool_and(balanced) AS ok FROM report.accounting") == [{"ok": True}]


def test_poison_is_rejected_and_the_rest_goes_on(
    settings: Settings, web: TinyWeb, clock: TickingClock, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stages, "CPU_SECONDS", 1.0)
    web.put(
        "http://tribune.example/poison", "<html><body>" + "<p>a <b>word</b> or two</p>" * 120_000 + "</body></html>"
    )
    web.announce(FEED, ("http://tribune.example/poison", "poison"), (ARTICLE, "Karkara"))
    run(settings, clock)
    assert states(connection) == {"http://tribune.example/poison": "extractor_timeout", ARTICLE: "loaded"}


@pytest.mark.parametrize(
    ("body", "kind", "reason"),
    [
        ("just words", "text/plain", "not_a_feed"),
        ("<!doctype html><p>moved</p>", "text/html", "html_instead_of_feed"),
        ("", "application/rss+xml", "empty_body"),
        ("<?xml version='1.0'?><rss version='2.0'><channel><title>N", "application/rss+xml", "not_a_feed"),
    ],
)
def test_a_feed_that_is_none_fails_and_keeps_its_history(
    settings: Settings, web: TinyWeb, clock: TickingClock, connection: Connection, body: str, kind: str, reason: str
) -> None:
    run(settings, clock)
    web.put(FEED, body, content_type=kind)
    run(settings, clock)
    (feed,) = rows(connection, "SELECT * FROM report.freshness")
    assert (feed["state"], feed["reason"]) == ("failing", reason)
    assert rows(connection, "SELECT count(*) AS n FROM report.articles") == [{"n": 2}]
    assert rows(connection, "SELECT stage, reason FROM report.rejections") == [{"stage": "poll", "reason": reason}]


def test_a_rejected_page_is_asked_for_again_and_loaded_when_it_comes(
    settings: Settings, web: TinyWeb, clock: TickingClock, connection: Connection
) -> None:
    web.put(ARTICLE, b"busy", status=503)
    run(settings, clock)
    assert states(connection)[ARTICLE] == "http_server_error"
    web.publish(ARTICLE, title="Karkara protests over fuel", paragraphs=PROTEST)
    clock.wait(timedelta(minutes=16))
    run(settings, clock)
    assert states(connection)[ARTICLE] == "loaded"


def test_a_page_that_is_forgotten_on_its_way_is_not_kept(
    settings: Settings, clock: TickingClock, connection: Connection
) -> None:
    with opened(settings, clock) as work:
        stages.poll(work, everything=True)
        candidates = claim_candidates(connection, worker=work.worker, now=clock(), limit=10)
        forget(connection, work.archive, ARTICLE, why="asked to", now=clock())
        keeper = PageKeeper(work, {each.candidate_id: each for each in candidates})
        keeper.keep(
            [
                (
                    each.candidate_id,
                    Response(
                        url=each.url,
                        final_url=ARTICLE + "/late",
                        status=200,
                        headers=(),
                        body=b"x",
                        observed_at=clock(),
                    ),
                )
                for each in candidates
                if each.url == ARTICLE
            ]
        )
    assert rows(connection, "SELECT count(*) AS n FROM ops.captures") == [{"n": 0}]
    assert states(connection)[ARTICLE] == "forgotten"


def test_a_matched_feed_gives_only_what_the_profile_speaks_of(
    make_settings: MakeSettings, web: TinyWeb, clock: TickingClock, connection: Connection, tmp_path: Path
) -> None:
    web.publish(ARTICLE, title="Karkara protests", paragraphs=PROTEST)
    web.announce(FEED, (ARTICLE, "Karkara protests"), ("http://tribune.example/opera", "Opera season opens"))
    profile = write_profile(tmp_path / "p", [(FEED, "tribune.example")], scope="match")
    run(make_settings(crisis=(str(profile),)), clock)
    assert states(connection) == {ARTICLE: "loaded", "http://tribune.example/opera": "out_of_scope"}


def test_two_crises_judge_one_article_each_for_itself(
    settings: Settings, clock: TickingClock, connection: Connection, tmp_path: Path
) -> None:
    other = write_profile(tmp_path / "other", [(FEED, "tribune.example")])
    text = (other / "crisis.toml").read_text()
    (other / "crisis.toml").write_text(text.replace('"karkara"', '"football"'))
    (other / "terms" / "en.toml").write_text('protest = ["goalkeeper*", "penalt|ies"]')
    run(settings, clock)
    run(settings.model_copy(update={"crisis": (*settings.crisis, str(other))}), clock)
    judged = rows(
        connection,
        "SELECT crisis, count(*) AS n, count(*) FILTER (WHERE relevant) AS relevant "
        "FROM report.articles GROUP BY 1 ORDER BY 1",
    )
    assert judged[0] == {"crisis": "football", "n": 2, "relevant": 1}
    assert judged[1] == {"crisis": "karkara", "n": 2, "relevant": 1}


def test_a_changed_profile_judges_again_and_keeps_what_was_said(
    settings: Settings, clock: TickingClock, connection: Connection
) -> None:
    run(settings, clock)
    terms = Path(settings.crisis[0]) / "terms" / "en.toml"
    terms.write_text('protest = ["protest*"]')
    run(settings, clock)
    assert rows(connection, "SELECT tags FROM report.articles WHERE relevant") == [{"tags": ["protest"]}]
    assert rows(connection, "SELECT count(DISTINCT profile_version) AS n FROM news.assessments") == [{"n": 2}]
    assert rows(connection, "SELECT kind, label, change FROM report.tag_changes WHERE kind = 'tag' ORDER BY label") == [
        {"kind": "tag", "label": "detentions", "change": "removed"},
        {"kind": "tag", "label": "fuel_prices", "change": "removed"},
    ]


def test_a_changed_profile_moves_only_what_it_says_otherwise(
    settings: Settings, clock: TickingClock, connection: Connection
) -> None:
    """Every article is judged by the new version; the one of which it says the same is not loaded again."""
    run(settings, clock)
    terms = Path(settings.crisis[0]) / "terms" / "en.toml"
    terms.write_text(terms.read_text("utf-8").replace('"detained"', '"detained", "imprisoned"'), "utf-8")
    with opened(settings, clock) as work:
        stages.reprocess(work)
        alike = work.counts
    terms.write_text(terms.read_text("utf-8").replace('"detained", ', ""), "utf-8")
    with opened(settings, clock) as work:
        stages.reprocess(work)
        otherwise = work.counts
    articles = rows(connection, "SELECT count(*) AS n FROM news.articles")[0]["n"]
    assert (alike["tag"]["judged"], alike["load"]["articles"]) == (articles, 0)
    assert (otherwise["tag"]["judged"], otherwise["load"]["articles"]) == (articles, 1)
    assert rows(connection, "SELECT label, change FROM report.tag_changes") == [
        {"label": "detentions", "change": "removed"}
    ]
    assert rows(connection, "SELECT count(*) AS n FROM news.articles WHERE next_step IS NOT NULL") == [{"n": 0}]


def test_another_feeds_date_counts_for_an_article_that_stands(
    make_settings: MakeSettings, web: TinyWeb, clock: TickingClock, connection: Connection, tmp_path: Path
) -> None:
    other = "http://tribune.example/all.xml"
    web.publish(ARTICLE, title="Karkara protests", paragraphs=PROTEST)
    web.announce(FEED, (ARTICLE, "Karkara protests"))
    web.announce(other, published="Wed, 05 Jan 2022 10:00:00 +0600")
    settings = make_settings(
        crisis=(str(write_profile(tmp_path / "p", [(FEED, "tribune.example"), (other, "tribune.example")])),)
    )
    run(settings, clock)
    web.announce(other, (ARTICLE, "Karkara protests"), published="Wed, 05 Jan 2022 10:00:00 +0600")
    run(settings, clock)
    (article,) = rows(connection, "SELECT published_at, published_origin FROM report.articles")
    assert (article["published_at"].isoformat(), article["published_origin"]) == ("2022-01-05T04:00:00+00:00", "feed")


def test_a_warehouse_that_is_behind_is_not_touched(
    embedded_server: str, settings: Settings, clock: TickingClock
) -> None:
    with (
        pytest.raises(WarehouseError, match="qantar migrate"),
        opened(settings.model_copy(update={"database_url": embedded_server}), clock),
    ):
        pass


def test_killed_passes_end_like_one_that_was_not(
    make_settings: MakeSettings,
    web: TinyWeb,
    connection: Connection,
    tmp_path: Path,
    embedded_server: str,
) -> None:
    feeds = []
    for outlet in range(4):
        host = f"outlet{outlet}.example"
        urls = [f"http://{host}/{number}" for number in range(12)]
        for number, url in enumerate(urls):
            web.publish(
                url,
                title=f"Protest {number}",
                paragraphs=[*PROTEST, f"Report number {number % 9}."],
                published=f"2022-01-05T{number:02}:0{outlet}:00+06:00",
            )
        web.announce(f"http://{host}/feed.xml", *((url, f"Karkara {url}") for url in urls))
        feeds.append((f"http://{host}/feed.xml", host))
    settings = make_settings(crisis=(str(write_profile(tmp_path / "p", feeds)),))
    environment = {
        **os.environ,
        "QANTAR_HOME": str(tmp_path / "killed"),
        "QANTAR_DATABASE_URL": str(settings.database_url),
        "QANTAR_CRISIS": settings.crisis[0],
        "QANTAR_HOST_DELAY": "0",
        "HTTP_PROXY": web.proxy_url,
    }
    chance = random.Random(2022)  # noqa: S311 - any moment will do
    for _ in range(5):
        killed = subprocess.Popen(
            [Path(sys.executable).parent / "qantar", "run", "--all"],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            killed.wait(timeout=chance.uniform(0.9, 2.5))
        except subprocess.TimeoutExpired:
            os.kill(killed.pid, signal.SIGKILL)
            killed.wait()
    # The killed commands went by the real time, and so must who takes up what they left.
    clock = TickingClock(datetime.now(UTC))
    with opened(settings.model_copy(update={"home": tmp_path / "killed"}), clock) as work:
        stages.run_pass(work, everything=True)
        assert run_accounting(work.connection, work.run_id).balanced
    after_kills = fingerprint(connection)
    assert after_kills.rows["settled_articles"] == 48
    assert rows(connection, "SELECT count(*) AS n FROM report.accounting WHERE NOT balanced OR pending > 0") == [
        {"n": 0}
    ]

    with psycopg.connect(embedded_server, autocommit=True) as admin:
        admin.execute("CREATE DATABASE unkilled TEMPLATE template_qantar")
    unkilled = make_conninfo(embedded_server, dbname="unkilled")
    run(settings.model_copy(update={"database_url": unkilled, "home": tmp_path / "unkilled"}), clock)
    with connect(unkilled) as other:
        assert fingerprint(other) == after_kills
