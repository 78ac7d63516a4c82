"""The data-quality statements of `sql/checks/`: each returns the rows that are wrong, and most days none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from psycopg.rows import dict_row

from pipeline.warehouse.connect import Connection
from pipeline.warehouse.queries import sql_folder

# What a person needs to see the pattern; a log of a million rows helps nobody.
_ROWS = 20
_ALWAYS = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A statement of ours: its file's name, and what it means when rows come back."""

    name: str
    meaning: str
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Rows that are wrong; the first ones, when there are many."""

    check: Check
    rows: list[dict[str, Any]]


def all_checks() -> Iterator[Check]:
    """Every statement of `sql/checks/`, by name. The comment in its first line says what its rows mean."""
    for file in sorted((sql_folder() / "checks").glob("*.sql")):
        meaning, _, statement = file.read_text("utf-8").partition("\n")
        yield Check(name=file.stem, meaning=meaning.removeprefix("-- "), statement=statement)


def find_wrong_rows(connection: Connection, *, now: datetime, since: datetime | None = None) -> list[Finding]:
    """Run every check over what was loaded since then, or ever; return what is wrong."""
    found = []
    for check in all_checks():
        with connection.cursor(row_factory=dict_row) as cursor:
            rows = cursor.execute(check.statement, {"since": since or _ALWAYS, "now": now}).fetchmany(_ROWS)
        if rows:
            found.append(Finding(check=check, rows=rows))
    return found
