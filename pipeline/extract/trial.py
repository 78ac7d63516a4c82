"""Extracting a folder of pages, for `qantar try extract`."""

from __future__ import annotations

import gzip
import json
import os
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.confine import CPU_SECONDS, MEMORY_BYTES, Confined, Killed
from pipeline.errors import Failure, Reason, UsageError
from pipeline.extract import extract_only, sketch
from pipeline.extract.dates import decide, decide_update
from pipeline.extract.furniture import learn
from pipeline.identify.urls import host_of
from pipeline.outlets import UNKNOWN, Sketch
from pipeline.records import Page, Reading


def pages_of(folder: Path, *, now: datetime) -> Iterator[tuple[str, Page]]:
    """The pages that `folder/index.jsonl` lists ({"url", "file"}, the file gzipped or not), as seen now.

    Raises `UsageError` when the index or a file is not there.
    """
    index = folder / "index.jsonl"
    if not index.exists():
        raise UsageError(f"{index} is not there; it holds one line a page: {{'url': …, 'file': …}}")
    for line in index.read_text("utf-8").split("\n"):
        if line.strip():
            row = json.loads(line)
            file = folder / row["file"]
            if not file.exists():
                raise UsageError(f"{index} names {row['file']}, which is not there")
            body = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
            yield row["url"], Page(url=row["url"], body=body, content_type=None, observed_at=now)


def extract_folder(folder: Path, *, now: datetime) -> Iterator[tuple[str, Reading | Killed]]:
    """Extract all pages of a folder as production does once it has settled: each host's furniture is learnt first.

    Raises `UsageError` as `pages_of` does.
    """
    pages = Counter(host_of(url) for url, _ in pages_of(folder, now=now))
    sketches: dict[str, list[Sketch]] = defaultdict(list)
    with Confined(
        trial_step, processes=os.cpu_count() or 1, cpu_seconds=CPU_SECONDS, memory_bytes=MEMORY_BYTES
    ) as children:
        first = (
            (url, Step(sketch_only=True, page=page))
            for url, page in pages_of(folder, now=now)
            if pages[host_of(url)] > 1
        )
        for url, answer in children.map(first):
            if isinstance(answer, Reading) and answer.sketch is not None:
                sketches[host_of(url)].append(answer.sketch)
        furniture = {host: learn(of_host) for host, of_host in sketches.items()}
        then = (
            (url, Step(page=replace(page, furniture=furniture.get(host_of(url), UNKNOWN))))
            for url, page in pages_of(folder, now=now)
        )
        for url, answer in children.map(then):
            yield url, answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a child is asked: to read a page, or only what it tells of its outlet."""

    page: Page
    sketch_only: bool = False


def trial_step(step: Step) -> Reading:
    """Do one step, in a child."""
    if step.sketch_only:
        return Reading(outcome=_NOT_READ, sketch=sketch(step.page))
    return extract_only(step.page)


_NOT_READ = Failure(reason=Reason.NO_TEXT, detail="only sketched")


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
    }
