"""What must stay forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from pipeline.warehouse.connect import Connection
from pipeline.warehouse.queries import query

K = TypeVar("K")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An address as tombstones know it."""

    key_hash: bytes
    host: str


def buried(connection: Connection, places: Mapping[K, Place]) -> set[K]:
    """The keys of those places that a tombstone covers: the address itself, its host, or a domain above it."""
    domains = {key: domains_above(place.host) for key, place in places.items()}
    rows = connection.execute(
        query("tombstoned"),
        {
            "keys": [place.key_hash for place in places.values()],
            "domains": sorted({domain for several in domains.values() for domain in several}),
        },
    )
    found = {row[0] for row in rows}
    return {key for key, place in places.items() if place.key_hash.hex() in found or not found.isdisjoint(domains[key])}


def domains_above(host: str) -> list[str]:
    """A host and the domains above it: a.b.kz, b.kz, kz."""
    labels = host.partition(":")[0].split(".")
    return [".".join(labels[start:]) for start in range(len(labels))]
