"""The main text of a page: furniture pruned, trafilatura on what is left, and its omissions mended."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace

from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.settings import Document, Extractor, use_config

from pipeline.extract.blocks import Block, Places, ancestors, body_of, digest64, read_blocks
from pipeline.extract.layout import simplify
from pipeline.extract.prose import PROSE, is_prose, weigh, worth
from pipeline.extract.regions import Sums, containers, prune, sum_up
from pipeline.extract.words import fold, tidy, without_title
from pipeline.outlets import Furniture, Sketch, SketchedBlock

# The shortest flash is a sentence of 60 characters; labels, names and footers are shorter.
_SENTENCE = 60
# Less than this may be a caption or a notice; then the whole page is read, too.
_PARAGRAPH = 200
# Trafilatura's fast way has missed the article when it gives less than this share of the prose.
_SHARE = 0.5
# How much of a block has to be found in the text to say that it is there; shorter ones may be there by chance.
_RECOGNISED, _WORDS = 30, 15
# How templates name the paragraph above an article.
_LEAD = re.compile(
    r"\b(lead|lede|summary|standfirst|intro|anons|announce|dek|subhead|excerpt)\b|__(lead|summary|intro)", re.IGNORECASE
)
# What `explain` shows of the pruned branches.
_HEAD, _MOST_HEADS = 80, 8


def _options(*, fast: bool) -> Extractor:
    """Trafilatura's own settings, except that a flash of one sentence is an article too."""
    config = use_config()
    config.set("DEFAULT", "MIN_OUTPUT_SIZE", "1")
    config.set("DEFAULT", "MIN_EXTRACTED_SIZE", "30")
    # The deadline is the kernel's business (pipeline.confine); a signal handler here would disturb it.
    config.set("DEFAULT", "EXTRACTION_TIMEOUT", "0")
    return Extractor(config=config, output_format="python", comments=False, with_metadata=False, fast=fast)


