"""Raw bytes that can be about a crisis, found before anything is parsed.

A page of an outlet that no profile lists is wanted when some crisis finds it relevant, and for that it must name the
crisis's home: its country, places or people. Nearly no page of the world's news does. Every such term has a stem that
its forms begin with; Hyperscan looks for all stems at once, in the encodings that they may come in, and each place
that it finds is read as text and asked for the term itself, with its endings, capitals and neighbours. So what passes
is what holds a term, and costs nothing but the scan where there is none.

Left out are stems of less than four letters, which stand in every page; and words cut by soft hyphens or written in two
encodings at once are not found. Both matter only where a page names its home in no other way.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import hyperscan

from pipeline.crisis.notation import Term
from pipeline.crisis.profile import Inflection, Profile
from pipeline.tag import Tagger
from pipeline.tag.lexicon import stem_of

_SHORTEST = 4
# Encodings of one byte a letter that pages in Cyrillic come in; the last has Kazakh's own letters.
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
_BEFORE_IN_UTF8 = rb"(?:[\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f]|\xc2[\x80-\xbf]|\xe2\x80[\x80-\xbf])"
_MARKUP = re.compile(r"<[^<>]{0,200}>|&nbsp;|&shy;")
# Three letters beyond Latin in a row, written as character references: Cyrillic begins at 1024, which is 0x400.
_REFERENCES = rb"&#(?:1[0-2]\d\d;&#1[0-2]\d\d;&#1[0-2]|[xX]0?4[0-9a-fA-F]{2};&#[xX]0?4[0-9a-fA-F]{2};&#[xX]0?4)"
# Where NUL bytes show that letters are two bytes wide: behind the headers of record and answer.
_HEAD = 8_000
# Words whose answer is remembered, some megabytes.
_REMEMBERED = 50_000
_NO_INFLECTION = Inflection()
_NOTHING: frozenset[str] = frozenset()


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
        read: set[bytes] = set()
        found = marked = False
        places = 0

        def look(number: int, _start: int, end: int, _flags: int, _context: object) -> bool | None:
            nonlocal found, marked, places
            if number == len(database.patterns):
                marked = True
                return None
            places += 1
            found = self._is_term(content, database.patterns[number], end, read)
            return True if found or places >= _PLACES else None

        database.scan(content, look)
        return found, marked

    def _is_term(self, content: bytes, pattern: _Pattern, end: int, read: set[bytes]) -> bool:
        """Whether a term stands where a stem was found; `read` are the places that were asked before."""
        if pattern.marked:
            return True
        encoding, start = pattern.encoding, end - pattern.length
        width = 2 if encoding in _WIDE else 1
        if width == 1 and content[start - 1 : start].isalnum():
            return False
        found = _WORD.match(content, start) if width == 1 else None
        word = found[0] if found else content[start : end + _LONGEST_ENDING]
        known = self._words.get((encoding, word))
        if known is None:
            known = self._words[encoding, word] = self._is_of_home(word.decode(encoding, "ignore"))
        if not known:
            return False
        place = content[max(start % width, start - _BEFORE * width) : end + _AFTER * width]
        if place in read or (pattern.beside and not any(other in place for other in pattern.beside)):
            return False
        read.add(place)
        return self._names_home(content, pattern, start, end, width)

    def _is_of_home(self, text: str) -> bool:
        word = _LETTERS.match(text)
        return word is not None and any(tagger.is_of_home(word[0]) for tagger in self._taggers)

    def _names_home(self, content: bytes, pattern: _Pattern, start: int, end: int, width: int) -> bool:
        before = content[max(start % width, start - _BEFORE * width) : start].decode(pattern.encoding, "ignore")
        if before[-1:].isalnum():
            return False
        after = content[start : end + _AFTER * width].decode(pattern.encoding, "ignore")
        text = _MARKUP.sub(" ", f"{before[before.find(' ') + 1 :]}{after.rpartition(' ')[0]} ")
        return any(tagger.mentions(text) for tagger in self._taggers)


@dataclass(frozen=True, slots=True, order=True)
class Stem:
    """The letters that a term's forms begin with; with `capitals`, never with a small first one."""

    letters: str
    capitals: bool


