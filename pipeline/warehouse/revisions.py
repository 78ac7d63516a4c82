"""Revisions: what the publisher had at an address, one row a content."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from psycopg.rows import class_row

from pipeline.identify.revisions import Plan, Revision, Sighting, plan_revisions
from pipeline.warehouse.connect import Connection
from pipeline.warehouse.copies import drop_unused, filed_under
from pipeline.warehouse.queries import query
from pipeline.warehouse.stories import restore_stories, stories_of


def regroup_revisions(connection: Connection, articles: Sequence[int], *, now: datetime) -> None:
    """Sort all sightings of these articles into revisions again; call it in a transaction, under the identity lock.

    Another reading of a page changes the words of its revision, and the judgements of other words go. An article
    none of whose pages holds text any more leaves the reports.
    """
    ids = {"articles": list(articles)}
    sightings: dict[int, list[Sighting]] = defaultdict(list)
    with connection.cursor(row_factory=class_row(Sighting)) as cursor:
        for sighting in cursor.execute(query("sightings_of_articles"), ids):
            sightings[sighting.article_id].append(sighting)
    known: dict[int, list[int]] = defaultdict(list)
    for article_id, revision_id in connection.execute(query("revisions_of_articles"), ids):
        known[article_id].append(revision_id)
    empty = [article_id for article_id in articles if not sightings[article_id]]
    shown = [
        {"revision_id": revision_id, "captures": list(revision.captures)}
        for article_id in articles
        if sightings[article_id]
        for revision_id, revision in _write(
            connection, article_id, plan_revisions(sightings[article_id], known[article_id]), now
        )
    ]
    with connection.cursor() as cursor:
        cursor.executemany(query("show_revision"), shown)
    if empty:
        _withdraw(connection, empty, [each for article_id in empty for each in known[article_id]], now)
    connection.execute(query("decide_again"), {"articles": [each for each in articles if sightings[each]]})


def _write(connection: Connection, article_id: int, plan: Plan, now: datetime) -> list[tuple[int, Revision]]:
    """Write an article's revisions down and drop the others; return each with its id."""
    ids = [_write_revision(connection, article_id, revision, now) for revision in plan.revisions]
    if plan.dropped:
        seen = [revision.last_observed_at for revision in plan.revisions]
        _drop(connection, plan.dropped, article_id=article_id, newest=ids[seen.index(max(seen))])
    return list(zip(ids, plan.revisions, strict=True))


def _write_revision(connection: Connection, article_id: int, revision: Revision, now: datetime) -> int:
    values = {
        "article_id": article_id,
        "revision_id": revision.revision_id,
        "extraction_id": revision.extraction_id,
        "observed_from": revision.observed_from,
        "last_observed_at": revision.last_observed_at,
        "now": now,
    }
    revision_id = revision.revision_id
    if revision_id is None:
        row = connection.execute(query("add_revision"), values).fetchone()
        if row is None:
            raise LookupError(f"no revision was made of extraction {revision.extraction_id}")
        revision_id = int(row[0])
    else:
        connection.execute(query("forget_judgements_of_another_text"), values)
        connection.execute(query("change_revision"), values)
    return revision_id


def _drop(connection: Connection, dropped: Sequence[int], *, article_id: int | None, newest: int | None) -> None:
    for statement in ("leave_revisions", "drop_judgements", "drop_revisions"):
        connection.execute(query(statement), {"article_id": article_id, "newest": newest, "dropped": list(dropped)})


def _withdraw(connection: Connection, articles: Sequence[int], dropped: Sequence[int], now: datetime) -> None:
    stories = stories_of(connection, articles)
    texts = filed_under(connection, articles)
    connection.execute(query("withdraw_articles"), {"articles": list(articles)})
    connection.execute(query("reject_withdrawn"), {"articles": list(articles)})
    _drop(connection, dropped, article_id=None, newest=None)
    drop_unused(connection, texts)
    restore_stories(connection, stories, now=now)
