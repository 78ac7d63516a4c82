"""What becomes of the records of a WARC file: those that a profile is about go into our archive, and are captures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from io import BufferedIOBase
from typing import Literal

import fsspec
import structlog

from pipeline.confine import Confined
from pipeline.discover.past.judging import Unlisted
from pipeline.discover.past.listings import Listing
from pipeline.discover.past.payloads import unpack
from pipeline.discover.past.prefilter import Prefilter
from pipeline.discover.past.raw import Damaged, Passed, RawRecord
from pipeline.discover.past.records import read_records
from pipeline.discover.past.scope import Scope
from pipeline.errors import Failure, MalformedError, Reason
from pipeline.fetch.streaming import BrokenOffError, streamed
from pipeline.identify.urls import NotAnAddressError, identity_key
from pipeline.records import Page, Response
from pipeline.warehouse.scans import Gap, Scan, Tally, add_tally, record_failed, record_read, release_part
from pipeline.warehouse.sightings import Held, Sighted, known_moments, record_held, record_sightings
from pipeline.work import Work

log = structlog.get_logger()

Judge = Confined[Unlisted, bool]

# What is written down at once: few enough records that a killed scan reads little again.
_RECORDS = 64
_BYTES = 256 * 2**20
# Beyond this share the file is not what it should be, once so many records have shown it.
_MALFORMED_SHARE = 0.05
_ENOUGH = 100
_TRIES = 3
_OK = range(200, 300)
_GONE = frozenset({Reason.HTTP_NOT_FOUND, Reason.HTTP_GONE})
_HOST = re.compile(rb"(?im)^WARC-Target-URI:[ \t]*<?https?://(?:[^/?#\s@]*@)?([^/?#:\s>]+)")
_HTML = re.compile(r"text/html|application/xhtml", re.IGNORECASE)


@dataclass(slots=True)
class _Batch:
    """What was read since something was last written down; `at` is where the next record begins.

    `cut_short`: what is wrong with the end of the file, where it ends in the middle of a record.
    """

    at: int
    passing: list[tuple[Response, bool]] = field(default_factory=list)
    entries: int = 0
    malformed: int = 0
    size: int = 0
    cut_short: str | None = None


class Harvester:
    """Reads files of records, and keeps those of outlets that are taken whole, and those that a judge wants."""

    def __init__(self, work: Work, scope: Scope, judge: Judge) -> None:
        self._work = work
        self._scope = scope
        self._judge = judge
        self._prefilter = Prefilter(work.profiles, [work.taggers[profile.id] for profile in work.profiles])

    def read(self, scan: Scan) -> timedelta | None:
        """Read a file to its end, from where it was left.

        Returns:
            For how long its archive wants to be left alone, if it refused.

        Raises:
            MalformedError: more of it is malformed than is gone around.
        """
        start = int(scan.resume or 0)
        entries = malformed = 0
        try:
            with self._opened(scan, start) as stream:
                for batch in self._batches(stream, start):
                    entries, malformed = entries + batch.entries, malformed + batch.malformed
                    if malformed > 1 and entries >= _ENOUGH and malformed > _MALFORMED_SHARE * entries:
                        break
                    self._keep(scan, batch)
                    if batch.cut_short:
                        detail = f"the file ends in what is no whole record: {batch.cut_short}"
                        return self._give_up(scan, Failure(reason=Reason.MALFORMED_RESPONSE, detail=detail))
        except BrokenOffError as error:
            return self._give_up(scan, error.failure)
        except OSError as error:
            return self._give_up(scan, Failure(reason=Reason.CONNECTION_FAILED, detail=str(error)[:200]))
        if malformed > 1 and malformed > _MALFORMED_SHARE * entries:
            detail = f"{malformed} of {entries} records of {scan.part} are malformed"
            self._write_off(scan, Failure(reason=Reason.MALFORMED_RECORD, detail=detail), "refused")
            raise MalformedError(
                f"{detail}; look at the file, or run it again: it goes on without it, and the gap stands in "
                "report.archive_gaps"
            )
        record_read(
            self._work.connection,
            scan.scan_id,
            resume=None,
            scope=self._scope.version,
            now=self._work.clock(),
        )
        log.info("searched", source=scan.source, part=scan.part, entries=entries, malformed=malformed)
        return None

    @contextmanager
    def _opened(self, scan: Scan, start: int) -> Iterator[BufferedIOBase]:
        settings = self._work.settings
        url = f"{settings.ccnews_url}/{scan.part}" if scan.source == "ccnews" else scan.part
        if url.startswith(("http://", "https://")):
            with streamed(
                url, start=start, settings=settings, conninfo=self._work.conninfo, clock=self._work.clock
            ) as stream:
                yield stream
        else:
            with fsspec.open(url, "rb") as stream:
                stream.seek(start)
                yield stream

    def _batches(self, stream: BufferedIOBase, start: int) -> Iterator[_Batch]:
        batch = _Batch(at=start)
        record: RawRecord | Passed | Damaged | None = None
        for record in read_records(stream, at=start):
            if len(batch.passing) >= _RECORDS or batch.size >= _BYTES:
                batch.at = record.offset
                yield batch
                batch = _Batch(at=record.offset)
            match record:
                case Passed():
                    continue
                case Damaged():
                    batch.entries += 1
                    batch.malformed += 1
                    log.warning("searched", outcome="damaged", offset=record.offset, detail=record.detail)
                case RawRecord():
                    batch.entries += 1
                    batch.size += len(record.content)
                    self._sort(record, batch)
        if isinstance(record, Damaged) and record.ended:
            # Nothing follows by which it could be told from a file that is not all there.
            batch.entries -= 1
            batch.malformed -= 1
            batch.at, batch.cut_short = record.offset, record.detail
        yield batch

    def _sort(self, record: RawRecord, batch: _Batch) -> None:
        """Let a record pass that can be about a crisis, by its outlet or its bytes alone."""
        host = _HOST.search(record.content, 0, record.header_length)
        whole = host is not None and self._scope.takes_whole(host[1].lower().decode("ascii", "replace"))
        if not whole and not self._prefilter.passes(record.content):
            return
        response = unpack(record)
        if isinstance(response, Failure):
            batch.malformed += 1
        elif response.status in _OK and response.body and _HTML.search(response.header("content-type") or "text/html"):
            batch.passing.append((response, whole))

    def _keep(self, scan: Scan, batch: _Batch) -> None:
        """Write down what a batch holds for us, and where the file goes on."""
        work, now = self._work, self._work.clock()
        wanted = self._wanted(batch)
        via: Literal["ccnews", "warc"] = "ccnews" if scan.source == "ccnews" else "warc"
        sighted = [
            Sighted(key=key, listing=Listing(url=response.final_url, seen_at=response.observed_at))
            for key, response in wanted
        ]
        held = known_moments(work.connection, [each.digest for each in sighted], via=via)
        fresh = {
            (each.digest, response.observed_at): (key, response)
            for each, (key, response) in zip(sighted, wanted, strict=True)
            if (each.digest, response.observed_at) not in held
        }
        places = work.archive.write([response for _, response in fresh.values()], now=now)
        with work.connection.transaction():
            new = record_sightings(work.connection, sighted, source=via, run_id=work.run_id, now=now)
            pages = zip(fresh.values(), places, strict=True)
            record_held(
                work.connection,
                [Held(key=key, response=response, place=place) for (key, response), place in pages],
                via=via,
                run_id=work.run_id,
            )
            others = batch.entries - batch.malformed - len(wanted)
            tally = Tally(new=new, known=len(wanted) - new, out_of_scope=others, malformed=batch.malformed)
            add_tally(work.connection, scan.scan_id, tally, run_id=work.run_id)
            record_read(
                work.connection, scan.scan_id, resume=str(batch.at), keep=True, scope=self._scope.version, now=now
            )
        work.count("search", records=batch.entries, captured=len(fresh), malformed=batch.malformed)

    def _wanted(self, batch: _Batch) -> list[tuple[str, Response]]:
        """The pages of a batch that some profile wants, with their keys."""
        profiles = tuple(self._work.settings.crisis)
        unlisted = (
            (number, Unlisted(page=_page(response), profiles=profiles))
            for number, (response, whole) in enumerate(batch.passing)
            if not whole
        )
        # A page that breaks its child is no page that anybody reads.
        judged = {number for number, verdict in self._judge.map(unlisted) if verdict is True}
        wanted = []
        for number, (response, whole) in enumerate(batch.passing):
            if whole or number in judged:
                try:
                    wanted.append((identity_key(response.final_url), response))
                except NotAnAddressError:
                    continue
        return wanted

    def _give_up(self, scan: Scan, failure: Failure) -> timedelta | None:
        if failure.reason is Reason.HTTP_TOO_MANY_REQUESTS:
            release_part(self._work.connection, scan.scan_id)
            return failure.retry_after
        if failure.reason in _GONE:
            self._write_off(scan, failure, "missing")
        else:
            self._write_off(scan, failure, "pending" if scan.attempts + 1 < _TRIES else "failed")
        return None

    def _write_off(self, scan: Scan, failure: Failure, state: Gap) -> None:
        now = self._work.clock()
        record_failed(self._work.connection, scan.scan_id, failure, state=state, scope=self._scope.version, now=now)
        log.warning("searched", part=scan.part, outcome=state, reason=failure.reason.value, detail=failure.detail)


def _page(response: Response) -> Page:
    return Page(
        url=response.final_url,
        body=response.body,
        content_type=response.header("content-type"),
        observed_at=response.observed_at,
    )
