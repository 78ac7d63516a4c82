"""Airflow's metadata database and its commands."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from pipeline.embedded.server import Server
from pipeline.errors import SchedulerError
from pipeline.scheduling.environment import METADATA_DATABASE, airflow_environment
from pipeline.scheduling.policy import HISTORY_POOL, POOL
from pipeline.settings import Settings

_POOLS = {
    POOL: {"slots": 4, "description": "Tasks that go out to the web, over all DAGs", "include_deferred": False},
    HISTORY_POOL: {"slots": 3, "description": "Tasks that look through archives", "include_deferred": False},
}
# Airflow's first migration takes five seconds here; on a slow disk it may take a minute.
_COMMAND_SECONDS = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Airflow:
    """An Airflow that is set up: its environment, and the folder of its logs."""

    environment: Mapping[str, str]
    logs: Path

    def run(self, *command: str) -> None:
        """Run one of its commands to the end; raise `SchedulerError` with its log's place when it fails."""
        log = self.logs / "commands.log"
        with log.open("ab") as output:
            done = subprocess.run(  # noqa: S603 - our own program, by its full path
                [program(), *command],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=_COMMAND_SECONDS,
                check=False,
            )
        if done.returncode != 0:
            raise SchedulerError(f"airflow {' '.join(command[:2])} failed; see {log}")


def program() -> str:
    """The command `airflow` of this Python."""
    found = Path(sys.executable).with_name("airflow")
    if not found.exists():
        raise SchedulerError("Airflow is not installed beside this Python; run make setup")
    return str(found)


def set_up(settings: Settings, server: Server, *, port: int) -> Airflow:
    """Bring the metadata database to Airflow's current schema, and make the pools that our DAGs need.

    Raises:
        SchedulerError: one of Airflow's commands failed.
    """
    with psycopg.connect(server.conninfo("postgres"), autocommit=True) as admin:
        known = admin.execute("SELECT FROM pg_database WHERE datname = %s", [METADATA_DATABASE]).fetchone()
        if known is None:
            admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(METADATA_DATABASE)))
    logs = settings.home / "airflow" / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    airflow = Airflow(environment=airflow_environment(settings, server, port=port), logs=logs)
    airflow.run("db", "migrate")
    pools = settings.home / "airflow" / "pools.json"
    pools.write_text(json.dumps(_POOLS), "utf-8")
    airflow.run("pools", "import", str(pools))
    return airflow
