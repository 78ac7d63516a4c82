"""How complete the past is: what archives knew of a window, and what could not be searched."""

from __future__ import annotations

from typing import Any

from psycopg.rows import dict_row

from pipeline.discover.past.windows import Window
from pipeline.warehouse.connect import Connection
from pipeline.warehouse.queries import query


def summary_of(connection: Connection, window: Window) -> list[dict[str, Any]]:
    """A row a source: what it knew of the window's days, and where that is."""
    return _rows(connection, "completeness_of_window", window)


def gaps_of(connection: Connection, window: Window) -> list[dict[str, Any]]:
    """A row a source and reason: how many parts that the window calls for could not be read."""
    return _rows(connection, "gaps_of_window", window)


def _rows(connection: Connection, name: str, window: Window) -> list[dict[str, Any]]:
    parameters = {
        "since": window.since,
        "until": window.until,
        "searched_until": window.searched_until,
        "sources": list(window.sources),
    }
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(name), parameters).fetchall()
