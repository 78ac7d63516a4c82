"""When a page is believed that calls another address its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.archive import Archive
from pipeline.identify.canonical import article_address
from pipeline.warehouse.connect import Connection
from pipeline.warehouse.forget import forget
from tests.conftest import MakeSettings, TickingClock
from tests.newsroom import PROTEST, rows, run, write_profile
from tests.tiny_web import TinyWeb

SLUG = "https://tribune.example/2022/01/05/fire-in-karkara"
BELIEVED = [
    (f"{SLUG}?theme=dark", SLUG),
    (f"{SLUG}/print.html/fire-in-karkara", SLUG),
    ("https://tribune.example/news.php?id=12345", "https://tribune.example/news/12345-fire-in-karkara.html"),
    ("https://tribune.example/text/12345", "https://news.tribune.example/12345"),
]
NOT_BELIEVED = [
    (SLUG, "https://tribune.example/"),
    (SLUG, "https://tribune.example/2022/01/"),
    (SLUG, "https://herald.example/2022/01/05/fire-in-karkara"),
    (SLUG, "https://tribune.example/2022/01/05/flood-in-karkara"),
    (f"{SLUG}?page=2", SLUG),
    (f"{SLUG}?lang=kk", SLUG),
    ("https://tribune.example/ru/fire-in-karkara", "https://tribune.example/kk/fire-in-karkara"),
    ("https://tribune.example/news.php?id=12345", "https://tribune.example/news.php"),
    ("https://tribune.example/20220105/1", "https://tribune.example/20220105/2"),
    ("https://tribune.example/a/12345/fire-in-karkara", "https://tribune.example/a/12346/fire-in-karkara"),
    (SLUG, "javascript:alert(1)"),
    (SLUG, None),
]


@pytest.mark.parametrize(("answered", "canonical"), BELIEVED)
def test_a_canonical_address_of_the_same_article_is_believed(answered: str, canonical: str) -> None:
    assert article_address(answered, canonical) == canonical


@pytest.mark.parametrize(("answered", "canonical"), NOT_BELIEVED)
def test_one_that_may_be_another_page_is_not(answered: str, canonical: str | None) -> None:
    assert article_address(answered, canonical) == answered


def publish(web: TinyWeb, url: str, canonical: str) -> None:
    """A page that calls another address its own."""
    text = "".join(f"<p>{paragraph}</p>" for paragraph in PROTEST)
    head = f'<title>Protest</title><link rel="canonical" href="{canonical}">'
    web.put(url, f"<html><head>{head}</head><body><article><h1>Protest</h1>{text}</article></body></html>")


VARIANT = "http://tribune.example/text.php?article=fire-in-karkara&id=12345"
PLAIN = "http://tribune.example/12345-fire-in-karkara"
FEED = "http://tribune.example/feed.xml"


def test_two_addresses_that_call_one_their_own_are_one_article(
    make_settings: MakeSettings, web: TinyWeb, clock: TickingClock, connection: Connection, tmp_path: Path
) -> None:
    publish(web, VARIANT, PLAIN)
    publish(web, PLAIN, PLAIN)
    web.announce(FEED, (VARIANT, "Protest"), (PLAIN, "Protest"))
    run(make_settings(crisis=(str(write_profile(tmp_path / "p", [(FEED, "tribune.example")])),)), clock)
    assert [row["url"] for row in rows(connection, "SELECT url FROM report.articles")] == [PLAIN]
    states = rows(connection, "SELECT state FROM ops.candidates ORDER BY state")
    assert [row["state"] for row in states] == ["already_known", "loaded"]


def test_what_is_forgotten_does_not_come_back_under_another_address(
    make_settings: MakeSettings, web: TinyWeb, clock: TickingClock, connection: Connection, tmp_path: Path
) -> None:
    settings = make_settings(crisis=(str(write_profile(tmp_path / "p", [(FEED, "tribune.example")])),))
    publish(web, VARIANT, PLAIN)
    forget(connection, Archive(settings.archive_root), PLAIN, why="asked to", now=clock())
    web.announce(FEED, (VARIANT, "Protest"))
    run(settings, clock)
    assert rows(connection, "SELECT 1 FROM news.extractions") == rows(connection, "SELECT 1 FROM news.articles") == []
    assert rows(connection, "SELECT reason FROM ops.candidates") == [{"reason": "forgotten"}]
    assert rows(connection, "SELECT 1 FROM report.accounting WHERE NOT balanced") == []
