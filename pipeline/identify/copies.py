"""When two texts are the same text: after all that newsrooms and typesetters change without a thought."""

from __future__ import annotations

import hashlib
import re
import unicodedata

_WORD = re.compile(r"\w+")


def normalised(text: str) -> str:
    """The words alone: one case, one form of each letter, ё as е, no punctuation, single spaces."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("ё", "е")
    return " ".join(_WORD.findall(folded))


def text_hash(text: str) -> bytes:
    """sha256 of the normalised text. Equal digests are copies of one text."""
    return hashlib.sha256(normalised(text).encode()).digest()


def content_hash(title: str, text: str) -> bytes:
    """sha256 of the normalised title and text: another digest is another revision. A comma is not."""
    return hashlib.sha256(f"{normalised(title)}\0{normalised(text)}".encode()).digest()
