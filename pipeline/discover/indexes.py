"""Indexes of sitemaps: what their children list counts as listed by the feed whose document named them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from pipeline.discover.sitemaps import choose_children, newest_entries
from pipeline.errors import Failure, Reason
from pipeline.fetch.caps import FEED_CAPS
from pipeline.fetch.many import Wanted
from pipeline.records import ArchivePlace, FeedDocument, Response
from pipeline.warehouse.feeds import DueFeed


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """An index that a poll read, with what its children gave so far."""

    feed: DueFeed
    document: FeedDocument
    response: Response
    place: ArchivePlace
    read: list[FeedDocument] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    def outcome(self) -> FeedDocument | Failure:
        """All that the children list, as one document; the failure when no child could be read."""
        if self.failures and not self.read:
            return replace(self.failures[0], detail=f"a sitemap of the index: {self.failures[0].detail}")
        entries, beyond = newest_entries(entry for document in self.read for entry in document.entries)
        return replace(self.document, entries=entries, beyond=beyond + sum(document.beyond for document in self.read))


class Indexes:
    """The indexes of one pass. Their children are asked under negative keys, which no feed has."""

    def __init__(self) -> None:
        self._indexes: list[Index] = []
        self._children: dict[int, Index] = {}

    def add(self, index: Index, *, now: datetime) -> list[Wanted]:
        """Take an index in; the requests for those of its children that are worth one."""
        self._indexes.append(index)
        wanted = []
        for url in choose_children(index.document.sitemaps, now=now):
            key = -1 - len(self._children)
            self._children[key] = index
            wanted.append(Wanted(key=key, url=url, caps=FEED_CAPS))
        return wanted

    def of(self, key: int) -> Index:
        """The index whose child was asked under that key."""
        return self._children[key]

    def keep(self, key: int, outcome: FeedDocument | Failure) -> None:
        """What a child gave. An index within an index is not followed."""
        index = self._children[key]
        if isinstance(outcome, Failure):
            index.failures.append(outcome)
        elif outcome.sitemaps:
            index.failures.append(Failure(reason=Reason.NOT_A_FEED, detail="an index within an index"))
        else:
            index.read.append(outcome)

    def done(self) -> Iterator[Index]:
        """Each index, once its children are kept."""
        yield from self._indexes
