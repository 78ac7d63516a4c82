"""What tests share: a real PostgreSQL with a fresh warehouse for each test, a tiny web, a profile."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from pipeline.embedded import lease
from pipeline.settings import Settings
from pipeline.warehouse.connect import Connection, connect
from pipeline.warehouse.migrate import migrate
from tests.archive_replica import ArchiveReplica, archive_replica
from tests.the_past import profile, settings_of
from tests.tiny_web import TinyWeb, tiny_web

DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")
_numbers = itertools.count()


@pytest.fixture(scope="session")
def embedded_server() -> Iterator[str]:
    """The embedded PostgreSQL, for the whole session, in a home that the server's user may enter."""
    home = Path(tempfile.mkdtemp(prefix="qantar-tests-"))
    home.chmod(0o755)
    try:
        with lease(home) as server:
            yield server.conninfo("postgres")
    finally:
        shutil.rmtree(home)


@pytest.fixture(scope="session")
def debian_server() -> Iterator[str]:
    """Debian's PostgreSQL 15, where it is installed: the oldest version that we promise to work on."""
    if not DEBIAN_15.exists():
        pytest.skip("PostgreSQL 15 is not installed here")
    with _debian_cluster() as conninfo:
        yield conninfo


@contextmanager
def _debian_cluster() -> Iterator[str]:
    folder = tempfile.mkdtemp(prefix="qantar-pg15-")
    owner = "postgres" if os.geteuid() == 0 else None
    if owner:
        shutil.chown(folder, owner)

    def run(*command: str) -> None:
        subprocess.run(command, check=True, user=owner, cwd="/", env={"LC_ALL": "C.UTF-8"}, stdout=subprocess.DEVNULL)

    try:
        run(
            f"{DEBIAN_15}/initdb",
            "-D",
            f"{folder}/data",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "-U",
            "postgres",
            "--no-sync",
        )
        options = f"-c listen_addresses= -c fsync=off -k {folder}"
        run(f"{DEBIAN_15}/pg_ctl", "-D", f"{folder}/data", "-o", options, "-l", f"{folder}/log", "-w", "start")
        try:
            yield make_conninfo(host=folder, user="postgres", dbname="postgres")
        finally:
            run(f"{DEBIAN_15}/pg_ctl", "-D", f"{folder}/data", "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def template(embedded_server: str) -> str:
    """A migrated database, to be cloned."""
    return _make_template(embedded_server)


def _make_template(server: str) -> str:
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute("CREATE DATABASE template_qantar")
    with connect(make_conninfo(server, dbname="template_qantar")) as connection:
        migrate(connection)
    return "template_qantar"


@contextmanager
def clone(server: str, template: str) -> Iterator[str]:
    """A fresh warehouse on that server, until the block ends: its connection string."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield make_conninfo(server, dbname=name)
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database(embedded_server: str, template: str) -> Iterator[str]:
    """The connection string of a fresh warehouse."""
    with clone(embedded_server, template) as conninfo:
        yield conninfo


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    """A connection to a fresh warehouse."""
    with connect(database) as opened:
        yield opened


@pytest.fixture(scope="session")
def debian_template(debian_server: str) -> str:
    """The same on PostgreSQL 15."""
    return _make_template(debian_server)


@pytest.fixture(params=["embedded", "debian"])
def any_database(request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh warehouse on each PostgreSQL that is here."""
    prefix = "" if request.param == "embedded" else "debian_"
    server = request.getfixturevalue(f"{request.param}_server")
    with clone(server, request.getfixturevalue(f"{prefix}template")) as conninfo:
        yield conninfo


@pytest.fixture
def web() -> Iterator[TinyWeb]:
    """A fresh web on loopback."""
    with tiny_web() as served:
        yield served


class TickingClock:
    """Each look at it is a second later than the last; `wait` lets time pass."""

    def __init__(self, start: datetime = datetime(2022, 1, 12, 12, 0, tzinfo=UTC)) -> None:
        self._now = start

    def __call__(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now

    def wait(self, span: timedelta) -> None:
        """Let time pass."""
        self._now += span


@pytest.fixture
def clock() -> TickingClock:
    """A clock that begins on 12 January 2022."""
    return TickingClock()


MakeSettings = Callable[..., Settings]


@pytest.fixture
def make_settings(tmp_path: Path, database: str, web: TinyWeb) -> MakeSettings:
    """Settings for a pass over the tiny web into the fresh warehouse."""

    def make(**changes: object) -> Settings:
        values: dict[str, object] = {
            "home": tmp_path / "home",
            "database_url": database,
            "http_proxy": web.proxy_url,
            "host_delay": 0.0,
            **changes,
        }
        return Settings.model_validate(values)

    return make


@pytest.fixture
def replica() -> Iterator[ArchiveReplica]:
    """Archives of news on loopback."""
    with archive_replica() as served:
        yield served


@pytest.fixture
def past(make_settings: MakeSettings, replica: ArchiveReplica, tmp_path: Path, clock: TickingClock) -> Settings:
    """Settings of who rebuilds January 2022 from the replica, weeks after it all."""
    clock.wait(timedelta(days=50))
    return settings_of(make_settings(), replica, profile(tmp_path))


@pytest.fixture
def other_database(embedded_server: str, template: str) -> Iterator[str]:
    """The connection string of another fresh warehouse."""
    with clone(embedded_server, template) as conninfo:
        yield conninfo


@pytest.fixture
def other_connection(other_database: str) -> Iterator[Connection]:
    """A connection to the other warehouse."""
    with connect(other_database) as opened:
        yield opened
