"""Which of the names that match is meant, where one stands in another."""

from __future__ import annotations

import re

from pipeline.tag.matcher import Hit
from pipeline.tag.words import Words

# An opening quotation mark touches the word after it.
_OPENED = re.compile(r"[«“„\"‘](?=\w)[^«“„\"‘»”\n]*$")
_CLOSING = {"«": "»", "“": "”", "„": "“", '"': '"', "‘": "’"}
# The name of a newspaper, company or club; a quotation of speech is longer. In words, then in characters.
_LONGEST_NAME = 4
_REACH = 60
# What stands in a slogan and not in a name.
_SPOKEN = frozenset(",!?")


def without_parts(hits: list[Hit], words: Words) -> list[Hit]:
    """The hits without the places that are part of a longer name.

    The longest name wins: a region's name may hold its city's; one with a gap (in A and B regions) leaves the words
    in between, and its last, to others. A place in a short quotation of several words is the name of something else:
    a newspaper, a company, a club.
    """
    taken: set[int] = set()
    kept: set[int] = set()
    for hit in sorted((each for each in hits if each.rule.kind == "place"), key=lambda each: each.first - each.last):
        loose = any(hit.rule.gaps)
        if taken.isdisjoint([hit.first] if loose else range(hit.first, hit.last + 1)):
            taken.update([hit.first, hit.last] if loose else range(hit.first, hit.last + 1))
            if not _in_a_name(hit, words):
                kept.add(id(hit))
    return [hit for hit in hits if hit.rule.kind != "place" or id(hit) in kept]


def _in_a_name(hit: Hit, words: Words) -> bool:
    """Whether quotation marks close around the place and at least one, at most a few other words."""
    start, end = words.starts[hit.first], words.ends[hit.last]
    opened = _OPENED.search(words.text, max(0, start - _REACH), start + 1)
    if not opened:
        return False
    closed = words.text.find(_CLOSING[opened[0][0]], end, end + _REACH)
    quoted = words.text[opened.start() + 1 : closed] if closed >= 0 else ""
    return hit.last - hit.first + 1 < len(quoted.split()) <= _LONGEST_NAME and _SPOKEN.isdisjoint(quoted)
