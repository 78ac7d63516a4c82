"""Writing down what the profiles say: crises, tags, places, outlets, feeds."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from pipeline.crisis import Profile
from pipeline.identify.domains import registrable
from pipeline.warehouse.connect import Connection
from pipeline.warehouse.queries import query


def register(connection: Connection, profiles: Sequence[Profile], *, now: datetime) -> None:
    """Make the warehouse know these profiles as they are now.

    Feeds that a profile no longer lists keep their history. Articles that this version has not judged yet
    are called for judgement; those of which it says something else are loaded again.
    """
    with connection.transaction():
        connection.execute(query("lock_profiles"))
        for profile in profiles:
            _save_crisis(connection, profile)
            _save_feeds(connection, profile, now)


def _save_crisis(connection: Connection, profile: Profile) -> None:
    crisis = {"crisis": profile.id, "version": profile.version}
    known = connection.execute(query("profile_version"), crisis).fetchone()
    if known is None or known[0] != profile.version:
        connection.execute(
            query("save_crisis"),
            crisis
            | {
                "name": profile.name,
                "timezone": profile.timezone,
                "since": profile.since,
                "until": profile.until,
                "languages": list(profile.languages),
            },
        )
        connection.execute(query("clear_tags"), crisis)
        connection.execute(query("clear_places"), crisis)
        with connection.cursor() as cursor:
            cursor.executemany(
                query("save_tag"), [crisis | {"tag": tag, "name": name} for tag, name in profile.tags.items()]
            )
            cursor.executemany(
                query("save_place"),
                [
                    crisis
                    | {
                        "place": place.name,
                        "kind": place.kind,
                        "region": place.region,
                        "latitude": place.latitude,
                        "longitude": place.longitude,
                        "note": place.note,
                    }
                    for place in profile.places
                ],
            )
    elif connection.execute(query("was_left_out"), crisis).fetchone() == (False,):
        return
    connection.execute(query("call_for_judgement"), crisis)


def _save_feeds(connection: Connection, profile: Profile, now: datetime) -> None:
    rows = [
        {
            "crisis": profile.id,
            "url": feed.url,
            "url_hash": hashlib.sha256(feed.url.encode()).digest(),
            "outlet": feed.outlet.lower(),
            "publisher": feed.publisher,
            "family": registrable(feed.outlet.lower()),
            "language": feed.language,
            "country": feed.country,
            "timezone": feed.timezone,
            "scope": feed.scope,
            "now": now,
        }
        for feed in sorted(profile.feeds, key=lambda each: each.url)
    ]
    version = hashlib.sha256(repr([{**row, "now": None} for row in rows]).encode()).hexdigest()
    known = connection.execute(query("feeds_version"), {"crisis": profile.id}).fetchone()
    if known == (version,):
        return
    connection.execute(query("unlist_feeds"), {"crisis": profile.id})
    with connection.cursor() as cursor:
        for statement in ("save_outlet", "save_feed", "list_feed"):
            cursor.executemany(query(statement), rows)
    connection.execute(query("save_feeds_version"), {"crisis": profile.id, "version": version})
