"""Raw bytes that can be about a crisis, found before anything is parsed.

A page of an outlet that no profile lists is wanted when some crisis finds it relevant, and for that it must name the
crisis's home: its country, places or people. Nearly no page of the world's news does. Every such term has a stem that
its forms begin with; Hyperscan looks for all stems at once, in the encodings that they may come in, and each place
that it finds is read as text and asked for the term itself, with its endings, capitals and neighbours. So what passes
is what holds a term, and costs nothing but the scan where there is none.

Left out are stems of less than four letters, which stand in every page; and words cut by soft hyphens, written in two
encodings at once, or with other accents than a profile's or none, are not found. All of that matters only where a page
names its home in no other way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from html import unescape
from html.entities import codepoint2name

import hyperscan

from pipeline.crisis.profile import Profile
from pipeline.discover.past.stems import Stem, home_stems
from pipeline.tag import Tagger

# Encodings of one byte a letter that pages in Cyrillic come in; the last has letters that Russian does not have.
_NARROW = ("windows-1251", "koi8-r", "iso8859-5", "kz1048")
_WIDE = ("utf-16-le", "utf-16-be")
# What is read around a stem: enough for a term of several words, with markup between them.
_BEFORE, _AFTER = 60, 90
# Places in one record that are read; a page of a crisis has a term early on, and a list of countries ends.
_PLACES = 200

# No word is longer; what follows a stem beyond that is no ending.
_LONGEST_ENDING = 60
_WORD = re.compile(rb"[0-9A-Za-z\x80-\xff]{1,60}")
_LETTERS = re.compile(r"[^\W_]+")
# The first bytes of Cyrillic letters in UTF-8.
_CYRILLIC = frozenset({b"\xd0", b"\xd1", b"\xd2", b"\xd3"})
# What is left of the words that are cut at the ends of what is read.
_CUT_FIRST, _CUT_LAST = re.compile(r"^[^\W_]+"), re.compile(r"[^\W_]+$")
_MARKUP = re.compile(r"<[^<>]{0,200}>|&nbsp;|&shy;")
# Bytes of a stem that is short enough to end many words, and what stands before it where it does not.
_OFTEN_IN_LATIN, _OFTEN_IN_CYRILLIC = 6, 12
_NO_LATIN = rb"(?:^|[^0-9A-Za-z])"
_NO_CYRILLIC = rb"(?:^|[\x00-\x7f]|[\x00-\xcf\xd4-\xff][\x80-\xff])"
# Three letters beyond Latin in a row, written as character references: Cyrillic begins at 1024, which is 0x400.
_REFERENCES = rb"&#(?:1[0-2]\d\d;&#1[0-2]\d\d;&#1[0-2]|[xX]0?4[0-9a-fA-F]{2};&#[xX]0?4[0-9a-fA-F]{2};&#[xX]0?4)"
# Where NUL bytes show that letters are two bytes wide: behind the headers of record and answer.
_HEAD = 8_000
# Words whose answer is remembered, some megabytes.
_REMEMBERED = 50_000


@dataclass(frozen=True, slots=True)
class _Pattern:
    """How many bytes stand for a stem, in which encoding; `marked`: as character references of HTML.

    Of the bytes in `beside` some stand near it; none, where it needs no company.
    """

    encoding: str
    length: int
    beside: tuple[bytes, ...] = ()
    marked: bool = False


class Prefilter:
    """Finds records that name the home of one of these crises."""

    def __init__(self, profiles: Sequence[Profile], taggers: Iterable[Tagger]) -> None:
        self._taggers = tuple(taggers)
        self._words: dict[tuple[str, bytes], bool] = {}
        self._beside: dict[Stem, frozenset[str]] = {}
        for profile in profiles:
            for stem, others in home_stems(profile).items():
                known = self._beside.get(stem, others)
                self._beside[stem] = known | others if known and others else frozenset()
        self._databases: dict[str, _Database] = {}

    def passes(self, content: bytes) -> bool:
        """Whether the bytes of a record hold a term."""
        if len(self._words) > _REMEMBERED:
            self._words.clear()
        found, marked = self._search(content, "plain")
        if not found and marked:
            found, _ = self._search(content, "marked")
        if not found and b"\0" in content[:_HEAD]:
            found, _ = self._search(content, "wide")
        return found

    def _search(self, content: bytes, way: str) -> tuple[bool, bool]:
        """Whether a term stands there, its letters written this way; and whether letters stand as references."""
        if way not in self._databases:
            self._databases[way] = _Database(
                pair for stem, beside in sorted(self._beside.items()) for pair in _PATTERNS[way](stem, beside)
            )
        database = self._databases[way]
        read: set[tuple[bytes, int]] = set()
        found = marked = False
        places = 0

        def look(number: int, _start: int, end: int, _flags: int, _context: object) -> bool | None:
            nonlocal found, marked, places
            if number == len(database.patterns):
                marked = True
                return None
            if self._is_inside_a_word(content, database.patterns[number], end):
                return None
            places += 1
            found = self._is_term(content, database.patterns[number], end, read, database.company[number])
            return True if found or places >= _PLACES else None

        database.scan(content, look)
        return found, marked

    @staticmethod
    def _is_inside_a_word(content: bytes, pattern: _Pattern, end: int) -> bool:
        """Whether a letter stands before what was found, as far as few bytes tell."""
        start = end - pattern.length
        if pattern.encoding != "utf-8":
            return pattern.encoding not in _WIDE and content[start - 1 : start].isalnum()
        before = content[max(start - 4, 0) : start]
        if before[-2:-1] in _CYRILLIC or before[-1:].isalnum():
            return True
        return not before.isascii() and before.decode("utf-8", "replace")[-1:].isalnum()

    def _is_term(
        self,
        content: bytes,
        pattern: _Pattern,
        end: int,
        read: set[tuple[bytes, int]],
        company: re.Pattern[bytes] | None,
    ) -> bool:
        """Whether a term stands where a stem was found; `read` are the places that were asked before."""
        if pattern.marked:
            return True
        encoding, start = pattern.encoding, end - pattern.length
        width = 2 if encoding in _WIDE else 1
        found = _WORD.match(content, start) if width == 1 else None
        word = found[0] if found else content[start : end + _LONGEST_ENDING]
        known = self._words.get((encoding, word))
        if known is None:
            known = self._words[encoding, word] = self._is_of_home(word.decode(encoding, "ignore"))
        if not known:
            return False
        first = max(start % width, start - _BEFORE * width)
        place = content[first : end + _AFTER * width]
        if (place, start - first) in read or (company and not company.search(place)):
            return False
        read.add((place, start - first))
        return self._names_home(content, pattern, start, end, width)

    def _is_of_home(self, text: str) -> bool:
        word = _LETTERS.match(text)
        return word is not None and any(tagger.is_of_home(word[0]) for tagger in self._taggers)

    def _names_home(self, content: bytes, pattern: _Pattern, start: int, end: int, width: int) -> bool:
        first, last = max(start % width, start - _BEFORE * width), end + _AFTER * width
        before = content[first:start].decode(pattern.encoding, "replace")
        if before[-1:].isalnum():
            return False
        after = content[start:last].decode(pattern.encoding, "ignore")
        if first >= width:
            before = _CUT_FIRST.sub("", before)
        if last < len(content):
            after = _CUT_LAST.sub("", after) or after
        text = unescape(_MARKUP.sub(" ", before + after))
        return any(tagger.mentions(text) for tagger in self._taggers)


def _cased(letters: str, *, capitals: bool = False) -> set[str]:
    """Letters with a small first one (unless that must be a capital), with a capital, in capitals."""
    return {letters[0].upper() + letters[1:], letters.upper()} | (set() if capitals else {letters})


def _written(stem: Stem) -> list[str]:
    return sorted(text for letters in (stem.letters, stem.spelled) for text in _cased(letters, capitals=stem.capitals))


def _plain(stem: Stem, beside: Iterable[str]) -> Iterator[tuple[bytes, _Pattern]]:
    encodings = ("utf-8",) if stem.letters.isascii() else ("utf-8", *_NARROW)
    yield from _encoded(stem, beside, encodings)
    if stem.letters.isascii():
        yield from _referred(stem, "utf-8")


def _wide(stem: Stem, beside: Iterable[str]) -> Iterator[tuple[bytes, _Pattern]]:
    return _encoded(stem, beside, _WIDE)


def _encoded(stem: Stem, beside: Iterable[str], encodings: Iterable[str]) -> Iterator[tuple[bytes, _Pattern]]:
    near = {written for letters in beside for written in _cased(letters)}
    near |= {reference for written in near for reference in _references(written)}
    for encoding in encodings:
        company = tuple(written.encode(encoding, "ignore") for written in sorted(near))
        for written in _written(stem):
            with suppress(UnicodeEncodeError):
                literal = written.encode(encoding)
                yield literal, _Pattern(encoding, len(literal), company)


def _marked(stem: Stem, _: Iterable[str]) -> Iterator[tuple[bytes, _Pattern]]:
    return _referred(stem, "ascii")


def _referred(stem: Stem, encoding: str) -> Iterator[tuple[bytes, _Pattern]]:
    for written in _written(stem):
        for literal in map(str.encode, _references(written)):
            yield literal, _Pattern(encoding, len(literal), marked=True)


def _references(written: str) -> Iterator[str]:
    """Text with character references for what is beyond ASCII: decimal, hexadecimal, by name."""
    for way in () if written.isascii() else ("&#{0};", "&#x{0:x};", "&#x{0:X};", "&{1};"):
        letters = (
            letter if letter.isascii() else way.format(ord(letter), codepoint2name.get(ord(letter), ""))
            for letter in written
        )
        if "&;" not in (text := "".join(letters)):
            yield text


_PATTERNS = {"plain": _plain, "wide": _wide, "marked": _marked}


class _Database:
    """Literals that are looked for all at once; the number after the last stands for character references."""

    def __init__(self, patterns: Iterable[tuple[bytes, _Pattern]]) -> None:
        found: dict[bytes, _Pattern] = {}
        for literal, pattern in patterns:
            known = found.get(literal, pattern)
            beside = {*known.beside, *pattern.beside} if known.beside and pattern.beside else ()
            found[literal] = replace(pattern, beside=tuple(sorted(beside)))
        self.patterns = list(found.values())
        self.company = [
            re.compile(b"|".join(map(re.escape, pattern.beside))) if pattern.beside else None
            for pattern in self.patterns
        ]
        expressions = [_expression(literal, pattern) for literal, pattern in found.items()]
        self._database = hyperscan.Database()
        self._database.compile(
            expressions=[*expressions, _REFERENCES],
            ids=list(range(len(found) + 1)),
            elements=len(found) + 1,
            flags=[0] * len(found) + [hyperscan.HS_FLAG_SINGLEMATCH],
        )

    def scan(self, content: bytes, look: Callable[[int, int, int, int, object], bool | None]) -> None:
        """Tell `look` of each literal, until it says True."""
        with suppress(hyperscan.ScanTerminated):
            self._database.scan(content, match_event_handler=look)


def _expression(literal: bytes, pattern: _Pattern) -> bytes:
    """What Hyperscan looks for: bytes, and where these often end other words (показал), no letter before them.

    For all of them that would take twenty times as long to compile; the rest is asked for it when found.
    """
    escaped = b"".join(b"\\x%02x" % byte for byte in literal)
    if literal.isascii() and len(literal) <= _OFTEN_IN_LATIN and not pattern.marked:
        return _NO_LATIN + escaped
    often = pattern.encoding == "utf-8" and not literal.isascii() and len(literal) <= _OFTEN_IN_CYRILLIC
    return _NO_CYRILLIC + escaped if often else escaped
