"""What a pass over many feeds with nothing new costs: `qantar run` alone, and the same pass on Airflow's schedule."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg

from pipeline.embedded import lease
from pipeline.scheduling.airflow import set_up
from pipeline.scheduling.components import components
from pipeline.settings import Settings
from tests.newsroom import write_profile
from tests.tiny_web import TinyWeb, tiny_web

FEEDS = 1000
QANTAR = str(Path(sys.executable).parent / "qantar")
_RUN_SECONDS = 300


def measure() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder, tiny_web() as web:
        home = Path(folder)
        home.chmod(0o755)
        urls = [f"http://outlet{number}.example/feed" for number in range(FEEDS)]
        profile = write_profile(home / "profile", [(url, url.split("/")[2]) for url in urls])
        settings = Settings.model_validate(
            {"home": home, "crisis": str(profile), "host_delay": 0, "http_proxy": web.proxy_url, "no_proxy": ""}
        )
        with lease(home) as server:
            postgres = _postgres(server.conninfo())
            environment = {
                **os.environ,
                "QANTAR_HOME": folder,
                "QANTAR_CRISIS": str(profile),
                "QANTAR_HOST_DELAY": "0",
                "HTTP_PROXY": web.proxy_url,
            }
            _first_pass(web, urls, environment)
            print(f"a pass over {FEEDS} feeds that all answer 304, CPU seconds (of these, PostgreSQL's):")
            with _spent([psutil.Process()], postgres) as alone:
                _qantar_run(environment)
            print(f"  qantar run --all        {alone[0]:5.1f} ({alone[1]:.1f})")
            port = _free_port()
            airflow = set_up(settings, server, port=port)
            with components(airflow, port=port):
                _wait_for_runs(server.conninfo("airflow"), 1)  # the one that the schedule begins with
                time.sleep(10)
                family = psutil.Process().children(recursive=True)
                with _spent(family, postgres) as idle:
                    time.sleep(20)
                with _spent(family, postgres) as scheduled:
                    begun = time.monotonic()
                    airflow.run("dags", "trigger", "coverage_live", "--conf", '{"everything": true}')
                    _wait_for_runs(server.conninfo("airflow"), 2)
                    seconds = time.monotonic() - begun
            print(f"  coverage_live, triggered {scheduled[0]:4.1f} ({scheduled[1]:.1f}) in {seconds:.0f} s")
            print(f"  Airflow, doing nothing   {idle[0] / 20 * seconds:4.1f} in that time")
            print(f"with Airflow {scheduled[0] / alone[0]:.1f} times the CPU of qantar run")


def _first_pass(web: TinyWeb, urls: list[str], environment: Mapping[str, str]) -> None:
    for url in urls:
        web.announce(url)
    _qantar_run(environment)
    for url in urls:
        web.put(url, b"", status=304)


def _qantar_run(environment: Mapping[str, str]) -> None:
    subprocess.run(
        [QANTAR, "run", "--all"], env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _postgres(conninfo: str) -> psutil.Process:
    """The server's first process, the parent of our session's."""
    with psycopg.connect(conninfo) as connection:
        parent = psutil.Process(connection.info.backend_pid).parent()
    if parent is None:
        raise LookupError("PostgreSQL has no first process")
    return parent


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for_runs(metadata: str, number: int) -> None:
    until = time.monotonic() + _RUN_SECONDS
    with psycopg.connect(metadata, autocommit=True) as connection:
        while connection.execute("SELECT count(*) FROM dag_run WHERE state = 'success'").fetchone() != (number,):
            if time.monotonic() > until:
                raise TimeoutError("the run did not end")
            time.sleep(0.2)


@contextmanager
def _spent(processes: list[psutil.Process], postgres: psutil.Process) -> Iterator[list[float]]:
    """CPU seconds of a block: in all, and PostgreSQL's. What a process started and saw off counts as its own.

    Of this process only what it started is counted: it also plays the web.
    """
    spent: list[float] = []
    before = [_cpu(processes), _cpu([postgres, *postgres.children()])]
    yield spent
    after = [_cpu(processes), _cpu([postgres, *postgres.children()])]
    database = after[1] - before[1]
    spent += [after[0] - before[0] + database, database]


def _cpu(processes: list[psutil.Process]) -> float:
    total = 0.0
    for process in processes:
        if process.is_running():
            times = process.cpu_times()
            total += times.children_user + times.children_system
            total += 0.0 if process.pid == os.getpid() else times.user + times.system
    return total
