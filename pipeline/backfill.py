"""A range of days out of web archives, step by step, as a DAG or the command line calls it.

`plan` notes the window and the parts of archives that it calls for, `search` reads them, `stages.fetch` asks for the
pages that they name, and `complete` takes what is gone or changed out of the Wayback Machine and goes on until nothing
moves. Each reads its work from the warehouse and commits it part by part, as the steps of `pipeline.stages` do.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from math import inf
from time import monotonic, sleep

import fsspec
import structlog

from pipeline import stages
from pipeline.confine import CPU_SECONDS, MEMORY_BYTES, Confined
from pipeline.discover.past.harvest import Harvester
from pipeline.discover.past.judging import is_wanted
from pipeline.discover.past.listings import Part, Source
from pipeline.discover.past.maps import ALWAYS
from pipeline.discover.past.reading import read_part
from pipeline.discover.past.recovering import Recoverer
from pipeline.discover.past.scope import Scope
from pipeline.discover.past.searching import Searcher
from pipeline.discover.past.windows import Window, parts_of
from pipeline.errors import UsageError
from pipeline.stages import Counts
from pipeline.warehouse.recovery import claim_lost_pages, try_archives_again
from pipeline.warehouse.scans import Scan, add_parts, claim_parts, count_parts, release_parts, scan_again
from pipeline.warehouse.windows import ask_for
from pipeline.work import Work

log = structlog.get_logger()

# Parts that are claimed at once: what an archive gives in a minute or less, so that all of them are asked side by side.
_CLAIMS: dict[Source, int] = {"gdelt": 500, "wayback": 48, "sitemaps": 48, "ccnews": 12, "warc": 0}
_LOST_PAGES = 500
# How long somebody waits for what another worker has in hands before looking again.
_LOOK_AGAIN_SECONDS = 0.5
# How long an archive's wish to be left alone is waited for; what is longer is left to the next pass.
PATIENCE_SECONDS = 1800.0
_ROUNDS = 4


def plan(work: Work, window: Window) -> Counts:
    """Note a window, and which parts of which archives are to be read for it."""
    scope = _scope(work)
    feeds = [feed for profile in work.profiles for feed in profile.feeds]
    with work.connection.transaction():
        ask_for(work.connection, window, now=work.clock())
        add_parts(work.connection, parts_of(window, feeds, now=work.clock()))
        if "warc" in window.sources:
            add_parts(work.connection, _own_files(work.settings.warc_url))
        scan_again(work.connection, window, scope=scope.version, now=work.clock())
    try_archives_again(work.connection)
    left = count_parts(work.connection, window, window.sources, worker=work.worker)
    log.info("planned", parts=left.parts, to_read=left.pending)
    return work.count("plan", parts=left.parts, to_read=left.pending)


def _own_files(root: str | None) -> Iterator[Part]:
    """WARC files of the user's own: one file, or all below a folder.

    Raises:
        UsageError: there is none, or nobody said where.
    """
    if root is None:
        raise UsageError("--from warc needs to know where the files are; set QANTAR_WARC_URL to a folder or a file")
    if root.startswith(("http://", "https://")):
        files = [root]
    else:
        filesystem, path = fsspec.url_to_fs(root)
        found = [path] if filesystem.isfile(path) else sorted(filesystem.find(path) if filesystem.exists(path) else [])
        files = [filesystem.unstrip_protocol(each) for each in found if each.endswith((".warc", ".warc.gz"))]
    if not files:
        raise UsageError(f"{root} holds no .warc or .warc.gz file; see QANTAR_WARC_URL")
    for file in files:
        yield Part(source="warc", kind="file", part=file, covers_from=ALWAYS[0], covers_until=ALWAYS[1])


@dataclass(slots=True)
class _Pauses:
    """Until when the archives that refused are left alone, by this machine's clock."""

    until: dict[Source, float] = field(default_factory=dict)

    def note(self, spans: dict[Source, timedelta]) -> None:
        """Take in what archives wish."""
        for source, span in spans.items():
            self.until[source] = monotonic() + span.total_seconds()
        spans.clear()

    def awake(self, sources: Sequence[Source]) -> list[Source]:
        """Those that may be asked."""
        return [source for source in sources if self.until.get(source, 0.0) <= monotonic()]

    def longest(self, sources: Sequence[Source]) -> float:
        """The seconds until the last of them may be asked."""
        return max((self.until.get(source, 0.0) - monotonic() for source in sources), default=0.0)


