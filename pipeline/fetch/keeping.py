"""What becomes of a batch of fetched pages: archived first, then written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus

import structlog

from pipeline.blame import is_ours, is_out_of_reach
from pipeline.errors import Failure, Reason
from pipeline.fetch.many import Outcome
from pipeline.identify.urls import NotAnAddressError, host_of, identity_key, key_hash
from pipeline.records import Response
from pipeline.retries import AFTER_OUR_OWN_OUTAGE, next_attempt, next_recheck
from pipeline.warehouse.candidates import (
    DueCandidate,
    Rejected,
    body_digest,
    record_absences,
    record_captures,
    record_unchanged,
    reject,
    spare,
)
from pipeline.warehouse.tombstones import Place, buried
from pipeline.work import Work

log = structlog.get_logger()

# Answers that say that a page is no more.
_GONE = (Reason.HTTP_NOT_FOUND, Reason.HTTP_GONE)


class PageKeeper:
    """Keeps the outcomes of fetches; `pages` are the candidates that were asked for, by their ids.

    Pages that were out of reach are written down last, by `blame`, when it is known whether it was them or us.
    """

    def __init__(self, work: Work, pages: Mapping[int, DueCandidate]) -> None:
        self._work = work
        self._pages = pages
        self._done = 0
        self._reached: dict[str, bool] = {}
        self._unreached: list[tuple[int, Failure]] = []

    def keep(self, batch: Sequence[Outcome]) -> None:
        """Archive what came, then write down captures and rejections."""
        outcomes = self._without_forbidden(batch)
        for key, outcome in outcomes:
            host = host_of(self._pages[key].url)
            self._reached[host] = self._reached.get(host, False) or not is_out_of_reach(outcome)
        self._unreached += [(key, outcome) for key, outcome in outcomes if is_out_of_reach(outcome)]
        now = self._work.clock()
        came = [(key, outcome) for key, outcome in outcomes if isinstance(outcome, Response)]
        failed = [
            (key, outcome) for key, outcome in outcomes if isinstance(outcome, Failure) and not is_out_of_reach(outcome)
        ]
        unchanged = {key for key, response in came if self._is_unchanged(key, response)}
        recheck_at = {key: next_recheck(now, rechecks=self._pages[key].rechecks) for key, _ in came}
        record_unchanged(self._work.connection, {key: recheck_at[key] for key in unchanged})
        came = [(key, response) for key, response in came if key not in unchanged]
        if came:
            places = self._work.archive.write([response for _, response in came], now=self._work.clock())
            record_captures(
                self._work.connection,
                [(key, response, place) for (key, response), place in zip(came, places, strict=True)],
                run_id=self._work.run_id,
                recheck_at=recheck_at,
            )
        self._reject(failed)
        gone = {key: failure for key, failure in failed if failure.reason in _GONE}
        record_absences(self._work.connection, gone, run_id=self._work.run_id, now=now)
        self._work.count("fetch", captured=len(came), unchanged=len(unchanged), rejected=len(failed))
        for key, outcome in outcomes:
            _log(self._pages[key].url, outcome)
        self._done += len(batch)
        self._work.progress.advance("fetch", done=self._done, total=len(self._pages))

    def _is_unchanged(self, key: int, response: Response) -> bool:
        """Whether the server says that a page is as it was (304), or sent the same bytes again."""
        return response.status == HTTPStatus.NOT_MODIFIED or body_digest(response) == self._pages[key].body_digest

    def blame(self) -> None:
        """Write down the pages that were out of reach: as rejected, or spared if nearly everything was.

        Of what the list of an archive named much is gone for good, and the archive can be asked instead: it proves
        nothing about our own network.
        """
        alive = {key: failure for key, failure in self._unreached if not self._pages[key].archived}
        hosts = {host_of(self._pages[key].url) for key in alive}
        spared = alive if is_ours({h: came for h, came in self._reached.items() if came or h in hosts}, {}) else {}
        spare(self._work.connection, list(spared), again_at=self._work.clock() + AFTER_OUR_OWN_OUTAGE)
        rejected = [(key, failure) for key, failure in self._unreached if key not in spared]
        self._reject(rejected)
        self._work.count("fetch", rejected=len(rejected), offline=len(spared))
        self._unreached = []

    def _reject(self, failed: Sequence[tuple[int, Failure]]) -> None:
        now = self._work.clock()
        rejected = [
            Rejected(
                candidate_id=key,
                failure=failure,
                again_at=next_attempt(now, failure, attempts=self._pages[key].attempts),
            )
            for key, failure in failed
        ]
        reject(self._work.connection, rejected, stage="fetch", run_id=self._work.run_id, now=now)

    def _without_forbidden(self, batch: Sequence[Outcome]) -> list[Outcome]:
        """The outcomes, where an answer from an address that is none, or must stay forgotten, is a failure."""
        places: dict[int, Place] = {}
        checked: dict[int, Response | Failure] = {}
        for key, outcome in batch:
            checked[key] = outcome
            if isinstance(outcome, Response):
                try:
                    place = Place(key_hash=key_hash(identity_key(outcome.final_url)), host=host_of(outcome.final_url))
                except NotAnAddressError as error:
                    checked[key] = Failure(reason=Reason.REDIRECT_INVALID, detail=str(error))
                else:
                    places[key] = place
        for key in buried(self._work.connection, places):
            checked[key] = Failure(reason=Reason.FORGOTTEN, detail="it redirects to what an operator had forgotten")
        return list(checked.items())


def _log(url: str, outcome: Response | Failure) -> None:
    if isinstance(outcome, Failure):
        log.warning("fetched", url=url, outcome="rejected", reason=outcome.reason.value, detail=outcome.detail)
    else:
        log.info("fetched", url=url, outcome="captured", status=outcome.status, bytes=len(outcome.body))
