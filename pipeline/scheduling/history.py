"""The tasks of the DAG `coverage_history`, as plain functions: a window of the past, in the run of that name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from pipeline import backfill, stages
from pipeline.clock import now
from pipeline.discover.past.listings import read_sources
from pipeline.discover.past.windows import Window
from pipeline.errors import UsageError
from pipeline.records import check_aware
from pipeline.settings import read_settings
from pipeline.stages import Counts
from pipeline.work import Work, open_work

KIND = "coverage_history"

_STEPS: dict[str, Callable[[Work], Counts]] = {
    "fetch": stages.fetch,
    "recover": backfill.recover,
    "complete": backfill.complete,
}


def window_of(since: str, until: str, sources: str | None) -> Window:
    """The window of a run: its data interval, as ISO 8601 with an offset, and the archives with commas between."""
    settings = read_settings()
    return Window(
        since=check_aware(datetime.fromisoformat(since)),
        until=check_aware(datetime.fromisoformat(until)),
        sources=read_sources(sources, settings.warc_url),
    )


def plan(run: str, *, since: str, until: str, sources: str | None = None) -> list[dict[str, str]]:
    """Note the window and what it calls for; return its archives, as `search` takes them."""
    window = window_of(since, until, sources)
    with open_work(read_settings(), kind=KIND, clock=now, name=run) as work:
        backfill.plan(work, window)
    return [{"source": source} for source in window.sources]


def search(run: str, *, since: str, until: str, source: str, sources: str | None = None) -> Counts:
    """Read what the window calls for of one archive; return counts."""
    named = read_sources(source, source)
    with open_work(read_settings(), kind=KIND, clock=now, name=run) as work:
        return backfill.search(work, window_of(since, until, sources), sources=named)


def step(name: str, run: str) -> Counts:
    """Do one step after `search` in the run of that name; return counts. Raises `UsageError` for none that there is."""
    if name not in _STEPS:
        raise UsageError(f"there is no step {name!r}; there are {', '.join(_STEPS)}")
    with open_work(read_settings(), kind=KIND, clock=now, name=run) as work:
        return _STEPS[name](work)
