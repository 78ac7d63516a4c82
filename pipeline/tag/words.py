"""Words and sentences of a text, by their places in it, and the one spelling by which words are compared."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

# Soft hyphens, zero-width characters and combining marks stand inside words and must not cut them.
_INNER = "\u00ad\u200b-\u200d\u2060\ufeff\u0300-\u036f"
_TOKEN = re.compile(rf"([^\W_]+(?:[{_INNER}'’ʼ`]+[^\W_]+)*[\u0300-\u036f]*)|(?:\n\s*|[.!?…]+[\"'»”’)\]]*\s+)")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
# Marks go, so that a language with several Latin alphabets is read in any of them and ё is е; but й and ў keep theirs.
_MARKS = re.compile("(?<![иу])[\u0300-\u036f]|(?<=[иу])[\u0300-\u0305\u0307-\u036f]")
_APOSTROPHES = re.compile("[’ʼ`]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A text's words in order, as written: where each starts and ends, and which sentence it belongs to."""

    text: str
    written: list[str]
    starts: list[int]
    ends: list[int]
    sentences: list[int]

    def __len__(self) -> int:
        return len(self.written)


def read_words(text: str) -> Words:
    """Cut a text into words and sentences; a stop before a small letter (an abbreviation) ends no sentence."""
    written: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    sentences: list[int] = []
    sentence = 0
    for found in _TOKEN.finditer(text):
        start, end = found.span()
        if word := found[1]:
            written.append(word)
            starts.append(start)
            ends.append(end)
            sentences.append(sentence)
        elif "\n" in found[0] or not text[end : end + 1].islower():
            sentence += 1
    return Words(text=text, written=written, starts=starts, ends=ends, sentences=sentences)


def fold(word: str) -> str:
    """The spelling by which words are compared: no case, no marks but those of й and ў, one apostrophe."""
    folded = word.casefold()
    if not folded.isascii():
        folded = _MARKS.sub("", unicodedata.normalize("NFD", _INVISIBLE.sub("", folded)))
        folded = _APOSTROPHES.sub("'", unicodedata.normalize("NFC", folded)).replace("ı", "i")
    return folded.replace("`", "'")
