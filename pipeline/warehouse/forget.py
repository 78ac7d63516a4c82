"""Forgetting: the one exception to "nothing is overwritten", because the law asks for it.

A tombstone stays; text, quotes, signatures and announcements go, in the warehouse and in the archive.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.archive import Archive
from pipeline.identify.urls import NotAnAddressError, identity_key, key_hash
from pipeline.records import ArchivePlace
from pipeline.warehouse.connect import Connection
from pipeline.warehouse.copies import drop_unused, filed_under
from pipeline.warehouse.housekeeping import delete_garbage
from pipeline.warehouse.queries import query
from pipeline.warehouse.stories import restore_stories, stories_of

# In the order in which the rows depend on each other.
_DELETIONS = (
    "unload_articles",
    "delete_evidence",
    "delete_assessments",
    "detach_captures",
    "delete_revisions",
    "delete_extractions",
    "delete_absences",
    "learn_without",
    "delete_captures",
    "delete_announcements",
    "delete_sightings",
    "delete_rejection_details",
    "reject_forgotten",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What was taken away."""

    candidates: int
    articles: int
    records: int


def forget(connection: Connection, archive: Archive, target: str, *, why: str, now: datetime) -> Forgotten:
    """Forget a URL, or an outlet by its domain, for good; return what was taken away.

    New WARC files are written first, the rows follow in one transaction, the old files go last: killed in
    between, it can be asked for again, and files that are left over are deleted by the next `settle`.
    """
    where = _target(target)
    with connection.transaction():
        connection.execute(query("lock_identity"))
        connection.execute(query("bury_url" if where["key_hash"] else "bury_domain"), {**where, "why": why, "now": now})
        found = "articles_of_url" if where["key_hash"] else "articles_of_domain"
        articles = [row[0] for row in connection.execute(query(found), where)]
        rows = connection.execute(query("candidates_to_forget"), {**where, "articles": articles}).fetchall()
        candidates = [row[0] for row in rows]
        stories = stories_of(connection, articles)
        texts = filed_under(connection, articles)
        records = _rewrite_archive(connection, archive, candidates, [row[1] for row in rows if row[1]], why)
        for statement in _DELETIONS:
            connection.execute(query(statement), {"articles": articles, "candidates": candidates, "now": now})
        drop_unused(connection, texts)
        restore_stories(connection, stories, now=now)
    delete_garbage(connection, archive)
    return Forgotten(candidates=len(candidates), articles=len(articles), records=records)


def _target(target: str) -> dict[str, object]:
    """A URL as its key, anything without a scheme as an outlet's domain."""
    if "://" in target:
        return {"key_hash": key_hash(identity_key(target)), "domain": None}
    domain = target.strip().lower().removeprefix("www.")
    if not domain or "/" in domain or "." not in domain:
        raise NotAnAddressError(f"{target!r} is neither a URL nor an outlet's domain")
    return {"key_hash": None, "domain": domain}


def _rewrite_archive(
    connection: Connection, archive: Archive, candidates: Sequence[int], urls: Sequence[str], why: str
) -> int:
    """Write the WARC files anew without these candidates' pages and the feed documents that quote them."""
    doomed: dict[str, dict[int, str]] = defaultdict(dict)
    ids = {"candidates": list(candidates)}
    for file, offset, _ in connection.execute(query("records_to_forget"), ids):
        doomed[file][offset] = why
    for file, offset, length in connection.execute(query("documents_to_search"), ids).fetchall():
        body = archive.read(ArchivePlace(file=file, offset=offset, length=length)).body
        if any(url.encode() in body or url.replace("&", "&amp;").encode() in body for url in urls):
            doomed[file][offset] = why
            connection.execute(query("forget_document"), {"warc_file": file, "warc_offset": offset})
    for file, offsets in doomed.items():
        new_file, moved = archive.rewrite(file, offsets)
        for offset, place in moved.items():
            values = {
                "warc_file": file,
                "warc_offset": offset,
                "new_file": new_file,
                "new_offset": place.offset,
                "new_length": place.length,
            }
            connection.execute(query("move_capture"), values)
            connection.execute(query("move_document"), values)
        connection.execute(query("add_garbage"), {"warc_file": file})
    return sum(map(len, doomed.values()))
