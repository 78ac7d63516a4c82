"""Outlets are learnt over passes: in any order and batches alike; what is read again is no revision."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.conninfo import make_conninfo

from pipeline import stages
from pipeline.identify.urls import identity_key, key_hash
from pipeline.records import Response
from pipeline.settings import Settings
from pipeline.warehouse.candidates import record_captures
from pipeline.warehouse.connect import Connection, connect
from pipeline.warehouse.fingerprint import Fingerprint, fingerprint
from pipeline.work import Work
from tests.conftest import MakeSettings, TickingClock
from tests.newsroom import PROTEST, opened, rows, run, write_profile
from tests.outlet_pages import page, story
from tests.tiny_web import TinyWeb

HOST = "http://courier.example"
FEED = f"{HOST}/feed.xml"


def publish(web: TinyWeb, number: int, paragraphs: Sequence[str], *, advert: str = "") -> None:
    web.put(f"{HOST}/{number}", page(number, paragraphs, advert=advert))


@pytest.fixture
def outlet(make_settings: MakeSettings, web: TinyWeb, tmp_path: Path) -> Settings:
    """An outlet of six articles, the first one about the crisis."""
    publish(web, 0, PROTEST)
    for number in range(1, 6):
        publish(web, number, story(number))
    web.announce(FEED, *((f"{HOST}/{number}", f"Article {number}") for number in range(6)))
    return make_settings(crisis=(str(write_profile(tmp_path / "profile", [(FEED, "courier.example")])),))


def texts(connection: Connection) -> dict[str, str]:
    return {row["url"]: row["text"] for row in rows(connection, "SELECT url, text FROM report.articles")}


def test_the_first_pass_over_an_outlet_ends_without_its_furniture(
    outlet: Settings, clock: TickingClock, connection: Connection
) -> None:
    run(outlet, clock)
    assert texts(connection)[f"{HOST}/0"] == "\n".join(PROTEST)
    assert texts(connection)[f"{HOST}/3"] == "\n".join(story(3))
    assert rows(connection, "SELECT max(revisions) AS most FROM report.articles") == [{"most": 1}]
    (kept,) = rows(connection, "SELECT version, pages, cardinality(blocks) > 9 AS many FROM news.furniture")
    assert kept == {"version": 1, "pages": 6, "many": True}
    proofs = rows(connection, "SELECT * FROM report.evidence")
    assert proofs
    for proof in proofs:
        assert (
            proof["field"] == "title"
            or texts(connection)[f"{HOST}/0"][proof["start_offset"] : proof["end_offset"]] == proof["quote"]
        )


# Some captures of one outlet: number of the article, and when it was seen, in minutes.
SIGHTINGS = [(number, 10 * number) for number in range(5)] + [(0, 100), (1, 100)]


@contextmanager
def fresh(template_of: str, server: str) -> Iterator[str]:
    name = f"learning_{random.randrange(10**9)}"  # noqa: S311 - a name
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {template_of}")
        yield make_conninfo(server, dbname=name)
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def put(work: Work, clock: TickingClock, number: int, minutes: int) -> None:
    """Archive a sighting as fetching does."""
    url = f"{HOST}/{number}"
    # The publisher added a sentence to article 1 between its two sightings.
    paragraphs = story(number) + (
        ["The council will meet again on Friday, it said."] if minutes == 100 and number else []
    )
    response = Response(
        url=url,
        final_url=url,
        status=200,
        headers=(),
        body=page(number, paragraphs).encode(),
        observed_at=START + timedelta(minutes=minutes),
    )
    (place,) = work.archive.write([response], now=clock())
    key = key_hash(identity_key(url))
    row = work.connection.execute(
        "INSERT INTO ops.candidates (url, key_hash, host, source, run_id, discovered_at, state) "
        "VALUES (%s, %s, 'courier.example', 'test', %s, %s, 'pending') "
        "ON CONFLICT (key_hash) DO UPDATE SET attempts = 0 RETURNING candidate_id",
        [url, key, work.run_id, clock()],
    ).fetchone()
    assert row is not None
    record_captures(work.connection, [(row[0], response, place)], run_id=work.run_id, recheck_at={})


START = TickingClock()()


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(SIGHTINGS), cuts=st.sets(st.integers(1, len(SIGHTINGS) - 1), max_size=2))
def test_an_outlets_captures_in_any_order_and_batches_come_to_one_fingerprint(
    order: list[tuple[int, int]],
    cuts: set[int],
    outlet: Settings,
    template: str,
    embedded_server: str,
    known: dict[str, Fingerprint],
) -> None:
    clock = TickingClock()
    with fresh(template, embedded_server) as database:
        used = outlet.model_copy(update={"database_url": database})
        edges = [0, *sorted(cuts), len(order)]
        for begin, end in pairwise(edges):
            with opened(used, clock) as work:
                for number, minutes in order[begin:end]:
                    put(work, clock, number, minutes)
                for step in stages.REPROCESSING:
                    step(work)
        with connect(database) as connection:
            revised = rows(connection, "SELECT url FROM report.articles WHERE revisions > 1")
            assert revised == [{"url": f"{HOST}/1"}]
            assert fingerprint(connection) == known.setdefault("fingerprint", fingerprint(connection))


@pytest.fixture(scope="module")
def known() -> dict[str, Fingerprint]:
    """The first example's fingerprint, for all others."""
    return {}


