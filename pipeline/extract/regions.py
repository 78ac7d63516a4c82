"""Which part of a page is the article: sums of worth over the tree, and the branches that they cut off."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from lxml.html import HtmlElement

from pipeline.extract.blocks import Block, ancestors, is_block_level

# How templates name what surrounds an article.
_SURROUNDINGS = re.compile(
    r"comment|disqus|sidebar|footer|breadcrumb|shar(e|ing)|social|related|recommend|\btags?\b|widget|promo|banner|popular|"
    r"subscri|newsletter|login|menu|navbar|copyright|similar|cookie|consent|gdpr|\bads?\b|advert|also|teaser|outbrain|"
    r"taboola|poll\b|vote",
    re.IGNORECASE,
)
_SURROUNDING_TAGS = ("footer", "nav", "aside", "form")
_ARTICLE_TAGS = ("h1", "article", "main")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5")
# An element with this share of the page's prose is no surrounding, whatever it is called.
_MAIN_SHARE = 0.35
# An element with this share may be the one that holds the article.
_HOLDING_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Sums:
    """Of an element and what is below it: `balance` of all worth (branches in the red left out), and `prose` alone."""

    balance: Mapping[HtmlElement, float]
    prose: Mapping[HtmlElement, float]


def sum_up(elements: Sequence[HtmlElement], blocks: Sequence[Block], worths: Sequence[float]) -> Sums:
    """Sum up from the leaves to the root, the first of `elements`. Surroundings, by their names, are in the red."""
    root = elements[0]
    balance: dict[HtmlElement, float] = {}
    prose: dict[HtmlElement, float] = {}
    marked: set[HtmlElement] = set()
    for block, value in zip(blocks, worths, strict=True):
        balance[block.element] = balance.get(block.element, 0) + value
        prose[block.element] = prose.get(block.element, 0) + max(value, 0)
    total = sum(prose.values())
    summed: dict[HtmlElement, float] = {}
    for element in reversed(elements):
        if element.tag in _ARTICLE_TAGS or element.get("itemprop") == "articleBody":
            marked.add(element)
        above = element.getparent()
        if element in marked and above is not None:
            marked.add(above)
        if element not in balance:
            continue
        if (
            element is not root
            and element not in marked
            and prose[element] < _MAIN_SHARE * total
            and _is_surrounding(element)
        ):
            balance[element], prose[element] = min(balance[element], 0) - 1, 0
        summed[element] = balance[element]
        if element is not root and above is not None:
            gain = max(balance[element], 0)
            balance[above] = balance.get(above, 0) + gain
            prose[above] = prose.get(above, 0) + (prose[element] if gain else 0)
    return Sums(balance=summed, prose={each: prose[each] for each in summed})


def containers(root: HtmlElement, sums: Sums) -> list[HtmlElement]:
    """The elements that hold most of the page's prose, from the outermost inwards."""
    enough = _HOLDING_SHARE * sums.prose.get(root, 0)
    found = [each for each in sums.prose if sums.prose[each] >= enough > 0 and sums.balance[each] > 0]
    return list(reversed(found))


def prune(
    root: HtmlElement,
    blocks: Sequence[Block],
    sums: Sums,
    *,
    repeated: Collection[Block],
    container: HtmlElement | None,
) -> list[HtmlElement]:
    """Cut off what is not the article, in place; return the branches.

    These are block-level branches in the red, and, where the outlet is known to keep its articles in one container,
    all beside that. Headings stay unless they are of the `repeated` blocks.
    """
    not_kept = {block.element for block in blocks if block in repeated}
    in_red = {
        element
        for element in _with_text(root, blocks)
        if sums.balance.get(element, 0) < 0 and (element.tag not in _HEADINGS or element in not_kept)
    }
    path = set() if container is None else set(ancestors(container, root))
    cut: list[HtmlElement] = []
    waiting = [root]
    while waiting:
        element = waiting.pop()
        is_around = element in path and element is not container
        for child in element:
            if (child in in_red and is_block_level(child)) or (is_around and child not in path and _may_go(child)):
                cut.append(child)
            else:
                waiting.append(child)
    for branch in cut:
        branch.drop_tree()
    return cut


def _may_go(element: HtmlElement) -> bool:
    """Whether an element beside the container is no headline, and holds none."""
    return isinstance(element.tag, str) and element.tag != "h1" and next(element.iter("h1"), None) is None


def _with_text(root: HtmlElement, blocks: Sequence[Block]) -> set[HtmlElement]:
    found: set[HtmlElement] = set()
    for block in blocks:
        for element in ancestors(block.element, root):
            if element in found:
                break
            found.add(element)
    return found


def _is_surrounding(element: HtmlElement) -> bool:
    if element.tag in _SURROUNDING_TAGS:
        return True
    # A paragraph is no branch: leads are called teasers and summaries, too.
    if element.tag == "p":
        return False
    names = f"{element.get('class') or ''} {element.get('id') or ''}"
    return bool(_SURROUNDINGS.search(names))
