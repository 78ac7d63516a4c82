"""Articles handed in as if they had been fetched and read, for tests and benchmarks of what comes after."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pipeline.extract import EXTRACTOR_VERSION
from pipeline.records import WHOLE, Article, DateClaim, Origin, Precision, Response
from pipeline.warehouse.candidates import record_captures
from pipeline.warehouse.captures import captures_to_extract, record_extraction
from pipeline.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """An article: where it stood, its text, when it was published (aware; None: it does not say) and seen."""

    url: str
    text: str
    published: datetime | None
    observed: datetime
    title: str = "A report"
    language: str = "en"


def hand_in(work: Work, reports: Sequence[Report]) -> None:
    """Put these into the warehouse as captures that were read and wait to be identified."""
    responses = [_response(report) for report in reports]
    places = work.archive.write(responses, now=work.clock())
    candidates = [_candidate(work, report) for report in reports]
    captured = list(zip(candidates, responses, places, strict=True))
    record_captures(work.connection, captured, run_id=work.run_id, recheck_at={})
    by_place = dict(zip(places, reports, strict=True))
    with work.connection.transaction():
        for capture in captures_to_extract(work.connection, WHOLE, after=("", 0), limit=len(reports)):
            record_extraction(
                work.connection,
                capture,
                _article(by_place[capture.place]),
                extractor_version=EXTRACTOR_VERSION,
                furniture_version=0,
                now=work.clock(),
            )


def _candidate(work: Work, report: Report) -> int:
    row = work.connection.execute(
        "INSERT INTO ops.candidates (url, key_hash, host, source, run_id, discovered_at, state) "
        "VALUES (%s, %s, 'desk', 'desk', %s, %s, 'pending') ON CONFLICT (key_hash) DO UPDATE SET url = excluded.url "
        "RETURNING candidate_id",
        [report.url, hashlib.sha256(report.url.encode()).digest(), work.run_id, work.clock()],
    ).fetchone()
    assert row
    return int(row[0])


def _response(report: Report) -> Response:
    return Response(
        url=report.url,
        final_url=report.url,
        status=200,
        headers=(("Content-Type", "text/html"),),
        body=report.text.encode(),
        observed_at=report.observed,
    )


def _article(report: Report) -> Article:
    claims: tuple[DateClaim, ...] = ()
    if report.published:
        claim = DateClaim(
            at=report.published,
            offset=timedelta(0),
            day=report.published.astimezone(UTC).date(),
            origin=Origin.META,
            precision=Precision.INSTANT,
        )
        claims = (claim,)
    return Article(title=report.title, text=report.text, language=report.language, authors=(), claims=claims)