def test_reprocessing_asks_nothing_of_the_web_makes_no_revision_and_ends(
    outlet: Settings, clock: TickingClock, connection: Connection, web: TinyWeb
) -> None:
    run(outlet, clock)
    before = fingerprint(connection)
    connection.execute("UPDATE news.extractions SET extractor_version = 'older'")
    web.asked.clear()

    def reprocess(**scope: object) -> int:
        with opened(outlet, clock, kind="reprocess") as work:
            stages.reprocess(work, **scope)  # type: ignore[arg-type]
            return work.counts["reread"]["outdated"]

    assert reprocess(outlet="elsewhere.example") == 0
    assert reprocess(until=START) == 0
    assert reprocess(since=START, outlet="courier.example") == 6
    assert reprocess() == 0
    assert web.asked == []
    assert fingerprint(connection) == before
    assert rows(connection, "SELECT max(revisions) AS most FROM report.articles") == [{"most": 1}]
    # The older readings stay beside the new ones.
    (kept,) = rows(connection, "SELECT count(*) FILTER (WHERE extractor_version = 'older') AS n FROM news.extractions")
    assert kept["n"] >= 6


def test_what_the_publisher_changes_is_a_revision_and_an_advert_is_none(
    outlet: Settings, clock: TickingClock, connection: Connection, web: TinyWeb
) -> None:
    run(outlet, clock)
    publish(web, 0, [*PROTEST, "Two people have died in hospital since, doctors said on Thursday."])
    for number in range(1, 6):
        publish(web, number, story(number), advert=f"<div class='ad'><a href='/buy'>Buy {number} sofas now!</a></div>")
    clock.wait(timedelta(hours=1))
    assert run(outlet, clock)["fetch"]["captured"] == 6
    revised = rows(connection, "SELECT url, revisions FROM report.articles WHERE revisions > 1")
    assert revised == [{"url": f"{HOST}/0", "revisions": 2}]
    assert "died in hospital" in texts(connection)[f"{HOST}/0"]
    both = rows(connection, "SELECT text FROM report.revisions ORDER BY observed_from")
    assert len([each for each in both if each["text"].startswith(PROTEST[0])]) == 2
    assert rows(connection, "SELECT count(*) AS n FROM report.stories WHERE relevant") == [{"n": 1}]


def test_pages_are_asked_for_again_ever_more_seldom_and_the_same_bytes_are_no_sighting(
    outlet: Settings, clock: TickingClock, connection: Connection
) -> None:
    run(outlet, clock)
    waits = []
    for _ in range(6):
        due = rows(connection, "SELECT max(fetch_due_at) AS at FROM ops.candidates")[0]["at"]
        if due is None:
            break
        now = clock()
        waits.append(due - now)
        clock.wait(due - now)
        assert run(outlet, clock)["fetch"]["unchanged"] == 6
    assert len(waits) == 5
    assert sorted(waits) == waits
    assert rows(connection, "SELECT count(*) AS n FROM ops.captures") == [{"n": 6}]


def test_a_page_that_is_gone_or_emptied_is_a_fact_and_its_text_stays(
    outlet: Settings, clock: TickingClock, connection: Connection, web: TinyWeb
) -> None:
    run(outlet, clock)
    web.put(f"{HOST}/0", "gone", status=410)
    web.put(f"{HOST}/1", "<html><body><p>Removed.</p></body></html>")
    clock.wait(timedelta(hours=1))
    run(outlet, clock)
    query = "SELECT url, text, revisions FROM report.articles WHERE missing_since IS NOT NULL ORDER BY url"
    missing = rows(connection, query)
    assert [(row["url"], row["revisions"]) for row in missing] == [(f"{HOST}/0", 1), (f"{HOST}/1", 1)]
    assert missing[0]["text"] == "\n".join(PROTEST)
    reasons = rows(
        connection, "SELECT reason FROM report.absences JOIN report.articles USING (article_id) ORDER BY url"
    )
    assert [row["reason"] for row in reasons] == ["http_gone", "no_text"]
    # It comes back, and is missing no longer.
    publish(web, 1, story(1))
    clock.wait(timedelta(hours=4))
    run(outlet, clock)
    left = rows(connection, "SELECT url FROM report.articles WHERE missing_since IS NOT NULL")
    assert left == [{"url": f"{HOST}/0"}]


def test_a_page_that_reads_as_no_article_any_more_leaves_the_reports(
    outlet: Settings, clock: TickingClock, connection: Connection
) -> None:
    """What a better extractor takes back, it takes back whole: story, evidence and candidate."""
    run(outlet, clock)
    connection.execute(
        "UPDATE news.extractions SET reason = 'no_text', title = NULL, text = NULL, content_hash = NULL, "
        "text_hash = NULL WHERE extraction_id IN (SELECT extraction_id FROM ops.captures WHERE url = %s)",
        [f"{HOST}/0"],
    )
    connection.execute("UPDATE ops.captures SET next_step = 'identify' WHERE url = %s", [f"{HOST}/0"])
    with opened(outlet, clock) as work:
        stages.identify(work)
        stages.settle(work)
    assert f"{HOST}/0" not in texts(connection)
    assert rows(connection, "SELECT count(*) AS n FROM report.stories WHERE relevant") == [{"n": 0}]
    assert rows(connection, "SELECT count(*) AS n FROM report.evidence") == [{"n": 0}]
    (candidate,) = rows(connection, "SELECT state, reason FROM ops.candidates WHERE url = %s", f"{HOST}/0")
    assert candidate == {"state": "rejected", "reason": "no_text"}
    assert rows(connection, "SELECT bool_and(balanced) AS ok FROM report.accounting") == [{"ok": True}]
