"""`qantar demo`: the sample's small web on loopback, the real DAG over it, twice, and what came of that."""

from __future__ import annotations

from time import monotonic
from typing import Any

from psycopg.rows import dict_row

from pipeline.cli.sampling import sampled
from pipeline.cli.show import cell, console, print_table
from pipeline.crisis import load_profile
from pipeline.embedded import lease
from pipeline.scheduling.airflow import set_up
from pipeline.settings import read_settings
from pipeline.warehouse.connect import Connection
from pipeline.warehouse.queries import query
from pipeline.work import open_warehouse

# How many stories the table shows; the rest is a query away.
_STORIES = 60
# The outlets as they looked at first, and after one of them updated a report.
_EDITIONS = (1, 2)
# Nothing listens there: a DAG that runs in process has no API server.
_NO_PORT = 1


def demonstrate() -> None:
    """Load the sample and print stories, accounting, and what to try next.

    The sample is a crisis's first days: the first run sees the feeds as they were, the second one after a
    publisher has updated a report. Raises `UsageError` when the warehouse holds real coverage.
    """
    begun = monotonic()
    settings = read_settings()
    say = console()
    say.print("Ten days of made-up news of January 2022, from feeds served on this machine.")
    with lease(settings.home) as server, sampled(settings) as (web, sample):
        say.print("Setting up Airflow …")
        airflow = set_up(sample.model_copy(update={"shards": 1}), server, port=_NO_PORT)
        for web.edition in _EDITIONS:
            say.print(f"Running the DAG coverage_live, {web.edition} of {len(_EDITIONS)} …")
            airflow.run("dags", "test", "coverage_live", "--conf", '{"everything": true}')
        with open_warehouse(sample) as (_, connection):
            _report(connection, crisis=sample.crisis[0])
    say.print(
        f"\n{monotonic() - begun:.0f} seconds. Everything above is made up; start real work with a new QANTAR_HOME."
    )


def _report(connection: Connection, *, crisis: str) -> None:
    say = console()
    profile = load_profile(crisis)
    stories = _rows(connection, "demo_stories", crises=[profile.id], limit=_STORIES)
    print_table([_readable(row) for row in stories], title=f"\nStories about {profile.name}")
    print_table(_rows(connection, "demo_accounting"), title="\nWhere every entry of every feed ended")
    print_table(_rows(connection, "demo_rejections"), title="\nWhat was rejected, and why")
    copied = max(stories, key=lambda row: row["articles"])
    say.print("\nTry next:")
    for command in (
        'qantar sql "SELECT day, tag, articles FROM report.coverage_daily WHERE articles > 0 ORDER BY 1, 2"',
        f'qantar sql "SELECT label, quote FROM report.evidence WHERE article_id = {copied["leader_id"]}"',
        f"qantar explain {copied['url']}",
        "qantar up --sample     # the same on a schedule, in Airflow's own pages",
    ):
        say.print(f"  {command}", markup=False, soft_wrap=True)


def _readable(row: dict[str, Any]) -> dict[str, str]:
    return {name: cell(row[name]) for name in ("day", "language", "articles", "publishers", "headline", "tags")}


def _rows(connection: Connection, name: str, **parameters: object) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(name), parameters).fetchall()