_FAST, _THOROUGH = _options(fast=True), _options(fast=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page's main text, a line a paragraph, without the headline; empty when there is none.

    `extractor` says which way won; `pruned` is the beginning of each branch that was cut off, the longest first.
    """

    text: str
    extractor: str
    pruned: tuple[str, ...] = ()


class Body:
    """The blocks of a page, read once: what it tells of its outlet, and what of it is the article.

    Takes the tree over. `again` gives the same tree anew, for pages on which pruning was too bold.
    """

    def __init__(self, tree: HtmlElement, title: str, again: Callable[[], HtmlElement | None]) -> None:
        simplify(tree)
        self._tree = tree
        self._title = title
        self._again = again
        self._root = body_of(tree)
        self._elements = list(self._root.iter("*"))
        self._blocks = read_blocks(self._root)
        self._places = Places(self._root)

    def sketch(self) -> Sketch:
        """What the page tells of its outlet, whatever is known of that already."""
        worths = [worth(block) for block in self._blocks]
        sums = sum_up(self._elements, self._blocks, worths)
        prose = [is_prose(block) for block in self._blocks]
        holders = {
            each
            for block, is_prose in zip(self._blocks, prose, strict=True)
            if is_prose
            for each in ancestors(block.element, self._root)
        }
        return Sketch(
            title=digest64(self._title.casefold()),
            blocks=tuple(
                SketchedBlock(
                    key=block.key,
                    place=self._places.of(block.element),
                    characters=len(block.text),
                    linked=block.linked,
                    prose=is_prose,
                )
                for block, is_prose in zip(self._blocks, prose, strict=True)
            ),
            containers=tuple(self._places.of(each) for each in containers(self._root, sums)),
            holders=frozenset(self._places.of(each) for each in holders),
        )

    def find(self, furniture: Furniture) -> Found:
        """The article in it. Call it once, and last: it prunes the tree."""
        known = _Known(self._blocks, self._places, furniture)
        worths = weigh(self._blocks, known.furniture)
        sums = sum_up(self._elements, self._blocks, worths)
        prose = sums.prose.get(self._root, 0)
        cut = prune(self._root, self._blocks, sums, repeated=known.repeated, container=self._container(sums, furniture))
        left = _Left(self._root, self._blocks, worths)
        found = Found(text=_read(deepcopy(self._tree), _FAST), extractor="trafilatura fast, pruned")
        if len(found.text) <= max(_PARAGRAPH, _SHARE * prose):
            found = Found(text=_read(self._tree, _THOROUGH), extractor="trafilatura, pruned")
        short = min(len(found.text), prose) < _PARAGRAPH
        if (short or not left.holds_prose(found.text)) and (whole := self._again()) is not None:
            simplify(whole)
            other = Found(text=_read(whole, _THOROUGH), extractor="trafilatura")
            found = max(found, other, key=lambda each: (bool(each.text), self._merit(each.text, known)))
        repeats = {fold(block.text) for block in self._blocks if block in known.repeated}
        lines = left.mend(left.paragraphs(found.text)).split("\n")
        text = "\n".join(line for line in lines if not repeats or fold(line) not in repeats)
        return replace(
            found,
            text=without_title(text, self._title),
            pruned=() if found.extractor == "trafilatura" else self._heads(set(cut)),
        )

    def _container(self, sums: Sums, furniture: Furniture) -> HtmlElement | None:
        """The element where the outlet keeps its articles, if it holds any prose on this page."""
        if furniture.container is None:
            return None
        there = [
            each
            for each, prose in sums.prose.items()
            if prose > _SENTENCE and self._places.of(each) == furniture.container
        ]
        return max(there, key=lambda each: sums.prose[each], default=None)

    def linked_words(self) -> frozenset[str]:
        """The words of all blocks that are links."""
        linked = (block.text for block in self._blocks if 2 * block.linked > len(block.text))
        return frozenset(word for text in linked for word in fold(text).split())

    def _merit(self, text: str, known: _Known) -> int:
        """How many characters of a text are neither linked nor furniture, less those that are."""
        whole = fold(text)
        said = {words: block for block in self._blocks if _stands_in(words := fold(block.text), whole)}
        return sum(
            -len(block.text) if 2 * block.linked >= len(block.text) or block in known.furniture else len(block.text)
            for block in said.values()
        )

    def _heads(self, cut: Collection[HtmlElement]) -> tuple[str, ...]:
        """How the longest of the branches that were cut begin."""
        branches: dict[HtmlElement, HtmlElement | None] = {}
        texts: dict[HtmlElement, list[str]] = {}
        for block in self._blocks:
            element = block.element
            if element not in branches:
                branches[element] = next((each for each in ancestors(element, self._root) if each in cut), None)
            if (branch := branches[element]) is not None:
                texts.setdefault(branch, []).append(block.text)
        joined = sorted((" ".join(each) for each in texts.values()), key=len, reverse=True)
        return tuple(text[:_HEAD] for text in joined[:_MOST_HEADS])


class _Known:
    """The blocks of a page that are furniture: all of them, and those whose very text is on other pages, too."""

    def __init__(self, blocks: Sequence[Block], places: Places, furniture: Furniture) -> None:
        self.furniture: frozenset[Block] = frozenset()
        self.repeated: frozenset[Block] = frozenset()
        if furniture.blocks or furniture.places:
            placed = [(block, block.key, places.of(block.element)) for block in blocks]
            self.furniture = frozenset(block for block, key, place in placed if furniture.has(key, place))
            self.repeated = frozenset(block for block, key, place in placed if furniture.recurs(key, place))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sentence:
    """A block of prose: its words folded, its text and worth, its parent and tag, and whether it is named a lead."""

    words: str
    text: str
    worth: float
    beside: tuple[HtmlElement | None, str]
    leads: bool


class _Left:
    """The blocks that pruning left. Holds what trafilatura, which changes the tree, must not take with it."""

    def __init__(self, root: HtmlElement, blocks: Sequence[Block], worths: Sequence[float]) -> None:
        alive = set(root.iter("*"))
        here = [each for each in zip(blocks, worths, strict=True) if each[0].element in alive]
        self._texts = [block.text for block, _ in here]
        self._prose = [
            _Sentence(
                words=fold(block.text),
                text=block.text,
                worth=value,
                beside=(block.element.getparent(), block.element.tag),
                leads=bool(_LEAD.search(block.element.get("class") or "")),
            )
            for block, value in here
            if value >= PROSE and is_prose(block)
        ]

    def holds_prose(self, text: str) -> bool:
        """Whether some sentence of theirs stands in a text."""
        whole = fold(text)
        return any(_stands_in(each.words, whole) for each in self._prose)

    def paragraphs(self, text: str) -> str:
        """The text in paragraphs, where trafilatura's last resort made one line of several sentences of theirs."""
        if "\n" in text:
            return text
        whole = fold(text)
        within = [each for each in self._texts if len(words := fold(each)) >= _WORDS and words in whole]
        return "\n".join(within) if len(within) > 1 else text

    def mend(self, text: str) -> str:
        """The text with the sentences back that trafilatura left out amid it.

        It drops lead paragraphs for the names of their classes. A sentence counts as dropped when it is named a lead
        and stands before the first that was kept, or when it stands beside one that was kept, in a like element,
        before the last.
        """
        lines = text.split("\n")
        whole = fold(text)
        kept = [number for number, each in enumerate(self._prose) if _stands_in(each.words, whole)]
        if not kept:
            return text
        company = {self._prose[number].beside for number in kept}
        for number, each in enumerate(self._prose[: kept[-1]]):
            is_lead = each.leads and number < kept[0]
            is_amid = each.beside in company and number >= kept[0] - 1
            if not (is_lead or is_amid) or each.worth < _SENTENCE or _stands_in(each.words, whole):
                continue
            following = next(self._prose[later].words for later in kept if later > number)
            place = next((at for at, line in enumerate(lines) if following[:_RECOGNISED] in fold(line)), None)
            if place is not None:
                lines.insert(place, each.text)
        return tidy("\n".join(lines))


def _stands_in(words: str, whole: str) -> bool:
    return len(words) >= _WORDS and (words[:_RECOGNISED] in whole or words[-_RECOGNISED:] in whole)


def _read(tree: HtmlElement, options: Extractor) -> str:
    document = bare_extraction(tree, options=options)
    return tidy(document.text) if isinstance(document, Document) and document.text else ""
