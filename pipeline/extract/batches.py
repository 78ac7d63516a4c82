"""What becomes of a batch of captures: read from the archive, extracted in children, written down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import structlog

from pipeline.confine import Confined, Killed
from pipeline.errors import ArchiveError, Failure, Reason
from pipeline.extract import EXTRACTOR_VERSION
from pipeline.identify.urls import host_of
from pipeline.outlets import Sketch
from pipeline.records import Article, Page, Reading
from pipeline.warehouse.candidates import Rejected, reject
from pipeline.warehouse.captures import (
    Outlet,
    WaitingCapture,
    add_unknown_outlets,
    captures_to_extract,
    outlet_of,
    outlets_by_domain,
    record_extraction,
)
from pipeline.warehouse.furniture import Known, newest_furniture, record_sketches
from pipeline.work import Work

log = structlog.get_logger()

Extractor = Confined[Page, Reading]

# One transaction's worth: what a killed pass extracts again, and what two children share between them.
_BATCH = 64

_KILLED = {
    "timeout": Reason.EXTRACTOR_TIMEOUT,
    "memory": Reason.EXTRACTOR_MEMORY,
    "crash": Reason.EXTRACTOR_CRASHED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    """A capture to extract, its outlet, and what is known of that."""

    capture: WaitingCapture
    outlet: Outlet
    known: Known


def extract_batch(work: Work, extractor: Extractor, furniture: Mapping[int, Known], *, after: int) -> list[int]:
    """Extract the next captures beyond that id, in one transaction; return their ids.

    `furniture` is the frozen state of what is known of outlets, by their ids. A capture whose record cannot be read
    stays where it is, for the day when the archive can be read again.
    """
    with work.connection.transaction():
        captures = captures_to_extract(work.connection, work.shard, after=after, limit=_BATCH)
        add_unknown_outlets(work.connection, {host_of(capture.url) for capture in captures})
        outlets = outlets_by_domain(work.connection)
        waiting: dict[int, _Waiting] = {}
        for capture in captures:
            outlet = outlet_of(host_of(capture.url), outlets)
            if outlet is None:
                raise LookupError(f"no outlet for {capture.url}")
            known = furniture.get(outlet.outlet_id, Known())
            waiting[capture.capture_id] = _Waiting(capture=capture, outlet=outlet, known=known)
        sketched: list[tuple[WaitingCapture, int, int, Sketch]] = []
        for capture_id, result in extractor.map(_pages(work, waiting)):
            reading = result
            if isinstance(reading, Killed):
                reading = Reading(outcome=Failure(reason=_KILLED[reading.how], detail=reading.detail))
            each = waiting[capture_id]
            _keep(work, each, reading.outcome)
            if reading.sketch is not None:
                sketched.append((each.capture, each.outlet.outlet_id, each.known.version, reading.sketch))
        record_sketches(work.connection, sketched)
    return list(waiting)


def extract_waiting(work: Work, extractor: Extractor) -> Iterator[int]:
    """Extract all captures of a shard that wait, with the furniture known now; yield how many, batch by batch."""
    furniture = newest_furniture(work.connection)
    after = 0
    while batch := extract_batch(work, extractor, furniture, after=after):
        after = batch[-1]
        yield len(batch)


def _pages(work: Work, waiting: Mapping[int, _Waiting]) -> Iterator[tuple[int, Page]]:
    for capture_id, each in waiting.items():
        capture = each.capture
        try:
            response = work.archive.read(capture.place)
        except ArchiveError as error:
            work.count("extract", unreadable=1)
            log.warning("extracted", url=capture.url, outcome="unreadable", detail=str(error))
            continue
        yield (
            capture_id,
            Page(
                url=capture.url,
                body=response.body,
                content_type=capture.content_type,
                observed_at=capture.observed_at,
                timezone=each.outlet.timezone,
                language=each.outlet.language,
                furniture=each.known.furniture,
            ),
        )


def _keep(work: Work, waiting: _Waiting, outcome: Article | Failure) -> None:
    now = work.clock()
    capture = waiting.capture
    record_extraction(
        work.connection,
        capture,
        outcome,
        extractor_version=EXTRACTOR_VERSION,
        furniture_version=waiting.known.version,
        now=now,
    )
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
