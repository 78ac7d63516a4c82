"""Grouping articles of a file into stories, for `qantar try stories`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from pipeline.identify.copies import text_hash
from pipeline.identify.stories import Member, partition
from pipeline.identify.urls import identity_key


def trial_stories(rows: Iterable[Mapping[str, Any]], *, now: datetime) -> Iterator[dict[str, Any]]:
    """Each row's id with the id of its story's leader, in the rows' order.

    Rows of one URL are revisions of one article, whose earliest text counts. A time without a zone is read as
    UTC; a row without a time counts as seen now. Raises ValueError for a row without id, url or text.
    """
    revisions: dict[str, list[tuple[datetime, Mapping[str, Any]]]] = {}
    keys: list[tuple[Any, str]] = []
    for row in rows:
        key = identity_key(row["url"])
        revisions.setdefault(key, []).append((_time(row.get("published_at")) or now, row))
        keys.append((row["id"], key))
    names = sorted(revisions)
    earliest = {key: min(revisions[key], key=lambda each: each[0]) for key in names}
    members = [
        Member(
            article_id=number,
            url_key=key,
            time=earliest[key][0],
            text_hash=text_hash(earliest[key][1]["text"]),
        )
        for number, key in enumerate(names)
    ]
    story = {member.url_key: earliest[group[0].url_key][1]["id"] for group in partition(members) for member in group}
    for row_id, key in keys:
        yield {"id": row_id, "story": story[key]}


def _time(text: str | None) -> datetime | None:
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
