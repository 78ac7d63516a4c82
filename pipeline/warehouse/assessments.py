"""What a crisis profile says of articles, with the words that prove it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from pipeline.crisis import Profile
from pipeline.records import Assessment
from pipeline.warehouse.connect import Connection
from pipeline.warehouse.queries import query

_EVIDENCE = "revision_id, crisis, profile_version, field, kind, label, quote, start_offset, end_offset"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnjudgedArticle:
    """An article whose newest revision a profile has yet to judge, or with another date."""

    article_id: int
    revision_id: int
    title: str
    text: str
    language: str | None
    published_at: datetime | None


def articles_to_judge(connection: Connection, profile: Profile, *, after: int, limit: int) -> list[UnjudgedArticle]:
    """Articles beyond that id that the profile has to judge before they are loaded."""
    with connection.cursor(row_factory=class_row(UnjudgedArticle)) as cursor:
        return cursor.execute(
            query("articles_to_judge"),
            {"crisis": profile.id, "version": profile.version, "after": after, "limit": limit},
        ).fetchall()


def record_assessments(
    connection: Connection,
    assessed: Sequence[tuple[UnjudgedArticle, Assessment]],
    *,
    profile: Profile,
    now: datetime,
) -> None:
    """Write what a profile says of these articles in place of what another version of it said, in one transaction."""
    crisis = {
        "crisis": profile.id,
        "version": profile.version,
        "revisions": [article.revision_id for article, _ in assessed],
    }
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(query("lock_identity"))
        cursor.execute(query("retire_assessments"), crisis)
        cursor.execute(query("clear_evidence"), crisis)
        cursor.executemany(
            query("save_assessment"),
            [
                crisis
                | {
                    "revision_id": article.revision_id,
                    "relevant": said.relevant,
                    "relevance": said.relevance,
                    "tags": list(said.tags),
                    "places": list(said.places),
                    "published_at": article.published_at,
                    "now": now,
                }
                for article, said in assessed
            ],
        )
        with cursor.copy(f"COPY news.evidence ({_EVIDENCE}) FROM STDIN") as copy:
            for article, said in assessed:
                for match in said.evidence:
                    copy.write_row(
                        (
                            article.revision_id,
                            profile.id,
                            profile.version,
                            match.field,
                            match.kind,
                            match.label,
                            match.quote,
                            match.start,
                            match.end,
                        )
                    )
        cursor.execute(query("load_what_is_judged_otherwise"), crisis)


def rest_unchanged(connection: Connection, crises: Sequence[str]) -> int:
    """Settle the articles that were called for judgement and are judged as before; return how many."""
    return connection.execute(query("rest_what_is_judged_alike"), {"crises": list(crises)}).rowcount
