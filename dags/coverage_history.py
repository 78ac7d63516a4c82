"""The DAG `coverage_history`: days of the past out of web archives, one run a day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.providers.smtp.notifications.smtp import SmtpNotifier
from airflow.sdk import CronDataIntervalTimetable, ExceptionRetryPolicy, Param, TriggerRule, dag, task

from pipeline.scheduling.policy import HISTORY_POOL, RETRY_POLICY, TASK_DEFAULTS, alert_mails

DAG_ID = "coverage_history"

DOC = """
### What it does
A run rebuilds one day (UTC) out of web archives: **plan** notes the window, **search** looks through what GDELT, the
Wayback Machine, Common Crawl's news and sitemaps have of it, and of the two weeks after it, **fetch** asks for the
pages that they name, **recover** takes from the Wayback Machine what is gone or changed, **complete** reads,
identifies, tags and loads it all until nothing moves, and **check** looks at the outcome.

Each night it does so for the day before, and fills the gaps that the live watch left. While it is paused it does not,
and neither does any backfill of it: Airflow accepts one, and never starts it.

### A range of days
```
airflow backfill create --dag-id coverage_history --from-date 2022-01-02 --to-date 2022-01-11
```
is the ten days from 2 to 11 January, both included; `--run-backwards` begins with the last, and
`--reprocess-behavior completed` does days again that are done, which changes nothing unless an archive does. What
several days share (two weeks of GDELT's minutes, a month of an index, a file of Common Crawl) is read once, by
whichever run comes first; the others wait for it, or take it over when its worker dies.
`--dag-run-conf '{"sources": "gdelt,wayback"}'` leaves archives out: a day of Common Crawl's news is some fifteen
gigabytes to stream. `qantar backfill` does the same without Airflow. More in `docs/backfill.md`.

### When it is red
Open the red task's log; its last line says what to do.

- `plan`: settings or a profile are wrong, or the warehouse is down or behind.
- `search`: too much of a file is malformed, which stops it once; clear the task, and it goes on without that file.
  A file that is missing or cannot be had turns nothing red: it is a row in `report.archive_gaps`.
- `fetch`, `recover`, `complete`: the warehouse or our own archive failed. Clear the task; it goes on from there.
- `check`: rows in the warehouse are wrong, and stand in the log.

What each archive knew, and what is missing: `SELECT * FROM report.completeness WHERE missing > 0`.
"""

_SINCE, _UNTIL = "{{ data_interval_start.isoformat() }}", "{{ data_interval_end.isoformat() }}"
_NAMED = "{{ task.op_kwargs['source'] }}"
# Go on with what the archives that did not fail have brought.
_GO_ON = TriggerRule.ALL_DONE_MIN_ONE_SUCCESS


@task
def plan(
    since: str, until: str, run_id: str | None = None, params: dict[str, Any] | None = None
) -> list[dict[str, str]]:
    """Which archives are to be searched for this day?"""
    from pipeline.scheduling import history  # noqa: PLC0415 - a DAG file is parsed every half minute

    return history.plan(f"{DAG_ID} {run_id}", since=since, until=until, sources=(params or {}).get("sources"))


@task(multiple_outputs=False)
def search(
    source: str, since: str, until: str, run_id: str | None = None, params: dict[str, Any] | None = None
) -> dict[str, int]:
    """Look through what one archive has of this day."""
    from pipeline.scheduling import history  # noqa: PLC0415

    named = (params or {}).get("sources")
    return history.search(f"{DAG_ID} {run_id}", since=since, until=until, source=source, sources=named)


@task(multiple_outputs=False)
def step(name: str, run_id: str | None = None) -> dict[str, int]:
    """Do a step after it."""
    from pipeline.scheduling import history  # noqa: PLC0415

    return history.step(name, f"{DAG_ID} {run_id}")


@task(trigger_rule=TriggerRule.NONE_FAILED)
def check() -> None:
    """Fail when rows in the warehouse are wrong."""
    from pipeline.scheduling import tasks  # noqa: PLC0415

    tasks.check()


@dag(
    dag_id=DAG_ID,
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC"),
    start_date=datetime(2020, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=4,
    dagrun_timeout=timedelta(days=3),
    default_args=TASK_DEFAULTS
    | {
        "retry_policy": ExceptionRetryPolicy.deserialize(RETRY_POLICY),
        "execution_timeout": timedelta(hours=24),
    },
    on_failure_callback=[SmtpNotifier(**mail) for mail in alert_mails()],
    params={
        "sources": Param(
            default=None,
            type=["null", "string"],
            description="Archives, such as gdelt,wayback; empty: all that there are.",
        )
    },
    tags=["qantar", "archive"],
    description="Each night, and for any range of days: what web archives have of a day",
    doc_md=DOC,
)
def coverage_history() -> None:
    """Wire the steps."""
    searched = (
        search.override(pool=HISTORY_POOL, map_index_template=_NAMED)
        .partial(since=_SINCE, until=_UNTIL)
        .expand_kwargs(plan(_SINCE, _UNTIL))
    )
    fetched, recovered = (
        step.override(task_id=name, trigger_rule=_GO_ON, pool=HISTORY_POOL)(name) for name in ("fetch", "recover")
    )
    completed = step.override(task_id="complete", trigger_rule=TriggerRule.ALL_DONE)("complete")
    checked = check()

    searched >> fetched >> recovered >> completed >> checked
    # An archive that fails holds up no other one. Here it turns the run red.
    [searched, fetched, recovered] >> checked


coverage_history()
