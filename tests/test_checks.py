"""The data-quality statements of `sql/checks/`: silent on a sound warehouse, and each red on its own fault."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.settings import Settings
from pipeline.warehouse.checks import all_checks, find_wrong_rows
from pipeline.warehouse.connect import Connection
from tests.conftest import MakeSettings, TickingClock
from tests.newsroom import PROTEST, run, write_profile
from tests.tiny_web import TinyWeb

FAULTS = {
    "nothing_is_published_in_the_future": (
        "UPDATE news.articles SET published_at = first_observed_at + interval '2 days'"
    ),
    "nothing_waits_for_ever": "UPDATE ops.captures SET next_step = 'extract'",
    "origins_are_proved": "UPDATE news.stories SET origin = 'Somebody'",
    "only_relevant_articles_bear_tags": "UPDATE news.assessments SET relevant = false",
    "quotes_stand_where_they_should": (
        "UPDATE news.evidence SET start_offset = start_offset + 1, end_offset = end_offset + 1"
    ),
    "runs_balance": "UPDATE ops.polls SET entries = entries + 1, new_entries = new_entries + 1",
    "stories_add_up": "UPDATE news.stories SET articles = articles + 1",
    "tags_have_evidence": "DELETE FROM news.evidence",
    "what_is_loaded_is_reported": "UPDATE news.articles SET loaded_at = NULL",
    "windows_hold_what_is_loaded": "UPDATE ops.candidates SET watched = false",
}
LATER = timedelta(days=2)


@pytest.fixture
def sound(make_settings: MakeSettings, web: TinyWeb, tmp_path: Path, clock: TickingClock) -> Settings:
    """A warehouse after one pass over one relevant article."""
    web.publish("http://tribune.example/a", title="Protest", paragraphs=PROTEST, published="2022-01-05T10:00:00+06:00")
    web.announce("http://tribune.example/feed", ("http://tribune.example/a", "Protest"))
    profile = write_profile(tmp_path / "profile", [("http://tribune.example/feed", "tribune.example")])
    settings = make_settings(crisis=(str(profile),))
    run(settings, clock)
    return settings


def test_each_statement_has_a_fault_that_it_finds_and_says_what_it_means() -> None:
    checks = list(all_checks())
    assert {check.name for check in checks} == set(FAULTS)
    assert all(check.meaning.endswith(".") and not check.meaning.startswith("--") for check in checks)


@pytest.mark.usefixtures("sound")
def test_a_sound_warehouse_has_no_wrong_rows(connection: Connection, clock: TickingClock) -> None:
    assert find_wrong_rows(connection, now=clock() + LATER) == []


@pytest.mark.usefixtures("sound")
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_and_shown(connection: Connection, clock: TickingClock, name: str) -> None:
    connection.execute(FAULTS[name])
    findings = {finding.check.name: finding.rows for finding in find_wrong_rows(connection, now=clock() + LATER)}
    assert findings[name]


@pytest.mark.usefixtures("sound")
def test_a_check_may_look_at_lately_loaded_rows_alone(connection: Connection) -> None:
    connection.execute(FAULTS["stories_add_up"])
    later = datetime(2023, 1, 1, tzinfo=UTC)
    assert find_wrong_rows(connection, now=later, since=later) == []
