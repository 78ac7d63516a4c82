"""A digest of the settled content: equal digests mean the same texts, judgements, evidence and stories."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from pipeline.warehouse.connect import Connection
from pipeline.warehouse.queries import query

# Rows that come over the wire at once: a warehouse of any size goes through flat memory.
_FETCH = 1000
_PARTS = ("settled_articles", "settled_judgements", "settled_evidence", "settled_stories")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """The digest, and the rows that went into each of its parts."""

    digest: str
    rows: dict[str, int]


def fingerprint(connection: Connection) -> Fingerprint:
    """The sha256 of all that does not depend on the order of arrival, in one snapshot.

    Surrogate ids, run rows, our own clocks and superseded extractions are left out. An article's story
    counts as the set of its articles.
    """
    digest = hashlib.sha256()
    rows = dict.fromkeys(_PARTS, 0)
    with connection.transaction():
        connection.execute(query("see_one_moment"))
        for part in _PARTS:
            digest.update(part.encode())
            with connection.cursor(name=part) as cursor:
                cursor.itersize = _FETCH
                for row in cursor.execute(query(part)):
                    digest.update(repr(row).encode())
                    rows[part] += 1
    return Fingerprint(digest=digest.hexdigest(), rows=rows)
