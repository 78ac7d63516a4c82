"""Values on their way into PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from pipeline.records import DateClaim, Origin, Precision


def storable(text: str) -> str:
    """The text without what PostgreSQL's `text` cannot hold: NUL characters and halves of surrogate pairs."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode("utf-8")


def claims_to_json(claims: Sequence[DateClaim]) -> Jsonb:
    """Date claims as `news.extractions.claims` keeps them; offsets in seconds."""
    return Jsonb(
        [
            {
                "at": claim.at.isoformat(),
                "offset": None if claim.offset is None else claim.offset.total_seconds(),
                "day": claim.day.isoformat(),
                "origin": claim.origin.value,
                "precision": claim.precision.value,
            }
            for claim in claims
        ]
    )


def claims_from_json(rows: Sequence[Mapping[str, Any]]) -> list[DateClaim]:
    """The date claims that `claims_to_json` wrote."""
    return [
        DateClaim(
            at=datetime.fromisoformat(row["at"]),
            offset=None if row["offset"] is None else timedelta(seconds=float(row["offset"])),
            day=date.fromisoformat(row["day"]),
            origin=Origin(row["origin"]),
            precision=Precision(row["precision"]),
        )
        for row in rows
    ]
