"""What identifying costs in a large warehouse, against a small one; and how fast the reports answer there.

The large one is generated: a million articles (QANTAR_BENCH_ARTICLES says otherwise) of two years, four in ten of them
in stories of five. What is measured are real texts, edited as newsrooms do, that come in on top.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from pipeline import stages
from pipeline.embedded import lease
from pipeline.identify.signatures import SCHEME, sign
from pipeline.settings import Settings
from pipeline.work import Work, open_work
from tests.bench.copies import sample_sources
from tests.desk import Report, hand_in
from tests.newsroom_edits import EDITS

ARTICLES = int(os.environ.get("QANTAR_BENCH_ARTICLES", "1000000"))
NEW = 1000
ROUNDS = 3
NOW = datetime(2022, 2, 1, tzinfo=UTC)
_SLOWEST = 0.05
_FILL = Path(__file__).with_name("fill.sql")
_TABLES = (
    "news.articles",
    "news.extractions",
    "news.revisions",
    "news.signatures",
    "news.likenesses",
    "news.stories",
    "news.story_assessments",
    "news.assessments",
    "ops.candidates",
    "ops.captures",
)
_QUESTIONS = {
    "the newest twenty stories": "ORDER BY first_published_at DESC NULLS LAST LIMIT 20",
    "the newest twenty relevant ones": "WHERE relevant ORDER BY last_published_at DESC LIMIT 20",
    "one day of stories": "WHERE first_published_at >= '2022-01-05' AND first_published_at < '2022-01-06'",
}


def measure() -> None:
    """Measure and print."""
    with _warehouse() as work:
        _fill(work, NEW)
        small = _identify(work, "small")
    with _warehouse() as work:
        begun = time.monotonic()
        _fill(work, ARTICLES)
        print(f"scale: {ARTICLES} articles generated in {time.monotonic() - begun:.0f} s")
        large = _identify(work, "large")
        print(f"  identifying and loading {NEW} new ones: {large:.2f} s, with {NEW} in the warehouse {small:.2f} s:")
        print(f"  {large / small:.2f} times that (at most 1.5)")
        _print_sizes(work)
        _ask(work)


@contextmanager
def _warehouse() -> Iterator[Work]:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        settings = Settings.model_validate({"home": folder, "crisis": "kazakhstan_2022"})
        with lease(settings.home), open_work(settings, kind="bench", clock=lambda: NOW) as work:
            yield work


def _fill(work: Work, articles: int) -> None:
    """Put so many generated articles in, as if they had come a long time ago; indexes are built once at the end."""
    connection = work.connection
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute("SET LOCAL maintenance_work_mem = '1GB'")
        indexes = connection.execute(
            "SELECT index.indexrelid::regclass::text, pg_get_indexdef(index.indexrelid) FROM pg_index AS index "
            "LEFT JOIN pg_constraint AS held ON held.conindid = index.indexrelid "
            "WHERE held.oid IS NULL AND index.indrelid = ANY (%s::regclass[])",
            [list(_TABLES)],
        ).fetchall()
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}".encode())
        values = {
            "articles": articles,
            "run_id": work.run_id,
            "scheme": SCHEME,
            "crisis": work.crises[0],
            "version": work.profiles[0].version,
            "signature": sign(sample_sources()[0].text).to_bytes(),
        }
        for statement in _FILL.read_text("utf-8").split(";\n"):
            connection.execute(statement.encode(), values)
        for _, definition in indexes:
            connection.execute(definition.encode())
    connection.execute("ANALYZE")
    connection.execute("CHECKPOINT")


def _identify(work: Work, where: str) -> float:
    """Seconds that it takes to identify and load new articles; the median of some rounds."""
    spent = []
    for turn in range(ROUNDS):
        hand_in(work, _new_articles(f"{where}{turn}", turn))
        begun = time.monotonic()
        stages.identify(work)
        identified = time.monotonic() - begun
        stages.tag(work)
        begun = time.monotonic()
        stages.load(work)
        spent.append(identified + time.monotonic() - begun)
    return statistics.median(spent)


def _new_articles(where: str, seed: int) -> Sequence[Report]:
    """Real texts with an edit each, and with words of their own: one in three is a copy of another one."""
    rng = Random(seed)  # noqa: S311 - texts, no secrets
    sources = sample_sources()
    reports = []
    for number in range(NEW):
        source, edit = rng.choice(sources), rng.choice(list(EDITS.values()))
        own = Random((seed, number if rng.random() < 0.6 else number % 50).__hash__())  # noqa: S311
        words = [f"{word}{own.randint(0, 999)}" if own.random() < 0.3 else word for word in source.text.split()]
        own_source = source.__class__(outlet=source.outlet, language=source.language, text=" ".join(words))
        text = "\n".join(edit(own_source.sentences or [own_source.text], 1, source, rng))
        moment = datetime(2022, 1, 5, tzinfo=UTC) + timedelta(minutes=number)
        url = f"http://outlet{number % 300}.example/{where}/{number}"
        reports.append(Report(url=url, text=text, published=moment, observed=moment, language=source.language))
    return reports


def _print_sizes(work: Work) -> None:
    row = work.connection.execute(
        "SELECT pg_relation_size('news.signatures_by_key'), pg_table_size('news.signatures'), "
        "pg_indexes_size('news.signatures') + pg_total_relation_size('news.likenesses'), "
        "pg_database_size(current_database()), (SELECT count(*) FROM news.articles)"
    ).fetchone()
    assert row
    keys, table, others, database, articles = row
    print(f"  bytes an article: index of the keys {keys / articles:.0f}, signatures {table / articles:.0f},")
    print(
        f"  all indexes of them and likenesses {others / articles:.0f}; the whole warehouse {database / articles:.0f}"
    )


def _ask(work: Work) -> None:
    for what, how in _QUESTIONS.items():
        spent = []
        for _ in range(5):
            begun = time.monotonic()
            rows = work.connection.execute(f"SELECT * FROM report.stories {how}".encode()).fetchall()
            spent.append(time.monotonic() - begun)
        print(
            f"  {what}: {len(rows)} rows in {1000 * statistics.median(spent):.0f} ms (at most {1000 * _SLOWEST:.0f}), "
            f"{1000 * spent[0]:.0f} ms the first time"
        )
