"""What the whole pass costs in CPU, fetching left out, against bare trafilatura on the same pages.

Without folders of pages it is measured on the made-up sample, over and over.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from trafilatura import bare_extraction

from pipeline import stages
from pipeline.embedded import lease
from pipeline.extract.trial import pages_of
from pipeline.records import Page, Response
from pipeline.sample.site import answers
from pipeline.settings import Settings
from pipeline.warehouse.candidates import record_captures
from pipeline.work import Work, open_work

NOW = datetime(2022, 1, 20, tzinfo=UTC)


def measure(folders: Sequence[Path]) -> None:
    """Measure on the pages of these folders, or on the made-up sample where there are none, and print."""
    pages = _pages(folders)
    size = sum(len(page.body) for page in pages) / len(pages) / 1000
    print(f"{len(pages)} pages of {size:.0f} kB on average, {os.cpu_count()} cores")
    bare = _cpu(lambda: _bare_pass(pages))
    print(f"bare trafilatura with metadata: {1000 * bare / len(pages):.1f} ms of CPU a page")
    for each in folders:
        alone = _cpu(lambda folder=each: _bare_pass([page for _, page in pages_of(folder, now=NOW)]))  # type: ignore[misc]
        command = _cpu(lambda folder=each: _try_extract(folder))  # type: ignore[misc]
        print(f"  qantar try extract {each.name}: {command / alone:.2f} of it, start-up included (at most 0.9)")
    total = 0.0
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        settings = Settings.model_validate({"home": folder, "crisis": "kazakhstan_2022"})
        with lease(settings.home), open_work(settings, kind="bench", clock=lambda: NOW) as work:
            archived = _cpu(lambda: _archive(work, pages))
            costs: dict[str, float] = {}
            for step in (stages.extract, stages.identify, stages.tag, stages.load, stages.settle):
                spent = costs[step.__name__] = _cpu(lambda step=step: step(work))  # type: ignore[misc]
                total += spent
                print(f"  {step.__name__:9} {1000 * spent / len(pages):6.2f} ms a page, {spent / bare:.3f} of bare")
            print(f"  identifying costs {costs['identify'] / costs['extract']:.3f} of extracting (at most 0.05)")
            print(
                f"  (archive   {1000 * archived / len(pages):6.2f} ms a page, {archived / bare:.3f}; part of fetching)"
            )
    print(f"the pass, fetching excluded: {total / bare:.2f} of bare trafilatura (at most 1.25)")
    print(f"with archiving: {(total + archived) / bare:.2f}. PostgreSQL's own CPU is not in these numbers.")


def _pages(folders: Sequence[Path]) -> list[Page]:
    real = [page for folder in folders for _, page in pages_of(folder, now=NOW)]
    return real or [
        Page(url=f"{url}?copy={copy}", body=answer.body, content_type="text/html", observed_at=NOW)
        for copy in range(5)
        for url, answer in answers(1).items()
        if "xml" not in answer.content_type
    ]


def _bare_pass(pages: list[Page]) -> None:
    for page in pages:
        _bare(page)


def _bare(page: Page) -> None:
    with suppress(ValueError, RecursionError):
        bare_extraction(page.body, url=page.url, with_metadata=True)


def _try_extract(folder: Path) -> None:
    command = Path(sys.executable).parent / "qantar"
    subprocess.run([command, "try", "extract", folder], check=True, capture_output=True)


def _archive(work: Work, pages: list[Page]) -> None:
    """Put pages into archive and warehouse as fetching does, with a candidate for each."""
    for start in range(0, len(pages), 64):
        batch = pages[start : start + 64]
        responses = [
            Response(url=each.url, final_url=each.url, status=200, headers=(), body=each.body, observed_at=NOW)
            for each in batch
        ]
        places = work.archive.write(responses, now=NOW)
        candidates = [
            work.connection.execute(
                "INSERT INTO ops.candidates (url, key_hash, host, source, run_id, discovered_at, state) "
                "VALUES (%s, sha256(%s), 'bench', 'bench', %s, %s, 'pending') RETURNING candidate_id",
                [each.url, each.url.encode(), work.run_id, NOW],
            ).fetchone()
            for each in batch
        ]
        captured = [
            (row[0], response, place) for row, response, place in zip(candidates, responses, places, strict=True) if row
        ]
        record_captures(work.connection, captured, run_id=work.run_id, recheck_at={})


def _cpu(run: Callable[[], object]) -> float:
    """CPU seconds of this process and the children that it saw off."""
    before = _spent()
    run()
    return _spent() - before


def _spent() -> float:
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)
