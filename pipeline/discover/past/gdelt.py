"""GDELT's Article List: what its crawlers saw in each minute since January 2020, a JSON object a line.

A date there is the article's publication for a third of the entries, and else when GDELT saw it; which, it does not
say. Either way the article was there by then, so it is taken for a sighting. Most minutes have no file: the entries of
a quarter of an hour come together.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.dates import parse_moment
from pipeline.discover.past.listings import Listing, Part, Read, read_stamp, stamp
from pipeline.discover.past.packed import unpacked
from pipeline.errors import Failure
from pipeline.records import Origin

# The first minute that there is.
BEGINS = datetime(2020, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
# A file has some hundred entries of half a kilobyte; a thousand times that is somebody's bomb.
_UNPACKED = 64 * 2**20
_TEXT_CHARACTERS = 5_000


def parts(since: datetime, until: datetime) -> Iterator[Part]:
    """A part a minute of [since, until)."""
    minute = max(since, BEGINS).astimezone(UTC).replace(second=0, microsecond=0)
    while minute < until:
        yield Part(
            source="gdelt",
            kind="minute",
            part=f"gdeltv3/gal/{stamp(minute)}.gal.json.gz",
            covers_from=minute,
            covers_until=minute + _MINUTE,
        )
        minute += _MINUTE


def read_minute(part: str, body: bytes) -> Read | Failure:
    """The entries of a minute's file; a line that is no entry is counted. Pure."""
    minute = read_stamp(part.rpartition("/")[2].partition(".")[0])
    text = unpacked(body, most=_UNPACKED)
    if isinstance(text, Failure):
        return text
    lines = [line for line in text.split(b"\n") if line.strip()]
    listings = [_listing(line, minute) for line in lines]
    found = tuple(listing for listing in listings if listing is not None)
    return Read(entries=len(lines), malformed=len(lines) - len(found), listings=found)


def _listing(line: bytes, minute: datetime) -> Listing | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(entry, dict) or not isinstance(url := entry.get("url"), str) or not url.strip():
        return None
    return Listing(
        url=url.strip(),
        seen_at=_seen_at(entry.get("date"), minute),
        title=_text(entry.get("title")),
        summary=_text(entry.get("desc")),
    )


def _seen_at(raw: Any, minute: datetime) -> datetime:
    """When the article was there, by its date; by the file's minute where that is missing, unreadable or later."""
    if not isinstance(raw, str):
        return minute
    claim = parse_moment(raw, timezone="UTC", origin=Origin.META, observed_at=minute + _MINUTE)
    return min(claim.at, minute) if claim else minute


def _text(value: Any) -> str:
    return value[:_TEXT_CHARACTERS] if isinstance(value, str) else ""
