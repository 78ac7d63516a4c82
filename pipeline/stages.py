"""One function a step, as a DAG or the command line calls it.

Each reads from the warehouse what is to do, does it, commits batch after batch, and returns counts. Killed
at any moment, it leaves nothing half done: the next pass finds what was not committed and does it again.
Archiving has no function of its own: `poll` and `fetch` close a WARC file before a row or a parser knows of
its bytes (docs/decisions/0002).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import datetime
from math import inf
from time import monotonic

import structlog

from pipeline.confine import CPU_SECONDS, MEMORY_BYTES, Confined
from pipeline.discover.documents import parse_document
from pipeline.discover.polling import FeedKeeper
from pipeline.extract import EXTRACTOR_VERSION
from pipeline.extract.batches import extract_waiting
from pipeline.extract.dates import decide, decide_update
from pipeline.extract.outlet import read_batch
from pipeline.fetch.download import Keep, download
from pipeline.fetch.keeping import PageKeeper
from pipeline.fetch.many import Wanted
from pipeline.identify.urls import direct
from pipeline.warehouse.articles import Dates, articles_to_decide, decide_articles, identify_captures
from pipeline.warehouse.assessments import articles_to_judge, record_assessments, rest_unchanged
from pipeline.warehouse.candidates import claim_candidates, release_candidates
from pipeline.warehouse.captures import count_captures_to_extract, read_outdated_again
from pipeline.warehouse.copies import sign_again
from pipeline.warehouse.feeds import claim_feeds, claim_witnesses, release_feeds
from pipeline.warehouse.forget import forget
from pipeline.warehouse.furniture import learn_next_outlet
from pipeline.warehouse.housekeeping import count_unsettled, delete_garbage, drop_history
from pipeline.warehouse.stories import load_articles
from pipeline.work import Work

log = structlog.get_logger()

Counts = dict[str, int]

# How many rows a transaction takes: long enough to be cheap, short enough to be done again after a kill.
_BATCH = 200
# How much is claimed at once: a whole pass of a large instance, so that each host's robots.txt is read once.
_CLAIM = 5000
# Feeds that are asked out of turn when nearly everything fails, to learn whether it is our own network.
_WITNESSES = 3
_WITNESS_SECONDS = 30.0
# What indexes of sitemaps may take beyond the budget, so that one that was read at its end is read whole.
_CHILDREN_SECONDS = 30.0


def poll(work: Work, *, everything: bool = False, budget_seconds: float = inf) -> Counts:
    """Ask the feeds that are due (with `everything`, all of them) and write down what they list.

    What was not begun within the budget stays due; so it is in every step that has one.
    """
    until = monotonic() + budget_seconds
    since = work.started_at if everything else None
    begun = work.clock()
    with Confined(
        parse_document, processes=_processes(work), cpu_seconds=CPU_SECONDS, memory_bytes=MEMORY_BYTES
    ) as parser:
        keeper = FeedKeeper(work, parser)
        while monotonic() < until and (
            claimed := claim_feeds(
                work.connection,
                worker=work.worker,
                crises=work.crises,
                now=work.clock(),
                limit=_CLAIM,
                shard=work.shard,
                asked_since=since,
            )
        ):
            work.count("poll", feeds=len(claimed))
            download_until(work, keeper.expect(claimed), keeper.keep, until)
        download_until(work, keeper.children(), keeper.keep_children, until + _CHILDREN_SECONDS)
        keeper.finish_indexes()
        if keeper.suspects_us():
            witnesses = claim_witnesses(
                work.connection, worker=work.worker, crises=work.crises, before=begun, limit=_WITNESSES
            )
            download_until(
                work, keeper.expect(witnesses, as_witnesses=True), keeper.keep, monotonic() + _WITNESS_SECONDS
            )
        keeper.blame()
    release_feeds(work.connection, work.worker)
    return work.count("poll")


def fetch(work: Work, *, budget_seconds: float = inf) -> Counts:
    """Ask for the pages that are due, archive what comes, and write down captures and rejections."""
    until = monotonic() + budget_seconds
    while monotonic() < until and (
        claimed := claim_candidates(
            work.connection, worker=work.worker, now=work.clock(), limit=_CLAIM, shard=work.shard
        )
    ):
        work.count("fetch", asked=len(claimed))
        keeper = PageKeeper(work, {page.candidate_id: page for page in claimed})
        wanted = [
            Wanted(key=page.candidate_id, url=direct(page.url), etag=page.etag, last_modified=page.last_modified)
            for page in claimed
        ]
        download_until(work, wanted, keeper.keep, until)
        keeper.blame()
    release_pages(work)
    return work.count("fetch")


def release_pages(work: Work) -> None:
    """Free the pages that this worker claimed and did not come to."""
    release_candidates(work.connection, work.worker)


def download_until(work: Work, wanted: Sequence[Wanted], keep: Keep, until: float) -> None:
    """Download with the settings of this pass until a moment of this machine's monotonic clock, in seconds."""
    download(
        wanted,
        keep=keep,
        settings=work.settings,
        conninfo=work.conninfo,
        clock=work.clock,
        budget_seconds=until - monotonic(),
    )


def extract(work: Work, *, budget_seconds: float = inf) -> Counts:
    """Read title, text, dates and language out of the archived pages, in children that can be killed."""
    until = monotonic() + budget_seconds
    total = count_captures_to_extract(work.connection, work.shard)
    done = 0
    if total:
        with Confined(
            read_batch, processes=_processes(work), cpu_seconds=CPU_SECONDS, memory_bytes=MEMORY_BYTES
        ) as extractor:
            for number in extract_waiting(work, extractor):
                done += number
                work.progress.advance("extract", done=done, total=max(done, total))
                if monotonic() >= until:
                    break
    return work.count("extract", captures=done)


