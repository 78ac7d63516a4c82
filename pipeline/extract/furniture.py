"""What an outlet's pages have in common: learnt from sketches of them, and pruned before a page is read.

`learn` is a pure function of the set of sketches: their order and their batches make no difference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from pipeline.outlets import UNKNOWN, Furniture, Sketch, at_place

# How many of an outlet's articles its furniture is learnt from: those whose URL keys have the lowest digests, a sample
# that does not depend on the order in which they came, and that changes the more seldom the more there are.
SAMPLE = 64
# One block of prose that stands on two pages may be an imprint; two that stand there together are an article.
_TWO_BLOCKS = 2
# What stands on two articles is no longer one article's.
_TWICE = 2
# Below this number of pages a rule about shares would be a rule about chance.
_FEW = 3
# A place whose text is mostly links, or stands on other pages too, is furniture whatever it says today.
_SHARED = 0.5
# Prose that an outlet reprints (a wire report's lead, a quote, a correction) is on few of its pages; what it says
# below every article is on most.
_PROSE_SHARE = 0.5
# The container is where most pages have most of their prose.
_CONTAINER_SHARE = 0.7


def learn(sketches: Iterable[Sketch]) -> Furniture:
    """What these pages of one outlet have in common; of an article at several addresses, one page counts."""
    by_title: dict[int, Sketch] = {}
    for sketch in sorted(sketches, key=lambda each: (each.title, each.containers, sorted(b.key for b in each.blocks))):
        by_title.setdefault(sketch.title, sketch)
    pages = _without_versions(list(by_title.values()))
    if len(pages) < _TWICE:
        return UNKNOWN
    on_pages = Counter(both for page in pages for both in {at_place(b.key, b.place) for b in page.blocks})
    prose_places = _prose_places(pages, on_pages)
    with_place = Counter(place for page in pages for place in {block.place for block in page.blocks})
    repeated = {
        both
        for page in pages
        for block in page.blocks
        if on_pages[both := at_place(block.key, block.place)] >= _TWICE
        and (
            not (block.prose and block.place in prose_places)
            or on_pages[both] >= max(_FEW, _PROSE_SHARE * with_place[block.place])
        )
    }
    blocks = frozenset(repeated - _all_that_pages_say(pages, repeated))
    return Furniture(
        blocks=blocks,
        places=_furniture_places(pages, blocks),
        container=_container(pages),
        pages=len(pages),
    )


def _without_versions(pages: Sequence[Sketch]) -> list[Sketch]:
    """The pages without those whose prose, of two blocks or more, stands on another page, with more prose to it."""
    prose = [frozenset(block.key for block in page.blocks if block.prose) for page in pages]
    return [
        page
        for page, own in zip(pages, prose, strict=True)
        if len(own) < _TWO_BLOCKS or not any(own < other for other in prose)
    ]


def _all_that_pages_say(pages: Collection[Sketch], repeated: Collection[int]) -> frozenset[int]:
    """Repeated prose that most of its pages have nothing beside: an outlet that says one thing under many headlines."""
    emptied: Counter[int] = Counter()
    holding: Counter[int] = Counter()
    for page in pages:
        prose = {at_place(block.key, block.place) for block in page.blocks if block.prose}
        holding.update(prose)
        if prose <= set(repeated):
            emptied.update(prose)
    return frozenset(each for each in emptied if 2 * emptied[each] > holding[each])


def _prose_places(pages: Collection[Sketch], on_pages: Counter[int]) -> frozenset[int]:
    """The places where pages mostly have prose that no other page has."""
    own: Counter[int] = Counter()
    shared: Counter[int] = Counter()
    for page in pages:
        for block in page.blocks:
            if block.prose and on_pages[at_place(block.key, block.place)] < _TWICE:
                own[block.place] += block.characters
            else:
                shared[block.place] += block.characters
    return frozenset(place for place in own if own[place] > shared[place])


def _furniture_places(pages: Collection[Sketch], blocks: Collection[int]) -> frozenset[int]:
    total: Counter[int] = Counter()
    shared: Counter[int] = Counter()
    seen: Counter[int] = Counter()
    for page in pages:
        for block in page.blocks:
            total[block.place] += block.characters
            recurs = at_place(block.key, block.place) in blocks
            shared[block.place] += block.characters if recurs else block.linked
        seen.update({block.place for block in page.blocks})
    return frozenset(place for place in total if seen[place] >= _FEW and shared[place] > _SHARED * total[place])


def _container(pages: Collection[Sketch]) -> int | None:
    votes: Counter[int] = Counter()
    depths: Counter[int] = Counter()
    for page in pages:
        for depth, place in enumerate(page.containers):
            votes[place] += 1
            depths[place] += depth
    enough = max(_FEW, _CONTAINER_SHARE * len(pages))
    agreed = [place for place in votes if votes[place] >= enough]
    return max(agreed, key=lambda place: (depths[place] / votes[place], place), default=None)
