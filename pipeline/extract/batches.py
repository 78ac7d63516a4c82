"""What becomes of a batch of captures: read from the archive, extracted in children, written down."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import structlog

from pipeline.confine import Confined, Killed
from pipeline.errors import ArchiveError, Failure, Reason
from pipeline.extract import EXTRACTOR_VERSION
from pipeline.extract.outlet import Batch, ReadBatch
from pipeline.identify.urls import host_of
from pipeline.outlets import Furniture
from pipeline.records import Article, Page, Reading
from pipeline.warehouse.candidates import Rejected, reject
from pipeline.warehouse.captures import (
    WaitingCapture,
    add_unknown_outlets,
    captures_to_extract,
    outlet_of,
    outlets_by_domain,
    record_extraction,
)
from pipeline.warehouse.furniture import Known, add_furniture, newest_furniture, record_sketches
from pipeline.work import Work

log = structlog.get_logger()

Extractor = Confined[Batch, ReadBatch]

# One transaction's worth: what a killed pass extracts again, and what two children share between them.
_BATCH = 64

_KILLED = {
    "timeout": Reason.EXTRACTOR_TIMEOUT,
    "memory": Reason.EXTRACTOR_MEMORY,
    "crash": Reason.EXTRACTOR_CRASHED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    """A capture to extract, its page, its outlet, and what is known of that."""

    capture: WaitingCapture
    page: Page
    outlet_id: int
    known: Known


def extract_waiting(work: Work, extractor: Extractor) -> Iterator[int]:
    """Extract all captures of a shard that wait, with the furniture known now; yield how many, batch by batch.

    An outlet that is met for the first time is learnt from its pages of the batch, before they are read. A capture
    whose record cannot be read stays where it is, for the day when the archive can be read again.
    """
    furniture = newest_furniture(work.connection)
    after = ("", 0)
    while True:
        with work.connection.transaction():
            captures = captures_to_extract(work.connection, work.shard, after=after, limit=_BATCH)
            if captures:
                _extract(work, extractor, _open(work, captures, furniture), furniture)
        if not captures:
            return
        after = (captures[-1].host, captures[-1].capture_id)
        yield len(captures)


def _open(work: Work, captures: Sequence[WaitingCapture], furniture: Mapping[int, Known]) -> list[_Waiting]:
    """The pages of these captures, out of the archive."""
    add_unknown_outlets(work.connection, {host_of(capture.url) for capture in captures})
    outlets = outlets_by_domain(work.connection)
    waiting = []
    for capture in captures:
        outlet = outlet_of(host_of(capture.url), outlets)
        if outlet is None:
            raise LookupError(f"no outlet for {capture.url}")
        try:
            response = work.archive.read(capture.place)
        except ArchiveError as error:
            work.count("extract", unreadable=1)
            log.warning("extracted", url=capture.url, outcome="unreadable", detail=str(error))
            continue
        page = Page(
            url=capture.url,
            body=response.body,
            content_type=capture.content_type,
            observed_at=capture.observed_at,
            timezone=outlet.timezone,
            language=outlet.language,
        )
        known = furniture.get(outlet.outlet_id, Known())
        waiting.append(_Waiting(capture=capture, page=page, outlet_id=outlet.outlet_id, known=known))
    return waiting


def _extract(work: Work, extractor: Extractor, waiting: Sequence[_Waiting], furniture: dict[int, Known]) -> None:
    """Have pages read, and write down what came of it; what is learnt on the way is added to `furniture`."""
    # Outlet by outlet, so that two processes never wait for each other's rows in turn.
    read = sorted(_read(extractor, waiting), key=lambda each: each[0][0].outlet_id)
    for group, answer in read:
        known = group[0].known
        if known.furniture.changes(answer.furniture):
            moments = [each.capture.observed_at for each in group]
            known = add_furniture(work.connection, group[0].outlet_id, answer.furniture, moments, now=work.clock())
            furniture[group[0].outlet_id] = known
        for each, reading in zip(group, answer.readings, strict=True):
            _keep(work, each, reading.outcome, known)
        sketched = [(each.capture, reading.sketch) for each, reading in zip(group, answer.readings, strict=True)]
        record_sketches(work.connection, group[0].outlet_id, known.version, sketched)


def _read(extractor: Extractor, waiting: Sequence[_Waiting]) -> Iterator[tuple[Sequence[_Waiting], ReadBatch]]:
    """The pages in groups, each with its readings: those of a new outlet together, and each other one alone."""
    new: dict[int, list[_Waiting]] = defaultdict(list)
    for each in waiting:
        if each.known.version == 0:
            new[each.outlet_id].append(each)
    together = [group for group in new.values() if len(group) > 1]
    grouped = {each.capture.capture_id for group in together for each in group}
    alone = [each for each in waiting if each.capture.capture_id not in grouped]
    for group, answer in extractor.map((group, _batch(group, None)) for group in together):
        if isinstance(answer, Killed):  # by one page of them: each has to answer for itself
            alone += group
        else:
            yield group, answer
    for each, answer in extractor.map((each, _batch([each], each.known.furniture)) for each in alone):
        if isinstance(answer, Killed):
            failure = Failure(reason=_KILLED[answer.how], detail=answer.detail)
            yield [each], ReadBatch(readings=(Reading(outcome=failure),), furniture=each.known.furniture)
        else:
            yield [each], answer


def _batch(waiting: Sequence[_Waiting], furniture: Furniture | None) -> Batch:
    return Batch(pages=tuple(each.page for each in waiting), furniture=furniture)


def _keep(work: Work, waiting: _Waiting, outcome: Article | Failure, known: Known) -> None:
    now = work.clock()
    capture = waiting.capture
    record_extraction(
        work.connection,
        capture,
        outcome,
        extractor_version=EXTRACTOR_VERSION,
        furniture_version=known.version,
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
