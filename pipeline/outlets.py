"""What is learnt of outlets, as records: sketches of their pages, and their furniture. Digests only, no text."""

from __future__ import annotations

from dataclasses import dataclass


def at_place(key: int, place: int) -> int:
    """One signed 64-bit number for a text at a place."""
    mixed = (key * 0x9E3779B97F4A7C15 + place) & 0xFFFFFFFFFFFFFFFF
    return mixed - (1 << 64) if mixed >> 63 else mixed


@dataclass(frozen=True, slots=True, kw_only=True)
class SketchedBlock:
    """A block without its words: digests of text and place, its characters, those linked, and if it reads as prose."""

    key: int
    place: int
    characters: int
    linked: int
    prose: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """What one page tells about its outlet.

    `title` is a digest of the headline: pages with one headline are one article. `containers` are the places of
    the elements that hold most of the page's prose, from the outermost inwards; `holders` of those that hold any.
    """

    title: int
    blocks: tuple[SketchedBlock, ...]
    containers: tuple[int, ...]
    holders: frozenset[int]

    @property
    def marks(self) -> frozenset[int]:
        """All that furniture can speak of: a page none of whose marks it changes reads as before."""
        return self.holders.union(*((block.place, at_place(block.key, block.place)) for block in self.blocks))


@dataclass(frozen=True, slots=True, kw_only=True)
class Furniture:
    """What an outlet's articles are not.

    `blocks` are texts at their places, `places` those whose text never is the article's; `container` is the place
    that holds the article, None where the pages do not agree. `pages` is how many it was learnt from.
    """

    blocks: frozenset[int] = frozenset()
    places: frozenset[int] = frozenset()
    container: int | None = None
    pages: int = 0

    def has(self, key: int, place: int) -> bool:
        """Whether a text at a place is furniture."""
        return place in self.places or at_place(key, place) in self.blocks

    def recurs(self, key: int, place: int) -> bool:
        """Whether it is this very text that other pages have there, too."""
        return at_place(key, place) in self.blocks

    def changes(self, other: Furniture) -> frozenset[int]:
        """The marks whose pages read differently with the other one."""
        moved = {self.container} ^ {other.container}
        return (self.blocks ^ other.blocks) | (self.places ^ other.places) | frozenset(filter(None, moved))


UNKNOWN = Furniture()
