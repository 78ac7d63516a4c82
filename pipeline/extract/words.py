"""Text as lines and as words."""

from __future__ import annotations

import re
import unicodedata

_BLANK = re.compile(r"[^\S\n]+")
_LINES = re.compile(r"\s*\n\s*")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028\u2029\ufeff]")
_NO_WORD = re.compile(r"\W+")


def tidy(text: str) -> str:
    """Composed characters, one blank between words, one line a paragraph, no control characters."""
    composed = unicodedata.normalize("NFC", _CONTROL.sub("", text))
    return _LINES.sub("\n", _BLANK.sub(" ", composed)).strip()


def fold(text: str) -> str:
    """The words alone, in lower case, a blank between them."""
    return _NO_WORD.sub(" ", text.casefold()).strip()


def without_title(text: str, title: str) -> str:
    """The text behind a headline that it begins with."""
    first, _, rest = text.partition("\n")
    return rest if title and fold(first) == fold(title) else text
