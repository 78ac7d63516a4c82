"""Pages of one outlet as an item for a child: one that is known, or one to be learnt from them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pipeline.extract.page import extract, extract_outlet
from pipeline.outlets import Furniture
from pipeline.records import Page, Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Pages of one outlet; `furniture` None: it is to be learnt from them. The readings bear sketches, or not."""

    pages: tuple[Page, ...]
    furniture: Furniture | None
    with_sketches: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadBatch:
    """A reading a page, in their order, and the furniture that they were read with."""

    readings: tuple[Reading, ...]
    furniture: Furniture


def read_batch(batch: Batch) -> ReadBatch:
    """Read the pages. Pure; run it in a child."""
    if batch.furniture is None:
        readings, furniture = extract_outlet(batch.pages)
    else:
        furniture = batch.furniture
        readings = [extract(replace(page, furniture=furniture)) for page in batch.pages]
    if not batch.with_sketches:
        readings = [replace(reading, sketch=None) for reading in readings]
    return ReadBatch(readings=tuple(readings), furniture=furniture)
