"""What the reports say of copies: who was first, whom the text is from, how many stand behind it, and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.settings import Settings
from pipeline.warehouse.connect import Connection
from pipeline.warehouse.explain import explain
from tests.conftest import MakeSettings, TickingClock
from tests.newsroom import PROTEST, rows, run, write_profile
from tests.tiny_web import TinyWeb

FEED = "http://tribune.example/feed.xml"
EXTRA = "Our correspondent saw two buses burning near the railway station of Karkara late at night."


@pytest.fixture
def publish(web: TinyWeb) -> object:
    """Publish a text at these addresses, an hour apart, and announce them all."""

    def publish(articles: dict[str, list[str]]) -> None:
        for hour, (url, paragraphs) in enumerate(articles.items(), 10):
            web.publish(url, title=f"Karkara {hour}", paragraphs=paragraphs, published=f"2022-01-05T{hour}:00:00+06:00")
        web.announce(FEED, *((url, "Karkara") for url in articles))

    return publish


@pytest.fixture
def settings(make_settings: MakeSettings, tmp_path: Path) -> Settings:
    return make_settings(crisis=(str(write_profile(tmp_path / "profile", [(FEED, "tribune.example")])),))


def test_a_story_names_the_earliest_and_whom_its_text_is_from(
    settings: Settings, publish: object, clock: TickingClock, connection: Connection
) -> None:
    credited = ["KARKARA (Reuters) - " + PROTEST[0], *PROTEST[1:]]
    articles = {
        "http://tribune.example/a": PROTEST,
        "http://courier.example/b": credited,
        "http://herald.example/c": [*credited, EXTRA],
        "http://gazette.example/d": ["As Kazinform reported, " + PROTEST[0], *PROTEST[1:]],
    }
    publish(articles)  # type: ignore[operator]
    run(settings, clock)
    connection.execute("SET ROLE qantar_reporter")
    (story,) = rows(connection, "SELECT * FROM report.stories")
    assert (story["articles"], story["earliest_outlet"]) == (4, "tribune.example")
    assert story["earliest_url"] == "http://tribune.example/a"
    assert (story["origin"], story["origin_kind"], story["origin_quote"]) == ("Reuters", "credit", "(Reuters)")
    assert story["origin_url"] == "http://courier.example/b"
    (source,) = rows(connection, "SELECT text FROM report.articles WHERE article_id = %s", story["origin_article_id"])
    assert "(Reuters)" in source["text"]


def test_where_nobody_is_credited_the_earliest_is_the_origin(
    settings: Settings, publish: object, clock: TickingClock, connection: Connection
) -> None:
    publish({"http://tribune.example/a": PROTEST, "http://courier.example/b": PROTEST})  # type: ignore[operator]
    run(settings, clock)
    (story,) = rows(connection, "SELECT * FROM report.stories")
    assert (story["origin"], story["origin_kind"], story["origin_quote"]) == ("tribune.example", "earliest", None)


def test_hosts_of_one_owner_are_one_publisher_and_a_profile_may_name_the_family(
    settings: Settings,
    publish: object,
    clock: TickingClock,
    connection: Connection,
    make_settings: MakeSettings,
    tmp_path: Path,
) -> None:
    articles = dict.fromkeys(
        ("http://tribune.example/a", "http://en.courier.co.uk/b", "http://news.courier.co.uk/c"), PROTEST
    )
    publish(articles)  # type: ignore[operator]
    run(settings, clock)
    (story,) = rows(connection, "SELECT outlets, publishers FROM report.stories")
    assert story == {"outlets": 3, "publishers": 2}
    profile = write_profile(tmp_path / "profile", [(FEED, "tribune.example")])
    feeds = (profile / "feeds.toml").read_text()
    (profile / "feeds.toml").write_text(feeds + 'publisher = "courier.co.uk"\n')
    run(make_settings(crisis=(str(profile),)), clock)
    (story,) = rows(connection, "SELECT outlets, publishers FROM report.stories")
    assert story == {"outlets": 3, "publishers": 1}


def test_a_text_at_a_new_address_is_a_repeat_and_a_new_text_at_an_address_a_revision(
    settings: Settings, publish: object, web: TinyWeb, clock: TickingClock, connection: Connection
) -> None:
    publish(  # type: ignore[operator]
        {
            "http://tribune.example/a": PROTEST,
            "http://tribune.example/again": [*PROTEST, EXTRA],
            "http://courier.example/b": PROTEST,
        }
    )
    run(settings, clock)
    web.publish(
        "http://courier.example/b", title="Karkara", paragraphs=[*PROTEST, EXTRA], published="2022-01-05T12:00:00+06:00"
    )
    web.announce(FEED, ("http://courier.example/b", "Karkara, updated"))
    run(settings, clock)
    found = rows(connection, "SELECT url, article_id, repeats_article_id, revisions FROM report.articles ORDER BY url")
    courier, first, again = found
    assert [each["revisions"] for each in found] == [2, 1, 1]
    assert again["repeats_article_id"] == first["article_id"]
    assert (first["repeats_article_id"], courier["repeats_article_id"]) == (None, None)


def test_explain_says_why_two_articles_are_one_story(
    settings: Settings, publish: object, clock: TickingClock, connection: Connection
) -> None:
    publish(  # type: ignore[operator]
        {
            "http://tribune.example/a": PROTEST,
            "http://courier.example/b": [*PROTEST[:2], EXTRA],
            "http://herald.example/c": PROTEST,
        }
    )
    run(settings, clock)
    leader, near, same = (
        explain(connection, f"http://{where}")
        for where in ("tribune.example/a", "courier.example/b", "herald.example/c")
    )
    assert leader.verdict == "loaded, in a story with 2 others, and the first of them"
    assert "a copy of http://tribune.example/a, which came first (2022-01-05 04:00 UTC)" in near.verdict
    first, asked, other = near.sections["story"]
    assert [first["leads"], asked["is_asked"], other["share"]] == [True, True, 1.0]
    assert 0.4 < asked["share_of_both"] < asked["share"] < 1
    assert f"{asked['share']:.0%} of the shorter text's runs of four words stand in both" in near.verdict
    assert "every run of four words" in same.verdict