def _processes(work: Work) -> int:
    """How many children this share of the pass may have, so that all shares together keep the machine busy."""
    return max(1, (os.cpu_count() or 1) // work.shard.of)


def identify(work: Work) -> Counts:
    """Give captures their article and revision, and decide each article's date and newest revision."""
    captures = 0
    while batch := identify_captures(work.connection, limit=_BATCH, now=work.clock()):
        for url in batch.to_forget:
            forget(work.connection, work.archive, url, why="its page is that of a forgotten one", now=work.clock())
        captures += batch.captures
    decided = _decide(work)
    log.info("identified", captures=captures, decided=decided)
    return work.count("identify", captures=captures, decided=decided)


def _decide(work: Work) -> int:
    decided, after = 0, 0
    while True:
        with work.connection.transaction():
            articles = articles_to_decide(work.connection, after=after, limit=_BATCH)
            decide_articles(
                work.connection,
                [
                    (article, Dates(published=decide(article.claims), modified=decide_update(article.update_claims)))
                    for article in articles
                ],
                now=work.clock(),
            )
        if not articles:
            return decided
        decided, after = decided + len(articles), articles[-1].article_id


def tag(work: Work) -> Counts:
    """Judge new articles, and those that a changed profile called for, with the words that prove it."""
    judged = relevant = 0
    for profile in work.profiles:
        after = 0
        while articles := articles_to_judge(work.connection, profile, after=after, limit=_BATCH):
            tagger = work.taggers[profile.id]
            assessed = [
                (
                    article,
                    tagger.assess(
                        title=article.title,
                        text=article.text,
                        language=article.language,
                        published_at=article.published_at,
                    ),
                )
                for article in articles
            ]
            record_assessments(work.connection, assessed, profile=profile, now=work.clock())
            judged += len(assessed)
            relevant += sum(said.relevant for _, said in assessed)
            after = articles[-1].article_id
    unchanged = rest_unchanged(work.connection, work.crises)
    log.info("tagged", judged=judged, relevant=relevant, unchanged=unchanged)
    return work.count("tag", judged=judged, relevant=relevant)


def load(work: Work) -> Counts:
    """Publish judged articles to the reports, with the stories they belong to."""
    counts: Counts = {}
    while (batch := load_articles(work.connection, crises=work.crises, limit=_BATCH, now=work.clock())).articles:
        counts = work.count(
            "load",
            articles=batch.articles,
            new_stories=batch.new_stories,
            merges=batch.merges,
            splits=batch.splits,
        )
    log.info("loaded", **counts)
    return counts or work.count("load", articles=0)


def settle(work: Work, *, budget_seconds: float = inf) -> Counts:
    """Compute again what moved while the other steps ran, until nothing moves; then tidy up.

    Learning an outlet may have its pages read again, and what is read again is identified, judged and loaded again.
    """
    until = monotonic() + budget_seconds
    rounds, before = 0, 0
    while rounds < _ROUNDS and (left := count_unsettled(work.connection)) not in {0, before}:
        before = left
        learn(work)
        extract(work, budget_seconds=until - monotonic())
        identify(work)
        tag(work)
        load(work)
        rounds += 1
    dropped = drop_history(work.connection, now=work.clock())
    deleted = delete_garbage(work.connection, work.archive)
    unsettled = count_unsettled(work.connection)
    log.info("settled", rounds=rounds, unsettled=unsettled, months_dropped=len(dropped), files_deleted=deleted)
    return work.count("settle", rounds=rounds, unsettled=unsettled)


def learn(work: Work) -> Counts:
    """Learn the furniture of outlets with new pages, and have the pages read again that read differently with it."""
    counts = work.count("learn", outlets=0, changed=0, read_again=0)
    while learnt := learn_next_outlet(work.connection, now=work.clock()):
        counts = work.count("learn", outlets=1, changed=learnt.changed, read_again=learnt.read_again)
    log.info("learnt", **counts)
    return counts


# A round for what moved meanwhile, one for what it moved in its turn; many mean that another pass is at work.
_ROUNDS = 5

REPROCESSING: tuple[Callable[[Work], Counts], ...] = (extract, identify, tag, load, settle)
STEPS: tuple[Callable[[Work], Counts], ...] = (fetch, *REPROCESSING)


def reread(
    work: Work, *, since: datetime | None = None, until: datetime | None = None, outlet: str | None = None
) -> Counts:
    """Have the archived pages of a span of time, or of an outlet, extracted again that another version read.

    Nothing is asked of the web, and a second time nothing is left to do.
    """
    outdated = read_outdated_again(
        work.connection, extractor_version=EXTRACTOR_VERSION, since=since, until=until, outlet=outlet
    )
    signed_again = sign_again(work.connection)
    log.info("reread", outdated=outdated, signed_again=signed_again)
    return work.count("reread", outdated=outdated)


def reprocess(
    work: Work, *, since: datetime | None = None, until: datetime | None = None, outlet: str | None = None
) -> None:
    """Compute again, from the archive alone, what extractor, furniture or profiles say otherwise now."""
    reread(work, since=since, until=until, outlet=outlet)
    for step in REPROCESSING:
        step(work)


def run_pass(work: Work, *, everything: bool = False) -> None:
    """The whole way, once: `poll` (with `everything`, every feed, due or not), then each step after it."""
    poll(work, everything=everything)
    for step in STEPS:
        step(work)
