"""Tagging one row of a file, for `qantar try tag`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from pipeline.tag.tagger import Tagger


def trial_row(row: Mapping[str, Any], tagger: Tagger) -> dict[str, Any]:
    """What the tagger says of a row.

    Args:
        row: `id`, `title` and `text`; `published_at` (ISO 8601; UTC where it has no zone) and `language` as known.
        tagger: the judge.

    Returns:
        id, relevant, score, tags, places, and evidence with field, kind, label, quote, start and end.

    Raises:
        KeyError: a row without id or text.
        ValueError: a `published_at` that is no ISO 8601 time.
    """
    published = datetime.fromisoformat(row["published_at"]) if row.get("published_at") else None
    said = tagger.assess(
        title=row.get("title") or "",
        text=row["text"],
        language=row.get("language"),
        published_at=published if published is None or published.tzinfo else published.replace(tzinfo=UTC),
    )
    return {
        "id": row["id"],
        "relevant": said.relevant,
        "score": said.relevance,
        "tags": list(said.tags),
        "places": list(said.places),
        "evidence": [asdict(match) for match in said.evidence],
    }
