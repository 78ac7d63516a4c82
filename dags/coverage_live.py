"""The DAG `coverage_live`: what the feeds list now, on its way into the warehouse."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.providers.smtp.notifications.smtp import SmtpNotifier
from airflow.sdk import Asset, CronDataIntervalTimetable, ExceptionRetryPolicy, Metadata, Param, TriggerRule, dag, task
from airflow.sdk.exceptions import AirflowSkipException

from pipeline.scheduling.policy import POOL, RETRY_POLICY, TASK_DEFAULTS, alert_mails

DAG_ID = "coverage_live"

NEW_STORIES = Asset(name="qantar_new_stories", uri="qantar://warehouse/news/stories", group="qantar")

DOC = """
### What it does
Every five minutes: **poll** the feeds that are due, **fetch** and **extract** the pages that they announce,
**identify** what is known already, **tag** the rest for each crisis, **load** it into the reports, **settle** what
moved meanwhile, and **check** the outcome. Each feed decides for itself when it is due, so most runs are short.
Pink is good news: there was nothing to do.

`poll`, `fetch` and `extract` run once a *shard*, a share of the hosts. What a shard does not come to in its time
stays pending, and the next run takes it up. Nothing is lost by a failed, killed or skipped run.

### When it is red
Open the red task's log; its last line says what to do. By task:

- `plan_polls`: settings or a profile are wrong, or the warehouse is down or behind. `qantar crisis check` and
  `qantar migrate` tell.
- `poll`, `fetch`, `extract`, `identify`, `tag`, `load`, `settle`: the warehouse or the archive failed; look at the
  database and the disk. A feed or a page that fails never turns a task red. The next run goes on from here.
- `check`: rows in the warehouse are wrong, and stand in the log, each with what it means. Please report it.
- `check` orange (*upstream failed*): look at the red task above it.

Feeds that fail or fall silent are data, not errors: `SELECT * FROM report.freshness WHERE state <> 'healthy'`.

### By hand
Trigger it with `everything` to poll every feed, due or not. `qantar run` does the same without Airflow. A feed shows
only what is new *now*: clearing an old run polls today's feeds. The asset `qantar_new_stories` is updated whenever a
run was the first to publish stories; schedule your own DAGs on it. More in `docs/operating.md`.
"""


# How a shard is named in the grid.
_SHARD = "shard {{ task.op_kwargs['shard'] + 1 }} of {{ task.op_kwargs['of'] }}"
# Go on with what the shards that did not fail have brought; when all were skipped there is nothing to go on with.
_GO_ON = TriggerRule.ALL_DONE_MIN_ONE_SUCCESS


@task.short_circuit
def plan_polls(params: dict[str, Any] | None = None) -> list[dict[str, int]]:
    """Which shards have feeds that are due? When there is nothing at all to do, the rest is skipped."""
    from pipeline.scheduling import tasks  # noqa: PLC0415 - a DAG file is parsed every half minute

    return tasks.plan_polls(everything=bool((params or {}).get("everything")))


@task(multiple_outputs=False)
def poll(shard: int, of: int, run_id: str | None = None, params: dict[str, Any] | None = None) -> dict[str, int]:
    """Ask a shard's feeds that are due."""
    from pipeline.scheduling import tasks  # noqa: PLC0415

    everything = bool((params or {}).get("everything"))
    return tasks.poll(f"{DAG_ID} {run_id}", kind=DAG_ID, shard=shard, of=of, everything=everything)


@task(trigger_rule=TriggerRule.ALL_DONE)
def plan_pages() -> list[dict[str, int]]:
    """Which shards have pages to ask for, or to extract?"""
    from pipeline.scheduling import tasks  # noqa: PLC0415

    return tasks.plan_pages()


@task(multiple_outputs=False)
def step(name: str, shard: int = 0, of: int = 1, run_id: str | None = None) -> dict[str, int]:
    """Do a step of the pass."""
    from pipeline.scheduling import tasks  # noqa: PLC0415

    return tasks.step(name, f"{DAG_ID} {run_id}", kind=DAG_ID, shard=shard, of=of)


@task(outlets=[NEW_STORIES])
def announce(run_id: str | None = None) -> Iterator[Metadata]:
    """Update the asset when this run was the first to publish some story."""
    from pipeline.scheduling import tasks  # noqa: PLC0415

    stories = tasks.new_stories(f"{DAG_ID} {run_id}")
    if not stories:
        raise AirflowSkipException("no new stories")
    yield Metadata(NEW_STORIES, {"stories": stories})


@task(trigger_rule=TriggerRule.NONE_FAILED)
def check() -> None:
    """Fail when rows in the warehouse are wrong."""
    from pipeline.scheduling import tasks  # noqa: PLC0415

    tasks.check()


@dag(
    dag_id=DAG_ID,
    schedule=CronDataIntervalTimetable("*/5 * * * *", timezone="UTC"),
    start_date=datetime(2022, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=1),
    default_args=TASK_DEFAULTS | {"retry_policy": ExceptionRetryPolicy.deserialize(RETRY_POLICY)},
    on_failure_callback=[SmtpNotifier(**mail) for mail in alert_mails()],
    params={"everything": Param(default=False, type="boolean", description="Poll every feed, due or not.")},
    tags=["qantar", "live"],
    description="Every five minutes: from the feeds that are due to stories in the warehouse",
    doc_md=DOC,
)
def coverage_live() -> None:
    """Wire the steps."""
    feeds, pages = plan_polls(), plan_pages()
    polled = poll.override(pool=POOL, map_index_template=_SHARD).expand_kwargs(feeds)
    fetched, extracted = (
        step.override(task_id=name, trigger_rule=_GO_ON, map_index_template=_SHARD, **more)
        .partial(name=name)
        .expand_kwargs(pages)
        for name, more in (("fetch", {"pool": POOL}), ("extract", {}))
    )
    identified, tagged, loaded = (
        step.override(task_id=name, trigger_rule=_GO_ON)(name) for name in ("identify", "tag", "load")
    )
    settled = step.override(task_id="settle", trigger_rule=TriggerRule.ALL_DONE)("settle")
    checked = check()

    polled >> pages
    fetched >> extracted >> identified >> tagged >> loaded >> settled >> checked
    [loaded, settled] >> announce()
    # A shard that fails holds up no other one. Here it turns the run red.
    [polled, fetched, extracted, loaded] >> checked


coverage_live()
