"""What settling leaves behind: history beyond its keep, files that nothing refers to."""

from __future__ import annotations

from datetime import datetime, timedelta

from pipeline.archive import Archive
from pipeline.warehouse.connect import Connection
from pipeline.warehouse.queries import query

# Polls and rejections older than this go, month by month. Two years: silence is judged against last year's rhythm.
KEEP_HISTORY = timedelta(days=2 * 365)


def count_unsettled(connection: Connection) -> int:
    """How many outlets, captures and articles still wait for some step."""
    row = connection.execute(query("count_unsettled")).fetchone()
    return int(row[0]) if row else 0


def drop_history(connection: Connection, *, now: datetime) -> list[str]:
    """Drop the months of poll and rejection history that are past their keep; return the partitions' names."""
    return [row[0] for row in connection.execute(query("drop_history"), {"before": now - KEEP_HISTORY})]


def delete_garbage(connection: Connection, archive: Archive) -> int:
    """Delete the WARC files that nothing refers to any more; return how many there were."""
    files = [row[0] for row in connection.execute(query("archive_garbage"))]
    for file in files:
        archive.delete(file)
        connection.execute(query("garbage_deleted"), {"warc_file": file})
    return len(files)
