"""The real time. Only the two front doors, `cli` and `scheduling`, read it; the rest is handed a clock."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The real time, in UTC."""
    return datetime.now(UTC)
