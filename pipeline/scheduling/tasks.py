"""What a scheduler's task calls: one step of a pass, or of its planning, in a process of its own.

The tasks of a pass find each other by the name of its run, and everything else in the warehouse. They hand
over shard numbers and counts, never articles. `dags/` wires these functions and adds nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import structlog

from pipeline import stages
from pipeline.clock import now
from pipeline.crisis import load_profile
from pipeline.errors import QualityError, UsageError
from pipeline.records import WHOLE, Shard
from pipeline.settings import read_settings
from pipeline.stages import Counts
from pipeline.warehouse.checks import find_wrong_rows
from pipeline.warehouse.profiles import register
from pipeline.warehouse.runs import count_new_stories, shards_to_fetch, shards_to_poll
from pipeline.work import Work, open_warehouse, open_work

log = structlog.get_logger()

# Seconds in which a shard's task begins new work. What is left waits for the next pass, so that a slow host or
# a long backlog never keeps a pass from publishing what it has.
POLL_SECONDS = 120.0
FETCH_SECONDS = 240.0
EXTRACT_SECONDS = 240.0
SETTLE_SECONDS = 240.0

# What a pass checks: all that was loaded so lately that no pass before it can have checked it in peace.
_CHECKED = timedelta(days=1)

_STEPS: dict[str, Callable[[Work], Counts]] = {
    "fetch": lambda work: stages.fetch(work, budget_seconds=FETCH_SECONDS),
    "extract": lambda work: stages.extract(work, budget_seconds=EXTRACT_SECONDS),
    "identify": stages.identify,
    "tag": stages.tag,
    "load": stages.load,
    "settle": lambda work: stages.settle(work, budget_seconds=SETTLE_SECONDS),
    # Without a budget, for who has nothing to publish meanwhile.
    "extract_all": stages.extract,
}


def plan_polls(*, everything: bool = False) -> list[dict[str, int]]:
    """Write down what the profiles say, and return the shards with feeds to poll, as `poll` takes them.

    One shard is returned when no feed is due but other work waits; none, when there is nothing to do at all.
    """
    settings = read_settings()
    profiles = [load_profile(folder) for folder in settings.crisis]
    with open_warehouse(settings) as (_, connection):
        register(connection, profiles, now=now())
        crises = [profile.id for profile in profiles]
        shards = shards_to_poll(connection, of=settings.shards, crises=crises, everything=everything, now=now())
        shards = shards or shards_to_fetch(connection, of=settings.shards, now=now())[:1]
    return [{"shard": shard, "of": settings.shards} for shard in shards]


def plan_pages() -> list[dict[str, int]]:
    """The shards with pages to ask for or to extract, as `step` takes them; one, if only articles are left."""
    settings = read_settings()
    with open_warehouse(settings) as (_, connection):
        shards = shards_to_fetch(connection, of=settings.shards, now=now())
    return [{"shard": shard, "of": settings.shards} for shard in shards]


def poll(run: str, *, kind: str, shard: int, of: int, everything: bool = False) -> Counts:
    """Poll a shard's feeds that are due, or all of them, in the run of that name; return counts."""
    with _task(run, kind, Shard(number=shard, of=of)) as work:
        return stages.poll(work, everything=everything, budget_seconds=POLL_SECONDS)


def step(name: str, run: str, *, kind: str, shard: int = WHOLE.number, of: int = WHOLE.of) -> Counts:
    """Do one step after `poll`, for a shard or for all, in the run of that name; return counts.

    Raises `UsageError` for a step that there is not, and what the step raises.
    """
    if name not in _STEPS:
        raise UsageError(f"there is no step {name!r}; there are {', '.join(_STEPS)}")
    with _task(run, kind, Shard(number=shard, of=of)) as work:
        return _STEPS[name](work)


def reread(
    run: str, *, kind: str, since: str | None = None, until: str | None = None, outlet: str | None = None
) -> Counts:
    """Have the pages of these days (ISO, `[since, until)`) or this outlet read again that another version read."""
    with _task(run, kind, WHOLE) as work:
        return stages.reread(work, since=_day(since), until=_day(until), outlet=outlet or None)


def _day(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None


def new_stories(run: str) -> int:
    """How many stories the run of that name was the first to publish."""
    with open_warehouse(read_settings()) as (_, connection):
        return count_new_stories(connection, run)


def check() -> None:
    """Run the statements of `sql/checks/` over the last day; log each wrong row.

    Raises `QualityError` when there is any.
    """
    moment = now()
    with open_warehouse(read_settings()) as (_, connection):
        findings = find_wrong_rows(connection, now=moment, since=moment - _CHECKED)
    for finding in findings:
        for row in finding.rows:
            log.error(finding.check.name, means=finding.check.meaning, **row)
    if findings:
        names = ", ".join(finding.check.name for finding in findings)
        raise QualityError(f"the warehouse holds rows that are wrong: {names}; each is in the log above")


def _task(run: str, kind: str, shard: Shard) -> AbstractContextManager[Work]:
    return open_work(read_settings(), kind=kind, clock=now, name=run, shard=shard)
