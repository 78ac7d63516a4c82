"""`qantar up` with a real Airflow: its scheduler loads the sample, survives a kill, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from pipeline.sample import serve, write_profile
from tests.archive_replica import archive_replica
from tests.the_past import address, at, news_file, page, profile, report
from tests.tiny_web import tiny_web

QANTAR = Path(sys.executable).parent / "qantar"
# Two cores that also run other tests: setting Airflow up, starting it and one pass took 60 s at most here.
pytestmark = pytest.mark.timeout(600)


class Home:
    """A user's machine: a home, a free port, and no settings."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("QANTAR_", "PG", "AIRFLOW"))}
        nobody = "http://127.0.0.1:9"  # the night's look at the archives ends here
        roots = {f"QANTAR_{name}_URL": nobody for name in ("GDELT", "WAYBACK", "CCNEWS")}
        self.environment = {**kept, **roots, "QANTAR_HOME": str(folder)}

    def qantar(self, *arguments: str, **changes: str) -> str:
        """Run a command to its end; what it printed."""
        done = subprocess.run(
            [QANTAR, *arguments],
            env={**self.environment, **changes},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def refused(self, *arguments: str, **changes: str) -> str:
        """Run a command that must fail; its one line of complaint."""
        done = subprocess.run(
            [QANTAR, *arguments],
            env={**self.environment, **changes},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode in {1, 2}
        assert len(done.stderr.splitlines()) == 1
        return done.stderr

    def asked(self, query: str) -> list[dict[str, Any]]:
        """A query's rows."""
        answered: list[dict[str, Any]] = json.loads(self.qantar("sql", "--json", query))
        return answered

    def airflow(self, *arguments: str) -> str:
        """Run one of Airflow's own commands as `up` says that it is done; what it printed."""
        exports = self.folder / "airflow" / "environment.sh"
        assert f"source {exports}" in self.said()
        done = subprocess.run(
            ["bash", "-c", f'source {exports} && exec {QANTAR.with_name("airflow")} "$@"', "bash", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    @contextmanager
    def up(self, *arguments: str, **changes: str) -> Iterator[psutil.Process]:
        """`qantar up`, ready; stopped with Ctrl-C at the end if it still runs."""
        with (self.folder / "up.log").open("ab") as log:
            process = subprocess.Popen(
                [QANTAR, "up", "--port", str(self.port), *arguments],
                env={**self.environment, **changes},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            wait_for(lambda: f"localhost:{self.port}" in self.said(), 120, process)
            yield psutil.Process(process.pid)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
            process.wait(timeout=60)

    def said(self) -> str:
        """What `up` has printed."""
        return (self.folder / "up.log").read_text("utf-8")


def wait_for(happened: Callable[[], object], seconds: float, process: subprocess.Popen[bytes] | None = None) -> None:
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until, "it did not happen in time"
        assert process is None or process.poll() is None, "it ended"
        time.sleep(0.5)


@pytest.fixture
def home() -> Iterator[Home]:
    """A fresh one, in a folder that the server's user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="qantar-up-"))
    folder.chmod(0o755)
    try:
        yield Home(folder)
    finally:
        shutil.rmtree(folder)


FINISHED = "SELECT FROM ops.runs WHERE counts ? 'settle' AND name LIKE 'coverage_live scheduled__%'"


def test_a_scheduled_run_loads_the_sample_and_ctrl_c_leaves_no_process(home: Home) -> None:
    with home.up("--sample") as process:
        assert "password" in home.said()
        wait_for(lambda: home.asked(FINISHED), 120)
        assert home.asked("SELECT count(*) > 60 AS many FROM report.stories") == [{"many": True}]
        assert home.asked("SELECT bool_and(balanced) AS balanced FROM report.accounting") == [{"balanced": True}]
        family = [process, *process.children(recursive=True)]
        assert len(family) > 4
    assert "stopped" in home.said()
    assert [each for each in family if each.is_running() and each.status() != psutil.STATUS_ZOMBIE] == []
    assert not (home.folder / "postgres.socket").exists()


def test_what_is_wrong_is_said_before_anything_is_started(home: Home) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", home.port))
        taken.listen()
        assert f"port {home.port} is taken" in home.refused("up", "--port", str(home.port))
    assert "nowhere" in home.refused("up", "--port", str(home.port), QANTAR_CRISIS="nowhere")


def test_a_scheduler_killed_with_a_task_at_work_is_taken_up_again_with_the_same_result(home: Home) -> None:
    with serve(edition=1) as web:
        sample = {
            "QANTAR_CRISIS": str(write_profile(home.folder / "profile")),
            "QANTAR_HOST_DELAY": "0.5",
            "HTTP_PROXY": web.proxy_url,
        }
        fetched = "SELECT FROM ops.captures"
        with home.up(**sample) as process:
            wait_for(lambda: home.asked(fetched), 120)
            killed = [each for each in process.children(recursive=True) if is_scheduling(each)]
            assert len(killed) > 1
            for each in killed:
                with suppress(psutil.NoSuchProcess):
                    each.kill()
            process.wait(timeout=60)
        assert "Airflow's scheduler ended" in home.said()
        assert home.asked(FINISHED) == []
        with home.up(**sample) as process:
            wait_for(lambda: home.asked(FINISHED), 200)
            told = home.qantar("fingerprint")
            family = process.children(recursive=True)
            process.kill()
            wait_for(lambda: not any(is_airflow(each) for each in family), 60)
        elsewhere = {"QANTAR_HOME": str(home.folder / "elsewhere"), **sample, "QANTAR_HOST_DELAY": "0"}
        home.qantar("run", "--all", **elsewhere)
        assert told == home.qantar("fingerprint", **elsewhere)


def test_days_of_the_past_are_backfilled_by_the_scheduler_as_by_hand(home: Home) -> None:
    edges = {"before": at(4, 23, 59, 59), "first": at(5, 0), "last": at(6, 23, 59, 59), "after": at(7, 0)}
    with archive_replica() as replica, tiny_web() as web:
        for number, (name, moment) in enumerate(edges.items()):
            text = page(f"Karkara {name}", published=moment, more=report(number))
            replica.captures(address(name), at(8, 3), text)
            replica.crawled(news_file(8), address(f"{name}-crawled"), at(8, 13), text.replace("Karkara", "In Karkara"))
        past = {
            "QANTAR_CRISIS": profile(home.folder),
            "QANTAR_HOST_DELAY": "0",
            "HTTP_PROXY": web.proxy_url,
            "QANTAR_GDELT_URL": replica.gdelt_url,
            "QANTAR_WAYBACK_URL": replica.wayback_url,
            "QANTAR_CCNEWS_URL": replica.ccnews_url,
        }
        days = ("--from-date", "2022-01-05", "--to-date", "2022-01-06")
        conf = ("--dag-run-conf", '{"sources": "wayback,ccnews"}')
        with home.up(**past):
            home.airflow("backfill", "create", "--dag-id", "coverage_history", *days, *conf, "--run-backwards")
            wait_for(lambda: backfilled(home), 300)
            loaded = {row["url"].rpartition("/")[2] for row in home.asked("SELECT url FROM report.articles")}
            assert loaded == {"first", "last", "first-crawled", "last-crawled"}
            told, asked = home.qantar("fingerprint"), len(replica.asked)
            range_of_days = ("--since", "2022-01-05", "--until", "2022-01-07", "--from", "wayback,ccnews")
            home.qantar("backfill", *range_of_days, **past)
            assert home.qantar("fingerprint") == told
            assert len(replica.asked) == asked


def backfilled(home: Home) -> bool:
    """Whether both days are done, and no run of them is on its way, by Airflow's own books."""
    with psycopg.connect(
        host=str((home.folder / "postgres.socket").readlink()), user="postgres", dbname="airflow", autocommit=True
    ) as books:
        rows = books.execute("SELECT state FROM dag_run WHERE run_id LIKE 'backfill\\_\\_%'").fetchall()
    assert ("failed",) not in rows
    return rows == [("success",), ("success",)]


def is_airflow(process: psutil.Process) -> bool:
    """Whether it is a part of Airflow's that is alive."""
    return "airflow" in words_of(process)


def is_scheduling(process: psutil.Process) -> bool:
    """Whether it is the scheduler, or a task, or what looks after one, and alive."""
    return any(part in words_of(process) for part in ("scheduler", "LocalExecutor", "pipeline.confine"))


def words_of(process: psutil.Process) -> str:
    """The command line of a process; nothing of one that has ended, whether or not it was waited for."""
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:  # a zombie is one, too
        return ""
