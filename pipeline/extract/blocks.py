"""A page as its blocks of text: what stands between two block-level tags, and where."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

from lxml import etree
from lxml.html import HtmlElement

# Elements that begin a new line, and those whose content is no text.
_BLOCK_LEVEL = frozenset(
    (
        *("address", "article", "aside", "blockquote", "body", "br", "center", "dd", "div", "dl", "dt", "fieldset"),
        *("figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li"),
        *("main", "nav", "ol", "p", "pre", "section", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"),
    )
)
_NO_TEXT = frozenset(
    ("audio", "canvas", "embed", "iframe", "input", "map", "noscript", "object", "script", "style", "title", "video")
)
_SPACE = re.compile(r"\s+")
# Names of classes and ids are shorter; a path has a step for each of up to 256 levels.
_LONGEST_STEP = 200
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, eq=False)
class Block:
    """A run of text without a block-level tag inside.

    `element` is the nearest block-level element around it, `linked` how many of its characters stand in links.
    """

    element: HtmlElement
    text: str
    linked: int

    @cached_property
    def key(self) -> int:
        """64 bits that are equal for blocks that vary in numbers and case only."""
        return digest64(_DIGITS.sub("0", self.text.casefold()))


def digest64(text: str) -> int:
    """A signed 64-bit digest, the same on every machine."""
    return int.from_bytes(blake2b(text.encode(errors="replace"), digest_size=8).digest(), "big", signed=True)


def is_block_level(element: HtmlElement) -> bool:
    """Whether an element begins a line of its own."""
    return element.tag in _BLOCK_LEVEL


def body_of(tree: HtmlElement) -> HtmlElement:
    """The element whose text is the page's."""
    body = tree.find("body")
    return tree if body is None else body


def read_blocks(root: HtmlElement) -> list[Block]:
    """The blocks below an element, in reading order. Takes any depth of nesting."""
    reader = _Reader(root)
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        if event == "end":
            reader.leave(element)
        elif element.tag in _NO_TEXT or not isinstance(element.tag, str):
            walk.skip_subtree()
        else:
            reader.enter(element)
    return reader.blocks


class _Reader:
    """Gathers runs of text on a walk through the tree."""

    def __init__(self, root: HtmlElement) -> None:
        self.blocks: list[Block] = []
        self._root = root
        self._around = [root]
        self._run: list[str] = []
        self._linked = self._links = 0

    def enter(self, element: HtmlElement) -> None:
        if element.tag in _BLOCK_LEVEL:
            self._end_block()
            self._around.append(element)
        elif element.tag == "a":
            self._links += 1
        if element.text:
            self._say(element.text)

    def leave(self, element: HtmlElement) -> None:
        if element.tag in _BLOCK_LEVEL:
            self._end_block()
            self._around.pop()
        elif element.tag == "a":
            self._links -= 1
        if element.tail and element is not self._root:
            self._say(element.tail)

    def _say(self, text: str) -> None:
        self._run.append(text)
        if self._links:
            self._linked += len(text.strip())

    def _end_block(self) -> None:
        if self._run:
            if text := _SPACE.sub(" ", "".join(self._run)).strip():
                self.blocks.append(Block(element=self._around[-1], text=text, linked=min(self._linked, len(text))))
            self._run.clear()
            self._linked = 0


class Places:
    """Where elements stand: the path of tags, first classes and ids from the root, the same on an outlet's pages."""

    def __init__(self, root: HtmlElement) -> None:
        self._root = root
        self._paths: dict[HtmlElement, str] = {root: ""}
        self._digests: dict[str, int] = {}

    def of(self, element: HtmlElement) -> int:
        """The digest of an element's path."""
        path = self._path(element)
        if path not in self._digests:
            self._digests[path] = digest64(path)
        return self._digests[path]

    def _path(self, element: HtmlElement) -> str:
        waiting = []
        while element not in self._paths:
            waiting.append(element)
            element = element.getparent()
        path = self._paths[element]
        for below in reversed(waiting):
            path = f"{path}/{step_of(below)}"
            self._paths[below] = path
        return path


def step_of(element: HtmlElement) -> str:
    """One step of a path: tag, first class and id, digits in them aside."""
    first = next(iter((element.get("class") or "").split()), "")
    return _DIGITS.sub("0", f"{element.tag}.{first}#{element.get('id') or ''}"[:_LONGEST_STEP])


def ancestors(element: HtmlElement, root: HtmlElement) -> Iterator[HtmlElement]:
    """An element and all around it, up to and with the root."""
    yield element
    while element is not root and (above := element.getparent()) is not None:
        element = above
        yield element
