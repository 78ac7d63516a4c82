"""What a block of text is worth as a part of an article, judged by its looks and its company.

Shallow features, as in Kohlschütter et al., "Boilerplate Detection using Shallow Text Features" (WSDM 2010): length,
links, punctuation, and the blocks nearby. The numbers were tried on the Russian and English news pages of the DANIEL
corpus and on an article-extraction benchmark, host by host.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from pipeline.extract.blocks import Block

# A block of this worth is prose: a sentence, or more.
PROSE = 40
# Text this long is prose however it ends; shorter text has to end like a sentence.
_LONG, _SENTENCE, _PHRASE = 100, 40, 20
_ENDS = re.compile(r"[.!?…»\"”:;)。！？]\s*$")
_ENDS_FULLY = re.compile(r"[.!?…»\"”。！？]\s*$")
_LINKED_SENTENCE = 80
# A label (a name, a time, a button) speaks mildly against its surroundings; a link speaks as loudly as it is long.
_LABEL = -15
_LINK = -10
_HEADINGS = ("h1", "h2", "h3", "h4")
_SIBLINGS = ("p", "li", "blockquote")
_ROWS = ("li", "td", "th", "dd", "dt", "tr", "p", "div")
_LISTS = ("ul", "ol", "dl", "table", "thead", "tbody", "tr", "li")


def worth(block: Block) -> float:
    """What a block is worth by its looks: its characters where it is prose, negative where it is none."""
    length, text, tag = len(block.text), block.text, block.element.tag
    if 2 * block.linked > length:
        whole = tag == "p" and length >= _LINKED_SENTENCE and _ENDS_FULLY.search(text)
        return 0 if whole else _LINK - length
    if length >= _LONG or (length >= _SENTENCE and _ENDS.search(text)):
        return length - 2 * block.linked
    if length >= _PHRASE and _ENDS.search(text):
        return 0.3 * length
    return 0 if tag in _HEADINGS and not block.linked else _LABEL


def is_prose(block: Block) -> bool:
    """Whether a block reads as a sentence or more of running text; a headline does not."""
    return worth(block) >= PROSE and block.element.tag not in _HEADINGS


def weigh(blocks: Sequence[Block], furniture: Collection[Block]) -> list[float]:
    """What each block is worth by looks and company, and by whether it is known as furniture."""
    worths = [min(worth(block), _LINK - len(block.text)) if block in furniture else worth(block) for block in blocks]
    prose = [block.element for block, value in zip(blocks, worths, strict=True) if value >= PROSE]
    company = _Company(prose)
    return [
        0 if value == _LABEL and 3 * block.linked <= len(block.text) and company.has(block) else value
        for block, value in zip(blocks, worths, strict=True)
    ]


class _Company:
    """Where prose is: labels there (an item of a list, a line of verse, a score) belong to it."""

    def __init__(self, elements: Sequence[object]) -> None:
        self._elements = set(elements)
        self._parents = {element.getparent() for element in elements if element.tag != "td"}  # type: ignore[attr-defined]

    def has(self, block: Block) -> bool:
        """Whether a block stands among prose, or in a list that does."""
        element = block.element
        if element in self._elements:
            return True
        parent = element.getparent()
        if element.tag in _SIBLINGS and parent in self._parents:
            return True
        around = parent
        while element.tag in _ROWS and around is not None and around.tag in _LISTS:
            around = around.getparent()
        return around is not parent and (around in self._parents or around in self._elements)