def home_stems(profile: Profile, *, places: bool = True) -> dict[Stem, frozenset[str]]:
    """Stems of which every text that names the home of a crisis has one, but for those that are too short.

    A term of several words is named wherever one of its words is a term by itself; else the word counts that stands
    for the fewest other places (of *Almaty region* not the region). With each stem come letters of which some stand
    beside it; none, where it is alone. `places`: with the names of the gazetteer.
    """
    terms = [(label, _steps(term, inflection)) for label, term, inflection in _home_terms(profile, places=places)]
    stems = {stem: _NOTHING for _, steps in terms if len(steps) == 1 for stem in steps[0] if _tells(stem)}
    alone = tuple(stem.letters for stem in stems if not stem.capitals)
    meanings: defaultdict[str, set[str]] = defaultdict(set)
    for label, steps in terms:
        for stem in (stem for step in steps for stem in step):
            meanings[stem.letters].add(label)
    for _, steps in terms:
        telling = [step for step in steps if all(map(_tells, step))]
        named = any(all(stem.letters.startswith(alone) for stem in step) for step in telling)
        if telling and not named and len(steps) > 1:
            rarest = min(telling, key=lambda step: max((len(meanings[s.letters]), -len(s.letters)) for s in step))
            others = frozenset(stem.letters for step in steps if step is not rarest for stem in step)
            for stem in rarest:
                known = stems.get(stem, others)
                stems[stem] = known | others if known else _NOTHING
    return stems


def _tells(stem: Stem) -> bool:
    return len(stem.letters) >= _SHORTEST


def _home_terms(profile: Profile, *, places: bool) -> Iterator[tuple[str, Term, Inflection]]:
    """Each term that names the home of a crisis: what it stands for, and how its language bends."""
    inflections = {each.language: each.inflection for each in profile.vocabularies}
    for vocabulary in profile.vocabularies:
        for group in profile.relevance.home:
            for term in vocabulary.groups.get(group, ()):
                if not term.denies:
                    yield group, term, vocabulary.inflection
    if places and "places" in profile.relevance.home:
        for place in profile.places:
            for language, terms in place.aliases.items():
                inflection = inflections.get(language, _NO_INFLECTION)
                yield from ((place.name, term, inflection) for term in terms if not term.denies)


def _steps(term: Term, inflection: Inflection) -> list[list[Stem]]:
    """The stems of each position of a term that asks for words."""
    return [
        [Stem(stem_of(form, inflection), form.capitals and form.letters[0].isupper()) for form in step.forms]
        for step in term.steps
        if all(form.letters for form in step.forms)
    ]


def _written(letters: str, *, capitals: bool = False) -> list[str]:
    """Letters with a small first one (unless that must be a capital), with a capital, in capitals."""
    return sorted({letters[0].upper() + letters[1:], letters.upper()} | (set() if capitals else {letters}))


def _plain(stem: Stem, beside: Iterable[str]) -> Iterator[tuple[bytes, _Pattern]]:
    encodings = ("utf-8",) if stem.letters.isascii() else ("utf-8", *_NARROW)
    return _encoded(stem, beside, encodings)


def _wide(stem: Stem, beside: Iterable[str]) -> Iterator[tuple[bytes, _Pattern]]:
    return _encoded(stem, beside, _WIDE)


def _encoded(stem: Stem, beside: Iterable[str], encodings: Iterable[str]) -> Iterator[tuple[bytes, _Pattern]]:
    near = sorted({written for letters in beside for written in _written(letters)})
    for encoding in encodings:
        company = tuple(written.encode(encoding, "ignore") for written in near)
        for written in _written(stem.letters, capitals=stem.capitals):
            with suppress(UnicodeEncodeError):
                literal = written.encode(encoding)
                yield literal, _Pattern(encoding, len(literal), company)


def _marked(stem: Stem, _: Iterable[str]) -> Iterator[tuple[bytes, _Pattern]]:
    """Character references, decimal and hexadecimal; a page that writes so writes all of its letters so."""
    for written in _written(stem.letters, capitals=stem.capitals):
        for reference in () if written.isascii() else ("&#{};", "&#x{:x};", "&#x{:X};"):
            literal = "".join(reference.format(ord(letter)) for letter in written).encode()
            yield literal, _Pattern("ascii", len(literal), marked=True)


_PATTERNS = {"plain": _plain, "wide": _wide, "marked": _marked}


class _Database:
    """Literals that are looked for all at once; the number after the last stands for character references."""

    def __init__(self, patterns: Iterable[tuple[bytes, _Pattern]]) -> None:
        found = dict(patterns)
        self.patterns = list(found.values())
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
    """The literal at the beginning of a word, as far as the byte before it tells."""
    escaped = b"".join(b"\\x%02x" % byte for byte in literal)
    return _BEFORE_IN_UTF8 + escaped if pattern.encoding == "utf-8" else escaped
