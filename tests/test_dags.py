"""Our DAGs, in a real Airflow: what they promise on paper, and what a run of them does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from pipeline.embedded import lease
from pipeline.scheduling.airflow import set_up
from pipeline.settings import Settings
from pipeline.warehouse.connect import Connection
from pipeline.warehouse.fingerprint import fingerprint
from tests.conftest import MakeSettings
from tests.newsroom import PROTEST, rows, write_profile
from tests.tiny_web import TinyWeb

STEPS = ["poll", "fetch", "extract", "identify", "tag", "load", "settle"]
HOSTS = [f"{name}.example" for name in ("tribune", "courier", "herald", "monitor", "gazette", "observer")]
NO_DATABASE = "nobody@127.0.0.1:1/none"

Run = Callable[..., dict[str, Any]]


def runner(environment: Mapping[str, str], *arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.dag_runner", *arguments],
        env=environment,
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What an Airflow without a database reads in `dags/`."""
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow")),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"postgresql+psycopg://{NO_DATABASE}",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": f"postgresql+psycopg_async://{NO_DATABASE}",
    }
    return runner(environment, "describe")


def test_every_dag_is_read_without_a_database(described: dict[str, Any]) -> None:
    assert described["errors"] == {}
    assert set(described["dags"]) == {"coverage_live", "coverage_history", "reprocess"}


def test_every_dag_tells_an_operator_what_to_do_and_never_runs_for_ever(described: dict[str, Any]) -> None:
    for dag in described["dags"].values():
        assert "When it is red" in dag["doc"]
        assert "qantar" in dag["tags"]
        assert dag["timeout"]
        assert dag["catchup"] is False
        for task in dag["tasks"].values():
            assert task["retries"] > 0
            assert 0 < task["timeout"] < dag["timeout"]


def test_retries_go_by_errors_that_there_are(described: dict[str, Any]) -> None:
    for dag in described["dags"].values():
        for task in dag["tasks"].values():
            assert {"ProfileError", "MigrationError", "WarehouseError", "OperationalError"} <= set(task["errors"])


def test_the_live_dag_does_the_steps_in_order_and_settles_at_last(described: dict[str, Any]) -> None:
    dag = described["dags"]["coverage_live"]
    assert dag["timetable"] == "CronDataIntervalTimetable"
    assert dag["max_active_runs"] == 1
    for position, step in enumerate(STEPS):
        assert set(STEPS[:position]) <= set(dag["tasks"][step]["before"])
    assert {"plan_polls", "plan_pages", *STEPS} == set(dag["tasks"]["check"]["before"])
    assert dag["tasks"]["announce"]["outlets"] == ["qantar_new_stories"]
    assert {name for name, task in dag["tasks"].items() if task["pool"] == "qantar_fetch"} == {"poll", "fetch"}


def test_the_dag_of_the_past_has_daily_windows_and_leaves_room_for_the_live_one(described: dict[str, Any]) -> None:
    dag = described["dags"]["coverage_history"]
    assert dag["timetable"] == "CronDataIntervalTimetable"
    assert dag["max_active_runs"] > 1
    assert {"plan", "search", "fetch", "recover", "complete"} == set(dag["tasks"]["check"]["before"])
    assert "MalformedError" in dag["tasks"]["search"]["errors"]
    in_the_pool = {name for name, task in dag["tasks"].items() if task["pool"] == "qantar_history"}
    assert in_the_pool == {"search", "fetch", "recover"}
    assert "paused" in dag["doc"]
    assert "each night" in dag["doc"].lower()


@pytest.fixture(scope="module")
def airflow() -> Iterator[tuple[Settings, dict[str, str]]]:
    """An Airflow that is set up, with its metadata in an embedded server of its own: settings and environment."""
    home = Path(tempfile.mkdtemp(prefix="qantar-airflow-"))
    home.chmod(0o755)
    settings = Settings.model_validate({"home": home})
    try:
        with lease(home) as server:
            yield settings, dict(set_up(settings, server, port=1).environment)
    finally:
        shutil.rmtree(home)


