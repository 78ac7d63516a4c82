"""Stories in a real warehouse: the same in any order, any split, any number of workers, and after any kill."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline import stages
from pipeline.archive import Archive
from pipeline.identify.signatures import SCHEME
from pipeline.identify.stories import STORY_WINDOW
from pipeline.sample import articles
from pipeline.settings import Settings
from pipeline.warehouse.connect import Connection, connect
from pipeline.warehouse.fingerprint import Fingerprint, fingerprint
from pipeline.warehouse.forget import forget
from tests.conftest import TickingClock, clone
from tests.desk import Report, hand_in
from tests.newsroom import opened, rows, write_profile

NOON = datetime(2022, 1, 5, 12, tzinfo=UTC)
TEXTS = ["\n".join(each.paragraphs) for each in articles() if each.edition == 1 and each.copy_of is None][:4]


def version(text: str, edit: int) -> str:
    """A text as one of several newsrooms prints it: so that the first and the last are less alike than neighbours."""
    words = text.split()
    return " ".join(words[edit * len(words) // 7 :]) + " And that is all that we have heard so far." * (edit % 2)


def report(number: int, text: str, *, hours: float = 0, published: bool = True) -> Report:
    """An article of an outlet of its own."""
    moment = NOON + timedelta(hours=hours)
    return Report(
        url=f"http://outlet{number}.example/{number}",
        text=text,
        published=moment if published else None,
        observed=moment if not published else NOON + timedelta(days=60),
    )


Fresh = Callable[[], AbstractContextManager[Settings]]


@pytest.fixture(scope="session")
def fresh(embedded_server: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Fresh:
    """Settings with a warehouse of their own, as often as one likes."""
    profile = write_profile(
        tmp_path_factory.mktemp("profile"), [("http://tribune.example/feed.xml", "tribune.example")]
    )

    @contextmanager
    def make() -> Iterator[Settings]:
        with clone(embedded_server, template) as database:
            home = tmp_path_factory.mktemp("home")
            yield Settings.model_validate({"home": home, "database_url": database, "crisis": (str(profile),)})

    return make


def load(settings: Settings, batches: Sequence[Sequence[Report]], *, workers: int) -> Fingerprint:
    """Hand in the batches one after the other; after each, so many workers load at the same moment."""
    for batch in batches:
        with opened(settings, TickingClock()) as work:
            hand_in(work, batch)
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(load_waiting, [settings] * workers))
    with opened(settings, TickingClock()) as work:
        stages.settle(work)
        return fingerprint(work.connection)


def load_waiting(settings: Settings) -> None:
    with opened(settings, TickingClock()) as work:
        for step in (stages.identify, stages.tag, stages.load):
            step(work)


_REPORTS = st.lists(
    st.tuples(
        st.integers(0, len(TEXTS) - 1),
        st.integers(0, 5),
        st.integers(-15 * 24, 15 * 24),
        st.sampled_from([True] * 3 + [False]),
    ),
    min_size=2,
    max_size=10,
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=_REPORTS, rng=st.randoms(use_true_random=False))
def test_order_batches_and_workers_have_no_say(
    fresh: Fresh, drawn: list[tuple[int, int, int, bool]], rng: random.Random
) -> None:
    reports = [
        report(number, version(TEXTS[text], edit), hours=hours, published=published)
        for number, (text, edit, hours, published) in enumerate(drawn)
    ]
    shuffled = list(reports)
    rng.shuffle(shuffled)
    cut = rng.randint(0, len(shuffled))
    with fresh() as together, fresh() as apart:
        expected = load(together, [sorted(reports, key=lambda each: each.url)], workers=1)
        assert load(apart, [shuffled[:cut], shuffled[cut:]], workers=2) == expected


@pytest.fixture
def desk(fresh: Fresh) -> Iterator[Settings]:
    """A warehouse to hand articles in to."""
    with fresh() as settings:
        yield settings


@contextmanager
def warehouse(settings: Settings) -> Iterator[Connection]:
    """A look into it."""
    assert settings.database_url
    with connect(settings.database_url) as connection:
        yield connection


def stories(settings: Settings) -> list[dict[str, Any]]:
    with warehouse(settings) as connection:
        return rows(
            connection,
            "SELECT story_id, array_agg(outlet ORDER BY outlet) AS outlets FROM report.articles "
            "GROUP BY story_id ORDER BY story_id",
        )


def test_copies_meet_across_passes_and_years_of_other_news(desk: Settings) -> None:
    load(desk, [[report(1, TEXTS[0])], [report(2, version(TEXTS[0], 1), hours=5), report(3, TEXTS[1])]], workers=1)
    assert [each["outlets"] for each in stories(desk)] == [["outlet1.example", "outlet2.example"], ["outlet3.example"]]


def test_a_late_leader_takes_the_lead_and_the_story_keeps_its_id(desk: Settings) -> None:
    load(desk, [[report(1, TEXTS[0], hours=5)]], workers=1)
    (before,) = stories(desk)
    load(desk, [[replace(report(2, version(TEXTS[0], 1)), title="It came late and was first")]], workers=1)
    (after,) = stories(desk)
    assert after["story_id"] == before["story_id"]
    with warehouse(desk) as connection:
        assert rows(connection, "SELECT headline FROM report.stories") == [{"headline": "It came late and was first"}]


def test_what_joins_two_stories_merges_them_into_the_older(desk: Settings) -> None:
    first, last = version(TEXTS[0], 0), version(TEXTS[0], 5)
    load(desk, [[report(1, first, hours=2)], [report(2, last, hours=1)]], workers=1)
    ids = [each["story_id"] for each in stories(desk)]
    load(desk, [[report(3, version(TEXTS[0], 3))]], workers=1)
    (story,) = stories(desk)
    assert story["story_id"] == min(ids)
    with warehouse(desk) as connection:
        assert rows(connection, "SELECT kind, from_story, to_story FROM news.story_changes") == [
            {"kind": "merge", "from_story": max(ids), "to_story": min(ids)}
        ]


def test_a_leader_that_is_forgotten_leaves_two_stories_and_no_signature(desk: Settings) -> None:
    first, last = version(TEXTS[0], 0), version(TEXTS[0], 5)
    load(desk, [[report(3, version(TEXTS[0], 3)), report(1, first, hours=1), report(2, last, hours=2)]], workers=1)
    with warehouse(desk) as connection:
        forget(connection, Archive(desk.archive_root), "outlet3.example", why="asked to", now=NOON)
        assert rows(connection, "SELECT kind FROM news.story_changes") == [{"kind": "split"}]
        assert rows(connection, "SELECT count(*) AS n FROM news.signatures") == [{"n": 2}]
        assert rows(connection, "SELECT 1 FROM news.likenesses") == []
    assert len(stories(desk)) == 2


def test_the_same_words_after_the_window_are_another_story(desk: Settings) -> None:
    late = STORY_WINDOW / timedelta(hours=1) + 1
    load(desk, [[report(1, TEXTS[0]), report(2, version(TEXTS[0], 1), hours=late)]], workers=1)
    assert len(stories(desk)) == 2


def test_a_date_that_moves_takes_its_article_along(desk: Settings) -> None:
    far = report(2, TEXTS[0], hours=40 * 24)
    load(desk, [[report(1, TEXTS[0]), far]], workers=1)
    assert len(stories(desk)) == 2
    near = replace(far, text=f"{far.text} More soon.", published=NOON, observed=far.observed + timedelta(hours=1))
    load(desk, [[near]], workers=1)
    (story,) = stories(desk)
    assert story["outlets"] == ["outlet1.example", "outlet2.example"]
    with warehouse(desk) as connection:
        assert rows(connection, "SELECT count(*) AS n FROM news.signatures") == [{"n": 1}]


def test_signatures_of_another_scheme_are_made_anew(desk: Settings) -> None:
    load(desk, [[report(1, TEXTS[0]), report(2, version(TEXTS[0], 1))]], workers=1)
    with opened(desk, TickingClock()) as work:
        before = fingerprint(work.connection)
        work.connection.execute("UPDATE news.signatures SET scheme = 0, signature = '', keys = '{}'")
        work.connection.execute("UPDATE news.likenesses SET scheme = 0")
        stages.reprocess(work)
        assert rows(work.connection, "SELECT DISTINCT scheme FROM news.likenesses") == [{"scheme": SCHEME}]
        assert fingerprint(work.connection) == before


def test_two_processes_one_killed_half_way_end_as_one_does(fresh: Fresh) -> None:
    reports = [report(number, version(TEXTS[number % 4], number // 4 % 6), hours=number % 90) for number in range(600)]
    with fresh() as alone, fresh() as together:
        expected = load(alone, [reports], workers=1)
        with opened(together, TickingClock()) as work:
            hand_in(work, reports)
        processes = [reprocessing(together) for _ in range(2)]
        with warehouse(together) as connection:
            wait_for(connection, "SELECT 1 FROM news.signatures LIMIT 1")
        processes[0].send_signal(signal.SIGKILL)
        processes[0].wait(timeout=60)
        processes[1].wait(timeout=100)
        assert (processes[0].returncode, processes[1].returncode) == (-signal.SIGKILL, 0)
        assert load(together, [], workers=1) == expected


def reprocessing(settings: Settings) -> subprocess.Popen[bytes]:
    """`qantar reprocess` in a process of its own."""
    return subprocess.Popen(
        [Path(sys.executable).parent / "qantar", "reprocess"],
        env={
            **os.environ,
            "QANTAR_HOME": str(settings.home),
            "QANTAR_DATABASE_URL": str(settings.database_url),
            "QANTAR_CRISIS": settings.crisis[0],
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def wait_for(connection: Connection, statement: str) -> None:
    for _ in range(600):
        if rows(connection, statement):
            return
        sleep(0.05)
    raise AssertionError(f"not seen: {statement}")
