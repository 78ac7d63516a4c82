"""What becomes of polled feeds: archived, parsed in children, learnt from, and written down feed by feed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus

import structlog

from pipeline.blame import is_ours, is_out_of_reach, looks_like_us
from pipeline.confine import Confined, Killed
from pipeline.discover.entries import judge
from pipeline.discover.indexes import Index, Indexes
from pipeline.discover.lessons import (
    Lesson,
    body_hash,
    learn_from_document,
    learn_from_failure,
    learn_from_silence,
    learn_nothing,
)
from pipeline.discover.markup import FeedBytes
from pipeline.errors import Failure, Reason
from pipeline.fetch.caps import FEED_CAPS
from pipeline.fetch.many import Outcome, Wanted
from pipeline.identify.urls import host_of
from pipeline.records import ArchivePlace, Entry, FeedDocument, Response
from pipeline.warehouse.feeds import DueFeed, Poll, record_entries, record_poll
from pipeline.work import Work

log = structlog.get_logger()

Parser = Confined[FeedBytes, FeedDocument | Failure]

_KILLED = {
    "timeout": Reason.PARSER_TIMEOUT,
    "memory": Reason.PARSER_MEMORY,
    "crash": Reason.PARSER_CRASHED,
}


class FeedKeeper:
    """Keeps the outcomes of one pass's polls.

    Feeds that were out of reach are written down last, by `blame`, when it is known whether it was them or us.
    """

    def __init__(self, work: Work, parser: Parser) -> None:
        self._work = work
        self._parser = parser
        self._feeds: dict[int, DueFeed] = {}
        self._unreached: list[tuple[DueFeed, Failure]] = []
        self._reached: dict[str, bool] = {}
        self._witnesses: dict[str, bool] = {}
        self._indexes = Indexes()
        self._wanted: list[Wanted] = []

    def expect(self, feeds: Sequence[DueFeed], *, as_witnesses: bool = False) -> list[Wanted]:
        """The requests for these feeds, whose outcomes are to be kept; witnesses testify on our own network."""
        now = self._work.clock()
        self._feeds.update((feed.feed_id, feed) for feed in feeds)
        hosts = self._witnesses if as_witnesses else self._reached
        hosts.update((host_of(feed.url), False) for feed in feeds)
        return [_wanted(feed, now) for feed in feeds]

    def children(self) -> list[Wanted]:
        """The requests for sitemaps that the indexes read so far name; each is given once."""
        wanted, self._wanted = self._wanted, []
        return wanted

    def keep_children(self, batch: Sequence[Outcome]) -> None:
        """Read the sitemaps that these indexes named; archived before they are parsed, like any document."""
        came = {key: outcome for key, outcome in batch if isinstance(outcome, Response)}
        for key, outcome in batch:
            if isinstance(outcome, Failure):
                self._indexes.keep(key, outcome)
        if came:
            self._work.archive.write(list(came.values()), now=self._work.clock())
        for key, parsed in self._parsed(came, {key: self._indexes.of(key).feed for key in came}):
            self._indexes.keep(key, parsed)

    def finish_indexes(self) -> None:
        """Write down the feeds that are indexes, with what their sitemaps list."""
        for index in self._indexes.done():
            outcome = index.outcome()
            if isinstance(outcome, Failure):
                self._failed(index.feed, outcome, index.response, index.place)
            else:
                self._listed(index.feed, outcome, index.response, index.place)

    def keep(self, batch: Sequence[Outcome]) -> None:
        """Write down what these feeds answered. Documents are in the archive before they are parsed."""
        fresh: dict[int, Response] = {}
        for key, outcome in batch:
            feed = self._feeds[key]
            if is_out_of_reach(outcome):
                self._unreached.append((feed, outcome))
                continue
            hosts = self._witnesses if host_of(feed.url) in self._witnesses else self._reached
            hosts[host_of(feed.url)] = True
            if isinstance(outcome, Failure):
                self._failed(feed, outcome)
            elif outcome.status == HTTPStatus.NOT_MODIFIED or body_hash(outcome) == feed.body_hash:
                self._unchanged(feed, outcome)
            else:
                fresh[key] = outcome
        if fresh:
            self._read(fresh)

    def suspects_us(self) -> bool:
        """Whether so many were out of reach that it may be our own network; witnesses would tell."""
        return looks_like_us(self._asked())

    def blame(self) -> None:
        """Write down the feeds that were out of reach: as failed, or spared if the fault is ours."""
        ours = is_ours(self._asked(), self._witnesses)
        for feed, failure in self._unreached:
            if ours:
                self._spared(feed, failure)
            else:
                self._failed(feed, failure)
        self._unreached.clear()

    def _asked(self) -> dict[str, bool]:
        """The hosts of which an outcome is known, and whether they were reached."""
        out_of_reach = {host_of(feed.url) for feed, _ in self._unreached}
        return {host: came for host, came in self._reached.items() if came or host in out_of_reach}

    def _read(self, fresh: Mapping[int, Response]) -> None:
        written = self._work.archive.write(list(fresh.values()), now=self._work.clock())
        places = dict(zip(fresh, written, strict=True))
        for key, parsed in self._parsed(fresh, self._feeds):
            feed, response, place = self._feeds[key], fresh[key], places[key]
            if isinstance(parsed, Failure):
                self._failed(feed, parsed, response, place)
            elif parsed.sitemaps:
                index = Index(feed=feed, document=parsed, response=response, place=place)
                self._wanted += self._indexes.add(index, now=self._work.clock())
            else:
                self._listed(feed, parsed, response, place)

    def _parsed(
        self, fresh: Mapping[int, Response], feeds: Mapping[int, DueFeed]
    ) -> Iterator[tuple[int, FeedDocument | Failure]]:
        documents = ((key, feed_bytes(response, feeds[key].timezone)) for key, response in fresh.items())
        for key, parsed in self._parser.map(documents):
            if isinstance(parsed, Killed):
                yield key, Failure(reason=_KILLED[parsed.how], detail=parsed.detail)
            else:
                yield key, parsed

    def _listed(self, feed: DueFeed, document: FeedDocument, response: Response, place: ArchivePlace) -> None:
        now = self._work.clock()
        announced = judge(document.entries, feed_url=feed.url, in_scope=lambda entry: self._wants(feed, entry))
        with self._work.connection.transaction():
            listed = record_entries(
                self._work.connection,
                announced,
                source=document.kind,
                feed_id=feed.feed_id,
                run_id=self._work.run_id,
                now=now,
            )
            lesson = learn_from_document(feed, document, response, new=listed.new, now=now)
            self._record(feed, lesson, now, place)
        self._work.count("poll", read=1, entries=len(document.entries), new=listed.new, pending=listed.pending)
        log.info(
            "polled",
            feed=feed.url,
            outcome="read",
            entries=len(document.entries),
            beyond=document.beyond,
            new=listed.new,
            again=listed.again,
        )

    def _unchanged(self, feed: DueFeed, response: Response) -> None:
        now = self._work.clock()
        self._record(feed, learn_from_silence(feed, response, now=now), now)
        self._work.count("poll", unchanged=1)
        log.info("polled", feed=feed.url, outcome="unchanged", status=response.status)

    def _failed(
        self,
        feed: DueFeed,
        failure: Failure,
        response: Response | None = None,
        place: ArchivePlace | None = None,
    ) -> None:
        now = self._work.clock()
        self._record(feed, learn_from_failure(feed, failure, response, now=now), now, place)
        self._work.count("poll", failed=1)
        log.warning("polled", feed=feed.url, outcome="failed", reason=failure.reason.value, detail=failure.detail)

    def _spared(self, feed: DueFeed, failure: Failure) -> None:
        now = self._work.clock()
        self._record(feed, learn_nothing(feed, failure, now=now), now)
        self._work.count("poll", offline=1)
        log.warning("polled", feed=feed.url, outcome="offline", reason=failure.reason.value, detail=failure.detail)

    def _record(self, feed: DueFeed, lesson: Lesson, now: datetime, place: ArchivePlace | None = None) -> None:
        poll = Poll(feed_id=feed.feed_id, run_id=self._work.run_id, polled_at=now, place=place, lesson=lesson)
        record_poll(self._work.connection, poll)

    def _wants(self, feed: DueFeed, entry: Entry) -> bool:
        """Whether some crisis wants the entry: its profile takes all of this feed, or finds its own words in it."""
        for listing in feed.scopes:
            crisis, _, scope = listing.partition(" ")
            if scope == "all" or self._work.taggers[crisis].mentions(entry.title, entry.summary, entry.url or ""):
                return True
        return False


def feed_bytes(response: Response, timezone: str) -> FeedBytes:
    """A response as the feed parser takes it, for an outlet in that zone (IANA name)."""
    return FeedBytes(
        url=response.final_url,
        body=response.body,
        content_type=response.header("content-type"),
        timezone=timezone,
        observed_at=response.observed_at,
    )


def _wanted(feed: DueFeed, now: datetime) -> Wanted:
    conditional = feed.manners.asks_conditionally(now)
    return Wanted(
        key=feed.feed_id,
        url=feed.manners.address(feed.url, now),
        etag=feed.manners.etag if conditional else None,
        last_modified=feed.manners.last_modified if conditional else None,
        caps=FEED_CAPS,
    )
