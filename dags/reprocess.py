"""The DAG `reprocess`: what a new version of extractor or profile says otherwise, from the archive alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.providers.smtp.notifications.smtp import SmtpNotifier
from airflow.sdk import ExceptionRetryPolicy, Param, TriggerRule, dag, task

from pipeline.scheduling.policy import RETRY_POLICY, TASK_DEFAULTS, alert_mails

DAG_ID = "reprocess"

DOC = """
### What it does
After an upgrade: the archived pages that an older version of the extractor read are read again, and what follows from
them is computed again. It never asks the web, adds extractions beside the old ones, and makes no revisions: those are
the publishers'. Run twice, it finds nothing to do the second time. Outlets' furniture needs no trigger: `settle` sees
to it.

Trigger it with a span of days (pages *observed* in it) or an outlet's domain, or with nothing for everything.
`qantar reprocess` does the same without Airflow.

### When it is red
As with `coverage_live`: the last line of the red task's log says what to do. What was done is done; trigger it again.
"""

_SHARD = "shard {{ task.op_kwargs['shard'] + 1 }} of {{ task.op_kwargs['of'] }}"
_DAY = Param(default=None, type=["null", "string"], format="date")


@task(multiple_outputs=False)
def reread(run_id: str | None = None, params: dict[str, Any] | None = None) -> dict[str, int]:
    """Which pages did another version read?"""
    from pipeline.scheduling import tasks  # noqa: PLC0415 - a DAG file is parsed every half minute

    return tasks.reread(f"{DAG_ID} {run_id}", kind=DAG_ID, **(params or {}))


@task
def plan_pages() -> list[dict[str, int]]:
    """Which shards have pages to extract?"""
    from pipeline.scheduling import tasks  # noqa: PLC0415

    return tasks.plan_pages()


@task(multiple_outputs=False)
def step(name: str, shard: int = 0, of: int = 1, run_id: str | None = None) -> dict[str, int]:
    """Do a step of the pass."""
    from pipeline.scheduling import tasks  # noqa: PLC0415

    return tasks.step(name, f"{DAG_ID} {run_id}", kind=DAG_ID, shard=shard, of=of)


@task
def check() -> None:
    """Fail when rows in the warehouse are wrong."""
    from pipeline.scheduling import tasks  # noqa: PLC0415

    tasks.check()


@dag(
    dag_id=DAG_ID,
    schedule=None,
    start_date=datetime(2022, 1, 1, tzinfo=UTC),
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=12),
    default_args=TASK_DEFAULTS | {"retry_policy": ExceptionRetryPolicy.deserialize(RETRY_POLICY)},
    on_failure_callback=[SmtpNotifier(**mail) for mail in alert_mails()],
    params={
        "since": _DAY,
        "until": _DAY,
        "outlet": Param(default=None, type=["null", "string"], description="A domain, such as tribune.example."),
    },
    tags=["qantar", "archive"],
    description="Compute again, from the archive, what a new version says otherwise",
    doc_md=DOC,
)
def reprocess() -> None:
    """Wire the steps."""
    pages = plan_pages()
    reread() >> pages
    extracted = (
        step.override(task_id="extract", map_index_template=_SHARD).partial(name="extract_all").expand_kwargs(pages)
    )
    identified, tagged, loaded, settled = (
        step.override(task_id=name, trigger_rule=TriggerRule.NONE_FAILED)(name)
        for name in ("identify", "tag", "load", "settle")
    )
    extracted >> identified >> tagged >> loaded >> settled >> check()


reprocess()
