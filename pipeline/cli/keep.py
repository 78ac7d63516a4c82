"""Keeping the warehouse: `qantar migrate`, `qantar check` and `qantar forget`."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.archive import Archive
from pipeline.cli.show import console, print_json, print_table
from pipeline.clock import now
from pipeline.errors import UsageError
from pipeline.settings import read_settings
from pipeline.warehouse.checks import find_wrong_rows
from pipeline.warehouse.connect import connect, warehouse_conninfo
from pipeline.warehouse.forget import forget as forget_target
from pipeline.warehouse.migrate import migrate as bring_up
from pipeline.work import open_warehouse


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("migrate", epilog="Example: QANTAR_DATABASE_URL=postgresql://owner@db/qantar qantar migrate")(migrate)
    app.command("check", epilog="Example: qantar check --json")(check)
    app.command("forget", epilog="Example: qantar forget https://tribune.example/a --reason 'court order 7/22'")(forget)


def migrate() -> None:
    """Bring the warehouse to the current schema; harmless when it is there already."""
    with warehouse_conninfo(read_settings()) as conninfo, connect(conninfo) as connection:
        done = bring_up(connection)
    if not done.applied and not done.views_made:
        console().print("the warehouse is at the current schema")
    for name in done.applied:
        console().print(f"applied {name}")
    if done.views_made:
        console().print("made the report views again")


def check(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False) -> None:
    """Look for rows that are wrong, with every statement of sql/checks; exit 1 when there is one."""
    with open_warehouse(read_settings()) as (_, connection):
        findings = find_wrong_rows(connection, now=now())
    if as_json:
        print_json({finding.check.name: finding.rows for finding in findings})
    for finding in findings if not as_json else ():
        console().print(f"{finding.check.name}: {finding.check.meaning}", soft_wrap=True)
        print_table(finding.rows)
    if findings:
        raise typer.Exit(1)
    if not as_json:
        console().print("nothing is wrong")


def forget(
    target: Annotated[str, typer.Argument(help="A URL, or an outlet by its domain.", metavar="URL|OUTLET")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it stays on the tombstone.")],
) -> None:
    """Take a URL's or an outlet's text out of warehouse and archive, and keep it out."""
    if not reason.strip():
        raise UsageError("--reason must say why; it is all that stays")
    settings = read_settings()
    with open_warehouse(settings) as (_, connection):
        gone = forget_target(connection, Archive(settings.archive_root), target, why=reason.strip(), now=now())
    console().print(
        f"forgotten: {gone.articles} articles, {gone.candidates} addresses, {gone.records} archived records; "
        "the tombstone keeps them from coming back"
    )
