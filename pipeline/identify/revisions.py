"""Which sightings of an article show the same content, and so are one revision."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A capture of an article with text in it, as it reads now, and the revision it counted for so far."""

    article_id: int
    capture_id: int
    observed_at: datetime
    extraction_id: int
    content_hash: bytes
    revision_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A content of an article; `revision_id` None: a new one. Its extraction is that of the earliest sighting."""

    revision_id: int | None
    content_hash: bytes
    extraction_id: int
    observed_from: datetime
    last_observed_at: datetime
    captures: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An article's revisions, oldest first, and the ids of those that turned out to be none of their own."""

    revisions: tuple[Revision, ...]
    dropped: tuple[int, ...]


def plan_revisions(sightings: Collection[Sighting], known: Collection[int]) -> Plan:
    """Sort an article's sightings into revisions: one a content, whatever the order in which they came.

    A revision keeps its id through another reading of its pages: each content takes the lowest id that its sightings
    had and no older content took.
    """
    contents: dict[bytes, list[Sighting]] = {}
    for sighting in sorted(sightings, key=lambda each: (each.observed_at, each.capture_id)):
        contents.setdefault(sighting.content_hash, []).append(sighting)
    free = set(known)
    revisions = []
    for same in sorted(contents.values(), key=lambda each: (each[0].observed_at, each[0].content_hash)):
        revision_id = min(free & {sighting.revision_id for sighting in same}, default=None)
        free -= {revision_id}
        revisions.append(_revision(same, revision_id))
    return Plan(revisions=tuple(revisions), dropped=tuple(sorted(free)))


def _revision(same: Sequence[Sighting], revision_id: int | None) -> Revision:
    return Revision(
        revision_id=revision_id,
        content_hash=same[0].content_hash,
        extraction_id=same[0].extraction_id,
        observed_from=same[0].observed_at,
        last_observed_at=same[-1].observed_at,
        captures=tuple(sighting.capture_id for sighting in same),
    )
