"""Migrations, views and roles, on the embedded PostgreSQL and on the oldest one that we support."""

from __future__ import annotations

import re
import shutil
import threading
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from pipeline.errors import MigrationError, Reason
from pipeline.warehouse.connect import Connection, connect
from pipeline.warehouse.migrate import is_current, migrate
from pipeline.warehouse.queries import all_queries, sql_folder
from tests.conftest import MakeSettings, TickingClock
from tests.newsroom import PROTEST, run, write_profile
from tests.tiny_web import TinyWeb

PACKAGE = Path(__file__).parent.parent / "pipeline"


@pytest.fixture
def own_sql(tmp_path: Path) -> Path:
    """A copy of our migrations and views that a test may change."""
    return Path(shutil.copytree(sql_folder(), tmp_path / "sql"))


def test_migrating_twice_is_migrating_once(any_database: str) -> None:
    with connect(any_database) as connection:
        assert migrate(connection).applied == ()
        assert is_current(connection)


def test_an_edited_migration_is_refused(connection: Connection, own_sql: Path) -> None:
    first = min((own_sql / "migrations").glob("*.sql"))
    first.write_text(first.read_text() + "\n-- a late thought\n")
    with pytest.raises(MigrationError, match=f"{first.stem} was edited"):
        migrate(connection, own_sql)


def test_a_warehouse_ahead_of_the_code_is_refused(connection: Connection, own_sql: Path) -> None:
    max((own_sql / "migrations").glob("*.sql")).unlink()
    with pytest.raises(MigrationError, match="does not know"):
        migrate(connection, own_sql)


def test_a_migration_between_applied_ones_is_refused(connection: Connection, own_sql: Path) -> None:
    (own_sql / "migrations" / "0001_zz.sql").write_text("SELECT 1;")
    with pytest.raises(MigrationError, match="renumber"):
        migrate(connection, own_sql)


def test_a_failing_migration_leaves_everything_as_it_was(any_database: str, own_sql: Path) -> None:
    (own_sql / "migrations" / "9999_bad.sql").write_text("CREATE TABLE news.half (x integer); SELECT 1/0;")
    with connect(any_database) as connection:
        with pytest.raises(MigrationError, match="9999_bad failed: division by zero"):
            migrate(connection, own_sql)
        assert connection.execute("SELECT to_regclass('news.half')").fetchone() == (None,)
        assert connection.execute("SELECT count(*) FROM report.stories").fetchone() == (0,)
        assert is_current(connection)


def test_views_are_made_again_around_a_migration_with_their_grants(any_database: str, own_sql: Path) -> None:
    (own_sql / "migrations" / "9999_change.sql").write_text(
        "ALTER TABLE news.stories ALTER COLUMN headline TYPE varchar(9000);"
    )
    with connect(any_database) as connection:
        assert migrate(connection, own_sql).views_made
        connection.execute("SET ROLE qantar_reporter")
        assert connection.execute("SELECT headline FROM report.stories").fetchall() == []


def test_somebody_elses_view_is_named_and_not_cascaded_away(any_database: str, own_sql: Path) -> None:
    view = own_sql / "views" / "stories.sql"
    view.write_text(view.read_text().replace("story.leader_id", "story.leader_id AS first_article"))
    with connect(any_database) as connection:
        connection.execute("CREATE VIEW public.mine AS SELECT headline FROM report.stories")
        with pytest.raises(MigrationError, match=r"view mine depends on view report\.stories"):
            migrate(connection, own_sql)
        assert connection.execute("SELECT count(*) FROM public.mine").fetchone() == (0,)


def test_the_owners_own_view_in_report_survives(connection: Connection, own_sql: Path) -> None:
    connection.execute("CREATE VIEW report.my_tags AS SELECT tag FROM news.tags")
    (own_sql / "views" / "freshness.sql").write_text("CREATE VIEW report.freshness AS SELECT 1 AS feed;")
    assert migrate(connection, own_sql).views_made
    assert connection.execute("SELECT count(*) FROM report.my_tags").fetchone() == (0,)


def test_several_processes_may_migrate_at_once(embedded_server: str) -> None:
    with psycopg.connect(embedded_server, autocommit=True) as admin:
        admin.execute("CREATE DATABASE raced")
    conninfo = make_conninfo(embedded_server, dbname="raced")
    applied: list[int] = []

    def run() -> None:
        with connect(conninfo) as connection:
            applied.append(len(migrate(connection).applied))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(applied)[:3] == [0, 0, 0]
    assert sorted(applied)[3] > 0


