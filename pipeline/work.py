"""What a pass works with, opened once and handed to every stage."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from pipeline.archive import Archive
from pipeline.crisis import Profile, load_profile
from pipeline.errors import MigrationError
from pipeline.records import WHOLE, Clock, Shard
from pipeline.settings import Settings
from pipeline.tag import Tagger
from pipeline.warehouse.connect import Connection, connect, warehouse_conninfo
from pipeline.warehouse.migrate import is_current, migrate
from pipeline.warehouse.profiles import register
from pipeline.warehouse.runs import become_worker, end_run, join_run, run_began, start_run


class Progress(Protocol):
    """Somebody who watches a stage go forward."""

    def advance(self, stage: str, *, done: int, total: int | None) -> None:
        """`done` of `total` units are done; total None: nobody knows yet."""


class Unwatched:
    """Nobody watches."""

    def advance(self, stage: str, *, done: int, total: int | None) -> None:
        """Pass over it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A pass, or a shard's part of one: its warehouse, archive and profiles, who does it, and the clock it goes by.

    `started_at` is when the pass began. `counts` fills up with what each stage did.
    """

    settings: Settings
    conninfo: str
    connection: Connection
    archive: Archive
    profiles: tuple[Profile, ...]
    taggers: dict[str, Tagger]
    clock: Clock
    worker: int
    run_id: int
    started_at: datetime
    shard: Shard = WHOLE
    progress: Progress = field(default_factory=Unwatched)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def crises(self) -> list[str]:
        """The crises that this pass works for."""
        return [profile.id for profile in self.profiles]

    def count(self, stage: str, **numbers: int) -> dict[str, int]:
        """Add to what a stage did, and return the sum so far."""
        sums = self.counts.setdefault(stage, {})
        for name, number in numbers.items():
            sums[name] = sums.get(name, 0) + number
        return sums


@contextmanager
def open_warehouse(settings: Settings) -> Iterator[tuple[str, Connection]]:
    """The warehouse at the current schema: its connection string, and a connection.

    The embedded warehouse is brought to the current schema on the way. Another one is only checked: to
    change somebody's server is a decision. Raises `WarehouseError` when it is down, `MigrationError` when it is behind.
    """
    with warehouse_conninfo(settings) as conninfo, connect(conninfo) as connection:
        if settings.database_url is None:
            migrate(connection)
        elif not is_current(connection):
            raise MigrationError("the warehouse is behind this version of qantar; run: qantar migrate")
        yield conninfo, connection


@contextmanager
def open_work(
    settings: Settings,
    *,
    kind: str,
    clock: Clock,
    name: str | None = None,
    shard: Shard = WHOLE,
    progress: Progress | None = None,
) -> Iterator[Work]:
    """Open a pass, or a part of one, and note its beginning and end.

    Without a `name` it is a run of its own, which begins with writing down what the profiles say. With one it
    is a task of the run of that name, whoever began it, and the profiles are those that `plan` wrote down.
    A pass that dies leaves its end open, and its work to the next.
    """
    profiles = tuple(load_profile(folder) for folder in settings.crisis)
    crises = [profile.id for profile in profiles]
    archive = Archive(settings.archive_root)
    with open_warehouse(settings) as (conninfo, connection):
        if name is None:
            register(connection, profiles, now=clock())
            run_id = start_run(connection, kind=kind, crises=crises, now=clock())
        else:
            run_id = join_run(connection, name, kind=kind, crises=crises, now=clock())
        work = Work(
            settings=settings,
            conninfo=conninfo,
            connection=connection,
            archive=archive,
            profiles=profiles,
            taggers={profile.id: Tagger(profile) for profile in profiles},
            clock=clock,
            worker=become_worker(connection),
            run_id=run_id,
            started_at=run_began(connection, run_id),
            shard=shard,
            progress=progress or Unwatched(),
        )
        yield work
        end_run(connection, work.run_id, counts=work.counts, now=clock())
