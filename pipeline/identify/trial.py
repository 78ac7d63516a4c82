"""Grouping articles of a file into stories, for `qantar try stories`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from pipeline.identify.copies import normalised, text_hash
from pipeline.identify.likeness import compare
from pipeline.identify.signatures import Signature, sign
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
    # A text without words is like none: its address stands for it.
    texts = {key: text if normalised(text := earliest[key][1]["text"]) else key for key in names}
    members = [
        Member(article_id=number, url_key=key, time=earliest[key][0], text_hash=text_hash(texts[key]))
        for number, key in enumerate(names)
    ]
    copies = _copies({text_hash(text): sign(text) for text in texts.values()})
    story = {
        member.url_key: earliest[group[0].url_key][1]["id"] for group in partition(members, copies) for member in group
    }
    for row_id, key in keys:
        yield {"id": row_id, "story": story[key]}


def _copies(signatures: Mapping[bytes, Signature]) -> Mapping[bytes, Collection[bytes]]:
    """The texts that are copies of each text: those that it shares a key with, compared."""
    filed: dict[int, list[bytes]] = defaultdict(list)
    copies: dict[bytes, set[bytes]] = defaultdict(set)
    for text, signature in signatures.items():
        for other in {each for key in signature.keys for each in filed[key]}:
            if compare(signature, signatures[other]).is_copy:
                copies[text].add(other)
                copies[other].add(text)
        for key in signature.keys:
            filed[key].append(text)
    return copies


def _time(text: str | None) -> datetime | None:
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
