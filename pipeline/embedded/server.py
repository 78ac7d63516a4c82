"""Start and stop the server of a home, and tell how to reach it. Who calls holds the gate (see `lease`).

Whether a server runs is not read from `postmaster.pid`, which outlives a crash and whose number another
process may bear by then. The server inherits an exclusive lock on `postgres.alive` from who starts it; so do
its own children. While that lock cannot be had, some process of a server lives, and otherwise none does.
"""

import os
import shlex
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from pipeline.embedded import locks
from pipeline.embedded.cluster import open_cluster
from pipeline.embedded.owner import Owner
from pipeline.embedded.programs import Runner, shipped, trim
from pipeline.errors import EmbeddedError

_DATABASE = "qantar"
_SOCKET = ".s.PGSQL.5432"
_SOCKET_PATH_LIMIT = 103  # bytes: sun_path in unix(4) less its NUL, on the BSDs; Linux has four more
_START_SECONDS = 120  # a crash recovery at the default max_wal_size takes a fraction of it
_STOP_SECONDS = 60
_LAST_BREATH_SECONDS = 5
_PAUSE_SECONDS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running embedded server: the folder of its socket, and the `psql` that fits it."""

    sockets: Path
    psql: Path

    def conninfo(self, database: str = _DATABASE) -> str:
        """The URL of a database, as the superuser `postgres`, for psycopg, psql and all of libpq."""
        folder = quote(str(self.sockets), safe="")
        return f"postgresql://postgres@/{quote(database, safe='')}?host={folder}&port=5432"


def ensure_running(home: Path) -> Server:
    """Reuse the server of a home or start it, make its data folder and database if need be.

    Raises:
        EmbeddedError: it cannot be started, or does not answer.
        OSError: the home cannot be written to.
    """
    runner = open_cluster(home)
    psql = shipped() / "psql"
    deadline = time.monotonic() + _START_SECONDS
    while True:
        alive = locks.try_alone(home / "postgres.alive")
        if alive is not None:
            try:
                _start(home, runner, alive)
            finally:
                os.close(alive)  # not unlocked: the server has it now
        try:
            server = Server(sockets=(home / "postgres.socket").readlink(), psql=psql)
            connection = psycopg.connect(server.conninfo("postgres"), autocommit=True, connect_timeout=10)
        except (FileNotFoundError, psycopg.OperationalError) as error:
            if time.monotonic() > deadline:
                raise _unwilling("does not answer", error, runner.log) from error
            time.sleep(_PAUSE_SECONDS)  # it is starting, recovering or stopping
        else:
            with connection:
                _ensure_database(connection, runner.log)
            trim(runner.log)
            return server


def stop(home: Path) -> None:
    """Stop the server of a home if it runs: what is open is rolled back, what is committed is on disk."""
    if _lives(home):
        _shut_down(home, open_cluster(home))
    discard_dead(home)


def _shut_down(home: Path, runner: Runner) -> None:
    how = ("stop", "--silent", "--wait", f"--timeout={_STOP_SECONDS}")
    try:
        runner.run("pg_ctl", *how, "--mode=fast", timeout=_STOP_SECONDS + 10)
    except EmbeddedError:
        runner.run("pg_ctl", *how, "--mode=immediate", timeout=_STOP_SECONDS + 10)
    deadline = time.monotonic() + _LAST_BREATH_SECONDS  # from removing its pid file to its very end
    while _lives(home) and time.monotonic() < deadline:
        time.sleep(_PAUSE_SECONDS)


def discard_dead(home: Path) -> None:
    """Remove the socket's folder of a home whose server does not live."""
    if not _lives(home):
        _discard(home / "postgres.socket")


def _lives(home: Path) -> bool:
    alive = locks.try_alone(home / "postgres.alive")
    if alive is not None:
        locks.release(alive)
    return alive is None


def _start(home: Path, runner: Runner, alive: int) -> None:
    """Start the server, given the lock that says that none lives."""
    (runner.data / "postmaster.pid").unlink(missing_ok=True)  # of a server that died without a word
    link = home / "postgres.socket"
    _discard(link)
    folder = _socket_folder(runner.owner)
    link.symlink_to(folder)
    options = ["-c", "listen_addresses=", "-c", f'unix_socket_directories="{folder}"']
    runner.run(
        "pg_ctl",
        "start",
        "--silent",
        "--wait",
        f"--timeout={_START_SECONDS}",
        f"--options={shlex.join(options)}",
        timeout=_START_SECONDS + 10,
        keep=(alive,),
    )


def _socket_folder(owner: Owner) -> Path:
    """A new folder for the socket, the owner's alone and short enough for a socket's address.

    Its name is random, so that nobody can have put one of their own there before, and a link in the home
    says where it is: who comes later may have another TMPDIR.
    """
    for base in (os.environ.get("XDG_RUNTIME_DIR", ""), tempfile.gettempdir(), "/tmp"):  # noqa: S108 - mkdtemp makes it safe
        if not base.startswith("/") or '"' in base or "," in base:
            continue  # libpq and the server read lists there, which commas divide
        with suppress(OSError):
            folder = Path(tempfile.mkdtemp(prefix="qantar-", dir=base))
            if len(os.fsencode(folder / _SOCKET)) <= _SOCKET_PATH_LIMIT and owner.take(folder):
                return folder
            folder.rmdir()
    raise EmbeddedError(
        f"no folder for the socket of the embedded PostgreSQL: user {owner.uid} must be able to enter"
        " XDG_RUNTIME_DIR, TMPDIR or /tmp, and one of them must be short and writable"
    )


def _discard(link: Path) -> None:
    """Remove the link to the socket's folder and the folder; a server that crashed has left its socket there.

    By name and no other way: the folder belongs to the server's user, and we may be root.
    """
    with suppress(FileNotFoundError):
        folder = link.readlink()
        link.unlink()
        with suppress(OSError):
            for name in (_SOCKET, f"{_SOCKET}.lock"):
                (folder / name).unlink(missing_ok=True)
            folder.rmdir()


def _ensure_database(connection: psycopg.Connection[tuple[object, ...]], log: Path) -> None:
    try:
        found = connection.execute("SELECT FROM pg_database WHERE datname = %s", [_DATABASE]).fetchone()
        if found is None:
            # template0: a session that happens to be in template1 would be in the way
            connection.execute(f'CREATE DATABASE "{_DATABASE}" TEMPLATE template0')
    except psycopg.Error as error:
        raise _unwilling("cannot make its database", error, log) from error


def _unwilling(what: str, error: Exception, log: Path) -> EmbeddedError:
    words = " ".join(str(error).split())
    return EmbeddedError(
        f"the embedded PostgreSQL runs but {what}: {words}; see {log}, or set QANTAR_DATABASE_URL to another PostgreSQL"
    )
