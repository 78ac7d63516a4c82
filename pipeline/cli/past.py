"""`qantar backfill`: a range of days out of web archives."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from pipeline import backfill as steps
from pipeline.cli.passes import read_day
from pipeline.cli.show import console, print_table, watching
from pipeline.clock import now
from pipeline.discover.past.listings import read_sources
from pipeline.discover.past.windows import Window
from pipeline.errors import UsageError
from pipeline.settings import read_settings
from pipeline.warehouse.completeness import gaps_of, summary_of
from pipeline.work import Work, open_work

_EXAMPLE = "Example: qantar backfill --since 2022-01-02 --until 2022-01-12 --from gdelt,wayback"


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("backfill", epilog=_EXAMPLE)(backfill)


def backfill(
    since: Annotated[str, typer.Option(metavar="D", help="The first day (UTC).")],
    until: Annotated[str, typer.Option(metavar="D", help="The day after the last one (UTC).")],
    sources: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="A,B",
            help="Archives to search, of gdelt, wayback, ccnews, sitemaps and warc; "
            "all but warc if not said, and warc too where its files are known.",
        ),
    ] = None,
    warc: Annotated[
        str | None,
        typer.Option(
            metavar="PLACE", help="A folder or a file of your own WARC files, for --from warc; else QANTAR_WARC_URL."
        ),
    ] = None,
) -> None:
    """Rebuild a range of days out of web archives: articles published from one day until before another.

    It can be stopped at any time, and goes on where it was. A second time it does only what is left to do. Archives are
    searched until two weeks after the range; live pages are asked for, and the Wayback Machine where they are gone.
    """
    settings = read_settings()
    if warc:
        settings = settings.model_copy(update={"warc_url": warc})
    chosen = read_sources(sources, settings.warc_url)
    if warc and "warc" not in chosen:
        raise UsageError(f"--warc {warc} is not read with --from {sources}; add warc to it")
    window = Window(since=_day("--since", since), until=_day("--until", until), sources=chosen)
    if window.since >= window.until:
        raise UsageError(f"--until {until} must be after --since {since}: it is the first day that is not wanted")
    if window.since >= now():
        raise UsageError(f"--since {since} lies in the future; of what is to come `qantar run` will tell")
    with watching() as progress, open_work(settings, kind="backfill", clock=now, progress=progress) as work:
        steps.backfill(work, window)
        _report(work, window)


def _day(option: str, text: str) -> datetime:
    day = read_day(text)
    if day is None:
        raise UsageError(f"{option} must name a day, such as 2022-01-05")
    return day


def _report(work: Work, window: Window) -> None:
    say = console()
    rows = summary_of(work.connection, window)
    print_table(rows, title=f"{window.since:%Y-%m-%d} to {window.until:%Y-%m-%d}")
    gaps = gaps_of(work.connection, window)
    if gaps:
        print_table(gaps, title="\nWhat could not be searched")
    say.print(
        '\nBy outlet and day: qantar sql "SELECT * FROM report.completeness WHERE missing > 0 ORDER BY day, outlet"',
        markup=False,
        soft_wrap=True,
    )
