"""Markup of a feed's title or summary, reduced to the words."""

from __future__ import annotations

import html
import re

_TAG = re.compile(r"<(/?)([A-Za-z!][^\s<>/]*)[^<>]*>")
_HIDDEN = frozenset({"script", "style"})
# Tags that stand inside a word as often as between two.
_INLINE = frozenset({"a", "abbr", "b", "em", "font", "i", "mark", "small", "span", "strong", "sub", "sup", "u", "wbr"})
# Markup read for one character of text at most; what is beyond is not looked at.
_MARKUP_PER_CHARACTER = 10


def plain_text(markup: str, *, limit: int) -> str:
    """The text of a piece of HTML on one line, entities decoded, at most `limit` characters."""
    markup = markup[: limit * _MARKUP_PER_CHARACTER]
    parts: list[str] = []
    hidden: str | None = None
    position = 0
    for tag in _TAG.finditer(markup):
        closing, name = tag[1], tag[2].lower()
        if hidden is None:
            parts += (markup[position : tag.start()], "" if name in _INLINE else " ")
            hidden = name if name in _HIDDEN and not closing else None
        elif closing and name == hidden:
            hidden = None
        position = tag.end()
    if hidden is None:
        parts.append(markup[position:])
    return one_line(html.unescape("".join(parts)), limit=limit)


def one_line(text: str, *, limit: int) -> str:
    """The text with its white space folded, at most `limit` characters."""
    return " ".join(text.split())[:limit].rstrip()
