"""Asking the warehouse: `qantar sql`, `qantar explain`, `qantar fingerprint`."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import psycopg
import typer
from psycopg.conninfo import conninfo_to_dict

from pipeline.cli.show import cell, console, plain, print_json, print_table
from pipeline.embedded.programs import shipped
from pipeline.errors import UsageError
from pipeline.settings import read_settings
from pipeline.warehouse.connect import Connection, with_session
from pipeline.warehouse.explain import explain as explain_url
from pipeline.warehouse.fingerprint import fingerprint as take_fingerprint
from pipeline.work import open_warehouse

# libpq's own variables: a password on a command line could be read by every user of the machine.
_ENVIRONMENT = {
    "host": "PGHOST",
    "port": "PGPORT",
    "dbname": "PGDATABASE",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "sslmode": "PGSSLMODE",
    "options": "PGOPTIONS",
}


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("sql", epilog="Example: qantar sql --csv 'SELECT headline, tags FROM report.stories WHERE relevant'")(
        sql
    )
    app.command("explain", epilog="Example: qantar explain https://tribune.example/2022/01/05/almaty")(explain)
    app.command("fingerprint", epilog="Example: qantar fingerprint --json")(fingerprint)


def sql(
    query: Annotated[
        str | None, typer.Argument(help="One query; without it psql is opened.", show_default=False)
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV with a header.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list of rows.")] = False,
) -> None:
    """Open psql on the warehouse, or print one query's rows. A query given here can only read."""
    if as_csv and as_json:
        raise UsageError("choose one of --csv and --json")
    with open_warehouse(read_settings()) as (conninfo, connection):
        if query is None:
            raise typer.Exit(_psql(conninfo))
        columns, rows = _read(connection, query)
        if as_csv:
            writer = csv.writer(sys.stdout, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows([_flat(value) for value in row] for row in rows)
        elif as_json:
            print_json([dict(zip(columns, row, strict=True)) for row in rows])
        else:
            print_table([dict(zip(columns, row, strict=True)) for row in rows])
            console().print(f"({len(rows)} row{'' if len(rows) == 1 else 's'})")


def _read(connection: Connection, query: str) -> tuple[list[str], Sequence[Sequence[Any]]]:
    try:
        with connection.transaction():
            connection.execute("SET TRANSACTION READ ONLY")
            cursor = connection.execute(query)
            while cursor.nextset():
                pass
            if cursor.description is None:
                return [], []
            return [column.name for column in cursor.description], cursor.fetchall()
    except psycopg.errors.ReadOnlySqlTransaction as error:
        raise UsageError("a query given here can only read; to change something, open psql: qantar sql") from error
    except psycopg.Error as error:
        raise UsageError(f"the query failed: {str(error).strip().replace(chr(10), ' ')}") from error


def _flat(value: object) -> object:
    if value is None or isinstance(value, str | int | float):
        return value
    return cell(value) if isinstance(value, list) else plain(value)


def _psql(conninfo: str) -> int:
    program = shutil.which("psql") or str(shipped() / "psql")
    named = conninfo_to_dict(with_session(conninfo))
    known = {_ENVIRONMENT[name]: str(value) for name, value in named.items() if name in _ENVIRONMENT and value}
    return subprocess.run([program], env={**os.environ, **known}, check=False).returncode  # noqa: S603 - psql, found on PATH


def explain(
    url: Annotated[str, typer.Argument(help="The address, in any spelling.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """All that is known of one URL, from first sight to story, or why it is not there."""
    with open_warehouse(read_settings()) as (_, connection):
        found = explain_url(connection, url)
    if as_json:
        print_json(
            {
                "url": found.url,
                "key": found.key,
                "state": found.state,
                "verdict": found.verdict,
                "sections": found.sections,
            }
        )
        return
    console().print(f"{found.url}\n{found.verdict}", markup=False, soft_wrap=True)
    for line in _lines(found.sections):
        console().print(line, markup=False, soft_wrap=True)


def _lines(sections: Any) -> Iterator[str]:
    for heading, rows in sections.items():
        yield f"\n{heading}"
        for row in rows:
            yield "  " + "  ".join(
                f"{name}={cell(value)}" for name, value in row.items() if value not in (None, [], "")
            )


def fingerprint(
    as_json: Annotated[bool, typer.Option("--json", help="Print the digest with the rows behind it.")] = False,
) -> None:
    """A digest of the settled content; the same digest means the same texts, judgements, evidence and stories."""
    with open_warehouse(read_settings()) as (_, connection):
        taken = take_fingerprint(connection)
    if as_json:
        print_json({"digest": taken.digest, **taken.rows})
    else:
        console().print(taken.digest)
