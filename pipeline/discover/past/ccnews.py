"""Common Crawl's news: a month's list of WARC files, each of a gigabyte and named by the time when it was begun."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from pipeline.discover.past.listings import Part, Read, months, next_month, read_stamp
from pipeline.discover.past.packed import unpacked
from pipeline.errors import Failure

_UNPACKED = 16 * 2**20
_NAMED = re.compile(r"CC-NEWS-(\d{14})-\d+\.warc\.gz$")
# A file is filled in an hour or two; the last one of a list, and one before a gap, for a day at most.
_FILLED_WITHIN = timedelta(days=1)


def parts(since: datetime, until: datetime) -> Iterator[Part]:
    """A part a month of [since, until), and the one before it, whose last file may reach into the first day."""
    for month in months(since - _FILLED_WITHIN, until):
        yield Part(
            source="ccnews",
            kind="month",
            part=f"crawl-data/CC-NEWS/{month:%Y/%m}/warc.paths.gz",
            covers_from=month,
            covers_until=next_month(month),
        )


def read_month(body: bytes) -> Read | Failure:
    """The files of a month; a line that is no path of one is counted. Pure."""
    text = unpacked(body, most=_UNPACKED)
    if isinstance(text, Failure):
        return text
    lines = [line.strip().decode("utf-8", "replace") for line in text.split(b"\n") if line.strip()]
    begun: dict[str, datetime] = {}
    malformed = 0
    for line in lines:
        named = _NAMED.search(line)
        try:
            begun[line] = read_stamp(named[1] if named else "")
        except ValueError:
            malformed += 1
    return Read(entries=malformed, malformed=malformed, parts=tuple(_files(begun)))


def _files(begun: dict[str, datetime]) -> Iterator[Part]:
    moments = sorted({*begun.values()})
    ends = dict(pairwise(moments))
    for path, start in sorted(begun.items(), key=lambda item: (item[1], item[0])):
        end = min(ends.get(start, start + _FILLED_WITHIN), start + _FILLED_WITHIN)
        # The last records of a file may be some minutes younger than the first of the next one.
        yield Part(source="ccnews", kind="file", part=path, covers_from=start, covers_until=end + timedelta(minutes=30))
