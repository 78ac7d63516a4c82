"""`qantar demo`: the sample's small web on loopback, two passes over it, and what came of them."""

from __future__ import annotations

from pathlib import Path
from time import monotonic
from typing import Any

from psycopg.rows import dict_row

from pipeline import stages
from pipeline.cli.show import cell, console, now, print_table, watching
from pipeline.errors import UsageError
from pipeline.sample import SampleWeb, serve, write_profile
from pipeline.settings import Settings, read_settings
from pipeline.warehouse.queries import query
from pipeline.work import Work, open_warehouse, open_work

# How many stories the table shows; the rest is a query away.
_STORIES = 60
# The outlets as they looked at first, and after one of them updated a report.
_EDITIONS = (1, 2)


def demonstrate() -> None:
    """Load the sample and print stories, accounting, and what to try next.

    The sample is a crisis's first days: the first pass sees the feeds as they were, the second one after a
    publisher has updated a report. Raises `UsageError` when the warehouse holds real coverage, which made-up
    articles must never stand beside.
    """
    begun = monotonic()
    settings = read_settings()
    _refuse_real_coverage(settings)
    say = console()
    say.print("Ten days of made-up news of January 2022, from feeds served on this machine.")
    with serve(edition=1) as web:
        profile = write_profile(settings.home / "sample")
        sample = _settings(settings, web, profile)
        for web.edition in _EDITIONS:
            with watching() as progress, open_work(sample, kind="demo", clock=now, progress=progress) as work:
                stages.run_pass(work, everything=True)
                if web.edition == _EDITIONS[-1]:
                    _report(work)
    say.print(
        f"\n{monotonic() - begun:.0f} seconds. Everything above is made up; start real work with a new QANTAR_HOME."
    )


def _settings(settings: Settings, web: SampleWeb, profile: Path) -> Settings:
    """The same home and warehouse; the sample's profile, its web as the proxy, and no pause between requests."""
    return settings.model_copy(
        update={
            "crisis": (str(profile),),
            "http_proxy": web.proxy_url,
            "https_proxy": None,
            "no_proxy": (),
            "host_delay": 0.0,
        }
    )


def _refuse_real_coverage(settings: Settings) -> None:
    with open_warehouse(settings) as (_, connection):
        row = connection.execute(query("real_articles")).fetchone()
    if row != (0,):
        raise UsageError(
            "this warehouse holds real coverage, and the sample is made up; run it elsewhere: "
            "QANTAR_HOME=/tmp/qantar-demo qantar demo"
        )


def _report(work: Work) -> None:
    say = console()
    stories = _rows(work, "demo_stories", crises=work.crises, limit=_STORIES)
    print_table([_readable(row) for row in stories], title=f"\nStories about {work.profiles[0].name}")
    print_table(_rows(work, "demo_accounting"), title="\nWhere every entry of every feed ended")
    print_table(_rows(work, "demo_rejections"), title="\nWhat was rejected, and why")
    copied = max(stories, key=lambda row: row["articles"])
    say.print("\nTry next:")
    for command in (
        'qantar sql "SELECT day, tag, articles FROM report.coverage_daily WHERE articles > 0 ORDER BY 1, 2"',
        f'qantar sql "SELECT label, quote FROM report.evidence WHERE article_id = {copied["leader_id"]}"',
        f"qantar explain {copied['url']}",
    ):
        say.print(f"  {command}", markup=False, soft_wrap=True)


def _readable(row: dict[str, Any]) -> dict[str, str]:
    return {name: cell(row[name]) for name in ("day", "language", "articles", "publishers", "headline", "tags")}


def _rows(work: Work, name: str, **parameters: object) -> list[dict[str, Any]]:
    with work.connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(name), parameters).fetchall()
