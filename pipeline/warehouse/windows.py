"""Windows on the past: what was asked for, and what that calls for or leaves outside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pipeline.discover.past.windows import Window
from pipeline.warehouse.connect import Connection
from pipeline.warehouse.copies import drop_unused, filed_under
from pipeline.warehouse.queries import query
from pipeline.warehouse.stories import restore_stories, stories_of


def ask_for(connection: Connection, window: Window, *, now: datetime) -> None:
    """Note a window. Pages and articles that archives gave for another one before, and that it holds, are wanted."""
    span = {"since": window.since, "until": window.until}
    with connection.transaction():
        connection.execute(
            query("ask_for_window"), {**span, "lag": window.lag, "sources": sorted(window.sources), "now": now}
        )
        call_for_pages(connection, None, now=now)
        connection.execute(query("call_for_articles"), span)


def call_for_pages(connection: Connection, keys: Sequence[bytes] | None, *, now: datetime) -> int:
    """Have those of these addresses (by key; None: of all) asked for that may lie in a window; return how many."""
    return connection.execute(query("call_for_pages"), {"keys": keys, "now": now}).rowcount


def leave_outside(connection: Connection, articles: Sequence[int], *, now: datetime) -> set[int]:
    """Take those of these articles out of the way, and out of the reports, that no window holds and nothing live lists.

    Return which they are. Call it in a transaction, under the identity lock, when their dates have been decided.
    """
    outside = [row[0] for row in connection.execute(query("articles_outside"), {"articles": list(articles)})]
    inside = sorted(set(articles).difference(outside))
    connection.execute(query("bring_articles_back"), {"articles": inside})
    if outside:
        stories = stories_of(connection, outside)
        texts = filed_under(connection, outside)
        connection.execute(query("rest_outside"), {"articles": outside})
        connection.execute(query("put_outside"), {"articles": outside})
        drop_unused(connection, texts)
        restore_stories(connection, stories, now=now)
    return set(outside)