def test_the_reporter_reads_news_and_reports_and_nothing_else(any_database: str) -> None:
    with connect(any_database) as connection:
        connection.execute("SET ROLE qantar_reporter")
        connection.execute("SELECT * FROM news.articles, report.captures")
        for forbidden in (
            "SELECT * FROM ops.candidates",
            "DELETE FROM news.articles",
            "CREATE TABLE news.x ()",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(forbidden)


def test_the_loader_writes_rows_and_changes_no_schema(any_database: str) -> None:
    with connect(any_database) as connection:
        connection.execute("SET ROLE qantar_loader")
        connection.execute("INSERT INTO news.outlets (domain, declared) VALUES ('tribune.example', true)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("ALTER TABLE news.outlets ADD COLUMN x integer")


def test_every_table_view_and_function_states_its_grain(connection: Connection) -> None:
    silent = connection.execute(
        """
        SELECT relname FROM pg_class
        WHERE relnamespace::regnamespace::text IN ('ops', 'news', 'report', 'qantar')
          AND relkind IN ('r', 'p', 'v') AND NOT relispartition AND obj_description(oid, 'pg_class') IS NULL
        UNION ALL
        SELECT proname FROM pg_proc
        WHERE pronamespace IN ('ops'::regnamespace, 'news'::regnamespace, 'report'::regnamespace)
          AND obj_description(oid, 'pg_proc') IS NULL
        """
    ).fetchall()
    assert silent == []


def test_the_warehouse_and_the_code_know_the_same_reasons(connection: Connection) -> None:
    stored = {row[0] for row in connection.execute("SELECT reason FROM ops.reasons")}
    assert stored == {reason.value for reason in Reason}


def test_every_named_query_is_used_and_every_used_one_exists() -> None:
    source = "\n".join(path.read_text() for path in PACKAGE.rglob("*.py"))
    named = set(all_queries())
    assert {name for name in named if f'"{name}"' not in source} == set()
    assert {name for name in re.findall(r'\bquery\("(\w+)"\)', source) if name not in named} == set()


def test_history_has_a_table_a_month_and_old_months_go(any_database: str) -> None:
    with connect(any_database) as connection:
        connection.execute("SELECT ops.ensure_months('2021-12-31 23:30:00-05')")
        connection.execute("SELECT ops.ensure_months('2022-01-15 00:00:00+00')")
        months = connection.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = to_regclass('ops.polls')"
        )
        assert {"ops.polls_2022_01", "ops.polls_2022_02"} <= {row[0] for row in months}
        dropped = connection.execute("SELECT ops.drop_months('2022-02-01 00:00:00+00')").fetchall()
        assert {row[0] for row in dropped} == {"ops.polls_2022_01", "ops.rejections_2022_01"}


def test_the_loader_role_can_run_a_whole_pass_and_the_reporter_reads_reports_alone(
    any_database: str, make_settings: MakeSettings, web: TinyWeb, tmp_path: Path, clock: TickingClock
) -> None:
    login = f"login_{uuid4().hex}"
    with connect(any_database) as owner:
        owner.execute(f"CREATE ROLE {login}_l LOGIN IN ROLE qantar_loader")
        owner.execute(f"CREATE ROLE {login}_r LOGIN IN ROLE qantar_reporter")
    try:
        web.publish("http://tribune.example/a", title="Protest", paragraphs=PROTEST)
        web.announce("http://tribune.example/feed", ("http://tribune.example/a", "Protest"))
        profile = write_profile(tmp_path / "profile", [("http://tribune.example/feed", "tribune.example")])
        as_loader = make_conninfo(any_database, user=f"{login}_l")
        run(make_settings(crisis=(str(profile),), database_url=as_loader), clock)
        with connect(make_conninfo(any_database, user=f"{login}_r")) as reporter:
            assert reporter.execute("SELECT count(*) FROM report.articles").fetchone() == (1,)
            for forbidden in (
                "SELECT FROM ops.polls",
                "DELETE FROM news.articles",
                "SELECT ops.drop_months(now())",
                "SELECT ops.ensure_months(now())",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    reporter.execute(forbidden)
    finally:
        with connect(any_database) as owner:
            owner.execute(f"DROP ROLE {login}_l, {login}_r")
