"""`qantar run` and `qantar demo`."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline import stages
from pipeline.cli import demonstration
from pipeline.cli.show import console, watching
from pipeline.clock import now
from pipeline.settings import read_settings
from pipeline.warehouse.runs import run_accounting
from pipeline.work import Work, open_work


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("run", epilog="Example: qantar run --all")(run)
    app.command("demo", epilog="Example: qantar demo, then: qantar sql 'SELECT * FROM report.stories'")(demo)


def run(
    everything: Annotated[bool, typer.Option("--all", help="Poll every feed, due or not.")] = False,
) -> None:
    """One pass of the live stages, without Airflow: poll, fetch, extract, identify, tag, load, settle."""
    with watching() as progress, open_work(read_settings(), kind="run", clock=now, progress=progress) as work:
        stages.run_pass(work, everything=everything)
        print_accounting(work)


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
