"""Loading: articles join their stories and enter the reports, together with everything that moves with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from pipeline.identify.stories import Assignment, Member, assign, partition
from pipeline.warehouse.connect import Connection
from pipeline.warehouse.copies import likenesses_among
from pipeline.warehouse.queries import query


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What a batch of loading came to."""

    articles: int
    new_stories: int
    merges: int
    splits: int


def load_articles(connection: Connection, *, crises: Sequence[str], limit: int, now: datetime) -> Loaded:
    """Publish up to `limit` judged articles to the reports, in one transaction."""
    with connection.transaction():
        connection.execute(query("lock_identity"))
        rows = connection.execute(query("articles_to_load"), {"crises": list(crises), "limit": limit}).fetchall()
        articles = [row[0] for row in rows]
        before = {row[2] for row in rows if row[2] is not None}
        assignment, touched = _place(connection, articles, now)
        connection.execute(query("publish_articles"), {"articles": articles, "now": now})
        connection.execute(query("settle_candidates"), {"articles": articles})
        refresh_stories(connection, sorted(before | touched))
    return Loaded(
        articles=len(articles),
        new_stories=sum(origin is None for origin in assignment.split_from),
        merges=len(assignment.merged),
        splits=sum(origin is not None for origin in assignment.split_from),
    )


def stories_of(connection: Connection, articles: Sequence[int]) -> list[int]:
    """The stories that these articles stand in."""
    rows = connection.execute(query("stories_of_articles"), {"articles": list(articles)})
    return sorted(row[0] for row in rows)


def restore_stories(connection: Connection, stories: Sequence[int], *, now: datetime) -> None:
    """Compute these stories again after something was taken out of them; call it in a transaction."""
    rows = connection.execute(query("articles_of_stories"), {"stories": list(stories)})
    _, touched = _place(connection, [row[0] for row in rows], now)
    refresh_stories(connection, sorted({*stories, *touched}))


def refresh_stories(connection: Connection, stories: Sequence[int]) -> None:
    """Sum these stories up again from their articles."""
    for statement in ("refresh_stories", "clear_story_assessments", "sum_story_assessments"):
        connection.execute(query(statement), {"stories": list(stories)})


def _place(connection: Connection, articles: Sequence[int], now: datetime) -> tuple[Assignment, set[int]]:
    """Put these articles and their neighbours into stories; return how, and the stories that were touched."""
    with connection.cursor(row_factory=class_row(Member)) as cursor:
        members = cursor.execute(query("story_neighbours"), {"articles": list(articles)}).fetchall()
    likes = likenesses_among(connection, sorted({member.text_hash for member in members}))
    before = sorted({member.story_id for member in members if member.story_id is not None})
    leaders: dict[int, int | None] = dict(connection.execute(query("story_leaders"), {"stories": before}).fetchall())
    assignment = assign(partition(members, likes), leaders)
    touched = {*before, *assignment.kept}
    with connection.cursor() as cursor:
        cursor.executemany(
            query("move_articles"),
            [{"story_id": story, "articles": list(ids)} for story, ids in assignment.kept.items()],
        )
    for ids, origin in zip(assignment.new, assignment.split_from, strict=True):
        story = _new_story(connection)
        touched.add(story)
        connection.execute(query("move_articles"), {"story_id": story, "articles": list(ids)})
        if origin is not None:
            _record_change(connection, "split", origin, story, now)
    for merge in assignment.merged:
        connection.execute(query("merge_story"), {"from_story": merge.from_story, "to_story": merge.to_story})
        _record_change(connection, "merge", merge.from_story, merge.to_story, now)
    return assignment, touched


def _new_story(connection: Connection) -> int:
    row = connection.execute(query("new_story")).fetchone()
    if row is None:
        raise LookupError("no story was made")
    return int(row[0])


def _record_change(connection: Connection, kind: str, from_story: int, to_story: int, now: datetime) -> None:
    connection.execute(
        query("record_story_change"),
        {"kind": kind, "from_story": from_story, "to_story": to_story, "now": now},
    )
