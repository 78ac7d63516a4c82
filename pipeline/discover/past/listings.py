"""What reading a part of an archive gives: addresses, and more parts to read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from pipeline.errors import UsageError
from pipeline.records import DateClaim

Source = Literal["gdelt", "wayback", "ccnews", "sitemaps", "warc"]
SOURCES: tuple[Source, ...] = ("gdelt", "wayback", "ccnews", "sitemaps", "warc")

# What a part is, and so how it is read. Files of records are streamed, the others come whole.
Kind = Literal["minute", "articles", "snapshots", "snapshot", "month", "robots", "sitemap", "file"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """An address that an archive knows: when it saw it (aware), and what it keeps of its headline and publication."""

    url: str
    seen_at: datetime
    title: str = ""
    summary: str = ""
    published: DateClaim | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of an archive, in the words of its kind, and the span of the sightings in it: [covers_from, covers_until).

    `outlet` (a domain) and `feed` (a URL) say whose pages or documents it holds; None: everybody's.
    """

    source: Source
    kind: Kind
    part: str
    covers_from: datetime
    covers_until: datetime
    outlet: str | None = None
    feed: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What one part listed. `entries` counts all of it, `malformed` those that could not be read.

    `parts` are to be read in their turn; `resume` is where this one goes on, None: it was read to its end.
    """

    entries: int
    malformed: int = 0
    listings: tuple[Listing, ...] = ()
    parts: tuple[Part, ...] = ()
    resume: str | None = None


def read_sources(text: str | None, warc_url: str | None) -> tuple[Source, ...]:
    """The archives that a text names, with commas between; for None all, but for WARC files that nobody has.

    Raises:
        UsageError: it names none, or one that there is not.
    """
    if text is None:
        return tuple(source for source in SOURCES if source != "warc" or warc_url)
    names = [name.strip().lower() for name in text.split(",") if name.strip()]
    if not names:
        raise UsageError(f"no archive is named; choose of {', '.join(SOURCES)}")
    for name in names:
        if name not in SOURCES:
            raise UsageError(f"there is no archive {name!r}; choose of {', '.join(SOURCES)}")
    return tuple(source for source in SOURCES if source in names)


def months(since: datetime, until: datetime) -> list[datetime]:
    """The beginnings of all months (UTC) that [since, until) touches."""
    month = since.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    found = []
    while month < until:
        found.append(month)
        month = next_month(month)
    return found


def next_month(month: datetime) -> datetime:
    """The beginning of the month after the one that begins then."""
    return (month + timedelta(days=32)).replace(day=1)


def read_stamp(text: str) -> datetime:
    """A moment as archives write it, 14 digits in UTC; raise ValueError for what is none."""
    if len(text) != _STAMP or not text.isascii() or not text.isdigit():
        raise ValueError(f"{text[:40]!r} is no moment of 14 digits")
    moment = datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    if moment.year > _LAST_YEAR:
        raise ValueError(f"{text!r} is no moment at which anything was kept")
    return moment


def stamp(moment: datetime) -> str:
    """A moment as archives write it."""
    return f"{moment.astimezone(UTC):%Y%m%d%H%M%S}"


_STAMP = 14
# Beyond this a moment is damage, and what ends after it has no date at all.
_LAST_YEAR = 2100