def search(
    work: Work, window: Window, *, sources: Sequence[Source] | None = None, budget_seconds: float = inf
) -> Counts:
    """Read the parts that a window calls for, of all its sources or of these, and write down what they know.

    What another worker has in hands is waited for. What was not begun within the budget is left to the next pass.

    Raises:
        MalformedError: a file is malformed beyond what is gone around. The next call goes on without it.
    """
    until = monotonic() + budget_seconds
    sources = sources or window.sources
    scope = _scope(work)
    with ExitStack() as stack:
        reader = stack.enter_context(
            Confined(read_part, processes=os.cpu_count() or 1, cpu_seconds=CPU_SECONDS * 3, memory_bytes=MEMORY_BYTES)
        )
        searcher = Searcher(work, scope, reader)
        files = _Files(work, window, scope, stack)
        pauses = _Pauses()
        while monotonic() < until:
            scans = _claim(work, window, pauses.awake(sources))
            if scans:
                stages.download_until(work, searcher.expect(scans), searcher.keep, until)
                release_parts(work.connection, work.worker)
                pauses.note(searcher.pauses)
                searcher.raise_malformed()
            elif files.read_one(pauses.awake(sources)):
                pauses.note(files.pauses)
            elif not _wait(work, window, sources, pauses, until):
                break
            _tell(work, window, sources)
    release_parts(work.connection, work.worker)
    return work.count("search")


class _Files:
    """The files of records of a window, one at a time; what reads them is made when there is one."""

    def __init__(self, work: Work, window: Window, scope: Scope, stack: ExitStack) -> None:
        self._work = work
        self._window = window
        self._scope = scope
        self._stack = stack
        self._harvester: Harvester | None = None
        self.pauses: dict[Source, timedelta] = {}

    def read_one(self, sources: Sequence[Source]) -> bool:
        """Read the next file of these sources; False when there is none that is free."""
        work = self._work
        claimed = claim_parts(work.connection, self._window, sources, worker=work.worker, files=True, limit=1)
        for scan in claimed:
            pause = self._reader().read(scan)
            if pause:
                self.pauses[scan.source] = pause
        return bool(claimed)

    def _reader(self) -> Harvester:
        if self._harvester is None:
            processes = os.cpu_count() or 1
            judge = Confined(is_wanted, processes=processes, cpu_seconds=CPU_SECONDS, memory_bytes=MEMORY_BYTES)
            self._harvester = Harvester(self._work, self._scope, self._stack.enter_context(judge))
        return self._harvester


def _claim(work: Work, window: Window, sources: Sequence[Source]) -> list[Scan]:
    return [
        scan
        for source in sources
        for scan in claim_parts(
            work.connection, window, [source], worker=work.worker, files=False, limit=_CLAIMS[source]
        )
    ]


def _wait(work: Work, window: Window, sources: Sequence[Source], pauses: _Pauses, until: float) -> bool:
    """Wait for what others have in hands, or until an archive may be asked again; False when nothing is worth it."""
    left = count_parts(work.connection, window, sources, worker=work.worker)
    paused = pauses.longest(sources)
    if not left.pending or (not left.elsewhere and paused <= 0):
        return False
    if paused > PATIENCE_SECONDS and not left.elsewhere:
        log.warning("searched", outcome="paused", seconds=round(paused), left=left.pending)
        return False
    sleep(max(0.0, min(_LOOK_AGAIN_SECONDS if left.elsewhere else min(paused, 5.0), until - monotonic())))
    return True


def _tell(work: Work, window: Window, sources: Sequence[Source]) -> None:
    left = count_parts(work.connection, window, sources, worker=work.worker)
    work.progress.advance("search", done=left.parts - left.pending, total=left.parts)


def recover(work: Work, *, budget_seconds: float = inf) -> Counts:
    """Ask the Wayback Machine for pages that archives know and whose live ones are gone or changed."""
    until = monotonic() + budget_seconds
    waited = 0.0
    done = 0
    while monotonic() < until and (pages := claim_lost_pages(work.connection, worker=work.worker, limit=_LOST_PAGES)):
        recoverer = Recoverer(work, pages)
        stages.download_until(work, recoverer.first(), recoverer.keep, until)
        stages.download_until(work, recoverer.look_ups(), recoverer.keep_look_ups, until)
        stages.download_until(work, recoverer.second(), recoverer.keep, until)
        stages.release_pages(work)
        work.count("recover", asked=len(pages))
        done += recoverer.captured
        work.progress.advance("recover", done=done, total=None)
        pause = recoverer.pause.total_seconds()
        if pause > 0:
            waited += pause
            if waited > PATIENCE_SECONDS:
                log.warning("recovered", outcome="paused", seconds=round(pause))
                break
            sleep(max(0.0, min(pause, until - monotonic())))
    return work.count("recover", captured=0)


def complete(work: Work) -> Counts:
    """Read what came, and recover what turns out to be gone or changed, until nothing more does."""
    for _ in range(_ROUNDS):
        for step in stages.REPROCESSING:
            step(work)
        before = work.counts.get("recover", {}).get("captured", 0)
        if recover(work)["captured"] == before:
            break
    return work.count("recover")


def backfill(work: Work, window: Window) -> None:
    """The whole way of a window, once: what was done before, by whomever, is not done again."""
    plan(work, window)
    search(work, window)
    stages.fetch(work)
    recover(work)
    complete(work)


def _scope(work: Work) -> Scope:
    return Scope(work.profiles, work.taggers)
