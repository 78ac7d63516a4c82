"""What becomes of a batch of polled feeds: archived, parsed in children, and written down feed by feed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from http import HTTPStatus

import structlog

from pipeline.confine import Confined, Killed
from pipeline.discover.entries import judge
from pipeline.discover.feeds import FeedBytes
from pipeline.errors import Failure, Reason
from pipeline.fetch.many import Outcome
from pipeline.records import ArchivePlace, Entry, FeedDocument, Response
from pipeline.retries import next_poll
from pipeline.warehouse.feeds import (
    DueFeed,
    Poll,
    record_failed_poll,
    record_read_poll,
    record_unchanged_poll,
)
from pipeline.work import Work

log = structlog.get_logger()

Parser = Confined[FeedBytes, FeedDocument | Failure]

_KILLED = {
    "timeout": Reason.PARSER_TIMEOUT,
    "memory": Reason.PARSER_MEMORY,
    "crash": Reason.PARSER_CRASHED,
}


class FeedKeeper:
    """Keeps the outcomes of polls; `feeds` are those that were asked, by their ids."""

    def __init__(self, work: Work, parser: Parser, feeds: Mapping[int, DueFeed]) -> None:
        self._work = work
        self._parser = parser
        self._feeds = feeds

    def keep(self, batch: Sequence[Outcome]) -> None:
        """Write down what these feeds answered. Documents are in the archive before they are parsed."""
        fresh: dict[int, Response] = {}
        for key, outcome in batch:
            feed = self._feeds[key]
            if isinstance(outcome, Failure):
                self._failed(feed, outcome)
            elif outcome.status == HTTPStatus.NOT_MODIFIED or _hash(outcome) == feed.body_hash:
                self._unchanged(feed, outcome)
            else:
                fresh[key] = outcome
        if fresh:
            self._read(fresh)

    def _read(self, fresh: Mapping[int, Response]) -> None:
        written = self._work.archive.write(list(fresh.values()), now=self._work.clock())
        places = dict(zip(fresh, written, strict=True))
        documents = ((key, feed_bytes(response, self._feeds[key].timezone)) for key, response in fresh.items())
        for key, parsed in self._parser.map(documents):
            feed, response, place = self._feeds[key], fresh[key], places[key]
            match parsed:
                case FeedDocument():
                    self._listed(feed, parsed, response, place)
                case Failure():
                    self._failed(feed, parsed, response, place)
                case Killed(how=how, detail=detail):
                    self._failed(feed, Failure(reason=_KILLED[how], detail=detail), response, place)

    def _listed(self, feed: DueFeed, document: FeedDocument, response: Response, place: ArchivePlace) -> None:
        announced = judge(document.entries, feed_url=feed.url, in_scope=lambda entry: self._wants(feed, entry))
        poll = self._poll(feed, response=response, place=place)
        listed = record_read_poll(self._work.connection, poll, announced, entries=len(document.entries))
        self._work.count("poll", read=1, entries=listed.entries, new=listed.new, pending=listed.pending)
        log.info(
            "polled",
            feed=feed.url,
            outcome="read",
            entries=listed.entries,
            new=listed.new,
            again=listed.again,
        )

    def _unchanged(self, feed: DueFeed, response: Response) -> None:
        record_unchanged_poll(self._work.connection, self._poll(feed, response=response))
        self._work.count("poll", unchanged=1)
        log.info("polled", feed=feed.url, outcome="unchanged", status=response.status)

    def _failed(
        self,
        feed: DueFeed,
        failure: Failure,
        response: Response | None = None,
        place: ArchivePlace | None = None,
    ) -> None:
        poll = self._poll(feed, response=response, place=place, failure=failure)
        record_failed_poll(self._work.connection, poll, failure)
        self._work.count("poll", failed=1)
        log.warning("polled", feed=feed.url, outcome="failed", reason=failure.reason.value, detail=failure.detail)

    def _poll(
        self,
        feed: DueFeed,
        *,
        response: Response | None,
        place: ArchivePlace | None = None,
        failure: Failure | None = None,
    ) -> Poll:
        now = self._work.clock()
        failures = feed.failures + 1 if failure else 0
        has_validators = response is not None and response.status != HTTPStatus.NOT_MODIFIED
        return Poll(
            feed_id=feed.feed_id,
            run_id=self._work.run_id,
            polled_at=now,
            next_poll_at=next_poll(now, failures=failures, retry_after=failure.retry_after if failure else None),
            status=response.status if response else None,
            body_bytes=len(response.body) if response else 0,
            place=place,
            etag=response.header("etag") if response and has_validators else feed.etag,
            last_modified=response.header("last-modified") if response and has_validators else feed.last_modified,
            body_hash=_hash(response) if response and has_validators else None,
        )

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


def _hash(response: Response) -> bytes:
    return hashlib.sha256(response.body).digest()