@pytest.fixture
def run(airflow: tuple[Settings, dict[str, str]], make_settings: MakeSettings, web: TinyWeb, tmp_path: Path) -> Run:
    """Run the live DAG over six outlets with a page each, into the fresh warehouse."""
    feeds = []
    for host in HOSTS:
        web.publish(f"http://{host}/protest", title=f"Protest seen by {host}", paragraphs=[host, *PROTEST])
        web.announce(f"http://{host}/feed", (f"http://{host}/protest", "Protest"))
        feeds.append((f"http://{host}/feed", host))
    settings = make_settings(crisis=(str(write_profile(tmp_path / "profile", feeds)),))
    environment = {
        **airflow[1],
        "QANTAR_HOME": str(settings.home),
        "QANTAR_DATABASE_URL": str(settings.database_url),
        "QANTAR_CRISIS": settings.crisis[0],
        "QANTAR_HOST_DELAY": "0",
        "http_proxy": web.proxy_url,
        "HTTP_PROXY": web.proxy_url,
    }

    def call(*broken: str, dag: str = "coverage_live", **conf: Any) -> dict[str, Any]:
        return runner(environment, "run", dag, json.dumps(conf), *broken)

    return call


def test_a_failed_shard_turns_the_run_red_and_holds_up_no_other(run: Run, connection: Connection) -> None:
    done = run("fetch:0")
    assert done["run"] == "failed"
    assert done["tasks"]["fetch"] == ["failed", "success"]
    assert done["tasks"]["extract"] == ["success", "success"]
    assert {name: done["tasks"][name] for name in ("load", "settle")} == {"load": ["success"], "settle": ["success"]}
    assert done["tasks"]["check"] == ["upstream_failed"]
    loaded = {row["url"] for row in rows(connection, "SELECT url FROM report.articles")}
    dealt = rows(connection, "SELECT url, state, mod(ops.host_number(host), 2) AS shard FROM ops.candidates")
    assert loaded == {each["url"] for each in dealt if each["shard"] == 1}
    assert 0 < len(loaded) < len(HOSTS)
    assert {each["state"] for each in dealt if each["shard"] == 0} == {"pending"}


def test_runs_share_the_work_keep_the_books_and_skip_what_is_idle(run: Run, connection: Connection) -> None:
    first = run()
    assert first == {
        "run": "success",
        "tasks": {
            **{name: ["success"] for name in ("plan_polls", "plan_pages", "announce", "check")},
            **{name: ["success"] * 2 for name in ("poll", "fetch", "extract")},
            **{name: ["success"] for name in ("identify", "tag", "load", "settle")},
        },
    }
    assert rows(connection, "SELECT count(DISTINCT url) AS n FROM report.articles") == [{"n": len(HOSTS)}]
    (kept,) = rows(connection, "SELECT kind, name, counts, ended_at IS NOT NULL AS ended FROM ops.runs")
    assert kept["kind"] == "coverage_live"
    assert kept["name"].startswith("coverage_live manual__")
    assert kept["counts"]["poll"]["feeds"] == kept["counts"]["fetch"]["captured"] == len(HOSTS)
    assert kept["ended"]

    # No feed is due so soon: one task looks, and the rest is skipped.
    idle = run()
    assert idle["run"] == "success"
    assert idle["tasks"].pop("plan_polls") == ["success"]
    assert {state for states in idle["tasks"].values() for state in states} == {"skipped"}
    assert rows(connection, "SELECT count(*) AS n FROM ops.runs") == [{"n": 1}]

    # An older version read the pages of one outlet: they are read again, from the archive.
    before = fingerprint(connection)
    connection.execute("UPDATE news.extractions SET extractor_version = 'older'")
    again = run(dag="reprocess", outlet=HOSTS[0])
    assert again["run"] == "success"
    (kept,) = rows(connection, "SELECT counts FROM ops.runs WHERE kind = 'reprocess'")
    assert kept["counts"]["reread"]["outdated"] == kept["counts"]["extract"]["captures"] == 1
    assert fingerprint(connection) == before

    # A wrong row turns the next run red, and nothing is announced that is not new.
    connection.execute("UPDATE news.evidence SET start_offset = start_offset + 1, end_offset = end_offset + 1")
    red = run(everything=True)
    assert red["run"] == "failed"
    assert red["tasks"]["check"] == ["failed"]
    assert red["tasks"]["poll"] == ["success", "success"]
    assert red["tasks"]["announce"] == ["skipped"]
