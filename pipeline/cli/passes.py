"""`qantar run`, `qantar reprocess` and `qantar demo`."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Annotated

import typer

from pipeline import stages
from pipeline.cli import demonstration
from pipeline.cli.show import console, watching
from pipeline.clock import now
from pipeline.errors import UsageError
from pipeline.settings import read_settings
from pipeline.warehouse.runs import run_accounting
from pipeline.work import Work, open_work


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("run", epilog="Example: qantar run --all")(run)
    app.command("reprocess", epilog="Example: qantar reprocess --since 2022-01-02 --until 2022-01-12")(reprocess)
    app.command("demo", epilog="Example: qantar demo, then: qantar sql 'SELECT * FROM report.stories'")(demo)


def run(
    everything: Annotated[bool, typer.Option("--all", help="Poll every feed, due or not.")] = False,
) -> None:
    """One pass of the live stages, without Airflow: poll, fetch, extract, identify, tag, load, settle."""
    with watching() as progress, open_work(read_settings(), kind="run", clock=now, progress=progress) as work:
        stages.run_pass(work, everything=everything)
        print_accounting(work)


def reprocess(
    since: Annotated[str | None, typer.Option(metavar="D", help="Pages observed on this day (UTC) or later.")] = None,
    until: Annotated[str | None, typer.Option(metavar="D", help="Pages observed before this day (UTC).")] = None,
    outlet: Annotated[str | None, typer.Option(metavar="DOMAIN", help="Pages of this domain alone.")] = None,
) -> None:
    """Compute again what a new version of extractor, furniture or profile says otherwise, from the archive alone.

    It never asks the web, and makes no revisions of its own: those are the publishers'. A second time there is
    nothing left to do.
    """
    scope = {"since": read_day(since), "until": read_day(until)}
    with watching() as progress, open_work(read_settings(), kind="reprocess", clock=now, progress=progress) as work:
        stages.reprocess(work, **scope, outlet=outlet.lower().removeprefix("www.") if outlet else None)
        counts = {step: sums for step, sums in work.counts.items() if any(sums.values())}
        said = "; ".join(
            f"{step}: {', '.join(f'{number} {name}' for name, number in sums.items() if number)}"
            for step, sums in counts.items()
        )
        console().print(said or "nothing to do: everything is as this version reads it", soft_wrap=True)


def read_day(text: str | None) -> datetime | None:
    """The start of a day in UTC; raise `UsageError` for what is no day."""
    if text is None:
        return None
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError as error:
        raise UsageError(f"{text!r} is no day; it looks like 2022-01-05") from error


def demo() -> None:
    """The bundled, made-up sample, from its feeds to a table of stories."""
    demonstration.demonstrate()


def print_accounting(work: Work) -> None:
    """What this pass discovered and where it stands, in two lines."""
    sums = run_accounting(work.connection, work.run_id)
    failed = work.counts.get("poll", {}).get("failed", 0)
    console().print(
        f"run {work.run_id}: {sums.sources} feeds polled, {failed} failed; {sums.discovered} entries discovered = "
        f"{sums.loaded} loaded + {sums.already_known} already known + {sums.out_of_scope} out of scope + "
        f"{sums.rejected} rejected + {sums.pending} pending ({'balanced' if sums.balanced else 'NOT BALANCED'})",
        soft_wrap=True,
    )
