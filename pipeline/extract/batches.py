"""What becomes of a batch of captures: read from the archive, extracted in children, written down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import structlog

from pipeline.confine import Confined, Killed
from pipeline.errors import ArchiveError, Failure, Reason
from pipeline.extract import EXTRACTOR_VERSION
from pipeline.identify.urls import host_of
from pipeline.records import Article, Page
from pipeline.warehouse.candidates import Rejected, reject
from pipeline.warehouse.captures import (
    Outlet,
    WaitingCapture,
    captures_to_extract,
    outlet_of,
    record_extraction,
)
from pipeline.work import Work

log = structlog.get_logger()

Extractor = Confined[Page, Article | Failure]

# One transaction's worth: what a killed pass extracts again, and what two children share between them.
_BATCH = 64

_KILLED = {
    "timeout": Reason.EXTRACTOR_TIMEOUT,
    "memory": Reason.EXTRACTOR_MEMORY,
    "crash": Reason.EXTRACTOR_CRASHED,
}


def extract_batch(work: Work, extractor: Extractor, outlets: Mapping[str, Outlet], *, after: int) -> list[int]:
    """Extract the next captures beyond that id, in one transaction; return their ids.

    A capture whose record cannot be read stays where it is, for the day when the archive can be read again.
    """
    with work.connection.transaction():
        captures = captures_to_extract(work.connection, work.shard, after=after, limit=_BATCH)
        waiting = {capture.capture_id: capture for capture in captures}
        for capture_id, result in extractor.map(_pages(work, waiting, outlets)):
            outcome = result
            if isinstance(outcome, Killed):
                outcome = Failure(reason=_KILLED[outcome.how], detail=outcome.detail)
            _keep(work, waiting[capture_id], outcome)
    return list(waiting)


def _pages(
    work: Work, waiting: Mapping[int, WaitingCapture], outlets: Mapping[str, Outlet]
) -> Iterator[tuple[int, Page]]:
    for capture_id, capture in waiting.items():
        try:
            response = work.archive.read(capture.place)
        except ArchiveError as error:
            work.count("extract", unreadable=1)
            log.warning("extracted", url=capture.url, outcome="unreadable", detail=str(error))
            continue
        outlet = outlet_of(host_of(capture.url), outlets)
        page = Page(
            url=capture.url,
            body=response.body,
            content_type=capture.content_type,
            observed_at=capture.observed_at,
            timezone=outlet.timezone if outlet else "UTC",
            language=outlet.language if outlet else None,
        )
        yield capture_id, page


def _keep(work: Work, capture: WaitingCapture, outcome: Article | Failure) -> None:
    now = work.clock()
    record_extraction(work.connection, capture, outcome, extractor_version=EXTRACTOR_VERSION, now=now)
    if isinstance(outcome, Failure):
        rejected = Rejected(candidate_id=capture.candidate_id, failure=outcome)
        reject(work.connection, [rejected], stage="extract", run_id=work.run_id, now=now)
        work.count("extract", rejected=1)
        log.warning(
            "extracted",
            url=capture.url,
            outcome="rejected",
            reason=outcome.reason.value,
            detail=outcome.detail,
        )
    else:
        work.count("extract", extracted=1)
        log.info(
            "extracted",
            url=capture.url,
            outcome="text",
            characters=len(outcome.text),
            language=outcome.language,
        )
