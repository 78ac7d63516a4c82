"""What becomes of the parts of a window: asked for, read in children, and written down part by part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import structlog

from pipeline.blame import is_out_of_reach
from pipeline.confine import Confined, Killed
from pipeline.discover.past import wayback
from pipeline.discover.past.listings import Read, Source
from pipeline.discover.past.reading import PartBytes
from pipeline.discover.past.scope import Scope
from pipeline.errors import Failure, MalformedError, Reason
from pipeline.fetch.caps import Caps
from pipeline.fetch.many import Outcome, Wanted
from pipeline.fetch.rates import Rates
from pipeline.records import Response
from pipeline.warehouse.scans import Gap, Scan, Tally, add_parts, add_tally, record_failed, record_read, release_part
from pipeline.warehouse.sightings import record_sightings
from pipeline.work import Work

log = structlog.get_logger()

Reader = Confined[PartBytes, Read | Failure]

# A page of an index, or a map of 50,000 addresses, is larger than a feed, and an index thinks before it answers.
_CAPS = Caps(body_bytes=50 * 2**20, first_byte_seconds=120, total_seconds=300)
# So many parts of an archive in a row that cannot be reached stand for all; sitemaps are on hosts of their own.
_OUT_OF_REACH = 20
FOR_THIS_PASS = timedelta(days=1)
# In how many tries a part is to be had in one pass.
_TRIES = 3
# Beyond this share a file is not what it should be, and a hole in it is not gone around. One line is an accident.
MALFORMED_SHARE = 0.05
_AN_ACCIDENT = 1

_GONE = frozenset({Reason.HTTP_NOT_FOUND, Reason.HTTP_GONE})
_KILLED = {
    "timeout": Reason.PARSER_TIMEOUT,
    "memory": Reason.PARSER_MEMORY,
    "crash": Reason.PARSER_CRASHED,
}

_COUNTED: dict[Gap, str] = {
    "pending": "tried_again",
    "missing": "missing",
    "failed": "failed",
    "refused": "malformed_files",
}


class Searcher:
    """Keeps the outcomes of asking for parts that come whole; `pauses` are the archives that want to be left alone."""

    def __init__(self, work: Work, scope: Scope, reader: Reader) -> None:
        self._work = work
        self._scope = scope
        self._reader = reader
        self._rates = Rates(work.settings)
        self._scans: dict[int, Scan] = {}
        self._naming = scope.naming()
        self.pauses: dict[Source, timedelta] = {}
        self._unreached: Counter[Source] = Counter()
        self._malformed: list[str] = []

    def expect(self, scans: Sequence[Scan]) -> list[Wanted]:
        """The requests for these parts."""
        self._scans.update((scan.scan_id, scan) for scan in scans)
        urls = {scan.scan_id: self._address(scan) for scan in scans}
        lanes = {url: self._rates.lanes(url) for url in urls.values()}
        return [
            Wanted(key=scan.scan_id, url=urls[scan.scan_id], lane=number % lanes[urls[scan.scan_id]], caps=_CAPS)
            for number, scan in enumerate(scans)
        ]

    def keep(self, batch: Sequence[Outcome]) -> None:
        """Read what came, and write down what it lists, or why it does not."""
        came: dict[int, Response] = {}
        for key, outcome in batch:
            scan = self._scans[key]
            self._note_reach(scan.source, outcome)
            if isinstance(outcome, Response):
                came[key] = outcome
            elif scan.kind == "robots" and outcome.reason in _GONE:
                # No robots.txt names no sitemap; the customary one may be there all the same.
                came[key] = _nothing(scan.part, self._work)
            else:
                self._failed(scan, outcome)
        documents = ((key, self._document(self._scans[key], response)) for key, response in came.items())
        for key, read in self._reader.map(documents):
            scan = self._scans[key]
            if isinstance(read, Killed):
                self._failed(scan, Failure(reason=_KILLED[read.how], detail=read.detail))
            elif isinstance(read, Failure):
                self._failed(scan, read)
            else:
                self._read(scan, read)

    def _note_reach(self, source: Source, outcome: Response | Failure) -> None:
        """An archive that is out of reach is so for all of its thousand parts: this pass leaves it alone."""
        self._unreached[source] = self._unreached[source] + 1 if is_out_of_reach(outcome) else 0
        if self._unreached[source] == _OUT_OF_REACH and source != "sitemaps":
            self.pauses[source] = FOR_THIS_PASS
            log.warning("searched", source=source, outcome="out_of_reach")

    def raise_malformed(self) -> None:
        """Raise `MalformedError` if some file was malformed beyond what is gone around."""
        if self._malformed:
            raise MalformedError(
                f"{'; '.join(self._malformed[:3])}; look at the file, or run it again: it goes on without it, "
                "and the gap stands in report.archive_gaps"
            )

    def _address(self, scan: Scan) -> str:
        settings = self._work.settings
        match scan.source:
            case "gdelt":
                return f"{settings.gdelt_url}/{scan.part}"
            case "ccnews":
                return f"{settings.ccnews_url}/{scan.part}"
            case "wayback":
                by_name = scan.kind == "articles" and scan.outlet and not self._scope.takes_whole(scan.outlet)
                naming = self._naming if by_name else None
                return wayback.address_of(settings.wayback_url, scan, scan.resume, naming=naming)
            case _:
                return scan.part.rpartition(" ")[2]

    def _document(self, scan: Scan, response: Response) -> PartBytes:
        """What came for a part; of a feed's capture, the moment that was played."""
        played = wayback.played(response.final_url) if scan.kind == "snapshot" else None
        return PartBytes(
            part=replace(scan, covers_from=played[0]) if played and played[0] < scan.covers_until else scan,
            url=response.final_url,
            body=response.body,
            content_type=response.header("content-type"),
            timezone=scan.timezone or "UTC",
            observed_at=played[0] if played else response.observed_at,
        )

    def _read(self, scan: Scan, read: Read) -> None:
        sighted, tally = self._scope.sort(read.listings)
        malformed = read.malformed + tally.malformed
        # What the reader passed over is no article of ours: pages of lists, entries without a date.
        passed_over = read.entries - read.malformed - len(read.listings)
        work, now = self._work, self._work.clock()
        if malformed > _AN_ACCIDENT and malformed > MALFORMED_SHARE * read.entries:
            self._refuse(scan, f"{malformed} of {read.entries} entries of {scan.part} are malformed")
            return
        with work.connection.transaction():
            new = record_sightings(work.connection, sighted, source=scan.source, run_id=work.run_id, now=now)
            sums = Tally(
                new=new,
                known=len(sighted) - new + tally.known,
                out_of_scope=tally.out_of_scope + passed_over,
                malformed=malformed,
            )
            add_tally(work.connection, scan.scan_id, sums, run_id=work.run_id)
            add_parts(work.connection, read.parts)
            record_read(work.connection, scan.scan_id, resume=read.resume, scope=self._scope.version, now=now)
        work.count("search", read=1, entries=read.entries, new=new, malformed=malformed)
        tell = log.info if sighted or read.parts else log.debug
        tell("searched", source=scan.source, part=scan.part, entries=read.entries, wanted=len(sighted), new=new)

    def _failed(self, scan: Scan, failure: Failure) -> None:
        """A part that did not come: there is none, it is to be left alone for now, or it is tried again."""
        if failure.reason is Reason.HTTP_TOO_MANY_REQUESTS:
            self.pauses[scan.source] = failure.retry_after or timedelta()
            release_part(self._work.connection, scan.scan_id)
            self._work.count("search", refused=1)
            return
        if failure.reason in _GONE:
            self._give_up(scan, failure, "missing")
        else:
            self._give_up(scan, failure, "pending" if scan.attempts + 1 < _TRIES else "failed")

    def _refuse(self, scan: Scan, detail: str) -> None:
        self._give_up(scan, Failure(reason=Reason.MALFORMED_RECORD, detail=detail), "refused")
        self._malformed.append(detail)

    def _give_up(self, scan: Scan, failure: Failure, state: Gap) -> None:
        record_failed(
            self._work.connection,
            scan.scan_id,
            failure,
            state=state,
            scope=self._scope.version,
            now=self._work.clock(),
        )
        self._work.count("search", **{_COUNTED[state]: 1})
        if state != "missing":
            log.warning("searched", part=scan.part, outcome=state, reason=failure.reason.value, detail=failure.detail)


def _nothing(url: str, work: Work) -> Response:
    return Response(url=url, final_url=url, status=200, headers=(), body=b"", observed_at=work.clock())
