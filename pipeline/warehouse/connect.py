"""Opening the warehouse: the embedded PostgreSQL, or the one that `QANTAR_DATABASE_URL` names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow

from pipeline.embedded import lease
from pipeline.errors import WarehouseError
from pipeline.settings import Settings

Connection = psycopg.Connection[TupleRow]

_OLDEST = 150000
# Every session speaks UTC, and none waits for ever: a lock that is held this long is somebody's mistake.
_SESSION = "-c TimeZone=UTC -c lock_timeout=60s -c idle_in_transaction_session_timeout=600s"


@contextmanager
def warehouse_conninfo(settings: Settings) -> Iterator[str]:
    """Where the warehouse is, as a libpq connection string; the embedded server runs for as long as this is open."""
    if settings.database_url:
        yield settings.database_url
    else:
        with lease(settings.home) as server:
            yield server.conninfo()


def connect(conninfo: str) -> Connection:
    """An autocommit connection in UTC; raise `WarehouseError` in one line when there is none to be had."""
    try:
        session = with_session(conninfo)
    except psycopg.ProgrammingError:
        # The error quotes what it could not read, which may be a password.
        raise WarehouseError(
            "QANTAR_DATABASE_URL is no connection string; one looks like postgresql://user@host/database"
        ) from None
    try:
        connection = psycopg.connect(session, autocommit=True)
    except psycopg.Error as error:
        raise WarehouseError(
            f"cannot reach the warehouse ({_where(conninfo)}): {_first_line(error)}; "
            "is QANTAR_DATABASE_URL right and the server up?"
        ) from error
    if connection.info.server_version < _OLDEST:
        connection.close()
        raise WarehouseError(
            f"the warehouse is PostgreSQL {connection.info.server_version // 10000}, and 15 is the oldest that will do"
        )
    return connection


def with_session(conninfo: str) -> str:
    """The connection string with our session settings added to its own."""
    own: Any = conninfo_to_dict(conninfo).get("options") or ""
    return make_conninfo(conninfo, application_name="qantar", options=f"{own} {_SESSION}".strip())


def _where(conninfo: str) -> str:
    """The server and database of a connection string, without its password."""
    parts: dict[str, Any] = dict(conninfo_to_dict(conninfo))
    return f"{parts.get('host', 'local socket')}:{parts.get('port', 5432)}/{parts.get('dbname', '')}"


def _first_line(error: psycopg.Error) -> str:
    return str(error).strip().partition("\n")[0]
