"""Extracting a folder of pages, for `qantar try extract`."""

from __future__ import annotations

import gzip
import json
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.confine import CPU_SECONDS, MEMORY_BYTES, Confined, Killed
from pipeline.errors import Failure, UsageError
from pipeline.extract.dates import decide, decide_update
from pipeline.extract.furniture import SAMPLE
from pipeline.extract.outlet import Batch, read_batch
from pipeline.identify.urls import host_of
from pipeline.outlets import UNKNOWN, Furniture
from pipeline.records import Page, Reading


def pages_of(folder: Path, *, now: datetime) -> Iterator[tuple[str, Page]]:
    """The pages that `folder/index.jsonl` lists ({"url", "file"}, the file gzipped or not), as seen now.

    Raises `UsageError` when the index or a file is not there.
    """
    return _pages(_files_in(folder), now)


def _files_in(folder: Path) -> list[tuple[str, Path]]:
    index = folder / "index.jsonl"
    if not index.exists():
        raise UsageError(f"{index} is not there; it holds one line a page: {{'url': …, 'file': …}}")
    rows = [json.loads(line) for line in index.read_text("utf-8").split("\n") if line.strip()]
    files = [(row["url"], folder / row["file"]) for row in rows]
    if missing := next((file for _, file in files if not file.exists()), None):
        raise UsageError(f"{index} names {missing.relative_to(folder)}, which is not there")
    return files


def _pages(files: Iterable[tuple[str, Path]], now: datetime) -> Iterator[tuple[str, Page]]:
    for url, file in files:
        body = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        yield url, Page(url=url, body=body, content_type=None, observed_at=now)


def extract_folder(folder: Path, *, now: datetime) -> Iterator[tuple[str, Reading | Killed]]:
    """Extract all pages of a folder as production does once it has settled: each host's furniture is learnt first.

    Raises `UsageError` as `pages_of` does.
    """
    by_host: dict[str, list[tuple[str, Path]]] = defaultdict(list)
    for url, file in _files_in(folder):
        by_host[host_of(url)].append((url, file))
    with Confined(
        read_batch, processes=os.cpu_count() or 1, cpu_seconds=CPU_SECONDS, memory_bytes=MEMORY_BYTES
    ) as children:
        left: list[tuple[str, Path, Furniture]] = []
        samples = ((files, _batch(files[:SAMPLE], now, None)) for files in by_host.values())
        for files, answer in children.map(samples):
            if isinstance(answer, Killed):  # by one page of them: each has to answer for itself
                left += [(url, file, UNKNOWN) for url, file in files]
                continue
            yield from ((url, reading) for (url, _), reading in zip(files, answer.readings, strict=False))
            left += [(url, file, answer.furniture) for url, file in files[SAMPLE:]]
        rest = ((url, _batch([(url, file)], now, known)) for url, file, known in left)
        for url, answer in children.map(rest):
            yield url, answer if isinstance(answer, Killed) else answer.readings[0]


def _batch(files: Sequence[tuple[str, Path]], now: datetime, furniture: Furniture | None) -> Batch:
    pages = tuple(page for _, page in _pages(files, now))
    return Batch(pages=pages, furniture=furniture, with_sketches=False)


def trial_row(url: str, answer: Reading | Killed) -> dict[str, Any]:
    """One line of the answer; `rejected` tells why a page gave no text."""
    if isinstance(answer, Killed):
        return {"url": url, "rejected": f"extractor_{answer.how}", "detail": answer.detail}
    published, outcome = decide(answer.claims), answer.outcome
    dated = {
        "published_at": published.isoformat() if published else None,
        "published_origin": published.origin.value if published else None,
        "published_precision": published.precision.value if published else None,
    }
    if isinstance(outcome, Failure):
        return {"url": url, "rejected": outcome.reason.value, "detail": outcome.detail, **dated}
    modified = decide_update(outcome.updates)
    return {
        "url": url,
        "title": outcome.title,
        "text": outcome.text,
        **dated,
        "modified_at": modified.isoformat() if modified else None,
        "language": outcome.language,
        "authors": list(outcome.authors),
        "canonical_url": outcome.canonical_url,
        "site_name": outcome.site_name,
        "image_url": outcome.image_url,
        "paywalled": outcome.paywalled,
        "credit": outcome.credit.name if outcome.credit else None,
    }
