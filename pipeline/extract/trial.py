"""Extracting a folder of pages, for `qantar try extract`."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.confine import Killed
from pipeline.errors import Failure, UsageError
from pipeline.extract.dates import decide
from pipeline.records import Article, Page


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


def trial_row(url: str, outcome: Article | Failure | Killed) -> dict[str, Any]:
    """One line of the answer; `rejected` tells why a page gave nothing."""
    match outcome:
        case Killed(how=how, detail=detail):
            return {"url": url, "rejected": f"extractor_{how}", "detail": detail}
        case Failure(reason=reason, detail=detail):
            return {"url": url, "rejected": reason.value, "detail": detail}
    published = decide(outcome.claims)
    return {
        "url": url,
        "title": outcome.title,
        "text": outcome.text,
        "published_at": published.isoformat() if published else None,
        "published_origin": published.origin.value if published else None,
        "published_precision": published.precision.value if published else None,
        "language": outcome.language,
        "authors": list(outcome.authors),
    }
