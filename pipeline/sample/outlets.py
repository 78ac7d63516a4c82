"""Who publishes: the sample's outlets and their feeds, from outlets.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pipeline.records import Scope

_FILE = Path(__file__).with_name("outlets.toml")

# What a feed's URL answers: a feed, or one of the things that real feeds turn into.
Form = Literal["rss", "atom", "cut", "html", "empty"]
# How an RSS feed states the zone of its dates: `+0600`, a name such as `ALMT`, or not at all.
Zone = Literal["numeric", "named", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleFeed:
    """One feed. `section`: it lists that section's articles only; None lists all of the feed's language."""

    path: str
    outlet: str
    title: str
    form: Form
    language: str
    section: str | None = None
    zone: Zone = "numeric"
    charset: str = "utf-8"
    scope: Scope = "all"

    @property
    def url(self) -> str:
        """Where the feed is."""
        return f"http://{self.outlet}{self.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """One made-up newsroom. `publisher` is its family, None when it stands alone; `country` is ISO 3166."""

    domain: str
    name: str
    language: str
    country: str
    timezone: str
    template: str
    feeds: tuple[SampleFeed, ...]
    publisher: str | None = None
    charset: str = "utf-8"

    @property
    def zone(self) -> ZoneInfo:
        """The newsroom's clocks."""
        return ZoneInfo(self.timezone)


@cache
def outlets() -> tuple[Outlet, ...]:
    """All outlets, in the file's order."""
    rows = tomllib.loads(_FILE.read_text("utf-8"))["outlet"]
    return tuple(_outlet(row) for row in rows)


def _outlet(row: dict[str, object]) -> Outlet:
    feeds = row.pop("feed")
    own = {"outlet": row["domain"], "language": row["language"], "title": row["name"]}
    assert isinstance(feeds, list)  # noqa: S101  narrows the type; the file is ours
    return Outlet(**row, feeds=tuple(SampleFeed(**(own | feed)) for feed in feeds))  # type: ignore[arg-type]  # checked by the tests of the data
