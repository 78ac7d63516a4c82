"""What is learnt of outlets: sketches of their pages, and versions of their furniture."""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from pipeline.extract.blocks import digest64
from pipeline.extract.furniture import SAMPLE, learn
from pipeline.identify.urls import identity_key
from pipeline.outlets import UNKNOWN, Furniture, Sketch, SketchedBlock
from pipeline.warehouse.captures import WaitingCapture
from pipeline.warehouse.connect import Connection
from pipeline.warehouse.queries import query

_HEAD = struct.Struct(">qIII")
_BLOCK = struct.Struct(">qqII?")


@dataclass(frozen=True, slots=True, kw_only=True)
class FurnitureVersion:
    """A version of an outlet's furniture, as it is stored."""

    outlet_id: int
    version: int
    blocks: list[int]
    places: list[int]
    container: int | None
    pages: int

    @property
    def furniture(self) -> Furniture:
        """The furniture itself."""
        return Furniture(
            blocks=frozenset(self.blocks), places=frozenset(self.places), container=self.container, pages=self.pages
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What extraction knows of an outlet: its furniture, and the version; 0 is that of an outlet yet to be learnt."""

    version: int = 0
    furniture: Furniture = UNKNOWN


def newest_furniture(connection: Connection, outlet_id: int | None = None) -> dict[int, Known]:
    """The newest furniture by outlet, of all or of one."""
    with connection.cursor(row_factory=class_row(FurnitureVersion)) as cursor:
        return {
            row.outlet_id: Known(version=row.version, furniture=row.furniture)
            for row in cursor.execute(query("newest_furniture"), {"outlet_id": outlet_id})
        }


def record_sketches(
    connection: Connection, outlet_id: int, version: int, sketched: Sequence[tuple[WaitingCapture, Sketch | None]]
) -> None:
    """What an outlet's captures tell of it that were read with a version of its furniture; call it in a transaction.

    A capture without a sketch (its reading was cut short) keeps the one that it has.
    """
    # First, for `learn_next_outlet` locks in this order, too.
    mark_for_learning(connection, {outlet_id})
    rows: list[dict[str, object]] = [
        {"capture_id": capture.capture_id, "outlet_id": outlet_id, "furniture_version": version}
        | (
            {
                "rank": digest64(identity_key(capture.url)),
                "observed_at": capture.observed_at,
                "marks": sorted(sketch.marks),
                "sketch": pack(sketch),
            }
            if sketch
            else {}
        )
        for capture, sketch in sketched
    ]
    with connection.cursor() as cursor:
        cursor.executemany(query("save_sketch"), [row for row in rows if "sketch" in row])
        cursor.executemany(query("keep_sketch"), [row for row in rows if "sketch" not in row])


def mark_for_learning(connection: Connection, outlets: Collection[int]) -> None:
    """Have the next `settle` learn these outlets."""
    connection.execute(query("mark_for_learning"), {"outlets": sorted(outlets)})


def add_furniture(
    connection: Connection, outlet_id: int, furniture: Furniture, moments: Sequence[datetime], *, now: datetime
) -> Known:
    """Add the next version of an outlet's furniture, learnt from pages of these moments; call it in a transaction."""
    connection.execute(query("lock_learning"), {"outlet_id": outlet_id})
    row = connection.execute(
        query("add_furniture"),
        {
            "outlet_id": outlet_id,
            "blocks": sorted(furniture.blocks),
            "places": sorted(furniture.places),
            "container": furniture.container,
            "pages": furniture.pages,
            "observed_from": min(moments),
            "observed_until": max(moments),
            "now": now,
        },
    ).fetchone()
    if row is None:
        raise LookupError(f"no furniture was added to outlet {outlet_id}")
    return Known(version=int(row[0]), furniture=furniture)


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """What learning one outlet came to: whether its furniture changed, and how many pages read differently with it."""

    outlet_id: int
    changed: bool
    read_again: int


def learn_next_outlet(connection: Connection, *, now: datetime) -> Learnt | None:
    """Learn one outlet that has new pages, in one transaction; None when there is none."""
    with connection.transaction():
        row = connection.execute(query("next_outlet_to_learn")).fetchone()
        if row is None:
            return None
        outlet_id, learnt_from = int(row[0]), row[1]
        outlet = {"outlet_id": outlet_id}
        sample = connection.execute(query("sample_of_outlet"), {**outlet, "limit": SAMPLE}).fetchall()
        captures = [capture_id for _, capture_id, _, _ in sample]
        digest = hashlib.sha256(repr([content for *_, content in sample]).encode()).digest()
        known = newest_furniture(connection, outlet_id).get(outlet_id, Known())
        changed = False
        if digest != learnt_from:
            packed = connection.execute(query("sketches"), {"captures": captures}).fetchall()
            furniture = learn(unpack(each) for (each,) in packed)
            changed = bool(known.furniture.changes(furniture))
            if changed:
                known = add_furniture(connection, outlet_id, furniture, [moment for _, _, moment, _ in sample], now=now)
            connection.execute(query("sample_is_learnt"), {**outlet, "sample": digest})
        return Learnt(outlet_id=outlet_id, changed=changed, read_again=_read_again(connection, outlet_id, known))


def _read_again(connection: Connection, outlet_id: int, known: Known) -> int:
    """Have the pages extracted again that read differently with the newest version; return how many they are."""
    where: Mapping[str, object] = {"outlet_id": outlet_id, "version": known.version}
    again = 0
    for (behind,) in connection.execute(query("versions_behind"), where).fetchall():
        older = _version(connection, outlet_id, behind)
        changes = {**where, "behind": behind, "changes": sorted(older.changes(known.furniture))}
        again += connection.execute(query("read_again"), changes).rowcount
        connection.execute(query("keep_as_read"), changes)
    row = connection.execute(query("left_in_other_hands"), where).fetchone()
    if row and row[0]:
        mark_for_learning(connection, {outlet_id})
    return again


def _version(connection: Connection, outlet_id: int, version: int) -> Furniture:
    with connection.cursor(row_factory=class_row(FurnitureVersion)) as cursor:
        row = cursor.execute(query("furniture_version"), {"outlet_id": outlet_id, "version": version}).fetchone()
    return row.furniture if row else UNKNOWN


def pack(sketch: Sketch) -> bytes:
    """A sketch as bytes."""
    containers, holders = sketch.containers, sorted(sketch.holders)
    parts = [
        _HEAD.pack(sketch.title, len(sketch.blocks), len(containers), len(holders)),
        *(_BLOCK.pack(each.key, each.place, each.characters, each.linked, each.prose) for each in sketch.blocks),
        struct.pack(f">{len(containers) + len(holders)}q", *containers, *holders),
    ]
    return zlib.compress(b"".join(parts))


def unpack(packed: bytes) -> Sketch:
    """The sketch that `pack` wrote."""
    data = zlib.decompress(packed)
    title, blocks, containers, holders = _HEAD.unpack_from(data)
    end = _HEAD.size + blocks * _BLOCK.size
    places = struct.unpack_from(f">{containers + holders}q", data, end)
    return Sketch(
        title=title,
        blocks=tuple(
            SketchedBlock(key=key, place=place, characters=characters, linked=linked, prose=prose)
            for key, place, characters, linked, prose in _BLOCK.iter_unpack(data[_HEAD.size : end])
        ),
        containers=places[:containers],
        holders=frozenset(places[containers:]),
    )
