"""What archives know: addresses become candidates with sightings, and pages that they hold become captures."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.discover.past.listings import Listing, Source
from pipeline.identify.urls import host_of, key_hash
from pipeline.records import ArchivePlace, Response
from pipeline.warehouse.candidates import body_digest, content_type
from pipeline.warehouse.captures import add_unknown_outlets, outlet_of, outlets_by_domain
from pipeline.warehouse.connect import Connection
from pipeline.warehouse.queries import query
from pipeline.warehouse.tombstones import Place, buried
from pipeline.warehouse.values import storable
from pipeline.warehouse.windows import call_for_pages


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighted:
    """A listing that some profile is about, with its identity."""

    key: str
    listing: Listing

    @property
    def digest(self) -> bytes:
        """What the warehouse knows its address by."""
        return key_hash(self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A page that an archive holds, as it lies in ours."""

    key: str
    response: Response
    place: ArchivePlace


def record_sightings(
    connection: Connection, sighted: Sequence[Sighted], *, source: Source, run_id: int, now: datetime
) -> int:
    """Make these addresses candidates, once each; return how many nobody had named before.

    Pages that may lie in a window are to be asked for, and articles whose dates this may change are decided again.
    Call it in the transaction that records the scan.
    """
    by_key = {each.digest: each for each in sorted(sighted, key=lambda each: each.listing.seen_at, reverse=True)}
    if not by_key:
        return 0
    hosts = {digest: host_of(each.listing.url) for digest, each in by_key.items()}
    forgotten = buried(connection, {digest: Place(key_hash=digest, host=host) for digest, host in hosts.items()})
    candidates = [
        {
            "url": storable(each.listing.url),
            "key": digest.hex(),
            "host": hosts[digest],
            "forgotten": digest in forgotten,
        }
        for digest, each in by_key.items()
    ]
    new = connection.execute(
        query("add_archived_candidates"),
        {"source": source, "run_id": run_id, "now": now, "entries": json.dumps(candidates)},
    ).fetchall()
    add_unknown_outlets(connection, set(hosts.values()))
    outlets = outlets_by_domain(connection)
    rows = [
        _row(each, outlet.outlet_id)
        for digest, each in by_key.items()
        if (outlet := outlet_of(hosts[digest], outlets)) is not None
    ]
    changed = connection.execute(query("add_sightings"), {"source": source, "entries": json.dumps(rows)}).fetchall()
    call_for_pages(connection, list(by_key), now=now)
    connection.execute(query("reconsider_dates"), {"candidates": [row[0] for row in changed]})
    return len(new)


def _row(sighted: Sighted, outlet_id: int) -> dict[str, object]:
    listing, claim = sighted.listing, sighted.listing.published
    return {
        "key": sighted.digest.hex(),
        "outlet_id": outlet_id,
        "seen_at": listing.seen_at.isoformat(),
        "title": storable(listing.title),
        "published_at": claim and claim.at.isoformat(),
        "published_offset": f"{claim.offset.total_seconds()} seconds" if claim and claim.offset is not None else None,
        "published_day": claim and claim.day.isoformat(),
        "published_precision": claim and claim.precision,
    }


def known_moments(connection: Connection, keys: Sequence[bytes], *, via: str) -> set[tuple[bytes, datetime]]:
    """Which of these addresses (by key) an archive's page is held of, and from which moments."""
    rows = connection.execute(query("known_captures"), {"keys": list(keys), "via": via})
    return {(bytes.fromhex(key), observed_at) for key, observed_at in rows}


def record_held(connection: Connection, held: Sequence[Held], *, via: str, run_id: int) -> None:
    """Pages out of an archive that lie in a closed WARC file of ours, for candidates that are there already."""
    rows = [_capture(each, via, run_id) for each in held]
    with connection.cursor() as cursor:
        cursor.executemany(query("add_archived_capture"), rows)
        cursor.executemany(query("candidate_archived"), rows)


def _capture(held: Held, via: str, run_id: int) -> Mapping[str, object]:
    response = held.response
    return {
        "key_hash": key_hash(held.key),
        "url": storable(response.final_url),
        "via": via,
        "observed_at": response.observed_at,
        "status": response.status,
        "content_type": content_type(response),
        "body_bytes": len(response.body),
        "body_digest": body_digest(response),
        "warc_file": held.place.file,
        "warc_offset": held.place.offset,
        "warc_length": held.place.length,
        "run_id": run_id,
    }
