"""Pages that are gone or changed, out of the Wayback Machine: the capture nearest to their publication."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from pipeline.discover.past import wayback
from pipeline.errors import Failure, Reason
from pipeline.fetch.caps import PAGE_CAPS
from pipeline.fetch.many import Outcome, Wanted
from pipeline.identify.urls import NotAnAddressError, identity_key, key_hash
from pipeline.records import Response
from pipeline.warehouse.candidates import Rejected, reject
from pipeline.warehouse.recovery import LostPage, answered, not_answered, record_recovered
from pipeline.work import Work

log = structlog.get_logger()

# A replay is slower than the page was.
_CAPS = replace(PAGE_CAPS, first_byte_seconds=60, total_seconds=120)
_INDEX_CAPS = replace(PAGE_CAPS, first_byte_seconds=120, total_seconds=180)
# How archives that replay pages name the headers that came with them.
_ORIGINAL = "x-archive-orig-"


@dataclass(slots=True)
class _Asked:
    """A page that is looked for: for which moment, and the capture that the index named for it, if it was asked."""

    page: LostPage
    moment: datetime
    exact: bool = False


class Recoverer:
    """Keeps the outcomes of asking for captures of pages.

    Playback is asked for the moment itself first; only what it cannot show well is looked up in the index, which may
    be asked less often.
    """

    def __init__(self, work: Work, pages: Sequence[LostPage]) -> None:
        self._work = work
        self._asked = {page.candidate_id: _Asked(page, page.moment) for page in pages}
        self._to_look_up: list[_Asked] = []
        self._to_play: list[_Asked] = []
        self.pause = timedelta()
        self.captured = 0

    def first(self) -> list[Wanted]:
        """The requests for the captures nearest to each page's moment."""
        return [self._played_at(asked) for asked in self._asked.values()]

    def look_ups(self) -> list[Wanted]:
        """The requests to the index for pages that could not be shown."""
        root = self._work.settings.wayback_url
        waiting, self._to_look_up = self._to_look_up, []
        return [
            Wanted(key=asked.page.candidate_id, url=wayback.page_index_address(root, asked.page.url), caps=_INDEX_CAPS)
            for asked in waiting
        ]

    def second(self) -> list[Wanted]:
        """The requests for the captures that the index named."""
        waiting, self._to_play = self._to_play, []
        return [self._played_at(asked) for asked in waiting]

    def _played_at(self, asked: _Asked) -> Wanted:
        url = wayback.playback_address(self._work.settings.wayback_url, asked.page.url, asked.moment)
        return Wanted(key=asked.page.candidate_id, url=url, caps=_CAPS, lane=asked.page.candidate_id % 2)

    def keep(self, batch: Sequence[Outcome]) -> None:
        """Archive the captures that came, and write down what there is none of."""
        came: list[tuple[_Asked, Response]] = []
        for key, outcome in batch:
            asked = self._asked[key]
            page = outcome if isinstance(outcome, Failure) else _as_it_was(outcome, asked)
            if isinstance(page, Response):
                came.append((asked, page))
            elif page.reason is Reason.HTTP_TOO_MANY_REQUESTS:
                self.pause = max(self.pause, page.retry_after or timedelta())
                not_answered(self._work.connection, asked.page, counts=False)
            elif _is_silent(page) or (asked.exact and page.reason is Reason.HTTP_SERVER_ERROR):
                not_answered(self._work.connection, asked.page, counts=True)
            elif asked.exact:
                self._not_archived(asked, page.detail)
            else:
                self._to_look_up.append(asked)
        if came:
            self._record(came)

    def keep_look_ups(self, batch: Sequence[Outcome]) -> None:
        """Choose the capture nearest to the moment among those that the index names."""
        for key, outcome in batch:
            asked = self._asked[key]
            rows = outcome if isinstance(outcome, Failure) else wayback.read_index(outcome.body)
            if isinstance(rows, Failure):
                refused = rows.reason is Reason.HTTP_TOO_MANY_REQUESTS
                self.pause = max(self.pause, rows.retry_after or timedelta()) if refused else self.pause
                not_answered(self._work.connection, asked.page, counts=not refused)
                continue
            row = wayback.nearest(rows[0], asked.page.moment)
            if row is None:
                self._not_archived(asked, "no capture was answered with a page")
            else:
                asked.moment, asked.exact = row.at, True
                self._to_play.append(asked)

    def _record(self, came: Sequence[tuple[_Asked, Response]]) -> None:
        work = self._work
        places = work.archive.write([response for _, response in came], now=work.clock())
        pages = [(asked.page, response, place) for (asked, response), place in zip(came, places, strict=True)]
        record_recovered(work.connection, pages, run_id=work.run_id)
        self.captured += len(came)
        work.count("recover", captured=len(came))
        for asked, response in came:
            log.info("recovered", url=asked.page.url, observed_at=response.observed_at.isoformat())

    def _not_archived(self, asked: _Asked, why: str) -> None:
        work, page = self._work, asked.page
        failure = Failure(reason=Reason.NOT_ARCHIVED, detail=f"no capture near {page.moment:%Y-%m-%d}: {why}")
        with work.connection.transaction():
            answered(work.connection, page)
            reject(
                work.connection,
                [Rejected(candidate_id=page.candidate_id, failure=failure)],
                stage="recover",
                run_id=work.run_id,
                now=work.clock(),
            )
        work.count("recover", not_archived=1)
        log.warning("recovered", url=page.url, outcome="not_archived", detail=failure.detail)


def _is_silent(page: Failure) -> bool:
    """Whether nothing was answered at all, by which nothing is known of the page."""
    return page.status is None and page.reason is not Reason.REDIRECT_INVALID


def _as_it_was(response: Response, asked: _Asked) -> Response | Failure:
    """A replayed page as the answer that was captured, when it was; a Failure for one of another address."""
    played = wayback.played(response.final_url)
    at, url = played or (asked.moment, asked.page.url)
    try:
        same = key_hash(identity_key(url)) == asked.page.key_hash
    except NotAnAddressError:
        same = False
    if not same:
        return Failure(reason=Reason.REDIRECT_INVALID, detail="the capture leads to another address")
    memento = wayback.memento_of(response.header("memento-datetime"))
    if memento is None and at == asked.moment and not asked.exact:
        # It may be a page of the archive's own, such as one that says that it is out of order; the index knows.
        return Failure(reason=Reason.REDIRECT_INVALID, detail="the answer does not say that it is a capture")
    return replace(
        response,
        url=url,
        final_url=url,
        headers=tuple(_original(response.headers).items()),
        observed_at=memento or at,
    )


def _original(headers: Sequence[tuple[str, str]]) -> Mapping[str, str]:
    """The headers that came with the page then, and of the replay's own what says how to read it."""
    found = {name: value for name, value in headers if name.lower() == "content-type"}
    for name, value in headers:
        if name.lower().startswith(_ORIGINAL) and name.lower() != f"{_ORIGINAL}content-encoding":
            found.setdefault(name[len(_ORIGINAL) :], value)
    return found
